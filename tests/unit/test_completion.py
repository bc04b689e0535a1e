"""Predicted scores against dense Gaussian conditionals, simulation and definition."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

from compute.stats import clusters, completion
from compute.stats.frames.completion import completion_frame

N_COLUMNS, N_TRUE = 24, 3
DATASETS = np.repeat(np.arange(8), 3)
RUNS = np.arange(8)[:, None] == DATASETS


def _world(n_families=40, size=5, seed=0, shared=0.5, tails=np.inf):
    """Scores as the model makes them, and the same with whole datasets missing."""
    rng = np.random.default_rng(seed)
    families = np.repeat(np.arange(n_families), size)
    loadings = rng.normal(size=(N_COLUMNS, N_TRUE))
    of_family = rng.normal(size=(n_families, N_TRUE))[families]
    own = rng.normal(size=(len(families), N_TRUE))
    factors = np.sqrt(shared) * of_family + np.sqrt(1 - shared) * own
    rest = rng.standard_t(tails, (len(families), N_COLUMNS)) if np.isfinite(tails) else rng.normal(
        size=(len(families), N_COLUMNS)
    )  # fmt: skip
    scores = 3 + factors @ loadings.T + 0.7 * rest
    patterns = rng.random((6, 8)) < 0.6
    patterns[:, 0] = True
    patterns[0] = True
    missing = ~patterns[rng.integers(6, size=len(scores))][:, DATASETS]
    return scores, np.where(missing, np.nan, scores), families


def _dense(factors, families):
    """Covariance of every cell with every other, from the definition."""
    n = len(families)
    alike = np.where(np.equal.outer(families, families), factors.shared, 0)
    np.fill_diagonal(alike, 1)
    loadings = factors.loadings
    return np.kron(alike, loadings @ loadings.T) + np.kron(np.eye(n), np.diag(factors.noise))


def _conditional(factors, scores, families):
    """Mean and covariance of all missing cells given all others; and which are missing."""
    covariance, missing = _dense(factors, families), np.isnan(scores).ravel()
    off = (scores - factors.mean).ravel()[~missing]
    gain = np.linalg.solve(covariance[np.ix_(~missing, ~missing)], covariance[~missing][:, missing])
    mean = np.broadcast_to(factors.mean, scores.shape).ravel()[missing] + off @ gain
    left = covariance[np.ix_(missing, missing)] - covariance[missing][:, ~missing] @ gain
    return mean, left, missing


def test_predictions_are_the_conditionals_of_one_large_gaussian():
    """Of models in the fit, of one more of a known family, and of one of an unknown family."""
    _, scores, families = _world(6, 4)
    factors, of = completion.fit(scores, families, 3)
    mean, left, missing = _conditional(factors, scores, families)
    found = completion.cells(factors, of)
    assert found.mean.ravel()[missing] == pytest.approx(mean)
    assert found.error.ravel()[missing] == pytest.approx(np.sqrt(np.diag(left)))
    for family, number in ((2, 2), (99, -1)):
        more = np.vstack([scores, scores[0]])
        mean, left, missing = _conditional(factors, more, np.append(families, family))
        last = np.flatnonzero(missing) >= scores.size
        new = completion.abilities(factors, scores[:1], np.array([number]))
        found = completion.cells(factors, new)
        assert found.mean[0][np.isnan(scores[0])] == pytest.approx(mean[last])
        errors = np.sqrt(np.diag(left))[last]
        assert found.error[0][np.isnan(scores[0])] == pytest.approx(errors)


def test_what_a_run_would_tell_is_the_conditional_variance():
    """Of a weighted sum, each dataset in turn taken as scored; a known dataset tells nothing."""
    _, scores, families = _world(5, 1)
    factors, of = completion.fit(scores, families, 3)
    weights = np.where(np.isnan(scores), np.linspace(1, 2, N_COLUMNS), 0)
    found = completion.errors_after(factors, of, weights, RUNS)
    for model in range(len(scores)):
        for run, columns in enumerate(RUNS):
            told = np.where(columns, 0.0, scores[model])[None]
            _, left, missing = _conditional(factors, told, families[:1])
            w = weights[model][missing]
            assert found[model, run] == pytest.approx(np.sqrt(w @ left @ w))


def test_known_scores_are_recovered():
    """Nearly as well as by who knows the loadings, and better than from the family's mean."""
    truth, scores, families = _world(80, 5)
    missing = np.isnan(scores)
    factors, of = completion.fit(scores, families, N_TRUE)
    error = (truth - completion.cells(factors, of).mean)[missing].std()
    loadings = np.random.default_rng(0).normal(size=(N_COLUMNS, N_TRUE))  # as _world draws them
    known = factors._replace(
        mean=np.full(N_COLUMNS, 3.0), noise=np.full(N_COLUMNS, 0.49), loadings=loadings, shared=0.5
    )
    alone = completion.abilities(known, scores, np.full(len(scores), -1))
    best = (truth - completion.cells(known, alone).mean)[missing].std()
    means = pd.DataFrame(scores).groupby(families).transform("mean").to_numpy()
    assert error < 1.1 * best
    assert error < 0.75 * np.nanstd((truth - means)[missing])
    assert factors.shared == pytest.approx(0.5, abs=0.15)


