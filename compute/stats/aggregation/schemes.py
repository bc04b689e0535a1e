"""Nine schemes: ways of turning many scores of a model into one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numba
import numpy as np
from numpy.typing import ArrayLike

from compute.stats.aggregation import centres, kemeny, plackett_luce
from compute.stats.ranks import Floats, average_ranks, score_matrix, sort_columns, weighted_ranks

Batch = Callable[[Floats], Floats]

TIED = 1e-9
"""Aggregated scores closer than this share of the largest one tie: sums taken in another order
differ by some 1e-16 of it."""


def rank(scores: ArrayLike) -> Floats:
    """Average ranks of aggregated scores, 1 = best; a matrix is ranked row by row (`TIED`)."""
    return average_ranks(scores, tied=TIED)


@dataclass(frozen=True)
class Scheme:
    """A way of turning many scores of a model into one.

    ``by_benchmarks(scores)`` gives a function from weights (n_draws, n_benchmarks) to aggregated
    scores (n_draws, n_models). ``by_models(scores)`` gives one from counts (n_draws, n_models):
    every model is scored against the reference cohort in which model j stands counts[j] times.
    ``max_resamples`` caps the bootstrap; 0 means that there is no interval.
    """

    title: str
    by_benchmarks: Callable[[Floats], Batch]
    by_models: Callable[[Floats], Batch] | None = None
    max_resamples: int = 10_000
    """Fewer where a resample costs all pairs of models."""


def benchmark_weights(weights: ArrayLike | None, n_benchmarks: int) -> Floats:
    """Check the weights of benchmarks; equal ones by default.

    Raises
    ------
    ValueError
        Not one per benchmark, not finite, negative, or all zero.
    """
    weights = np.ones(n_benchmarks) if weights is None else np.asarray(weights, float)
    if weights.shape != (n_benchmarks,):
        raise ValueError(f"{n_benchmarks} benchmarks need as many weights, got {weights.shape}")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("weights must be finite, not negative and not all zero")
    return weights


def _ratio(numerator: Floats, denominator: Floats, scale: float = 1.0) -> Floats:
    """Quotient in place of the numerator; NaN where nothing was averaged.

    Terms of size ``scale`` can cancel to rounding noise in every model: then all are equally 0.
    """
    with np.errstate(invalid="ignore"):
        np.divide(numerator, denominator, out=numerator)
    largest = np.fmax(np.fmax.reduce(numerator, axis=1), -np.fmin.reduce(numerator, axis=1))
    faint = largest < TIED * scale
    if faint.any():
        numerator[faint] *= 0.0
    return numerator


def _average(terms: Floats, shares: Floats | None = None) -> Batch:
    """Weighted mean over benchmarks of ``terms`` (NaN = absent), or Σ terms / Σ shares."""
    known = ~np.isnan(terms)
    numerator = np.where(known, terms, 0).T.copy()
    scale = np.abs(numerator).max(initial=0)
    if shares is None and known.all():
        return lambda weights: _ratio(weights @ numerator, weights.sum(1, keepdims=True), scale)
    denominator = np.where(known, 1.0 if shares is None else shares, 0).T.copy()
    return lambda weights: _ratio(weights @ numerator, weights @ denominator, scale)


# mean, z, robust z, min-max: (score − centre) / spread, averaged


def _scaled(title: str, centring: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> Scheme:
    """Make a scheme that averages (score − centre) / spread."""

    def by_benchmarks(scores: Floats) -> Batch:
        centre, spread = centring(scores, np.ones((1, len(scores))))
        return _average((scores - centre) / spread)

    def by_models(scores: Floats) -> Batch:
        present = (~np.isnan(scores)).T.astype(float).copy()
        filled = np.nan_to_num(scores).T.copy()
        complete = present.all()

        def against(counts: Floats) -> Floats:
            centre, spread = centring(scores, counts)
            known = (~np.isnan(spread)).astype(float)
            slope = known / np.where(known, spread, 1)
            shift = np.where(known, centre, 0) * slope
            if complete:
                total = slope @ filled
                total -= shift.sum(1, keepdims=True)
                return _ratio(total, known.sum(1, keepdims=True))
            return _ratio(slope @ filled - shift @ present, known @ present)

        return against

    return Scheme(title, by_benchmarks, by_models)


# mean rank, Borda


def _beaten_by_benchmarks(scores: Floats) -> tuple[Floats, Floats]:
    """How many models each model beats on each benchmark (a tie is ½), and how many it met."""
    met = (~np.isnan(scores)).sum(0) - 1.0
    return met + 1 - average_ranks(scores, axis=0), met


def _mean_rank_by_benchmarks(scores: Floats) -> Batch:
    beaten, met = _beaten_by_benchmarks(scores)
    return _average((beaten + 1) / (met + 1))


def _borda_by_benchmarks(scores: Floats) -> Batch:
    beaten, met = _beaten_by_benchmarks(scores)
    return _average(beaten, np.broadcast_to(met, scores.shape))


@numba.njit(cache=True, nogil=True)
def _duels(scores):
    """On how many benchmarks model j beats model i (½ for a tie), and how many they share."""
    n, k = scores.shape
    won, met = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            above, below, tied = 0, 0, 0
            for b in range(k):
                above += scores[j, b] > scores[i, b]
                below += scores[j, b] < scores[i, b]
                tied += scores[j, b] == scores[i, b]
            met[i, j] = met[j, i] = above + below + tied
            won[i, j], won[j, i] = above + tied / 2, below + tied / 2
    return won, met


def _per_rival(won: Floats, met: Floats) -> Batch:
    """Ratio of two sums over the rivals in a reference cohort."""
    won, met = won.astype(np.float32), met.astype(np.float32)  # small multiples of ½: exact
    each = met.max()
    uniform = (met[~np.eye(len(met), dtype=bool)] == each).all()

    def against(counts: Floats) -> Floats:
        drawn = counts.astype(np.float32)
        rivals = each * (counts.sum(1, keepdims=True) - counts) if uniform else drawn @ met
        return _ratio((drawn @ won).astype(float), rivals)

    return against


def _borda_by_models(scores: Floats) -> Batch:
    return _per_rival(*_duels(scores))


@numba.njit(cache=True, nogil=True)
def _beaten(order, codes, lengths, counts, out, met):
    """Add up (n − 1) / n × share of drawn rivals beaten + 1 / n over the benchmarks of a model."""
    ranks = np.empty(counts.shape[1])
    for r in range(counts.shape[0]):
        for b in range(len(lengths)):
            n, total = lengths[b], 0.0
            weighted_ranks(order[b], codes[b], n, counts[r], ranks)
            for at in range(n):
                total += counts[r, order[b, at]]
            for at in range(n):
                i = order[b, at]
                rivals = total - counts[r, i]
                if rivals > 0:
                    share = (ranks[i] + rivals) / (2 * rivals)
                    out[r, i] += ((n - 1) * share + 1) / n
                    met[r, i] += 1


def _mean_rank_by_models(scores: Floats) -> Batch:
    if not np.isnan(scores).any():  # all benchmarks have the same rivals: Borda's order
        return _borda_by_models(scores)
    orders = sort_columns(scores)

    def against(counts: Floats) -> Floats:
        out, met = np.zeros((2, len(counts), len(scores)))
        _beaten(*orders, counts, out, met)
        return _ratio(out, met)

    return against


# win rate (Copeland)


@numba.njit(cache=True, nogil=True)
def _majorities(margins, draw, i, net):
    """Add wins minus losses of model i against those after it; margins are draws × rivals."""
    for r in range(margins.shape[0]):
        row, others, own = margins[r], net[r, i + 1 :], 0
        for j in range(row.size):
            won = np.int16(row[j] > draw) - np.int16(row[j] < -draw)
            own += won
            others[j] -= won
        net[r, i] += own


def _win_rate_by_benchmarks(scores: Floats) -> Batch:
    present = ~np.isnan(scores)
    rivals = (present.astype(float) @ present.T > 0).sum(1) - 1
    with np.errstate(invalid="ignore"):
        above = [
            np.nan_to_num(np.sign(scores[i] - scores[i + 1 :])).astype(np.float32).T.copy()
            for i in range(len(scores) - 1)
        ]

    def under(weights: Floats) -> Floats:
        net = np.zeros((len(weights), len(scores)), np.int16)
        # resamples have whole weights, whose sums are exact in single precision
        whole = (weights == np.rint(weights)).all() and weights.sum(1).max() < 2**24
        drawn = weights.astype(np.float32) if whole else weights
        draw = drawn.dtype.type(0 if whole else TIED * weights.sum(1).max())
        for i, signs in enumerate(above):
            _majorities(drawn @ signs, draw, i, net)
        rate = _ratio((net + rivals) / 2, np.broadcast_to(rivals, net.shape))
        rate[weights @ present.T == 0] = np.nan
        return rate

    return under


def _win_rate_by_models(scores: Floats) -> Batch:
    won, met = _duels(scores)
    known = (met > 0).astype(float)
    return _per_rival(known * (1 + np.sign(2 * won - met)) / 2, known)


def _kemeny(scores: Floats) -> Batch:
    means = _average(scores)
    return lambda weights: kemeny.scores_under(scores, weights, means(weights))


SCHEMES: dict[str, Scheme] = {
    "arithmetic_mean": _scaled("Arithmetic mean", centres.of_nothing),
    "z_mean": _scaled("Mean of z-scores", centres.by_mean),
    "robust_z_mean": _scaled("Mean of robust z-scores", centres.by_median),
    "minmax_mean": _scaled("Mean of min-max scores", centres.by_extremes),
    "mean_rank": Scheme("Mean rank", _mean_rank_by_benchmarks, _mean_rank_by_models),
    "borda": Scheme("Borda count", _borda_by_benchmarks, _borda_by_models),
    "win_rate": Scheme("Win rate (Copeland)", _win_rate_by_benchmarks, _win_rate_by_models, 2_000),
    "plackett_luce": Scheme(
        "Plackett–Luce", lambda scores: partial(plackett_luce.strengths, scores), max_resamples=0
    ),
    "kemeny": Scheme("Kemeny", _kemeny, max_resamples=0),
}
REFERENCE = "arithmetic_mean"


def scheme_named(name: str) -> Scheme:
    """Look up a scheme; ValueError names the known ones."""
    if name not in SCHEMES:
        raise ValueError(f"no scheme {name!r}; known: {', '.join(SCHEMES)}")
    return SCHEMES[name]


def aggregate(scores: ArrayLike, scheme: str, weights: ArrayLike | None = None) -> Floats:
    """One score per model.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    scheme : str
        A key of ``SCHEMES``:

        - ``arithmetic_mean``: mean of the scores;
        - ``z_mean``: mean of (score − mean) / sample sd;
        - ``robust_z_mean``: mean of (score − median) / (1.4826 MAD);
        - ``minmax_mean``: mean of (score − min) / (max − min);
        - ``mean_rank``: mean of (n − rank + 1) / n, n the models of the benchmark;
        - ``borda``: models beaten over all benchmarks (a tie is ½), divided by those it met. With
          complete scores the order is that of ``mean_rank``; with holes, benchmarks with many
          models count for more;
        - ``win_rate``: Copeland's rule, the share of rivals beaten on a (weighted) majority of
          the benchmarks both have; a draw is ½;
        - ``plackett_luce``: log strengths, with the prior N(0, 50) because a model that is first
          everywhere has no finite one;
        - ``kemeny``: n − mean place over all orders that disagree least with the benchmarks, pair
          by pair. Exact. Of more than 12 models only the 12 best by arithmetic mean (ties: first
          rows first) are ordered.
    weights : array_like, shape (n_benchmarks,), optional
        Weight of each benchmark; equal by default. Normalisation is not weighted, averaging is.

    Returns
    -------
    ndarray, shape (n_models,)
        Higher is better. NaN for a model without any usable score. A benchmark on which the models
        do not vary (sd, MAD or range 0) is left out of the scheme that would divide by that.

    Raises
    ------
    ValueError
        Unknown scheme, an infinity, or weights that do not fit.
    """
    scores = score_matrix(scores)
    weights = benchmark_weights(weights, scores.shape[1])
    return scheme_named(scheme).by_benchmarks(scores)(weights[None])[0]
