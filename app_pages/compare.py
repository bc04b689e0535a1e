"""Compare two to four models side by side: every score, every rank, and where they differ."""

from __future__ import annotations

import itertools

import pandas as pd
import streamlit as st

from app_pages import _filters, _shared
from app_pages._glossary import TERMS
from compute.stats.comparisons import clustered_mean
from warehouse.figures import marks, ranking

AT_MOST = 4

# A set of weights can stand in a cohort more than once; the lowest key comes first.
MEMBERS = """\
select distinct model_id, source_model_key, variant_id, source_model_name
from marts.fct_scores_normalized
where cohort_id = $cohort_id and level = 'leaf'
order by
    model_id, try_cast(source_model_key as bigint) nulls last, source_model_key, variant_id"""

SCORES = """\
select
    benchmark_id, model_id, source_model_key, variant_id, score_directed, score_percentile,
    score_rank, n_models
from marts.fct_scores_normalized
where
    cohort_id = $cohort_id and level = 'leaf'
    and (source_model_key || '/' || variant_id) in (select unnest($entries))
order by benchmark_id, model_id"""

PUBLISHED = """\
select benchmark_id, source_model_key, variant_id, score, error, source_file, source_row
from marts.fct_scores
where
    snapshot_id = $snapshot_id
    and (source_model_key || '/' || variant_id) in (select unnest($entries))
order by benchmark_id, source_model_key, variant_id"""

BENCHMARKS = """\
select benchmark_id, title, modality, region, direction, citation, parent_benchmark_id
from marts.dim_benchmarks
where benchmark_id in (select unnest($ids))"""

RANKS = """\
select
    scheme, model_id, score_rank, rank_low_benchmarks, rank_high_benchmarks, rank_low_models,
    rank_high_models, n_benchmarks, n_models
from marts.fct_model_rankings
where
    cohort_id = $cohort_id and level = 'leaf'
    and (source_model_key || '/' || variant_id) in (select unnest($entries))
order by scheme, model_id"""

COHORTS = """\
select cohort_id, count(distinct model_id) as n
from marts.fct_scores_normalized
where level = 'leaf' and model_id in (select unnest($ids))
group by all
order by n desc, cohort_id"""


def choose_models(cohort_id: str) -> pd.DataFrame:
    """One row per chosen model of the cohort; end the page with advice where there are too few."""
    members = _shared.query(MEMBERS, cohort_id=cohort_id)
    asked = _ids_in_address()
    offered = _filters.choose_models()(members)
    ids = sorted({*offered["model_id"], *(i for i in asked if i in set(members["model_id"]))})
    chosen = _shared.choose_some(
        f"Models (two to {AT_MOST})",
        ids,
        "models",
        at_most=AT_MOST,
        help="By their identity.",
        unknown=None,
    )
    outside = [i for i in asked if i not in set(members["model_id"])]
    if outside:
        found = _shared.query(COHORTS, ids=sorted({*chosen, *outside}))
        held = ", ".join(f"{r.cohort_id} ({r.n})" for r in found.head(5).itertuples())
        st.warning(
            f"Not in this cohort: {', '.join(map(_shared.plain, outside[:8]))}. "
            + (f"Cohorts that hold most of your models: {held}." if held else "No cohort has it.")
        )
    if len(chosen) < 2:
        st.info("Choose two models at least: type a part of a name above.")
        _shared.stop()
    entries = members[members["model_id"].isin(chosen)]
    for model_id, rows in entries.groupby("model_id"):
        if len(rows) > 1:
            first, *others = rows["source_model_name"] + " (" + rows["source_model_key"] + ")"
            st.caption(
                f"{model_id} stands in this cohort {len(rows)} times. Shown is {first}, the one "
                f"with the lowest key; left out: {', '.join(others)}."
            )
    entries = entries.drop_duplicates("model_id")
    return entries.set_index("model_id").loc[chosen].reset_index()


def _ids_in_address() -> list[str]:
    return [i for text in st.query_params.get_all("models") for i in text.split(",") if i]


def scores(cohort: pd.Series, models: pd.DataFrame, entries: list[str]) -> pd.DataFrame:
    """Every score of the chosen models, with its error and the file it comes from."""
    chosen = {"cohort_id": cohort["cohort_id"], "entries": entries}
    found = _shared.query(SCORES, **chosen)
    published = _shared.query(PUBLISHED, snapshot_id=cohort["snapshot_id"], entries=entries)
    key = ["benchmark_id", "source_model_key", "variant_id"]
    found = found.merge(published, on=key, how="left", validate="one_to_one")
    benchmarks = _shared.query(BENCHMARKS, ids=sorted(found["benchmark_id"].unique()))
    found = found.merge(benchmarks, on="benchmark_id", how="left", validate="many_to_one")
    place = {b: i for i, b in enumerate(marks.order_benchmarks(benchmarks))}
    return found.sort_values("benchmark_id", key=lambda c: c.map(place), kind="stable")


