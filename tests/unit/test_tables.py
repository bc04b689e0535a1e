"""``aw tables``, and answers that are wider than the screen."""

import re

import duckdb
import pytest

from ingest import settings
from warehouse import quality


def wide(n_columns: int, n_rows: int) -> str:
    """A query whose answer no screen holds."""
    columns = ", ".join(f"'value {i}' as a_long_name_{i}" for i in range(n_columns))
    return f"select i, {columns} from range({n_rows}) as t (i)"


def test_a_few_rows_too_wide_are_shown_below_each_other(aw):
    """Each value stands in a line behind the name of its column."""
    lines = [line.split() for line in aw("query", wide(40, 2)).stdout.splitlines()]
    assert lines.count(["a_long_name_39", "value", "39"]) == 2
    assert ["row", "2", "of", "2"] in lines


def test_many_rows_too_wide_lose_columns_and_say_how_many(aw):
    """No column is squeezed to a letter."""
    said = aw("query", wide(40, 50)).stdout
    assert "a_long_name_0" in said and "a_long_name_39" not in said
    n = said.splitlines()[1].count("┃") - 1
    assert f"{41 - n} of 41 columns left out, from a_long_name_{n - 1} on" in said
    assert "left out" not in aw("query", wide(2, 50)).stdout


@pytest.fixture
def described(aw):
    """The small warehouse with a record of its build and comments, as a published one has."""
    with duckdb.connect(settings.WAREHOUSE) as con:
        quality.create(con)
        con.execute(
            "insert into quality.nodes by name select 'fct_toy' as node_id, 'fct_toy' as name, "
            "'marts' as layer, 'models/marts/core/fct_toy.sql' as path, "
            "'One row per model. It has [/more] to say.' as description"
        )
        con.execute(
            "insert into quality.edges by name select 'raw' as parent_id, 'fct_toy' as child_id, "
            "'pub__scores' as parent, 'raw' as parent_layer, 'fct_toy' as child"
        )
        con.execute("comment on column marts.fct_toy.n is 'How [many].'")
    return aw


def test_tables_are_listed_with_what_a_row_is(described):
    """Name, rows and the first sentence, under the question of its folder."""
    said = described("tables").stdout
    assert re.search(r"fct_toy *│ *3 │ One row per model *│", said)
    assert "What was published" in said and "to say" not in said


@pytest.mark.parametrize("name", ["fct_toy", "marts.fct_toy"])
def test_a_table_is_described(described, name):
    """Columns with label, type and meaning, the sources, and a query that runs."""
    said = described("tables", name).stdout
    assert re.search(r"n *│ N *│ integer *│ How \[many\]\.", said)
    assert "has [/more] to say" in said and "Made from 1 sources: pub" in said
    (sql,) = re.findall('aw query "(.*)"', said)
    assert described("query", sql).exit_code == 0


def test_a_table_that_is_not_there_is_named_with_those_like_it(described):
    result = described("tables", "fct_tyo")
    assert result.exit_code == 1 and "Known: fct_toy" in result.stderr
