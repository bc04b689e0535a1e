"""Small inputs with one kind of fault each, as their folder describes and runs them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import settings

pytestmark = pytest.mark.compute

BESIDE = [p / "shared" / "cases" for p in settings.ROOT.parents]
CASES = next((p for p in [Path(os.environ.get("AW_CASES", "none")), *BESIDE] if p.is_dir()), None)

RENAMED = {
    "from compute.stimuli import": "from compute.measure.sets import",
    "from compute import geometry as g": (
        "from types import SimpleNamespace; from compute.measure import rdm, triplets; "
        "g = SimpleNamespace(**vars(rdm), triplet_agreement=triplets.triplet_agreement)"
    ),
}
"""Modules that the scripts know under a former name."""

RIGHT = {
    "align-by-path": ["1 done", "4 alignments"],
}
"""What the output of a case must hold, in this order; never a traceback."""


@pytest.mark.parametrize("case", RIGHT)
def test_a_case_ends_as_its_folder_says_is_right(case, tmp_path):
    """The script runs in a copy of its folder; every expected line is there, in order."""
    if CASES is None:
        pytest.skip("there is no folder of cases (AW_CASES=…)")
    folder = shutil.copytree(CASES / case, tmp_path / case, symlinks=True)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)
    script = folder / "run.sh"
    text = script.read_text()
    for former, now in RENAMED.items():
        text = text.replace(former, now)
    script.write_text(text)
    aw = tmp_path / "aw"
    aw.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m warehouse.cli "$@"\n')
    aw.chmod(0o755)
    own = {"AW": aw, "REPO": settings.ROOT, "PYTHONPATH": settings.ROOT, "PY": sys.executable,
           "W": settings.WAREHOUSE, "TMPDIR": tmp_path}  # fmt: skip
    ran = subprocess.run(
        ["bash", script], env=os.environ | {k: str(v) for k, v in own.items()},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
    )  # fmt: skip
    assert "Traceback" not in ran.stdout, ran.stdout
    at = 0
    for expected in RIGHT[case]:
        found = re.compile(expected).search(ran.stdout, at)
        assert found, f"{expected!r} is not in\n{ran.stdout[at:]}"
        at = found.end()
