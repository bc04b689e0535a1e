"""What mkdocs does beyond rendering docs/: pages that are made, files from elsewhere, equations."""

import re
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pages import gallery, tables

from ingest.settings import DBT_PROJECT, ROOT

HOME = {"README.md": "index.md"}
FOLDERS = {path.stem: path.parent.name for path in (DBT_PROJECT / "models/marts").rglob("*.sql")}
"""Each table, with the page that describes it."""

ELSEWHERE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")
_TABLE = re.compile(r"(?:<a [^>]*>)?<code>(\w+)</code>")
_MATH = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root folder, the files that docs/ links to, and what is generated."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
    texts |= {path: path.read_text(encoding="utf-8") for path in (ROOT / e for e in ELSEWHERE)}
    linked = {(p.parent / link).resolve() for p, t in texts.items() for link in _LINK.findall(t)}
    beside = {p for p in linked if p.is_file() and not p.is_relative_to(ROOT / "docs")}
    for path in sorted(beside | {ROOT / e for e in ELSEWHERE}):
        uri = _uri(path)
        if path.suffix == ".md":
            content = _with_links(path.read_text(encoding="utf-8"), path.parent, uri)
            files.append(File.generated(config, uri, content=content))
        else:
            files.append(File.generated(config, uri, abs_src_path=str(path)))
    for uri, content in (*tables(), *gallery()):
        files.append(File.generated(config, uri, content=content))
    return files


def _uri(path: Path) -> str:
    """Where a file of the project stands in the site."""
    path = path.relative_to(ROOT / "docs" if path.is_relative_to(ROOT / "docs") else ROOT)
    return HOME.get(path.as_posix(), path.as_posix())


def _with_links(text: str, folder: Path, uri: str) -> str:
    """Links to files of the project, as they are from a page of the site."""
    up = "../" * uri.count("/")

    def moved(link: re.Match) -> str:
        path = (folder / link[1]).resolve()
        return up + _uri(path) if path.is_file() else link[0]

    return _LINK.sub(moved, text)


def on_page_markdown(text: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let the pages of docs/ link to what stands beside that folder."""
    written = ROOT / "docs" / page.file.src_uri
    return _with_links(text, written.parent, page.file.src_uri) if written.is_file() else text


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn equations into MathML, which browsers draw without a script; link names of tables."""

    def drawn(found: re.Match) -> str:
        tex = found["tex"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return convert(tex, display="block" if found["tag"] == "div" else "inline")

    up = "../" * page.url.count("/")

    def linked(found: re.Match) -> str:
        name = found[1]
        folder = FOLDERS.get(name) if not found[0].startswith("<a") else None
        return f'<a href="{up}tables/{folder}.html#{name}">{found[0]}</a>' if folder else found[0]

    return _TABLE.sub(linked, _MATH.sub(drawn, html))
