"""What is done of work that would grow faster than the scores; small sizes lose nothing."""

import numpy as np
import pandas as pd
import pytest

from compute.stats import agreement, budget, clusters, completion, correlation
from compute.stats.aggregation import intervals, schemes
from compute.stats.frames import catalogue, means
from compute.stats.frames import completion as completion_frames
from compute.stats.frames.agreement import cross_source_frame
from compute.stats.outliers import twins
from compute.stats.positions import n_within
from tests.fixtures.scores import table

N = 60
"""Models; bounds are set below it."""


def test_fewer_resamples_are_drawn_where_each_goes_through_more():
    """As many as asked for within the budget, then in proportion, never fewer than the fewest."""
    cells = [0, 1, budget.MOST_CELLS // 1000, budget.MOST_CELLS // 500, 10**12]
    assert [budget.n_resamples(1000, n) for n in cells] == [1000, 1000, 1000, 500, 100]
    assert budget.n_resamples(50, 10**12) == 50


@pytest.mark.parametrize(("n", "most"), [(5, 9), (9, 9), (1001, 9)])
def test_places_are_spread_over_an_order(n, most):
    """All, or so many unlike ones with both ends, a step or two apart."""
    places = budget.spread_evenly(n, most)
    assert (places[0], places[-1], len(np.unique(places))) == (0, n - 1, min(n, most))
    assert np.ptp(np.diff(places)) <= 1


def test_groups_of_families_are_left_out_where_families_are_too_much_work():
    """Whole families, ten groups at least; all families one by one within the budget."""
    families = np.repeat([f"f{i:02}" for i in range(30)], np.arange(1, 31))
    assert (clusters.left_out(families, 1) == families).all()
    groups = clusters.left_out(families, 10**12)
    assert len(np.unique(groups)) == budget.FEWEST_GROUPS
    assert all(len(np.unique(groups[families == name])) == 1 for name in families)


def test_two_sources_are_compared_without_every_family_in_turn(monkeypatch):
    """Of so many families groups are left out; what is counted and estimated stays as it is."""
    scores = pd.DataFrame(table(N, 4, 0.1, seed=4), columns=list("wxyz")).rename_axis("model")
    long = scores.reset_index().melt("model", var_name="benchmark_id", value_name="score_directed")
    long = long.dropna().assign(confidence="guess", family=long["model"] % 40)
    long["source_id"] = long["benchmark_id"].map(ord) // 121
    whole = cross_source_frame(long)
    n_left_out = []

    def counted(values, labels, estimate):
        n_left_out.append(len(np.unique(labels)))
        return without_each(values, labels, estimate)

    without_each = clusters.without_each
    monkeypatch.setattr(clusters, "without_each", counted)
    monkeypatch.setattr(budget, "MOST_CELLS", 1)
    bounded = cross_source_frame(long)
    assert n_left_out == [budget.FEWEST_GROUPS]
    same = ["benchmark_a", "benchmark_b", "n_models", "n_families", "effective_families"]
    pd.testing.assert_frame_equal(bounded[[*same, "estimate"]], whole[[*same, "estimate"]])
    ratio = (bounded["ci_high"] - bounded["ci_low"]) / (whole["ci_high"] - whole["ci_low"])
    assert (ratio != 1).all() and ratio.between(0.4, 2.5).all()


@pytest.fixture
def few_rivals(monkeypatch):
    """Twenty rivals for each model."""
    for module in (intervals, schemes):
        monkeypatch.setattr(module, "spread_evenly", lambda n: budget.spread_evenly(n, 20))


def ranked():
    """Rankings of models of unlike ability under the schemes that compare pairs of them."""
    rng = np.random.default_rng(0)
    scores = np.linspace(0, 3, N)[:, None] + rng.normal(size=(N, 24))
    left_out = intervals.LeftOut.of(scores, np.repeat(list("abcdefgh"), 3))
    families = np.arange(N) % 7
    return intervals.rankings(scores, left_out, families, ("arithmetic_mean", "win_rate"))


def test_ranks_against_some_rivals_are_nearly_those_against_all(few_rivals, monkeypatch):
    """Counts of rivals are scaled to all; the next model is always met."""
    shapes, of = [], intervals.Pairs.of.__func__

    def watched(cls, *arguments):
        found = of(cls, *arguments)
        shapes.append(found.t.shape)
        return found

    monkeypatch.setattr(intervals.Pairs, "of", classmethod(watched))
    some = ranked()
    assert set(shapes) == {(N, 20), (N, 1)}
    monkeypatch.undo()
    whole = ranked()
    for column in ("rank_ci_low", "rank_ci_high", "n_above_holm", "n_below_holm"):
        apart = some["arithmetic_mean"][column] - whole["arithmetic_mean"][column]
        assert np.abs(apart).max() <= N / 6
    assert np.abs(some["win_rate"]["score"] - whole["win_rate"]["score"]).max() < 0.1
    np.testing.assert_array_equal(
        *(found["arithmetic_mean"]["probability_above_next"] for found in (some, whole))
    )


def test_neighbours_are_looked_for_among_the_models_with_the_most_scores(monkeypatch):
    """Rows in parts, the same numbers; a model with fewer scores is nobody's neighbour."""
    scores = table(N, 20, seed=3)
    scores[::4, :6] = np.nan
    cells = pd.DataFrame(scores).rename_axis("model_id").reset_index()
    cells = cells.melt("model_id", var_name="benchmark_id", value_name="score_percentile").dropna()
    cells["model_id"] = cells["model_id"].map("m{:02}".format)
    cells = cells.assign(scope="s")
    whole = catalogue.nearest_frame(cells)
    monkeypatch.setattr(catalogue, "MOST_CANDIDATES", 45)
    found = catalogue.nearest_frame(cells)
    assert found["n_candidates"].max() <= 45 and found["model_id"].nunique() == N
    assert found["neighbour_id"].isin([f"m{i:02}" for i in range(N) if i % 4]).all()
    key = ["model_id", "neighbour_id"]
    both = found.merge(whole, on=key)
    np.testing.assert_allclose(both["estimate_x"], both["estimate_y"], atol=1e-12)
    np.testing.assert_allclose(both["mean_difference_x"], both["mean_difference_y"], atol=1e-12)


def test_places_within_a_region_are_counted_on_some(monkeypatch):
    """The share of the others, of all."""
    places = np.random.default_rng(1).normal(size=(N, 2))
    regions = np.tile(2 * np.eye(2), (N, 1, 1))
    whole = n_within(places, regions)
    monkeypatch.setattr("compute.stats.positions.spread_evenly", lambda n: np.arange(0, n, 2))
    assert np.abs(n_within(places, regions) - whole).max() <= 12


def test_hidden_scores_stay_within_the_budget(monkeypatch):
    """Each model goes by the nearest pattern that hides what it lacks, and keeps its limits."""
    n, k = 150, 24
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(n, 3)) @ rng.normal(size=(3, k)) + rng.normal(size=(n, k)) / 2
    lacks = (rng.random((n, k // 4)) < 0.3)[:, np.arange(k) // 4]
    lacks[::3] = False
    model, column = np.nonzero(~lacks)
    cells = pd.DataFrame({"model": model, "benchmark_id": column}).assign(
        cohort_id="c",
        family=(model % 12).astype(str),
        dataset=(column // 4).astype(str),
        score_directed=scores[model, column],
        weight=1 / k,
    )
    cells = cells.astype({"model": str, "benchmark_id": str})
    sizes, masked = [], completion.masked

    def watched(*arguments):
        found = masked(*arguments)
        sizes.append(found.error.size)
        return found

    monkeypatch.setattr(completion, "masked", watched)
    whole = completion_frames.completion_frame(cells)
    monkeypatch.setattr(completion_frames, "MOST_HIDDEN", 20_000)
    monkeypatch.setattr(completion_frames, "MOST_ROWS", 90)
    monkeypatch.setattr(completion_frames, "MOST_RUNS", 1_000)
    found = completion_frames.completion_frame(cells)
    assert max(sizes[2:]) <= 25_000 < max(sizes[:2])  # some patterns for rare benchmarks
    of_cell = found["part"] == "cell"
    assert of_cell.sum() == lacks.sum() and found.loc[of_cell, "ci_low"].notna().all()
    assert found.loc[found["part"] == "average", "ci_low"].notna().all()
    runs = found[found["part"] == "run"]
    assert runs["rank_width_then"].isna().all() and runs["rank_width_after"].notna().all()
    assert whole.loc[whole["part"] == "run", "rank_width_then"].notna().any()


def test_twins_are_the_pairs_of_a_plain_loop():
    """Alike wherever both have a score, on enough benchmarks."""
    scores = table(30, 9, 0.3, seed=4)
    scores[5] = scores[4] + 0.001
    scores[9, :4] = scores[7, :4]
    scores[9, 4:] = np.nan
    expected = []
    for i in range(30):
        for j in range(i + 1, 30):
            apart = np.abs(scores[i] - scores[j])
            if (n := (~np.isnan(apart)).sum()) >= 3 and np.nanmax(apart) <= 0.01:
                expected.append((i, j, n, np.nanmax(apart)))
    assert twins(scores, 0.01, 3) == expected and (4, 5) in [pair[:2] for pair in expected]


@pytest.mark.parametrize("n_patterns", [1, 3])
def test_blocks_of_benchmarks_correlate_as_pairs_do(n_patterns):
    """To the last bit, with and without a covariate held fixed."""
    scores = table(40, 12, seed=6)
    for pattern in range(1, n_patterns):
        scores[pattern::5, pattern::n_patterns] = np.nan
    covariate = table(40, 1, 0.2, seed=7)[:, 0]
    asked = np.ones((12, 12), bool)
    one, other = (correlation.pairwise_spearman(scores, a) for a in (None, asked))
    for found, expected in zip(one, other, strict=True):
        np.testing.assert_array_equal(found, expected)
    found = correlation.partial_spearman(scores, covariate)[0]
    for a, b in ((0, 1), (2, 11), (4, 7)):
        alone = correlation.partial_spearman(scores[:, [a, b]], covariate)[0]
        np.testing.assert_array_equal(found[a, b], alone[0, 1])


def test_random_cohorts_and_permutations_are_fewer_in_a_large_pool(monkeypatch):
    """What is asked of the kernels is what the budget says."""
    asked = []
    monkeypatch.setattr(
        agreement, "resampled_mean", lambda pool, chosen: asked.append(len(chosen)) or np.zeros(9)
    )
    monkeypatch.setattr(budget, "MOST_CELLS", 200 * N * 8)
    scores = pd.DataFrame(table(N, 8)).rename_axis("model").reset_index()
    leaves = scores.melt("model", var_name="benchmark_id", value_name="score_directed")
    small = leaves[leaves["model"] < 20].assign(cohort_id="small", level="leaf")
    leaves = pd.concat([small, leaves.assign(cohort_id="pool", level="leaf")])
    means.null_frame(leaves, pd.DataFrame({"cohort_id": ["small"], "pool_id": ["pool"]}))
    assert asked == [200]
