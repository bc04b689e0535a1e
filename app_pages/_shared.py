"""What the pages share: reading the warehouse, choosing a cohort, showing where things come from.

A page asks for at most one mart per query and computes nothing that a reader could cite.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote
from zlib import crc32

import altair as alt
import pandas as pd
import streamlit as st

from app_pages._glossary import TERMS
from ingest import settings
from warehouse import db
from warehouse.figures import marks, theme
from warehouse.figures.record import DEFAULT_COHORT
from warehouse.papers.bibliography import citation_keys, read_bibtex
from warehouse.papers.latex import escape_latex, frame_table, latex_table
from warehouse.papers.pack import with_values

LEVELS = {
    "leaf": "Single benchmarks",
    "group": "Twelve groups: parents of neural benchmarks, and behaviour",
    "region": "Regions: V1, V2, V4, IT, behaviour",
    "modality": "Neural and behavioural average",
}
METHODS = {
    "spearman": "Spearman (ranks)",
    "pearson": "Pearson (scores)",
    "kendall": "Kendall (order of pairs)",
}


def one_reader() -> contextlib.AbstractContextManager:
    """Hold while a page reads the warehouse in another way than by `query`."""
    return db.READER.closed()


_ONE_RANKING = threading.Lock()


def rank(cohort_id: str, level: str, schemes: Sequence[str], **options: object) -> pd.DataFrame:
    """Rank a cohort anew, one visitor at a time; others may read the warehouse meanwhile.

    For options and errors see `warehouse.rank.ranked`.
    """
    from warehouse import rank  # imports numba: half a second that most readers never need

    with one_reader():
        scores = rank.read_scores(cohort_id, level, settings.WAREHOUSE)
    with _ONE_RANKING:
        return rank.rank(cohort_id, level, schemes, scores=scores, **options)


def query(sql: str, **values: object) -> pd.DataFrame:
    """Read the published warehouse; the answer is kept until another one is published."""
    path = settings.WAREHOUSE
    return _query(sql, values, str(path), path.stat().st_mtime_ns)


@st.cache_data(max_entries=512, show_spinner=False)
def _query(sql: str, values: dict[str, object], path: str, build: int) -> pd.DataFrame:
    return db.READER.ask(Path(path), sql, values)


def stop_without_warehouse() -> None:
    """End the page with advice when nothing has been published yet."""
    if not settings.WAREHOUSE.is_file():
        st.title("There is no warehouse yet")
        st.write("The explorer reads one file that you build from public data. Build it once:")
        st.code("make warehouse", language="bash")
        st.write("Then reload this page. It takes about a minute after the files are downloaded.")
        st.stop()


class PageEnds(Exception):
    """The page has nothing more to show; the frame around it is still drawn."""


def stop() -> NoReturn:
    """End the page. (`st.stop` would end the frame too.)"""
    raise PageEnds


def choose(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    default: str | None = None,
    names: Callable[[str], str] = str,
    help: str | None = None,
) -> str:
    """Select box whose value lives in the address of the page and survives a change of page.

    A page that does not offer what was chosen elsewhere shows its default; the choice comes back
    on the next page that offers it.
    """
    kept = st.session_state.get(f"kept:{key}")
    fallback = default if default in options else options[0]
    start = next((w for (w, *_) in _asked(key) if w in options), fallback)
    st.session_state[key] = start
    value = st.selectbox(label, options, key=key, format_func=names, help=help)
    say_unknown(key, options, f"Shown is {plain(names(value))}.")
    if kept in options or value != fallback:
        st.session_state[f"kept:{key}"] = value
    put_in_address(key, [value])
    return value


def choose_some(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    at_most: int | None = None,
    names: Callable[[str], str] = str,
    help: str | None = None,
    unknown: str | None = "It is left out.",
) -> list[str]:
    """Multiple choice whose value lives in the address of the page, as `choose`.

    The address may name the values one by one or joined by commas. ``unknown`` is what is said of
    a value in it that is not offered; None if the page says it in its own words.
    """
    known = set(options)
    start = next(_asked(key), [])
    start = [v for s in start for v in ([s] if s in known else s.split(",")) if v in known]
    st.session_state[key] = list(dict.fromkeys(start))[:at_most]
    values = st.multiselect(
        label,
        options,
        key=key,
        max_selections=at_most,
        format_func=names,
        help=help,
        select_all=at_most is None,
    )
    if unknown:
        say_unknown(key, options, unknown)
    elsewhere = [v for v in st.session_state.get(f"kept:{key}", []) if v not in known]
    st.session_state[f"kept:{key}"] = values + elsewhere
    put_in_address(key, values)
    return values


def choose_text(label: str, key: str, *, placeholder: str | None = None) -> str:
    """Text field whose value lives in the address of the page, as `choose`."""
    st.session_state[key] = next((w for (w, *_) in _asked(key)), "")
    value = st.text_input(label, key=key, placeholder=placeholder)
    st.session_state[f"kept:{key}"] = value
    put_in_address(key, [value] if value else [])
    return value


def _asked(key: str) -> Iterator[list[str]]:
    """What was chosen last, then what was chosen before: a link, the widget, another page."""
    address = st.query_params.get_all(key)
    if address and address != st.session_state.get(f"address:{key}"):
        yield address  # a link was followed: this script did not write it
    for place in (key, f"kept:{key}"):
        value = st.session_state.get(place)
        if value is not None:
            yield list(value) if isinstance(value, list | tuple) else [value]


def say_unknown(key: str, options: Sequence[str], instead: str) -> None:
    """Warn of a value that a link asks for and this page does not offer."""
    asked = st.query_params.get_all(key)
    if asked == st.session_state.get(f"address:{key}"):
        return  # this script wrote it
    values = [v for text in asked for v in ([text] if text in options else text.split(","))]
    strange = [plain(v) for v in dict.fromkeys(values) if v and v not in options]
    if strange:
        st.warning(f"The link asks for {', '.join(strange[:4])}: not known here. {instead}")


def plain(text: str, at_most: int = 80) -> str:
    """Text of a visitor, as it stands: no link, picture or style can be made with it."""
    text = text if len(text) <= at_most else text[: at_most - 1] + "…"
    return re.sub(r"([^\w\s.,;]|_)", r"\\\1", " ".join(text.split()))


def put_in_address(key: str, values: list[str]) -> None:
    """Note a choice for the address of the page, which is written once the page is drawn."""
    drawn().add(key)
    st.session_state.setdefault("address", {})[key] = values


def write_address() -> None:
    """Put all that was chosen into the address, as one step of the browser's history."""
    chosen = st.session_state.pop("address", {})
    for key, values in chosen.items():
        st.session_state[f"address:{key}"] = values
    now = {key: st.query_params.get_all(key) for key in st.query_params}
    then = {key: values for key, values in (now | chosen).items() if values}
    if then != now:
        st.query_params.from_dict(then)


