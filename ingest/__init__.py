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
    near = difflib.get_close_matches(asked, by_lower, n=4, cutoff=0.6)
    near += sorted((k for k in by_lower if asked in k), key=len)
    near = near or difflib.get_close_matches(asked, by_lower, n=8, cutoff=0.3) or [*by_lower]
    if len(by_lower) > MANY_NAMES:
        listed = ", ".join(by_lower[k] for k in [*dict.fromkeys(near)][:8])
        return f"Known are {len(by_lower):,}, for example: {listed}"
    return f"Known: {', '.join(by_lower[k] for k in dict.fromkeys([*near, *by_lower]))}"
