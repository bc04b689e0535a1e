"""The app on the toy, the empty and the real warehouse, in a script runner and in a browser."""

import importlib
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from browser import ARGUMENTS, DRAWN, WAIT, serving
from streamlit.testing.v1 import AppTest

from ingest import settings
from tests.fixtures import toy
from warehouse import db

APP = settings.ROOT / "app.py"
PAGES = [path.stem for path in sorted((settings.ROOT / "app_pages").glob("[a-z]*.py"))]

BIBLIOGRAPHY = """\
% A comment with an @ and a { brace.
@article{one2020,
  title = {One {Nested} Title},
  year = 2020
}
@misc{unused1999, title = {Nobody}}

@misc{two2021,
  title = {Two}}
"""


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


@pytest.fixture
def use(monkeypatch):
    """Make a file the published warehouse; give a function that opens the app on a page of it."""
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


@pytest.fixture
def bibliography(tmp_path, monkeypatch) -> Path:
    """A small BibTeX file in the place of docs/references.bib."""
    path = tmp_path / "references.bib"
    path.write_text(BIBLIOGRAPHY)
    monkeypatch.setattr(settings, "REFERENCES", path)
    return path


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
def served(tmp_path_factory, toy_warehouse) -> Path:
    """The file that the one server reads: a copy of the toy, which a test may replace."""
    return Path(shutil.copyfile(toy_warehouse, tmp_path_factory.mktemp("served") / "w.duckdb"))


@pytest.fixture(scope="session")
def address(served):
    """The explorer on the toy; it ends with the tests."""
    with serving(served, served.with_name("log.txt")) as url:
        yield url
