"""Mean agreement of a cohort over several sets of pairs, and how sure it is over both samples.

``leaves`` have one row per cohort, model and benchmark: cohort_id, level, model, benchmark_id,
score_directed and family. Models come in families and benchmarks in datasets; every
mean is made again without each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compute.stats import agreement, clusters, correlation
from compute.stats.budget import n_resamples
from compute.stats.frames.agreement import spearman_of
from compute.stats.frames.tables import datasets_of, families_of, matrices, matrix_of, table
from compute.stats.kendall import kendall_tau_b
from compute.stats.ranks import Floats, average_ranks, round_significant
from compute.stats.resampling import percentile_interval, random_subsets, resample_counts

N_NULL_COHORTS = 1_000
SEED = 20_240_713

N_RESAMPLES = 1_000
_AT_ONCE = 50
"""Resamples whose scores at a level are in memory together."""

MIN_MODELS = 10
"""With fewer models of known top-1 no mean with top-1 held fixed is made."""

TOP1_SOURCES = {
    "measured": ("imagenet_top1_measured",),
    "timm": ("imagenet_top1_timm",),
    "timm_or_measured": ("imagenet_top1_timm", "imagenet_top1_measured"),
    "printed": ("imagenet_top1",),
}
"""Where ImageNet top-1 comes from, and its columns: the first that is known."""

STRICTEST, TIMM_TOP1 = "exact_weights", "timm.imagenet.top1"
"""The confidence that every pair of two sources has to do with, and the top-1 held fixed there."""

CONTRASTS = {
    "behaviour_above_neural": ("within_behaviour", "within_neural"),
    "behaviour_above_neural_between_datasets": (
        "within_behaviour_between_datasets",
        "within_neural_between_datasets",
    ),
    "same_dataset_above_across": ("same_dataset", "across"),
}
"""Differences of two means that texts speak of."""


def _pair_sets(benchmarks: pd.DataFrame) -> dict[str, Floats]:
    """Weight of each pair of benchmarks in each mean, in the order of ``np.triu_indices``."""
    a, b = (benchmarks.iloc[at] for at in np.triu_indices(len(benchmarks), 1))
    of_a, of_b = (side.reset_index(drop=True) for side in (a, b))
    modality = of_a["modality"] == of_b["modality"]
    region = (of_a["region"] == of_b["region"]) & of_a["region"].notna()
    dataset = of_a["dataset"] == of_b["dataset"]
    neural = modality & (of_a["modality"] == "neural")
    behaviour = modality & (of_a["modality"] == "behavioural")
    doubted = of_a["is_doubted"].astype(bool) | of_b["is_doubted"].astype(bool)
    sets = {
        "all": modality | True,
        "undoubted": ~doubted & doubted.any(),
        "between_datasets": ~dataset,
        "within_neural": neural,
        "within_behaviour": behaviour,
        "within_neural_between_datasets": neural & ~dataset,
        "within_behaviour_between_datasets": behaviour & ~dataset,
        "between_modalities": ~modality,
        "same_dataset": dataset,
        "same_region": region & ~dataset,
        "same_modality": modality & ~region & ~dataset,
        "across": ~modality & ~dataset,
    }
    weights = {name: pairs.to_numpy(float) for name, pairs in sets.items()}
    return weights | {"hierarchy_weighted": (of_a["weight"] * of_b["weight"]).to_numpy(float)}


_SETS_OF_SOURCES = ("all", "undoubted", "between_datasets", "between_modalities")
_LEVELS = {
    "between_groups": "group",
    "between_regions": "region",
    "neural_with_behaviour": "modality",
}


@dataclass(frozen=True)
class _Cohort:
    """The scores of a cohort's leaves, with what they are grouped by."""

    scores: Floats
    families: NDArray[np.str_]
    groups: NDArray[np.str_]
    """Families, or groups of them, that are left out one after another."""
    datasets: NDArray[np.str_]
    pairs: dict[str, Floats]
    levels: dict[str, Floats]
    """Weight of each leaf in each benchmark of the level."""
    top1: Floats | None = None
    """ImageNet top-1 of each model, where it is held fixed."""

    @property
    def names(self) -> list[str]:
        """What :meth:`means` returns, in its order."""
        return [*self.pairs, *self.levels, *CONTRASTS]

    @property
    def n_cells(self) -> int:
        """Cells that a resample of the datasets goes through, to make the levels anew."""
        return self.scores.size * sum(map(len, self.levels.values()))

    def means(self, drawn: Floats, without: str = "") -> Floats:
        """Every mean in resamples of the datasets.

        Parameters
        ----------
        drawn : ndarray, shape (n_resamples, n_datasets)
            How often each was drawn. Pairs between datasets count by the product; pairs within one
            count once for each time that it was drawn, and copies never meet each other.
        without : str
            A group whose models are left out.

        Returns
        -------
        ndarray, shape (n_resamples, n_means)
            NaN where no pair is left.
        """
        is_in = self.groups != without
        scores, top1 = self.scores[is_in], None if self.top1 is None else self.top1[is_in]
        member, estimate = _membership(self.datasets), _correlated(scores, top1)
        found = [_drawn_mean(estimate, pairs, member, drawn) for pairs in self.pairs.values()]
        unlike, place = np.unique(drawn, axis=0, return_inverse=True)  # few datasets: few draws
        for leaves in self.levels.values():
            leaf_weights, parts = unlike @ member.T, []
            for at in range(0, len(leaf_weights), _AT_ONCE):
                weights = leaves[None] * leaf_weights[at : at + _AT_ONCE, None]
                parts.append(_drawn_levels(scores, weights, top1))
            found.append(np.concatenate(parts)[place])
        found += [one - other for one, other in self._contrasted(found)]
        return np.column_stack(found)

    def _contrasted(self, found: list) -> list[tuple]:
        """Both sides of every difference, from what was found of the means."""
        of = dict(zip(self.names, found, strict=False))
        return [(of[one], of[other]) for one, other in CONTRASTS.values()]

    def rests_on(self) -> NDArray[np.bool_]:
        """Whether each mean has a leaf of each dataset in it: datasets × means."""
        rows = []
        for dataset in np.unique(self.datasets):
            out = self.datasets == dataset
            above = np.triu_indices(len(out), 1)
            touched = out[above[0]] | out[above[1]]
            row = [(weights[touched] > 0).any() for weights in self.pairs.values()]
            row += [(weights[:, out] > 0).any() for weights in self.levels.values()]
            rows.append(row + [one or other for one, other in self._contrasted(row)])
        return np.array(rows)


