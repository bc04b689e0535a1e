"""Regressions over pairs against dense likelihoods, and simulations with a known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from compute.stats import dyads
from compute.stats.dyads import (
    Design,
    dyads_of,
    identified,
    least_squares,
    permuted_p_values,
    pooled,
    unseen_r_squared,
)
from compute.stats.frames.dyads import explained


def _made(seed, slope=0.3, n_groups=8, size=3, member=0.1, group=0.2, rest=0.1):
    """A response with effects of members and groups, one real predictor and one without effect."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_groups), size)
    n = len(groups)
    kinds = rng.integers(0, 3, (2, n))
    predictors = (kinds[:, :, None] == kinds[:, None]).astype(float)
    effects = rng.normal(0, member, n) + rng.normal(0, group, n_groups)[groups]
    noise = np.triu(rng.normal(0, rest, (n, n)), 1)
    response = slope * predictors[0] + effects[:, None] + effects + noise + noise.T
    return response, predictors, groups


def test_a_pair_counts_once_and_an_unknown_one_not():
    """The upper half, without pairs of which response or predictor is NaN."""
    response, predictors, _ = _made(0)
    response[0, 1] = response[1, 0] = np.nan
    design = dyads_of(response, predictors)
    n = len(response)
    assert len(design.y) == n * (n - 1) // 2 - 1
    assert (design.first < design.second).all()


def test_least_squares_is_a_regression_over_pairs():
    """As SciPy's, with one predictor."""
    design = dyads_of(*_made(1)[:2])
    slope, r_squared = least_squares(design._replace(x=design.x[:, :1]))
    line = stats.linregress(design.x[:, 0], design.y)
    assert (slope[0], r_squared) == pytest.approx((line.slope, line.rvalue**2))


