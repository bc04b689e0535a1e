"""Errors over families and datasets: by hand, and against plain loops over what is left."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from compute.stats import clusters, correlation, kendall
from compute.stats.frames import means
from compute.stats.frames.agreement import correlation_frame, cross_source_frame
from compute.stats.relations import membership
from tests.fixtures.scores import table


def test_a_jackknife_by_hand():
    """Without each of three: 1, 2, 3. Squares sum to 2, times 2/3; a fourth does not take part."""
    error = clusters.jackknife_error([1.0, 2.0, 3.0])
    assert (error.size, error.df) == (pytest.approx(np.sqrt(4 / 3)), 2)
    same = clusters.jackknife_error([1.0, 9.0, 2.0, 3.0], [True, False, True, True])
    assert (same.size, same.df) == (pytest.approx(error.size), 2)
    low, high = clusters.interval(2.0, error)
    assert high - 2 == 2 - low == pytest.approx(stats.t.ppf(0.975, 2) * np.sqrt(4 / 3))
    for unknown in ([1.0], [1.0, np.nan, 2.0]):
        assert np.isnan(clusters.jackknife_error(unknown).size)


def test_the_jackknife_of_a_mean_is_its_standard_error():
    """Deleting one of n unrelated values at a time gives s / √n."""
    values = np.random.default_rng(1).normal(size=30)
    without = clusters.without_each(values, np.arange(30), np.mean)
    assert clusters.jackknife_error(without).size == pytest.approx(stats.sem(values))


@pytest.mark.parametrize("sizes", [(5, 5), (3, 1, 4), (1, 1, 1, 9)])
def test_a_mean_difference_is_a_plain_loop(sizes):
    """Mean, limits and probability from the means without each cluster; NaN is left out."""
    labels = np.repeat(list("abcd")[: len(sizes)], sizes)
    values = np.random.default_rng(3).normal(0.2, 1, len(labels))
    found = clusters.mean_difference([*values, np.nan], [*labels, "z"])
    without = np.array([values[labels != name].mean() for name in np.unique(labels)])
    n = len(sizes)
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    assert found.mean == pytest.approx(values.mean())
    half = stats.t.ppf(0.975, n - 1) * error
    assert (found.ci_low, found.ci_high) == pytest.approx((found.mean - half, found.mean + half))
    assert found.probability_above == pytest.approx(stats.t.cdf(found.mean / error, n - 1))
    assert (found.n, found.n_clusters) == (len(labels), n)


def test_what_one_cluster_or_nothing_says():
    """No error without a second cluster, and none that is 0."""
    one = clusters.mean_difference([0.1, 0.3], ["a", "a"])
    assert one.mean == pytest.approx(0.2) and one.n_clusters == 1
    assert np.isnan([one.ci_low, one.ci_high, one.probability_above]).all()
    nothing = clusters.mean_difference([np.nan], ["a"])
    assert np.isnan(nothing.mean) and nothing.n == 0
    same = clusters.mean_difference([0.5, 0.5, 0.5], ["a", "b", "c"])
    assert same.ci_low == same.ci_high == 0.5 and np.isnan(same.probability_above)
    with pytest.raises(ValueError, match="one cluster for each difference"):
        clusters.mean_difference([0.1, 0.2], ["a"])


def test_effective_number_by_hand():
    """Families of 3, 1, 1 and 1 say as much as three of one size: 36 / 12."""
    assert clusters.effective_number(list("aaabcd")) == 3
    assert np.isnan(clusters.effective_number([]))


def test_few_clusters_take_percentiles_further_out():
    """Eight clusters: Φ(−2.365 √(8/7)) = .0057 in place of .025; one cluster says nothing."""
    draws = np.column_stack([np.arange(100_001.0), np.arange(100_001.0)])
    draws[::2, 1] = np.nan
    low, high = clusters.expanded_interval(draws, [8, 8])
    tail = stats.norm.cdf(-stats.t.ppf(0.975, 7) * np.sqrt(8 / 7))
    assert tail == pytest.approx(0.0057, abs=1e-4)
    np.testing.assert_allclose(low, tail * 1e5, atol=2)
    np.testing.assert_allclose(high, (1 - tail) * 1e5, atol=2)
    assert np.isnan(clusters.expanded_interval(draws, [1, 1])).all()


def test_margins_of_both_samples_add_as_squares():
    """3 and 4 below make 5; 6 and 8 above make 10."""
    assert clusters.over_both(0.0, (-3.0, 6.0), (-4.0, 8.0)) == (-5.0, 10.0)


@pytest.mark.parametrize("holes", [0, 0.3])
def test_correlations_allow_for_families(holes):
    """Limits and p-value of each pair by SciPy on the models that are left."""
    scores, families = table(30, 3, holes, seed=4), np.repeat(list("aabcde"), 5)
    long = pd.DataFrame(scores, columns=list("xyz")).rename_axis("model").reset_index()
    long = long.melt("model", var_name="benchmark_id", value_name="score_directed").dropna()
    long = long.assign(cohort_id="c", level="leaf", family=families[long["model"]])
    found = correlation_frame(long).set_index(["method", "benchmark_a", "benchmark_b"])
    estimators = {
        "spearman": stats.spearmanr,
        "pearson": stats.pearsonr,
        "kendall": stats.kendalltau,
    }
    for (method, a, b), row in found.iterrows():
        x, y = scores[:, "xyz".index(a)], scores[:, "xyz".index(b)]
        known = ~np.isnan(x + y)
        left = np.unique(families[known])
        parts = [known & (families != f) for f in left]
        z = np.arctanh([estimators[method](x[at], y[at])[0] for at in (known, *parts)])
        error = np.sqrt((len(left) - 1) / len(left) * ((z[1:] - z[1:].mean()) ** 2).sum())
        margin = stats.t.ppf(0.975, len(left) - 1) * error
        assert (row["n_models"], row["n_families"]) == (known.sum(), len(left))
        assert row["ci_low"] == pytest.approx(np.tanh(z[0] - margin), abs=1e-12)
        assert row["ci_high"] == pytest.approx(np.tanh(z[0] + margin), abs=1e-12)
        p = 2 * stats.t.sf(abs(z[0]) / error, len(left) - 1)
        assert row["p_value"] == pytest.approx(p, abs=1e-12)


def test_two_sources_are_compared_on_ten_models_as_any_pair_is():
    """Pairs of one source leave, and pairs of nine models; the others are as in a cohort."""
    scores = pd.DataFrame(table(30, 4, 0.2, seed=4), columns=list("wxyz")).rename_axis("model")
    scores.loc[9:, "z"] = np.nan
    long = scores.reset_index().melt("model", var_name="benchmark_id", value_name="score_directed")
    long = long.dropna().assign(cohort_id="c", level="leaf", confidence="guess")
    long = long.assign(family=long["model"] % 7, source_id=long["benchmark_id"].map(ord) // 121)
    found = cross_source_frame(long).set_index(["benchmark_a", "benchmark_b"])
    assert {*found.index} == {("w", "y"), ("x", "y")}
    whole = correlation_frame(long).query("method == 'spearman'")
    whole = whole.set_index(["benchmark_a", "benchmark_b"]).loc[found.index]
    shared = ["n_models", "n_families", "estimate", "ci_low", "ci_high", "p_value"]
    pd.testing.assert_frame_equal(found[shared], whole[shared])


def test_a_perfect_correlation_has_no_limits():
    """Fisher's z of ±1 is infinite: the error is unknown, not zero."""
    found = clusters.correlation_inference([1.0, 0.5], [[1.0, 0.4], [1.0, 0.5], [1.0, 0.6]])
    assert np.isnan([found.ci_low[0], found.p_value[0]]).all()
    assert found.ci_low[1] < 0.5 < found.ci_high[1]


