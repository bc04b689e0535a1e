"""One model: who it is, every score with its place, its ranks, and the models most like it."""

import pandas as pd
import streamlit as st

from app_pages import _views
from app_pages._choices import choose, choose_known, choose_level, named, take_alias
from app_pages._glossary import TERMS
from app_pages._origins import cite, known_problems, origin
from app_pages._shared import query, stop
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


def choose_model() -> str:
    """Let the reader pick a model by any of its names; an address may hold any of them too."""
    ids = _views.select("dim_models", "model_id", order="model_id").rows["model_id"].tolist()
    aliases = _views.select(
        "rpt_model_aliases",
        "distinct model_id, source_model_name, is_resolved",
        order="is_resolved desc, source_model_name, model_id",
    ).rows
    if not ids:
        st.info("This warehouse knows no model. Build it again: `make warehouse`.")
        stop()
    columns = {"model_id": "id", "source_model_name": "name"}
    take_alias("model", ids, aliases.rename(columns=columns))
    own = aliases[aliases["is_resolved"].astype(bool)]
    others = own[own["source_model_name"] != own["model_id"].str.split(":").str[-1]]
    listed = others.groupby("model_id")["source_model_name"].agg(" · ".join).to_dict()
    return choose(
        "Model",
        {m: f"{m} · {listed[m]}" if m in listed else m for m in ids},
        "model",
        default=DEFAULT_MODEL,
        help="Type any name that a source gives it; its other names follow the dot.",
    )


st.write(
    "One set of weights: every name it goes by, every published score and where it stands "
    "among the others."
)
model_id = choose_model()

