"""Nine schemes, their intervals and the variance shares, against brute force and libraries."""

import itertools

import choix
import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from compute.stats.aggregation import plackett_luce, shares
from compute.stats.aggregation.intervals import (
    COLUMNS,
    leave_one_out,
    rank_intervals,
    rankings,
    tie_groups,
)
from compute.stats.aggregation.schemes import SCHEMES, aggregate, rank
from compute.stats.aggregation.shares import variance_shares
from compute.stats.resampling import counted_items

WITH_MODELS = [name for name, scheme in SCHEMES.items() if scheme.by_models]


def random_scores(n: int, k: int, seed: int = 0, *, holes: float = 0.0, ties: bool = False):
    """Scores of some models that differ in quality; with holes, no row and no column is empty."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(n, k)) + generator.normal(size=(n, 1)) + 3
    if ties:
        scores = np.round(scores)
    missing = generator.random((n, k)) < holes
    missing[np.arange(n), np.arange(n) % k] = False
    scores[missing] = np.nan
    return scores


# Ranks


@settings(deadline=None)
@given(arrays(float, st.integers(1, 12), elements=st.integers(-3, 3).map(float)))
def test_ranks_are_scipys(scores):
    """Average ranks, best first, as scipy gives them for the negated scores."""
    np.testing.assert_array_equal(rank(scores), stats.rankdata(-scores))


def test_rounding_noise_is_a_tie():
    """Sums of the same numbers in another order tie; a real difference does not."""
    a, b = (0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3)
    assert a != b
    np.testing.assert_array_equal(rank([a, b, 0.60001]), [2.5, 2.5, 1.0])


# Schemes


SCALED = ("arithmetic_mean", "z_mean", "robust_z_mean", "minmax_mean")


def scaled(scores: np.ndarray, cohort: np.ndarray, scheme: str) -> pd.DataFrame:
    """(score − centre) / spread of the cohort; NaN where the benchmark does not vary in it."""
    cohort = pd.DataFrame(cohort)
    median = cohort.median()
    centre, spread = {
        "arithmetic_mean": (0, median * 0 + 1),
        "z_mean": (cohort.mean(), cohort.std()),
        "robust_z_mean": (median, 1.4826 * (cohort - median).abs().median()),
        "minmax_mean": (cohort.min(), cohort.max() - cohort.min()),
    }[scheme]
    return (pd.DataFrame(scores) - centre) / spread.where(spread > 1e-12)


def by_hand(scores: np.ndarray, scheme: str, weights: np.ndarray) -> np.ndarray:
    """Plain loops over models and benchmarks, with pandas for the columns."""
    table = pd.DataFrame(scores)
    if scheme in SCALED:
        terms = scaled(scores, scores, scheme)
    elif scheme == "mean_rank":
        terms = (table.count() - table.rank(ascending=False) + 1) / table.count()
    elif scheme == "borda":
        beaten = table.count() - table.rank(ascending=False)
        met = (table.count() - 1) * table.notna()
        return ((beaten * weights).sum(axis=1) / (met * weights).sum(axis=1)).to_numpy()
    elif scheme == "win_rate":
        difference = scores[:, None] - scores
        margins = np.nansum(weights * np.sign(difference), axis=2)
        won = (np.sign(margins.round(9)) + 1) / 2
        met = ~np.isnan(difference).all(axis=2) & ~np.eye(len(scores), dtype=bool)
        return np.average(won, axis=1, weights=met)
    known = terms.notna() * weights
    return ((terms.fillna(0) * weights).sum(axis=1) / known.sum(axis=1)).to_numpy()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("holes", [0.0, 0.3])
@pytest.mark.parametrize("scheme", list(SCHEMES)[:7])
def test_schemes_are_what_they_say(scheme, holes, weighted):
    """Each scheme equals its definition spelt out, with ties, holes and weights."""
    for seed in range(5):
        scores = random_scores(9, 6, seed, holes=holes, ties=seed % 2 == 0)
        weights = np.random.default_rng(seed).random(6) if weighted else np.ones(6)
        np.testing.assert_allclose(
            aggregate(scores, scheme, weights), by_hand(scores, scheme, weights), atol=1e-12
        )


def test_a_whole_weight_is_a_repeated_benchmark():
    """Weight 2 is the benchmark twice, in every scheme."""
    scores = random_scores(7, 4, 1)
    for scheme in SCHEMES:
        np.testing.assert_allclose(
            aggregate(scores, scheme, [2, 1, 0, 1]),
            aggregate(scores[:, [0, 0, 1, 3]], scheme),
            atol=1e-6,
        )


def test_constant_benchmarks_are_left_out_of_schemes_that_divide():
    """No spread, no z-score; a model scored nowhere else has none at all."""
    scores = np.array([[1.0, 5.0], [2.0, 5.0], [np.nan, 5.0]])
    for scheme in ("z_mean", "robust_z_mean", "minmax_mean"):
        got = aggregate(scores, scheme)
        assert got[1] > got[0]
        assert np.isnan(got[2])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_equal_models_tie(scheme):
    """Two models with the same scores get the same rank."""
    scores = random_scores(6, 5, 3)
    scores[4] = scores[1]
    ranks = rank(aggregate(scores, scheme))
    assert ranks[4] == ranks[1]


def test_refusals_say_what_is_wrong():
    """Unknown names, infinities and weights that do not fit."""
    scores = random_scores(4, 3)
    with pytest.raises(ValueError, match="no scheme 'best'; known: arithmetic_mean"):
        aggregate(scores, "best")
    with pytest.raises(ValueError, match="infinity"):
        aggregate([[np.inf, 1.0]], "z_mean")
    with pytest.raises(ValueError, match="models × benchmarks"):
        aggregate(scores[0], "z_mean")
    with pytest.raises(ValueError, match="as many weights"):
        aggregate(scores, "z_mean", [1, 1])
    with pytest.raises(ValueError, match="not all zero"):
        aggregate(scores, "z_mean", [0, 0, 0])


# Plackett–Luce, against choix


def choices(scores):
    """Every model chosen from those not above it: choix's top-1 data, ties and holes included."""
    data = []
    for column in scores.T:
        present = np.flatnonzero(~np.isnan(column))
        for i in present:
            rest = [int(j) for j in present if j != i and column[j] <= column[i]]
            if rest:
                data.append((int(i), rest))
    return data


