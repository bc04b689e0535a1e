"""The source registry is the dbt source YAML: what it must say, and where it says it."""

from __future__ import annotations

import copy
import csv

import pytest
import yaml

from ingest import settings
from ingest.registry import DATA_TYPES, RegistryError, load_registry, read_manifest


def test_a_source_is_read_with_its_provenance(tiny):
    """Every key of the YAML file arrives."""
    source = tiny.registry["tiny"]
    assert (source.title, source.licence, source.is_redistributable) == (
        "Tiny scores",
        "CC0-1.0",
        True,
    )
    assert source.commit == "0" * 40
    assert source.retrieved_on == "2026-01-01"
    assert source.citation_keys == ("one2020", "two2021")
    (table,) = source.tables
    assert table.identifier == "tiny__scores"
    assert [(c.name, c.data_type) for c in table.columns] == [
        ("name", "varchar"),
        ("id", "bigint"),
        ("score", "double"),
    ]
    assert table.missing == ("", "X")
    (file,) = source.files
    assert file.bytes == len(tiny.content)
    assert file.load_id == file.sha256[:12]


def test_sources_are_sorted_by_id(make_source):
    """The order does not depend on when a source was written."""
    for name in ("zebra", "ant", "mole"):
        source = make_source(source_id=name)
    assert list(source.registry) == ["ant", "mole", "zebra"]


def test_a_file_shared_by_two_tables_is_one_file(tiny):
    """Two tables may read one file; it is located and counted once."""
    declaration = tiny.declaration()
    second = copy.deepcopy(declaration["tables"][0])
    second |= {"name": "again", "identifier": "tiny__again"}
    declaration["tables"].append(second)
    tiny.write(declaration)
    source = tiny.registry["tiny"]
    assert len(source.tables) == 2
    assert len(source.files) == 1


def _without(mapping: dict, *keys: str) -> None:
    for key in keys[:-1]:
        mapping = mapping[key] if isinstance(mapping, dict) else mapping[int(key)]
    del mapping[keys[-1]]


@pytest.mark.parametrize(
    "path",
    [
        ("name",),
        ("description",),
        ("tables",),
        ("config", "meta", "title"),
        ("config", "meta", "url"),
        ("config", "meta", "commit"),
        ("config", "meta", "retrieved_on"),
        ("config", "meta", "licence"),
        ("config", "meta", "citation"),
    ],
    ids="-".join,
)
def test_a_missing_key_of_the_source_is_named(tiny, path):
    """The message names the file and the key."""
    declaration = tiny.declaration()
    _without(declaration, *path)
    tiny.write(declaration)
    with pytest.raises(RegistryError, match=rf"{path[-1]} is missing") as error:
        _ = tiny.registry
    assert "_tiny__sources.yml" in str(error.value)


@pytest.mark.parametrize("key", ["name", "description", "config", "columns"])
def test_a_missing_key_of_a_table_is_named(tiny, key):
    """As for the source."""
    declaration = tiny.declaration()
    _without(declaration, "tables", 0, key)
    tiny.write(declaration)
    with pytest.raises(RegistryError, match=rf"{key} is missing"):
        _ = tiny.registry


@pytest.mark.parametrize("key", ["reader", "files"])
def test_a_missing_key_of_the_table_config_is_named(tiny, key):
    """As for the source."""
    declaration = tiny.declaration()
    _without(declaration, "tables", 0, "config", "meta", key)
    tiny.write(declaration)
    with pytest.raises(RegistryError, match=rf"{key} is missing"):
        _ = tiny.registry


@pytest.mark.parametrize("key", ["path", "url", "sha256", "bytes"])
def test_a_missing_key_of_a_file_is_named(tiny, key):
    """A file without one of its four facts is an error of the registry, not a KeyError."""
    declaration = tiny.declaration()
    _without(declaration, "tables", 0, "config", "meta", "files", 0, key)
    tiny.write(declaration)
    with pytest.raises(RegistryError, match=key):
        _ = tiny.registry


def test_a_column_without_a_type_is_named(tiny):
    """A column without data_type is an error of the registry, not a KeyError."""
    declaration = tiny.declaration()
    del declaration["tables"][0]["columns"][2]["data_type"]
    tiny.write(declaration)
    with pytest.raises(RegistryError, match="data_type"):
        _ = tiny.registry


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"config": {"meta": {"reader": "excel", "files": []}}}, "'excel' is none of csv"),
        ({"identifier": "scores"}, "identifier must be tiny__scores"),
        ({"columns": [{"name": "a", "data_type": "float"}]}, "'float' is none of varchar"),
    ],
)
def test_a_wrong_value_is_refused(tiny, change, message):
    """An unknown reader or type, and an identifier that is not source__table."""
    declaration = tiny.declaration()
    declaration["tables"][0] |= change
    tiny.write(declaration)
    with pytest.raises(RegistryError, match=message):
        _ = tiny.registry


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "abc"}, "not 64 hex digits"),
        ({"sha256": "A" * 64}, "not 64 hex digits"),
        ({"path": "/etc/passwd"}, "must stay under data/"),
        ({"path": "tiny/../../x.csv"}, "must stay under data/"),
    ],
)
def test_a_file_outside_data_or_without_checksum_is_refused(tiny, change, message):
    """No path may leave the data folder."""
    declaration = tiny.declaration()
    declaration["tables"][0]["config"]["meta"]["files"][0] |= change
    tiny.write(declaration)
    with pytest.raises(RegistryError, match=message):
        _ = tiny.registry


