"""What a build makes anew: all that a change reaches, and nothing else."""

import copy
from collections.abc import Collection

import pytest

from ingest import settings
from warehouse import keys, quality


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


NEVER_BUILT = quality.Record({}, {}, [])


def build(manifest, raw, before=NEVER_BUILT, around="around", same=()):
    """Go through a plan; every table that is made comes out as another one but for ``same``.

    Returns
    -------
    waves : list of set
    record : quality.Record
        What the next build finds.
    """
    plan = keys.Plan(manifest, raw, around, before)
    plan.contents |= plan.keys  # a raw table is what its files say
    number, waves = len(before.keys), []
    while wave := plan.wave():
        waves.append(wave)
        tables = [name for name in wave if not name.startswith("test.")]
        plan.contents |= {name: f"{name} {number}" for name in tables}
        plan.contents |= {name: before.contents[name] for name in tables if name in same}
    return waves, quality.Record(plan.keys, plan.contents, [])


@pytest.fixture
def changed_by(tmp_path, monkeypatch):
    """The waves of a build after a change of the manifest, raw keys or a seed."""
    monkeypatch.setattr(settings, "DBT_PROJECT", tmp_path)
    (tmp_path / "seeds").mkdir()
    seed = tmp_path / "seeds" / "s.csv"
    seed.write_text("a\n1\n")

    def changed(change, same: Collection[str] = ()) -> list[set[str]]:
        first, before = build(MANIFEST, RAW)
        assert first == [set(MANIFEST["nodes"])]
        manifest, raw = copy.deepcopy(MANIFEST), dict(RAW)
        around = change(manifest, raw, seed) or "around"
        return build(manifest, raw, before, around, same)[0]

    return changed


BELOW_A = {"model.a", "model.b", "test.b", "test.all"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda m, r, s: r.update(x="other"), BELOW_A),
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
    assert set().union(*changed_by(change)) == expected


@pytest.mark.parametrize(
    ("same", "expected"),
    [
        ((), [{"model.a"}, {"model.b"}, {"test.b", "test.all"}]),
        (("model.b",), [{"model.a"}, {"model.b"}, {"test.all"}]),
        (("model.a",), [{"model.a"}]),
    ],
)
def test_a_change_ends_where_a_table_comes_out_as_it_was(changed_by, same, expected):
    def remark(manifest, raw, seed) -> None:
        manifest["nodes"]["model.a"]["raw_code"] += "-- a remark"

    assert changed_by(remark, same) == expected
