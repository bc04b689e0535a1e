"""Missing scores of each cohort predicted, what ranks follow, and what to measure next."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compute.stats import clusters, completion
from compute.stats.budget import spread_evenly
from compute.stats.frames.tables import families_of, matrix_of, table
from compute.stats.ranks import Floats, Ints, average_ranks
from compute.stats.resampling import one_blas_thread

SEED = 20_081_231
MIN_FOLDS = 5
_NORMAL = special.ndtri((1 + completion.LEVEL) / 2)
MOST_HIDDEN, MOST_ROWS = 20_000_000, 500
"""Scores that are hidden in all patterns together; models that they are hidden of, where more."""
MOST_RUNS = 5_000_000
"""Models × pairs of datasets up to which a second run is looked for."""
AVERAGES = ("average", "plain_average")
"""With the weights of the source, and with equal ones."""
KEYS = ("cohort_id", "part", "model", "item", "then", "method")
COLUMNS = dict.fromkeys(KEYS, "str") | dict.fromkeys(
    ("estimate", "ci_low", "ci_high", "score_rank", "rank_ci_low", "rank_ci_high",
     "rank_width", "rank_width_after", "rank_width_then", "rmse", "coverage", "width"), "float64",
) | {"n": "Int64", "n_models": "Int64"}  # fmt: skip


def completion_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Predict the missing scores of every cohort, and check the predictions on hidden ones.

    Parameters
    ----------
    scores : DataFrame
        One row per cohort, model and column that is known: cohort_id, model, family, benchmark_id,
        dataset, score_directed and weight in the average; a covariate has no dataset and weight 0.

    Returns
    -------
    DataFrame
        One row per cohort_id and what it is of (``part``):

        - *cell*: a model and a missing benchmark (item); estimate and its 95 % limits.
        - *average*, *plain_average*: a model; its average with predictions (estimate), weighted as
          given or all benchmarks alike, and its 95 % limits, score_rank, rank_ci_low and
          rank_ci_high; n missing.
        - *run*: a model and a dataset (item) with missing benchmarks, n of them; the 95 % limits
          that its average is expected to have after they are scored, rank_width now and expected
          (rank_width_after); the dataset that is best measured with it (then), and rank_width_then
          after both, where models × pairs of datasets are not more than `MOST_RUNS`.
        - *check_cell*, *check_average*, *check_plain_average*: hidden scores, and averages of
          complete models; item says
          whether whole families are held out (family) or single models (model), method how they
          are predicted. rmse, coverage and mean width of the 95 % intervals, those of cells in
          standard deviations of the benchmark; n hidden patterns times models, n_models.

        Limits are NaN where fewer than 19 models calibrate them. Beyond `MOST_HIDDEN` hidden
        cells some models and patterns calibrate all. Left out are cohorts in which a benchmark has
        no two unlike scores without one fold of families.
    """
    parts = []
    for cohort_id, here in scores.groupby("cohort_id", sort=True):
        families = here.drop_duplicates("model")["family"].nunique()
        matrix = matrix_of(here)
        cohort = _Cohort(here, matrix)
        if families < MIN_FOLDS or not cohort.can_be_fitted():
            continue
        with one_blas_thread():
            parts += [part.assign(cohort_id=cohort_id) for part in cohort.parts()]
    return table(parts, COLUMNS).fillna(dict.fromkeys(KEYS, ""))


class _Average(NamedTuple):
    """An average of each model with predictions, its error, and what that is by the model.

    Attributes
    ----------
    mean, error : ndarray, shape (n_models,)
    weights : ndarray, shape (n_models, n_columns)
        Of the missing cells.
    scale : ndarray, shape (n_models,)
        What calibration makes of an error of the Gaussian model; 0 where nothing is missing.
    """

    mean: Floats
    error: Floats
    weights: Floats
    scale: Floats


