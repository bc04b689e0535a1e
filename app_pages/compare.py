"""Compare two to four models side by side: every score, every rank, and where they differ."""

import itertools

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import choose_cohort, choose_some, in_address, plain
from app_pages._export import menu
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import benchmarks, query, stop
from app_pages._views import Answer, ask, draw, grid, number, view
from compute.stats.clusters import mean_difference
from warehouse.figures.marks import order_benchmarks
from warehouse.figures.ranking import compared_percentiles, rank_intervals

AT_MOST = 4

OF_ENTRIES = "\n    and (source_model_key || '/' || variant_id) in (select unnest($entries))"
# A set of weights can stand in a cohort more than once; the lowest key comes first.
MEMBERS = """\
select distinct model_id, source_model_key, variant_id, source_model_name
from marts.fct_scores_normalized
where cohort_id = $cohort_id and level = 'leaf'
order by
    model_id, try_cast(source_model_key as bigint) nulls last, source_model_key, variant_id"""

SCORES = f"""\
select
    benchmark_id, model_id, source_model_key, variant_id, score_directed, score_percentile,
    score_rank, n_models
from marts.fct_scores_normalized
where
    cohort_id = $cohort_id and level = 'leaf'{OF_ENTRIES}
order by benchmark_id, model_id"""

PUBLISHED = f"""\
select benchmark_id, source_model_key, variant_id, score, error, source_file, source_row
from marts.fct_scores
where
    snapshot_id = $snapshot_id{OF_ENTRIES}
order by benchmark_id, source_model_key, variant_id"""

RANKS = f"""\
select
    scheme, model_id, score_rank, rank_ci_low, rank_ci_high, rank_min_left_out,
    rank_min_left_out_dataset, rank_max_left_out, rank_max_left_out_dataset, n_benchmarks,
    n_datasets, n_models
from marts.fct_model_rankings
where
    cohort_id = $cohort_id and level = 'leaf'{OF_ENTRIES}
order by scheme, model_id"""

COHORTS = """\
select cohort_id, count(distinct model_id) as n
from marts.fct_scores_normalized
where level = 'leaf' and model_id in (select unnest($ids))
group by all
order by n desc, cohort_id"""


PAIRS = {
    "model_a": "Model",
    "model_b": "and model",
    "n_benchmarks": "Scored on both",
    "n_a_better": "First is better",
    "n_b_better": "Second is better",
    "mean_difference": number(
        "Mean difference", form="+.1f", help="In points of percentile: first minus second."
    ),
    "ci_low": number("95 % from", form="+.1f"),
    "ci_high": number("to", form="+.1f"),
    "probability_above": number(
        "First above second",
        form=".0%",
        help="Probability that the first would be better on other datasets of this kind; 50 %: "
        "nothing tells them apart. Not corrected for several pairs.",
    ),
    "n_datasets": number(
        "Datasets", form="d", help="Of these benchmarks: those of one are not independent."
    ),
}


def choose_models(cohort_id: str) -> pd.DataFrame:
    """One row per chosen model of the cohort; end the page with advice where there are too few."""
    members = query(MEMBERS, cohort_id=cohort_id)
    held = set(members["model_id"])
    asked = in_address("models", held)
    offered = _filters.choose_models()(members)
    chosen = choose_some(
        f"Models (2 to {AT_MOST})",
        sorted({*offered["model_id"], *(i for i in asked if i in held)}),
        "models",
        at_most=AT_MOST,
        help="By their identity.",
        unknown=None,
    )
    outside = [i for i in asked if i not in held]
    if outside:
        found = query(COHORTS, ids=sorted({*chosen, *outside})).head(5)
        listed = ", ".join(f"{r.cohort_id} ({r.n})" for r in found.itertuples())
        st.warning(
            f"Not in this cohort: {', '.join(map(plain, outside[:8]))}. "
            f"Cohorts that hold most of your models: {listed or 'none'}."
        )
    if len(chosen) < 2:
        st.info("Choose two models at least: type a part of a name above.")
        stop()
    entries = members[members["model_id"].isin(chosen)]
    for model_id, rows in entries.groupby("model_id"):
        if len(rows) > 1:
            first, *others = rows["source_model_name"] + " (" + rows["source_model_key"] + ")"
            st.caption(
                f"{model_id} stands in this cohort {len(rows)} times. Shown is {first}, the one "
                f"with the lowest key; left out: {', '.join(others)}."
            )
    return entries.drop_duplicates("model_id").set_index("model_id").loc[chosen].reset_index()


