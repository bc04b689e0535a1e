"""From long tables of scores to matrices, and from parts to one long table of declared columns."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PAIR = dict.fromkeys(("cohort_id", "level", "benchmark_a", "benchmark_b"), "str")


def matrix_of(part: pd.DataFrame, index: str | Sequence[str] = "model") -> pd.DataFrame:
    """Models × benchmarks of one cohort, both sorted; NaN where there is no row."""
    wide = part.pivot(index=index, columns="benchmark_id", values="score_directed")
    return wide.sort_index().sort_index(axis=1).astype(float)


def matrices(scores: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Cohort, level and :func:`matrix_of` of every cohort and level with two benchmarks or more."""
    for (cohort_id, level), part in scores.groupby(["cohort_id", "level"], sort=True):
        matrix = matrix_of(part)
        if matrix.shape[1] > 1:
            yield cohort_id, level, matrix


def pairs_of(matrix: pd.DataFrame) -> tuple[pd.DataFrame, tuple[NDArray, NDArray]]:
    """Names and places of all unordered pairs of benchmarks."""
    above = np.triu_indices(matrix.shape[1], 1)
    names = matrix.columns.to_numpy(object)
    return pd.DataFrame({"benchmark_a": names[above[0]], "benchmark_b": names[above[1]]}), above


def of_models(scores: pd.DataFrame, matrix: pd.DataFrame, column: str) -> NDArray:
    """What ``scores`` say of each model in the column, in the order of the matrix."""
    known = scores.drop_duplicates("model").set_index("model")[column]
    return known.reindex(matrix.index).to_numpy()


def families_of(scores: pd.DataFrame, matrix: pd.DataFrame) -> NDArray:
    """Architecture family of each model of a matrix."""
    return of_models(scores, matrix, "family").astype(object).astype(str)


def datasets_of(benchmarks: pd.DataFrame) -> pd.Series:
    """Dataset of each benchmark, by benchmark_id; one without is a dataset of its own."""
    known = benchmarks.set_index("benchmark_id")["dataset"]
    return known.fillna(known.index.to_series())


def with_families(leaves: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, NDArray]]:
    """Cohort, :func:`matrix_of` and family of each model, of rows at one level."""
    for cohort_id, _, matrix in matrices(leaves):
        yield cohort_id, matrix, families_of(leaves[leaves["cohort_id"] == cohort_id], matrix)


def is_complete(matrix: pd.DataFrame) -> bool:
    """Whether every model has every benchmark."""
    return not matrix.isna().any(axis=None)


def table(parts: Sequence[pd.DataFrame | dict], columns: dict[str, str]) -> pd.DataFrame:
    """All parts as one table of declared columns, which an absent source leaves empty.

    Parameters
    ----------
    parts : sequence of DataFrame or of dict
        Tables, or rows. A declared column that a part lacks is NaN there.
    columns : dict of str to str
        Names and types.
    """
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    if isinstance(parts[0], dict):
        parts = [pd.DataFrame(parts)]
    found = pd.concat(parts, ignore_index=True)
    return found.reindex(columns=list(columns)).astype(columns)
