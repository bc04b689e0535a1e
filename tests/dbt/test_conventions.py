"""The conventions of docs/architecture.md: imports, files, words, and dbt's own manifest."""

from __future__ import annotations

import ast
import csv
import graphlib
import io
import json
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from ingest import settings
from ingest.registry import load_registry
from warehouse.dbt_process import Dbt

ROOT = settings.ROOT
CODE = ("app.py", "serve.py", "app_pages", "alignment_warehouse", "ingest", "compute", "warehouse",
        "dbt_project/models", "docs/site", "tests")  # fmt: skip
PYTHON = sorted(p for part in CODE for p in [ROOT / part, *(ROOT / part).rglob("*.py")]
                if p.suffix == ".py")  # fmt: skip
TEXTS = sorted(
    path
    for pattern in ("*.py", "*.sql", "*.yml", "*.md", "*.csv")
    for part in (*CODE, "dbt_project/macros", "dbt_project/seeds", "dbt_project/tests", "docs")
    for path in (ROOT / part).rglob(pattern)
    if not {"node_modules", "__pycache__"} & set(path.parts)
)

# imports


def module_of(path: Path) -> str:
    """Dotted name of a file of ours."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in PYTHON}


@cache
def imports(path: Path, *, at_once: bool = False) -> set[str]:
    """Modules of ours that a file imports; with ``at_once`` only those needed to import it."""
    tree = ast.parse(path.read_text())
    later = set()
    for node in ast.walk(tree):
        is_typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if is_typing or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            later |= set(ast.walk(node))
    names = set()
    for node in set(ast.walk(tree)) - (later if at_once else set()):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= inner if inner <= MODULES.keys() else inner | {node.module}
    return {name for name in names if name in MODULES}


def under(*packages: str) -> re.Pattern:
    return re.compile(rf"({'|'.join(map(re.escape, packages))})(\.|$)")


ALLOWED = {
    "ingest": ("ingest",),
    "compute.stats": ("compute.stats",),
    "compute": ("compute", "ingest"),
    "warehouse": ("warehouse", "compute", "ingest"),
    "alignment_warehouse": ("alignment_warehouse", "warehouse", "ingest"),
    # what a visitor chooses or brings is compared while they look: no mart can hold it
    "app_pages": (
        "app_pages",
        "warehouse",
        "ingest.settings",
        "compute.stats.clusters",
        "compute.stats.frames.places",
    ),
    "app": ("app_pages", "warehouse", "ingest.settings"),
    "dbt_project": ("compute.stats", "warehouse.memo"),
}
PACKAGES = {"ingest", "compute", "warehouse", "app_pages", "compute.measure"}
"""Files that only hold a docstring: naming the package imports nothing."""


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_one_way(package):
    """Ingest ← compute ← warehouse ← app; a dbt model imports kernels and the memo alone."""
    allowed, wrong = under(*ALLOWED[package]), []
    for module, path in MODULES.items():
        if under(package).match(module):
            wrong += [
                f"{module} imports {name}"
                for name in imports(path) - PACKAGES
                if not allowed.match(name)
            ]
    assert wrong == []


def test_no_import_goes_in_a_circle():
    """Each module can be imported first."""
    graph = {m: imports(path, at_once=True) - {m} for m, path in MODULES.items()}
    list(graphlib.TopologicalSorter(graph).static_order())


# files and words


def lines_of_code(path: Path) -> int:
    """Lines with code: neither blank, nor a comment, nor a docstring."""
    source = path.read_text()
    lines, skipped = set(), (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in (*skipped, tokenize.DEDENT, tokenize.ENDMARKER):
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def test_files_can_be_read_in_one_go():
    """None has more than 600 lines of code, and none is a drawer for everything."""
    assert {p.name: n for p in PYTHON if (n := lines_of_code(p)) > 600} == {}
    assert [p for p in PYTHON if p.stem in ("utils", "helpers", "misc", "common")] == []


OPENS_OTHERS = {"os", "Image", "tarfile"}
"""What has an ``open`` that takes no text."""


def leaves_encoding_open(call: ast.Call) -> bool:
    """Whether a call reads or writes text in the encoding of whoever runs it."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    if "encoding" in given:
        return False
    if name in ("read_text", "write_text"):
        return len(call.args) <= (name == "write_text")
    if name == "open" and ast.unparse(call.func).split(".")[0] not in OPENS_OTHERS:
        mode = call.args[-1] if call.args else ast.Constant("r")
        return isinstance(mode, ast.Constant) and "b" not in mode.value
    return name in ("run", "Popen") and given.get("text") == "True"


