"""The command line, in this process and on small files."""

import csv
import io
import json

import click
import duckdb
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from ingest import settings
from warehouse.cli import main
from warehouse.cli.terminal import Listed

ROWS = [
    {"model": "a", "n": 1, "score": 0.5},
    {"model": "b", "n": 2, "score": None},
    {"model": "c", "n": 3, "score": 0.00012},
]


@pytest.fixture
def aw(small_warehouse, tmp_path, monkeypatch):
    """Run a command with every folder of the settings under tmp_path."""
    monkeypatch.setattr(settings, "WAREHOUSE", small_warehouse)
    for name in ("DATA", "MIRROR", "BUILD", "EXPORTS"):
        monkeypatch.setattr(settings, name, tmp_path / name.lower())
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments])


ALL = "select * from fct_toy order by n"


# aw query


def test_query_prints_a_table(aw):
    """Null is a middle dot; every row is there."""
    result = aw("query", ALL)
    assert result.exit_code == 0, result.output
    for text in ("model", "score", "0.500", "·", "0.00012"):
        assert text in result.stdout


def test_query_as_csv(aw):
    """Null is an empty cell, numbers are whole."""
    result = aw("query", ALL, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(r["model"], int(r["n"]), r["score"] and float(r["score"])) for r in rows] == [
        ("a", 1, 0.5),
        ("b", 2, ""),
        ("c", 3, 0.00012),
    ]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (ALL, ROWS),
        # what JSON has no type for is text, and letters are not escaped
        ("select date '2024-01-01' as d, 'κ' as k", [{"d": "2024-01-01", "k": "κ"}]),
        # DuckDB sums whole numbers as 128-bit ones and literals as decimals: still numbers
        ("select sum(n) as total, 1.5 as x from fct_toy", [{"total": 6, "x": 1.5}]),
    ],
)
def test_query_as_json(aw, sql, rows):
    """Types and nulls stay."""
    said = aw("query", sql, "--format", "json").stdout
    assert json.loads(said) == rows
    assert "\\u" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.sql",), "none.sql: no such file"),
        ((ALL, "--format", "parquet"), "--output"),
        ((ALL, "--output", "out.txt"), "a table is for the terminal"),
        (("select nope from fct_toy",), "nope"),
        (("select 1", "--database", "none.duckdb"), "make warehouse"),
        (("select 1; select 2",), "one statement at a time"),
        (("select 1; drop table marts.fct_toy",), "one statement at a time"),
        (("",), "one statement at a time"),
    ],
)
def test_what_cannot_be_asked_is_a_message(aw, tmp_path, monkeypatch, arguments, message):
    """It says what is wrong or what to add, not where Python was; no file is left."""
    monkeypatch.chdir(tmp_path)
    before = list(tmp_path.iterdir())
    result = aw("query", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr.replace("\n", "")
    assert isinstance(result.exception, SystemExit)
    assert list(tmp_path.iterdir()) == before


def test_query_as_markdown(aw):
    """A table to paste into an issue."""
    head, rule, first, second, _ = aw("query", ALL, "--format", "markdown").stdout.splitlines()
    assert (head, rule) == ("| model | n | score |", "| --- | --- | --- |")
    assert (first, second) == ("| a | 1 | 0.500 |", "| b | 2 | · |")


def test_query_as_parquet(aw, tmp_path):
    """A file, with its types."""
    path = tmp_path / "out.parquet"
    result = aw("query", ALL, "--format", "parquet", "--output", path)
    assert result.exit_code == 0, result.output
    assert pyarrow.parquet.read_table(path).to_pylist() == ROWS


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_text_goes_to_a_file_unchanged(aw, tmp_path, form):
    """The file holds what the terminal would have shown."""
    path = tmp_path / f"out.{form}"
    result = aw("query", ALL, "--format", form, "--output", path)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert path.read_text() == aw("query", ALL, "--format", form).stdout


def test_query_of_no_rows(aw):
    """Every text format still tells the columns."""
    none = "select * from fct_toy where n > 9"
    assert "model" in aw("query", none).stdout
    assert aw("query", none, "--format", "json").stdout == "[]\n"
    assert "model" in aw("query", none, "--format", "csv").stdout
    assert aw("query", none, "--format", "markdown").stdout.startswith("| model | n | score |")


def test_query_from_a_file(aw, tmp_path):
    """A name that ends in .sql is a file of SQL."""
    (tmp_path / "q.sql").write_text("-- how many\nselect count(*) as total\nfrom fct_toy;\n")
    result = aw("query", tmp_path / "q.sql", "--format", "json")
    assert json.loads(result.stdout) == [{"total": 3}]


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_two_columns_of_one_name_are_both_shown(aw, form):
    """A join of two marts easily has them."""
    result = aw("query", "select 'first' as x, 'second' as x", "--format", form)
    assert result.exit_code == 0, result.output
    assert "first" in result.stdout
    assert "second" in result.stdout


def test_a_file_is_read_only_with_files(aw, tmp_path):
    """Without the option the refusal tells about it."""
    (tmp_path / "own.csv").write_text("model,mine\na,7\n")
    sql = f"select mine from fct_toy join read_csv('{tmp_path}/own.csv') using (model)"
    result = aw("query", sql)
    assert result.exit_code == 1
    assert "aw query --files" in result.stderr
    assert json.loads(aw("query", sql, "--files", "--format", "json").stdout) == [{"mine": 7}]


def test_query_of_another_file(aw, tmp_path):
    """A build that failed its tests can be looked into."""
    path = tmp_path / "other.duckdb"
    with duckdb.connect(path) as con:
        con.execute("create schema marts; create schema seeds; create schema audit")
        con.execute("create table audit.failed as select 42 as n")
    result = aw("query", "select n from audit.failed", "--database", path, "--format", "json")
    assert json.loads(result.stdout) == [{"n": 42}]


# aw sources


@pytest.fixture
def one_source(aw, tiny, monkeypatch):
    """The commands with a registry of the tiny source alone, its file under data/."""
    monkeypatch.setattr(settings, "STAGING", tiny.staging)
    monkeypatch.setattr(settings, "DATA", tiny.data)
    monkeypatch.setattr(settings, "WAREHOUSE", tiny.folder / "none.duckdb")
    return aw


def test_sources_check_passes_only_when_all_is_here(one_source, tiny):
    """One line per source; the exit status says whether a build would be complete."""
    result = one_source("sources", "--check")
    assert result.exit_code == 0, result.output
    for text in ("tiny", "present", "CC0-1.0", "one2020"):
        assert text in result.stdout
    tiny.path.unlink()
    result = one_source("sources")
    assert result.exit_code == 0
    assert "absent" in result.stdout
    assert one_source("sources", "--check").exit_code == 1


def test_sources_tells_a_differing_file(one_source, tiny):
    """A wrong file is an error with or without --check."""
    tiny.tamper(b"wrong")
    result = one_source("sources")
    assert result.exit_code == 1
    assert "checksum differs" in result.stdout


def test_sources_says_how_many_files_are_here(one_source, make_source):
    """A source in part is absent; the number tells how far it is."""
    source = make_source(extra_files={"more.csv": b"name,id,score\n"})
    (source.path.parent / "more.csv").unlink()
    assert "absent (1 here)" in one_source("sources").stdout


def test_a_broken_registry_is_a_message(one_source, tiny):
    """The file and the key, not a traceback."""
    declaration = tiny.declaration()
    del declaration["config"]["meta"]["licence"]
    tiny.write(declaration)
    result = one_source("sources")
    assert result.exit_code == 1
    assert "licence is missing" in result.stderr.replace("\n", " ")
    assert isinstance(result.exception, SystemExit)


# aw fetch


def test_fetch_downloads_nothing_that_is_here(one_source):
    """No network is touched when every file is here."""
    result = one_source("fetch")
    assert result.exit_code == 0
    assert "All 1 files of 1 sources are here." in result.stdout


def test_fetch_of_an_unknown_source(one_source):
    """The known ones are listed."""
    result = one_source("fetch", "tine")
    assert result.exit_code == 1
    assert "no source tine. Known: tiny" in result.stderr


def test_fetch_of_an_unreachable_host(one_source, tiny, monkeypatch):
    """It is said once, with the way out, and nothing is written (the port is closed)."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    tiny.path.unlink()
    result = one_source("fetch", "tiny")
    assert "127.0.0.1:9 cannot be reached" in result.stdout
    assert "AW_MIRROR" in result.stdout
    assert "0 of 1 missing files fetched" in result.stdout
    assert not tiny.path.exists()


# lists


@pytest.mark.parametrize(
    ("of", "text", "values"),
    [
        (Listed(), "a, b,,b ,", ("a", "b")),
        (Listed(click.IntRange(1)), "1, 5,01", (1, 5)),
        (Listed(click.IntRange(1)), "1,0", None),
        (Listed(click.IntRange(1)), "one", None),
        (Listed(), " ,", None),
        (Listed(is_path=True), "{here}/a, b", ("{here}/a, b",)),
        (Listed(is_path=True), "x,~/y", ("x", "{here}/y")),
        (Listed(is_path=True), "x,~nobody-of-this-name/y", ("x", "~nobody-of-this-name/y")),
    ],
)
def test_lists_are_taken_as_they_are_typed(tmp_path, monkeypatch, of, text, values):
    """Blanks, empty parts and repeats do not count; a path may hold commas; nothing is no list."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a, b").mkdir()
    text = text.format(here=tmp_path)
    if values is None:
        with pytest.raises(click.BadParameter):
            of.convert(text, None, None)
    else:
        expected = tuple(v.format(here=tmp_path) if isinstance(v, str) else v for v in values)
        assert of.convert(text, None, None) == expected


# the whole


def test_the_version_and_the_help(aw):
    """Both work without a warehouse."""
    assert "version" in aw("--version").stdout
    for command in ("build", "check", "fetch", "query", "sources"):
        assert command in aw("-h").stdout
        assert aw(command, "-h").exit_code == 0