def _correlated(scores: Floats, top1: Floats | None) -> Floats:
    """Spearman of every pair of columns, with top-1 held fixed where it is given."""
    return spearman_of(scores) if top1 is None else correlation.partial_spearman(scores, top1)[0]


def _membership(datasets: NDArray[np.str_]) -> Floats:
    """Which dataset each leaf is of, 0 or 1: leaves × datasets in their sorted order."""
    return (datasets[:, None] == np.unique(datasets)).astype(float)


def _drawn_mean(estimate: Floats, pairs: Floats, member: Floats, drawn: Floats) -> Floats:
    """Weighted mean over pairs of leaves in each resample of datasets."""
    above = np.triu_indices(len(estimate), 1)
    sums = []
    for values in (np.nan_to_num(estimate[above]), ~np.isnan(estimate[above])):
        matrix = np.zeros(estimate.shape)
        matrix[above] = values * pairs
        blocks = member.T @ matrix @ member
        within = np.diag(blocks).copy()
        np.fill_diagonal(blocks, 0)
        sums.append(((drawn @ blocks) * drawn).sum(1) + drawn @ within)
    total, weight = sums
    return np.divide(total, weight, out=np.full(len(drawn), np.nan), where=weight > 1e-12)


def _drawn_levels(scores: Floats, weights: Floats, top1: Floats | None) -> Floats:
    """Mean Spearman between the benchmarks of a level, whose leaves are weighted anew each time.

    Weights are resamples × benchmarks × leaves; a benchmark is the mean of the leaves that a model
    has. A resample that has none of a benchmark's leaves does without the benchmark.
    """
    present, filled = (~np.isnan(scores)).astype(float), np.nan_to_num(scores)
    with np.errstate(invalid="ignore", divide="ignore"):
        upper = round_significant((weights @ filled.T) / (weights @ present.T))
    is_there = ~np.isnan(upper)
    found = np.full(len(weights), np.nan)
    whole = (is_there.all(2) == is_there.any(2)).all(1) & (is_there.any(2).sum(1) > 1)
    whole &= top1 is None
    ranks = np.zeros(upper.shape)
    for k in range(upper.shape[1]):
        rows = whole & is_there[:, k].any(1)
        ranks[rows, k] = average_ranks(upper[rows, k], axis=1)
    ranks -= ranks.mean(2, keepdims=True)
    square = (ranks**2).sum(2, keepdims=True)
    z = np.divide(ranks, np.sqrt(square), out=np.zeros(ranks.shape), where=square > 0)
    n = (square > 0).sum(1)[:, 0]
    pairs = n * (n - 1)
    np.divide((z.sum(1) ** 2).sum(1) - n, pairs, out=found, where=whole & (pairs > 0))
    for at in np.flatnonzero(~whole):  # pairs share some of the models, or top-1 is held fixed
        found[at] = correlation.mean_off_diagonal(_correlated(upper[at].T, top1))
    return found


