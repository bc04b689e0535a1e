"""How fast the explorer is in a real browser, on the published warehouse.

For each page: first meaningful paint (from the start of the navigation until the title and the
first chart, table or field are drawn), page change (from the click in the sidebar until the same is
true of the next page) and filter change (from the click on an option until the page is complete
again), each for the first visitor after a start, whose queries no cache has seen, and for later
ones. The slowest query of each page is timed apart, in this process, without a cache.
"""

import argparse
import contextlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import publish
from ingest import settings
from tests.app import browser
from warehouse.figures.record import exposure

GOALS = {"paint": 3.0, "change": 1.0, "filter": 0.5}
Times = dict[str, list[float]]
"""Seconds of one page by kind, as in GOALS: the first visitor's, then those of later ones."""

# Names of cohorts as their list begins them; a choice is its label and two values.
COHORT = ("Cohort", "Brain-Score 2025, complete on 80 (", "Brain-Score 2024, complete on 50 (")
ALL = "Brain-Score 2024, all models, pairwise ("
CHOICES = {
    "agreement": COHORT,
    "compare": ("Cohort", ALL, COHORT[2]),
    "geometry": ("Metric", "Spearman", "Pearson"),
    "missing": ("Cohort", "Brain-Score 2025, all models, pairwise (", ALL),
    "panel": COHORT,
    "paper": ("Figure", "Figure 4", "Figure 2"),
    "ranking": COHORT,
    "sql": ("Columns of", "dim_models", "dim_cohorts"),
    "worth": ("Covariate", "ImageNet top-1 held fixed", "Nothing held fixed"),
}
ADDRESSES = {
    "start": "",
    "compare": "compare?models=resnet50.tv_in1k,alexnet.tv_in1k",
    "model": "model?model=resnet50.tv_in1k",
}
NAMES = [path.stem for path in sorted((settings.ROOT / "app_pages").glob("[a-z]*.py"))]
PAGES = {
    name: (ADDRESSES.get(name, name), CHOICES.get(name))
    for name in ("start", *(name for name in NAMES if name != "start"))
}
"""Address of every page, and a choice to change."""

# Notes when the page first shows something that one came for, and when it is complete.
WATCH = """
window.measure = (title, address) => {
    const started = performance.now()
    const mine = window.marks = {address}
    const look = () => {
        if (window.marks !== mine) return
        const now = performance.now(), marks = window.marks
        const app = document.querySelector("[data-testid='stApp']")?.dataset
        const main = document.querySelector("[data-testid='stMain']")
        const named = main?.querySelector("h1")
        if (named && (!title || named.innerText.includes(title))) {
            const shown = "[data-testid='stVegaLiteChart'] :is(svg, canvas), " +
                "[data-testid='stDataFrame'] canvas, textarea, dl, [data-testid='stFileUploader']"
            const found = [...main.querySelectorAll(shown)]
            if (!marks.shown && found.some(e => !e.closest("[data-stale='true']")))
                marks.shown = now - started
            const busy = app.testScriptState !== "notRunning" ||
                main.querySelector("[data-stale='true'], [data-testid='stSkeleton']") ||
                [...main.querySelectorAll("[data-testid='stVegaLiteChart']")].some(
                    c => c.offsetParent && !c.querySelector("svg, canvas"))
            const asked = !marks.address || location.href !== marks.address
            const done = !busy && marks.shown && asked
            marks.complete = done ? (marks.complete ?? now - started) : null
        }
        requestAnimationFrame(look)
    }
    look()
}
"""


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Run the explorer on the published warehouse and give its address."""
    with (
        tempfile.TemporaryDirectory() as folder,
        browser.serving(settings.WAREHOUSE, Path(folder) / "log.txt") as url,
    ):
        yield url


def _wait(page: object, mark: str) -> float:
    page.wait_for_function(f"window.marks?.{mark} != null", timeout=60_000)
    if mark == "complete":  # it may only have paused
        page.wait_for_timeout(300)
        page.wait_for_function("window.marks.complete != null", timeout=60_000)
    return page.evaluate(f"window.marks.{mark}") / 1000


def label(name: str) -> str:
    """What the sidebar calls a page."""
    return exposure(f"app_{name}")["label"]


def heading(name: str) -> str:
    """What stands above a page: on the first its question, on the others their name."""
    return exposure("app_start")["description"] if name == "start" else label(name)


def visit(chromium: object, url: str, choice: tuple | None, times: Times) -> None:
    """One visitor: opens the page, then changes the choice twice and back."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH + "window.measure()")
    page.goto(url)
    times["paint"].append(_wait(page, "shown"))
    _wait(page, "complete")
    if choice:
        label, *values = choice
        for value in values:
            times["filter"].append(_choose(page, label, value))
    context.close()


