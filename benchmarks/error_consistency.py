"""Error consistency of all observer pairs: the warehouse's SQL against a toolbox-style loop.

The trials are the real ones, from a built warehouse. The SQL is the text of the dbt models
themselves, from trials to κ: images numbered, answers packed into bitstrings, pairs by bit
operations. It runs on DuckDB with one thread as in a build. The peers: a nested loop over dataset,
condition and pair that filters and joins a data frame each time, as the toolbox does (a random
sample of pairs, scaled up), and a loop over a pivoted array.
"""

import argparse
import itertools
import os
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.measure import processor_seconds, publish, ratios, sql_of_trials
from ingest import settings
from warehouse import db

MODELS = settings.DBT_PROJECT / "models" / "intermediate" / "trials"
PACKING = ("int_trial_stimuli_numbered", "int_observer_decisions_packed")
PAIRING = ("int_observer_pairs_counted", "int_observer_pairs_estimated")
ALONE = """
with numbered as (
    select
        *,
        dense_rank() over (order by dataset_id, condition) as cell,
        row_number() over (order by source_id, observer_id, dataset_id, condition) as place
    from int_observer_decisions_packed
),
pairs as (
    select
        a.dataset_id, a.condition, a.source_id as source_a, a.observer_id as observer_a,
        b.source_id as source_b, b.observer_id as observer_b,
        bit_count(a.seen & b.seen) as n, bit_count(a.correct & b.seen) / n as p,
        bit_count(b.correct & a.seen) / n as q,
        1 - bit_count(xor(a.correct, b.correct) & a.seen & b.seen) / n as observed,
        p * q + (1 - p) * (1 - q) as expected
    from numbered as a
    inner join numbered as b on a.cell = b.cell and a.place < b.place
)
select *, case when n >= 160 then (observed - expected) / nullif(1 - expected, 0) end as kappa
from pairs where n > 0
"""
"""What the loops compute and no more, from the same bitstrings."""
AT_LEAST = 160
"""Shared images below which there is no estimate."""


def model_sql(name: str) -> str:
    """The text of a dbt model with the names of its inputs put in."""
    return sql_of_trials((MODELS / f"{name}.sql").read_text("utf-8"))


def database(trials: pd.DataFrame, datasets: pd.DataFrame, path: Path) -> duckdb.DuckDBPyConnection:
    """Trials and their datasets as tables in a file, under the names that the models read."""
    con = duckdb.connect(path, config={"threads": 1})
    for name, frame in (("int_trials_unioned", trials), ("trial_datasets", datasets)):
        con.register("frame", frame)
        con.execute(f"create table {name} as select * from frame")
        con.unregister("frame")
    con.execute("checkpoint")
    return con


def run(con: duckdb.DuckDBPyConnection, queries: dict[str, str]) -> None:
    """Make the tables of these models anew, in memory as the results of the loops."""
    for name, sql in queries.items():
        con.execute(f"create or replace temp table {name} as {sql}")


def kappa(first: np.ndarray, second: np.ndarray) -> float:
    """Cohen's kappa of two arrays of right and wrong."""
    if len(first) < AT_LEAST:
        return np.nan
    p_first, p_second = first.mean(), second.mean()
    expected = p_first * p_second + (1 - p_first) * (1 - p_second)
    return np.nan if expected == 1 else ((first == second).mean() - expected) / (1 - expected)


