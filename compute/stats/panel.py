"""Panels: the few benchmarks that put models in nearly the order of all of them.

A model's panel score is the plain mean of its standardised scores on the chosen benchmarks. They
are chosen one after another: each is the one with which the panel score has the highest Spearman
correlation with the weighted mean of all benchmarks (forward selection).

A panel is judged on models that took no part: neither in the choice, nor in the mean and spread
that standardise a score, nor in a threshold (:func:`held_out`, :meth:`Panel.scored`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.stats.ranks import Floats, Ints, average_ranks, round_significant, score_matrix

TIED = 1e-9
"""Means closer than this share of the largest one tie: sums in another order differ less."""

GATES = ("same_quarter", "lowest_of_half")
"""Who passes by the panel: models above three quarters of those that it was chosen on, to find the
best quarter; or all above the lowest of the better half of these, to find the better half."""
SHARES = (0.25, 0.5)
"""Share of models that each gate is to find."""


def spearman(scores: ArrayLike, whole: ArrayLike) -> Floats:
    """Spearman correlation of each column with one vector; 0 for a column that does not vary."""
    ranks = average_ranks(np.asarray(scores, float), axis=0, tied=TIED)
    whole = average_ranks(np.asarray(whole, float), tied=TIED)
    ranks, whole = ranks - ranks.mean(0), whole - whole.mean()
    size = np.sqrt((ranks**2).sum(0) * (whole**2).sum())
    return np.divide(whole @ ranks, size, out=np.zeros(ranks.shape[1]), where=size > 0)


def forward(z: Floats, whole: Floats, size: int) -> Ints:
    """Choose benchmarks one after another, so that their sum correlates best with the whole.

    Parameters
    ----------
    z : ndarray, shape (n_models, n_benchmarks)
        Standardised scores, without NaN.
    whole : ndarray, shape (n_models,)
        What is to be reproduced.
    size : int
        Benchmarks to choose, at most all.

    Returns
    -------
    ndarray of int, shape (size,)
        In the order of choice. Of those that do equally well (to 12 digits), the first.
    """
    total, left, chosen = np.zeros(len(z)), np.arange(z.shape[1]), []
    for _ in range(size):
        found = spearman(total[:, None] + z[:, left], whole)
        best = left[np.argmax(round_significant(found))]
        chosen.append(best)
        left = left[left != best]
        total = total + z[:, best]
    return np.array(chosen)


class Scored(NamedTuple):
    """What panels of every size say of models.

    Attributes
    ----------
    score : ndarray, shape (n_models, size)
        In standard deviations of the panel score of the models that the panel was chosen on.
    passes : ndarray of bool, shape (n_gates, n_models, size)
        Whether a model passes each of :data:`GATES`.
    """

    score: Floats
    passes: NDArray[np.bool_]


@dataclass(frozen=True)
class Panel:
    """Benchmarks in the order of choice, and what of the models it was chosen on it needs.

    Attributes
    ----------
    chosen : ndarray of int, shape (size,)
        Columns of the matrix of scores. Panels of fewer benchmarks are the first of these.
    centre, spread : ndarray, shape (size,)
        Mean and standard deviation of each; 1 for a constant benchmark.
    unit : ndarray, shape (size,)
        Standard deviation of the mean of the first 1, 2, … standardised scores; 1 if it is 0.
    thresholds : ndarray, shape (n_gates, size)
        Scores from which on models pass each of :data:`GATES`.
    """

    chosen: Ints
    centre: Floats
    spread: Floats
    unit: Floats
    thresholds: Floats

    @classmethod
    def of(cls, scores: ArrayLike, weights: ArrayLike, chosen: int | Ints) -> "Panel":
        """Choose a panel, or take one chosen elsewhere.

        Parameters
        ----------
        scores : array_like, shape (n_models, n_benchmarks)
            Higher is better.
        weights : array_like, shape (n_benchmarks,)
            Of each standardised benchmark in the whole.
        chosen : int or ndarray of int
            How many to choose, or which columns to take.

        Raises
        ------
        ValueError
            A score is missing.
        """
        scores = score_matrix(scores, complete=True)
        centre, spread = scores.mean(0), scores.std(0, ddof=1)
        spread = np.where(spread > 0, spread, 1)
        z = (scores - centre) / spread
        whole = z @ np.asarray(weights, float)
        if isinstance(chosen, int):
            chosen = forward(z, whole, chosen)
        means = _running_means(z[:, chosen])
        unit = means.std(0, ddof=1)
        unit = np.where(unit > 0, unit, 1)
        score = means / unit
        better = whole >= np.quantile(whole, 1 - SHARES[1])
        thresholds = [np.quantile(score, 1 - SHARES[0], axis=0), score[better].min(0)]
        return cls(chosen, centre[chosen], spread[chosen], unit, np.array(thresholds))

    def scored(self, scores: Floats) -> Scored:
        """Score any models, from all their benchmarks, by the panels of every size."""
        score = _running_means((scores[:, self.chosen] - self.centre) / self.spread) / self.unit
        return Scored(score, score >= self.thresholds[:, None] - TIED)


def _running_means(z: Floats) -> Floats:
    return np.cumsum(z, axis=1) / np.arange(1, z.shape[1] + 1)


def held_out(
    scores: ArrayLike, families: ArrayLike, weights: ArrayLike, chosen: int | Ints
) -> tuple[Scored, list[Panel]]:
    """Score each family of models by a panel that is chosen without it.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; no NaN.
    families : array_like, shape (n_models,)
        Architecture family of each model.
    weights, chosen
        As of :meth:`Panel.of`.

    Returns
    -------
    Scored
        Of every model, by the panel of its family's fold.
    list of Panel
        One per family, in the sorted order of the labels.
    """
    scores, families = score_matrix(scores, complete=True), np.asarray(families)
    names, panels, parts = np.unique(families), [], []
    for name in names:
        panels.append(Panel.of(scores[families != name], weights, chosen))
        parts.append(panels[-1].scored(scores[families == name]))
    order = np.argsort(np.concatenate([np.flatnonzero(families == name) for name in names]))
    score = np.concatenate([part.score for part in parts])[order]
    return Scored(score, np.concatenate([p.passes for p in parts], axis=1)[:, order]), panels


def random_panels(
    z: Floats, whole: Floats, size: int, n_draws: int, rng: np.random.Generator
) -> Floats:
    """Spearman correlation with the whole of panels that are drawn at random.

    Parameters
    ----------
    z : ndarray, shape (n_models, n_benchmarks)
        Standardised scores.
    whole : ndarray, shape (n_models,)
        What is to be reproduced.
    size : int
        Largest panel; each draw gives one of every size up to it.
    n_draws : int
        Orders of benchmarks to draw.
    rng : Generator
        Of the draws.

    Returns
    -------
    ndarray, shape (n_draws, size)
    """
    drawn = rng.permuted(np.tile(np.arange(z.shape[1]), (n_draws, 1)), axis=1)[:, :size]
    return np.array([spearman(_running_means(z[:, columns]), whole) for columns in drawn])