def test_a_predictor_that_says_what_others_say_is_not_identified():
    """A copy, a constant, and a sum of two before it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 2))
    x = np.column_stack([x[:, 0], x[:, 0], np.ones(50), x[:, 1], x.sum(1)])
    assert identified(x).tolist() == [True, False, False, True, False]


def test_pooling_maximises_the_dense_restricted_likelihood():
    """Coefficients and variances of a search over the covariance of all pairs."""
    response, predictors, groups = _made(2)
    design = dyads_of(response, predictors)
    x = np.column_stack([np.ones(len(design.y)), design.x])
    rows = np.arange(len(design.y))
    member = np.zeros((len(rows), len(groups)))
    member[rows, design.first] = member[rows, design.second] = 1
    of_group = member @ (groups[:, None] == np.arange(groups.max() + 1))
    parts = (member @ member.T, of_group @ of_group.T, np.eye(len(rows)))

    def solved(logs):
        covariance = sum(np.exp(log) * part for log, part in zip(logs, parts, strict=True))
        inverse = np.linalg.inv(covariance)
        information = x.T @ inverse @ x
        coefficients = np.linalg.solve(information, x.T @ inverse @ design.y)
        off = design.y - x @ coefficients
        logs = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
        return logs + off @ inverse @ off, coefficients

    best = optimize.minimize(lambda logs: solved(logs)[0], np.log([0.05, 0.05, 0.05]))
    found = pooled(design, groups)
    assert found.coefficients == pytest.approx(solved(best.x)[1], abs=1e-3)
    assert np.log(found.variances) == pytest.approx(best.x, abs=0.02)


def test_a_search_that_begins_without_effects_finds_them():
    """The likelihood is flat in the logarithm of a variance that is nearly 0."""
    response, predictors, groups = _made(0, member=0.01)
    design = dyads_of(response, predictors)
    found = pooled(design, groups)
    again = pooled(design, groups, found._replace(variances=np.array([0, 0, 1.0])))
    assert again.variances == pytest.approx(found.variances, rel=0.01)


def test_a_known_effect_is_recovered_and_its_absence_too():
    """On average over samples, both coefficients; the variances of the effects as well."""
    found = []
    for seed in range(30):
        response, predictors, groups = _made(seed)
        one = pooled(dyads_of(response, predictors), groups)
        found.append([*one.coefficients[1:], *np.sqrt(one.variances)])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(mean[:2] - [0.3, 0]) < 4 * error[:2]).all()
    assert mean[2:] == pytest.approx([0.1, 0.2, 0.1], abs=0.03)


def test_permutations_are_the_same_however_many_are_in_memory(monkeypatch):
    response, predictors, _ = _made(0, slope=0.05)
    response[2, 5] = response[5, 2] = np.nan
    together = permuted_p_values(response, predictors, 60)
    monkeypatch.setattr(dyads, "_AT_ONCE", 1)
    assert (permuted_p_values(response, predictors, 60) == together).all()


def test_permutation_keeps_its_level_where_pairs_share_members():
    """Without an effect p is small as seldom as it says; plain t-tests reject far more often."""
    permuted, plain = [], []
    for seed in range(120):
        response, predictors, _ = _made(seed, slope=0, n_groups=12, size=1)
        permuted.append(permuted_p_values(response, predictors, 199)[0])
        design = dyads_of(response, predictors)
        plain.append(stats.linregress(design.x[:, 0], design.y).pvalue)
    assert np.mean(np.array(permuted) < 0.05) < 0.11
    assert np.mean(np.array(plain) < 0.05) > np.mean(np.array(permuted) < 0.05)
    response, predictors, _ = _made(0, slope=0.6)
    assert permuted_p_values(response, predictors)[0] == pytest.approx(1 / 1000)


def test_pairs_of_an_unseen_group_are_predicted_by_what_explains_them():
    """Near 1 where the predictor says all; below zero or near it where nothing does."""
    good = unseen_r_squared(*_made(3, slope=2, member=0.01, group=0.01, rest=0.05))
    assert good > 0.98
    assert unseen_r_squared(*_made(3, slope=0, member=0, group=0, rest=1)) < 0.05


def test_one_group_alone_is_unseen_by_nobody():
    """NaN: there is nothing to predict from."""
    response, predictors, groups = _made(4)
    assert np.isnan(unseen_r_squared(response, predictors, groups * 0))


def test_limits_hold_the_coefficient_and_a_constant_predictor_has_none():
    """Modality is one here: not identified, no coefficient."""
    rng = np.random.default_rng(5)
    benchmarks = pd.DataFrame(
        {
            "dataset": np.repeat(list("abcdef"), 3),
            "metric_type": np.tile(["rsa", "pls", "accuracy"], 6),
            "region": np.repeat(["V1", None, "IT"], 6),
            "species": "human",
            "acquisition": np.tile(["fmri", "behaviour"], 9),
            "modality": "neural",
        }
    )
    families = np.repeat(list("uvwxyz"), 5)
    scores = rng.normal(size=(30, 1)) + rng.normal(size=(30, 18))
    found = explained(scores, families, benchmarks, rng.uniform(0.5, 1, 18)).set_index("predictor")
    assert not found.loc["modality", "is_identified"]
    assert np.isnan(found.loc["modality", "plain"])
    known = found[found["is_identified"]]
    for kind in ("plain", "pooled"):
        assert (known[f"{kind}_ci_low"] < known[kind]).all()
        assert (known[kind] < known[f"{kind}_ci_high"]).all()
    assert found.loc["metric_type", "n_shared"] == 3 * 15
    assert np.isnan(found.loc["reliability", "n_shared"])


def test_an_unidentified_design_has_no_rows_to_fit():
    """Every benchmark alike: nothing varies."""
    benchmarks = pd.DataFrame([dict.fromkeys(("metric_type", "region", "dataset"), "a")] * 16)
    benchmarks = benchmarks.assign(species=None, acquisition=None, modality="neural")
    scores = np.random.default_rng(0).normal(size=(20, 16))
    found = explained(scores, np.repeat(list("abcd"), 5), benchmarks)
    assert not found["is_identified"].any()
    assert isinstance(dyads_of(np.eye(3), np.zeros((1, 3, 3))), Design)
