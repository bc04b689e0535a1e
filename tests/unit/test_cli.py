"""The command line, in this process and on small files."""

import csv
import errno
import hashlib
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import click
import duckdb
import pyarrow.parquet
import pytest
import requests
from markdown_it import MarkdownIt

from ingest import settings
from ingest.fetch import Fetcher
from ingest.locate import locate_source, sha256_of
from warehouse import portable
from warehouse.cli.terminal import VISIBLE, Listed

ROWS = [
    {"model": "a", "n": 1, "score": 0.5},
    {"model": "b", "n": 2, "score": None},
    {"model": "c", "n": 3, "score": 0.00012},
]


ALL = "select * from fct_toy order by n"


# aw query


def test_query_prints_a_table(aw):
    """Null is a middle dot; every row is there."""
    result = aw("query", ALL)
    assert result.exit_code == 0, result.output
    for text in ("model", "score", "0.500", "·", "0.00012"):
        assert text in result.stdout


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
        (("none.sql",), "none.sql: No such file"),
        ((ALL, "--format", "parquet"), "--output"),
        ((ALL, "--output", "out.txt"), "a table is for the terminal"),
        ((ALL, "--format", "csv", "--output", "no/out.csv"), "there is no folder no"),
        ((ALL, "--format", "csv", "--output", "/proc/out.csv"), "/proc/out.csv: "),
        ((ALL, "--format", "json", "--output", "/dev/full"), "the disk is full"),
        (("select nope from fct_toy",), "nope"),
        (("select 1", "--database", "none.duckdb"), "make warehouse"),
        (("select 1; select 2",), "One statement at a time"),
        (("select 1; drop table marts.fct_toy",), "One statement at a time"),
        (("",), "There is no statement"),
        (("-- select 1",), "There is no statement"),
        (("-- one line\nselect nope from fct_toy",), "nope"),
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


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_text_goes_to_a_file_unchanged(aw, tmp_path, form):
    """The file holds what the terminal would have shown."""
    path = tmp_path / f"out.{form}"
    result = aw("query", ALL, "--format", form, "--output", path)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert path.read_text() == aw("query", ALL, "--format", form).stdout


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("small.duckdb", "is the warehouse"),
        ("other.duckdb", "is the database that is read"),
        ("q.SQL", "is the file of the SQL"),
        ("a link", "is the file of the SQL"),
    ],
)
def test_an_answer_takes_the_place_of_nothing_that_it_is_made_from(aw, tmp_path, output, says):
    """Nor of the warehouse, whatever is read."""
    sql, other, out = tmp_path / "q.SQL", tmp_path / "other.duckdb", tmp_path / output
    sql.write_text("select 1 as a", encoding="utf-8")
    duckdb.connect(other).close()
    (tmp_path / "a link").symlink_to(sql)
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}
    result = aw("query", sql, "--database", other, "--format", "csv", "--output", out)
    assert result.exit_code == 1 and f"{out}: {says}; name another" in result.stderr
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_query_of_no_rows(aw):
    """Every text format still tells the columns."""
    none = "select * from fct_toy where n > 9"
    assert "model" in aw("query", none).stdout
    assert aw("query", none, "--format", "json").stdout == "[]\n"
    assert "model" in aw("query", none, "--format", "csv").stdout
    assert aw("query", none, "--format", "markdown").stdout.startswith("| model | n | score |")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.sql", b"-- how many\nselect count(*) as total\nfrom fct_toy;\n", None),
        ("Q.SQL", "\ufeffselect 3 as total -- κ".encode(), None),
        ("q.sql", "select 3 as total".encode("utf-16"), "not UTF-8"),
        ("q.sql", "select 3 as total".encode("utf-16-le"), "null byte"),
        ("q.sql", "select 3 as total -- ü".encode("latin-1"), "not UTF-8"),
        (".sql", None, "No such file"),
    ],
)
def test_query_from_a_file(aw, tmp_path, name, content, message):
    """A name that ends in .sql, in any case, is a file of SQL in UTF-8."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = aw("query", tmp_path / name, "--format", "json")
    if message is None:
        assert json.loads(result.stdout) == [{"total": 3}]
    else:
        assert result.exit_code == 1
        assert message in result.stderr and str(tmp_path / name) in result.stderr.replace("\n", "")


def process(small_warehouse, *arguments, **options) -> subprocess.Popen:
    """The command in a process of its own, where no locale and no terminal says UTF-8."""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    return subprocess.Popen(
        [sys.executable, "-m", "warehouse.cli", *map(str, arguments)],
        env=os.environ | ascii_only | {"AW_WAREHOUSE": str(small_warehouse)},
        cwd=settings.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_file_means_the_same_under_every_locale(small_warehouse, tmp_path):
    """UTF-8 is read and written where the system's own letters are others."""
    (tmp_path / "q.sql").write_text("select 'κ' as k, length('κ') as n", encoding="utf-8")
    for form, said in (("csv", '"k","n"\n"κ",1\n'), ("markdown", "| k | n |")):
        out, error = process(
            small_warehouse, "query", tmp_path / "q.sql", "--format", form
        ).communicate(timeout=60)
        assert error == b""
        assert out.decode().startswith(said)


