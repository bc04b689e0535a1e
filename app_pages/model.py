"""One model: where it ranks, every score with its file, what is missing, and what is like it."""

import pandas as pd
import streamlit as st

from app_pages import _choices
from app_pages._glossary import TERMS
from app_pages._origins import PUBLISHED_IN, cite, known_problems, with_files
from app_pages._views import (
    Answer,
    ask,
    facts,
    finding,
    names_of,
    select,
    show_figure,
    table,
    typeset,
    view,
)
from warehouse.fields import dataset_name, field
from warehouse.figures import FIGURES
from warehouse.figures.catalogue import model_areas, model_profile, neighbour_dots
from warehouse.figures.marks import MODALITIES
from warehouse.figures.record import DEFAULT_MODEL

SIMILARITIES = """\
select
    case when model_id_a = $model_id then model_id_b else model_id_a end as model_id,
    metric, stimulus_set_id, layer, estimate, n_stimuli, snapshot_id, source_file, source_row
from marts.fct_model_similarity
where model_id_a = $model_id or model_id_b = $model_id
order by stimulus_set_id, metric, estimate desc"""

SHAPE = """\
select source_id, observer_id, ci_low, ci_high, n
from marts.fct_shape_bias
where category is null and (source_id, observer_id) in (
    select source_id, observer_id from marts.fct_behaviour_summary where model_id = $model_id
)
order by source_id, observer_id"""

ISSUES = """\
select issue_id, count(*) as n_rows, min(detail) as example
from marts.bridge_known_issue_rows
where (snapshot_id, source_model_key) in (
    select snapshot_id, source_model_key from marts.bridge_model_names where model_id = $model_id
)
group by issue_id
order by issue_id"""

GROUPS = {"neural": "Brain", "behavioural": "Behaviour", "engineering": "Engineering"}
SCOPES = {s: s.capitalize() for s in ("neural and behavioural", *MODALITIES)}
LABELS = {"source_model_name": "Published as", "n_models": "of"}
BOUNDS = {
    "best_rank": "Best possible",
    "worst_rank": "Worst possible",
    "best_rank_everyone": "Best, all vary",
    "worst_rank_everyone": "Worst, all vary",
}
FEW = 5
"""Benchmarks that an area must have to be called a model's best or worst."""

HOW = f"""\
**Rank**: by the mean of single benchmarks, in every cohort that holds the model; one row per
cohort, for the submission with most scores. {TERMS["rank interval"]}

**Percentile**: {TERMS["percentile"]} Dot: median over the benchmarks of an area (how many, in
brackets); thick: quartiles; thin: lowest to highest. Benchmarks with fewer than 10 models are left
out and counted: among few, one rival decides.

**Over time**: Brain-Score's own average, which counts missing scores as zero. Past averages were
computed anew when benchmarks joined, so a fall can be new rivals or new benchmarks.

**Map**: near means like percentiles on each benchmark, all datasets alike. The ellipse is
meant to hold the place that many datasets would give in 95 % of cases; in simulations with 6 to 15
datasets it holds 89 to 92 %.

**Similar models**: correlation of percentiles over 12 shared benchmarks or more: strong on the
same benchmarks, not equally good. The highest of many correlations is high partly by luck, so no
interval is given.

**Missing scores** are never counted as scores. Predictions rest on other scores, family, size and
ImageNet top-1."""


def choose_model() -> str:
    """Let the reader pick a model by any of its names; an address may hold any of them too."""
    shown = dict(sorted(names_of("model_id").items()))
    aliases = _choices.model_aliases()
    own = aliases[aliases["is_resolved"].astype(bool)]
    others = own[own["name"] != own["id"].map(shown)]
    listed = others.groupby("id")["name"].agg(" · ".join).to_dict()
    return _choices.choose_by_any_name(
        "model",
        {m: f"{name} · {listed[m]}" if m in listed else name for m, name in shown.items()},
        aliases,
        DEFAULT_MODEL,
        "Type any name that a source gives it; its other names follow the dot.",
    )


def compare_with() -> None:
    """Lead to the comparison with another model."""
    ranked = select("fct_model_rankings", "distinct model_id", order="all").rows["model_id"]
    places = select("rpt_own_places", "model_id", order="all", model_id=model_id)
    if places.is_empty and model_id not in set(ranked):
        return  # no cohort has it or its benchmarks
    named = names_of("model_id")
    other = st.selectbox(
        "Compare with",
        [m for m in ranked if m != model_id],
        index=None,
        format_func=lambda m: named.get(m, m),
        key="compare_with",
        placeholder="another model …",
    )
    if other:
        st.switch_page("app_pages/compare.py", query_params={"models": [model_id, other]})


