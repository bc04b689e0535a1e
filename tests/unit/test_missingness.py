"""Kernels of missing cells and mean-rank readings, against SciPy and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from compute.stats.missing import (
    READING,
    aggregation_readings,
    correlation_pairs,
    mean_rank,
)

CELL = st.one_of(st.integers(-3, 3).map(float), st.just(np.nan))


@settings(deadline=None, max_examples=60)
@given(hnp.arrays(float, (8, 3), elements=CELL))
def test_pairs_equal_scipy_on_the_shared_rows(scores):
    first, second, shared, spearman, pearson = correlation_pairs(scores, ["a", "b", "c"])
    assert list(zip(first, second, strict=True)) == [("a", "b"), ("a", "c"), ("b", "c")]
    for at, (i, j) in enumerate([(0, 1), (0, 2), (1, 2)]):
        keep = ~np.isnan(scores[:, [i, j]]).any(axis=1)
        x, y = scores[keep, i], scores[keep, j]
        assert shared[at] == keep.sum()
        if keep.sum() < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
            assert np.isnan(spearman[at]) and np.isnan(pearson[at])
        else:
            assert spearman[at] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
            assert pearson[at] == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)


def test_pairs_need_a_name_per_column():
    with pytest.raises(ValueError, match="2 names for 3 columns"):
        correlation_pairs(np.ones((4, 3)), ["a", "b"])


def test_mean_rank_by_hand():
    scores = [[1.0, 5.0], [2.0, 5.0], [3.0, np.nan]]
    assert mean_rank(scores).tolist() == [1.25, 1.75, 3.0]
    assert mean_rank(scores, direction="descending").tolist() == [-2.25, -1.75, -1.0]
    assert mean_rank(scores, "min").tolist() == [1.0, 1.5, 3.0]
    assert mean_rank(scores, "ordinal").tolist() == [1.0, 2.0, 3.0]
    # last: the missing cell ranks below both, whichever end is 1
    assert mean_rank(scores, last=True).tolist() == [1.75, 2.25, 2.0]
    assert mean_rank(scores, direction="descending", last=True).tolist() == [-2.25, -1.75, -2.0]
    assert mean_rank([[1.0], [2.0]], direction="reciprocal").tolist() == [0.5, 1.0]
    with pytest.raises(ValueError, match="dense"):
        mean_rank(scores, "dense")


def test_average_ranks_do_not_know_their_direction():
    scores = np.random.default_rng(0).integers(0, 5, (30, 4)).astype(float)
    up, down = mean_rank(scores), mean_rank(scores, direction="descending")
    assert np.allclose(up - down, len(scores) + 1)


def test_readings_of_one_part_agree_with_it():
    scores = np.arange(6.0)[:, None]
    readings = aggregation_readings(scores, scores[:, 0])
    assert list(readings) == list(READING)
    assert len(readings["ties"]) == 3 * 3 * 1 * 2
    assert set(readings["missing_ranks"]) == {"none"}
    assert np.allclose(readings["mean_rank_spearman"], 1)
    assert np.allclose(readings["z_mean_spearman"], 1)


def test_readings_say_how_missing_ranks_are_treated():
    scores = np.array([[1.0, 4.0], [2.0, np.nan], [3.0, 2.0], [np.nan, np.nan]])
    readings = aggregation_readings(scores, [0.1, 0.2, 0.3, 0.0])
    assert set(readings["missing_ranks"]) == {"left out", "last"}
    assert len(readings["ties"]) == 3 * 3 * 2 * 2


def test_readings_do_not_hang_on_the_order_of_models():
    rng = np.random.default_rng(1)
    scores, order = np.round(rng.random((40, 6)), 1), rng.permutation(40)
    first, second = (aggregation_readings(s, s.mean(axis=1)) for s in (scores, scores[order]))
    by_rows = [at for at, ties in enumerate(first["ties"]) if ties != "ordinal"]
    for column in ("mean_rank_spearman", "z_mean_spearman"):
        one, other = (np.array(r[column])[by_rows] for r in (first, second))
        np.testing.assert_allclose(one, other, atol=1e-14)
