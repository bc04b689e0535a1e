"""The documented way from a private folder to a page: embed, align, probe, collect, build, app."""

import pytest
from click.testing import CliRunner
from rich.console import Console

from ingest import settings
from ingest.locate import ABSENT, Located, locate_source
from ingest.registry import load_registry
from warehouse import build, db
from warehouse.cli import main
from warehouse.cli.build import own_results

pytestmark = pytest.mark.compute


def asks_of_own_results(test: dict) -> bool:
    """Whether a data test stands on what a machine may add to."""
    on = (test.get("attached_node") or "").split(".")[-1]
    return (
        on in ("fct_scores", "dim_models", "dim_snapshots")
        or test["name"] == ("assert_no_submitters")
        or any(part in test["original_file_path"] for part in ("measured", "/own/", "catalogue"))
    )


def test_from_a_private_folder_to_a_page(lab, tmp_path, monkeypatch, capsys):
    """No file of the project is written; what has no row among the benchmarks is no score.

    Two untrained networks, six images, three people and one choice of one person: a small pilot.
    """
    pytest.importorskip("torch", reason="the compute extra is not installed: make compute")
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    monkeypatch.setattr(settings, "BUILD", tmp_path / "build")
    monkeypatch.setattr(settings, "WAREHOUSE", tmp_path / "warehouse.duckdb")

    def aw(*arguments: str) -> str:
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output
        return done.output

    committed = [settings.STAGING / "compute" / "_compute__sources.yml"]
    committed += (settings.ROOT / "results").iterdir()
    before = [path.read_bytes() for path in committed]
    header = ["person", "image_a", "image_b", "odd"]
    lab.write("triplets.csv", header, [["x", "0.png", "1.png", "2.png"]])
    aw("compute", "embed", "--models", "random:test_resnet,random:test_vit:0", "--device", "cpu",
       "--stimuli", str(lab.folder))  # fmt: skip
    aw("compute", "align", "--resamples", "20")
    aw("compute", "probe", "--datasets", "lab", "--shots", "1", "--head", "logistic")
    assert "collected" in aw("compute", "collect")
    assert before == [path.read_bytes() for path in committed]

    registry = load_registry()
    located = {name: [Located(f, ABSENT) for f in s.files] for name, s in registry.items()}
    located["own"] = locate_source(registry["own"])
    build.build(Console(stderr=True), located=located, asked=asks_of_own_results)
    own_results()
    said = capsys.readouterr().out
    assert "alignments and probes of this machine, 0 of them scores" in said
    assert "seeds/benchmarks.csv: alignment.lab.behaviour." in said.replace("\n", "")
    with db.connect() as con:
        mine = "from fct_alignment where snapshot_id = 'own' and stimulus_set_id = 'lab'"
        n_metrics = con.execute(f"select count(distinct metric), count(benchmark_id) {mine}")
        assert n_metrics.fetchall() == [(5, 0)]
        models = con.execute(f"select distinct model_id {mine} order by 1").fetchall()
        assert models == [("compute:random:test_resnet:0",), ("compute:random:test_vit:0",)]
        n = con.execute("select count(*), count(distinct model_id) from fct_embeddings").fetchall()
        assert n == [(2 * lab.n, 2)]
        assert con.execute("from fct_scores where snapshot_id = 'own'").fetchall() == []
        asked = "select licence, is_redistributable from dim_sources where source_id = 'own'"
        assert con.execute(asked).fetchall() == [("private", False)]
    assert aw("query", f"select count(*) as n {mine}", "--format", "csv").split()[-1] == "12"

    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(settings.ROOT / "app.py"), default_timeout=120)
    app.query_params["stimuli"] = "lab"
    app.run()
    for page in ("geometry", "sources"):
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, app.exception
        if page == "geometry":
            shown = " ".join(element.value for element in [*app.markdown, *app.caption])
            assert "Of 2 untrained networks" in shown and f"{lab.n} images" in shown
            app.query_params["tab"] = "few-shot-probes"
            shown = " ".join(element.value for element in app.run().markdown)
            assert "Chance is 1 in 2." in shown
