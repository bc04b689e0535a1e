"""Scores that somebody brings, checked against a contract.

The page of the explorer and ``aw add`` read a file by the same function. Nothing here reads or
writes a file: the bytes come from whoever has it.
"""

import difflib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from warehouse.own.text import (
    DELIMITERS,
    MAX_NAME,
    MAX_PROBLEMS,
    Cells,
    Number,
    Problem,
    Refused,
    cells_of,
    decimal_mark,
    is_missing,
    name_problem,
    number_of,
)

MAX_ROWS = 10_000
MAX_MODELS = 50
MAX_SCORE = 1e6
MAX_RANGES = 5

OWN = "own:"
"""Begins the name of a benchmark that is the visitor's own."""

CONTRACT = {
    "model": f"name of your model, up to {MAX_NAME} characters",
    "benchmark": f"identifier or title of a benchmark, or {OWN}NAME for one of your own",
    "score": "a number in the benchmark's own unit, with a decimal point and no separator of "
    f"thousands, up to {MAX_SCORE:,.0f}; 73 % is .73 of a share",
    "error": "standard error of the score, 0 or more; may be empty or left out",
}
REQUIRED = ("model", "benchmark", "score")
_ONLY = f"only {', '.join(CONTRACT)}"

SHARES = {"fraction", "ceiled", OWN}
"""Units in which 73 % is .73; in percent it is 73, and in any other it is nothing."""
LIMITS = {
    "ceiled": (-2, 2),  # noise can lift a score above its ceiling; the highest published one is 1.4
    "fraction": (0, 1),
    "squared fraction": (0, 1),
    "correlation": (-1, 1),
    "kappa": (-1, 1),
    "percent": (0, 100),
    "dimensions": (0, MAX_SCORE),
}
"""The lowest and the highest that a score in a unit can be; of its error the highest."""


@dataclass(frozen=True)
class Scores:
    """What a file was understood to say.

    Attributes
    ----------
    rows : DataFrame
        ``model``, ``benchmark_id``, ``score``, ``error`` (NaN where none is given) in the
        benchmark's unit, ``score_directed`` (higher is better, also on benchmarks of one's own) and
        ``line`` of the file, in its order.
    understood : dict of str to str
        How it was read: its form, what parts the cells, the decimal mark, the encoding, and what
        became of percent signs and of missing scores.
    """

    rows: pd.DataFrame
    understood: dict[str, str]


def is_head(names: set[str]) -> bool:
    """Whether these names, in lower case, can be the header of a file of scores."""
    return bool({"model", "benchmark"} & names)


