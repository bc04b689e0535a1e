"""Variance components and generalizability against dense matrices, simulation and definition."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from compute.stats.frames.generalizability import generalizability, quantities
from compute.stats.generalizability import (
    COMPONENTS,
    Average,
    Design,
    _Cells,
    coefficient,
    fit,
    standardised,
)

FAMILIES = np.repeat(list("abcdefgh"), [1, 2, 2, 3, 5, 6, 1, 4])
DATASETS = np.repeat(list("pqrst"), [3, 1, 2, 4, 1])
MODALITIES = np.where(DATASETS < "s", "neural", "behavioural")
TRUE = np.array([0.3, 0.2, 0.1, 0.15, 0.25])


def _scores(families, datasets, modalities, variances, seed):
    """Scores that are made as the model says."""
    rng, design = np.random.default_rng(seed), Design.of(families, datasets, modalities)
    n, k = len(families), len(datasets)
    parts = (
        rng.normal(size=(design.family.max() + 1, 1))[design.family],
        rng.normal(size=(n, 1)),
        rng.normal(size=(n, 3))[:, design.modality[design.dataset]],
        rng.normal(size=(n, len(design.modality)))[:, design.dataset],
        rng.normal(size=(n, k)),
    )
    scores = sum(np.sqrt(v) * part for v, part in zip(variances, parts, strict=True))
    return scores, design


def _dense(scores, design):
    """The restricted likelihood of all cells at once, from the textbook, as a function."""
    n, k = scores.shape
    model, benchmark = (a.ravel() for a in np.indices((n, k)))
    labels = (
        (design.family[model],),
        (model,),
        (model, design.modality[design.dataset[benchmark]]),
        (model, design.dataset[benchmark]),
        (model, benchmark),
    )
    parts = [np.all([a[:, None] == a for a in label], axis=0) for label in labels]
    fixed, y = (benchmark[:, None] == np.arange(k)).astype(float), scores.ravel()

    def deviance(variances):
        covariance = np.tensordot(variances, parts, 1)
        inverse = np.linalg.inv(covariance)
        information = fixed.T @ inverse @ fixed
        mean = np.linalg.solve(information, fixed.T @ inverse @ y)
        off = y - fixed @ mean
        logs = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
        return logs + off @ inverse @ off

    return deviance


def test_the_likelihood_is_that_of_all_cells_at_once():
    """The rotated likelihood differs from the dense one by one constant; so does its slope."""
    scores, design = _scores(FAMILIES, DATASETS, MODALITIES, TRUE, 0)
    dense, cells = _dense(scores, design), _Cells.of(scores, design)
    places = np.random.default_rng(1).uniform(0.05, 1, (4, len(COMPONENTS)))
    off = [dense(v) - cells.deviance(v)[0] for v in places]
    assert np.ptp(off) < 1e-8
    for v in places:
        slope = optimize.approx_fprime(v, dense, 1e-6)
        assert cells.deviance(v)[1] == pytest.approx(slope, rel=1e-4, abs=1e-3)


def test_the_fit_is_the_maximum_of_the_dense_likelihood():
    """A search without our slope, from elsewhere, finds the same variances."""
    scores, design = _scores(FAMILIES, DATASETS, MODALITIES, TRUE, 3)
    found = optimize.minimize(
        _dense(scores, design), np.full(5, 0.4), method="L-BFGS-B", bounds=[(1e-6, None)] * 5
    )
    assert fit(scores, design).variances == pytest.approx(found.x, abs=2e-3)


def test_known_variances_are_recovered():
    """On average over samples, each component; REML has no bias but that of the zeros."""
    families = np.repeat(np.arange(40), 4).astype(str)
    datasets = np.repeat(np.arange(20), 3).astype(str)
    modalities = np.where(datasets.astype(int) < 10, "neural", "behavioural")
    found = [
        fit(*_scores(families, datasets, modalities, TRUE, seed)).variances for seed in range(20)
    ]
    error = np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - TRUE) < 4 * error).all()
    assert (error < 0.03).all()


def test_order_and_names_change_nothing():
    """Models, benchmarks and labels in another order give the same variances."""
    scores, design = _scores(FAMILIES, DATASETS, MODALITIES, TRUE, 4)
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(len(FAMILIES)), rng.permutation(len(DATASETS))
    other = Design.of(FAMILIES[rows], DATASETS[columns], MODALITIES[columns])
    again = fit(scores[np.ix_(rows, columns)], other).variances
    assert again == pytest.approx(fit(scores, design).variances, abs=1e-4)


def test_without_a_second_modality_there_is_no_variance_between_modalities():
    """It would be that of the models."""
    scores, design = _scores(FAMILIES, DATASETS, MODALITIES, TRUE, 5)
    one = replace(design, modality=np.zeros_like(design.modality))
    assert fit(scores, one).variances[COMPONENTS.index("model_modality")] == 0


def test_what_cannot_be_fitted_is_refused():
    """A missing score, and a dataset of two modalities."""
    scores, design = _scores(FAMILIES, DATASETS, MODALITIES, TRUE, 6)
    scores[0, 0] = np.nan
    with pytest.raises(ValueError, match="a score is missing"):
        fit(scores, design)
    with pytest.raises(ValueError, match="dataset p is of two modalities"):
        Design.of(["a"], ["p", "p"], ["neural", "behavioural"])


def test_the_coefficient_is_the_correlation_with_an_average_over_other_datasets():
    """Two averages of the same models over unlike datasets of the same modalities, simulated."""
    families = np.repeat(np.arange(3_000), 2).astype(str)
    both = np.concatenate([DATASETS, np.char.upper(DATASETS)])
    scores, _ = _scores(families, both, np.tile(MODALITIES, 2), TRUE, 7)
    weights = np.random.default_rng(8).uniform(0.2, 1, len(DATASETS))
    here = scores[:, : len(DATASETS)] @ weights
    there = scores[:, len(DATASETS) :] @ weights
    average = Average.of(weights, Design.of(families, DATASETS, MODALITIES))
    expected = coefficient(TRUE, average, over_modalities=False)
    assert np.corrcoef(here, there)[0, 1] == pytest.approx(expected, abs=0.015)
    assert coefficient(TRUE, average, over_modalities=True) < expected


def test_a_constant_benchmark_has_no_z_score():
    """All are zero, as of a benchmark that tells no models apart."""
    assert (standardised([[1.0, 2.0], [1.0, 4.0]])[:, 0] == 0).all()


def test_limits_hold_the_estimate_and_shares_add_up():
    """Of every quantity; one dataset less is one estimate less, so five datasets have limits."""
    scores, _ = _scores(FAMILIES, DATASETS, MODALITIES, TRUE, 9)
    found = generalizability(scores, FAMILIES, DATASETS, MODALITIES, np.ones(len(DATASETS)))
    assert list(zip(found["quantity"], found["over"], strict=True)) == quantities()
    shares = found[found["over"] == ""]
    assert shares["estimate"].sum() == pytest.approx(1)
    for over in ("family_", "dataset_", ""):
        inside = found.dropna(subset=[f"{over}ci_low"])
        assert (inside[f"{over}ci_low"] <= inside["estimate"]).all()
        assert (inside["estimate"] <= inside[f"{over}ci_high"]).all()
    wide = found.dropna(subset="ci_low").query("over != ''")
    assert len(wide) and (wide["ci_high"] - wide["ci_low"]).min() > 0


def test_an_average_without_weights_has_no_row():
    """A source that does not average has no hierarchy."""
    scores, _ = _scores(FAMILIES, DATASETS, MODALITIES, TRUE, 10)
    none = np.full(len(DATASETS), np.nan)
    found = generalizability(scores, FAMILIES, DATASETS, MODALITIES, none)
    assert "hierarchy" not in set(found["quantity"])
    assert isinstance(found, pd.DataFrame)
