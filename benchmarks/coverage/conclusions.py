"""Coverage of the limits that decide whether a conclusion holds."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.coverage.structures import WORLDS, Floats, Structure, structure_of
from compute.stats.frames.missing import measure_frame
from compute.stats.missing import MEASURES, PARTS, Layout, held_out_ranks, policy_measures
from compute.stats.resampling import percentile_interval, resample_counts
from warehouse import db

COHORTS = ("brainscore_2024_all",)
HELD_OUT = "held_out_rank"
N_SAMPLES, N_TRUTH, N_BEFORE = 200, 40, 100


def rows() -> Iterator[dict[str, object]]:
    """Coverage of each measure's limits, before by drawing single models."""
    for cohort_id in COHORTS:
        structure, layout = structure_of(cohort_id), _layout(cohort_id)
        for name in ("datasets much alike", "datasets that differ"):
            rng, where = np.random.default_rng(1), f"{cohort_id}, {name}"
            found = [
                _sample(structure, layout, WORLDS[name], rng)
                for _ in track(range(N_SAMPLES), where)
            ]
            table = pd.DataFrame(found).mean()
            for measure in (*MEASURES, HELD_OUT):
                if f"{measure}, after" in table:
                    over = "datasets" if measure == HELD_OUT else "families"
                    yield {
                        "interval": f"conclusions: {measure}, over {over}",
                        "structure": where,
                        "before": table.get(f"{measure}, before"),
                        "after": table[f"{measure}, after"],
                    }


def _layout(cohort_id: str) -> Layout:
    with db.connect() as con:
        parts = con.execute(
            "select distinct p.benchmark_id, leaf_id, coalesce(dataset, leaf_id) as dataset, "
            "weight from bridge_benchmark_leaves as p "
            "inner join dim_benchmarks as b on leaf_id = b.benchmark_id "
            "where cohort_id = ? and p.benchmark_id in (select unnest(?))",
            [cohort_id, list(PARTS)],
        ).df()
    parts = parts.sort_values(["dataset", "leaf_id"])
    wide = parts.pivot(index="benchmark_id", columns="leaf_id", values="weight")
    leaves = parts.drop_duplicates("leaf_id")
    weights = wide.reindex(index=PARTS, columns=leaves["leaf_id"]).fillna(0).to_numpy()
    return Layout(weights, pd.factorize(leaves["dataset"])[0])


def _sample(
    structure: Structure, layout: Layout, world: dict[str, float], rng: np.random.Generator
) -> dict[str, float]:
    """Whether the limits of one sample hold the mean of other samples of the same kind."""
    structure = Structure(structure.family, layout.dataset)
    general, loadings = structure.abilities(1, rng), structure.loadings(world, rng)
    scores = structure.scores(general, loadings, rng)
    filled = np.zeros(scores.shape, bool)

    def measured(rows: Floats) -> Floats:
        return policy_measures(rows, filled[: len(rows)], layout)

    others = (structure.scores(structure.abilities(1, rng), loadings, rng) for _ in range(N_TRUTH))
    truth = dict(zip(MEASURES, np.mean([measured(rows) for rows in others], axis=0), strict=True))
    # of the models that these scores choose, on other datasets
    truth[HELD_OUT] = np.mean(
        [
            held_out_ranks(
                structure.scores(general, structure.loadings(world, rng), rng), scores, layout
            ).mean()
            for _ in range(N_TRUTH)
        ]
    )
    after = measure_frame(*_tables(structure, layout, scores)).set_index("measure")
    drawn = resample_counts(len(scores), N_BEFORE, rng)
    copies = [measured(np.repeat(scores, counts, axis=0)) for counts in drawn]
    limits = np.array(percentile_interval(np.array(copies).T)).T
    before = dict(zip(MEASURES, limits, strict=True))
    found = {}
    for measure, row in after.iterrows():
        if measure in truth and not np.isnan(row["ci_low"]):
            found[f"{measure}, after"] = _holds(row["ci_low"], truth[measure], row["ci_high"])
        if measure in before:
            low, high = before[measure]
            found[f"{measure}, before"] = _holds(low, truth[measure], high)
    return found


def _tables(structure: Structure, layout: Layout, scores: Floats) -> tuple[pd.DataFrame, ...]:
    names = [f"b{i:03}" for i in range(scores.shape[1])]
    wide = pd.DataFrame(scores, columns=names).rename_axis("source_model_key").reset_index()
    cells = wide.melt("source_model_key", var_name="benchmark_id", value_name="score")
    cells["family"] = structure.family[cells["source_model_key"]].astype(str)
    cells["source_model_key"] = cells["source_model_key"].astype(str)
    cells = cells.assign(cohort_id="c", policy="zero", variant_id="", is_filled=False)
    shares = pd.DataFrame(layout.weights, pd.Index(PARTS, name="ancestor_id"), names)
    weights = shares.melt(ignore_index=False, var_name="leaf_id", value_name="weight").reset_index()
    weights = weights[weights["weight"] > 0].assign(cohort_id="c")
    about = pd.DataFrame({"benchmark_id": names, "dataset": layout.dataset.astype(str)})
    return cells, cells, weights, about


def _holds(low: float, truth: float, high: float) -> float:
    return float(low <= truth <= high)
