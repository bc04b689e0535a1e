"""Whole builds in a process of their own: without sources, killed, changed, refused, disk full.

The settings are read from the environment when Python starts, so each build is a subprocess whose
folders all lie under a temporary one. Those that change code work on a copy of the project.
"""

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ingest import settings
from ingest.locate import PRESENT, locate, sha256_of
from ingest.registry import load_registry
from tests.fixtures import toy
from warehouse import build, db, dbt_process

FULL_BUILD_SECONDS = 300
MARTS = "select table_name from duckdb_tables() where schema_name = 'marts'"
FOUND = "select * exclude (seconds) from quality.test_results order by test_id"


@dataclass
class Place:
    """The folders of one build, and the project that is built."""

    folder: Path
    project: Path = settings.ROOT

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def built(self) -> Path:
        return self.folder / "build" / "warehouse.duckdb"

    @property
    def models_run(self) -> Path:
        """Where dbt writes the SQL of each model just before it runs it."""
        return self.folder / "build" / "dbt_target" / "warehouse" / "run"

    def start(
        self, *arguments: str, command=("warehouse.cli", "build", "--no-fetch"), **options
    ) -> subprocess.Popen:
        """Begin ``aw build --no-fetch``, or another module of the project."""
        (self.folder / "mirror").mkdir(exist_ok=True)
        environment = os.environ | {
            "AW_WAREHOUSE": str(self.warehouse),
            "AW_BUILD": str(self.folder / "build"),
            "AW_DATA": str(self.folder / "data"),
            "AW_MIRROR": str(self.folder / "mirror"),
        }
        return subprocess.Popen(
            [sys.executable, "-m", *command, *arguments],
            cwd=self.project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def build(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run it to its end."""
        with self.start(*arguments, **options) as process:
            out, err = process.communicate(timeout=FULL_BUILD_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def build_toy(self) -> set[str]:
        """Build the toy of the project's fixtures; return the names of the models made."""
        done = self.build(command=("tests.fixtures.toy", "toy"))
        assert done.returncode == 0, done.stdout + done.stderr
        results = json.loads((self.folder / "build" / "run_results.json").read_text())["results"]
        made = [r["unique_id"].split(".") for r in results]
        return {name for kind, _, name, *_ in made if kind == "model"}

    def ask(self, sql: str) -> list[tuple]:
        """Rows of what it published."""
        with db.connect(self.warehouse) as con:
            return con.execute(sql).fetchall()

    def edit(self, path: str, old: str, new: str) -> None:
        """Change one place of a file of the project."""
        file = self.project / path
        text = file.read_text()
        assert text.count(old) == 1, path
        file.write_text(text.replace(old, new))


def copy_of_project(folder: Path) -> Path:
    """What a build reads of the project, and the fixtures."""
    for part in ("compute", "dbt_project", "ingest", "results", "tests/fixtures", "warehouse"):
        shutil.copytree(settings.ROOT / part, folder / part)
    (folder / "tests" / "__init__.py").touch()
    return folder


@pytest.fixture
def published(tmp_path) -> Place:
    """A place where an older warehouse stands already."""
    place = Place(tmp_path)
    with duckdb.connect(place.warehouse) as con:
        con.execute("create schema marts; create schema seeds")
        con.execute("create table marts.version as select 'old' as version")
    return place


@contextlib.contextmanager
def unchanged(place: Place):
    """The published file is the same file with the same bytes before and after."""
    before = place.warehouse.stat().st_ino, sha256_of(place.warehouse)
    yield
    assert (place.warehouse.stat().st_ino, sha256_of(place.warehouse)) == before


@pytest.fixture(scope="module")
def empty_build(tmp_path_factory) -> tuple[Place, subprocess.CompletedProcess]:
    """The first full build: no source at all."""
    folder = tmp_path_factory.mktemp("empty")
    place = Place(folder, copy_of_project(folder / "project"))
    return place, place.build()


def test_a_build_without_sources_succeeds_and_says_so_first(empty_build):
    """A fresh checkout without a network has a warehouse; each source is named with the way out."""
    place, finished = empty_build
    assert finished.returncode == 0, finished.stdout + finished.stderr
    lines = [line for line in finished.stdout.splitlines() if line.strip()]
    assert lines[0].startswith("No published source is here")
    for source in load_registry().values():
        if not source.is_carried:
            assert f"aw fetch {source.source_id}" in finished.stdout
    assert str(place.warehouse) in finished.stdout
    assert not place.built.exists(), "the built file was renamed, not copied"


def test_a_warehouse_without_sources_has_every_mart(empty_build):
    """The tables are there; what needs a source is empty, our own decisions are not."""
    place, _ = empty_build
    models = {p.stem for p in (settings.DBT_PROJECT / "models" / "marts").rglob("*.sql")}
    assert {t for (t,) in place.ask(MARTS)} == models
    for mart in ("fct_benchmark_correlations", "fct_trials", "fct_layer_scores"):
        assert place.ask(f"select count(*) from {mart}") == [(0,)], mart
    # what the project carries is there all the same
    carried = [(s.source_id,) for s in load_registry().values() if s.is_carried]
    assert carried == [("compute",), ("own",)]
    for mart in ("fct_scores", "dim_files"):
        assert place.ask(f"select distinct source_id from {mart}") == carried[:1], mart
    assert place.ask("select source_id from dim_sources where is_present") == carried[:1]
    assert place.ask("select count(*) > 0, sum(n_models) from dim_cohorts") == [(True, 0)]
    targets = dict(place.ask("select target_id, status from rpt_paper_targets"))
    assert targets.keys() == {t for (t,) in place.ask("select target_id from paper_targets")}
    built = {t for t, status in targets.items() if status not in ("unreachable", "not_built")}
    # printed digits, theory and our own results need no source
    carried = r"sucholutsky2023_(table2_\w+_p|section3_capacity_\w+|section4_\w+|section5_\w+)"
    assert built and all(re.fullmatch(carried, t) for t in built), built


def test_a_build_keeps_its_record(empty_build):
    """Every data test passed, and unit tests wait for aw check."""
    place, _ = empty_build
    results = place.ask(
        "select kind = 'unit', status, count(*) > 50, min(n_failures), max(n_failures) "
        "from quality.test_results group by all order by all"
    )
    assert results == [(False, "pass", True, 0, 0), (True, "not run", True, None, None)]


def test_a_published_file_holds_tables_alone(empty_build):
    """No view (it would name the file it was built in), no leftovers of tests, no log beside it."""
    place, _ = empty_build
    assert place.ask("select view_name from duckdb_views() where not internal") == []
    schemas = {s for (s,) in place.ask("select schema_name from duckdb_tables()")}
    assert schemas == {"raw", "staging", "intermediate", "marts", "seeds", "quality"}
    assert not place.warehouse.with_name("warehouse.duckdb.wal").exists()


def test_nothing_is_built_where_nothing_has_changed(empty_build):
    """It says so within seconds and does not start dbt."""
    place, _ = empty_build
    with unchanged(place):
        started = time.time()
        finished = place.build()
    assert finished.returncode == 0
    assert finished.stdout.startswith("Nothing has changed")
    assert not _models_run_since(place, started)


def test_a_killed_build_leaves_the_warehouse_and_the_next_one_builds(empty_build):
    """Kill -9 while dbt runs: the old file answers, and the next build has the folder for itself.

    Only the build is killed, as a machine short of memory would do. If its dbt lives on, it still
    writes to the same files, so the next build must be told to wait for it; then it must succeed.
    A seed was changed before, and has a column more: the next build makes what depends on it alone.
    """
    place, _ = empty_build
    before = db.content_hashes(place.warehouse)
    place.edit("dbt_project/seeds/cohort_changes.csv", "did not stay", "stayed not")
    seed = place.project / "dbt_project/seeds/cohort_changes.csv"
    head, *lines = seed.read_text(encoding="utf-8").splitlines()
    more = [f"{head},remark", *(f"{line},none" for line in lines)]
    seed.write_text("\n".join(more) + "\n", encoding="utf-8")
    started = time.time()
    process = place.start("--cold", start_new_session=True)
    try:
        with unchanged(place):
            deadline = time.monotonic() + 120
            while not _models_run_since(place, started):
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline, "dbt did not start"
                time.sleep(0.05)
            process.kill()
            process.communicate()
            assert place.built.exists(), "it was killed in the middle"
            assert place.ask("select count(*) > 0 from dim_cohorts") == [(True,)]
            time.sleep(1)  # time enough to follow its parent
            if _left_behind(process.pid):
                told = place.build()
                assert "another build is running" in told.stderr, (
                    "the dbt of the killed build writes on, and the next build began beside it:\n"
                    + told.stderr
                )
        deadline = time.monotonic() + 200
        while _left_behind(process.pid) and time.monotonic() < deadline:
            time.sleep(0.5)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    warm = place.build()
    assert warm.returncode == 0, warm.stdout + warm.stderr
    n_made, n_tested, n_kept = map(int, re.search(
        r"(\d+) models made, (\d+) tests passed, (\d+) of both kept", warm.stdout
    ).groups())  # fmt: skip
    assert 0 < n_made < 40 and 0 < n_tested < n_kept
    after = db.content_hashes(place.warehouse)
    changed = {table for table in before if after[table] != before[table]}
    assert {"seeds.cohort_changes", "quality.nodes"} <= changed


REMARKED = "stg_vpt_3dpc__view_results"
CELL = "round(100 * score(model, task, table.name), 3)"
IS_IT = "(model, task, table.name) == (TIMM_TAGGED[0], 'depth_accuracy', 'combined_results')"


def test_a_build_after_a_change_makes_what_it_reaches_and_equals_a_cold_one(tmp_path):
    """A remark in a staging model reaches no other table; one cell of one file, several marts.

    Whoever writes into the published file gets it back as the files make it: from nothing.
    """
    warm = Place(tmp_path / "warm", copy_of_project(tmp_path / "project"))
    warm.built.parent.mkdir(parents=True)
    shutil.copyfile(toy.warehouse("toy"), warm.warehouse)
    shutil.copy(toy.FOLDER / "toy" / "published.json", warm.built.parent)
    shutil.copytree(toy.FOLDER / "toy" / "memo", warm.built.parent / "memo")
    before = db.content_hashes(warm.warehouse)
    with (warm.project / f"dbt_project/models/staging/vpt_3dpc/{REMARKED}.sql").open("a") as sql:
        sql.write("-- a remark\n")
    assert warm.build_toy() == {REMARKED}
    warm.edit("tests/fixtures/make.py", CELL, f"{CELL} + ({IS_IT})")
    made, after = warm.build_toy(), db.content_hashes(warm.warehouse)
    marts = {t for t in before if t.startswith("marts.") and before[t] != after[t]}
    assert {"marts.fct_scores", "marts.rpt_model_scores"} < marts and len(marts) > 3
    assert {t.removeprefix("marts.") for t in marts} <= made
    assert REMARKED not in made
    found = warm.ask(FOUND)
    with duckdb.connect(warm.warehouse) as con:
        con.execute("delete from marts.dim_cohorts")
    shutil.rmtree(warm.built.parent / "memo")
    assert warm.build_toy() > made, "it was built upon a file that somebody had changed"
    assert db.content_hashes(warm.warehouse) == after
    assert warm.ask(FOUND) == found


@pytest.mark.parametrize("part", ["nothing", "file", "note", "note cut short"])
def test_a_build_goes_on_from_what_the_last_one_published_to_the_last_bit(
    part, tmp_path, monkeypatch
):
    """A disk that turns a bit changes neither size nor time."""
    monkeypatch.setattr(settings, "BUILD", tmp_path)
    file, note = tmp_path / "warehouse.duckdb", tmp_path / "published.json"
    file.write_bytes(b"DUCK" * 1000)
    said = {"around": "code", "fingerprint": "inputs", "file": sha256_of(file)}
    note.write_text(json.dumps(said), encoding="utf-8")
    whole, state = file.read_bytes(), file.stat()
    if part == "file":
        file.write_bytes(whole[:500] + b"x" + whole[501:])
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    elif part != "nothing":
        text = note.read_bytes()
        note.write_bytes(text[:10] if part == "note cut short" else text.replace(b"fil", b"fim"))
    assert build._last_note(file, "code") == (said if part == "nothing" else {})


def _left_behind(session: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, _, number = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(number) == session and state != "Z":
                    found.append(int(entry.name))
    return found


def _models_run_since(place: Place, moment: float) -> bool:
    """Whether dbt has begun to run models."""
    folder = place.models_run
    return any(path.stat().st_mtime > moment for path in folder.rglob("stg_*.sql"))


def test_a_corrupted_byte_is_refused_before_dbt(published):
    """The message names source, file, contract and the way out; the old warehouse answers."""
    registry = load_registry()
    source = registry["brainscore_fixture_2020_07"]
    (file,) = source.files
    located = locate(file)
    content = located.path.read_bytes() if located.status == PRESENT else b"[]" + b" " * 100
    wrong = published.folder / "mirror" / file.path
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])
    with unchanged(published):
        finished = published.build()
    assert finished.returncode == 1
    message = finished.stderr
    assert (
        "source brainscore_fixture_2020_07, table scores: the file is not the published" in message
    )
    assert str(wrong) in message
    assert "_brainscore_fixture_2020_07__sources.yml:" in message
    assert "aw fetch brainscore_fixture_2020_07" in message
    assert "nothing was published; the warehouse is as it was" in message
    assert "Traceback" not in message
    assert not published.models_run.exists(), "dbt made tables"
    assert published.ask("select version from version") == [("old",)]


@pytest.mark.parametrize(
    ("name", "character"), [("ROOT", "'"), ("ROOT", "["), ("BUILD", "?"), ("WAREHOUSE", "?")]
)
def test_a_folder_that_dbt_cannot_take_is_refused_at_the_start(monkeypatch, name, character):
    monkeypatch.setattr(settings, name, Path(f"/home/o{character}brien/x"))
    with pytest.raises(dbt_process.BuildFailed, match=re.escape(f"o{character}brien")) as refused:
        dbt_process.check_paths()
    assert "\n" not in str(refused.value)


def test_a_full_disk_leaves_the_warehouse(published):
    """No file may grow beyond 300 kB: the build ends with a message, the old file is as it was."""

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    with unchanged(published):
        finished = published.build(preexec_fn=small_files)
    assert finished.returncode != 0
    assert "nothing was published" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_second_build_at_the_same_time_is_refused(published):
    """It says so at once and changes nothing."""
    with db.build_lock(published.folder / "build"), unchanged(published):
        finished = published.build()
    assert finished.returncode == 1
    assert "another build is running" in finished.stderr
    assert not published.built.exists()
