"""One model: who it is, every score with its place, its ranks, and the models most like it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _shared
from app_pages._glossary import TERMS
from warehouse.figures import catalogue, marks, ranking
from warehouse.figures.record import DEFAULT_MODEL

MODELS = """\
select model_id, is_identified, n_scores
from marts.dim_models
order by model_id"""

ALIASES = """\
select distinct model_id, source_model_name, is_resolved
from marts.rpt_model_aliases
order by is_resolved desc, source_model_name, model_id"""

FACTS = """\
select *
from marts.dim_models
where model_id = $model_id"""

NAMES = """\
select
    source_model_name, namespace, is_resolved, confidence, rule, evidence, n_keys, n_snapshots,
    first_date, last_date, sources
from marts.rpt_model_aliases
where model_id = $model_id
order by is_resolved desc, namespace, source_model_name"""

WEIGHTS = """\
select distinct architecture, weights_source, weights_tag, weights_sha256, training_data, versions
from marts.dim_embeddings
where model_id = $model_id"""

SCORES = """\
select *
from marts.rpt_model_scores
where model_id = $model_id
order by modality, region, suite, benchmark_id, snapshot_date desc"""

AREAS = """\
select *
from marts.rpt_model_areas
where model_id = $model_id
order by modality, area"""

CELLS = """\
select
    snapshot_id,
    count(*) as n_cells,
    count(*) filter (where state = 'scored') as n_scored,
    count(*) filter (where state = 'failed') as n_failed,
    count(*) filter (where state = 'never_run') as n_never_run
from marts.fct_scores
where model_id = $model_id
group by snapshot_id
having n_scored < n_cells
order by snapshot_id"""

RANKS = """\
select
    level, scheme, cohort_id, source_model_name, source_model_key, variant_id, score_rank, n_models,
    n_benchmarks, rank_low_benchmarks, rank_high_benchmarks, rank_low_models, rank_high_models,
    tie_group, rank_shift, score_minmax
from marts.fct_model_rankings
where model_id = $model_id
order by level, scheme, cohort_id, source_model_key, variant_id"""

BOUNDS = """\
select
    cohort_id, source_model_name, source_model_key, n_scored, n_missing, n_models, zero_rank,
    best_rank, worst_rank, best_rank_everyone, worst_rank_everyone
from marts.rpt_rank_bounds
where model_id = $model_id
order by cohort_id, source_model_key"""

NEIGHBOURS = """\
select *
from marts.rpt_model_neighbours
where model_id = $model_id
order by scope, place"""

SIMILARITIES = """\
select
    case when model_id_a = $model_id then model_id_b else model_id_a end as model_id,
    metric, stimulus_set_id, layer, estimate, n_stimuli, snapshot_id, source_file, source_row
from marts.fct_model_similarity
where model_id_a = $model_id or model_id_b = $model_id
order by stimulus_set_id, metric, estimate desc"""

BEHAVIOUR = """\
select *
from marts.fct_behaviour_summary
where model_id = $model_id
order by source_id, observer_id"""

SHAPE = """\
select source_id, observer_id, ci_low, ci_high, n
from marts.fct_shape_bias
where category is null and (source_id, observer_id) in (
    select source_id, observer_id from marts.fct_behaviour_summary where model_id = $model_id
)
order by source_id, observer_id"""

ALIGNMENT = """\
select
    benchmark_id, stimulus_set_id, target, metric, estimate, ci_low, ci_high, n_stimuli, n_people,
    ceiling_low, ceiling_high, layer, distance, source_file, source_row
from marts.fct_alignment
where model_id = $model_id and distance = 'cosine'
order by stimulus_set_id, target, metric"""

PROBES = """\
select
    dataset_id, head, n_shots, avg(accuracy order by accuracy) as mean_accuracy,
    min(accuracy) as min_accuracy, max(accuracy) as max_accuracy, count(*) as n_seeds,
    max(n_eval) as n_eval, max(source_file) as source_file
