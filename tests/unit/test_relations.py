"""Correlations of alignments with properties, plain and partial: against pingouin."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from compute.stats import relations
from compute.stats.correlation import correlation_interval
from compute.stats.frames import relations as frames

N, K = 60, 5
PAIRS = [(a, b) for a in range(K) for b in range(K) if a != b]


def holed(seed: int = 0, decimals: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Scores with ties and holes, and two covariates that they hang together with."""
    rng = np.random.default_rng(seed)
    scores = np.round(rng.normal(size=(N, K)) + rng.normal(size=(N, 1)), decimals)
    covariates = np.round(rng.normal(size=(N, 2)) + scores[:, :1], decimals)
    scores[rng.random(scores.shape) < 0.2] = np.nan
    covariates[rng.random(covariates.shape) < 0.05] = np.nan
    return scores, covariates


def as_pingouin(x, y, covariates, method, transform) -> tuple[float, ...]:
    """n, r, p and Fisher limits of one pair by pingouin; limits unrounded."""
    frame = pd.DataFrame({"x": x, "y": y})
    names = [f"c{j}" for j in range(covariates.shape[1])]
    frame[names] = covariates
    frame = frame.dropna()
    if transform == "z2":
        frame["x"] = np.round((frame["x"] - frame["x"].mean()) / frame["x"].std(), 12) ** 2
    if names:
        row = pingouin.partial_corr(frame, "x", "y", names, method=method).iloc[0]
    else:
        row = pingouin.corr(frame["x"], frame["y"], method=method).iloc[0]
    n = len(frame) - len(names)
    limits = pingouin.compute_esci(row["r"], n, n, eftype="r", decimals=14)
    return int(row["n"]), row["r"], row["p_val"], *limits


@pytest.mark.parametrize("transform", relations.TRANSFORMS)
@pytest.mark.parametrize("method", relations.METHODS)
@pytest.mark.parametrize("n_covariates", [0, 1, 2])
def test_correlations_are_pingouins(n_covariates, method, transform):
    """Over each pair's own rows, with p-value and interval."""
    scores, covariates = holed()
    held = covariates[:, :n_covariates]
    how = {"method": method, "transform": transform}
    estimate, n = relations.correlations(scores, PAIRS, held, **how)
    p_value, *_ = relations.naive_inference(estimate, n, method, n_covariates)
    # pingouin has Pearson's interval for both
    limits = correlation_interval(estimate, n - n_covariates, "pearson")
    ours = np.column_stack([n, estimate, p_value, *limits])
    theirs = [as_pingouin(scores[:, a], scores[:, b], held, **how) for a, b in PAIRS]
    np.testing.assert_allclose(ours, theirs, atol=1e-10, rtol=0)


@pytest.mark.parametrize("transform", relations.TRANSFORMS)
@pytest.mark.parametrize("method", relations.METHODS)
@pytest.mark.parametrize("decimals", [0, 2])
def test_a_weight_is_a_repetition(method, transform, decimals):
    """A resample by weights is the estimate over repeated rows, ties and left-out rows included."""
    scores, covariates = holed(1, decimals)
    weights = np.random.default_rng(2).integers(0, 4, size=(20, N))
    how = {"method": method, "transform": transform}
    drawn, _ = relations.correlations(scores, PAIRS, covariates, weights=weights, **how)
    for r, w in enumerate(weights):
        again, _ = relations.correlations(
            np.repeat(scores, w, axis=0), PAIRS, np.repeat(covariates, w, axis=0), **how
        )
        np.testing.assert_allclose(drawn[:, r], again, atol=1e-10)


