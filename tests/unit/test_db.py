"""Opening, locking, replacing and comparing the file."""

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from ingest import settings
from warehouse import build, db
from warehouse.sandbox import run_sql


def make(path, version: int):
    """A closed database whose only row says its version."""
    with duckdb.connect(path) as con:
        con.execute("create schema marts")
        con.execute("create schema seeds")
        con.execute(f"create table marts.version as select {version} as version")
    return path


# reading


def test_marts_are_on_the_search_path(small_warehouse):
    """A reader names a mart or a seed without its schema."""
    with db.connect(small_warehouse) as con:
        assert con.execute("select count(*) from fct_toy").fetchall() == [(3,)]
        assert con.execute("select * from cohorts").fetchall() == [("all",)]


@pytest.mark.parametrize(
    "sql",
    [
        "copy fct_toy to '{folder}/out.csv'",
        "copy fct_toy from '{folder}/in.csv'",
        "select * from read_csv('{folder}/in.csv')",
        "select * from '{folder}/in.csv'",
        "select * from read_text('/etc/hostname')",
        "select * from glob('{folder}/*')",
        "select * from read_parquet('{folder}/in.parquet')",
        "attach '{folder}/other.duckdb' as other",
        "attach ':memory:' as scratch",
        "export database '{folder}/out'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "reset lock_configuration",
        "set global threads = 1",
        "set memory_limit = '10GB'",
        "set profiling_output = '/nowhere/profile.json'",
    ],
)
def test_nothing_but_the_warehouse_can_be_reached(small_warehouse, tmp_path, sql):
    """No file is read or written, no database attached, no extension loaded, no setting changed."""
    (tmp_path / "in.csv").write_text("model,n,score\nz,9,.5\n")
    make(tmp_path / "other.duckdb", 1)
    before = sorted(tmp_path.rglob("*"))
    with db.connect(small_warehouse) as con, pytest.raises(duckdb.Error):
        con.execute(sql.format(folder=tmp_path)).fetchall()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "sql", ["delete from fct_toy", "drop table marts.fct_toy", "create table marts.x as select 1"]
)
@pytest.mark.parametrize("files", [False, True])
def test_nobody_writes_to_the_warehouse(small_warehouse, sql, files):
    """Read-only with and without access to other files."""
    with db.connect(small_warehouse, files=files) as con, pytest.raises(duckdb.Error):
        con.execute(sql)


def test_files_may_be_read_and_written_when_asked_for(small_warehouse, tmp_path):
    """With --files a query joins a file of the reader's own."""
    (tmp_path / "own.csv").write_text("model,mine\na,1\n")
    with db.connect(small_warehouse, files=True) as con:
        rows = con.execute(
            f"select mine from fct_toy join read_csv('{tmp_path}/own.csv') using (model)"
        ).fetchall()
        con.execute(f"copy fct_toy to '{tmp_path}/out.csv'")
    assert rows == [(1,)]
    assert (tmp_path / "out.csv").is_file()


def test_a_missing_warehouse_tells_how_to_build_one(tmp_path):
    """Not a stack trace of DuckDB, and no empty file is left."""
    path = tmp_path / "none.duckdb"
    message = r"none\.duckdb\. Build it: make warehouse"
    with pytest.raises(db.WarehouseMissing, match=message), db.connect(path):
        pass
    assert not path.exists()


WRITER = """
import duckdb, os, sys
con = duckdb.connect(sys.argv[1])
con.execute("create table marts.foreign_table as select 1 as x")
print("written", flush=True)
sys.stdin.read()
os._exit(9)  # as if it were killed: nothing is taken into the file
"""


