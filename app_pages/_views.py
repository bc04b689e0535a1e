"""What a page shows: the rows that a query gives, as a chart, as a table and to download.

A page asks for at most one mart per query and computes nothing that a reader could cite. How a
column is called and written is read from the mart's YAML (`warehouse.fields`).
"""

from __future__ import annotations

import pickle
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import quote
from zlib import crc32

import altair as alt
import pandas as pd
import streamlit as st

from app_pages._choices import memory, permalink, to_page
from app_pages._export import menu
from app_pages._shared import benchmarks, query
from warehouse import fields
from warehouse.figures import theme
from warehouse.figures.marks import PLOT
from warehouse.figures.record import BENCHMARK_COLUMNS, Figure, benchmark_ids


@dataclass(frozen=True)
class Answer:
    """Rows that the warehouse gave, with the query: whoever sees them can ask it again."""

    rows: pd.DataFrame
    sql: str
    values: Mapping[str, object]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return self.rows.empty

    @cached_property
    def mart(self) -> str:
        """The mart that was asked."""
        return re.search(r"from \w+\.(\w+)", self.sql)[1]

    @property
    def name(self) -> str:
        """What was asked for, and the mart: enough to tell files apart."""
        asked = [str(v) for v in self.values.values() if not isinstance(v, bool | list)]
        return "_".join([*asked, re.sub("^(dim|fct|rpt|bridge)_", "", self.mart)])

    def only(self, rows: pd.DataFrame) -> Answer:
        """The same with some of the rows, as filters leave them, or with more columns."""
        return replace(self, rows=rows)


def ask(sql: str, **values: object) -> Answer:
    """Ask a query that a page or a figure spells out."""
    return Answer(query(sql, **values), sql, values)


def select(mart: str, columns: str = "*", *, order: str, **equal: object) -> Answer:
    """Ask for the rows of one mart whose columns have the given values, or one of a list's."""
    indented = textwrap.indent(textwrap.fill(columns, 90), "    ")
    head = f"select {columns}" if len(columns) < 80 else f"select\n{indented}"
    lines = [head, f"from {mart if '.' in mart else f'marts.{mart}'}"]
    if equal:
        fits = {True: "{0} in (select unnest(${0}))", False: "{0} = ${0}"}
        where = (fits[isinstance(value, list)].format(c) for c, value in equal.items())
        lines.append("where " + " and ".join(where))
    return ask("\n".join([*lines, f"order by {order}"]), **equal)


@dataclass(frozen=True)
class Drawing:
    """A chart, what the browser draws it from, and how it stands on the page."""

    chart: alt.TopLevelMixin
    specification: dict
    key: str
    options: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, chart: alt.TopLevelMixin, key: str) -> Drawing:
        """Take a chart that is not to be remembered, as one of a visitor's own scores."""
        return cls(chart, theme.specification(chart), key)

    def with_options(self, **options: object) -> Drawing:
        """With options of `streamlit.vega_lite_chart`, such as a height or a width of its own."""
        return replace(self, options=self.options | options)

    def on_click(self, act: Callable[[], None], selection: str) -> Drawing:
        """Call back when a mark of the named selection is clicked."""
        return self.with_options(on_select=act, selection_mode=[selection])

    def show(self) -> None:
        """Put it on the page, as wide as the page; a narrow screen scrolls a wide one sideways.

        A chart whose width follows its rows, and one of several plots, keep their own width.
        """
        spec, width = self.specification, self.specification.get("width")
        is_own = not isinstance(width, int)
        if is_own:
            # Streamlit takes the width of a chart as that of chart, axes and labels together
            spec = spec | {"autosize": {"type": "pad"}}
        # on a canvas, which takes a chart of many rows, no style of the page reaches the letters
        spec = theme.inked(spec, "dark" if st.context.theme.type == "dark" else "light")
        fits = not is_own and width <= PLOT
        with st.container(key=f"{'fitting' if fits else 'scrolling'}-{self.key}"):
            look = {"width": "content" if is_own else "stretch"} | self.options
            st.vega_lite_chart(spec=spec, key=self.key, **look)


