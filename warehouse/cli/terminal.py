"""How every command writes: two consoles, tables, and failures that say what to do."""

import errno
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from itertools import accumulate
from math import isfinite
from typing import NoReturn

import click
import duckdb
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from ingest import HALF, REASONS, Explained, reason, settings

_CONTROLS = {*range(32), *range(127, 160), 0x2028, 0x2029} - {ord("\n"), ord("\t")}
_TURNING = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
VISIBLE = {code: repr(chr(code))[1:-1] for code in _CONTROLS | _TURNING}
"""Data sends no commands to the terminal, turns no text around, and a line break is one to all."""


class Plain(Console):
    """Prints text as data: a model may be called [/red], :smile:, or by an escape sequence."""

    def __init__(self, **options: object) -> None:
        super().__init__(markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: object) -> Text:
        """Every text that is printed passes here, alone or in a table."""
        return super().render_str(text.translate(VISIBLE), **options)


def _open_closed_streams() -> None:
    """Put something in the place of standard streams that are closed (``>&-``).

    A file that is opened would take their numbers. To write to the output fails, as it should.
    """
    for name, flags in (("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            raw = io.FileIO(os.open(os.devnull, flags), "r" if name == "stdin" else "w")
            setattr(sys, name, io.TextIOWrapper(raw, encoding="utf-8", write_through=True))


_open_closed_streams()
# Off a terminal (a file, a pipe, CI) lines are not folded at 80 characters.
OUT = Plain(width=None if sys.stdout.isatty() else 180)
ERR = Plain(stderr=True)

MAX_WEIGHT = 20
"""Of an area: a benchmark that counts so often stands in the sum so often."""

INTERRUPTED = 130
"""Exit code of what was stopped by Ctrl-C, as shells count it."""


PLACES = ("WAREHOUSE", "DATA", "MIRROR", "BUILD", "MEMO", "EXPORTS")
"""What the environment may name in the settings."""

REPORT = "This is a fault of aw itself. Please report it to the project, with all of the above."


def fail(message: str, code: int = 1) -> NoReturn:
    """Print why, in red, and end with this exit code."""
    ERR.print(message, style="red", highlight=False, soft_wrap=True)
    sys.exit(code)


def put(text: object, end: str = "\n", **where: bool) -> None:
    """Write text for another program as it is, and to a terminal so that it sends no commands."""
    is_seen = (sys.stderr if where else sys.stdout).isatty()
    shown = f"{text}{end}".translate(VISIBLE if is_seen else {})
    click.echo(shown, nl=False, color=True, **where)  # in colour: else click takes escapes out


def told(error: BaseException) -> str | None:
    """What is said, in a line, of an error that can be expected; None of a fault of ours.

    The one place that decides it. Whoever reads a file gives its errors the name of the file.
    """
    match error:
        case Explained() | ImportError():
            return str(error)
        case OSError():  # of the disk, or of the network
            # where one file is written from another, it is the second that is in trouble
            where = error.filename2 or error.filename
            return f"{where}: {reason(error)}" if where else reason(error)
        case duckdb.Error() if os.strerror(errno.ENOSPC) in str(error):
            return f"{REASONS[errno.ENOSPC]}: {_first(error)}"
        case MemoryError() | duckdb.OutOfMemoryException():
            return "not enough memory: end other programs, or ask for less"
        case duckdb.CatalogException() | duckdb.BinderException():
            return (
                f"{settings.WAREHOUSE} was built by another version of the project "
                f"({_first(error)}). Build it again: aw build"
            )
        case duckdb.IOException() | duckdb.SerializationException() | duckdb.FatalException():
            return _first(error)
    return None


def _first(error: BaseException) -> str:
    return str(error).splitlines()[0]


class Weight(click.ParamType):
    """A name and a whole number, as ``V1=2``."""

    name = "area=n"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, int]:
        """The name and the number."""
        name, _, n = value.rpartition("=")
        if not (name and re.fullmatch("[0-9]{1,4}", n) and int(n) <= MAX_WEIGHT):
            said = f"{value!r} is not a name and a whole number up to {MAX_WEIGHT}, as V1=2"
            self.fail(said, param, context)
        return name, int(n)


COUNT = click.IntRange(1, 2**31 - 1)
"""How many of something, as libraries take it."""


class Real(click.FloatRange):
    """A number in a range; to compare with nan, which Python reads, finds nothing wrong."""

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> float:
        """The number."""
        number = super().convert(value, param, context)
        return number if isfinite(number) else self.fail(f"{value!r} is no number", param, context)


class Listed(click.ParamType):
    """Values separated by commas; blanks, empty parts and repeats do not count.

    Parameters
    ----------
    of : click.ParamType
        The type of each.
    """

    name = "a,b,…"

    def __init__(self, of: click.ParamType = click.STRING) -> None:
        self.of = of

    def convert(
        self, value: str | tuple, param: click.Parameter | None, context: click.Context | None
    ) -> tuple:
        """The values, in the order they were given."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in value.split(",")]
        found = dict.fromkeys(self.of.convert(p, param, context) for p in parts if p)
        return tuple(found) or self.fail(f"{value!r} names nothing", param, context)


class Commands(click.Group):
    """Commands that end with the message of an error that can be expected, not with a traceback."""

    def main(self, *arguments: object, **options: object) -> object:
        """Run the command line; files and pipes are given UTF-8 whatever the locale."""
        for stream in (sys.stdout, sys.stderr):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                # the name of a file may hold bytes that are no text
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        if sys.unraisablehook is sys.__unraisablehook__:
            sys.unraisablehook = _interrupted_again
        return super().main(*arguments, **options)

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Refuse what is no text, also where a file has such a name: no library takes it."""
        places = {f"AW_{name} ": str(getattr(settings, name)) for name in PLACES}
        for said, text in [*places.items(), *(("", text) for text in args)]:
            if HALF.search(text):
                fail(f"{said}{text!a}: is no text in UTF-8. Rename a file or folder of this name")
        with _explained():
            return super().parse_args(context, args)

    def invoke(self, context: click.Context) -> object:
        """Run a command."""
        with _explained():
            return super().invoke(context)


@contextmanager
def _explained() -> Iterator[None]:
    """End with a line where an error can be expected."""
    try:
        yield
    except (BrokenPipeError, click.ClickException, click.Abort, click.exceptions.Exit):
        raise  # click knows what to do
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPTED)
    except Exception as error:
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            fail("interrupted", INTERRUPTED)  # so DuckDB says it
        if said := told(error):
            fail(said)
        error.add_note(REPORT)
        raise


