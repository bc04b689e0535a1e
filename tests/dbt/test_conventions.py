"""The conventions of ARCHITECTURE.md, over dbt's own manifest."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from ingest import settings
from ingest.registry import load_registry

PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("dim_", "fct_", "bridge_", "rpt_"),
}
# statements of sources, several of which may agree word for word
WITHOUT_KEY = {"int_model_attributes_collected"}


@pytest.fixture(scope="session")
def manifest(tmp_path_factory) -> dict:
    """``dbt parse`` into a folder of its own; no database is opened."""
    folder = tmp_path_factory.mktemp("parse")
    environment = os.environ | {
        "WAREHOUSE_PATH": str(folder / "none.duckdb"),
        "PROJECT_ROOT": str(settings.ROOT),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "parse"),
            *("--project-dir", str(settings.DBT_PROJECT)),
            *("--profiles-dir", str(settings.DBT_PROJECT)),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        ],
        env=environment,
        cwd=settings.ROOT,
        check=True,
        capture_output=True,
    )
    return json.loads((folder / "target" / "manifest.json").read_text())


@pytest.fixture(scope="session")
def models(manifest) -> dict[str, dict]:
    """Every model by name."""
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


@pytest.fixture(scope="session")
def tests(manifest) -> list[dict]:
    """Every data test."""
    return [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]


@cache
def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (settings.DBT_PROJECT / "seeds" / f"{name}.csv").open(newline="") as handle:
        return list(csv.DictReader(handle))


def layer(node: dict) -> str:
    return Path(node["path"]).parts[0]


def parents(node: dict) -> list[str]:
    return node["depends_on"]["nodes"]


def test_there_is_something_to_check(models, tests):
    """An empty manifest would pass everything below."""
    assert len(models) >= 60
    assert len(tests) >= 250


def test_names_match_folder_and_layer(models):
    """Three layers, a prefix each; a staging model stands in its source's folder and names it."""
    wrong = []
    for name, node in models.items():
        folder = Path(node["path"]).parts
        if folder[0] not in PREFIXES or not name.startswith(PREFIXES[folder[0]]):
            wrong.append(node["path"])
        elif folder[0] == "staging":
            if len(folder) != 3 or not re.fullmatch(rf"stg_{folder[1]}__[a-z0-9_]+", name):
                wrong.append(node["path"])
        elif "__" in name:
            wrong.append(node["path"])
    assert wrong == []


def test_schema_is_the_layer(models):
    """Tables land in the schema of their folder."""
    assert {(layer(n), n["schema"]) for n in models.values()} == {(x, x) for x in PREFIXES}


def test_every_description_begins_with_the_grain(models):
    """The first sentence says what one row is."""
    wrong = [
        name for name, node in models.items() if not node["description"].startswith("One row per ")
    ]
    assert wrong == []


def test_every_seed_is_described(manifest):
    """Our own decisions say what one row is, too."""
    seeds = [n for n in manifest["nodes"].values() if n["resource_type"] == "seed"]
    assert seeds
    assert [s["name"] for s in seeds if not s["description"].startswith("One row per ")] == []


def test_every_model_has_a_key(models, tests):
    """A unique_key test, which refuses nulls too."""
    keyed = {
        test["attached_node"].split(".")[-1]
        for test in tests
        if test.get("test_metadata", {}).get("name") == "unique_key"
    }
    assert set(models) - keyed == WITHOUT_KEY


def test_no_model_is_a_view(models):
    """A view holds the catalogue's name and breaks when the file is renamed."""
    assert {n["config"]["materialized"] for n in models.values()} == {"table"}


def test_marts_are_contracts(models):
    """Enforced, public, every column typed and described."""
    marts = {name: n for name, n in models.items() if layer(n) == "marts"}
    assert marts
    for name, node in marts.items():
        assert node["contract"]["enforced"], name
        assert node["config"]["access"] == "public", name
        assert node["columns"], name
        untyped = [c["name"] for c in node["columns"].values() if not c["data_type"]]
        undescribed = [c["name"] for c in node["columns"].values() if not c["description"].strip()]
        assert (name, untyped, undescribed) == (name, [], [])