def drawn() -> set[str]:
    """Keys of the choices that the page offers, so far in this run."""
    return st.session_state.setdefault("drawn", set())


def level_name(level: str) -> str:
    """Name of a level for people."""
    return LEVELS.get(level, level)


def method_name(method: str) -> str:
    """Name of a correlation for people."""
    return METHODS.get(method, method)


COHORTS = """\
select c.*, s.source_id
from marts.dim_cohorts as c
left join marts.dim_snapshots as s on c.snapshot_id = s.snapshot_id
order by c.cohort_id"""


def choose_cohort(among: Sequence[str] | None = None) -> pd.Series:
    """Let the reader pick a cohort; end the page with advice when its source is absent.

    Pages that offer only some cohorts name them.
    """
    cohorts = query(COHORTS).set_index("cohort_id", drop=False)
    if among is not None:
        cohorts = cohorts[cohorts.index.isin(among)]
    if cohorts.empty:
        st.info("This warehouse names no cohort. Build it again: `make warehouse`.")
        stop()

    def shown(cohort_id: str) -> str:
        n = cohorts.at[cohort_id, "n_models"]
        return f"{cohort_id} ({n} models)" if n else f"{cohort_id} (source absent)"

    filled = cohorts.index[cohorts["n_models"] > 0]
    default = DEFAULT_COHORT if DEFAULT_COHORT in filled else next(iter(filled), None)
    cohort_id = choose(
        "Cohort",
        cohorts.index.tolist(),
        "cohort",
        default=default,
        names=shown,
        help=TERMS["cohort"],
    )
    cohort = cohorts.loc[cohort_id]
    st.caption(f"**{cohort['title']}.** {cohort['description']} {_left_out(cohort)}")
    if not cohort["n_models"]:
        stop_absent(cohort["source_id"], f"The cohort {cohort_id}")
    return cohort


def _left_out(cohort: pd.Series) -> str:
    reasons = {
        "n_not_in_list": "not on the list",
        "n_never_scored": "never scored",
        "n_incomplete": "incomplete",
        "n_below_floor": "below the accuracy floor",
        "n_duplicates": "duplicates",
    }
    parts = [f"{cohort[c]} {text}" for c, text in reasons.items() if cohort[c]]
    if not parts:
        return f"All {cohort['n_candidates']} candidate models are in."
    return f"Of {cohort['n_candidates']} candidate models left out: {', '.join(parts)}."