@pytest.fixture
def cohort():
    """Twenty models of five families, six benchmarks of four datasets, two modalities."""
    ids = list("abcdef")
    long = pd.DataFrame(table(20, 6, seed=14), columns=ids).rename_axis("model").reset_index()
    long = long.melt("model", var_name="benchmark_id", value_name="score_directed")
    long = long.assign(cohort_id="c", level="leaf", family=long["model"] % 5)
    benchmarks = pd.DataFrame(
        {
            "benchmark_id": ids,
            "modality": ["neural"] * 3 + ["behavioural"] * 3,
            "region": ["V1", "V1", "IT", "behaviour", "behaviour", "behaviour"],
            "dataset": ["p", "p", "q", "r", "r", "s"],
            "is_doubted": [False] * 4 + [True, False],
        }
    )
    weights = pd.DataFrame(
        {
            "cohort_id": "c",
            "level": "modality",
            "benchmark_id": ["neural_vision"] * 3 + ["behavior_vision"] * 3,
            "leaf_id": ids,
            "weight": [1 / 4, 1 / 4, 1 / 2, 1 / 4, 1 / 4, 1 / 2],
        }
    )
    return long, benchmarks, weights


def _mean(values: pd.DataFrame, copies: list[int], of) -> float:
    """Mean over pairs of columns, whose copies of one dataset never meet each other."""
    r = values.corr("spearman").to_numpy()
    at = [(i, j) for i, j in zip(*np.triu_indices(len(r), 1), strict=True)]
    at = [(i, j) for i, j in at if of[i] != of[j] or copies[i] == copies[j]]
    return float(np.mean([r[i, j] for i, j in at]))