def test_expected_reduction_is_the_average_one():
    """Squared error of a sum before and after a run, in models that the fit has not seen."""
    truth, scores, families = _world(2000, 3)
    is_new = families >= 200
    factors, _ = completion.fit(scores[~is_new], families[~is_new], N_TRUE)
    truth, scores = truth[is_new], scores[is_new]
    unknown = np.full(len(scores), -1)
    weights, run = np.isnan(scores) / N_COLUMNS, RUNS[3]
    of = completion.abilities(factors, scores, unknown)
    now, after = completion.sums(factors, of, weights), np.where(run, 0, weights)
    found = completion.errors_after(factors, of, weights, [run])[:, 0]
    told = completion.abilities(factors, np.where(run, truth, scores), unknown)
    then = completion.sums(factors, told, after)
    is_open = (weights[:, run] > 0).all(1)
    assert then.error[is_open] == pytest.approx(found[is_open])
    saved = ((truth * weights).sum(1) - now.mean) ** 2 - ((truth * after).sum(1) - then.mean) ** 2
    expected = (now.error**2 - found**2)[is_open].mean()
    error = saved[is_open].std() / np.sqrt(is_open.sum())
    assert saved[is_open].mean() == pytest.approx(expected, abs=3 * error)
    assert error < 0.2 * expected


def test_intervals_hold_hidden_scores_of_unseen_families():
    """Also where scores have heavier tails than the model knows: coverage is calibrated."""
    _, scores, families = _world(60, 3, tails=3)
    fold = clusters.folds(families)
    patterns = np.unique(~np.isnan(scores), axis=0)
    found = completion.masked(scores, families, fold, patterns, np.ones((1, N_COLUMNS)))
    ratios = np.abs(found.error) / found.spread
    inside, factor = completion.covered(ratios, fold)
    assert np.isnan(inside).mean() < 0.9
    assert 0.93 < np.nanmean(inside) < 0.97
    assert (np.nanmean(factor) > 0) and np.isnan(factor[np.isnan(ratios)]).all()


def test_a_hidden_score_is_not_used():
    """Nor is the family: to change either changes no prediction."""
    _, scores, families = _world(12, 3)
    fold, stays = clusters.folds(families), RUNS[:1] | RUNS[1:2]
    before = completion.masked(scores, families, fold, stays, np.ones((1, N_COLUMNS)))
    changed = scores.copy()
    held = fold == 0
    changed[np.ix_(held, ~stays[0])] += 100
    after = completion.masked(changed, families, fold, stays, np.ones((1, N_COLUMNS)))
    assert (after.error - before.error)[0, held] == pytest.approx(
        np.where(stays, np.nan, np.where(np.isnan(scores), np.nan, 100))[held], nan_ok=True
    )


def test_a_conformal_factor_needs_nineteen():
    """The 95 % limit of n exchangeable errors is the ⌈.95 (n + 1)⌉-th; of 18 there is none."""
    ratios = np.arange(1.0, 41)[None, :, None]
    assert completion.conformal_factor(ratios) == 39
    assert completion.conformal_factor(ratios[:, :19]) == 19
    assert np.isnan(completion.conformal_factor(ratios[:, :18])).all()