@pytest.mark.parametrize("transform", relations.TRANSFORMS)
@pytest.mark.parametrize("method", relations.METHODS)
def test_clusters_are_left_out_whole(method, transform):
    """The jackknife by hand: each cluster's rows deleted, t on Fisher's z."""
    scores, covariates = holed(3)
    labels = np.random.default_rng(4).integers(0, 12, N).astype(str)
    how = {"method": method, "transform": transform}
    found = relations.clustered_inference(scores, PAIRS, labels, covariates, **how)
    n_clusters = relations.count_clusters(scores, PAIRS, labels, covariates)
    for p, (a, b) in enumerate(PAIRS):
        has_all = ~np.isnan(scores[:, a] + scores[:, b] + covariates.sum(1))
        own = np.unique(labels[has_all])
        g = len(own)
        assert n_clusters[p] == g
        without = [
            relations.correlations(scores[labels != c], [(a, b)], covariates[labels != c], **how)[
                0
            ].item()
            for c in own
        ]
        z = np.arctanh(without)
        error = np.sqrt((g - 1) / g * ((z - z.mean()) ** 2).sum())
        estimate = relations.correlations(scores, [(a, b)], covariates, **how)[0].item()
        limits = np.tanh(
            np.arctanh(estimate) + np.array([-1, 1]) * stats.t.ppf(0.975, g - 1) * error
        )
        np.testing.assert_allclose([found.ci_low[p], found.ci_high[p]], limits, atol=1e-12)
    four = relations.clustered_inference(scores, PAIRS, np.arange(N) % 4, method=method)
    assert np.isnan(four.ci_low).all() and np.isnan(four.p_value).all()


def test_what_cannot_be_correlated_is_nan():
    """A constant side, a covariate that decides a side, and too few units."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 20))
    scores = np.column_stack([x, y, np.ones(20), np.where(np.arange(20) < 3, x, np.nan)])
    for how in ({"method": "pearson"}, {"method": "spearman"}):
        plain, n = relations.correlations(scores, [(0, 2), (2, 0), (0, 3)], **how)
        assert np.isnan(plain[:2]).all() and n.tolist() == [20, 20, 3]
        held, _ = relations.correlations(scores, [(0, 1), (1, 0)], 2 * x + 1, **how)
        assert np.isnan(held).all()
        partial, _ = relations.correlations(scores, [(0, 3)], y, **how)
        assert np.isnan(partial).all()
        # among the drawn units a side is constant, but for the rounding of its mean
        property_ = np.where(np.arange(20) < 3, 65.95744681, y)
        drawn = (np.arange(20) < 3) * np.array([[1], [2]])
        resampled, _ = relations.correlations(
            np.column_stack([x, property_]), [(0, 1), (1, 0)], weights=drawn, **how
        )
        assert np.isnan(resampled).all()


def test_a_covariate_that_says_nothing_changes_nothing_but_the_degrees_of_freedom():
    """Constant, or twice the same."""
    scores, covariates = holed(5)
    c = np.nan_to_num(covariates[:, :1])
    plain, n = relations.correlations(scores, PAIRS)
    constant, _ = relations.correlations(scores, PAIRS, np.ones(N))
    np.testing.assert_allclose(plain, constant, atol=1e-12)
    once, _ = relations.correlations(scores, PAIRS, c)
    twice, _ = relations.correlations(scores, PAIRS, np.hstack([c, 3 * c - 1]))
    np.testing.assert_allclose(once, twice, atol=1e-12)
    p_once = relations.naive_inference(once, n, "pearson", 1)[0]
    assert (relations.naive_inference(once, n, "pearson", 2)[0] > p_once).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda s: relations.correlations(s[:, 0], [(0, 1)]),
        lambda s: relations.correlations(np.where(s > 1, np.inf, s), [(0, 1)]),
        lambda s: relations.correlations(s, [(0, 9)]),
        lambda s: relations.correlations(s, [(0, 1)], method="kendall"),
        lambda s: relations.correlations(s, [(0, 1)], weights=np.ones((2, 3))),
    ],
)
def test_what_makes_no_sense_is_refused(call):
    """With a ValueError, before any number."""
    with pytest.raises(ValueError):
        call(holed()[0])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_z2_does_not_know_up_from_down(seed):
    """Turning the alignment round, moving or stretching it leaves every z² correlation."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-5, 6, 25).astype(float), rng.normal(size=25)
    x[:2] = [-5, 5]
    scores = np.column_stack([x, y, 3 - 7 * x])
    for method in relations.METHODS:
        (one, other), _ = relations.correlations(
            scores, [(0, 1), (2, 1)], method=method, transform="z2"
        )
        assert one == pytest.approx(other, abs=1e-9)