def _cohorts(
    leaves: pd.DataFrame, benchmarks: pd.DataFrame, weights: pd.DataFrame
) -> Iterator[tuple[str, _Cohort]]:
    known = benchmarks.set_index("benchmark_id")[["modality", "region", "is_doubted"]]
    datasets = datasets_of(benchmarks)
    for cohort_id, _, matrix in matrices(leaves):
        here = leaves[leaves["cohort_id"] == cohort_id]
        families, n_pairs = families_of(here, matrix), matrix.shape[1] * (matrix.shape[1] - 1) // 2
        upper = weights[weights["cohort_id"] == cohort_id]
        whole = upper[upper["level"] == "whole"].set_index("leaf_id")["weight"]
        about = known.reindex(matrix.columns).assign(weight=whole.reindex(matrix.columns))
        about["dataset"] = datasets[matrix.columns]
        levels = {}
        for name, level in _LEVELS.items():
            part = upper[upper["level"] == level]
            wide = part.pivot(index="benchmark_id", columns="leaf_id", values="weight")
            levels[name] = wide.reindex(columns=matrix.columns).fillna(0).to_numpy(float)
        yield (
            cohort_id,
            _Cohort(
                matrix.to_numpy(),
                families,
                clusters.left_out(families, len(matrix) * n_pairs),
                about["dataset"].to_numpy(str),
                _pair_sets(about.fillna({"weight": 0})),
                levels,
            ),
        )


def _limits(
    whole: Floats, by_family: Floats, by_draw: Floats, n_families: float, n_datasets: ArrayLike
) -> Floats:
    """Limits of each estimate in the order of ``clusters.LIMITS``."""
    families = clusters.effective_interval(whole, by_family, n_families)
    datasets = clusters.expanded_interval(by_draw, n_datasets)
    return clusters.crossed_limits(whole, families, datasets, n_datasets)


def _draws(n_datasets: int, n_cells: int = 0) -> tuple[Floats, Floats, Floats]:
    """Datasets as they are, each left out once, and resamples of so many cells each."""
    n = n_resamples(N_RESAMPLES, n_cells)
    drawn = resample_counts(n_datasets, n, SEED).astype(float)
    return np.ones((1, n_datasets)), 1 - np.eye(n_datasets), drawn


