"""``aw build``, ``aw check``, ``aw docs``: files to a tested warehouse."""

from contextlib import nullcontext

import click
import duckdb

from ingest import settings
from warehouse.cli.sources import fetch
from warehouse.cli.terminal import ERR, OUT, fail, print_table, put, told


@click.command()
@click.option("--fetch/--no-fetch", "do_fetch", default=True, help="Download missing files first.")
@click.option("--cold", is_flag=True, help="Make every table anew, whether it changed or not.")
@click.option("--ray", help="Compute kernels on Ray: local, or the address of a cluster.")
@click.pass_context
def build(context: click.Context, do_fetch: bool, cold: bool, ray: str | None) -> None:
    """Build the warehouse from the files that are here, test it, and publish it.

    Tables whose files and code have not changed are taken from the published warehouse.
    """
    from compute.cluster import connected
    from ingest.locate import PRESENT
    from ingest.registry import load_registry
    from warehouse import build as builder
    from warehouse.dbt_process import check_paths
    from warehouse.memo import check_cluster

    check_paths()
    with connected(ray) if ray else nullcontext() as cluster:
        if cluster:
            ray = cluster.get_runtime_context().gcs_address
            check_cluster()
        if do_fetch:
            try:
                context.invoke(fetch, names=())
            except SystemExit:
                OUT.print("Building from the files that are here.", style="yellow")
        try:
            report = builder.build(ERR, cold=cold, ray=ray)
        except (duckdb.Error, OSError) as error:
            fail(f"{told(error) or error}\nnothing was published; the warehouse is as it was")
    if report is None:
        OUT.print(f"Nothing has changed: {settings.WAREHOUSE} is what these files make.")
        return
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
        f"{len(present)} of {len(present) + len(report.absent)} sources, "
        f"{sum(r.n_rows for r in present):,} published rows, {report.n_models} models made, "
        f"{report.n_tests} tests passed, {report.n_kept} of both kept from before ({stages})"
    )
    own_results()
    agreement()
    OUT.print(f"warehouse  {settings.WAREHOUSE} ({settings.WAREHOUSE.stat().st_size / 1e6:.0f} MB)")
    OUT.print(
        'next       make app · aw query "select * from rpt_cohort_agreement" · aw export · '
        "aw sources",
    )


def own_results() -> None:
    """Say what this machine has computed, and what of it is not among the scores."""
    from warehouse import db

    with db.connect() as con:
        n_rows, n_scores, unscored = con.execute(
            "select count(*), count(benchmark_id), "
            "list(distinct name order by name) filter (where benchmark_id is null) from ("
            "select snapshot_id, benchmark_id, "
            "concat_ws('.', 'alignment', stimulus_set_id, target, metric) as name "
            "from fct_alignment union all select snapshot_id, benchmark_id, "
            "'probe.' || dataset_id || '.' || head || '.' || n_shots || '-shot' "
            "from fct_probe_results) where snapshot_id = 'own'"
        ).fetchall()[0]
    if not n_rows:
        return
    OUT.print(
        f"own        {n_rows:,} alignments and probes of this machine, {n_scores:,} of them scores"
    )
    if unscored:
        OUT.print(
            f"           no scores, as {len(unscored)} benchmarks have no row in "
            f"dbt_project/seeds/benchmarks.csv: {', '.join(unscored[:3])}"
            + (" …" if len(unscored) > 3 else ""),
            style="yellow",
        )


def agreement() -> None:
    """Print the headline table."""
    from warehouse import db

    with db.connect() as con:
        rows = con.execute(
            "select cohort_id, mean_estimate, ci_low, ci_high, n_models, "
            "n_families, n_benchmarks, n_datasets, mean_neural_between_datasets, "
            "mean_behaviour_between_datasets, mean_between_modalities, mean_undoubted "
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
        "datasets",
    ]
    columns += ["neural", "behaviour", "across", "undoubted"]
    if rows:
        print_table(
            columns,
            rows,
            "Mean Spearman between benchmarks, with 95 % intervals over families of models and\n"
            "datasets of benchmarks together. Neural, behaviour, across: pairs of two neural, two\n"
            "behavioural and one of each, of different datasets. Undoubted: without benchmarks "
            'whose\npublished values are doubted (aw query "select * from dim_known_issues").',
        )


@click.command()
@click.option("--reproducible", is_flag=True, help="Build again and compare every table's content.")
def check(reproducible: bool) -> None:
    """Run dbt's unit tests; with --reproducible, compare two builds."""
    from warehouse import build as builder

    if not reproducible:
        OUT.print(f"{builder.unit_tests(ERR)} dbt unit tests passed.")
    elif differing := builder.differing_tables(ERR):
        fail("Two builds differ:\n" + "\n".join(f"  {t}: {d}" for t, d in differing.items()))
    else:
        OUT.print("Two builds of the same files have the same content in every table.")


@click.command()
def docs() -> None:
    """Write dbt's documentation of every table as one page, and say where it is."""
    from warehouse import build as builder

    put(builder.docs(ERR))
