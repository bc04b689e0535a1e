"""The commands of aw compute, on a folder of six images."""

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from compute.measure.alignment import METRICS
from compute.measure.jobs import cached_stimuli
from ingest import settings
from warehouse.cli import main

TINY = "random:test_resnet:0"


@pytest.fixture
def aw(tmp_path, monkeypatch):
    """Run a command in a data folder of its own."""
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    monkeypatch.setattr(settings, "BUILD", tmp_path / "o'brien's [*] build")

    def run(*arguments: str):
        return CliRunner().invoke(main, ["compute", *map(str, arguments)])

    return run


def test_list_names_every_set_and_the_way_to_the_absent(aw):
    """Stimuli and weights, present or not."""
    said = aw("list")
    assert said.exit_code == 0
    for name in ("objects92", "peterson_fruits", "cifar100", "tf_efficientnet_lite0.in1k"):
        assert name in said.output
    assert "docs/compute.md" in said.output


def test_nothing_embedded_says_what_to_run(aw):
    """align, probe and collect name the command that comes first."""
    for command in ("align", "probe", "collect"):
        said = aw(command)
        assert said.exit_code == 1
        assert "aw compute embed" in said.output


@pytest.mark.compute
def test_from_images_to_alignment(aw, lab):
    """embed, again, align; a wrong name ends with a message, not a traceback."""
    said = aw("embed", "--models", TINY, "--stimuli", lab.folder, "--device", "cpu")
    assert said.exit_code == 0, said.output
    assert "1 done" in said.output
    again = aw("embed", "--models", TINY, "--stimuli", lab.folder, "--device", "cpu")
    assert "1 skipped" in again.output
    aligned = aw("align", "--resamples", "20")
    assert aligned.exit_code == 0, aligned.output
    assert f"{len(METRICS)} alignments" in aligned.output
    table = pq.read_table(settings.DATA / "compute" / "alignments.parquet")
    assert set(table["metric"].to_pylist()) == set(METRICS)
    unknown = aw("embed", "--models", TINY, "--stimuli", "no_such_set")
    assert unknown.exit_code == 1 and "no stimulus set 'no_such_set'" in unknown.output
    failed = aw("embed", "--models", "resnet99", "--stimuli", lab.folder, "--device", "cpu")
    assert failed.exit_code == 1 and "--retry-failed" in failed.output
    from compute.measure.weights import load_weights

    # no declared model takes its weights from a folder: each says so at once
    every = aw("embed", "--models", f"all,{TINY}", "--stimuli", lab.folder, "--weights", lab.folder)
    assert f"{len(load_weights()) + 1} failed" in every.output


@pytest.mark.compute
def test_alignment_shows_every_metric_and_target(aw, lab):
    """Also where a set has choices alone, and where its target has a name of its own."""
    path = lab.folder / "dissimilarities.csv"
    path.write_text(path.read_text().replace("behaviour", "closeness"))
    header = ["person", "image_a", "image_b", "odd"]
    lab.write("triplets.csv", header, [["x", "0.png", "1.png", "2.png"]])
    assert aw("embed", "--models", TINY, "--stimuli", lab.folder, "--device", "cpu").exit_code == 0
    said = aw("align", "--resamples", "20").output
    table = pq.read_table(settings.DATA / "compute" / "alignments.parquet").to_pylist()
    shown = [row for row in table if row["distance"] == "cosine"]
    assert said.count(TINY) == len(shown) > 4
    for row in shown:
        assert f" {row['target']} " in said and f" {row['metric']} " in said
    path.unlink()
    cached_stimuli.cache_clear()
    assert aw("embed", "--models", TINY, "--stimuli", lab.folder, "--device", "cpu").exit_code == 0
    assert "odd_one_out_choices" in aw("align", "--resamples", "20").output


@pytest.mark.compute
def test_probes_do_what_is_possible(aw, lab):
    """Three images a class: one and two shots; the class has its name; one class has no probe."""
    embed = ("embed", "--models", TINY, "--stimuli", lab.folder, "--device", "cpu")
    probe = ("probe", "--datasets", lab.folder.name, "--head", "logistic", "--seeds", "1")
    assert aw(*embed).exit_code == 0
    said = aw(*probe)
    assert said.exit_code == 0 and "5, 10, 20, 40, 80 shots left out" in said.output, said.output
    (path,) = settings.DATA.glob("compute/probes/*/*.parquet")
    assert pq.read_table(path)["n_shots"].to_pylist() == [1]
    none = aw(*probe, "--shots", "3,9")
    assert none.exit_code == 1 and "class 'a' has 3 of the images: take --shots 2" in none.output
    for wrong in ("one", "", ",", "0", "-1", "1.5", "²"):
        refused = aw(*probe, f"--shots={wrong}")
        assert refused.exit_code == 2 and "Invalid value for '--shots'" in refused.output
    assert aw(*probe, "--shots", "2, 1,2").exit_code == 0
    assert pq.read_table(path)["n_shots"].to_pylist() == [1, 2]
    lab.write("labels.csv", ["image", "label"], [[f"{i}.png", "only"] for i in lab.all])
    cached_stimuli.cache_clear()
    assert aw(*embed).exit_code == 0
    single = aw(*probe)
    assert single.exit_code == 1 and "every image is of class 'only'" in single.output


