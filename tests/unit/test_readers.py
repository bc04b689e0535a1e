"""Published bytes to a table of text: what the readers keep, and what they refuse."""

import csv
import gzip
import io
import json
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compute.measure.shards import JobError, read_whole
from ingest import readers, seal
from ingest.readers import ContractError, read_csv, read_json, read_parquet
from ingest.registry import Column, RawTable, SourceFile
from warehouse.own.text import Refused, cells_of


def contract(
    *names: str, reader: str = "csv", types: tuple[str, ...] | None = None, **more
) -> RawTable:
    """A raw table with these columns, of type varchar where nothing else is said."""
    return RawTable(
        source_id="tiny",
        name="scores",
        identifier="tiny__scores",
        description="Made up.",
        columns=tuple(map(Column, names, types or ("varchar",) * len(names))),
        local_files=f"tiny/*.{reader}",
        yaml_path=Path("tiny.yml"),
        **more,
    )


# CSV


def test_csv_cells_stay_as_they_are_printed():
    """Nothing is parsed, trimmed or turned into null; a header alone is an empty table."""
    read = read_csv(b"a,b\n .50,\n007, X \n", contract("a", "b"), "f.csv")
    assert read.to_pylist() == [{"a": " .50", "b": ""}, {"a": "007", "b": " X "}]
    none = read_csv(b"a,b\n", contract("a", "b"), "f.csv")
    assert none.num_rows == 0
    assert read.schema.types == none.schema.types == [pa.string(), pa.string()]


def test_csv_quotes_hold_commas_quotes_and_line_breaks():
    """A cell may be two lines long; both kinds of line end are read."""
    read = read_csv(b'a,b\r\n"x, ""y""","1\n2"\r\n', contract("a", "b"), "f.csv")
    assert read.to_pylist() == [{"a": 'x, "y"', "b": "1\n2"}]