@pytest.mark.parametrize("holes, ties", [(0.0, False), (0.2, False), (0.0, True), (0.2, True)])
def test_plackett_luce_is_choix(holes, ties):
    """The same penalised optimum as choix, with Breslow's choices for ties."""
    for seed in range(3):
        scores = random_scores(8, 6, seed, holes=holes, ties=ties)
        expected = choix.opt_top1(8, choices(scores), alpha=plackett_luce.PRIOR, tol=1e-12)
        np.testing.assert_allclose(aggregate(scores, "plackett_luce"), expected, atol=1e-6)


# Kemeny, against all permutations


@pytest.mark.parametrize("holes, ties", [(0.0, False), (0.3, True)])
def test_kemeny_is_the_best_of_all_orders(holes, ties):
    """Mean place over every order of least disagreement, found by trying them all."""
    for seed in range(6):
        scores = random_scores(5, 4, seed, holes=holes, ties=ties)
        with np.errstate(invalid="ignore"):
            above = (scores[:, None, :] > scores[None, :, :]).sum(2)
        costs = {
            order: sum(above[order[b], order[a]] for a in range(5) for b in range(a + 1, 5))
            for order in itertools.permutations(range(5))
        }
        best = [order for order, cost in costs.items() if cost == min(costs.values())]
        places = np.mean([[order.index(i) + 1 for i in range(5)] for order in best], axis=0)
        np.testing.assert_allclose(aggregate(scores, "kemeny"), 5 - places, atol=1e-12)


def test_kemeny_orders_the_twelve_best_of_a_larger_set():
    """The others are not ranked, and the twelve are ordered as if they were alone."""
    scores = random_scores(20, 5, 7)
    best = np.sort(np.argsort(-scores.mean(1))[:12])
    got = aggregate(scores, "kemeny")
    assert set(np.flatnonzero(~np.isnan(got))) == set(best)
    np.testing.assert_allclose(got[best], aggregate(scores[best], "kemeny"))


# Intervals


def test_draws_are_resamples():
    """Each row sums to n, the seed decides all, and the mean count is 1."""
    counts = counted_items(7, 2000, 3)
    assert (counts.sum(1) == 7).all()
    np.testing.assert_array_equal(counts, counted_items(7, 2000, 3))
    assert not np.array_equal(counts, counted_items(7, 2000, 4))
    np.testing.assert_allclose(counts.mean(0), 1, atol=0.1)


@pytest.mark.parametrize(("k", "holes", "n_resamples"), [(6, 0, 150), (6, 0.3, 150), (2, 0, 1000)])
@pytest.mark.parametrize("scheme", WITH_MODELS)
def test_interval_over_benchmarks_is_a_plain_loop(scheme, k, holes, n_resamples):
    """Quantiles of the ranks in each resample; of two benchmarks many are equal, all count."""
    scores = random_scores(8, k, 4, holes=holes, ties=True)
    low, high = rank_intervals(scores, scheme, "benchmarks", n_resamples, seed=5)
    n = min(n_resamples, SCHEMES[scheme].max_resamples)
    ranks = np.array([rank(aggregate(scores, scheme, w)) for w in counted_items(k, n, 5)])
    expected = np.nanquantile(ranks, [0.025, 0.975], axis=0)
    np.testing.assert_allclose([low, high], expected, atol=1e-12)


