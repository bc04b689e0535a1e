"""The cells of a file that somebody brings: read right, or refused with the line and the mend."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingest import Explained, normal, repeated, shortened

MAX_BYTES = 1_000_000
MAX_NAME = 100
MAX_PROBLEMS = 50
MISSING = ("", "na", "n/a", "#n/a", "nan", "-", "–", "—", "null", "none")
"""What may stand, in any capitals, where a value is missing."""
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins as that of UTF-16 does
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""The first bytes by which a file says how its text is written."""
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True)
class Problem:
    """What is wrong: line of the file (1 = first), column, what is there and what should be."""

    line: int | None
    column: str | None
    found: str
    expected: str

    def __str__(self) -> str:
        where = [f"line {self.line}"] if self.line else []
        where += [f"column {shortened(self.column, 60)}"] if self.column else []
        said = f"{shortened(self.found)}; expected {shortened(self.expected, 600)}"
        return f"{', '.join(where) or 'file'}: {said}"


class Refused(Explained):
    """The file breaks the contract and nothing of it is taken."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems[:MAX_PROBLEMS]
        many = "at least " if len(problems) >= MAX_PROBLEMS else ""
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{many}{len(self.problems)} to mend, nothing was taken:\n{lines}")


@dataclass(frozen=True)
class Cells:
    """A file as rows of trimmed cells in normal form, the first of them its header."""

    encoding: str
    delimiter: str
    head_line: int
    head: list[str]
    rows: list[tuple[int, list[str]]]
    """Of each row the line that it ends on; rows without any cell are no rows."""

    @property
    def names(self) -> list[str]:
        """The header, whatever its capitals."""
        return [name.casefold() for name in self.head]


def cells_of(
    data: bytes,
    is_head: Callable[[set[str]], bool],
    encoding: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Cells:
    """Read a table as text.

    Parameters
    ----------
    data : bytes
        The file: UTF-8, or UTF-16 with its mark, or in ``encoding``. Commas, semicolons or tabs
        part the cells; Excel's first line ``sep=;`` may say which.
    is_head : callable
        Whether a set of names, in lower case, can be the header: tells the delimiter.
    encoding : str, optional
        How the text is written, where neither its first bytes nor UTF-8 say so.
    max_bytes : int
        Larger files are refused.

    Raises
    ------
    Refused
        The bytes are no table.
    """
    if len(data) > max_bytes:
        raise Refused([Problem(None, None, f"{len(data):,} bytes", f"{max_bytes:,} at most")])
    text, encoding = _decoded(data, encoding)
    lines = list(io.StringIO(text, newline=""))
    n_skipped, said = 0, None
    if lines and (found := re.fullmatch(r'"?sep=(.)"?\s*', lines[0], re.IGNORECASE)):
        n_skipped, said = 1, found[1]
        if said not in DELIMITERS:
            raise Refused([Problem(1, None, f"sep={said}", "sep=, or sep=; or a tab")])
    # the limit is one of the whole process; a cell that is too long is no name and no number
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    delimiter = said or _delimiter(lines, is_head)
    rows, wrong = [], []
    reader = csv.reader(lines[n_skipped:], strict=True, delimiter=delimiter)
    try:
        for row in reader:
            cells = _trimmed(row)
            if any(cells):
                rows.append((n_skipped + reader.line_num, cells))
    except csv.Error as error:
        way = "quotes closed in their cell, " + " or ".join(DELIMITERS.values()) + " between cells"
        raise Refused([Problem(n_skipped + reader.line_num, None, str(error), way)]) from error
    head_line, head = rows.pop(0) if rows else (1, [])
    for line, row in rows:
        if len(row) != len(head):
            as_above = f"{len(head)}, as in the header; numbers with a decimal point, not a comma"
            wrong.append(Problem(line, None, f"{len(row)} cells", as_above))
        elif [cell.casefold() for cell in row] == [name.casefold() for name in head]:
            wrong.append(Problem(line, None, "the header again", "one header; take this line out"))
    # after the cells are counted: an empty one too many on the right tells of a decimal comma
    head, rows = _without_empty_columns(head, rows)
    names = [name.casefold() for name in head]
    for name in repeated(names):
        said = "the column twice" if name else "columns without a name"
        wrong.append(Problem(head_line, name or None, said, "each column once, with a name"))
    if wrong:
        raise Refused(wrong)
    return Cells(encoding, delimiter, head_line, head, rows)


def _trimmed(row: list[str]) -> list[str]:
    """Cells without blanks around them, each accent in one form."""
    return [normal(cell.strip()) for cell in row]


def _decoded(data: bytes, encoding: str | None) -> tuple[str, str]:
    """The text, and how it was written."""
    marked = next((name for mark, name in MARKS.items() if data.startswith(mark)), None)
    used = marked or encoding or "utf-8"
    try:
        used = codecs.lookup(used).name
        text = data.decode(used).removeprefix("\ufeff")
    except LookupError as error:  # unknown, or not one of text, as rot13
        way = "a name such as utf-8, utf-16-le, latin-1 or cp1252"
        raise Refused([Problem(None, None, f"encoding {used!r}", way)]) from error
    except ValueError as error:
        start = getattr(error, "start", 0)
        way = f"{used.removesuffix('-sig').upper()}: save it as “CSV UTF-8”"
        way += "; aw add --encoding latin-1 (or cp1252) reads it as it is" * (used == "utf-8")
        line = data[:start].count(b"\n") + 1
        raise Refused([Problem(line, None, "bytes that are no such text", way)]) from error
    if (at := text.find("\0")) >= 0:
        way = (
            "text without null bytes: save it as “CSV UTF-8” (UTF-16 needs its mark or --encoding)"
        )
        raise Refused([Problem(text.count("\n", 0, at) + 1, None, "a null byte", way)])
    return text, used.removesuffix("-sig")


def _delimiter(lines: list[str], is_head: Callable[[set[str]], bool]) -> str:
    """What parts the cells of the header: of those that make one, that which makes most cells."""
    makes = {}
    for delimiter in DELIMITERS:
        try:
            first = next(
                r for r in csv.reader(lines, delimiter=delimiter) if any(map(str.strip, r))
            )
        except (StopIteration, csv.Error):
            first = []
        makes[delimiter] = (is_head({c.casefold() for c in _trimmed(first)}), len(first))
    return max(DELIMITERS, key=makes.get)


def _without_empty_columns(
    head: list[str], rows: list[tuple[int, list[str]]]
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Without what a spreadsheet adds on the right: columns that have no name and no cell."""
    n = max((i for i, name in enumerate(head, start=1) if name), default=0)
    if any(any(row[n:]) for _, row in rows):
        return head, rows
    return head[:n], [(line, row[:n]) for line, row in rows]


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return text.casefold() in MISSING


