"""The command line: ``aw``."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

import click
import duckdb
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from ingest import settings
from warehouse.cli.compute import compute
from warehouse.cli.terminal import ERR, OUT, print_table
from warehouse.cli.terminal import fail as _fail
from warehouse.cli.terminal import shown as _shown


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="alignment-warehouse")
def main() -> None:
    """Build and query a warehouse of how human-like vision models are said to be."""


@main.command()
@click.option("--check", is_flag=True, help="Exit with 1 unless every source is present.")
def sources(check: bool) -> None:
    """List the registered sources with their state here."""
    from ingest.locate import DIFFERS, PRESENT, locate_source, status_of
    from ingest.registry import RegistryError, load_registry

    try:
        registry = load_registry()
    except RegistryError as error:
        _fail(str(error))
    n_rows = _rows_by_source()
    rows, statuses = [], []
    for source in registry.values():
        located = locate_source(source)
        status = status_of(located)
        statuses.append(status)
        n_present = sum(item.status == PRESENT for item in located)
        rows.append(
            (
                source.source_id,
                status if n_present in (0, len(located)) else f"{status} ({n_present} here)",
                len(located),
                n_rows.get(source.source_id),
                source.licence,
                source.citation,
            )
        )
    print_table(["source", "status", "files", "rows loaded", "licence", "cite"], rows)
    OUT.print(
        "Rows are those of the published warehouse. Absent: aw fetch. BibTeX: docs/references.bib.",
        style="dim",
    )
    if DIFFERS in statuses:
        _fail("A file differs from the registered one: aw build says which and how.")
    if check and set(statuses) != {PRESENT}:
        sys.exit(1)


def _rows_by_source() -> dict[str, int]:
    from warehouse import db

    if not settings.WAREHOUSE.is_file():
        return {}
    with db.connect() as con:
        return dict(con.execute("select source_id, n_rows from dim_sources").fetchall())


@main.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
def fetch(names: tuple[str, ...]) -> None:
    """Download what is missing, from the registered URLs, checked by sha256.

    A file that is here already, or in the folder AW_MIRROR, is not downloaded. Stimulus sets and
    datasets (aw compute list) are fetched by name alone.
    """
    import requests

    from compute.measure.sets import StimulusError, files_to_fetch, load_records
    from ingest.fetch import Fetcher
    from ingest.locate import PRESENT, locate
    from ingest.registry import load_registry

    registry = load_registry()
    stimuli = load_records()
    unknown = [n for n in names if n not in registry and n not in stimuli]
    if unknown:
        _fail(f"no source {', '.join(unknown)}. Known: {', '.join([*registry, *stimuli])}")
    try:
        wanted = {
            name: registry[name].files if name in registry else files_to_fetch(stimuli[name])
            for name in names or registry
        }
    except StimulusError as error:
        _fail(str(error))
    missing = [
        (name, file)
        for name, files in wanted.items()
        for file in files
        if locate(file).status != PRESENT
    ]
    n_files = sum(len(files) for files in wanted.values())
    if not missing:
        OUT.print(f"All {n_files} files of {len(wanted)} sources are here.")
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    failures: list[str] = []
    n_fetched = 0
    with Progress(*columns, console=ERR, transient=True) as progress:
        task = progress.add_task("fetch", total=sum(f.bytes for _, f in missing))
        fetcher = Fetcher(on_bytes=lambda n: progress.advance(task, n))
        for name, file in missing:
            progress.update(task, description=name)
            try:
                located = fetcher.fetch(file)
            except requests.RequestException as error:
                failures.append(f"{name}: {file.path}: {error}")
                continue
            if located.status == PRESENT:
                n_fetched += 1
            elif located.found_sha256:
                failures.append(
                    f"{name}: {file.path}: what {file.url} sends is not the "
                    f"registered file (sha256 {located.found_sha256[:12]}…, expected "
                    f"{file.sha256[:12]}…); it was thrown away"
                )
    OUT.print(f"{n_fetched} of {len(missing)} missing files fetched.")
    for host, reason in fetcher.unreachable.items():
        OUT.print(
            f"{host} cannot be reached ({reason}); given up for this run. A folder with the "
            "same files can be named in AW_MIRROR.",
            style="yellow",
        )
    for failure in failures:
        OUT.print(failure, style="yellow", markup=False)
    if failures:
        sys.exit(1)


@main.command()
@click.option("--fetch/--no-fetch", "do_fetch", default=True, help="Download missing files first.")
@click.pass_context
def build(context: click.Context, do_fetch: bool) -> None:
    """Build the warehouse from the files that are here, test it, and publish it."""
    from ingest.load import IngestError
    from ingest.locate import PRESENT
    from ingest.registry import RegistryError, load_registry
    from warehouse import build as builder
    from warehouse import db

    if do_fetch:
        try:
            context.invoke(fetch, names=())
        except SystemExit:
            OUT.print("Building from the files that are here.", style="yellow")
    try:
        report = builder.build(ERR)
    except (IngestError, RegistryError, builder.BuildFailed, db.BuildRunning) as error:
        _fail(str(error))
    except (duckdb.Error, OSError) as error:
        _fail(f"{error}\nnothing was published; the warehouse is as it was")
    present = [r for r in report.loads if r.status == PRESENT]
    own = {s.source_id for s in load_registry().values() if s.is_carried}
    if all(r.source_id in own for r in present):
        OUT.print(
            "No published source is here: the warehouse holds what the project carries, no more.",
            style="bold yellow",
        )
    for skipped in report.absent:
        OUT.print(
            f"absent   {skipped.source_id} ({skipped.n_files_present} of {skipped.n_files} files "
            f"here): its tables are empty. aw fetch {skipped.source_id}",
            style="yellow",
        )
    stages = ", ".join(f"{name} {s:.1f} s" for name, s in report.seconds.items())
    OUT.print(
        f"{len(present)} of {len(report.loads)} sources, "
        f"{sum(r.n_rows for r in present):,} published rows, {report.n_models} models, "
        f"{report.n_tests} tests passed ({stages})"
    )
    agreement()
    OUT.print(f"warehouse  {settings.WAREHOUSE} ({settings.WAREHOUSE.stat().st_size / 1e6:.0f} MB)")
    OUT.print(
        'next       make app · aw query "select * from rpt_cohort_agreement" · aw export · '
        "aw sources",
        markup=False,
    )


def agreement() -> None:
    """Print the headline table."""
    from warehouse import db

    with db.connect() as con:
        rows = con.execute(
            "select cohort_id, mean_estimate, family_boot_low, family_boot_high, n_models, "
            "n_families, n_benchmarks, mean_within_neural, mean_within_behaviour, "
            "mean_between_modalities "
            "from rpt_cohort_agreement where method = 'spearman' order by cohort_id"
        ).fetchall()
    columns = [
        "cohort",
        "mean ρ",
        "95 % low",
        "high",
        "models",
        "families",
        "benchmarks",
        "neural",
        "behaviour",
        "across",
    ]
    if rows:
        print_table(
            columns,
            rows,
            "Mean Spearman between benchmarks, with 95 % intervals over architecture families.\n"
            "Brain-Score cohorts with both modalities, 2020 to 2025, overlap; neural only, "
            "behaviour only\nand scaling_all lie apart from one another.",
        )


@main.command()
@click.option("--reproducible", is_flag=True, help="Build again and compare every table's content.")
def check(reproducible: bool) -> None:
    """Run dbt's unit tests; with --reproducible, compare two builds."""
    from warehouse import build as builder
    from warehouse import db

    try:
        if reproducible:
            differing = builder.differing_tables(ERR)
            if differing:
                _fail(
                    "Two builds differ:\n" + "\n".join(f"  {t}: {d}" for t, d in differing.items())
                )
            OUT.print("Two builds of the same files have the same content in every table.")
            return
        n_tests = builder.unit_tests(ERR)
        OUT.print(f"{n_tests} dbt unit tests passed.")
    except (builder.BuildFailed, db.BuildRunning, db.WarehouseMissing) as error:
        _fail(str(error))


