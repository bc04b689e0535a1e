"""``aw sources``, ``aw fetch``: what is registered, what is here, and how to get the rest."""

import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from ingest import names_like, settings
from warehouse.cli.terminal import ERR, OUT, fail, print_table, put, told

if TYPE_CHECKING:
    from ingest.locate import Located
    from ingest.registry import Source, SourceFile


@click.command()
@click.option(
    "--check", is_flag=True, help="Exit with 1 unless all are present that aw fetch brings."
)
def sources(check: bool) -> None:
    """List the registered sources with their state here.

    A file is present when it has the registered sha256. "Not read" is one that the published
    warehouse was not built from, or by another contract: aw source check reads it.
    """
    from ingest.locate import DIFFERS, NONE, PRESENT, locate_source, status_of
    from ingest.registry import load_registry

    registry = load_registry()
    read = _read_by_source()
    rows, statuses, needed = [], [], set()
    for source in registry.values():
        located = locate_source(source)
        status = status_of(located)
        statuses.append(status)
        needed.update([] if source.get else [status])
        n_present = sum(item.status == PRESENT for item in located)
        loads, n_rows = read.get(source.source_id, (set(), None))
        if status == PRESENT and not _reads(source, located) <= loads:
            status += ", not read"
        rows.append(
            (
                source.source_id,
                status if n_present in (0, len(located)) else f"{status} ({n_present} here)",
                len(located),
                n_rows,
                source.licence,
                source.citation,
            )
        )
    print_table(["source", "status", "files", "rows loaded", "licence", "cite"], rows)
    OUT.print(
        "Status: of the files in data/ and AW_MIRROR, by sha256. Rows: those of the published "
        "warehouse. Not read by it as declared now: aw source check SOURCE. Absent: aw fetch "
        "SOURCE. BibTeX: docs/references.bib.",
        style="dim",
    )
    if DIFFERS in statuses:
        fail("A file differs from the registered one: aw build says which and how.")
    if check and not needed <= {PRESENT, NONE}:
        fail("Not all files are here that aw fetch brings: aw fetch")


def _reads(source: "Source", located: "list[Located]") -> set[tuple[str, str]]:
    """The files of a source, each with the contract it would be read by now."""
    return {
        (item.file.load_id, table.contract_hash)
        for table in source.tables
        for item in located
        if table.holds(item.file.path)
    }


def _read_by_source() -> dict[str, tuple[set[tuple[str, str]], int]]:
    """What the published warehouse was built from: files with their contracts, and rows."""
    from warehouse import db

    if not settings.WAREHOUSE.exists():
        return {}
    with db.connect() as con:
        rows = con.execute(
            "select source_id, list((load_id, contract_hash)), sum(n_rows)::bigint "
            "from dim_files group by all"
        ).fetchall()
    return {name: (set(loads), n_rows) for name, loads, n_rows in rows}


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
def fetch(names: tuple[str, ...]) -> None:
    """Download what is missing, from the registered URLs, checked by sha256.

    A file that is here already, or in the folder AW_MIRROR, is not downloaded; what is in the place
    of one and has other content is kept beside it, as NAME.was-CHECKSUM. Stimulus sets, datasets
    and published weights (aw compute list) are fetched by name alone. Of files that a person has to
    place it is said where and how.
    """
    from compute.measure.sets.records import files_to_fetch, load_records
    from compute.measure.sets.stimuli import StimulusError
    from compute.measure.weights import load_weights
    from ingest.fetch import Fetcher, FetchError
    from ingest.locate import PRESENT, locate
    from ingest.registry import load_registry

    registry = load_registry()
    stimuli = load_records()
    weights = {n: w for n, w in load_weights().items() if w.weights_source == "published"}
    known = [*registry, *stimuli, *weights]
    if unknown := [name for name in names if name not in known]:
        fail("\n".join(f"no source {name!r}. {names_like(name, known)}" for name in unknown))
    wanted: dict[str, tuple[str, SourceFile]] = {}
    failures: list[str] = []
    fetched: set[str] = set()
    for name in dict.fromkeys(names or [n for n, source in registry.items() if not source.get]):
        try:
            get = None
            if name in registry:
                files, get = registry[name].files, registry[name].get
            elif name in weights:
                files = (weights[name].as_file,)
            else:
                files = files_to_fetch(stimuli[name])
        except StimulusError as error:
            failures.append(str(error))
        else:
            if get and any(locate(file).status != PRESENT for file in files):
                failures.append(f"{name} is not downloaded by itself: {get}")
                continue
            wanted = {file.path: (name, file) for file in files} | wanted
    missing = [(name, file) for name, file in wanted.values() if locate(file).status != PRESENT]
    columns = (TextColumn("{task.description}", markup=False), BarColumn())
    columns += (DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=ERR, transient=True) as progress:
        task = progress.add_task("fetch", total=sum(f.bytes for _, f in missing))
        fetcher = Fetcher(on_bytes=lambda n: progress.advance(task, n))
        for name, file in missing:
            progress.update(task, description=name)
            try:
                located = fetcher.fetch(file)
            except (FetchError, OSError) as error:  # OSError: of the network, or of the disk
                failures.append(f"{name}: {file.path}: {told(error)}")
                continue
            if located.status == PRESENT:
                fetched.add(file.path)
            elif located.found_sha256:
                failures.append(
                    f"{name}: {file.path}: what {file.url} sends is not the "
                    f"registered file (sha256 {located.found_sha256[:12]}…, expected "
                    f"{file.sha256[:12]}…); it was thrown away"
                )
    for path, aside in fetcher.aside.items():
        OUT.print(f"{path} was not the registered file; it is {aside.name} now", soft_wrap=True)
    for host, reason in fetcher.unreachable.items():
        failures.append(
            f"{host} cannot be reached ({reason}); given up for this run. A folder with the "
            "same files can be named in AW_MIRROR."
        )
    lacking = Counter(name for name, file in missing if file.path not in fetched)
    of_each = Counter(name for name, _ in wanted.values())
    failures += [f"{name}: {n} of {of_each[name]} files are missing" for name, n in lacking.items()]
    if missing:
        OUT.print(f"{len(fetched)} of {len(missing)} missing files fetched.")
    if not failures:
        n_sources = len(set(names or registry))
        OUT.print(
            f"All {len(wanted)} files of {n_sources} sources are here, by their sha256. "
            "Whether they hold what is declared: aw source check"
        )
        return
    for failure in failures:
        OUT.print(failure, style="yellow", soft_wrap=True)
    sys.exit(1)


