"""Where what a page shows comes from: files, licence and citation, known problems."""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from app_pages._shared import query
from app_pages._views import ask, folded, table, view
from ingest import settings
from warehouse.papers.bibliography import citation_keys, read_bibtex

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
        files = ask(FILES, load_ids=_known(load_ids))
        st.caption(
            f"{len(files.rows)} files as published, checked by their sha256. The load is the start "
            "of that checksum; every row of the warehouse carries it with the number of the row."
        )
        table(files.rows, files.mart)

    folded("Where does this come from?", "origin", show)


def cite(*source_ids: str | None, citations: Iterable[str | None] = ()) -> None:
    """Box with the sources behind a view, their licences, and what to cite.

    ``citations`` are those of the benchmarks in view (``dim_benchmarks``) or further keys.
    """

    def show() -> None:
        sources = query(SOURCES, source_ids=_known(source_ids))
        for source in sources.itertuples():
            st.markdown(
                f"**[{source.title}]({source.url})**, state `{source.commit_id[:12]}`, "
                f"licence: {source.licence}. BibTeX: `{source.citation}`"
            )
        entries = _bibtex(settings.REFERENCES)
        keys = citation_keys([*sources["citation"], *citations])
        found = [entries[k] for k in keys if k in entries]
        if found:
            st.code("\n\n".join(found), language="latex")

    folded("Cite", "cite", show)


def _known(ids: Iterable[str | None]) -> list[str]:
    return sorted({i for i in ids if isinstance(i, str)})


@st.cache_resource
def _bibtex(path: Path) -> dict[str, str]:
    return read_bibtex(path)


ISSUE_TEXTS = """\
select issue_id, title, description, handling
from marts.dim_known_issues
order by issue_id"""


def known_problems(sql: str, name: str, **of: str) -> None:
    """Table of the known problems that touch something, with what is done about each.

    The query gives ``issue_id`` and ``n_rows``, and what else shall stand in the table.
    """
    st.subheader("Known problems")
    found = ask(sql, **of)
    if found.is_empty:
        st.caption("None is known of its rows.")
        return
    texts = query(ISSUE_TEXTS)
    rows = found.rows.merge(texts, on="issue_id", how="left", validate="many_to_one")
    own = {"snapshot_id": "Snapshot", "example": "For example"}
    labels = {c: label for c, label in own.items() if c in rows}
    shown = ["title", "n_rows", *labels, "description", "handling"]
    view(
        found.only(rows),
        columns=shown,
        name=f"{name}_issues",
        mart="dim_known_issues",
        config=labels,
    )
