"""LaTeX of a table: heads and number formats are those of the marts' columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace

import pandas as pd

from warehouse.fields import Field, field, in_words
from warehouse.figures.marks import titles_of
from warehouse.figures.record import BENCHMARK_COLUMNS, Column, Figure
from warehouse.figures.theme import Page

_PAGE = Page()

ROWS = 20
"""Rows of a table in a paper, where no other number is asked for."""

LEADING = 1.2
"""Distance of lines in sizes of letters."""

GAP = 3.0
"""Points on each side of a column."""


@dataclass(frozen=True)
class Table:
    """Rows of a LaTeX table: the heads and the cells are LaTeX already.

    Attributes
    ----------
    columns : str
        For each column ``l`` for text or ``r`` for numbers.
    head, rows : list
        Heads, and the cells of each row.
    caption : str
        What it shows.
    bold : str
        What a bold number means; empty where none is.
    """

    columns: str
    head: list[str]
    rows: list[list[str]]
    caption: str
    bold: str = ""


def figure_table(
    figure: Figure,
    rows: pd.DataFrame,
    benchmarks: pd.DataFrame,
    names: Mapping[str, Mapping[str, str]] | None = None,
) -> Table:
    """Return the table of a figure.

    Parameters
    ----------
    figure : Figure
        Whose table.
    rows : DataFrame
        Rows of its query.
    benchmarks : DataFrame
        Their rows in ``dim_benchmarks``; ids of benchmarks are shown as their titles.
    names : mapping, optional
        What ids of other columns are shown as: column to id to name.
    """
    rows = figure.keep(rows)
    titles = dict.fromkeys(BENCHMARK_COLUMNS, titles_of(benchmarks))
    words: dict[str, dict[str, str]] = {}
    for said in (titles, names or {}, figure.words):
        for column, of in said.items():
            words[column] = {**words.get(column, {}), **of}
    first = rows.iloc[0].to_dict()
    one = SimpleNamespace(**{c: words.get(c, {}).get(v, v) for c, v in first.items()})
    caption = figure.caption.format(n=len(rows), many=rows.nunique(), one=one)
    shown = figure.arrange(rows)
    columns: Sequence[Column] = figure.table
    if figure.tabulate is not None:
        columns, shown = figure.tabulate(rows)
    made = [_column(figure.mart, column, shown, words) for column in columns]
    said = _embolden(figure.signed, columns, made, shown)
    return Table(
        columns="".join(place for place, _, _ in made),
        head=[head for _, head, _ in made],
        rows=[list(cells) for cells in zip(*(cells for _, _, cells in made), strict=True)],
        caption=escape_latex(caption),
        bold=said,
    )


def _embolden(
    signed: Sequence[str], columns: Sequence[Column], made: list, rows: pd.DataFrame
) -> str:
    """Make estimates bold of which the interval beside them leaves out zero; say so."""
    found = False
    for i, (column, limits) in enumerate(pairwise(columns)):
        if column in signed and isinstance(limits, tuple):
            low, high = (rows[c] for c in limits)
            place, head, cells = made[i]
            away = ((low > 0) | (high < 0)).tolist()
            cells = [
                rf"{{\boldmath{c}}}" if bold else c for c, bold in zip(cells, away, strict=True)
            ]
            made[i], found = (place, head, cells), True
    return (
        "Bold: the 95\\,\\% interval of the row leaves out 0, not corrected for the number of rows."
        * found
    )


def _column(
    mart: str, column: Column, rows: pd.DataFrame, words: dict[str, dict[str, str]]
) -> tuple[str, str, list[str]]:
    """Alignment, head and cells of one column."""
    if isinstance(column, tuple):
        low, high = (field(mart, c) for c in column)
        ends = zip(*(_cells(f, rows[f.name]) for f in (low, high)), strict=True)
        head = low.label.removesuffix("from").rstrip(" ,").replace("95 %", "95 % interval")
        return "r", escape_latex(head), ["--" if a == b == "--" else f"[{a},~{b}]" for a, b in ends]
    one = column if isinstance(column, Field) else field(*_place(mart, column))
    values = rows[one.name]
    if one.name in words:
        values = values.map(lambda v: words[one.name].get(v, v))
    return "r" if one.is_number else "l", escape_latex(one.label), _cells(one, values)


def _place(mart: str, column: str) -> tuple[str, str]:
    """Mart and name of a column that may say its mart."""
    other, _, name = column.rpartition(".")
    return other or mart, name


def _cells(one: Field, values: pd.Series) -> list[str]:
    texts = (one.text(value) for value in values)
    return [_number(text) if one.is_number else _breakable(text) for text in texts]


def _number(text: str) -> str:
    """A number in math mode, so that its minus is one; two dashes for a missing one."""
    if not text:
        return "--"
    text = re.sub(r"e([+-])0*(\d+)", lambda m: rf" \cdot 10^{{{m[1].strip('+')}{m[2]}}}", text)
    text = text.replace(",", "{,}").replace("%", r"\,\%")
    return f"${text}$"


def frame_table(frame: pd.DataFrame, caption: str) -> Table:
    """Table of any data frame, with the names of its columns as heads."""
    numbers = frame.select_dtypes("number").columns
    return Table(
        columns="".join("r" if c in numbers else "l" for c in frame.columns),
        head=[escape_latex(in_words(str(c))) for c in frame.columns],
        rows=[
            ["" if pd.isna(v) else _breakable(_plain(v)) for v in row]
            for row in frame.itertuples(index=False)
        ],
        caption=caption,
    )


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def latex_table(
    table: Table, where: str = "", page: Page = _PAGE, *, top: int = ROWS, label: str = ""
) -> str:
    """LaTeX of a table that is as wide as a page at most, with the rules of booktabs.

    It has the first rows, and as many columns as fit; a note says what is left out.

    Parameters
    ----------
    table : Table
        Heads and cells in LaTeX.
    where : str
        LaTeX for the end of the caption: the cohort, its definition, sources; may be empty.
    page : Page
        Its width and the size of its letters.
    top : int
        Rows at most.
    label : str
        To refer to it by.
    """
    rows = table.rows[:top]
    cells = [[head, *column] for head, *column in zip(table.head, *rows, strict=True)]
    widths = _widths(table.columns, cells, 72 * page.width / page.font_size)
    n = len(widths)
    form = "".join(
        rf">{{\ragged{'left' if kind == 'r' else 'right'}\arraybackslash}}"
        rf"p{{{width * page.font_size:.1f}pt}}"
        for kind, width in zip(table.columns, widths, strict=False)
    )
    left_out = []
    if len(rows) < len(table.rows):
        left_out.append(f"the first {len(rows)} of {len(table.rows):,} rows".replace(",", "{,}"))
    if n < len(table.head):
        left_out.append(f"{n} of {len(table.head)} columns")
    notes = [f"Shown: {' and '.join(left_out)}; the CSV file has all."] if left_out else []
    notes += [table.bold] if table.bold else []
    lines = [
        "% needs: array, booktabs",
        *(r"\begin{table}[htbp]", r"\centering", rf"\caption{{{sentences(table.caption, where)}}}"),
        *([rf"\label{{{label}}}"] if label else []),
        rf"\fontsize{{{page.font_size:g}}}{{{page.font_size * LEADING:g}}}\selectfont",
        rf"\setlength{{\tabcolsep}}{{{GAP:g}pt}}",
        rf"\begin{{tabular}}{{@{{}}{form}@{{}}}}",
        r"\toprule",
        *(" & ".join(row[:n]) + r" \\" for row in [table.head]),
        r"\midrule",
        *(" & ".join(row[:n]) + r" \\" for row in rows),
        *(r"\bottomrule", r"\end{tabular}"),
        *([r"\par\smallskip\raggedright " + " ".join(notes)] if notes else []),
        r"\end{table}",
    ]
    return "\n".join([*lines, ""])


def _widths(kinds: str, columns: Sequence[Sequence[str]], page: float) -> list[float]:
    """Width of each column that fits, in sizes of letters.

    Numbers keep to a line, their heads may take several; text may, down to its longest word. Of
    what is left of the page each column of text gets in proportion to what it lacks. Letters are
    taken for a little wider than Computer Modern's.
    """
    gap = 2 * GAP / 8
    least, most = [], []
    for kind, (head, *cells) in zip(kinds, columns, strict=True):
        words = max(map(_wide, re.split(r"[ -]|\\allowbreak\{\}", _bare(head))), default=0)
        lines = [_wide(_bare(cell)) for cell in cells]
        if kind == "l":
            parts = (w for c in cells for w in re.split(r" |\\allowbreak\{\}", c))
            words = max([words, *(_wide(_bare(w)) for w in parts)])
        least.append(max([words, *lines]) if kind == "r" else words)
        most.append(max([words, *lines]))
    n = len(least)
    while n > 1 and sum(least[:n]) + gap * (n - 1) > page:
        n -= 1
    least, most = least[:n], most[:n]
    free = page - sum(least) - gap * (n - 1)
    wanted = sum(most) - sum(least)
    share = min(1, max(free, 0) / wanted) if wanted else 0
    widths = [low + share * (high - low) for low, high in zip(least, most, strict=True)]
    return [min(width, page) for width in widths]


_NARROW, _WIDE = set("iljtf.,:;'|()[]!~ "), set("mwMW%@-+")


def _wide(text: str) -> float:
    """Width of a text in sizes of its letters."""
    sizes = (
        0.33 if c in _NARROW else 0.95 if c in _WIDE else 0.79 if c.isupper() else 0.57
        for c in text
    )
    return sum(sizes)


def _bare(latex: str) -> str:
    """The letters of LaTeX text, without its commands."""
    text = re.sub(r"\\(cdot|times|kappa|rho|tau)\b", "m", latex)
    text = re.sub(r"\\boldmath", "m", text)
    text = re.sub(r"\\([%&#_$])", r"\1", text)
    return re.sub(r"\\[a-zA-Z]+|[{}$^\\]", "", text)


_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "…": r"\ldots{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    **{"κ": r"$\kappa$", "ρ": r"$\rho$", "τ": r"$\tau$", "ε": r"$\varepsilon$", "²": "$^2$"},
    **{"−": "$-$", "±": r"$\pm$", "<": "$<$", ">": "$>$"},
}


def escape_latex(text: str) -> str:
    """Make text safe inside a LaTeX paragraph."""
    return "".join(_ESCAPES.get(c, c) for c in text)


def sentences(*texts: str) -> str:
    """Texts one after another, each with a mark at its end; empty ones are left out."""
    return " ".join(t if t[-1] in ".?!" else f"{t}." for t in texts if t)


def _breakable(text: str) -> str:
    """Escaped text of a cell, whose long names may go on in the next line."""
    return re.sub(r"(?<=\w)(\\_|[./:-])(?=\w)", r"\1\\allowbreak{}", escape_latex(text))
