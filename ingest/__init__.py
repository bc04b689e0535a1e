"""Bytes of published files to raw.* tables: the only way into the warehouse."""
