"""The app on the toy, the empty and the real warehouse, in a script runner and in a browser."""

import importlib
import shutil
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
from browser import ARGUMENTS, DRAWN, WAIT, serving
from streamlit.testing.v1 import AppTest

from app_pages import _views
from ingest import settings
from tests.fixtures import toy
from warehouse import db
from warehouse.figures import theme

APP = settings.ROOT / "app.py"
PAGES = [path.stem for path in sorted((settings.ROOT / "app_pages").glob("[a-z]*.py"))]


@pytest.fixture(scope="session")
def toy_warehouse() -> Path:
    """The toy that dbt builds from tests/fixtures/make.py."""
    return toy.warehouse("toy")


@pytest.fixture(scope="session")
def empty_warehouse() -> Path:
    """The same without any source."""
    return toy.warehouse("empty")


@pytest.fixture(scope="session")
def ask(toy_warehouse):
    """Ask the toy: ``ask("select … where cohort_id = $cohort", cohort="…")``."""

    def run(sql: str, **values: object) -> pd.DataFrame:
        with db.connect(toy_warehouse) as con:
            return con.execute(sql, values).df()

    return run


@pytest.fixture(scope="session")
def rows_of(ask):
    """Rows of a mart of the toy: ``rows_of("fct_shape_bias", source_id="model_vs_human")``."""

    def read(mart: str, **where: object) -> pd.DataFrame:
        conditions = " and ".join(f"{column} = ${column}" for column in where) or "true"
        return ask(f"select * from {mart} where {conditions} order by all", **where)

    return read


SEEN: dict[int, alt.TopLevelMixin] = {}
"""Charts that were looked at already: pages remember them too."""


def lines_with_shape(spec: dict, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """Lines with a shape, their own or one of the layers above: it is drawn at their ends."""
    encoded = above | spec.get("encoding", {}).keys()
    mark = spec.get("mark", {})
    kind = mark if isinstance(mark, str) else mark.get("type")
    if kind in ("rule", "line", "area") and "shape" in encoded:
        yield kind
    for part in ("layer", "hconcat", "vconcat", "concat"):
        for inner in spec.get(part, ()):
            yield from lines_with_shape(inner, encoded)


@pytest.fixture
def use(monkeypatch):
    """Make a file the published warehouse; give a function that opens the app on a page of it.

    Every chart that a page shows of the toy is drawn, and describes itself in a sentence.
    """
    shown, show = [], _views.Drawing.show

    def remembering(drawing: _views.Drawing) -> None:
        shown.append(drawing.chart)
        show(drawing)

    monkeypatch.setattr(_views.Drawing, "show", remembering)
    # Streamlit puts the page in its place, and processes that other tests spawn would run the page
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    importlib.invalidate_caches()

    def open_page(path: Path, page: str | None = None, **query: str) -> AppTest:
        monkeypatch.setattr(settings, "WAREHOUSE", path)
        app = AppTest.from_file(APP, default_timeout=60)
        app.query_params.update(query)
        app.run()
        app = app.switch_page(f"app_pages/{page}.py").run() if page else app
        assert not app.exception, app.exception
        return app

    yield open_page
    with db.READER.closed():
        pass
    is_toy = settings.WAREHOUSE.is_relative_to(toy.FOLDER)
    for chart in (c for c in shown if is_toy and id(c) not in SEEN):
        SEEN[id(chart)] = chart
        assert ET.fromstring(theme.picture(chart, "svg")).tag.endswith("svg")
        spec = chart.to_dict()
        assert spec["description"].endswith(".")
        assert list(lines_with_shape(spec)) == []


@pytest.fixture(scope="session")
def browser_context():
    """One session of headless Chromium; skips where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install 'alignment-warehouse[dev]'"
    )
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(WAIT)
        context.add_init_script(DRAWN)
        yield context
        browser.close()


@pytest.fixture
def page(browser_context):
    """An empty page that waits long: the machine may be busy."""
    page = browser_context.new_page()
    yield page
    page.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory, toy_warehouse):
    """The explorer on the toy; it ends with the tests."""
    with serving(toy_warehouse, tmp_path_factory.mktemp("served") / "log.txt") as url:
        yield url
