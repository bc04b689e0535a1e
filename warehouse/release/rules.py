"""What of the warehouse may be passed on, mart by mart.

A row that says which source it is of goes out if the licence of that source permits it. What this
project computed over many rows is its own, and goes out whole. Private rows never do.
"""

import re
from collections.abc import Mapping

import duckdb

from ingest import Explained

COMPUTED = {
    "bridge_benchmark_leaves", "bridge_cohort_benchmarks", "fct_benchmark_correlations",
    "fct_benchmark_loadings", "fct_cross_source_correlations", "fct_downstream_relations",
    "fct_downstream_shapes", "fct_high_mid_low", "fct_missing_policies", "fct_specifications",
    "fct_variance_shares",
    "rpt_agreement_by_confidence", "rpt_agreement_means", "rpt_agreement_predictors",
    "rpt_agreement_sensitivity", "rpt_agreement_without_datasets",
    "rpt_ahlert2024_fig1_correlations", "rpt_ahlert2024_fig2_neural_behaviour",
    "rpt_ahlert2024_fig3_rankings", "rpt_ahlert2024_fig3_readings",
    "rpt_ahlert2024_fig4_correlations", "rpt_ahlert2024_fig5_correlations",
    "rpt_ahlert2024_fig7_missingness", "rpt_architecture_notes", "rpt_axis_comparisons",
    "rpt_benchmark_clusters", "rpt_benchmark_levels", "rpt_benchmark_reliabilities",
    "rpt_cohort_agreement", "rpt_cohort_dimensions", "rpt_composite_stability", "rpt_conclusions",
    "rpt_correlation_power", "rpt_decision_study", "rpt_first_axes", "rpt_generalizability",
    "rpt_human_ceilings", "rpt_image_splits", "rpt_model_areas", "rpt_model_neighbours",
    "rpt_model_positions", "rpt_next_measurements", "rpt_panel_gates", "rpt_panels",
    "rpt_paper_targets", "rpt_partial_agreement", "rpt_predicted_ranks", "rpt_predicted_scores",
    "rpt_prediction_checks", "rpt_scheme_agreement", "rpt_scheme_properties",
    "rpt_snapshot_changes", "rpt_specification_choices", "rpt_specification_claims",
    "rpt_specification_tests", "rpt_sucholutsky2023_table1", "rpt_sucholutsky2023_table2",
    "rpt_trial_reliability", "rpt_triplets_needed", "rpt_u_shape_verdicts",
    "rpt_variance_components",
}  # fmt: skip
"""Correlations, ranks and other statistics, no row of which is a published score or decision."""

CATALOGUE = {
    "dim_benchmarks", "dim_cohorts", "dim_known_issues", "dim_models", "dim_relation_cohorts",
    "dim_snapshots", "dim_sources", "dim_trial_datasets",
}  # fmt: skip
"""What this project says of sources, benchmarks and models: names and counts, no score."""

_OF_COHORT = "of cohorts whose source permits it", "cohort_id in (from open_cohorts)"
_OF_SEVERAL = (
    "all but those of a model with one score, which its average repeats, in a cohort whose source "
    "does not permit it",
    "(cohort_id, source_model_key, variant_id) not in "
    "(select (cohort_id, source_model_key, variant_id) from scored_once)",
)
_OF_TRIALS = "of trials whose sources all permit it", "dataset_id in (from open_trials)"
NAMED_OTHERWISE = {
    # it has the accuracies of both, which otherwise stand in rows of their sources
    "fct_error_consistency": (
        "of pairs of observers whose sources both permit it",
        "source_a in (from open_sources) and source_b in (from open_sources)",
    ),
    "fct_model_rankings": _OF_SEVERAL,
    "rpt_rank_bounds": _OF_SEVERAL,
    "fct_scores_normalized": _OF_COHORT,
    "rpt_ahlert2024_fig6_distributions": _OF_COHORT,
    "rpt_sucholutsky2023_fig5_accuracies": _OF_COHORT,
    "rpt_age_groups": _OF_TRIALS,
    "rpt_image_disagreements": _OF_TRIALS,
    "rpt_model_aliases": (
        "of names that a source which permits it publishes",
        "exists (from open_sources as o where list_contains(string_split(sources, ', '), "
        "o.source_id))",
    ),
}
"""Marts whose rows say otherwise which source they are of: in words, and in SQL."""

