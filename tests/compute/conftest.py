"""A lab's own folder of images with judgements, tiny enough to embed in a moment."""

import csv
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compute.measure import jobs, sets
from compute.measure.sets import records, stimuli


@dataclass
class Lab:
    """A folder as :func:`compute.measure.sets.read_folder` expects it."""

    folder: Path
    n: int = 6

    def __post_init__(self):
        rng = np.random.default_rng(0)
        (self.folder / "images").mkdir(parents=True)
        for i in range(self.n):
            pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(self.image(i))
        self.write("labels.csv", ["image", "label"], [[f"{i}.png", "ab"[i % 2]] for i in self.all])
        self.judge([[p, a, b, rng.integers(1, 9)] for p in "xyz" for a, b in self.pairs])

    @property
    def all(self) -> range:
        return range(self.n)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return list(combinations(self.all, 2))

    def image(self, i: int) -> Path:
        return self.folder / "images" / f"{i}.png"

    def look(self, people: str = "xy") -> None:
        """Grey maps of every image by each person, alike but not equal."""
        rng = np.random.default_rng(1)
        for i in self.all:
            seen = rng.integers(0, 200, (40, 40))
            for person in people:
                (self.folder / "maps" / person).mkdir(parents=True, exist_ok=True)
                pixels = (seen + rng.integers(0, 56, (40, 40))).astype(np.uint8)
                Image.fromarray(pixels).save(self.folder / "maps" / person / f"{i}.png")

    def write(self, name: str, header: list[str], rows: list[list]) -> None:
        with (self.folder / name).open("w", newline="") as handle:
            csv.writer(handle).writerows([header, *rows])

    def judge(self, rows: list[list]) -> None:
        header = ["target", "person", "image_a", "image_b", "dissimilarity"]
        rows = [["behaviour", p, f"{a}.png", f"{b}.png", d] for p, a, b, d in rows]
        self.write("dissimilarities.csv", header, rows)


@pytest.fixture(autouse=True)
def extra(request):
    """Skip what needs torch where it is not installed."""
    if request.node.get_closest_marker("compute"):
        pytest.importorskip("torch", reason="the compute extra is not installed: make compute")


@pytest.fixture
def lab(tmp_path) -> Lab:
    """Six images, three people."""
    jobs.cached_stimuli.cache_clear()
    return Lab(tmp_path / "lab")


@pytest.fixture
def here():
    """Skip unless the published files of a set are here; returns the set."""

    def read(name: str) -> stimuli.Stimuli:
        record = records.load_records()[name]
        if not records.is_present(record):
            pytest.skip(f"{name} is not here: {records.how_to_get(record)} (or AW_MIRROR=…)")
        return sets.read(name)

    return read