@main.command()
def docs() -> None:
    """Write dbt's documentation of every table as one page, and say where it is."""
    from warehouse import build as builder
    from warehouse import db

    try:
        click.echo(builder.docs(ERR))
    except (builder.BuildFailed, db.BuildRunning, db.WarehouseMissing) as error:
        _fail(str(error))


@main.command()
@click.argument("name", required=False, metavar="[NAME|all]")
@click.option(
    *("--cohort", "--dataset", "--snapshot", "--model", "--benchmark", "of"),
    help="What the export is of: a cohort, dataset of trials, snapshot, model or benchmark.",
)
@click.option("--level", help="Level of the scores, where the export has several.")
@click.option("--method", help="Method of the correlations, where the export has several.")
@click.option("--stimulus-set-id", help="Images of an alignment, where the export has several.")
@click.option("--alignment", "alignment_id", help="Benchmark in the place of alignment.")
@click.option("--property", "property_id", help="Benchmark in the place of the property.")
@click.option("--covariate", help="What is held fixed: none or imagenet_top1.")
@click.option("--transform", help="What is correlated: raw or z2.")
@click.option("--modality", help="Modality of the benchmarks, where the export has several.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Folder.")
def export(name: str | None, of: str | None, output: Path | None, **options: str | None) -> None:
    """Write a figure with its data, table, provenance and BibTeX; without NAME list them."""
    from warehouse import db
    from warehouse.papers import export as exporter

    if name is None:
        rows = [(e.name, e.title, e.description) for e in exporter.EXPORTS.values()]
        print_table(["export", "title", "what it holds"], rows)
        return
    given = {k: v for k, v in options.items() if v is not None}
    if name == "all" and (of or given):
        _fail("all exports together are made with their own cohorts, datasets and choices")
    for each in exporter.EXPORTS if name == "all" else [name]:
        try:
            written = exporter.export(each, of, folder=output, **given)
        except (exporter.ExportError, db.WarehouseMissing) as error:
            _fail(str(error))
        if of is None and name != "all":
            made = exporter.EXPORTS[name]
            click.echo(f"of {made.default}; another one: --{made.scope.noun} …", err=True)
        for path in written:
            click.echo(path)


