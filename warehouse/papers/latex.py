"""LaTeX of a table: heads and number formats are those of the marts' columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import pandas as pd

from warehouse.figures.fields import Field, field
from warehouse.figures.marks import titles_of
from warehouse.figures.record import BENCHMARK_COLUMNS, Column, Figure

SHORT_TABLE = 45
"""Rows beyond this many make a table that runs over pages."""


@dataclass(frozen=True)
class Table:
    """Rows of a LaTeX table: the heads and the cells are LaTeX already."""

    columns: str
    head: list[str]
    rows: list[list[str]]
    caption: str


def figure_table(figure: Figure, rows: pd.DataFrame, benchmarks: pd.DataFrame) -> Table:
    """Return the table of a figure.

    Parameters
    ----------
    figure : Figure
        Whose table.
    rows : DataFrame
        Rows of its query.
    benchmarks : DataFrame
        Their rows in ``dim_benchmarks``; ids of benchmarks are shown as their titles.
    """
    words = {**dict.fromkeys(BENCHMARK_COLUMNS, titles_of(benchmarks)), **figure.words}
    first = rows.iloc[0].to_dict()
    one = SimpleNamespace(**{c: words.get(c, {}).get(v, v) for c, v in first.items()})
    caption = figure.caption.format(n=len(rows), many=rows.nunique(), one=one)
    shown = figure.arrange(rows)
    columns: Sequence[Column] = figure.table
    if figure.tabulate is not None:
        columns, shown = figure.tabulate(rows)
    made = [_column(figure.mart, column, shown, words) for column in columns]
    return Table(
        columns="".join(place for place, _, _ in made),
        head=[head for _, head, _ in made],
        rows=[list(cells) for cells in zip(*(cells for _, _, cells in made), strict=True)],
        caption=escape_latex(caption),
    )


def _column(
    mart: str, column: Column, rows: pd.DataFrame, words: dict[str, dict[str, str]]
) -> tuple[str, str, list[str]]:
    """Alignment, head and cells of one column."""
    if isinstance(column, tuple):
        low, high = (field(mart, c) for c in column)
        ends = zip(*(_cells(f, rows[f.name]) for f in (low, high)), strict=True)
        head = low.label.removesuffix("from").rstrip(" ,").replace("95 %", "95 % interval")
        return "r", escape_latex(head), [f"[{a}, {b}]" for a, b in ends]
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
    return [_number(text) if one.is_number else escape_latex(text) for text in texts]


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
        head=[escape_latex(str(c)) for c in frame.columns],
        rows=[
            ["" if pd.isna(v) else escape_latex(_plain(v)) for v in row]
            for row in frame.itertuples(index=False)
        ],
        caption=caption,
    )


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def latex_table(table: Table, where: str) -> str:
    """LaTeX of a table, with the rules of booktabs; a long one runs over pages.

    Parameters
    ----------
    table : Table
        Heads and cells in LaTeX.
    where : str
        The cohort or dataset and its definition, for the end of the caption; may be empty.
    """
    rows = [" & ".join(row) + r" \\" for row in table.rows]
    head = [r"\toprule", " & ".join(table.head) + r" \\", r"\midrule"]
    sentences = [s.rstrip(".") + "." for s in (table.caption, escape_latex(where)) if s]
    caption = rf"\caption{{{' '.join(sentences)}}}"
    if len(rows) <= SHORT_TABLE:
        lines = [
            "% needs: booktabs",
            *(r"\begin{table}", caption, rf"\begin{{tabular}}{{{table.columns}}}"),
            *(*head, *rows, r"\bottomrule"),
            *(r"\end{tabular}", r"\end{table}"),
        ]
    else:
        lines = [
            "% needs: booktabs, longtable",
            *(rf"\begin{{longtable}}{{{table.columns}}}", caption + r" \\"),
            *(*head, r"\endfirsthead", *head, r"\endhead"),
            *(*rows, r"\bottomrule", r"\end{longtable}"),
        ]
    return "\n".join([*lines, ""])


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
