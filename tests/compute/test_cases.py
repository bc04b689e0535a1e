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

ONE_LINE = (
    "import sys, os; hook = sys.excepthook; sys.excepthook = lambda kind, error, trace: "
    "print(error) if kind.__name__ in ('StimulusError', 'ValueError', 'FileNotFoundError') "
    "else hook(kind, error, trace);"
)
RENAMED = {
    "import sys,os;": ONE_LINE,
    "import os,sys;": ONE_LINE,
    "import pyarrow.parquet as p,sys;": f"{ONE_LINE} import pyarrow.parquet as p;",
    "from compute.stimuli import": "from compute.measure.sets import",
    "from compute import geometry as g": (
        "from types import SimpleNamespace; from compute.measure import rdm, triplets; "
        "g = SimpleNamespace(**vars(rdm), triplet_agreement=triplets.triplet_agreement)"
    ),
    '"d","csv",': '"d",',
    '(),Path("x.yml")': 'Path("x.yml"),local_files="s/*.csv"',
}
"""Modules that the scripts know under a former name; an error that can be expected is one line."""

RIGHT = {
    "align-shows-nothing": ["odd_one_out_choices", "similarity.*pearson", "alignments"],
    "align-by-path": ["1 done", r"\d alignments", "1 done, 0 skipped", "Alignment with people"],
    "align-from-elsewhere": ["1 done", r"\d alignments"],
    "distances-not-symmetric": [r"^distances are not symmetric at \[0, 1\]$"],
    "csv-line-numbers": ["labels.csv, line 6: there is no image 'nope.png'"],
    "failure-of-another-recipe": ["rc=0", r"1 skipped.*\nrc=0"],
    "few-stimuli": [r"\d alignments", r"\d alignments"],
    "folder-path-with-comma": ["1 done", "no such folder .commas part names"],
    "image-16bit": ["min 25 max 250 .* min 25 max 250 .* largest difference [01]$"],
    "image-exif-rotation": [r"tag 6: \(60, 30\) .* upright: \(60, 30\)"],
    "image-too-large": ["im1.png.*200000000 pixels", "other: 3 images", "1 failed, 1 done", "rc=1"],
    "image-transparent": [r"\[255. 255. 255.\]"],
    "images-folder-or-dead-link": ["x.png.*found a folder", "x.png.*a link that leads nowhere"],
    "images-hidden-files": ["4 images", "1 done"],
    "labels-twice": ["labels.csv, line 6: .*im0.png .*twice, first in line 2"],
    "layer-channels-last": ["layers.0 96 f", "stages.1 32 f", "stages.1 32 f", "patch_embed 64 f"],
    "maps-notebook-folder": ["halves of 2 people"],
    "model-without-features": ["the same features for every image", r"\d alignments"],
    "one-model-twice": [r"^random_test_resnet_0@penultimate.parquet\n1$"],
    "own-set-with-a-declared-name": ["1 done", "'digits' is the name of a declared set", "60 rows"],
    "people-without-preference": ["pearson +│ +·", "triplet +│ +·", "pearson +NaN"],
    "probe-more-shots-than-examples": ["3 done", "3 done", "every image is of class 'cat'"],
    "probe-shots-nonsense": [
        "'one' is no",
        "names nothing",
        "0 is no",
        "-1 is no",
        r"\[{[^}]+}\]$",
    ],
    "query-column-names": ['"a": 1,', '"a_2": 2,', '"a_2_2": 3', "1,2,3"],
    "query-file-encoding": [
        "u16.sql: not UTF-8",
        "l1.sql: not UTF-8",
        "UP.SQL\n└",
        "true,1",
        "true,1",
    ],
    "query-markdown-escapes": [r"^\| a\\\|b \| x<br>y \|$"],
    "query-nested-to-csv": [
        re.escape("""== csv
== parquet
"1 day"
"[1, 2]","{'k': 1}\"""")
    ],
    "query-not-interrupted": [r"ended after [01]\.\d s"],
    "rank-list-with-spaces": [r"mobilenet_v1_0\.75_192 +│ 100% +│ 0\.258 │ +1 │"] * 2,
    "set-csv-encoding": [
        f"{name}.csv, line {line}: not UTF-8; save it as UTF-8"
        for name, line in (("latin1/labels", 2), ("utf16/labels", 1), ("dissimilarities", 2))
    ],
    "source-csv-empty-line": [
        re.escape(f"{name} [{{'model': 'a', 'score': '0.5'}}{more}]")
        for name, more in (
            ("no quotes", ", {'model': 'b', 'score': '0.4'}"),
            ("with quotes", ", {'model': 'b', 'score': '0.4'}"),
            ("empty line at the end", ""),
        )
    ],
    "stimuli-dot": ["1 done", r"data/compute/embeddings/set/\w+@penultimate.parquet"],
    "warehouse-not-readable": [
        "bad: sources\n0\n.*bad.duckdb is not a valid DuckDB",
        "cut: rank .*\n0\n.*cut.duckdb cannot be read",
        "locked: sources\n0\n.*another program has it open",
    ],
    "weights-folder-ignored": ["is declared with its own weights", "rc=1", "no weights to read"],
    "triplets-empty": ["triplets.csv: no row below", "dissimilarities.csv: no row below"],
}
"""What the output of a case must hold, in this order; never a traceback."""


@pytest.mark.parametrize("case", RIGHT)
def test_a_case_ends_as_its_folder_says_is_right(case, tmp_path, request):
    """The script runs in a copy of its folder; every expected line is there, in order."""
    if CASES is None:
        pytest.skip("there is no folder of cases (AW_CASES=…)")
    if case.startswith(("query", "rank", "warehouse")):
        request.getfixturevalue("real_warehouse")
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
        found = re.compile(expected, re.MULTILINE).search(ran.stdout, at)
        assert found, f"{expected!r} is not in\n{ran.stdout[at:]}"
        at = found.end()