@pytest.mark.parametrize("keep", [1, 5, -1, -5, None])
def test_damaged_gzip_is_refused(gzipped, keep):
    """A stream without its end, checksum or header, or with a flipped bit; whole, it is read."""
    content = bytearray(gzipped(b"a\n" + b"1\n" * 500))
    assert read_csv(bytes(content), contract("a"), "f.csv.gz").num_rows == 500
    if keep is None:
        content[len(content) // 2] ^= 1
    for read, reader in ((read_csv, "csv"), (read_json, "json")):
        with pytest.raises(ContractError, match="damaged or cut short"):
            read(bytes(content[:keep]), contract("a", reader=reader), f"f.{reader}.gz")


@pytest.mark.parametrize(
    ("content", "message", "line", "column"),
    [
        (b"", "empty", 1, None),
        (b" \n\n", "empty", 1, None),
        (b"a\n1\n", "lacks 'b'", 1, "b"),
        (b"a,b,c\n1,2,3\n", "has 'c', which the contract does not know", 1, None),
        (b"b,a\n1,2\n", "another order .first difference: 'b' instead of 'a'", 1, "a"),
        (b"a,b,b\n1,2,3\n", "names 'b' twice", 1, None),
        (b"A,b\n1,2\n", "lacks 'a'", 1, "a"),
        (b"a,b\n1,2\n3\n", "1 cells where the header has 2 .is the last line cut", 3, None),
        (b"a,b\n1,2,3\n4,5\n", "3 cells where the header has 2$", 2, None),
        (b'a,b\n"1\n2",3\n4\n', "1 cells where the header has 2", 4, None),
        (b'a,b\n1,"2\n', "not readable as CSV", 2, None),
        (b'a,b\n1,"2"x\n', "not readable as CSV", 2, None),
        (b"a,b\n1,\xff\n", "not UTF-8", 2, None),
        (b"a,b\n\n\n3\n", "1 cells where the header has 2", 4, None),
        (b'a,b\n"1","2"\n\n3\n', "1 cells where the header has 2", 4, None),
        (b"a,b\n1,2\n \n", "1 cells where the header has 2", 3, None),
        (b"a,b\n1,2\n3,\0\n", "a null byte", 3, None),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8", 1, None),
        ("a,b\n1,2\n".encode("utf-16-le"), "a null byte", 1, None),
    ],
)
def test_csv_refusals_tell_the_line(content, message, line, column):
    """Each way a file can miss its contract, with the line an editor shows."""
    with pytest.raises(ContractError, match=message) as refused:
        read_csv(content, contract("a", "b"), "f.csv")
    assert refused.value.line == line
    assert refused.value.column == column


def read_or_refused(content: bytes) -> tuple:
    """The rows of a file, or the words and the line of its refusal."""
    try:
        return (read_csv(content, contract("a", "b"), "f.csv").to_pylist(),)
    except ContractError as error:
        return str(error), error.line


HEADERS = st.sampled_from(["a,b\n", "a,b\r\n", "\ufeffa,b\n", '"a",b\n', "\na,b\n", "a,b", ""])
PARTS = ("1", ",", "\n", "\r\n", "\r", '"', " ", "ü", "\x0b", "\u2028", "\0")


@example("a,b\n", ["1", ",", "2" * 200_000])  # longer than the standard library's first limit
@example("a,b\n", ["1", ",", "\n", "\n", ",", "1"])
@given(HEADERS, st.lists(st.sampled_from(PARTS)))
def test_both_csv_readers_read_the_same(header, body):
    """The quick reader is an optimisation, never another meaning: the same rows or refusal."""
    content = (header + "".join(body)).encode()
    quick = read_or_refused(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "_read_plain_csv", lambda *_: None)
        assert quick == read_or_refused(content)


@pytest.mark.parametrize("quoted", ["1", '"1"'])
def test_an_empty_line_is_no_row(quoted):
    """Within a file or at its end, with quotes somewhere or without."""
    content = f"a,b\n\n{quoted},2\n\r\n3,\n\n\n".encode()
    read = read_csv(content, contract("a", "b"), "f.csv")
    assert read.to_pylist() == [{"a": "1", "b": "2"}, {"a": "3", "b": ""}]


# no surrogates (not UTF-8), and NUL belongs to no text file
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


@given(rows=st.lists(st.tuples(cells, cells, cells), max_size=6))
def test_csv_keeps_every_cell_that_a_writer_can_write(rows):
    """Any text, quoted by the standard library's writer, comes back to the letter."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("a", "b", "c"), *rows])
    read = read_csv(text.getvalue().encode(), contract("a", "b", "c"), "f.csv")
    assert [tuple(r.values()) for r in read.to_pylist()] == rows


# JSON


def test_json_strings_stay_and_the_rest_is_json_text():
    """A string is its text; numbers, objects and lists are JSON; null is null."""
    content = b'[{"a": "x", "b": {"c": [1, 2.50, null]}}, {"a": null, "b": 3}]'
    read = read_json(content, contract("a", "b", reader="json"), "f.json")
    assert read.to_pylist() == [{"a": "x", "b": '{"c":[1,2.5,null]}'}, {"a": None, "b": "3"}]
    assert read.schema.types == [pa.string(), pa.string()]


def test_json_bare_nan_becomes_text():
    """Python writes NaN, which is not JSON; the text says what the file says."""
    read = read_json(b'[{"a": NaN, "b": {"c": NaN}}]', contract("a", "b", reader="json"), "f")
    assert read.to_pylist() == [{"a": "NaN", "b": '{"c":"NaN"}'}]


def test_json_other_keys_are_gathered_under_their_pattern():
    """rest_as takes the undeclared keys as one object, and does not swallow a new kind of key."""
    table = contract("id", "rest", reader="json", rest_as="rest", rest_pattern=r".+_v\d+")
    read = read_json(b'{"x_v1": 1, "id": 7, "y_v12": {"z": 2}}', table, "f.json")
    assert read.to_pylist() == [{"id": "7", "rest": '{"x_v1":1,"y_v12":{"z":2}}'}]
    with pytest.raises(ContractError, match="record 1 has 'colour', which the contract"):
        read_json(b'[{"id": 7, "x_v1": 1, "colour": "red"}]', table, "f.json")


def test_json_dropped_keys_go_at_every_depth():
    """Personal names do not even reach raw."""
    table = contract("id", "rest", reader="json", rest_as="rest", drop_keys=("who",))
    content = json.dumps([{"id": {"who": "Ann", "n": 1}, "who": "Bob", "l": [{"who": "Eve"}]}])
    read = read_json(content.encode(), table, "f.json")
    assert read.to_pylist() == [{"id": '{"n":1}', "rest": '{"l":[{}]}'}]
    assert not any(name in str(read.to_pylist()) for name in ("Ann", "Bob", "Eve"))


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b'[\n{"a": 1},\n{"a" 2}]', "not readable as JSON", 3),
        (b"", "not readable as JSON", 1),
        (b'[{"a": 1}', "not readable as JSON", 1),
        (b'[{"a": 1}, {"b": 2}]', "record 2 lacks 'a'", None),
        (b'[{"a": 1, "b": 2}]', "record 1 has 'b'", None),
        (b"[1]", "record 1 is not a JSON object", None),
        (b'[{"a": "\xff"}]', "not UTF-8", 1),
        (b'[{"a": 1, "a": 2}]', "names 'a' twice", None),
        (b'[{"a": {"b": 1, "b": 1}}]', "names 'b' twice", None),
        (b'[{"a": "\\ud800"}]', "half of a surrogate pair", None),
        (b'[{"a": ' + b"9" * 5000 + b"}]", "a number of 5,000 digits", None),
        (b'[{"a": ' + b"[" * 3000 + b"]" * 3000 + b"}]", "nested too deep", None),
        (b"[" * 100_000, "nested too deep", None),
    ],
)
def test_json_refusals(content, message, line):
    """A file that is cut, lacks a key or has one more, or means different things to readers."""
    with pytest.raises(ContractError, match=message) as refused:
        read_json(content, contract("a", reader="json"), "f.json")
    assert refused.value.line == line


# Parquet


def _parquet(table: pa.Table) -> bytes:
    """As what is computed on this machine is written."""
    sink = io.BytesIO()
    pa.parquet.write_table(seal.sealed(table), sink)
    return sink.getvalue()


def test_parquet_keeps_its_types():
    """Our own measurements are typed already."""
    written = pa.table({"a": pa.array([1.5, None]), "b": pa.array([[1.0], [2.0, 3.0]])})
    table = contract("a", "b", reader="parquet", types=("double", "float[]"))
    assert read_parquet(_parquet(written), table, "f.parquet").equals(written)


@pytest.mark.parametrize(
    ("declared", "values", "message"),
    [
        ("bigint", [7.5], "type double, expected bigint"),
        ("bigint", [True], "type bool, expected bigint"),
        ("bigint", ["7"], "type string, expected bigint"),
        ("double", ["1e400"], "type string, expected double"),
        ("double", [1.0, float("nan")], "has NaN, expected null"),
        ("varchar", [{"x": 1}], "type struct<x: int64>, expected varchar"),
        ("varchar", [b"x"], "type binary, expected varchar"),
        ("boolean", [1], "type int64, expected boolean"),
        ("float[]", [1.0], r"type double, expected float\[\]"),
    ],
)
def test_parquet_of_another_type_is_refused(declared, values, message):
    """What is declared is what the file holds; a cast that succeeds is not enough."""
    table = contract("a", reader="parquet", types=(declared,))
    with pytest.raises(ContractError, match=message) as refused:
        read_parquet(_parquet(pa.table({"a": values})), table, "f.parquet")
    assert refused.value.column == "a"
    none = _parquet(pa.table({"a": pa.nulls(2)}))
    assert read_parquet(none, table, "f.parquet").num_rows == 2


@pytest.mark.parametrize("compression", ["NONE", "zstd"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_parquet_whose_text_is_none_is_refused(dictionary, compression):
    """Arrow, and DuckDB behind it, take what the file calls text without looking."""
    odd = pa.array([b"whole", b"\xe9cole", None]).view(pa.string())
    sink = io.BytesIO()
    how = {"use_dictionary": dictionary, "compression": compression}
    pa.parquet.write_table(pa.table({"a": [1.0, 2.0, 3.0], "b": odd}), sink, **how)
    table = contract("a", "b", reader="parquet", types=("double", "varchar"))
    published = SourceFile("f.parquet", "https://x", "0" * 64, 1)
    table = replace(table, local_files=None, files=(published,))
    with pytest.raises(ContractError, match=r"'b' has text that is not UTF-8") as refused:
        read_parquet(sink.getvalue(), table, "f.parquet")
    assert refused.value.column == "b"


def test_parquet_whose_name_of_a_column_is_none_is_refused(tmp_path):
    """Published, or computed here."""
    content = _parquet(pa.table({"été": [1.0]})).replace("été".encode(), b"\xe9t\xe9xx")
    with pytest.raises(ContractError, match="not readable as Parquet"):
        read_parquet(content, contract("a", reader="parquet", types=("double",)), "f.parquet")
    (tmp_path / "f.parquet").write_bytes(content)
    with pytest.raises(JobError, match=r"f\.parquet: damaged .* aw compute embed"):
        read_whole(tmp_path / "f.parquet", "embed")


@pytest.mark.parametrize("change", ["number", "row", "name", "recipe", "no checksum"])
def test_what_was_computed_here_is_what_was_written(change):
    """Nobody else has its checksum: it stands in the file, and covers rows, names and recipe."""
    table = pa.table({"a": [1.5, 2.0], "b": [[1.0], [2.0, 3.0]]})
    table = seal.sealed(table.replace_schema_metadata({"recipe": "x"}))
    told, names = dict(table.schema.metadata), ["a", "b"]
    if change == "number":
        table = table.set_column(1, "b", pa.array([[1.0, 2.0], [3.0]]))
    elif change == "row":
        table = table.slice(1)
    elif change == "name":
        names = ["b", "a"]
    else:
        told |= {b"recipe": b"y"}
    if change == "no checksum":
        del told[seal.KEY]
    sink = io.BytesIO()
    pa.parquet.write_table(table.rename_columns(names).replace_schema_metadata(told), sink)
    asked = contract(*names, reader="parquet", types=("double", "float[]"))
    with pytest.raises(ContractError, match="Delete it, and compute it again: aw compute"):
        read_parquet(sink.getvalue(), asked, "f.parquet")


# Bounds


def test_a_hundred_thousand_names_are_compared_in_a_moment():
    """To count each among the others took as many seconds as a file has hundreds of columns."""
    names = [f"c{i}" for i in range(100_000)]
    start = time.process_time()
    with pytest.raises(ContractError, match="'c99999' twice"):
        text = ",".join(f'"{name}":1' for name in [*names, names[-1]])
        read_json(f"[{{{text}}}]".encode(), contract("a", reader="json"), "f.json")
    with pytest.raises(Refused, match="the column twice"):
        cells_of(f"model,{','.join([*names, 'c7'])}\n".encode(), lambda head: "model" in head)
    with pytest.raises(ContractError, match="names 'a', 'b' twice"):
        read_csv(b"a,b," * 100_000 + b"a\n", contract("a", "b"), "f.csv")
    assert time.process_time() - start < 20


def _bombs(n_bytes: int) -> dict[str, bytes]:
    """Small files that unpack to this many bytes or more."""
    many = pa.table({"a": pa.array(["x" * (n_bytes // 1000)]).take(pa.array([0] * 1000))})
    return {
        "f.csv.gz": gzip.compress(b"a\n" + b"1" * n_bytes),
        "f.json.gz": gzip.compress(b'[{"a": "' + b"1" * n_bytes + b'"}]'),
        "f.parquet": _parquet(many),
    }


@pytest.mark.parametrize("path", ["f.csv.gz", "f.json.gz", "f.parquet"])
def test_a_file_that_unpacks_without_measure_is_refused(path, monkeypatch):
    """Before the memory is full; a thousandfold of little is fine."""
    monkeypatch.setattr(readers, "SMALLEST_LIMIT", 1 << 20)
    reader = path.split(".")[1]
    read = readers.READ[reader]
    assert read(_bombs(1000)[path], contract("a", reader=reader), path).num_rows in (1, 1000)
    content = _bombs(8 << 20)[path]
    assert len(content) < 100_000
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    with pytest.raises(ContractError, match=r"unpack to more than [\d,]+; divide it"):
        read(content, contract("a", reader=reader), path)
    assert tracemalloc.get_traced_memory()[1] + pa.total_allocated_bytes() - before < 6 << 20
    tracemalloc.stop()


def test_rows_that_are_read_a_few_at_a_time_are_all_there(monkeypatch):
    """With a quote in it a file is read by the slow reader, in parts."""
    monkeypatch.setattr(readers, "ROWS_AT_A_TIME", 3)
    for n in (0, 2, 3, 7):
        content = "a,b\n" + "".join(f'"{i}",{i}\n' for i in range(n))
        read = read_csv(content.encode(), contract("a", "b"), "f.csv")
        assert read.column("a").to_pylist() == [str(i) for i in range(n)]


@pytest.mark.parametrize(
    ("names", "message"),
    [(["a"], "lacks 'b'"), (["a", "b", "c"], "has 'c'"), (["b", "a"], "another order")],
)
def test_parquet_with_other_columns_is_refused(names, message):
    """The contract on names and order is the same as for text."""
    written = pa.table({n: pa.array(["1"]) for n in names})
    with pytest.raises(ContractError, match=message):
        read_parquet(_parquet(written), contract("a", "b", reader="parquet"), "f.parquet")


@pytest.mark.parametrize("keep", [0, 3, -4])
def test_parquet_cut_short_is_refused(keep):
    """A Parquet file ends with its own description."""
    content = _parquet(pa.table({"a": pa.array([1])}))
    with pytest.raises(ContractError, match="not readable as Parquet"):
        read_parquet(content[:keep], contract("a", reader="parquet"), "f.parquet")
