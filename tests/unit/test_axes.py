"""The first axis against the eigenvectors of SciPy's Spearman matrix, and what it means."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compute.stats.axes import congruence, first_axis, shuffled_congruences
from compute.stats.frames.axes import axis_frame, comparison_frame


def _scores(seed, n=60, loadings=(1, 1, 1, 0.5, -1), noise=0.5):
    rng = np.random.default_rng(seed)
    ability = rng.normal(size=n)
    return ability, ability[:, None] * np.array(loadings) + noise * rng.normal(
        size=(n, len(loadings))
    )


def test_loadings_are_those_of_the_spearman_matrix():
    """Eigenvector times the root of the eigenvalue; the share is the eigenvalue over its sum."""
    _, scores = _scores(0)
    values, vectors = np.linalg.eigh(stats.spearmanr(scores).statistic)
    axis = first_axis(scores)
    expected = vectors[:, -1] * np.sqrt(values[-1])
    assert np.abs(axis.loadings) == pytest.approx(np.abs(expected))
    assert [axis.explained, axis.second] == pytest.approx(values[:-3:-1] / values.sum())
    assert axis.scores.std() == pytest.approx(1)


def test_up_is_better_where_loadings_are_positive():
    """Places go with the ability, and the benchmark that runs against it loads negatively."""
    ability, scores = _scores(1)
    axis = first_axis(scores)
    assert stats.spearmanr(axis.scores, ability)[0] > 0.9
    assert (axis.loadings[:3] > 0.5).all() and axis.loadings[4] < -0.5


def test_a_constant_benchmark_is_refused():
    """It has no correlation."""
    with pytest.raises(ValueError, match="constant"):
        first_axis(np.ones((9, 3)))


def test_congruence_is_one_for_proportional_vectors():
    """0 for orthogonal ones, NaN for nothing."""
    assert congruence([1, 2], [2, 4]) == pytest.approx(1)
    assert congruence([1, 0], [0, 1]) == 0
    assert np.isnan(congruence([0, 0], [1, 1]))


def test_loadings_of_one_sign_are_congruent_when_shuffled_too():
    """All orders of a few benchmarks, the true one among them; drawn ones of many."""
    one = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    by_hand = [congruence(one, one[list(p)]) for p in permutations(range(5))]
    np.testing.assert_allclose(np.sort(shuffled_congruences(one, one)), np.sort(by_hand))
    assert shuffled_congruences(one, one).mean() > 0.94
    many = np.random.default_rng(0).normal(size=(2, 200))
    drawn = shuffled_congruences(*many)
    # of unrelated vectors the congruence is a normal deviate with variance 1 / n
    assert drawn.mean() == pytest.approx(np.sqrt(2 / np.pi / 200), rel=0.1)


def _long(scores, cohort_id, top1):
    wide = pd.DataFrame(scores, columns=[f"b{k}" for k in range(scores.shape[1])])
    wide["model"] = [f"m{i:02}" for i in range(len(wide))]
    long = wide.melt("model", var_name="benchmark_id", value_name="score_directed")
    at = long["model"].str[1:].astype(int).to_numpy()
    return long.assign(
        cohort_id=cohort_id,
        level="leaf",
        family=np.array(list("abcdefghij"))[at % 10],
        imagenet_top1_timm=np.where(at % 2, np.nan, top1[at]),
        imagenet_top1_measured=top1[at] - 0.01,
    )


def test_two_cohorts_with_one_ability_have_one_axis_and_with_another_have_not():
    """Over shared weights that have all shared benchmarks; two equal axes are told as such."""
    ability, first = _scores(2)
    second = first + 0.3 * np.random.default_rng(3).normal(size=first.shape)
    _, other = _scores(4, loadings=(1, -1, 0, 1, 1))
    parts = {"x": first, "y": second, "z": other}
    scores = pd.concat(_long(part, name, ability) for name, part in parts.items())
    is_missing = scores.eval("cohort_id == 'y' and model == 'm07' and benchmark_id == 'b2'")
    named = scores.assign(model_id="w" + scores["model"])[~is_missing]
    found = comparison_frame(named).set_index(["cohort_a", "cohort_b"])
    assert found["n_models"].to_dict() == {("x", "y"): 59, ("x", "z"): 60, ("y", "z"): 59}
    assert (found["second_to_first"] < 0.5).all()
    assert found.loc[("x", "y"), "congruence"] > 0.95
    assert found.loc[("x", "y"), "ci_low"] > 0.7
    assert found.loc[("x", "z"), "congruence"] < 0.6
    assert (found["shuffled_share"] >= 1 / 120).all()
    axes = axis_frame(scores).set_index("cohort_id")
    assert axes.loc["x", "n_negative"] == 1 and axes.loc["x", "lowest_benchmark_id"] == "b4"
    assert axes.loc["x", "ci_low"] < axes.loc["x", "estimate"] < axes.loc["x", "ci_high"]
    assert axes.loc["x", "estimate"] > 0.85
    assert (axes["n_top1"] == 60).all()
