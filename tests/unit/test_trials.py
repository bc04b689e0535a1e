"""Files of trials that are not what the registry says: refused with file and line."""

from __future__ import annotations

import duckdb
import pytest

from ingest import readers
from ingest.load import IngestError, load
from ingest.readers import read_csv

HEAD = b"subj,session,trial,rt,object_response,category,condition,imagename\n"
ROWS = (
    b"subject-01,1,1,0.5,dog,cat,0,0001_edg_s01_0_cat_00_cat1.png\n"
    b"subject-01,1,2,NaN,na,dog,0,0002_edg_s01_0_dog_00_dog1.png\n"
)
COLUMNS = [
    {"name": "subj", "data_type": "varchar"},
    {"name": "session", "data_type": "bigint"},
    {"name": "trial", "data_type": "bigint"},
    {"name": "rt", "data_type": "double"},
    {"name": "object_response", "data_type": "varchar"},
    {"name": "category", "data_type": "varchar"},
    {"name": "condition", "data_type": "varchar"},
    {"name": "imagename", "data_type": "varchar"},
]


@pytest.fixture
def trials(make_source):
    """A source of trials with two files; a test changes the second."""

    def make(second: bytes):
        return make_source(
            table="trials",
            file_name="edge_subject-01_session_1.csv",
            content=HEAD + ROWS,
            extra_files={"edge_subject-02_session_1.csv": second},
            columns=COLUMNS,
            meta={"reader": "csv", "missing": ["NaN"]},
        )

    return make


def refusal(source) -> str:
    """Load what must be refused; the message."""
    with duckdb.connect() as con, pytest.raises(IngestError) as error:
        load(con, source.registry, source.located)
    return str(error.value)


def test_many_files_are_one_table(trials):
    """Each row keeps its own file and its row in that file."""
    source = trials(HEAD + ROWS.replace(b"subject-01", b"subject-02"))
    with duckdb.connect() as con:
        (report,) = load(con, source.registry, source.located)
        rows = con.execute("select subj, _file, _row from raw.tiny__trials").fetchall()
        files = con.execute("select file, n_rows from raw._loads").fetchall()
    first, second = "tiny/edge_subject-01_session_1.csv", "tiny/edge_subject-02_session_1.csv"
    assert report.n_rows == 4
    assert rows == [
        ("subject-01", first, 1),
        ("subject-01", first, 2),
        ("subject-02", second, 1),
        ("subject-02", second, 2),
    ]
    assert files == [(first, 2), (second, 2)]


@pytest.mark.parametrize(
    ("second", "problem", "line"),
    [
        (HEAD.replace(b"session", b"Session") + ROWS, "the header lacks 'session'", 1),
        (HEAD + ROWS[:-40], "5 cells where the header has 8 (is the last line cut short?)", 3),
        (HEAD + ROWS.replace(b"1,2,NaN", b"1,two,NaN"), "column 'trial', data row 2: 'two'", 3),
        (HEAD + ROWS.replace(b"0.5", b"fast"), "column 'rt', data row 1: 'fast'", 2),
    ],
    ids=["wrong column", "half a line", "no number", "no time"],
)
def test_a_bad_file_of_trials_is_named_with_its_line(trials, second, problem, line):
    """The second file is at fault, not the first, though both are checked together."""
    message = refusal(trials(second))
    assert problem in message
    assert f"edge_subject-02_session_1.csv, line {line}\n" in message
    assert "nothing was published; the warehouse is as it was" in message


def test_a_half_written_file_is_told_by_its_checksum(trials):
    """A download that stopped: the file is not the registered one."""
    source = trials(HEAD + ROWS)
    (source.path.parent / "edge_subject-02_session_1.csv").write_bytes((HEAD + ROWS)[:-10])
    message = refusal(source)
    assert "the file is not the published one" in message
    assert "edge_subject-02_session_1.csv" in message


@pytest.mark.parametrize(
    "content",
    [
        HEAD + ROWS,
        (HEAD + ROWS).replace(b"\n", b"\r\n"),
        HEAD + ROWS.rstrip(b"\n"),
        HEAD,
        HEAD + "subject-ü,1,1,,,,,\n".encode(),
        HEAD + b'"subject, 1",1,1,,,,,\n',
        HEAD + b" x , ,\t,,,,,a b\n",
    ],
    ids=["plain", "crlf", "no last break", "header alone", "not ascii", "quotes", "blanks"],
)
def test_both_readers_read_the_same(trials, content, monkeypatch):
    """The quick reader is an optimisation, never another meaning."""
    (table,) = trials(HEAD + ROWS).registry["tiny"].tables
    quick = read_csv(content, table, "f.csv")
    monkeypatch.setattr(readers, "_read_plain_csv", lambda *_: None)
    assert quick.equals(read_csv(content, table, "f.csv"))
