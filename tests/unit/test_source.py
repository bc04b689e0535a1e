"""A new source from a CSV file: what is inferred, what is written, what is refused."""

import csv
import io
import shutil
from dataclasses import replace

import duckdb
import pytest
from rich.console import Console

from ingest import Explained, settings
from ingest.load import load
from ingest.locate import locate_source
from ingest.registry import load_registry
from warehouse.dbt_process import Dbt
from warehouse.source import About, SourceRefused, data_type, new_source

CSV = "network,kind,click accuracy,rank\nresnet50,cnn,0.25,1\nvit_b,vit,nan,2\n"
ABOUT = About(
    source_id="clicks",
    title="Clicks: where people looked",
    url="https://raw.githubusercontent.com/lab/clicks/0a1b2c/Clicks.csv",
    commit="",
    licence="none stated",
    citation="fel2022",
    date="2026-01-02",
    namespace="timm",
    modality="behavioural",
    metric_type="saliency",
    species="human",
    acquisition="behaviour",
    direction="higher",
    unit="correlation",
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the dbt project beside an empty data folder, and the published file in it."""
    copy = tmp_path / "dbt_project"
    shutil.copytree(settings.DBT_PROJECT, copy, ignore=shutil.ignore_patterns("target", "build"))
    monkeypatch.setattr(settings, "DBT_PROJECT", copy)
    monkeypatch.setattr(settings, "STAGING", copy / "models" / "staging")
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    monkeypatch.setattr(settings, "BUILD", tmp_path / "build")
    monkeypatch.setattr(settings, "MIRROR", None)
    path = tmp_path / "data" / "clicks" / "Clicks.csv"
    path.parent.mkdir(parents=True)
    path.write_text(CSV)
    return path


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "22", "-3"], ("bigint", [])),
        (["1", "X", ""], ("bigint", ["", "X"])),
        (["1.5", "nan", "1e-3"], ("double", ["nan"])),
        (["1", "cnn"], ("varchar", [])),
        (["", ""], ("varchar", [])),
        (["1", "99999999999999999999"], ("double", [])),
        *([["1", v], ("varchar", [])] for v in ("inf", "1e400", "1_0", "0x1", "1,5")),
    ],
)
def test_types_and_markers_are_read_from_the_values(values, expected):
    """The narrowest type; text has no markers."""
    assert data_type(values) == expected


def test_a_source_of_scores_is_five_files_and_builds(project, tmp_path):
    """Contract, staging model, benchmarks, snapshot, union: dbt makes a row per cell of them."""
    written = new_source(project, ABOUT, scores=["click accuracy"])
    assert len(written) == 5
    (source,) = (s for s in load_registry().values() if s.source_id == "clicks")
    assert (source.url, source.commit) == ("https://github.com/lab/clicks", "0a1b2c")
    (table,) = source.tables
    assert {c.name: c.data_type for c in table.columns} == {
        "network": "varchar",
        "kind": "varchar",
        "click accuracy": "double",
        "rank": "bigint",
    }
    assert table.missing == ("nan",)
    assert source.files[0].path == "clicks/Clicks.csv"
    warehouse = tmp_path / "w.duckdb"
    with duckdb.connect(warehouse) as con:
        load(con, {"clicks": source}, {"clicks": locate_source(source)})
    made = ["stg_ledger__sources", "stg_clicks__clicks"]
    arguments = ["build", "--indirect-selection", "cautious", "--select", *made]
    with Dbt(warehouse, Console(file=io.StringIO())) as dbt:
        dbt(*arguments)
    with duckdb.connect(warehouse) as con:
        rows = con.execute(
            "select snapshot_id, source_model_key, benchmark_id, score, state "
            "from staging.stg_clicks__clicks order by all"
        ).fetchall()
    assert rows == [
        ("clicks_2026", "resnet50", "clicks.click accuracy", 0.25, "scored"),
        ("clicks_2026", "vit_b", "clicks.click accuracy", None, "failed"),
    ]
    with (settings.DBT_PROJECT / "seeds" / "benchmarks.csv").open(newline="") as handle:
        last = list(csv.DictReader(handle))[-1]
    assert (last["benchmark_id"], last["modality"]) == ("clicks.click accuracy", "behavioural")
    assert (last["metric_type"], last["species"]) == ("saliency", "human")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (CSV, {"scores": ["cliks"]}, "no column cliks. It has: network"),
        (CSV, {"model": "name"}, "no column name"),
        (CSV + "resnet50,cnn,1,1\n", {}, "names resnet50 more than once"),
        (CSV + "short,cnn\n", {}, "line 4: 2 cells where the header has 4"),
        ("a,a\n1,2\n", {}, "names a column twice"),
        ("a,b\nx,y\n", {}, "no column holds numbers"),
        ("a,b\n", {}, "at least one row"),
        ("a;b\nx;0,5\n", {}, "parted by semicolons"),
        ("a\tb\nx\t1\n", {}, "parted by tabs"),
        ("a,b,B\nx,1,2\n", {}, "names a column twice"),
        ("a,b\n,1\ny,2\n", {}, "column a is empty in row 1"),
        ("a,b\nx,1\n,\n", {}, "column a is empty in row 2"),
        ("a,b\nx,y\n", {"scores": ["b"]}, "column b holds no numbers"),
        ("a,b\n1,2\n", {"model": "b", "scores": ["b"]}, "column b holds no numbers"),
        *((f'a,"{name}"\nx,1\n', {}, "a brace") for name in ('b""c', "b'c", "b\nc", "{{ 1/0 }}")),
    ],
)
def test_what_cannot_become_a_source_is_refused_and_nothing_is_written(
    project, text, options, message
):
    """The message says what the file has instead."""
    project.write_text(text)
    with pytest.raises(SourceRefused, match=message):
        new_source(project, ABOUT, **options)
    assert not (settings.STAGING / "clicks").exists()


@pytest.mark.parametrize(
    ("about", "message"),
    [({"date": "yesterday"}, "expected a day"), ({"citation": "nobody"}, "no entry for nobody")],
)
def test_what_a_person_says_of_a_source_is_checked(project, about, message):
    with pytest.raises(Explained, match=message):
        new_source(project, replace(ABOUT, **about))
    assert not (settings.STAGING / "clicks").exists()


def test_a_source_is_not_written_twice(project):
    """What a person has reviewed is not lost."""
    new_source(project, ABOUT)
    with pytest.raises(SourceRefused, match="is there already"):
        new_source(project, ABOUT)