def places_among(scores, counts, scheme):
    """Place of each model, scored against the drawn cohort alone."""
    everyone = np.arange(len(scores))
    drawn = np.repeat(everyone, counts.astype(int))
    if scheme in SCALED:
        own = scaled(scores, scores[drawn], scheme).mean(axis=1).to_numpy()
    else:
        own = np.array([against(i, scores, counts, scheme) for i in everyone])
    places = []
    for model, score in enumerate(own):
        rivals = own[drawn[drawn != model]]
        better = (rivals > score + 1e-9).sum() + (abs(rivals - score) <= 1e-9).sum() / 2
        places.append(1 + (len(scores) - 1) * better / len(rivals))
    return places


def against(model, scores, counts, scheme):
    """Score of one model by its duels with the drawn rivals."""
    rivals = np.arange(len(scores)) != model
    points = ((np.sign(scores[model] - scores[rivals]) + 1) / 2).mean(axis=1)
    if scheme == "win_rate":
        points = (np.sign(points - 0.5) + 1) / 2
    return np.average(points, weights=counts[rivals])


@pytest.mark.parametrize("scheme", WITH_MODELS)
def test_interval_over_models_is_a_plain_loop(scheme):
    """Each model placed against each drawn cohort, spelt out."""
    scores = random_scores(8, 5, 6, ties=True) + np.arange(5) * 0.01
    low, high = rank_intervals(scores, scheme, "models", 60, seed=2)
    places = np.array([places_among(scores, c, scheme) for c in counted_items(8, 60, 2)])
    expected = np.nanquantile(places, [0.025, 0.975], axis=0)
    np.testing.assert_allclose([low, high], expected, atol=1e-12)


@pytest.mark.parametrize("holes", [0.0, 0.25])
@pytest.mark.parametrize("scheme", WITH_MODELS)
def test_the_cohort_itself_gives_back_the_ranks(scheme, holes):
    """Scored against the cohort in which everyone stands once, models have their plain order."""
    scores = random_scores(9, 5, 9, holes=holes, ties=True)
    score = SCHEMES[scheme].by_models(scores)(np.ones((1, 9)))[0]
    np.testing.assert_array_equal(rank(score), rank(aggregate(scores, scheme)))


def test_leave_one_out_is_a_plain_loop():
    """Best and worst rank over the matrices without one benchmark."""
    scores = random_scores(7, 5, 12, holes=0.2)
    for scheme in SCHEMES:
        ranks = np.array([rank(aggregate(scores, scheme, np.arange(5) != b)) for b in range(5)])
        low, high = leave_one_out(scores, scheme)
        np.testing.assert_array_equal(low, np.nanmin(ranks, axis=0))
        np.testing.assert_array_equal(high, np.nanmax(ranks, axis=0))


def test_one_benchmark_has_no_interval_over_benchmarks():
    """There is nothing to draw and nothing to leave out."""
    scores = random_scores(5, 1)
    ranking = rankings(scores, ["arithmetic_mean"], 100)["arithmetic_mean"]
    for column in ("rank_low_benchmarks", "rank_max_left_out", "tie_group"):
        assert np.isnan(ranking[column]).all()
    assert not np.isnan(ranking["rank_low_models"]).any()


# Tie groups, and all together


def test_tie_groups_by_hand():
    """The second meets the leader; the third does not, and leads the fourth; the last has none."""
    ranks = [1, 2, 3, 4, 5]
    low = [1, 2, 4, 3.5, np.nan]
    high = [3, 4, 5, 4.5, np.nan]
    np.testing.assert_array_equal(tie_groups(ranks, low, high), [1, 1, 2, 2, np.nan])