def _interrupted_again(lost: object) -> None:
    """Repeat a Ctrl-C that came where C called Python, which can raise nothing there."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        main = threading.main_thread().ident
        threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(lost)


def until_interrupted(con: duckdb.DuckDBPyConnection, work: Callable[[], None]) -> None:
    """Do work that asks DuckDB, so that Ctrl-C ends it: alone, DuckDB looks for it too rarely."""
    done: Future[None] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        done.result()
    except KeyboardInterrupt:
        con.interrupt()
        if not wait([done], timeout=1).done:
            os._exit(INTERRUPTED)  # it does not listen, and to close the file would wait for it
        raise


def print_table(columns: list[str], rows: list[tuple], title: str | None = None) -> None:
    """Print rows the way every command does: numbers to the right, null as a middle dot.

    A column of whole numbers has no decimals, whatever its type.
    """
    heading = title and Text(title.translate(VISIBLE))
    table = Table(title=heading, title_justify="left", header_style="bold")
    for i, column in enumerate(columns):
        is_number = any(isinstance(r[i], int | float) and not isinstance(r[i], bool) for r in rows)
        is_id = column in {"cohort", "source"} or column.endswith("_id")
        table.add_column(
            Text(shown(column)),
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=is_number or is_id,
        )
    for row in zip(*map(_short, zip(*rows, strict=True)), strict=True):
        table.add_row(*(Text(shown(v)) for v in row))
    OUT.print(table)


MAX_RECORDS = 20
"""Up to this many rows that are too wide for the screen are shown below each other."""
READABLE = 24
"""Letters of a column that is still read at ease, where its texts are longer."""


def print_answer(columns: list[str], rows: list[tuple]) -> None:
    """Print any rows, so that every column can be read.

    What is too wide is shown with a line per value, or, of many rows, without its last columns and
    with how many they are.
    """
    shown_rows = list(zip(*map(_short, zip(*rows, strict=True)), strict=True))
    texts = zip(columns, *[map(shown, row) for row in shown_rows], strict=True)
    needed = [min(READABLE, max(map(cell_len, column))) + 3 for column in texts]
    n_fitting = sum(width <= OUT.width - 1 for width in accumulate(needed))
    if n_fitting >= len(columns):
        print_table(columns, rows)
    elif len(rows) <= MAX_RECORDS:
        for number, row in enumerate(shown_rows, start=1):
            OUT.print(f"row {number} of {len(rows)}", style="bold", highlight=False)
            record = Table.grid(Column(no_wrap=True), Column(overflow="fold"), padding=(0, 2))
            for column, value in zip(columns, row, strict=True):
                record.add_row(Text(shown(column), "dim"), Text(shown(value)))
            OUT.print(record)
    else:
        n = max(n_fitting, 1)
        print_table(columns[:n], [row[:n] for row in rows])
        OUT.print(
            f"{len(columns) - n} of {len(columns)} columns left out, from {shown(columns[n])} on: "
            "the screen is too narrow. Name those you want, or --format csv",
            style="dim",
            highlight=False,
        )


def _short(column: tuple) -> list:
    """Whole numbers without their decimals, if all of the column are."""
    is_whole = all(v is None or (isinstance(v, float) and v.is_integer()) for v in column)
    return [int(v) if is_whole and v is not None else v for v in column]


def shown(value) -> str:
    """A cell as text: null as a middle dot, numbers short."""
    if value is None:
        return "·"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e-3 and value else f"{value:.3f}"
    return str(value).translate(VISIBLE)