@click.group()
def source() -> None:
    """Add a published source, or check one."""


@source.command("new")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", required=True, help="Its id: lower-case letters, digits, underscores.")
@click.option("--title", required=True, help="For people.")
@click.option("--url", required=True, help="Where exactly this file is published.")
@click.option("--commit", default="", help="Commit or release; that in the URL by default.")
@click.option("--licence", default="none stated", show_default=True)
@click.option("--citation", required=True, help="Keys in docs/references.bib.")
@click.option("--date", required=True, help="Date of the published state, as 2026-11-20.")
@click.option(
    "--namespace", required=True,
    help="Whose names the models have (CONTRIBUTING.md): timm, brainscore … or as --name.",
)  # fmt: skip
@click.option(
    "--modality", required=True, type=click.Choice(("neural", "behavioural", "engineering"))
)
@click.option(
    "--metric-type", required=True,
    help="How a model is compared: rsa, pls, accuracy …, as in dim_benchmarks.metric_type.",
)  # fmt: skip
@click.option("--species", default="", help="Whom with: human, macaque; nobody by default.")
@click.option("--acquisition", default="", help="fmri, single_unit, electrode_array, behaviour.")
@click.option("--direction", type=click.Choice(("higher", "lower")), default="higher")
@click.option("--unit", default="fraction", show_default=True)
@click.option("--model", help="Column of model names; the first column of text by default.")
@click.option("--score", "scores", multiple=True, help="Column of scores; by default all numbers.")
def new(file: Path, model: str | None, scores: tuple[str, ...], name: str, **about: str) -> None:
    """Write contract, staging model and seed rows for a CSV file of scores, for review."""
    from warehouse.source import About, new_source

    written = new_source(file, About(source_id=name, **about), model, scores)
    for path in written:
        put(path)
    changed = map(shlex.quote, map(str, written[2:]))
    put(
        "Review each: descriptions, region and dataset of the benchmarks, the reason of a "
        f"direction. Then: aw source check {name}, which says how a cohort takes it in; aw build\n"
        "Undo, if nothing else was changed in these files: "
        f"git checkout -- {' '.join(changed)} && rm -r {shlex.quote(str(written[0].parent))}",
        err=True,
    )


@source.command("check")
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
def check_source(names: tuple[str, ...]) -> None:
    """Ask in seconds, without a build, whether a source is fit to be built; without names all.

    Files, headers and values, citation, namespace, staging models with their tests, the words of
    the seeds, and the lists that the source must stand in.
    """
    from ingest.registry import load_registry
    from warehouse.source_check import check_sources

    registry = load_registry()
    if unknown := [name for name in names if name not in registry]:
        fail("\n".join(f"no source {name!r}. {names_like(name, registry)}" for name in unknown))
    asked = dict.fromkeys(names or registry)
    wrong = []
    for check in check_sources(registry, asked):
        mark, style = ("✗", "red") if check.fix else ("✓", None)
        line = f"{mark} {check.source_id}: {check.asked}: {check.found}"
        OUT.print(line, style=style, highlight=False, soft_wrap=True)
        wrong += [check] * bool(check.fix)
    if wrong:
        fixes = "; ".join(dict.fromkeys(check.fix for check in wrong))
        fail(f"{len(wrong)} to mend: {fixes}")
    OUT.print(f"Fit to be built, {len(asked)} of {len(asked)} sources. Next: aw build")
