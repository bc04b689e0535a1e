"""A few of the files that ``python -m tests.fuzz`` tries, always the same ones."""

import pytest

from tests.fuzz.__main__ import tried
from tests.fuzz.readers import READERS

TORCH = {"labels", "triplets", "matrices", "pictures", "npy", "idx", "shards", "weights"}
N_FILES = {"sql": 6}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.compute] * (n in TORCH)) for n in READERS]
)
def test_files_are_read_right_or_refused(name):
    """No file ends in another error than one that says what is wrong with it."""
    n, unclean = tried(name, N_FILES.get(name, 60))
    assert n and not unclean, "\n".join(unclean)