fact = _views.select("dim_models", order="all", model_id=model_id).rows.iloc[0]
parameters = fact["n_parameters"]
names = _views.select(
    "rpt_model_aliases", order="is_resolved desc, namespace, source_model_name", model_id=model_id
)
is_own = names.rows["is_resolved"].astype(bool)
own, maybe = names.rows[is_own], names.rows[~is_own]
first = own["first_date"].min()
_views.metrics(
    {
        "Family": (
            fact["family"] if fact["is_family_matched"] else "its own",
            "By a reviewed list of name patterns; it groups models in clustered intervals.",
        ),
        "Parameters": (
            "not stated" if pd.isna(parameters) else f"{parameters / 1e6:,.1f} M",
            "As a source states them.",
        ),
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
columns = (
    "source_model_name, namespace, confidence, rule, evidence, n_keys, n_snapshots, "
    "first_date, last_date, sources"
)
_views.table(own, names.mart, columns)
if not maybe.empty:
    st.write(
        "Further names that may be these weights. The evidence is not enough to merge them, so "
        "their scores are **not** counted here:"
    )
    _views.table(maybe, names.mart, columns)
weights = "distinct weights_source, weights_tag, weights_sha256"
for row in _views.select(
    "dim_embeddings", weights, order="all", model_id=model_id
).rows.itertuples():
    st.caption(
        f"We ran it ourselves: {row.weights_source} {row.weights_tag or ''}, weights sha256 "
        f"`{row.weights_sha256}`."
    )
_views.view(names)

st.subheader("Where it stands")
areas = _views.select("rpt_model_areas", order="modality, area", model_id=model_id)
scores = _views.select(
    "rpt_model_scores",
    order="modality, region, suite, benchmark_id, snapshot_date desc",
    model_id=model_id,
)
rows = scores.rows
if rows.empty:
    st.info("No source here has a score of this model; the tables that name it hold none.")
else:
    if not areas.is_empty:
        _views.view(
            areas,
            _views.draw(model_areas, areas.rows),
            said=f"**Percentile**: {TERMS['percentile']} Dot: median over the single benchmarks of "
            "an area (how many, in brackets); thick: quartiles; thin: lowest to highest.",
        )
    latest = rows[rows["is_latest"].astype(bool) & rows["score_percentile"].notna()]
    latest = latest[~latest["is_aggregate"].astype(bool)]
    modality = latest["modality"].fillna("other")
    groups = modality + "/" + latest["suite"]
    if not latest.empty:
        n, name = groups.value_counts(), dict(zip(groups, modality, strict=True))
        listed = sorted(n.index, key=lambda g: ([*GROUPS, "other"].index(name[g]), g))
        group = choose(
            "Benchmarks",
            {g: f"{GROUPS.get(name[g], name[g])}, {g.split('/')[1]} ({n[g]})" for g in listed},
            "benchmarks",
        )
        shown = latest[groups == group]
        chart = _views.draw(model_profile, shown)
        chart.show()
        known = shown["percentile_error_low"].notna().sum()
        st.caption(
            f"{len(shown)} single benchmarks, each in its newest snapshot. Thin lines: 95 % "
            "interval of the percentile over models, as if they were drawn independently, which "
            "they are not. "
            + (
                f"Thick lines ({known} of them): where it would stand 1.96 errors lower or higher."
                if known
                else "No error of measurement is known for these."
            )
        )
        _views.downloads(shown, _views.slug(f"{model_id}_{group}"), chart)

    st.subheader("Every score")
    st.caption(
        f"{len(rows):,} scores on {rows['benchmark_id'].nunique():,} benchmarks in "
        f"{rows['snapshot_id'].nunique()} snapshots, averages of others included; each with the "
        f"file and the row it stands in. They stand for {rows['n_published'].sum():,} published "
        "rows: a snapshot can list these weights under several names. The newest come first, brain "
        "before behaviour."
    )
    place = rows["modality"].map({m: i for i, m in enumerate(MODALITIES)})
    ordered = rows.assign(place=place).sort_values(
        ["is_latest", "place"], ascending=[False, True], kind="stable"
    )
    _views.table(
        ordered,
        scores.mart,
        "benchmark_id, snapshot_id, score, unit, error, error_kind, score_percentile, "
        "percentile_low, percentile_high, score_rank, n_models, n_published, score_min, "
        "score_max, source_model_name, source_file, source_row",
        labels={"n_models": "of", "source_model_name": "Published as"},
        height=380,
    )
    cells = _views.ask(CELLS, model_id=model_id)
    if not cells.is_empty:
        st.caption(
            f"Left out because they hold no score: {cells.rows['n_failed'].sum():,} failed and "
            f"{cells.rows['n_never_run'].sum():,} never run, in {len(cells.rows)} snapshots."
        )
        _views.show_sql(cells)
    _views.view(scores)
    origin(rows["load_id"])

st.subheader("Ranks")
labels = {"source_model_name": "Published as", "n_models": "of"}
every = _views.select(
    "fct_model_rankings",
    order="level, scheme, cohort_id, source_model_key, variant_id",
    model_id=model_id,
)
if every.is_empty:
    st.caption("It is a member of no cohort that is ranked.")
else:
    left, right = st.columns(2)
    level = choose_level(every.rows["level"], "Average over", place=left)
    of_level = every.rows[every.rows["level"] == level]
    scheme = choose_known("Averaged by", of_level["scheme"], SCHEMES, "scheme", place=right)
    _views.view(
        every.only(of_level[of_level["scheme"] == scheme]),
        columns="cohort_id, source_model_name, source_model_key, score_rank, n_models, "
        "rank_low_benchmarks, rank_high_benchmarks, rank_low_models, rank_high_models, "
        "tie_group, n_benchmarks, rank_shift",
        labels=labels,
    )
bounds = _views.select("rpt_rank_bounds", order="cohort_id, source_model_key", model_id=model_id)
if not bounds.is_empty:
    st.markdown("**Best and worst rank it could have, whatever its missing scores are**")
    _views.view(
        bounds,
        columns="cohort_id, source_model_name, source_model_key, zero_rank, n_models, "
        "best_rank, worst_rank, best_rank_everyone, worst_rank_everyone, n_scored, n_missing",
        labels=labels,
    )

st.subheader("The models most like it")
every = _views.select("rpt_model_neighbours", order="scope, place", model_id=model_id)
if every.is_empty:
    st.caption(
        "Profiles are compared over 12 shared single benchmarks at least; this model has too few."
    )
else:
    scope = choose("Compared on", named(every.rows["scope"], SCOPES), "scope")
    found = every.only(every.rows[every.rows["scope"] == scope])
    _views.view(
        found,
        _views.draw(neighbour_dots, found.rows),
        "neighbour_id, estimate, ci_low, ci_high, n_shared, mean_difference",
        said=f"Correlation of percentiles with those of {found.rows['n_candidates'].iloc[0]:,} "
        "models that share 12 benchmarks or more, ordered by the lower end of the interval. It "
        "tells whether two models are strong on the same benchmarks, not whether they are "
        "equally good. Benchmarks of one dataset are not independent, and the highest of many "
        "correlations is partly luck: the intervals are too narrow.",
    )
similar = _views.ask(SIMILARITIES, model_id=model_id)
if not similar.is_empty:
    st.markdown("**By its embeddings**")
    _views.view(
        similar,
        columns="model_id, metric, stimulus_set_id, estimate, n_stimuli, layer",
        said="Linear CKA and representational similarity (RSA, Spearman) of two models' "
        "features on the same images: 1 = alike up to rotation and scale, 0 = unrelated. No "
        "interval is computed.",
        height=300,
    )

behaviour = _views.select(
    "fct_behaviour_summary", order="source_id, observer_id", model_id=model_id
)
if not behaviour.is_empty:
    st.subheader("Trial by trial")
    shape = query(SHAPE, model_id=model_id)
    key = ["source_id", "observer_id"]
    _views.view(
        behaviour.only(behaviour.rows.merge(shape, on=key, how="left")),
        columns="observer_id, source_id, n_datasets, n_trials, ood_accuracy, "
        "ood_accuracy_ci_low, ood_accuracy_ci_high, error_consistency, "
        "error_consistency_ci_low, error_consistency_ci_high, observed_consistency, "
        "accuracy_difference, shape_bias, ci_low, ci_high, n, mean_rank, mean_rank_ci_low, "
        "mean_rank_ci_high, n_ranked, duplicate_of",
        more={"fct_shape_bias": ("ci_low", "ci_high", "n")},
    )
alignment = _views.select(
    "fct_alignment", order="stimulus_set_id, target, metric", model_id=model_id, distance="cosine"
)
if not alignment.is_empty:
    st.subheader("Alignment with people and brains")
    _views.view(
        alignment,
        columns="stimulus_set_id, target, metric, estimate, ci_low, ci_high, n_stimuli, "
        "n_people, ceiling_low, ceiling_high",
        height=300,
    )
probes = _views.select("fct_probe_summaries", order="dataset_id, head, n_shots", model_id=model_id)
if not probes.is_empty:
    st.subheader("Few-shot probes")
    _views.view(
        probes,
        columns="dataset_id, head, n_shots, accuracy, accuracy_min, accuracy_max, n_seeds, n_eval",
        height=300,
    )
measures = {"trials": behaviour, "alignment": alignment, "few-shot probes": probes}
absent = [name for name, found in measures.items() if found.is_empty]
if absent:
    st.caption(f"Nobody measured its {', '.join(absent)}, as far as the files here tell.")
known_problems(ISSUES, _views.slug(model_id), model_id=model_id)
cite(*scores.rows["source_id"], citations=scores.rows["citation"])
