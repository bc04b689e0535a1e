"""A toy warehouse with the marts' contracts, worked by hand, and the app run on it."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from browser import ARGUMENTS, WAIT, serving
from streamlit.testing.v1 import AppTest

from warehouse import db, settings

APP = settings.ROOT / "app.py"
PAGES = (
    *("overview", "agreement", "sensitivity", "ranking", "schemes", "missing", "trials"),
    *("geometry", "paper", "sql", "compare", "own"),
)
MARTS = settings.DBT_PROJECT / "models" / "marts"

MODELS = ("alexnet", "resnet_50", "vit_b&w", "untrained")
# Scores of the four models. V1 and V4 agree but for one swap; behaviour is V1 upside down.
SCORES = {
    "V1.leaf": (1.0, 2.0, 3.0, 4.0),
    "V4_leaf": (1.0, 3.0, 2.0, 4.0),
    "behaviour_leaf": (4.0, 3.0, 2.0, 1.0),
}
ESTIMATES = {
    ("V1.leaf", "V4_leaf"): 0.8,
    ("V1.leaf", "behaviour_leaf"): -1.0,
    ("V4_leaf", "behaviour_leaf"): -0.8,
}
METRICS = ("V1", "shape", "absent")
PARTS = ("neural", "behaviour")
RANKS = {"arithmetic_mean": (1, 2, 3, 4), "mean_rank": (1, 2, 4, 15)}


def contracts() -> dict[str, list[dict]]:
    """Columns of every mart, as its contract declares them."""
    documents = [yaml.safe_load(p.read_text()) for p in sorted(MARTS.glob("*.yml"))]
    return {
        model["name"]: model["columns"]
        for document in documents
        for model in document.get("models", [])
        if all("data_type" in column for column in model.get("columns", [{}]))
    }


def make_warehouse(path: Path, rows: dict[str, list[dict]]) -> Path:
    """Write a database with every mart; those named in rows hold them, the others are empty."""
    with duckdb.connect(path) as con:
        con.execute("create schema marts")
        con.execute("create schema seeds")
        for table, columns in contracts().items():
            declared = ", ".join(f"{c['name']} {c['data_type']}" for c in columns)
            con.execute(f"create table marts.{table} ({declared})")
            for row in rows.get(table, []):
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                con.execute(
                    f"insert into marts.{table} ({names}) values ({marks})", [*row.values()]
                )
    return path


def _cohort(cohort_id: str, snapshot_id: str, n_models: int) -> dict:
    reasons = ("n_not_in_list", "n_never_scored", "n_incomplete", "n_below_floor", "n_duplicates")
    return {
        "cohort_id": cohort_id,
        "title": cohort_id.title(),
        "description": "Made up: 100 % of four models.",
        "snapshot_id": snapshot_id,
        "n_models": n_models,
        "n_benchmarks": 3,
        "n_candidates": n_models + 1,
    } | {reason: int(reason == "n_incomplete") for reason in reasons}


def _source(source_id: str, is_present: bool) -> dict:
    return {
        "source_id": source_id,
        "title": f"Source {source_id}",
        "url": "https://example.org",
        "commit_id": "0123456789abcdef",
        "licence": "CC0-1.0",
        "citation": "one2020, two2021",
        "is_present": is_present,
        "n_files": 1,
        "n_files_present": int(is_present),
        "n_rows": 12 * is_present,
    }


def toy_rows(n_scores: int = 12) -> dict[str, list[dict]]:
    """Rows of the toy: one cohort that can be read, one whose source is absent."""
    cell = {"cohort_id": "toy", "level": "leaf"}
    names = [
        {"source_model_key": str(i), "source_model_name": m, "model_id": m}
        for i, m in enumerate(MODELS)
    ]
    model = {"variant_id": ""}
    file = {"source_id": "here", "load_id": "abc", "source_file": "here/scores.csv"}
    modality = {"V1.leaf": "neural", "V4_leaf": "neural", "behaviour_leaf": "behavioural"}
    agreement = {"cohort_id": "toy", "n_models": 4, "n_benchmarks": 3, "n_pairs": 3}
    return {
        "dim_sources": [_source("gone", False), _source("here", True)],
        "dim_files": [
            {
                "load_id": "abc",
                "source_id": "here",
                "table_name": "here__scores",
                "source_file": "here/scores.csv",
                "url": "https://example.org/scores.csv",
                "sha256": "f" * 64,
                "n_bytes": 1,
            }
        ],
        "dim_snapshots": [
            {"snapshot_id": "here_2020", "source_id": "here", "n_scores": 12},
            {"snapshot_id": "gone_2020", "source_id": "gone", "n_scores": 0},
        ],
        "dim_cohorts": [_cohort("absent", "gone_2020", 0), _cohort("toy", "here_2020", 4)],
        "dim_benchmarks": [
            {
                "benchmark_id": b,
                "title": f"{b} 100 %",
                "modality": modality[b],
                "region": b.split(".")[0] if b.startswith("V1") else None,
                "suite": "toy",
                "direction": "higher",
                "is_aggregate": False,
                "citation": "two2021",
                "n_scores": 4,
            }
            for b in SCORES
        ],
        "dim_models": [
            {"model_id": m, "display_name": m.upper(), "n_scores": 3}
            | {"family": m.split("_")[0], "n_parameters": n, "training_data": "imagenet-1k"}
            for m, n in zip(MODELS, (60_000_000, 25_000_000, None, 60_000_000), strict=True)
        ],
        "bridge_model_names": [
            {"source_id": "here", "source_model_name": "ResNet-50 (V1)", "model_id": "resnet_50"}
        ],
        "fct_scores": [
            {"snapshot_id": "here_2020", "state": "scored", "score": score, "error": 0.1, **file}
            | name
            | model
            | {"benchmark_id": b}
            for b, scores in SCORES.items()
            for name, score in zip(names, scores, strict=True)
        ][:n_scores],
        "fct_scores_normalized": [
            cell
            | name
            | model
            | {"benchmark_id": b, "score_directed": score, "n_models": 4}
            | {"score_rank": 5 - score, "score_percentile": (score - 1) / 3}
            for b, scores in SCORES.items()
            for name, score in zip(names, scores, strict=True)
        ],
        "fct_benchmark_correlations": [
            cell
            | {
                "method": "spearman",
                "benchmark_a": a,
                "benchmark_b": b,
                "n_models": 4,
                "estimate": estimate,
                "ci_low": max(-1.0, estimate - 0.5),
                "ci_high": min(1.0, estimate + 0.5),
                "p_value": 0.2 if abs(estimate) < 1 else 0.0,
                "p_bonferroni": 0.6 if abs(estimate) < 1 else 0.0,
                "p_holm": 0.4 if abs(estimate) < 1 else 0.0,
                "p_fdr": 0.2 if abs(estimate) < 1 else 0.0,
                "n_tests": 3,
            }
            for (a, b), estimate in ESTIMATES.items()
        ],
        "rpt_cohort_agreement": [
            agreement
            | {
                "method": "spearman",
                "mean_estimate": -1 / 3,
                "boot_low": -0.6,
                "boot_high": 0.1,
                "family_boot_low": -0.7,
                "family_boot_high": 0.2,
                "min_pair_models": 4,
                "median_estimate": -0.8,
                "min_estimate": -1.0,
                "max_estimate": 0.8,
                "share_negative": 2 / 3,
                "share_significant": 1 / 3,
                "mean_within_neural": 0.8,
                "mean_between_modalities": -0.9,
            }
        ],
        "fct_model_rankings": [
            cell
            | name
            | model
            | {
                "scheme": scheme,
                "n_benchmarks": 3,
                "n_models": 4,
                "score": 1.0 / rank,
                "score_minmax": 1.0 / rank,
                "score_rank": rank,
                "rank_low_benchmarks": max(1, rank - 1),
                "rank_high_benchmarks": rank + 1,
            }
            for scheme, ranks in RANKS.items()
            for name, rank in zip(names, ranks, strict=True)
        ],
        **trial_rows(),
        "fct_alignment": [
            {
                "source_model_key": model,
                "stimulus_set_id": "objects92",
                "target": "behaviour",
                "layer": "penultimate",
                "distance": "cosine",
                "metric": metric,
                "estimate": estimate,
                "ci_low": estimate - 0.1,
                "ci_high": estimate + 0.1,
                "n_stimuli": 92,
                "n_people": 16,
                "is_control": model == "untrained",
                "ceiling_low": 0.6,
                "ceiling_high": 0.8,
            }
            for model, estimate in (
                ("alexnet", 0.3),
                ("clip", 0.5),
                ("vit", 0.4),
                ("untrained", 0.1),
            )
            for metric in ("spearman", "triplet")
        ],
        "fct_probe_results": [
            {
                "source_model_key": model,
                "is_control": model == "untrained",
                "dataset_id": "cifar10",
                "head": "logistic",
                "n_shots": n,
                "seed": seed,
                "accuracy": 0.1 * n + 0.01 * seed,
                "n_images": 100,
            }
            for model in ("clip", "untrained")
            for n in (1, 5)
            for seed in (0, 1)
        ],
        "rpt_agreement_sensitivity": [
            {
                "cohort_id": "toy",
                "axis": axis,
                "threshold": threshold,
                "n_models": 4,
                "min_pair_models": 3,
                "mean_estimate": threshold,
            }
            for axis in ("accuracy_floor", "completeness")
            for threshold in (0.1, 0.2)
        ],
        "rpt_snapshot_changes": [
            {
                "step": step,
                "method": "spearman",
                "cohort_id": "toy",
                "change": f"change {step}",
                "n_models": 4,
                "n_benchmarks": 3,
                "mean_estimate": 0.1 * step,
                "difference": difference,
                "n_shared_models": None if difference is None else 4,
                "difference_low": None if difference is None else difference - 0.2,
                "difference_high": None if difference is None else difference + 0.2,
                "difference_family_low": None if difference is None else difference - 0.3,
                "difference_family_high": None if difference is None else difference + 0.3,
            }
            for step, difference in ((1, None), (2, 0.1))
        ],
        "rpt_agreement_by_confidence": [
            {"confidence": c, "n_pairs": 2, "mean_estimate": 0.5, "min_pair_models": 4}
            for c in ("guess", "exact_weights")
        ],
        "fct_cross_source_correlations": [
            {
                "confidence": "exact_weights",
                "benchmark_a": "V1.leaf",
                "benchmark_b": "V4_leaf",
                "source_a": "here",
                "source_b": "gone",
                "n_models": 4,
                "estimate": 0.5,
            }
        ],
        "rpt_cohort_dimensions": [
            {
                "cohort_id": "toy",
                "component": component,
                "n_models": 4,
                "n_benchmarks": 3,
                "eigenvalue": eigenvalue,
                "explained_share": eigenvalue / 3,
                "parallel_threshold": 1.5,
                "is_above_chance": eigenvalue > 1.5,
            }
            for component, eigenvalue in ((1, 2.0), (2, 1.0))
        ],
        "fct_benchmark_loadings": [
            {"cohort_id": "toy", "component": c, "benchmark_id": b, "loading": 0.5}
            for c in (1, 2)
            for b in SCORES
        ],
        "rpt_composite_stability": [
            {
                "comparison": comparison,
                "earlier_date": pd.Timestamp(2020, month, 1),
                "later_date": pd.Timestamp(2021, 1, 1),
                "n_models": 4,
                "estimate": 1 - 0.1 * month,
                "largest_rank_shift": 2,
            }
            for comparison in ("last_month", "next_month")
            for month in (1, 2)
        ],
        "fct_variance_shares": [
            cell
            | {
                "whole": "average_vision",
                "part": b,
                "weight": 1 / 3,
                "r_squared": 0.5,
                "covariance_share": share,
                "shapley_share": share,
                "method": "exact",
                "n_models": 4,
            }
            for b, share in zip(SCORES, (0.2, 0.3, 0.5), strict=True)
        ],
        "rpt_scheme_agreement": [
            cell | {"scheme": scheme, "spearman": 1.0, "n_models": 4, "n_benchmarks": 3}
            for scheme in RANKS
        ],
        "rpt_scheme_properties": [
            {
                "property": "independence_of_irrelevant_models",
                "scheme": scheme,
                "verdict": "violated" if example else "no counterexample in 500",
                "n_searched": 1,
                "counterexample": example,
                "explanation": "Taking one model away changes the order.",
            }
            for scheme, example in (
                ("arithmetic_mean", None),
                (
                    "mean_rank",
                    '{"scores_before": [[0, 1], [1, 0], [2, null]], "ranks_before": [2, 1], '
                    '"scores_after": [[0, 1], [1, 0]], "ranks_after": [1.5, 1.5]}',
                ),
            )
        ],
        "rpt_benchmark_clusters": [
            cell | {"benchmark_id": b, "cluster_place": place}
            for place, b in enumerate(("behaviour_leaf", "V1.leaf", "V4_leaf"), start=1)
        ],
        "rpt_cell_states": [
            {
                "snapshot_id": "here_2020",
                "benchmark_id": b,
                "is_aggregate": False,
                "state": state,
                "state_evidence": evidence,
                "n_cells": n,
                "share": n / 4,
            }
            for b in SCORES
            for state, evidence, n in (("scored", "value", 3), ("never_run", "new_only", 1))
        ],
        "fct_missing_policies": [
            {
                "cohort_id": "toy",
                "snapshot_id": "here_2020",
                "policy": policy,
                "n_models": 4,
                "n_benchmarks": 3,
                "share_filled": filled,
                "n_pairs": 3,
                "min_pair_models": 3,
                "mean_spearman": mean,
                "top_model_name": "alexnet",
            }
            for policy, filled, mean in (("complete_case", 0.0, -0.5), ("zero", 0.25, 0.5))
        ],
        "rpt_conclusions": [
            {
                "conclusion_id": conclusion,
                "cohort_id": "toy",
                "policy": policy,
                "statement": f"The metrics {conclusion}",
                "artefact": "Abstract",
                "measure": "mean_spearman",
                "value": value,
                "comparison": "<",
                "threshold": threshold,
                "ci_low": value - 0.1,
                "ci_high": value + 0.1,
                "method": "bootstrap over models",
                "verdict": verdict,
                "does_hold": value < threshold,
                "survives_all": set(verdicts) == {"holds"},
            }
            for conclusion, threshold, verdicts in (
                ("differ", 1.0, ("holds", "holds")),
                ("disagree", 0.3, ("holds", "fails")),
                ("waver", 0.55, ("holds", "undecided")),
            )
            for policy, value, verdict in zip(
                ("complete_case", "zero"), (-0.5, 0.5), verdicts, strict=True
            )
        ],
        "rpt_rank_bounds": [
            name
            | model
            | {
                "cohort_id": "toy",
                "snapshot_id": "here_2020",
                "n_scored": 2,
                "n_missing": 1,
                "n_models": 4,
                "zero_rank": i,
                "best_rank": 1 if i < 3 else 3,
                "worst_rank": 4,
                "best_rank_everyone": 1,
                "worst_rank_everyone": 4,
            }
            for i, name in enumerate(names, start=1)
        ],
        "rpt_fig2_neural_behaviour": [
            name
            | model
            | {
                "cohort_id": "toy",
                "policy": "complete_case",
                "n_models": 4,
                **{f"score_{part}{end}": 0.1 * i for part in PARTS for end in ("", "_z")},
                "score_overall": 0.1 * i,
                "overall_rank": 5.0 - i,
                "neural_rank": 5.0 - i,
                "behaviour_rank": 5.0 - i,
                "r2_neural": 0.25,
                "r2_behaviour": 0.75,
            }
            for i, name in enumerate(names, start=1)
        ],
        "rpt_fig7_missingness": [
            name
            | model
            | {
                "cohort_id": "toy",
                "n_metrics": 3,
                "n_scored": n,
                "n_zero": 0,
                "n_missing": 3 - n,
                "coverage_group": str(n),
                "n_group": 2,
                "score_neural": 0.1 * n,
                "score_behaviour": 0.2 * n,
                "score_overall": 0.15 * n,
                "r2_neural": 0.5,
                "r2_behaviour": 0.9,
            }
            for name, n in zip(names, (2, 2, 3, 3), strict=True)
        ],
        "rpt_fig3_rankings": [
            name
            | model
            | {
                "cohort_id": "toy",
                "level": level,
                "scheme": scheme,
                "n_models": 4,
                "score": 1.0 / rank,
                "score_minmax": 1.0 / rank,
                "score_rank": rank,
                "reference_rank": reference,
                "rank_shift": rank - reference,
                "is_large_shift": rank - reference > 10,
                "spearman_with_mean": 1.0,
            }
            for level in ("leaf", "modality")
            for scheme, ranks in RANKS.items()
            for name, rank, reference in zip(names, ranks, RANKS["arithmetic_mean"], strict=True)
        ],
        "rpt_fig6_distributions": [
            name
            | model
            | {
                "cohort_id": "toy",
                "benchmark_id": area,
                "score": 0.1 * i + place,
                "n_models": 4,
                "mean_score": 0.25 + place,
                "sd_score": 0.13,
                **{f"quantile_{q}": 0.2 + place for q in ("05", "25", "50", "75", "95")},
            }
            for place, area in enumerate(("V1", "V2"))
            for i, name in enumerate(names, start=1)
        ],
        **{
            figure: [
                {
                    "cohort_id": "toy",
                    "metric_a": a,
                    "metric_b": b,
                    "label_a": f"{a} label",
                    "label_b": f"{b} label",
                    "position_a": METRICS.index(a) + 1,
                    "position_b": METRICS.index(b) + 1,
                    "is_public": "absent" not in (a, b),
                    "n_models": 4,
                    "n_tests": 1,
                }
                | (
                    {"estimate": 0.5, "ci_low": 0.1, "ci_high": 0.8, "p_value": 0.01}
                    | {"p_bonferroni": 0.02, "is_significant": True}
                    if "absent" not in (a, b)
                    else {}
                )
                for a in METRICS
                for b in METRICS
                if a != b
            ]
            for figure in ("rpt_fig1_correlations", "rpt_fig5_correlations")
        },
        "rpt_fig3_readings": [
            {
                "cohort_id": "toy",
                "level": "leaf",
                "mean_rank_spearman": 0.4,
                "mean_rank_distance": 0.07,
                "z_mean_distance": 0.1,
            }
        ],
        "rpt_paper_targets": [
            {
                "target_id": f"t{i}",
                "paper": "001",
                "artefact": "text",
                "quantity": "mean correlation",
                "printed": 0.2,
                "tolerance": 0.005,
                "ours": ours,
                "status": status,
                "expected_status": status,
                "kind": kind,
                "is_post_hoc": i == 2,
            }
            for i, (ours, status, kind) in enumerate(
                [
                    (0.2, "exact", "setting"),
                    (None, "unreachable", "count"),
                    (0.2, "exact", "correlation"),
                ]
            )
        ],
    }


OBSERVERS = {"subject-01": True, "subject-02": True, "alexnet": False, "clip": False}


def trial_rows() -> dict[str, list[dict]]:
    """Two people and two models on two images each of one dataset, in a weak and a strong form."""
    sets = {"dataset_id": "cue-conflict"}
    observer = [
        {"source_id": "here", "observer_id": o, "is_human": h} for o, h in OBSERVERS.items()
    ]
    models = [{k: v for k, v in o.items() if k != "is_human"} for o in observer[2:]]
    measures = [
        {"ood_accuracy": a, "accuracy_difference": 0.01, "observed_consistency": 0.7}
        | {"error_consistency": k}
        for a, k in ((0.5, 0.1), (0.8, 0.3))
    ]
    people = {
        "error_consistency": 0.4,
        "error_consistency_min": 0.3,
        "error_consistency_max": 0.5,
        "n_subjects": 2,
    }
    return {
        "dim_trial_datasets": [
            sets
            | {
                "position": 1,
                "title": "Cue conflict",
                "kind": "nonparametric",
                "n_stimuli": 4,
                "n_subjects": 2,
                "n_models": 2,
                "n_trials": 16,
                "citation": "two2021",
            }
        ],
        "dim_observers": [
            o | {"dataset_scope": "all", "reason": "answers at chance"} for o in observer[2:3]
        ],
        "fct_behaviour_summary": [
            m | numbers | {"n_datasets": 17, "shape_bias": 0.3, "mean_rank": rank}
            for m, numbers, rank in zip(models, measures, (None, 1.0), strict=True)
        ],
        "fct_dataset_behaviours": [
            m | sets | numbers | {"n_trials": 4, "n_subjects": 2}
            for m, numbers in zip(models, measures, strict=True)
        ],
        "rpt_human_ceilings": [{"dataset_id": d} | people for d in ("all", "cue-conflict")],
        "fct_error_consistency": [
            sets
            | {
                "condition": "all",
                "pair_kind": kind,
                "source_a": "here",
                "observer_a": a,
                "source_b": "here",
                "observer_b": b,
                "n_trials": 200,
                "error_consistency": k,
            }
            for kind, a, b, k in (
                ("model-human", "clip", "subject-01", 0.3),
                ("model-human", "alexnet", "subject-01", 0.1),
                ("human-human", "subject-01", "subject-02", 0.4),
            )
        ],
        "rpt_trial_reliability": [
            sets
            | {
                "measure": "error_consistency",
                "n_models": 2,
                "split_half_estimate": 0.8,
                "reliability": 0.89,
                "n_subject_pairs": 1,
                "subject_estimate": 0.7,
            }
        ],
        "fct_shape_bias": [
            o
            | sets
            | {
                "category": category,
                "n": 10,
                "shape_bias": 0.9 if o["is_human"] else 0.2,
                "ci_low": 0.1,
                "ci_high": 0.95,
            }
            for o in observer
            for category in ("cat", "dog", None)
        ],
        "fct_ood_accuracy": [
            o
            | sets
            | {
                "condition": condition,
                "is_excluded": condition == "strong",
                "position": position,
                "n_trials": 2,
                "accuracy": 1 / position,
                "ci_low": 0.1,
                "ci_high": 1.0,
            }
            for o in observer
            for position, condition in ((1, "weak"), (2, "strong"))
        ],
        "rpt_image_disagreements": [
            sets
            | {
                "condition": "weak",
                "image_key": image,
                "category": category,
                "n_subjects": 2,
                "n_models": 2,
                "human_accuracy": human,
                "model_accuracy": model,
                "difference": human - model,
                "human_response": category,
                "model_response": "dog",
            }
            for image, category, human, model in (
                ("cat1.png", "cat", 1.0, 0.0),
                ("dog1.png", "dog", 1.0, 1.0),
            )
        ],
        "fct_trials": [
            o
            | sets
            | {
                "condition": "weak",
                "image_key": f"{category}1.png",
                "category": category,
                "response": category if o["is_human"] else "dog",
                "is_correct": o["is_human"] or category == "dog",
                "load_id": "abc",
            }
            for o in observer
            for category in ("cat", "dog")
        ],
        "fct_confusions": [
            o | sets | {"category": c, "response": c, "n_trials": 1, "share": 1.0}
            for o in observer
            for c in ("cat", "dog")
        ],
    }


BIBLIOGRAPHY = """\
% A comment with an @ and a { brace.
@article{one2020,
  title = {One {Nested} Title},
  year = 2020
}
@misc{unused1999, title = {Nobody}}

@misc{two2021,
  title = {Two}}
"""


@pytest.fixture(scope="session")
def toy_warehouse(tmp_path_factory) -> Path:
    """The toy, complete."""
    return make_warehouse(tmp_path_factory.mktemp("toy") / "warehouse.duckdb", toy_rows())


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory) -> Path:
    """Every mart, without a row."""
    return make_warehouse(tmp_path_factory.mktemp("empty") / "warehouse.duckdb", {})


@pytest.fixture
def use(monkeypatch):
    """Make a file the published warehouse; give a function that opens the app on a page of it."""
    monkeypatch.syspath_prepend(str(settings.ROOT))
    # Streamlit puts the page in its place, and processes that other tests spawn would run the page
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    importlib.invalidate_caches()

    def open_page(path: Path, page: str | None = None, **query: str) -> AppTest:
        monkeypatch.setattr(settings, "WAREHOUSE", path)
        app = AppTest.from_file(APP, default_timeout=60)
        app.query_params.update(query)
        app.run()
        return app.switch_page(f"app_pages/{page}.py").run() if page else app

    yield open_page
    with db.READER.closed():
        pass


@pytest.fixture
def bibliography(tmp_path, monkeypatch) -> Path:
    """A small BibTeX file in the place of docs/references.bib."""
    path = tmp_path / "references.bib"
    path.write_text(BIBLIOGRAPHY)
    monkeypatch.setattr(settings, "REFERENCES", path)
    return path


@pytest.fixture(scope="session")
def chromium():
    """Headless Chromium; skips where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install 'alignment-warehouse[dev]'"
    )
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """An empty page that waits long: the machine may be busy."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Start the explorer on a warehouse and give its address; it ends with the tests."""
    with contextlib.ExitStack() as stack:
        yield lambda path: stack.enter_context(
            serving(path, tmp_path_factory.mktemp("streamlit") / "log.txt")
        )


@pytest.fixture(scope="session")
def address(serve, toy_warehouse):
    """The explorer on the toy."""
    return serve(toy_warehouse)
