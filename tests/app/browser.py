"""What the tests in a real browser do again and again: visit, wait, choose, press."""

import contextlib
import json
import os
import re
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ingest import settings

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT = 60_000
SOON = 3_000

# A table is a canvas. What was drawn on it is kept: what each place says last, and where it is put.
DRAWN = """{
    const write = CanvasRenderingContext2D.prototype.fillText
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
        const at = this.getTransform()
        const place = [at.e + x * at.a, at.f + y * at.d].map(Math.round).join()
        const drawn = (this.canvas.drawn ??= new Map())
        drawn.set(place, {text, isNumber: this.textAlign === "right"})
        return write.call(this, text, x, y, ...rest)
    }
}"""
TABLE = """table => ({
    heads: [...table.querySelectorAll("[role='columnheader']")].map(e => e.textContent),
    n_columns: Number(table.querySelector("[role='grid']")?.getAttribute("aria-colcount")),
    cells: [...(table.querySelector("canvas")?.drawn ?? new Map()).values()],
})"""


@contextlib.contextmanager
def serving(warehouse: Path, log: Path, n_files: int | None = None):
    """Run the explorer on a warehouse, in a process of its own that may open so many files."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    arguments = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    environment = os.environ | {"AW_WAREHOUSE": str(warehouse)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling Streamlit anew takes seconds
    waiting = requests.Session()
    waiting.trust_env = False  # the loopback device needs no proxy
    waiting.mount(url, HTTPAdapter(max_retries=Retry(120, backoff_factor=0.1, backoff_max=0.5)))
    with log.open("w") as handle:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "serve.py", *arguments],
            cwd=settings.ROOT,
            env=environment,
            stdout=handle,
            stderr=subprocess.STDOUT,
        )
        if n_files:
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (n_files, n_files))
        try:
            waiting.get(f"{url}/_stcore/health", timeout=30)
            yield url
        except requests.ConnectionError:
            pytest.fail(f"streamlit did not start: {log.read_text()}")
        finally:
            server.terminate()
            server.wait(10)


def visit(page, url):
    page.goto(url)
    page.wait_for_selector("h1")
    settle(page)


# The document has not changed for as long as asked, no script runs, every chart is drawn. Time
# counts anew from each call: an action just taken may not have reached the server yet.
QUIET = """([start, still]) => {
    if (window.quiet?.start !== start) {
        window.quiet?.observer.disconnect()
        const quiet = {start, since: performance.now()}
        quiet.observer = new MutationObserver(() => { quiet.since = performance.now() })
        const all = {attributes: true, childList: true, subtree: true, characterData: true}
        quiet.observer.observe(document.body, all)
        window.quiet = quiet
    }
    const app = document.querySelector("[data-testid='stApp']")?.dataset
    const charts = [...document.querySelectorAll("[data-testid='stVegaLiteChart']")]
    const done = app?.testScriptState === "notRunning"
        && app.testConnectionState === "CONNECTED"
        && !document.querySelector("[data-stale='true'], [data-testid='stSkeleton']")
        && charts.every(c => c.offsetParent === null || c.querySelector("canvas, svg"))
    return done && performance.now() - window.quiet.since > still
}"""


def settle(page, still=300):
    """Wait until the script has run and the page stays as it is for some milliseconds."""
    page.wait_for_function(QUIET, arg=[time.monotonic_ns(), still])
    assert page.locator("[data-testid='stException']").count() == 0


def insist(page, act, came, within=2 * SOON):
    """Act until what shall come of it is true: a rerun may close a list or replace an element."""
    sync_api = pytest.importorskip("playwright.sync_api")
    end = time.monotonic() + WAIT / 1000
    while not page.evaluate(came):
        try:
            act()
            page.wait_for_function(came, timeout=within)
        except sync_api.TimeoutError:
            if time.monotonic() > end:
                raise
            page.keyboard.press("Escape")
            settle(page)
    settle(page)


def tables(page) -> list[dict]:
    """Every table: headers, number of columns, and the cells as they are drawn."""
    inside = page.locator("[data-testid='stDataFrame']")
    closed = page.locator("details:not([open])").filter(has=inside).locator("summary")
    while closed.count():  # a table in a closed box is not drawn
        closed.first.click()
        settle(page, 100)
    found = []
    for table in page.locator("[data-testid='stDataFrame']").all():
        table.scroll_into_view_if_needed()
        page.wait_for_function("e => e.querySelector('[role=grid]')", arg=table.element_handle())
        settle(page, 100)
        found.append(table.evaluate(TABLE))
    return found


def shows(text):
    """Condition for `insist`: the page shows a text."""
    return f"document.body.innerText.includes({json.dumps(text)})"


def in_address(part):
    """Condition for `insist`: the address holds a choice."""
    return f"location.search.includes({json.dumps(part)})"


def metric(page, label):
    named = page.get_by_text(label, exact=True)
    box = page.locator("[data-testid='stMetric']").filter(has=named)
    return box.locator("[data-testid='stMetricValue']").inner_text()


def pick(page, label, value, kind="stSelectbox"):
    """Choose from a list by typing; every choice ends in the address."""
    box = page.locator(f"[data-testid='{kind}']").filter(has_text=label).first
    option = page.get_by_role("option", name=value, exact=True)

    def act():
        box.scroll_into_view_if_needed(timeout=SOON)
        settle(page, 100)  # a list closes when the page scrolls
        box.locator("input").click(timeout=SOON)
        box.locator("input").fill(value, timeout=SOON)  # a long list holds only what is in view
        option.click(timeout=SOON)

    insist(page, act, f"location.href !== {json.dumps(page.url)}")


def press(page, name, came, of="button", within=2 * SOON):
    """Press a button (or open the summary of a box) until what shall come of it is true."""
    button = page.locator(of).filter(has_text=name).first
    insist(page, lambda: button.click(timeout=SOON), came, within)


def turn_to(page, name):
    """Go to another page by the list in the sidebar."""
    link = page.locator("[data-testid='stSidebar'] [data-testid='stPageLink-NavLink']")
    link = link.filter(has_text=re.compile(f"{re.escape(name)}$"))
    title = f"document.querySelector('h1')?.innerText.includes({json.dumps(name)})"
    insist(page, lambda: link.click(timeout=SOON), title)


def export(page, nth=0):
    """Open the menu of what can be taken home of a chart or table."""
    menu = page.locator("[data-testid='stPopover']").filter(has_text="Export").nth(nth)
    insist(page, lambda: menu.locator("button").click(timeout=SOON), shows("Parquet"))


def download(page, name):
    """Press a download button; give the file's name and bytes."""
    with page.expect_download() as waiting:
        page.locator("[data-testid='stDownloadButton']").filter(has_text=name).first.click()
    file = waiting.value
    return file.suggested_filename, Path(file.path()).read_bytes()
