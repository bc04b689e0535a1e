"""Frame of the explorer: navigation, and the facts about this build that every page shares."""

import contextlib
import datetime as dt
from importlib.metadata import version

import altair as alt
import streamlit as st

from app_pages import _choices, _filters, _search, _shared
from ingest import settings
from warehouse.figures.record import exposure

st.set_page_config(page_title="Alignment warehouse", page_icon="👁", layout="wide")

# the tests check every chart against the schema; to do it for each visitor doubles the time
alt.utils.schemapi.disable_debug_mode()

GROUPS = {
    "": {"start": ":material/home:"},
    "Models": {
        "ranking": ":material/leaderboard:",
        "model": ":material/deployed_code:",
        "compare": ":material/compare_arrows:",
        "own": ":material/upload_file:",
    },
    "Benchmarks": {
        "benchmark": ":material/straighten:",
        "agreement": ":material/grid_on:",
        "missing": ":material/grid_off:",
        "panel": ":material/checklist:",
    },
    "People and models": {
        "trials": ":material/psychology:",
        "geometry": ":material/scatter_plot:",
    },
    "Papers": {
        "paper": ":material/fact_check:",
        "worth": ":material/trending_up:",
    },
    "Data": {
        "sources": ":material/verified:",
        "sql": ":material/terminal:",
        "glossary": ":material/dictionary:",
    },
}
"""Pages by their address and with their icon, under the headings of the sidebar."""

PAGES = {
    name: st.Page(
        f"app_pages/{name}.py",
        title=exposure(f"app_{name}")["label"],
        icon=icon,
        # the first page stands at the bare address, and would keep its name from another one
        url_path="home" if name == "start" else name,
    )
    for group in GROUPS.values()
    for name, icon in group.items()
}


def menu() -> None:
    """Links to the pages under real headings, which Streamlit's own sections of pages are not."""
    for heading, group in GROUPS.items():
        if heading:
            st.html(f"<h2>{heading}</h2>")
        for name in group:
            st.page_link(PAGES[name])


def build() -> None:
    """What this build holds, and what it lacks."""
    sources = _shared.published(_shared.query("select n_files, is_present from marts.dim_sources"))
    built = dt.datetime.fromtimestamp(settings.WAREHOUSE.stat().st_mtime)
    st.caption(
        f"Built {built:%Y-%m-%d %H:%M} from {int(sources['is_present'].sum())} of {len(sources)} "
        f"sources, version {version('alignment-warehouse')}. Copy the address of a page to share "
        "what you see."
    )


STYLE = """<style>
.stMainBlockContainer {padding-top: 3rem}
h1 {font-size: 1.7rem !important; padding-bottom: .2rem !important}
.stMain h2 {font-size: 1.3rem !important}
[data-testid="stSidebar"] h2 {
    font-size: .8rem; font-weight: 600; opacity: .82; padding: .5rem 0 0 .5rem; margin: 0;
}
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] {gap: .2rem}
/* the finding of a page is what is read first */
[class*="st-key-finding"] > div > [data-testid="stMarkdown"] p {
    font-size: 1.2rem; line-height: 1.4; max-width: 54rem;
}
/* Streamlit's axes and legends are too faint to read, in either theme */
[data-testid="stVegaLiteChart"] :is(
    .role-axis-label, .role-axis-title, .role-legend-label, .role-legend-title, [class*="themed_"]
) text {fill: currentColor; opacity: .85}
/* Streamlit's own captions are too faint to read (3.8 : 1) */
[data-testid="stCaptionContainer"][data-testid] {color: inherit; opacity: .82}
/* so are the chosen side of a switch and the open tab, on dark */
:is([data-variant="segmented_control"][aria-checked="true"], [role="tab"][aria-selected="true"]) p {
    color: light-dark(#005a8c, #6db9ea);
}
/* and the blue of points, lines and bars; tiles with words on them have another */
[data-testid="stVegaLiteChart"] :is(
    .mark-symbol, .mark-rule, .mark-line, .mark-rect, .mark-text
) {
    [fill="#0072b2"] {fill: light-dark(#0072b2, #5ab4e6)}
    [stroke="#0072b2"] {stroke: light-dark(#0072b2, #5ab4e6)}
}
/* a chart that is wider than the screen is scrolled by itself, and says so */
[class*="st-key-scrolling"] {overflow-x: auto; container-type: scroll-state}
@container scroll-state(scrollable: x) {
    [class*="st-key-scrolling"]::before {content: "⟷ scroll sideways to see all"; opacity: .82}
}
/* a heat map and the models of its cell stand below each other where both do not fit */
@media (max-width: 1100px) {
    [class*="st-key-beside"] [data-testid="stColumn"] {min-width: 100%}
    [data-testid="stPopover"] button p {white-space: normal}
}
@media (max-width: 640px) {
    [data-testid="stPageLink-NavLink"] p {white-space: normal}
    .stMainBlockContainer {padding-top: 3.5rem}
    /* what was found comes first, then what can be chosen */
    :has(> [class*="st-key-finding"]):not(:has(> [class*="st-key-finding"]) ~ *) {order: -1}
    .stElementContainer:has(h1) {order: -2}
    [class*="st-key-scrolling"] > * {min-width: 36rem}
    [class*="st-key-scrolling-rank_bump"] > * {min-width: 46rem}
    .stElementContainer:has([aria-colcount]):not(
        :has([aria-colcount="1"], [aria-colcount="2"], [aria-colcount="3"])
    )::before {content: "⟷ scroll sideways to see all"; opacity: .82}
    /* a browser that cannot tell says it of every chart that may be wider */
    @supports not (container-type: scroll-state) {
        [class*="st-key-scrolling"]::before {content: "⟷ scroll sideways to see all"; opacity: .82}
    }
}
</style>"""


start = st.Page(lambda: st.switch_page(PAGES["start"]), url_path="start", title="Start")
page = st.navigation([*PAGES.values(), start], position="hidden")
if page == start:  # whoever types its name gets to the first page too
    page.run()
name = next(name for name, known in PAGES.items() if known == page)
st.html(STYLE)
_shared.compile_kernels()
_shared.stop_without_warehouse()
_choices.begin(page.url_path)
with st.sidebar:
    if name != "start":  # it has its own
        _search.box("sidebar")
    menu()
above = st.container()
st.title(page.title if name != "start" else exposure("app_start")["description"])
with contextlib.suppress(_shared.PageEnds):
    page.run()
_choices.write_address()
_filters.say_unused(above)
with st.sidebar:
    build()
