"""A bad trial or a person's address: the build stops, and says which test, file and row."""

import io
import shutil

import duckdb
import pytest
from rich.console import Console

from ingest import settings
from tests.fixtures import toy
from warehouse import db
from warehouse.dbt_process import BuildFailed, Dbt

UNIONED = "intermediate.int_trials_unioned"
BAD = {
    "int_trials_unioned__known_response": (
        f"update {UNIONED} set response = 'zebra' "
        "where dataset_id = 'edge' and _row = 7 and _file like '%swag_branch%'"
    ),
    "int_trials_unioned__known_condition": (
        f"update {UNIONED} set condition = null, published_condition = '45' "
        "where dataset_id = 'rotation' and _row = 9 and observer_id = 'subject-01'"
    ),
    "int_trials_unioned__unique_key": (
        f"insert into {UNIONED} select * replace ('again.csv' as _file) from {UNIONED} "
        "where dataset_id = 'edge' and observer_id = 'subject-02'"
    ),
    "assert_no_submitters": (
        "update raw._loads set file = 'embeddings/set/resnet50.a1_in1k@layer4.1.parquet'; "
        "update raw.vpt_3dpc__timm_models set superclass = 'by someone@example.org'"
    ),
}


def test_bad_rows_fail_with_file_and_row():
    """An unknown condition and response, a session twice, an address; a shard's name is none."""
    copy = settings.BUILD / "bad_rows.duckdb"
    shutil.copyfile(toy.warehouse("toy"), copy)
    try:
        with duckdb.connect(copy) as con:
            for statement in BAD.values():
                con.execute(statement)
        with (
            pytest.raises(BuildFailed, match="the warehouse is as it was") as failed,
            Dbt(copy, Console(file=io.StringIO())) as dbt,
        ):
            dbt("test", "--select", *BAD)
        said = [line for line in str(failed.value).splitlines() if "rows:" in line]
        assert all(name in str(failed.value) for name in BAD) and len(said) == len(BAD)
        with duckdb.connect(copy, read_only=True) as con:
            kept = [con.sql(line.split('"')[1]).df() for line in said]
    finally:
        db.remove(copy)
    (addressed,) = (rows for rows in kept if "found" in rows)
    assert addressed["table_name"].tolist() == ["vpt_3dpc__timm_models"]
    kept = [rows for rows in kept if "_file" in rows]
    found = {(file, row) for rows in kept for file, row in zip(rows._file, rows._row, strict=True)}
    assert {row for file, row in found if "rotation_subject-01" in file} == {9}
    assert {row for file, row in found if "swag_branch" in file} == {7}
    assert {row for file, row in found if file == "again.csv"} == set(range(1, 161))