def long_table() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    rows = [
        {"cohort_id": cohort, "unit_id": f"m{i}", "benchmark_id": b, "score": rng.normal()}
        | {"cluster_id": f"f{i % 7}", "family": f"f{i % 7}", "imagenet_top1": 50.0 + i % 9}
        for cohort in ("one", "two")
        for i in range(30 if cohort == "one" else 6)
        for b in ("x", "y", "top1")
    ]
    pairs = pd.DataFrame(
        [
            {"cohort_id": c, "alignment_id": a, "property_id": "y", "is_covariate_side": a != "x"}
            for c in ("one", "two")
            for a in ("x", "top1")
        ]
    )
    return pd.DataFrame(rows), pairs


def test_every_declared_pair_keeps_its_rows_and_its_n():
    """Too few units and a covariate that is a side give null, not silence."""
    scores, pairs = long_table()
    found = frames.relation_frame(scores, pairs)
    assert len(found) == 4 * 2 * 2 * 2
    assert not found.duplicated([*frames.KEY, "transform", "method"]).any()
    assert set(found.loc[found["cohort_id"] == "two", "n_units"]) == {6}
    expected = (found["cohort_id"] == "one") & ~(
        (found["alignment_id"] == "top1") & (found["covariate"] == "imagenet_top1")
    )
    assert (found["estimate"].notna() == expected).all()
    assert (found["ci_low"].notna() == expected).all()
    assert (found.loc[expected, "ci_low"] < found.loc[expected, "ci_high"]).all()
    shapes = frames.shape_frame(scores, pairs)
    assert len(shapes) == 4 * 2 and set(shapes["n_units"]) == {6, 30}
    assert shapes["quadratic_p_value"].notna().sum() == 3


def test_a_weaker_confidence_is_asked_on_its_own_models_with_every_top1():
    """As relation_frame on the rows of that confidence; pairs of too few units are left out."""
    scores, pairs = long_table()
    scores = scores.assign(confidence="exact_weights", imagenet_top1_timm=scores["score"] % 7)
    weaker = scores[scores["unit_id"] != scores["unit_id"][0]].assign(confidence="guess")
    found = frames.believed_relation_frame(pd.concat([scores, weaker]), pairs)
    assert set(found["cohort_id"]) == {"one"}
    assert found.groupby("confidence")["n_units"].max().to_dict() == {
        "exact_weights": 30,
        "guess": 29,
    }
    alone = frames.relation_frame(weaker, pairs[pairs["cohort_id"] == "one"])
    assert set(alone["covariate"]) == {"none", "imagenet_top1", "imagenet_top1_timm"}
    alone = alone[alone["transform"] == "raw"][["estimate", "p_value"]].to_numpy()
    guess = found.loc[found["confidence"] == "guess", ["estimate", "p_value"]].to_numpy()
    np.testing.assert_array_equal(guess, alone)


def test_the_order_of_the_rows_does_not_matter():
    """Two builds agree to the bit."""
    scores, pairs = long_table()
    for frame in (frames.relation_frame, frames.shape_frame):
        pd.testing.assert_frame_equal(
            frame(scores, pairs), frame(scores.sample(frac=1, random_state=1), pairs[::-1])
        )


def test_without_a_source_the_tables_are_empty_and_have_their_columns():
    """A build without files is empty, not broken."""
    scores, pairs = long_table()
    for frame in (frames.relation_frame, frames.shape_frame):
        empty, full = frame(scores[:0], pairs[:0]), frame(scores, pairs)
        assert empty.empty and set(empty.columns) == set(full.columns)