def mean_frame(
    leaves: pd.DataFrame, benchmarks: pd.DataFrame, weights: pd.DataFrame
) -> pd.DataFrame:
    """Mean Spearman of each cohort over several sets of pairs, with its uncertainty.

    Parameters
    ----------
    leaves : DataFrame
        Scores at level leaf.
    benchmarks : DataFrame
        benchmark_id, modality, region, dataset, is_doubted.
    weights : DataFrame
        cohort_id, level, benchmark_id, leaf_id, weight: the weight of each leaf in each benchmark
        of the levels group, region and modality, and in the whole.

    Returns
    -------
    DataFrame
        One row per cohort, set of pairs (``pairs``) and dataset left out (``left_out``, '' where
        none is): estimate. Where none is also n_families, effective_families, n_datasets,
        effective_datasets, and 95 % limits over families, over datasets and over both
        (:mod:`compute.stats.clusters`), on Fisher's z for a mean and as they are for a difference
        of two (``CONTRASTS``). NaN where a mean rests on one dataset; over datasets alone also
        with fewer than five, where these limits cover some 80 %.
    """
    rows = []
    for cohort_id, cohort in _cohorts(leaves, benchmarks, weights):
        names, rests = cohort.names, cohort.rests_on()
        families, datasets = np.unique(cohort.families), np.unique(cohort.datasets)
        once, left_out, drawn = _draws(len(datasets), cohort.n_cells)
        whole, by_dataset = cohort.means(once)[0], cohort.means(left_out)
        by_family = np.array([cohort.means(once, name)[0] for name in np.unique(cohort.groups)])
        n_datasets, parts = rests.sum(0), (whole, by_family, cohort.means(drawn))
        # a mean that hangs on one dataset says nothing of others
        n_drawn = np.where((np.isnan(by_dataset) & rests).any(0), 1, n_datasets)
        n_families = clusters.effective_number(cohort.families)
        n_left_out = clusters.effective_number(cohort.groups)
        differences = _limits(*parts, n_left_out, n_drawn)
        is_difference = np.isin(names, list(CONTRASTS))
        means = np.tanh(_limits(*map(clusters.fisher_z, parts), n_left_out, n_drawn))
        limits = np.where(is_difference, differences, means)
        n = np.array([(cohort.datasets == name).sum() for name in datasets])[:, None] * rests
        for at in np.flatnonzero(~np.isnan(whole)):
            row = {"cohort_id": cohort_id, "pairs": names[at]}
            found = row | {
                "left_out": "",
                "estimate": whole[at],
                "n_families": len(families),
                "effective_families": n_families,
                "n_datasets": n_datasets[at],
                "effective_datasets": n[:, at].sum() ** 2 / (n[:, at] ** 2).sum(),
            }
            rows.append(found | dict(zip(clusters.LIMITS, limits[:, at], strict=True)))
            for d in np.flatnonzero(rests[:, at]):
                rows.append(row | {"left_out": datasets[d], "estimate": by_dataset[d, at]})
    columns = dict.fromkeys(("cohort_id", "pairs", "left_out"), "str") | {"estimate": "float64"}
    columns |= dict.fromkeys(("n_families", "n_datasets"), "Int64")
    numbers = ("effective_families", "effective_datasets", *clusters.LIMITS)
    return table(rows, columns | dict.fromkeys(numbers, "float64"))


def partial_frame(
    leaves: pd.DataFrame, benchmarks: pd.DataFrame, weights: pd.DataFrame
) -> pd.DataFrame:
    """Mean Spearman of each cohort with ImageNet top-1 held fixed, by where top-1 comes from.

    Parameters
    ----------
    leaves : DataFrame
        Scores at level leaf, with imagenet_top1, imagenet_top1_measured and imagenet_top1_timm.
    benchmarks, weights : DataFrame
        As in :func:`mean_frame`.

    Returns
    -------
    DataFrame
        One row per cohort, source of top-1 (``TOP1_SOURCES``) that is known of ten models, set of
        pairs and dataset left out ('' where none is), as in :func:`mean_frame`: n_models,
        n_families and effective_families of these models and mean_partial, with top-1 held fixed.
        Of all pairs, with no dataset left out, also limits, and mean_estimate, the mean as it is.
    """
    rows = []
    for cohort_id, cohort in _cohorts(leaves, benchmarks, weights):
        about = leaves[leaves["cohort_id"] == cohort_id].drop_duplicates("model")
        about = about.set_index("model").sort_index()
        once, left_out, drawn = _draws(len(np.unique(cohort.datasets)), cohort.n_cells)
        for source, columns in TOP1_SOURCES.items():
            first, *others = (about[column].to_numpy(float) for column in columns)
            top1 = np.where(np.isnan(first), others[0], first) if others else first
            known = ~np.isnan(top1)
            if known.sum() >= MIN_MODELS:
                held = {"scores": cohort.scores, "families": cohort.families}
                held |= {"groups": cohort.groups, "top1": top1}
                held = replace(cohort, **{name: of[known] for name, of in held.items()})
                key = {"cohort_id": cohort_id, "top1_source": source}
                rows += [key | row for row in _partial_means(held, once, left_out, drawn)]
    kinds = dict.fromkeys(("cohort_id", "top1_source", "pairs", "left_out"), "str")
    kinds |= dict.fromkeys(("n_models", "n_families"), "int64")
    numbers = ("effective_families", "mean_estimate", "mean_partial", *clusters.LIMITS)
    return table(rows, kinds | dict.fromkeys(numbers, "float64"))


