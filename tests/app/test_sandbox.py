"""A visitor's SQL: what must work, what must fail harmlessly, and what must be stopped."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import db, sandbox
from warehouse.sandbox import run_sql


@pytest.fixture
def run(toy_warehouse):
    return lambda sql, **limits: run_sql(sql, path=toy_warehouse, **limits)


@pytest.fixture
def started(monkeypatch) -> list[tuple[subprocess.Popen, dict]]:
    """The processes that are started, with their options."""
    found, popen = [], subprocess.Popen

    def recording(*arguments, **options):
        found.append((popen(*arguments, **options), options))
        return found[-1][0]

    monkeypatch.setattr(sandbox.subprocess, "Popen", recording)
    return found


@pytest.mark.parametrize(
    ("sql", "n_rows"),
    [
        ("select * from dim_models limit 4", 4),
        ("with m as (from dim_models) select count(*) from m", 1),
        ("from dim_models limit 2;", 2),
        ("values (1), (2)", 2),
        ("describe dim_models", None),
        ("show tables", None),
        ("explain select 1", 1),
        ("select name from duckdb_settings()", None),
        ("select [1, 2], {'a': 1}, 1::hugeint, uuid(), now(), interval 1 day, null", 1),
        ("pivot fct_model_rankings on scheme in ('mean_rank') using first(score_rank)", None),
    ],
)
def test_a_question_is_answered(run, sql, n_rows):
    result = run(sql)
    assert result.error is None
    assert not result.is_cut
    assert n_rows is None or result.table.num_rows == n_rows


def test_repeated_column_names_are_numbered(run):
    assert run("select 1 as a, 2 as a, 3 as a_2").table.column_names == ["a", "a_2", "a_2_2"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("interval 1 month", "1 month"),
        ("date '20000-01-01'", "20000-01-01"),
        ("'infinity'::date", "infinity"),
        ("timestamp 'infinity'", "infinity"),
        ("'24:00:00'::time", "24:00:00"),
        ("union_value(a := 1)", "1"),
        ("{'a': interval 1 day}", "{'a': 1 day}"),
    ],
)
def test_what_no_file_can_hold_comes_as_text(run, value, text):
    table = run(f"select {value} as strange, date '2020-01-01' as day, [1, 2] as numbers").table
    assert text in table["strange"][0].as_py()
    assert str(table["day"][0]) == "2020-01-01" and table["numbers"].to_pylist() == [[1, 2]]
    pq.write_table(table, pa.BufferOutputStream())
    assert len(table.to_pandas(timestamp_as_object=True)) == 1


def test_a_long_error_is_cut(run):
    assert len(run("select error(repeat('<', 20000000))").error) < 5_000


def test_rows_beyond_the_limit_are_cut_with_a_notice(run):
    result = run("select * from range(1000000000000)", max_rows=10)
    assert result.is_cut
    assert result.table.column(0).to_pylist() == list(range(10))
    assert not run("select * from range(10)", max_rows=10).is_cut


def test_bytes_beyond_the_limit_are_cut(run):
    result = run("select repeat('x', 100_000) from range(1000)")
    assert result.is_cut
    assert 0 < result.table.num_rows < 1000
    assert result.table.nbytes <= sandbox.MAX_BYTES


HEAVY = [
    "select repeat('x', 400_000_000)",
    "select generate_series(1, 60_000_000)",
    "select format('{:>400000000}', 'a')",
    "select damerau_levenshtein(repeat('a', 50_000), repeat('b', 50_000))",
    "select "
    + ", ".join(f"repeat('x', 100_000) as c{i}" for i in range(500))
    + " from range(2000)",
]
PEAK = """\
import json, resource, sys
from pathlib import Path
from warehouse.sandbox import run_sql
answers = [run_sql(sql, path=Path(sys.argv[1])).error for sql in json.loads(sys.argv[2])]
print(json.dumps([answers, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024]))
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="its kernel knows no limit of memory")
def test_the_process_takes_no_more_memory_than_is_said(toy_warehouse):
    """In all: DuckDB's, and what its functions, Arrow and Python take beside."""
    command = [sys.executable, "-c", PEAK, str(toy_warehouse)]
    told = subprocess.run([*command, json.dumps(["select 1"])], capture_output=True, check=True)
    (before,) = json.loads(told.stdout)[1:]
    told = subprocess.run([*command, json.dumps(HEAVY)], capture_output=True, check=True)
    errors, peak = json.loads(told.stdout)
    assert all("512 MB" in error for error in errors)
    assert peak < before + sandbox.MEMORY


def test_a_row_that_is_too_large_is_said(run):
    assert "One row" in run("select repeat('x', 40_000_000)").error