def name_problem(text: str) -> str | None:
    """What keeps a cell from being a name; None where nothing does."""
    if is_missing(text):
        return "no name"
    if len(text) > MAX_NAME:
        return f"a name of {len(text)} characters"
    if text[0] in "=+@-":
        return "a name that a spreadsheet takes for a formula"
    odd = next((c for c in text if not c.isprintable()), None)
    return f"a character that does not show (U+{ord(odd):04X})" if odd else None


NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:(?P<mark>[.,])(?P<part>[0-9]*))?(?P<power>[eE][+-]?[0-9]+)?"
    r"(?P<percent>[ \u00a0\u202f]*%)?"
)
GROUPED = re.compile(r"[+-]?[0-9]{1,3}([ ',.\u00a0\u202f’][0-9]{3})+([.,][0-9]+)? *%?")
LONE = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}[ \u00a0\u202f]*%?")


@dataclass(frozen=True)
class Number:
    """A number as it stands in a cell."""

    text: str
    mark: str
    """Its decimal mark, empty for a whole number."""
    is_percent: bool
    could_be_grouped: bool
    """It may have a separator of thousands in place of a decimal mark, as 1,234."""

    @property
    def value(self) -> float:
        """Without its percent sign."""
        return float(self.text.rstrip("% \u00a0\u202f").replace(",", "."))


def number_of(text: str) -> Number | str:
    """The number in a cell, or what else is there."""
    text = text.replace("\u2212", "-")  # the minus of typesetters
    found = NUMBER.fullmatch(text)
    if found and (found["whole"] or found["part"]):
        is_lone = LONE.fullmatch(text) is not None
        return Number(text, found["mark"] or "", bool(found["percent"]), is_lone)
    if GROUPED.fullmatch(text):
        return "a separator of thousands"
    if text[:1] in "=@" or re.fullmatch(r"[+-][^0-9.,].*", text):
        return "a formula"
    return "no number"


def decimal_mark(
    numbers: Iterator[tuple[int, str, Number]], delimiter: str
) -> tuple[str, list[Problem]]:
    """The decimal mark of a file, and the cells that speak against it.

    Parameters
    ----------
    numbers : iterable of (int, str, Number)
        Line, column and number of every cell that has one.
    delimiter : str
        Where commas part the cells, the mark is a point; elsewhere either, but one in the whole
        file.
    """
    marked = [(line, column, n) for line, column, n in numbers if n.mark]
    if delimiter == ",":
        return ".", [
            Problem(line, column, f"{n.text!r}", "a decimal point, and no separator of thousands")
            for line, column, n in marked
            if n.mark == ","
        ]
    first = {mark: next((m for m in marked if m[2].mark == mark), None) for mark in ".,"}
    if first["."] and first[","]:
        line, column, number = max(first.values(), key=lambda m: m[0])
        other = min(first.values(), key=lambda m: m[0])
        way = f"one decimal mark, as {other[2].text!r} in line {other[0]}; no thousands separators"
        return ".", [Problem(line, column, f"{number.text!r}", way)]
    # a point is the rule where tabs part the cells; with semicolons the file is of a spreadsheet
    is_open = first[","] or delimiter == ";"
    if marked and is_open and all(n.could_be_grouped for *_, n in marked):
        line, column, number = marked[0]
        whole, mark, part = re.split(r"([.,])", number.text, maxsplit=1)
        way = f"{whole}{mark}{part.rstrip('% ')}0 if that is a decimal mark, {whole}{part} if not"
        return ".", [Problem(line, column, f"{number.text!r} can be read in two ways", way)]
    return "," if first[","] else ".", []
