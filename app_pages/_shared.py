"""How every page reads the warehouse, and how a page ends early."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from ingest import settings
from warehouse import db, fields


def this_build() -> tuple[str, int]:
    """Path and time of the published warehouse: what is made of it is kept under these."""
    path = settings.WAREHOUSE
    return str(path), path.stat().st_mtime_ns


def query(sql: str, **values: object) -> pd.DataFrame:
    """Read the published warehouse; the answer is kept until another one is published."""
    return _query(sql, values, *this_build())


@st.cache_data(max_entries=512, show_spinner=False)
def _query(sql: str, values: dict[str, object], path: str, build: int) -> pd.DataFrame:
    return db.READER.ask(Path(path), sql, values)


def one_reader() -> contextlib.AbstractContextManager:
    """Hold while a page reads the warehouse in another way than by `query`."""
    return db.READER.closed()


_ONE_RANKING = threading.Lock()


def rank(cohort_id: str, level: str, schemes: Sequence[str], **options: object) -> pd.DataFrame:
    """Rank a cohort anew, one visitor at a time; others may read the warehouse meanwhile.

    For options and errors see `warehouse.rank.ranked`.
    """
    from warehouse import rank  # imports numba: half a second that most readers never need

    scores = _scores(cohort_id, level)
    with _ONE_RANKING:
        return rank.rank(cohort_id, level, schemes, scores=scores, **options)


def probability_above(
    cohort_id: str, level: str, scheme: str, **options: object
) -> tuple[list[str], NDArray]:
    """How likely each model of a ranking stands above each other one, one visitor at a time.

    For options, result and errors see `warehouse.rank.probability_above`.
    """
    return _probability_above(cohort_id, level, scheme, options, *this_build())


@st.cache_data(max_entries=64, show_spinner="Ranking …")
def _probability_above(
    cohort_id: str, level: str, scheme: str, options: dict[str, object], *build: object
) -> tuple[list[str], NDArray]:
    from warehouse import rank

    scores = _scores(cohort_id, level)
    with _ONE_RANKING:
        return rank.probability_above(cohort_id, level, scheme, scores=scores, **options)


def _scores(cohort_id: str, level: str) -> object:
    from warehouse import rank

    with one_reader():
        return rank.read_scores(cohort_id, level, settings.WAREHOUSE)


def load() -> None:
    """Load libraries and descriptions of columns, which is most of what a first page waits for."""
    import altair  # noqa: F401

    from warehouse import rank  # noqa: F401 - with SciPy and Numba

    fields.columns()


@st.cache_resource(show_spinner=False)
def compile_kernels() -> None:
    """Compile what a ranking needs, once per server and behind its pages.

    Another process compiles, which would hold the pages of this one up, and leaves files that this
    one then reads.
    """

    def work() -> None:
        code = "from warehouse.rank import compile_kernels; compile_kernels()"
        subprocess.run([sys.executable, "-c", code], cwd=settings.ROOT, check=False)
        from warehouse import rank

        rank.compile_kernels()

    threading.Thread(target=work, daemon=True).start()


class PageEnds(Exception):
    """The page has nothing more to show; the frame around it is still drawn."""


def stop() -> NoReturn:
    """End the page. (`st.stop` would end the frame too.)"""
    raise PageEnds


@st.cache_data(max_entries=8, show_spinner=False)
def _lacking(path: str, build: int) -> set[tuple[str, str]]:
    """Marts and columns that pages may ask for and the warehouse lacks; asked once per build."""
    held = _query("select table_name, column_name from duckdb_columns()", {}, path, build)
    return fields.columns() - set(held.itertuples(index=False, name=None))


def stop_without_warehouse() -> None:
    """End the page with advice where nothing is published, or what is cannot be read or shown."""
    try:
        lacking = _lacking(*this_build())
    except db.WarehouseUnreadable as error:
        st.title("The warehouse cannot be read")
        st.text(str(error).replace(f"{settings.WAREHOUSE.parent}/", ""))  # no place on the server
        st.stop()
    except FileNotFoundError:
        st.title("There is no warehouse yet")
        st.write("The explorer reads one file that you build from public data. Build it once:")
        st.code("make warehouse", language="bash")
        st.write("Then reload this page. It takes about a minute after the files are downloaded.")
        st.stop()
    if lacking:
        st.title("The warehouse is of another version")
        more = f" and {len(lacking) - 1} more columns" if len(lacking) > 1 else ""
        first = ".".join(min(lacking))
        st.text(f"{settings.WAREHOUSE.name} lacks {first}{more}. Build it again: aw build")
        st.stop()


def say_how_to_get(*source_ids: str) -> None:
    """Give the commands that fetch sources and build the warehouse with them."""
    st.code(f"aw fetch {' '.join(source_ids)}\naw build", language="bash", wrap_lines=True)


def published(sources: pd.DataFrame) -> pd.DataFrame:
    """Those of the sources that have files: own results are a source once there are any."""
    return sources[sources["n_files"] > 0]


def say_absent(sources: pd.DataFrame) -> None:
    """Say how many of the registered sources are absent, and how to get them."""
    sources = published(sources)
    absent = sources.loc[~sources["is_present"].astype(bool), "source_id"]
    if sources.empty:
        st.info("No source is registered in this warehouse. Build it again: `make warehouse`.")
    elif absent.empty:
        st.success(f"All {len(sources)} registered sources are here.")
    else:
        n = len(absent)
        few = "1 source is" if n == 1 else f"{n} of {len(sources)} sources are"
        st.warning(f"{few} absent; what needs {'it' if n == 1 else 'them'} is empty.")
        say_how_to_get(*absent)


def stop_absent(source_id: str | None, what: str) -> NoReturn:
    """Say which source is missing and how to get it; end the page."""
    if isinstance(source_id, str):
        st.info(f"{what} needs the source **{source_id}**, which is absent here. To get it:")
        say_how_to_get(source_id)
    else:
        st.info(f"{what} has no data in this warehouse. Build it again: `make warehouse`.")
    stop()


BENCHMARKS = """\
select benchmark_id, title, modality, region, direction, citation, dataset
from marts.dim_benchmarks
where benchmark_id in (select unnest($ids))"""


def benchmarks(ids: Iterable[str]) -> pd.DataFrame:
    """Title, area, direction and citation of benchmarks."""
    return query(BENCHMARKS, ids=sorted(set(ids)))


def titles(ids: Iterable[str]) -> dict[str, str]:
    """Names of benchmarks for people."""
    return benchmarks(ids).set_index("benchmark_id")["title"].to_dict()
