"""Partial correlations over the whole declared grid: one kernel against a loop over pingouin.

Both sides read the same scores of the built warehouse, pair by pair over the units that have both
and the covariate. Every pair that has an estimate is compared first, r, p and Pearson's limits, to
1e-10; then both are timed. pingouin is given each pair's columns as a data frame that is ready;
preparing it is not timed, and neither is reading the file.
"""

import click
import numpy as np
import pandas as pd
import pingouin

from benchmarks.measure import publish, seconds
from compute.stats import relations
from compute.stats.correlation import correlation_interval
from warehouse import db

SCORES = "select * from marts.fct_downstream_scores"
PAIRS = """\
select distinct cohort_id, alignment_id, property_id
from marts.fct_downstream_relations
where covariate = 'imagenet_top1' and state = 'estimated'
order by all"""


def matrices() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Scores, columns of the pairs, and covariate of each cohort."""
    with db.connect() as con:
        scores, pairs = con.execute(SCORES).df(), con.execute(PAIRS).df()
    made = []
    for cohort_id, wanted in pairs.groupby("cohort_id"):
        part = scores[scores["cohort_id"] == cohort_id]
        wide = part.pivot(index="unit_id", columns="benchmark_id", values="score_directed")
        top1 = part.drop_duplicates("unit_id").set_index("unit_id").loc[wide.index]
        columns = [wide.columns.get_indexer(wanted[c]) for c in ("alignment_id", "property_id")]
        held = top1["imagenet_top1"].to_numpy(float)
        made.append((wide.to_numpy(), np.column_stack(columns), held))
    return made


def ours(made: list, method: str, transform: str) -> np.ndarray:
    """r, p and limits of every pair."""
    found = []
    for scores, pairs, held in made:
        r, n = relations.correlations(scores, pairs, held, method=method, transform=transform)
        p, *_ = relations.naive_inference(r, n, method, 1)
        # pingouin takes Pearson's interval for Spearman too
        found.append(np.column_stack([r, p, *correlation_interval(r, n - 1, "pearson")]))
    return np.vstack(found)


def frames(made: list, transform: str) -> list[pd.DataFrame]:
    """What pingouin is given, pair by pair."""
    found = []
    for scores, pairs, held in made:
        for a, b in pairs:
            frame = pd.DataFrame({"x": scores[:, a], "y": scores[:, b], "c": held}).dropna()
            if transform == "z2":
                z = (frame["x"] - frame["x"].mean()) / frame["x"].std()
                frame["x"] = tied(z.abs().to_numpy()) ** 2
            found.append(frame)
    return found


def tied(distances: np.ndarray) -> np.ndarray:
    """Distances that differ by rounding alone, made equal: two units can be equally far out."""
    order = np.argsort(distances)
    steps = np.diff(distances[order], prepend=0)
    snapped = np.empty(len(distances))
    snapped[order] = np.cumsum(np.where(steps > 1e-12, steps, 0))
    return snapped


def theirs(found: list[pd.DataFrame], method: str) -> list[pd.DataFrame]:
    """One call of pingouin per pair."""
    return [pingouin.partial_corr(frame, "x", "y", "c", method=method) for frame in found]


def compared(made: list, method: str, transform: str) -> tuple[float, list[pd.DataFrame]]:
    """Largest difference of r, p and limits, and the frames; refuses one beyond 1e-10."""
    found = frames(made, transform)
    rows = pd.concat(theirs(found, method))
    n = rows["n"].to_numpy() - 1
    limits = [
        pingouin.compute_esci(r, k, k, eftype="r", decimals=14)
        for r, k in zip(rows["r"], n, strict=True)
    ]
    expected = np.column_stack([rows["r"], rows["p_val"], np.array(limits)])
    difference = float(np.abs(ours(made, method, transform) - expected).max())
    if not difference < 1e-10:
        raise SystemExit(f"{method} of {transform} differs from pingouin by {difference:.1e}")
    return difference, found


@click.command()
@click.option("--runs", default=5, show_default=True)
@click.option("--peer-runs", default=1, show_default=True, help="Of the loop over pingouin.")
def main(runs: int, peer_runs: int) -> None:
    """Compare, then time, then write the table."""
    made = matrices()
    n_pairs = sum(len(pairs) for _, pairs, _ in made)
    if not n_pairs:
        raise SystemExit("no pair has a partial estimate: build with sources (make warehouse)")
    lines = [
        "# Partial correlations over the grid",
        "",
        f"{n_pairs:,} pairs of {len(made)} cohorts with ImageNet top-1 held fixed, two shared "
        f"cores, medians of {runs} runs (pingouin: {peer_runs}, over all pairs). Equal in r, p and "
        "limits over the whole grid. The ratios are the claim.",
        "",
        "| correlation | of | largest difference | ours | pingouin loop | × pingouin |",
        "|---|---|---|---|---|---|",
    ]
    for method in relations.METHODS:
        for transform in relations.TRANSFORMS:
            difference, found = compared(made, method, transform)
            fast = seconds(lambda m=method, t=transform: ours(made, m, t), runs)
            slow = seconds(lambda f=found, m=method: theirs(f, m), peer_runs)
            name = "alignment" if transform == "raw" else "z²"
            lines.append(
                f"| {method} | {name} | {difference:.0e} | {fast * 1000:.0f} ms | {slow:.1f} s "
                f"| {slow / fast:.0f} |"
            )
    publish("downstream_relations", lines)


if __name__ == "__main__":
    main()
