"""Closed lists of words in the seeds: what a column may hold, checked before anything is built.

A mart ``dim_<seed>`` hands the columns of that seed on, and its YAML lists their accepted values.
dbt asks for them when the mart is made, late in a build; this asks the seeds themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest import Explained, names_like, settings
from ingest.documents import entries, rows_of


class WordUnknown(Explained):
    """A seed holds a word that its column may not hold; the message names the line."""


@dataclass(frozen=True)
class Words:
    """What a column of a seed may hold.

    Attributes
    ----------
    values : tuple of str
        The accepted values; any text where there are none.
    is_needed : bool
        Whether the column must hold something.
    """

    values: tuple[str, ...]
    is_needed: bool

    def problem(self, column: str, word: str) -> str | None:
        """Why the column cannot hold this word; None where it can."""
        if not word:
            return f"{column} is empty" if self.is_needed else None
        if self.values and word not in self.values:
            return f"{column} {word!r} is none of its words. {names_like(word, self.values)}"
        return None


def words_of(seed: str) -> Mapping[str, Words]:
    """The columns of a seed that are held to something, by the tests of its mart.

    Parameters
    ----------
    seed : str
        Its name, as ``benchmarks``; a seed without a mart ``dim_<seed>`` is free.
    """
    head = f"- name: dim_{seed}\n"
    for path in sorted((settings.DBT_PROJECT / "models" / "marts").rglob("_*__models.yml")):
        if head in path.read_text("utf-8", errors="replace"):
            (model,) = (m for m in entries(path, "models") if m["name"] == f"dim_{seed}")
            tested = {c["name"]: c.get("data_tests", ()) for c in model["columns"]}
            return {name: _words(tests) for name, tests in tested.items() if tests}
    return {}


def _words(tests: list) -> Words:
    listed = [t["accepted_values"] for t in tests if "accepted_values" in t]
    values = (str(v) for test in listed for v in test["arguments"]["values"])
    return Words(tuple(values), "not_null" in tests)


def problems(seed: Path) -> Iterator[str]:
    """Each cell of a seed that holds what it may not, with its line and the nearest words."""
    words = words_of(seed.stem)
    if not words:
        return
    for line, row in rows_of(seed):
        for column in words.keys() & row.keys():
            if problem := words[column].problem(column, row[column]):
                yield f"dbt_project/seeds/{seed.name}:{line}: {problem}"


def check_seeds() -> None:
    """Refuse seeds with a word that no mart accepts, all of their lines at once.

    Raises
    ------
    WordUnknown
        The message has a line for each of the first dozen.
    """
    seeds = sorted((settings.DBT_PROJECT / "seeds").glob("*.csv"))
    found = [problem for seed in seeds for problem in problems(seed)]
    if found:
        more = [f"… and {len(found) - 12} more"] * (len(found) > 12)
        raise WordUnknown("\n".join([*found[:12], *more]))
