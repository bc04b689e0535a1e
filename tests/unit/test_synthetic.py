"""Made-up trials for measuring scale: in the published format, declared as what they are."""

import csv
import shutil

import duckdb
import pytest

from benchmarks.synthetic_trials import declare, write
from ingest import settings
from ingest.load import load
from ingest.locate import PRESENT, locate_source, status_of
from ingest.registry import load_registry


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A copy of the declarations, with 100,000 made-up trials beside it."""
    project = tmp_path_factory.mktemp("project")
    shutil.copytree(settings.STAGING, project / "dbt_project" / "models" / "staging")
    shutil.copytree(settings.DBT_PROJECT / "seeds", project / "dbt_project" / "seeds")
    shutil.copytree(settings.ROOT / "ingest" / "manifests", project / "ingest" / "manifests")
    written = write(project / "data", 100_000)
    declare(project, written)
    return project, written


def test_what_was_written_is_what_is_declared(made):
    """The copy's registry finds every file by its checksum, and the reader every row."""
    project, written = made
    registry = load_registry(project / "dbt_project" / "models" / "staging", project)
    tables = {f"{t.source_id}__{t.name}": t for t in written.tables}
    sources = {t.source_id for t in written.tables}
    registry = {key: source for key, source in registry.items() if key in sources}
    located = {s.source_id: locate_source(s, project / "data") for s in registry.values()}
    assert {status_of(found) for found in located.values()} == {PRESENT}
    with duckdb.connect() as con:
        load(con, registry, located)
        for name, table in tables.items():
            (n_rows,) = con.execute(f"select count(*) from raw.{name}").fetchall()[0]
            assert n_rows == table.n_rows
            said = (table.source_id, f"n_rows: {n_rows}}}")
            models = project / "dbt_project" / "models" / "staging" / said[0]
            assert said[1] in (models / f"_{said[0]}__models.yml").read_text("utf-8")
    seed = project / "dbt_project" / "seeds" / "expected_trials.csv"
    with seed.open(encoding="utf-8", newline="") as handle:
        counts = [int(r["n_trials"]) for r in csv.DictReader(handle) if r["source_id"] in sources]
    of_trials = [t.n_rows for t in written.tables if t.name.endswith("trials")]
    assert sum(counts) == sum(of_trials) >= 100_000
