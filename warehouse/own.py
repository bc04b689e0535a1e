"""Scores that a visitor brings: checked against a contract, then placed beside published ones.

Nothing here reads or writes a file: the bytes come from the visitor.
"""

import csv
import difflib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

MAX_BYTES = 1_000_000
MAX_ROWS = 10_000
MAX_MODELS = 50
MAX_NAME = 100
MAX_PROBLEMS = 50
MAX_SCORE = 1e6

OWN = "own:"
"""Begins the name of a benchmark that is the visitor's own."""

CONTRACT = {
    "model": f"name of your model, up to {MAX_NAME} characters",
    "benchmark": f"identifier or title of a benchmark, or {OWN}NAME for one of your own",
    "score": f"a number in the benchmark's own unit, with a decimal point, up to {MAX_SCORE:,.0f}",
    "error": "standard error of the score, 0 or more; may be empty or left out",
}
REQUIRED = ("model", "benchmark", "score")


@dataclass(frozen=True)
class Problem:
    """What is wrong: line of the file (1 = header), column, what is there and what should be."""

    line: int | None
    column: str | None
    found: str
    expected: str


class Refused(Exception):
    """The file breaks the contract and nothing of it is taken."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems, the first: {problems[0]}")
        self.problems = problems


def read(data: bytes, benchmarks: pd.DataFrame) -> pd.DataFrame:
    """Read a CSV file of scores, whole or not at all.

    Parameters
    ----------
    data : bytes
        UTF-8; capitals in names of columns and benchmarks do not matter. Long: a score per row,
        with the columns of ``CONTRACT`` in any order. Wide: a row per model and a column per
        benchmark, or the other way round; what is left empty is missing. Where semicolons part the
        cells, decimals may have a comma.
    benchmarks : DataFrame
        ``benchmark_id``, ``title`` and ``direction`` of every known benchmark.

    Returns
    -------
    DataFrame
        ``model``, ``benchmark_id``, ``score``, ``error`` (NaN where none is given) and
        ``score_directed`` (higher is better, also on benchmarks of one's own), in the order of the
        file.

    Raises
    ------
    Refused
        With every problem found, up to ``MAX_PROBLEMS``.
    """
    if len(data) > MAX_BYTES:
        raise Refused([Problem(None, None, f"{len(data):,} bytes", f"{MAX_BYTES:,} at most")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused([Problem(line, None, "bytes that are no text", "UTF-8")]) from error
    rows: list[dict] = []
    problems: list[Problem] = []
    known = _Known.of(benchmarks)
    seen: dict[tuple[str, str], int] = {}
    try:
        for line, cells in _lines(text):
            row, wrong = _row(line, cells, known)
            key = (row.get("model"), row.get("benchmark_id"))
            if not wrong and key in seen:
                once = f"one score each; line {seen[key]} has it already"
                wrong = [Problem(line, "benchmark", f"{key[0]} on {key[1]}", once)]
            seen.setdefault(key, line)
            problems += wrong
            rows.append(row)
            if len(problems) >= MAX_PROBLEMS:
                break
            if len(rows) > MAX_ROWS:
                problems.append(Problem(line, None, "more rows", f"{MAX_ROWS:,} rows at most"))
                break
    except csv.Error as error:
        problems.append(Problem(None, None, str(error), "comma-separated values"))
    if not rows and not problems:
        problems.append(Problem(2, None, "no row below the header", "a score in each row"))
    n_models = len({row.get("model") for row in rows})
    if n_models > MAX_MODELS and not problems:
        problems.append(Problem(None, "model", f"{n_models} models", f"{MAX_MODELS} at most"))
    if problems:
        raise Refused(problems[:MAX_PROBLEMS])
    return pd.DataFrame(rows)


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells, by the columns of a long file, of each score; the header first."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text), strict=True, delimiter=delimiter)
    head = [name.strip() for name in next(reader, [])]
    names = [name.casefold() for name in head]
    wrong = [
        Problem(1, name, "the column twice", "once")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    is_wide = len({"model", "benchmark"} & set(names)) == 1 and not {"score", "error"} & set(names)
    if not is_wide:
        wrong += [
            Problem(1, name, "no such column", CONTRACT[name])
            for name in REQUIRED
            if name not in names
        ]
        wrong += [
            Problem(1, name or "(without a name)", "an unknown column", _ONLY)
            for name in head
            if name.casefold() not in CONTRACT
        ]
    if wrong:
        raise Refused(wrong)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            as_above = f"{len(head)}, as above; numbers with a decimal point, not a comma"
            raise Refused([Problem(reader.line_num, None, f"{len(cells)} cells", as_above)])
        values = [cell.strip() for cell in cells]
        rows = _melted(head, names, values) if is_wide else [dict(zip(names, values, strict=True))]
        for row in rows:
            if delimiter == ";":
                row |= {c: row[c].replace(",", ".") for c in ("score", "error") if c in row}
            yield reader.line_num, row


_ONLY = f"only {', '.join(CONTRACT)}"


def _melted(head: list[str], names: list[str], values: list[str]) -> Iterator[dict[str, str]]:
    """The scores of one row of a wide file, whose first names are models or benchmarks."""
    along, across = ("model", "benchmark") if "model" in names else ("benchmark", "model")
    at = names.index(along)
    for place, (name, value) in enumerate(zip(head, values, strict=True)):
        if place != at and value:
            yield {along: values[at], across: name, "score": value}


class _Known(NamedTuple):
    """The public benchmarks: the identifier of each name, and which way is better."""

    ids: dict[str, str]
    direction: dict[str, str]

    @classmethod
    def of(cls, benchmarks: pd.DataFrame) -> "_Known":
        ids: dict[str, str] = {}
        for row in benchmarks.itertuples():
            ids.setdefault(str(row.title).casefold(), row.benchmark_id)
        ids |= {b.casefold(): b for b in benchmarks["benchmark_id"]}
        return cls(ids, dict(zip(benchmarks["benchmark_id"], benchmarks["direction"], strict=True)))

    def near(self, name: str, n: int = 3) -> list[str]:
        """Identifiers whose identifier or title resembles a name, the nearest first."""
        found = difflib.get_close_matches(name[:MAX_NAME].casefold(), self.ids, n=2 * n, cutoff=0.6)
        return list(dict.fromkeys(self.ids[f] for f in found))[:n]


def _row(line: int, cells: dict[str, str], known: _Known) -> tuple[dict, list[Problem]]:
    wrong = []
    model, benchmark = cells["model"], cells["benchmark"]
    if not 0 < len(model) <= MAX_NAME or not model.isprintable():
        wrong.append(Problem(line, "model", _short(model), CONTRACT["model"]))
    if benchmark.casefold().startswith(OWN):
        name = benchmark[len(OWN) :].strip()
        benchmark_id = OWN + name
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            wrong.append(Problem(line, "benchmark", _short(benchmark), CONTRACT["benchmark"]))
    else:
        benchmark_id = known.ids.get(benchmark.casefold(), "")
        if not benchmark_id:
            near = known.near(benchmark)
            hint = f"near: {', '.join(near)}; or " if near else ""
            expected = f"a known name; {hint}{OWN}NAME for one of your own"
            wrong.append(Problem(line, "benchmark", _short(benchmark), expected))
    score = _number(cells["score"])
    if score is None:
        wrong.append(Problem(line, "score", _short(cells["score"]), CONTRACT["score"]))
    text = cells.get("error", "")
    error = _number(text) if text else math.nan
    if error is None or error < 0:
        wrong.append(Problem(line, "error", _short(text), CONTRACT["error"]))
    if wrong:
        return {}, wrong
    row = {"model": model, "benchmark_id": benchmark_id, "score": score, "error": error}
    is_lower = known.direction.get(benchmark_id) == "lower"
    return row | {"score_directed": -score if is_lower else score}, []


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= MAX_SCORE and "_" not in text else None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def place(own: pd.DataFrame, public: pd.DataFrame) -> pd.DataFrame:
    """Where each of a visitor's scores stands among the published ones of a cohort.

    Parameters
    ----------
    own : DataFrame
        As from :func:`read`.
    public : DataFrame
        ``benchmark_id`` and ``score_directed`` of the models of the cohort.

    Returns
    -------
    DataFrame
        The rows of ``own`` on benchmarks of the cohort, with ``n_models`` (published),
        ``score_rank`` (1 = best, ties share the mean of their places) and ``score_percentile``
        (share of the published models that it beats, ties half counted), both as in
        ``fct_scores_normalized`` were the model one more of the cohort, and ``is_outside``: beyond
        every published score.
    """
    groups = {b: g["score_directed"].to_numpy() for b, g in public.groupby("benchmark_id")}
    rows = []
    for row in own[own["benchmark_id"].isin(groups)].to_dict("records"):
        others, score = groups[row["benchmark_id"]], row["score_directed"]
        better = (others > score).sum() + (others == score).sum() / 2
        placed = (len(others), 1 + better, 1 - better / len(others))
        is_outside = bool(score > others.max() or score < others.min())
        rows.append((*row.values(), *placed, is_outside))
    columns = [*own.columns, "n_models", "score_rank", "score_percentile", "is_outside"]
    return pd.DataFrame(rows, columns=columns)
