"""The explorer in a real browser, on the toy warehouse."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from warehouse import settings

pytestmark = pytest.mark.browser

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


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install 'alignment-warehouse[dev]'"
    )
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(toy_warehouse, tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("streamlit") / "log.txt"
    arguments = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    environment = os.environ | {"AW_WAREHOUSE": str(toy_warehouse)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling Streamlit anew takes seconds
    with log.open("w") as handle:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *arguments],
            cwd=settings.ROOT,
            env=environment,
            stdout=handle,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(f"{url}/_stcore/health", server, log)
            yield url
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(url, server, log):
    for _ in range(120):
        if server.poll() is not None:
            pytest.fail(f"streamlit ended: {log.read_text()}")
        try:
            urllib.request.urlopen(url, timeout=1)
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.25)
        else:
            return
    pytest.fail(f"streamlit did not start: {log.read_text()}")


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


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


def settle(page):
    """Wait until the script has run, its elements are up to date and the page stays as it is."""
    page.wait_for_function(QUIET, arg=[time.monotonic_ns(), 400])
    assert page.locator("[data-testid='stException']").count() == 0


def insist(page, act, came):
    """Act until what shall come of it is true: a rerun may close a list or replace an element."""
    sync_api = pytest.importorskip("playwright.sync_api")
    end = time.monotonic() + WAIT / 1000
    while not page.evaluate(came):
        try:
            act()
            page.wait_for_function(came, timeout=2 * SOON)
        except sync_api.TimeoutError:
            if time.monotonic() > end:
                raise
            page.keyboard.press("Escape")
            settle(page)
    settle(page)


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


def pick(page, label, value):
    """Choose from a list; every choice ends in the address."""
    box = page.locator("[data-testid='stSelectbox']").filter(has_text=label).first

    def act():
        box.locator("input").click(timeout=SOON)
        page.get_by_role("option", name=value).click(timeout=SOON)

    insist(page, act, f"location.href !== {json.dumps(page.url)}")


def press(page, name, came):
    """Press a button until what shall come of it is true."""
    button = page.get_by_role("button", name=name)
    insist(page, lambda: button.click(timeout=SOON), came)


@pytest.mark.parametrize("path", ["", "agreement?cohort=toy", "ranking?cohort=toy", "sql"])
def test_a_page_has_no_exception_and_fits_the_screen(page, address, path):
    visit(page, f"{address}/{path}")
    if path != "sql":
        page.wait_for_selector("[data-testid='stVegaLiteChart'] :is(canvas, svg)")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        main = page.locator("[data-testid='stMain']")
        assert main.evaluate("e => e.scrollWidth") <= width


def test_a_pair_is_picked_and_the_address_keeps_it(page, address):
    visit(page, f"{address}/agreement?cohort=toy")
    assert metric(page, "Correlation") == "-1.000"
    pick(page, "Second metric", "V4_leaf 100 %")
    assert metric(page, "Correlation") == "0.800"
    assert "b=V4_leaf" in page.url
    permalink = page.url
    visit(page, permalink)
    assert metric(page, "Correlation") == "0.800"


def test_a_click_on_a_cell_picks_the_pair(page, address):
    visit(page, f"{address}/agreement?cohort=toy")
    # The first number of the matrix stands in the row of V4 and the column of V1.
    cell = page.locator("[data-testid='stVegaLiteChart'] svg text", has_text="0.80").first
    insist(page, lambda: cell.click(force=True, timeout=SOON), in_address("a=V4_leaf"))
    assert "b=V1.leaf" in page.url
    assert metric(page, "Correlation") == "0.800"


def test_sql_runs_and_an_attack_only_fails(page, address):
    visit(page, f"{address}/sql?sql=select+6*7+as+answer")
    press(page, "Run", shows("1 rows, 1 columns"))
    editor = page.get_by_role("textbox", name="SQL")

    def ask():
        editor.fill("select * from read_text('/etc/passwd')", timeout=SOON)
        editor.press("Control+Enter", timeout=SOON)

    insist(page, ask, in_address("read_text"))
    press(page, "Run", shows("The query did not run."))
    assert "disabled by configuration" in page.locator("[data-testid='stCode']").first.inner_text()
