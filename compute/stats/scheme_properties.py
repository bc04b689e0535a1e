"""What an aggregation scheme can be caught at: a search for counterexamples to five properties.

A search never proves a property. It finds a small counterexample, or says in how many random
matrices it found none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from compute.stats.aggregation import SCHEMES, aggregate, rank

Floats = NDArray[np.float64]

N_SEARCHED = 1200
SEED = 0

_MOST_MODELS = _MOST_BENCHMARKS = 6
_HIGHEST = 9
_SHARE_WITH_HOLES = 0.25


def _same_order(before: Floats, after: Floats) -> bool:
    signs = (np.sign(r[:, None] - r[None, :]) for r in (before, after))
    with np.errstate(invalid="ignore"):
        difference = np.subtract(*signs)
    return not np.nan_to_num(difference).any()


def _last_not_lower(before: Floats, after: Floats) -> bool:
    return not after[-1] > before[-1]


@dataclass(frozen=True)
class Property:
    """A change of the scores, and what the ranks have to keep under it.

    The change always concerns the last model, the first benchmark or both. Nothing is lost by
    that: the matrices are random, and no scheme looks at the order of rows or columns.
    """

    meaning: str
    change: Callable[[Floats, float], Floats]
    amounts: tuple[float, ...]
    keeps: Callable[[Floats, Floats], bool]
    fewest_models: int = 2


def _rescaled(scores: Floats, amount: float) -> Floats:
    after = scores.copy()
    after[:, 0] *= amount
    return after


def _shifted(scores: Floats, amount: float) -> Floats:
    after = _rescaled(scores, amount)
    after[:, 0] += 1
    return after


def _raised(scores: Floats, amount: float) -> Floats:
    after = scores.copy()
    after[-1, 0] += amount
    return after


PROPERTIES = {
    "scale_invariance": Property(
        "multiplying one benchmark by a positive number leaves the ranking as it is",
        _rescaled,
        (2.0, 4.0, 8.0, 0.5, 0.25),
        _same_order,
    ),
    "affine_invariance": Property(
        "multiplying one benchmark by a positive number and adding a constant leaves the ranking "
        "as it is",
        _shifted,
        (2.0, 4.0, 8.0, 0.5, 0.25),
        _same_order,
    ),
    "independence_of_irrelevant_models": Property(
        "taking one model away leaves the order of the others as it is",
        lambda scores, amount: scores[:-1],
        (0.0,),
        _same_order,
        fewest_models=3,
    ),
    "monotonicity": Property(
        "raising one score of a model never lowers the rank of that model",
        _raised,
        (1.0, 2.0, 3.0, 5.0, 9.0, 20.0, 50.0, 100.0),
        _last_not_lower,
    ),
    "stability_under_a_duplicated_metric": Property(
        "adding a copy of one benchmark leaves the ranking as it is",
        lambda scores, amount: np.column_stack([scores, scores[:, 0]]),
        (0.0,),
        _same_order,
    ),
}


@dataclass(frozen=True)
class Finding:
    """Outcome of one search; ``counterexample`` and ``explanation`` as they are stored."""

    property: str
    scheme: str
    verdict: str
    n_searched: int
    counterexample: str | None
    explanation: str


def _ranks(
    scores: Floats, amount: float, scheme: str, wanted: Property, before: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    after = wanted.change(scores, amount)
    before = rank(aggregate(scores, scheme)) if before is None else before
    # the models that stay are ranked among themselves, so that places can be compared
    kept = before if len(after) == len(before) else rank(-before[: len(after)])
    return kept, rank(aggregate(after, scheme)), after


def _is_counterexample(
    scores: Floats, amount: float, scheme: str, wanted: Property, before: Floats | None = None
) -> bool:
    kept, after, _ = _ranks(scores, amount, scheme, wanted, before)
    return not wanted.keeps(kept, after)


def _drawn(generator: np.random.Generator, fewest_models: int) -> Floats:
    n = generator.integers(fewest_models, _MOST_MODELS + 1)
    k = generator.integers(2, _MOST_BENCHMARKS + 1)
    # every other matrix is lopsided, most scores low and a few high: outliers break rules
    power = generator.choice([1, 4])
    scores = np.floor((_HIGHEST + 1) * generator.random((n, k)) ** power)
    if generator.random() < _SHARE_WITH_HOLES:
        holes = generator.random((n, k)) < 0.15
        holes[-1, 0] = False  # the score that may be raised
        scores[holes & ~holes.all(1, keepdims=True)] = np.nan
    return scores


@lru_cache(maxsize=2)
def _matrices(fewest_models: int, n_searched: int, seed: int) -> list[Floats]:
    """Draw the matrices that every scheme is tried on."""
    generator = np.random.default_rng(seed)
    return [_drawn(generator, fewest_models) for _ in range(n_searched)]


@lru_cache(maxsize=2)
def _known_ranks(scheme: str, fewest_models: int, n_searched: int, seed: int) -> dict[int, Floats]:
    """Ranks by matrix: filled by one search, used by the next one of the same scheme."""
    return {}


def _simpler(scores: Floats, amount: float, wanted: Property) -> Iterator[tuple[Floats, float]]:
    """Yield smaller cases: fewer models, fewer benchmarks, no holes, lower scores."""
    for row in range(len(scores) - 1):
        if len(scores) > wanted.fewest_models:
            yield np.delete(scores, row, axis=0), amount
    for column in range(1, scores.shape[1]):
        yield np.delete(scores, column, axis=1), amount
    for smaller in wanted.amounts[: wanted.amounts.index(amount)]:
        yield scores, smaller
    for at in np.ndindex(scores.shape):
        value = scores[at]
        for lower in (0.0,) if np.isnan(value) else range(int(value)):
            tried = scores.copy()
            tried[at] = lower
            yield tried, amount


def _shrunk(scores: Floats, amount: float, scheme: str, wanted: Property) -> tuple[Floats, float]:
    """Take the first simpler case that still is a counterexample, until there is none."""
    while True:
        for tried, smaller in _simpler(scores, amount, wanted):
            if _is_counterexample(tried, smaller, scheme, wanted):
                scores, amount = tried, smaller
                break
        else:
            return scores, amount


def _listed(array: Floats) -> list:
    def plain(value: object) -> object:
        if isinstance(value, list):
            return [plain(v) for v in value]
        return None if np.isnan(value) else round(value, 6)

    return plain(array.tolist())


def search(
    property_name: str, scheme: str, n_searched: int = N_SEARCHED, seed: int = SEED
) -> Finding:
    """Look for scores on which a scheme lacks a property.

    Parameters
    ----------
    property_name : str
        A key of ``PROPERTIES``.
    scheme : str
        A key of ``compute.stats.aggregation.SCHEMES``.
    n_searched : int
        Random matrices tried at most: 2 to 6 models × 2 to 6 benchmarks, whole scores from 0 to 9,
        half of the matrices lopsided, a quarter with holes.
    seed : int
        Of NumPy's PCG64; the same for every scheme, so that all see the same matrices.

    Returns
    -------
    Finding
        ``violated`` with the smallest counterexample that shrinking reaches (JSON: the scores
        before and after, models × benchmarks, null where missing, and the ranks of the models
        that stand in both), or ``no counterexample in N``.

    Raises
    ------
    ValueError
        Unknown property or scheme.
    """
    if property_name not in PROPERTIES:
        raise ValueError(f"no property {property_name!r}; known: {', '.join(PROPERTIES)}")
    wanted = PROPERTIES[property_name]
    drawn = (wanted.fewest_models, n_searched, seed)
    known = _known_ranks(scheme, *drawn)
    amounts = np.random.default_rng(seed).choice(wanted.amounts, n_searched)
    for tried, scores in enumerate(_matrices(*drawn), start=1):
        amount = float(amounts[tried - 1])
        if tried not in known:
            known[tried] = rank(aggregate(scores, scheme))
        if not _is_counterexample(scores, amount, scheme, wanted, known[tried]):
            continue
        scores, amount = _shrunk(scores, amount, scheme, wanted)
        before, after, changed = _ranks(scores, amount, scheme, wanted)
        counterexample = {
            "scores_before": _listed(scores),
            "scores_after": _listed(changed),
            "ranks_before": _listed(before),
            "ranks_after": _listed(after),
        }
        n, k = scores.shape
        return Finding(
            property_name,
            scheme,
            "violated",
            tried,
            json.dumps(counterexample),
            f"Not so that {wanted.meaning}: {n} models on {k} benchmarks, found in matrix {tried} "
            "and shrunk.",
        )
    return Finding(
        property_name,
        scheme,
        f"no counterexample in {n_searched}",
        n_searched,
        None,
        f"In none of {n_searched} random matrices was it wrong that {wanted.meaning}. This is no "
        "proof.",
    )


def search_all(n_searched: int = N_SEARCHED, seed: int = SEED) -> list[Finding]:
    """Search every property × scheme; see :func:`search`."""
    found = {
        (name, scheme): search(name, scheme, n_searched, seed)
        for scheme in SCHEMES
        for name in PROPERTIES
    }
    return [found[name, scheme] for name in PROPERTIES for scheme in SCHEMES]
