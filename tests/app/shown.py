"""What a page under test shows."""

from urllib.parse import unquote

import pandas as pd

from tests.fixtures.make import SUBMISSIONS

COHORT = "brainscore_2025_core50"
MEMBERS = [s for s in SUBMISSIONS if s not in (849, 7632)]
"""Those that the made-up leaderboard of 2025 has all 50 benchmarks of."""


def table(app, *columns: str) -> pd.DataFrame:
    """The first table that has these columns."""
    return next(d.value for d in app.dataframe if set(columns) <= set(d.value.columns))


def texts(app) -> str:
    """All that a page says, with plain spaces."""
    elements = [*app.info, *app.warning, *app.success, *app.markdown, *app.caption, *app.code]
    return "\n".join(str(e.value) for e in elements).replace("\N{NO-BREAK SPACE}", " ")


def names(board: pd.DataFrame) -> list[str]:
    """What the links of a table lead to."""
    linked = next(c for c in ("model", "model_id") if c in board)
    return [unquote(link.partition("#")[2] or link.partition("=")[2]) for link in board[linked]]


def metrics(app) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def opened(app) -> str:
    """What the menus of export give to copy, all of them opened."""
    for key in [k for k in app.session_state._state.filtered_state if k.startswith("export:")]:
        app.session_state[key] = True
    return "\n".join(c.value for c in app.run().code)
