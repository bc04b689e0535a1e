"""Coverage of the intervals of ranks, and of the order of pairs that a test separates."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.coverage.structures import COHORTS, WORLDS, Floats, levels_of, structure_of
from compute.stats.aggregation.intervals import LeftOut, probability_above, rankings, separated
from compute.stats.aggregation.schemes import SCHEMES, aggregate, rank
from compute.stats.resampling import percentile_interval, resample_counts

N_SAMPLES, N_BEFORE = 200, 200
AVERAGES = [name for name, scheme in SCHEMES.items() if scheme.is_average]


def rows() -> Iterator[dict[str, object]]:
    """Coverage at each level, for each cohort's structure and each world; the lowest of schemes."""
    for cohort_id in COHORTS:
        structure, levels = structure_of(cohort_id), levels_of(cohort_id)
        for name, world in WORLDS.items():
            rng, found = np.random.default_rng(1), []
            for _ in track(range(N_SAMPLES), f"{cohort_id}, {name}"):
                found.append(_sample(structure, levels, world, rng))
            table = pd.DataFrame(found).mean()
            for level in levels:
                here = table.filter(regex=f"^{level}, ").drop(f"{level}, before", errors="ignore")
                print(here.round(3).to_dict())
