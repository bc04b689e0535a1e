"""The record that a build keeps of itself, as it stands in the toy."""

import duckdb
import pytest

from tests.fixtures import toy
from warehouse import db, quality


@pytest.fixture
def ask():
    with duckdb.connect(toy.warehouse("toy"), read_only=True) as con:
        yield lambda sql: set(con.execute(sql).fetchall())


def test_nodes_are_the_tables_of_the_file_and_exposures(ask):
    """Under the names that they have in it; edges join nodes alone, from raw to page."""
    tables = "from duckdb_tables() where schema_name <> 'quality'"
    nodes = ask("select name, layer from quality.nodes where layer <> 'exposures'")
    assert nodes == ask(f"select table_name, schema_name {tables}")
    languages = ask("select layer, language from quality.nodes where language is not null")
    assert languages == {(layer, "sql") for layer in ("staging", "intermediate", "marts")} | {
        ("intermediate", "python")
    }
    for end in ("parent", "child"):
        known = f"{end}_id = node_id and {end} = name and {end}_layer = layer"
        assert ask(f"from quality.edges anti join quality.nodes on {known}") == set()
    edges = ask("select parent, parent_layer, child, child_layer from quality.edges")
    raw, staged = (f"{start}timm_results__results_2025_10_30" for start in ("", "stg_"))
    union = ("int_scores_unioned", "intermediate")
    assert {(raw, "raw", staged, "staging"), (staged, "staging", *union)} <= edges
    assert {("cohorts", "seeds", "dim_cohorts", "marts")} <= edges
    assert {("dim_cohorts", "marts", "app_agreement", "exposures")} <= edges


@pytest.mark.parametrize(
    ("which", "kind", "layer", "asks", "status"),
    [
        ("model = 'fct_scores' and column_name = 'snapshot_id' and kind <> 'not_null'",
         "relationships", "marts", "to: ref('dim_snapshots'); field: snapshot_id", "pass"),
        ("model = 'dim_cohorts' and kind = 'unique_key'",
         "unique_key", "marts", "columns: cohort_id", "pass"),
        ("test = 'assert_variance_shares_sum' and model = 'fct_variance_shares'",
         "singular", "marts", "Covariance and Shapley shares of the parts of one whole", "not run"),
        ("test = 'assert_expected_trials' and model like '%, %'",
         "singular", None, "Every folder of trials has the people, models and trials", "not run"),
        ("test = 'a_ceiling_says_what_it_is_a_ceiling_of' and model = 'fct_alignment_ceilings'",
         "unit", "marts", "Only the root of the stepped-up halves holds", "not run"),
    ],
)  # fmt: skip
def test_every_test_has_what_it_asks_and_found(ask, which, kind, layer, asks, status):
    ((*about, said, n_failures, took),) = ask(
        "select kind, layer, status, asks, n_failures, seconds > 0 "
        f"from quality.test_results where {which}"
    )
    assert about == [kind, layer, status] and said.startswith(asks)
    assert (n_failures, took) == ((0, True) if status == "pass" else (None, None))


def test_keys_and_passed_tests_are_read_back(tmp_path):
    """What warned is to be run again; seconds do not make two builds differ, an edge does."""
    path = tmp_path / "w.duckdb"
    with duckdb.connect(path) as con:
        con.execute(f"attach '{toy.warehouse('toy')}' as toy (read_only); create schema quality")
        for table in quality.TABLES:
            con.execute(f"create table quality.{table} as from toy.quality.{table}")

    def changed(sql: str) -> dict:
        with duckdb.connect(path) as con:
            con.execute(sql)
        return db.content_hashes(path)

    warned = "(select min(test_id) from quality.test_results where status = 'pass')"
    before = changed(f"update quality.test_results set status = 'warn' where test_id = {warned}")
    with duckdb.connect(path) as con:
        keys, contents, results = quality.read(con)
        passed, nodes = (
            dict(con.execute(f"select {columns} from quality.{table}").fetchall())
            for columns, table in (
                ("test_id, key", "test_results where status = 'pass'"),
                ("node_id, key", "nodes where key is not null"),
            )
        )
        assert keys == passed | nodes
        assert contents.keys() == nodes.keys() and all(contents.values())
        assert {r["unique_id"] for r in results} == passed.keys()
        assert {(r["status"], r["failures"]) for r in results} == {("pass", 0)}
    assert changed("update quality.test_results set seconds = seconds + 1") == before
    assert changed("delete from quality.edges where parent = 'cohorts'") != before


def test_every_table_and_column_is_described(ask):
    for kind in ("tables", "columns"):
        sql = f"select count(*), count(comment) from duckdb_{kind}() where schema_name = 'quality'"
        ((n, described),) = ask(sql)
        assert n == described > 0
