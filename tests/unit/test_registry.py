"""The source registry is the dbt source YAML: what it must say, and where it says it."""

import copy
import csv

import pytest
import yaml

from ingest import settings
from ingest.documents import DocumentError
from ingest.locate import locate_source
from ingest.registry import load_registry


def test_a_source_is_read_with_its_provenance(tiny):
    """Lists arrive as such; the rest is asked of the ledgers that are filled from it."""
    source = tiny.registry["tiny"]
    assert source.citation_keys == ("one2020", "two2021")
    (table,) = source.tables
    assert table.identifier == "tiny__scores"
    types = {c.name: c.data_type for c in table.columns}
    assert types == {"name": "varchar", "id": "bigint", "score": "double"}
    assert table.missing == ("", "X")


def test_sources_are_sorted_by_id(make_source):
    """The order does not depend on when a source was written."""
    for name in ("zebra", "ant", "mole"):
        source = make_source(source_id=name)
    assert list(source.registry) == ["ant", "mole", "zebra"]


def rewrite(tiny, at=(), without=(), **values) -> None:
    """Write the declaration with a mapping deep in it that lacks some keys and has others."""
    declaration = tiny.declaration()
    entry = declaration
    for key in at:
        entry = entry[key]
    for key in without:
        del entry[key]
    entry |= values
    tiny.write(declaration)


def second_table(tiny) -> dict:
    """The declaration with a table more, on the same file."""
    declaration = tiny.declaration()
    second = copy.deepcopy(declaration["tables"][0])
    declaration["tables"].append(second | {"name": "again", "identifier": "tiny__again"})
    return declaration


def test_a_file_shared_by_two_tables_is_one_file(tiny):
    """Two tables may read one file; it is located and counted once."""
    tiny.write(second_table(tiny))
    source = tiny.registry["tiny"]
    assert (len(source.tables), len(source.files)) == (2, 1)


SOURCE, TABLE = ("config", "meta"), ("tables", 0)
FILE = (*TABLE, *SOURCE, "files", 0)


@pytest.mark.parametrize(
    "path",
    [
        *((key,) for key in ("name", "description", "tables")),
        *((*SOURCE, k) for k in ("title", "url", "commit", "retrieved_on", "licence", "citation")),
        *((*TABLE, key) for key in ("name", "description", "columns")),
        (*TABLE, *SOURCE, "files"),
        *((*FILE, key) for key in ("path", "url", "sha256", "bytes")),
        (*TABLE, "columns", 2, "data_type"),
    ],
    ids=lambda path: "-".join(map(str, path)),
)
def test_a_missing_key_is_named(tiny, path):
    """The message names the file and the key, however deep it stands."""
    rewrite(tiny, path[:-1], path[-1:])
    with pytest.raises(DocumentError, match=rf"{path[-1]}.* is missing") as error:
        _ = tiny.registry
    assert "_tiny__sources.yml" in str(error.value)
    if "columns" in path[:-1]:  # by name, not by number
        assert "source tiny, table scores, column score: " in str(error.value)


@pytest.mark.parametrize(
    ("at", "change", "message"),
    [
        ((), {"licensed": "MIT"}, "licensed is a key that nobody knows"),
        ((*TABLE, *SOURCE), {"reader": "csv"}, "reader is a key that nobody knows"),
        (FILE, {"path": "tiny/scores.xlsx"}, "scores.xlsx: no reader of this kind, only csv"),
        (TABLE, {"identifier": "scores"}, "identifier must be tiny__scores"),
        (TABLE, {"columns": [{"name": "a", "data_type": "float"}]}, "'float' is none of varchar"),
        (FILE, {"sha256": "abc"}, "not 64 hex digits"),
        (FILE, {"sha256": "A" * 64}, "not 64 hex digits"),
        (FILE, {"sha256": ""}, "not 64 hex digits"),
        (FILE, {"path": "/etc/passwd"}, "must stay under data/"),
        (FILE, {"path": "tiny/../../x.csv"}, "must stay under data/"),
        (FILE, {"bytes": "many"}, "bytes: Input should be a valid integer"),
    ],
)
def test_a_wrong_key_or_value_is_refused(tiny, at, change, message):
    """The schema is closed; no path may leave the data folder, no file lacks a checksum."""
    rewrite(tiny, at, **change)
    with pytest.raises(DocumentError, match=message):
        _ = tiny.registry


def test_one_source_declared_in_two_files_is_refused(tiny):
    """A source has one YAML file."""
    other = tiny.staging / "other" / "_other__sources.yml"
    other.parent.mkdir()
    other.write_text(tiny.yaml_path.read_text())
    with pytest.raises(DocumentError, match="declared twice"):
        _ = tiny.registry


def test_the_ledger_is_no_published_source(tiny):
    """What ingest writes itself is in dbt's YAML, and not in the registry."""
    ledger = tiny.staging / "ledger" / "_ledger__sources.yml"
    ledger.parent.mkdir()
    ledger.write_text(
        yaml.safe_dump({"sources": [{"name": "ledger", "config": {"meta": {"is_ledger": True}}}]})
    )
    assert list(tiny.registry) == ["tiny"]