def stop_absent(source_id: str | None, what: str) -> None:
    """Say which source is missing and how to get it; end the page."""
    if isinstance(source_id, str):
        st.info(f"{what} needs the source **{source_id}**, which is absent here. To get it:")
        st.code(f"aw fetch {source_id}\naw build", language="bash")
    else:
        st.info(f"{what} has no data in this warehouse. Build it again: `make warehouse`.")
    stop()


@st.fragment
def folded(label: str, key: str, show: Callable[[], None]) -> None:
    """Box that makes its content when it is opened; the rest of the page stays as it is."""
    box = st.expander(label, key=f"folded:{key}", on_change="rerun")
    if box.open:
        with box:
            show()


def show_sql(sql: str, **values: object) -> None:
    """Box with the query behind a view, ready to run."""

    def show() -> None:
        st.code(with_values(sql, values), language="sql")
        st.caption(
            'Runs on the page "Ask in SQL", in `aw query`, and in any DuckDB client. The filters '
            "of the sidebar and the names of benchmarks come on top of it."
        )

    folded("Show the SQL", f"sql:{crc32(sql.encode()):x}", show)


def downloads(frame: pd.DataFrame, name: str, drawing: Drawing | None = None) -> None:
    """Buttons for the rows behind a view and for its picture, and the rows as a table."""
    with st.container(horizontal=True):
        button("CSV", lambda: frame.to_csv(index=False), f"{name}.csv", "text/csv")
        button("Parquet", lambda: _parquet(frame), f"{name}.parquet", "application/octet-stream")
        button("LaTeX", lambda: _latex(frame, name), f"{name}.tex", "text/x-tex")
        if drawing is not None:
            button(
                "SVG", lambda: theme.picture(drawing.chart, "svg"), f"{name}.svg", "image/svg+xml"
            )
            button("PNG", lambda: theme.picture(drawing.chart, "png"), f"{name}.png", "image/png")

    def show() -> None:
        st.caption(drawing.chart.description)
        st.dataframe(frame, hide_index=True, height=300)

    if drawing is not None:
        folded(f"The chart as a table ({len(frame):,} rows)", f"table:{name}", show)


def button(label: str, data: str | Callable, file_name: str, mime: str) -> None:
    """Download button, with a name of its own for every file."""
    st.download_button(
        label,
        data,
        file_name=file_name,
        mime=mime,
        key=f"download:{file_name}",
        on_click="ignore",
        icon=":material/download:",
        help=f"Download {file_name}",
    )


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _latex(frame: pd.DataFrame, name: str) -> str:
    return latex_table(frame_table(frame, f"Rows of {escape_latex(name)}."), "")


SOURCES = """\
select source_id, title, url, commit_id, licence, citation
from marts.dim_sources
where source_id in (select unnest($source_ids))
order by source_id"""

FILES = """\
select source_id, source_file, table_name, n_rows, n_bytes, sha256, load_id, url
from marts.dim_files
where load_id in (select unnest($load_ids))
order by source_id, source_file, table_name"""


def origin(load_ids: Iterable[str | None]) -> None:
    """Box with the files behind a view: address, checksum and load."""

    def show() -> None:
        files = query(FILES, load_ids=_known(load_ids))
        st.caption(
            f"{len(files)} files as published, checked by their sha256. The load is the start of "
            "that checksum; every row of the warehouse carries it with the number of the row."
        )
        st.dataframe(
            files,
            column_config={
                "source_id": "Source",
                "source_file": st.column_config.TextColumn("File", width=320),
                "table_name": st.column_config.TextColumn("Raw table", width=260),
                "n_rows": st.column_config.NumberColumn("Rows", format="localized"),
                "n_bytes": st.column_config.NumberColumn("Size", format="bytes"),
                "sha256": "sha256",
                "load_id": "Load",
                "url": st.column_config.LinkColumn("Address"),
            },
            hide_index=True,
        )

    folded("Where does this come from?", "origin", show)


def _known(ids: Iterable[str | None]) -> list[str]:
    return sorted({i for i in ids if isinstance(i, str)})


def cite(source_id: str | None, benchmarks: Iterable[str | None] = ()) -> None:
    """Box with the source behind a view, its licence, and what to cite.

    The citations of the benchmarks in view are those of ``dim_benchmarks``.
    """
    cite_all([source_id], benchmarks)


