"""A new source from a CSV file: what is inferred, what is written, what is refused."""

import csv
import errno
import io
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from ingest import Explained, settings
from ingest.load import load
from ingest.locate import locate_source
from ingest.registry import load_registry
from warehouse.build import build
from warehouse.dbt_process import Dbt
from warehouse.source import About, SourceRefused, data_type, new_source
from warehouse.source_check import check_sources, placed, project_of
from warehouse.vocabulary import WordUnknown

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
    alone = project_of(["clicks"], tmp_path / "alone")
    with Dbt(warehouse, Console(file=io.StringIO()), alone) as dbt:
        dbt("build")
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


@contextmanager
def unchanged(project):
    """Of the project and its data nothing is another afterwards, and nothing is left beside it."""

    def state():
        roots = settings.DBT_PROJECT, settings.DATA
        found = [path for root in roots for path in root.rglob("*")]
        return {path: path.is_file() and path.read_bytes() for path in found}

    before = state()
    yield
    assert state() == before


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
        *((f'a,b,"{name}"\nx,1,y\n', {}, "a brace") for name in ("c\nd", "{% if %}")),
    ],
)
def test_what_cannot_become_a_source_is_refused_and_nothing_is_written(
    project, text, options, message
):
    """The message says what the file has instead."""
    project.write_text(text)
    with unchanged(project), pytest.raises(SourceRefused, match=message):
        new_source(project, ABOUT, **options)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        *(({"date": date}, "expected a day, as 2026-11-20")
          for date in ("yesterday", "", "20261120", "2026-W47-5", "2026-11-31", "2026-11-20 ")),
        *(({name: text}, f"--{name} '.*expected some text in one line")
          for name in ("title", "url", "licence")
          for text in ("", " ", "{{ 2*3 }}", "{% x %}", "{# x", "a\nb", "\udcff")),
        ({"commit": "{{ x }}"}, "--commit '.*in one line"),
        ({"citation": ""}, "--citation '': expected some text"),
        *(({"source_id": name}, "up to 40 lower-case letters")
          for name in ("", "a" * 41, "a" * 242, "A", "é")),
        ({"citation": "nobody"}, "no entry for nobody"),
        ({"modality": "behaviour"}, "--modality: .*none of its words. Known: behavioural, "),
        ({"metric_type": "acuracy"}, "--metric-type: .*Known: accuracy, "),
        ({"metric_type": ""}, "metric_type is empty"),
        ({"namespace": "tim"}, "--namespace: 'tim' is nobody's|Known: timm, "),
    ],
)  # fmt: skip
def test_what_a_person_says_of_a_source_is_checked(project, about, message):
    with unchanged(project), pytest.raises(Explained, match=message):
        new_source(project, replace(ABOUT, **about))


@pytest.mark.parametrize("name", ["---", "a" * 61, "\udcff", "x\udcff", "{{ a }}", "a\nb"])
def test_a_file_whose_name_makes_no_table_is_refused(project, tmp_path, name):
    """The registry could not be read any more, or the model not be written."""
    path = project.rename(tmp_path / f"{name}.csv")
    with unchanged(project), pytest.raises(SourceRefused, match="Rename the file"):
        new_source(path, ABOUT)


def test_nothing_is_written_beside_a_registry_that_cannot_be_read(project):
    """The new source could not be checked."""
    swap("_onevision_clickme__sources.yml", "title: ", "titel: ")
    with (
        unchanged(project),
        pytest.raises(Explained, match="source onevision_clickme: title is"),
    ):
        new_source(project, ABOUT)


@pytest.mark.parametrize(("name", "source_id"), [("2024", "clicks"), ("no", "no"), ("1", "null")])
def test_a_name_that_yaml_takes_for_something_else_is_quoted(project, name, source_id):
    """A number, a truth or nothing."""
    path = project.rename(project.with_name(f"{name}.csv"))
    new_source(path, replace(ABOUT, source_id=source_id, namespace="timm"))
    (table,) = load_registry()[source_id].tables
    assert (table.source_id, table.name) == (source_id, name)


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_whatever_fails_nothing_is_written(project, tmp_path, monkeypatch, at, error):
    """At each of the six files: copy, contract, model, two seeds, union."""
    elsewhere = project.rename(tmp_path / "Clicks.csv")
    project.parent.rmdir()
    write, n_begun = Path.open, 0

    def fails(path, mode="r", *arguments, **options):
        nonlocal n_begun
        file = write(path, mode, *arguments, **options)
        if mode in ("w", "a"):
            n_begun += 1
            if n_begun > at:
                file.write("half")
                file.close()
                raise error
        return file

    copy = shutil.copyfile

    def copies(source, target):
        nonlocal n_begun
        n_begun += 1
        copy(source, target)
        if n_begun > at:
            raise error

    monkeypatch.setattr(Path, "open", fails)
    monkeypatch.setattr(shutil, "copyfile", copies)
    with unchanged(project), pytest.raises(type(error)):
        new_source(elsewhere, ABOUT, scores=["rank"])
    monkeypatch.undo()


def test_a_failure_leaves_the_files_of_others(project, tmp_path, monkeypatch):
    """Of data/ only the copy goes."""
    elsewhere = tmp_path / "Other.csv"
    shutil.copyfile(project, elsewhere)
    monkeypatch.setattr(Path, "replace", lambda *_: 1 / 0)
    with unchanged(project), pytest.raises(ZeroDivisionError):
        new_source(elsewhere, ABOUT)
    assert project.is_file()


def test_a_source_is_not_written_twice(project):
    """What a person has reviewed is not lost."""
    new_source(project, ABOUT)
    with pytest.raises(SourceRefused, match="is there already"):
        new_source(project, ABOUT)


