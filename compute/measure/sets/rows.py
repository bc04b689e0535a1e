"""A lab's own CSV files: each row with the line it begins on, or one line that says why not."""

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path

from compute.measure.sets.stimuli import StimulusError, expect
from ingest import normal

LARGEST = 1e100
Row = tuple[int, dict[str, str]]
"""Line of the file (1 is the header), and cells by column."""


def refuse(path: Path, line: int, what: str) -> None:
    """Raise an error that names the file and the line."""
    raise StimulusError(f"{path}, line {line}: {what}")


def text_of(path: Path, content: bytes) -> str:
    """The text of a file in UTF-8, :func:`normal`, byte-order mark taken off."""
    try:
        text = content.decode("utf-8-sig")
        at = text.find("\0")
        line = text.count("\n", 0, at) + 1 if at >= 0 else None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    if line is not None:
        refuse(path, line, "not UTF-8; save it as UTF-8")
    return normal(text)


def csv_rows(path: Path, content: bytes, columns: list[str] | None) -> Iterator[Row]:
    """Each row of a CSV file, empty lines left out; blanks around a cell do not count.

    Parameters
    ----------
    path : Path
        For messages.
    content : bytes
        UTF-8, parted by commas, at least one row below the header.
    columns : list of str, optional
        The header; any by default.

    Yields
    ------
    line, cells : int and dict of str to str
        The line on which the row begins, line breaks inside cells and empty lines counted.

    Raises
    ------
    StimulusError
        Another header, encoding or number of cells, an empty cell, or no row.
    """
    text = text_of(path, content)
    # the limit is one of the whole process: what a file says must not hang on what was read before
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    header: list[str] = []
    line, n_rows = 1, 0
    try:
        for row in reader:
            begins, line = line, reader.line_num + 1
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not header:
                header = cells
                _check_header(path, header, columns)
                continue
            if len(cells) != len(header):
                refuse(path, begins, f"{len(cells)} cells, the header has {len(header)}")
            if "" in cells:
                refuse(path, begins, f"{header[cells.index('')]} is empty")
            n_rows += 1
            yield begins, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        refuse(path, line, f"not readable as CSV ({error})")
    expect(bool(header), path, f"the header {','.join(columns or [])}", "nothing")
    if not n_rows:
        raise StimulusError(f"{path}: no row below the header")


def _check_header(path: Path, header: list[str], columns: list[str] | None) -> None:
    if columns is None or header == columns:
        return
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if mark in header[0]:
            raise StimulusError(f"{path}: its cells are parted by {name}; save it with commas")
    expect(False, path, f"the header {','.join(columns)}", ",".join(header))


def number(path: Path, line: int, text: str) -> float:
    """A number that is not negative, and not so large that its square is none."""
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not 0 <= value <= LARGEST:
        refuse(
            path,
            line,
            f"expected a number of 0 to {LARGEST:g} with a decimal point, found {text!r}",
        )
    return value
