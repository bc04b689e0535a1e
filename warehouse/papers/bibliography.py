"""BibTeX of what is cited."""

import re
from collections.abc import Iterable
from pathlib import Path

from ingest import settings
from ingest.documents import text_of
from warehouse.papers import ExportError

OURS = "alignment_warehouse"
"""Key of the entry of this tool itself."""


def citation_keys(citations: Iterable[str | None]) -> list[str]:
    """BibTeX keys of several citation columns, each once, in order."""
    keys = (k.strip() for c in citations if isinstance(c, str) for k in c.split(","))
    return sorted({k for k in keys if k})


def read_bibtex(path: Path | None = None) -> dict[str, str]:
    """Read a BibTeX file into one text per key; empty where there is no file."""
    path = path or settings.REFERENCES
    if not path.is_file():
        return {}
    text = text_of(path)
    entries = {}
    for match in re.finditer(r"^[ \t]*@(\w+)\s*\{\s*([^,\s{}]+)\s*,", text, re.MULTILINE):
        depth, end = 0, match.start()
        for end in range(text.index("{", match.start()), len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0:
                break
        entries[match[2]] = text[match.start() : end + 1].strip()
    return entries


def cited_entries(keys: Iterable[str]) -> list[str]:
    """Return the BibTeX entries of the keys.

    Raises
    ------
    ExportError
        An entry is missing.
    """
    entries = read_bibtex()
    missing = [k for k in keys if k not in entries]
    if missing:
        name = f"{settings.REFERENCES.parent.name}/{settings.REFERENCES.name}"
        raise ExportError(f"{name} has no entry for {', '.join(missing)}")
    return [entries[k] for k in keys]
