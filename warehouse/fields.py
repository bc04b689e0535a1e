"""Label, number format and help of a column of a mart, as its YAML says them.

A column's own ``config: {meta: {label: …, format: …}}`` comes first. Names that mean the same in
every mart have theirs under ``vars: fields:`` in ``dbt_project.yml``. For the rest the label is the
name in words (``n_models``: Models, ``snapshot_id``: Snapshot), and the format follows the type.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part
from functools import cache
from pathlib import Path

from ingest import settings
from ingest.documents import entries, read_yaml

FORMATS = {"double": ".3f", "bigint": ",d", "date": "%Y-%m-%d"}
"""Format of a column by its type, where nothing else is said."""

WORDS = "words"
"""Format of listed values."""


@dataclass(frozen=True)
class Field:
    """What people are told about a column.

    Attributes
    ----------
    name : str
        The column's name in its mart.
    label : str
        Head of the column, title of the axis, line of a tooltip.
    format : str or None
        How a value is written, in the language of d3 (``.3f``, ``,d``, ``.0%``, ``+.1f``, ``.3~g``,
        ``%Y-%m-%d``); ``words`` for listed values as ``never_run``, which people read without
        the underscores, and for datasets; None for other text and for truth values.
    help : str
        The column's description.
    data_type : str
        Its type in DuckDB.
    names : mapping
        Listed values, each with its name for people where it is not the value in words.
    """

    name: str
    label: str
    format: str | None
    help: str
    data_type: str
    names: Mapping[str, str] = part(default_factory=dict, compare=False)

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.data_type in ("double", "bigint")

    def text(self, value: object) -> str:
        """Write a value as charts and tables do; nothing for a missing one.

        Parameters
        ----------
        value : object
            One value of the column. None, NaN, NaT and pandas' NA are missing.
        """
        import pandas as pd  # who asks for labels alone does without: it takes longer to import

        if pd.isna(value):
            return ""
        if isinstance(value, str):
            words = dataset_name(value.replace("_", " ")) if self.format == WORDS else value
            return self.names.get(value, words)
        if self.format is None:
            return str(value)
        if isinstance(value, dt.date):
            return value.strftime(self.format)
        # Python has no "~" (trim zeros): its "g" trims anyway, and its "d" takes no float
        form = self.format.replace("~", "")
        return format(round(value) if form.endswith("d") else value, form)


def description(mart: str) -> str:
    """Return what a mart's YAML says of it; nothing of a table that is no mart."""
    return _models(settings.DBT_PROJECT).get(mart, {}).get("description", "")


def partition_key(mart: str) -> str | None:
    """Return the column whose values part a large mart; None of one that is kept whole."""
    said = _models(settings.DBT_PROJECT).get(mart, {}).get("config", {})
    return said.get("meta", {}).get("partitioned_by")


def columns() -> set[tuple[str, str]]:
    """Every mart that is described, with each of its columns."""
    marts = _marts(settings.DBT_PROJECT)
    return {(mart, column) for mart, known in marts.items() for column in known}


def field(mart: str, column: str) -> Field:
    """Return what people are told about a column of a mart.

    Raises
    ------
    KeyError
        There is no such mart, or it has no such column.
    """
    marts = _marts(settings.DBT_PROJECT)
    if mart not in marts:
        raise KeyError(f"no mart {mart} in {settings.DBT_PROJECT.name}/models/marts")
    if column not in marts[mart]:
        raise KeyError(f"{mart} has no column {column}. It has: {', '.join(marts[mart])}")
    said = marts[mart][column]
    shared = _shared_fields(settings.DBT_PROJECT).get(column, {})
    own = said.get("config", {}).get("meta", {})
    return Field(
        name=column,
        label=own.get("label") or shared.get("label") or in_words(column),
        format=own.get("format") or shared.get("format") or FORMATS.get(said["data_type"]),
        help=said["description"],
        data_type=said["data_type"],
        names=shared.get("names", {}),
    )


def dataset_name(dataset: str) -> str:
    """Name of a dataset for people: ``Marques2020`` is Marques 2020."""
    return re.sub(r"(?<=[A-Za-z])(?=(?:19|20)\d\d$)", " ", dataset)


def in_words(name: str) -> str:
    """Name of a column in words: ``n_models`` is Models, ``is_broken`` is Broken."""
    words = name.removeprefix("n_").removeprefix("is_").removesuffix("_id").replace("_", " ")
    return words[:1].upper() + words[1:]


@cache
def _marts(project: Path) -> Mapping[str, Mapping[str, dict]]:
    """Columns of every mart by name, as their YAML holds them."""
    return {
        mart: {column["name"]: column for column in model["columns"]}
        for mart, model in _models(project).items()
    }


@cache
def _models(project: Path) -> Mapping[str, dict]:
    paths = sorted((project / "models" / "marts").rglob("*__models.yml"))
    return {model["name"]: model for path in paths for model in entries(path, "models")}


@cache
def _shared_fields(project: Path) -> Mapping[str, dict]:
    return read_yaml(project / "dbt_project.yml")["vars"]["fields"]
