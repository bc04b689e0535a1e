"""What every table is made of, as one key: equal keys, equal tables.

The key of a raw table stands for its contract and the checksums of its files; that of a seed, model
or test for its own code and declaration, the macros, and the content of the tables it reads. A
build makes anew only what has another key than last time. What reads a table is known to be as
before only when that table stands there: so a build goes on in waves (:class:`Plan`), and a change
ends where a table comes out as it was. dbt's own ``state:modified`` compares declarations and does
not know of the files behind a source, of the Python that a model imports, or of contents.
"""

import dataclasses
import hashlib
import json
import sys
from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path

from ingest import settings
from ingest.documents import read_yaml
from ingest.locate import PRESENT, Located, status_of
from ingest.registry import Source
from warehouse.memo import LIBRARIES, code_hash
from warehouse.quality import Record

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
        read_yaml(settings.DBT_PROJECT / name) for name in ("dbt_project.yml", "profiles.yml")
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


class Plan:
    """Which seeds, models and data tests a build has to make, wave by wave.

    Parameters
    ----------
    manifest : mapping
        dbt's ``manifest.json``.
    raw : mapping of str to str
        The keys of raw tables, as :func:`raw_keys` returns them.
    around : str
        As :func:`surroundings` returns it.
    before : quality.Record
        What the build before recorded of the tables that the file at hand was copied with.
    left_out : collection of str
        Tests that are not to be run.

    Attributes
    ----------
    keys : dict of str to str
        By dbt's unique id; whole once :meth:`wave` has returned nothing.
    contents : dict of str to str
        Hashes of the tables that stand, by dbt's unique id. Those of raw tables that were loaded
        anew are given first.
    made : set of str
        The nodes of all waves so far.
    """

    def __init__(
        self,
        manifest: Mapping[str, dict],
        raw: Mapping[str, str],
        around: str,
        before: Record,
        left_out: Collection[str] = (),
    ) -> None:
        sources, nodes = manifest["sources"], manifest["nodes"]
        self.keys = {key: raw[node["identifier"]] for key, node in sources.items()}
        self.contents = {
            name: before.contents[name]
            for name, key in self.keys.items()
            if before.keys.get(name) == key and name in before.contents
        }
        self.made: set[str] = set()
        self._before = before
        ours = {
            macro["name"]: macro["macro_sql"]
            for macro in manifest["macros"].values()
            if macro["package_name"] == manifest["metadata"]["project_name"]
        }
        # generic tests are macros too, which no table depends on
        for_tables = {name: sql for name, sql in ours.items() if not name.startswith("test_")}
        tables = [n for n in nodes if nodes[n]["resource_type"] != "test"]
        self._own, parents = {}, {}
        for name in nodes.keys() - set(left_out):
            node, is_test = nodes[name], nodes[name]["resource_type"] == "test"
            self._own[name] = digest(around, ours if is_test else for_tables, _declared(node))
            read = [p for p in node["depends_on"].get("nodes", []) if p in sources or p in nodes]
            # a test that reads nothing looks into dbt's graph or DuckDB's catalogue
            parents[name] = read or ([*sources, *tables] if is_test else [])
        order = TopologicalSorter(parents).static_order()
        self._parents = {name: sorted(parents[name]) for name in order if name in parents}

    def wave(self) -> set[str]:
        """The nodes to be made now: all that they read stands, or is made in the same wave.

        Empty when all is as it has to be. A node that there was before waits until the contents of
        what it reads are known, and is left as it is if they are the same.
        """
        now: set[str] = set()
        for name, parents in self._parents.items():
            if name in self.keys:
                continue
            if all(p in self.contents for p in parents):
                read = [(p, self.contents[p]) for p in parents]
                self.keys[name] = digest(self._own[name], read)
                if name in self.made:
                    continue
                if self._before.keys.get(name) != self.keys[name]:
                    now.add(name)
                elif name in self._before.contents:
                    self.contents[name] = self._before.contents[name]
            elif name not in self._before.keys and all(
                p in self.contents or p in now for p in parents
            ):
                now.add(name)
        self.made |= now
        return now


def _declared(node: dict) -> list:
    """What a node's own files say that decides its table, its comments or what a test asks."""
    path = settings.DBT_PROJECT / node["original_file_path"]
    code = None
    if node["resource_type"] == "seed":
        code = path.read_text("utf-8")
    elif node.get("language") == "python":
        code = code_hash(path)
    columns = [
        (c["name"], c["description"], c["data_type"], c["constraints"])
        for c in node["columns"].values()
    ]
    config = {k: v for k, v in node["config"].items() if k != "meta"}
    return [{name: node.get(name) for name in DECIDES}, config, columns, code]


def fingerprint(raw: Mapping[str, str], around: str) -> str:
    """Key of everything that a build reads, without dbt: equal means that nothing has changed."""
    models = sorted(settings.DBT_PROJECT.rglob("*.py"))
    files = [
        (path.relative_to(settings.DBT_PROJECT).as_posix(), path.read_bytes().hex())
        for suffix in ("sql", "yml", "csv", "md")
        for path in sorted(settings.DBT_PROJECT.rglob(f"*.{suffix}"))
    ]
    return digest(around, raw, files, [code_hash(path) for path in models])
