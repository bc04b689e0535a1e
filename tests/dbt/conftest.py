"""The published warehouse, asked in SQL."""

import pandas as pd
import pytest

from warehouse import db


@pytest.fixture(scope="session")
def query(real_warehouse):
    """Run SQL on the warehouse, with ``?`` or ``$name`` for values; a frame."""

    def run(sql: str, *parameters: object, **values: object) -> pd.DataFrame:
        with db.connect(real_warehouse) as con:
            return con.execute(sql, parameters or values).df()

    return run