@pytest.mark.compute
def test_what_is_not_there_is_refused_before_anything_is_computed(aw, lab, monkeypatch):
    """A device, or a name of the second network of two."""
    embed = ("embed", "--models", TINY, "--stimuli", lab.folder, "--device")
    for command in (embed, ("probe", "--device")):
        refused = aw(*command, "cpu:x")
        assert refused.exit_code == 1 and isinstance(refused.exception, SystemExit)
        assert refused.output.startswith("no device 'cpu:x' here: --device ")
    monkeypatch.setattr("compute.measure.embed.load", None)
    refused = aw(
        *("calibrate", "--architectures", "test_resnet,test_resnet.foo", "--stimuli", lab.folder)
    )
    assert refused.exit_code == 1 and "no model 'test_resnet.foo'" in refused.output
    assert not (settings.DATA / "compute").exists()


@pytest.mark.compute
def test_a_tag_that_timm_does_not_have_is_refused_by_name(tmp_path):
    """With those it has, and how weights of one's own are named; no path passes for a tag."""
    from compute.measure.weights import ModelError, resolve

    own = r"FOLDER with test_resnet\.mine\.safetensors"
    with pytest.raises(ModelError, match=rf"Known: .*test_resnet\.r160_in1k.*{own}"):
        resolve("test_resnet.mine")
    with pytest.raises(ModelError, match=r"no model 'test_resnet\.mine', "):
        resolve("random:test_resnet.mine:0")
    for folder in (None, tmp_path):
        with pytest.raises(ModelError, match=r"no model .*r160_in1k$"):
            resolve("test_resnet.mine/../x", folder)


@pytest.mark.compute
def test_the_demo_needs_packages_alone(aw):
    """Weights from a package, digits from scikit-learn, a database at the end."""
    from compute.measure.weights import load_weights

    weights = load_weights()["tf_efficientnet_lite0.in1k"]
    if weights.locate().status != "present":
        pytest.skip(f"its weights are not here: {weights.how_to_get}")
    said = aw("demo", "--images", "200")
    assert said.exit_code == 0, said.output
    assert (settings.BUILD / "demo" / "demo.duckdb").is_file()
    probes = pq.read_table(settings.BUILD / "demo" / "results" / "probe_results.parquet")
    assert probes.num_rows == 2 * 3 * 3 * 3


@pytest.mark.compute
def test_saliency_against_maps_of_people(aw, lab):
    """Per image, scipy's Spearman in the network's view; means, ceiling and collection follow."""
    import numpy as np
    from PIL import Image
    from scipy.stats import spearmanr

    from compute.measure import embed, results, saliency, sets, weights

    arguments = ("saliency", "--models", TINY, "--stimuli", lab.folder)
    none = aw(*arguments)
    assert none.exit_code == 1 and "no human attention maps" in none.output
    lab.look()
    stimuli_of_lab = sets.read(str(lab.folder))
    from compute.measure import jobs

    jobs.cached_stimuli.cache_clear()
    said = aw(*arguments)
    assert said.exit_code == 0, said.output
    assert "halves of 2 people agree" in said.output
    out = settings.DATA / "compute"
    (path,) = (out / "attention").glob("*/*.parquet")
    found = pq.read_table(path).to_pandas()
    model = embed.load(weights.resolve(TINY))
    for i, row in found.iterrows():
        own = saliency.saliency(model, stimuli_of_lab.image(i), None)
        human = saliency.in_view(model, stimuli_of_lab.maps(i))
        assert own.shape == human.shape
        expected = spearmanr(own.ravel(), human.ravel()).statistic
        assert row.estimate == pytest.approx(expected, abs=1e-9)
    written = path.stat().st_mtime_ns
    assert aw(*arguments).exit_code == 0 and path.stat().st_mtime_ns == written
    results.collect(out, out / "results")
    (row,) = pq.read_table(out / "results" / "alignments.parquet").to_pylist()
    assert row["metric"] == "map_spearman" and row["n_stimuli"] == lab.n
    assert row["estimate"] == pytest.approx(found["estimate"].mean())
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    (ceiling,) = pq.read_table(out / "results" / "ceilings.parquet").to_pylist()
    assert ceiling["n_people"] == 2 and 0.5 < ceiling["estimate"] < 1
    grey = np.asarray(stimuli_of_lab.image(0).convert("L"), float)
    same = stimuli_of_lab.image(0).convert("L").convert("RGB")
    seen = model.transform(same)[0].double().numpy()
    assert np.corrcoef(seen.ravel(), saliency.in_view(model, grey).ravel())[0, 1] > 0.999
    for person in "xy":
        Image.new("L", (40, 40), 7).save(lab.folder / "maps" / person / "3.png")
    jobs.cached_stimuli.cache_clear()
    models = f"nope,random:test_resnet.mine:0,{TINY}"
    said = aw("saliency", "--models", models, "--stimuli", lab.folder)
    assert said.exit_code == 1 and "no model 'nope'" in said.output
    assert "no model 'test_resnet.mine'" in said.output
    assert f"1 of {lab.n} images left out" in said.output
    assert pq.read_table(path)["estimate"].null_count == 1
    (lab.folder / "maps" / "x" / "3.png").unlink()
    with pytest.raises(sets.StimulusError, match="a map of every image by every person"):
        sets.read(str(lab.folder))
