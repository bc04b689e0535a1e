"""Figures and printed numbers of Sucholutsky & Griffiths (2023), and its notes on architectures."""

import streamlit as st

from app_pages import _printed
from app_pages._origins import cite
from app_pages._shared import benchmarks
from app_pages._views import draw, select, view
from warehouse.figures.record import benchmark_ids
from warehouse.figures.sucholutsky2023 import note_dots


def show() -> None:
    """The figures one at a time, every printed number, and the notes of section 4.1."""
    _printed.show("sucholutsky2023")
    found = select("rpt_architecture_notes", order="position, property_id")
    if not found.is_empty:
        view(
            found,
            draw(note_dots, found.rows, benchmarks(benchmark_ids(found.rows))),
            "statement, n_treated, n_families, n_high, n_mid, n_low, caveat",
            title="Notes on architectures",
            intro="What section 4.1 says of alignment and few-shot accuracy, on the accuracies "
            "that are public. Lines are 95 % intervals over families; none below three families.",
            shown=found.rows.drop_duplicates("claim_id"),
            config={"statement": st.column_config.TextColumn("The paper", width=330)},
        )
    cite(citations=["sucholutsky2023"])
