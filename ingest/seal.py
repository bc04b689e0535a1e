"""A table that was computed here carries the checksum of its content: a damaged one is known by it.

The checksum stands in the metadata of the Parquet file, beside what else is said there.
"""

import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

KEY = b"sha256"
NOT_OURS = {KEY, b"ARROW:schema"}


def sealed(table: pa.Table) -> pa.Table:
    """The table with the checksum of what it says now."""
    told = table.schema.metadata or {}
    return table.replace_schema_metadata(told | {KEY: _checksum(table)})


def fault(table: pa.Table) -> str:
    """Why a table that was read is not the one that was written; empty where it is."""
    found = (table.schema.metadata or {}).get(KEY)
    if found is None:
        return "without the checksum of its content: not written by aw compute as it is now"
    try:
        is_same = found.decode(errors="replace") == _checksum(table)
    except UnicodeDecodeError:  # Parquet says that it is text; what stands there is none
        is_same = False
    return "" if is_same else "its content has changed"


def _checksum(table: pa.Table) -> str:
    """Hex sha256 of metadata, names and values, however they are stored."""
    told = {k: v for k, v in (table.schema.metadata or {}).items() if k not in NOT_OURS}
    digest = hashlib.sha256(repr((sorted(told.items()), table.column_names)).encode())
    for column in table.itercolumns():
        if pa.types.is_list(column.type):  # of numbers, too many to be written out
            for part in (pc.list_value_length(column), pc.list_flatten(column)):
                digest.update(np.ascontiguousarray(part.to_numpy()))
        else:
            digest.update(json.dumps(column.to_pylist(), default=str).encode())
    return digest.hexdigest()
