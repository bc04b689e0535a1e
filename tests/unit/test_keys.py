"""Keys of tables and tests: they change with all that is above them, and with nothing else."""

import copy

import pytest

from ingest import settings
from warehouse import keys


def node(name: str, kind: str, *parents: str, code: str = "") -> dict:
    return {
        "resource_type": kind,
        "name": name,
        "language": "sql",
        "original_file_path": f"seeds/{name}.csv",
        "raw_code": code,
        "config": {"materialized": "table", "meta": {"figure": 1}},
        "columns": {},
        "depends_on": {"nodes": list(parents)},
    }


MANIFEST = {
    "metadata": {"project_name": "p"},
    "sources": {"source.x": {"identifier": "x"}, "source.y": {"identifier": "y"}},
    "nodes": {
        "seed.s": node("s", "seed"),
        "model.a": node("a", "model", "source.x", "seed.s"),
        "model.b": node("b", "model", "model.a"),
        "model.c": node("c", "model", "source.y"),
        "test.b": node("is_b", "test", "model.b"),
        "test.c": node("is_c", "test", "model.c"),
        "test.all": node("looks_into_the_catalogue", "test"),
    },
    "macros": {
        "1": {"name": "ranked", "package_name": "p", "macro_sql": "1"},
        "2": {"name": "test_holds", "package_name": "p", "macro_sql": "2"},
        "3": {"name": "statement", "package_name": "dbt", "macro_sql": "3"},
    },
}
RAW = {"x": "key of x", "y": "key of y"}


@pytest.fixture
def changed_by(tmp_path, monkeypatch):
    """The nodes whose key is another after a change of the manifest, raw keys or a seed."""
    monkeypatch.setattr(settings, "DBT_PROJECT", tmp_path)
    (tmp_path / "seeds").mkdir()
    seed = tmp_path / "seeds" / "s.csv"
    seed.write_text("a\n1\n")

    def changed(change) -> set[str]:
        before = keys.node_keys(MANIFEST, RAW, "around")
        manifest, raw = copy.deepcopy(MANIFEST), dict(RAW)
        around = change(manifest, raw, seed) or "around"
        after = keys.node_keys(manifest, raw, around)
        return {name for name in before if before[name] != after[name]}

    return changed


BELOW_A = {"model.a", "model.b", "test.b", "test.all"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda m, r, s: r.update(x="other"), {"source.x"} | BELOW_A),
        (lambda m, r, s: s.write_text("a\n2\n") and None, {"seed.s"} | BELOW_A),
        (lambda m, r, s: m["nodes"]["model.a"].update(raw_code="select 2"), BELOW_A),
        (lambda m, r, s: m["nodes"]["model.a"].update(description="One row."), BELOW_A),
        (lambda m, r, s: m["nodes"]["test.c"].update(raw_code="select 2"), {"test.c"}),
        (lambda m, r, s: m["nodes"]["model.a"]["config"].pop("meta") and None, set()),
        (lambda m, r, s: m["macros"]["2"].update(macro_sql="x"), {"test.b", "test.c", "test.all"}),
        (lambda m, r, s: m["macros"]["1"].update(macro_sql="x"), set(MANIFEST["nodes"])),
        (lambda m, r, s: "a newer dbt", set(MANIFEST["nodes"])),
    ],
    ids=["file", "seed", "code", "words", "test", "meta", "macro of tests", "macro", "versions"],
)
def test_a_change_shows_in_all_that_depends_on_it_and_nowhere_else(changed_by, change, expected):
    assert changed_by(change) == expected