_OPEN = {"source_id": "open_sources", "snapshot_id": "open_snapshots", "load_id": "open_loads"}
_TABLES = """
create temp table private_source as
    select source_id from whole.marts.dim_sources where is_private;
create temp table private_snapshot as
    select snapshot_id from whole.marts.dim_snapshots where is_private;
create temp table private_cohort as
    select cohort_id from whole.marts.dim_cohorts where snapshot_id in (from private_snapshot)
    union
    select cohort_id from whole.marts.bridge_cohort_models
    where is_member and snapshot_id in (from private_snapshot);
create temp table private_model as
    select model_id from whole.marts.bridge_model_names where model_id is not null
    group by all having bool_and(source_id in (from private_source));
create temp table private_benchmark as
    select benchmark_id from whole.marts.fct_scores where benchmark_id is not null
    group by all having bool_and(source_id in (from private_source));
create temp table private_dataset as
    select dataset_id from whole.marts.fct_trials
    group by all having bool_and(source_id in (from private_source));
create temp table private_stimulus_set as
    select stimulus_set_id from whole.marts.fct_alignment
    group by all having bool_and(snapshot_id in (from private_snapshot));
create temp table open_sources as
    select source_id from whole.marts.dim_sources
    where is_redistributable and source_id not in (from private_source);
create temp table open_snapshots as
    select snapshot_id from whole.marts.dim_snapshots where source_id in (from open_sources);
create temp table open_loads as
    select load_id from whole.marts.dim_files where source_id in (from open_sources);
create temp table open_cohorts as
    select cohort_id from whole.marts.dim_cohorts
    where
        snapshot_id in (from open_snapshots)
        and coalesce(rule_snapshot_id in (from open_snapshots), true);
create temp table scored_once as
    select distinct cohort_id, source_model_key, variant_id from whole.marts.fct_model_rankings
    where level = 'leaf' and n_benchmarks = 1 and cohort_id not in (from open_cohorts);
create temp table open_trials as
    select dataset_id from whole.marts.fct_trials
    group by all having bool_and(source_id in (from open_sources));
"""
_PRIVATE = re.compile(
    r"(?:^|_)(source|snapshot|cohort|model|benchmark|dataset|stimulus_set)(?:_id)?(?:_[ab])?$"
)
_BENCHMARKS = ("leaf_id", "alignment_id", "property_id")


class ReleaseError(Explained):
    """Nothing was released; the message says why."""


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """List what is open and what is private, of the warehouse attached as ``whole``."""
    con.execute(_TABLES)


def open_rows(mart: str, columns: Mapping[str, str]) -> tuple[str, str]:
    """Which rows of a mart may go out: in words, and as a condition on the tables of `prepare`.

    Parameters
    ----------
    mart : str
        Its name.
    columns : mapping of str to str
        Its columns, with their types.

    Raises
    ------
    ReleaseError
        Nobody has said which source its rows are of.
    """
    if mart in COMPUTED:
        return "all: computed by this project", "true"
    if mart in CATALOGUE:
        return "all: catalogue of this project", "true"
    if mart in NAMED_OTHERWISE:
        return NAMED_OTHERWISE[mart]
    named = {c: t for c in columns for end, t in _OPEN.items() if re.search(rf"(^|_){end}$", c)}
    if not named:
        raise ReleaseError(
            f"the mart {mart} has no column source_id, snapshot_id or load_id, so no licence can "
            "be looked up for its rows. Name it in warehouse/release/rules.py"
        )
    all_open = " and ".join(f"coalesce({c} in (from {t}), true)" for c, t in named.items())
    words = f"of sources that permit it ({', '.join(named)})"
    return words, f"coalesce({', '.join(named)}) is not null and {all_open}"


def private_rows(columns: Mapping[str, str]) -> str:
    """Condition on the tables of `prepare` that holds of the private rows of a mart."""
    found = ["is_private"] if "is_private" in columns else []
    for column, kind in columns.items():
        named = _PRIVATE.search(column)
        if kind == "VARCHAR" and (named or column in _BENCHMARKS):
            noun = named[1] if named else "benchmark"
            found.append(f"{column} in (from private_{noun})")
    return " or ".join(f"coalesce({condition}, false)" for condition in found) or "false"
