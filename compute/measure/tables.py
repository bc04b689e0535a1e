"""The tables of results: their columns, and how numbers enter them."""

from functools import cache

import numpy as np
import pyarrow as pa

from ingest.registry import load_registry

N_RESAMPLES = 2000
MANY_STIMULI = 150
"""Above this a resample costs too much for 2,000, and odd-one-out has too many triplets."""

ARROW = {
    "varchar": pa.string(),
    "double": pa.float64(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "float[]": pa.list_(pa.float32()),
}


@cache
def schema_of(table: str) -> pa.Schema:
    """Columns of a table of the source ``own``: they are those that the warehouse reads."""
    (declared,) = (t for t in load_registry()["own"].tables if t.name == table)
    return pa.schema([(c.name, ARROW[c.data_type.lower()]) for c in declared.columns])


def table_of(rows: list[dict], table: str) -> pa.Table:
    """Rows as a table of the source ``own``; keys that it does not have are left out."""
    return as_table(rows, schema_of(table))


def as_table(rows: list[dict], schema: pa.Schema) -> pa.Table:
    """Rows as a table, in which NaN, what cannot be computed, is null as in the warehouse."""
    columns = [
        pa.array([row.get(field.name) for row in rows], field.type, from_pandas=True)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def quantiles(values: np.ndarray) -> dict[str, float]:
    """95 % percentile limits of what is known, as columns of a table; none where nothing is."""
    finite = values[~np.isnan(values)]
    if not finite.size:
        return {}
    low, high = np.quantile(finite, [0.025, 0.975])
    return {"ci_low": float(low), "ci_high": float(high)}