from marts.fct_probe_results
where model_id = $model_id
group by all
order by dataset_id, head, n_shots"""

ISSUES = """\
select issue_id, count(*) as n_rows, min(detail) as example
from marts.bridge_known_issue_rows
where (snapshot_id, source_model_key) in (
    select snapshot_id, source_model_key from marts.bridge_model_names where model_id = $model_id
)
group by issue_id
order by issue_id"""

CONFIDENCE = {
    "exact_weights": "The same weights: a checkpoint, equal accuracies or equal scores say so.",
    "same_recipe": "The same training of the same network; nothing proves the file.",
    "same_architecture": "The same network, trained differently.",
    "guess": "The likeliest candidate, with a known rival or a contradiction.",
}


def choose_model() -> str:
    """Let the reader pick a model by any of its names; an address may hold any of them too."""
    models, aliases = _shared.query(MODELS), _shared.query(ALIASES)
    if models.empty:
        st.info("This warehouse knows no model. Build it again: `make warehouse`.")
        _shared.stop()
    ids = models["model_id"].tolist()
    take_alias(ids, aliases)
    own = aliases[aliases["is_resolved"].astype(bool)]
    others = own[own["source_model_name"] != own["model_id"].str.split(":").str[-1]]
    listed = others.groupby("model_id")["source_model_name"].agg(" · ".join).to_dict()
    return _shared.choose(
        "Model",
        ids,
        "model",
        default=DEFAULT_MODEL,
        names=lambda m: f"{m} · {listed[m]}" if m in listed else m,
        help="Type any name that a source gives it; behind the dot stand its other names.",
    )


def take_alias(ids: list[str], aliases: pd.DataFrame) -> None:
    """Turn a published name in the address into the model that it stands for."""
    asked = st.query_params.get("model")
    if asked is None or asked in ids:
        return
    named = aliases[aliases["source_model_name"].str.lower() == asked.strip().lower()]
    found = named["model_id"].drop_duplicates()
    found = found[found.isin(ids)].tolist()
    if not found:
        return
    st.query_params["model"] = found[0]
    if len(found) > 1:
        others = ", ".join(f"[{m}]({_shared.permalink('model', m)})" for m in found[1:])
        st.info(
            f"{_shared.plain(asked)} is the name of {len(found)} models: here is {found[0]}; "
            f"also {others}."
        )


def identity(model_id: str) -> None:
    """Facts, names and the evidence that they are one set of weights."""
    fact = _shared.query(FACTS, model_id=model_id).iloc[0]
    parameters = fact["n_parameters"]
    size = "not stated" if pd.isna(parameters) else f"{parameters / 1e6:,.1f} M"
    names = _shared.query(NAMES, model_id=model_id)
    own = names[names["is_resolved"].astype(bool)]
    first = own["first_date"].min()
    _shared.metrics(
        {
            "Family": (
                fact["family"] if fact["is_family_matched"] else "its own",
                "By a reviewed list of name patterns; it groups models in clustered intervals.",
            ),
            "Parameters": (size, "As a source states them."),
            "Scores": (
                f"{fact['n_scores']:,}",
                f"Published rows from {fact['n_sources']} sources, in every dated state of them.",
            ),
            "First listed": (
                "unknown" if pd.isna(first) else f"{first:%Y-%m}",
                "Oldest snapshot here that names it. No source states when it was released.",
            ),
        }
    )
    said = {
        "Class": fact["architecture_class"],
        "Architecture": fact["architecture"],
        "Training data": fact["training_data"],
        "Objective": fact["objective"],
    }
    stated = [f"**{k}**: {v}" for k, v in said.items() if isinstance(v, str)]
    unstated = [k.lower() for k, v in said.items() if not isinstance(v, str)]
    if unstated:
        stated.append(f"Not stated by any source: {', '.join(unstated)}")
    if fact["is_untrained"]:
        stated.append("**Untrained**: random weights, a control")
    if not fact["is_identified"]:
        stated.append("No source says which weights these are")
    st.markdown(". ".join(stated) + ".")

    st.subheader("Names and evidence")
    columns = {
        "source_model_name": st.column_config.TextColumn("Published name", width=200),
        "namespace": st.column_config.TextColumn("Namespace", help="Where it means one thing."),
        "confidence": st.column_config.TextColumn(
            "Confidence", help=" ".join(f"{k}: {v}" for k, v in CONFIDENCE.items())
        ),
        "rule": "Rule",
        "evidence": st.column_config.TextColumn("Evidence", width=420),
        "n_snapshots": "Snapshots",
        "n_keys": st.column_config.NumberColumn("Keys", help="Submissions under this name."),
        "first_date": st.column_config.DateColumn("From"),
        "last_date": st.column_config.DateColumn("to"),
        "sources": st.column_config.TextColumn("Sources", width=300),
    }
    st.dataframe(own[list(columns)], column_config=columns, hide_index=True)
    maybe = names[~names["is_resolved"].astype(bool)]
    if not maybe.empty:
        st.write(
            "Further names that may be these weights. The evidence is not enough to merge them, so "
            "their scores are **not** counted here:"
        )
        st.dataframe(maybe[list(columns)], column_config=columns, hide_index=True)
    for row in _shared.query(WEIGHTS, model_id=model_id).itertuples():
        st.caption(
            f"We ran it ourselves: {row.weights_source} {row.weights_tag or ''}, weights sha256 "
            f"`{row.weights_sha256}`."
        )
    _shared.downloads(names, f"{_shared.slug(model_id)}_names")
    _shared.show_sql(NAMES, model_id=model_id)


GROUPS = {"neural": "Brain", "behavioural": "Behaviour", "engineering": "Engineering"}


def profile(model_id: str) -> pd.DataFrame:
    """Every score, and its place among the models of its benchmark."""
    st.subheader("Where it stands")
    areas = _shared.query(AREAS, model_id=model_id)
    scores = _shared.query(SCORES, model_id=model_id)
    if scores.empty:
        st.info("No source here has a score of this model; the tables that name it hold none.")
        return scores
    if not areas.empty:
        drawing = _shared.draw(catalogue.model_areas, areas)
        _shared.scrolling_chart(drawing, "areas")
        st.caption(
            f"**Percentile**: {TERMS['percentile']} Dot: median over the single benchmarks of an "
            "area (how many, in brackets); thick: quartiles; thin: lowest to highest."
        )
        _shared.downloads(areas, f"{_shared.slug(model_id)}_areas", drawing)
        _shared.show_sql(AREAS, model_id=model_id)
    latest = scores[scores["is_latest"].astype(bool) & scores["score_percentile"].notna()]
    by_benchmark(model_id, latest[~latest["is_aggregate"].astype(bool)])
    every_score(model_id, scores)
    return scores


def by_benchmark(model_id: str, latest: pd.DataFrame) -> None:
    """Percentile by benchmark, for one group of benchmarks."""
    groups = latest["modality"].fillna("other") + "/" + latest["suite"]
    found = sorted(groups.unique(), key=lambda g: ([*GROUPS, "other"].index(g.split("/")[0]), g))
    if not found:
        return

    def shown(group: str) -> str:
        modality, suite = group.split("/")
        return f"{GROUPS.get(modality, modality)}, {suite} ({(groups == group).sum()})"

    group = _shared.choose("Benchmarks", found, "benchmarks", names=shown)
    rows = latest[groups == group]
    drawing = _shared.draw(catalogue.model_profile, rows)
    _shared.scrolling_chart(drawing, "profile")
    known = rows["percentile_error_low"].notna().sum()
    st.caption(
        f"{len(rows)} single benchmarks, each in its newest snapshot. Thin lines: 95 % interval of "
        "the percentile over models, as if they were drawn independently, which they are not. "
        + (
            f"Thick lines ({known} of them): where it would stand 1.96 errors lower or higher."
            if known
            else "No error of measurement is known for these."
        )
    )
    _shared.downloads(rows, f"{_shared.slug(model_id)}_{_shared.slug(group)}", drawing)


SCORE_COLUMNS = {
    "benchmark": _shared.link_column("Benchmark", "benchmark", width=250),
    "snapshot_id": "Snapshot",
    "score": _shared.number("Score", "%.4g", "As published, after ceiling where there is one."),
    "unit": "Unit",
    "error": _shared.number("Error", "%.3g", "Of the raw score."),
    "error_kind": st.column_config.TextColumn(
        "over", help="What the error spreads over; subjects = people, no error of the score."
    ),
    "score_percentile": _shared.percent("Percentile", "Share of the other models that it beats."),
    "percentile_low": _shared.percent("95 % from", "Over models (Wilson)."),
    "percentile_high": _shared.percent("to"),
    "score_rank": _shared.number("Rank", "%.1f"),
    "n_models": st.column_config.NumberColumn("of", help="Models scored on it there."),
    "n_published": st.column_config.NumberColumn(
        "Rows", help="Published rows of this model; the lowest key and variant is taken."
    ),
    "score_min": _shared.number("lowest", "%.4g"),
    "score_max": _shared.number("highest", "%.4g"),
    "source_model_name": "Published as",
    "source_file": "File",
    "source_row": "Row",
}


def every_score(model_id: str, scores: pd.DataFrame) -> None:
    """The table behind it all, old snapshots and averages included."""
    st.subheader("Every score")
    n = scores["benchmark_id"].nunique()
    st.caption(
        f"{len(scores):,} scores on {n:,} benchmarks in {scores['snapshot_id'].nunique()} "
        "snapshots, averages of others included; each with the file and the row it stands in. "
        f"They stand for {scores['n_published'].sum():,} published rows: a snapshot can list these "
        "weights under several names. The newest come first, brain before behaviour."
    )
    linked = scores.assign(
        benchmark=[_shared.permalink("benchmark", b) for b in scores["benchmark_id"]],
        place=scores["modality"].map({m: i for i, m in enumerate(marks.MODALITIES)}),
    ).sort_values(["is_latest", "place"], ascending=[False, True], kind="stable")
    st.dataframe(
        linked[list(SCORE_COLUMNS)], column_config=SCORE_COLUMNS, hide_index=True, height=380
    )
    cells = _shared.query(CELLS, model_id=model_id)
    if not cells.empty:
        st.caption(
            f"Left out because they hold no score: {cells['n_failed'].sum():,} failed and "
            f"{cells['n_never_run'].sum():,} never run, in {len(cells)} snapshots."
        )
        _shared.show_sql(CELLS, model_id=model_id)
    _shared.downloads(scores, f"{_shared.slug(model_id)}_scores")
    _shared.show_sql(SCORES, model_id=model_id)
    _shared.origin(scores["load_id"])


RANK_COLUMNS = {
    "cohort_id": st.column_config.TextColumn("Cohort", width=210),
    "source_model_name": "Published as",
    "source_model_key": "Key",
    "score_rank": _shared.number("Rank", "%.1f", "1 = best; ties share the mean of their places."),
    "n_models": "of",
    "rank_low_benchmarks": _shared.number("95 % from", "%.0f", "Metrics resampled."),
    "rank_high_benchmarks": _shared.number("to", "%.0f"),
    "rank_low_models": _shared.number("Models: from", "%.0f", "Its rivals resampled."),
    "rank_high_models": _shared.number("to ", "%.0f"),
    "tie_group": st.column_config.NumberColumn("Group", help=_shared.GROUP),
    "n_benchmarks": "Metrics",
    "rank_shift": _shared.number("Shift", "%+.1f", "Against the arithmetic mean."),
}
BOUND_COLUMNS = {
    "cohort_id": st.column_config.TextColumn("Cohort", width=210),
    "source_model_name": "Published as",
    "source_model_key": "Key",
    "zero_rank": st.column_config.NumberColumn("Rank", help="With missing scores as zero."),
    "n_models": "of",
    "best_rank": st.column_config.NumberColumn("Best", help="Its own holes at their best."),
    "worst_rank": st.column_config.NumberColumn("Worst", help="Its own holes at their worst."),
    "best_rank_everyone": st.column_config.NumberColumn("Best, all", help="All models' holes."),
    "worst_rank_everyone": st.column_config.NumberColumn("Worst, all", help="All models' holes."),
    "n_scored": "Scored",
    "n_missing": "Missing",
}


def ranks(model_id: str) -> None:
    """Its rank in every cohort, and the ranks its missing scores leave possible."""
    st.subheader("Ranks")
    every = _shared.query(RANKS, model_id=model_id)
    if every.empty:
        st.caption("It is a member of no cohort that is ranked.")
    else:
        left, right = st.columns(2)
        with left:
            level = _shared.choose_level(every, "Average over")
        with right:
            of_level = every.loc[every["level"] == level, "scheme"]
            scheme = _shared.choose(
                "Averaged by",
                marks.known_first(of_level, ranking.SCHEMES),
                "scheme",
                names=lambda s: ranking.SCHEMES.get(s, s),
            )
        found = every[(every["level"] == level) & (every["scheme"] == scheme)]
        st.dataframe(found[list(RANK_COLUMNS)], column_config=RANK_COLUMNS, hide_index=True)
        _shared.downloads(found, f"{_shared.slug(model_id)}_ranks")
        _shared.show_sql(RANKS, model_id=model_id)
    bounds = _shared.query(BOUNDS, model_id=model_id)
    if not bounds.empty:
        st.markdown("**What missing scores leave open**")
        st.dataframe(bounds[list(BOUND_COLUMNS)], column_config=BOUND_COLUMNS, hide_index=True)
        _shared.downloads(bounds, f"{_shared.slug(model_id)}_bounds")
        _shared.show_sql(BOUNDS, model_id=model_id)


NEIGHBOUR_COLUMNS = {
    "model": _shared.link_column("Model", "model", width=320),
    "estimate": _shared.number("Correlation"),
    "ci_low": _shared.number("95 % from", "%.2f", "Fisher z, as if benchmarks were independent."),
    "ci_high": _shared.number("to", "%.2f"),
    "n_shared": st.column_config.NumberColumn("Benchmarks", help="That both have."),
    "mean_difference": _shared.percent(
        "Higher by", "Mean percentile of this model minus that of it."
    ),
}
SIMILARITY_COLUMNS = {
    "model": _shared.link_column("Model", "model", width=320),
    "metric": "Measure",
    "stimulus_set_id": "Images of",
    "estimate": _shared.number("Similarity"),
    "n_stimuli": "Images",
    "layer": "Layer",
}


def neighbours(model_id: str) -> None:
    """The models most like it, by what they do well and by their embeddings."""
    st.subheader("The models most like it")
    every = _shared.query(NEIGHBOURS, model_id=model_id)
    if every.empty:
        st.caption(
            "Profiles are compared over 12 shared single benchmarks at least; this model has too "
            "few."
        )
    else:
        preferred = ["neural and behavioural", *marks.MODALITIES]
        scopes = marks.known_first(every["scope"], preferred)
        scope = _shared.choose("Compared on", scopes, "scope")
        found = every[every["scope"] == scope]
        drawing = _shared.draw(catalogue.neighbour_dots, found)
        _shared.scrolling_chart(drawing, "neighbours")
        linked = found.assign(model=[_shared.permalink("model", m) for m in found["neighbour_id"]])
        st.dataframe(
            linked[list(NEIGHBOUR_COLUMNS)], column_config=NEIGHBOUR_COLUMNS, hide_index=True
        )
        st.caption(
            f"Correlation of percentiles with those of {found['n_candidates'].iloc[0]:,} models "
            "that share 12 benchmarks or more, ordered by the lower end of the interval. It tells "
            "whether two models are strong on the same benchmarks, not whether they are equally "
            "good. Benchmarks of one dataset are not independent and the best of many is flattered "
            "by luck: the intervals are too narrow."
        )
        _shared.downloads(found, f"{_shared.slug(model_id)}_neighbours", drawing)
        _shared.show_sql(NEIGHBOURS, model_id=model_id)
    similar = _shared.query(SIMILARITIES, model_id=model_id)
    if not similar.empty:
        st.markdown("**By its embeddings**")
        linked = similar.assign(model=[_shared.permalink("model", m) for m in similar["model_id"]])
        st.dataframe(
            linked[list(SIMILARITY_COLUMNS)],
            column_config=SIMILARITY_COLUMNS,
            hide_index=True,
            height=300,
        )
        st.caption(
            "Linear CKA and representational similarity (RSA, Spearman) of two models' features on "
            "the same images: 1 = alike up to rotation and scale, 0 = unrelated. No interval is "
            "computed."
        )
        _shared.downloads(similar, f"{_shared.slug(model_id)}_similarities")
        _shared.show_sql(SIMILARITIES, model_id=model_id)


BEHAVIOUR_COLUMNS = {
    "observer_id": "Observer",
    "source_id": "Source",
    "n_datasets": "Datasets",
    "n_trials": st.column_config.NumberColumn("Trials", format="localized"),
    "ood_accuracy": _shared.percent("Accuracy", "Mean over distorted datasets."),
    "ood_accuracy_ci_low": _shared.percent("95 % from", "Images and people drawn again."),
    "ood_accuracy_ci_high": _shared.percent("to"),
    "error_consistency": _shared.number("κ with people", help="Do they err on the same images?"),
    "error_consistency_ci_low": _shared.number("95 % from ", "%.3f"),
    "error_consistency_ci_high": _shared.number("to ", "%.3f"),
    "observed_consistency": _shared.number("Observed"),
    "accuracy_difference": _shared.number("Accuracy difference", "%.4f"),
    "shape_bias": _shared.number("Shape bias", "%.2f"),
    "ci_low": _shared.number("95 % from  ", "%.2f"),
    "ci_high": _shared.number("to  ", "%.2f"),
    "n": st.column_config.NumberColumn("Decisions", help="For shape or texture."),
    "mean_rank": _shared.number("Mean rank", "%.1f", "Of three measures, among whole models."),
    "mean_rank_ci_low": _shared.number("95 % from   ", "%.1f"),
    "mean_rank_ci_high": _shared.number("to   ", "%.1f"),
    "n_ranked": "of",
    "duplicate_of": "Same answers as",
}
ALIGNMENT_COLUMNS = {
    "stimulus_set_id": "Images of",
    "target": "Compared with",
    "metric": "Measure",
    "estimate": _shared.number("Alignment"),
    "ci_low": _shared.number("95 % from", "%.2f", "Over images."),
    "ci_high": _shared.number("to", "%.2f"),
    "n_stimuli": "Images",
    "n_people": "People or animals",
    "ceiling_low": _shared.number("Ceiling from", "%.2f", "One person with the others."),
    "ceiling_high": _shared.number("to ", "%.2f"),
}
PROBE_COLUMNS = {
    "dataset_id": "Images",
    "head": "Head",
    "n_shots": "Examples per class",
    "mean_accuracy": _shared.percent("Accuracy"),
    "min_accuracy": _shared.percent("lowest seed"),
    "max_accuracy": _shared.percent("highest seed"),
    "n_seeds": "Seeds",
    "n_eval": "Tested on",
}


def measured(model_id: str) -> None:
    """Trial by trial, alignment and probes, where the model has them."""
    behaviour = _shared.query(BEHAVIOUR, model_id=model_id)
    if not behaviour.empty:
        st.subheader("Trial by trial")
        key = ["source_id", "observer_id"]
        shape = _shared.query(SHAPE, model_id=model_id)
        found = behaviour.merge(shape, on=key, how="left")
        st.dataframe(
            found[list(BEHAVIOUR_COLUMNS)], column_config=BEHAVIOUR_COLUMNS, hide_index=True
        )
        _shared.downloads(found, f"{_shared.slug(model_id)}_behaviour")
        _shared.show_sql(BEHAVIOUR, model_id=model_id)
    alignment = _shared.query(ALIGNMENT, model_id=model_id)
    if not alignment.empty:
        st.subheader("Alignment with people and brains")
        st.dataframe(
            alignment[list(ALIGNMENT_COLUMNS)],
            column_config=ALIGNMENT_COLUMNS,
            hide_index=True,
            height=300,
        )
        _shared.downloads(alignment, f"{_shared.slug(model_id)}_alignment")
        _shared.show_sql(ALIGNMENT, model_id=model_id)
    probes = _shared.query(PROBES, model_id=model_id)
    if not probes.empty:
        st.subheader("Few-shot probes")
        st.dataframe(
            probes[list(PROBE_COLUMNS)], column_config=PROBE_COLUMNS, hide_index=True, height=300
        )
        _shared.downloads(probes, f"{_shared.slug(model_id)}_probes")
        _shared.show_sql(PROBES, model_id=model_id)
    absent = [
        name
        for name, rows in (
            ("trials", behaviour),
            ("alignment", alignment),
            ("few-shot probes", probes),
        )
        if rows.empty
    ]
    if absent:
        st.caption(f"Nobody measured its {', '.join(absent)}, as far as the files here tell.")


def main() -> None:
    """Draw the page."""
    st.title("Model")
    st.write(
        "One set of weights: every name it goes by, every published score and where it stands "
        "among the others."
    )
    model_id = choose_model()
    identity(model_id)
    scores = profile(model_id)
    ranks(model_id)
    neighbours(model_id)
    measured(model_id)
    _shared.known_problems(ISSUES, model_id, model_id=model_id)
    _shared.cite_all(scores["source_id"], scores["citation"])


main()
