"""One model: who it is, every score with its place, its ranks, and the models most like it."""

import pandas as pd
import streamlit as st

from app_pages._choices import LEVELS, choose, choose_by_any_name, choose_in_turn, named
from app_pages._export import menu
from app_pages._glossary import TERMS
from app_pages._origins import cite, known_problems, origin
from app_pages._shared import query
from app_pages._views import ask, facts, metrics, select, table, view
from warehouse.figures.catalogue import model_areas, model_profile, neighbour_dots
from warehouse.figures.marks import MODALITIES
from warehouse.figures.ranking import SCHEMES
from warehouse.figures.record import DEFAULT_MODEL

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
SCOPES = {s: s for s in ("neural and behavioural", *MODALITIES)}
LABELS = {"source_model_name": "Published as", "n_models": "of"}


def choose_model() -> str:
    """Let the reader pick a model by any of its names; an address may hold any of them too."""
    ids = select("dim_models", "model_id", order="model_id").rows["model_id"]
    aliases = select(
        "rpt_model_aliases",
        "distinct model_id, source_model_name, is_resolved",
        order="is_resolved desc, source_model_name, model_id",
    ).rows.rename(columns={"model_id": "id", "source_model_name": "name"})
    own = aliases[aliases["is_resolved"].astype(bool)]
    others = own[own["name"] != own["id"].str.split(":").str[-1]]
    listed = others.groupby("id")["name"].agg(" · ".join).to_dict()
    return choose_by_any_name(
        "model",
        {m: f"{m} · {listed[m]}" if m in listed else m for m in ids},
        aliases,
        DEFAULT_MODEL,
        "Type any name that a source gives it; its other names follow the dot.",
    )


def about(fact: pd.Series, first: object) -> None:
    """What sources state of it."""
    parameters = fact["n_parameters"]
    metrics(
        {
            "Family": (
                fact["family"] if fact["is_family_matched"] else "its own",
                "By name patterns; intervals that are clustered take a family together.",
            ),
            "Parameters": (
                "not stated" if pd.isna(parameters) else f"{parameters / 1e6:,.1f} M",
                "As a source states them.",
            ),
            "Scores": (f"{fact['n_scores']:,}", f"From {fact['n_sources']} sources, at any date."),
            "First listed": (
                "unknown" if pd.isna(first) else f"{first:%Y-%m}",
                "Oldest snapshot that names it; no source states when it was released.",
            ),
        }
    )
    columns = "architecture_class, architecture, training_data, objective, lineage"
    st.caption(facts(fact, "dim_models", columns))
    if fact["is_untrained"]:
        st.markdown("**Untrained**: random weights, a control.")
    if not fact["is_identified"]:
        st.markdown("No source says which weights these are.")


def profile(rows: pd.DataFrame) -> None:
    """Its place on every benchmark of one suite."""
    latest = rows[rows["is_latest"].astype(bool) & rows["score_percentile"].notna()]
    latest = latest[~latest["is_aggregate"].astype(bool)]
    if latest.empty:
        return
    modality = latest["modality"].fillna("other")
    groups = modality + "/" + latest["suite"]
    n, name = groups.value_counts(), dict(zip(groups, modality, strict=True))
    listed = sorted(n.index, key=lambda g: ([*GROUPS, "other"].index(name[g]), g))
    names = {g: f"{GROUPS.get(name[g], name[g])}, {g.split('/')[1]} ({n[g]})" for g in listed}
    group = choose("Benchmarks", names, "benchmarks")
    shown = latest[groups == group]
    known = shown["percentile_error_low"].notna().sum()
    error = f"{known} have a known error: thick lines, 1.96 errors either way."
    view(
        scores.only(shown),
        model_profile,
        name=f"{model_id}_{group}",
        said=f"{len(shown)} single benchmarks, each in its newest snapshot. "
        + (error if known else "No error of measurement is known for these."),
    )


def every_score(rows: pd.DataFrame) -> None:
    """Each score with the file and the row it stands in."""
    st.subheader("Every score")
    st.caption(
        f"{len(rows):,} scores, averages included, from {rows['n_published'].sum():,} published "
        "rows: a snapshot can list these weights under several names. Newest first, brain first."
    )
    place = rows["modality"].map({m: i for i, m in enumerate(MODALITIES)})
    ordered = rows.assign(place=place).sort_values(
        ["is_latest", "place"], ascending=[False, True], kind="stable"
    )
    table(
        ordered,
        scores.mart,
        "benchmark_id, snapshot_id, score, unit, error, error_kind, score_percentile, "
        "score_rank, n_models, n_published, score_min, score_max, source_model_name, "
        "source_file, source_row",
        labels=LABELS,
        height=380,
    )
    cells = ask(CELLS, model_id=model_id)
    if not cells.is_empty:
        st.caption(
            f"Left out because they hold no score: {cells.rows['n_failed'].sum():,} failed and "
            f"{cells.rows['n_never_run'].sum():,} never run, in {len(cells.rows)} snapshots."
        )
        menu(cells, cells.name)
    view(scores)
    origin(rows["load_id"])


model_id = choose_model()
of = {"model_id": model_id}
names = select("rpt_model_aliases", order="is_resolved desc, namespace, source_model_name", **of)
is_own = names.rows["is_resolved"].astype(bool)
own, maybe = names.rows[is_own], names.rows[~is_own]
about(select("dim_models", order="all", **of).rows.iloc[0], own["first_date"].min())

