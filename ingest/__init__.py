"""Bytes of published files to raw.* tables: the only way into the warehouse."""

import difflib
from collections.abc import Iterable

MANY_NAMES = 60
"""Up to this many names are listed to somebody who asks for one that does not exist."""


class Explained(Exception):
    """An error that can be expected; its message says what is wrong and what to do."""


def names_like(name: str, known: Iterable[str]) -> str:
    """The names there are, or of many those that are nearest to a name that is not among them."""
    by_lower = {k.lower(): k for k in known}
    if len(by_lower) <= MANY_NAMES:
        return f"Known: {', '.join(by_lower.values())}"
    asked = name.lower().strip("*")
    near = [k for k in by_lower if asked in k][:8]
    near = near or difflib.get_close_matches(asked, by_lower, n=8, cutoff=0.4) or [*by_lower][:8]
    return f"Known are {len(by_lower):,}, for example: {', '.join(by_lower[k] for k in near)}"