def test_a_file_from_elsewhere_is_copied_to_data(project, tmp_path):
    """What was registered is there, without a download."""
    elsewhere = tmp_path / "Downloads" / "Clicks.csv"
    elsewhere.parent.mkdir()
    project.rename(elsewhere)
    new_source(elsewhere, ABOUT)
    assert (settings.DATA / "clicks" / "Clicks.csv").read_text() == CSV


# aw source check


def checks():
    return check_sources(load_registry(), ["clicks"])


def swap(pattern, old, new):
    """Change the one file of the project that fits."""
    (path,) = settings.DBT_PROJECT.rglob(pattern)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


YAML, SQL, UNION = "_clicks__sources.yml", "stg_clicks__clicks.sql", "int_scores_unioned.sql"


@pytest.mark.parametrize(
    ("change", "asked", "message"),
    [
        (("benchmarks.csv", "behavioural,,clicks", "behaviour,,clicks"), "words", "Known: behav"),
        (("snapshots.csv", ",timm,Clicks", ",tim,Clicks"), "namespace", "Known: timm"),
        ((YAML, "name: click accuracy", "name: clicks"), "header and values", "lacks 'clicks'"),
        ((YAML, "accuracy, data_type: double", "accuracy, data_type: bigint"),
         "header and values", "'0.25' is not a bigint"),
        ((YAML, "[nan]", "['-']"), "header and values", "'nan' is not a double"),
        ((YAML, "sha256: ", "sha256: 0000"), None, "sha256 is not 64"),
        ((YAML, "licence: none stated", "licence: '{{ x }}'"), None, "begin of a template"),
        ((YAML, "citation: fel2022", "citation: nobody"), "citation", "no entry for nobody"),
        ((YAML, "n_rows: 4", "n_rows: 5"), "staging", "n_rows 4, is_present"),
        ((SQL, "unpivot source", "unpivot sauce"), "staging", "stg_clicks__clicks"),
        ((SQL, "clicks_2026", "clicks_2062"), "snapshots", "no row 'clicks_2062'"),
        ((UNION, "    'stg_clicks__clicks',\n", ""), "union", "not in int_scores_unioned"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_source_is_found_without_a_build(project, change, asked, message):
    """The first thing that is not right, with what mends it."""
    new_source(project, ABOUT)
    swap(*change)
    if asked is None:  # the registry itself
        with pytest.raises(Explained, match=message):
            list(checks())
        return
    found = checks() if asked != "snapshots" else list(checks())  # once to the end
    wrong = next(check for check in found if check.fix)
    assert wrong.asked == asked
    assert message in wrong.found


def test_a_file_that_is_not_there_or_another_is_found(project):
    """What to run stands beside it."""
    new_source(project, ABOUT)
    project.write_text(CSV + "vgg,cnn,1,3\n")
    assert "not the registered file" in next(checks()).found
    project.unlink()
    assert next(checks()).fix == "aw fetch clicks"


def test_a_sound_source_is_told_how_a_cohort_takes_it_in(project, tmp_path):
    """Nothing is to mend; the lines that are printed make the cohort."""
    new_source(project, ABOUT, scores=["click accuracy"])
    found = list(checks())
    assert [check for check in found if check.fix] == []
    asked = {check.asked: check.found for check in found}
    assert re.match(r"\d tables made, \d tests passed", asked["staging"])
    none, lines = asked["cohorts"].split("\n", 1)
    assert none.startswith("in none")
    subprocess.run(["bash", "-c", lines], cwd=tmp_path, check=True)
    with (settings.DBT_PROJECT / "seeds" / "cohorts.csv").open(newline="") as handle:
        last = list(csv.DictReader(handle))[-1]
    assert (last["cohort_id"], last["snapshot_id"]) == ("clicks", "clicks_2026")
    with (settings.DBT_PROJECT / "seeds" / "benchmark_sets.csv").open(newline="") as handle:
        assert list(csv.reader(handle))[-1] == ["clicks", "clicks.click accuracy"]
    assert {c.asked: c.found for c in checks()}["cohorts"] == "in clicks"


def test_a_build_begins_with_the_words_of_the_seeds(project):
    """Not after the minutes in which dbt comes to the mart; the line and the words are named."""
    swap("benchmarks.csv", ",neural,V1,", ",neuronal,V1,")
    with pytest.raises(WordUnknown, match=r"seeds/benchmarks\.csv:\d+: modality .*Known: neural"):
        build(Console(file=io.StringIO()), registry={"none": None})


@pytest.mark.parametrize(
    ("folder", "condition", "wrong"),
    [
        ("colour", "cr", {}),
        ("color", "cr", {"trial_folders": "lacks model_vs_human color"}),
        ("colour", "grey", {"trial_conditions": "lacks colour grey"}),
        ("eidolon", "1-10-10", {"trial_folders": "lacks model_vs_human eidolon"}),
    ],
)
def test_trials_of_an_unknown_dataset_or_condition_are_found(folder, condition, wrong):
    """The row that a seed lacks is named."""
    with duckdb.connect() as con:
        con.execute("create schema staging")
        con.execute(
            "create table staging.t as select ? as folder, ? as published_condition",
            [folder, condition],
        )
        found = {c.asked: c.found for c in placed(con, "model_vs_human", "t") if c.fix}
    assert found.keys() == wrong.keys()
    assert all(said in found[seed] for seed, said in wrong.items())


def test_what_is_private_is_asked_for_no_place_among_what_was_published(project):
    """To add it to the union would publish it."""
    found = list(check_sources(load_registry(), ["own"]))
    assert not [check for check in found if check.fix]
    assert not [check for check in found if check.asked in ("union", "cohorts")]