def found() -> str:
    """Where it ranks, and what it is best and worst at."""
    said = f"**{_choices.plain(name)}** "
    if fact["is_private"]:
        said += "is private, of this machine: a member of no cohort."
    elif ranks.is_empty:
        said += "is in no cohort that is ranked."
    else:
        best = ranks.rows.iloc[0]
        said += f"ranks {best['score_rank']:g} of {best['n_models']} in {best['title']}"
        if pd.notna(best["rank_ci_low"]):
            low, high = best["rank_ci_low"], best["rank_ci_high"]
            said += f" (on other datasets {low:.0f} to {high:.0f}, 95 %)"
        said += (
            "."
            if best["is_comparable"]
            else f", by {best['n_benchmarks']} benchmarks that are {best['coverage']:.0%} of the "
            "cohort's: too few to compare it with the others."
        )
    wide = areas.rows[areas.rows["n_benchmarks"] >= FEW]
    human = wide[wide["modality"] != "engineering"]
    wide = (human if len(human) > 1 else wide).sort_values("percentile_50", kind="stable")
    if len(wide) > 1:
        area = field(areas.mart, "area")
        high, low = (
            f"{area.text(r['area'])} (median of {r['n_benchmarks']} benchmarks: it beats "
            f"{r['percentile_50']:.0%} of the others)"
            for r in (wide.iloc[-1], wide.iloc[0])
        )
        said += (
            f" Of the areas with {FEW} benchmarks or more it is, relative to other models, best at "
            f"{high} and worst at {low}."
        )
    return said


def own_places() -> None:
    """Where the scores of this machine would stand in every cohort."""
    places = select("rpt_own_places", order="cohort_id, benchmark_id, variant_id", **of)
    if not places.is_empty:
        st.header("Private scores, beside the cohorts")
        columns = "cohort_id, benchmark_id, variant_id, score, score_rank, score_percentile"
        view(places, columns=f"{columns}, n_models, is_outside")


def standing() -> None:
    """Percentile by area, rank per cohort, and rank over time."""
    left, right = st.columns(2, gap="large")
    with left:
        if areas.rows["n_benchmarks"].any():
            left_out = int(areas.rows["n_few_models"].sum())
            said = (
                f"{left_out} more benchmark{'s' * (left_out != 1)} scored it among too few models."
            )
            view(areas, model_areas, title="By area", said=said * (left_out > 0))
    with right:
        if not ranks.is_empty:
            st.header("By cohort")
            show_figure(FIGURES["model_ranks"], ranks)
        history = ask(FIGURES["rank_history"].sql, **of)
        if not history.is_empty:
            st.header("Over time")
            show_figure(FIGURES["rank_history"], history)
    if not ranks.is_empty:
        table(
            ranks.rows,
            ranks_mart,
            "cohort_id, score_rank, n_models, rank_ci_low, rank_ci_high, best_way_rank, "
            "worst_way_rank, n_benchmarks, source_model_name",
            labels=LABELS | {"n_benchmarks": "Benchmarks"},
            config={
                "cohort_id": st.column_config.TextColumn("Cohort", width=280),
                "best_way_rank": st.column_config.NumberColumn(
                    "By other averages, from",
                    format="%g",
                    help="Over the ways of averaging that rank all models.",
                ),
                "worst_way_rank": st.column_config.NumberColumn("to", format="%g"),
            },
        )
    own_places()
    if ranks.is_empty and not areas.rows["n_benchmarks"].any():
        st.info("No cohort ranks it and no benchmark places it; the other tabs show what is known.")


def profile(rows: pd.DataFrame) -> None:
    """Its place on every benchmark of one suite."""
    latest = rows[rows["is_latest"].astype(bool) & rows["score_percentile"].notna()]
    latest = latest[~latest["is_aggregate"].astype(bool)]
    if latest.empty:
        return
    modality = latest["modality"].fillna("other")
    groups = modality + "/" + latest["suite"]
    n, kind = groups.value_counts(), dict(zip(groups, modality, strict=True))
    listed = sorted(n.index, key=lambda g: ([*GROUPS, "other"].index(kind[g]), g))
    suite = field(scores.mart, "suite")
    names = {
        g: f"{GROUPS.get(kind[g], kind[g])}, {suite.text(g.split('/')[1])} ({n[g]})" for g in listed
    }
    group = _choices.choose("Benchmarks", names, "benchmarks")
    shown = latest[groups == group]
    known = shown["percentile_error_low"].notna().sum()
    view(
        scores.only(shown),
        model_profile,
        name=f"{model_id}_{group}",
        said=f"Thick lines: 1.96 errors either way, known for {known} of {len(shown)}."
        if known
        else "",
    )


