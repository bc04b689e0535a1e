"""Bytes of published files to raw.* tables: the only way into the warehouse."""


class Explained(Exception):
    """An error that can be expected; its message says what is wrong and what to do."""
