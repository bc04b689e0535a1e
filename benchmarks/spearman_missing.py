"""All-pairs Spearman with missing cells: the kernel against plain SQL and three peers.

Spearman with holes must rank inside the models that a pair shares. The SQL is that of the data test
``assert_spearman_is_that_of_plain_sql``, on DuckDB with one thread. The peers: pandas
``DataFrame.corr`` (estimate alone), a loop of scipy's ``spearmanr`` and a loop of pingouin's
``corr``.
"""

import argparse
import itertools
import os

import duckdb
import numba
import numpy as np
import pandas as pd
import pingouin
from scipy import stats

from benchmarks.measure import processor_seconds, publish, ratios
from compute.stats.correlation import correlation_p_value, pairwise_spearman

_RANK = """
    rank() over (partition by benchmark_a, benchmark_b order by score_{side})
    + (count(*) over (partition by benchmark_a, benchmark_b, score_{side}) - 1) / 2
"""
SQL = f"""
    with paired as (
        select
            a.benchmark_id as benchmark_a,
            b.benchmark_id as benchmark_b,
            a.score as score_a,
            b.score as score_b
        from scores as a
        inner join scores as b using (model)
        where a.benchmark_id < b.benchmark_id
    ),

    ranked as (
        select
            *,
            {_RANK.format(side="a")} as rank_a,
            {_RANK.format(side="b")} as rank_b
        from paired
    )

    select benchmark_a, benchmark_b, count(*) as n_models, corr(rank_a, rank_b) as estimate
    from ranked
    group by all
    order by all
"""


def scores(n_models: int, n_benchmarks: int, missing: float, seed: int) -> np.ndarray:
    """Scores with a common factor, two decimals (so that there are ties) and holes."""
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(n_models, 1))
    values = np.round(0.5 * common + generator.normal(size=(n_models, n_benchmarks)), 2)
    values[generator.random(values.shape) < missing] = np.nan
    return values


def database(values: np.ndarray) -> duckdb.DuckDBPyConnection:
    """The scores as a table in memory."""
    model, benchmark = np.nonzero(~np.isnan(values))
    long = {"model": model, "benchmark_id": benchmark, "score": values[model, benchmark]}
    con = duckdb.connect(config={"threads": 1})
    con.register("long", pd.DataFrame(long))
    con.execute("create table scores as select * from long")
    return con