def by_pandas(trials: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    """One pair at a time: filter the frame for each observer, join on the image."""
    out = []
    for pair in pairs.itertuples():
        here = trials[
            (trials["dataset_id"] == pair.dataset_id) & (trials["condition"] == pair.condition)
        ]
        first = here[
            (here["source_id"] == pair.source_a) & (here["observer_id"] == pair.observer_a)
        ]
        second = here[
            (here["source_id"] == pair.source_b) & (here["observer_id"] == pair.observer_b)
        ]
        both = first.merge(second, on="image_key")
        out.append(kappa(both["is_correct_x"].to_numpy(), both["is_correct_y"].to_numpy()))
    return np.array(out)


def pivoted(trials: pd.DataFrame) -> list[tuple]:
    """Two arrays, observers × images, of each dataset and condition: seen, and right."""
    out = []
    for where, part in trials.groupby(["dataset_id", "condition"], observed=True, sort=False):
        observers = part.groupby(["source_id", "observer_id"], observed=True, sort=False)
        images = part.groupby("image_key", observed=True, sort=False)
        row, column = images.ngroup().to_numpy(), observers.ngroup().to_numpy()
        seen = np.zeros((observers.ngroups, images.ngroups), bool)
        right = np.zeros_like(seen)
        seen[column, row] = True
        right[column, row] = part["is_correct"].to_numpy()
        out.append((where, [key for key, _ in observers], seen, right))
    return out


def by_numpy(arrays: list[tuple]) -> dict[tuple, float]:
    """Loop over the pairs of rows."""
    out = {}
    for where, names, seen, right in arrays:
        for a, b in itertools.combinations(range(len(names)), 2):
            shared = seen[a] & seen[b]
            if shared.any():
                value = kappa(right[a, shared], right[b, shared])
                out[(*where, frozenset((names[a], names[b])))] = value
    return out


def main() -> None:
    """Compare for equality, time, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="rounds, at least 5")
    parser.add_argument("--sample", type=int, default=40, help="pairs for the nested loop")
    options = parser.parse_args()
    runs = max(5, options.runs)

    with db.connect() as con:
        trials = con.execute(
            "select source_id, dataset_id, observer_id, is_human, condition, is_excluded, "
            "image_key, category, is_correct, response, false as is_undistorted, "
            "null::varchar as repeats_source_id from fct_trials"
        ).df()
        datasets = con.execute("select dataset_id, is_by_age from dim_trial_datasets").df()
    plain = trials[
        ["source_id", "dataset_id", "observer_id", "condition", "image_key", "is_correct"]
    ]
    packing, pairing = ({n: model_sql(n) for n in names} for names in (PACKING, PAIRING))
    folder = tempfile.TemporaryDirectory()
    one = database(trials, datasets, Path(folder.name) / "trials.duckdb")

    run(one, packing | pairing)
    ours = one.sql(
        "select dataset_id, condition, source_a, observer_a, source_b, observer_b, n_shared, "
        "error_consistency from int_observer_pairs_estimated where condition != 'all' order by all"
    ).df()
    arrays = pivoted(plain)
    looped = by_numpy(arrays)

    def key(r) -> tuple:
        both = frozenset(((r.source_a, r.observer_a), (r.source_b, r.observer_b)))
        return r.dataset_id, r.condition, both

    keys = [key(r) for r in ours.itertuples()]
    if set(keys) != set(looped):
        raise SystemExit("the loop and the SQL do not have the same pairs, nothing timed")
    drawn = ours.sample(options.sample, random_state=7)
    differences = {
        "pivoted loop": np.array([looped[k] for k in keys]) - ours["error_consistency"],
        "nested loop (sample)": by_pandas(plain, drawn) - drawn["error_consistency"].to_numpy(),
    }
    run(one, {"alone": ALONE})
    alone = {key(r): r.kappa for r in one.sql("select * from alone").df().itertuples()}
    differences["κ alone"] = np.array([alone[k] for k in keys]) - ours["error_consistency"]
    empty = {
        "pivoted loop": np.isnan([looped[k] for k in keys]) != ours["error_consistency"].isna()
    }
    largest = {name: float(np.nanmax(np.abs(d))) for name, d in differences.items()}
    if any(not d <= 1e-12 for d in largest.values()) or empty["pivoted loop"].any():
        raise SystemExit(f"not equal to 1e-12, nothing timed: {largest}")

    scale = len(ours) / len(drawn)
    both, lean = packing | pairing, packing | {"alone": ALONE}
    rows = [
        ("**SQL**, trials to κ, the dbt models", lambda: run(one, both), 1),
        ("**SQL**, trials to κ alone", lambda: run(one, lean), 1),
        ("**SQL**, pairs to κ alone", lambda: run(one, {"alone": ALONE}), 1),
        ("numpy, pivot and loop", lambda: by_numpy(pivoted(plain)), 1),
        ("numpy, loop over pairs alone", lambda: by_numpy(arrays), 1),
        (
            f"pandas, nested loop ({len(drawn)} of {len(ours):,} pairs, scaled up)",
            lambda: by_pandas(plain, drawn),
            scale,
        ),
    ]
    times = processor_seconds([(function, factor) for *_, function, factor in rows], runs)
    seconds, ratio = np.median(times, axis=0), ratios(times)

    n_enough = int((ours["n_shared"] >= AT_LEAST).sum())
    n_names = len(trials[["source_id", "observer_id"]].drop_duplicates())
    lines = [
        f"# Error consistency of {len(ours):,} pairs over {len(trials):,} trials",
        "",
        "A pair is two observers in one dataset and condition: "
        f"{trials['dataset_id'].nunique()} datasets, {n_names} names, {n_enough:,} pairs with "
        f"{AT_LEAST} shared images or more. Medians of {runs} rounds in which all take turns, on 2 "
        f"shared cores (load average {os.getloadavg()[0]:.1f} at the end); trust the ratios. One "
        "thread, as in a build. The dbt models are run as their text stands: beside κ they give "
        "the pooled row of each pair, counts of both halves of the images, and intervals.",
        "",
        "| way | s |",
        "|---|---:|",
        *(f"| {name} | {s:,.2f} |" for (name, *_), s in zip(rows, seconds, strict=True)),
        "",
        f"From trials to κ the dbt models are {ratio(5, 0):,.0f} times as fast as the nested loop "
        f"and {ratio(3, 0):.1f} times as fast as pivot and loop; with nothing but κ, as the loops, "
        f"{ratio(5, 1):,.0f} and {ratio(3, 1):.1f} times. Pairs alone, once answers are packed or "
        f"pivoted: {ratio(5, 2):,.0f} times the nested loop, {ratio(4, 2):.1f} times the numpy "
        "loop.",
        "",
        "Compared before timing, largest absolute difference: "
        + ", ".join(f"{name} {d:.0e}" for name, d in largest.items())
        + ".",
    ]
    publish("error_consistency", lines)


if __name__ == "__main__":
    main()
