"""Numerical kernels: arrays in, arrays out; no SQL, no paths."""

import os
import tempfile
from pathlib import Path


def _numba_cache() -> str:
    """A folder of this user's where compiled code is kept; numba runs whatever it finds there."""
    folder = Path(tempfile.gettempdir(), f"alignment-warehouse-numba-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return str(folder) if folder.stat().st_uid == os.getuid() else tempfile.mkdtemp()


# numba keeps compiled code beside the source, which a shared installation does not allow
if not os.access(Path(__file__).parent, os.W_OK):
    os.environ.setdefault("NUMBA_CACHE_DIR", _numba_cache())