FORMATS = ("table", "csv", "json", "parquet", "markdown")


@main.command()
@click.argument("sql", metavar="SQL|FILE.sql")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@click.option("--files", is_flag=True, help="Let the SQL read files of yours.")
@click.option("--database", type=click.Path(path_type=Path), help="Another DuckDB file.")
def query(sql: str, form: str, output: Path | None, files: bool, database: Path | None) -> None:
    """Run one read-only SQL statement; marts are on the search path.

    Without --files nothing but the warehouse can be reached.
    """
    from warehouse import db

    if sql.endswith(".sql"):
        path = Path(sql)
        if not path.is_file():
            _fail(f"{path}: no such file")
        sql = path.read_text()
    if form == "parquet" and output is None:
        _fail("parquet is not for a terminal: add --output FILE.parquet")
    try:
        with db.connect(database, files=files) as con:
            statements = con.extract_statements(sql)
            if len(statements) != 1:
                _fail(f"one statement at a time, please; this text holds {len(statements)}")
            result = con.execute(statements[0]).to_arrow_table()
    except (duckdb.Error, db.WarehouseMissing) as error:
        hint = ""
        if "external access" in str(error) or "disabled by configuration" in str(error):
            hint = "\nTo read a file of your own: aw query --files …"
        _fail(f"{error}{hint}")
    _write(result, form, output)


TARGET_COLUMNS = "target_id, artefact, quantity, kind, printed, ours, status, reason"


