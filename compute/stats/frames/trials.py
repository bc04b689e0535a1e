"""How sure averages of trials are.

For the toolbox's table images and people of every dataset are drawn again; the datasets are what
the table is made of, and are not drawn. For groups of people each person is left out in turn.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from compute.stats.clusters import Error, effective_number, interval, jackknife_error
from compute.stats.frames.tables import table
from compute.stats.ranks import Floats
from compute.stats.resampling import crossed_draws, in_slices, percentile_interval, resample_counts
from compute.stats.trials import MEASURES, Bits, Condition, pair_measures, ranks_of

N_RESAMPLES = 1_000
SEED = 20_211_206
_SLICE = 250
"""Resamples at a time: enough for a matrix product, few enough for the cache."""
_MODELS = 64
"""Models at a time."""

OBSERVER = {"source_id": "str", "observer_id": "str"}
LIMITS = {"error_consistency": (-1.0, 1.0)} | dict.fromkeys(
    ("observed_consistency", "accuracy_difference", "ood_accuracy"), (0.0, 1.0)
)


def _bits(texts: pd.Series, n_images: int) -> Bits:
    letters = np.frombuffer("".join(texts.fillna("0" * n_images)).encode(), np.uint8)
    return (letters.reshape(-1, n_images) == ord("1")).astype(np.float32)


def _conditions(decisions: pd.DataFrame) -> Iterator[tuple[str, pd.MultiIndex, list[Condition]]]:
    """Dataset, its models, and its conditions with all of these models and all people."""
    for dataset_id, part in decisions.groupby("dataset_id", sort=True):
        if part["is_human"].nunique() < 2:
            continue  # models without people have nothing to be held against
        models, people = (
            pd.MultiIndex.from_frame(part.loc[side, list(OBSERVER)].drop_duplicates()).sort_values()
            for side in (~part["is_human"], part["is_human"])
        )
        conditions = []
        for _, here in part.groupby("condition", sort=True):
            n_images = len(here["seen"].iloc[0])
            here = here.set_index(list(OBSERVER))
            # an observer without a trial of a condition saw none of its images
            sides = [
                _bits(here[side].reindex(who), n_images)
                for who in (models, people)
                for side in ("seen", "correct")
            ]
            conditions.append(Condition(*sides))
        yield dataset_id, models, conditions


def _drawn(conditions: list[Condition], estimates: Floats, seed: list[int]) -> Floats:
    """Measures of the models of one dataset, resamples × models × `MEASURES`.

    A few models at a time: all pairs of thousands with people would not fit into memory.
    """
    rng = np.random.default_rng(seed)
    images = [resample_counts(c.people_saw.shape[1], N_RESAMPLES, rng) for c in conditions]
    people = resample_counts(len(conditions[0].people_saw), N_RESAMPLES, rng)
    once = [np.ones((1, w.shape[1])) for w in images]
    draws = np.empty((N_RESAMPLES, len(estimates), len(MEASURES)))
    for at in range(0, len(estimates), _MODELS):
        some = slice(at, at + _MODELS)
        here = [
            c._replace(models_saw=c.models_saw[some], models_right=c.models_right[some])
            for c in conditions
        ]
        slices = in_slices(
            lambda rows, here=here: pair_measures(here, [w[rows] for w in images]),
            N_RESAMPLES,
            _SLICE,
        )
        by_images, accuracy = (np.concatenate(part) for part in zip(*slices, strict=True))
        pairs, _ = pair_measures(here, once)
        spread = crossed_draws(pairs[0], by_images, people)
        draws[:, some] = estimates[some] + np.dstack([spread, accuracy - accuracy.mean(0)])
    return draws


def _summaries(draws: dict[str, Floats], models: pd.MultiIndex) -> Iterator[pd.DataFrame]:
    """Error and interval per model of each measure (resamples × models); no row where all NaN."""
    for measure, values in draws.items():
        known = np.isfinite(values).any(axis=0)
        values = values[:, known].T
        low, high = percentile_interval(values)
        limits = LIMITS.get(measure, (-np.inf, np.inf))
        yield (
            models[known]
            .to_frame(index=False)
            .assign(
                measure=measure,
                standard_error=np.nanstd(values, axis=1, ddof=1),
                ci_low=np.clip(low, *limits),
                ci_high=np.clip(high, *limits),
                n_resamples=np.isfinite(values).sum(axis=1),
            )
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
    same for all models, so that ranks are compared on the same draw
    (:func:`compute.stats.resampling.crossed_draws`).
    """
    known = behaviours.set_index([*OBSERVER, "dataset_id"])[list(MEASURES)]
    summaries = summaries.set_index(list(OBSERVER))
    toolbox = set(datasets.loc[datasets["is_toolbox"], "dataset_id"])
    total = np.zeros((N_RESAMPLES, len(summaries), len(MEASURES)))
    count, parts = np.zeros(total.shape[1:]), []
    for at, (dataset_id, models, conditions) in enumerate(_conditions(decisions)):
        estimates = known.reindex([(*model, dataset_id) for model in models]).to_numpy(float)
        draws = _drawn(conditions, estimates, [SEED, at])
        of_dataset = dict(zip(MEASURES, np.moveaxis(draws, 2, 0), strict=True))
        parts += [p.assign(dataset_id=dataset_id) for p in _summaries(of_dataset, models)]
        if dataset_id in toolbox:
            place, there = summaries.index.get_indexer(models), np.isfinite(draws).any(axis=0)
            total[:, place] += np.where(there, draws, 0)
            count[place] += there
    with np.errstate(invalid="ignore"):
        means = total / count
    known = np.where(summaries[list(MEASURES)].notna(), means, np.nan)
    overall = dict(zip(MEASURES, np.moveaxis(known, 2, 0), strict=True))
    is_ranked = summaries["mean_rank"].notna().to_numpy()
    ranked = ranks_of(means[:, is_ranked])
    for found, models in ((overall, summaries.index), (ranked, summaries.index[is_ranked])):
        parts += [p.assign(dataset_id="all") for p in _summaries(found, models)]
    limits = dict.fromkeys(("standard_error", "ci_low", "ci_high"), "float64")
    kinds = OBSERVER | {"dataset_id": "str", "measure": "str"} | limits | {"n_resamples": "int64"}
    return table([part for part in parts if len(part)], kinds)


