"""Similarity to human cortex (Choksi et al. 2026) and ImageNet-X: identity, and what comes out."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats

pytestmark = pytest.mark.sources

TWINS = ["mixer_b16_224", "mixer_b16_224.goog_in21k_ft_in1k"]
"""The same weights under two names, read out by two paths of the code."""

ACCURACIES = {
    "rsa_robustness.imagenet1k.top1": ("timm.imagenet.top1", "testbed.val"),
    "rsa_robustness.imagenet-a.top1": ("timm.imagenet-a.top1", "testbed.imagenet-a"),
    "rsa_robustness.imagenet-r.top1": ("timm.imagenet-r.top1", "testbed.imagenet-r"),
    "rsa_robustness.imagenet-sketch.top1": ("timm.sketch.top1", "testbed.imagenet-sketch"),
}
"""Of the study, and of timm and the testbed."""


@pytest.fixture(scope="module")
def cortex(query) -> pd.DataFrame:
    """Networks × benchmarks of the study."""
    long = query(
        "select source_model_name, benchmark_id, score from marts.fct_scores "
        "where snapshot_id = 'rsa_effective_robustness_2026'"
    )
    wide = long.pivot(index="source_model_name", columns="benchmark_id", values="score")
    return wide.rename(columns=lambda name: name.removeprefix("rsa_robustness."))


def test_links_by_four_accuracies_can_be_repeated(query):
    """One evaluation of the linked weights elsewhere has all four accuracies within .26 points."""
    names = query(
        "select namespace, snapshot_id, source_model_key, source_model_name, candidate_model_id, "
        "rule from marts.bridge_model_names"
    )
    scores = query(
        "select snapshot_id, source_model_key, variant_id, benchmark_id, score "
        "from marts.fct_scores where score is not null and benchmark_id in (select unnest($ids))",
        ids=[*ACCURACIES, *(b for both in ACCURACIES.values() for b in both)],
    )
    scores = scores.merge(names, on=["snapshot_id", "source_model_key"])
    same = {b: ours for ours, both in ACCURACIES.items() for b in (ours, *both)}
    scores["benchmark_id"] = scores["benchmark_id"].map(same)
    index = ["namespace", "snapshot_id", "source_model_key", "variant_id", "candidate_model_id"]
    wide = scores.pivot(index=index, columns="benchmark_id", values="score").dropna()
    theirs = wide.loc[["timm", "testbed"]]
    linked = names[names["rule"] == "four_accuracies"]
    assert len(linked) == 56
    for row in linked.itertuples():
        ours = wide.xs(("net2brain", row.source_model_key), level=(0, 2)).to_numpy()
        found = theirs.xs(row.candidate_model_id, level="candidate_model_id")
        assert np.abs(found - ours).max(axis=1).min() < 0.26, row.source_model_name


def test_encoding_depends_on_the_path_of_the_code(cortex):
    """Equal weights, equal accuracies and equal representations, other encoding scores."""
    is_encoding = cortex.columns.str.contains("encoding")
    difference = cortex.loc[TWINS].diff().iloc[-1].abs()
    assert difference[~is_encoding].max() < 0.01
    ranks = cortex.loc[:, is_encoding].rank().loc[TWINS].diff().iloc[-1].abs()
    assert (ranks >= 10).sum() == 9 and ranks.max() == 49


def test_other_images_give_another_order(query, cortex):
    """Natural and synthetic images, region by region; the mart has the mean over all pairs."""
    similarities = cortex.loc[:, cortex.columns.str.contains("encoding|rsa")]
    assert similarities.shape == (70, 24) and similarities.notna().all(axis=None)
    related = similarities.corr("spearman")
    for metric, expected in {
        "encoding": [-0.028, 0.135, 0.036, -0.274],
        "rsa": [0.426, 0.461, 0.187, 0.144],
    }.items():
        found = [
            related.loc[f"{area}.{metric}.natural", f"{area}.{metric}.synthetic"]
            for area in ("V1", "V2", "V4", "IT")
        ]
        np.testing.assert_allclose(found, expected, atol=0.0005)
    mean = query(
        "select estimate, ci_low, ci_high from marts.rpt_agreement_means "
        "where cohort_id = 'rsa_robustness_70' and pairs = 'all'"
    ).iloc[0]
    assert mean["estimate"] == pytest.approx(related.to_numpy()[np.triu_indices(24, 1)].mean())
    assert 0 < mean["ci_low"] < 0.2 and 0.4 < mean["ci_high"] < 0.6


def test_accuracy_leaves_little_of_robustness(query, cortex):
    """With ImageNet top-1 held fixed one relation of 96 is above zero; six are below, on -A."""
    rows = query(
        "select * from marts.fct_downstream_relations where cohort_id = 'rsa_robustness_70' "
        "and transform = 'raw' and method = 'spearman'"
    )
    held = rows[rows["covariate"] == "imagenet_top1"]
    assert len(held) == 96 and (held["n_units"] == 70).all() and (held["n_clusters"] == 29).all()
    for row in held.itertuples():
        pair = [
            name.removeprefix("rsa_robustness.") for name in (row.alignment_id, row.property_id)
        ]
        expected = pingouin.partial_corr(cortex, *pair, "imagenet1k.top1", method="spearman")
        assert row.estimate == pytest.approx(expected["r"].item(), abs=1e-10)
    plain = rows[rows["covariate"] == "none"]
    assert ((plain["ci_low"] > 0) | (plain["ci_high"] < 0)).sum() == 34
    (above,) = held.loc[held["ci_low"] > 0, "alignment_id"]
    assert above == "rsa_robustness.IT.encoding.illusion"
    below = held.loc[held["ci_high"] < 0, "property_id"]
    assert below.tolist() == 6 * ["rsa_robustness.imagenet-a.top1"]


def test_imagenet_x_tests_the_networks_of_the_testbed(query):
    """Its average over 46,110 images gives ImageNet top-1, but for two zero-shot CLIP networks."""
    printed = query(
        "select model, cast(average as double) as average, _file "
        "from raw.imagenet_x__accuracies_per_factor where contains(_file, '/imagenet_testbed/')"
    )
    assert (printed.groupby("model")["average"].agg(["size", "nunique"]) == [2, 1]).all(axis=None)
    top1 = query(
        "select source_model_name as model, score from marts.fct_scores "
        "where benchmark_id = 'testbed.val'"
    )
    both = printed.drop_duplicates("model").merge(top1, on="model")
    assert len(both) == 335
    n_right = both["average"] * 46_110
    np.testing.assert_allclose(n_right, n_right.round(), atol=1e-6)
    assert stats.spearmanr(both["average"], both["score"])[0] > 0.9999
    fitted = np.polyval(np.polyfit(both["average"], both["score"], 4), both["average"])
    far = both.loc[(both["score"] - fitted).abs() > 0.2, "model"]
    assert set(far) == {"resnet50_clip_zeroshot", "vit_b_32_clip_zeroshot"}


def test_imagenet_x_repeats_a_network(query):
    """ResNet50 of the four more is resnet50 of the testbed, factor by factor."""
    long = query(
        "select snapshot_id, benchmark_id, score from marts.fct_scores "
        "where (snapshot_id, source_model_name) in (('imagenet_x_base', 'ResNet50'), "
        "('imagenet_x_imagenet_testbed', 'resnet50'))"
    )
    wide = long.pivot(index="benchmark_id", columns="snapshot_id", values="score")
    assert wide.shape == (32, 2) and (wide.nunique(axis=1) == 1).all()


def test_clickme_and_the_factors(query):
    """What is like people's clicks is worse on every factor; top-1 explains most of it."""
    rows = query(
        "select * from marts.fct_downstream_relations "
        "where alignment_id = 'onevision_clickme.imgnet_alignment' and transform = 'raw' "
        "and property_id like 'imagenet_x.multi.%' and method = 'spearman'"
    )
    plain, held = (rows[rows["covariate"] == c] for c in ("none", "imagenet_top1"))
    assert len(plain) == len(held) == 16 and (plain["estimate"] < -0.45).all()
    outside = held.loc[(held["ci_low"] > 0) | (held["ci_high"] < 0), "property_id"]
    assert outside.tolist() == ["imagenet_x.multi.style"]