def draw(make: Callable[..., alt.TopLevelMixin], *rows: object, **options: object) -> Drawing:
    """Make a chart, once for the same rows: it takes longer than to ask for them."""
    code = make.__code__
    return _draw((make.__module__, code.co_name, code.co_firstlineno), rows, options, _make=make)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs={pd.DataFrame: pickle.dumps})
def _draw(name: tuple, rows: tuple, options: dict[str, object], *, _make: Callable) -> Drawing:
    return Drawing.of(_make(*rows, **options), name[1].strip("_"))


def view(
    answer: Answer,
    chart: Drawing | Callable[[pd.DataFrame], alt.TopLevelMixin] | None = None,
    columns: str | Sequence[str] = (),
    *,
    name: str = "",
    title: str = "",
    intro: str = "",
    said: str = "",
    absent: str = "",
    shown: pd.DataFrame | None = None,
    mart: str | None = None,
    **options: object,
) -> object:
    """Show an answer: heading, chart, what is said of it, table, what can be taken home.

    Of an empty answer only the heading, and what ``absent`` says; without that, nothing.

    Parameters
    ----------
    answer : Answer
        Its rows are those to download.
    chart : Drawing or callable, optional
        Or what makes it from the rows. Left out where the answer is a table alone.
    columns : str or sequence of str
        Those of the table, as `table` takes them; no table without any.
    name : str
        Of the files; by default what was asked for, and the mart.
    title, intro, said : str
        Heading; text above the chart; caption below the chart and above the table.
    absent : str
        In the place of rows, where there are none.
    shown : DataFrame, optional
        Rows of the table, where they are not those of the answer.
    mart : str, optional
        The mart whose columns they are, where it is not the one that was asked.
    options
        Of `table`.

    Returns
    -------
    object
        What the reader picked from the table, if ``options`` say that one can.
    """
    if answer.is_empty and not absent:
        return None
    if title:
        st.header(title)
    if answer.is_empty:
        st.info(absent)
        return None
    if intro:
        st.write(typeset(intro))
    if chart is not None:
        chart = chart if isinstance(chart, Drawing) else draw(chart, answer.rows)
        chart.show()
    if said:
        st.caption(typeset(said))
    rows = answer.rows if shown is None else shown
    picked = table(rows, mart or answer.mart, columns, **options) if len(columns) else None
    menu(answer, name or answer.name, chart)
    return picked


LINKED = {"model_id": "model", "neighbour_id": "model", "benchmark_id": "benchmark"}
"""Columns that lead to the page of a model or a benchmark."""

NAMED = {
    "cohort_id": ("dim_cohorts", "title"),
    "cohort_a": ("dim_cohorts", "title"),
    "cohort_b": ("dim_cohorts", "title"),
    "tested_cohort_id": ("dim_cohorts", "title"),
    "snapshot_id": ("dim_snapshots", "title"),
    "source_id": ("dim_sources", "title"),
    "dataset_id": ("dim_trial_datasets", "title"),
    "model_id": ("dim_models", "display_name"),
    "neighbour_id": ("dim_models", "display_name"),
} | dict.fromkeys(BENCHMARK_COLUMNS, ("dim_benchmarks", "title"))
"""Columns of ids, each with the dimension and its column of names for people."""


def names_of(column: str) -> dict[str, str]:
    """Names for people of every id that a column can hold; the id follows what several share."""
    mart, name = NAMED[column]
    key = "model_id" if column == "neighbour_id" else f"{mart[4:-1].removeprefix('trial_')}_id"
    rows = query(f"select {key} as id, {name} as name from marts.{mart}")
    is_shared = rows["name"].duplicated(keep=False) & (rows["name"] != rows["id"])
    names = rows["name"].mask(is_shared, rows["name"] + " (" + rows["id"] + ")")
    return dict(zip(rows["id"], names, strict=True))


LONG = 60
"""Characters beyond which a column of text is made wide."""