def test_one_column_name_has_one_type_in_all_marts(models):
    """The same quantity has the same name everywhere, so the same name has the same type."""
    types: dict[str, set[str]] = {}
    for node in models.values():
        if layer(node) == "marts":
            for column in node["columns"].values():
                types.setdefault(column["name"], set()).add(column["data_type"])
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_marts_hold_no_hidden_columns(models):
    """Columns of ingest (_load_id, _file, _row) get a name before they are public."""
    hidden = [
        f"{name}.{column}"
        for name, node in models.items()
        if layer(node) == "marts"
        for column in node["columns"]
        if column.startswith("_")
    ]
    assert hidden == []


def test_raw_is_read_in_staging_alone(models):
    """source() stands nowhere else."""
    wrong = [
        name
        for name, node in models.items()
        if layer(node) != "staging" and any(p.startswith("source.") for p in parents(node))
    ]
    assert wrong == []


def test_staging_reads_its_own_source_alone(models):
    """No model is joined in; a seed may be."""
    wrong = []
    for name, node in models.items():
        if layer(node) != "staging":
            continue
        source_id = Path(node["path"]).parts[1]
        for parent in parents(node):
            kind, _, rest = parent.split(".", 2)
            if kind == "seed" or (kind == "source" and rest.split(".")[0] == source_id):
                continue
            wrong.append((name, parent))
    assert wrong == []


def test_layers_read_downwards(models):
    """Intermediate never reads a mart; a mart reads staging only for what needs no step between."""
    order = {"staging": 0, "intermediate": 1, "marts": 2}
    wrong = []
    for name, node in models.items():
        for parent in parents(node):
            if parent.startswith("model."):
                above = models[parent.split(".")[-1]]
                if order[layer(above)] > order[layer(node)]:
                    wrong.append((name, above["name"]))
    assert wrong == []


def test_marts_never_depend_on_raw(models):
    """Neither directly nor by a table named in the text."""
    for name, node in models.items():
        if layer(node) == "marts":
            assert not any(p.startswith("source.") for p in parents(node)), name
            assert not re.search(r"\braw\.", node["raw_code"]), name


def test_exposures_read_marts_alone(manifest, models):
    """App, exports and users see marts; nothing else is promised."""
    for exposure in manifest["exposures"].values():
        for parent in parents(exposure):
            assert layer(models[parent.split(".")[-1]]) == "marts", exposure["name"]


def test_python_models_are_short_and_intermediate(models):
    """A contract on one is a parse error, and numbers belong to compute/."""
    for name, node in models.items():
        if node["language"] == "python":
            assert layer(node) == "intermediate", name
            body = node["raw_code"].split("def model(", 1)[1]
            assert len([line for line in body.splitlines() if line.strip()]) <= 15, name


def test_every_model_is_used_or_public(manifest, models):
    """A staging or intermediate model that nothing reads is left over."""
    singular = [
        n
        for n in manifest["nodes"].values()
        if n["resource_type"] == "test" and not n.get("attached_node")
    ]
    used = {parent for node in [*models.values(), *singular] for parent in parents(node)}
    idle = [
        name for name, n in models.items() if layer(n) != "marts" and n["unique_id"] not in used
    ]
    assert idle == []


def test_every_staging_model_of_a_source_has_an_expected_size(models, tests):
    """A publisher's file that lost rows is noticed."""
    counted = {
        test["attached_node"].split(".")[-1]
        for test in tests
        if test.get("test_metadata", {}).get("name") == "row_count"
    }
    staging = {
        name for name, n in models.items() if layer(n) == "staging" and "/ledger/" not in n["path"]
    }
    # as many as this machine has embedded, and none is right
    assert staging - {"stg_compute__embeddings"} == counted


