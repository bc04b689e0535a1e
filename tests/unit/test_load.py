"""The raw tables exactly as published, all or nothing: what is loaded, what is refused and how."""

import duckdb
import pytest

from ingest.load import IngestError, LoadReport, load
from ingest.locate import ABSENT, DIFFERS, PRESENT
from tests.conftest import CSV

MORE = {"more.csv": b"name,id,score\nresnet,9,.5\n"}


def loaded(source):
    """Load into a new database in memory."""
    con = duckdb.connect()
    return con, load(con, source.registry, source.located)


def refused(source) -> dict[str, str]:
    """Load what must be refused; the parts of the message by their label."""
    with duckdb.connect() as con, pytest.raises(IngestError) as error:
        load(con, source.registry, source.located)
    first, *rest = str(error.value).splitlines()
    parts = {"problem": first}
    for line in rest:
        label, _, value = line.strip().partition("  ")
        parts[label] = value.strip()
    # every message says whose file it is, where, against which contract, and that all is well
    assert parts["problem"].startswith("source tiny, table scores: ")
    assert parts["file"].startswith(str(source.path))
    path, line = parts["contract"].split(" ")[0].rsplit(":", 1)
    assert path == str(source.yaml_path)
    parts["contract_line"] = source.yaml_path.read_text().splitlines()[int(line) - 1]
    assert "nothing was published; the warehouse is as it was" in str(error.value)
    return parts


# what is loaded


def test_rows_arrive_as_text_with_their_origin(tiny):
    """Every cell as printed, with the file, its load id and the row from 1."""
    con, (report,) = loaded(tiny)
    file = tiny.registry["tiny"].files[0]
    assert con.execute("select * from raw.tiny__scores order by _row").fetchall() == [
        ("alexnet", "7", ".25", file.load_id, "tiny/scores.csv", 1),
        ("vgg16", "8", "X", file.load_id, "tiny/scores.csv", 2),
    ]
    types = con.execute(
        "select column_name, data_type from duckdb_columns() "
        "where table_name = 'tiny__scores' and column_name = 'score'"
    ).fetchall()
    assert types == [("score", "VARCHAR")]
    assert report == LoadReport("tiny", PRESENT, 1, 1, 2)


def test_the_ledgers_say_what_was_loaded(tiny):
    """One row per source, one per file, with checksum, size and contract; no time of loading."""
    con, _ = loaded(tiny)
    file, table = tiny.registry["tiny"].files[0], tiny.registry["tiny"].tables[0]
    said = ("tiny", "Tiny scores", "Scores made up for a test.", "http://127.0.0.1:9/", "0" * 40)
    terms = ("2026-01-01", "CC0-1.0", True, False, "one2020, two2021")
    assert con.execute("select * from raw._sources").fetchall() == [(*said, *terms, True, 1, 1)]
    origin = (file.sha256[:12], "tiny", "tiny__scores", "tiny/scores.csv", file.url)
    content = (file.sha256, len(CSV), 2, table.contract_hash)
    assert con.execute("select * from raw._loads").fetchall() == [(*origin, *content)]


def test_files_of_one_table_are_stacked(make_source):
    """Rows are counted from 1 in each file."""
    source = make_source(extra_files=MORE)
    con, (report,) = loaded(source)
    assert con.execute(
        "select name, _file, _row from raw.tiny__scores order by all"
    ).fetchall() == [
        ("alexnet", "tiny/scores.csv", 1),
        ("resnet", "tiny/more.csv", 1),
        ("vgg16", "tiny/scores.csv", 2),
    ]
    assert (report.n_files, report.n_rows) == (2, 3)


def test_files_read_by_and_by_are_the_same(make_source, monkeypatch):
    """Whether the files of a table are inserted as one or each by itself, the tables are equal."""
    source, found = make_source(extra_files=MORE), []
    for n_bytes in (1, 1 << 30):
        monkeypatch.setattr("ingest.load.BYTES_AT_A_TIME", n_bytes)
        con, reports = loaded(source)
        tables = [con.execute(f"from raw.{t}").fetchall() for t in ("tiny__scores", "_loads")]
        found.append((reports, tables))
    assert found[0] == found[1]
    assert con.execute("select count(*) from raw._loads").fetchall() == [(2,)]


def test_of_files_that_are_checked_together_the_bad_one_is_named(make_source):
    """The second file is at fault, not the first."""
    source = make_source(extra_files={"more.csv": b"name,id,score\nresnet,9,.5\nvgg,two,1\n"})
    with duckdb.connect() as con, pytest.raises(IngestError, match=r"more\.csv, line 3\n") as error:
        load(con, source.registry, source.located)
    assert "column 'id', data row 2: 'two'" in str(error.value)