class _Cohort:
    """One cohort: benchmarks and covariates in columns, models in rows."""

    def __init__(self, here: pd.DataFrame, matrix: pd.DataFrame) -> None:
        about = here.drop_duplicates("benchmark_id").set_index("benchmark_id")
        self.models, self.names = matrix.index.to_numpy(str), matrix.columns.to_numpy(str)
        self.scores: Floats = matrix.to_numpy()
        given = about["weight"].reindex(matrix.columns).to_numpy(float)
        dataset = about["dataset"].reindex(matrix.columns)
        self.is_benchmark: NDArray[np.bool_] = dataset.notna().to_numpy()
        self.weights: Floats = np.array([given, self.is_benchmark / self.is_benchmark.sum()])
        self.datasets, self.runs = self._runs(dataset)
        self.families: Ints = np.unique(families_of(here, matrix), return_inverse=True)[1]
        self.by_family = clusters.folds(self.families, MIN_FOLDS)
        self.by_model = np.random.default_rng(SEED).permutation(len(matrix)) % MIN_FOLDS
        self.missing = np.isnan(self.scores) & self.is_benchmark
        self.rows, self.patterns, self.pattern, self.of_cell = self._hidden()
        times = np.bincount(self.pattern, minlength=len(self.patterns))
        self.hidden: Floats = times[:, None] * ~self.patterns

    def _hidden(self) -> tuple[Ints, NDArray[np.bool_], Ints, Ints]:
        """Whose scores are hidden, in which patterns, and which is for each model and its cells.

        All, in every pattern; or, beyond `MOST_HIDDEN` cells, `MOST_ROWS` models spread evenly over
        their numbers of scores, in the patterns that most models have; for a benchmark that none of
        these hides, in its most common one too. A model of another pattern
        goes by the one that differs in the fewest benchmarks, and a cell by the one of these that
        hides its benchmark.
        """
        patterns, pattern, times = np.unique(
            ~self.missing, axis=0, return_inverse=True, return_counts=True
        )
        n, n_columns = self.scores.shape
        if len(patterns) * n * n_columns <= MOST_HIDDEN:
            return np.arange(n), patterns, pattern, np.repeat(pattern[:, None], n_columns, 1)
        order = np.argsort(self.missing.sum(1), kind="stable")
        rows = np.sort(order[spread_evenly(n, MOST_ROWS)])
        most = max(1, MOST_HIDDEN // (len(rows) * n_columns))
        by_times = np.argsort(-times, kind="stable")
        chosen, hides = by_times[:most], ~patterns[by_times]
        for column in np.flatnonzero(self.missing.any(0) & patterns[chosen].all(0)):
            chosen = np.append(chosen, by_times[hides[:, column].argmax()])
        kept = patterns[np.unique(chosen)]
        apart = patterns.sum(1)[:, None] + kept.sum(1) - 2 * (patterns @ kept.T.astype(float))
        apart[np.ix_(~patterns.all(1), kept.all(1))] = np.inf  # which hides nothing
        nearest = [np.where(is_hidden, apart, np.inf).argmin(1) for is_hidden in ~kept.T]
        return rows, kept, apart.argmin(1)[pattern], np.array(nearest).T[pattern]

    @staticmethod
    def _runs(dataset: pd.Series) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
        names = np.sort(dataset.dropna().unique()).astype(str)
        return names, names[:, None] == dataset.to_numpy(object)

    def can_be_fitted(self) -> bool:
        """Whether each column has two unlike scores without any fold."""
        rest = (self.scores[fold != at] for fold in (self.by_family, self.by_model)
                for at in range(MIN_FOLDS))  # fmt: skip
        return self.missing.any() and all((np.nanstd(r, 0) > 0).all() for r in rest)

    def parts(self) -> list[pd.DataFrame]:
        """Everything that :func:`completion_frame` gives of it."""
        of_family, of_model = (
            completion.masked(
                self.scores, self.families, fold, self.patterns, self.weights, self.rows
            )
            for fold in (self.by_family, self.by_model)
        )
        ratios = np.abs(of_family.error) / of_family.spread
        sum_ratios = np.abs(of_family.sum_error) / of_family.sum_spread
        factors, of = completion.fit(self.scores, self.families)
        widened = np.take_along_axis(completion.conformal_factor(ratios), self.of_cell, 0)
        found = [self._cells(factors, of, widened)]
        for part, weights, calibrating in zip(AVERAGES, self.weights, sum_ratios, strict=True):
            widened = completion.conformal_factor(calibrating)[self.pattern]
            average = self._averaged(factors, of, weights, widened)
            found.append(self._places(average).assign(part=part))
            if part == AVERAGES[0]:
                found.append(self._next_runs(average, factors, of))
        return [
            *found,
            *self._checks("family", of_family, (ratios, sum_ratios), self.by_family),
            *self._checks("model", of_model, (ratios, sum_ratios), self.by_model),
        ]

    def _cells(
        self, factors: completion.Factors, of: completion.Abilities, widened: Floats
    ) -> pd.DataFrame:
        """Every missing cell; an interval is as wide as the calibration says."""
        cell = completion.cells(factors, of)
        model, column = np.nonzero(self.missing)
        margin = (widened * cell.error)[model, column]
        estimate = cell.mean[model, column]
        return pd.DataFrame(
            {
                "part": "cell",
                "model": self.models[model],
                "item": self.names[column],
                "estimate": estimate,
                "ci_low": estimate - margin,
                "ci_high": estimate + margin,
            }
        )

    def _averaged(
        self, factors: completion.Factors, of: completion.Abilities, weights: Floats, wide: Floats
    ) -> _Average:
        """The average of every model with these weights of benchmarks."""
        hidden = np.where(self.missing, weights, 0)
        stated = completion.sums(factors, of, hidden)
        scale = np.where(hidden.any(1), wide, 0) / _NORMAL
        mean = np.nansum(self.scores * weights, 1) + stated.mean
        return _Average(mean, scale * stated.error, hidden, scale)

    def _places(self, average: _Average) -> pd.DataFrame:
        """The average of every model, and what ranks follow."""
        rank_low, rank_high = completion.rank_limits(average.mean, average.error, SEED)
        return pd.DataFrame(
            {
                "model": self.models,
                "estimate": average.mean,
                "ci_low": average.mean - _NORMAL * average.error,
                "ci_high": average.mean + _NORMAL * average.error,
                "score_rank": average_ranks(average.mean),
                "rank_ci_low": rank_low,
                "rank_ci_high": rank_high,
                "n": self.missing.sum(1),
            }
        )

    def _next_runs(
        self, average: _Average, factors: completion.Factors, of: completion.Abilities
    ) -> pd.DataFrame:
        """What every run would tell of an average, alone and with the best second one."""
        n_models, n_runs = len(self.models), len(self.runs)
        first, second = np.triu_indices(n_runs)  # a run with itself is that run alone
        if n_models * len(first) > MOST_RUNS:
            first = second = np.arange(n_runs)
        pairs, is_alone = self.runs[first] | self.runs[second], first == second
        errors = completion.errors_after(factors, of, average.weights, pairs)
        errors *= average.scale[:, None]
        places = completion.Places(average.mean, average.error)
        now = places.widths(average.error[:, None])[:, 0]
        n = self.missing @ self.runs.T.astype(int)
        widths = places.widths(errors)
        error, width = errors[:, is_alone], widths[:, is_alone]
        then = np.full((n_models, n_runs, 1 if is_alone.all() else n_runs), np.inf)
        if not is_alone.all():
            then[:, first, second] = then[:, second, first] = widths
            then[:, first[is_alone], second[is_alone]] = np.inf
            then = np.where(n[:, None] > 0, then, np.inf)
        best = then.argmin(2)
        both = np.take_along_axis(then, best[..., None], 2)[..., 0]
        model, run = np.nonzero(n)
        margin = _NORMAL * error[model, run]
        is_second = np.isfinite(both[model, run])
        return pd.DataFrame(
            {
                "part": "run",
                "model": self.models[model],
                "item": self.datasets[run],
                "then": np.where(is_second, self.datasets[best[model, run]], ""),
                "estimate": average.mean[model],
                "ci_low": average.mean[model] - margin,
                "ci_high": average.mean[model] + margin,
                "rank_width": now[model],
                "rank_width_after": width[model, run],
                "rank_width_then": np.where(is_second, both[model, run], np.nan),
                "n": n[model, run],
            }
        )

    def _checks(
        self, held: str, found: completion.Masked, calibrating: tuple[Floats, Floats], fold: Ints
    ) -> list[pd.DataFrame]:
        """How the hidden scores were predicted, beside the means of benchmarks and families."""
        spread = np.nanstd(self.scores, 0)
        means = {"benchmark_mean": np.zeros_like(self.families)}
        if held == "model":
            means["family_mean"] = self.families
        off = {
            method: (self.scores - _group_means(self.scores, groups, fold))[self.rows]
            for method, groups in means.items()
        }
        fold = fold[self.rows]
        check = partial(self._check, item=held, fold=fold)
        rows = [check("cell", "completion", found.error, found.spread, calibrating[0], unit=spread)]
        for method, error in off.items():
            error = np.where(np.isnan(found.error), np.nan, error)
            rows.append(check("cell", method, error, spread, None, unit=spread))
        for at, part in enumerate(AVERAGES):
            error, stated = found.sum_error[at], found.sum_spread[at]
            rows.append(check(part, "completion", error, stated, calibrating[1][at]))
            for method, each in off.items():
                hidden = np.where(self.patterns[:, None], 0, each * self.weights[at])
                weighted = np.where(np.isnan(error), np.nan, np.nansum(hidden, 2))
                rows.append(check(part, method, weighted, 1.0, None))
        return rows

    def _check(
        self,
        part: str,
        method: str,
        error: Floats,
        stated: Floats,
        calibrating: Floats | None,
        *,
        item: str,
        fold: Ints,
        unit: Floats = 1.0,
    ) -> pd.DataFrame:
        """One row: patterns and benchmarks count as often as they are missing."""
        is_inside, factor = completion.covered(np.abs(error) / stated, fold, calibrating)
        known = ~np.isnan(error)
        shares = self.hidden if error.ndim == 3 else self.hidden.max(1)
        return pd.DataFrame(
            {
                "part": [f"check_{part}"],
                "item": item,
                "method": method,
                "rmse": np.sqrt(_mean((error / unit) ** 2, shares)),
                "coverage": _mean(is_inside, shares),
                "width": _mean(2 * factor * stated / unit, shares),
                "n": known.sum(),
                "n_models": known.any(tuple({0, error.ndim - 1} - {1})).sum(),
            }
        )


def _mean(values: Floats, shares: Floats) -> float:
    """Mean over models of each pattern and column, and of these by their shares; NaN left out."""
    known = ~np.isnan(values)
    n = known.sum(1)
    means = np.where(known, values, 0).sum(1) / np.maximum(n, 1)
    shares = np.where(n > 0, shares, 0)
    return float((means * shares).sum() / shares.sum()) if shares.any() else float("nan")


def _group_means(scores: Floats, groups: Ints, fold: Ints) -> Floats:
    """Mean of each model's group without its fold, drawn to the benchmark's as by one model."""
    found = np.empty_like(scores)
    for at in np.unique(fold):
        rest, of_rest = scores[fold != at], groups[fold != at]
        overall = np.nanmean(rest, 0)
        off = np.where(np.isnan(rest), 0, rest - overall)
        names, own = np.unique(groups), groups[fold == at]
        member = (names[:, None] == of_rest).astype(float)
        means = overall + member @ off / (member @ ~np.isnan(rest) + 1)
        found[fold == at] = means[np.searchsorted(names, own)]
    return found
