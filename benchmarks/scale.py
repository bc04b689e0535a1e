"""Time and memory of a build as its files grow: made-up files, built with the real code.

``python -m benchmarks.scale --models 10000 --benchmarks 500 --trials 50000000`` measures one size
and writes the table of all sizes measured so far, which stand in ``build/scale/``: interrupted,
only the size at hand is lost. Beside the files that grow, the build has those of the tests.
A copy of the project in a temporary folder is built, so its seeds can name made-up benchmarks.
"""

import argparse
import csv
import hashlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks import synthetic_scores
from benchmarks.measure import environment_of, publish
from ingest import settings
from ingest.locate import PRESENT, Located
from ingest.registry import Column, SourceFile, load_registry

PARTS = ("benchmarks", "compute", "dbt_project", "docs", "ingest", "results", "tests", "warehouse")
KEPT = settings.BUILD / "scale"
PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
SLOWEST = 15


def written(place: Path, size: dict[str, int]) -> dict[str, list[Path]]:
    """Write the made-up files of one size into the copy of the project; which, by raw table."""
    found = synthetic_scores.write(place, size["models"], size["benchmarks"])
    if size["trials"]:
        from benchmarks import synthetic_trials

        found |= synthetic_trials.write(place, size["trials"], 0)
    return found


def make() -> None:
    """In the copy of the project: build from the files of the toy and those written beside."""
    from tests.fixtures import make as toy
    from tests.fixtures.toy import holds_for_any_data
    from warehouse import build

    made = json.loads((settings.ROOT / "made.json").read_bytes())
    registry, located = toy.publish(settings.ROOT / "toy", load_registry(), toy.PRESENT_SOURCES)
    for source_id, source in registry.items():
        grown = [t for t in source.tables if t.identifier in made]
        if not grown:
            continue
        # what stands in the other tables of the source is the toy's
        theirs = {f.path for t in grown for f in t.files}
        located[source_id] = [i for i in located[source_id] if i.file.path not in theirs]
        tables = list(source.tables)
        for table in grown:
            files, columns = [], table.columns
            for name in made[table.identifier]:
                path = settings.DATA / name
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
                files.append(SourceFile(name, source.url, sha256, path.stat().st_size))
                located[source_id].append(Located(files[-1], PRESENT, path, sha256))
            if path.suffix == ".csv":
                with path.open(encoding="utf-8", newline="") as handle:
                    header = next(csv.reader(handle))
                known = {c.name for c in columns}
                columns += tuple(Column(n, "double") for n in header if n not in known)
            tables[source.tables.index(table)] = replace(table, files=tuple(files), columns=columns)
        registry[source_id] = replace(source, tables=tuple(tables))
    build.build(Console(stderr=True), registry=registry, located=located, asked=holds_for_any_data)


