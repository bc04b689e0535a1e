"""Where single scores stand among the scores of others."""

import pandas as pd

from compute.stats.frames.tables import table

_PLACED = {"n_models": "int64", "score_rank": "float64", "score_percentile": "float64"}
_PLACED |= {"is_outside": "bool"}


def place_frame(own: pd.DataFrame, public: pd.DataFrame, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Where each of somebody's scores stands among published ones.

    Parameters
    ----------
    own : DataFrame
        ``benchmark_id``, ``score_directed`` and whatever else names a score.
    public : DataFrame
        ``benchmark_id``, ``score_directed`` and the columns ``by``.
    by : tuple of str
        What else parts the published scores: each score is placed in every part that has its
        benchmark.

    Returns
    -------
    DataFrame
        The rows of ``own`` on benchmarks that are there, with the columns ``by``, ``n_models``
        (published), ``score_rank`` (1 = best, ties share the mean of their places) and
        ``score_percentile`` (share of the published models that it beats, ties half counted), both
        as in ``fct_scores_normalized`` were the model one more of the cohort, and ``is_outside``:
        beyond every published score.
    """
    parts: dict[str, list[tuple]] = {}
    of_own = public[public["benchmark_id"].isin(set(own["benchmark_id"]))]
    for (benchmark_id, *keys), group in of_own.groupby(["benchmark_id", *by]):
        parts.setdefault(benchmark_id, []).append((keys, group["score_directed"].to_numpy()))
    rows = []
    for row in own.to_dict("records"):
        score = row["score_directed"]
        for keys, others in parts.get(row["benchmark_id"], ()):
            better = (others > score).sum() + (others == score).sum() / 2
            placed = (len(others), 1 + better, 1 - better / len(others))
            is_outside = bool(score > others.max() or score < others.min())
            rows.append((*row.values(), *keys, *placed, is_outside))
    columns = own.dtypes.astype(str).to_dict() | dict.fromkeys(by, "str") | _PLACED
    return table([pd.DataFrame(rows, columns=list(columns))], columns)
