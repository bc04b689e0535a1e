"""The same jobs on a Ray cluster: one task per shard, retried when its worker dies.

Shards are whole or not there and a finished one is skipped, so a task may run twice. Workers need
the output folder shared.
"""

from collections.abc import Callable
from pathlib import Path

from compute.cluster import RETRIES, connected
from compute.measure.jobs import FAILED, Job, Outcome, run_job
from compute.measure.shards import JobError


def run_on_ray(
    jobs: list[Job],
    out: Path,
    retry_failed: bool,
    on_outcome: Callable[[Outcome], None],
    address: str = "local",
) -> None:
    """Run jobs on Ray.

    Parameters
    ----------
    jobs : list of Job
        One task each; a job on an accelerator asks for one.
    out : Path
        Folder of the shards, the same on every worker.
    retry_failed : bool
        As in :func:`compute.measure.jobs.run_jobs`.
    on_outcome : callable
        Called as each job finishes.
    address : str
        As in :func:`compute.cluster.connected`.

    Raises
    ------
    ClusterError
        Ray is not installed, or the cluster is not there.
    JobError
        A result could not be written.
    """
    with connected(address) as ray:
        task = ray.remote(max_retries=RETRIES)(run_job)
        waiting = {}
        for job in jobs:
            gpus = 1 if job.device.startswith("cuda") else 0
            waiting[task.options(num_gpus=gpus, num_cpus=1).remote(job, out, retry_failed)] = job
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            job = waiting.pop(done)
            try:
                outcome = ray.get(done)
            except ray.exceptions.RayTaskError as error:
                # what stops a run here stops it there: nothing can be written, or a bug
                raise JobError(f"{job.key}: {error.cause}") from error
            except ray.exceptions.RayError as error:
                outcome = Outcome(job, FAILED, f"its worker died {RETRIES + 1} times ({error})")
            on_outcome(outcome)
