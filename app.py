"""Frame of the explorer: navigation, and the facts about this build that every page shares."""

from __future__ import annotations

import contextlib
import datetime as dt
from importlib.metadata import version

import altair as alt
import streamlit as st

from app_pages import _choices, _filters, _search, _shared
from app_pages._glossary import TERMS
from ingest import settings

st.set_page_config(page_title="Alignment warehouse", page_icon="👁", layout="wide")

# every chart is checked whole when it is drawn; to check its parts as well doubles the time
alt.utils.schemapi.disable_debug_mode()

# Streamlit's sections of pages are lists that assistive technology cannot read: one flat list
PAGES = [
    st.Page("app_pages/overview.py", title="What is in here?", icon=":material/inventory_2:"),
    st.Page("app_pages/agreement.py", title="Do the benchmarks agree?", icon=":material/grid_on:"),
    st.Page(
        "app_pages/sensitivity.py", title="What does agreement depend on?", icon=":material/tune:"
    ),
    st.Page("app_pages/missing.py", title="What is missing?", icon=":material/grid_off:"),
    st.Page("app_pages/benchmark.py", title="Benchmark", icon=":material/straighten:"),
    st.Page("app_pages/ranking.py", title="Who ranks where?", icon=":material/leaderboard:"),
    st.Page("app_pages/schemes.py", title="What does averaging do?", icon=":material/balance:"),
    st.Page("app_pages/model.py", title="Model", icon=":material/deployed_code:"),
    st.Page("app_pages/compare.py", title="Compare models", icon=":material/compare_arrows:"),
    st.Page("app_pages/own.py", title="Bring your own", icon=":material/upload_file:"),
    st.Page("app_pages/trials.py", title="Trial by trial", icon=":material/psychology:"),
    st.Page(
        "app_pages/geometry.py",
        title="What do models see as alike?",
        icon=":material/scatter_plot:",
    ),
    st.Page("app_pages/worth.py", title="What is alignment worth?", icon=":material/trending_up:"),
    st.Page(
        "app_pages/theory.py",
        title="How many triplets would it take?",
        icon=":material/change_history:",
    ),
    st.Page("app_pages/paper.py", title="Printed and computed", icon=":material/fact_check:"),
    st.Page("app_pages/sources.py", title="Sources and quality", icon=":material/verified:"),
    st.Page("app_pages/sql.py", title="Ask in SQL", icon=":material/terminal:"),
]


def build() -> None:
    """What this build holds, and what it lacks."""
    sources = _shared.query("select source_id, is_present from marts.dim_sources")
    n_present = int(sources["is_present"].sum())
    n_absent = len(sources) - n_present
    built = dt.datetime.fromtimestamp(settings.WAREHOUSE.stat().st_mtime)
    st.caption(
        f"**This build** of {built:%Y-%m-%d %H:%M}  \n"
        f"{n_present} of {len(sources)} sources present, {n_absent} absent"
    )
    st.page_link(PAGES[0], label="What is missing, and how to get it", icon=":material/help:")
    with st.expander("Words used here", icon=":material/dictionary:"):
        st.markdown("  \n".join(f"**{word}**: {text}" for word, text in TERMS.items()))
    st.caption(
        "The address of a page holds your choices: copy it to share what you see.  \n"
        f"alignment-warehouse {version('alignment-warehouse')}"
    )


STYLE = """<style>
/* Streamlit's own captions are too faint to read (3.8 : 1) */
[data-testid="stCaptionContainer"][data-testid] {color: inherit; opacity: .82}
/* a chart that is wider than the screen is scrolled by itself */
[class*="st-key-scrolling"] {overflow-x: auto}
</style>"""


page = st.navigation(PAGES, expanded=True)
st.html(STYLE)
_shared.stop_without_warehouse()
_choices.begin(page.url_path)
with st.sidebar:
    _search.box({p.url_path: p for p in PAGES})
above = st.container()
with contextlib.suppress(_shared.PageEnds):
    page.run()
_choices.write_address()
_filters.say_unused(above)
with st.sidebar:
    build()