@main.command()
@click.option("--paper", type=click.Choice(["001", "002", "geirhos2021"]), help="One paper only.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
def targets(paper: str | None, form: str, output: Path | None) -> None:
    """List every number printed in the papers beside ours.

    Results could have come out otherwise; settings are thresholds, sizes and definitions that were
    taken over or assembled to match, so they cannot fail and are counted apart.

    The files (csv, json, parquet) also hold the reading and the SQL that yields each number.
    """
    from warehouse import db

    if form == "parquet" and output is None:
        _fail("parquet is not for a terminal: add --output FILE.parquet")
    is_table = form == "table" and output is None
    columns = TARGET_COLUMNS if is_table else "*"
    try:
        with db.connect() as con:
            result = con.execute(
                f"select {columns} from rpt_paper_targets "
                "where paper = coalesce(?, paper) order by paper, target_id",
                [paper],
            ).to_arrow_table()
            counted = con.execute(
                "select if(kind = 'setting', 'settings', 'results') as part, status, count(*), "
                "count(*) filter (where is_post_hoc) from rpt_paper_targets "
                "where paper = coalesce(?, paper) group by all order by all",
                [paper],
            ).fetchall()
    except (duckdb.Error, db.WarehouseMissing) as error:
        _fail(str(error))
    _write(result, form, output)
    if is_table:
        for part in ("results", "settings"):
            counts = [
                f"{n} {status}" + (f" ({n_post_hoc} by a reading chosen after)" * bool(n_post_hoc))
                for of, status, n, n_post_hoc in counted
                if of == part
            ]
            if counts:
                OUT.print(f"{part}: {', '.join(counts)}", style="dim")


@main.command()
@click.option("--cohort", required=True, help="A cohort, as in dim_cohorts.")
@click.option(
    "--level", type=click.Choice(("leaf", "region", "modality")), default="leaf", show_default=True
)
@click.option(
    "--scheme", "schemes", multiple=True, default=("arithmetic_mean",), show_default=True,
    help="Way of averaging; may be repeated; all for the nine.",
)  # fmt: skip
@click.option("--benchmarks", default="*", help="Ids or globs, separated by commas.")
@click.option("--models", default="*", help="Names, model ids or globs, separated by commas.")
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True)
@click.option(
    "--resamples", type=click.IntRange(0, 10_000), default=1000, show_default=True,
    help="Bootstrap resamples; 0 for none.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
def rank(
    cohort: str,
    level: str,
    schemes: tuple[str, ...],
    benchmarks: str,
    models: str,
    top: int,
    resamples: int,
    form: str,
    output: Path | None,
) -> None:
    """Rank models of a cohort again, on the benchmarks and models you choose.

    The intervals are 95 % bootstrap intervals of the rank: over benchmarks, and over the models
    that it is compared with. Models of one tie group cannot be told from its first.
    """
    from compute.stats.aggregation import SCHEMES
    from warehouse import db
    from warehouse.rank import NothingToRank, ranked

    if form == "parquet" and output is None:
        _fail("parquet is not for a terminal: add --output FILE.parquet")
    wanted = tuple(SCHEMES) if "all" in schemes else schemes
    try:
        ranking = ranked(cohort, level, wanted, benchmarks.split(","), models.split(","), resamples)
    except (NothingToRank, ValueError, db.WarehouseMissing) as error:
        _fail(str(error))
    best = {s: (ranking["scheme"] == s).nonzero()[0][:top] for s in wanted}
    if form != "table" or output:
        import pyarrow

        rows = [i for places in best.values() for i in places]
        columns = {
            name: pyarrow.array(values[rows], from_pandas=True) for name, values in ranking.items()
        }
        _write(pyarrow.table(columns), form, output)
        return
    names = ["source_model_name", "score", "score_rank", "rank_low_benchmarks"]
    names += ["rank_high_benchmarks", "rank_low_models", "rank_high_models", "tie_group"]
    headings = ["model", "score", "rank", "benchmarks low", "high", "models low", "high", "group"]
    if len(wanted) > 1 or wanted != ("arithmetic_mean",):
        names, headings = [*names, "rank_shift"], [*headings, "shift"]
    for scheme, places in best.items():
        columns = [
            [None if v != v else int(v) if name == "tie_group" else v for v in values.tolist()]
            for name, values in ((name, ranking[name][places]) for name in names)
        ]
        n_models = ranking["n_models"][places[0]]
        title = f"{SCHEMES[scheme].title}: {cohort}, {level}, {n_models} models"
        print_table(headings, list(zip(*columns, strict=True)), title)


def _plain(value):
    """DuckDB's decimals and huge integers as ordinary numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _write(result, form: str, output: Path | None) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    names = [
        name if i == result.column_names.index(name) else f"{name}_{i + 1}"
        for i, name in enumerate(result.column_names)
    ]
    result = result.rename_columns(names)
    rows = list(zip(*([_plain(v) for v in c.to_pylist()] for c in result.columns), strict=True))
    if form == "parquet":
        pyarrow.parquet.write_table(result, output)
        return
    if form == "csv":
        sink = pyarrow.BufferOutputStream()
        pyarrow.csv.write_csv(result, sink)
        text = sink.getvalue().to_pybytes().decode()
    elif form == "json":
        records = [dict(zip(names, row, strict=True)) for row in rows]
        text = json.dumps(records, default=str, ensure_ascii=False, indent=1) + "\n"
    elif form == "markdown":
        lines = [names, ["---"] * len(names), *([_shown(v) for v in row] for row in rows)]
        text = "".join("| " + " | ".join(line) + " |\n" for line in lines)
    elif output is None:
        print_table(names, rows)
        return
    else:
        _fail("a table is for the terminal: choose another --format for a file")
    if output:
        output.write_text(text)
    else:
        click.echo(text, nl=False)


main.add_command(compute)

if __name__ == "__main__":
    main()