def _partial_means(
    cohort: _Cohort, once: Floats, left_out: Floats, drawn: Floats
) -> Iterator[dict[str, object]]:
    """Rows of :func:`partial_frame` for one cohort and its top-1."""
    datasets, families = np.unique(cohort.datasets), np.unique(cohort.families)
    whole, by_dataset, rests = cohort.means(once)[0], cohort.means(left_out), cohort.rests_on()

    def of_all_pairs(drawn: Floats, without: str = "") -> Floats:
        kept = cohort.groups != without
        estimate = _correlated(cohort.scores[kept], cohort.top1[kept])
        return _drawn_mean(estimate, cohort.pairs["all"], _membership(cohort.datasets), drawn)

    at = cohort.names.index("all")
    by_family = [of_all_pairs(once, name) for name in np.unique(cohort.groups)]
    n_families = clusters.effective_number(cohort.families)
    parts = (whole[[at]], by_family, of_all_pairs(drawn)[:, None])
    n_drawn = 1 if np.isnan(by_dataset[:, at]).any() else len(datasets)
    n_left_out = clusters.effective_number(cohort.groups)
    limits = np.tanh(_limits(*map(clusters.fisher_z, parts), n_left_out, n_drawn))[:, 0]
    of_all = dict(zip(clusters.LIMITS, limits, strict=True))
    of_all["mean_estimate"] = correlation.mean_off_diagonal(spearman_of(cohort.scores))
    counts = {
        "n_models": len(cohort.scores),
        "n_families": len(families),
        "effective_families": n_families,
    }
    for mean in np.flatnonzero(~np.isnan(whole)):
        row = counts | {"pairs": cohort.names[mean]}
        found = row | {"left_out": "", "mean_partial": whole[mean]}
        yield found | of_all if mean == at else found
        for dataset in np.flatnonzero(rests[:, mean]):
            out = {"left_out": datasets[dataset], "mean_partial": by_dataset[dataset, mean]}
            yield row | out


