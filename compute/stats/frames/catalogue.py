"""Which models are alike, one by one and on a map, and which scores stand alone."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from compute.stats.correlation import pairwise_pearson, pearson_between
from compute.stats.frames.tables import datasets_of, is_complete, matrices, table
from compute.stats.outliers import outliers, twins
from compute.stats.positions import ellipse, n_within, place_models
from compute.stats.ranks import Floats, Ints, average_ranks

MIN_SHARED = 12
"""Fewer shared benchmarks say nothing: at 12 a correlation of .9 has the interval .67 to .97."""

NEAREST = 10

MOST_CANDIDATES = 2_500
"""Models that may be neighbours: of more, those with the most scores."""

_COLUMNS = {"scope": "str", "model_id": "str", "place": "int64", "neighbour_id": "str"}
_COLUMNS |= {
    "estimate": "float64",
    "n_shared": "int64",
    "n_candidates": "int64",
    "mean_difference": "float64",
}


def nearest_frame(profiles: pd.DataFrame) -> pd.DataFrame:
    """The models most like each model, per scope.

    Parameters
    ----------
    profiles : DataFrame
        scope, model_id, benchmark_id, score_percentile; one row per cell.

    Returns
    -------
    DataFrame
        Up to ``NEAREST`` rows per scope and model, ordered by the lower 95 % limit of the
        correlation (a high value over few benchmarks does not come first), then by name. Pairs
        that share fewer than ``MIN_SHARED`` benchmarks are no candidates; ``n_candidates`` counts
        those that are. Of more models than ``MOST_CANDIDATES`` the others are no candidates either.
    """
    parts = []
    for scope, cells in profiles.groupby("scope", sort=True):
        enough = cells["model_id"].value_counts()
        cells = cells[cells["model_id"].isin(enough.index[enough >= MIN_SHARED])]
        if not cells.empty:
            parts.append(_nearest(cells).assign(scope=scope))
    return table(parts, _COLUMNS)


def _nearest(cells: pd.DataFrame) -> pd.DataFrame:
    matrix = cells.pivot(index="model_id", columns="benchmark_id", values="score_percentile")
    matrix = matrix.sort_index().sort_index(axis=1)
    values, n = matrix.to_numpy(float), len(matrix)
    most = np.argsort(np.isnan(values).sum(1), kind="stable")[:MOST_CANDIDATES]
    candidates, parts = np.sort(most), []
    for rows in np.array_split(np.arange(n), -(-n // MOST_CANDIDATES)):
        if len(rows) == n:
            estimate = pairwise_pearson(values.T)
        else:
            estimate = pearson_between(values[rows].T, values[candidates].T)
        parts.append(_nearest_of(values, rows, candidates, estimate))
    found = pd.concat(parts, ignore_index=True)
    names = matrix.index.to_numpy(object)
    ids = {name: names[found[name]] for name in ("model_id", "neighbour_id")}
    return found.assign(**ids).dropna(subset=["estimate"])


def _nearest_of(values: Floats, rows: Ints, candidates: Ints, estimate: Floats) -> pd.DataFrame:
    """Neighbours of some rows among the candidates, all by their places."""
    present = (~np.isnan(values)).astype(float)
    filled = np.nan_to_num(values)
    n_shared = (present[rows] @ present[candidates].T).astype(int)
    total = filled[rows] @ present[candidates].T - (filled[candidates] @ present[rows].T).T
    estimate[rows[:, None] == candidates] = np.nan
    estimate[n_shared < MIN_SHARED] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):  # the lower limit of Fisher's z
        certain = np.arctanh(estimate) - norm.ppf(0.975) / np.sqrt(n_shared - 3)
    order = np.argsort(-certain, axis=1, kind="stable")[:, :NEAREST]  # NaN sorts last
    of, at = np.repeat(np.arange(len(rows)), order.shape[1]), order.ravel()
    return pd.DataFrame(
        {
            "model_id": rows[of],
            "place": np.tile(np.arange(1, order.shape[1] + 1), len(rows)),
            "neighbour_id": candidates[at],
            "estimate": estimate[of, at],
            "n_shared": n_shared[of, at],
            "n_candidates": (~np.isnan(estimate)).sum(1)[of],
            "mean_difference": (total / np.maximum(n_shared, 1))[of, at],
        }
    )


_CELL = {"source_model_key": "str", "variant_id": "str", "benchmark_id": "str"}
_TOLD = dict.fromkeys(("robust_z", "gap", "percentile_elsewhere"), "float64")


def outlier_frame(cells: pd.DataFrame) -> pd.DataFrame:
    """Scores that stand alone in their snapshot, as :func:`compute.stats.outliers.outliers` says.

    Parameters
    ----------
    cells : DataFrame
        snapshot_id, source_model_key, variant_id, benchmark_id, modality and score_directed.

    Returns
    -------
    DataFrame
        One row per such score, with robust_z, gap and percentile_elsewhere.
    """
    parts = []
    for snapshot_id, rows in cells.groupby("snapshot_id", sort=True):
        wide = rows.pivot(index=list(_CELL)[:2], columns="benchmark_id", values="score_directed")
        modality = rows.groupby("benchmark_id")["modality"].first()[wide.columns].astype(str)
        found = outliers(wide.to_numpy(float), modality)
        part = wide.index[found.model].to_frame(index=False)
        told = {name: getattr(found, name) for name in _TOLD}
        part = part.assign(benchmark_id=wide.columns[found.benchmark], **told)
        parts.append(part.assign(snapshot_id=snapshot_id))
    return table(parts, {"snapshot_id": "str"} | _CELL | _TOLD)


MOST_APART, MIN_LIKE = 0.003 + 1e-9, 20
"""Scores are printed with three digits: twins may differ by three units, on so many or more."""

_TWIN = dict.fromkeys(("snapshot_id", "source_model_key", "twin_key"), "str")
_TWIN |= {"n_shared": "int64", "max_difference": "float64"}


def twin_frame(cells: pd.DataFrame) -> pd.DataFrame:
    """Submissions of one snapshot whose scores are nearly the same.

    Parameters
    ----------
    cells : DataFrame
        snapshot_id, source_model_key, benchmark_id and score.

    Returns
    -------
    DataFrame
        One row per pair that shares `MIN_LIKE` benchmarks and differs by `MOST_APART` at most:
        snapshot_id, source_model_key and twin_key, n_shared and max_difference.
    """
    parts = []
    for snapshot_id, rows in cells.groupby("snapshot_id", sort=True):
        wide = rows.pivot(index="source_model_key", columns="benchmark_id", values="score")
        found = pd.DataFrame(
            twins(wide.to_numpy(float), MOST_APART, MIN_LIKE), columns=list(_TWIN)[1:]
        )
        keys = {name: wide.index[found[name].astype(int)] for name in list(_TWIN)[1:3]}
        parts.append(found.assign(snapshot_id=snapshot_id, **keys))
    return table(parts, _TWIN)


_PLACED = {"cohort_id": "str", "model": "str", "x": "float64", "y": "float64"}
_PLACED |= {"share": "float64", "share_shown": "float64"}
_PLACED |= dict.fromkeys(("region_long", "region_short", "region_angle", "n_within"), "float64")
_PLACED |= {"n_datasets": "int64"}


def position_frame(scores: pd.DataFrame, benchmarks: pd.DataFrame) -> pd.DataFrame:
    """Where the models of each complete cohort stand on a map of their percentiles.

    Parameters
    ----------
    scores : DataFrame
        cohort_id, level, model, benchmark_id and score_directed, at one level.
    benchmarks : DataFrame
        benchmark_id and dataset.

    Returns
    -------
    DataFrame
        One row per cohort and model: ``x`` and ``y``, the ``share`` of all squared distances that
        the map holds and ``share_shown`` of the model's from the middle, half axes and angle (in
        radians from x) of the 95 % region of its place, and how many other models lie
        ``n_within`` it. Percentiles are shares of the other models beaten, a tie counting half. Of
        a cohort with fewer than ``positions.MIN_DATASETS`` datasets region and n_within are NaN.
    """
    parts, dataset_of = [], datasets_of(benchmarks)
    for cohort_id, _, matrix in matrices(scores):
        if len(matrix) < 3 or not is_complete(matrix):
            continue
        ranks = average_ranks(matrix.to_numpy(), axis=0)
        datasets = dataset_of[matrix.columns].to_numpy(str)
        found = place_models((len(matrix) - ranks) / (len(matrix) - 1), datasets)
        long, short, angle = ellipse(found.regions)
        columns = {
            "cohort_id": cohort_id,
            "model": matrix.index,
            "x": found.places[:, 0],
            "y": found.places[:, 1],
            "share": found.share,
            "share_shown": found.shares,
            "region_long": long,
            "region_short": short,
            "region_angle": angle,
            "n_within": n_within(found.places, found.regions),
            "n_datasets": len(np.unique(datasets)),
        }
        parts.append(pd.DataFrame(columns))
    return table(parts, _PLACED)
