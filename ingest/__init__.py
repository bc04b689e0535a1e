"""Bytes of published files to raw.* tables: the only way into the warehouse."""

import difflib
import errno
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST_LINE = 4_000
"""Characters in a line of a message."""

HALF = re.compile("[\ud800-\udfff]")
"""Half of a character, which no text in UTF-8 can hold."""

MANY_NAMES = 60
"""Up to this many names are listed to somebody who asks for one that does not exist."""


def shortened(text: str, n: int = 200) -> str:
    """A text as a message can hold it: in a file a name may have 200,000 characters."""
    return text if len(text) <= n else f"{text[: n - 1]}…"


def normal(text: str) -> str:
    """Text as it is compared: macOS stores é as two characters, most else as one."""
    return unicodedata.normalize("NFC", text)


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand more than once, in the order of their first places."""
    return [name for name, n in Counter(names).items() if n > 1]


class Explained(Exception):
    """An error that can be expected; its message says what is wrong and what to do."""

    def __str__(self) -> str:
        """The message, with lines that a person can read."""
        return "\n".join(shortened(line, LONGEST_LINE) for line in super().__str__().split("\n"))


REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full: a quota is used up",
    errno.EFBIG: "the file may not grow so large (ulimit -f)",
    errno.EROFS: "the disk is read-only",
    errno.EBADF: "the output is closed",
    errno.EEXIST: "a file stands where a folder is needed",
}


def reason(error: OSError) -> str:
    """Why the disk or the network refused, in a few words."""
    return REASONS.get(error.errno or 0) or error.strerror or str(error)


def names_like(name: str, known: Iterable[str]) -> str:
    """The names there are, the nearest first to one that is not among them; of many only those."""
    by_lower = {k.lower(): k for k in known}
    asked = str(name).lower().strip("*")
    near = difflib.get_close_matches(asked, by_lower, n=4, cutoff=0.6)
    near += sorted((k for k in by_lower if asked in k), key=len)
    near = near or difflib.get_close_matches(asked, by_lower, n=8, cutoff=0.3) or [*by_lower]
    if len(by_lower) > MANY_NAMES:
        listed = ", ".join(by_lower[k] for k in [*dict.fromkeys(near)][:8])
        return f"Known are {len(by_lower):,}, for example: {listed}"
    return f"Known: {', '.join(by_lower[k] for k in dict.fromkeys([*near, *by_lower]))}"
