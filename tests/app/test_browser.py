"""The explorer in a real browser, on the toy warehouse."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from browser import (
    SOON,
    download,
    in_address,
    insist,
    metric,
    pick,
    press,
    settle,
    shows,
    turn_to,
    visit,
)
from conftest import ESTIMATES, PAGES, make_warehouse, toy_rows

from ingest import settings
from warehouse import db

pytestmark = pytest.mark.browser

AXE = settings.ROOT / "tests" / "app" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = (390, 768, 1440)
ADDRESSES = {
    "overview": "",
    "compare": "compare?cohort=toy&models=alexnet,resnet_50",
    **{name: f"{name}?cohort=toy" for name in ("agreement", "ranking", "schemes", "missing")},
}


def serious(page) -> list[str]:
    """Serious violations that axe-core finds on the page as it stands."""
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_screen_and_everyone_can_read_it(page, address, name):
    visit(page, f"{address}/{ADDRESSES.get(name, name)}")
    for width in SCREENS:
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        assert page.locator("[data-testid='stMain']").evaluate("e => e.scrollWidth") <= width
    for canvas in page.locator("[data-testid='stVegaLiteChart'] [role='graphics-document']").all():
        assert canvas.get_attribute("aria-label").endswith(".")
    if not AXE.is_file():
        pytest.skip("no axe-core: npm ci --prefix tests/app")
    page.evaluate(AXE.read_text())
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        settle(page)
        is_dark = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
        assert (page.evaluate(is_dark) == "rgb(255, 255, 255)") == (theme == "light")
        assert serious(page) == [], theme


def test_a_pair_is_picked_and_the_address_keeps_it(page, address):
    visit(page, f"{address}/agreement?cohort=toy")
    assert metric(page, "Correlation") == "-1.000"
    pick(page, "Second benchmark", "V4_leaf 100 %")
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


def test_an_analysis_from_page_to_page_and_back_by_its_address(page, address):
    visit(page, address)
    turn_to(page, "Do the benchmarks agree?")
    pick(page, "Second benchmark", "V4_leaf 100 %")
    assert metric(page, "Correlation") == "0.800"
    turn_to(page, "Who ranks where?")
    press(page, "Filter models", shows("Model family"), of="summary")
    pick(page, "Model family", "alexnet", "stMultiSelect")
    pick(page, "Model family", "resnet", "stMultiSelect")
    assert page.get_by_text("2 of 4 models: model family alexnet, resnet.").count()
    permalink = page.url
    turn_to(page, "Compare models")
    pick(page, "Models (two to 4)", "alexnet", "stMultiSelect")
    pick(page, "Models (two to 4)", "resnet_50", "stMultiSelect")
    insist(page, lambda: page.keyboard.press("Escape"), shows("Benchmark by benchmark"))
    assert "family=alexnet" in page.url and "models=alexnet" in page.url
    compared = page.url
    page.context.clear_cookies()
    visit(page, compared)
    page.get_by_text("Rank under every way of averaging").wait_for()
    visit(page, permalink)
    assert page.get_by_text("2 of 4 models: model family alexnet, resnet.").count()


def test_back_leads_from_page_to_page(page, address):
    visit(page, address)
    turn_to(page, "Who ranks where?")
    pick(page, "Order by", "Mean rank")
    turn_to(page, "Do the benchmarks agree?")
    settle(page)

    def back(steps):
        for _ in range(steps):
            page.go_back()
            settle(page)

    back(2)  # a page is entered in two steps: its name, then what is chosen on it
    assert page.get_by_role("heading", level=1).inner_text() == "Who ranks where?"
    assert "scheme=mean_rank" in page.url
    back(1)
    assert "scheme=arithmetic_mean" in page.url
    assert page.get_by_role("heading", level=1).inner_text() == "Who ranks where?"


def test_a_name_that_was_searched_is_found(page, address):
    visit(page, address)
    field = page.get_by_role("textbox", name="Find a model or a benchmark")

    def ask():
        field.fill("ResNet 50", timeout=SOON)
        field.press("Enter", timeout=SOON)

    insist(page, ask, shows("Model: resnet_50"))


def test_every_format_is_downloaded(page, address):
    visit(page, f"{address}/agreement?cohort=toy")
    name, data = download(page, "CSV")
    assert name == "toy_leaf_spearman.csv"
    rows = pd.read_csv(io.BytesIO(data))
    found = {(r.benchmark_a, r.benchmark_b): r.estimate for r in rows.itertuples()}
    assert found == ESTIMATES
    assert len(pd.read_parquet(io.BytesIO(download(page, "Parquet")[1]))) == 3
    assert b"\\toprule" in download(page, "LaTeX")[1]
    assert download(page, "SVG")[1].startswith(b"<svg")
    assert download(page, "PNG")[1].startswith(b"\x89PNG")


def test_own_scores_good_and_bad(page, address):
    visit(page, f"{address}/own?cohort=toy")
    field = page.locator("input[type=file]")

    def give(text):
        file = {"name": "scores.csv", "mimeType": "text/csv", "buffer": text.encode()}
        return lambda: field.set_input_files(file, timeout=SOON)

    bad = "model,benchmark,score\nmine,V4_lef,1\n"
    insist(page, give(bad), shows("The file was refused: 1 problem."))
    good = "model,benchmark,score\nmine,V1.leaf,2.5\nmine,V4_leaf,2.5\n"
    insist(page, give(good), shows("Taken: 2 scores; models: 1; benchmarks: 2."))
    assert not page.get_by_text("The file was refused").count()
    page.get_by_text("Where would they rank?").wait_for()
    press(page, "Forget them", "!" + shows("Taken: 2 scores"))


def test_the_keyboard_reaches_every_kind_of_control(page, address):
    visit(page, f"{address}/agreement?cohort=toy")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.closest('[data-testid^=st]')?.dataset.testid"
                " ?? document.activeElement.tagName"
            )
        )
    wanted = {"stSidebarNavLink", "stTextInput", "stSelectbox", "stMultiSelect", "stExpander"}
    found = {w for w in wanted if any(r.startswith(w) for r in reached)}
    assert found == wanted, reached
    assert "stBaseButton-secondary" in reached, reached  # the downloads


ASKED = {
    "select 6 * 7 as answer": "1 rows, 1 columns",
    "copy dim_models to '/tmp/out.csv'": "COPY is not allowed",
    "attach '/tmp/out.db'": "ATTACH is not allowed",
    "install httpfs": "LOAD is not allowed",
    "select * from read_csv('/etc/passwd')": "disabled by configuration",
    "set enable_external_access = true": "SET is not allowed",
    "pragma enable_profiling": "PRAGMA is not allowed",
}


def test_the_console_answers_and_attacks_are_only_errors(page, address):
    visit(page, f"{address}/sql")
    editor = page.get_by_role("textbox", name="SQL")
    for sql, said in ASKED.items():

        def ask(sql=sql):
            editor.fill(sql, timeout=SOON)
            editor.press("Control+Enter", timeout=SOON)

        insist(page, ask, f"new URLSearchParams(location.search).get('sql') === {json.dumps(sql)}")
        press(page, "Run", shows(said))
    visit(page, address)
    assert metric(page, "Models") == "4"


def test_a_publish_is_seen_by_a_reader_within_one_interaction(page, serve, tmp_path):
    path = make_warehouse(tmp_path / "warehouse.duckdb", toy_rows())
    visit(page, serve(path))
    assert metric(page, "Published scores") == "12"
    db.publish(make_warehouse(tmp_path / "next.duckdb", toy_rows(n_scores=7)), path)
    turn_to(page, "Ask in SQL")
    turn_to(page, "What is in here?")
    assert metric(page, "Published scores") == "7"
