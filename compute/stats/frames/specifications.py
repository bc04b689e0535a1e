"""Joint tests of claims: each over the specifications of one cohort."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compute.stats.frames.tables import is_complete, table, with_families
from compute.stats.ranks import Floats
from compute.stats.specifications import JointTest, correlations, joint_test, ranked

MIN_MODELS = 10


def claim_test_frame(
    leaves: pd.DataFrame, relations: pd.DataFrame, pairs: pd.DataFrame
) -> pd.DataFrame:
    """Whether there is any agreement, or any relation, beyond what families share.

    Parameters
    ----------
    leaves : DataFrame
        One row per cohort, model and benchmark: cohort_id, level, model, benchmark_id,
        score_directed and family.
    relations : DataFrame
        One row per cohort, unit and benchmark: cohort_id, unit_id, family, benchmark_id, score.
    pairs : DataFrame
        claim_id, cohort_id, alignment_id, property_id.

    Returns
    -------
    DataFrame
        One row per claim and cohort, with the fields of
        :class:`compute.stats.specifications.JointTest`. Specifications are all pairs of benchmarks
        of a complete cohort, or all declared pairs of alignment and property.
    """
    parts = []
    for cohort_id, matrix, families in with_families(leaves):
        if is_complete(matrix) and len(matrix) >= MIN_MODELS:
            found = _agreement(matrix.to_numpy(), families)
            parts.append({"claim_id": "low_agreement", "cohort_id": cohort_id, **found._asdict()})
    for (claim_id, cohort_id), declared in pairs.groupby(["claim_id", "cohort_id"]):
        here = relations[relations["cohort_id"] == cohort_id]
        wide = here.pivot(index="unit_id", columns="benchmark_id", values="score").sort_index()
        sides = (declared[side].isin(wide.columns) for side in ("alignment_id", "property_id"))
        declared = declared[np.logical_and(*sides)]
        # a model without one side can lend its place to none
        has = [
            wide[declared[side].unique()].notna().any(axis=1)
            for side in ("alignment_id", "property_id")
        ]
        wide = wide[np.logical_and(*has)]
        if len(wide) >= MIN_MODELS:
            families = here.drop_duplicates("unit_id").set_index("unit_id")["family"]
            found = _relations(wide, families.reindex(wide.index), declared)
            parts.append({"claim_id": claim_id, "cohort_id": cohort_id, **found._asdict()})
    columns = {"claim_id": "str", "cohort_id": "str"}
    columns |= dict.fromkeys(JointTest._fields[:-2], "float64")
    return table(parts, columns | dict.fromkeys(JointTest._fields[-2:], "int64"))


def _agreement(scores: Floats, families: NDArray) -> JointTest:
    """All pairs of benchmarks; each benchmark is permuted on its own."""
    ranks, above = ranked(scores), np.triu_indices(scores.shape[1], 1)
    ranks = (ranks - ranks.mean(0)) / np.maximum(ranks.std(0), 1e-9) / np.sqrt(len(ranks))

    def answers(orders: NDArray) -> Floats:
        moved = np.take_along_axis(ranks, orders, axis=0)
        return (moved.T @ moved)[above]

    return joint_test(answers, families, scores.shape[1])


def _relations(scores: pd.DataFrame, families: pd.Series, declared: pd.DataFrame) -> JointTest:
    """All pairs of the cohort; the alignments of a model stay together."""
    of = [scores.columns.intersection(declared[side]) for side in ("alignment_id", "property_id")]
    at = tuple(
        columns.get_indexer(declared[side])
        for columns, side in zip(of, ("alignment_id", "property_id"), strict=True)
    )
    one, other = (ranked(scores[columns]) for columns in of)
    return joint_test(
        lambda orders: correlations(one[orders[:, 0]], other)[at], families.to_numpy(str), 1
    )