def table(
    rows: pd.DataFrame,
    mart: str,
    columns: str | Sequence[str] = "*",
    *,
    labels: Mapping[str, str] | None = None,
    names: Mapping[str, Mapping[str, str]] | None = None,
    more: Mapping[str, Sequence[str]] | None = None,
    config: Mapping[str, object] | None = None,
    style: Callable | None = None,
    **options: object,
) -> object:
    """Show rows of a mart with the labels, formats and help of its columns.

    Parameters
    ----------
    rows : DataFrame
        Rows of the mart, with more columns if ``config`` tells of them.
    mart : str
        Where labels, formats and help are read.
    columns : str or sequence of str
        What is shown, in this order: names, or one text of them with commas; ``*`` for all.
    labels : mapping, optional
        Labels that the place of a column in this table asks for, as *of* behind a rank.
    names : mapping, optional
        By column: names of its values for people.
    more : mapping, optional
        By mart: columns that come from there.
    config : mapping, optional
        Configuration by Streamlit of columns that no mart has.
    style : callable, optional
        Styles the rows, by their `pandas.io.formats.style.Styler`.
    options
        Of `streamlit.dataframe`.

    Raises
    ------
    KeyError
        The mart has no such column, and ``config`` does not name it.
    """
    labels, names, config = labels or {}, names or {}, dict(config or {})
    marts = {column: other for other, theirs in (more or {}).items() for column in theirs}
    if isinstance(columns, str):
        columns = list(rows) if columns == "*" else columns.split(", ")
    shown = rows[list(columns)].copy()
    texts = shown.select_dtypes(["object", "string"]).astype(str)
    n_long = sum(texts[column].str.len().max() > LONG for column in texts)
    wide = "large" if n_long < 2 else "medium"  # so that the last column is in view
    for column in columns:
        known = names.get(column) or (names_of(column) if column in NAMED else {})
        if column in LINKED:
            page = LINKED[column]
            shown[column] = [
                f"{permalink(page, v)}#{quote(known.get(v) or v)}" if isinstance(v, str) else v
                for v in shown[column]
            ]
            config.setdefault(
                column,
                st.column_config.LinkColumn(
                    labels.get(column, page.capitalize()), display_text=r"#(.*)$"
                ),
            )
            continue
        if known:
            shown[column] = shown[column].map(lambda v, known=known: known.get(v, v))
        if column not in config:
            said = fields.field(marts.get(column, mart), column)
            if said.format == fields.WORDS and not known:
                shown[column] = shown[column].map(said.text)
            if (said.format or "").endswith("%"):
                shown[column] = 100 * shown[column]
            config[column] = _configured(said, shown[column], labels, wide)
    return grid(style(shown.style) if style else shown, config, **options)


def grid(rows: object, config: Mapping[str, object] | None = None, **options: object) -> object:
    """Show rows as they are; an empty cell stays empty."""
    look = {"hide_index": True, "placeholder": ""} | options
    return st.dataframe(rows, column_config=config, **look)


def finding(text: str, how: str = "", *, claim: str | None = None) -> None:
    """What the page found, in one sentence above its first chart, and how beside it.

    Parameters
    ----------
    text : str
        The sentence, computed from marts, with its n and interval.
    how : str
        How it was found, and its limits; what the choices of the page say of themselves, as the
        rule of the cohort, follows it.
    claim : str, optional
        A claim of ``rpt_specification_claims``: in which share of the ways to ask it holds.
    """
    with st.container(horizontal=True, key=f"finding-{crc32(text.encode()):x}"):
        st.markdown(typeset(text), width="content")
        with st.popover("How", icon=":material/help:", type="tertiary"):
            st.markdown(typeset("\n\n".join([how, *memory().notes])))
    if claim:
        for row in query(SHARE, claim=claim).itertuples():
            to_page(
                "agreement",
                typeset(
                    f"“{row.statement}” holds in {row.share_holding:.0%} of "
                    f"{row.n_specifications:,} ways to ask"
                ),
                tab="specification-curve",
                claim=claim,
            )


def typeset(text: str) -> str:
    """Text with a minus before negative numbers, not a hyphen, and a space before per cent.

    Names keep their hyphens.
    """
    text = re.sub(r"(?<![\w\\])-(?=\.?\d)", "−", text)
    return re.sub(r"(?<=\d) ?%", "\N{NO-BREAK SPACE}%", text)


SHARE = """\
select statement, share_holding, n_specifications
from marts.rpt_specification_claims
where claim_id = $claim and n_specifications > 0"""


