"""The same jobs on a Ray cluster: one task per shard, retried when its worker dies.

Shards are whole or not there and a finished one is skipped, so a task may run twice. Workers need
this project installed and the output folder shared.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from compute.measure.jobs import FAILED, Job, Outcome, run_job
from compute.measure.shards import JobError

RETRIES = 3
"""Times that a task is tried again when its worker dies (not when the job itself fails)."""

PASSED_ON = ("AW_MIRROR", "AW_DATA", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_")


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
        ``local`` starts a cluster on this machine; anything else is the address of one, or
        ``auto``. A cluster that is already connected to is used as it is.

    Raises
    ------
    JobError
        Ray is not installed, the cluster is not there, or a result could not be written.
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


@contextmanager
def connected(address: str, **options) -> Iterator[ModuleType]:
    """Within it, Ray is connected to a cluster; one that already is stays as it is.

    Parameters
    ----------
    address : str
        As in :func:`run_on_ray`.
    **options
        Passed on to ``ray.init``.

    Yields
    ------
    module
        ray.

    Raises
    ------
    JobError
        Ray is not installed, or the cluster is not there.
    """
    try:
        import ray
    except ImportError as error:
        raise JobError("--ray needs Ray: pip install 'alignment-warehouse[ray]'") from error
    if ray.is_initialized():
        yield ray
        return
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    if address == "local":
        options["include_dashboard"] = False
    else:
        options["address"] = address
    try:
        ray.init(runtime_env={"env_vars": environment}, log_to_driver=False, **options)
    except Exception as error:  # a slow start raises nothing more special
        raise JobError(f"no Ray cluster at {address} ({error})") from error
    try:
        yield ray
    finally:
        ray.shutdown()