def every_score() -> None:
    """Each score with the file and the row it stands in."""
    rows = scores.rows
    if rows.empty:
        st.info("No source here has a score of this model; the tables that name it hold none.")
        return
    profile(rows)
    st.header("Every score and its file")
    place = rows["modality"].map({m: i for i, m in enumerate(MODALITIES)})
    ordered = with_files(rows.assign(place=place)).sort_values(
        ["is_latest", "place"], ascending=[False, True], kind="stable"
    )
    view(
        scores,
        columns="benchmark_id, snapshot_id, score, unit, error, error_kind, score_percentile, "
        "score_rank, n_models, n_published, source_model_name, published",
        shown=ordered,
        labels=LABELS,
        config=PUBLISHED_IN,
        height=380,
    )


def missing_scores() -> None:
    """Which scores of its cohorts are missing, why, and what measuring them would change."""
    key = ["cohort_id", "source_model_key", "variant_id"]
    mine = ranks.rows[key]
    bounds, runs, cells = (
        answer.only(answer.rows.merge(mine, on=key))
        for answer in (
            select("rpt_rank_bounds", order="cohort_id", **of),
            select("rpt_next_measurements", order="cohort_id, place", **of),
            select("rpt_predicted_scores", order="cohort_id, benchmark_id", **of),
        )
    )
    if cells.is_empty:
        st.info("Nothing is missing: it has a score on every benchmark of its cohorts.")
        return
    titles = names_of("cohort_id")
    counts = cells.rows["cohort_id"].value_counts(sort=False)
    listed = "; ".join(f"{n} in {titles[c]}" for c, n in counts.items())
    said = f"**{len(cells.rows)} scores are missing:** {listed}."
    known = runs.rows.dropna(subset=["rank_width_saved"])
    if not known.empty:
        most = known.loc[known["rank_width_saved"].idxmax()]
        said += (
            f" A run on {dataset_name(most['dataset'])} would tell most: what they leave open of "
            f"its rank in {titles[most['cohort_id']]} (95 %) would shrink from "
            f"{most['rank_width']:.0f} to {most['rank_width_after']:.0f} places of "
            f"{most['n_models']}."
        )
    view(
        runs,
        columns="cohort_id, dataset, n_benchmarks, n_failed, rank_width, rank_width_after, "
        "second_dataset, rank_width_after_both",
        labels={"n_benchmarks": "Missing"},
        intro=said,
    )
    view(
        bounds.only(bounds.rows[bounds.rows["n_missing"] > 0]),
        columns="cohort_id, n_missing, zero_rank, n_models, best_rank, worst_rank, "
        "best_rank_everyone, worst_rank_everyone",
        intro="The ranks it could have, whatever its missing scores are, or those of all models:",
        labels=LABELS | BOUNDS,
    )
    view(
        cells,
        columns="cohort_id, benchmark_id, state, state_evidence, score_predicted, ci_low, ci_high",
        intro="Each missing score, and what it may be:",
        height=300,
    )


def alike() -> None:
    """The map of models, and those with the most similar percentiles."""
    cohorts = select("rpt_model_positions", "distinct cohort_id", order="all", **of).rows
    titles = names_of("cohort_id")
    left, right = st.columns(2, gap="large")
    with left:
        st.header("On the map")
        if cohorts.empty:
            st.caption("It is in no cohort in which every model has every score.")
        else:
            known = [c for c in ranks.rows["cohort_id"] if c in set(cohorts["cohort_id"])]
            cohort_id = _choices.choose("Cohort", {c: titles[c] for c in known}, "cohort")
            places = ask(FIGURES["model_map"].sql, **of, cohort_id=cohort_id)
            show_figure(FIGURES["model_map"], places, say_how_sure)
    with right:
        st.header("By correlation")
        every = select("rpt_model_neighbours", order="scope, place", **of)
        if every.is_empty:
            st.caption("It has fewer than 12 single benchmarks, the least that two must share.")
        else:
            scopes = _choices.named(every.rows["scope"], SCOPES)
            scope = _choices.choose("Compared on", scopes, "scope")
            near = every.rows[every.rows["scope"] == scope]
            near = every.only(near.sort_values("estimate", ascending=False, kind="stable"))
            named = near.rows["neighbour_id"].map(names_of("model_id"))
            drawn = near.rows.assign(neighbour_id=named)
            view(
                near,
                lambda _: neighbour_dots(drawn),
                "neighbour_id, estimate, n_shared, mean_difference",
                said=f"Among {near.rows['n_candidates'].iloc[0]:,} models.",
                labels={"n_shared": "Shared", "mean_difference": "Higher by"},
                config={
                    "neighbour_id": st.column_config.LinkColumn(
                        "Model", display_text=r"#(.*)$", width=190
                    )
                },
            )
    view(
        ask(SIMILARITIES, **of),
        columns="model_id, metric, stimulus_set_id, estimate, n_stimuli, layer",
        title="By their features",
        said="Linear CKA and RSA (Spearman) of the features of two models for the same images: 1 "
        "= alike up to rotation and scale, 0 = unrelated.",
        height=300,
    )


