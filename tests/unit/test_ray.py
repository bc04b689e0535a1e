"""Kernels on a Ray cluster: the same tables with a worker that dies, or one line that says why."""

import importlib
import shutil
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from rich.console import Console

from compute.cluster import ClusterError, begin, connected
from compute.stats.frames.tables import table
from tests.fixtures import toy
from warehouse import db, memo
from warehouse.dbt_process import Dbt

MODELS = (
    "int_completions_estimated",
    "int_cross_sources_correlated",
    "int_generalizability_estimated",
    "int_pairs_correlated",
)
"""Each computes one cohort or confidence after another."""


@pytest.fixture(scope="module")
def two_workers():
    """A cluster of two workers, beside a head that computes nothing."""
    pytest.importorskip("ray", reason="not installed: pip install 'alignment-warehouse[ray]'")
    from ray.cluster_utils import Cluster

    nodes = Cluster()
    try:
        nodes.add_node(num_cpus=0, include_dashboard=False)
        workers = [nodes.add_node(num_cpus=1) for _ in range(2)]
        with connected(nodes.address):
            yield nodes, workers
    except (ClusterError, TimeoutError) as error:
        pytest.skip(f"Ray does not start here, the machine may be too busy: {error}")
    finally:
        nodes.shutdown()


def test_a_worker_without_the_code_is_named(two_workers, tmp_path, monkeypatch):
    """What it lacks, and the way out."""
    (tmp_path / "only_here.py").write_text("def one():\n    return 1\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    finish = begin(importlib.import_module("only_here").one)
    with pytest.raises(ClusterError, match=r"only_here.*requirements\.lock"):
        finish()


@pytest.mark.parametrize("differs", ["numpy", "Python", "code of this project"])
def test_a_worker_that_would_compute_another_thing_refuses(differs):
    code = memo._code_of(table) | {differs: "another"}
    with pytest.raises(ClusterError, match=f"its {differs} is not the one here") as refused:
        memo._computed(table, code, (), {"parts": [], "columns": {}})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [("127.0.0.1:1", "no Ray cluster at 127.0.0.1:1 ("), ("local", "alignment-warehouse[ray]")],
)
def test_a_build_without_a_cluster_says_so_at_once(aw, monkeypatch, address, said):
    """No cluster is there, or Ray is not."""
    ray = None if address == "local" else SimpleNamespace(is_initialized=lambda: False)
    monkeypatch.setitem(sys.modules, "ray", ray)
    done = aw("build", "--no-fetch", "--ray", address)
    assert done.exit_code == 1 and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_worker_that_dies_in_a_build_changes_no_table(two_workers, tmp_path, monkeypatch):
    """It goes while both compute kernels, none of which was remembered."""
    import ray

    nodes, workers = two_workers

    def kill() -> None:
        while ray.available_resources().get("CPU"):
            time.sleep(0.05)
        nodes.remove_node(workers[0], allow_graceful=False)

    built, tables = tmp_path / "toy.duckdb", [("intermediate", name) for name in MODELS]
    shutil.copyfile(toy.warehouse("toy"), built)
    with db.open_whole(built, {}) as con:
        here = db.contents(con, tables)
    monkeypatch.setenv("AW_MEMO", str(tmp_path / "memo"))
    killing = threading.Thread(target=kill, daemon=True)
    with Dbt(built, Console(quiet=True), ray=nodes.address) as dbt:
        dbt("parse")
        killing.start()
        made = dbt("run", "--select", *MODELS)
    assert len(made) == len(MODELS) and not killing.is_alive()
    with db.open_whole(built, {}) as con:
        assert db.contents(con, tables) == here
