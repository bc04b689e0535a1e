"""How sure the toolbox's table is: models held against people, images and people drawn again.

The measures are those of METHODS §10 (Geirhos et al. 2021): over the conditions kept, then over
people, then over datasets. The datasets are what the table is made of and are not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from compute.stats.resampling import crossed_draws, in_slices, resample_counts, row_quantiles

Floats = NDArray[np.float64]
Bits = NDArray[np.float32]
Key = tuple[str, str]

N_RESAMPLES = 1_000
SEED = 20_211_206
SLICE = 50  # resamples at a time: 50 x 60 models x 1,600 images are 20 MB
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
        no image of both was drawn, or (κ) where both are always right or always wrong.
    accuracy : ndarray, shape (n_resamples, n_models)
        Mean accuracy of the conditions that the model was tried on.

    Notes
    -----
    METHODS §10. A weight of one everywhere gives the measures themselves.
    """
    n_resamples = len(image_weights[0])
    shape = (n_resamples, len(conditions[0].models_saw), len(conditions[0].people_saw))
    pairs, accuracies = np.zeros((*shape, 3)), []
    for here, weights in zip(conditions, image_weights, strict=True):
        by_image = weights.astype(np.float32)[:, None, :]
        saw, right = by_image * here.models_saw, by_image * here.models_right
        # counts of a few thousand are whole numbers in single precision
        n = (saw @ here.people_saw.T).astype(float)
        n_model = (right @ here.people_saw.T).astype(float)
        n_person = (saw @ here.people_right.T).astype(float)
        n_both = (right @ here.people_right.T).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            p_model, p_person = n_model / n, n_person / n
            observed = (n - n_model - n_person + 2 * n_both) / n
            expected = p_model * p_person + (1 - p_model) * (1 - p_person)
            kappa = np.where(expected < 1, (observed - expected) / (1 - expected), np.nan)
            accuracies.append(right.sum(axis=2, dtype=float) / saw.sum(axis=2, dtype=float))
        pairs[..., 0] += (p_model - p_person) ** 2
        pairs[..., 1] += observed
        pairs[..., 2] += kappa
    tried = np.isfinite(accuracies).sum(axis=0)  # a model may lack a whole condition
    accuracy = np.nansum(accuracies, axis=0) / np.where(tried, tried, np.nan)
    return pairs / len(conditions), accuracy


def _bits(texts: pd.Series) -> Bits:
    letters = np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), -1)
    return (letters == ord("1")).astype(np.float32)


def _conditions(decisions: pd.DataFrame) -> Iterator[tuple[str, list[Key], list[Condition]]]:
    """Dataset, its models, and its conditions with all of these models and all people."""
    for dataset_id, part in decisions.groupby("dataset_id", sort=True):
        if part["is_human"].nunique() < 2:
            continue  # models without people have nothing to be held against
        part = part.sort_values(["source_id", "observer_id"])
        who = part[["source_id", "observer_id", "is_human"]].drop_duplicates()
        conditions, models = [], []
        for _, here in part.groupby("condition", sort=True):
            sides, names = [], []
            for is_human in (False, True):
                all_names = who.loc[who["is_human"] == is_human, ["source_id", "observer_id"]]
                # an observer without a trial of a condition saw none of its images
                rows = all_names.merge(here, how="left", on=["source_id", "observer_id"])
                nothing = "0" * len(here["seen"].iloc[0])
                sides += [_bits(rows[side].fillna(nothing)) for side in ("seen", "correct")]
                names.append(list(all_names.itertuples(index=False, name=None)))
            conditions.append(Condition(*sides))
            models = names[0]
        yield dataset_id, models, conditions


def _summary(name: str, keys: list[Key], draws: Floats) -> pd.DataFrame:
    """Error and interval per model of one measure, from its draws (n_models, n_draws)."""
    n_drawn = np.isfinite(draws).sum(axis=1)
    low, high = row_quantiles(np.ascontiguousarray(draws), np.array([0.025, 0.975]))
    sources, observers = zip(*keys, strict=True)
    return pd.DataFrame(
        {
            "source_id": sources,
            "observer_id": observers,
            "measure": name,
            "standard_error": np.nanstd(draws, axis=1, ddof=1),
            "ci_low": low,
            "ci_high": high,
            "n_resamples": n_drawn,
        }
    )


COLUMNS = {
    "source_id": "str",
    "observer_id": "str",
    "dataset_id": "str",
    "measure": "str",
    "standard_error": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "n_resamples": "int64",
}
LIMITS = {"error_consistency": (-1.0, 1.0), "observed_consistency": (0.0, 1.0)} | dict.fromkeys(
    ("accuracy_difference", "ood_accuracy"), (0.0, 1.0)
)