def marked(*starts: str) -> Callable[[object], str]:
    """Style of cells that begin with one of some words: they strike the eye."""
    look = f"color: {theme.VERMILION}; font-weight: bold"
    return lambda cell: look if str(cell).startswith(starts) else ""


def _configured(
    said: fields.Field, values: pd.Series, labels: Mapping[str, str], wide: str
) -> dict:
    """Column of a table, by what its mart says of it; ``wide`` is the width of long text."""
    label = {"label": labels.get(said.name, said.label), "help": said.help}
    if said.name == "url":
        return st.column_config.LinkColumn(**label)
    if said.data_type == "date":
        return st.column_config.DateColumn(**label)
    if said.data_type == "boolean":
        return st.column_config.CheckboxColumn(**label)
    if said.is_number:
        form = "bytes" if said.name == "n_bytes" else printf(said.format)
        return st.column_config.NumberColumn(**label, format=form)
    is_long = values.astype(str).str.len().max() > LONG
    return st.column_config.TextColumn(**label, width=wide if is_long else None)


def printf(form: str) -> str:
    """Streamlit's way to write a format of d3: ``+.1f`` is ``%+.1f``.

    A share is given in hundredths: ``.0%`` is ``%.0f %%``.
    """
    if form.endswith("%"):
        return f"%{form[:-1]}f %%"
    if form == ",d":
        return "localized"
    plain = form.lstrip(",").replace("~", "")
    # without a precision d3 writes six digits, Streamlit all that a number has
    return f"%{plain if plain != 'g' else '.6g'}"


def number(label: str, *, form: str = ".3f", help: str | None = None) -> dict:
    """Column of numbers that no mart holds, in a format of d3."""
    return st.column_config.NumberColumn(label, format=printf(form), help=help)


def metrics(shown: Mapping[str, tuple[str, str | None]]) -> None:
    """A row of numbers, each with an explanation; it folds on a narrow screen."""
    with st.container(horizontal=True, gap="large"):
        for label, (value, help) in shown.items():
            st.metric(label, value, help=help, width="content")


def facts(row: Mapping[str, object], mart: str, columns: str) -> str:
    """Write columns of a row of a mart in a line, with their labels; missing ones are left out."""
    said = [fields.field(mart, column) for column in columns.split(", ")]
    texts = [(one.label, one.text(row[one.name])) for one in said]
    line = " · ".join(f"{label} **{text}**" for label, text in texts if text)
    return typeset(line.replace(" · to ", " to "))


def p_text(p: float) -> str:
    """Write a p-value."""
    if pd.isna(p):
        return "none"
    return "< .001" if p < 0.001 else "> .999" if p > 0.999 else f"{p:.3f}"


@st.fragment
def folded(label: str, key: str, show: Callable[[], None]) -> None:
    """Box that makes its content when it is opened; the rest of the page stays as it is."""
    box = st.expander(label, key=f"folded:{key}", on_change="rerun")
    if box.open:
        with box:
            show()


def limits(row: pd.Series, name: str = "", form: str = ".2f") -> str:
    """Both limits of an interval, as ``(0.10 to 0.90)`` after a number; nothing where unknown."""
    low, high = row[f"{name}ci_low"], row[f"{name}ci_high"]
    return "" if pd.isna(low) else typeset(f" ({low:{form}} to {high:{form}})")


def show_figure(
    figure: Figure, answer: Answer, explain: Callable[[pd.DataFrame], None] = lambda rows: None
) -> None:
    """Show a figure of the paper pack: its chart, and the menu of what can be taken home.

    Parameters
    ----------
    figure : Figure
        Its record.
    answer : Answer
        To its query, with at least one row.
    explain : callable
        Says below the chart what the rows show.
    """
    rows, key = answer.rows, figure.scope.key
    chart = draw(figure.draw, figure.keep(rows), benchmarks(benchmark_ids(rows)))
    chart.show()
    explain(rows)
    chosen = {**figure.options, **answer.values}
    options = "".join(f" --{k.replace('_', '-')} {v}" for k, v in chosen.items() if k != key)
    command = f"aw export {figure.name} --{figure.scope.noun} {chosen[key]}{options}"
    menu(answer, f"{figure.name}_{'_'.join(chosen.values())}", chart, command)