def _choose(page: object, label: str, value: str) -> float:
    box = page.locator("[data-testid='stSelectbox']").filter(has_text=label).first
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # a list closes when the page scrolls
    box.locator("input").click()
    box.locator("input").fill(value)  # a long list holds only what is in view
    option = page.get_by_role("option", name=value).first
    option.wait_for()
    page.evaluate("""() => {
        addEventListener("click", () => window.measure(null, location.href),
            {capture: true, once: true})
    }""")
    option.click()
    return _wait(page, "complete")


def walk(chromium: object, url: str, found: dict[str, Times]) -> None:
    """One visitor goes through every page by the sidebar."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH + "window.measure()")
    page.goto(url)
    _wait(page, "complete")
    for name in [*list(PAGES)[1:], "start"]:
        named = page.get_by_text(label(name), exact=True)
        link = page.locator("[data-testid='stPageLink-NavLink']").filter(has=named)
        page.evaluate(
            """title => addEventListener("click", () => window.measure(title),
                {capture: true, once: true})""",
            heading(name),
        )
        link.click()
        if name == "compare":  # it shows nothing before models are chosen
            page.wait_for_timeout(1500)
            continue
        found[name]["change"].append(_wait(page, "shown"))
        _wait(page, "complete")
    context.close()


def slowest_queries() -> dict[str, tuple[float, str]]:
    """Seconds and table of the slowest query of each page, uncached."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    from app_pages import _shared

    timed: list[tuple[float, str]] = []
    query = _shared._query

    def timing(sql: str, *rest: object) -> object:
        st.cache_data.clear()
        start = time.perf_counter()
        answer = query(sql, *rest)
        table = sql.split("marts.")[1].split()[0] if "marts." in sql else "information schema"
        timed.append((time.perf_counter() - start, table))
        return answer

    _shared._query = timing
    slowest = {}
    for name, (address, _) in PAGES.items():
        parameters = address.partition("?")[2]
        app = AppTest.from_file(settings.ROOT / "app.py", default_timeout=120)
        for part in filter(None, parameters.split("&")):
            app.query_params.update([part.split("=", 1)])
        app.run()
        timed.clear()
        app = app.switch_page(f"app_pages/{name}.py").run()
        if app.exception:
            raise RuntimeError(f"{name}: {app.exception[0].value}")
        slowest[name] = max(timed, default=(0.0, "none"))
    return slowest


def report(found: dict[str, Times], slowest: dict[str, tuple[float, str]], runs: int) -> list[str]:
    """The table, as Markdown."""

    def cell(values: list[float], goal: float) -> tuple[str, str]:
        if not values:
            return "–", "–"
        later = statistics.median(values[1:] or values)
        return f"{values[0]:.2f}", f"{later:.2f}" + ("" if later <= goal else " ✗")

    lines = [
        "# Speed of the explorer",
        "",
        f"`python -m benchmarks.explorer_speed`, headless Chromium and the app on the same two "
        f"cores, warehouse of {settings.WAREHOUSE.stat().st_size / 1e6:.0f} MB. Seconds: first "
        f"visitor after a start, then the median of {runs} later ones. Goals: paint "
        f"{GOALS['paint']:g}, page change {GOALS['change']:g}, filter change "
        f"{GOALS['filter']:g} (✗ marks what misses). A filter change is complete when every chart "
        "is drawn again.",
        "",
        "| page | paint, first | later | page change, first | later | filter change, first "
        "| later | slowest query | of |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for name, times in found.items():
        cells = [text for kind, goal in GOALS.items() for text in cell(times[kind], goal)]
        seconds, table = slowest[name]
        lines.append(f"| {label(name)} | {' | '.join(cells)} | {seconds:.3f} | `{table}` |")
    return lines


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="visitors after the first")
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    found = {name: {kind: [] for kind in GOALS} for name in PAGES}
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=browser.ARGUMENTS)
        with serving() as url:
            chromium.new_context().new_page().goto(url)  # the server imports on the first visit
            time.sleep(10)
            for _ in range(arguments.runs + 1):
                for name, (address, choice) in PAGES.items():
                    visit(chromium, f"{url}/{address}", choice, found[name])
        with serving() as url:
            for _ in range(arguments.runs + 1):
                walk(chromium, url, found)
        chromium.close()
    publish("explorer_speed", report(found, slowest_queries(), arguments.runs))


if __name__ == "__main__":
    main()
