"""Seconds of a build: from nothing, after one change, and where nothing has changed.

Each build is ``aw build --no-fetch`` on a copy of the project in a temporary folder, so code and
seeds can be edited. At the end everything is built from nothing once more, and every table must
have the content that the builds after single changes left.
"""

import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import environment_of, publish
from ingest import settings
from ingest.locate import locate_source, sha256_of
from ingest.registry import load_registry
from warehouse import db

PARTS = ("compute", "dbt_project", "ingest", "results", "warehouse")
SOURCE, FILE = "vpt_3dpc", "vpt_3dpc/logs/combined_results.csv"
COLUMN = "perspective_accuracy"
STAGING = "dbt_project/models/staging/vpt_3dpc/stg_vpt_3dpc__combined_results.sql"
SEED = "dbt_project/seeds/paper_targets.csv"
MART = "dbt_project/models/marts/agreement/rpt_cohort_agreement.sql"


@dataclass
class Build:
    """One measured build: wall and processor seconds, and what was said of it."""

    wall: float
    processor: float
    said: str

    def count(self, what: str) -> int:
        """How many models were made or tests run."""
        found = re.search(rf"(\d+) {what}", self.said)
        return int(found[1]) if found else 0


def build(place: Path, *arguments: str) -> Build:
    """Build the copy of the project that stands in a folder."""
    environment = environment_of(place)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "warehouse.cli", "build", "--no-fetch", *arguments]
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Build(time.perf_counter() - start, used, " ".join(done.stdout.split()))


def change_cell(place: Path) -> None:
    """Publish another file of one small source: one score is another, and so is its checksum."""
    source = load_registry()[SOURCE]
    old = next(item for item in locate_source(source) if item.file.path == FILE)
    new = place / "data" / FILE
    for item in locate_source(source):
        path = place / "data" / item.file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(item.path, path)
    text = old.path.read_text("utf-8")
    score = next(csv.DictReader(text.splitlines()))[COLUMN]
    new.write_text(text.replace(score, f"{float(score) + 0.01:.4f}", 1), "utf-8")
    declared = place / source.tables[0].yaml_path.relative_to(settings.ROOT)
    text = declared.read_text("utf-8").replace(old.file.sha256, sha256_of(new))
    declared.write_text(text.replace(str(old.file.bytes), str(new.stat().st_size)), "utf-8")


def remark(path: str) -> Callable[[Path], None]:
    """A change that writes a comment at the end of the SQL of one model."""

    def change(place: Path) -> None:
        with (place / path).open("a", encoding="utf-8") as handle:
            handle.write("-- edited\n")

    return change


def change_seed(place: Path) -> None:
    """Reword one row of a seed."""
    lines = (place / SEED).read_text("utf-8").splitlines(keepends=True)
    lines[1] = lines[1].replace("Abstract", "The abstract", 1)
    (place / SEED).write_text("".join(lines), "utf-8")


def kind_of(unique_id: str) -> str:
    """The layer of a model, or what else the node is."""
    kind, _, name = unique_id.split(".")[:3]
    if kind != "model":
        return f"{kind}s"
    layers = {"stg": "staging", "int": "intermediate"}
    return f"{layers.get(name.split('_')[0], 'marts')} models"


def report(builds: dict[str, Build], nodes: list[dict], load: float) -> list[str]:
    """The tables as Markdown; ``nodes`` are those of the build from nothing."""
    lines = [
        "# Build time",
        "",
        f"`aw build --no-fetch` on 2 shared cores, load average {load:.1f} at first; on a busy "
        "machine trust the processor seconds.",
        "",
        "| build | seconds | processor seconds | models made | tests run |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {b.wall:.1f} | {b.processor:.1f} | {b.count('models made')} "
        f"| {b.count('tests passed')} |"
        for name, b in builds.items()
    ]
    lines += [
        "",
        "Built from nothing after these changes, every table has the content that the builds "
        "after each change left.",
        "",
        "dbt's seconds in a build from nothing, by kind of node (two nodes at a time):",
        "",
        "| kind | nodes | seconds |",
        "|---|---:|---:|",
    ]
    kinds: dict[str, list[float]] = defaultdict(list)
    for node in nodes:
        kinds[kind_of(node["unique_id"])].append(node["execution_time"])
    for kind, times in sorted(kinds.items(), key=lambda item: -sum(item[1])):
        lines.append(f"| {kind} | {len(times)} | {sum(times):.1f} |")
    lines += ["", "| slowest nodes | seconds |", "|---|---:|"]
    for node in sorted(nodes, key=lambda n: -n["execution_time"])[:15]:
        lines.append(f"| {node['unique_id'].split('.')[2]} | {node['execution_time']:.2f} |")
    return lines


def main() -> None:
    """Build, measure, write the tables."""
    load, builds = os.getloadavg()[0], {}
    with tempfile.TemporaryDirectory(prefix="aw-build-time-") as folder:
        place = Path(folder)
        for part in PARTS:
            shutil.copytree(settings.ROOT / part, place / part)
        builds["from nothing"] = build(place)
        nodes = json.loads((place / "build" / "run_results.json").read_bytes())["results"]
        builds["nothing has changed"] = build(place)
        for name, change in (
            (f"a remark in one staging model of {SOURCE}", remark(STAGING)),
            (f"one cell in a file of {SOURCE}", change_cell),
            ("one row of a seed", change_seed),
            ("a remark in one mart", remark(MART)),
        ):
            change(place)
            builds[name] = build(place)
        warm = db.content_hashes(place / "warehouse.duckdb")
        build(place, "--cold")
        if db.content_hashes(place / "warehouse.duckdb") != warm:
            raise SystemExit("a build from nothing gives another content")
    publish("build_time", report(builds, nodes, load))


if __name__ == "__main__":
    main()
