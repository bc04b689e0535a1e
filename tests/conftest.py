"""Shared fixtures: tiny published files with their registry, and the real warehouse if there."""

from __future__ import annotations

import gc
import gzip
import hashlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from ingest import settings
from ingest.locate import Located, locate
from ingest.registry import Source, load_registry

# With several processes (make test) a file stays in one, so that its fixtures are made once, and
# long ones begin first.
LONG = (
    *("test_build.py", "test_browser.py", "test_cases.py", "test_charts_export.py"),
    *("test_added.py", "test_jobs.py", "test_ray.py", "test_cluster.py", "test_pages.py"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the long files begin first."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(autouse=True, scope="module")
def _in_one_process(request, tmp_path_factory) -> None:
    """Fail where a file is spread over processes: each would make its fixtures again."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        name = request.path.relative_to(settings.ROOT).as_posix().replace("/", "-")
        begun = tmp_path_factory.getbasetemp().parent / name
        assert not begun.exists(), f"{name} runs in two processes: --dist loadfile, as make test"
        begun.touch()


@pytest.fixture(autouse=True, scope="module")
def _long_lived() -> None:
    """Spare the collector what is there already: it took most of the time of tests on tables."""
    gc.collect()
    gc.freeze()


CSV = b"name,id,score\nalexnet,7,.25\nvgg16,8,X\n"
COLUMNS = [
    {"name": "name", "data_type": "varchar", "description": "Name as published."},
    {"name": "id", "data_type": "bigint"},
    {"name": "score", "data_type": "double"},
]


@dataclass
class TinySource:
    """One published source with one table, written under a folder of its own.

    ``content`` is what the registry knows; ``tamper`` changes the file on disk alone, while
    ``register`` writes a new file together with its checksum (a publisher's odd file).
    """

    folder: Path
    source_id: str = "tiny"
    table: str = "scores"
    file_name: str = "scores.csv"
    content: bytes = CSV
    columns: list[dict] = field(default_factory=lambda: [dict(c) for c in COLUMNS])
    meta: dict = field(default_factory=lambda: {"missing": ["", "X"]})
    extra_files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self):
        self.register(self.content)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def staging(self) -> Path:
        return self.folder / "staging"

    @property
    def path(self) -> Path:
        return self.data / self.source_id / self.file_name

    @property
    def yaml_path(self) -> Path:
        return self.staging / self.source_id / f"_{self.source_id}__sources.yml"

    def _entry(self, name: str, content: bytes) -> dict:
        return {
            "path": f"{self.source_id}/{name}",
            "url": f"http://127.0.0.1:9/{name}",
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }

    def declaration(self) -> dict:
        """The source as its YAML file says it; a test may change it before ``write``."""
        files = {self.file_name: self.content, **self.extra_files}
        return {
            "name": self.source_id,
            "schema": "raw",
            "description": "Scores made up for a test.",
            "config": {
                "meta": {
                    "title": "Tiny scores",
                    "url": "http://127.0.0.1:9/",
                    "commit": "0" * 40,
                    "retrieved_on": "2026-01-01",
                    "licence": "CC0-1.0",
                    "redistributable": True,
                    "citation": "one2020, two2021",
                }
            },
            "tables": [
                {
                    "name": self.table,
                    "identifier": f"{self.source_id}__{self.table}",
                    "description": "One row per model.",
                    "config": {
                        "meta": self.meta | {"files": [self._entry(n, c) for n, c in files.items()]}
                    },
                    "columns": self.columns,
                }
            ],
        }

    def write(self, declaration: dict | None = None) -> TinySource:
        """Write the YAML file as the project does: a list or mapping of plain values in a row."""
        text = yaml.safe_dump(
            {"version": 2, "sources": [declaration or self.declaration()]},
            **{"sort_keys": False, "default_flow_style": None, "width": 9999},
        )
        self.yaml_path.parent.mkdir(parents=True, exist_ok=True)
        self.yaml_path.write_text(text)
        return self

    def register(self, content: bytes) -> TinySource:
        """Publish other bytes: the file, its checksum and its size change together."""
        self.content = content
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(content)
        for name, extra in self.extra_files.items():
            (self.path.parent / name).write_bytes(extra)
        return self.write()

    def tamper(self, content: bytes) -> TinySource:
        """Change the file behind the registry's back."""
        self.path.write_bytes(content)
        return self

    @property
    def registry(self) -> dict[str, Source]:
        return load_registry(self.staging, self.folder)

    @property
    def located(self) -> dict[str, list[Located]]:
        nowhere = self.folder / "no_mirror"
        return {
            s.source_id: [locate(f, self.data, nowhere) for f in s.files]
            for s in self.registry.values()
        }


@pytest.fixture
def tiny(tmp_path) -> TinySource:
    """A CSV source of two rows, present and untouched."""
    return TinySource(tmp_path)


@pytest.fixture
def make_source(tmp_path):
    """Make further tiny sources in the same folder: ``make_source(source_id="b", …)``."""
    return lambda **changes: TinySource(tmp_path, **changes)


@pytest.fixture
def gzipped():
    """Compress without a time stamp, so that equal content has equal bytes."""
    return lambda content: gzip.compress(content, mtime=0)


@pytest.fixture
def small_warehouse(tmp_path) -> Path:
    """A database with the schemas of a published one and three rows in one mart."""
    path = tmp_path / "small.duckdb"
    with duckdb.connect(path) as con:
        con.execute("create schema marts")
        con.execute("create schema seeds")
        con.execute(
            "create table marts.fct_toy as select * from (values "
            "('a', 1, 0.5::double), ('b', 2, null), ('c', 3, 0.00012)) as t (model, n, score)"
        )
        con.execute("create table seeds.cohorts as select 'all' as cohort_id")
    return path


@pytest.fixture
def aw(small_warehouse, tmp_path, monkeypatch):
    """Run a command with every folder of the settings under tmp_path."""
    monkeypatch.setattr(settings, "WAREHOUSE", small_warehouse)
    for name in ("DATA", "BUILD", "EXPORTS"):
        monkeypatch.setattr(settings, name, tmp_path / name.lower())
    monkeypatch.setattr(settings, "MIRROR", None)
    from warehouse.cli import main

    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="session")
def real_warehouse() -> Path:
    """The published warehouse, built from the published files; skips where there is none."""
    path = settings.WAREHOUSE
    how = "AW_MIRROR=… aw build (or make warehouse with a network)"
    if not path.is_file():
        pytest.skip(f"no warehouse at {path}: {how}")
    with duckdb.connect(path, read_only=True) as con:
        absent = con.execute(
            "select source_id from marts.dim_sources where not is_present and n_files > 0 "
            "and commit_id != 'none' order by all"  # files placed by hand have no commit
        ).fetchall()
    if absent:
        pytest.skip(f"sources absent from {path}: {', '.join(s for (s,) in absent)}; {how}")
    return path


@pytest.fixture(autouse=True)
def own_main():
    """A page under test takes the place of ``__main__``, which later processes would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
