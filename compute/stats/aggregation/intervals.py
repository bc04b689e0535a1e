"""How sure a rank is: datasets left out in turn, pairs of models tested, other families of rivals.

Benchmarks come in datasets, which are the sample: other datasets would order the models otherwise.
The difference of two models' aggregated scores is made again without each dataset, and the spread
of those gives its error (delete-one-dataset jackknife, with Student's t). Rivals come in families,
the other sample: with other families a model would stand elsewhere.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from compute.stats.aggregation.schemes import REFERENCE, SCHEMES, aggregate, rank, scheme_named
from compute.stats.budget import spread_evenly
from compute.stats.clusters import jackknife_error, share_interval
from compute.stats.ranks import Floats, Ints, round_significant, score_matrix

COLUMNS = (
    "score",
    "score_minmax",
    "score_rank",
    "n_datasets",
    "rank_ci_low",
    "rank_ci_high",
    "probability_above_next",
    "n_above_holm",
    "n_below_holm",
    "rank_family_ci_low",
    "rank_family_ci_high",
    "rank_min_left_out",
    "rank_min_left_out_dataset",
    "rank_max_left_out",
    "rank_max_left_out_dataset",
    "rank_shift",
)
"""What :func:`rankings` says of every model."""

_NOISE = 1e-12
"""An error below so much of the largest score is rounding: the difference never changes."""


def _sorted_columns(scores: Floats) -> Floats:
    """Benchmarks in an order of their own: how the caller lists them decides nothing."""
    return np.ascontiguousarray(scores[:, np.lexsort(scores)])


class LeftOut(NamedTuple):
    """Scores of some benchmarks without each dataset in turn.

    Attributes
    ----------
    datasets : ndarray of str, shape (n_datasets,)
        In sorted order.
    scores : list of ndarray
        Models × the benchmarks that are left, for each dataset, in an order of their own.
    rests_on : ndarray of bool, shape (n_datasets, n_models)
        Whether a model has a score of the dataset.
    effective : float
        Effective number of datasets, 1 / Σ share² of their shares of the weight (Kish).
    """

    datasets: NDArray[np.str_]
    scores: list[Floats]
    rests_on: NDArray[np.bool_]
    effective: float

    @classmethod
    def of(
        cls, leaves: ArrayLike, datasets: ArrayLike, weights: ArrayLike | None = None
    ) -> "LeftOut":
        """Leave out each dataset of some leaves.

        Parameters
        ----------
        leaves : array_like, shape (n_models, n_leaves)
            Scores, higher is better; NaN where a cell is missing.
        datasets : array_like of str, shape (n_leaves,)
            What each leaf was measured on.
        weights : array_like, shape (n_benchmarks, n_leaves), optional
            Weight of each leaf in each benchmark of a higher level, whose score is the weighted
            mean of the leaves that a model has. By default the leaves themselves are ranked.
        """
        leaves, datasets = score_matrix(leaves), np.asarray(datasets, str)
        weights = np.eye(len(datasets)) if weights is None else np.asarray(weights, float)
        inside = weights.any(0)  # leaves outside this level say nothing
        leaves, datasets, weights = leaves[:, inside], datasets[inside], weights[:, inside]
        present, names = ~np.isnan(leaves), np.unique(datasets)
        of_dataset = datasets == names[:, None]
        share = of_dataset @ weights.sum(0) / weights.sum()
        scores = []
        for is_out in of_dataset:
            kept = weights * ~is_out
            kept = kept[kept.any(1)].T
            with np.errstate(invalid="ignore"):
                means = (np.nan_to_num(leaves) @ kept) / (present @ kept)
            scores.append(_sorted_columns(round_significant(means)))
        return cls(names, scores, of_dataset.astype(int) @ present.T > 0, 1 / (share**2).sum())


class Pairs(NamedTuple):
    """What the datasets say of pairs of models, row minus column.

    Attributes
    ----------
    t : ndarray, shape (n_models, n_rivals)
        Difference of the aggregated scores over its jackknife error. NaN where the error is
        unknown: fewer than two datasets, no score without one of them, or a difference that is
        the same without any; and of a model with itself.
    df : ndarray of int, same shape
        Datasets that one of the two has scores of, less one; 0 where t is unknown.
    """

    t: Floats
    df: Ints

    @classmethod
    def of(
        cls,
        score: ArrayLike,
        without: ArrayLike,
        rests_on: ArrayLike,
        rivals: ArrayLike | None = None,
    ) -> "Pairs":
        """Compare models with each other, or with some of them.

        Parameters
        ----------
        score : array_like, shape (n_models,)
            Aggregated scores, higher is better; NaN for a model that is not ranked.
        without : array_like, shape (n_datasets, n_models)
            The same without each dataset.
        rests_on : array_like of bool, same shape
            Whether a model has a score of the dataset.
        rivals : array_like of int, shape (n_models, n_rivals) or (n_rivals,), optional
            Places of those that each model, or every one, is compared with; all by default.
        """
        score, without = np.asarray(score, float), np.asarray(without, float)
        rests_on = np.asarray(rests_on, bool)
        n, noise = len(score), _NOISE * np.fmax.reduce(np.abs(score), initial=0)
        rivals = np.arange(n) if rivals is None else np.asarray(rivals)
        rivals = np.broadcast_to(rivals, (n, rivals.shape[-1]))
        found = cls(np.full(rivals.shape, np.nan), np.zeros(rivals.shape, np.int64))
        _compare(score, without, rests_on, rivals, noise, *found)
        return found

    @property
    def probability_above(self) -> Floats:
        """That the row's model stands above the column's, by Student's distribution at t; NaN as t.

        1 − the one-sided p-value of no difference.
        """
        return special.stdtr(np.where(self.df > 0, self.df, np.nan), self.t)

    @property
    def stands_for(self) -> float:
        """Other models for each rival: 1 where every model is compared with all others."""
        n, n_rivals = self.t.shape
        return (n - 1) / max(n_rivals - (n_rivals == n), 1)


@numba.njit(cache=True, nogil=True)
def _compare(score, without, rests_on, rivals, noise, t, df):
    """Fill t and df of :class:`Pairs`: the jackknife error of each difference.

    ``without`` and ``rests_on`` are datasets × models. All rivals of a model are gone through at
    once, dataset by dataset, so that one instruction serves several of them.
    """
    n_datasets, n_models, n_rivals = len(without), len(rivals), rivals.shape[1]
    is_all = n_models == n_rivals  # what is known of a pair is known of it the other way round
    theirs, they_rest = np.empty((n_datasets, n_rivals)), np.empty((n_datasets, n_rivals), np.bool_)
    count, mean, square = np.empty((3, n_rivals))
    for a in range(n_models):
        if a == 0 or (rivals[a] != rivals[a - 1]).any():
            for d in range(n_datasets):
                for j in range(n_rivals):
                    theirs[d, j] = without[d, rivals[a, j]]
                    they_rest[d, j] = rests_on[d, rivals[a, j]]
        first = a + 1 if is_all else 0
        count[:], mean[:], square[:] = 0, 0, 0
        for d in range(n_datasets):
            own, rests = without[d, a], rests_on[d, a]
            for j in range(first, n_rivals):
                takes_part = rests | they_rest[d, j]
                count[j] += takes_part
                mean[j] += own - theirs[d, j] if takes_part else 0.0
        for j in range(first, n_rivals):
            mean[j] /= max(count[j], 1)
        for d in range(n_datasets):
            own, rests = without[d, a], rests_on[d, a]
            for j in range(first, n_rivals):
                off = own - theirs[d, j] - mean[j]
                square[j] += off * off if rests | they_rest[d, j] else 0.0
        for j in range(first, n_rivals):
            b = rivals[a, j]
            if count[j] < 2 or a == b:
                continue
            error = np.sqrt((count[j] - 1) / count[j] * square[j])
            if error > noise and not np.isnan(score[a] - score[b]):
                t[a, j] = (score[a] - score[b]) / error
                df[a, j] = count[j] - 1
                if is_all:
                    t[b, a], df[b, a] = -t[a, j], df[a, j]


def rank_limits(pairs: Pairs) -> tuple[Floats, Floats]:
    """95 % limits of each rank: how many rivals are above it or below it, tested one by one.

    Returns
    -------
    low, high : ndarray, shape (n_models,)
        1 + the rivals above, and n − the rivals below, each at one-sided .05. NaN for a model with
        no rival that it can be compared with. Where rivals are a part of the models, each counts
        for as many as it stands for.

    Notes
    -----
    For one model, not for all at once. ``benchmarks/results/coverage.md`` has what it covers.
    """
    critical = special.stdtrit(np.arange(pairs.df.max(initial=0) + 1), 0.95)[pairs.df]
    above, below = (
        _as_of_all(is_far, pairs) for is_far in (-pairs.t > critical, pairs.t > critical)
    )
    is_known = pairs.df.any(1)
    low, high = 1 + above, len(pairs.t) - below
    return np.where(is_known, low, np.nan), np.where(is_known, high, np.nan)


def _as_of_all(is_counted: NDArray[np.bool_], pairs: Pairs) -> Floats:
    """Of all other models, as many as of the rivals that are counted."""
    return np.round(is_counted.sum(1) * pairs.stands_for)


def separated(pairs: Pairs, effective: float) -> NDArray[np.bool_]:
    """Which pairs a two-sided test over datasets separates, with Holm's correction over all pairs.

    Parameters
    ----------
    pairs : Pairs
        Of the ranked models.
    effective : float
        Effective number of datasets. Less one, it bounds the degrees of freedom: datasets of
        unequal size give an error that is less sure than their number says, which tells far out
        in the tails, where the correction looks.

    Returns
    -------
    ndarray of bool, shape (n_models, n_rivals)
        Whether one of the two stands above the other, at 5 % for all pairs of known error together
        (Holm 1979, Scand. J. Stat. 6(2)). Rivals that are a part of the models stand for all pairs.
    """
    size = np.abs(pairs.t)
    kinds = np.minimum(np.arange(pairs.df.max(initial=0) + 1), effective - 1)
    # a pair of models stands twice among all with all
    n_tests, n_apart = round(np.count_nonzero(~np.isnan(size)) / 2 * pairs.stands_for), -1
    is_apart = np.zeros(size.shape, bool)
    # as many as have a p below the bound of the next one: the steps of Holm, many at once
    while (n := round(np.count_nonzero(is_apart) / 2 * pairs.stands_for)) > n_apart and n < n_tests:
        n_apart = n
        critical = -special.stdtrit(kinds, 0.05 / (n_tests - n) / 2)
        is_apart = size >= critical[pairs.df]
    return is_apart


def family_limits(ranks: ArrayLike, families: ArrayLike) -> tuple[Floats, Floats]:
    """95 % limits of each rank among rivals of other families.

    Parameters
    ----------
    ranks : array_like, shape (n_models,)
        Average ranks, without NaN.
    families : array_like of str, shape (n_models,)
        Architecture family of each model.

    Returns
    -------
    low, high : ndarray, shape (n_models,)
        1 + (n − 1) × the limits of the share of rivals above, an equal one counting half. NaN where
        fewer than two families have rivals, or no rival is left without one of them.

    Notes
    -----
    The scores stay: what a scheme takes from other models is not taken anew. The error is the
    jackknife's over families, the limits are :func:`compute.stats.clusters.share_interval`'s.
    """
    ranks, n = np.asarray(ranks, float), len(ranks)
    member = (np.asarray(families, str)[:, None] == np.unique(np.asarray(families, str))).astype(
        float
    )
    by_family, rivals = _members_above(ranks, member) - member / 2, member.sum(0) - member
    with np.errstate(invalid="ignore", divide="ignore"):
        share = by_family.sum(1) / (n - 1)
        without = (by_family.sum(1)[:, None] - by_family) / (n - 1 - rivals)
        error = jackknife_error(without.T, rivals.T > 0)
    limits = share_interval(share, error, n - 1)
    return tuple(1 + (n - 1) * limit for limit in limits)


def _members_above(ranks: Floats, member: Floats) -> Floats:
    """Members of each family that rank above each model; equal ones, itself too, count half."""
    places, at = np.unique(ranks, return_inverse=True)
    of_place = np.zeros((len(places), member.shape[1]))
    np.add.at(of_place, at, member)
    return (np.cumsum(of_place, axis=0) - of_place / 2)[at]


def _aggregated(scores: Floats, left_out: LeftOut, scheme: str) -> tuple[Floats, Floats]:
    """Score of each model, and the same without each dataset (no row with fewer than two)."""
    score = aggregate(scores, scheme)
    fewer = left_out.scores if len(left_out.scores) > 1 else []
    without = [aggregate(rows, scheme) for rows in fewer]
    return score, np.array(without).reshape(-1, len(score))


def compared(scores: ArrayLike, left_out: LeftOut, scheme: str) -> Pairs:
    """Compare every two models under one scheme, as :func:`rankings` does.

    Parameters
    ----------
    scores, left_out
        As for :func:`rankings`.
    scheme : str
        A key of ``SCHEMES``. Of one that is no average nothing is known.
    """
    score, without = _aggregated(_sorted_columns(score_matrix(scores)), left_out, scheme)
    known = scheme_named(scheme).is_average
    return Pairs.of(score, without[: len(without) * known], left_out.rests_on)


def rankings(
    scores: ArrayLike,
    left_out: LeftOut,
    families: ArrayLike,
    schemes: Sequence[str] = tuple(SCHEMES),
) -> dict[str, dict[str, NDArray]]:
    """Everything about the ranking of one set of models under several schemes.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    left_out : LeftOut
        The same without each dataset.
    families : array_like of str, shape (n_models,)
        Architecture family of each model.
    schemes : sequence of str
        Keys of ``SCHEMES``.

    Returns
    -------
    dict of scheme to dict of column to ndarray, shape (n_models,)
        - ``score``; ``score_minmax`` in [0, 1] (NaN where all are equal); ``score_rank`` (1 =
          best); ``rank_shift``, places lost (+) or won (−) against the arithmetic mean;
        - ``n_datasets`` that the model has scores of;
        - ``rank_ci_low`` and ``rank_ci_high`` (:func:`rank_limits`); ``probability_above_next``,
          that it stands above the model ranked next (of equals, in the order of the rows);
          ``n_above_holm`` and ``n_below_holm``, rivals that :func:`separated` puts above and below
          it; ``rank_family_ci_low`` and ``rank_family_ci_high`` (:func:`family_limits`). NaN for a
          scheme that is no average (Plackett–Luce, Kemeny). Of more than ``budget.MOST_RIVALS``
          models so many, spread evenly over the ranking, are the rivals, and counts are scaled;
        - ``rank_min_left_out`` and ``rank_max_left_out``, the best and worst rank when one dataset
          is left out, and which (``…_dataset``; of several the first). NaN and None with fewer
          than two datasets;
        - beside these ``COLUMNS`` ``ranks_left_out``, shape (n_models, n_datasets): all of these
          ranks, in the order of ``left_out.datasets``; no column with fewer than two datasets.

    Raises
    ------
    ValueError
        As :func:`aggregate`.
    """
    scores = _sorted_columns(score_matrix(scores))
    reference = rank(aggregate(scores, REFERENCE))
    found = {}
    for name in schemes:
        score, without = _aggregated(scores, left_out, name)
        columns = {"score": score, "score_minmax": _minmax(score), "score_rank": rank(score)}
        columns["n_datasets"] = left_out.rests_on.sum(0)
        columns |= _certainty(score, columns["score_rank"], without, left_out, name)
        columns |= _among_families(columns["score_rank"], families, name)
        ranks = rank(without)
        columns |= _extremes(score, ranks, left_out.datasets)
        columns["rank_shift"] = columns["score_rank"] - reference
        found[name] = {column: columns[column] for column in COLUMNS}
        found[name]["ranks_left_out"] = ranks.T
    return found


def _minmax(score: Floats) -> Floats:
    low, high = np.fmin.reduce(score), np.fmax.reduce(score)
    return (score - low) / (high - low) if high > low else np.full(len(score), np.nan)


def _certainty(
    score: Floats, ranks: Floats, without: Floats, left_out: LeftOut, scheme: str
) -> dict[str, Floats]:
    """What :func:`rankings` says from the pairs."""
    names = ("rank_ci_low", "rank_ci_high", "probability_above_next", "n_above_holm")
    out = {name: np.full(len(score), np.nan) for name in (*names, "n_below_holm")}
    if not (scheme_named(scheme).is_average and len(without)):
        return out
    order = np.argsort(ranks, kind="stable")[: (~np.isnan(ranks)).sum()]
    of = score[order], without[:, order], left_out.rests_on[:, order]
    pairs = Pairs.of(*of, spread_evenly(len(order)))
    low, high = rank_limits(pairs)
    is_apart = separated(pairs, left_out.effective)
    # what is scaled to all models must not pass the rank
    low, high = np.minimum(low, ranks[order]), np.maximum(high, ranks[order])
    counts = (
        np.minimum(_as_of_all(is_apart & is_side, pairs), np.floor(most))
        for is_side, most in ((pairs.t < 0, low - 1), (pairs.t > 0, len(order) - high))
    )
    next_one = np.minimum(np.arange(len(order)) + 1, len(order) - 1)  # the last one has none
    above_next = Pairs.of(*of, next_one[:, None]).probability_above[:, 0]
    found = (low, high, above_next, *counts)
    for column, values in zip(out.values(), found, strict=True):
        column[order] = values
    return out


def _among_families(ranks: Floats, families: ArrayLike, scheme: str) -> dict[str, Floats]:
    low, high = np.full((2, len(ranks)), np.nan)
    known = ~np.isnan(ranks) & scheme_named(scheme).is_average
    low[known], high[known] = family_limits(ranks[known], np.asarray(families)[known])
    return {"rank_family_ci_low": low, "rank_family_ci_high": high}


def _extremes(score: Floats, ranks: Floats, datasets: NDArray[np.str_]) -> dict[str, NDArray]:
    """Best and worst rank without a dataset, and without which."""
    out = {}
    is_known = ~np.isnan(ranks)
    known = is_known.any(0) & ~np.isnan(score)
    for side, worst, at in (("min", np.inf, np.argmin), ("max", -np.inf, np.argmax)):
        values, names = np.full(len(score), np.nan), np.full(len(score), None, object)
        if known.any():
            found = np.where(is_known, ranks, worst)[:, known]
            which = at(found, 0)
            values[known] = found[which, np.arange(found.shape[1])]
            names[known] = datasets[which]
        out[f"rank_{side}_left_out"], out[f"rank_{side}_left_out_dataset"] = values, names
    return out
