"""The numbers of MIEB, open_clip and CLIP_benchmark against their files and each other."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from ingest import settings

pytestmark = pytest.mark.sources

OPENAI_B16_DRAWS = (0.7125, 0.7220, 0.7105, 0.7091, 0.7078)
LIKE_FOR_LIKE = """
    select a.model_id, a.score as a, b.score as b
    from fct_scores as a
    inner join fct_scores as b using (model_id)
    where a.benchmark_id = ? and b.benchmark_id = ?
    qualify row_number() over (
        partition by model_id order by a.source_model_key, b.source_model_key, b.variant_id
    ) = 1
"""


@pytest.fixture(scope="module")
def scores(query) -> pd.DataFrame:
    """Every score of the three sources."""
    return query(
        "select * from fct_scores inner join (select benchmark_id, parent_benchmark_id, suite, "
        "metric_type from dim_benchmarks) using (benchmark_id) "
        "where suite in ('mieb', 'open_clip', 'clip_benchmark')"
    )


@pytest.mark.parametrize(
    ("name", "benchmark_id", "printed"),
    [
        ("openai/clip-vit-base-patch16", "mieb.CIFAR100", np.mean(OPENAI_B16_DRAWS)),
        ("openai/clip-vit-base-patch16", "mieb.NIGHTSI2IRetrieval", 0.21729),
        # lrap, though this file calls the accuracy .343 its main score
        ("Salesforce/blip-image-captioning-base", "mieb.VOC2007", 0.48876099443546744),
        ("ViT-H-14-378-quickgelu dfn5b", "open_clip.imagenet-1k", 0.8437),
        ("ViT-SO400M-14-SigLIP-384 webli", "open_clip.mscoco-image-retr-r-1", 0.5421),
        ("ViT-B-32 laion2b_s34b_b79k", "clip_benchmark.imagenet1k.zero-shot", 0.665),
        # rate 0.1 and 40 epochs; 20 epochs would give .6393
        ("ViT-B-32 openai", "clip_benchmark.cifar100.10-shot", 0.6370),
    ],
)
def test_values_read_by_hand(scores, name, benchmark_id, printed):
    """The first variant is the model's."""
    found = scores.query("source_model_name == @name and benchmark_id == @benchmark_id")
    assert found.sort_values("variant_id")["score"].iloc[0] == pytest.approx(printed, abs=1e-12)


def test_the_error_is_that_of_the_mean_over_draws(scores):
    """Five draws of 16 images per class; clustering and retrieval have none."""
    mieb = scores[scores["suite"] == "mieb"].set_index(["source_model_name", "benchmark_id"])
    error = mieb["error"]["openai/clip-vit-base-patch16", "mieb.CIFAR100"]
    assert error == pytest.approx(np.std(OPENAI_B16_DRAWS, ddof=1) / np.sqrt(5), abs=1e-12)
    is_drawn = mieb["metric_type"] == "few_shot_accuracy"
    assert mieb["error"][~is_drawn].isna().all()
    assert mieb["error"][is_drawn].isna().sum() == 3  # three cells have one draw


def test_printed_averages_are_plain_means(scores):
    """Of the benchmarks below them, to the digits printed; accuracy and retrieval in one number."""
    means = scores[scores["is_aggregate"]].set_index(["source_model_name", "benchmark_id"])["score"]
    below = scores[~scores["is_aggregate"] & scores["parent_benchmark_id"].notna()]
    # VTAB stands in VTAB+ with its 19 sets, not with its mean
    vtab = {"clip_benchmark.vtab.zero-shot": "clip_benchmark.vtab+.zero-shot"}
    both = pd.concat([below, below.replace({"parent_benchmark_id": vtab})]).drop_duplicates()
    found = both.groupby(["source_model_name", "parent_benchmark_id"])["score"].mean()
    joined = pd.DataFrame({"printed": means, "found": found.rename_axis(means.index.names)})
    joined = joined.dropna()
    assert joined.groupby("benchmark_id").size().to_dict() == {
        "open_clip.average-perf-on-38-datasets": 121,
        "open_clip.average-score": 121,
        "clip_benchmark.vtab.zero-shot": 34,
        "clip_benchmark.vtab+.zero-shot": 34,
    }
    assert (joined["printed"] - joined["found"]).abs().max() < 6e-5


def test_what_is_left_out_says_nothing_else():
    """The files that are not loaded repeat those that are, as their registry says."""
    if settings.MIRROR is None:
        pytest.skip("needs a mirror with the files that are not loaded")
    docs = settings.MIRROR / "open_clip_results" / "docs"
    key = ["name", "pretrained"]
    whole = pd.read_csv(docs / "openclip_results.csv", index_col=key).sort_index()
    part = pd.read_csv(docs / "openclip_classification_results.csv", index_col=key).sort_index()
    shared = whole.columns.intersection(part.columns)
    assert (len(whole), len(shared)) == (121, 37)
    pd.testing.assert_frame_equal(whole[shared], part[shared])

    folder = settings.MIRROR / "clip_benchmark"
    old = pd.read_csv(folder / "benchmark" / "benchmark.csv")
    new = pd.read_csv(folder / "probe_benchmark" / "openclip_results.csv")
    new = new.rename(columns={"downstream_dataset": "dataset"})
    both = old.merge(new, on=["model_fullname", "dataset"], suffixes=("", "_new"))
    difference = (both["acc1"] - both["acc1_new"]).dropna()
    assert len(difference) == 420 and (difference == 0).all()
    recalls = ("image_retrieval_recall@5", "text_retrieval_recall@5")
    differs = pd.concat(
        both.loc[both[c] != both[f"{c}_new"], ["dataset", c]].dropna() for c in recalls
    )
    assert set(differs["dataset"]) == {"flickr8k"}