def source_mean_frame(scores: pd.DataFrame, benchmarks: pd.DataFrame) -> pd.DataFrame:
    """Mean correlation between benchmarks of two sources, at each identity confidence.

    Parameters
    ----------
    scores : DataFrame
        confidence, source_id, model, benchmark_id, score_directed; one score per model and
        benchmark.
    benchmarks : DataFrame
        benchmark_id, modality, region, dataset, is_doubted.

    Returns
    -------
    DataFrame
        One row per confidence, method, what is held fixed (``held``: none, or timm for its ImageNet
        top-1, by Spearman alone), set of pairs (``pairs``) and dataset left out ('' where none is):
        estimate and n_models, the most of any pair. Pairs are those that share ten models at the
        strictest confidence, so that each has the same ones.
    """
    kinds = dict.fromkeys(("confidence", "held", "method", "pairs", "left_out"), "str")
    kinds |= {"estimate": "float64", "n_models": "int64"}
    n_sources = scores.groupby(["confidence", "model"])["source_id"].transform("nunique")
    levels = dict(iter(scores[n_sources > 1].groupby("confidence")))
    if STRICTEST not in levels:
        return table([], kinds)
    known = benchmarks.set_index("benchmark_id")[["modality", "region", "is_doubted"]]
    ids = np.unique(scores["benchmark_id"])
    about = known.reindex(ids).assign(dataset=datasets_of(benchmarks)[ids], weight=0)
    source = scores.drop_duplicates("benchmark_id").set_index("benchmark_id")["source_id"][ids]
    apart = (source.to_numpy() != source.to_numpy()[:, None])[np.triu_indices(len(ids), 1)]
    both = about["modality"].isin(["neural", "behavioural"]).to_numpy()
    pairs = {name: _pair_sets(about)[name] * apart for name in _SETS_OF_SOURCES}
    pairs["between_modalities"] *= np.multiply.outer(both, both)[np.triu_indices(len(ids), 1)]
    datasets = about["dataset"].to_numpy(str)
    names, member, rows, kept = np.unique(datasets), _membership(datasets), [], {}
    once, left_out, _ = _draws(len(names))
    for confidence in (STRICTEST, *(level for level in levels if level != STRICTEST)):
        matrix = matrix_of(levels[confidence]).reindex(columns=ids)
        for held, method, estimate, shared in _between_sources(matrix):
            at = kept.setdefault((held, method), (shared >= MIN_MODELS) & ~np.isnan(estimate))
            estimate = np.where(at, estimate, np.nan)
            key = {"confidence": confidence, "held": held, "method": method}
            for name, chosen in pairs.items():
                counted = np.zeros(at.shape, bool)
                counted[np.triu_indices(len(ids), 1)] = chosen > 0
                counted &= at
                if not counted.any():
                    continue
                key |= {"pairs": name, "n_models": shared[counted].max()}
                whole = _drawn_mean(estimate, chosen, member, once)[0]
                rows.append(key | {"left_out": "", "estimate": whole})
                without = _drawn_mean(estimate, chosen, member, left_out)
                for d in np.flatnonzero(member.T @ (counted.any(0) | counted.any(1))):
                    rows.append(key | {"left_out": names[d], "estimate": without[d]})
    return table(rows, kinds)


def _between_sources(matrix: pd.DataFrame) -> Iterator[tuple[str, str, Floats, Floats]]:
    """What is held fixed, method, correlations and shared models of every pair of columns."""
    values = matrix.to_numpy()
    estimate, shared = correlation.pairwise_spearman(values)
    yield "none", "spearman", estimate, shared
    yield "none", "pearson", correlation.pairwise_pearson(values), shared
    yield "none", "kendall", kendall_tau_b(values)[0], shared
    if TIMM_TOP1 in matrix:
        others = matrix.assign(**{TIMM_TOP1: np.nan}).to_numpy()
        yield "timm", "spearman", *correlation.partial_spearman(others, matrix[TIMM_TOP1])


