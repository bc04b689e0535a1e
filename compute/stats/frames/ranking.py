"""Models of every cohort and level ranked, schemes compared, and the variance shared out.

``scores`` have one row per cohort, level, model (source_model_key, variant_id) and benchmark.
"""

import pandas as pd

from compute.stats.aggregation.intervals import COLUMNS, LeftOut, rankings
from compute.stats.aggregation.schemes import REFERENCE
from compute.stats.aggregation.shares import variance_shares
from compute.stats.correlation import pairwise_spearman
from compute.stats.frames.tables import datasets_of, matrix_of, table
from compute.stats.kendall import kendall_tau_b

LEVEL = {"cohort_id": "str", "level": "str"}
MODEL = {"source_model_key": "str", "variant_id": "str"}


def ranking_frame(
    scores: pd.DataFrame, weights: pd.DataFrame, benchmarks: pd.DataFrame, families: pd.DataFrame
) -> pd.DataFrame:
    """Score, rank and how sure it is, of every model under every scheme.

    Parameters
    ----------
    scores : DataFrame
        With benchmark_id and score_directed; level leaf is among the levels.
    weights : DataFrame
        cohort_id, level, benchmark_id, leaf_id, weight: the weight of each leaf in each benchmark.
    benchmarks : DataFrame
        benchmark_id and dataset.
    families : DataFrame
        cohort_id, model (its key and variant, with a slash) and family.

    Returns
    -------
    DataFrame
        cohort_id, level, scheme, the model's key, and the columns of
        :func:`compute.stats.aggregation.intervals.rankings`; datasets_left_out are those that
        ranks_left_out are without.
    """
    parts, datasets = [], datasets_of(benchmarks)
    family_of = {
        cohort_id: rows.set_index("model")["family"]
        for cohort_id, rows in families.groupby("cohort_id")
    }
    cells = {cell: matrix_of(rows, list(MODEL)) for cell, rows in scores.groupby(list(LEVEL))}
    levels = dict(iter(weights.groupby(list(LEVEL))))
    for (cohort_id, level), wide in cells.items():
        leaves = cells[cohort_id, "leaf"].reindex(wide.index)
        weight = levels[cohort_id, level].pivot(
            index="benchmark_id", columns="leaf_id", values="weight"
        )
        weight = weight.reindex(index=wide.columns, columns=leaves.columns).fillna(0)
        left_out = LeftOut.of(leaves, datasets[leaves.columns], weight)
        models = wide.index.to_frame(index=False)
        names = models["source_model_key"] + "/" + models["variant_id"]
        families_here = family_of[cohort_id][names].to_numpy(str)
        found = rankings(wide.to_numpy(), left_out, families_here)
        for scheme, columns in found.items():
            ranks = columns.pop("ranks_left_out")
            part = models.assign(cohort_id=cohort_id, level=level, scheme=scheme, **columns)
            part["ranks_left_out"] = list(ranks)
            part["datasets_left_out"] = [left_out.datasets[: ranks.shape[1]]] * len(part)
            parts.append(part)
    counts = dict.fromkeys(("n_datasets", "n_above_holm", "n_below_holm"), "Int64")
    names = {name: "str" for name in COLUMNS if name.endswith("_dataset")}
    columns = dict.fromkeys(COLUMNS, "float64") | counts | names
    columns |= dict.fromkeys(("datasets_left_out", "ranks_left_out"), "object")
    return table(parts, LEVEL | {"scheme": "str"} | MODEL | columns)


def scheme_agreement_frame(ranks: pd.DataFrame) -> pd.DataFrame:
    """Spearman and Kendall's τ-b of every scheme with the arithmetic mean.

    Parameters
    ----------
    ranks : DataFrame
        What :func:`ranking_frame` gave.

    Returns
    -------
    DataFrame
        cohort_id, level, scheme, spearman and kendall, over the models that both schemes rank.
    """
    parts = []
    for (cohort_id, level), rows in ranks.groupby(list(LEVEL), sort=True):
        wide = rows.pivot(index=list(MODEL), columns="scheme", values="score_rank")
        reference = wide.columns.get_loc(REFERENCE)
        found = {
            "scheme": wide.columns,
            "spearman": pairwise_spearman(wide.to_numpy())[0][reference],
            "kendall": kendall_tau_b(wide.to_numpy())[0][reference],
        }
        parts.append(pd.DataFrame(found).assign(cohort_id=cohort_id, level=level))
    return table(parts, LEVEL | {"scheme": "str", "spearman": "float64", "kendall": "float64"})


def variance_share_frame(parts_of: pd.DataFrame) -> pd.DataFrame:
    """Shares of the variance of every aggregate that its parts account for.

    Parameters
    ----------
    parts_of : DataFrame
        With whole, part, weight (of the part in the whole) and score_directed (of the part).

    Returns
    -------
    DataFrame
        cohort_id, level, whole, part, weight, and what
        :func:`compute.stats.aggregation.shares.variance_shares` says.
    """
    key, found = LEVEL | {"whole": "str"}, []
    for group, rows in parts_of.groupby(list(key), sort=True):
        wide = rows.pivot(index=list(MODEL), columns="part", values="score_directed")
        weight = rows.groupby("part")["weight"].first()[wide.columns].to_numpy()
        shares = variance_shares(wide.to_numpy(), weight)
        part = pd.DataFrame({"part": wide.columns, "weight": weight, **shares})
        found.append(part.assign(**dict(zip(key, group, strict=True))))
    shares = dict.fromkeys(("weight", "r_squared", "covariance_share", "shapley_share"), "float64")
    return table(found, key | {"part": "str"} | shares | {"method": "str", "n_models": "int64"})
