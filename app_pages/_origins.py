"""Where what a page shows comes from: files, licence and citation, known problems."""

from collections.abc import Iterable
from urllib.parse import quote

import pandas as pd
import streamlit as st

from app_pages._choices import memory
from app_pages._views import Answer, folded, select, table, view


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


PUBLISHED_IN = {
    "published": st.column_config.LinkColumn(
        "Published in",
        display_text=r"#(.*)$",
        help="File of the source, and the row where the score stands in one row.",
    )
}
"""The column of `with_files` in a table."""


def with_files(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with ``published``: the address of the file each stands in, named by file and row.

    What was computed from all rows of a file, as from trials, has no row.
    """
    files = select(
        "dim_files", "distinct load_id, source_file, url", order="all",
        load_id=_known(rows["load_id"]),
    ).rows  # fmt: skip
    rows = rows.merge(files, on=["load_id", "source_file"], how="left", validate="many_to_one")
    row = rows["source_row"].astype("Int64")
    label = rows["source_file"].str.split("/").str[-1]
    label = label.mask(row.notna(), label + ", row " + row.astype(str))
    return rows.assign(published=rows["url"].fillna("") + "#" + label.map(quote))


def cite(*source_ids: str | None, citations: Iterable[str | None] = ()) -> None:
    """Say which sources a page shows: its menus of export give their licences and what to cite.

    ``citations`` are those of the benchmarks in view (``dim_benchmarks``) or further keys.
    """
    memory().cited = (_known(source_ids), _known(citations))


def _known(ids: Iterable[str | None]) -> list[str]:
    return sorted({i for i in ids if isinstance(i, str)})


def known_problems(found: Answer, name: str) -> None:
    """Table of the known problems that touch something, with what is done about each.

    Rows have ``issue_id`` and ``n_rows``, and what else shall stand in the table.
    """
    first, last = ([c] if c in found.rows else [] for c in ("snapshot_id", "example"))
    texts = select("dim_known_issues", "issue_id, title, description, handling", order="all").rows
    view(
        found.only(found.rows.merge(texts, on="issue_id", how="left", validate="many_to_one")),
        columns=["title", "n_rows", *first, "description", "handling", *last],
        name=f"{name}_issues",
        title="Known problems",
        absent="None is known of its rows.",
        mart="dim_known_issues",
        config={"snapshot_id": "Snapshot", "example": "For example"},
    )