def test_text_is_utf8_for_everybody():
    """Whoever has another locale reads and writes the same files."""
    product = [path for path in PYTHON if ROOT / "tests" not in path.parents]
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in [*product, *(ROOT / "benchmarks").glob("*.py")]
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and leaves_encoding_open(call)
    ]
    assert found == []


# a paper by its key, a method by its page, "metric" only for a way of comparing
WORDS = {
    "a paper has a number": r"seed.?00[12]\b",
    "a method has a paragraph of a document that is not here": r"METHODS §",
    "a benchmark is called a metric": r"(?i)\b(pairs? of|single|neural|behavioural|leaf) metrics?\b"
    r"|\bmetrics (that |which )?(rank|score)",
}


@pytest.mark.parametrize("fault", WORDS)
def test_words(fault):
    """One name for one thing, in code and in what readers see."""
    pattern = re.compile(WORDS[fault])
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in TEXTS
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


# dbt's manifest


@pytest.fixture(scope="session")
def manifest(tmp_path_factory) -> dict:
    """``dbt parse`` into a folder of its own; no database is opened."""
    folder = tmp_path_factory.mktemp("parse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "BUILD", folder)
        with Dbt(folder / "none.duckdb", Console(file=io.StringIO())) as dbt:
            dbt("parse")
    return json.loads((folder / "dbt_target" / "none" / "manifest.json").read_text())


@pytest.fixture(scope="session")
def models(manifest) -> dict[str, dict]:
    """Every model by name. An empty manifest would pass everything below."""
    nodes = manifest["nodes"].values()
    found = {node["name"]: node for node in nodes if node["resource_type"] == "model"}
    assert len(found) >= 60
    return found


@pytest.fixture(scope="session")
def marts(models) -> dict[str, dict]:
    """The public models."""
    return {name: node for name, node in models.items() if layer(node) == "marts"}


@pytest.fixture(scope="session")
def tests(manifest) -> list[dict]:
    """Every data test."""
    found = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    assert len(found) >= 250
    return found


@cache
def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (settings.DBT_PROJECT / "seeds" / f"{name}.csv").open(newline="") as handle:
        return list(csv.DictReader(handle))


def layer(node: dict) -> str:
    return Path(node["path"]).parts[0]


def parents(node: dict) -> list[str]:
    return node["depends_on"]["nodes"]


def with_test(tests: list[dict], kind: str) -> set[str]:
    """Models that a generic test of a kind is attached to."""
    return {
        test["attached_node"].split(".")[-1]
        for test in tests
        if test.get("test_metadata", {}).get("name") == kind
    }


LAYERS = ["staging", "intermediate", "marts"]
PLACES = re.compile(
    r"(staging/(?P<source>\w+)/stg_(?P=source)__[a-z0-9_]+"
    r"|intermediate/\w+/int_([a-z0-9]_?)+|marts/\w+/(dim|fct|bridge|rpt)_([a-z0-9]_?)+)\.(sql|py)"
)
# statements of sources, several of which may agree word for word
WITHOUT_KEY = {"int_model_attributes_collected"}
# registered files that are typed and counted for readers of SQL, and that no mart needs
FOR_READERS = {
    "stg_brainscore_average_vision_by_month__benchmark_edges",
    "stg_deepnsd__model_typologys",
    "stg_vpt_3dpc__timm_models",
}


def test_names_match_folder_and_layer(models):
    """Three layers, a prefix each; a staging model stands in its source's folder and names it.

    Two underscores only separate source and entity.
    """
    assert [n["path"] for n in models.values() if not PLACES.fullmatch(n["path"])] == []


def test_every_table_is_a_table_in_its_layer_and_says_its_grain(manifest, models):
    """A view holds the catalogue's name and breaks when the file is renamed."""
    assert {(layer(n), n["schema"]) for n in models.values()} == {(x, x) for x in LAYERS}
    assert {n["config"]["materialized"] for n in models.values()} == {"table"}
    tables = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")]
    assert [n["name"] for n in tables if not n["description"].startswith("One row per ")] == []


def test_every_model_has_a_key(models, tests):
    """A unique_key test, which refuses nulls too."""
    assert set(models) - with_test(tests, "unique_key") == WITHOUT_KEY


def test_marts_are_contracts(marts):
    """Enforced, public, every column typed, described and named; one name has one type."""
    types: dict[str, set[str]] = {}
    for name, node in marts.items():
        assert node["contract"]["enforced"], name
        assert node["config"]["access"] == "public", name
        columns = node["columns"].values()
        assert columns, name
        wrong = [
            c["name"]
            for c in columns
            if not c["data_type"] or not c["description"].strip() or c["name"].startswith("_")
        ]
        assert (name, wrong) == (name, [])
        for column in columns:
            types.setdefault(column["name"], set()).add(column["data_type"])
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_layers_read_downwards(models):
    """Raw is read in staging alone, which reads its own source and seeds; no mart is read below."""
    wrong = []
    for name, node in models.items():
        here, source_id = layer(node), Path(node["path"]).parts[1]
        for parent in parents(node):
            kind, _, rest = parent.split(".", 2)
            if kind == "source":
                is_fine = here == "staging" and rest.split(".")[0] == source_id
            elif kind == "model":
                above = models[parent.split(".")[-1]]
                is_fine = here != "staging" and LAYERS.index(layer(above)) <= LAYERS.index(here)
            else:
                is_fine = kind == "seed"
            if not is_fine:
                wrong.append((name, parent))
        if here == "marts" and re.search(r"\braw\.", node["raw_code"]):
            wrong.append((name, "a raw table by its name"))
    assert wrong == []


def test_python_models_are_short_and_intermediate(models):
    """A contract on one is a parse error, and numbers belong to compute/."""
    for name, node in models.items():
        if node["language"] == "python":
            assert layer(node) == "intermediate", name
            body = node["raw_code"].split("def model(", 1)[1]
            assert len([line for line in body.splitlines() if line.strip()]) <= 15, name


def test_every_model_is_read(manifest, models, marts):
    """By a model or a singular test; a mart by a page, an export, a document or a test of numbers.

    A mart may be read by name in the package of the app, in a document, or by an exposure.
    """
    singular = [
        n
        for n in manifest["nodes"].values()
        if n["resource_type"] == "test" and not n.get("attached_node")
    ]
    readers = [*models.values(), *singular, *manifest["exposures"].values()]
    used = {parent for node in readers for parent in parents(node)}
    idle = {name for name, n in models.items() if n["unique_id"] not in used}
    assert idle - set(marts) == FOR_READERS
    places = [*(ROOT / "app_pages").rglob("*.py"), *(ROOT / "warehouse").rglob("*.py")]
    places += [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    places += [*(ROOT / "tests" / "dbt").glob("*.py")]
    written = "\n".join(path.read_text() for path in places)
    assert {name for name in idle & set(marts) if not re.search(rf"\b{name}\b", written)} == set()


def test_every_staging_model_of_a_source_has_an_expected_size(models, tests):
    """A publisher's file that lost rows is noticed."""
    staging = {
        name for name, n in models.items() if layer(n) == "staging" and "/ledger/" not in n["path"]
    }
    # as many as this machine has computed or a person has placed, and none is right
    own = {n for n in staging if n.startswith(("stg_own__", "stg_sucholutsky2023_supplement__"))}
    assert staging - own == with_test(tests, "row_count")


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
    unions = ("int_scores_unioned", "int_own_scores_named")
    assert of_scores <= {parent for union in unions for parent in parents(models[union])}


def test_the_registry_is_the_sources_of_dbt_and_all_are_read(manifest, models):
    """One YAML file feeds both, and what is loaded has a staging model."""
    read = {p for n in models.values() for p in parents(n) if p.startswith("source.")}
    assert set(manifest["sources"]) - read == set()
    of_dbt = {s["identifier"] for s in manifest["sources"].values() if s["source_name"] != "ledger"}
    assert of_dbt == {t.identifier for s in load_registry().values() for t in s.tables}


# our decisions refer to each other


def test_every_cohort_is_possible():
    """Its sets of benchmarks, its snapshots and their sources exist."""
    sets = {row["benchmark_set"] for row in seed("benchmark_sets")}
    snapshots = {row["snapshot_id"] for row in seed("snapshots")}
    for cohort in seed("cohorts"):
        assert {cohort["benchmark_set"], cohort["also_complete_on"]} - {""} <= sets, cohort
        assert {cohort["snapshot_id"], cohort["rule_snapshot_id"]} - {""} <= snapshots, cohort
    for rule in seed("snapshot_rules"):
        named = [rule["checked_by"], rule["error_snapshot_id"]]
        assert {*named, *rule["accuracy_snapshot_ids"].split()} - {""} <= snapshots, rule
    assert {row["snapshot_id"] for row in seed("known_issue_filters")} - {""} <= snapshots
    assert {row["source_id"] for row in seed("snapshots")} <= set(load_registry())
    cohorts = {row["cohort_id"] for row in seed("cohorts")}
    assert {row["cohort_id"] for row in seed("expected_cohorts")} <= cohorts


def test_the_tree_of_benchmarks_is_a_tree():
    """Parents exist, without a circle; aggregates are what has children; sets hold leaves alone."""
    rows = {row["benchmark_id"]: row for row in seed("benchmarks")}
    parent = {b: row["parent_benchmark_id"] for b, row in rows.items()}
    list(graphlib.TopologicalSorter({b: {p} for b, p in parent.items() if p}).static_order())
    with_children = {p for p in parent.values() if p}
    assert with_children <= set(rows)
    assert {b for b in with_children if rows[b]["is_aggregate"] != "true"} == set()
    in_sets = {row["benchmark_id"] for row in seed("benchmark_sets")}
    assert {b for b in in_sets if rows[b]["is_aggregate"] == "true"} == set()


def test_a_mean_is_of_the_kind_of_its_parts():
    """Of several types, species or recordings it is composite or mixed; who is compared is both."""
    rows = seed("benchmarks")
    for row in rows:
        assert bool(row["species"]) == bool(row["acquisition"]), row["benchmark_id"]
        assert row["species"] or row["modality"] != "neural", row["benchmark_id"]
        parts = [r for r in rows if r["parent_benchmark_id"] == row["benchmark_id"]]
        several = {"metric_type": "composite", "species": "mixed", "acquisition": "mixed"}
        for column, word in several.items():
            kinds = {part[column] for part in parts} - {""} or {row[column]}
            expected = kinds.pop() if len(kinds) == 1 else word
            assert row[column] == expected, (row["benchmark_id"], column)


def test_decisions_have_their_reasons():
    """A flipped direction says why; a reviewed link its rule, its evidence and how sure we are."""
    for row in seed("benchmarks"):
        assert row["direction"] in {"higher", "lower"}, row["benchmark_id"]
        assert row["direction"] == "higher" or row["direction_reason"], row["benchmark_id"]
    for row in seed("model_links"):
        assert row["rule"] and row["evidence"], row
        assert row["confidence"] in {"exact_weights", "same_recipe", "same_architecture", "guess"}


def test_every_citation_has_an_entry():
    """Keys of sources and benchmarks stand in docs/references.bib."""
    keys = set(re.findall(r"^@\w+\{([^,\s]+),", settings.REFERENCES.read_text(), re.MULTILINE))
    cited = {
        k.strip() for row in seed("benchmarks") for k in row["citation"].split(",") if k.strip()
    }
    cited |= {key for source in load_registry().values() for key in source.citation_keys}
    assert cited - keys == set()