def family(root: int) -> tuple[float, float]:
    """Processor seconds so far and bytes in memory of a process and all below it."""
    below, of = defaultdict(list), {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text("utf-8").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        below[int(fields[1])].append(int(entry.name))
        # with the children that have ended
        of[int(entry.name)] = sum(map(int, fields[11:15])) / TICKS, int(fields[21]) * PAGE
    wanted, seconds, memory = [root], 0.0, 0.0
    while wanted:
        process = wanted.pop()
        wanted += below[process]
        used, held = of.get(process, (0.0, 0.0))
        seconds, memory = seconds + used, memory + held
    return seconds, memory


def run(place: Path, limit: float) -> dict:
    """Build the copy; its wall seconds, how it ended, samples of processor time and memory.

    What the process does before it begins to build, which is to write small files, does not count.
    """
    environment = environment_of(place)
    environment.pop("AW_MIRROR", None)
    started, samples, ended = time.time(), [], "built"
    with (place / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", "from benchmarks.scale import make; make()"],
            **{"cwd": place, "env": environment, "stdout": said, "stderr": said},
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                samples.append((time.time(), *family(process.pid)))
                if time.time() - started > limit:
                    ended = "stopped"
                    break
                time.sleep(0.5)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if process.returncode and ended == "built":
        ended = "failed: " + (place / "said.txt").read_text("utf-8")[-2000:]
    stopped, began = time.time(), place / "began"
    if began.is_file():
        started = began.stat().st_mtime
    before = max((used for at, used, _ in samples if at < started), default=0)
    samples = [(at, used - before, memory) for at, used, memory in samples if at >= started]
    return {"wall": stopped - started, "ended": ended, "samples": samples, "started": started}


def nodes_of(logs: Path) -> list[dict]:
    """Name, stage, begin and end of every node that dbt has run, and of those that were running."""
    begun, done = {}, {}
    for log in logs.glob("dbt.log*"):
        for line in log.read_text("utf-8").splitlines():
            node = json.loads(line)["data"].get("node_info") or {}
            if not node.get("node_started_at"):
                continue
            name = node["unique_id"]
            begun[name] = node
            if node.get("node_finished_at"):
                done[name] = node
    return [
        {
            "name": node["node_name"],
            "stage": stage_of(node),
            "begin": seconds_of(node["node_started_at"]),
            "end": seconds_of(done[name]["node_finished_at"]) if name in done else None,
        }
        for name, node in begun.items()
        if node["resource_type"] in ("model", "test", "seed")
    ]


def seconds_of(time_of_day: str) -> float:
    """Times of dbt as seconds; they are in UTC."""
    return datetime.fromisoformat(time_of_day).replace(tzinfo=UTC).timestamp()


def stage_of(node: dict) -> str:
    """The layer of a model, with its folder where it has kernels; or what else the node is."""
    if node["resource_type"] != "model":
        return f"{node['resource_type']}s"
    layer, folder, *_ = node["node_path"].split("/")
    return f"{layer}/{folder}" if layer == "intermediate" else layer


def by_stage(measured: dict, nodes: list[dict]) -> dict[str, dict[str, float]]:
    """Node, wall and processor seconds and peak memory of each stage.

    Two nodes run at a time: what the processes use is shared evenly between them, and the peak of
    a stage is that of all processes while one of its nodes ran.
    """
    stages: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(SUMS, 0.0))
    first = min((n["begin"] for n in nodes), default=math.inf)
    stop = measured["started"] + measured["wall"]
    for node in nodes:
        stages[node["stage"]]["seconds"] += (node["end"] or stop) - node["begin"]
    last = (measured["started"], 0.0, 0.0)
    for sample in measured["samples"]:
        at, used, memory = sample
        running = [n["stage"] for n in nodes if n["begin"] <= at <= (n["end"] or stop)]
        if not running:
            running = ["load and parse" if at < first else "between nodes"]
        for stage in set(running):
            stages[stage]["wall"] += at - last[0]
            stages[stage]["memory"] = max(stages[stage]["memory"], memory)
        for stage in running:
            stages[stage]["processor"] += max(used - last[1], 0) / len(running)
        last = sample
    return dict(stages)


SUMS = ("seconds", "wall", "processor", "memory")


def measure(size: dict[str, int], limit: float) -> dict:
    """Write the files of one size, build them, and say what it took."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    code = subprocess.check_output(command, cwd=settings.ROOT, encoding="utf-8").strip()
    with tempfile.TemporaryDirectory(prefix="aw-scale-") as folder:
        place = Path(folder)
        for part in PARTS:
            shutil.copytree(settings.ROOT / part, place / part)
        files = written(place, size)
        names = {
            table: [path.relative_to(place / "data").as_posix() for path in paths]
            for table, paths in files.items()
        }
        (place / "made.json").write_text(json.dumps(names), "utf-8")
        measured = run(place, limit)
        nodes = nodes_of(place / "build" / "dbt_logs")
        warehouse = place / "warehouse.duckdb"
        stop = measured["started"] + measured["wall"]
        return {
            "size": size,
            "code": code,
            "bytes": sum(p.stat().st_size for paths in files.values() for p in paths),
            "warehouse": warehouse.stat().st_size if warehouse.is_file() else None,
            "wall": measured["wall"],
            "ended": measured["ended"],
            "processor": max(used for _, used, _ in measured["samples"]),
            "memory": max(memory for *_, memory in measured["samples"]),
            "stages": by_stage(measured, nodes),
            "nodes": {n["name"]: (n["end"] or stop) - n["begin"] for n in nodes},
            "running": [n["name"] for n in nodes if not n["end"]],
        }


def weight(one: dict) -> int:
    """What a size is ordered and its growth measured by: its cells and its trials."""
    size = one["size"]
    return size["models"] * size["benchmarks"] + size["trials"]


def title(one: dict) -> str:
    """A size in words."""
    size = one["size"]
    text = f"{size['models']:,} × {size['benchmarks']}"
    return text + (f", {size['trials']:,} trials" if size["trials"] else "")


def exponent(all_sizes: list[dict], seconds: list[float | None]) -> str:
    """The slope of log time on log size between the two largest sizes that have a time."""
    both = [
        (weight(one), took)
        for one, took in zip(all_sizes, seconds, strict=True)
        if took and took >= 0.5
    ][-2:]
    if len(both) < 2 or both[0][0] == both[1][0]:
        return ""
    (small, fast), (large, slow) = both
    return f"{math.log(slow / fast) / math.log(large / small):.2f}"


def report(sizes: list[dict]) -> list[str]:
    """The tables as Markdown."""
    lines = [
        "# Builds of made-up files, by size",
        "",
        "Models × benchmarks of one leaderboard, beside the made-up files of the tests; on 2 "
        "shared cores, so trust the processor seconds. Growth is the exponent of time in cells "
        "and trials, between the two largest sizes: 1 is in proportion. A build "
        "that was stopped shows how far it got: its stages, and the models that it was in, "
        "have no growth.",
        "",
        "| size | files, MB | wall, s | processor, s | peak memory, GB | warehouse, MB | code "
        "| end |",
        "|---|---:|---:|---:|---:|---:|---|---|",
    ]
    for one in sizes:
        end = one["ended"].splitlines()[0][:60]
        if one["running"]:
            end += f" in {', '.join(one['running'])}"
        warehouse = f"{one['warehouse'] / 1e6:.0f}" if one["warehouse"] else ""
        lines.append(
            f"| {title(one)} | {one['bytes'] / 1e6:.1f} | {one['wall']:.0f} "
            f"| {one['processor']:.0f} | {one['memory'] / 1e9:.2f} | {warehouse} "
            f"| {one['code']} | {end} |"
        )
    heads = " | ".join(title(one) for one in sizes)
    rule = "---:|" * (len(sizes) + 1)
    lines += ["", f"| processor seconds | {heads} | growth |", f"|---|{rule}"]
    stages = dict.fromkeys(stage for one in sizes for stage in one["stages"])
    for stage in stages:
        took = [one["stages"].get(stage, {}).get("processor") for one in sizes]
        cells = " | ".join("" if t is None else f"{t:.1f}" for t in took)
        whole = [s if one["ended"] == "built" else None for one, s in zip(sizes, took, strict=True)]
        lines.append(f"| {stage} | {cells} | {exponent(sizes, whole)} |")
    lines += ["", f"| peak memory, GB | {heads} |", f"|---|{rule[5:]}"]
    for stage in stages:
        held = [one["stages"].get(stage, {}).get("memory") for one in sizes]
        cells = " | ".join("" if h is None else f"{h / 1e9:.2f}" for h in held)
        lines.append(f"| {stage} | {cells} |")
    lines += ["", f"| slowest nodes, wall seconds | {heads} | growth |", f"|---|{rule}"]
    slowest = sorted(sizes[-1]["nodes"].items(), key=lambda item: -item[1])[:SLOWEST]
    for node, _ in slowest:
        took = [one["nodes"].get(node) for one in sizes]
        cells = " | ".join("" if t is None else f"{t:.1f}" for t in took)
        whole = [None if node in one["running"] else s for one, s in zip(sizes, took, strict=True)]
        lines.append(f"| {node} | {cells} | {exponent(sizes, whole)} |")
    return lines


def main() -> None:
    """Measure one size if it is not kept, and write the table of all."""
    models, benchmarks = synthetic_scores.TODAY
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=models)
    parser.add_argument("--benchmarks", type=int, default=benchmarks)
    parser.add_argument("--trials", type=int, default=0)
    parser.add_argument("--limit", type=float, default=3600, help="seconds until it is stopped")
    parser.add_argument("--again", action="store_true", help="measure a size that is kept")
    asked = parser.parse_args()
    size = {name: getattr(asked, name) for name in ("models", "benchmarks", "trials")}
    if asked.benchmarks < benchmarks:
        parser.error(f"--benchmarks {asked.benchmarks}: the published columns are {benchmarks}")
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / ("x".join(map(str, size.values())) + ".json")
    if asked.again or not kept.is_file():
        kept.write_text(json.dumps(measure(size, asked.limit)), "utf-8")
    sizes = sorted((json.loads(p.read_bytes()) for p in KEPT.glob("*.json")), key=weight)
    publish("scale", report(sizes))


if __name__ == "__main__":
    main()