def test_the_published_probes_choose_on_the_test_images(scores, query):
    """Their mean over VTAB is that of the best of nine. How much that adds to one fixed setting."""
    probes = scores[scores["variant_id"].str.match(r"\d: rate")]
    cells = probes.pivot(
        index=["source_model_name", "benchmark_id"], columns="variant_id", values="score"
    )
    assert cells.shape == (528, 9) and cells.notna().all(axis=None)
    gain = cells.max(axis=1) - cells[min(cells.columns)]
    shots = cells.index.get_level_values("benchmark_id").str.rpartition(".").get_level_values(2)
    expected = {"probe": 0.0063, "10-shot": 0.0087, "25-shot": 0.0126}
    assert gain.groupby(shots).mean().to_dict() == pytest.approx(expected, abs=5e-5)
    if settings.MIRROR is None:
        return
    file = settings.MIRROR / "clip_benchmark/probe_benchmark/scaling_experiment_data_vtab.json"
    printed = [row["lp_acc1"] for row in json.loads(file.read_text(encoding="utf-8"))]
    is_vtab = cells.index.get_level_values("benchmark_id").str.match(
        r"clip_benchmark\.vtab.*\.probe"
    )
    best = cells[is_vtab].max(axis=1).groupby("source_model_name").mean()
    assert sorted(best) == pytest.approx(sorted(printed), abs=1e-12) and len(printed) == 12


def same_sets(query, kinds: str) -> pd.DataFrame:
    """open_clip and CLIP_benchmark on the same sets: largest difference, rank correlation and n."""
    pairs = query(
        "select a.dataset, a.benchmark_id as a, b.benchmark_id as b from dim_benchmarks as a "
        "inner join dim_benchmarks as b using (dataset) "
        "where a.suite = 'open_clip' and b.suite = 'clip_benchmark' "
        f"and a.metric_type = '{kinds}' and b.metric_type = '{kinds}' "
        "and a.benchmark_id like '%count%' = b.benchmark_id like '%count%'"
    )
    rows = {}
    for pair in pairs.itertuples():
        found = query(LIKE_FOR_LIKE, pair.a, pair.b)
        rows[pair.a.removeprefix("open_clip.")] = {
            "n": len(found),
            "largest": (found["a"] - found["b"]).abs().max(),
            "rank": found["a"].corr(found["b"], "spearman"),
        }
    return pd.DataFrame(rows).T


def test_two_sources_agree_on_the_same_weights(query):
    """A check of the links and of the sources: on 24 of 28 sets all 13 weights agree within .018.

    Two of the others are means over classes in one source and over images in the other.
    """
    found = same_sets(query, "zero_shot_accuracy")
    other = ["caltech-101", "oxford-flowers-102", "svhn", "clevr-distance"]
    assert len(found) == 28 and (found["n"] == 13).all()
    assert found.drop(index=other)["largest"].max() == pytest.approx(0.018, abs=5e-5)
    assert found.drop(index=other)["rank"].min() > 0.98
    assert found["largest"][other].round(3).tolist() == [0.092, 0.024, 0.214, 0.097]
    assert found["rank"][other].round(3).tolist() == [0.876, 0.973, 0.522, 0.253]


def test_few_shot_accuracies_of_two_sources_rank_alike(query):
    """16 images per class in MIEB, 10 in CLIP_benchmark: the six shared weights in one order."""
    found = query(LIKE_FOR_LIKE, "mieb.CIFAR100", "clip_benchmark.vtab-cifar100.10-shot")
    found = found.sort_values("a")
    assert len(found) == 6 and all(low < high for low, high in pairwise(found["b"]))
    assert (found["a"] - found["b"]).between(0.013, 0.033).all()


@pytest.mark.parametrize(
    ("cohort_id", "alignment_id", "property_id", "n_units", "estimate"),
    [
        ("scaling_pretrained", "behavior_vision", "open_clip.imagenet-1k", 32, 0.773),
        ("scaling_pretrained", "IT", "open_clip.imagenet-1k", 32, -0.064),
        ("scaling_pretrained", "IT", "mieb.CIFAR100", 12, 0.228),
        ("all_sources", "mieb.NIGHTSI2IRetrieval", "mieb.CIFAR100", 48, 0.355),
        ("all_sources", "mieb.NIGHTSI2IRetrieval", "mieb.MNIST", 48, 0.482),
    ],
)
def test_relations_of_image_towers(query, cohort_id, alignment_id, property_id, n_units, estimate):
    """The numbers of docs/downstream.md."""
    found = query(
        "select n_units, estimate from fct_downstream_relations where cohort_id = ? "
        "and alignment_id = ? and property_id = ? "
        "and (covariate, transform, method) = ('none', 'raw', 'spearman')",
        cohort_id,
        alignment_id,
        property_id,
    )
    assert found["n_units"].item() == n_units
    assert found["estimate"].item() == pytest.approx(estimate, abs=5e-4)
