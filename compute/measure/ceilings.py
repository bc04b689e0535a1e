"""How well people predict people: the ceilings that an alignment is read against."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.measure.alignment import METRICS
from compute.measure.sets.stimuli import Stimuli
from compute.measure.tables import quantiles

Floats = NDArray[np.float64]


def halves(people: ArrayLike, n_splits: int, seed: int = 0) -> Iterator[tuple[NDArray, NDArray]]:
    """Means of two random halves of people, split by split.

    Parameters
    ----------
    people : array_like, shape (n_people, ...)
        One array per person.
    n_splits, seed : int
        Random splits, and the seed of NumPy's PCG64.

    Yields
    ------
    first, second : ndarray, shape (...)
        An odd person out is left out of a split.

    Raises
    ------
    ValueError
        Fewer than two people.
    """
    people = np.asarray(people, np.float64)
    if len(people) < 2:
        raise ValueError("a split takes at least two people")
    generator = np.random.default_rng(seed)
    half = len(people) // 2
    for _ in range(n_splits):
        drawn = generator.permutation(len(people))
        yield people[drawn[:half]].mean(axis=0), people[drawn[half : 2 * half]].mean(axis=0)


def split_half(
    rdms: ArrayLike, metric: str = "pearson", n_splits: int = 200, seed: int = 0
) -> Floats:
    """Agreement of the means of two random halves of people (:func:`halves`), split by split.

    Parameters
    ----------
    rdms : array_like, shape (n_people, n, n)
        With two matrices (two published halves) the one split there is.
    metric : str
        A key of :data:`METRICS`.
    n_splits, seed : int
        As in :func:`halves`.

    Returns
    -------
    ndarray, shape (n_splits,) or (1,)
    """
    splits = halves(rdms, 1 if len(rdms) == 2 else n_splits, seed)
    return np.array([METRICS[metric].compare(first, second) for first, second in splits])


def spearman_brown(agreement: ArrayLike) -> Floats:
    """Correlation that means of twice as many people would have: 2r / (1 + r).

    Parameters
    ----------
    agreement : array_like
        Correlations between two halves.

    Returns
    -------
    ndarray
        The reliability of the mean of both halves. Its square root is what a model of the true
        mean, without error, would reach when compared with the mean that was measured. NaN for
        halves that are opposite to the last bit (r = −1).
    """
    r = np.asarray(agreement, np.float64)
    return 2 * r / np.where(r > -1, 1 + r, np.nan)


def leave_one_out(rdms: ArrayLike, metric: str = "pearson") -> tuple[Floats, Floats]:
    """Bounds on what a perfect model of the mean person could reach with single people.

    Parameters
    ----------
    rdms : array_like, shape (n_people, n, n)
        One dissimilarity matrix per person.
    metric : str
        A key of :data:`METRICS`.

    Returns
    -------
    lower, upper : ndarray, shape (n_people,)
        Agreement of each person with the mean of the others; with the mean of all, the person
        included. Their means are the bounds (Nili et al. 2014).

    Raises
    ------
    ValueError
        Fewer than two people.
    """
    rdms = np.asarray(rdms, np.float64)
    n_people = len(rdms)
    if n_people < 2:
        raise ValueError("leaving one out takes at least two people")
    total = rdms.sum(axis=0)
    compare = METRICS[metric].compare
    lower = [compare(rdm, (total - rdm) / (n_people - 1)) for rdm in rdms]
    upper = [compare(rdm, total / n_people) for rdm in rdms]
    return np.array(lower), np.array(upper)


def ceiling_rows(chosen: Stimuli) -> Iterator[dict]:
    """Each method's estimate, and the quantiles of the splits (or people) it is the mean of."""
    for judged in chosen.judgements:
        if len(judged.rdms) < 2:
            continue
        same = {
            "stimulus_set_id": chosen.name,
            "target": judged.target,
            "n_people": len(judged.rdms),
            "n_stimuli": len(chosen),
            "unit": judged.unit,
        }
        for metric, of in METRICS.items():
            if of.is_derived:
                continue  # nobody was asked, so nobody can be asked again
            split = split_half(judged.rdms, metric)
            found = {"split_half": _summary(split)}
            if of.is_product_moment:
                both = {k: spearman_brown(v) for k, v in found["split_half"].items()}
                root = {k: np.sqrt(v) if v > 0 else np.nan for k, v in both.items()}
                found |= {"split_half_corrected": both, "root_split_half_corrected": root}
            if judged.unit == "person":
                first, second = judged.rdms[::2].mean(axis=0), judged.rdms[1::2].mean(axis=0)
                found["odd_even"] = {"estimate": METRICS[metric].compare(first, second)}
                lower, upper = leave_one_out(judged.rdms, metric)
                found["leave_one_out_lower"] = _summary(lower)
                found["leave_one_out_upper"] = _summary(upper)
            n_splits = {"odd_even": 1}
            n_splits |= dict.fromkeys(
                ("leave_one_out_lower", "leave_one_out_upper"), len(judged.rdms)
            )
            for method, values in found.items():
                if not np.isnan(values["estimate"]):
                    row = {"metric": metric, "method": method}
                    row["n_splits"] = n_splits.get(method, len(split))
                    yield same | row | values


def _summary(values: np.ndarray) -> dict[str, float]:
    if len(values) < 2:
        return {"estimate": values.mean()}
    return {"estimate": values.mean(), **quantiles(values)}
