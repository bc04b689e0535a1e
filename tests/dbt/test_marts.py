"""What holds for every mart, of the toy and of the published files."""

import pytest

from tests.fixtures import toy
from warehouse import db


@pytest.mark.parametrize("which", ["toy", pytest.param("real", marks=pytest.mark.sources)])
def test_no_mart_holds_a_nan(which, request):
    """What is not known is null: one NaN would make every average NaN."""
    path = toy.warehouse("toy") if which == "toy" else request.getfixturevalue("real_warehouse")
    with db.connect(path) as con:
        columns = con.execute(
            "select table_name, list(column_name) from duckdb_columns() "
            "where schema_name = 'marts' and data_type = 'DOUBLE' group by table_name"
        ).fetchall()
        is_nan = " or ".join
        found = [
            mart
            for mart, names in columns
            if con.execute(
                f"select 1 from marts.{mart} where {is_nan(f'isnan({n})' for n in names)} limit 1"
            ).fetchall()
        ]
    assert len(columns) >= 60
    assert found == []
