"""What a page under test shows."""

import pandas as pd


def table(app, *columns: str) -> pd.DataFrame:
    """The first table that has these columns."""
    return next(d.value for d in app.dataframe if set(columns) <= set(d.value.columns))


def texts(app) -> str:
    elements = [*app.info, *app.warning, *app.success, *app.markdown, *app.caption, *app.code]
    return "\n".join(str(e.value) for e in elements)
