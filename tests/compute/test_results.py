"""The committed measurements: whole, traceable, and saying what the text says of them."""

import json

import pandas as pd
import pytest

from compute.measure import probe
from compute.measure.alignment import METRICS
from ingest import settings

FOLDER = settings.ROOT / "results"
N_MODELS = 13
"""Pretrained ones."""


def table(name: str) -> pd.DataFrame:
    return pd.read_parquet(FOLDER / f"{name}.parquet")


@pytest.fixture(scope="module")
def on_objects() -> pd.DataFrame:
    """Cosine alignment with people on the 92 objects."""
    found = table("alignments")
    keep = (found.stimulus_set_id == "objects92") & (found.target == "behaviour")
    return found[keep & (found.distance == "cosine")]


def test_every_model_stands_above_every_control(on_objects):
    """On each metric the lowest pretrained model is above the highest untrained one."""
    for metric, rows in on_objects.groupby("metric"):
        trained, controls = rows[~rows.is_control], rows[rows.is_control]
        assert len(trained) == N_MODELS and len(controls) == 50, metric
        assert trained.estimate.min() > controls.estimate.max(), metric


def test_every_pretrained_model_has_five_untrained_networks_of_its_architecture(on_objects):
    """The difference is the model's estimate less their mean, and above zero on the whole set."""
    manifest = table("embedding_manifest").query("stimulus_set_id == 'objects92'")
    architecture = manifest.set_index("model_name").architecture
    found = table("control_differences").query(
        "stimulus_set_id == 'objects92' and target == 'behaviour'"
    )
    assert len(found) == N_MODELS * len(METRICS) and (found.n_controls == 5).all()
    rows = on_objects.assign(architecture=on_objects.model_name.map(architecture))
    for row in found.itertuples():
        same = rows[rows.metric == row.metric]
        own = same[same.model_name == row.model_name].estimate.item()
        controls = same[same.is_control & (same.architecture == row.architecture)].estimate
        assert len(controls) == 5
        assert row.control_sd == pytest.approx(controls.std())
        assert row.estimate == pytest.approx(own - controls.mean())
        assert 0 < row.ci_low < row.estimate < row.ci_high


def test_intervals_over_people_are_there_or_say_why_not():
    """Around the estimate where there are five people; else null, with a reason."""
    found = table("alignments")
    has = found.people_interval == "jackknife"
    derived = [name for name, metric in METRICS.items() if metric.is_derived]
    asked = (found.n_people >= 5) & ~found.metric.isin(derived)
    assert has.any() and (has == asked).all()
    middle = (found.ci_low_people + found.ci_high_people) / 2
    assert (middle - found.estimate)[has].abs().max() < 1e-9
    assert found[~has].ci_low_people.isna().all()
    assert found[~has].people_interval.str.startswith("none: ").all()


def test_the_scale_and_the_recipe_of_what_was_embedded_again_are_kept():
    """Versions of torch and timm stand in the recipe; a feature scale is a positive number."""
    manifest = table("embedding_manifest").query("stimulus_set_id in ('objects92', 'cifar10h')")
    assert len(manifest) == 63 + 15 and (manifest.feature_rms > 0).all()
    for recipe in manifest.recipe:
        assert {"torch", "timm", "weights", "preprocess"} <= set(json.loads(recipe))


def test_similarities_lie_in_their_intervals():
    """Debiased CKA and RSA have one; linear CKA, which copies of images would raise, has none."""
    found = table("model_similarities")
    assert set(found.metric) == {"linear_cka", "debiased_cka", "rsa_spearman"}
    linear = found.metric == "linear_cka"
    assert found[linear].ci_low.isna().all()
    inside = found[~linear]
    assert ((inside.ci_low <= inside.estimate) & (inside.estimate <= inside.ci_high)).all()
    keys = ["model_name_a", "model_name_b", "stimulus_set_id"]
    wide = found.pivot(index=keys, columns="metric", values="estimate")
    assert (wide.linear_cka > wide.debiased_cka).mean() > 0.9


def test_estimates_lie_in_their_intervals_and_below_the_ceiling(on_objects):
    """Bootstrap over stimuli; half the people predict the other half better than any model."""
    ceilings = table("ceilings").query("stimulus_set_id == 'objects92' and target == 'behaviour'")
    half = ceilings[ceilings.method == "split_half"].set_index("metric").estimate
    odd_even = ceilings[ceilings.method == "odd_even"].set_index("metric").estimate
    assert odd_even["pearson"] == pytest.approx(0.871, abs=0.001)
    root = ceilings[ceilings.method == "root_split_half_corrected"].set_index("metric").estimate
    assert set(root.index) == {"pearson", "spearman"} and (root > half[root.index]).all()
    for row in on_objects.itertuples():
        assert row.ci_low <= row.estimate <= row.ci_high
        if row.metric in half:
            assert row.estimate < half[row.metric]


def test_triplets_follow_spearman_more_closely_than_pearson(on_objects):
    """As the paper says of 491 models; without the controls, whose distance would do it alone."""
    pretrained = on_objects[~on_objects.is_control]
    values = pretrained.pivot(index="model_name", columns="metric", values="estimate")
    assert len(values) == N_MODELS
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
    assert len(models) == N_MODELS and found.is_control.any()
    assert len(counts) == found.model_name.nunique() * 3 * len(probe.HEADS)
    # features ten times as large as others' take more steps than the limit, on one dataset
    late = found[(found["head"] == "logistic") & ~found.converged.astype("boolean")]
    assert len(late) == 6 and set(late.model_name) == {"squeezenet1_0_deep_compression"}
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
