"""The committed measurements: whole, traceable, and saying what the text says of them."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from compute import probe
from warehouse import settings

FOLDER = settings.ROOT / "results"


def table(name: str) -> pd.DataFrame:
    return pd.read_parquet(FOLDER / f"{name}.parquet")


@pytest.fixture(scope="module")
def on_objects() -> pd.DataFrame:
    """Cosine alignment with people on the 92 objects."""
    found = table("alignments")
    keep = (found.stimulus_set_id == "objects92") & (found.target == "behaviour")
    return found[keep & (found.distance == "cosine")]


def test_twelve_models_stand_above_every_control(on_objects):
    """On each metric the lowest pretrained model is above the highest untrained one."""
    for metric, rows in on_objects.groupby("metric"):
        trained, controls = rows[~rows.is_control], rows[rows.is_control]
        assert len(trained) == 12 and len(controls) >= 2, metric
        assert trained.estimate.min() > controls.estimate.max(), metric


def test_estimates_lie_in_their_intervals_and_below_the_ceiling(on_objects):
    """Bootstrap over stimuli; half the people predict the other half better than any model."""
    ceilings = table("ceilings").query("stimulus_set_id == 'objects92' and target == 'behaviour'")
    half = ceilings[ceilings.method == "split_half"].set_index("metric").estimate
    odd_even = ceilings[ceilings.method == "odd_even"].set_index("metric").estimate
    assert odd_even["pearson"] == pytest.approx(0.871, abs=0.001)
    for row in on_objects.itertuples():
        assert row.ci_low <= row.estimate <= row.ci_high
        if row.metric in half:
            assert row.estimate < half[row.metric]


def test_triplets_follow_spearman_more_closely_than_pearson(on_objects):
    """As seed 002 says of 491 models; without the controls, whose distance would do it alone."""
    pretrained = on_objects[~on_objects.is_control]
    values = pretrained.pivot(index="model_name", columns="metric", values="estimate")
    assert len(values) == 12
    related = values.corr()
    assert 0.9 < related.loc["spearman", "triplet"] < 0.99
    assert related.loc["spearman", "triplet"] > related.loc["pearson", "triplet"] + 0.3


def test_every_probe_of_every_model_is_there():
    """Three heads, six numbers of shots, five seeds, three datasets."""
    found = table("probe_results")
    assert set(found.dataset_id) == {"cifar10", "mnist", "fashion_mnist"}
    counts = found.groupby(["model_name", "dataset_id", "head"]).size()
    assert (counts == len(probe.SHOTS) * len(probe.SEEDS)).all()
    models = set(found[~found.is_control].model_name)
    assert len(models) == 12 and found.is_control.any()
    assert len(counts) == found.model_name.nunique() * 3 * len(probe.HEADS)
    assert found[found["head"] == "logistic"].converged.all()
    assert (found.n_train + found.n_eval == found.n_images).all()
    mean = found.groupby(["dataset_id", "head", "n_shots"]).accuracy.mean().unstack()
    assert (mean.diff(axis=1).iloc[:, 1:] > 0).all(axis=None), "more shots, more accuracy"


def test_every_number_leads_to_its_weights():
    """Each alignment and probe stands on an embedding of the manifest."""
    manifest = table("embedding_manifest")
    known = set(zip(manifest.model_name, manifest.weights_sha256, strict=True))
    for name in ("alignments", "probe_results"):
        found = table(name)
        assert set(zip(found.model_name, found.weights_sha256, strict=True)) <= known
    assert manifest.embeddings_sha256.is_unique
    assert {"torch", "timm", "numpy"} <= set(json.loads(manifest.versions.iloc[0]))
