"""The command line: ``aw``."""

import click

from warehouse.cli.ask import export, panel, query, rank, targets
from warehouse.cli.build import build, check, docs
from warehouse.cli.compute import compute
from warehouse.cli.sources import fetch, source, sources
from warehouse.cli.terminal import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="alignment-warehouse")
def main() -> None:
    """Build and query a warehouse of how human-like vision models are said to be."""


for command in (
    *(sources, source, fetch, build, check, docs),
    *(query, rank, panel, targets, export, compute),
):
    main.add_command(command)
