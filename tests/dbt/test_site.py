"""The site of the documents: it builds without a warning, and needs no other server."""

import re
import subprocess
import sys
from urllib.parse import unquote

import pytest

from ingest import settings

pytest.importorskip("mkdocs", reason="make docs installs what builds the site")
LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^>]*>")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built strictly: a dead link or anchor, or a page outside the menu, ends it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=settings.ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_nothing_is_loaded_from_another_server(site):
    """No font, script or picture."""
    loaded = {f"{p.relative_to(site)}: {tag}" for p in site.rglob("*.html")
              for tag in LOADED.findall(p.read_text(encoding="utf-8"))}  # fmt: skip
    assert not loaded


def test_every_equation_is_drawn(site):
    """As MathML: no TeX is left over, which no script would turn into an equation."""
    pages = {p.name: p.read_text(encoding="utf-8") for p in site.glob("*.html")}
    assert "<math" in pages["methods.html"]
    assert not [name for name, html in pages.items() if "arithmatex" in html]


def test_every_link_leads_somewhere(site):
    """Those too that are made after mkdocs has looked: of names of tables to their pages."""
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    ids = {path: set(re.findall(r'\bid="?([^\s">]+)', html)) for path, html in pages.items()}
    dead = set()
    for path, html in pages.items():
        for link, anchor in re.findall(r'<a [^>]*?href="(?!\w+:)([^"#]*)#?([^"]*)"', html):
            target = (path.parent / unquote(link)).resolve() if link else path
            if target.is_dir():
                target /= "index.html"
            if path.name != "404.html" and not target.is_file():
                dead.add(f"{path.relative_to(site)}: {link}")
            elif anchor and target in ids and unquote(anchor) not in ids[target]:
                dead.add(f"{path.relative_to(site)}: {link}#{anchor}")
    assert not dead