def test_means_and_their_resamples_by_loops(cohort):
    """Every mean whole, without each family and dataset, and with datasets drawn whole."""
    long, benchmarks, weights = cohort
    wide = long.pivot(index="model", columns="benchmark_id", values="score_directed")
    of = benchmarks["dataset"].to_numpy()
    ((_, made),) = means._cohorts(long, benchmarks, weights)
    drawn = np.array([[1, 1, 1, 1], [2, 0, 1, 1], [0, 1, 3, 0], [1, 2, 0, 1]], float)
    place = {name: at for at, name in enumerate(made.names)}
    found = made.means(drawn)
    for row, counts in zip(found, drawn.astype(int), strict=True):
        times = counts[np.searchsorted(list("pqrs"), of)]
        columns = np.repeat(np.arange(6), times)
        copies = [c for n in times for c in range(n)]
        assert row[place["all"]] == pytest.approx(
            _mean(wide.iloc[:, columns], copies, of[columns]), abs=1e-12
        )
        weight = weights["weight"].to_numpy() * times
        halves = [
            ((wide.to_numpy()[:, at] * weight[at]).sum(1) / weight[at].sum()).round(10)
            for at in (slice(0, 3), slice(3, 6))
        ]
        expected = stats.spearmanr(*halves)[0] if weight[3:].any() and weight[:3].any() else np.nan
        assert row[place["neural_with_behaviour"]] == pytest.approx(
            expected, nan_ok=True, abs=1e-12
        )
    without = made.means(drawn[:1], without="2")[0][place["all"]]
    left = wide[wide.index % 5 != 2].corr("spearman").to_numpy()
    assert without == pytest.approx(left[np.triu_indices(6, 1)].mean(), abs=1e-12)
    rows = means.mean_frame(*cohort).set_index(["pairs", "left_out"])
    left = wide.loc[:, of != "r"].corr("spearman").to_numpy()
    assert rows.loc[("all", "r"), "estimate"] == pytest.approx(left[np.triu_indices(4, 1)].mean())
    sure = wide.drop(columns="e").corr("spearman").to_numpy()[np.triu_indices(5, 1)].mean()
    assert rows.loc[("undoubted", ""), "estimate"] == pytest.approx(sure)
    none = benchmarks.assign(is_doubted=False)
    assert "undoubted" not in set(means.mean_frame(long, none, weights)["pairs"])
    # behaviour is two datasets, one of which alone has no pair: nothing is known of others
    assert np.isnan(
        rows.loc[("within_behaviour", ""), ["ci_low", "dataset_ci_low"]].astype(float)
    ).all()
    whole = rows.loc[("all", "")]
    assert whole["ci_low"] < whole["family_ci_low"] < whole["estimate"] < whole["ci_high"]
    assert (whole["n_datasets"], whole["effective_datasets"]) == (4, 36 / 10)
    assert np.isnan(whole["dataset_ci_low"])  # fewer than five


def test_levels_with_missing_scores_are_compared_over_shared_models(cohort):
    """A model without any leaf of a benchmark has no score there, in the resample alone."""
    long, benchmarks, weights = cohort
    holes = (long["model"] < 4) & (long["benchmark_id"] == "f")
    ((_, made),) = means._cohorts(long[~holes], benchmarks, weights)
    at = made.names.index("neural_with_behaviour")
    row = made.means(np.array([[1.0, 1, 0, 1]]))[0]  # behaviour is f alone
    wide = long[~holes].pivot(index="model", columns="benchmark_id", values="score_directed")
    neural = wide[list("abc")].to_numpy() @ [0.25, 0.25, 0.5]
    expected = stats.spearmanr(neural[4:], wide["f"].to_numpy()[4:])[0]
    assert row[at] == pytest.approx(expected, abs=1e-12)