NO_TEXT = os.fsdecode(b"\xff")


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", f"select '{NO_TEXT}'"), ("query", f"{NO_TEXT}.sql"),
        ("query", "select 1", "--database", NO_TEXT), ("export", NO_TEXT), ("fetch", NO_TEXT),
        ("compute", "align", "--stimuli", NO_TEXT),
    ],
)  # fmt: skip
def test_bytes_that_are_no_text_are_refused_in_one_line(small_warehouse, arguments):
    """Names of files may hold them; the message shows them."""
    _, error = process(small_warehouse, *arguments).communicate(timeout=60)
    assert b"Traceback" not in error and b"Error" not in error and error.strip(), error


def test_a_warehouse_whose_name_is_no_text_is_refused_in_one_line(small_warehouse):
    """Also one that is there: DuckDB takes no such name."""
    running = process(small_warehouse.rename(small_warehouse.with_name(NO_TEXT)), "targets")
    _, error = running.communicate(timeout=60)
    assert running.returncode == 1 and error.startswith(b"AW_WAREHOUSE '"), error
    assert error.count(b"\n") == 1 and b"\\udcff': is no text in UTF-8" in error


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_a_closed_pipe_is_silent(small_warehouse, form):
    """As behind head -1."""
    running = process(small_warehouse, "query", "from range(50000)", "--format", form)
    running.stdout.readline()
    running.stdout.close()
    assert running.stderr.read() == b""
    running.wait(60)


