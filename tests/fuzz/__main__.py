"""Every reader against files that nobody would write: right, or refused with a line.

``python -m tests.fuzz csv --minutes 10`` tries as many files as ten minutes of processor time
allow, and prints how many, how many of them were unclean, and the most memory that was taken; of
ten minutes or more that stands in ``benchmarks/results/fuzz.md``. Without a name every reader is
tried. ``tests/unit/test_fuzz.py`` tries a few of each.

A try is clean where the reader gives what the file is known to say (by how it was made, or by an
independent reader), or raises :class:`ingest.Explained`. Unclean files are kept under build/fuzz.
"""

import argparse
import collections
import hashlib
import os
import resource
import subprocess
import sys
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from benchmarks.measure import publish, rows_of
from ingest import Explained
from ingest.settings import BUILD, ROOT
from tests.fuzz.readers import READERS, REFUSED, UNKNOWN, Case, Reader, with_damage

TOLD = [
    "# Files that nobody would write",
    "",
    "`python -m tests.fuzz`: each reader against whole, damaged and hostile files for so much "
    "processor time. A file is clean where the reader gives what the file is known to say, or "
    "refuses it with a line.",
    "",
    "| reader | minutes | files | unclean | peak memory, MB |",
    "|---|---:|---:|---:|---:|",
]
ADDRESS_SPACE = 12 << 30
"""Bytes that a process may ask for; what it takes of them is measured."""


def fault(reader: Reader, content: bytes, truth: object) -> str | None:
    """What is unclean in reading this file; None where nothing is."""
    try:
        found = reader.read(content)
    except Explained as error:
        said = str(error)
        if truth not in (REFUSED, UNKNOWN):
            return f"refused what is right: {said[:200]}"
        return None if said.strip() and len(said) < 20_000 else f"says {len(said):,} characters"
    except Exception as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}: {error!s:.200}"
    if truth == REFUSED:
        return f"read what has no one meaning as {found!r:.200}"
    if truth == UNKNOWN and reader.again:
        try:
            truth = reader.again(content)
        except Exception:
            return None  # it has no reading either
    same = truth == UNKNOWN or repr(found) == repr(truth) or found == truth
    return None if same else f"read {found!r:.200}, not {truth!r:.200}"


def tried(name: str, n_examples: int, number: int | None = None) -> tuple[int, dict[str, bytes]]:
    """Try so many files: how many were, and those that were unclean by what was wrong with them.

    Parameters
    ----------
    name : str
        A key of ``READERS``.
    n_examples : int
        At most so many files.
    number : int, optional
        Which files; the same ones each time by default.
    """
    reader = READERS[name]()
    unclean: dict[str, bytes] = {}
    count = collections.Counter()

    @settings(
        max_examples=n_examples, deadline=None, database=None, derandomize=number is None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(with_damage(reader.cases))
    def try_one(case: Case) -> None:
        count["tried"] += 1
        if found := fault(reader, *case):
            unclean[found] = case[0]

    (try_one if number is None else seed(number)(try_one))()
    return count["tried"], unclean


def _run(name: str, minutes: float) -> None:
    """In a process of its own: until its processor time is used up."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    kept, n, kinds = BUILD / "fuzz" / name, 0, set()
    kept.mkdir(parents=True, exist_ok=True)
    rounds = 0
    while sum(os.times()[:4]) < 60 * minutes:  # of its children too
        rounds += 1
        n_more, unclean = tried(name, 200, rounds + int(time.time()) * 1_000)
        n += n_more
        for what, content in unclean.items():
            kinds.add(what)
            (kept / hashlib.sha256(content).hexdigest()[:12]).write_bytes(content)
            print(f"  {name}: {what}", flush=True)
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(w).ru_maxrss for w in who) / 1_024
    print(f"{name}: {n:,} files tried, {len(kinds)} unclean, peak {peak:,.0f} MB", flush=True)
    if minutes >= 10:
        row = f"| {name} | {minutes:g} | {n:,} | {len(kinds)} | {peak:,.0f} |"
        rows = rows_of("fuzz") | {name: row}
        publish("fuzz", [*TOLD, *(rows[reader] for reader in READERS if reader in rows)])


def main() -> None:
    """Try the readers that are asked for, one after another."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", help=f"of {', '.join(READERS)}")
    parser.add_argument("--minutes", type=float, default=10, help="of processor time for each")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := {*asked.readers} - {*READERS}:
        parser.error(f"no reader {', '.join(sorted(unknown))}")
    if asked.inside:
        return _run(asked.readers[0], asked.minutes)
    for name in asked.readers or READERS:
        command = [sys.executable, "-m", "tests.fuzz", name, "--inside"]
        ended = subprocess.run([*command, f"--minutes={asked.minutes}"], cwd=ROOT).returncode
        if ended:
            print(f"{name}: the process ended with {ended}", flush=True)


if __name__ == "__main__":
    main()
