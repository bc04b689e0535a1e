"""Where what a page shows comes from: files, licence and citation, known problems."""

import re
from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from app_pages._views import Answer, folded, select, table, view
from ingest import settings
from warehouse.papers.bibliography import citation_keys, read_bibtex

COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")
"""A whole commit of git; its first twelve digits tell it from others."""


def origin(load_ids: Iterable[str | None]) -> None:
    """Box with the files behind a view: address, checksum and load."""

    def show() -> None:
        files = select(
            "dim_files",
            "source_id, source_file, table_name, n_rows, n_bytes, sha256, load_id, url",
            order="source_id, source_file, table_name",
            load_id=_known(load_ids),
        )
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
        columns = "source_id, title, url, commit_id, licence, citation"
        of = {"source_id": _known(source_ids)}
        sources = select("dim_sources", columns, order="source_id", **of).rows
        for source in sources.itertuples():
            state = COMMIT.sub(r"\1", source.commit_id)
            st.markdown(
                f"**{link_to(source.title, source.url)}**, state {state}, "
                f"licence: {source.licence}. BibTeX: `{source.citation}`"
            )
        entries = _bibtex(settings.REFERENCES)
        keys = citation_keys([*sources["citation"], *citations])
        found = [entries[k] for k in keys if k in entries]
        if found:
            st.code("\n\n".join(found), language="latex")

    folded("Cite", "cite", show)


def link_to(title: str, url: str) -> str:
    """A title that leads to its address; where there is none on the net, the place beside it."""
    return f"[{title}]({url})" if url.startswith("http") else f"{title} ({url})"


def _known(ids: Iterable[str | None]) -> list[str]:
    return sorted({i for i in ids if isinstance(i, str)})


@st.cache_resource
def _bibtex(path: Path) -> dict[str, str]:
    return read_bibtex(path)


def known_problems(found: Answer, name: str) -> None:
    """Table of the known problems that touch something, with what is done about each.

    Rows have ``issue_id`` and ``n_rows``, and what else shall stand in the table.
    """
    own = {"snapshot_id": "Snapshot", "example": "For example"}
    labels = {c: label for c, label in own.items() if c in found.rows}
    texts = select("dim_known_issues", "issue_id, title, description, handling", order="all").rows
    view(
        found.only(found.rows.merge(texts, on="issue_id", how="left", validate="many_to_one")),
        columns=["title", "n_rows", *labels, "description", "handling"],
        name=f"{name}_issues",
        title="Known problems",
        absent="None is known of its rows.",
        mart="dim_known_issues",
        config=labels,
    )
