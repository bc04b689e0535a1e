"""What every benchmark does: time, and write its table."""

import sys
import time
from collections.abc import Callable

import numpy as np

from ingest import settings

RESULTS = settings.ROOT / "benchmarks" / "results"
sys.path.append(str(settings.ROOT))  # pages and tests are not installed


def rounds(
    functions: list[Callable[[], object]], runs: int, clock: Callable[[], float] = time.perf_counter
) -> np.ndarray:
    """Seconds of each function in each round, shape (runs, functions).

    All take turns in every round, so that a busy moment of a shared machine hits every side.
    ``time.process_time`` as the clock counts processor seconds and leaves other processes out.
    """
    seconds = np.empty((runs, len(functions)))
    for run in range(runs):
        for place, function in enumerate(functions):
            start = clock()
            function()
            seconds[run, place] = clock() - start
    return seconds


def seconds(work: Callable[[], object], runs: int, clock=time.perf_counter) -> float:
    """Median time of one function."""
    return float(np.median(rounds([work], runs, clock)))


def publish(name: str, lines: list[str]) -> None:
    """Write a table of Markdown to ``results/NAME.md``, and print it."""
    text = "\n".join(lines) + "\n"
    (RESULTS / f"{name}.md").write_text(text, "utf-8")
    print(text)
