"""Small panels of benchmarks of each cohort, judged on families and on models they never saw."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compute.stats import clusters
from compute.stats.frames.tables import datasets_of, is_complete, table, with_families
from compute.stats.generalizability import MIN_TO_FIT, Design, standardised
from compute.stats.panel import GATES, SHARES, Panel, Scored, held_out, random_panels, spearman
from compute.stats.ranks import Floats
from compute.stats.resampling import percentile_interval

LARGEST = 20
N_RANDOM = 400
SEED = 20_261_128

_CURVE = ("estimate", *clusters.LIMITS, "random_low", "random_median", "random_high")
_SHARES = [
    f"{gate}_{share}{limit}"
    for gate in GATES
    for share in ("sensitivity", "specificity")
    for limit in ("", "_ci_low", "_ci_high")
]
_COUNTS = [f"{gate}_n_{what}" for gate in GATES for what in ("better", "passed")]


class Cohort(NamedTuple):
    """Scores of a cohort without missing ones, and the weights of its benchmarks in the whole."""

    models: NDArray
    benchmarks: NDArray
    scores: Floats
    families: NDArray
    datasets: NDArray
    modalities: NDArray

    @property
    def weights(self) -> Floats:
        """Of each benchmark in the whole."""
        return Design.of(self.families, self.datasets, self.modalities).alike

    @property
    def whole(self) -> Floats:
        """What every panel is to reproduce."""
        return standardised(self.scores) @ self.weights

    def without(self, dataset: str) -> "Cohort":
        """The same without the benchmarks of one dataset."""
        kept = self.datasets != dataset
        columns = {"scores": self.scores[:, kept]} | {
            name: getattr(self, name)[kept] for name in ("benchmarks", "datasets", "modalities")
        }
        return self._replace(**columns)


def _cohorts(leaves: pd.DataFrame, benchmarks: pd.DataFrame) -> dict[str, Cohort]:
    found, dataset_of = {}, datasets_of(benchmarks)
    modality_of = benchmarks.set_index("benchmark_id")["modality"].fillna("")
    for cohort_id, matrix, families in with_families(leaves):
        if not is_complete(matrix) or len(np.unique(families)) < MIN_TO_FIT:
            continue
        modalities = modality_of[matrix.columns].to_numpy(str)
        datasets = np.char.add(dataset_of[matrix.columns].to_numpy(str), modalities)
        models, columns = (axis.to_numpy(str) for axis in (matrix.index, matrix.columns))
        found[cohort_id] = Cohort(
            models, columns, matrix.to_numpy(), families, datasets, modalities
        )
    return found


def judged(
    scored: Scored, whole: Floats, is_better: NDArray, families: NDArray, without: Floats
) -> pd.DataFrame:
    """How well panels of every size put models in order, and find the better ones.

    Parameters
    ----------
    scored : Scored
        By panels in whose choice the models took no part.
    whole : ndarray, shape (n_models,)
        What the panels are to reproduce.
    is_better : ndarray of bool, shape (n_gates, n_models)
        Whom each gate is to find.
    families : ndarray of str, shape (n_models,)
        Architecture family of each model.
    without : ndarray, shape (n_datasets, size)
        The correlation where a panel is chosen, and is to reproduce the rest, without a dataset.

    Returns
    -------
    DataFrame
        One row per size: estimate (Spearman) with 95 % limits over families, and over families and
        datasets; sensitivity and specificity of each gate with 95 % limits over families; and
        counts of models. NaN where the error is unknown.
    """
    size = scored.score.shape[1]
    both = np.column_stack([scored.score, whole])

    def correlated(rows: Floats) -> Floats:
        return spearman(rows[:, :size], rows[:, size])

    estimate = correlated(both)
    z, deleted = map(
        clusters.fisher_z, (estimate, clusters.without_each(both, families, correlated))
    )
    of_families = clusters.effective_interval(z, deleted, clusters.effective_number(families))
    of_datasets = clusters.interval(z, clusters.jackknife_error(clusters.fisher_z(without)))
    limits = np.tanh(clusters.crossed_limits(z, of_families, of_datasets, len(without)))
    found = dict(zip(clusters.LIMITS, limits, strict=True)) | {"estimate": estimate}
    for gate, passes, better in zip(GATES, scored.passes, is_better, strict=True):
        found[f"{gate}_n_better"] = better.sum()
        found[f"{gate}_n_passed"] = passes.sum(0)
        for name, right in (("sensitivity", passes[better]), ("specificity", ~passes[~better])):
            named = f"{gate}_{name}", f"{gate}_{name}_ci_low", f"{gate}_{name}_ci_high"
            shares = _shares(right, families[better if name == "sensitivity" else ~better])
            found |= dict(zip(named, shares, strict=True))
    return pd.DataFrame(found, index=range(size))


def _shares(right: NDArray[np.bool_], families: NDArray) -> tuple[Floats, Floats, Floats]:
    """Share of the models that are judged right by each size, and its limits over families."""
    if not len(right):
        return tuple(np.full((3, right.shape[1]), np.nan))
    without = clusters.without_each(right, families, _mean)
    error = clusters.jackknife_error(without)
    return (right.mean(0), *clusters.share_interval(right.mean(0), error, len(right)))


def _mean(rows: NDArray) -> Floats:
    return rows.mean(0) if len(rows) else np.full(rows.shape[1], np.nan)


def without_datasets(
    earlier: Cohort, later: Cohort, is_judged: NDArray[np.bool_], panel: int | NDArray
) -> Floats:
    """Correlation with the whole when each dataset is left out: of the choice, and of the whole.

    Parameters
    ----------
    earlier, later : Cohort
        What panels are chosen on, and what they are to reproduce; of the same benchmarks.
    is_judged : ndarray of bool
        The models of ``later`` that count.
    panel : int or ndarray of str
        Largest size of panels that are chosen, or the benchmarks of one that is given.

    Returns
    -------
    ndarray, shape (n_datasets, size)
        One column for a panel that is given; NaN where too few benchmarks are left.
    """
    names, is_chosen = np.unique(earlier.datasets), isinstance(panel, int)
    found = np.full((len(names), panel if is_chosen else 1), np.nan)
    for row, name in zip(found, names, strict=True):
        rest, other = earlier.without(name), later.without(name)
        if is_chosen:
            columns = min(panel, len(rest.benchmarks))
        else:
            columns = np.flatnonzero(np.isin(rest.benchmarks, panel))
        if len(names) < clusters.MIN_DATASETS_OF_BOTH or not np.size(columns):
            continue
        scored = Panel.of(rest.scores, rest.weights, columns).scored(other.scores[is_judged])
        reached = spearman(scored.score, other.whole[is_judged])
        row[: len(reached)] = reached if is_chosen else reached[-1]
    return found


def better_models(whole: Floats) -> NDArray[np.bool_]:
    """Whom each gate is to find: gates × models."""
    return whole >= np.quantile(whole, 1 - np.array(SHARES))[:, None]


def _random(z: Floats, whole: Floats, size: int) -> dict[str, Floats]:
    drawn = random_panels(z, whole, size, N_RANDOM, np.random.default_rng(SEED))
    low, high = percentile_interval(drawn.T)
    return {"random_low": low, "random_median": np.median(drawn, axis=0), "random_high": high}


def _of_families(cohort: Cohort, published: NDArray) -> list[pd.DataFrame]:
    """Panels of one cohort, each family judged by the one that is chosen without it."""
    n_models, n = cohort.scores.shape
    whole, size = cohort.whole, min(LARGEST, n - 1)
    about = whole, better_models(whole), cohort.families
    everyone = np.ones(n_models, bool)
    scored, folds = held_out(cohort.scores, cohort.families, cohort.weights, size)
    chosen = Panel.of(cohort.scores, cohort.weights, size).chosen
    without = without_datasets(cohort, cohort, everyone, size)
    found = judged(scored, *about, without).assign(
        panel="forward",
        benchmark_id=cohort.benchmarks[chosen],
        fold_share=[
            np.mean([best in fold.chosen[: at + 1] for fold in folds])
            for at, best in enumerate(chosen)
        ],
        **_random(standardised(cohort.scores), whole, size),
    )
    parts = [found.assign(n_models=n_models, n_families=len(folds))]
    columns = np.flatnonzero(np.isin(cohort.benchmarks, published))
    if len(columns) > 1:
        scored, _ = held_out(cohort.scores, cohort.families, cohort.weights, columns)
        without = without_datasets(cohort, cohort, everyone, published)
        other = judged(scored, *about, without).tail(1)
        parts.append(other.assign(panel="published", n_models=n_models, n_families=len(folds)))
    return parts


def _of_newcomers(
    earlier: Cohort, later: Cohort, is_new: NDArray, published: NDArray
) -> list[pd.DataFrame]:
    """Panels chosen on an earlier cohort, judged on the models that are new in a later one."""
    size = min(LARGEST, len(earlier.benchmarks) - 1)
    families, scores = later.families[is_new], later.scores[is_new]
    about = later.whole[is_new], better_models(later.whole)[:, is_new], families
    counts = {"n_models": is_new.sum(), "n_families": len(np.unique(families))}
    panel = Panel.of(earlier.scores, earlier.weights, size)
    spread = earlier.scores.std(0, ddof=1)
    z = (scores - earlier.scores.mean(0)) / np.where(spread > 0, spread, 1)
    without = without_datasets(earlier, later, is_new, size)
    found = judged(panel.scored(scores), *about, without).assign(
        panel="forward",
        benchmark_id=earlier.benchmarks[panel.chosen],
        **_random(z, about[0], size),
    )
    parts = [found.assign(**counts)]
    columns = np.flatnonzero(np.isin(earlier.benchmarks, published))
    if len(columns) > 1:
        fixed = Panel.of(earlier.scores, earlier.weights, columns)
        without = without_datasets(earlier, later, is_new, published)
        other = judged(fixed.scored(scores), *about, without).tail(1)
        parts.append(other.assign(panel="published", **counts))
    return parts


def panel_frame(
    leaves: pd.DataFrame, benchmarks: pd.DataFrame, newcomers: pd.DataFrame, published: pd.DataFrame
) -> pd.DataFrame:
    """Panels of up to twenty benchmarks of every cohort without missing scores.

    Parameters
    ----------
    leaves : DataFrame
        One row per cohort, model and benchmark: cohort_id, level, model, benchmark_id,
        score_directed and family.
    benchmarks : DataFrame
        benchmark_id, dataset, modality.
    newcomers : DataFrame
        cohort_id, tested_cohort_id and model: the models of a later cohort with the same benchmarks
        that the earlier snapshot did not have.
    published : DataFrame
        benchmark_id of a panel that others chose.

    Returns
    -------
    DataFrame
        One row per cohort_id, on which a panel is chosen, tested_cohort_id (the same where each
        family is judged by a panel that is chosen without it), panel (forward or published) and
        n_chosen. benchmark_id is the one that joins at this size, chosen on all models, and
        fold_share the share of folds whose panel of this size has it too. Then the Spearman
        correlation of panel and whole with its 95 % limits over families (jackknife of Fisher's z,
        Kish's effective number less 1), over datasets (jackknife of panels that are chosen on all
        models, without one dataset) and over both; the middle 95 % and the median of random panels;
        and what each gate finds. Left out are cohorts with missing scores or fewer than three
        families.
    """
    published, parts = published["benchmark_id"].to_numpy(str), []
    cohorts = _cohorts(leaves, benchmarks)
    for cohort_id, cohort in cohorts.items():
        for part in _of_families(cohort, published):
            parts.append(part.assign(cohort_id=cohort_id, tested_cohort_id=cohort_id))
    for (cohort_id, tested), rows in newcomers.groupby(["cohort_id", "tested_cohort_id"]):
        if not cohorts.keys() >= {cohort_id, tested}:
            continue
        earlier, later = cohorts[cohort_id], cohorts[tested]
        is_new = np.isin(later.models, rows["model"].to_numpy(str))
        for part in _of_newcomers(earlier, later, is_new, published):
            parts.append(part.assign(cohort_id=cohort_id, tested_cohort_id=tested))
    parts = [
        part.assign(
            n_chosen=part.index + 1, n_benchmarks=len(cohorts[part["cohort_id"].iloc[0]].benchmarks)
        )
        for part in parts
    ]
    columns = dict.fromkeys(("cohort_id", "tested_cohort_id", "panel", "benchmark_id"), "str")
    columns |= {"n_chosen": "int64", "fold_share": "float64"}
    columns |= dict.fromkeys((*_CURVE, *_SHARES), "float64")
    counts = ("n_models", "n_families", "n_benchmarks", *_COUNTS)
    return table(parts, columns | dict.fromkeys(counts, "int64"))
