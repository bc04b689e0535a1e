"""Frame of the explorer: navigation, and the facts about this build that every page shares."""

import contextlib
import datetime as dt
from importlib.metadata import version

import altair as alt
import streamlit as st

from app_pages import _choices, _filters, _search, _shared
from app_pages._glossary import TERMS
from ingest import settings
from warehouse.figures.record import exposure

st.set_page_config(page_title="Alignment warehouse", page_icon="👁", layout="wide")

# every chart is checked whole when it is drawn; to check its parts as well doubles the time
alt.utils.schemapi.disable_debug_mode()

ICONS = {
    "overview": ":material/inventory_2:",
    "agreement": ":material/grid_on:",
    "sensitivity": ":material/tune:",
    "missing": ":material/grid_off:",
    "benchmark": ":material/straighten:",
    "ranking": ":material/leaderboard:",
    "schemes": ":material/balance:",
    "model": ":material/deployed_code:",
    "compare": ":material/compare_arrows:",
    "own": ":material/upload_file:",
    "trials": ":material/psychology:",
    "geometry": ":material/scatter_plot:",
    "worth": ":material/trending_up:",
    "theory": ":material/change_history:",
    "paper": ":material/fact_check:",
    "sources": ":material/verified:",
    "sql": ":material/terminal:",
}
# Streamlit's sections of pages are lists that assistive technology cannot read: one flat list
PAGES = [
    st.Page(f"app_pages/{name}.py", title=exposure(f"app_{name}")["label"], icon=icon)
    for name, icon in ICONS.items()
]


def build() -> None:
    """What this build holds, and what it lacks."""
    sources = _shared.published(_shared.query("select n_files, is_present from marts.dim_sources"))
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
@media (max-width: 640px) {
    [class*="st-key-scrolling"]::before {content: "⟷ scroll sideways to see all"; opacity: .82}
}
</style>"""


page = st.navigation(PAGES, expanded=True)
st.html(STYLE)
_shared.stop_without_warehouse()
_choices.begin(page.url_path)
with st.sidebar:
    _search.box({p.url_path: p for p in PAGES})
above = st.container()
st.title(page.title)
st.write(exposure(f"app_{page.url_path or 'overview'}")["description"])
with contextlib.suppress(_shared.PageEnds):
    page.run()
_choices.write_address()
_filters.say_unused(above)
with st.sidebar:
    build()
