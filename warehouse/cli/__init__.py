"""The command line: ``aw``."""

import signal
import sys
import threading

from ingest import Explained

# Ctrl-C while modules are imported ends the command without a traceback.
in_main = threading.current_thread() is threading.main_thread()
raises = in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
if raises:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
try:
    import click

    from warehouse.cli.ask import export, measure_next, multiverse, panel, query, rank, targets
    from warehouse.cli.build import build, check, docs
    from warehouse.cli.compute import compute
    from warehouse.cli.own import add, remove
    from warehouse.cli.release import release
    from warehouse.cli.sources import fetch, source, sources
    from warehouse.cli.tables import tables
    from warehouse.cli.terminal import Commands
except Explained as error:  # the settings cannot be read
    sys.exit(str(error))
finally:
    if raises:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="alignment-warehouse")
def main() -> None:
    """Build and query a warehouse of how human-like vision models are said to be."""


COMMANDS = (
    sources,
    source,
    fetch,
    add,
    remove,
    build,
    check,
    docs,
    query,
    tables,
    rank,
    measure_next,
    panel,
    targets,
    multiverse,
    export,
    release,
    compute,
)
for command in COMMANDS:
    main.add_command(command)
