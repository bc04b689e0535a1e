"""Scores that stand alone, on tables in which it is known which ones are wrong."""

import numpy as np
import pytest

from compute.stats.outliers import outliers

RNG_SEEDS = range(8)


def table(seed, n_models=120, n_benchmarks=24, tails=3.0):
    """Models of one factor, with heavy tails, and benchmarks of two groups."""
    rng = np.random.default_rng(seed)
    quality = rng.standard_t(tails, n_models)[:, None]
    noise = rng.normal(size=(n_models, n_benchmarks))
    return 0.8 * quality + 0.6 * noise, np.repeat(["neural", "behavioural"], n_benchmarks // 2), rng


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_scores_of_truly_extreme_models_are_not_doubted(seed):
    """With heavy tails some models are far from all others, on every benchmark: none is wrong."""
    scores, groups, _ = table(seed)
    scores[3] += 15  # the best by far
    scores[4] -= 15  # and one that was never trained
    assert not len(outliers(scores, groups).model)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_wrong_score_of_an_ordinary_model_is_found(sign):
    """Nearly all of the planted ones, on whichever side; and hardly any other."""
    n_found, n_false, n_planted = 0, 0, 0
    for seed in RNG_SEEDS:
        scores, groups, rng = table(seed)
        ordinary = np.argsort(scores.mean(1))[40:80]
        columns = rng.choice(scores.shape[1], 8, replace=False)
        planted = set(zip(rng.choice(ordinary, 8, replace=False), columns, strict=True))
        for row, column in planted:
            middle = np.median(scores[:, column])
            spread = 1.4826 * np.median(np.abs(scores[:, column] - middle))
            end = np.abs(scores[:, column] - middle).max()
            scores[row, column] = middle + sign * (end + 3 * spread)
        found = outliers(scores, groups)
        cells = set(zip(found.model, found.benchmark, strict=True))
        n_planted, n_found = n_planted + len(planted), n_found + len(cells & planted)
        n_false += len(cells - planted)
        assert (np.sign(found.robust_z) == sign).all()
    assert n_found >= 0.95 * n_planted
    assert n_false == 0


def test_units_and_direction_of_a_benchmark_change_nothing():
    """The rule asks about shape alone; a mirrored table gives the mirrored answer."""
    scores, groups, _ = table(0)
    scores[np.argsort(scores.mean(1))[60], 2] = 30
    before, after = outliers(scores, groups), outliers(-7 * scores + 2, groups)
    assert list(zip(before.model, before.benchmark, strict=True)) == list(
        zip(after.model, after.benchmark, strict=True)
    )
    np.testing.assert_allclose(before.robust_z, -after.robust_z)
    np.testing.assert_allclose(before.percentile_elsewhere, 1 - after.percentile_elsewhere)


@pytest.mark.parametrize(
    "change, why",
    [
        (lambda s: s[:19], "too few models"),
        (lambda s: np.where(np.arange(24) < 21, np.nan, s), "too few other scores"),
        (lambda s: np.where(np.arange(120)[:, None] < 70, 0.0, s), "half of the scores are equal"),
    ],
)
def test_where_nothing_can_be_told_nothing_is_doubted(change, why):
    """Neither a spread of few models nor two other scores say what is wrong."""
    scores, groups, _ = table(1)
    scores = change(scores)
    scores[5, 23] = 40
    assert not len(outliers(scores, groups).model), why


def test_two_beyond_the_gap_are_judged_three_are_a_group():
    """Two alone at the end are both far from the rest; three are a kind of models."""
    scores, groups, _ = table(2)
    middle = np.argsort(scores.mean(1))[55:58]
    scores[middle[:2], 4] = 30, 31
    assert set(outliers(scores, groups).model) == set(middle[:2])
    scores[middle[2], 4] = 32
    assert not len(outliers(scores, groups).model)