def test_folds_hold_whole_groups():
    """Each group in one fold; folds nearly alike in size."""
    groups = np.repeat(list("abcdefghij"), np.arange(1, 11))
    fold = clusters.folds(groups)
    assert all(len(set(fold[groups == g])) == 1 for g in groups)
    assert np.ptp(np.bincount(fold)) <= 2


def test_a_column_without_two_unlike_scores_is_refused():
    """It has no scale."""
    with pytest.raises(ValueError, match="no two unlike scores"):
        completion.fit([[1.0, 2.0], [1.0, 3.0]], np.array([0, 1]))


def test_rank_limits_and_their_expected_width():
    """A known average has no own width; that after a run is the mean over what it may find."""
    mean, error = np.linspace(0, 1, 30), np.where(np.arange(30) % 2, 0.2, 0.05)
    low, high = completion.rank_limits(mean, error, 0)
    assert (low <= high).all() and low.min() == 1 and high.max() <= 30
    assert np.isnan(completion.rank_limits(mean, error * np.nan, 0)).all()
    places = completion.Places(mean, error)
    after = error[:, None] * [1, 0.5, 0]
    found = places.widths(after)
    assert found[:, 2] == pytest.approx(0)
    rng, z, at = np.random.default_rng(1), special.ndtri(0.975), 15
    others = np.delete(np.arange(30), at)
    centres = mean[at] + rng.normal(size=20_000) * np.sqrt(0.2**2 - 0.1**2)
    ends = centres[:, None] + z * 0.1 * np.array([-1, 1])
    above = special.ndtr((mean[others] - ends[..., None]) / error[others]).sum(-1)
    assert found[at, 1] == pytest.approx((above[:, 0] - above[:, 1]).mean(), rel=0.03)


def test_a_frame_holds_every_missing_cell_and_no_known_one():
    """Cells, averages, runs and checks of one cohort; too few families give none."""
    _, scores, families = _world(30, 3)
    model, column = np.nonzero(~np.isnan(scores))
    long = pd.DataFrame(
        {
            "cohort_id": "c",
            "model": [f"m{i:03}" for i in model],
            "family": families[model].astype(str),
            "benchmark_id": [f"b{i:02}" for i in column],
            "dataset": DATASETS[column].astype(str),
            "score_directed": scores[model, column],
            "weight": 1 / N_COLUMNS,
        }
    )
    found = completion_frame(long)
    cells = found[found["part"] == "cell"]
    assert len(cells) == np.isnan(scores).sum()
    keys = set(zip(long["model"], long["benchmark_id"], strict=True))
    assert keys.isdisjoint(zip(cells["model"], cells["item"], strict=True))
    assert (cells["ci_low"] < cells["estimate"]).all()
    averages = found[found["part"] == "average"]
    whole = ~np.isnan(scores).any(1)
    width = (averages["ci_high"] - averages["ci_low"]).to_numpy()
    assert width[whole] == pytest.approx(0) and (width[~whole] > 0).all()
    assert averages["estimate"][whole].to_numpy() == pytest.approx(scores[whole].mean(1))
    runs = found[found["part"] == "run"]
    assert (runs["rank_width_after"] < runs["rank_width"]).mean() > 0.9
    both = runs.set_index(["model", "item", "then"])["rank_width_then"].dropna()
    best = both[both.groupby("model").idxmin()]
    assert all(both[model, b, a] == both[model, a, b] for model, a, b in best.index)
    alone = runs.groupby("model")["rank_width_after"].min()
    assert (best.droplevel([1, 2]) < alone[best.index.get_level_values("model")]).mean() > 0.9
    plain = found[found["part"] == "plain_average"]  # weights are alike here
    assert plain["estimate"].to_numpy() == pytest.approx(averages["estimate"].to_numpy())
    checks = found[found["part"].str.startswith("check")]
    assert set(checks["method"]) == {"completion", "benchmark_mean", "family_mean"}
    assert checks["coverage"].between(0.88, 1).all()
    by = checks[checks["part"] == "check_cell"].set_index(["item", "method"])["rmse"]
    assert by["model", "completion"] < by["model", "family_mean"] < by["model", "benchmark_mean"]
    few = long[long["family"].isin(list("0123"))]
    assert completion_frame(few).empty