def test_rankings_hold_together():
    """Columns of every scheme, shifts against the mean, minmax from 0 to 1."""
    scores = random_scores(15, 6, 13, holes=0.1)
    out = rankings(scores, n_resamples=200)
    assert list(out) == list(SCHEMES)
    reference = rank(aggregate(scores, "arithmetic_mean"))
    for scheme, ranking in out.items():
        assert tuple(ranking) == COLUMNS
        np.testing.assert_array_equal(ranking["rank_shift"], ranking["score_rank"] - reference)
        assert np.nanmin(ranking["score_minmax"]) == 0
        assert np.nanmax(ranking["score_minmax"]) == 1
        np.testing.assert_allclose(ranking["score"], aggregate(scores, scheme), atol=1e-12)
    for scheme in ("plackett_luce", "kemeny"):
        assert np.isnan(out[scheme]["rank_low_models"]).all()
        assert np.isnan(out[scheme]["rank_high_benchmarks"]).all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_input_decides_no_rank(seed):
    """Shuffled models and benchmarks: identical ranks. Shuffled benchmarks: identical intervals."""
    generator = np.random.default_rng(seed)
    scores = random_scores(9, 6, seed, holes=0.2, ties=True) / 7
    rows, columns = generator.permutation(9), generator.permutation(6)
    plain, shuffled = (rankings(s, n_resamples=50) for s in (scores, scores[:, columns]))
    moved = rankings(scores[rows][:, columns], n_resamples=0)
    for scheme in SCHEMES:
        expected = plain[scheme]["score_rank"][rows]
        np.testing.assert_array_equal(moved[scheme]["score_rank"], expected)
        for column in COLUMNS:
            np.testing.assert_array_equal(shuffled[scheme][column], plain[scheme][column])


def test_borda_of_complete_scores_is_the_mean_rank():
    """Its intervals are those of the mean rank, computed once."""
    scores = random_scores(9, 5, 15)
    scores = scores[:, np.lexsort(scores)]  # the order that rankings() gives the benchmarks
    low, high = rank_intervals(scores, "borda", "benchmarks", 300)
    same = rankings(scores, ["mean_rank"], 300)["mean_rank"]
    np.testing.assert_allclose(low, same["rank_low_benchmarks"], atol=1e-12)
    np.testing.assert_allclose(high, same["rank_high_benchmarks"], atol=1e-12)


# Variance shares


def test_shares_are_those_of_libraries():
    """r² by scipy, covariance share by numpy, Shapley by pingouin (relative importance)."""
    generator = np.random.default_rng(1)
    parts = generator.normal(size=(30, 4)) @ generator.normal(size=(4, 4))
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    got, whole = variance_shares(parts, weights), parts @ weights
    assert got["method"] == "exact"
    for i in range(4):
        r = stats.pearsonr(parts[:, i], whole).statistic
        share = weights[i] * np.cov(parts[:, i], whole)[0, 1] / whole.var(ddof=1)
        assert got["r_squared"][i] == pytest.approx(r**2, abs=1e-12)
        assert got["covariance_share"][i] == pytest.approx(share, abs=1e-12)
    importance = pingouin.linear_regression(parts, whole, relimp=True)["relimp"][1:]
    np.testing.assert_allclose(got["shapley_share"], importance, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 15))
def test_shares_sum_to_one(seed, k):
    """Covariance and Shapley shares add up to the r² of all parts together, which is 1."""
    parts = random_scores(40, k, seed)
    got = variance_shares(parts, n_permutations=50)
    assert got["method"] == ("exact" if k <= 12 else "sampled")
    assert got["covariance_share"].sum() == pytest.approx(1, abs=1e-9)
    assert got["shapley_share"].sum() == pytest.approx(1, abs=1e-9)
    assert (got["shapley_share"] > -1e-12).all()


def test_sampled_shapley_comes_close_to_the_exact(monkeypatch):
    """The random orders estimate what the subsets give."""
    parts = random_scores(60, 8, 2)
    exact = variance_shares(parts)["shapley_share"]
    monkeypatch.setattr(shares, "EXACT_PARTS", 4)
    sampled = variance_shares(parts, n_permutations=20_000)
    assert sampled["method"] == "sampled"
    np.testing.assert_allclose(sampled["shapley_share"], exact, atol=5e-3)


def test_parts_without_variance_and_more_parts_than_models():
    """A constant part has no share; redundant parts share what there is."""
    parts = random_scores(20, 3, 3)
    parts[:, 1] = 4.0
    got = variance_shares(parts)
    assert got["r_squared"][1] == got["covariance_share"][1] == got["shapley_share"][1] == 0
    wide = variance_shares(random_scores(10, 30, 4), n_permutations=20)
    assert wide["shapley_share"].sum() == pytest.approx(1, abs=1e-6)
    assert np.isnan(variance_shares(np.ones((9, 2)))["shapley_share"]).all()


def test_models_with_a_missing_part_are_left_out():
    """Complete cases, and their number."""
    parts = random_scores(12, 3, 5)
    holed = np.vstack([parts, [[1.0, np.nan, 2.0]]])
    got, expected = variance_shares(holed), variance_shares(parts)
    assert got["n_models"] == 12
    np.testing.assert_array_equal(got["shapley_share"], expected["shapley_share"])