@pytest.fixture
def writer(small_warehouse):
    """Another program that has written into the warehouse and not closed it."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(small_warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "written\n"
    yield process
    process.communicate("")


@pytest.mark.parametrize(
    ("n_bytes", "why"),
    [(0, "not a valid DuckDB"), (5000, "not read enough"), (-1, "the end of the file is missing")],
)
def test_a_broken_copy_is_refused_in_one_line(small_warehouse, n_bytes, why):
    size = small_warehouse.stat().st_size
    os.truncate(small_warehouse, n_bytes if n_bytes >= 0 else size + n_bytes)
    with pytest.raises(db.WarehouseUnreadable) as refused, db.connect(small_warehouse):
        pass
    message = str(refused.value)
    assert why in message and str(small_warehouse) in message and "aw build" in message
    assert "\n" not in message


OTHERS = {
    "x.parquet": "copy (select 1 as a) to '{}'",
    "x.csv": "copy (select 1 as a) to '{}' (format csv)",
    "x.duckdb": "attach '{}' as x; create table x.t as select 1 as a",
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_program_is_no_warehouse(name, tmp_path, monkeypatch):
    """It is refused by name; another database can be asked, and no build replaces it."""
    path = tmp_path / name
    with duckdb.connect() as con:
        con.execute(OTHERS[name].format(path))
    monkeypatch.setattr(settings, "WAREHOUSE", path)
    refused = pytest.raises(db.WarehouseUnreadable, match=f"{path} is (not a valid|another) ")
    with refused, db.connect():
        pass
    if name == "x.duckdb":
        with pytest.raises(db.WarehouseUnreadable, match="another database"):
            build.build(Console(), registry={}, target=path)
        monkeypatch.setattr(settings, "WAREHOUSE", tmp_path / "none")
        with db.connect(path) as con:
            assert con.execute("from t").fetchall() == [(1,)]


def test_a_place_that_a_build_cannot_be_renamed_to_is_refused_at_the_start(tmp_path):
    """Not after minutes of work."""
    with pytest.raises(OSError, match="/proc/none"):
        db.check_place(Path("/proc/none/warehouse.duckdb"), tmp_path)
    shared = Path("/dev/shm")
    if shared.is_dir() and shared.stat().st_dev != tmp_path.stat().st_dev:
        with pytest.raises(db.WarehouseUnreadable, match="another file system"):
            db.check_place(shared / "warehouse.duckdb", tmp_path)
    db.check_place(tmp_path / "new" / "warehouse.duckdb", tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "warehouse.duckdb")
    for target in (tmp_path / "warehouse.duckdb", tmp_path / "new" / ".." / "link"):
        with pytest.raises(db.WarehouseUnreadable, match="the folder of work in progress"):
            db.check_place(target, tmp_path)


def test_a_build_takes_the_place_of_nothing_but_a_warehouse(tmp_path):
    """Not of a text, nor of a database whose rows are still in the log of a killed program."""
    target, folder = tmp_path / "mine.duckdb", tmp_path / "build"
    folder.mkdir()
    target.write_text("a thesis")
    with pytest.raises(db.WarehouseUnreadable, match=f"{target} is not a valid DuckDB database"):
        db.check_place(target, folder)
    target.write_bytes(b"")
    db.check_place(target, folder)
    target.unlink()
    script = (
        "import duckdb, os, sys; con = duckdb.connect(sys.argv[1]); con.execute(sys.argv[2]); "
        "sys.stdin.read(); os._exit(0)"
    )
    for sql, refused in (
        ("create table rows as select 1 as a", "is another database"),
        ("create schema marts; create table marts.t as select 1 as a", None),
    ):
        writer = subprocess.Popen([sys.executable, "-c", script, target, sql], stdin=-1)
        while not db.logs(target):
            time.sleep(0.05)
        with pytest.raises(db.WarehouseUnreadable, match="open for writing"):
            db.check_place(target, folder)
        writer.communicate()
        assert db.logs(target)
        with pytest.raises(db.WarehouseUnreadable, match=refused) if refused else nullcontext():
            db.check_place(target, folder)
        assert db.logs(target)
        db.remove(target)


@pytest.mark.parametrize("name", ["marts.duckdb", "Seeds.db", "marts.2026.duckdb", "marts"])
def test_a_warehouse_with_the_name_of_its_schema_is_refused(name, tmp_path):
    """DuckDB finds marts ambiguous there, which is no fault of the version that built it."""
    with pytest.raises(db.WarehouseUnreadable, match="Give the file another name"):
        db.check_place(tmp_path / name, tmp_path / "build")
    path = make(tmp_path / "made.duckdb", 1).rename(tmp_path / name)
    with pytest.raises(db.WarehouseUnreadable, match=f"{path}: DuckDB calls"), db.connect(path):
        pass
    assert "Give the file another name" in run_sql("select 1", path=path).error
    for other in ("warehouse.marts", "main.duckdb"):
        path = path.rename(tmp_path / other)
        with db.connect(path) as con:
            assert con.execute("from marts.version").fetchall() == [(1,)]


def test_another_database_may_have_the_name_of_its_schema(tmp_path):
    """It has no marts, and whoever asks it knows its names."""
    with duckdb.connect(tmp_path / "made.duckdb") as con:
        con.execute("create schema seeds; create table seeds.t as select 1 as a")
    (tmp_path / "made.duckdb").rename(tmp_path / "seeds.duckdb")
    with db.connect(tmp_path / "seeds.duckdb") as con:
        assert con.execute("from t").fetchall() == con.execute("from seeds.seeds.t").fetchall()


def test_a_file_that_another_program_writes_to_is_refused(small_warehouse, writer):
    with pytest.raises(db.WarehouseUnreadable, match="writes to it"), db.connect(small_warehouse):
        pass
    for log in db.logs(small_warehouse):
        log.unlink()
    message = "another program has it open for writing. Close it there"
    with pytest.raises(db.WarehouseUnreadable, match=message), db.connect(small_warehouse):
        pass


def test_what_a_killed_writer_left_does_not_reach_the_next_file(small_warehouse, writer, tmp_path):
    writer.communicate("")
    assert db.logs(small_warehouse)
    with pytest.raises(db.WarehouseUnreadable, match="aw build"), db.connect(small_warehouse):
        pass
    db.publish(make(tmp_path / "built.duckdb", 2), small_warehouse)
    with db.connect(small_warehouse) as con:
        tables = con.execute("select table_name from duckdb_tables()").fetchall()
    assert tables == [("version",)]


# writing and publishing


def test_the_published_file_is_never_written_to(tmp_path, monkeypatch):
    """A build must not open it for writing."""
    monkeypatch.setattr(settings, "WAREHOUSE", tmp_path / "warehouse.duckdb")
    with pytest.raises(ValueError, match="replaced, not written to"), db.write(settings.WAREHOUSE):
        pass


def test_a_build_with_a_log_is_not_published(tmp_path):
    """It was not closed cleanly: the old file stays."""
    old, built = make(tmp_path / "old.duckdb", 1), make(tmp_path / "built.duckdb", 2)
    (tmp_path / "built.duckdb.wal").touch()
    with pytest.raises(db.WarehouseUnreadable, match="not closed cleanly; nothing was published"):
        db.publish(built, old)
    with db.connect(old) as con:
        assert con.execute("select version from version").fetchall() == [(1,)]
    assert built.exists()


def test_a_reader_keeps_its_warehouse_while_another_is_published(tmp_path):
    """Who has the old one open reads on in it; who opens now gets the new one."""
    target = tmp_path / "warehouse.duckdb"
    db.publish(make(tmp_path / "b1.duckdb", 1), target)
    with db.connect(target) as con:
        db.publish(make(tmp_path / "b2.duckdb", 2), target)
        assert con.execute("select version from version").fetchall() == [(1,)]
    with db.connect(target) as con:
        assert con.execute("select version from version").fetchall() == [(2,)]


def test_a_smaller_warehouse_in_the_place_of_an_open_one_is_whole(tmp_path):
    """DuckDB goes on in the old file; its size is not that of the one at the path."""
    target = tmp_path / "warehouse.duckdb"
    large = make(tmp_path / "large.duckdb", 1)
    with duckdb.connect(large) as con:
        con.execute("create table marts.much as select random() from range(500_000)")
    db.publish(large, target)
    with db.connect(target):
        db.publish(make(tmp_path / "small.duckdb", 2), target)
        with db.connect(target) as con:
            assert con.execute("select version from version").fetchall() == [(1,)]
    with db.connect(target) as con:
        assert con.execute("select version from version").fetchall() == [(2,)]


def _read_on(path, stop) -> list[int]:
    """Versions seen by a reader that opens the file again and again, a hundred times or more."""
    seen, is_last = [], False
    while not (is_last and len(seen) >= 100):
        is_last = stop.exists()
        with db.connect(path) as con:
            seen += con.execute("select version from version").fetchall()[0]
    return seen


def test_readers_never_fail_while_the_file_is_replaced(tmp_path):
    """120 replacements under two reading processes."""
    target, stop = tmp_path / "warehouse.duckdb", tmp_path / "stop"
    db.publish(make(tmp_path / "0.duckdb", 0), target)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        try:
            readers = [pool.submit(_read_on, target, stop) for _ in range(2)]
            for version in range(1, 121):
                db.publish(make(tmp_path / f"{version}.duckdb", version), target)
        finally:
            stop.touch()
        for reader in readers:
            seen = reader.result(60)
            assert seen == sorted(seen), "an older warehouse came back"
            assert seen[-1] == 120


def test_threads_of_one_process_read_at_the_same_time(small_warehouse):
    """The app answers several visitors: one identical configuration for all."""

    def read(_) -> list:
        with db.connect(small_warehouse) as con:
            return con.execute("select sum(n) from fct_toy").fetchall()

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(read, range(800))) == [[(6,)]] * 800


# the lock


def _hold(folder, ready, release):
    with db.build_lock(folder):
        ready.set()
        release.wait(30)


def test_a_second_build_is_refused_and_the_lock_goes_with_its_process(tmp_path):
    """While one process builds another is told so; a killed one leaves no lock behind."""
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path, ready, release))
    process.start()
    try:
        assert ready.wait(30)
        message = "another build is running"
        with pytest.raises(db.BuildRunning, match=message), db.build_lock(tmp_path):
            pass
    finally:
        process.kill()
        process.join()
    with db.build_lock(tmp_path):
        pass


# content hashes


def hashes(tmp_path, sql: str) -> dict:
    """Hashes of a database made of one table ``marts.t``."""
    path = tmp_path / "hashed.duckdb"
    db.remove(path)
    with duckdb.connect(path) as con:
        con.execute("create schema marts")
        con.execute(f"create table marts.t as {sql}")
        con.execute("create view marts.v as select 1")
    return db.content_hashes(path)


BASE = "select * from (values (1, 'a', 0.5), (2, 'b', null), (3, 'c', 0.25)) as t (i, s, x)"


def test_hashes_do_not_depend_on_the_order_of_rows(tmp_path):
    """Two builds may store the same rows in another order; views do not count."""
    first = hashes(tmp_path, BASE)
    assert list(first) == ["marts.t"]
    assert first["marts.t"][0] == 3
    assert hashes(tmp_path, BASE + " order by i desc") == first


LAST = "(3, 'c', 0.25)"
PAIR = f"{LAST}, (9, 'z', 1), (9, 'z', 1)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BASE, BASE.replace("0.25", "0.26")),
        (BASE, BASE.replace("null", "0")),
        (BASE, BASE.replace("'c'", "'C'")),
        (BASE, BASE.replace(LAST, f"{LAST}, {LAST}")),
        (BASE, BASE + " limit 2"),
        (BASE, BASE.replace("(i, s, x)", "(i, s, y)")),
        (BASE, BASE + " limit 0"),
        # two equal rows must not cancel each other out
        (BASE.replace(LAST, PAIR), BASE.replace(LAST, PAIR.replace("9, 'z'", "8, 'y'"))),
        # reproducible means to the last bit, not to the printed digits
        ("select 0.1::double + 0.2::double as x", "select 0.3::double as x"),
    ],
)
def test_hashes_see_every_change(tmp_path, before, after):
    """One cell, one row or one name."""
    assert hashes(tmp_path, before) != hashes(tmp_path, after)


def test_a_reader_follows_the_published_file(tmp_path):
    path = make(tmp_path / "warehouse.duckdb", 1)
    reader = db.Reader()

    def ask(_=None):
        return reader.ask(path, "select version + $n as a from version", {"n": 0})["a"][0]

    assert ask() == 1
    db.publish(make(tmp_path / "next.duckdb", 2), path)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(50))) == {2}
    with reader.closed(), db.connect(path) as con:  # a second connection would find it locked
        assert con.execute("select version from version").fetchall() == [(2,)]
    assert ask() == 2
    with pytest.raises(duckdb.Error):
        reader.ask(path, "select no_such_column from t", {})
    assert ask() == 2
    path.unlink()
    with pytest.raises(FileNotFoundError):
        ask()