def test_what_two_cohorts_share_is_no_uncertainty_of_their_difference(cohort):
    """The same cohort twice differs by nothing; other models of the same scores differ freely."""
    long, benchmarks, _ = cohort
    fewer = long[long["benchmark_id"] != "f"].assign(cohort_id="fewer")
    other = long.assign(cohort_id="other", model=long["model"] + 100, family=long["family"] + 10)
    leaves = pd.concat([fewer, fewer.assign(cohort_id="twin"), long, other])
    steps = [(2, "fewer", "twin"), (3, "twin", "c"), (4, "c", "other"), (5, "c", "absent")]
    changes = pd.DataFrame(steps, columns=["step", "previous_cohort_id", "cohort_id"])
    found = means.change_frame(leaves, benchmarks, changes).set_index("step")
    assert found.index.tolist() == [2, 3, 4]
    assert found["n_shared_models"].tolist() == [20, 20, 0]
    assert (found.loc[2, ["difference", "ci_low", "ci_high"]] == 0).all()
    assert found.loc[4, "difference"] == 0
    assert found.loc[4, "family_ci_low"] < 0 < found.loc[4, "family_ci_high"]


def test_kendall_without_each_family():
    """Pairs that touch a family are taken from the sums: the same as to compute it anew."""
    scores, labels = table(40, 5, 0.2, seed=3).round(1), np.repeat(list("abcdefgh"), 5)
    found = kendall.kendall_by_family(scores, labels)[3]
    anew = clusters.without_each(scores, labels, lambda s: kendall.kendall_tau_b(s)[0])
    np.testing.assert_array_equal(found, anew)


@pytest.mark.parametrize(("first", "n_beyond"), [(0.5, 2), (-0.5, 4)])
def test_a_wild_bootstrap_by_hand(first, n_beyond):
    """The mean of twelve families of one: of 2¹² signs only those that add up to more are beyond.

    All plus and all minus; with one negative value also the two that turn it.
    """
    y = np.array([first, *range(1, 12)])
    p = clusters.wild_p_value(np.ones((12, 1)), y, np.eye(12), 0)
    assert p == n_beyond / 2**12


@pytest.mark.parametrize(("n_clusters", "points"), [(4, [0.5, 1.0, 1.5]), (12, [1.0])])
def test_the_wild_bootstrap_refits_every_pattern(n_clusters, points):
    """Restricted fit, residuals times a weight per cluster, and statsmodels' robust t of each."""
    rng = np.random.default_rng(n_clusters)
    labels = np.r_[np.arange(n_clusters), rng.integers(0, n_clusters, 16)]
    design = np.column_stack([np.ones(len(labels)), rng.normal(size=(len(labels), 2))])
    y = design @ [1, 1, 0.5] + rng.normal(size=n_clusters)[labels] + rng.normal(size=len(labels))
    term = 2

    def squared_t(y):
        a = np.linalg.pinv(design)[term]
        residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        return (a @ y) ** 2 / (np.bincount(labels, a * residual) ** 2).sum()

    robust = sm.OLS(y, design).fit(
        cov_type="cluster", cov_kwds={"groups": labels, "use_correction": False}
    )
    assert squared_t(y) == pytest.approx(robust.tvalues[term] ** 2)
    without = np.delete(design, term, axis=1)
    restricted = without @ np.linalg.lstsq(without, y, rcond=None)[0]
    weights = [sign * np.sqrt(square) for sign in (1, -1) for square in points]
    patterns = np.array(list(product(weights, repeat=n_clusters)))
    drawn = [squared_t(restricted + w[labels] * (y - restricted)) for w in patterns]
    expected = np.mean(np.array(drawn) >= squared_t(y) * (1 - 1e-9))
    assert 0.001 < expected < 0.95
    members = membership(labels)
    assert clusters.wild_p_value(design, y, members, term) == pytest.approx(expected)
    some = clusters.wild_p_value(design, y, members, term, n_draws=1_000)  # too few for all
    assert some == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 1_000))
    assert some == clusters.wild_p_value(design, y, members, term, n_draws=1_000)


