"""The commands of aw compute, on a folder of six images."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from warehouse import settings
from warehouse.cli import main

TINY = "random:test_resnet:0"


@pytest.fixture
def aw(tmp_path, monkeypatch):
    """Run a command in a data folder of its own."""
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    monkeypatch.setattr(settings, "BUILD", tmp_path / "build")

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
    pytest.importorskip("torch", reason="the compute extra is not installed: make compute")
    said = aw("embed", "--models", TINY, "--stimuli", lab.folder, "--device", "cpu")
    assert said.exit_code == 0, said.output
    assert "1 done" in said.output
    again = aw("embed", "--models", TINY, "--stimuli", lab.folder, "--device", "cpu")
    assert "1 skipped" in again.output
    aligned = aw("align", "--resamples", "20")
    assert aligned.exit_code == 0, aligned.output
    assert "12 alignments" in aligned.output
    table = pq.read_table(settings.DATA / "compute" / "alignments.parquet")
    assert set(table["metric"].to_pylist()) == {"pearson", "spearman", "triplet", "odd_one_out"}
    unknown = aw("embed", "--models", TINY, "--stimuli", "no_such_set")
    assert unknown.exit_code == 1 and "no stimulus set 'no_such_set'" in unknown.output
    failed = aw("embed", "--models", "resnet99", "--stimuli", lab.folder, "--device", "cpu")
    assert failed.exit_code == 1 and "--retry-failed" in failed.output


@pytest.mark.compute
def test_the_demo_needs_packages_alone(aw):
    """Weights from a package, digits from scikit-learn, a database at the end."""
    pytest.importorskip("torch", reason="the compute extra is not installed: make compute")
    from compute.embed import load_weights

    weights = load_weights()["tf_efficientnet_lite0.in1k"]
    if weights.locate().status != "present":
        pytest.skip(f"its weights are not here: {weights.how_to_get}")
    said = aw("demo", "--images", "200")
    assert said.exit_code == 0, said.output
    assert (settings.BUILD / "demo" / "demo.duckdb").is_file()
    probes = pq.read_table(settings.BUILD / "demo" / "results" / "probe_results.parquet")
    assert probes.num_rows == 2 * 3 * 3 * 3