def test_a_query_ends_with_ctrl_c(small_warehouse):
    """With the exit code of an interrupt and no traceback."""
    endless = (
        "select count(*) from range(10000000) a, range(10000000) b where a.range + b.range < 0"
    )
    # where the tests run in the background, children are born deaf to it
    running = process(
        small_warehouse,
        *("query", endless),
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        time.sleep(3)
        assert running.poll() is None
        os.killpg(running.pid, signal.SIGINT)
        _, error = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 130
    assert error.strip() in (b"interrupted", b"")


def markdown_rows(text: str) -> list[tuple]:
    """The rows of a Markdown table as a reader shows them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    cells = [
        "".join("\n" if c.content == "<br>" else c.content for c in token.children)
        for token in tokens
        if token.type == "inline"
    ]
    n_columns = sum(token.type == "th_open" for token in tokens)
    names, *rows = [cells[i : i + n_columns] for i in range(0, len(cells), n_columns)]
    return [tuple(zip(names, row, strict=True)) for row in rows]


FORMATS = {
    "json": lambda content: [tuple(row.items()) for row in json.loads(content)],
    "csv": lambda content: [
        tuple(row.items()) for row in csv.DictReader(io.StringIO(content.decode(), newline=""))
    ],
    "parquet": lambda content: [
        tuple(row.items()) for row in pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    ],
    "markdown": lambda content: markdown_rows(content.decode()),
}
"""How a reader of each format takes a file: for each row, its names with its values."""


@pytest.fixture
def answer(aw, tmp_path):
    """The rows of a query, as a reader of the format takes them from the file."""

    def read(sql: str, form: str) -> list[tuple]:
        path = tmp_path / f"out.{form}"
        result = aw("query", sql, "--format", form, "--output", path)
        assert result.exit_code == 0, result.output
        return FORMATS[form](path.read_bytes())

    return read


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        ("parquet", [tuple(row.values()) for row in ROWS]),
        ("csv", [("a", "1", "0.5"), ("b", "2", ""), ("c", "3", "0.00012")]),
        ("markdown", [("a", "1", "0.500"), ("b", "2", "·"), ("c", "3", "0.00012")]),
    ],
)
def test_query_as_a_file(answer, form, rows):
    """Null is null, an empty cell or a middle dot; only what people read is rounded."""
    assert [tuple(value for _, value in row) for row in answer(ALL, form)] == rows


@pytest.mark.parametrize("form", FORMATS)
def test_columns_of_one_name_are_all_there(answer, form):
    """A join of two marts easily has them; each gets a name of its own."""
    (row,) = answer("select 1 as a, 2 as a, 3 as a_2", form)
    assert [(name, int(value)) for name, value in row] == [("a", 1), ("a_2", 2), ("a_2_2", 3)]


UINT128 = str(2**128 - 1)
ODD = {
    "['A', 'B']": ("[A, B]", ["A", "B"], ["A", "B"]),
    "{'k': [1, null]}": ("{'k': [1, NULL]}", {"k": [1, None]}, {"k": [1, None]}),
    "row(1, 'x')": ("(1, x)", {"": 1, "_2": "x"}, "(1, x)"),
    "map {'k': 1}": ("{k=1}", {"k": 1}, [("k", 1)]),
    "interval 1 month": ("1 month", "1 month", "1 month"),
    "[interval 1 day]": ("[1 day]", ["1 day"], "[1 day]"),
    "union_value(a := 1)": ("1", {"a": 1}, "1"),
    "'24:00:00'::time": ("24:00:00",) * 3,
    "'00000000-0000-0000-0000-000000000001'::uuid": ("00000000-0000-0000-0000-000000000001",) * 3,
    "'x'::enum ('x', 'y')": ("x",) * 3,
    "'101'::bit": ("101",) * 3,
    "'\\xFF'::blob": ("\\xFF", "\\xFF", b"\xff"),
    "'infinity'::double": ("inf", "Infinity", math.inf),
    "'-infinity'::double": ("-inf", "-Infinity", -math.inf),
    "['-inf'::double]": ("[-inf]", ["-Infinity"], [-math.inf]),
    "(2::hugeint ** 70)::hugeint": (str(2**70), 2**70, 2**70),
    f"{UINT128}::uhugeint": (UINT128, int(UINT128), UINT128),
    "1.50::decimal(9, 2)": ("1.50", 1.5, Decimal("1.5")),
    "timestamptz '2020-01-01 00:00:00+00'": (
        "2020-01-01 00:00:00+00", "2020-01-01 00:00:00+00", datetime(2020, 1, 1, tzinfo=UTC)
    ),
    "date '20000-01-01'": ("20000-01-01", "20000-01-01", None),
    "'[1, 2]'::json": ("[1, 2]", [1, 2], "[1, 2]"),
    "'a' || chr(10) || 'b'": ("a\nb",) * 3,
    "null": ("", None, None),
}  # fmt: skip
"""What DuckDB has and others do not: the same value as CSV, JSON and Parquet."""


@pytest.mark.parametrize("value", ODD)
def test_every_type_is_written_in_every_format(aw, answer, tmp_path, value):
    """As itself where the format has its type, else as DuckDB's text of it; one row stays one."""
    sql = f"select {value} as x, 1 as a"
    as_csv, as_json, as_parquet = ODD[value]
    assert answer(sql, "csv") == [(("x", as_csv), ("a", "1"))]
    assert answer(sql, "json") == [(("x", as_json), ("a", 1))]
    assert [len(row) for row in answer(sql, "markdown")] == [2]
    assert aw("query", sql).exit_code == 0
    if value.startswith("date"):  # a day that Python does not have, and Parquet has
        aw("query", sql, "--format", "parquet", "--output", tmp_path / "day.parquet")
        sql = f"select x::varchar from '{tmp_path}/day.parquet'"
        assert duckdb.sql(sql).fetchall() == [(as_csv,)]
    else:
        assert answer(sql, "parquet") == [(("x", as_parquet), ("a", 1))]


def test_not_a_number_is_null_in_json(aw):
    """JSON has no NaN: what is written can be read by every reader of JSON."""
    sql = "select 'nan'::double as a, ['nan'::float] as b"
    said = aw("query", sql, "--format", "json").stdout
    assert json.loads(said, parse_constant=pytest.fail) == [{"a": None, "b": [None]}]


@pytest.mark.parametrize(
    "text",
    [
        "[/foo]",
        "bit--[sm]-",
        ":smile:",
        "a|b",
        "a\\|b\\",
        "x\ny\r\nz",
        "<b>",
        "\x1b[31mred",
        "a\u2028b",
    ],
)
def test_text_is_data(aw, answer, text):
    """A cell or the name of a column is no markup, no end of a line or row, and no command."""
    sql = f"""select '{text}' as "{text}", 1 as one"""
    table = aw("query", sql).stdout
    assert "\x1b" not in table + aw("query", f"select error('{text}')").output
    assert table.count(text) == 2 or not text.isprintable()
    for form in FORMATS:
        ((name, value), (_, one)) = answer(sql, form)[0]
        shown = text if form != "markdown" else text.replace("\r", "").translate(VISIBLE)
        assert (name, value, int(one)) == (shown, shown, 1)


def test_a_statement_without_rows(aw, tmp_path):
    """It is done and said; a file of its rows cannot be written."""
    copy = f"copy (select 1 as a) to '{tmp_path}/copied.csv'"
    done = aw("query", copy, "--files")
    assert (done.exit_code, done.stdout) == (0, "")
    assert (tmp_path / "copied.csv").read_text(encoding="utf-8") == "a\n1\n"
    assert aw("query", copy, "--files", "--format", "csv").exit_code == 1


def test_a_file_is_read_only_with_files(aw, tmp_path):
    """Without the option the refusal tells about it."""
    (tmp_path / "own.csv").write_text("model,mine\na,7\n")
    sql = f"select mine from fct_toy join read_csv('{tmp_path}/own.csv') using (model)"
    result = aw("query", sql)
    assert result.exit_code == 1
    assert "aw query --files" in result.stderr
    assert json.loads(aw("query", sql, "--files", "--format", "json").stdout) == [{"mine": 7}]


def test_an_answer_is_written_whole_or_not_at_all(aw, small_warehouse, tmp_path, monkeypatch):
    """Not over the database that is read; what stood in the file stays where the disk is full."""
    before = small_warehouse.read_bytes()
    for named in ((), ("--database", small_warehouse)):
        result = aw("query", "select 1", "--format", "csv", "--output", small_warehouse, *named)
        assert result.exit_code == 1 and "name another file" in result.stderr
    assert small_warehouse.read_bytes() == before
    path = tmp_path / "answer.csv"
    path.write_text("old")

    def full(rows, file):
        file.write(b"a")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(portable.FILES, "csv", full)
    result = aw("query", "select 1", "--format", "csv", "--output", path)
    assert result.exit_code == 1
    assert f"{path}: could not be written (the disk is full)" in result.stderr
    assert path.read_text() == "old" and {*tmp_path.glob("answer*")} == {path}


@pytest.mark.parametrize("form", ["csv", "json", "markdown", "parquet"])
def test_a_long_answer_is_never_in_memory_whole(small_warehouse, tmp_path, form):
    """Of 600,000 more rows; as dictionaries they were 480 MB."""
    peaks = []
    for n in (100_000, 700_000):
        sql = f"select i, i + 1 as j, 'x' || i as k from range({n}) t(i)"
        output = str(tmp_path / f"{n}")
        running = process(small_warehouse, "query", sql, "--format", form, "--output", output)
        _, status, used = os.wait4(running.pid, 0)
        assert status == 0, running.stderr.read()
        peaks.append(used.ru_maxrss / 1_024)
    assert Path(output).stat().st_size > 3_000_000 and peaks[1] - peaks[0] < 100


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_an_answer_that_fails_half_way_is_an_error(aw, tmp_path, form):
    """The file that stood there stays."""
    sql = "select (if(i = 999_999, 'x', '1'))::int as a from range(1_000_000) t(i)"
    path = tmp_path / "answer"
    path.write_text("old")
    for where in ((), ("--output", path)):
        result = aw("query", sql, "--format", form, *where)
        assert result.exit_code == 1 and "Could not convert string 'x'" in result.stderr
        assert "Traceback" not in result.stderr
    assert path.read_text() == "old"


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


def test_sources_claims_no_more_than_was_read(one_source, tiny):
    """Present is what the published warehouse read by this contract; the rest is said."""
    (table,) = tiny.registry["tiny"].tables
    with duckdb.connect(settings.WAREHOUSE) as con:
        con.execute("create schema marts")
        con.execute("create schema seeds")
        con.execute(
            "create table marts.dim_files as select 'tiny' as source_id, 2::bigint as n_rows, "
            f"'{table.files[0].load_id}' as load_id, '{table.contract_hash}' as contract_hash"
        )
    assert "not read" not in one_source("sources").stdout.split("Status:")[0]
    tiny.columns[2]["name"] = "points"
    tiny.write()
    assert "present, not read" in one_source("sources").stdout.split("Status:")[0]
    result = one_source("source", "check", "tiny")
    assert result.exit_code == 1
    assert "the header lacks 'points'" in result.stdout
    assert "1 to mend: edit " in result.stderr or "to mend" in result.stderr


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
    assert "All 1 files of 1 sources are here, by their sha256" in result.stdout


def test_fetch_of_an_unknown_source(one_source):
    """The known ones are listed, the nearest first."""
    result = one_source("fetch", "tine", "click_me")
    assert result.exit_code == 1
    assert "no source 'tine'. Known: tiny" in result.stderr
    assert "no source 'click_me'. Known: clickme" in result.stderr


def test_fetch_of_an_unreachable_host(one_source, tiny, monkeypatch):
    """It is said once, with the way out, and nothing is written (the port is closed)."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    tiny.path.unlink()
    result = one_source("fetch", "tiny")
    assert "127.0.0.1:9 cannot be reached" in result.stdout
    assert "AW_MIRROR" in result.stdout
    assert "0 of 1 missing files fetched" in result.stdout
    assert "tiny: 1 of 1 files are missing" in result.stdout
    assert result.exit_code == 1
    assert not tiny.path.exists()


def test_fetch_says_what_it_could_not_get_of_several(one_source, make_source, monkeypatch):
    """What has to be asked for is said beside what is here in part; nothing is called complete."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    source = make_source(extra_files={"more.csv": b"name,id,score\n"})
    (source.path.parent / "more.csv").unlink()
    result = one_source("fetch", "peterson_fruits", "tiny", "digits")
    assert result.exit_code == 1
    for part in ("peterson_fruits cannot be downloaded: ask", "tiny: 1 of 2 files are missing"):
        assert part in result.stdout
    assert "All" not in result.stdout


def test_fetch_says_where_what_was_in_the_way_is_now(one_source, tiny, monkeypatch):
    """In one line; what somebody did to the file is not lost."""
    answer = requests.Response()
    answer.status_code, answer.raw = 200, io.BytesIO(tiny.path.read_bytes())
    monkeypatch.setattr(Fetcher, "_ask", lambda *_: answer)
    aside = tiny.path.with_name(f"{tiny.path.name}.was-{hashlib.sha256(b'mine').hexdigest()[:12]}")
    result = tiny.tamper(b"mine") and one_source("fetch")
    assert f"{tiny.path} was not the registered file; it is {aside.name} now" in result.stdout
    assert result.exit_code == 0 and aside.read_bytes() == b"mine"


def test_what_a_person_has_to_place_is_taken_as_it_is(one_source, tiny):
    """Absent: where and how is said, and a complete set of the others is complete. Placed: used."""
    declaration = tiny.declaration()
    declaration["config"]["meta"]["get"] = "ask the authors"
    declaration["tables"][0]["config"]["meta"]["files"][0] |= {"sha256": "", "bytes": 0}
    tiny.write(declaration)
    assert one_source("sources", "--check").exit_code == 0
    assert "All 1 files" in one_source("fetch", "tiny").stdout
    (located,) = locate_source(tiny.registry["tiny"])
    assert located.file.sha256 == sha256_of(tiny.path) and located.file.bytes > 0
    tiny.path.unlink()
    assert "absent" in one_source("sources").stdout
    assert one_source("sources", "--check").exit_code == 0
    assert one_source("fetch").exit_code == 0
    result = one_source("fetch", "tiny")
    assert result.exit_code == 1 and "ask the authors" in result.stdout


# lists


@pytest.mark.parametrize(
    ("of", "text", "values"),
    [
        (Listed(), "a, b,,b ,", ("a", "b")),
        (Listed(click.IntRange(1)), "1, 5,01", (1, 5)),
        (Listed(click.IntRange(1)), "1,0", None),
        (Listed(click.IntRange(1)), "one", None),
        (Listed(), " ,", None),
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


def test_compiled_code_has_a_place_where_the_installation_is_read_only():
    code = (
        "import os; os.access = lambda *_: False\n"
        "import compute.stats.ranks, numba; print(numba.config.CACHE_DIR)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path(ran.stdout.strip()).stat().st_uid == os.getuid()
