"""``aw release``: the part of the warehouse that may be passed on, as a folder."""

import time
from pathlib import Path

import click

from warehouse.cli.terminal import ERR, OUT, print_table, put


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    show_default="exports",
    help="Folder to write it into.",
)
@click.option(
    "--partitioned", is_flag=True, help="Large tables as folders, a Parquet file for each part."
)
def release(output: Path | None, partitioned: bool) -> None:
    """Write the part of the warehouse that licences permit passing on, ready to publish.

    Rows of sources whose licence does not permit it, and private rows, are left out and counted.
    What this project computed (correlations, ranks) stays. See docs/release.md.
    """
    from warehouse.build import docs
    from warehouse.dbt_process import check_paths
    from warehouse.release import release as write

    check_paths()  # dbt comes last
    start = time.perf_counter()
    made = write(ERR, lambda: docs(ERR), output, partitioned=partitioned)
    cut = [m for m in made.marts if m.n_left_out]
    heads = ["table", "rows", "left out", "of them private", "rows that are released"]
    rows = [(m.name, m.n_rows, m.n_left_out, m.n_private, m.rule) for m in cut]
    print_table(heads, rows, "Tables of which rows were left out")
    n_rows, n_left_out = (sum(getattr(m, n) for m in made.marts) for n in ("n_rows", "n_left_out"))
    for is_open, said in ((True, "in the release"), (False, "left out")):
        named = [s["source_id"] for s in made.sources if s["is_open"] == is_open]
        OUT.print(f"{len(named)} sources {said}: {', '.join(named)}", highlight=False)
    OUT.print(
        f"{n_rows:,} rows in {len(made.marts)} tables, {n_left_out:,} left out "
        f"({made.n_private:,} of them private), "
        f"{made.n_bytes / 1e6:.0f} MB, {time.perf_counter() - start:.0f} s"
    )
    put(made.folder)
