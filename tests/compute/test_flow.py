"""The documented way from a private folder to a page: every command, as a user types it."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from ingest import settings

pytestmark = pytest.mark.compute


@pytest.fixture
def aw(tmp_path) -> Callable[..., str]:
    """Run ``aw`` in folders of its own, without any published file; returns what it said."""
    places = {"AW_DATA": "data", "AW_BUILD": "build", "AW_MIRROR": "none"}
    own = {name: str(tmp_path / folder) for name, folder in places.items()}
    own |= {"AW_WAREHOUSE": str(tmp_path / "warehouse.duckdb"), "PYTHONPATH": str(settings.ROOT)}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "warehouse.cli", *arguments],
            cwd=tmp_path, env=os.environ | own, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0 and "Traceback" not in done.stdout, done.stdout
        return done.stdout

    return run


def test_from_a_private_folder_to_a_page(aw, lab, tmp_path, monkeypatch):
    """embed, align, probe, collect, build, query, app; nothing of the project is written.

    One set has rows for none of its benchmarks, so that it is measured and no score; two networks
    and the choices of a person are as odd as a pilot is.
    """
    pytest.importorskip("torch", reason="the compute extra is not installed: make compute")
    committed = {p: p.read_bytes() for p in (settings.ROOT / "results").iterdir()}
    sources = settings.STAGING / "compute" / "_compute__sources.yml"
    committed |= {sources: sources.read_bytes()}
    lab.write(
        "triplets.csv", ["person", "image_a", "image_b", "odd"], [["x", "0.png", "1.png", "2.png"]]
    )
    aw("compute", "embed", "--models", "random:test_resnet,random:test_vit:0", "--device", "cpu",
       "--stimuli", str(lab.folder))  # fmt: skip
    aligned = aw("compute", "align", "--resamples", "20")
    aw("compute", "probe", "--datasets", lab.folder.name, "--shots", "1", "--head", "logistic")
    assert "alignments" in aw("compute", "collect")
    assert {p: p.read_bytes() for p in committed} == committed
    built = aw("build", "--no-fetch")
    assert "of this machine, 0 of them scores" in built, built
    assert "no row in dbt_project/seeds/benchmarks.csv: alignment.lab.behaviour." in built

    def ask(sql: str) -> str:
        return aw("query", "--format", "csv", sql).replace("\r", "")

    mine = "from fct_alignment where snapshot_id = 'own' and stimulus_set_id = 'lab'"
    assert ask(f"select count(*), count(benchmark_id) {mine}").split()[-1] == (
        f"{aligned.count('random:test_')},0"
    )
    assert ask(f"select distinct model_id {mine} order by 1").split()[1:] == [
        "compute:random:test_resnet:0", "compute:random:test_vit:0",
    ]  # fmt: skip
    assert ask("select count(*) from fct_scores where snapshot_id = 'own'").split()[-1] == "0"
    assert ask("select count(*) from fct_embeddings").split()[-1] == str(2 * lab.n)
    assert (
        ask("select licence, is_redistributable from dim_sources where source_id = 'own'").split()[
            -1
        ]
        == "private,false"
    )

    from streamlit.testing.v1 import AppTest

    monkeypatch.setattr(settings, "WAREHOUSE", tmp_path / "warehouse.duckdb")
    page = AppTest.from_file(str(settings.ROOT / "app_pages" / "geometry.py"), default_timeout=60)
    page.query_params["stimuli"] = "lab"
    page.query_params["probe_dataset"] = "lab"
    page.run()
    assert not page.exception, page.exception
    said = " ".join(m.value for m in [*page.markdown, *page.caption])
    assert f"{lab.n} images by 3 people" in said and "Chance is 1 in 2" in said
