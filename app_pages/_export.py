"""What a reader takes home of a chart or a table: files, query, command and citation."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pandas as pd
import streamlit as st

from app_pages._choices import memory
from app_pages._shared import query
from ingest import settings
from warehouse import fields
from warehouse.figures import theme
from warehouse.papers.bibliography import OURS, citation_keys, read_bibtex
from warehouse.papers.latex import escape_latex, frame_table, latex_table
from warehouse.papers.pack import with_values

if TYPE_CHECKING:
    from app_pages._views import Answer, Drawing

COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")
"""A whole commit of git; its first twelve digits tell it from others."""

FORMULA = re.compile(r"[=+@\t\r].|-[^\d.]")
"""How text begins that a spreadsheet runs; a negative number is no formula."""

SOURCES = """\
select title, url, commit_id, licence, citation
from marts.dim_sources
where source_id in (select unnest($ids))
order by source_id"""


@st.fragment
def menu(answer: Answer, name: str, drawing: Drawing | None = None, command: str = "") -> None:
    """Button with all that can be taken home of some rows; what it holds is made when it is opened.

    Parameters
    ----------
    answer : Answer
        The rows, and the query that gave them.
    name : str
        Of the files, without an ending.
    drawing : Drawing, optional
        Their chart.
    command : str
        What gives the same in a terminal, with more.
    """
    name = slug(name)
    key = f"export:{name}:{crc32(answer.sql.encode()):x}:{drawing.key if drawing else ''}"
    box = st.popover(
        "Export", icon=":material/download:", type="tertiary", key=key, on_change="rerun"
    )
    if box.open:
        with box:
            _files(answer.rows, name, drawing)
            if answer.sql:
                st.code(with_values(answer.sql, answer.values), language="sql")
                st.caption(f"{fields.description(answer.mart)} Filters of the sidebar come on top.")
            if command:
                st.code(command, language="bash", wrap_lines=True)
            _citation(*memory().cited)


def _files(frame: pd.DataFrame, name: str, drawing: Drawing | None) -> None:
    with st.container(horizontal=True):
        button(
            "CSV", lambda: without_formulas(frame).to_csv(index=False), f"{name}.csv", "text/csv"
        )
        parquet = partial(frame.to_parquet, index=False)
        button("Parquet", parquet, f"{name}.parquet", "application/octet-stream")
        button("LaTeX", lambda: _latex(frame, name), f"{name}.tex", "text/x-tex")
        if drawing is not None:
            mimes = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}
            for form, mime in mimes.items():
                made = partial(theme.picture, drawing.chart, form)
                button(form.upper(), made, f"{name}.{form}", mime)
    if drawing is not None:
        st.caption(f"{drawing.chart.description} Its {len(frame):,} rows:")
        st.dataframe(frame, hide_index=True, placeholder="", height=180)


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows, with an apostrophe before text that a spreadsheet would run as a formula."""
    texts = frame.select_dtypes(["object", "string"])
    return frame.assign(**{
        column: values.map(lambda v: f"'{v}" if isinstance(v, str) and FORMULA.match(v) else v)
        for column, values in texts.items()
    })  # fmt: skip


def _citation(source_ids: list[str], citations: list[str]) -> None:
    sources = query(SOURCES, ids=source_ids)
    for source in sources.itertuples():
        state = COMMIT.sub(r"\1", source.commit_id)
        st.caption(f"{link_to(source.title, source.url)}, state {state}, licence {source.licence}")
    entries = _bibtex(settings.REFERENCES)
    keys = [*citation_keys([*sources["citation"], *citations]), OURS]
    st.code("\n\n".join(entries[k] for k in keys if k in entries), language="latex")


@st.cache_resource
def _bibtex(path: Path) -> dict[str, str]:
    return read_bibtex(path)


def link_to(title: str, url: str) -> str:
    """A title that leads to its address; where there is none on the net, the place beside it."""
    return f"[{title}]({url})" if url.startswith("http") else f"{title} ({url})"


def button(label: str, data: str | Callable, file_name: str, mime: str) -> None:
    """Download button, with a name of its own for every file."""
    st.download_button(
        label,
        data,
        file_name=file_name,
        mime=mime,
        key=f"download:{file_name}",
        on_click="ignore",
        help=f"Download {file_name}",
    )


def _latex(frame: pd.DataFrame, name: str) -> str:
    return latex_table(frame_table(frame, f"Rows of {escape_latex(name)}."), "")


def slug(text: str) -> str:
    """A name that a file can have."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in text)
