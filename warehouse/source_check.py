"""Whether a registered source is fit to be built, asked in seconds and without a build.

Its files, its contract, its staging models and every list that it must stand in. dbt runs on a
project of its own that holds the source and nothing else: to read the whole one takes longer than
all that is asked here.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml
from rich.console import Console

from ingest import Explained, names_like, settings
from ingest.documents import entries, read_yaml
from ingest.load import IngestError, load
from ingest.locate import ABSENT, NONE, PRESENT, Located, locate_source, status_of
from ingest.registry import Source
from warehouse import db, vocabulary
from warehouse.dbt_process import BuildFailed, Dbt
from warehouse.papers.bibliography import cited_entries
from warehouse.source import cohort_lines, namespace_problem, seed_rows

OF_TRIALS = {"folder", "observer_id", "published_condition", "trial"}
UNIONS = {
    "core/int_scores_unioned.sql": {"benchmark_id", "state_evidence"},
    "trials/int_trials_unioned.sql": OF_TRIALS,
}
"""Where the staging models with these columns are listed."""

SEEDS = {"benchmark_id": "benchmarks", "snapshot_id": "snapshots"}
"""Where what stands in these columns is declared."""


@dataclass(frozen=True)
class Check:
    """What was asked of a source and found; ``fix`` says what to do where it is not right."""

    source_id: str
    asked: str
    found: str
    fix: str = ""


def check_sources(registry: Mapping[str, Source], names: Iterable[str]) -> Iterator[Check]:
    """Ask all there is to ask of some sources, what is quick first.

    Parameters
    ----------
    registry : mapping of str to Source
        As :func:`ingest.registry.load_registry` gives it.
    names : iterable of str
        Keys of it.

    Yields
    ------
    Check
        One per question, as soon as it is answered.
    """
    sources = [registry[name] for name in names]
    located = {source.source_id: locate_source(source) for source in sources}
    settings.BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.BUILD, prefix="source_check_") as folder:
        path, readable = Path(folder) / "check.duckdb", {}
        for source in sources:
            yield _files(source, located[source.source_id])
            content = _content(source, path, readable, located)
            yield content
            if not content.fix:
                readable[source.source_id] = source
            yield _citation(source)
            yield from _namespaces(source)
        yield _words()
        if readable:
            with db.write(path) as con:  # the last one may have been refused half way
                load(con, readable, located, {t.identifier for t in _tables(readable)})
            yield from _staged(readable, path)


def _tables(sources: Mapping[str, Source]) -> list:
    return [table for source in sources.values() for table in source.tables]


def _shown(path: Path) -> str:
    inside = path.is_relative_to(settings.ROOT)
    return (path.relative_to(settings.ROOT) if inside else path).as_posix()


def _files(source: Source, located: list[Located]) -> Check:
    """Each file is here and has the registered sha256."""
    of, status = (source.source_id, "files"), status_of(located)
    if status == NONE:
        return Check(*of, "none on this machine, and none is needed")
    if status == PRESENT:
        return Check(*of, f"{len(located)} here, each with its sha256")
    if status == ABSENT:
        lacking = [item.file.path for item in located if item.status == ABSENT]
        said = f"{len(lacking)} of {len(located)} are not here, first {lacking[0]}"
        if source.get:  # which is no fault of the source
            return Check(*of, f"{said}. A person has to: {source.get}")
        return Check(*of, said, f"aw fetch {source.source_id}")
    wrong = next(item for item in located if item.status not in (PRESENT, ABSENT))
    return Check(*of, wrong.difference, f"rm '{wrong.path}' && aw fetch {source.source_id}")


def _content(
    source: Source, path: Path, before: Mapping[str, Source], located: Mapping[str, list[Located]]
) -> Check:
    """Load it beside those before it: headers, and every value by its type and markers."""
    of = source.source_id, "header and values"
    kept = {table.identifier for table in _tables(before)}
    try:
        with db.write(path) as con:
            *_, report = load(con, {**before, source.source_id: source}, located, kept)
    except IngestError as error:
        problem, *rest = (line.strip() for line in str(error).splitlines())
        file, contract, *_ = (line.split(None, 1)[1] for line in rest)
        another = _files(source, located[source.source_id]).fix
        return Check(*of, f"{problem} ({file})", another or f"edit {contract}")
    if report.status != PRESENT:
        return Check(*of, "not read: there are no files")
    n_columns = sum(len(table.columns) for table in source.tables)
    return Check(*of, f"{n_columns} columns as declared, {report.n_rows:,} rows of their types")


def _citation(source: Source) -> Check:
    """Each key is an entry of docs/references.bib."""
    of, declared = (source.source_id, "citation"), _shown(source.tables[0].yaml_path)
    try:
        cited_entries(source.citation_keys)
    except Explained as error:
        return Check(*of, str(error), f"add the entry, or change the key in {declared}")
    return Check(*of, f"{', '.join(source.citation_keys)} in {_shown(settings.REFERENCES)}")


def _namespaces(source: Source) -> Iterator[Check]:
    """The names of its models are of a kind that is known."""
    named = {r["namespace"] for r in seed_rows("snapshots") if r["source_id"] == source.source_id}
    for namespace in sorted(named):
        problem = namespace_problem(namespace, source.source_id)
        fix = "edit its row of dbt_project/seeds/snapshots.csv" if problem else ""
        yield Check(source.source_id, "namespace", problem or namespace, fix)


def _words() -> Check:
    """The words of the seeds, of all sources: they stand in the same files."""
    try:
        vocabulary.check_seeds()
    except vocabulary.WordUnknown as error:
        line = str(error).split(": ", 1)[0]
        return Check("seeds", "words", str(error), f"write a word that is known at {line}")
    return Check("seeds", "words", "each column with a closed list holds words of it")


def _staged(sources: Mapping[str, Source], path: Path) -> Iterator[Check]:
    """Its staging models are made and tested, and what they hold is declared and listed."""
    whose = next(iter(sources)) if len(sources) == 1 else "all"
    project = project_of(sources, path.parent / "dbt_project")
    try:
        with Dbt(path, Console(quiet=True), project) as dbt:
            results = dbt("build", label="staging")
    except BuildFailed as error:
        lines = (line.strip() for line in str(error).splitlines()[1:-1])
        said = " ".join(line for line in lines if line and not line.startswith("rows: "))
        where = f"dbt_project/models/staging/{whose if len(sources) == 1 else ''}"
        yield Check(whose, "staging", said + _rows_that_fail(path), f"edit {where}")
        return
    n_tests = sum(not r["unique_id"].startswith(("model.", "seed.")) for r in results)
    yield Check(whose, "staging", f"{len(results) - n_tests} tables made, {n_tests} tests passed")
    with db.write(path) as con:
        for name, source in sources.items():
            if not source.private:  # no published number takes part of it
                yield from _listed(con, name, is_alone=len(sources) == 1)


def _rows_that_fail(path: Path) -> str:
    """The first row that each failed test has found."""
    said = []
    with db.write(path) as con:
        for (table,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'audit' order by all"
        ).fetchall():
            found = con.execute(f'select * from audit."{table}" limit 1')
            row = dict(zip((c[0] for c in found.description), found.fetchone() or (), strict=False))
            said += [f"; {table}: {', '.join(f'{k} {v}' for k, v in row.items())}"] * bool(row)
    return "".join(said)


def project_of(sources: Iterable[str], folder: Path) -> Path:
    """Write a dbt project of some sources: their staging models, the macros and two seeds.

    Parameters
    ----------
    sources : iterable of str
        Whose staging models.
    folder : Path
        Where; it is made.

    Returns
    -------
    Path
        The folder.
    """
    whole, seeds = settings.DBT_PROJECT, SEEDS.values()
    staging = folder / "models" / "staging"
    for name in (*sources, "ledger"):
        shutil.copytree(whole / "models" / "staging" / name, staging / name)
    shutil.copytree(whole / "macros", folder / "macros")
    shutil.copyfile(whole / "profiles.yml", folder / "profiles.yml")
    said = read_yaml(whole / "dbt_project.yml")
    said["models"]["alignment_warehouse"] = {
        "staging": said["models"]["alignment_warehouse"]["staging"]
    }
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(said), "utf-8")
    (folder / "seeds").mkdir()
    for seed in seeds:
        shutil.copyfile(whole / "seeds" / f"{seed}.csv", folder / "seeds" / f"{seed}.csv")
    mine = [s for s in entries(whole / "seeds" / "_seeds.yml", "seeds") if s["name"] in seeds]
    (folder / "seeds" / "_seeds.yml").write_text(yaml.safe_dump({"seeds": mine}), "utf-8")
    return folder


def _listed(con: duckdb.DuckDBPyConnection, source_id: str, *, is_alone: bool) -> Iterator[Check]:
    """Each staging model stands in the union of its kind, its benchmarks and states in seeds.

    Of a source that is asked for alone it is also said how a cohort takes it in.
    """
    models = con.execute(
        "select table_name, list(column_name) from duckdb_columns() "
        "where schema_name = 'staging' and starts_with(table_name, ?) group by all order by all",
        [f"stg_{source_id}__"],
    ).fetchall()
    dated: dict[str, list[str]] = {}
    for model, columns in models:
        for union, needed in UNIONS.items():
            path = settings.DBT_PROJECT / "models" / "intermediate" / union
            if needed <= {*columns}:
                is_in = f"'{model}'" in path.read_text("utf-8")
                fix = "" if is_in else f"add '{model}' to the list in {_shown(path)}"
                yield Check(
                    source_id, "union", f"{model} is{' not' * (not is_in)} in {path.stem}", fix
                )
        if {*SEEDS} <= {*columns}:
            for column, seed in SEEDS.items():
                yield _declared(con, source_id, model, column, seed)
            ids = ", ".join(SEEDS)
            for benchmark, snapshot in con.execute(
                f"select distinct {ids} from staging.{model} order by all"
            ).fetchall():
                dated.setdefault(snapshot, []).append(benchmark)
        if {*columns} >= OF_TRIALS:
            yield from placed(con, source_id, model)
    known = dated.keys() & {row["snapshot_id"] for row in seed_rows("snapshots")}
    if known:
        cohorts = [c["cohort_id"] for c in seed_rows("cohorts") if c["snapshot_id"] in known]
        said = f"in {', '.join(cohorts)}" if cohorts else "in none"
        if is_alone and not cohorts:
            said += ". To make one of all models with every benchmark:\n"
            said += cohort_lines(source_id, max(known), dated[max(known)])
        yield Check(source_id, "cohorts", said)


def _declared(
    con: duckdb.DuckDBPyConnection, source_id: str, model: str, column: str, seed: str
) -> Check:
    """What stands in a column of a staging model has a row of a seed."""
    path = f"dbt_project/seeds/{seed}.csv"
    rows = con.execute(f"select distinct {column} from staging.{model} order by all").fetchall()
    known = {row[column] for row in seed_rows(seed)}
    unknown = [str(name) for (name,) in rows if name not in known]
    if unknown:
        said = f"{path} has no row {unknown[0]!r}. {names_like(unknown[0], known)}"
        return Check(source_id, seed, said, f"add {len(unknown)} to it, or mend {model}.sql")
    return Check(source_id, seed, f"{len(rows)} of {model} in {path}")


def placed(con: duckdb.DuckDBPyConnection, source_id: str, model: str) -> Iterator[Check]:
    """Ask whether trials are of datasets and conditions that are known, and were counted.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where the schema ``staging`` is.
    source_id : str
        Whose trials.
    model : str
        Their staging model.

    Yields
    ------
    Check
        One per seed that must know them.
    """
    folders = [row for row in seed_rows("trial_folders") if row["source_id"] == source_id]
    unknown: dict[str, list[tuple[str, ...]]] = {}
    datasets = set()
    for folder, condition in con.execute(
        f"select distinct folder, published_condition from staging.{model} order by all"
    ).fetchall():
        of = [
            row["dataset_id"]
            for row in folders
            if row["folder"] == folder and condition.endswith(row["condition_suffix"])
        ]
        datasets.update((source_id, dataset) for dataset in of)
        wanted = [(dataset, condition) for dataset in of]
        if not of:
            unknown.setdefault("trial_folders", []).append((source_id, folder))
        elif missing := {*wanted} - _pairs("trial_conditions", "dataset_id", "published_condition"):
            unknown.setdefault("trial_conditions", []).extend(missing)
    counted = datasets - _pairs("expected_trials", "source_id", "dataset_id")
    unknown |= {"expected_trials": sorted(counted)} if counted else {}
    for seed in ("trial_folders", "trial_conditions", "expected_trials"):
        lacking = [" ".join(key) for key in dict.fromkeys(unknown.get(seed, ()))]
        path = f"dbt_project/seeds/{seed}.csv"
        if lacking:
            found, fix = f"{path} lacks {', '.join(lacking)}", f"add {len(lacking)} to {path}"
            yield Check(source_id, seed, found, fix)
        else:
            yield Check(source_id, seed, f"{path} has all of {model}")


def _pairs(seed: str, one: str, other: str) -> set[tuple[str, str]]:
    return {(row[one], row[other]) for row in seed_rows(seed)}
