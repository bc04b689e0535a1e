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
    LeftOut,
    Pairs,
    family_limits,
    rank_limits,
    rankings,
    separated,
)
from compute.stats.aggregation.schemes import SCHEMES, aggregate, rank
from compute.stats.aggregation.shares import variance_shares

AVERAGES = [name for name, scheme in SCHEMES.items() if scheme.is_average]


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


def scaled(scores: np.ndarray, scheme: str) -> pd.DataFrame:
    """(score − centre) / spread; NaN where the benchmark does not vary."""
    cohort = pd.DataFrame(scores)
    median = cohort.median()
    centre, spread = {
        "arithmetic_mean": (0, median * 0 + 1),
        "z_mean": (cohort.mean(), cohort.std()),
        "robust_z_mean": (median, 1.4826 * (cohort - median).abs().median()),
        "minmax_mean": (cohort.min(), cohort.max() - cohort.min()),
    }[scheme]
    return (cohort - centre) / spread.where(spread > 1e-12)


def by_hand(scores: np.ndarray, scheme: str) -> np.ndarray:
    """Plain loops over models and benchmarks, with pandas for the columns."""
    table = pd.DataFrame(scores)
    if scheme in SCALED:
        return scaled(scores, scheme).mean(axis=1).to_numpy()
    if scheme == "mean_rank":
        terms = (table.count() - table.rank(ascending=False) + 1) / table.count()
        return terms.mean(axis=1).to_numpy()
    if scheme == "borda":
        beaten = table.count() - table.rank(ascending=False)
        met = (table.count() - 1) * table.notna()
        return (beaten.sum(axis=1) / met.sum(axis=1)).to_numpy()
    difference = scores[:, None] - scores
    won = (np.sign(np.nansum(np.sign(difference), axis=2)) + 1) / 2
    met = ~np.isnan(difference).all(axis=2) & ~np.eye(len(scores), dtype=bool)
    return np.average(won, axis=1, weights=met)


@pytest.mark.parametrize("holes", [0.0, 0.3])
@pytest.mark.parametrize("scheme", AVERAGES)
def test_schemes_are_what_they_say(scheme, holes):
    """Each scheme equals its definition spelt out, with ties and holes."""
    for seed in range(5):
        scores = random_scores(9, 6, seed, holes=holes, ties=seed % 2 == 0)
        np.testing.assert_allclose(aggregate(scores, scheme), by_hand(scores, scheme), atol=1e-12)


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
    """Unknown names and infinities."""
    scores = random_scores(4, 3)
    with pytest.raises(ValueError, match="no scheme 'best'; known: arithmetic_mean"):
        aggregate(scores, "best")
    with pytest.raises(ValueError, match="infinity"):
        aggregate([[np.inf, 1.0]], "z_mean")
    with pytest.raises(ValueError, match="models × benchmarks"):
        aggregate(scores[0], "z_mean")


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


# Datasets left out, by hand and by plain loops


DATASETS = np.array(list("aabbcd"))
THREE = np.array([[7, 7, 9.0, 8], [6, 6, 6.0, 6], [2, 2, 4.0, 3]])
"""Three models on four benchmarks of the datasets p, p, q and r."""


def test_limits_and_probabilities_by_hand():
    """First − second: means 1.75; without p 2.5, q 4/3, r 5/3. s² = 2/3 Σ (d − 11/6)² = 13/27.

    First − third is the same without any dataset, so that its error is unknown.
    """
    left_out = LeftOut.of(THREE, list("ppqr"))
    found = rankings(THREE, left_out, list("xyz"), ["arithmetic_mean"])["arithmetic_mean"]
    t = 1.75 / np.sqrt(13 / 27)
    assert found["probability_above_next"][0] == pytest.approx(stats.t.cdf(t, 2))
    other = np.array([3.25, 2.5, 11 / 3, 10 / 3])  # second − third: whole, and without each
    t_other = other[0] / np.sqrt(2 / 3 * ((other[1:] - other[1:].mean()) ** 2).sum())
    assert t < stats.t.ppf(0.95, 2) < t_other
    assert found["probability_above_next"][1] == pytest.approx(stats.t.cdf(t_other, 2))
    assert list(zip(found["rank_ci_low"], found["rank_ci_high"], strict=True)) == [
        (1, 3),
        (1, 2),
        (2, 3),
    ]
    assert left_out.effective == 16 / (4 + 1 + 1)
    assert list(found["n_datasets"]) == [3, 3, 3]
    assert list(found["rank_max_left_out"]) == [1, 2, 3]
    assert list(found["rank_max_left_out_dataset"]) == ["p", "p", "p"]


