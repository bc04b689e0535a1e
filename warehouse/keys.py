"""What every table is made of, as one key: equal keys, equal tables.

The key of a raw table stands for its contract and the checksums of its files; that of a seed, model
or test for its own code and declaration, the macros, and the keys of what it reads. So a key tells
of every change however far up, and a build makes anew only what has another key than last time.
dbt's own ``state:modified`` compares declarations and does not know of the files behind a source
or of the Python that a model imports.
"""

import dataclasses
import functools
import hashlib
import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import yaml

from ingest import settings
from ingest.locate import PRESENT, Located, status_of
from ingest.registry import Source
from warehouse.memo import LIBRARIES, code_hash

# What dbt says of a node that decides its table, its comments or what a test asks.
DECIDES = (
    *("resource_type", "name", "alias", "schema", "language", "raw_code", "description"),
    *("constraints", "column_name", "test_metadata"),
)
DBT = ("duckdb", "dbt-core", "dbt-duckdb")


def digest(*told: object) -> str:
    """Hash of whatever JSON can write."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def surroundings() -> str:
    """Key of what all tables depend on: code of build and ingest, settings of dbt, versions."""
    project, profiles = (
        yaml.safe_load((settings.DBT_PROJECT / name).read_bytes())
        for name in ("dbt_project.yml", "profiles.yml")
    )
    project["vars"].pop("fields")  # labels and number formats: no table holds them
    return digest(
        code_hash(Path(__file__).with_name("build.py")),
        [project, profiles],
        [sys.version, *((name, version(name)) for name in (*LIBRARIES, *DBT))],
    )


def raw_keys(
    registry: Mapping[str, Source], located: Mapping[str, list[Located]], around: str
) -> dict[str, str]:
    """The key of every raw table and of both ledgers, by the name of the table.

    Parameters
    ----------
    registry, located : mapping
        What may be loaded, and where each file is; as :func:`ingest.load.load` takes them.
    around : str
        As :func:`surroundings` returns it.
    """
    found, ledger = {}, []
    for source in registry.values():
        files = located[source.source_id]
        is_present = status_of(files) == PRESENT
        for table in source.tables:
            contract = {f.name: getattr(table, f.name) for f in dataclasses.fields(table)}
            contract["columns"] = [(c.name, c.data_type) for c in table.columns]
            del contract["yaml_path"], contract["description"], contract["files"]
            own = [item.file for item in files if is_present and table.holds(item.file.path)]
            found[table.identifier] = digest(around, contract, own)
        said = {f.name: getattr(source, f.name) for f in dataclasses.fields(source)}
        del said["tables"]
        ledger.append([said, sorted(item.status for item in files)])
    return found | {"_sources": digest(around, ledger), "_loads": digest(around, found)}


def node_keys(manifest: Mapping[str, dict], raw: Mapping[str, str], around: str) -> dict[str, str]:
    """The key of every source table, seed, model and data test, by dbt's unique id.

    Parameters
    ----------
    manifest : mapping
        dbt's ``manifest.json``.
    raw : mapping of str to str
        As :func:`raw_keys` returns it.
    around : str
        As :func:`surroundings` returns it.
    """
    sources = {key: raw[node["identifier"]] for key, node in manifest["sources"].items()}
    nodes = manifest["nodes"]
    ours = {
        macro["name"]: macro["macro_sql"]
        for macro in manifest["macros"].values()
        if macro["package_name"] == manifest["metadata"]["project_name"]
    }
    # generic tests are macros too, which no table depends on
    for_tables = {name: sql for name, sql in ours.items() if not name.startswith("test_")}

    @functools.cache
    def key(node_id: str) -> str:
        if node_id in sources:
            return sources[node_id]
        node = nodes[node_id]
        is_test = node["resource_type"] == "test"
        parents = [p for p in node["depends_on"].get("nodes", []) if p in sources or p in nodes]
        if is_test and not parents:  # it looks into dbt's graph or DuckDB's catalogue
            parents = [*sources, *(n for n in nodes if nodes[n]["resource_type"] != "test")]
        path = settings.DBT_PROJECT / node["original_file_path"]
        code = None
        if node["resource_type"] == "seed":
            code = path.read_text()
        elif node.get("language") == "python":
            code = code_hash(path)
        own = {name: node.get(name) for name in DECIDES}
        own["config"] = {k: v for k, v in node["config"].items() if k != "meta"}
        own["columns"] = [
            (c["name"], c["description"], c["data_type"], c["constraints"])
            for c in node["columns"].values()
        ]
        macros = ours if is_test else for_tables
        return digest(around, macros, own, code, sorted(map(key, parents)))

    return {node_id: key(node_id) for node_id in (*sources, *nodes)}


def fingerprint(raw: Mapping[str, str], around: str) -> str:
    """Key of everything that a build reads, without dbt: equal means that nothing has changed."""
    models = sorted(settings.DBT_PROJECT.rglob("*.py"))
    files = [
        (path.relative_to(settings.DBT_PROJECT).as_posix(), path.read_bytes().hex())
        for suffix in ("sql", "yml", "csv", "md")
        for path in sorted(settings.DBT_PROJECT.rglob(f"*.{suffix}"))
    ]
    return digest(around, raw, files, [code_hash(path) for path in models])