def group_frame(values: pd.DataFrame) -> pd.DataFrame:
    """Averages of groups of people and networks, with intervals for other people.

    Parameters
    ----------
    values : DataFrame
        One row per person of a group, or per pair of persons, and part of the condition:
        dataset_id, condition, part, measure, group_name, other_group and other_id (null without a
        pair), observer_id, value and weight, a whole number. A pair inside one group has one row.

    Returns
    -------
    DataFrame
        One row per dataset, condition, measure, group and other group: estimate (weighted mean),
        ci_low and ci_high (NaN for a group of one, a pair of persons, or people who are all alike),
        n_people of the group, n (sum of weights).

    Notes
    -----
    Each person of the group is left out in turn, with all of its pairs; the other group stays as
    it is. Student's t has Kish's effective number of people less one as degrees of freedom: people
    did from 20 to 400 trials (:mod:`compute.stats.clusters`).
    """
    texts = ["dataset_id", "condition", "measure", "group_name", "other_group"]
    values = values.fillna({"other_group": "", "other_id": ""})
    values = values.sort_values([*texts, "part", "observer_id", "other_id"])
    rows = []
    for key, part in values.groupby(texts, sort=True):
        row = dict(zip(texts, key, strict=True))
        value, weight = (part[name].to_numpy(float) for name in ("value", "weight"))
        own = part["observer_id"].to_numpy(str)
        other = part["other_id"].to_numpy(str)
        inside = row["group_name"] == row["other_group"]
        people = np.unique(np.concatenate([own, other]) if inside else own)
        kept = ((own != people[:, None]) & (other != people[:, None])) * weight
        with np.errstate(invalid="ignore"):
            error = jackknife_error(kept @ value / kept.sum(1))
        labels = np.concatenate([own, other] if inside else [own])
        shares = np.concatenate([weight] * (1 + inside)).astype(int)
        # that these few do not differ does not show that others would not
        size = error.size if error.size > 1e-9 else np.nan
        row |= {"estimate": value @ weight / weight.sum(), "size": size}
        row |= {"df": effective_number(labels.repeat(shares)) - 1}
        rows.append(row | {"n_people": len(people), "n": int(weight.sum())})
    numbers = dict.fromkeys(("estimate", "size", "df"), "float64")
    found = table(rows, dict.fromkeys(texts, "str") | numbers | {"n_people": "int64", "n": "int64"})
    limits = interval(found["estimate"], Error(found.pop("size"), found.pop("df")))
    lowest = np.where(found["measure"] == "error_consistency", -1, 0)
    low, high = (np.clip(limit, lowest, 1) for limit in limits)
    return found.assign(ci_low=low, ci_high=high)


