"""Trials that somebody brings, in the columns of model-vs-human: one answer to one image a row."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from warehouse.own.text import (
    DELIMITERS,
    MAX_PROBLEMS,
    Number,
    Problem,
    Refused,
    cells_of,
    is_missing,
    name_problem,
    number_of,
)

MAX_BYTES = 30_000_000
MAX_ROWS = 200_000
MOST = {"session": 10**15, "trial": 10**15, "rt": 86_400}
"""The largest number of a column; a larger whole one would lose its last digits as it is read."""
CATEGORIES = (
    *("airplane", "bear", "bicycle", "bird", "boat", "bottle", "car", "cat", "chair", "clock"),
    *("dog", "elephant", "keyboard", "knife", "oven", "truck"),
)
NO_ANSWER = "na"
PERSON = "subject-"
"""Begins the name of a person, in any capitals in a file and in small letters when read."""
IMAGE_KEY = re.compile(r"(?:^|_)(n0[0-9]+_[^_]*|[^_]*)$")
"""The image of a file name, as macro image_key finds it."""

SLOWEST = 60
"""Half of an observer's answers take less: the slowest published person's half less than 6 s."""

CONTRACT = {
    "subj": f"name of the observer: a model, or {PERSON}NN for a person",
    "object_response": f"one of {', '.join(CATEGORIES)}, or {NO_ANSWER} for no answer",
    "category": f"the true one of {', '.join(CATEGORIES)}",
    "condition": "a condition of the dataset, as printed in its published files",
    "imagename": "the published name of an image of this dataset and condition",
    "session": f"a whole number, 0 to {MOST['session']:,}; may be left out",
    "trial": f"a whole number, 0 to {MOST['trial']:,}; may be left out",
    "rt": f"response time in seconds, 0 to {MOST['rt']:,}; may be empty, NaN or left out",
}
REQUIRED = tuple(CONTRACT)[:5]
_COLUMNS = ("dataset_id", "subj", "session", "trial", "rt", "object_response", "category")
_COLUMNS += ("condition", "imagename", "line")


@dataclass(frozen=True)
class Trials:
    """What a file was understood to say: its rows as a build loads them, and how it was read."""

    rows: pd.DataFrame
    understood: dict[str, str]


def is_head(names: set[str]) -> bool:
    """Whether these names, in lower case, can be the header of a file of trials."""
    return {"subj", "object_response"} <= names


def dataset_of(path: Path, datasets: Iterable[str], asked: str | None = None) -> str:
    """The dataset of a file: the one asked for, or that which its name or its folder begins with.

    Raises
    ------
    Refused
        There is no such dataset.
    """
    by_name = {dataset.casefold(): dataset for dataset in datasets}
    listed = f"--dataset NAME, one of {', '.join(by_name.values())}"
    if asked:
        if asked.casefold() not in by_name:
            raise Refused([Problem(None, None, f"dataset {asked!r}", listed)])
        return by_name[asked.casefold()]
    for name in (path.stem.casefold(), path.parent.name.casefold()):
        fits = [d for d in by_name if re.match(rf"{re.escape(d)}([_. ]|$)", name)]
        if fits:
            return by_name[max(fits, key=len)]
    raise Refused([Problem(None, None, f"no dataset in the name {path.name}", listed)])


def read(
    data: bytes,
    dataset_id: str,
    conditions: Mapping[str, str],
    images: pd.DataFrame,
    encoding: str | None = None,
) -> Trials:
    """Read a CSV file of trials, whole or not at all.

    Parameters
    ----------
    data : bytes
        As :func:`warehouse.own.text.cells_of` reads them, with the columns of ``CONTRACT`` in any
        order and any capitals.
    dataset_id : str
        The dataset that was shown.
    conditions : mapping of str to str
        Of each published spelling of a condition of this dataset, the condition.
    images : DataFrame
        ``condition``, ``image_key`` and ``category`` of every published image of this dataset.
    encoding : str, optional
        How the text is written, where that is not UTF-8 and not marked.

    Raises
    ------
    Refused
        With every problem found, up to ``MAX_PROBLEMS``.
    """
    cells = cells_of(data, is_head, encoding, MAX_BYTES)
    names = cells.names
    wrong = [
        Problem(cells.head_line, name, "no such column", CONTRACT[name])
        for name in REQUIRED
        if name not in names
    ]
    wrong += [
        Problem(cells.head_line, name, "an unknown column", f"only {', '.join(CONTRACT)}")
        for name in cells.head
        if name.casefold() not in CONTRACT
    ]
    if wrong:
        raise Refused(wrong)
    if not cells.rows:
        raise Refused([Problem(cells.head_line + 1, None, "no row", "an answer in each row")])
    if len(cells.rows) > MAX_ROWS:
        raise Refused([Problem(None, None, f"{len(cells.rows):,} rows", f"{MAX_ROWS:,} at most")])
    category_of = {
        (row.condition, row.image_key): row.category for row in images.itertuples(index=False)
    }
    spelling = {printed.casefold(): printed for printed in conditions}
    rows, first = [], {}
    for line, values in cells.rows:
        found, problems = _row(line, dict(zip(names, values, strict=True)), spelling)
        if not problems:
            image = IMAGE_KEY.search(found["imagename"])[1]
            key = (conditions[found["condition"]], image)
            true = category_of.get(key)
            if true is None:
                way = f"an image of {dataset_id}, condition {found['condition']}"
                way += "; another dataset: --dataset NAME"
                problems = [Problem(line, "imagename", repr(found["imagename"][:80]), way)]
            elif true != found["category"]:
                way = f"{true}, as published of this image"
                problems = [Problem(line, "category", repr(found["category"]), way)]
            elif first.setdefault((found["subj"], *key), line) != line:
                way = f"one answer each; line {first[found['subj'], *key]} has one already"
                problems = [Problem(line, "imagename", f"{found['subj']} on {image}", way)]
        wrong += problems
        if len(wrong) >= MAX_PROBLEMS:
            break
        rows.append({"dataset_id": dataset_id, **found, "line": line})
    table = pd.DataFrame(rows, columns=_COLUMNS)
    wrong = wrong or _in_milliseconds(table)
    if wrong:
        raise Refused(wrong)
    n_subjects = table["subj"].nunique()
    understood = {"dataset": dataset_id, "cells parted by": DELIMITERS[cells.delimiter]}
    understood["text"] = cells.encoding
    n_silent = sum(row["object_response"] == NO_ANSWER for row in rows)
    understood["no answer"] = f"{n_silent:,} trials, counted as wrong"
    understood["complete"] = f"{len(rows):,} of {n_subjects * len(category_of):,} images"
    if n_timed := table["rt"].count():
        low, high = table["rt"].min(), table["rt"].max()
        understood["response times"] = f"{low:.4g} to {high:.4g} s, of {n_timed:,} trials"
    return Trials(table.astype({"session": "Int64", "trial": "Int64"}), understood)


def _in_milliseconds(rows: pd.DataFrame) -> list[Problem]:
    """Observers whose times are too long for seconds."""
    timed = rows.dropna(subset="rt")
    observers = timed.groupby("subj", sort=False)
    usual = observers["rt"].median()
    slow = observers[["line", "rt"]].first()[usual > SLOWEST]
    way = f"seconds, half of them up to {SLOWEST} (divide milliseconds by 1,000), or no times"
    return [
        Problem(row.line, "rt", f"{row.rt:g}, and a median of {usual[row.Index]:g}", way)
        for row in slow.itertuples()
    ]


def answered(rows: pd.DataFrame, conditions: Mapping[str, str]) -> pd.DataFrame:
    """Who answered which image, whatever its name is in front and however the condition is spelt.

    Parameters
    ----------
    rows : DataFrame
        As :func:`read` gives them, or as they were kept.
    conditions : mapping of str to str
        As for :func:`read`; conditions of other datasets stay as they are.
    """
    return rows[["dataset_id", "subj"]].assign(
        condition=rows["condition"].replace(dict(conditions)),
        image=rows["imagename"].str.extract(IMAGE_KEY, expand=False),
    )


def _row(
    line: int, cells: dict[str, str], spelling: Mapping[str, str]
) -> tuple[dict[str, object], list[Problem]]:
    """The values of one row, and what is wrong with them."""
    wrong: list[Problem] = []

    def refuse(column: str, found: str) -> None:
        wrong.append(Problem(line, column, found, CONTRACT[column]))

    small = cells["subj"].casefold()
    row: dict[str, object] = {"subj": small if small.startswith(PERSON) else cells["subj"]}
    if problem := name_problem(cells["subj"]):
        refuse("subj", f"{problem}: {cells['subj'][:40]!r}")
    for column, others in (("object_response", (NO_ANSWER,)), ("category", ())):
        row[column] = cells[column].casefold()
        if row[column] not in (*CATEGORIES, *others):
            refuse(column, repr(cells[column][:40]))
    row["condition"] = spelling.get(cells["condition"].casefold(), "")
    if not row["condition"]:
        known = ", ".join(spelling.values())
        wrong.append(Problem(line, "condition", repr(cells["condition"][:40]), f"one of {known}"))
    row["imagename"] = cells["imagename"]
    for column in ("session", "trial", "rt"):
        text = cells.get(column, "")
        number = math.nan if is_missing(text) else number_of(text)
        row[column] = None
        if isinstance(number, Number):
            value = number.value
            fits = 0 <= value <= MOST[column] and not number.is_percent and number.mark != ","
            if fits and (column == "rt" or value.is_integer()):
                row[column] = value if column == "rt" else int(value)
            else:
                refuse(column, repr(text[:40]))
        elif isinstance(number, str):
            refuse(column, f"{number}: {text[:40]!r}")
    return row, wrong