def by_sql(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Estimate, n and p of every pair, ordered."""
    pairs = con.sql(SQL).df()
    pairs["p_value"] = correlation_p_value(pairs["estimate"], pairs["n_models"])
    return pairs


def by_kernel(values: np.ndarray, above: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same from the kernel."""
    estimate, n_models = (matrix[above] for matrix in pairwise_spearman(values))
    return estimate, n_models, correlation_p_value(estimate, n_models)


def shared(values: np.ndarray, a: int, b: int) -> np.ndarray:
    """The two columns over the models that both have."""
    both = values[:, (a, b)]
    return both[~np.isnan(both).any(axis=1)]


def by_scipy(values: np.ndarray, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Estimate and p of each pair."""
    return np.array([stats.spearmanr(shared(values, a, b)) for a, b in pairs])


def by_pingouin(values: np.ndarray, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Estimate and p of each pair (its row also holds the interval and the power)."""
    rows = [pingouin.corr(*shared(values, a, b).T, method="spearman") for a, b in pairs]
    p_name = "p_val" if "p_val" in rows[0] else "p-val"  # renamed at 0.6
    return np.array([(row["r"].item(), row[p_name].item()) for row in rows])


def main() -> None:
    """Compare for equality, time, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=241)
    parser.add_argument("--benchmarks", type=int, default=51)
    parser.add_argument("--missing", type=float, default=0.3)
    parser.add_argument("--runs", type=int, default=7, help="rounds, at least 5")
    parser.add_argument("--pingouin-pairs", type=int, default=100)
    options = parser.parse_args()
    runs = max(5, options.runs)

    values = scores(options.models, options.benchmarks, options.missing, seed=2026)
    frame = pd.DataFrame(values)
    pairs = list(itertools.combinations(range(options.benchmarks), 2))
    above = tuple(np.array(pairs).T)
    drawn = np.random.default_rng(7).choice(len(pairs), options.pingouin_pairs, replace=False)
    sample = [pairs[i] for i in drawn]
    con = database(values)

    numba.set_num_threads(1)  # as the others; two threads also stall when the cores are shared
    ours, peer = by_sql(con), by_scipy(values, pairs)
    kernel_estimate, kernel_n, kernel_p = by_kernel(values, above)
    n_shared = np.array([len(shared(values, a, b)) for a, b in pairs])
    np.testing.assert_array_equal(ours["n_models"], n_shared)
    np.testing.assert_array_equal(kernel_n, n_shared)
    pingouins = by_pingouin(values, sample)
    differences = {
        "SQL and scipy, estimate": ours["estimate"] - peer[:, 0],
        "SQL and scipy, p": ours["p_value"] - peer[:, 1],
        "kernel and scipy, estimate": kernel_estimate - peer[:, 0],
        "kernel and scipy, p": kernel_p - peer[:, 1],
        "SQL and pandas, estimate": ours["estimate"]
        - frame.corr(method="spearman").to_numpy()[above],
        "SQL and pingouin, estimate (sample)": ours["estimate"].to_numpy()[drawn] - pingouins[:, 0],
        "SQL and pingouin, p (sample)": ours["p_value"].to_numpy()[drawn] - pingouins[:, 1],
    }
    largest = {name: float(np.abs(d).max()) for name, d in differences.items()}
    unequal = {name: d for name, d in largest.items() if not d <= 1e-12}
    # the digits of p near 1 are compute.stats own matter: estimates must agree before timing
    if any("estimate" in name for name in unequal):
        raise SystemExit(f"not equal to 1e-12, nothing timed: {unequal}")

    scale = len(pairs) / len(sample)
    rows = [
        ("**kernel** `compute.stats.correlation`", "ρ, n, p", lambda: by_kernel(values, above), 1),
        ("pandas `DataFrame.corr`", "ρ", lambda: frame.corr(method="spearman"), 1),
        ("plain SQL", "ρ, n, p", lambda: by_sql(con), 1),
        ("scipy `spearmanr`, loop", "ρ, p", lambda: by_scipy(values, pairs), 1),
        (
            f"pingouin `corr`, loop ({len(sample)} of {len(pairs)} pairs, scaled up)",
            "ρ, n, p, interval, power",
            lambda: by_pingouin(values, sample),
            scale,
        ),
    ]
    # time on the clock also counts other processes' turns, which are longer than the kernel
    times = processor_seconds([(function, factor) for *_, function, factor in rows], runs)
    seconds, ratio = np.median(times, axis=0), ratios(times)
    speed = np.median(times[:, 1:2] / times, axis=0)

    lines = [
        f"# All-pairs Spearman, {options.models} models × {options.benchmarks} benchmarks, "
        f"{options.missing:.0%} of the cells missing",
        "",
        f"{len(pairs):,} pairs that share {n_shared.min()} to {n_shared.max()} models, scores with "
        f"ties. Processor time, medians of {runs} rounds in which all take turns, 2 shared cores "
        f"(load average {os.getloadavg()[0]:.1f} at the end); trust the "
        "ratios. One thread each.",
        "",
        "| way | gives | ms | speed, pandas = 1 |",
        "|---|---|---:|---:|",
    ]
    lines += [
        f"| {name} | {gives} | {1e3 * s:,.1f} | {v:.2g} |"
        for (name, gives, *_), s, v in zip(rows, seconds, speed, strict=True)
    ]
    lines += [
        "",
        f"The kernel is {ratio(2, 0):,.0f} times as fast as the SQL, {ratio(3, 0):,.0f} times as "
        f"the scipy loop and {ratio(4, 0):,.0f} times as the pingouin loop. pandas re-ranks inside "
        "each pair too.",
        "",
        "Compared before timing, largest absolute difference:",
        "",
        "| | |",
        "|---|---:|",
    ]
    lines += [f"| {name} | {d:.1e} |" for name, d in largest.items()]
    publish("spearman_missing", lines)


if __name__ == "__main__":
    main()
