"""Models held against people, image by image, in every resample of the images.

The measures are those of Geirhos et al. (2021), Partial success in closing the gap between human
and machine vision: over the conditions kept, then over people, then over datasets.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compute.stats.ranks import Floats, average_ranks, round_significant

Bits = NDArray[np.float32]

MEASURES = ("accuracy_difference", "observed_consistency", "error_consistency", "ood_accuracy")
RANKS = {
    "rank_accuracy_difference": 1,
    "rank_observed_consistency": -1,
    "rank_error_consistency": -1,
    "rank_ood_accuracy": -1,
}
"""The measure behind each rank, in the order of MEASURES, and its sign where low ranks first."""


class Condition(NamedTuple):
    """Who saw which image of a condition, and who was right: 0 or 1, observers x images."""

    models_saw: Bits
    models_right: Bits
    people_saw: Bits
    people_right: Bits


def pair_measures(
    conditions: list[Condition], image_weights: list[Floats]
) -> tuple[Floats, Floats]:
    """Measures of every model with every person of one dataset, in every resample of the images.

    Parameters
    ----------
    conditions : list of Condition
        The conditions kept, with the same models and people in each.
    image_weights : list of ndarray, shape (n_resamples, n_images)
        How often each image of each condition was drawn.

    Returns
    -------
    pairs : ndarray, shape (n_resamples, n_models, n_people, 3)
        Accuracy difference, observed and error consistency, averaged over conditions. NaN where
        no image of both was drawn. κ is 1 where two agree on every image, errors or not.
    accuracy : ndarray, shape (n_resamples, n_models)
        Mean accuracy of the conditions that the model was tried on.

    Notes
    -----
    Geirhos et al. (2021), docs/methods.md#trials. A weight of one everywhere gives the measures
    themselves.
    """
    n_models, n_people = len(conditions[0].models_saw), len(conditions[0].people_saw)
    pairs, accuracies = np.zeros((len(image_weights[0]), n_models, n_people, 3)), []
    for here, weights in zip(conditions, image_weights, strict=True):
        # counts of a few thousand are whole numbers in single precision
        drawn = weights.astype(np.float32)

        def counted(models: Bits, people: Bits, drawn: Bits = drawn) -> Floats:
            both = (models[:, None] * people).reshape(-1, models.shape[1])
            return (drawn @ both.T).astype(float).reshape(-1, n_models, n_people)

        n = counted(here.models_saw, here.people_saw)
        n_model = counted(here.models_right, here.people_saw)
        n_person = counted(here.models_saw, here.people_right)
        n_both = counted(here.models_right, here.people_right)
        with np.errstate(invalid="ignore", divide="ignore"):
            p_model, p_person = n_model / n, n_person / n
            observed = (n - n_model - n_person + 2 * n_both) / n
            expected = p_model * p_person + (1 - p_model) * (1 - p_person)
            # observers without an error between them agree: the toolbox counts it as 1, not 0 / 0
            kappa = np.where(observed == 1, 1, (observed - expected) / (1 - expected))
            right, saw = (
                (drawn @ side.T).astype(float) for side in (here.models_right, here.models_saw)
            )
            accuracies.append(right / saw)
        pairs[..., 0] += (p_model - p_person) ** 2
        pairs[..., 1] += observed
        pairs[..., 2] += kappa
    tried = np.isfinite(accuracies).sum(axis=0)  # a model may lack a whole condition
    accuracy = np.nansum(accuracies, axis=0) / np.where(tried, tried, np.nan)
    return pairs / len(conditions), accuracy


def ranks_of(measures: Floats) -> dict[str, Floats]:
    """Ranks of models by each measure, 1 = best, and the toolbox's mean of the first three.

    Parameters
    ----------
    measures : ndarray, shape (n_resamples, n_models, 4)
        `MEASURES`, averaged over datasets. NaN has no rank and takes no place.

    Returns
    -------
    dict of str to ndarray, shape (n_resamples, n_models)
        The keys of `RANKS`, and mean_rank.
    """
    measures = round_significant(measures)
    ranks = {
        name: average_ranks(-sign * measures[..., k])
        for k, (name, sign) in enumerate(RANKS.items())
    }
    return ranks | {"mean_rank": np.mean(list(ranks.values())[:3], axis=0)}
