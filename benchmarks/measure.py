"""What every benchmark does: time, and write its table."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jinja2
import numpy as np
import yaml

from ingest import settings

RESULTS = settings.ROOT / "benchmarks" / "results"
sys.path.append(str(settings.ROOT))  # pages and tests are not installed


def environment_of(place: Path) -> dict[str, str]:
    """Variables with which the copy of the project in a folder builds there, and nowhere else."""
    return os.environ | {
        "AW_WAREHOUSE": str(place / "warehouse.duckdb"),
        "AW_BUILD": str(place / "build"),
        "AW_DATA": str(place / "data"),
        "PYTHONPATH": str(place),
        "COLUMNS": "200",
    }


def both() -> tuple[float, float]:
    """A clock of wall time and of processor time, all threads together."""
    return time.perf_counter(), time.process_time()


def rounds(functions: list[Callable[[], object]], runs: int, clock=time.perf_counter) -> np.ndarray:
    """Seconds of each function in each round, shape (runs, functions); with `both`, × 2.

    All take turns in every round, so that a busy moment of a shared machine hits every side.
    ``time.process_time`` as the clock counts processor seconds and leaves other processes out.
    """
    seconds = []
    for _ in range(runs):
        for function in functions:
            start = np.array(clock())
            function()
            seconds.append(np.array(clock()) - start)
    return np.array(seconds).reshape(runs, len(functions), *np.shape(clock()))


def processor_seconds(sides: list[tuple[Callable[[], object], float]], runs: int) -> np.ndarray:
    """Processor seconds × factor of each side in each round, after a round that is not counted."""
    functions, factors = zip(*sides, strict=True)
    rounds(functions, 1)
    return rounds(functions, runs, time.process_time) * factors


def ratios(times: np.ndarray) -> Callable[[int, int], float]:
    """Give how many times as long one side takes as another: the median of the rounds' ratios."""
    return lambda slow, fast: float(np.median(times[:, slow] / times[:, fast]))


def seconds(work: Callable[[], object], runs: int, clock=time.perf_counter) -> float:
    """Median time of one function."""
    return float(np.median(rounds([work], runs, clock)))


def sql_of_trials(text: str) -> str:
    """SQL from the text of a dbt model of trials, or one that uses their macros."""
    project = settings.DBT_PROJECT
    texts = [(project / "macros" / f"{n}.sql").read_text("utf-8") for n in ("trials", "behaviours")]
    declared = yaml.safe_load((project / "dbt_project.yml").read_text("utf-8"))["vars"]
    template = jinja2.Environment().from_string("\n".join([*texts, text]))
    return template.render(ref=lambda table: table, var=declared.__getitem__)


def publish(name: str, lines: list[str]) -> None:
    """Write a table of Markdown to ``results/NAME.md``, and print it."""
    text = "\n".join(lines) + "\n"
    (RESULTS / f"{name}.md").write_text(text, "utf-8")
    print(text)


def rows_of(name: str) -> dict[str, str]:
    """Rows of a result as it stands, by their first cell: one not measured now keeps its own."""
    table = RESULTS / f"{name}.md"
    lines = table.read_text("utf-8").splitlines() if table.is_file() else []
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines if line[:2] == "| "}