def behaviour_frame(
    decisions: pd.DataFrame,
    behaviours: pd.DataFrame,
    summaries: pd.DataFrame,
    datasets: pd.DataFrame,
) -> pd.DataFrame:
    """Intervals of each model's measures per dataset, and of its measures and ranks over all.

    Parameters
    ----------
    decisions : DataFrame
        source_id, observer_id, is_human, dataset_id, condition, seen and correct (texts of 0 and
        1, one letter per image) of the conditions kept.
    behaviours : DataFrame
        source_id, observer_id, dataset_id and the four measures.
    summaries : DataFrame
        source_id, observer_id, the four measures over the datasets of the toolbox, the four
        ranks (NaN for a model that is not ranked) and mean_rank.
    datasets : DataFrame
        dataset_id and is_toolbox.

    Returns
    -------
    DataFrame
        source_id, observer_id, dataset_id (all for the toolbox's table), measure,
        standard_error, ci_low, ci_high, n_resamples (resamples with a value). A measure without
        an estimate has no row.

    Notes
    -----
    Every resample draws the images of each condition and the people of each dataset anew, the
    same for all models, so that ranks are compared on the same draw (``crossed_draws``).
    """
    index = ["source_id", "observer_id"]
    parts, over_datasets = [], {}
    known = behaviours.set_index([*index, "dataset_id"])
    toolbox = set(datasets.loc[datasets["is_toolbox"], "dataset_id"])
    for at, (dataset_id, models, conditions) in enumerate(_conditions(decisions)):
        rng = np.random.default_rng([SEED, at])
        images = [resample_counts(c.people_saw.shape[1], N_RESAMPLES, rng) for c in conditions]
        people = resample_counts(len(conditions[0].people_saw), N_RESAMPLES, rng)
        slices = in_slices(
            lambda rows, c=conditions, i=images: pair_measures(c, [w[rows] for w in i]),
            N_RESAMPLES,
            SLICE,
        )
        by_images, accuracy = (np.concatenate(part) for part in zip(*slices, strict=True))
        pairs, _ = pair_measures(conditions, [np.ones((1, w.shape[1])) for w in images])
        estimates = known.reindex([(*model, dataset_id) for model in models])[list(MEASURES)]
        draws = estimates.to_numpy(float) + np.concatenate(
            [crossed_draws(pairs[0], by_images, people), (accuracy - accuracy.mean(0))[..., None]],
            axis=2,
        )
        for k, measure in enumerate(MEASURES):
            kept = np.flatnonzero(np.isfinite(draws[..., k]).any(axis=0))
            if kept.size:
                part = _summary(measure, [models[i] for i in kept], draws[:, kept, k].T)
                parts.append(part.assign(dataset_id=dataset_id))
        if dataset_id in toolbox:
            over_datasets[dataset_id] = (models, draws)
    if over_datasets:
        parts.append(_overall(over_datasets, summaries.set_index(index)).assign(dataset_id="all"))
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    out = pd.concat(parts, ignore_index=True)[list(COLUMNS)].astype(COLUMNS)
    for measure, (low, high) in LIMITS.items():
        here = out["measure"] == measure
        out.loc[here, ["ci_low", "ci_high"]] = out.loc[here, ["ci_low", "ci_high"]].clip(low, high)
    return out


def _overall(
    over_datasets: dict[str, tuple[list[Key], Floats]], summaries: pd.DataFrame
) -> pd.DataFrame:
    """The toolbox's table: draws averaged over datasets, then ranked among the ranked models."""
    keys = list(summaries.index)
    place = {key: i for i, key in enumerate(keys)}
    total = np.zeros((N_RESAMPLES, len(keys), 4))
    count = np.zeros((len(keys), 4))
    for models, draws in over_datasets.values():
        at = [place[model] for model in models]
        there = np.isfinite(draws).any(axis=0)
        total[:, at] += np.where(there, draws, 0)
        count[at] += there
    with np.errstate(invalid="ignore"):
        draws = total / count
    parts = []
    for k, measure in enumerate(MEASURES):
        kept = np.flatnonzero(summaries[measure].notna() & np.isfinite(draws[..., k]).any(axis=0))
        parts.append(_summary(measure, [keys[i] for i in kept], draws[:, kept, k].T))
    ranked = np.flatnonzero(summaries["mean_rank"].notna())
    if ranked.size:
        names = [keys[i] for i in ranked]
        ranks = np.stack(
            [
                rankdata(sign * draws[:, ranked, k], axis=1, nan_policy="omit")
                for k, sign in enumerate(RANKS.values())
            ]
        )
        spread = dict(zip(RANKS, ranks, strict=True)) | {"mean_rank": ranks[:3].mean(axis=0)}
        parts += [_summary(name, names, values.T) for name, values in spread.items()]
    return pd.concat(parts, ignore_index=True)