def test_an_absent_source_makes_empty_tables_and_stops_no_other(make_source):
    """Staging builds on columns without rows; the ledger says that the source is not here."""
    make_source(source_id="absent").path.unlink()
    con, reports = loaded(make_source(source_id="present"))
    assert reports == [
        LoadReport("absent", ABSENT, 1, 0, 0),
        LoadReport("present", PRESENT, 1, 1, 2),
    ]
    for name, n in (("absent", 0), ("present", 2)):
        table = con.execute(f"select * from raw.{name}__scores")
        columns = [d[0] for d in table.description]
        assert columns == ["name", "id", "score", "_load_id", "_file", "_row"]
        assert len(table.fetchall()) == n
    ledger = "select is_present, n_files, n_files_present from raw._sources order by source_id"
    assert con.execute(ledger).fetchall() == [(False, 1, 0), (True, 1, 1)]
    assert con.execute("select source_id from raw._loads").fetchall() == [("present",)]


def test_a_source_that_is_here_in_part_is_skipped_whole(make_source):
    """Half a source would be a wrong one: no row of it is loaded, and the report says so."""
    source = make_source(extra_files=MORE)
    (source.path.parent / "more.csv").unlink()
    con, (report,) = loaded(source)
    assert con.execute("select count(*) from raw.tiny__scores").fetchall() == [(0,)]
    assert con.execute("select is_present, n_files_present from raw._sources").fetchall() == [
        (False, 1)
    ]
    assert report == LoadReport("tiny", "absent in part", 2, 1, 0)


def test_numbers_in_every_printed_form_pass(tiny):
    """The type is that the text can be read as one; the text itself is kept."""
    content = b"name,id,score\na,1,.5\nb,-2,1e-3\nc,003,-0\nd,4,+1.E2\ne,5.0,\nf,6,X\n"
    con, _ = loaded(tiny.register(content))
    assert con.execute("select list(score order by _row) from raw.tiny__scores").fetchall() == [
        ([".5", "1e-3", "-0", "+1.E2", "", "X"],)
    ]


# what is refused


def test_a_corrupted_byte(tiny):
    """The checksum finds what the eye would not; the fix is told."""
    parts = refused(tiny.tamper(CSV.replace(b".25", b".26")))
    assert "the file is not the published one: sha256 " in parts["problem"]
    assert "bytes, expected" not in parts["problem"]  # the size is right
    assert tiny.registry["tiny"].files[0].sha256[:12] in parts["problem"]
    assert "aw fetch tiny" in parts["fix"]


def test_a_corrupted_byte_beats_an_absent_file(make_source):
    """A source that lacks a file is skipped, but not when another one of it is wrong."""
    source = make_source(extra_files={"more.csv": CSV})
    (source.path.parent / "more.csv").unlink()
    source.tamper(CSV + b"x")
    assert {item.status for item in source.located["tiny"]} == {DIFFERS, ABSENT}
    refused(source)


@pytest.mark.parametrize(
    ("rows", "problem", "line", "contract"),
    [
        ("name,id\nalexnet,7\n", "the header lacks 'score'", 1, "name: score"),
        ("name,id,score,x\na,7,.25,1\n", "the header has 'x', which the contract", 1, "columns:"),
        ("name,id,score\na,7,high\n", "row 1: 'high' is not a double", 2, "name: score"),
        ("name,id,score\na,7,no\nb,8,1\nc,9,X no\n", "'no' is not a double (2 such", 2, "score"),
        ("name,id,score\na,seven,1\n", "row 1: 'seven' is not a bigint", 2, "name: id"),
        ("name,id,score\na,X,1\nb,,1\nc,7.5,1\n", "data row 3: '7.5'", 4, "name: id"),
        ('name,id,score\n"a\nb",7,high\n', "column 'score', data row 1: 'high'", 3, "name: score"),
        ("name,id,score\n\na,7,1\n\nb,8,high\n", "data row 2: 'high'", 5, "name: score"),
        ("name,id,score\na,1_000,1\n", "data row 1: '1_000' is not a bigint", 2, "name: id"),
        ("name,id,score\na,0x10,1\n", "data row 1: '0x10' is not a bigint", 2, "name: id"),
        ("name,id,score\na,99999999999999999999,1\n", "is not a bigint", 2, "name: id"),
        ("name,id,score\na,1,1_0.5\n", "data row 1: '1_0.5' is not a double", 2, "name: score"),
        ("name,id,score\na,1,٣\n", "data row 1: '٣' is not a double", 2, "name: score"),
        # DuckDB reads all of these as a number that poisons every average
        ("name,id,score\na,7,inf\n", "data row 1: 'inf' is not a double", 2, "name: score"),
        ("name,id,score\na,7,-Infinity\n", "'-Infinity' is not a double", 2, "name: score"),
        ("name,id,score\na,7,1e400\n", "data row 1: '1e400' is not a double", 2, "name: score"),
        ("name,id,score\na,7,1\nb,8,NaN\n", "data row 2: 'NaN' is not a double", 3, "name: score"),
        ("name,id,score\na,7,nan\n", "data row 1: 'nan' is not a double", 2, "name: score"),
        ("name,id,score\na,7,-nan\n", "data row 1: '-nan' is not a double", 2, "name: score"),
    ],
)
def test_a_file_against_its_contract(tiny, rows, problem, line, contract):
    """The checksum is right, so the publisher changed the format: the place in both is told."""
    parts = refused(tiny.register(rows.encode()))
    assert problem in parts["problem"]
    assert parts["file"] == f"{tiny.path}, line {line}"
    assert contract in parts["contract_line"]