def test_top1_is_held_fixed_by_each_source_alone(cohort):
    """Over the models that a source knows, families left out in turn; nine models are too few."""
    leaves, benchmarks, weights = cohort
    top1 = pd.Series(table(20, 1, seed=3)[:, 0])
    leaves = leaves.assign(
        imagenet_top1=leaves["model"].map(top1),
        imagenet_top1_measured=leaves["model"].map(top1[3:]),
        imagenet_top1_timm=leaves["model"].map(-top1[:9]),
    )
    every = means.partial_frame(leaves, benchmarks, weights)
    found = every.query("pairs == 'all' and left_out == ''").set_index("top1_source")
    assert found["n_models"].to_dict() == {"measured": 17, "timm_or_measured": 20, "printed": 20}
    wide = leaves.pivot(index="model", columns="benchmark_id", values="score_directed")[3:]
    families, held = wide.index % 5, top1[3:]

    def mean(kept: np.ndarray) -> float:
        partial = correlation.partial_spearman(wide[kept], held[kept])[0]
        return np.arctanh(correlation.mean_off_diagonal(partial))

    z = np.array([mean(families != name) for name in (-1, *range(5))])
    error = np.sqrt(4 / 5 * ((z[1:] - z[1:].mean()) ** 2).sum())
    margin = stats.t.ppf(0.975, clusters.effective_number(families) - 1) * error
    row = found.loc["measured"]
    assert row["mean_partial"] == pytest.approx(np.tanh(z[0]), abs=1e-12)
    assert row["family_ci_low"] == pytest.approx(np.tanh(z[0] - margin), abs=1e-12)
    assert row["family_ci_high"] == pytest.approx(np.tanh(z[0] + margin), abs=1e-12)
    plain = correlation.pairwise_spearman(wide)[0]
    assert row["mean_estimate"] == pytest.approx(correlation.mean_off_diagonal(plain), abs=1e-12)
    of_source = every[every["top1_source"] == "measured"].set_index(["pairs", "left_out"])
    left = correlation.partial_spearman(wide[list("abcf")], held)[0]  # without dataset r
    without = of_source.loc[("all", "r")]
    assert without["mean_partial"] == pytest.approx(correlation.mean_off_diagonal(left), abs=1e-12)
    halves = [wide[list("ab")].mean(axis=1), wide["f"] / 2 + wide[list("de")].mean(axis=1) / 2]
    halves = correlation.partial_spearman(np.column_stack(halves), held)[0]
    level = of_source.loc[("neural_with_behaviour", "q"), "mean_partial"]
    assert level == pytest.approx(halves[0, 1], abs=1e-12)


def test_means_between_sources_are_those_of_the_pairs_of_the_strictest_confidence(cohort):
    """By pandas and pingouin's formula, of one score per model; one dataset left out at a time."""
    leaves, benchmarks, _ = cohort
    top1 = means.TIMM_TOP1
    sources = dict(zip([*"abcdef", top1], [*"112233", "4"], strict=True))
    accuracy = leaves[leaves["benchmark_id"] == "a"].assign(benchmark_id=top1)
    accuracy["score_directed"] = table(20, 1, seed=5)[:, 0]
    scores = pd.concat([leaves, accuracy]).assign(confidence="exact_weights")
    scores["source_id"] = scores["benchmark_id"].map(sources)
    few = (scores["benchmark_id"] == "f") & (scores["model"] > 8)  # nine models: never a pair
    weaker = scores.assign(confidence="guess", score_directed=scores["score_directed"] + 0.0)
    about = {"benchmark_id": top1, "modality": "engineering", "dataset": "t", "is_doubted": False}
    benchmarks = pd.concat([benchmarks, pd.DataFrame([about])], ignore_index=True)
    found = means.source_mean_frame(pd.concat([scores[~few], weaker]), benchmarks)
    assert set(found["confidence"]) == {"exact_weights", "guess"}
    key = ["confidence", "held", "method", "pairs", "left_out"]
    assert not found.duplicated(key).any()
    found = found.set_index(key)["estimate"]
    wide = scores.pivot(index="model", columns="benchmark_id", values="score_directed")
    apart = [("a", "c"), ("a", "d"), ("a", "e"), ("b", "c"), ("b", "d"), ("b", "e")]
    apart += [("c", "e"), ("d", "e")]
    with_top1 = [*apart, *((name, top1) for name in "abcde")]
    for method in ("spearman", "pearson", "kendall"):
        r = wide.corr(method)
        for confidence in ("exact_weights", "guess"):
            at = (confidence, "none", method)
            mean = np.mean([r.loc[pair] for pair in with_top1])
            assert found[*at, "all", ""] == pytest.approx(mean)
            mean = np.mean([r.loc[pair] for pair in with_top1 if not {"d", "e"} & {*pair}])
            assert found[*at, "all", "r"] == pytest.approx(mean)
            between = [p for p in apart if (p[0] in "abc") != (p[1] in "abc")]
            mean = np.mean([r.loc[pair] for pair in between])
            assert found[*at, "between_modalities", ""] == pytest.approx(mean)
    r = correlation.partial_spearman(wide[list("abcde")], wide[top1])[0]
    mean = np.mean([r["abcde".index(a), "abcde".index(b)] for a, b in apart])
    assert found["guess", "timm", "spearman", "all", ""] == pytest.approx(mean)
    assert means.source_mean_frame(scores[:0], benchmarks).empty
