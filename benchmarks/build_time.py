"""Time and memory of a build, by stage, by kind of node and for the slowest models.

Runs ``aw build --no-fetch`` into a temporary folder and samples /proc for the resident memory of
its whole process tree. Pages that processes share are counted once per process, so the sum is an
upper bound. dbt runs two nodes at a time: the memory beside a model is the most the tree held while
it ran, not its own share.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ingest import settings

RESULTS = Path(__file__).parent / "results" / "build_time.md"
PAGE = os.sysconf("SC_PAGE_SIZE")


def tree(root: int) -> dict[int, str]:
    """The processes below and with ``root``: pid to command line."""
    parent, commands = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            commands[int(entry.name)] = (entry / "cmdline").read_text()
        except OSError:
            continue  # it ended meanwhile
        parent[int(entry.name)] = int(after_name[1])
    found = {root} & commands.keys()
    while True:
        more = {pid for pid, above in parent.items() if above in found} - found
        if not more:
            return {pid: commands[pid] for pid in found}
        found |= more


def resident(pid: int) -> int:
    """Resident bytes of a process, 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0


@dataclass
class Samples:
    """Moment, memory of the tree, and whether dbt was running."""

    rows: list[tuple[float, int, bool]] = field(default_factory=list)

    def watch(self, process: subprocess.Popen, interval: float) -> None:
        """Sample until the process ends."""
        while process.poll() is None:
            processes = tree(process.pid)
            memory = sum(map(resident, processes))
            is_dbt = any("dbt.cli" in command for command in processes.values())
            self.rows.append((time.time(), memory, is_dbt))
            time.sleep(interval)

    def peak(self, start: float = 0, end: float = float("inf")) -> int:
        """Most memory between two moments."""
        return max((m for t, m, _ in self.rows if start <= t <= end), default=0)


@dataclass
class Build:
    """One measured build."""

    seconds: dict[str, float]
    peaks: dict[str, int]
    nodes: list[dict]
    summary: str
    megabytes: float
    samples: Samples
    load: float


def measure(interval: float) -> Build:
    """Build into a temporary folder."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="aw-build-time-") as folder:
        place = Path(folder)
        environment = os.environ | {
            "AW_WAREHOUSE": str(place / "warehouse.duckdb"),
            "AW_BUILD": str(place / "build"),
            "COLUMNS": "200",
        }
        start = time.time()
        process = subprocess.Popen(
            [sys.executable, "-m", "warehouse.cli", "build", "--no-fetch"],
            cwd=settings.ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        samples = Samples()
        watcher = threading.Thread(target=samples.watch, args=(process, interval))
        watcher.start()
        out, err = process.communicate()
        end = time.time()
        watcher.join()
        if process.returncode:
            raise SystemExit(out + err)
        results = json.loads((place / "build" / "dbt_target" / "run_results.json").read_text())
        megabytes = (place / "warehouse.duckdb").stat().st_size / 1e6
    summary = re.search(r"(\d+ of \d+ sources.*passed) \((.*)\)", " ".join(out.split()))
    stages = re.findall(r"([a-z ]+?) (\d+\.\d) s", summary[2])
    seconds = {name.strip(): float(s) for name, s in stages}
    seconds["whole command"] = end - start
    with_dbt = [t for t, _, is_dbt in samples.rows if is_dbt]
    peaks = {
        "ingest": samples.peak(end=with_dbt[0]),
        "dbt build": samples.peak(with_dbt[0], with_dbt[-1]),
        "finish and publish": samples.peak(start=with_dbt[-1]),
        "whole command": samples.peak(),
    }
    return Build(seconds, peaks, results["results"], summary[1], megabytes, samples, load)


def kind_of(unique_id: str) -> str:
    """The layer of a model, or what else the node is."""
    kind, _, name = unique_id.split(".")[:3]
    if kind != "model":
        return f"{kind}s"
    layers = {"stg": "staging", "int": "intermediate"}
    return f"{layers.get(name.split('_')[0], 'marts')} models"


def window(node: dict) -> tuple[float, float]:
    """When dbt executed a node."""
    timing = next(t for t in node["timing"] if t["name"] == "execute")
    moments = (timing["started_at"], timing["completed_at"])
    return tuple(datetime.fromisoformat(m).timestamp() for m in moments)


def report(builds: list[Build]) -> str:
    """The tables as Markdown."""
    last = builds[-1]

    def median(name: str) -> float:
        return statistics.median(b.seconds[name] for b in builds)

    def megabytes(size: int) -> str:
        return f"{size / 1e6:,.0f}"

    lines = [
        "# Build time and memory",
        "",
        f"`aw build --no-fetch`: {last.summary}; the published file has {last.megabytes:.0f} MB. "
        f"{'One run' if len(builds) == 1 else f'Medians of {len(builds)} runs'} on 2 shared cores "
        f"(load average {last.load:.1f} when it began); "
        "trust the shares, not the seconds. Memory is the resident memory of the whole process "
        "tree, sampled; shared pages count once per process.",
        "",
        "| stage | seconds | share | peak MB |",
        "|---|---:|---:|---:|",
    ]
    whole = median("whole command")
    for name in ("ingest", "dbt build", "finish and publish", "whole command"):
        peak = max(b.peaks[name] for b in builds)
        lines.append(
            f"| {name} | {median(name):.1f} | {median(name) / whole:.0%} | {megabytes(peak)} |"
        )
    lines += [
        "",
        "dbt's seconds by kind of node (two at a time, so they add up to more than the stage):",
        "",
        "| kind | nodes | seconds |",
        "|---|---:|---:|",
    ]
    kinds: dict[str, list[float]] = defaultdict(list)
    for node in last.nodes:
        kinds[kind_of(node["unique_id"])].append(node["execution_time"])
    for kind, times in sorted(kinds.items(), key=lambda item: -sum(item[1])):
        lines.append(f"| {kind} | {len(times)} | {sum(times):.1f} |")
    slowest = sorted(last.nodes, key=lambda n: -n["execution_time"])
    for title, prefix, count in (("models", "model.", 12), ("tests", "test.", 5)):
        lines += ["", f"| slowest {title} | seconds | peak MB meanwhile |", "|---|---:|---:|"]
        for node in [n for n in slowest if n["unique_id"].startswith(prefix)][:count]:
            name = node["unique_id"].split(".")[2]
            peak = megabytes(last.samples.peak(*window(node)))
            lines.append(f"| {name} | {node['execution_time']:.2f} | {peak} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Build, measure, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--interval", type=float, default=0.2, help="seconds between samples")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    text = report([measure(options.interval) for _ in range(options.runs)])
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
