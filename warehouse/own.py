"""Scores that a visitor brings: checked against a contract, then placed beside published ones.

Nothing here reads or writes a file: the bytes come from the visitor and stay in the session.
"""

import csv
import difflib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

MAX_BYTES = 1_000_000
MAX_ROWS = 10_000
MAX_MODELS = 50
MAX_NAME = 100
MAX_PROBLEMS = 50
MAX_SCORE = 1e6

CONTRACT = {
    "model": f"name of your model, up to {MAX_NAME} characters",
    "benchmark": "identifier of a benchmark, as in `dim_benchmarks`",
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
        UTF-8, with a header that names the columns of ``CONTRACT`` in any order.
    benchmarks : DataFrame
        ``benchmark_id``, ``title`` and ``direction`` of every known benchmark.

    Returns
    -------
    DataFrame
        ``model``, ``benchmark_id``, ``score``, ``error`` (NaN where none is given) and
        ``score_directed`` (higher is better), in the order of the file.

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
    known = benchmarks.set_index("benchmark_id")["direction"]
    seen: dict[tuple[str, str], int] = {}
    try:
        for line, cells in _lines(text):
            row, wrong = _row(line, cells, benchmarks, known)
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
    """Line number and named cells of each row; the header is checked first."""
    reader = csv.reader(io.StringIO(text), strict=True)
    head = [name.strip() for name in next(reader, [])]
    wrong = [
        Problem(1, name, "no such column", CONTRACT[name]) for name in REQUIRED if name not in head
    ]
    wrong += [
        Problem(1, name or "(without a name)", "an unknown column", f"only {', '.join(CONTRACT)}")
        for name in head
        if name not in CONTRACT
    ]
    wrong += [
        Problem(1, name, "the column twice", "once")
        for name in dict.fromkeys(head)
        if head.count(name) > 1
    ]
    if wrong:
        raise Refused(wrong)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            as_above = f"{len(head)}, as above; numbers with a decimal point, not a comma"
            raise Refused([Problem(reader.line_num, None, f"{len(cells)} cells", as_above)])
        yield reader.line_num, dict(zip(head, (c.strip() for c in cells), strict=True))


def _row(
    line: int, cells: dict[str, str], benchmarks: pd.DataFrame, known: pd.Series
) -> tuple[dict, list[Problem]]:
    wrong = []
    model, benchmark_id = cells["model"], cells["benchmark"]
    if not 0 < len(model) <= MAX_NAME or not model.isprintable():
        wrong.append(Problem(line, "model", _short(model), CONTRACT["model"]))
    if benchmark_id not in known.index:
        near = near_benchmarks(benchmark_id, benchmarks)
        hint = f"; near: {', '.join(near)}" if near else ""
        wrong.append(Problem(line, "benchmark", _short(benchmark_id), f"a known identifier{hint}"))
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
    return row | {"score_directed": -score if known[benchmark_id] == "lower" else score}, []


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= MAX_SCORE and "_" not in text else None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def near_benchmarks(name: str, benchmarks: pd.DataFrame, n: int = 3) -> list[str]:
    """Identifiers whose identifier or title resembles a name, the nearest first."""
    ids: dict[str, str] = {}
    for row in benchmarks.itertuples():
        ids.setdefault(str(row.title).lower(), row.benchmark_id)
        ids[row.benchmark_id.lower()] = row.benchmark_id
    found = difflib.get_close_matches(name[:MAX_NAME].lower(), ids, n=2 * n, cutoff=0.6)
    return list(dict.fromkeys(ids[f] for f in found))[:n]


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