NOT_ALLOWED = [
    "copy dim_models to '{folder}/out.csv'",
    "attach '{folder}/out.db'",
    "install httpfs",
    "load httpfs",
    "pragma enable_profiling",
    "set enable_external_access = true",
    "reset enable_external_access",
    "call pragma_version()",
    "export database '{folder}/out'",
    "create temp table t as select 1",
    "use seeds",
    "prepare p as select 1",
    "create macro m() as 1",
    "update dim_models set model_id = 'x'",
    "insert into dim_models (model_id) values ('x')",
    "pragma memory_limit = '100GB'",
    "set threads = 64",
    "drop table dim_models",
    "select 1; drop table dim_models",
    "select 1; select 2",
    "",
    "-- nothing",
    "not sql",
    "select * from no_such_table",
]
OUT_OF_REACH = [
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/proc/self/environ')",
    "select * from glob('/*')",
    "select * from read_parquet('/etc/passwd')",
    "select * from parquet_metadata('/etc/passwd')",
    "select * from query('select * from read_text(''/etc/passwd'')')",
    "select * from query('select 1; drop table dim_models')",
    "select * from query('install httpfs')",
    "select set_config('threads', '9')",
    "select * from 'https://example.org/x.parquet'",
    "select getenv('HOME')",
    "explain analyze copy dim_models to '{folder}/out.csv'",
    "explain analyze create table marts.t as select 1",
]
WHERE_IT_LIES = [
    "select path from duckdb_databases()",
    "select upper(path[3:]) from duckdb_databases",
    "pragma database_list",
    "from pragma_database_list",
    "from query('from duckdb_' || 'databases()')",
    "from query_table('duckdb_databases')",
    "summarize from duckdb_databases()",
    "select path from duckdb_databases(), " + ", ".join(f"dim_models as m{i}" for i in range(40)),
]
TOO_MUCH = [
    "select list(range) from range(1000000000)",
    "select repeat('x', 3000000000)",
    "select * from range(100000000) order by hash(range)",
    "select " + ", ".join(str(i) for i in range(sandbox.MAX_COLUMNS + 1)),
    "select " + ", ".join(str(i) for i in range(1_000_000)),
    "select unnest(map_from_entries([(i::varchar, i) for i in range(1000000)]))::struct",
    "select " + "(" * 20_000 + "1" + ")" * 20_000,
]


@pytest.mark.parametrize("sql", [*NOT_ALLOWED, *OUT_OF_REACH, *TOO_MUCH], ids=lambda s: s[:40])
def test_an_attack_fails_with_a_text(run, tmp_path, sql):
    result = run(sql.format(folder=tmp_path) if "{folder}" in sql else sql)
    assert result.table is None
    assert result.error
    assert "Traceback" not in result.error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sql", WHERE_IT_LIES, ids=lambda s: s[:40])
def test_where_the_file_lies_is_not_told(run, toy_warehouse, sql):
    """Neither as a value, from which a part could be cut, nor in what is said."""
    result = run(sql)
    assert result.table is None
    assert "not allowed here" in result.error and str(toy_warehouse.parent) not in result.error


@pytest.mark.parametrize(
    "sql",
    [
        "select * from enable_profiling(format='query_tree', save_location='{file}')",
        "explain analyze select * from enable_profiling(save_location='{file}')",
        "select * from enable_logging(storage='file', storage_path='{file}')",
        "select * from enable_profiling(format='query_tree')",
    ],
)
def test_functions_with_side_effects_have_none(run, tmp_path, sql):
    victim = tmp_path / "victim.txt"
    victim.write_text("untouched")
    run(sql.format(file=victim))
    assert victim.read_text() == "untouched"
    assert [p.name for p in tmp_path.iterdir()] == ["victim.txt"]
    assert run("select 1 as one").table.to_pylist() == [{"one": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from range(10000000) a, range(10000000) b where a.range + b.range < 0",
        "with recursive t as (select 1 as i union all select i + 1 from t) select count(*) from t",
        "select sum(range) from range(1000000000000)",
    ],
)
def test_a_late_statement_is_killed(run, started, sql):
    result = run(sql, seconds=1)
    assert result.table is None
    assert "longer than 1 s" in result.error
    assert result.seconds < 3
    with pytest.raises(ProcessLookupError):
        os.kill(started[0][0].pid, 0)


def test_long_regular_expressions_end(run):
    assert run("select regexp_matches(repeat('a', 1000000), '(a+)+$')").error is None
    assert run("select regexp_matches('a', repeat('(a|b)*', 20000))").seconds < 10


def test_runaway_queries_do_not_stop_the_app(run, toy_warehouse):
    endless = "select sum(range) from range(1000000000000)"
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(run, endless, seconds=3) for _ in range(2)]
        start = time.perf_counter()
        with db.connect(toy_warehouse) as con:  # what every page does
            assert con.execute("select count(*) > 3 from dim_models").fetchall() == [(True,)]
        assert time.perf_counter() - start < 2
        assert "try again" in run("select 1", seconds=0.2).error
        assert all("longer than 3 s" in r.result().error for r in running)
    assert run("select 1").error is None


def test_the_environment_of_the_app_is_not_handed_down(run, started, monkeypatch):
    monkeypatch.setenv("A_SECRET", "x")
    assert run("select 1").error is None
    assert "A_SECRET" not in started[0][1]["env"]


def test_a_missing_warehouse_is_said(tmp_path):
    assert "make warehouse" in run_sql("select 1", path=tmp_path / "none.duckdb").error