def summary(found: pd.DataFrame, ids: list[str]) -> None:
    """Each pair of models on the benchmarks that scored both."""
    parents = found.drop_duplicates("benchmark_id").set_index("benchmark_id")
    parents = parents["parent_benchmark_id"].fillna(parents.index.to_series())
    wide = found.pivot(index="benchmark_id", columns="model_id", values="score_percentile")
    directed = found.pivot(index="benchmark_id", columns="model_id", values="score_directed")
    rows = []
    for a, b in itertools.combinations(ids, 2):
        both = directed.reindex(columns=[a, b]).dropna()
        difference = 100 * wide.loc[both.index].reindex(columns=[a, b]).diff(-1, axis=1)[a]
        mean = clustered_mean(difference, parents.loc[both.index])
        rows.append(
            {
                "model_a": a,
                "model_b": b,
                "n_benchmarks": mean.n,
                "n_a_better": int((both[a] > both[b]).sum()),
                "n_b_better": int((both[a] < both[b]).sum()),
                "mean_difference": mean.mean,
                "ci_low": mean.ci_low,
                "ci_high": mean.ci_high,
                "p_value": mean.p_value,
                "n_groups": mean.n_clusters,
            }
        )
    board = pd.DataFrame(rows)
    st.dataframe(
        board,
        column_config={
            "model_a": "Model",
            "model_b": "and model",
            "n_benchmarks": st.column_config.NumberColumn("Scored on both"),
            "n_a_better": st.column_config.NumberColumn("First is better"),
            "n_b_better": st.column_config.NumberColumn("Second is better"),
            "mean_difference": _shared.number(
                "Mean difference", "%+.1f", "In points of percentile: first minus second."
            ),
            "ci_low": _shared.number("95 % from", "%+.1f"),
            "ci_high": _shared.number("to", "%+.1f"),
            "p_value": _shared.number("p", "%.2g", "Two-sided, not corrected for several pairs."),
            "n_groups": st.column_config.NumberColumn(
                "Groups", help="Parents of these benchmarks: members of one are not independent."
            ),
        },
        hide_index=True,
    )
    settled = int(((board["ci_low"] > 0) | (board["ci_high"] < 0)).sum())
    st.caption(
        f"For {settled} of {len(board)} pairs the interval of the mean difference leaves out 0. "
        "Student's interval over benchmarks, those of one parent taken together; it treats the "
        "benchmarks as a sample of those that could have been, and is somewhat too narrow with "
        "few groups."
    )
    _shared.downloads(board, "compared_two_by_two")


def table(found: pd.DataFrame, ids: list[str]) -> None:
    """One row per benchmark: score, error and percentile of each, differences to the first."""
    about = ["benchmark_id", "title", "n_models"]
    board = found[about].drop_duplicates("benchmark_id").set_index("benchmark_id")
    columns = {
        "title": st.column_config.TextColumn("Benchmark", width=220, pinned=True),
        "n_models": st.column_config.NumberColumn("Models", help="Scored, in the cohort."),
    }
    for i, model_id in enumerate(ids):
        rows = found[found["model_id"] == model_id].set_index("benchmark_id")
        for name, column, form, help in (
            (model_id, "score", "%.3f", "Published score, in its own unit."),
            ("±", "error", "%.3f", "Published error; empty where none is published."),
            ("%", "score_percentile", "percent", TERMS["percentile"]),
        ):
            board[f"{column}_{i}"] = rows[column]
            columns[f"{column}_{i}"] = st.column_config.NumberColumn(name, format=form, help=help)
        if i:
            board[f"difference_{i}"] = 100 * (
                board["score_percentile_0"] - rows["score_percentile"]
            )
            columns[f"difference_{i}"] = st.column_config.NumberColumn(
                f"{ids[0]} −", format="%+.0f", help=f"Percentiles of {ids[0]} minus {model_id}."
            )
    st.dataframe(board[list(columns)], column_config=columns, hide_index=True, height=420)


def ranks(cohort_id: str, entries: list[str], ids: list[str]) -> None:
    """The rank of each model under each scheme, with both intervals."""
    found = _shared.query(RANKS, cohort_id=cohort_id, entries=entries)
    st.subheader("Rank under every way of averaging")
    if found.empty:
        st.info("The models of this cohort are not ranked.")
        return
    chart = _shared.draw(ranking.rank_intervals, found, ids)
    _shared.scrolling_chart(chart, "ranks")
    st.caption(
        "Lines: 95 % interval of the rank, metrics redrawn. Lines that overlap do not prove a tie: "
        "the pairs are tested above, two by two."
    )
    _shared.downloads(found, f"{cohort_id}_compared_ranks", chart)
    _shared.show_sql(RANKS, cohort_id=cohort_id, entries=entries)


def main() -> None:
    """Draw the page."""
    st.title("Compare models")
    st.write("Two to four models of one cohort, benchmark by benchmark and rank by rank.")
    cohort = _shared.choose_cohort()
    cohort_id = cohort["cohort_id"]
    models = choose_models(cohort_id)
    ids = models["model_id"].tolist()
    entries = (models["source_model_key"] + "/" + models["variant_id"]).tolist()
    keep = _filters.choose_benchmarks()
    found = keep(
        scores(cohort, models, entries),
        note="The pairs are compared over these alone; ranks stay those of the whole cohort.",
    )
    if found.empty:
        return
    st.subheader("Two by two")
    summary(found, ids)
    st.subheader("Benchmark by benchmark")
    chart = _shared.draw(ranking.compared_percentiles, found, ids)
    _shared.scrolling_chart(chart, "percentiles")
    st.caption(f"{TERMS['percentile']} A missing mark: that model has no score there.")
    table(found, ids)
    _shared.downloads(found, f"{cohort_id}_compared", chart)
    _shared.show_sql(SCORES, cohort_id=cohort_id, entries=entries)
    _shared.show_sql(PUBLISHED, snapshot_id=cohort["snapshot_id"], entries=entries)
    ranks(cohort_id, entries, ids)
    _shared.cite(cohort["source_id"], found["citation"])


main()