def test_holm_goes_on_until_the_first_pair_that_is_not_apart():
    """Limits .05/3, .05/2, .05: the second p is above its own, so the third does not count."""
    t = stats.t.isf(np.array([0.01, 0.03, 0.04]) / 2, 4)
    pairs = Pairs(np.zeros((3, 3)), np.full((3, 3), 4))
    pairs.t[np.triu_indices(3, 1)], pairs.t[np.tril_indices(3, -1)] = t, -t[[0, 1, 2]]
    apart = np.argwhere(separated(pairs, 5.0) & (pairs.t > 0)).tolist()
    assert apart == [[0, 1]]
    assert not separated(pairs, 2.0).any()  # of unequal datasets: one degree of freedom


@pytest.mark.parametrize("holes", [0, 0.4])
@pytest.mark.parametrize("scheme", AVERAGES)
def test_every_pair_is_a_plain_loop(scheme, holes):
    """Difference and error of two models, from the tables without each dataset they have."""
    scores = random_scores(8, 6, 4, holes=holes, ties=True)
    left_out = LeftOut.of(scores, DATASETS)
    score = aggregate(scores, scheme)
    found = Pairs.of(score, [aggregate(s, scheme) for s in left_out.scores], left_out.rests_on)
    for a, b in itertools.combinations(range(8), 2):
        has = ~np.isnan(scores[[a, b]]).all(0)
        names = np.unique(DATASETS[has])
        rest = [aggregate(scores[:, name != DATASETS], scheme) for name in names]
        values = np.array([without[a] - without[b] for without in rest])
        n = len(names)
        error = np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum())
        if np.isnan(error) or error < 1e-9:
            assert np.isnan(found.t[a, b]) and found.df[a, b] == 0
            continue
        assert found.t[a, b] == pytest.approx((score[a] - score[b]) / error) == -found.t[b, a]
        assert found.df[a, b] == n - 1
    low, high = rank_limits(found)
    for i in np.flatnonzero(~np.isnan(low)):
        critical = stats.t.ppf(0.95, np.where(found.df[i] > 0, found.df[i], np.nan))
        assert (low[i], high[i]) == (
            1 + (-found.t[i] > critical).sum(),
            8 - (found.t[i] > critical).sum(),
        )


def _mean(values, weights):
    return np.average(values, weights=weights) if weights.any() else np.nan


def test_a_higher_level_is_averaged_again_without_each_dataset():
    """Weighted means of the leaves that are left; a benchmark without any goes."""
    leaves = random_scores(7, 6, 2, holes=0.2)
    weights = np.array([[0.5, 0.5, 0, 0, 0, 0], [0, 0, 0.25, 0.25, 0.5, 0]])
    found = LeftOut.of(leaves, DATASETS, weights)
    assert list(found.datasets) == ["a", "b", "c"]  # no benchmark here has a leaf of d
    for name, scores in zip(found.datasets, found.scores, strict=True):
        kept = weights * (name != DATASETS)
        kept = kept[kept.any(1)]
        has = ~np.isnan(leaves)
        expected = [
            [_mean(row[at], w[at]) for w in kept] for row, at in zip(leaves, has, strict=True)
        ]
        columns = np.array(expected).T
        np.testing.assert_allclose(scores.T, sorted(columns, key=lambda c: tuple(c[::-1])))
    assert found.effective == pytest.approx(1 / (0.5**2 + 0.25**2 + 0.25**2))


