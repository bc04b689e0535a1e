"""The explorer in a real browser: one session, one server, the toy warehouse."""

import io
import json
import os
import re
import subprocess
import time
import tomllib
from urllib.parse import quote

import pandas as pd
import pytest
import requests
from browser import (
    SOON,
    download,
    export,
    in_address,
    insist,
    pick,
    press,
    settle,
    shows,
    tables,
    turn_to,
    visit,
)
from conftest import PAGES

from ingest import settings

pytestmark = pytest.mark.browser

AXE = settings.ROOT / "tests" / "app" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = (1440, 768, 390)
WIDE = 3600
"""Pixels at which every column of every table is in view."""

COHORT = "brainscore_2025_core50"
PAIR = "a=FreemanZiemba2013.V1-pls&b=MajajHong2015.IT-pls"
ADDRESSES = {
    "start": "",
    "compare": f"compare?cohort={COHORT}&models=alexnet.tv_in1k,resnet34.tv_in1k",
}
NUMBER = re.compile(r"(< ?)?[-+−]?[\d,]*\.?\d*(e[-+]?\d+)?( ?(%|[kKMGT]?B|s))?")
ABSENT = {"None", "nan", "NaN", "<NA>", "NaT", "null", "undefined", "inf"}
"""What a missing value must not look like; a column may well hold the word "none"."""


def violations(page) -> list[str]:
    """Moderate and worse violations that axe-core finds on the page as it stands."""
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})"
        for v in found
        if v["impact"] in ("moderate", "serious", "critical")
    ]


def test_a_server_tells_only_its_pages(address):
    """No other site frames it or is asked by it, and nobody reads numbers about its visitors."""
    asking = requests.Session()
    asking.trust_env = False  # the loopback device needs no proxy
    answer = asking.get(address, timeout=10)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for path in ("metrics", "metrics/"):
        assert asking.get(f"{address}/_stcore/{path}", timeout=10).status_code == 404
    assert asking.get(f"{address}/_stcore/health", timeout=10).ok


