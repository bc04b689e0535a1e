"""Commands that write, killed at random: what stood there stays whole, and the next run goes on.

Each command works on the real files and a copy of the published warehouse, in folders of its own,
and all of its processes get SIGKILL at once. After each kill, what it writes must be as it was
before or as it is after an undisturbed run. Nothing is cleaned by hand. In the end each command
runs through, and leaves no more files than an undisturbed run did.
"""

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.measure import publish, rows_of
from ingest import settings
from ingest.fetch import Fetcher
from ingest.registry import SourceFile
from warehouse import db

BUILD = ("warehouse.cli", "build", "--no-fetch")
EMBED = ("warehouse.cli", "compute", "embed", "--stimuli", "digits", "--images", "600")
MODELS = ",".join(f"random:test_resnet:{seed}" for seed in range(6))
SENT = random.Random(0).randbytes(20_000_000)


class Place:
    """Folders in which commands run, and what stands in them."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self.warehouse, self.data = folder / "warehouse.duckdb", folder / "data"
        self.mine, self.sent = folder / "mine.csv", folder / "data" / "sent.bin"
        self.shards = folder / "data" / "compute" / "embeddings"
        self.contents: dict[str, str] = {}
        self.add = ("warehouse.cli", "add", "--yes", str(self.mine))
        self.mine.write_text("model,benchmark,score\nalexnet,ImageNet-top1,0.565\n", "utf-8")

    def start(self, *command: str) -> subprocess.Popen:
        """Begin a module of the project, in a group of processes of its own."""
        environment = os.environ | {
            "AW_WAREHOUSE": str(self.warehouse),
            "AW_BUILD": str(self.folder / "build"),
            "AW_DATA": str(self.data),
        }
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=settings.ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *command: str) -> float:
        """Run it to its end; give its seconds."""
        start = time.monotonic()
        with self.start(*command) as process:
            said = process.communicate()[0].decode()
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}\n{said}")
        return time.monotonic() - start

    def n_files(self) -> int:
        """Files and folders of every kind."""
        return sum(1 for _ in self.folder.rglob("*"))

    # what commands write, each thing that must be whole as one text

    def published(self) -> set[str]:
        """All that the published warehouse says, in every table."""
        with self.warehouse.open("rb") as handle:
            file = hashlib.file_digest(handle, "sha256").hexdigest()
        if file not in self.contents:  # no kill changes it: read it once
            with db.open_whole(self.warehouse, {}) as con:
                tables = con.execute(
                    "select schema_name, table_name from duckdb_tables() "
                    "where schema_name <> 'quality' order by all"
                ).fetchall()
                told = repr((tables, db.contents(con, tables)))
            self.contents[file] = hashlib.sha256(told.encode()).hexdigest()
        return {self.contents[file]}

    def added(self) -> set[str]:
        """Each addition, with all of its files but the record, which has the time."""
        folders = (self.data / "own").glob("[!.]*")
        return {repr([(p.name, p.stat().st_size) for p in sorted(f.iterdir())]) for f in folders}

    def fetched(self) -> set[str]:
        """The file that was sent."""
        return {hashlib.sha256(self.sent.read_bytes()).hexdigest()} if self.sent.exists() else set()

    def embedded(self) -> set[str]:
        """The rows of each shard."""
        tables = {p.name: pq.read_table(p) for p in self.shards.glob("*/*.parquet")}
        return {
            f"{name} {hashlib.sha256(repr(t.to_pydict()).encode()).hexdigest()}"
            for name, t in tables.items()
        }

    # what makes the next run have something to do

    def forget(self) -> None:
        """The next build makes everything, beside what is published."""
        (self.folder / "build" / "published.json").unlink(missing_ok=True)

    def change(self) -> None:
        """An addition comes, or goes."""
        is_there = (self.data / "own" / "mine").is_dir()
        self.run(*(("warehouse.cli", "remove", "mine") if is_there else self.add))

    def unadd(self) -> None:
        """The file was not added."""
        if (self.data / "own" / "mine").is_dir():
            self.run("warehouse.cli", "remove", "mine")

    def delete(self) -> None:
        """Nothing was downloaded or embedded, as far as it is finished."""
        self.sent.unlink(missing_ok=True)
        shutil.rmtree(self.shards, ignore_errors=True)


@dataclass
class Subject:
    """A command, what gives it something to do, and what it writes.

    It is prepared anew when a run was finished, or before each, as what a killed one has finished
    is there already.
    """

    name: str
    command: tuple[str, ...]
    prepare: Callable[[], None]
    state: Callable[[], set[str]]
    is_prepared_always: bool = False


def subjects(place: Place) -> list[Subject]:
    """Every command that is killed."""
    embed = (*EMBED, "--models", MODELS)
    fetch = ("benchmarks.kills", "--fetch", place.address)
    return [
        Subject("build after a change", BUILD, place.change, place.published),
        Subject("build from nothing", BUILD, place.forget, place.published, True),
        Subject("add", place.add, place.unadd, place.added, True),
        Subject("fetch", fetch, place.delete, place.fetched),
        Subject("compute embed", embed, place.delete, place.embedded),
    ]


class Host(BaseHTTPRequestHandler):
    """Sends a file at 6 MB a second, from where it is asked to."""

    def do_GET(self) -> None:
        """Send it."""
        first = int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.send_response(206 if first else 200)
        self.send_header("Content-Range", f"bytes {first}-{len(SENT) - 1}/{len(SENT)}")
        self.send_header("Content-Length", str(len(SENT) - first))
        self.end_headers()
        with contextlib.suppress(OSError):  # who asked was killed
            for at in range(first, len(SENT), 60_000):
                self.wfile.write(SENT[at : at + 60_000])
                time.sleep(0.01)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def host() -> Iterator[str]:
    """Serve from this machine to this machine; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/sent.bin"
    server.shutdown()


