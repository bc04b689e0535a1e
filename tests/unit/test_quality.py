"""The record that a build keeps of itself."""

import duckdb
import pytest

from warehouse import db, quality


def node(name: str, kind: str = "model", *parents: str, **more: object) -> dict:
    return {
        "unique_id": f"{kind}.p.{name}",
        "resource_type": kind,
        "name": name,
        "schema": "marts",
        "language": "sql",
        "original_file_path": f"{name}.sql",
        "description": f"One row per {name}.",
        "depends_on": {"nodes": list(parents)},
        **more,
    }


def check(name: str, about: list[str], **more: object) -> dict:
    return {
        "unique_id": f"test.p.{name}",
        "resource_type": "test",
        "name": name,
        "description": "",
        "depends_on": {"nodes": about},
        "raw_code": "select 1",
        **more,
    }


MANIFEST = {
    "sources": {"x": node("t", "source", identifier="x__t")},
    "exposures": {"e": node("page", "exposure", "model.p.m")},
    "nodes": {
        "m": node("m", "model", "source.p.t", "macro.p.not_a_table", "seed.p.s"),
        "s": node("s", "seed"),
        "a": check(
            "a",
            ["model.p.m", "seed.p.s"],
            attached_node="model.p.m",
            column_name="c",
            test_metadata={
                "name": "relationships",
                "kwargs": {"to": "ref('s')", "field": "c", "model": "x", "column_name": "c"},
            },
        ),
        "b": check("b", ["model.p.m", "seed.p.s"], raw_code="-- Sums are\n-- kept.\nselect 1"),
        "c": check("c", ["model.p.m"], raw_code="select 1"),
    },
    "unit_tests": {
        "u": {
            "unique_id": "unit_test.p.m.u",
            "resource_type": "unit_test",
            "name": "u",
            "description": "Ties.",
            "depends_on": {"nodes": ["model.p.m"]},
        }
    },
}
RESULTS = [
    {"unique_id": "test.p.a", "status": "pass", "failures": 0, "execution_time": 0.5},
    {"unique_id": "test.p.b", "status": "warn", "failures": 3, "execution_time": 0.25},
    {"unique_id": "model.p.m", "status": "success", "failures": None, "execution_time": 9.0},
]


@pytest.fixture
def recorded(tmp_path):
    path = tmp_path / "w.duckdb"
    with duckdb.connect(path) as con:
        quality.record(
            con, MANIFEST, RESULTS, {"model.p.m": "k", "test.p.a": "l"}, {"model.p.m": "c"}
        )
    return path


def rows(path, sql: str) -> list[tuple]:
    with duckdb.connect(path, read_only=True) as con:
        return con.execute(sql).fetchall()


def test_nodes_have_the_name_of_their_table(recorded):
    assert rows(recorded, "select name, layer, language from quality.nodes order by name") == [
        ("m", "marts", "sql"),
        ("page", "exposures", None),
        ("s", "seeds", None),
        ("x__t", "raw", None),
    ]


def test_edges_join_tables_alone(recorded):
    found = rows(recorded, "select parent, parent_layer, child, child_layer from quality.edges")
    assert sorted(found) == [
        ("m", "marts", "page", "exposures"),
        ("s", "seeds", "m", "marts"),
        ("x__t", "raw", "m", "marts"),
    ]


def test_every_test_has_what_it_asks_and_found(recorded):
    found = rows(
        recorded,
        "select test, kind, model, layer, column_name, asks, status, n_failures, seconds "
        "from quality.test_results order by test",
    )
    assert found == [
        ("a", "relationships", "m", "marts", "c", "to: ref('s'); field: c", "pass", 0, 0.5),
        ("b", "singular", "m, s", None, None, "Sums are kept.", "warn", 3, 0.25),
        ("c", "singular", "m", "marts", None, None, "not run", None, None),
        ("u", "unit", "m", "marts", None, "Ties.", "not run", None, None),
    ]


def test_keys_and_passed_tests_are_read_back(recorded):
    """What warned is to be run again."""
    with duckdb.connect(recorded) as con:
        read = quality.read(con)
    assert read == ({"model.p.m": "k", "test.p.a": "l"}, {"model.p.m": "c"}, [RESULTS[0]])


def test_every_table_and_column_is_described(recorded):
    for kind in ("tables", "columns"):
        sql = f"select count(*), count(comment) from duckdb_{kind}() where schema_name = 'quality'"
        n, described = rows(recorded, sql)[0]
        assert n == described > 0


def test_how_long_a_test_took_does_not_make_two_builds_differ(recorded):
    before = db.content_hashes(recorded)
    with duckdb.connect(recorded) as con:
        con.execute("update quality.test_results set seconds = seconds + 1")
    assert db.content_hashes(recorded) == before
    assert "quality.edges" in before
    with duckdb.connect(recorded) as con:
        con.execute("delete from quality.edges where parent = 's'")
    assert db.content_hashes(recorded) != before