def test_a_server_is_for_its_machine_alone_unless_asked():
    """By loopback, and by no name that another site could give it; a host opens it in words."""
    settled = tomllib.loads((settings.ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settled["server"]["address"] == "127.0.0.1"
    assert settled["server"]["allowedHosts"] == ["localhost", "127.0.0.1"]
    asked = ["make", "-n", "app"]
    said = [
        subprocess.run(
            command, cwd=settings.ROOT, env=os.environ | more, capture_output=True, text=True,
            encoding="utf-8", check=True,
        ).stdout
        for command, more in (
            (asked, {}), (asked, {"HOST": "x86_64"}), ([*asked, "HOST=0.0.0.0"], {})
        )
    ]  # fmt: skip
    assert ["--server.address 0.0.0.0" in text for text in said] == [False, False, True]
    assert "--browser.serverAddress 0.0.0.0" in said[2], "else it is asked for outside"
    assert ["open to whoever reaches 0.0.0.0" in text for text in said] == [False, False, True]


@pytest.mark.parametrize("asked", ["www.example.com", "https://example.com/x", "a@example.com"])
def test_what_a_link_asks_for_is_no_link(browser_context, address, asked):
    """A warning repeats it; whoever sent the link could lead readers away with it."""
    page = browser_context.new_page()
    visit(page, f"{address}/ranking?cohort={quote(asked)}")
    warning = page.get_by_text("The link asks for").first
    assert "example" in warning.inner_text()
    assert page.locator("a[href*='example.com']").count() == 0
    page.close()


@pytest.fixture(scope="session")
def raw_names(ask) -> set[str]:
    """Columns of the marts whose names are for the database: those with an underscore."""
    asked = "select distinct column_name from duckdb_columns() where schema_name = 'marts'"
    return {column for column in ask(asked)["column_name"] if "_" in column}


@pytest.fixture(scope="module", params=PAGES)
def opened(request, browser_context, address):
    """One page of the explorer, loaded once for the tests that look at every page."""
    page = browser_context.new_page()
    page.set_viewport_size({"width": SCREENS[0], "height": 900})
    visit(page, f"{address}/{ADDRESSES.get(request.param, request.param)}")
    yield page
    page.close()


def test_everyone_can_read_a_page(opened):
    charts = opened.locator("[data-testid='stVegaLiteChart'] [role='graphics-document']")
    for chart in charts.all():
        assert chart.get_attribute("aria-label").endswith(".")
    if not AXE.is_file():
        pytest.skip("no axe-core: npm ci --prefix tests/app")
    opened.evaluate(AXE.read_text())
    for theme in ("light", "dark"):
        opened.emulate_media(color_scheme=theme)
        settle(opened)
        background = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
        assert (opened.evaluate(background) == "rgb(255, 255, 255)") == (theme == "light")
        assert violations(opened) == [], theme


def test_a_page_fits_every_screen(opened):
    for width in SCREENS:
        opened.set_viewport_size({"width": width, "height": 900})
        settle(opened)
        assert opened.locator("[data-testid='stMain']").evaluate("e => e.scrollWidth") <= width


def test_every_table_shows_labels_and_numbers(opened, raw_names):
    opened.set_viewport_size({"width": WIDE, "height": 2000})
    settle(opened)
    for table in tables(opened):
        assert table["n_columns"] == len(table["heads"]), "a column is out of view"
        assert raw_names & {*table["heads"]} == set()
        drawn = [cell["text"].strip() for cell in table["cells"]]
        assert drawn and [text for text in drawn if text in ABSENT] == [], table["heads"]
        numbers = [c["text"].strip() for c in table["cells"] if c["isNumber"]]
        assert [text for text in numbers if not NUMBER.fullmatch(text)] == [], table["heads"]


def test_a_click_on_a_cell_picks_the_pair(page, address):
    visit(page, f"{address}/agreement?cohort={COHORT}&level=region&{PAIR}")
    before = page.url  # the pair shown at first is the one that agrees least, which is drawn last
    cell = page.locator("[data-testid='stVegaLiteChart'] svg text").filter(
        has_text=re.compile(r"^-?0\.\d\d$")
    )
    changed = f"location.href !== {json.dumps(before)}"
    insist(page, lambda: cell.first.click(force=True, timeout=SOON), changed)
    shown = cell.first.text_content()
    said = page.get_by_text(re.compile("^Spearman correlation")).inner_text()
    assert said.startswith(f"Spearman correlation {shown} (")


def test_an_analysis_from_page_to_page_and_back(page, address):
    """Choices stay from page to page, make a permalink, and Back undoes them one by one."""
    visit(page, address)
    turn_to(page, "Ranking")
    press(page, "Filter models", shows("Model family"), of="summary")
    pick(page, "Model family", "alexnet", "stMultiSelect")
    pick(page, "Model family", "resnet", "stMultiSelect")
    said = "model family alexnet, resnet."
    assert page.get_by_text(said).count()
    permalink = page.url
    turn_to(page, "Compare")
    pick(page, "Models (2 to 4)", "tv_resnet34", "stMultiSelect")
    insist(page, lambda: page.keyboard.press("Escape"), shows("Benchmark by benchmark"))
    assert "family=alexnet" in page.url and "models=alexnet" in page.url
    compared = page.url
    page.context.clear_cookies()
    visit(page, compared)
    page.get_by_text("Rank under every way of averaging").wait_for()
    visit(page, permalink)
    assert page.get_by_text(said).count()
    pick(page, "Averaged by", "Mean rank")
    turn_to(page, "Agreement")
    settle(page)
    for part in ("scheme=mean_rank", "scheme=arithmetic_mean"):
        page.go_back()  # once: what a page shows when it is turned to is no step
        page.wait_for_function(in_address(part))
        settle(page)
        assert page.get_by_role("heading", level=1).inner_text() == "Ranking"


def test_images_that_split_people_and_networks_are_three_steps_away(page, address):
    """From the first page, within a quarter of a minute; each with its answers and its source."""
    visit(page, address)
    start = time.monotonic()
    turn_to(page, "Errors image by image")
    press(page, "Image by image", shows("recognised by most people"), of="[role='tab']")
    pick(page, "Which images", "Networks right, people wrong")
    assert page.get_by_text("recognised by most networks").count()
    assert time.monotonic() - start < 15
    cards = page.locator("[data-testid='stMain'] a[href*='github.com']")
    assert cards.count() and page.get_by_text("Every answer").count() == cards.count()


def test_own_scores_stay_in_the_browser_when_asked_to(page, address):
    """Over a reload, until they are forgotten."""
    scores = b"Model,MajajHong2015.V4-pls,MajajHong2015.IT-pls\nmine,.5,.6\n"
    file = {"name": "own.csv", "mimeType": "text/csv", "buffer": scores}
    visit(page, f"{address}/own?cohort={COHORT}")
    page.locator("input[type=file]").set_input_files(file)
    found = page.get_by_text("would rank").filter(has_text="mine")
    found.wait_for()
    kept = "!!localStorage.getItem('alignment-warehouse/own')"
    press(page, "Keep in this browser", kept)
    visit(page, f"{address}/own?cohort={COHORT}")
    found.wait_for()
    press(page, "Forget them", f"!({kept})")
    visit(page, f"{address}/own?cohort={COHORT}")
    page.get_by_text("Fill in a template").wait_for()
    assert not found.count()


def test_every_format_is_downloaded(page, address, rows_of):
    visit(page, f"{address}/agreement?cohort={COHORT}&level=region")
    export(page)
    name, data = download(page, "CSV")
    assert name == f"{COHORT}_region_spearman_benchmark_correlations.csv"
    rows = pd.read_csv(io.BytesIO(data))
    mart = rows_of(
        "fct_benchmark_correlations", cohort_id=COHORT, level="region", method="spearman"
    )
    keys = ["benchmark_a", "benchmark_b", "estimate"]
    found, expected = (f[keys].sort_values(keys).reset_index(drop=True) for f in (rows, mart))
    pd.testing.assert_frame_equal(found, expected)
    assert len(pd.read_parquet(io.BytesIO(download(page, "Parquet")[1]))) == len(mart) == 10
    assert b"\\toprule" in download(page, "LaTeX")[1]
    assert download(page, "SVG")[1].startswith(b"<svg")
    assert download(page, "PDF")[1].startswith(b"%PDF")
    assert download(page, "PNG")[1].startswith(b"\x89PNG")


def test_the_keyboard_reaches_every_kind_of_control(page, address):
    visit(page, f"{address}/agreement?cohort={COHORT}&area=V1,V4")  # the filters are open
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.closest('[data-testid^=st]')?.dataset.testid"
                " ?? document.activeElement.tagName"
            )
        )
    wanted = {"stPageLink", "stSelectbox", "stMultiSelect", "stPopover"}
    assert {w for w in wanted if any(r.startswith(w) for r in reached)} == wanted, reached