def kill(place: Place, subject: Subject, n: int, until: float, chance: random.Random) -> str:
    """Kill one command up to n times; give its row of the table."""
    allowed, seconds = subject.state(), 0.0
    for _ in range(2):  # an addition that comes, and one that goes
        subject.prepare()
        seconds = place.run(*subject.command)
        allowed |= subject.state()
    n_files, n_most, n_done, n_finished = place.n_files(), 0, 0, 0
    subject.prepare()
    while n_done < n and time.monotonic() < until:
        if subject.is_prepared_always:
            subject.prepare()
        moment = chance.uniform(0, seconds)
        process = place.start(*subject.command)
        try:
            said = process.communicate(timeout=moment)[0].decode()
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            n_done += 1
            if odd := subject.state() - allowed:
                raise SystemExit(f"{subject.name}, killed after {moment:.2f} s: {odd}") from None
        else:
            if process.returncode:
                raise SystemExit(f"{subject.name} refuses what a kill left:\n{said}")
            n_finished += 1
            subject.prepare()
        n_most = max(n_most, place.n_files() - n_files)
    if subject.is_prepared_always:
        subject.prepare()
    place.run(*subject.command)
    if not subject.state() <= allowed:
        raise SystemExit(f"{subject.name}: another content after the kills")
    return (
        f"| {subject.name} | {seconds:.1f} | {n_done} | {n_finished} | {n_most} "
        f"| {place.n_files() - n_files} |"
    )


def main() -> None:
    """Kill, look, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="of each command")
    parser.add_argument("--minutes", type=float, default=600, help="for all commands together")
    parser.add_argument("--only", default="", help="part of a command's name in the table")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fetch", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fetch:  # the process that is killed
        checksum = hashlib.sha256(SENT).hexdigest()
        Fetcher().fetch(SourceFile("sent.bin", asked.fetch, checksum, len(SENT)))
        return
    chance, until = random.Random(asked.seed), time.monotonic() + 60 * asked.minutes
    told = [
        "# Killed at random moments",
        "",
        "`python -m benchmarks.kills`: SIGKILL to all processes of a command, at a moment drawn "
        "from the time that it takes, on the real files and a busy machine. After every kill the "
        "published file (each addition, download, shard) had the content of before or of after; "
        "every following run went on without cleaning.",
        "",
        "| command | its seconds | kills | runs finished between | most files beside those of an "
        "undisturbed run | of them after the last run |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    with tempfile.TemporaryDirectory(prefix="aw-kills-") as folder, host() as address:
        place = Place(Path(folder), address)
        chosen = [s for s in subjects(place) if asked.only in s.name]
        shutil.copyfile(settings.WAREHOUSE, place.warehouse)
        for subject in chosen:
            rows = rows_of("kills") | {
                subject.name: kill(place, subject, asked.kills, until, chance)
            }
            publish("kills", told + [rows[s.name] for s in subjects(place) if s.name in rows])


if __name__ == "__main__":
    main()