def say_how_sure(rows: pd.DataFrame) -> None:
    """How much of the distances the map shows, and what it cannot tell apart."""
    one = rows.iloc[0]
    within = (
        f" On other datasets it could stand anywhere in the ellipse, where "
        f"{one['n_within']:.0f} of {one['n_models'] - 1} others stand."
        if pd.notna(one["n_within"])
        else " Its datasets are too few to say how sure its place is."
    )
    st.caption(
        typeset(f"Two dimensions hold {one['share']:.0%} of what tells these models apart.{within}")
    )


def measured() -> None:
    """Trial by trial, alignment with people and brains, few-shot probes."""
    behaviour = select("fct_behaviour_summary", order="source_id, observer_id", **of)
    shape = ask(SHAPE, **of).rows
    view(
        behaviour.only(behaviour.rows.merge(shape, on=["source_id", "observer_id"], how="left")),
        columns="observer_id, source_id, n_datasets, n_trials, ood_accuracy, "
        "ood_accuracy_ci_low, ood_accuracy_ci_high, error_consistency, "
        "error_consistency_ci_low, error_consistency_ci_high, observed_consistency, "
        "accuracy_difference, shape_bias, ci_low, ci_high, n, mean_rank, mean_rank_ci_low, "
        "mean_rank_ci_high, n_ranked, left_out_because",
        title="Trial by trial",
        absent="No source has its answers trial by trial.",
        more={"fct_shape_bias": ("ci_low", "ci_high", "n")},
    )
    order = "stimulus_set_id, target, metric"
    view(
        select("fct_alignment", order=order, **of, distance="cosine"),
        columns="stimulus_set_id, target, metric, estimate, ci_low, ci_high, n_stimuli, "
        "n_people, ceiling_low, ceiling_high",
        title="Alignment with people and brains",
        absent="Its features were not measured here.",
        height=300,
    )
    view(
        select("fct_probe_summaries", order="dataset_id, head, n_shots", **of),
        columns="dataset_id, head, n_shots, accuracy, accuracy_min, accuracy_max, n_seeds, n_eval",
        title="Few-shot probes",
        height=300,
    )


def who_it_is() -> None:
    """Its names with the evidence that they are one set of weights, and known problems."""
    order = "is_resolved desc, namespace, source_model_name"
    names = select("rpt_model_aliases", order=order, **of)
    is_own = names.rows["is_resolved"].astype(bool)
    columns = (
        "source_model_name, namespace, confidence, imagenet_top1, imagenet_top1_elsewhere, "
        "is_contradicted, rule, evidence, n_keys, n_snapshots, first_date, last_date, sources"
    )
    view(names.only(names.rows[is_own]), columns=columns)
    view(
        names.only(names.rows[~is_own]),
        columns=columns,
        name=f"{model_id}_names_not_merged",
        intro="On too little evidence to merge them, so that their scores do **not** count here:",
    )
    weights = "distinct weights_source, weights_tag, weights_sha256"
    for row in select("dim_embeddings", weights, order="all", **of).rows.itertuples():
        st.caption(
            f"Measured here: {row.weights_source} {row.weights_tag or ''}, weights sha256 "
            f"`{row.weights_sha256}`."
        )
    known_problems(ask(ISSUES, **of), model_id)


left, right = st.columns([2, 1])
with left:
    model_id = choose_model()
with right:
    compare_with()
of = {"model_id": model_id}
fact = select("dim_models", order="all", **of).rows.iloc[0]
name = fact["display_name"]
ranks: Answer = ask(FIGURES["model_ranks"].sql, **of, **FIGURES["model_ranks"].options)
ranks_mart = "fct_model_rankings"
areas = select("rpt_model_areas", order="modality, area", **of)
scores = select(
    "rpt_model_scores", order="modality, region, suite, benchmark_id, snapshot_date desc", **of
)
finding(found(), HOW)
about = "family, n_parameters, n_scores, n_sources, architecture_class, training_data, objective"
st.caption(
    facts(fact, "dim_models", about)
    + (" · **private**, of this machine" if fact["is_private"] else "")
    + (" · **untrained**, a control" if fact["is_untrained"] else "")
    + ("" if fact["is_identified"] else " · no source says which weights these are")
)
_choices.tabs(
    {
        "Standing": standing,
        "Scores": every_score,
        "Missing scores": missing_scores,
        "Similar models": alike,
        "Other measures": measured,
        "Names": who_it_is,
    }
)
cite(*scores.rows["source_id"], citations=scores.rows["citation"])
