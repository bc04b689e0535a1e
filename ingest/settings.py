"""Where things are. The only place that reads the environment."""

import os
from pathlib import Path

from ingest import Explained

ROOT = Path(__file__).resolve().parent.parent


class NoFolder(Explained):
    """A path begins in the folder where the command runs, and that has been deleted."""


def _path(variable: str, default: Path | None) -> Path | None:
    value = os.environ.get(variable)
    if not value:
        return default
    try:
        # what cannot be followed (a loop of links, an unknown ~user) is left, for whoever opens it
        return Path(os.path.realpath(os.path.expanduser(value)))  # noqa: PTH111
    except FileNotFoundError as error:
        raise NoFolder(
            f"{variable}: {value} is relative to a folder that has been deleted. "
            "Begin it with /, or go to a folder that is there"
        ) from error


WAREHOUSE = _path("AW_WAREHOUSE", ROOT / "warehouse.duckdb")
"""The published file; readers open this one."""

DATA = _path("AW_DATA", ROOT / "data")
"""Files fetched from their public URL, one folder per source."""

MIRROR = _path("AW_MIRROR", None)
"""An optional folder with the layout of DATA, looked in before the network."""

BUILD = _path("AW_BUILD", ROOT / "build")
"""Work in progress. Must lie on the filesystem of WAREHOUSE, so that publishing is a rename."""

MEMO = _path("AW_MEMO", BUILD / "memo")
"""Results of slow kernels under the hash of what they depend on; may be deleted at any time."""

RAY = os.environ.get("AW_RAY")
"""Address of the Ray cluster where dbt computes kernels, as ``aw build --ray`` tells it."""

EXPORTS = _path("AW_EXPORTS", ROOT / "exports")
DBT_PROJECT = ROOT / "dbt_project"
STAGING = DBT_PROJECT / "models" / "staging"
"""The dbt source YAML files here are the source registry."""

REFERENCES = ROOT / "docs" / "references.bib"