def read(data: bytes, benchmarks: pd.DataFrame, encoding: str | None = None) -> Scores:
    """Read a CSV file of scores, whole or not at all.

    Parameters
    ----------
    data : bytes
        As :func:`warehouse.own.text.cells_of` reads them; capitals in names of columns and
        benchmarks do not matter. Long: a score per row, with the columns of ``CONTRACT`` in any
        order. Wide: a row per model and a column per benchmark, or the other way round. Missing
        scores are left out and counted. Where semicolons or tabs part the cells, decimals may have
        a comma.
    benchmarks : DataFrame
        ``benchmark_id``, ``title``, ``direction`` and ``unit`` of every known benchmark.
    encoding : str, optional
        How the text is written, where that is not UTF-8 and not marked.

    Raises
    ------
    Refused
        With every problem found, up to ``MAX_PROBLEMS``.
    """
    cells = cells_of(data, is_head, encoding)
    is_wide = _is_wide(cells)
    written, n_missing = [], 0
    for one in _written(cells, is_wide):
        if one.score is None:
            n_missing += 1
        else:
            written.append(one)
    if not written:
        problem = "no row below the header" if not cells.rows else "not one score"
        raise Refused([Problem(cells.head_line + 1, None, problem, "a score in each row")])
    if len(written) > MAX_ROWS:
        line = written[MAX_ROWS].line
        raise Refused([Problem(line, None, f"{len(written):,} scores", f"{MAX_ROWS:,} at most")])
    known = _Known.of(benchmarks)
    reader = _Reader(known, cells.head_line if is_wide else None)
    rows = [row for one in written if (row := reader.row(one))]
    numbers = [(w.line, c, n) for w in written for c in ("score", "error")
               if isinstance(n := getattr(w, c), Number)]  # fmt: skip
    mark, wrong = decimal_mark(iter(numbers), cells.delimiter)
    if cells.delimiter == "," and not is_wide:
        wrong += _perhaps_parted(written)
    wrong = sorted([*wrong, *reader.wrong, *reader.mixed()], key=lambda p: p.line or 0)
    n_models = len({row["model"] for row in rows})
    if n_models > MAX_MODELS and not wrong:
        wrong = [Problem(None, "model", f"{n_models} models", f"{MAX_MODELS} at most")]
    if wrong:
        raise Refused(wrong)
    form = "wide" if is_wide else "long"
    understood = {"form": form, "cells parted by": DELIMITERS[cells.delimiter]}
    understood |= {"decimal mark": "comma" if mark == "," else "point", "text": cells.encoding}
    if n_percent := sum(n.is_percent for *_, n in numbers):
        understood["percent signs"] = f"{n_percent}, read as shares (73 % is .73) or as percent"
    if n_missing:
        understood["missing"] = f"{n_missing} cells without a score, left out"
    return Scores(pd.DataFrame(rows), understood)


class _Written(NamedTuple):
    """A score as it stands in the file; a number may be text that is none."""

    line: int
    model: str
    benchmark: str
    score: Number | str | None
    error: Number | str | None


def _is_wide(cells: Cells) -> bool:
    """Whether the other names of the header are benchmarks or models; else it must be long."""
    names = cells.names
    is_one = len({"model", "benchmark"} & set(names)) == 1
    if is_one and len(names) > 1 and not {"score", "error"} & set(names):
        return True
    wrong = [
        Problem(cells.head_line, name, "no such column", CONTRACT[name])
        for name in REQUIRED
        if name not in names
    ]
    wrong += [
        Problem(cells.head_line, name, "an unknown column", _ONLY)
        for name in cells.head
        if name.casefold() not in CONTRACT
    ]
    if wrong:
        raise Refused(wrong)
    return False


def _written(cells: Cells, is_wide: bool) -> Iterator[_Written]:
    """Every score of the file, missing ones too."""
    names = cells.names
    if is_wide:
        at = names.index("model" if "model" in names else "benchmark")
        for line, row in cells.rows:
            for place, (name, text) in enumerate(zip(cells.head, row, strict=True)):
                if place != at:
                    model, benchmark = (row[at], name) if "model" in names else (name, row[at])
                    yield _Written(line, model, benchmark, _number(text), None)
    else:
        for line, row in cells.rows:
            of = dict(zip(names, row, strict=True))
            score, error = (_number(of.get(c, "")) for c in ("score", "error"))
            yield _Written(line, of["model"], of["benchmark"], score, error)


def _perhaps_parted(written: list[_Written]) -> list[Problem]:
    """Whether every score with an error may be one number, parted at its decimal comma."""
    both = [(w.line, w.score, w.error) for w in written if w.error is not None]
    if not both or not all(_is_whole(score) and _is_whole(error) for _, score, error in both):
        return []
    line, score, error = both[0]
    way = f"{score.text}.{error.text},"
    way += f" if that is one number, and {score.text}.0,{error.text}.0 if these are two"
    found = f"'{score.text},{error.text}' can be read in two ways"
    return [Problem(line, "score", found, way)]


def _is_whole(number: Number | str | None) -> bool:
    return isinstance(number, Number) and number.text.lstrip("+-").isdecimal()


def _number(text: str) -> Number | str | None:
    if is_missing(text):
        return None
    number = number_of(text)
    return f"{number}: {_short(text)}" if isinstance(number, str) else number


