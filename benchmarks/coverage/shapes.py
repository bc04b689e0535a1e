"""Size of the two-lines test: how often it finds nothing where there is a straight line."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from rich.progress import track
from scipy import stats

from benchmarks.coverage.structures import Structure
from compute.stats.shapes import shape
from warehouse import db

PAIRS = (
    ("brainscore_2025_core50", "V1", "ImageNet-C-top1"),
    ("brainscore_2025_core50", "IT", "ImageNet-C-top1"),
    ("timm_2022_491", "onevision_clickme.imgnet_alignment", "timm.imagenet-a.top1"),
    ("encoder_layers", "encdim.IT.pls", "encdim.1-shot.top1"),
    ("timm_2022_491", "deepnsd.otc.crsa", "timm.imagenet-a.top1"),
)
"""Cohort, alignment and property: whose units, families and alignments are simulated from."""

TITLES = {
    "slope": "one of two lines: a slope of zero not called significant at .05, over families",
    "turn": "two lines: a straight line not called a U or its opposite, over families",
}
SLOPES = {"no relation": 0.0, "a straight line": 1.0}
N_SAMPLES, LEVEL, MIN_CLUSTERS = 1_000, 0.05, 10


def rows() -> Iterator[dict[str, object]]:
    """Share of samples without a false finding; before by Student's t of the clustered error."""
    for cohort_id, alignment_id, property_id in PAIRS:
        known = _pair(cohort_id, alignment_id, property_id)
        alignment = known["alignment"].to_numpy()
        z = (alignment - alignment.mean()) / alignment.std()
        family = known["cluster_id"].factorize()[0]
        structure = Structure(family, np.arange(1))
        rng = np.random.default_rng(1)
        for world, slope in SLOPES.items():
            where, found = f"{cohort_id}, {alignment_id}, {world}", []
            for _ in track(range(N_SAMPLES), where):
                y = slope * z + structure.abilities(1, rng)[:, 0]
                found.append(_sample(shape(alignment, y, family)))
            table = pd.DataFrame(found).mean()
            # with a straight line that rises both slopes are true
            for what in ("turn",) if slope else TITLES:
                numbers = {when: table[f"{what}, {when}"] for when in ("before", "after")}
                yield {"interval": TITLES[what], "structure": where} | numbers


def _pair(cohort_id: str, alignment_id: str, property_id: str) -> pd.DataFrame:
    with db.connect() as con:
        return con.execute(
            "select x.score_directed as alignment, x.cluster_id from fct_downstream_scores as x "
            "inner join fct_downstream_scores as y using (cohort_id, unit_id) where "
            "cohort_id = ? and x.benchmark_id = ? and y.benchmark_id = ? order by unit_id",
            [cohort_id, alignment_id, property_id],
        ).df()


def _sample(found: dict[str, float]) -> dict[str, float]:
    sides = ("low", "high")
    slopes, errors, n = (
        np.array([found[name.format(s)] for s in sides])
        for name in ("slope_{}", "slope_{}_se", "n_clusters_{}")
    )
    p_values = {
        "before": 2 * stats.t.sf(np.abs(slopes / errors), n - 1),
        "after": np.array([found[f"slope_{s}_p_value"] for s in sides]),
    }
    is_turn = slopes.prod() < 0 and n.min() >= MIN_CLUSTERS
    return {f"slope, {when}": np.mean(p >= LEVEL) for when, p in p_values.items()} | {
        f"turn, {when}": float(not (is_turn and (p < LEVEL).all())) for when, p in p_values.items()
    }
