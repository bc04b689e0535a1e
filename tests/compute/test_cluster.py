"""The same jobs on Ray, with a worker that dies on the way."""

from contextlib import ExitStack
from pathlib import Path

import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch", reason="the compute extra is not installed: make compute")
pytest.importorskip("ray", reason="Ray is not installed: pip install 'alignment-warehouse[ray]'")

from compute.cluster import ClusterError, connected
from compute.measure import cluster, jobs
from compute.measure.jobs import DONE, FAILED, SKIPPED, Job, JobError

pytestmark = pytest.mark.compute


@pytest.fixture(scope="module")
def two_workers():
    """A cluster of two workers on this machine; Ray gives up where starting takes over 30 s."""
    with ExitStack() as stack:
        try:
            stack.enter_context(connected("local", num_cpus=2))
        except ClusterError as error:
            pytest.skip(f"Ray does not start here, the machine may be too busy: {error}")
        yield


def test_a_worker_that_dies_costs_nothing_but_what_kills_it(
    lab, tmp_path, monkeypatch, two_workers
):
    """Killed with SIGKILL its task runs again, and the shards are those of one machine.

    A task that kills every worker is given up, the others are not.
    """
    todo = [
        Job(f"random:test_resnet:{s}", str(lab.folder), device="cpu", deterministic=True)
        for s in range(4)
    ]
    marker = tmp_path / "died"

    def fragile(job, out, retry_failed):
        import os
        import signal

        if job.model.endswith("2") and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if job.model.endswith("3"):
            os.kill(os.getpid(), signal.SIGKILL)
        return jobs.run_job(job, out)

    monkeypatch.setattr(cluster, "run_job", fragile)
    monkeypatch.setattr(cluster, "RETRIES", 1)
    (lab.image(5)).write_bytes(lab.image(4).read_bytes())
    there, here = tmp_path / "ray", tmp_path / "here"
    found = {o.job.model[-1]: o for o in jobs.run_jobs(todo, there, elsewhere=cluster.run_on_ray)}
    assert marker.exists()
    assert [found[s].status for s in "0123"] == [DONE] * 3 + [FAILED]
    assert "worker died" in found["3"].message
    jobs.run_jobs(todo[:3], here)
    for job in todo[:3]:
        a, b = (pq.read_table(jobs.shard_path(job, out)) for out in (there, here))
        assert a.equals(b)
    again = jobs.run_jobs(todo[:3], there, elsewhere=cluster.run_on_ray)
    assert [o.status for o in again] == [SKIPPED] * 3


def test_a_disk_that_is_full_there_stops_the_run_here(lab, tmp_path, two_workers):
    """A JobError of a worker is one of the driver."""
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    job = Job("random:test_resnet:0", str(lab.folder), device="cpu")
    path = jobs.shard_path(job, tmp_path / "out")
    path.parent.mkdir(parents=True)
    path.with_name(path.name + ".part").symlink_to("/dev/full")
    with pytest.raises(JobError, match="disk is full"):
        jobs.run_jobs([job], tmp_path / "out", elsewhere=cluster.run_on_ray)
