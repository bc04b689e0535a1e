"""How every command writes: two consoles, tables, and failures that say what to do."""

import sys
from pathlib import Path
from typing import NoReturn

import click
import duckdb
from rich.console import Console
from rich.table import Table

from ingest import Explained

# Off a terminal (a file, a pipe, CI) lines are not folded at 80 characters.
OUT = Console(width=None if sys.stdout.isatty() else 180)
ERR = Console(stderr=True)


def fail(message: str) -> NoReturn:
    """Print why, in red, and end with 1."""
    ERR.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(1)


class Listed(click.ParamType):
    """Values separated by commas; blanks, empty parts and repeats do not count.

    Parameters
    ----------
    of : click.ParamType
        The type of each.
    is_path : bool
        A path that is there is taken whole, although it may hold commas; ``~`` is the home folder.
    """

    name = "a,b,…"

    def __init__(self, of: click.ParamType = click.STRING, *, is_path: bool = False) -> None:
        self.of, self.is_path = of, is_path

    def convert(
        self, value: str | tuple, param: click.Parameter | None, context: click.Context | None
    ) -> tuple:
        """The values, in the order they were given."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in value.split(",")]
        if self.is_path:
            parts = [value] if _path(value).exists() else parts
            parts = [str(_path(part)) if part.startswith("~") else part for part in parts]
        found = dict.fromkeys(self.of.convert(p, param, context) for p in parts if p)
        return tuple(found) or self.fail(f"{value!r} names nothing", param, context)


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # the home of a user who is not known here
        return Path(text)


class Commands(click.Group):
    """Commands that end with the message of an error that can be expected, not with a traceback."""

    def invoke(self, context: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(context)
        except (Explained, ImportError, duckdb.Error) as error:
            fail(str(error))


def print_table(columns: list[str], rows: list[tuple], title: str | None = None) -> None:
    """Print rows the way every command does: numbers to the right, null as a middle dot."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for i, column in enumerate(columns):
        is_number = any(isinstance(r[i], int | float) and not isinstance(r[i], bool) for r in rows)
        is_id = column in {"cohort", "source"} or column.endswith("_id")
        table.add_column(
            column,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=is_number or is_id,
        )
    for row in rows:
        table.add_row(*(shown(v) for v in row))
    OUT.print(table)


def shown(value) -> str:
    """A cell as text: null as a middle dot, numbers short."""
    if value is None:
        return "·"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e-3 and value else f"{value:.3f}"
    return str(value)