def with_published(found: Answer, published: Answer) -> pd.DataFrame:
    """Scores of the chosen models, each with its error and the file it comes from."""
    key = ["benchmark_id", "source_model_key", "variant_id"]
    rows = found.rows.merge(published.rows, on=key, how="left", validate="one_to_one")
    about = benchmarks(rows["benchmark_id"])
    rows = rows.merge(about, on="benchmark_id", how="left", validate="many_to_one")
    place = {b: i for i, b in enumerate(order_benchmarks(about))}
    return rows.sort_values("benchmark_id", key=lambda c: c.map(place), kind="stable")


def two_by_two(found: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """Mean difference of every pair of models in percentile, over datasets of benchmarks."""
    datasets = found.drop_duplicates("benchmark_id").set_index("benchmark_id")["dataset"]
    datasets = datasets.fillna(datasets.index.to_series())
    wide = found.pivot(index="benchmark_id", columns="model_id", values="score_percentile")
    directed = found.pivot(index="benchmark_id", columns="model_id", values="score_directed")
    rows = []
    for a, b in itertools.combinations(ids, 2):
        both = directed.reindex(columns=[a, b]).dropna()
        difference = 100 * wide.loc[both.index].reindex(columns=[a, b]).diff(-1, axis=1)[a]
        mean = mean_difference(difference, datasets.loc[both.index])
        better = int((both[a] > both[b]).sum()), int((both[a] < both[b]).sum())
        limits = mean.mean, mean.ci_low, mean.ci_high, mean.probability_above
        rows.append((a, b, mean.n, *better, *limits, mean.n_clusters))
    return pd.DataFrame(rows, columns=list(PAIRS))


cohort = choose_cohort()
cohort_id = cohort["cohort_id"]
models = choose_models(cohort_id)
ids = models["model_id"].tolist()
entries = (models["source_model_key"] + "/" + models["variant_id"]).tolist()
keep = _filters.choose_benchmarks()
scores = ask(SCORES, cohort_id=cohort_id, entries=entries)
published = ask(PUBLISHED, snapshot_id=cohort["snapshot_id"], entries=entries)
found = keep(
    with_published(scores, published),
    note="The pairs are compared over these alone; ranks stay those of the whole cohort.",
)
if found.empty:
    stop()
st.subheader("Two by two")
board = two_by_two(found, ids)
grid(board, PAIRS)
settled = int(((board["ci_low"] > 0) | (board["ci_high"] < 0)).sum())
st.caption(
    f"For {settled} of {len(board)} pairs the interval of the mean difference excludes 0. The "
    "interval, and the probability that the first is above the second, leave out one dataset at a "
    "time and ask what other datasets of this kind would give."
)
menu(Answer(board, "", {}), "compared_two_by_two")
st.subheader("Benchmark by benchmark")
board = found.drop_duplicates("benchmark_id").set_index("benchmark_id")[["title", "n_models"]]
config = {"title": st.column_config.TextColumn("Benchmark", width=220, pinned=True)}
for i, model_id in enumerate(ids):
    rows = found[found["model_id"] == model_id].set_index("benchmark_id")
    for name, column, form, help in (
        (model_id, "score", ".3f", "Published score, in its own unit."),
        ("±", "error", ".3f", "Published error; empty where none is published."),
        ("%", "score_percentile", ".0%", TERMS["percentile"]),
    ):
        board[f"{column}_{i}"] = rows[column]
        config[f"{column}_{i}"] = number(name, form=form, help=help)
    if i:
        board[f"difference_{i}"] = 100 * (board["score_percentile_0"] - rows["score_percentile"])
        config[f"difference_{i}"] = number(
            "First minus it",
            form="+.0f",
            help=f"In points of percentile: {ids[0]} minus {model_id}.",
        )
view(
    scores.only(found),
    draw(compared_percentiles, found, ids),
    list(board),
    name=f"{cohort_id}_compared",
    said=f"{TERMS['percentile']} A missing mark: that model has no score there.",
    shown=board,
    config=config,
    height=420,
)
menu(published, published.name)

ranks = ask(RANKS, cohort_id=cohort_id, entries=entries)
view(
    ranks,
    draw(rank_intervals, ranks.rows, ids),
    title="Rank under every way of averaging",
    said="Lines: 95 % interval of the rank, over other datasets of this kind. Lines that overlap "
    "do not prove a tie: the pairs are tested above, two by two.",
    absent="The models of this cohort are not ranked.",
)
cite(cohort["source_id"], citations=found["citation"])