def test_one_source_declared_in_two_files_is_refused(tiny):
    """A source has one YAML file."""
    other = tiny.staging / "other" / "_other__sources.yml"
    other.parent.mkdir()
    other.write_text(tiny.yaml_path.read_text())
    with pytest.raises(RegistryError, match="declared twice"):
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
    """path:line leads an editor to the column, and without one to the columns of the table."""
    table = tiny.registry["tiny"].tables[0]
    lines = tiny.yaml_path.read_text().splitlines()

    def at(place: str) -> str:
        path, line = place.rsplit(":", 1)
        assert path == str(tiny.yaml_path)
        return lines[int(line) - 1]

    assert "name: score," in at(table.yaml_line("score"))
    assert at(table.yaml_line()).strip() == "columns:"


def test_the_line_is_that_of_the_right_table(tiny):
    """A column of the same name in an earlier table is not meant."""
    declaration = tiny.declaration()
    second = copy.deepcopy(declaration["tables"][0])
    second |= {"name": "again", "identifier": "tiny__again"}
    declaration["tables"].append(second)
    tiny.write(declaration)
    first, again = tiny.registry["tiny"].tables
    numbers = [int(t.yaml_line("score").rsplit(":", 1)[1]) for t in (first, again)]
    assert numbers[0] < numbers[1]
    assert "name: score," in tiny.yaml_path.read_text().splitlines()[numbers[1] - 1]


def _manifest(path, rows, header=("path", "url", "sha256", "bytes")):
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])
    return path


def test_a_manifest_lists_files(tiny, tmp_path):
    """A table may name a committed list instead of its files."""
    file = tiny.registry["tiny"].files[0]
    _manifest(tmp_path / "list.csv", [(file.path, file.url, file.sha256, file.bytes)])
    declaration = tiny.declaration()
    meta = declaration["tables"][0]["config"]["meta"]
    del meta["files"]
    meta["manifest"] = "list.csv"
    tiny.write(declaration)
    assert tiny.registry["tiny"].files == (file,)


def test_a_manifest_with_another_header_is_refused(tmp_path):
    """The four columns, in their order."""
    path = _manifest(tmp_path / "list.csv", [], header=("url", "path", "sha256", "bytes"))
    with pytest.raises(RegistryError, match=r"list\.csv:1: header"):
        read_manifest(path)


def test_a_manifest_that_is_not_there_is_refused(tmp_path):
    """The message names it."""
    with pytest.raises(RegistryError, match="manifest named by a source YAML file"):
        read_manifest(tmp_path / "none.csv")


def test_the_projects_own_registry():
    """Every source of the project is readable, and each file stands in one source."""
    registry = load_registry()
    assert registry
    owner: dict[str, str] = {}
    for source in registry.values():
        for file in source.files:
            assert owner.setdefault(file.path, source.source_id) == source.source_id, file.path
            assert file.bytes > 0
            ours = file.path.startswith(("results/", "compute/"))
            assert file.url.startswith("https://") or ours, file.url
        for table in source.tables:
            assert table.columns
            assert table.reader == "parquet" or {c.data_type for c in table.columns} <= set(
                DATA_TYPES
            )
            names = [c.name.lower() for c in table.columns]
            assert len(names) == len(set(names)), f"{table.identifier}: columns differ in case only"


def test_every_committed_manifest_is_used():
    """A list of files that no source names is left over."""
    text = "".join(p.read_text() for p in settings.STAGING.glob("*/_*__sources.yml"))
    for path in (settings.ROOT / "ingest" / "manifests").glob("*.csv"):
        assert f"ingest/manifests/{path.name}" in text


def test_local_files_are_what_matches_now(tmp_path, monkeypatch):
    """Files of this machine have the checksum they have; there may be none."""
    from ingest import registry
    from ingest.fetch import locate

    monkeypatch.setattr(registry.settings, "DATA", tmp_path)
    assert registry.local_files("shards/*.parquet") == ()
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "a.parquet").write_bytes(b"bytes")
    (found,) = registry.local_files("shards/*.parquet")
    assert (found.path, found.bytes) == ("shards/a.parquet", 5)
    assert locate(found, tmp_path, tmp_path / "none").status == "present"