def change_frame(
    leaves: pd.DataFrame, datasets: pd.DataFrame, changes: pd.DataFrame
) -> pd.DataFrame:
    """Difference of the mean Spearman of two cohorts, with its uncertainty.

    Parameters
    ----------
    leaves : DataFrame
        Scores at level leaf, with family.
    datasets : DataFrame
        benchmark_id and dataset.
    changes : DataFrame
        step, previous_cohort_id and cohort_id.

    Returns
    -------
    DataFrame
        One row per step: n_shared_models, difference, and its 95 % limits over families, over
        datasets, and over both. A family or a dataset is left out of both cohorts at once, so that
        what they share does not count as uncertainty.
    """
    dataset_of = datasets_of(datasets)
    sides = {cohort_id: matrix for cohort_id, _, matrix in matrices(leaves)}
    rows = []
    for change in changes.sort_values("step").itertuples():
        ids = [change.previous_cohort_id, change.cohort_id]
        if not sides.keys() >= set(ids):
            continue
        names = np.unique(dataset_of[np.concatenate([sides[i].columns for i in ids])])
        once, _, drawn = _draws(len(names))
        pair = [_leaves_of(leaves, cohort_id, sides[cohort_id], dataset_of) for cohort_id in ids]
        families = np.unique(np.concatenate([of for _, of, _ in pair]))

        def differences(drawn: Floats, without: str = "", pair=pair, names=names) -> Floats:
            means = []
            for scores, of, dataset in pair:
                estimate = spearman_of(scores[of != without])
                member = (dataset[:, None] == names).astype(float)
                pairs = np.ones(len(dataset) * (len(dataset) - 1) // 2)
                means.append(_drawn_mean(estimate, pairs, member, drawn))
            return means[1] - means[0]

        whole = differences(once)
        by_family = np.array([differences(once, name) for name in families])
        known = pd.concat(
            [pd.Series(of, sides[i].index) for i, (_, of, _) in zip(ids, pair, strict=True)]
        )
        n_families = clusters.effective_number(known[~known.index.duplicated()])
        by_draw = differences(drawn)[:, None]
        limits = _limits(whole, by_family, by_draw, n_families, len(names))
        row = {"step": change.step, "difference": whole[0]}
        row["n_shared_models"] = len(sides[ids[0]].index.intersection(sides[ids[1]].index))
        rows.append(row | dict(zip(clusters.LIMITS, limits[:, 0], strict=True)))
    columns = {"step": "int64", "n_shared_models": "int64"}
    return table(rows, columns | dict.fromkeys(("difference", *clusters.LIMITS), "float64"))


def _leaves_of(
    leaves: pd.DataFrame, cohort_id: str, matrix: pd.DataFrame, dataset_of: pd.Series
) -> tuple[Floats, NDArray[np.str_], NDArray[np.str_]]:
    """Scores of a cohort, the family of each model and the dataset of each benchmark."""
    here = leaves[leaves["cohort_id"] == cohort_id]
    return matrix.to_numpy(), families_of(here, matrix), dataset_of[matrix.columns].to_numpy(str)


def null_frame(leaves: pd.DataFrame, pools: pd.DataFrame) -> pd.DataFrame:
    """What the mean Spearman of random cohorts is, of a cohort's size and on its benchmarks.

    Parameters
    ----------
    leaves : DataFrame
        Scores at level leaf.
    pools : DataFrame
        cohort_id and pool_id, the cohort whose models random cohorts are drawn from.

    Returns
    -------
    DataFrame
        One row per cohort with a larger pool: null_mean, null_low and null_high (the middle 95 %),
        null_percentile of the cohort's own mean, pairwise deletion, and null_median_pair_models,
        how many models a pair has in them.
    """
    sides = {cohort_id: matrix for cohort_id, _, matrix in matrices(leaves)}
    rows = []
    for cohort_id, pool_id in zip(pools["cohort_id"], pools["pool_id"], strict=True):
        matrix, pool = sides.get(cohort_id), sides.get(pool_id)
        if matrix is None or pool is None or len(pool) <= len(matrix):
            continue
        mean = correlation.mean_off_diagonal(spearman_of(matrix.to_numpy()))
        pool = pool.reindex(columns=matrix.columns).to_numpy()
        patterns = np.unique(np.isnan(pool), axis=1).shape[1]
        n_cohorts = n_resamples(N_NULL_COHORTS, pool.size * patterns)
        chosen = random_subsets(len(pool), len(matrix), n_cohorts, SEED)
        means = agreement.resampled_mean(pool, chosen)
        means = means[~np.isnan(means)]
        low, high = percentile_interval(means)
        present, above = (~np.isnan(pool)).astype(np.float32), np.triu_indices(pool.shape[1], 1)
        drawn = (present[subset] for subset in chosen.astype(bool))
        found = {
            "cohort_id": cohort_id,
            "null_mean": means.mean(),
            "null_low": low,
            "null_high": high,
            "null_percentile": (means < mean).mean(),
            "null_median_pair_models": np.median([np.median((p.T @ p)[above]) for p in drawn]),
        }
        rows.append(found)
    numbers = ["null_mean", "null_low", "null_high", "null_percentile", "null_median_pair_models"]
    return table(rows, {"cohort_id": "str"} | dict.fromkeys(numbers, "float64"))