def test_limits_among_other_families_are_a_plain_loop():
    """Shares of rivals above without each family; SciPy's limits at what the rivals are worth."""
    families = np.array(list("aaabbcdd"))
    ranks = np.array([1, 2, 3.5, 3.5, 5, 6, 7, 8.0])
    low, high = family_limits(ranks, families)
    for i in range(8):
        rivals = np.delete(np.arange(8), i)
        is_above = (np.sign(ranks[i] - ranks) + 1) / 2
        share = is_above[rivals].mean()
        rest = [
            is_above[rivals[families[rivals] != name]].mean()
            for name in "abcd"
            if name in families[rivals]
        ]
        n = len(rest)
        error = np.sqrt((n - 1) / n * ((rest - np.mean(rest)) ** 2).sum())
        worth = min(share * (1 - share) / error**2, 7) if error else 7
        worth *= (stats.t.ppf(0.975, 6) / stats.t.ppf(0.975, n - 1)) ** 2
        below = stats.beta.ppf(0.025, worth * share, worth * (1 - share) + 1) if share else 0
        above = stats.beta.ppf(0.975, worth * share + 1, worth * (1 - share)) if share < 1 else 1
        assert (low[i], high[i]) == pytest.approx((1 + 7 * below, 1 + 7 * above))
    assert low[0] == 1 and high[7] == 8
    assert np.isnan(family_limits(ranks, ["a"] * 8)).all()


def test_extremes_are_those_without_a_dataset():
    """Best and worst rank over the tables without one dataset, in every scheme."""
    scores = random_scores(7, 6, 12, holes=0.2)
    for scheme, found in rankings(scores, LeftOut.of(scores, DATASETS), list("ppqqrst")).items():
        ranks = {d: rank(aggregate(scores[:, d != DATASETS], scheme)) for d in "abcd"}
        np.testing.assert_array_equal(found["ranks_left_out"].T, list(ranks.values()))
        for side, pick in (("min", np.nanmin), ("max", np.nanmax)):
            values = found[f"rank_{side}_left_out"]
            np.testing.assert_array_equal(values, pick(list(ranks.values()), axis=0))
            for at, name in enumerate(found[f"rank_{side}_left_out_dataset"]):
                assert ranks[name][at] == values[at]


def test_one_dataset_gives_no_interval():
    """There is nothing to leave out, whatever the number of benchmarks."""
    scores = random_scores(5, 4)
    ranking = rankings(scores, LeftOut.of(scores, list("aaaa")), list("ppqrs"), ["z_mean"])[
        "z_mean"
    ]
    for column in ("rank_ci_low", "n_above_holm", "probability_above_next", "rank_max_left_out"):
        assert np.isnan(ranking[column]).all()
    assert not np.isnan(ranking["score_rank"]).any()


def test_rankings_hold_together():
    """Columns of every scheme, shifts against the mean, minmax from 0 to 1, rank inside limits."""
    scores = random_scores(15, 6, 13, holes=0.1)
    out = rankings(scores, LeftOut.of(scores, DATASETS), np.arange(15) // 2)
    assert list(out) == list(SCHEMES)
    reference = rank(aggregate(scores, "arithmetic_mean"))
    for scheme, ranking in out.items():
        assert tuple(ranking) == (*COLUMNS, "ranks_left_out")
        np.testing.assert_array_equal(ranking["rank_shift"], ranking["score_rank"] - reference)
        assert np.nanmin(ranking["score_minmax"]) == 0
        assert np.nanmax(ranking["score_minmax"]) == 1
        np.testing.assert_allclose(ranking["score"], aggregate(scores, scheme), atol=1e-12)
        low, high = ranking["rank_ci_low"], ranking["rank_ci_high"]
        if scheme not in AVERAGES:
            assert np.isnan(low).all() and np.isnan(high).all()
            continue
        assert (low <= ranking["score_rank"]).all() and (ranking["score_rank"] <= high).all()
        assert np.nansum(ranking["n_above_holm"]) == np.nansum(ranking["n_below_holm"])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_input_decides_nothing(seed):
    """Shuffled models and benchmarks: the same ranks, limits and counts."""
    generator = np.random.default_rng(seed)
    scores = random_scores(9, 6, seed, holes=0.2, ties=True) / 7
    rows, columns = generator.permutation(9), generator.permutation(6)
    moved = scores[rows][:, columns]
    families = np.arange(9) // 2
    plain = rankings(scores, LeftOut.of(scores, DATASETS), families)
    shuffled = rankings(moved, LeftOut.of(moved, DATASETS[columns]), families[rows])
    for scheme in SCHEMES:
        for column in COLUMNS:
            if column in ("score", "score_minmax", "probability_above_next"):
                continue  # sums in another order; equals are listed in the order of the rows
            if column.startswith("rank_family"):
                np.testing.assert_allclose(shuffled[scheme][column], plain[scheme][column][rows])
                continue
            np.testing.assert_array_equal(shuffled[scheme][column], plain[scheme][column][rows])


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