def cite_all(source_ids: Iterable[str | None], benchmarks: Iterable[str | None] = ()) -> None:
    """As `cite`, for a view of several sources."""

    def show() -> None:
        sources = query(SOURCES, source_ids=_known(source_ids))
        for source in sources.itertuples():
            st.markdown(
                f"**[{source.title}]({source.url})**, state `{source.commit_id[:12]}`, "
                f"licence: {source.licence}. BibTeX: `{source.citation}`"
            )
        entries = _bibtex(settings.REFERENCES)
        found = [
            entries[k] for k in citation_keys([*sources["citation"], *benchmarks]) if k in entries
        ]
        if found:
            st.code("\n\n".join(found), language="latex")

    folded("Cite", "cite", show)


ISSUE_TEXTS = """\
select issue_id, title, description, handling
from marts.dim_known_issues
order by issue_id"""


def known_problems(sql: str, name: str, **of: str) -> None:
    """Table of the known problems that touch something, with what is done about each.

    The query gives ``issue_id`` and ``n_rows``, and what else shall stand in the table.
    """
    st.subheader("Known problems")
    found = query(sql, **of)
    if found.empty:
        st.caption("None is known of its rows.")
        return
    found = found.merge(query(ISSUE_TEXTS), on="issue_id", how="left", validate="many_to_one")
    columns = {
        "title": st.column_config.TextColumn("Problem", width=240),
        "snapshot_id": "Snapshot",
        "n_rows": st.column_config.NumberColumn("Rows touched", format="localized"),
        "example": st.column_config.TextColumn("For example", width=200),
        "description": st.column_config.TextColumn("What it is", width=380),
        "handling": st.column_config.TextColumn("What is done", width=380),
    }
    shown = [c for c in columns if c in found]
    st.dataframe(found[shown], column_config=columns, hide_index=True)
    downloads(found, f"{slug(name)}_issues")
    show_sql(sql, **of)


@st.cache_resource
def _bibtex(path: Path) -> dict[str, str]:
    return read_bibtex(path)


GROUP = (
    "All models whose rank interval overlaps that of the first of their group. Overlap does not "
    "show that two models are equal."
)
"""What a tie group is."""


def metrics(shown: dict[str, tuple[str, str | None]]) -> None:
    """A row of numbers, each with an explanation; it folds on a narrow screen."""
    with st.container(horizontal=True, gap="large"):
        for label, (value, help) in shown.items():
            st.metric(label, value, help=help, width="content")


@dataclass(frozen=True)
class Drawing:
    """A chart, and what the browser draws it from."""

    chart: alt.TopLevelMixin
    specification: dict

    @classmethod
    def of(cls, chart: alt.TopLevelMixin) -> Drawing:
        """Take a chart that is not to be remembered, as one of a visitor's own scores."""
        return cls(chart, theme.specification(chart))


def draw(make: Callable[..., alt.TopLevelMixin], *rows: object, **options: object) -> Drawing:
    """Make a chart, once for the same rows: it takes longer than to ask for them."""
    code = make.__code__
    return _draw((make.__module__, code.co_name, code.co_firstlineno), rows, options, _make=make)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs={pd.DataFrame: pickle.dumps})
def _draw(name: tuple, rows: tuple, options: dict[str, object], *, _make: Callable) -> Drawing:
    return Drawing.of(_make(*rows, **options))


def show_chart(drawing: Drawing, key: str, **options: object) -> object:
    """Draw a chart as wide as the page."""
    return st.vega_lite_chart(spec=drawing.specification, width="stretch", key=key, **options)


def scrolling_chart(drawing: Drawing, key: str, **options: object) -> object:
    """Draw a chart at its own size; a narrow screen scrolls it sideways."""
    # Streamlit takes the width of a chart as that of chart, axes and labels together
    spec = drawing.specification | {"autosize": {"type": "pad"}}
    with st.container(key=f"scrolling-{key}"):
        return st.vega_lite_chart(spec=spec, width="content", key=key, **options)


def choose_level(available: pd.DataFrame, label: str = "Level") -> str:
    """Let the reader pick one of the levels that there are."""
    levels = marks.known_first(available["level"], LEVELS)
    return choose(label, levels, "level", names=level_name)


def permalink(page: str, value: str) -> str:
    """Address of the page of one model or benchmark."""
    return f"/{page}?{page}={quote(value)}"


def link_column(label: str, page: str, **options: object) -> dict:
    """Column of permalinks that shows the names alone."""
    return st.column_config.LinkColumn(label, display_text=rf"/{page}\?{page}=(.*)$", **options)


def number(label: str, form: str = "%.3f", help: str | None = None) -> dict:
    """Column of numbers in one form."""
    return st.column_config.NumberColumn(label, format=form, help=help)


def percent(label: str, help: str | None = None) -> dict:
    """Column of shares."""
    return st.column_config.NumberColumn(label, format="percent", help=help)


def slug(text: str) -> str:
    """A name that a file can have."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in text)
