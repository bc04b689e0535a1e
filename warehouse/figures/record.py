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

from ingest import settings
from ingest.documents import entries
from warehouse.fields import Field

DEFAULT_COHORT = "brainscore_2024_complete"
DEFAULT_MODEL = "alexnet.tv_in1k"
DEFAULT_PAIR = ("resnet50.tv_in1k", "resnet50_clip.openai")
DEFAULT_BENCHMARK = "MajajHong2015.IT-pls"

Column = str | tuple[str, str] | Field
"""A column of a table: of the figure's mart, of another one (``mart.column``), the two limits of an
interval, or one that is no column of a mart, with what it is called."""


@dataclass(frozen=True)
class Scope:
    """What a figure is of: one row of a dimension.

    Attributes
    ----------
    noun : str
        For people; ``<noun>_id`` names it in the marts and is the name of the choice.
    mart : str
        The dimension.
    count : str
        Its column that is zero where nothing is known of the row.
    default : str
        The one that is exported by default.
    files : str
        ``$id`` to the ``source_id`` and ``load_id`` of the files behind a figure of it, as far as
        the rows of the figure do not name their own. Of ``$benchmarks``, the single benchmarks
        that the figure shows or averages (empty where it names none), and ``$sources``.
    meaning : str
        Its column that says what it is.
    """

    noun: str
    mart: str
    count: str
    default: str
    files: str
    meaning: str = "description"

    @property
    def key(self) -> str:
        """Column that names it in the marts."""
        return f"{self.noun}_id"

    @property
    def sql(self) -> str:
        """Its row, of ``$id``: what the provenance should hold."""
        return f"select * from marts.{self.mart} where {self.key} = $id"

    @property
    def known(self) -> str:
        """Every id, with whether it holds anything."""
        return f"select {self.key}, {self.count} > 0 from marts.{self.mart} order by all"


def _files(where: str, mart: str = "fct_scores", more: str = "") -> str:
    return f"select distinct source_id, load_id\nfrom marts.{mart}\nwhere {where} = $id{more}"


_OF_MEMBERS = """\
select distinct scores.source_id, scores.load_id
from marts.fct_scores as scores
inner join marts.bridge_cohort_models as models
    on
        scores.snapshot_id = models.snapshot_id
        and scores.source_model_key = models.source_model_key
        and scores.variant_id = models.variant_id
where
    models.cohort_id = $id
    and models.is_member
    and (len($benchmarks) = 0 or list_contains($benchmarks, scores.benchmark_id))"""
_OF_RULE = """
union
select distinct scores.source_id, scores.load_id
from marts.fct_scores as scores
inner join marts.dim_cohorts as cohorts on scores.snapshot_id = cohorts.rule_snapshot_id
where cohorts.cohort_id = $id"""


def _beside(*snapshots: str) -> str:
    """Further snapshots, as far as the figure holds benchmarks of theirs."""
    named = ", ".join(f"'{snapshot}'" for snapshot in snapshots)
    return f"""
union
select distinct source_id, load_id
from marts.fct_scores
where snapshot_id in ({named}) and list_contains($benchmarks, benchmark_id)"""


COHORT = Scope(
    "cohort", "dim_cohorts", "n_models", DEFAULT_COHORT, _OF_MEMBERS + _OF_RULE
)  # fmt: skip
# a cohort beside the public alignments that stand in for its own
COHORT_AND_STAND_INS = replace(
    COHORT,
    files=_OF_MEMBERS
    + _beside("deepnsd_2023", "scaling_2024", "brainscore_2025_05", "onevision_clickme_2026"),
)
# beside alignment with where people clicked
COHORT_AND_ATTENTION = replace(
    COHORT, files=_OF_MEMBERS + _OF_RULE + _beside("onevision_clickme_2026")
)
# layers stand in a fact of their own
RELATION_COHORT = Scope(
    "cohort",
    "dim_relation_cohorts",
    "n_units",
    "brainscore_2025_core50",
    """\
with used as (
    select distinct scores.source_id, coalesce(leaves.leaf_id, scores.benchmark_id) as benchmark_id
    from marts.fct_downstream_scores as scores
    inner join marts.dim_relation_cohorts as cohorts on scores.cohort_id = cohorts.cohort_id
    left join marts.bridge_benchmark_leaves as leaves
        on
            cohorts.member_cohort_id = leaves.cohort_id
            and scores.benchmark_id = leaves.benchmark_id
    where
        scores.cohort_id = $id
        and (
            list_contains($benchmarks, scores.benchmark_id)
            or list_contains($benchmarks, leaves.leaf_id)
        )
)

select distinct source_id, load_id
from marts.fct_scores
inner join used using (source_id, benchmark_id)
union
select distinct source_id, load_id
from marts.fct_layer_scores
inner join used using (source_id, benchmark_id)""",
)
SNAPSHOT = Scope(
    "snapshot", "dim_snapshots", "n_scores", "compute_2026_11", _files("snapshot_id"), "title"
)
DATASET = Scope(
    "dataset", "dim_trial_datasets", "n_trials", "cue-conflict",
    _files("dataset_id", "fct_trials",
           "\n    and not is_private"
           "\n    and (is_human or len($sources) = 0 or list_contains($sources, source_id))"),
    "title",
)  # fmt: skip
MODEL = Scope(
    "model", "dim_models", "n_scores", DEFAULT_MODEL,
    _files("model_id", "rpt_model_scores",
           "\n    and modality in ('neural', 'behavioural') and is_latest and not is_aggregate"),
    "display_name",
)  # fmt: skip
BENCHMARK = Scope(
    "benchmark", "dim_benchmarks", "n_scores", DEFAULT_BENCHMARK,
    _files("benchmark_id", "rpt_model_scores"),
)  # fmt: skip


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
    keep : callable
        Rows to those that the chart, the table and the captions are of; data files hold all.
    printed : callable, optional
        The same for paper, where that is another chart.
    table : sequence of Column
        What the LaTeX table shows of each row; heads and formats are those of the marts' columns.
    caption : str
        Of the table; ``{n}`` is the number of rows, ``{many[column]}`` that of different values,
        ``{one.column}`` the first value, in words.
    arrange : callable
        Rows to the rows of the table: their order, and which.
    signed : sequence of str
        Columns of the table whose sign means something, each before its interval: bold where that
        leaves out zero.
    words : dict
        Values of columns in words: column to value to words.
    tabulate : callable, optional
        Rows to columns and wide rows, for a table that is a pivot. In place of ``table``.
    default : str
        What is exported by default, where it is not that of the scope.
    options : dict
        Further choices and their defaults.
    scope : Scope
        What it is of.
    """

    name: str
    sql: str
    draw: Callable[[pd.DataFrame, pd.DataFrame], alt.TopLevelMixin]
    caption: str
    keep: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    printed: Callable[[pd.DataFrame, pd.DataFrame], alt.TopLevelMixin] | None = None
    table: tuple[Column, ...] = ()
    arrange: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    signed: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tabulate: Callable[[pd.DataFrame], tuple[list[Column], pd.DataFrame]] | None = None
    default: str = ""
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
    return {entry["name"]: entry for entry in entries(path, "exposures")}


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
    named = (rows[column].dropna() for column in BENCHMARK_COLUMNS if column in rows)
    return sorted({benchmark for column in named for benchmark in column})


BENCHMARK_COLUMNS = (
    "benchmark_id",
    "benchmark_a",
    "benchmark_b",
    "alignment_id",
    "property_id",
)
