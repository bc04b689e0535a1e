"""The record of a build, kept in the file it made: what was made from what, and how it was tested.

dbt knows both, but only after the last table is made, so the schema ``quality`` is written by the
build itself, before publishing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import duckdb
import pandas as pd

from ingest.load import literal

NOT_RUN = "not run"
TABLES = {
    "nodes": (
        "One row per source table, seed, model and exposure of dbt.",
        {
            "node_id": ("varchar not null primary key", "dbt's unique id."),
            "name": ("varchar", "Name of the table, page or export."),
            "layer": ("varchar", "raw, seeds, staging, intermediate, marts or exposures."),
            "language": ("varchar", "sql or python; null for what dbt does not compute."),
            "path": ("varchar", "File in dbt_project that declares or computes it."),
            "description": ("varchar", "As in its YAML; the first sentence is the grain."),
            "key": ("varchar", "Hash of its code and of the contents that it is made from."),
            "content": ("varchar", "Hash of its columns and rows, whatever their order."),
        },
    ),
    "edges": (
        "One row per pair of nodes of which one is read to make the other.",
        {
            "parent_id": ("varchar", "Read."),
            "child_id": ("varchar", "Made from it."),
            "parent": ("varchar", "Name of the parent."),
            "parent_layer": ("varchar", "Layer of the parent."),
            "child": ("varchar", "Name of the child."),
            "child_layer": ("varchar", "Layer of the child."),
        },
    ),
    "test_results": (
        "One row per data test and unit test of dbt, with what was found when it last had to run. "
        "Its seconds are the only thing in this file that two builds of the same sources do not "
        "share.",
        {
            "test_id": ("varchar not null primary key", "dbt's unique id."),
            "test": ("varchar", "Name."),
            "kind": ("varchar", "Generic test (unique_key, holds, …), singular, or unit."),
            "model": ("varchar", "Table it is about; for a singular test, those that it reads."),
            "layer": ("varchar", "Layer of that table; null where a singular test reads several."),
            "column_name": ("varchar", "Column it is about, if one."),
            "asks": ("varchar", "The condition, key or rule that must hold."),
            "status": (
                "varchar",
                "pass, or not run (unit tests run in `aw check`, not in a build); a build with a "
                "failure is never published.",
            ),
            "n_failures": ("bigint", "Rows that break it; null where it was not run."),
            "seconds": ("double", "How long it took."),
            "key": ("varchar", "Hash of what it asks and of the contents that it reads."),
        },
    ),
}
_LAYERS = {"source": "raw", "seed": "seeds", "exposure": "exposures"}


class Record(NamedTuple):
    """What a build recorded of what it made, by dbt's unique id."""

    keys: dict[str, str]
    """Of source tables, seeds, models, and tests that passed."""
    contents: dict[str, str]
    """Of source tables, seeds and models."""
    results: list[dict]
    """Of tests that passed, as dbt reports them."""


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Make the schema with its tables, empty and described."""
    con.execute("drop schema if exists quality cascade")
    con.execute("create schema quality")
    for table, (description, columns) in TABLES.items():
        declared = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
        con.execute(f"create table quality.{table} ({declared})")
        con.execute(f"comment on table quality.{table} is {literal(description)}")
        for name, (_, meaning) in columns.items():
            con.execute(f"comment on column quality.{table}.{name} is {literal(meaning)}")


def record(
    con: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, dict],
    results: Iterable[dict],
    keys: Mapping[str, str],
    contents: Mapping[str, str],
) -> None:
    """Write lineage and test results of a build.

    Parameters
    ----------
    con : DuckDBPyConnection
        The file that was built, open for writing.
    manifest : mapping
        dbt's ``manifest.json`` of that build.
    results : iterable of dict
        As :class:`warehouse.dbt_process.Dbt` returns them, and of earlier runs that still hold.
    keys : mapping of str to str
        What each node is made of, by dbt's unique id (:class:`warehouse.keys.Plan`).
    contents : mapping of str to str
        Hashes of the tables, by dbt's unique id.
    """
    create(con)
    nodes = {n["unique_id"]: n for n in _nodes(manifest)}
    _insert(
        con,
        "nodes",
        [
            (
                node_id,
                *_name_and_layer(node),
                node["language"] if node["resource_type"] == "model" else None,
                node["original_file_path"],
                node["description"],
                keys.get(node_id),
                contents.get(node_id),
            )
            for node_id, node in sorted(nodes.items())
        ],
    )
    _insert(
        con,
        "edges",
        [
            (parent, child, *_name_and_layer(nodes[parent]), *_name_and_layer(node))
            for child, node in sorted(nodes.items())
            for parent in sorted(set(node.get("depends_on", {}).get("nodes", [])))
            if parent in nodes
        ],
    )
    found = {r["unique_id"]: r for r in results}
    tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    tests += manifest.get("unit_tests", {}).values()
    rows = [(*_test(t, nodes, found.get(t["unique_id"])), keys.get(t["unique_id"])) for t in tests]
    _insert(con, "test_results", sorted(rows))


def read(con: duckdb.DuckDBPyConnection) -> Record:
    """What an earlier build recorded."""
    nodes = con.execute(
        "select node_id, key, content from quality.nodes where key is not null"
    ).fetchall()
    tests = con.execute(
        "select test_id, key, n_failures, seconds from quality.test_results where status = 'pass'"
    ).fetchall()
    results = [
        {"unique_id": test_id, "status": "pass", "failures": n, "execution_time": seconds}
        for test_id, _, n, seconds in tests
    ]
    made_of = [(node_id, key) for node_id, key, *_ in [*nodes, *tests]]
    return Record(dict(made_of), {node_id: content for node_id, _, content in nodes}, results)


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    frame = pd.DataFrame(rows, columns=list(TABLES[table][1]))
    con.from_df(frame.astype(object).where(frame.notna(), None)).insert_into(f"quality.{table}")


def _nodes(manifest: Mapping[str, dict]) -> Iterable[dict]:
    yield from manifest["sources"].values()
    yield from (n for n in manifest["nodes"].values() if n["resource_type"] in {"model", "seed"})
    yield from manifest["exposures"].values()


def _name_and_layer(node: dict) -> tuple[str, str]:
    """A raw table goes by the name it has in the file."""
    name = node["identifier"] if node["resource_type"] == "source" else node["name"]
    return name, _LAYERS.get(node["resource_type"]) or node["schema"]


def _test(test: dict, nodes: Mapping[str, dict], result: dict | None) -> tuple:
    about = test.get("attached_node")
    if test["resource_type"] == "unit_test":
        about, kind, asks = test["depends_on"]["nodes"][0], "unit", test["description"] or None
    elif "test_metadata" in test:
        kind, asks = test["test_metadata"]["name"], _asks(test["test_metadata"]["kwargs"])
    else:
        kind, asks = "singular", test["description"] or _first_comment(test["raw_code"])
    read = [about] if about else test["depends_on"]["nodes"]
    tables = [_name_and_layer(nodes[n]) for n in read if n in nodes]
    return (
        test["unique_id"],
        test["name"],
        kind,
        ", ".join(name for name, _ in tables),
        tables[0][1] if len(tables) == 1 else None,
        test.get("column_name"),
        asks,
        result["status"] if result else NOT_RUN,
        result["failures"] if result else None,
        result["execution_time"] if result else None,
    )


def _asks(arguments: Mapping[str, object]) -> str | None:
    """What a generic test is given, without the model and column that stand beside it."""
    given = {k: v for k, v in arguments.items() if k not in {"model", "column_name"}}
    parts = (
        f"{k}: {', '.join(map(str, v)) if isinstance(v, list) else v}" for k, v in given.items()
    )
    return "; ".join(parts) or None


def _first_comment(code: str) -> str | None:
    """The comment that a singular test starts with."""
    lines = []
    for line in code.strip().splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return re.sub(r"\s+", " ", " ".join(lines)) or None
