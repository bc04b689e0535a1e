"""The paper pack: figures with their data, tables, provenance and bibliography."""