class _Known(NamedTuple):
    """The public benchmarks: the identifier of each name, which way is better, and the unit."""

    ids: dict[str, str]
    direction: dict[str, str]
    unit: dict[str, str]

    @classmethod
    def of(cls, benchmarks: pd.DataFrame) -> "_Known":
        ids: dict[str, str] = {}
        for row in benchmarks.itertuples():
            ids.setdefault(str(row.title).casefold(), row.benchmark_id)
        ids |= {b.casefold(): b for b in benchmarks["benchmark_id"]}
        about = benchmarks.set_index("benchmark_id")
        return cls(ids, about["direction"].to_dict(), about["unit"].to_dict())

    def near(self, name: str, n: int = 3) -> list[str]:
        """Identifiers whose identifier or title resembles a name, the nearest first."""
        found = difflib.get_close_matches(name[:MAX_NAME].casefold(), self.ids, n=2 * n, cutoff=0.6)
        return list(dict.fromkeys(self.ids[f] for f in found))[:n]


class _Reader:
    """Turns what is written into scores, and gathers what is wrong, each name of a column once."""

    def __init__(self, known: _Known, head_line: int | None) -> None:
        self.wrong: list[Problem] = []
        self._known, self._head_line = known, head_line
        self._names: dict[tuple[str, str], str] = {}
        self._spelt: dict[tuple[str, str], tuple[str, int]] = {}
        self._seen: dict[tuple[str, str], _Written] = {}
        self._percent: dict[str, dict[bool, int]] = {}

    def row(self, one: _Written) -> dict | None:
        """The score as a row, or None if something is wrong with it."""
        n_wrong = len(self.wrong)
        model = self._name(one, "model", one.model)
        benchmark_id = self._name(one, "benchmark", one.benchmark)
        unit = OWN if benchmark_id.startswith(OWN) else self._known.unit.get(benchmark_id, "")
        values = {"score": self._value(one, "score", one.score, unit)}
        values["error"] = math.nan
        if one.error is not None:
            values["error"] = self._value(one, "error", one.error, unit)
        if isinstance(one.score, Number):
            seen = self._percent.setdefault(benchmark_id, {})
            seen.setdefault(one.score.is_percent, one.line)
        if model and benchmark_id:
            first = self._seen.setdefault((model, benchmark_id), one)
            if first is not one:
                once = f"one score each; line {first.line} has it already"
                self._refuse(one.line, "benchmark", f"{model} on {benchmark_id}", once)
        if len(self.wrong) > n_wrong or not (model and benchmark_id):
            return None
        sign = -1 if self._known.direction.get(benchmark_id) == "lower" else 1
        directed = sign * values["score"]
        row = {"model": model, "benchmark_id": benchmark_id, **values}
        return row | {"score_directed": directed, "line": one.line}

    def mixed(self) -> list[Problem]:
        """Benchmarks with percent signs on some scores alone."""
        return [
            Problem(lines[True], "score", f"a percent sign, and none in line {lines[False]}",
                    f"all scores of {benchmark} with a percent sign, or none")
            for benchmark, lines in self._percent.items()
            if len(lines) == 2
        ]  # fmt: skip

    def _refuse(self, line: int | None, column: str, found: str, expected: str) -> None:
        if len(self.wrong) < MAX_PROBLEMS:
            self.wrong.append(Problem(line, column, found, expected))

    def _name(self, one: _Written, column: str, text: str) -> str:
        """The model or benchmark that a cell means; empty if none, which is said once."""
        if (column, text) not in self._names:
            find = self._benchmark if column == "benchmark" else self._model
            self._names[column, text] = find(one.line, text)
        return self._names[column, text]

    def _model(self, line: int, name: str) -> str:
        if problem := name_problem(name):
            self._refuse(line, "model", f"{problem}: {_short(name)}", CONTRACT["model"])
            return ""
        return self._one_spelling(line, "model", name)

    def _one_spelling(self, line: int, column: str, name: str) -> str:
        """A name of the visitor's own; in other capitals than before it is refused."""
        spelt, first = self._spelt.setdefault((column, name.casefold()), (name, line))
        if spelt != name:
            self._refuse(line, column, _short(name), f"{spelt!r}, as in line {first}")
        return spelt

    def _benchmark(self, line: int, name: str) -> str:
        line = self._head_line or line
        if name.casefold().startswith(OWN):
            own = name[len(OWN) :].strip()
            if problem := name_problem(own):
                found = f"{problem}: {_short(name)}"
                self._refuse(line, "benchmark", found, CONTRACT["benchmark"])
                return ""
            return self._one_spelling(line, "benchmark", OWN + own)
        benchmark_id = self._known.ids.get(name.casefold(), "")
        if not benchmark_id:
            near = self._known.near(name)
            hint = f"near: {', '.join(near)}; or " if near else ""
            expected = f"a known name; {hint}{OWN}NAME for one of your own"
            self._refuse(line, "benchmark", _short(name), expected)
        return benchmark_id

    def _value(self, one: _Written, column: str, number: Number | str, unit: str) -> float:
        """A number in the unit of its benchmark; NaN if it is none, which is said."""
        if isinstance(number, str):
            self._refuse(one.line, column, number, CONTRACT[column])
            return math.nan
        value = number.value / 100 if number.is_percent and unit in SHARES else number.value
        low, high = LIMITS.get(unit, (-MAX_SCORE, MAX_SCORE))
        low = 0 if column == "error" else low
        if abs(number.value) > MAX_SCORE or (column == "error" and value < 0):
            self._refuse(one.line, column, _short(number.text), CONTRACT[column])
        elif number.is_percent and unit and unit not in {*SHARES, "percent"}:
            way = f"a number in the unit of {one.benchmark} ({unit}), without a percent sign"
            self._refuse(one.line, column, _short(number.text), way)
        elif not low <= value <= high:
            way = f"{low} to {high:,.0f}, the unit of {one.benchmark} being {unit}"
            if unit in SHARES and value > high and not number.is_percent:
                way += "; with a percent sign it is taken as a share"
            self._refuse(one.line, column, _short(number.text), way)
        return value


