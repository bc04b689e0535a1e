"""A Ray cluster: connect to it, and call functions on it as here.

Ray runs a call again when its worker dies. Workers need this project installed, in the version that
calls.
"""

import logging
import os
import pickle
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ingest import Explained

RETRIES = 3
"""Times that a call is tried again when its worker dies (not when the function itself fails)."""

SAME_THERE = "Install this version of the project there, with requirements.lock"

PASSED_ON = (
    *("AW_MIRROR", "AW_DATA", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"),
    *("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
)
"""Variables of the environment that workers get from the process that calls."""


class ClusterError(Explained):
    """Ray, the cluster or a worker is not there, or is another than this process needs."""


@contextmanager
def connected(address: str, **options) -> Iterator[ModuleType]:
    """Within it, Ray is connected to a cluster; one that already is stays as it is.

    Parameters
    ----------
    address : str
        ``local`` starts a cluster on this machine; anything else is the address of one, or
        ``auto``.
    **options
        Passed on to ``ray.init``.

    Yields
    ------
    module
        ray.

    Raises
    ------
    ClusterError
        Ray is not installed, or the cluster is not there or runs another version.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster would report itself to Ray
    try:
        import ray
    except ImportError as error:
        raise ClusterError("--ray needs Ray: pip install 'alignment-warehouse[ray]'") from error
    if ray.is_initialized():
        yield ray
        return
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    if address == "local":
        options["include_dashboard"] = False
    else:
        options["address"] = address
    options |= {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        host, _, port = address.rpartition(":")
        if port.isdigit():  # Ray itself would try for minutes
            socket.create_connection((host.removeprefix("ray://"), int(port)), 10).close()
        ray.init(runtime_env={"env_vars": environment}, **options)
    except Exception as error:  # a slow start raises nothing more special
        said = " ".join(str(error).split())
        raise ClusterError(f"no Ray cluster at {address} ({said})") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def begin(
    function: Callable, *arguments: object, then: Callable[[Any], Any] = lambda result: result
) -> Callable[[], Any]:
    """Call a function on the cluster that this process is connected to; here where it is to none.

    Parameters
    ----------
    function : callable
        A function of a module that workers can import.
    *arguments : object
        What it is given. Workers get copies that may be written to, as here; Ray's own may not.
    then : callable, optional
        Called here with the result, as soon as it is here.

    Returns
    -------
    callable
        Waits for the result and returns what ``then`` made of it, or raises what the function
        raised.

    Raises
    ------
    ClusterError
        When waiting: the worker died time after time, or lacks the function.
    """
    ray = sys.modules.get("ray")
    if not (ray and ray.is_initialized()):
        result = then(function(*arguments))
        return lambda: result

    def unpacked(call: bytes) -> Any:  # written out for workers, which may lack this module
        function, arguments = pickle.loads(call)
        return function(*arguments)

    call = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
    begun = ray.remote(max_retries=RETRIES)(unpacked).remote(call)

    def finish() -> Any:
        try:
            return then(ray.get(begun))
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ImportError | AttributeError):
                raise ClusterError(f"a worker lacks code ({error.cause}). {SAME_THERE}") from error
            raise error.cause from error
        except ray.exceptions.RayError as error:
            said = " ".join(str(error).split())
            raise ClusterError(f"a worker of Ray died {RETRIES + 1} times ({said})") from error

    return finish
