"""Bytes of published files to raw.* tables: the only way into the warehouse."""

import difflib
from collections.abc import Iterable

MANY_NAMES = 60
"""Up to this many names are listed to somebody who asks for one that does not exist."""


class Explained(Exception):
    """An error that can be expected; its message says what is wrong and what to do."""


def names_like(name: str, known: Iterable[str]) -> str:
    """The names there are, the nearest first to one that is not among them; of many only those."""
    by_lower = {k.lower(): k for k in known}
    asked = name.lower().strip("*")
    near = [k for k in by_lower if asked in k]
    near = near or difflib.get_close_matches(asked, by_lower, n=8, cutoff=0.4)
    listed = [by_lower[k] for k in dict.fromkeys([*near, *by_lower])]
    if len(listed) <= MANY_NAMES:
        return f"Known: {', '.join(listed)}"
    return f"Known are {len(listed):,}, for example: {', '.join(listed[: min(len(near), 8) or 8])}"