def test_the_contract_hash_changes_with_the_contract_alone(tiny):
    """A type, a name or a missing marker changes it; a description does not."""

    def digest() -> str:
        tiny.write()
        return tiny.registry["tiny"].tables[0].contract_hash

    first = digest()
    tiny.columns[1]["description"] = "Another description."
    assert digest() == first
    tiny.columns[1]["data_type"] = "double"
    second = digest()
    tiny.meta["missing"] = ["", "X", "nan"]
    third = digest()
    tiny.columns[0]["name"] = "title"
    assert len({first, second, third, digest()}) == 4


def test_the_line_of_a_column_is_the_line_it_stands_on(tiny):
    """path:line leads to the column of the right table, and without one to the table's columns."""
    tiny.write(second_table(tiny))
    first, again = tiny.registry["tiny"].tables
    lines = tiny.yaml_path.read_text().splitlines()

    def number(place: str) -> int:
        path, line = place.rsplit(":", 1)
        assert path == str(tiny.yaml_path)
        return int(line)

    assert lines[number(first.yaml_line()) - 1].strip() == "columns:"
    numbers = [number(t.yaml_line("score")) for t in (first, again)]
    assert numbers[0] < numbers[1]
    assert all("name: score," in lines[n - 1] for n in numbers)


def test_a_header_with_words_beside_it_is_the_same_contract(tiny):
    """Names and types in one mapping; a word on a column that is not in it is an error."""
    (plain,) = tiny.registry["tiny"].tables
    declaration = tiny.declaration()
    (table,) = declaration["tables"]
    table["config"]["meta"]["header"] = {c["name"]: c["data_type"] for c in table["columns"]}
    table["columns"] = [{"name": "name", "description": table["columns"][0]["description"]}]
    tiny.write(declaration)
    (short,) = tiny.registry["tiny"].tables
    assert short == plain
    line = int(short.yaml_line("score").rsplit(":", 1)[1])
    assert "score: double" in tiny.yaml_path.read_text().splitlines()[line - 1]
    table["columns"][0]["name"] = "title"
    tiny.write(declaration)
    with pytest.raises(DocumentError, match="column title: data_type is missing"):
        load_registry(tiny.staging, tiny.folder)


HEADER = ("path", "url", "sha256", "bytes")


@pytest.mark.parametrize(
    ("header", "message"),
    [(HEADER, None), (HEADER[::-1], r"list\.csv:1: header"), (None, "is not there")],
)
def test_a_manifest_lists_files(tiny, tmp_path, header, message):
    """A table may name a committed list, of four columns in their order, instead of its files."""
    file = tiny.registry["tiny"].files[0]
    if header:
        with (tmp_path / "list.csv").open("w", newline="") as handle:
            row = [file.path, file.url, file.sha256, file.bytes]
            csv.writer(handle).writerows([header, row])
    rewrite(tiny, (*TABLE, *SOURCE), ["files"], manifest="list.csv")
    if message is None:
        assert tiny.registry["tiny"].files == (file,)
    else:
        with pytest.raises(DocumentError, match=message):
            _ = tiny.registry


def test_files_of_this_machine_are_looked_up_when_they_are_needed(tiny, monkeypatch):
    """There may be none; each has the checksum it has, and the registry itself reads no data."""
    rewrite(tiny, (*TABLE, *SOURCE), ["files"], local_files="shards/*.parquet")
    monkeypatch.setattr(settings, "DATA", tiny.data)
    source = tiny.registry["tiny"]
    assert locate_source(source) == []
    (tiny.data / "shards").mkdir()
    (tiny.data / "shards" / "a.parquet").write_bytes(b"bytes")
    (found,) = locate_source(source)
    assert (found.file.path, found.file.bytes, found.status) == ("shards/a.parquet", 5, "present")
    assert found.file.sha256 == found.found_sha256
    assert source.tables[0].holds(found.file.path)


def test_the_projects_own_registry():
    """Every source is readable, each file stands in one source, and every manifest is used."""
    registry = load_registry()
    assert registry
    owner: dict[str, str] = {}
    for source in registry.values():
        for file in source.files:
            assert owner.setdefault(file.path, source.source_id) == source.source_id, file.path
            assert file.bytes > 0 or source.get
            assert file.url.startswith("https://") or file.path.startswith("results/"), file.url
        for table in source.tables:
            names = [c.name.lower() for c in table.columns]
            assert len(names) == len(set(names)), f"{table.identifier}: columns differ in case only"
    text = "".join(p.read_text() for p in settings.STAGING.glob("*/_*__sources.yml"))
    for path in (settings.ROOT / "ingest" / "manifests").glob("*.csv"):
        assert f"ingest/manifests/{path.name}" in text
