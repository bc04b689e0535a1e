"""How sure is what a policy for missing cells makes of the headline numbers?

Every measure is computed anew in bootstrap resamples of the models. A resample is a vector of
counts (how often each model was drawn), so that no benchmark is sorted twice. A policy that takes a
missing cell's value from other models takes it from the drawn ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compute.stats.resampling import resample_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_RESAMPLES = 500
SEED = 1
CONFIDENCE = 0.95

PARTS = ("V1", "V2", "V4", "IT", "neural_vision", "behavior_vision")
_NEURAL, _BEHAVIOUR = 4, 5
ODD_ONE_OUT = "Hebart2023-match"

FILLS = {"bounds_low": "low", "bounds_high": "high"}
"""Policies that take the value of a missing cell from other models; the others know it before."""

MEASURES = (
    "mean_spearman",
    "neural_with_behaviour",
    "r2_difference",
    "within_difference",
    "dataset_difference",
    "v2_gap",
    "leader_rank",
    "top_neural_rank",
    "odd_one_out_gap",
)


class Layout(NamedTuple):
    """What is known of the columns.

    Attributes
    ----------
    weights : ndarray, shape (6, n_benchmarks)
        Weight of each leaf in the averages :data:`PARTS`, 0 outside them.
    dataset : ndarray of int, shape (n_benchmarks,)
        A number per dataset.
    odd_one_out : int
        Column of the odd-one-out benchmark, −1 without one.
    """

    weights: Floats
    dataset: Ints
    odd_one_out: int = -1


@numba.njit(cache=True)
def _rank(rows, values, counts, place, ranks):
    """Average ranks of the rows that have a place, and their sum of squares about the mean.

    ``rows`` are drawn and present, ``values`` theirs, ascending, ``counts`` how often each was
    drawn. The rank of a row goes to ``ranks[place[row]]``; a negative place leaves it out. Ranks
    are multiples of a half, so that no sum here is rounded. 0 where the ranks of fewer than three
    models are left.
    """
    kept = np.empty(rows.size, np.int64)
    n, start, tied, below, square, value = 0, 0, 0, 0, 0.0, np.nan
    for t in range(rows.size):
        at = place[rows[t]]
        if at < 0:
            continue
        if values[t] != value:
            rank = below + (tied + 1) / 2
            for i in range(start, n):
                ranks[kept[i]] = rank
            square += tied * rank * rank
            below += tied
            start, tied, value = n, 0, values[t]
        kept[n] = at
        tied += counts[t]
        n += 1
    rank = below + (tied + 1) / 2
    for i in range(start, n):
        ranks[kept[i]] = rank
    square += tied * rank * rank
    below += tied
    mean = (below + 1) / 2
    return square - below * mean * mean if n >= 3 else 0.0


@numba.njit(cache=True, fastmath=True)
def _product(counts, first, second):
    total = 0.0
    for i in range(counts.size):
        total += counts[i] * first[i] * second[i]
    return total


@numba.njit(cache=True)
def _associate(counts, first, second, square_a, square_b):
    """Pearson of two columns of ranks; NaN where one of them does not vary."""
    if square_a <= 0 or square_b <= 0:
        return np.nan
    n = counts.sum()
    covariance = _product(counts, first, second) - n * ((n + 1) / 2) ** 2
    return min(1.0, max(-1.0, covariance / np.sqrt(square_a * square_b)))


@numba.njit(cache=True, nogil=True)
def _spearman(columns, orders, patterns, members, starts, counts, out):
    """Spearman of every pair of columns in one resample; a column is ranked once per pattern.

    ``members[starts[p]:starts[p + 1]]`` are the columns whose present rows are ``patterns[p]``.
    """
    n_benchmarks, n_models = columns.shape
    rows = np.empty((n_benchmarks, n_models), np.int32)
    values, drawn = np.empty((n_benchmarks, n_models)), np.empty((n_benchmarks, n_models), np.int32)
    lengths = np.zeros(n_benchmarks, np.int64)
    for c in range(n_benchmarks):
        for row in orders[c]:
            if counts[row] > 0 and not np.isnan(columns[c, row]):
                t = lengths[c]
                rows[c, t], values[c, t], drawn[c, t] = row, columns[c, row], counts[row]
                lengths[c] += 1
    place, times = np.empty(n_models, np.int32), np.empty(n_models)
    ranks = np.empty((2, n_benchmarks, n_models))
    squares = np.empty((2, n_benchmarks))
    for p in range(patterns.shape[0]):
        for q in range(p, patterns.shape[0]):
            n = 0
            for row in range(n_models):
                place[row] = -1
                if counts[row] > 0 and patterns[p, row] and patterns[q, row]:
                    place[row] = n
                    times[n] = counts[row]
                    n += 1
            side = 0 if p == q else 1
            for s in range(side + 1):
                block = p if s == 0 else q
                for i, c in enumerate(members[starts[block] : starts[block + 1]]):
                    m = lengths[c]
                    squares[s, i] = _rank(
                        rows[c, :m], values[c, :m], drawn[c, :m], place, ranks[s, i]
                    )
            for i, a in enumerate(members[starts[p] : starts[p + 1]]):
                for j, b in enumerate(members[starts[q] : starts[q + 1]]):
                    if p != q or i < j:
                        out[a, b] = out[b, a] = _associate(
                            times[:n],
                            ranks[0, i, :n],
                            ranks[side, j, :n],
                            squares[0, i],
                            squares[side, j],
                        )


def _averages(scores: Floats, weights: Floats) -> Floats:
    """Weighted means of the cells that are there, and the mean of neural and behaviour."""
    present = ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        parts = np.where(present, scores, 0) @ weights.T / (present @ weights.T)
    overall = (parts[:, _NEURAL] + parts[:, _BEHAVIOUR]) / 2
    # sums in another order differ in the last digits, and equal averages have to tie
    return np.round(np.column_stack([parts, overall]), 12)


def _place(values: Floats, counts: Floats, at: int) -> float:
    """Average rank of one model among the drawn, its own copies left out; 1 = best."""
    others = counts.copy()
    others[at] = 0
    above = others[values > values[at]].sum() + others[values == values[at]].sum() / 2
    return 1 + above


def _squared_correlation(x: Floats, y: Floats, counts: Floats) -> float:
    x, y = (v - counts @ v / counts.sum() for v in (x, y))
    with np.errstate(invalid="ignore", divide="ignore"):
        return float((counts @ (x * y)) ** 2 / ((counts @ (x * x)) * (counts @ (y * y))))


def _of_averages(averages: Floats, reference: Floats, counts: Ints) -> tuple[float, ...]:
    """Measures that rest on the averages of the drawn models."""
    drawn = np.flatnonzero((counts > 0) & ~np.isnan(averages[:, -1]))
    if drawn.size < 3:
        return (np.nan,) * 5
    leaders = np.flatnonzero(counts > 0)
    leader = leaders[np.argmax(reference[leaders])]
    parts, w = averages[drawn], counts[drawn].astype(float)
    neural, behaviour, overall = parts[:, _NEURAL], parts[:, _BEHAVIOUR], parts[:, -1]
    everyone, ranks = np.arange(drawn.size), np.empty((2, drawn.size))
    squares = []
    for values, own in zip((neural, behaviour), ranks, strict=True):
        order = np.argsort(values)
        squares.append(_rank(order, values[order], counts[drawn][order], everyone, own))
    present = ~np.isnan(parts[:, :4])
    with np.errstate(invalid="ignore"):
        v1, v2, v4, it = (w @ np.where(present, parts[:, :4], 0)) / (w @ present)
    place = np.flatnonzero(drawn == leader)
    return (
        _associate(w, *ranks, *squares),
        _squared_correlation(behaviour, overall, w) - _squared_correlation(neural, overall, w),
        np.minimum(np.minimum(v1, v4), it) - v2,
        _place(overall, w, place[0]) if place.size else np.nan,
        _place(neural, w, int(np.argmax(overall))),
    )


def _pair_groups(layout: Layout) -> Floats:
    """Which pairs of columns each mean runs over: rows of 0 and 1 over the upper triangle."""
    above = np.triu_indices(layout.weights.shape[1], 1)
    is_neural, is_behavioural, is_v1 = layout.weights[[_NEURAL, _BEHAVIOUR, 0]] > 0
    is_odd = np.arange(layout.weights.shape[1]) == layout.odd_one_out
    a, b = above
    one_dataset = layout.dataset[a] == layout.dataset[b]
    with_odd = is_odd[a] | is_odd[b]
    return np.array(
        [
            np.ones(len(a), bool),
            is_neural[a] & is_neural[b],
            is_behavioural[a] & is_behavioural[b],
            one_dataset,
            ~one_dataset,
            with_odd & (is_v1[a] | is_v1[b]),
            with_odd & is_behavioural[a] & is_behavioural[b],
        ],
        float,
    )


def policy_measures(
    scores: ArrayLike,
    filled: ArrayLike,
    reference: ArrayLike,
    layout: Layout,
    counts: ArrayLike,
    fill: str | None = None,
) -> Floats:
    """Headline measures under one policy in every resample of the models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        What the policy puts in each cell; NaN where it leaves the cell out.
    filled : array_like of bool, same shape
        Cells that the policy made up.
    reference : array_like, shape (n_models,)
        Brain-Score's own average, missing as zero: the leader is the best drawn model by it, the
        first of equals.
    layout : Layout
        What is known of the benchmarks.
    counts : array_like of int, shape (n_resamples, n_models)
        How often each model is drawn; a row of ones is the cohort itself.
    fill : {"low", "high"}, optional
        Give made-up cells the smallest or the largest score of the drawn models that have one.

    Returns
    -------
    ndarray, shape (n_resamples, 9)
        Columns :data:`MEASURES`. NaN where a measure is not defined: fewer than three models, no
        odd-one-out benchmark, a leader without an average under this policy.

    Raises
    ------
    ValueError
        The shapes do not fit, or there is no such fill.
    """
    scores = np.array(scores, float)
    filled, reference = np.asarray(filled, bool), np.asarray(reference, float)
    counts = np.asarray(counts, np.int64)
    n_models, n_benchmarks = scores.shape
    fits = filled.shape == scores.shape and reference.shape == counts.shape[1:] == (n_models,)
    if not fits or layout.weights.shape != (len(PARTS), n_benchmarks):
        raise ValueError(f"scores {scores.shape}, counts {counts.shape}: the shapes do not fit")
    if fill not in (None, "low", "high"):
        raise ValueError(f"no fill {fill!r}")
    observed = np.where(filled, np.nan, scores) if fill else scores
    place = {"low": -np.inf, "high": np.inf}.get(fill)
    orders = np.argsort(np.where(filled, place, scores) if fill else scores, axis=0).T.copy()
    # columns with the same holes are ranked together
    patterns, of_column = np.unique((filled | ~np.isnan(scores)).T, axis=0, return_inverse=True)
    members = np.argsort(of_column, kind="stable")
    starts = np.searchsorted(of_column[members], np.arange(len(patterns) + 1))
    above, groups = np.triu_indices(n_benchmarks, 1), _pair_groups(layout)
    estimates = np.full((n_benchmarks, n_benchmarks), np.nan)
    averages, columns = _averages(scores, layout.weights), scores.T.copy()
    out = np.empty((len(counts), len(MEASURES)))
    for b, count in enumerate(counts):
        if fill:
            extreme = np.fmin if fill == "low" else np.fmax
            scores = np.where(filled, extreme.reduce(observed[count > 0], axis=0), scores)
            averages, columns = _averages(scores, layout.weights), scores.T.copy()
        _spearman(columns, orders, patterns, members, starts, count, estimates)
        pairs = estimates[above]
        known = ~np.isnan(pairs)
        with np.errstate(invalid="ignore"):
            means = groups @ np.where(known, pairs, 0) / (groups @ known)
        everywhere, neural, behaviour, one, several, with_v1, with_behaviour = means
        association, r2_difference, v2_gap, leader, top = _of_averages(averages, reference, count)
        out[b] = (
            *(everywhere, association, r2_difference, behaviour - neural, one - several),
            *(v2_gap, leader, top, with_v1 - with_behaviour),
        )
    return out


def measures_frame(
    cells: pd.DataFrame,
    weights: pd.DataFrame,
    benchmarks: pd.DataFrame,
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Each measure under each policy, with its percentile bootstrap interval over models.

    Parameters
    ----------
    cells : DataFrame
        ``int_policy_cells_filled``; every model of a cohort stands under the policy zero.
    weights : DataFrame
        ``int_cohort_benchmarks_weighted``.
    benchmarks : DataFrame
        With benchmark_id and dataset.
    n_resamples, seed : int
        The policies of a cohort see the same resamples of all its models.

    Returns
    -------
    DataFrame
        cohort_id, policy, measure, value, ci_low, ci_high, n_resamples (those in which the measure
        is defined). Measures that are not defined on the cohort itself have no row.
    """
    dataset = benchmarks.set_index("benchmark_id")["dataset"]
    tails = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
    found = []
    for cohort_id, group in cells.groupby("cohort_id", sort=True):
        zero = group[group["policy"] == "zero"]
        models = zero[["source_model_key", "variant_id"]].drop_duplicates()
        # of equals the one with the lowest number leads
        number = pd.to_numeric(models["source_model_key"], errors="coerce")
        models = pd.MultiIndex.from_frame(
            models.assign(number=number).sort_values(["number", *models.columns])[models.columns]
        )
        names = pd.Index(sorted(group["benchmark_id"].unique()))
        share = weights[weights["cohort_id"] == cohort_id]
        share = share.pivot(index="ancestor_id", columns="leaf_id", values="weight")
        layout = Layout(
            share.reindex(index=PARTS, columns=names).fillna(0).to_numpy(),
            pd.factorize(dataset.reindex(names))[0],
            names.get_loc(ODD_ONE_OUT) if ODD_ONE_OUT in names else -1,
        )
        wide = {
            policy: part.pivot(
                index=["source_model_key", "variant_id"],
                columns="benchmark_id",
                values=["score", "is_filled"],
            ).reindex(models)
            for policy, part in group.groupby("policy", sort=True)
        }
        reference = _averages(
            wide["zero"]["score"].reindex(columns=names).to_numpy(float), layout.weights
        )[:, -1]
        drawn = resample_counts(len(models), n_resamples, seed)
        drawn = np.vstack([np.ones(len(models), drawn.dtype), drawn])
        for policy, part in wide.items():
            values = policy_measures(
                part["score"].reindex(columns=names).to_numpy(float),
                part["is_filled"].reindex(columns=names).eq(True).to_numpy(),
                reference,
                layout,
                drawn,
                FILLS.get(policy),
            )
            for measure, value, resampled in zip(MEASURES, values[0], values[1:].T, strict=True):
                resampled = resampled[~np.isnan(resampled)]
                if np.isnan(value) or not resampled.size:
                    continue
                limits = np.quantile(resampled, tails)
                found.append((cohort_id, policy, measure, value, *limits, resampled.size))
    columns = ["cohort_id", "policy", "measure", "value", "ci_low", "ci_high", "n_resamples"]
    types = dict.fromkeys(columns[3:6], "float64") | {"n_resamples": "int64"}
    types |= dict.fromkeys(columns[:3], "str")
    return pd.DataFrame(found, columns=columns).astype(types)