st.subheader("Names and evidence")
columns = (
    "source_model_name, namespace, confidence, imagenet_top1, imagenet_top1_elsewhere, "
    "is_contradicted, rule, evidence, n_keys, n_snapshots, first_date, last_date, sources"
)
table(own, names.mart, columns)
if not maybe.empty:
    st.write("On too little evidence to merge them, so that their scores do **not** count here:")
    table(maybe, names.mart, columns)
weights = "distinct weights_source, weights_tag, weights_sha256"
for row in select("dim_embeddings", weights, order="all", **of).rows.itertuples():
    st.caption(
        f"We ran it ourselves: {row.weights_source} {row.weights_tag or ''}, weights sha256 "
        f"`{row.weights_sha256}`."
    )
view(names)

st.subheader("Where it stands")
scores = select(
    "rpt_model_scores", order="modality, region, suite, benchmark_id, snapshot_date desc", **of
)
if scores.is_empty:
    st.info("No source here has a score of this model; the tables that name it hold none.")
else:
    view(
        select("rpt_model_areas", order="modality, area", **of),
        model_areas,
        said=f"**Percentile**: {TERMS['percentile']} Dot: median over an area's benchmarks (how "
        "many, in brackets); thick: quartiles; thin: lowest to highest.",
    )
    profile(scores.rows)
    every_score(scores.rows)

st.subheader("Ranks")
every = select(
    "fct_model_rankings", order="level, scheme, cohort_id, source_model_key, variant_id", **of
)
if every.is_empty:
    st.caption("It is a member of no cohort that is ranked.")
else:
    _, here = choose_in_turn(
        every.rows, level=("Average over", LEVELS), scheme=("Averaged by", SCHEMES)
    )
    view(
        every.only(here),
        columns="cohort_id, source_model_name, source_model_key, score_rank, n_models, "
        "rank_ci_low, rank_ci_high, n_datasets, rank_family_ci_low, rank_family_ci_high, "
        "rank_min_left_out, rank_min_left_out_dataset, "
        "rank_max_left_out, rank_max_left_out_dataset, n_above_holm, n_below_holm, n_benchmarks, "
        "rank_shift",
        said=TERMS["rank interval"],
        labels=LABELS,
    )
view(
    select("rpt_rank_bounds", order="cohort_id, source_model_key", **of),
    columns="cohort_id, source_model_name, source_model_key, zero_rank, n_models, "
    "best_rank, worst_rank, best_rank_everyone, worst_rank_everyone, n_scored, n_missing",
    intro="**Best and worst rank it could have, whatever its missing scores are**",
    labels=LABELS,
)

st.subheader("The models most like it")
every = select("rpt_model_neighbours", order="scope, place", **of)
if every.is_empty:
    st.caption("It has fewer than the 12 single benchmarks that two profiles must share.")
else:
    scope = choose("Compared on", named(every.rows["scope"], SCOPES), "scope")
    found = every.only(every.rows[every.rows["scope"] == scope])
    view(
        found,
        neighbour_dots,
        "neighbour_id, estimate, n_shared, mean_difference",
        said="Correlation of percentiles, among "
        f"{found.rows['n_candidates'].iloc[0]:,} models that share 12 benchmarks or more: strong "
        "on the same benchmarks, not equally good. A high value over few benchmarks comes later. "
        "No interval is given: the highest of many correlations is high partly by luck.",
    )
view(
    ask(SIMILARITIES, **of),
    columns="model_id, metric, stimulus_set_id, estimate, n_stimuli, layer",
    intro="**By its embeddings**",
    said="Linear CKA and RSA (Spearman) of the features of two models for the same images: 1 = "
    "alike up to rotation and scale, 0 = unrelated. No interval is computed.",
    height=300,
)

behaviour = select("fct_behaviour_summary", order="source_id, observer_id", **of)
shape = query(SHAPE, **of)
view(
    behaviour.only(behaviour.rows.merge(shape, on=["source_id", "observer_id"], how="left")),
    columns="observer_id, source_id, n_datasets, n_trials, ood_accuracy, "
    "ood_accuracy_ci_low, ood_accuracy_ci_high, error_consistency, "
    "error_consistency_ci_low, error_consistency_ci_high, observed_consistency, "
    "accuracy_difference, shape_bias, ci_low, ci_high, n, mean_rank, mean_rank_ci_low, "
    "mean_rank_ci_high, n_ranked, left_out_because",
    title="Trial by trial",
    more={"fct_shape_bias": ("ci_low", "ci_high", "n")},
)
alignment = select(
    "fct_alignment", order="stimulus_set_id, target, metric", **of, distance="cosine"
)
view(
    alignment,
    columns="stimulus_set_id, target, metric, estimate, ci_low, ci_high, n_stimuli, "
    "n_people, ceiling_low, ceiling_high",
    title="Alignment with people and brains",
    height=300,
)
probes = select("fct_probe_summaries", order="dataset_id, head, n_shots", **of)
view(
    probes,
    columns="dataset_id, head, n_shots, accuracy, accuracy_min, accuracy_max, n_seeds, n_eval",
    title="Few-shot probes",
    height=300,
)
measures = {"trials": behaviour, "alignment": alignment, "few-shot probes": probes}
absent = [name for name, found in measures.items() if found.is_empty]
if absent:
    st.caption(f"The files here hold none of its {' or '.join(absent)}.")
known_problems(ask(ISSUES, **of), model_id)
cite(*scores.rows["source_id"], citations=scores.rows["citation"])