def test_every_model_of_scores_is_unioned(manifest, models):
    """A staging model with the columns of scores, its own or a macro's, reaches fct_scores."""

    def code(node: dict) -> str:
        macros = [manifest["macros"][m] for m in node["depends_on"]["macros"]]
        inner = [manifest["macros"][m] for n in macros for m in n["depends_on"]["macros"]]
        return node["raw_code"] + "".join(m["macro_sql"] for m in [*macros, *inner])

    of_scores = {
        n["unique_id"]
        for n in models.values()
        if layer(n) == "staging" and "as state_evidence" in code(n)
    }
    assert len(of_scores) >= 20
    assert of_scores <= set(parents(models["int_scores_unioned"]))


def test_every_raw_table_has_a_staging_model(manifest, models):
    """What is loaded is read."""
    read = {p for n in models.values() for p in parents(n) if p.startswith("source.")}
    assert set(manifest["sources"]) - read == set()


def test_the_registry_is_the_sources_of_dbt(manifest):
    """One YAML file feeds both."""
    of_dbt = {s["identifier"] for s in manifest["sources"].values() if s["source_name"] != "ledger"}
    assert of_dbt == {t.identifier for s in load_registry().values() for t in s.tables}


# our decisions refer to each other


def test_every_cohort_is_possible():
    """Its set of benchmarks and its snapshot exist, and its size is expected or stated."""
    sets = {row["benchmark_set"] for row in seed("benchmark_sets")}
    snapshots = {row["snapshot_id"] for row in seed("snapshots")}
    for cohort in seed("cohorts"):
        assert cohort["benchmark_set"] in sets, cohort["cohort_id"]
        assert cohort["snapshot_id"] in snapshots, cohort["cohort_id"]
    cohorts = {row["cohort_id"] for row in seed("cohorts")}
    assert {row["cohort_id"] for row in seed("expected_cohorts")} <= cohorts


def test_every_benchmark_of_a_set_and_every_parent_exists():
    """And the hierarchy has no circle."""
    parent = {row["benchmark_id"]: row["parent_benchmark_id"] for row in seed("benchmarks")}
    assert {row["benchmark_id"] for row in seed("benchmark_sets")} <= set(parent)
    for benchmark in parent:
        seen = [benchmark]
        while above := parent[seen[-1]]:
            assert above in parent, f"{seen[-1]} has the unknown parent {above}"
            assert above not in seen, f"circle: {seen}"
            seen.append(above)


def test_an_aggregate_is_what_has_children():
    """is_aggregate and the hierarchy say the same; a set holds leaves alone."""
    rows = {row["benchmark_id"]: row for row in seed("benchmarks")}
    with_children = {r["parent_benchmark_id"] for r in rows.values() if r["parent_benchmark_id"]}
    assert {b for b in with_children if rows[b]["is_aggregate"] != "true"} == set()
    assert {
        row["benchmark_id"]
        for row in seed("benchmark_sets")
        if rows[row["benchmark_id"]]["is_aggregate"] == "true"
    } == set()


def test_a_lower_is_better_benchmark_gives_its_reason():
    """The flip is declared with why."""
    for row in seed("benchmarks"):
        assert row["direction"] in {"higher", "lower"}, row["benchmark_id"]
        assert row["direction"] == "higher" or row["direction_reason"], row["benchmark_id"]


def test_every_snapshot_belongs_to_a_registered_source():
    """And every source with scores has a snapshot."""
    assert {row["source_id"] for row in seed("snapshots")} <= set(load_registry())


def test_every_link_has_evidence():
    """A reviewed link says by which rule, what one can check, and how far it is believed."""
    for row in seed("model_links"):
        assert row["rule"], row
        assert row["evidence"], row
        assert row["confidence"] in {"exact_weights", "same_recipe", "same_architecture", "guess"}


def test_every_citation_has_an_entry():
    """Keys of sources and benchmarks stand in docs/references.bib."""
    keys = set(re.findall(r"^@\w+\{([^,\s]+),", settings.REFERENCES.read_text(), re.MULTILINE))
    cited = {
        k.strip() for row in seed("benchmarks") for k in row["citation"].split(",") if k.strip()
    }
    cited |= {key for source in load_registry().values() for key in source.citation_keys}
    assert cited - keys == set()