JSON = b'[{"name": "a", "id": null, "score": null}, {"name": "b", "id": 7, "score": "SCORE"}]'
TEXT = b"name,id,score\na,,X\nb,7,SCORE\n"


@pytest.mark.parametrize(
    ("file_name", "text", "place"),
    [
        ("scores.csv", TEXT, ", line 3"),
        ("scores.csv", b"\xef\xbb\xbf" + TEXT, ", line 3"),  # a mark of the byte order
        ("scores.csv.gz", TEXT, ", line 3"),
        ("scores.json", JSON, ""),
    ],
    ids=["csv", "mark", "gzip", "json"],
)
@pytest.mark.parametrize("is_published", [True, False])
def test_text_in_a_number_is_found_in_every_format(
    make_source, gzipped, file_name, text, place, is_published
):
    """Whether the publisher's or not; what is missing and NaN that the contract names are fine."""
    good, bad = (text.replace(b"SCORE", word) for word in (b"NaN", b"high"))
    if file_name.endswith("gz"):
        good, bad = gzipped(good), gzipped(bad)
    markers = {"missing": ["", "X", "NaN"]}
    source = make_source(file_name=file_name, content=good, meta=markers)
    con, _ = loaded(source)
    assert con.execute("select name, id from raw.tiny__scores where _row = 2").fetchall() == [
        ("b", "7")
    ]
    parts = refused((source.register if is_published else source.tamper)(bad))
    assert "column 'score', data row 2: 'high' is not a double" in parts["problem"]
    assert ("the file is not the published one" in parts["problem"]) != is_published
    assert parts["file"] == f"{source.path}{place if is_published else ''}"


def test_what_is_loaded_is_what_was_checked(tiny):
    """A file that is exchanged between its check and its reading is refused."""
    located = tiny.located
    tiny.path.write_bytes(CSV.replace(b".25", b".26"))
    with duckdb.connect() as con, pytest.raises(IngestError, match="changed while it was read"):
        load(con, tiny.registry, located)


def test_a_differing_file_is_looked_into(tiny):
    """When the wrong file shows what changed, the message says that as well."""
    parts = refused(tiny.tamper(b"name,id\nalexnet,7\n"))
    assert "the file is not the published one" in parts["problem"]
    assert f"18 bytes, expected {len(CSV)}" in parts["problem"]
    assert "the header lacks 'score'" in parts["problem"]
    assert parts["file"] == f"{tiny.path}, line 1"


@pytest.mark.parametrize(
    "content",
    [b"", CSV[:-4], CSV + b"more,9,.5\n", b"\xff\xfe\x00", b"name,id,score\na,7,high\n"],
    ids=["emptied", "cut", "longer", "not text", "text in a number"],
)
def test_a_differing_file_never_crashes_the_diagnosis(tiny, content):
    """Whatever the bytes are, the refusal is a message, not a traceback."""
    assert "the file is not the published one" in refused(tiny.tamper(content))["problem"]


def test_odd_names_and_markers_are_quoted(make_source):
    """Column names and markers with quotes in them are names and markers, not SQL."""
    source = make_source(
        content=b'"# it\'s ""a"" name",id\nx,it\'s\n',
        columns=[
            {"name": '# it\'s "a" name', "data_type": "varchar"},
            {"name": "id", "data_type": "bigint"},
        ],
        meta={"missing": ["it's"]},
    )
    con, _ = loaded(source)
    assert con.execute("select id from raw.tiny__scores").fetchall() == [("it's",)]