def ranges(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> dict[str, str]:
    """What the scores of a file reach on each benchmark, beside the published ones.

    Parameters
    ----------
    rows : DataFrame
        As :func:`read` gives them.
    benchmarks : DataFrame
        As for :func:`read`, with ``lowest`` and ``highest`` published score, NaN where none is.

    Returns
    -------
    dict of str to str
        By benchmark, up to ``MAX_RANGES``: first those where the file may be in another unit.
    """
    mine = rows.groupby("benchmark_id", sort=False)["score"].agg(["min", "max"])
    found = mine.join(benchmarks.set_index("benchmark_id"))
    found = found[~found.index.str.startswith(OWN)]
    is_outside = (found["min"] < found["lowest"]) | (found["max"] > found["highest"])
    is_share = (found["unit"] == "percent") & (found["max"] <= 1)
    order = (is_outside | is_share).sort_values(ascending=False, kind="stable").index
    said = {}
    for benchmark_id in order[:MAX_RANGES]:
        row = found.loc[benchmark_id]
        how = "outside the published" if is_outside[benchmark_id] else "published"
        public = f"{how} {_range(row['lowest'], row['highest'])}"
        if math.isnan(row["highest"]):
            public = "no published score"
        said[benchmark_id] = f"{row['unit']}, {_range(row['min'], row['max'])}; {public}"
        if is_share[benchmark_id]:
            said[benchmark_id] += "; 81 % is 81 here, not .81"
    left = order[MAX_RANGES:]
    if len(left):
        n_outside = int(is_outside[left].sum())
        said["other benchmarks"] = f"{len(left)}, {n_outside} of them outside the published"
    return said


def _range(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