def ceiling_frame(pairs: pd.DataFrame) -> pd.DataFrame:
    """Mean error consistency of people with each other, with its interval.

    Parameters
    ----------
    pairs : DataFrame
        One row per dataset, pair of people and condition kept: dataset_id, is_toolbox,
        observer_a, observer_b, observed_consistency, error_consistency and standard_error.

    Returns
    -------
    DataFrame
        One row per dataset, and one for the mean of the toolbox's (dataset_id all): estimate,
        ci_low, ci_high. Limits are NaN where a dataset has fewer than three people.

    Notes
    -----
    For other people each person is left out in turn, with all pairs. For other images the mean
    variance of a single pair is added, as if all pairs erred by the images alike: what one person
    makes of an image counts twice, so that the interval is rather too wide. Student's t has the
    number of people less one as degrees of freedom, and Satterthwaite's for the mean of datasets.
    κ of a pair that always agrees counts as 1.
    """
    kappa = pairs["error_consistency"].mask(pairs["observed_consistency"] == 1, 1)
    known = pairs.assign(kappa=kappa, variance=pairs["standard_error"] ** 2).dropna(subset="kappa")
    rows = []
    for dataset_id, part in known.groupby("dataset_id", sort=True):
        by_pair = part.groupby(["observer_a", "observer_b"], sort=True)
        value = by_pair["kappa"].mean().to_numpy()
        of_images = (by_pair["variance"].sum() / by_pair.size() ** 2).mean()
        own, other = (np.array(side, str) for side in zip(*by_pair.groups, strict=True))
        people = np.unique(np.concatenate([own, other]))
        kept = ((own != people[:, None]) & (other != people[:, None])).astype(float)
        with np.errstate(invalid="ignore"):
            error = jackknife_error(kept @ value / kept.sum(1))
        row = {"dataset_id": dataset_id, "is_toolbox": bool(part["is_toolbox"].iloc[0])}
        size = np.hypot(float(error.size), np.sqrt(of_images))
        rows.append(row | {"estimate": value.mean(), "size": size, "df": float(error.df)})
    numbers = dict.fromkeys(("estimate", "size", "df"), "float64")
    found = table(rows, {"dataset_id": "str", "is_toolbox": "bool"} | numbers)
    toolbox = found[found["is_toolbox"]]
    if len(toolbox):
        square = toolbox["size"].to_numpy() ** 2
        mean = {"dataset_id": "all", "is_toolbox": True, "estimate": toolbox["estimate"].mean()}
        mean |= {"size": np.sqrt(square.sum()) / len(square)}
        mean |= {"df": square.sum() ** 2 / (square**2 / toolbox["df"].to_numpy()).sum()}
        found = pd.concat([found, pd.DataFrame([mean])], ignore_index=True)
    limits = interval(found["estimate"], Error(found.pop("size"), found.pop("df")))
    low, high = (np.clip(limit, -1, 1) for limit in limits)
    return found.drop(columns="is_toolbox").assign(ci_low=low, ci_high=high)
