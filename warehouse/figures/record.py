"""A figure as one record: its rows, its chart and its table; dbt's exposure names it.

The app draws a record and the paper pack saves it, so that the two cannot differ. Title and
description stand in its exposure, ``figure_<name>``, from where dbt takes the lineage too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import altair as alt
import pandas as pd
import yaml

from ingest import settings
from warehouse.figures.fields import Field

DEFAULT_COHORT = "brainscore_2024_complete"
DEFAULT_MODEL = "alexnet.tv_in1k"
DEFAULT_BENCHMARK = "MajajHong2015.IT-pls"

Column = str | tuple[str, str] | Field
"""A column of a table: of the figure's mart, of another one (``mart.column``), the two limits of an
interval, or one that is no column of a mart, with what it is called."""


@dataclass(frozen=True)
class Scope:
    """What a figure is of.

    Attributes
    ----------
    key : str
        Column that names it in the marts; also the name of the choice.
    noun : str
        For people.
    sql : str
        Its row: ``$id`` to ``description`` and whatever else the provenance should hold.
    known : str
        Every id, with whether it holds anything.
    files : str
        ``$id`` to the ``source_id`` and ``load_id`` of the files behind it.
    """

    key: str
    noun: str
    sql: str
    known: str
    files: str


COHORT = Scope(
    "cohort_id",
    "cohort",
    "select * from marts.dim_cohorts where cohort_id = $id",
    "select cohort_id, n_models > 0 from marts.dim_cohorts order by cohort_id",
    """\
select distinct scores.source_id, scores.load_id
from marts.fct_scores as scores
inner join marts.dim_cohorts as cohorts
    on scores.snapshot_id in (cohorts.snapshot_id, cohorts.rule_snapshot_id)
where cohorts.cohort_id = $id""",
)
SNAPSHOT = Scope(
    "snapshot_id",
    "snapshot",
    "select *, title as description from marts.dim_snapshots where snapshot_id = $id",
    "select snapshot_id, n_scores > 0 from marts.dim_snapshots order by snapshot_id",
    "select distinct source_id, load_id from marts.fct_scores where snapshot_id = $id",
)
# a cohort beside the public alignments that stand in for its own
COHORT_AND_STAND_INS = replace(
    COHORT,
    files="""\
select distinct scores.source_id, scores.load_id
from marts.fct_scores as scores
inner join marts.dim_cohorts as cohorts
    on scores.snapshot_id in (
        cohorts.snapshot_id, 'deepnsd_2023', 'scaling_2024', 'brainscore_2025_05'
    )
where cohorts.cohort_id = $id""",
)
DATASET = Scope(
    "dataset_id",
    "dataset",
    "select *, title as description from marts.dim_trial_datasets where dataset_id = $id",
    "select dataset_id, n_trials > 0 from marts.dim_trial_datasets order by position",
    "select distinct source_id, load_id from marts.fct_trials where dataset_id = $id",
)
# layers stand in a fact of their own
RELATION_COHORT = Scope(
    "cohort_id",
    "cohort",
    "select *, n_units as n_models from marts.dim_relation_cohorts where cohort_id = $id",
    "select cohort_id, n_units > 0 from marts.dim_relation_cohorts order by cohort_id",
    """\
with used as (
    select distinct source_id, benchmark_id
    from marts.fct_downstream_scores
    where cohort_id = $id
)

select distinct source_id, load_id
from marts.fct_scores
inner join used using (source_id, benchmark_id)
union
select distinct source_id, load_id
from marts.fct_layer_scores
inner join used using (source_id, benchmark_id)""",
)
MODEL = Scope(
    "model_id",
    "model",
    "select *, display_name as description from marts.dim_models where model_id = $id",
    "select model_id, n_scores > 0 from marts.dim_models order by model_id",
    "select distinct source_id, load_id from marts.rpt_model_scores where model_id = $id",
)
BENCHMARK = Scope(
    "benchmark_id",
    "benchmark",
    "select * from marts.dim_benchmarks where benchmark_id = $id",
    "select benchmark_id, n_scores > 0 from marts.dim_benchmarks order by benchmark_id",
    "select distinct source_id, load_id from marts.rpt_model_scores where benchmark_id = $id",
)


@dataclass(frozen=True)
class Figure:
    """One figure, on a page and in the paper pack.

    Attributes
    ----------
    name : str
        What ``aw export`` calls it.
    sql : str
        Its rows, with the key of its scope and the keys of ``options``. The first mart that it
        reads is the figure's: its ids are those that can be exported.
    draw : callable
        Rows and their rows in ``dim_benchmarks`` to the chart.
    table : sequence of Column
        What the LaTeX table shows of each row; heads and formats are those of the marts' columns.
    caption : str or callable
        Of the table; or a function of the rows and the titles of the benchmarks.
    arrange : callable
        Rows to the rows of the table: their order, and which.
    words : dict
        Values of columns in words: column to value to words.
    tabulate : callable, optional
        Rows to columns and wide rows, for a table that is a pivot. In place of ``table``.
    default : str
        The cohort, dataset, model or benchmark that is exported by default.
    options : dict
        Further choices and their defaults.
    scope : Scope
        What it is of.
    """

    name: str
    sql: str
    draw: Callable[[pd.DataFrame, pd.DataFrame], alt.TopLevelMixin]
    caption: str | Callable[[pd.DataFrame, Mapping[str, str]], str]
    table: tuple[Column, ...] = ()
    arrange: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tabulate: Callable[[pd.DataFrame], tuple[list[Column], pd.DataFrame]] | None = None
    default: str = DEFAULT_COHORT
    options: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = COHORT

    @property
    def mart(self) -> str:
        """The first mart that its query reads."""
        return re.search(r"\bfrom marts\.(\w+)", self.sql)[1]

    @property
    def title(self) -> str:
        """Name for people."""
        return exposure(f"figure_{self.name}")["label"]

    @property
    def description(self) -> str:
        """What it shows."""
        return exposure(f"figure_{self.name}")["description"]


def exposure(name: str) -> dict:
    """Return an exposure of dbt, by its name: a page or a figure."""
    return _exposures()[name]


@cache
def _exposures() -> dict[str, dict]:
    path = settings.DBT_PROJECT / "models" / "marts" / "exposures.yml"
    return {e["name"]: e for e in yaml.load(path.read_bytes(), yaml.CSafeLoader)["exposures"]}


def all_of(mart: str, order: str, *more: str, key: str = "cohort_id") -> str:
    """Query of every row of a mart that belongs to a figure's scope and options.

    Parameters
    ----------
    mart : str
        Where from.
    order : str
        Columns to order by.
    *more : str
        Names of options that choose rows, beside the key of the scope.
    key : str
        The key of the scope.
    """
    where = " and ".join(f"{c} = ${c}" for c in (key, *more))
    return f"select *\nfrom marts.{mart}\nwhere {where}\norder by {order}"


def highest_first(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Order of a table: by a column, the highest values first."""
    return lambda rows: rows.sort_values(column, ascending=False, kind="stable")


def benchmark_ids(rows: pd.DataFrame) -> list[str]:
    """Benchmarks that rows of a mart name, whatever the column is called."""
    return sorted({b for column in BENCHMARK_COLUMNS if column in rows for b in rows[column]})


BENCHMARK_COLUMNS = (
    "benchmark_id",
    "benchmark_a",
    "benchmark_b",
    "metric_a",
    "metric_b",
    "alignment_id",
    "property_id",
)
