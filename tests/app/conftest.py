"""The app on the toy, the empty and the real warehouse, in a script runner and in a browser."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from browser import ARGUMENTS, DRAWN, WAIT, serving
from streamlit.testing.v1 import AppTest

from ingest import settings
from tests.fixtures import toy
from warehouse import db

APP = settings.ROOT / "app.py"
<<<<<<< HEAD
PAGES = [path.stem for path in sorted((settings.ROOT / "app_pages").glob("[a-z]*.py"))]
=======
PAGES = (
    *("overview", "agreement", "sensitivity", "ranking", "schemes", "missing", "trials"),
    *("geometry", "worth", "theory", "paper", "model", "benchmark", "sources", "sql"),
    *("compare", "own"),
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
    documents = [yaml.safe_load(p.read_text()) for p in sorted(MARTS.rglob("*.yml"))]
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
        quality.create(con)
        if rows:
            quality.record(con, MANIFEST, RESULTS, {})
    return path


def _node(name: str, layer: str, *parents: str, kind: str = "model") -> dict:
    return {
        "unique_id": f"{kind}.toy.{name}",
        "resource_type": kind,
        "name": name,
        "identifier": name,
        "schema": layer,
        "language": "sql",
        "original_file_path": f"models/{layer}/{name}.sql",
        "description": f"One row per toy of {name}.",
        "depends_on": {"nodes": list(parents)},
    }


def _test(name: str, kind: str | None, *about: str, **more: object) -> dict:
    generic = {"test_metadata": {"name": kind, "kwargs": more.pop("kwargs", {})}} if kind else {}
    return {
        "unique_id": f"test.toy.{name}",
        "resource_type": "test",
        "name": name,
        "attached_node": about[0] if kind else None,
        "description": "",
        "depends_on": {"nodes": list(about)},
        **generic,
        **more,
    }


MANIFEST = {
    "sources": {"s": _node("here__scores", "raw", kind="source")},
    "exposures": {"e": _node("app_model", "", "model.toy.fct_toy", kind="exposure")},
    "nodes": {
        n["unique_id"]: n
        for n in (
            _node("decisions", "seeds", kind="seed"),
            _node("stg_toy", "staging", "source.toy.here__scores"),
            _node("int_toy", "intermediate", "model.toy.stg_toy", "seed.toy.decisions"),
            _node("fct_toy", "marts", "model.toy.int_toy"),
            _test(
                "key",
                "unique_key",
                "model.toy.fct_toy",
                kwargs={"columns": ["a", "b"], "model": "x"},
                column_name=None,
            ),
            _test(
                "known",
                "not_null",
                "model.toy.stg_toy",
                kwargs={"column_name": "a", "model": "x"},
                column_name="a",
            ),
            _test(
                "assert_sum",
                None,
                "model.toy.fct_toy",
                "model.toy.int_toy",
                raw_code="-- Nothing is\n-- lost.\nselect 1 -- never",
            ),
        )
    },
    "unit_tests": {
        "u": {
            "unique_id": "unit_test.toy.fct_toy.ties",
            "resource_type": "unit_test",
            "name": "ties",
            "description": "Ties share a place.",
            "depends_on": {"nodes": ["model.toy.fct_toy"]},
        }
    },
}
"""What dbt would say of a toy project."""

RESULTS = [
    {"unique_id": f"test.toy.{name}", "status": "pass", "failures": 0, "execution_time": 0.25}
    for name in ("key", "known", "assert_sum")
]


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
        "is_redistributable": False,
        "citation": "one2020, two2021",
        "is_present": is_present,
        "n_files": 1,
        "n_files_present": int(is_present),
        "n_rows": 12 * is_present,
    }


def worth_rows() -> dict[str, list[dict]]:
    """Ten models on three benchmarks: one relation with numbers, one that too few models share."""
    pair = {"cohort_id": "toy", "alignment_id": "IT", "property_id": "ImageNet-C-top1"}
    bare = pair | {"property_id": "V1.leaf"}
    held = ("none", "imagenet_top1")
    shape = {
        "state": "estimated",
        **{"n_units": 10, "n_families": 2, "n_clusters": 2},
        **{"alignment_mean": 4.5, "alignment_sd": 3.0, "alignment_min": 0.0, "alignment_max": 9.0},
        **{"line_constant": 10.0, "line_slope": 1.0, "quadratic_constant": 9.0},
        **{"quadratic_linear": 0.5, "quadratic_estimate": 1.0, "quadratic_se": 0.2},
        **{"quadratic_p_value": 0.001, "vertex": 3.8, "is_vertex_inside": True},
        **{"share_below_vertex": 0.4, "breakpoint": 4.0, "n_low": 5, "n_high": 5},
        **{"slope_low": -1.0, "slope_low_p_value": 0.01, "slope_high": 2.0},
        **{"slope_high_p_value": 0.0001, "z2_estimate": 0.7, "z2_p_value": 0.02},
        **{"z2_verdict": "u", "quadratic_verdict": "u", "two_lines_verdict": "u"},
        **{"family_verdict": "undecided", "verdict": "undecided"},
    }
    partial = {"covariate_mean": 70.0, "covariate_slope": 0.5, "z2_verdict": "none"}
    relation = {"n_units": 10, "n_families": 2, "n_clusters": 2, "state": "estimated"}
    relation |= {"p_value": 0.03, "ci_low": 0.1, "ci_high": 0.9, "family_boot_low": 0.05}
    relation |= {"family_boot_high": 0.95}
    methods, transforms = ("pearson", "spearman"), ("raw", "z2")
    kinds = [{"method": m, "transform": t, "covariate": c}
             for m in methods for t in transforms for c in held]  # fmt: skip
    return {
        "dim_relation_cohorts": [
            {
                "cohort_id": c,
                "title": c.title(),
                "description": "Ten made-up models.",
                "unit": "model",
                "n_units": n,
                "n_families": 2,
                "n_with_imagenet_top1": n,
                "n_pairs": 2 * (n > 0),
                "n_estimated": n > 0,
                "n_too_few": n > 0,
                "n_part_of_whole": 0,
            }
            for c, n in (("absent", 0), ("toy", 10))
        ],
        "fct_downstream_scores": [
            {
                "cohort_id": "toy",
                "unit_id": f"m{i}",
                "unit_name": f"model_{i}",
                "model_id": f"m{i}",
                "family": "ab"[i % 2],
                "source_id": "here",
                "benchmark_id": b,
                "score_directed": score,
                "imagenet_top1": 70.0 + i,
            }
            for i in range(10)
            for b, score in (("IT", float(i)), ("ImageNet-C-top1", 10.0 + (i - 4) ** 2))
        ],
        "fct_downstream_relations": [
            *(pair | relation | kind | {"estimate": 0.5} for kind in kinds),
            *(bare | kind | {"state": "too_few", "n_units": 3} for kind in kinds),
        ],
        "fct_downstream_shapes": [
            *(pair | shape | {"covariate": c} | (partial if c != "none" else {}) for c in held),
            *(bare | {"covariate": c, "state": "too_few", "n_units": 3} for c in held),
        ],
        "rpt_u_shape_verdicts": [
            pair
            | {k: shape[k] for k in ("state", "n_units", "n_clusters", "z2_estimate")}
            | {k: shape[k] for k in shape if k.endswith("verdict")}
            | {"claim_id": "one", "position": 1, "claim": "IT × ImageNet-C", "covariate": c}
            for c in held
        ],
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
            {
                "model_id": m,
                "display_name": m,
                "family": m.split("_")[0],
                "is_family_matched": m != "untrained",
                "is_identified": True,
                "is_untrained": m == "untrained",
                "n_parameters": n,
                "training_data": "imagenet-1k",
                "n_sources": 1,
                "n_names": 1,
                "n_scores": 3,
            }
            for m, n in zip(MODELS, (61_000_000, 25_000_000, None, 60_000_000), strict=True)
        ],
        **model_rows(),
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
        **worth_rows(),
        **sucholutsky2023_rows(),
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
                "people_interval": "jackknife",
                "is_control": model.startswith("random"),
            }
            for model, estimate in (
                ("alexnet", 0.3),
                ("clip", 0.5),
                ("vit", 0.4),
                ("random:vit:0", 0.1),
                ("random:vit:1", 0.2),
            )
            for metric in ("spearman", "triplet")
        ],
        "fct_alignment_ceilings": [
            {
                "stimulus_set_id": "objects92",
                "target": "behaviour",
                "metric": metric,
                "method": method,
                "compared_with": compared_with,
                "estimate": estimate,
                "ci_low": estimate - 0.05,
                "ci_high": estimate + 0.05,
                "n_splits": 200,
                "n_people": 16,
                "unit": "person",
            }
            for metric, method, compared_with, estimate in (
                ("spearman", "split_half", "half of the people", 0.64),
                ("spearman", "root_split_half_corrected", "mean of people", 0.88),
                ("triplet", "split_half", "half of the people", 0.73),
            )
        ],
        "fct_alignment_controls": [
            {
                "source_model_key": model,
                "stimulus_set_id": "objects92",
                "target": "behaviour",
                "layer": "penultimate",
                "distance": "cosine",
                "metric": "triplet",
                "n_controls": 2,
                "control_mean": 0.15,
                "estimate": estimate,
                "ci_low": estimate - 0.2,
                "ci_high": estimate + 0.2,
                "n_stimuli": 92,
            }
            for model, estimate in (("vit", 0.25), ("clip", 0.15))
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
        "rpt_ahlert2024_fig2_neural_behaviour": [
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
        "rpt_ahlert2024_fig7_missingness": [
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
        "rpt_ahlert2024_fig3_rankings": [
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
        "rpt_ahlert2024_fig6_distributions": [
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
            for figure in ("rpt_ahlert2024_fig1_correlations", "rpt_ahlert2024_fig5_correlations")
        },
        "rpt_ahlert2024_fig3_readings": [
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
                "target_id": f"{paper}_t{i}",
                "paper": paper,
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
            for paper in ("ahlert2024", "sucholutsky2023")
            for i, (ours, status, kind) in enumerate(
                [
                    (0.2, "exact", "setting"),
                    (None, "unreachable", "count"),
                    (0.2, "exact", "correlation"),
                ]
            )
        ],
    }


def model_rows() -> dict[str, list[dict]]:
    """What the pages of one model and of one benchmark read."""
    file = {"source_id": "here", "load_id": "abc", "source_file": "here/scores.csv"}
    modality = {"V1.leaf": "neural", "V4_leaf": "neural", "behaviour_leaf": "behavioural"}
    snapshot = {"snapshot_id": "here_2020", "snapshot_date": pd.Timestamp(2020, 1, 1).date()}
    return {
        "rpt_model_scores": [
            file
            | snapshot
            | {
                "model_id": model,
                "benchmark_id": b,
                "is_latest": True,
                "title": f"{b} 100 %",
                "suite": "toys",
                "modality": modality[b],
                "region": "V1" if b == "V1.leaf" else None,
                "unit": "fraction",
                "citation": "two2021",
                "is_aggregate": False,
                "source_model_key": str(i),
                "variant_id": "",
                "source_model_name": model,
                "n_published": 1,
                "score": score,
                "score_min": score,
                "score_max": score,
                "score_directed": score,
                "error": 0.5 if b == "V1.leaf" else None,
                "error_kind": "splits" if b == "V1.leaf" else None,
                "n_models": 4,
                "score_rank": 5 - score,
                "score_percentile": (score - 1) / 3,
                "percentile_low": max(0, (score - 2) / 3),
                "percentile_high": min(1, score / 3),
                "percentile_error_low": (score - 1) / 3 if b == "V1.leaf" else None,
                "percentile_error_high": (score - 1) / 3 if b == "V1.leaf" else None,
                "source_row": i,
            }
            for b, scores in SCORES.items()
            for i, (model, score) in enumerate(zip(MODELS, scores, strict=True))
        ],
        "rpt_model_aliases": [
            {
                "model_id": model,
                "namespace": "toys",
                "source_model_name": name,
                "is_resolved": is_resolved,
                "confidence": "exact_weights" if is_resolved else "guess",
                "rule": "hand_reviewed",
                "evidence": "equal scores",
                "n_keys": 1,
                "n_snapshots": 1,
                "first_date": snapshot["snapshot_date"],
                "last_date": snapshot["snapshot_date"],
                "sources": "here",
            }
            for model, name, is_resolved in (
                *((m, m, True) for m in MODELS),
                ("resnet_50", "ResNet-50", True),
                ("resnet_50", "shared name", True),
                ("vit_b&w", "shared name", True),
                ("alexnet", "old alexnet", False),
            )
        ],
        "rpt_model_areas": [
            {
                "model_id": model,
                "modality": m,
                "area": area,
                "n_benchmarks": 2,
                "min_models": 4,
                "max_models": 4,
                "min_percentile": 0.0,
                "percentile_25": 0.2,
                "percentile_50": 0.5,
                "percentile_75": 0.8,
                "max_percentile": 1.0,
            }
            for model in MODELS
            for m, area in (("neural", "V1"), ("behavioural", "toys"))
        ],
        "rpt_model_neighbours": [
            {
                "scope": scope,
                "model_id": model,
                "place": place,
                "neighbour_id": other,
                "estimate": 0.9 - 0.1 * place,
                "ci_low": 0.5 - 0.1 * place,
                "ci_high": 0.95,
                "n_shared": 20,
                "n_candidates": 3,
                "mean_difference": 0.1,
            }
            for scope in ("neural", "neural and behavioural")
            for model in MODELS[:2]
            for place, other in enumerate((m for m in MODELS if m != model), start=1)
        ],
        "fct_model_similarity": [
            {
                "model_id_a": "alexnet",
                "model_id_b": "resnet_50",
                "stimulus_set_id": "objects92",
                "layer": "penultimate",
                "metric": "linear_cka",
                "estimate": 0.7,
                "n_stimuli": 92,
            }
        ],
        "rpt_benchmark_snapshots": [
            file
            | snapshot
            | {
                "benchmark_id": b,
                "title": "Here, 2020",
                "n_models": 4,
                "n_scored": 4,
                "n_failed": 1,
                "n_never_run": 0,
                "mean_score": 2.5,
                "sd_score": 1.3,
                "min_score": 1.0,
                "quantile_25": 1.75,
                "quantile_50": 2.5,
                "quantile_75": 3.25,
                "max_score": 4.0,
                "ceiling_raw": 0.8 if b == "V1.leaf" else None,
                "ceiling_form": "raw / ceiling" if b == "V1.leaf" else None,
                "n_files": 1,
            }
            for b in SCORES
        ],
        "rpt_benchmark_levels": [
            {
                "benchmark_id": "V1.leaf",
                "chance": 0.5,
                "chance_reason": "One of two.",
                "ceiling_kind": "ceiling",
                "ceiling": 4.5,
                "ceiling_low": 4.0,
                "ceiling_high": 5.0,
                "n_people": 3,
                "ceiling_reason": "People.",
            },
            {"benchmark_id": "V4_leaf"},
        ],
        "rpt_benchmark_reliabilities": [
            {
                "cohort_id": "toy",
                "benchmark_id": "V1.leaf",
                "error_kind": "splits",
                "is_measurement_error": True,
                "n_models": 4,
                "reliability": 0.75,
            }
        ],
        "rpt_trial_exclusions": [
            {
                "source_id": "here",
                "dataset_id": "cue-conflict",
                "reason": "repeated_people",
                "is_dropped": True,
                "n_trials": 7,
                "n_observers": 1,
            }
        ],
        "dim_known_issues": [
            {
                "issue_id": "odd",
                "source_id": "here",
                "title": "An odd row",
                "description": "It is odd.",
                "handling": "Kept.",
                "n_rows": 1,
            }
        ],
        "bridge_model_names": [
            {"snapshot_id": "here_2020", "source_model_key": str(i), "model_id": m}
            | {"source_model_name": "ResNet-50 (V1)" if m == "resnet_50" else m}
            for i, m in enumerate(MODELS)
        ],
        "bridge_known_issue_rows": [
            {
                "issue_id": "odd",
                "issue_row": 1,
                "snapshot_id": "here_2020",
                "source_model_key": "0",
                "benchmark_id": "V1.leaf",
                "detail": "row 0",
            }
        ],
    }


OBSERVERS = {"subject-01": True, "subject-02": True, "alexnet": False, "clip": False}


def sucholutsky2023_rows() -> dict[str, list[dict]]:
    """Sucholutsky & Griffiths on a cohort of four models and a snapshot of as many."""
    groups = {"high": (3.0, 4.0), "mid": (2.0, 3.0), "low": (1.0, 2.0)}
    cell = {"cohort_id": "toy", "n_models": 4}
    few_shot = {
        "snapshot_id": "here_2020",
        "alignment_id": "alignment.objects92.behaviour.pearson",
        "property_id": "probe.cifar10.logistic.1-shot",
        "stimulus_set_id": "objects92",
        "metric": "pearson",
        "dataset_id": "cifar10",
        "n_models": 4,
    }
    probe = few_shot | {"head": "logistic"}
    return {
        "fct_high_mid_low": [
            {
                "cohort_id": "toy",
                "alignment_id": "IT",
                "property_id": "ImageNet-C-top1",
                "model_group": group,
                "is_recovered": False,
                "n_units": 10,
                "n_group": 3,
                "mean": mean,
                "ci_low": mean - 1,
                "ci_high": high,
                "mean_all": 2.5,
                "p_permutation": 0.2,
                "members": "alexnet",
            }
            for group, (mean, high) in groups.items()
        ],
        "rpt_sucholutsky2023_table1": [
            cell
            | {
                "metric": "pearson",
                "property_id": "V1.leaf",
                "model_group": group,
                "printed": mean,
                "mean": mean,
                "ci_low": mean - 1,
                "ci_high": high,
                "mean_all": 2.5,
                "p_permutation": 0.2,
                "above_mid": None if group == "mid" else mean - 2,
                "p_above_mid": None if group == "mid" else 0.04 if group == "high" else 0.5,
                "p_residual": 0.5,
                "p_residual_above_mid": None if group == "mid" else 0.5,
                "n_group": 1,
                "models": "alexnet",
            }
            for group, (mean, high) in groups.items()
        ],
        "rpt_sucholutsky2023_table2": [
            cell
            | {
                "alignment_id": "sucholutsky2023.pearson",
                "property_id": "V1.leaf",
                "is_printed": True,
                "printed": 0.2,
                "printed_p": 0.0,
                "p_partial": 0.0001,
                "is_consistent": True,
            },
            cell
            | {
                "alignment_id": "V4_leaf",
                "property_id": "V1.leaf",
                "is_printed": False,
                "estimate_z2_partial": -0.1,
                "ci_low_z2_partial": -0.5,
                "ci_high_z2_partial": 0.3,
                "estimate_alignment_partial": 0.1,
            },
        ],
        "rpt_sucholutsky2023_fig3_groups": [
            probe
            | {
                "n_shots": shots,
                "model_group": group,
                "n_group": 1,
                "mean": mean / 10,
                "ci_low": mean / 10 - 0.05,
                "ci_high": high / 10,
                "models": "alexnet",
            }
            for shots in (1, 5)
            for group, (mean, high) in groups.items()
        ],
        "rpt_sucholutsky2023_fig3_correlations": [
            probe
            | {
                "n_shots": shots,
                "estimate_z2": -0.3,
                "ci_low": -0.8,
                "ci_high": 0.4,
                "estimate_alignment": 0.5,
            }
            for shots in (1, 5)
        ],
        "rpt_sucholutsky2023_fig4_models": [
            few_shot | {"model_id": m, "alignment": 0.1 * i, "accuracy": 0.2 * i}
            for i, m in enumerate(MODELS)
        ],
        "rpt_sucholutsky2023_fig5_accuracies": [
            cell
            | {
                "metric": "pearson",
                "source_model_name": m,
                "model_group": group,
                "imagenet_top1": 70.0 + i,
            }
            for i, (m, group) in enumerate(
                zip(MODELS, ("high", "mid", "low", "unknown"), strict=True)
            )
        ],
        "rpt_architecture_notes": [
            {
                "cohort_id": "toy",
                "claim_id": claim,
                "position": position,
                "statement": f"{claim} helps",
                "comparison": "paired",
                "treated": "with",
                "untreated": "without",
                "property_id": "V1.leaf",
                "n_treated": 2,
                "n_untreated": 2,
                "difference": 1.0,
                "ci_low": low,
                "ci_high": None if low is None else 2.0,
                "n_higher": 2,
                "n_high": 1,
                "n_mid": 0,
                "n_low": 0,
                "unreachable": "alignment",
            }
            for position, (claim, low) in enumerate((("depth", 0.5), ("size", None)), start=1)
        ],
        "rpt_triplets_needed": [
            {
                "n_objects": 10,
                "n_dims": 1,
                "misalignment": epsilon,
                "capacity": bits,
                "bits_needed": 5.5,
                "triplets_needed": 5.5 / bits if bits else None,
            }
            for epsilon, bits in ((0.0, 1.0), (0.25, 0.19), (0.5, 0.0), (0.75, 0.19), (1.0, 1.0))
        ],
        "rpt_alignment_capacities": [
            {
                "snapshot_id": "here_2020",
                "source_model_key": model,
                "stimulus_set_id": "objects92",
                "target": "behaviour",
                "distance": "cosine",
                "is_control": model == "untrained",
                "n_stimuli": 92,
                "estimate": share,
                "misalignment": 1 - share,
                "ci_low": share - 0.02,
                "ci_high": share + 0.02,
                "capacity": bits,
                "capacity_low": bits / 2,
                "capacity_high": bits * 2,
                "ceiling_split_half": 0.75,
                "capacity_people": 0.19,
            }
            for model, share, bits in (("clip", 0.6, 0.03), ("untrained", 0.51, 0.0003))
        ],
    }


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

>>>>>>> main

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
def toy_warehouse() -> Path:
    """The toy that dbt builds from tests/fixtures/make.py."""
    return toy.warehouse("toy")


@pytest.fixture(scope="session")
def empty_warehouse() -> Path:
    """The same without any source."""
    return toy.warehouse("empty")


@pytest.fixture(scope="session")
def ask(toy_warehouse):
    """Ask the toy: ``ask("select … where cohort_id = $cohort", cohort="…")``."""

    def run(sql: str, **values: object) -> pd.DataFrame:
        with db.connect(toy_warehouse) as con:
            return con.execute(sql, values).df()

    return run


@pytest.fixture(scope="session")
def rows_of(ask):
    """Rows of a mart of the toy: ``rows_of("fct_shape_bias", source_id="model_vs_human")``."""

    def read(mart: str, **where: object) -> pd.DataFrame:
        conditions = " and ".join(f"{column} = ${column}" for column in where) or "true"
        return ask(f"select * from {mart} where {conditions} order by all", **where)

    return read


@pytest.fixture
def use(monkeypatch):
    """Make a file the published warehouse; give a function that opens the app on a page of it."""
    # Streamlit puts the page in its place, and processes that other tests spawn would run the page
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    importlib.invalidate_caches()

    def open_page(path: Path, page: str | None = None, **query: str) -> AppTest:
        monkeypatch.setattr(settings, "WAREHOUSE", path)
        app = AppTest.from_file(APP, default_timeout=60)
        app.query_params.update(query)
        app.run()
        app = app.switch_page(f"app_pages/{page}.py").run() if page else app
        assert not app.exception, app.exception
        return app

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
def browser_context():
    """One session of headless Chromium; skips where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install 'alignment-warehouse[dev]'"
    )
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(WAIT)
        context.add_init_script(DRAWN)
        yield context
        browser.close()


@pytest.fixture
def page(browser_context):
    """An empty page that waits long: the machine may be busy."""
    page = browser_context.new_page()
    yield page
    page.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory, toy_warehouse) -> Path:
    """The file that the one server reads: a copy of the toy, which a test may replace."""
    return Path(shutil.copyfile(toy_warehouse, tmp_path_factory.mktemp("served") / "w.duckdb"))


@pytest.fixture(scope="session")
def address(served):
    """The explorer on the toy; it ends with the tests."""
    with serving(served, served.with_name("log.txt")) as url:
        yield url
