"""The map of models: against known places, and how often its regions hold the true ones."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist

from compute.stats.frames.catalogue import position_frame
from compute.stats.positions import MIN_DATASETS, ellipse, n_within, place_models


def drawn(rng, places, n_datasets, noise):
    """Profiles of models with known places, three benchmarks a dataset, which err together."""
    columns, datasets = [], []
    for dataset in range(n_datasets):
        loads = rng.normal(size=2) * (1, 0.6) + (1, 0)
        own = noise * rng.normal(size=len(places))
        for _ in range(3):
            alone = noise * rng.normal(size=len(places))
            columns.append(places @ (loads + 0.3 * rng.normal(size=2)) + own + alone)
            datasets.append(dataset)
    return np.array(columns).T, np.array(datasets)


def onto(one, other):
    left, _, right = np.linalg.svd(one.T @ other)
    return one @ left @ right


def test_distances_on_a_plane_are_kept_whatever_the_number_of_benchmarks():
    """A dataset counts once: its benchmarks twice over change nothing."""
    rng = np.random.default_rng(0)
    profiles = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 12))
    datasets = np.arange(12) // 2
    found = place_models(profiles, datasets)
    apart = pdist(profiles, "sqeuclidean") / 12
    assert pdist(found.places, "sqeuclidean") == pytest.approx(apart)
    assert found.share == pytest.approx(1) and found.shares == pytest.approx(np.ones(30))
    twice = np.hstack([profiles, profiles[:, :2]])
    again = place_models(twice, np.concatenate([datasets, datasets[:2]]))
    assert np.abs(again.places) == pytest.approx(np.abs(found.places))


@pytest.mark.parametrize("noise", [0.3, 1])
def test_regions_hold_the_place_on_the_map_of_many_datasets(noise):
    """In nine of ten cases; noise makes the map of few datasets wider than that of many."""
    rng, held = np.random.default_rng(1), []
    for _ in range(25):
        places = rng.normal(size=(40, 2))
        found = place_models(*drawn(rng, places, 8, noise))
        many, _ = drawn(rng, places, 200, noise)
        true = place_models(many, np.zeros(600)).places  # as one, of which no region is asked
        apart = onto(true, found.places) - found.places
        inverse = np.linalg.inv(found.regions)
        held.append(np.einsum("mi,mij,mj->m", apart, inverse, apart) <= 1)
    assert 0.87 < np.mean(held) < 0.99


def test_an_ellipse_is_its_region():
    """Half axes and angle give the matrix back, and those inside are counted without itself."""
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    region = turn @ np.diag([4.0, 1.0]) @ turn.T
    long, short, angle = ellipse(region)
    assert (long, short) == pytest.approx((2, 1))
    assert angle == pytest.approx(np.arctan2(0.6, 0.8))
    places = np.array([[0, 0], 1.9 * turn[:, 0], 1.9 * turn[:, 1]])
    assert n_within(places, np.stack([region] * 3)).tolist() == [1, 1, 0]
    assert np.isnan(n_within(places, np.full((3, 2, 2), np.nan))).all()


def test_models_alike_stand_alike_and_few_datasets_give_no_region():
    rng = np.random.default_rng(2)
    profiles, datasets = drawn(rng, rng.normal(size=(9, 2)), MIN_DATASETS - 1, 0.3)
    profiles[1] = profiles[0]
    found = place_models(profiles, datasets)
    assert found.places[1] == pytest.approx(found.places[0])
    assert np.isnan(found.regions).all()
    profiles[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        place_models(profiles, datasets)


def test_only_complete_cohorts_are_placed():
    """By percentile; names and order of the rows do not matter."""
    rng = np.random.default_rng(3)
    profiles, datasets = drawn(rng, rng.normal(size=(20, 2)), 6, 0.5)
    names = [f"b{i:02}" for i in range(len(datasets))]
    wide = pd.DataFrame(profiles, columns=names)
    wide["model"] = [f"m{i:02}" for i in range(20)]
    long = wide.melt("model", var_name="benchmark_id", value_name="score_directed")
    long = long.assign(cohort_id="whole", level="leaf")
    scores = pd.concat([long, long.iloc[1:].assign(cohort_id="holes")])
    benchmarks = pd.DataFrame({"benchmark_id": names, "dataset": datasets.astype(str)})
    found = position_frame(scores, benchmarks)
    assert set(found["cohort_id"]) == {"whole"} and found["model"].tolist() == list(wide["model"])
    percentiles = (wide[names].rank() - 1) / 19
    expected = place_models(percentiles.to_numpy(), datasets)
    assert found[["x", "y"]].to_numpy() == pytest.approx(expected.places)
    assert found["n_within"].tolist() == n_within(expected.places, expected.regions).tolist()
    shuffled = position_frame(scores.sample(frac=1, random_state=0), benchmarks)
    pd.testing.assert_frame_equal(found, shuffled)
