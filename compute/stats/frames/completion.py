"""Missing scores of each cohort predicted, what ranks follow, and what to measure next."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compute.stats import completion
from compute.stats.frames.tables import families_of, matrix_of, table
from compute.stats.ranks import Floats, Ints, average_ranks
from compute.stats.resampling import one_blas_thread

SEED = 20_081_231
MIN_FOLDS = 5
_NORMAL = special.ndtri((1 + completion.LEVEL) / 2)
COLUMNS = dict.fromkeys(("cohort_id", "part", "model", "item", "method"), "str") | dict.fromkeys(
    ("estimate", "ci_low", "ci_high", "score_rank", "rank_ci_low", "rank_ci_high",
     "rank_width", "rank_width_after", "rmse", "coverage", "width"), "float64",
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
        - *average*: a model; its average with predictions (estimate) and its 95 % limits,
          score_rank, rank_ci_low and rank_ci_high; n missing.
        - *run*: a model and a dataset (item) with missing benchmarks, n of them; the 95 % limits
          that its average is expected to have after they are scored, rank_width now and expected
          (rank_width_after).
        - *check_cell*, *check_average*: hidden scores, and averages of complete models; item says
          whether whole families are held out (family) or single models (model), method how they
          are predicted. rmse, coverage and mean width of the 95 % intervals, those of cells in
          standard deviations of the benchmark; n hidden patterns times models, n_models.

        Limits are NaN where fewer than 19 models calibrate them. Left out are cohorts in which a
        benchmark has no two unlike scores without one fold of families.
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
    return table(parts, COLUMNS)


class _Cohort:
    """One cohort: benchmarks and covariates in columns, models in rows."""

    def __init__(self, here: pd.DataFrame, matrix: pd.DataFrame) -> None:
        about = here.drop_duplicates("benchmark_id").set_index("benchmark_id")
        self.models, self.names = matrix.index.to_numpy(str), matrix.columns.to_numpy(str)
        self.scores: Floats = matrix.to_numpy()
        self.weights: Floats = about["weight"].reindex(matrix.columns).to_numpy(float)
        dataset = about["dataset"].reindex(matrix.columns)
        self.is_benchmark: NDArray[np.bool_] = dataset.notna().to_numpy()
        self.datasets, self.runs = self._runs(dataset)
        self.families: Ints = np.unique(families_of(here, matrix), return_inverse=True)[1]
        self.by_family = completion.folds(self.families, MIN_FOLDS)
        self.by_model = np.random.default_rng(SEED).permutation(len(matrix)) % MIN_FOLDS
        self.missing = np.isnan(self.scores) & self.is_benchmark
        patterns, self.pattern, times = np.unique(
            ~self.missing, axis=0, return_inverse=True, return_counts=True
        )
        self.patterns: NDArray[np.bool_] = patterns
        self.hidden: Floats = times[:, None] * ~patterns

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
            completion.masked(self.scores, self.families, fold, self.patterns, self.weights)
            for fold in (self.by_family, self.by_model)
        )
        ratios = np.abs(of_family.error) / of_family.spread
        sum_ratios = np.abs(of_family.sum_error) / of_family.sum_spread
        widened = completion.conformal_factor(ratios)[self.pattern]
        sum_widened = completion.conformal_factor(sum_ratios)[self.pattern]
        return [
            *self._predictions(widened, sum_widened),
            *self._checks("family", of_family, (ratios, sum_ratios), self.by_family),
            *self._checks("model", of_model, (ratios, sum_ratios), self.by_model),
        ]

    def _predictions(self, widened: Floats, sum_widened: Floats) -> list[pd.DataFrame]:
        """Cells, averages and runs; an interval is as wide as the calibration says."""
        factors, of = completion.fit(self.scores, self.families)
        cell = completion.cells(factors, of)
        model, column = np.nonzero(self.missing)
        margin = (widened * cell.error)[model, column]
        estimate = cell.mean[model, column]
        found = [
            pd.DataFrame(
                {
                    "part": "cell",
                    "method": "",
                    "model": self.models[model],
                    "item": self.names[column],
                    "estimate": estimate,
                    "ci_low": estimate - margin,
                    "ci_high": estimate + margin,
                }
            )
        ]
        weights = np.where(self.missing, self.weights, 0)
        is_open = weights.any(1)
        stated = completion.sums(factors, of, weights)
        scale = np.where(is_open, sum_widened, 0) / _NORMAL
        known = np.nansum(self.scores * self.weights, 1)
        mean, error = known + stated.mean, scale * stated.error
        rank_low, rank_high = completion.rank_limits(mean, error, SEED)
        found.append(
            pd.DataFrame(
                {
                    "part": "average",
                    "method": "",
                    "model": self.models,
                    "item": "",
                    "estimate": mean,
                    "ci_low": mean - _NORMAL * error,
                    "ci_high": mean + _NORMAL * error,
                    "score_rank": average_ranks(mean),
                    "rank_ci_low": rank_low,
                    "rank_ci_high": rank_high,
                    "n": self.missing.sum(1),
                }
            )
        )
        after = scale[:, None] * completion.errors_after(factors, of, weights, self.runs)
        places = completion.Places(mean, error)
        now, then = places.widths(error[:, None]), places.widths(after)
        n = self.missing @ self.runs.T.astype(int)
        model, run = np.nonzero(n)
        margin = _NORMAL * after[model, run]
        found.append(
            pd.DataFrame(
                {
                    "part": "run",
                    "method": "",
                    "model": self.models[model],
                    "item": self.datasets[run],
                    "estimate": mean[model],
                    "ci_low": mean[model] - margin,
                    "ci_high": mean[model] + margin,
                    "rank_width": now[model, 0],
                    "rank_width_after": then[model, run],
                    "n": n[model, run],
                }
            )
        )
        return found

    def _checks(
        self, held: str, found: completion.Masked, calibrating: tuple[Floats, Floats], fold: Ints
    ) -> list[pd.DataFrame]:
        """How the hidden scores were predicted, beside the means of benchmarks and families."""
        spread = np.nanstd(self.scores, 0)
        rows = [
            self._check("cell", held, "completion", found.error, found.spread, fold,
                        calibrating[0], spread),
            self._check("average", held, "completion", found.sum_error, found.sum_spread, fold,
                        calibrating[1], 1),
        ]  # fmt: skip
        means = {"benchmark_mean": np.zeros_like(self.families)}
        if held == "model":
            means["family_mean"] = self.families
        whole = ~np.isnan(found.sum_error)
        for method, groups in means.items():
            off = self.scores - _group_means(self.scores, groups, fold)
            error = np.where(np.isnan(found.error), np.nan, off)
            weighted = np.nansum(np.where(self.patterns[:, None], 0, off * self.weights), 2)
            rows.append(self._check("cell", held, method, error, spread, fold, None, spread))
            rows.append(
                self._check(
                    "average", held, method, np.where(whole, weighted, np.nan), 1.0, fold, None, 1
                )
            )
        return rows

    def _check(
        self,
        part: str,
        item: str,
        method: str,
        error: Floats,
        stated: Floats,
        fold: Ints,
        calibrating: Floats | None,
        unit: Floats,
    ) -> pd.DataFrame:
        """One row: patterns and benchmarks count as often as they are missing."""
        is_inside, factor = completion.covered(np.abs(error) / stated, fold, calibrating)
        known = ~np.isnan(error)
        shares = self.hidden if error.ndim == 3 else self.hidden.max(1)
        return pd.DataFrame(
            {
                "part": [f"check_{part}"],
                "model": "",
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
        member = (groups[fold == at][:, None] == of_rest).astype(float)
        found[fold == at] = overall + member @ off / (member @ ~np.isnan(rest) + 1)
    return found
