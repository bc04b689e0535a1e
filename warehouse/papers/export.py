"""The paper pack: a figure with its data, its table, where it comes from and what to cite."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import altair as alt
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from ingest import settings
from warehouse import db
from warehouse.figures import (
    agreement,
    catalogue,
    marks,
    missing,
    papers,
    ranking,
    relations,
    theme,
    trials,
)

DEFAULT_COHORT = "brainscore_2024_complete"
DEFAULT_MODEL = "alexnet.tv_in1k"
DEFAULT_BENCHMARK = "MajajHong2015.IT-pls"
SHORT_TABLE = 45
"""Rows beyond this many make a table that runs over pages."""

MANY_NAMES = 60
"""Up to this many names are listed to somebody who asks for one that does not exist."""


class ExportError(Exception):
    """The export cannot be made; the message says what to do."""


@dataclass(frozen=True)
class Export:
    """One figure that can be exported.

    Attributes
    ----------
    name, title, description : str
        For people.
    mart : str
        Where its rows are; its cohorts or datasets are those that can be exported.
    sql : str
        Its rows, with the key of its scope and the keys of ``options``.
    draw : callable
        Rows and their rows in ``dim_benchmarks`` to the chart.
    tabulate : callable
        Rows and their rows in ``dim_benchmarks`` to the LaTeX table.
    default : str
        The cohort or dataset that is exported by default.
    options : dict
        Further choices and their defaults.
    scope : Scope
        What an export is of: a cohort of models, or a dataset of trials.
    """

    name: str
    title: str
    description: str
    mart: str
    sql: str
    draw: Callable[[pd.DataFrame, pd.DataFrame], alt.TopLevelMixin]
    tabulate: Callable[[pd.DataFrame, pd.DataFrame], Table]
    default: str = DEFAULT_COHORT
    options: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = field(default_factory=lambda: COHORT)


@dataclass(frozen=True)
class Scope:
    """What exports are of.

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
class Table:
    """Rows of a LaTeX table: the heads and the cells are LaTeX already."""

    columns: str
    head: list[str]
    rows: list[list[str]]
    caption: str


def export(
    name: str, of: str | None = None, *, folder: Path | None = None, **options: str
) -> list[Path]:
    """Write one export: the figure as SVG, PDF and PNG, its data, table, provenance and BibTeX.

    Parameters
    ----------
    name : str
        A key of `EXPORTS`.
    of : str, optional
        A cohort, or a dataset of trials, that its mart holds; the export's own by default.
    folder : Path, optional
        Where to; ``settings.EXPORTS`` by default. The files go into a folder of their own in it.
    **options : str
        Further choices of the export, such as the level and the method of a correlation.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ExportError
        There is no such export, choice or cohort, or a BibTeX entry is missing. Nothing is written.
    """
    if name not in EXPORTS:
        raise ExportError(f"no export {name}. Known: {', '.join(EXPORTS)}")
    made = EXPORTS[name]
    unknown = options.keys() - made.options.keys()
    if unknown:
        raise ExportError(f"{name} has no {', '.join(sorted(unknown))} to choose")
    of = of or made.default
    chosen = {made.scope.key: of, **made.options, **options}
    target = (
        (folder or settings.EXPORTS) / name / re.sub(r"[^\w.-]", "_", "_".join(chosen.values()))
    )
    with db.connect() as con:
        data = con.execute(made.sql, chosen).to_arrow_table()
        if not data.num_rows:
            raise ExportError(_why_empty(con, made, chosen))
        rows = data.to_pandas()
        benchmarks = con.execute(_BENCHMARKS, {"ids": benchmark_ids(rows)}).df()
        about = _records(con, made.scope.sql, {"id": of})[0]
        sources = _origin(con, made.scope, of)
    cited = [s["citation"] for s in sources] + benchmarks["citation"].tolist()
    keys = citation_keys([*cited, about.get("citation")])
    references = cited_entries(keys)
    chart = made.draw(rows, benchmarks)
    where = f"in the {made.scope.noun} {of}: {about['description']}"
    table = latex_table(made.tabulate(rows, benchmarks), where)

    target.mkdir(parents=True, exist_ok=True)
    written = [theme.save(chart, target / f"figure.{form}") for form in ("svg", "pdf", "png")]
    written += _write_data(data, target)
    written.append(_write(target / "table.tex", table))
    written.append(_write(target / "references.bib", "\n\n".join(references) + "\n"))
    provenance = {
        "export": name,
        **chosen,
        made.scope.noun: about,
        "n_rows": len(rows),
        "n_models": _span(rows["n_models"]) if "n_models" in rows else about.get("n_models"),
        "sql": with_values(made.sql, chosen),
        "sources": sources,
        "cite": keys,
        "versions": {p: version(p) for p in _PACKAGES},
        "sha256": {path.name: _sha256(path) for path in written},
    }
    text = json.dumps(provenance, indent=1, ensure_ascii=False, default=str)
    return [*written, _write(target / "provenance.json", text + "\n")]


_PACKAGES = ("alignment-warehouse", "duckdb", "altair", "vl-convert-python")

_BENCHMARKS = "select * from marts.dim_benchmarks where benchmark_id in (select unnest($ids))"
_FILES = """\
select distinct source_id, source_file as file, url, sha256, n_bytes
from marts.dim_files
where load_id in (select unnest($ids))
order by file"""
_SOURCES = """\
select source_id, title, url, commit_id as commit, licence, citation
from marts.dim_sources
where source_id in (select unnest($ids))
order by source_id"""


def benchmark_ids(rows: pd.DataFrame) -> list[str]:
    """Benchmarks that rows of a mart name, whatever the column is called."""
    named = ("benchmark_id", "benchmark_a", "benchmark_b", "metric_a", "metric_b")
    named += ("alignment_id", "property_id")
    return sorted({b for column in named if column in rows for b in rows[column]})


def _why_empty(con: duckdb.DuckDBPyConnection, made: Export, chosen: Mapping[str, str]) -> str:
    noun, of = made.scope.noun, chosen[made.scope.key]
    known = dict(con.execute(made.scope.known).fetchall())
    if of not in known:
        return f"no {noun} {of}. {_names_like(of, list(known))}"
    if not known[of]:
        return f"the {noun} {of} is empty: its source is absent. See: aw sources"
    key = made.scope.key
    held = con.execute(f"select distinct {key} from marts.{made.mart} order by all").fetchall()
    if (of,) not in held:
        listed = ", ".join(c for (c,) in held) or "none in this warehouse"
        return f"{made.name} has no rows of the {noun} {of}. It has: {listed}"
    options = ", ".join(f"{k} {v}" for k, v in chosen.items() if k != key)
    return f"the {noun} {of} has no rows of {made.name} with {options}"


def _names_like(name: str, known: list[str]) -> str:
    """The names there are, or of many those that are nearest."""
    if len(known) <= MANY_NAMES:
        return f"Known: {', '.join(known)}"
    near = [k for k in known if name.lower() in k.lower()][:8]
    near = near or difflib.get_close_matches(name, known, n=8, cutoff=0.4)
    return f"Known are {len(known):,}, for example: {', '.join(near or known[:8])}"


CORRELATIONS = """\
select *
from marts.fct_benchmark_correlations
where cohort_id = $cohort_id and level = $level and method = $method
order by benchmark_a, benchmark_b"""


CONSISTENCY = """\
select
    models.*,
    people.error_consistency as people_error_consistency,
    people.error_consistency_min as people_error_consistency_min,
    people.error_consistency_max as people_error_consistency_max,
    people.n_subjects as n_people
from marts.fct_dataset_behaviours as models
left join marts.rpt_human_ceilings as people on models.dataset_id = people.dataset_id
where models.dataset_id = $dataset_id
order by models.source_id, models.observer_id"""

SHAPE_BIAS = """\
select *
from marts.fct_shape_bias
where dataset_id = $dataset_id
order by source_id, observer_id, category"""

ACCURACY = """\
select *
from marts.fct_ood_accuracy
where dataset_id = $dataset_id and condition <> 'all'
order by source_id, observer_id, position"""

MODEL_PROFILE = """\
select *
from marts.rpt_model_scores
where model_id = $model_id and modality = $modality and is_latest and not is_aggregate
order by region, suite, score_percentile desc, benchmark_id"""

MODEL_NEIGHBOURS = """\
select *
from marts.rpt_model_neighbours
where model_id = $model_id and scope = $modality
order by place"""

BENCHMARK_SCORES = """\
select
    scores.*, levels.chance, levels.chance_reason, levels.ceiling, levels.ceiling_low,
    levels.ceiling_high, levels.n_people, levels.ceiling_reason
from marts.rpt_model_scores as scores
left join marts.rpt_benchmark_levels as levels on scores.benchmark_id = levels.benchmark_id
where scores.benchmark_id = $benchmark_id
qualify scores.snapshot_date = max(scores.snapshot_date) over ()
order by scores.score_rank, scores.model_id"""


WORTH_POINTS = """\
select
    shapes.*,
    x.unit_id,
    x.unit_name,
    x.model_id,
    x.family,
    x.imagenet_top1,
    x.score_directed as alignment,
    y.score_directed - coalesce(
        shapes.covariate_slope * (x.imagenet_top1 - shapes.covariate_mean), 0
    ) as property
from marts.fct_downstream_shapes as shapes
inner join marts.fct_downstream_scores as x
    on shapes.cohort_id = x.cohort_id and shapes.alignment_id = x.benchmark_id
inner join marts.fct_downstream_scores as y
    on
        shapes.cohort_id = y.cohort_id
        and shapes.property_id = y.benchmark_id
        and x.unit_id = y.unit_id
where
    shapes.cohort_id = $cohort_id
    and shapes.alignment_id = $alignment_id
    and shapes.property_id = $property_id
    and shapes.covariate = $covariate
    and (shapes.covariate = 'none' or x.imagenet_top1 is not null)
order by x.unit_id"""

WORTH_RELATIONS = """\
select *
from marts.fct_downstream_relations
where
    cohort_id = $cohort_id
    and alignment_id = $alignment_id
    and covariate = $covariate
    and transform = $transform
order by property_id, method"""


TABLE_2 = """\
select *
from marts.rpt_sucholutsky2023_table2
where cohort_id = $cohort_id or not is_printed
order by is_printed desc, alignment_id, cohort_id, property_id"""

FIGURE_3_GROUPS = """\
select *
from marts.rpt_sucholutsky2023_fig3_groups
where snapshot_id = $snapshot_id and stimulus_set_id = $stimulus_set_id and dataset_id = 'cifar10'
order by metric, head, n_shots, model_group"""

FIGURE_3_CORRELATIONS = """\
select *
from marts.rpt_sucholutsky2023_fig3_correlations
where snapshot_id = $snapshot_id and stimulus_set_id = $stimulus_set_id and dataset_id = 'cifar10'
order by metric, head, n_shots"""

FIGURE_4_CORRELATIONS = """\
select *
from marts.rpt_sucholutsky2023_fig3_correlations
where snapshot_id = $snapshot_id and stimulus_set_id = $stimulus_set_id and head = 'logistic'
order by metric, dataset_id, n_shots"""

FIGURE_4_MODELS = """\
select *
from marts.rpt_sucholutsky2023_fig4_models
where snapshot_id = $snapshot_id and stimulus_set_id = $stimulus_set_id and dataset_id = 'cifar10'
order by metric, model_id"""


def people_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Where people lie among themselves: one row, from the rows of `CONSISTENCY`."""
    named = {c: c.removeprefix("people_") for c in rows if c.startswith("people_")}
    one = rows.head(1)[[*named, "n_people"]]
    return one.rename(columns={**named, "n_people": "n_subjects"})


def titles_of(benchmarks: pd.DataFrame) -> dict[str, str]:
    """Names of benchmarks for people, from their rows in ``dim_benchmarks``."""
    return dict(zip(benchmarks["benchmark_id"], benchmarks["title"], strict=True))


def _all_of(mart: str, order: str, *more: str, key: str = "cohort_id") -> str:
    where = " and ".join(f"{c} = ${c}" for c in (key, *more))
    return f"select *\nfrom marts.{mart}\nwhere {where}\norder by {order}"


def _pairs(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> Table:
    """Every pair of benchmarks, the strongest first."""
    titles = titles_of(benchmarks)
    named = rows.assign(
        label_a=rows["benchmark_a"].map(titles), label_b=rows["benchmark_b"].map(titles)
    )
    method = rows["method"].iloc[0]
    symbol = {"spearman": r"$\rho$", "pearson": r"$r$", "kendall": r"$\tau_b$"}.get(method, method)
    return _named_pairs(named, symbol, f"Correlations ({method}) between {len(titles)} metrics")


def _metric_pairs(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Every pair of metrics with an estimate, the strongest first."""
    half = rows[(rows["position_a"] < rows["position_b"]) & rows["estimate"].notna()]
    n = rows["metric_a"].nunique()
    return _named_pairs(half, r"$\rho$", f"Spearman correlations between {n} metrics")


def _named_pairs(rows: pd.DataFrame, symbol: str, caption: str) -> Table:
    ordered = rows.sort_values("estimate", key=lambda e: -e.abs(), kind="stable")
    return Table(
        "llrrrr",
        ["Metric", "Metric", symbol, r"95\,\% CI", "$n$", "$p$ (Bonferroni)"],
        [
            [
                escape_latex(row.label_a),
                escape_latex(row.label_b),
                _number(row.estimate),
                f"[{_number(row.ci_low)}, {_number(row.ci_high)}]",
                str(row.n_models),
                _p_value(row.p_bonferroni),
            ]
            for row in ordered.itertuples()
        ],
        caption,
    )


def _averages(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Models with their averages and ranks, the best overall first."""
    ordered = rows.sort_values("overall_rank", kind="stable")
    return Table(
        "lrrrrr",
        ["Model", "Neural", "Behaviour", "Overall", "Rank", "Neural rank"],
        [
            [
                escape_latex(row.source_model_name),
                *map(_number, (row.score_neural, row.score_behaviour, row.score_overall)),
                *map(_place, (row.overall_rank, row.neural_rank)),
            ]
            for row in ordered.itertuples()
        ],
        f"Averages of {len(rows)} models. Squared correlation with the overall average: neural "
        f"{_number(rows['r2_neural'].iloc[0])}, behaviour {_number(rows['r2_behaviour'].iloc[0])}",
    )


def _ranks(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Models with their rank under each scheme; large shifts are bold."""
    key = ["source_model_key", "variant_id"]
    schemes = marks.known_first(rows["scheme"], ranking.SCHEMES)
    ranks = rows.pivot(index=key, columns="scheme", values="score_rank")
    moved = rows.pivot(index=key, columns="scheme", values="is_large_shift")
    names = rows.drop_duplicates(key).set_index(key)["source_model_name"]
    return Table(
        "l" + "r" * len(schemes),
        ["Model", *(ranking.SCHEMES.get(s, s) for s in schemes)],
        [
            [
                escape_latex(names[model]),
                *(
                    rf"\textbf{{{_place(ranks.at[model, s])}}}"
                    if moved.at[model, s] is True or moved.at[model, s] == 1
                    else _place(ranks.at[model, s])
                    for s in schemes
                ),
            ]
            for model in ranks.sort_values(schemes[0], kind="stable").index
        ],
        f"Ranks of {len(ranks)} models under {len(schemes)} ways of averaging; bold: more than "
        f"{ranking.LARGE_SHIFT} places from the arithmetic mean",
    )


def _quantiles(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Each area with mean, deviation and quantiles of its average."""
    areas = rows.drop_duplicates("benchmark_id").set_index("benchmark_id")
    shown = ["mean_score", "sd_score", *(f"quantile_{q}" for q in ("05", "25", "50", "75", "95"))]
    return Table(
        "lrrrrrrrr",
        ["Area", "$n$", "Mean", "SD", *(rf"{q}\,\%" for q in (5, 25, 50, 75, 95))],
        [
            [a, str(areas.at[a, "n_models"]), *(_number(areas.at[a, c]) for c in shown)]
            for a in marks.known_first(areas.index, marks.REGIONS)
        ],
        "Distribution of the averages of the neural areas",
    )


def _coverage_groups(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Each group of models with the same number of non-zero scores."""
    groups = rows.drop_duplicates("coverage_group").sort_values("n_group", ascending=False)
    return Table(
        "lrrr",
        ["Non-zero scores", "Models", r"$r^2$ neural", r"$r^2$ behaviour"],
        [
            [
                escape_latex(row.coverage_group),
                str(row.n_group),
                _number(row.r2_neural),
                _number(row.r2_behaviour),
            ]
            for row in groups.itertuples()
        ],
        f"Groups of {len(rows)} models by the number of their non-zero scores, with the squared "
        "correlation of each part with the overall average",
    )


def _consistency(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Models with the toolbox's measures in one dataset, the most consistent first."""
    ordered = rows.sort_values("error_consistency", ascending=False, kind="stable")
    shown = ["ood_accuracy", "accuracy_difference", "observed_consistency", "error_consistency"]
    return Table(
        "lrrrrr",
        ["Model", "$n$", "Accuracy", "Accuracy difference", "Observed", r"$\kappa$"],
        [
            [
                escape_latex(row.observer_id),
                str(row.n_trials),
                *(_number(getattr(row, column)) for column in shown),
            ]
            for row in ordered.itertuples()
        ],
        f"{len(rows)} models against people, conditions averaged, then people,",
    )


def _shape_biases(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Observers with their shape bias over all categories."""
    whole = rows[rows["category"].isna()].sort_values("shape_bias", ascending=False, kind="stable")
    return Table(
        "lrrr",
        ["Observer", "Shape bias", r"95\,\% CI", "$n$"],
        [
            [
                escape_latex(row.observer_id),
                _number(row.shape_bias),
                f"[{_number(row.ci_low)}, {_number(row.ci_high)}]",
                str(row.n),
            ]
            for row in whole.itertuples()
        ],
        "Share of shape answers among shape and texture answers",
    )


def _accuracies(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Observers with their accuracy in each condition."""
    order = rows.sort_values("position")["condition"].drop_duplicates()
    wide = rows.pivot_table(
        index=["is_human", "source_id", "observer_id"], columns="condition", values="accuracy"
    )
    return Table(
        "l" + "r" * len(order),
        ["Observer", *map(escape_latex, order)],
        [
            [escape_latex(observer[-1]), *(_number(wide.at[observer, c]) for c in order)]
            for observer in wide.index
        ],
        "Accuracy by condition",
    )


def _images(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """The images that split people from models the most."""
    worst = rows.sort_values("difference", key=lambda d: -d.abs(), kind="stable").head(SHORT_TABLE)
    return Table(
        "lllrrl",
        ["Image", "Condition", "Category", "People", "Models", "Models say"],
        [
            [
                *map(escape_latex, (row.image_key, row.condition, row.category)),
                *map(_number, (row.human_accuracy, row.model_accuracy)),
                escape_latex(row.model_response),
            ]
            for row in worst.itertuples()
        ],
        f"The {len(worst)} images of {len(rows)} on which people and models differ most",
    )


def _worth_points(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> Table:
    """Units with alignment and property, the most aligned first."""
    titles = titles_of(benchmarks)
    one = rows.iloc[0]
    x, y = (titles.get(one[c], one[c]) for c in ("alignment_id", "property_id"))
    return Table(
        "llrr",
        ["Model", "Family", "Alignment", "Property"],
        [
            [
                *map(escape_latex, (row.unit_name, row.family)),
                *map(_number, (row.alignment, row.property)),
            ]
            for row in rows.sort_values("alignment", ascending=False, kind="stable").itertuples()
        ],
        f"{escape_latex(y)} over {escape_latex(x)} ({len(rows)} units, {one['n_families']} "
        f"families; two-lines verdict: {relations.VERDICTS[one['verdict']]})",
    )


def _worth_relations(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> Table:
    """Every property with its correlation; one without an estimate keeps its n."""
    titles = titles_of(benchmarks)
    one = rows.iloc[0]
    return Table(
        "llrrrrr",
        ["Property", "Correlation", "Estimate", r"95\,\% CI", r"95\,\% CI, families", "$n$", "$p$"],
        [
            [
                escape_latex(titles.get(row.property_id, row.property_id)),
                relations.CORRELATIONS[row.method],
                _number(row.estimate),
                f"[{_number(row.ci_low)}, {_number(row.ci_high)}]",
                f"[{_number(row.family_boot_low)}, {_number(row.family_boot_high)}]",
                str(row.n_units),
                _p_value(row.p_value),
            ]
            for row in rows.itertuples()
        ],
        f"{relations.TRANSFORMS[one['transform']]} "
        f"({escape_latex(titles.get(one['alignment_id'], one['alignment_id']))}) and "
        f"{rows['property_id'].nunique()} properties, "
        f"{relations.HELD[one['covariate']]},",
    )


def _verdicts(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Claims of a U with what each test says."""
    return Table(
        "lrrr" + "l" * len(relations.TESTS),
        ["Claim", "$n$", "Clusters", "$r(z^2)$", *relations.TESTS.values()],
        [
            [
                escape_latex(row.claim) + ("" if row.covariate == "none" else ", partial"),
                *(str(row.n_units), str(row.n_clusters), _number(row.z2_estimate)),
                *(relations.VERDICTS[getattr(row, test)] for test in relations.TESTS),
            ]
            for row in rows.itertuples()
        ],
        f"{rows['claim_id'].nunique()} claims of a U, plain and with ImageNet top-1 held fixed",
    )


def _places(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Benchmarks with the score of one model and its place among the others."""
    return Table(
        "llrrrrr",
        ["Benchmark", "Snapshot", "Score", "Percentile", r"95\,\% CI", "Rank", "$n$"],
        [
            [
                escape_latex(row.title),
                escape_latex(row.snapshot_id),
                *map(_number, (row.score, row.score_percentile)),
                f"[{_number(row.percentile_low)}, {_number(row.percentile_high)}]",
                _place(row.score_rank),
                str(row.n_models),
            ]
            for row in rows.itertuples()
        ],
        f"Scores of one model on {len(rows)} benchmarks; the percentile is the share of the other "
        "models that it beats,",
    )


def _similar(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Models with the most similar profiles."""
    return Table(
        "rlrrrr",
        ["", "Model", "$r$", r"95\,\% CI", "Benchmarks", "Higher by"],
        [
            [
                str(row.place),
                escape_latex(row.neighbour_id),
                _number(row.estimate),
                f"[{_number(row.ci_low)}, {_number(row.ci_high)}]",
                str(row.n_shared),
                _number(row.mean_difference),
            ]
            for row in rows.itertuples()
        ],
        f"The {len(rows)} models with the most similar profiles of percentiles",
    )


def _best(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Models by their score on one benchmark."""
    return Table(
        "rlrrr",
        ["Rank", "Model", "Score", "Percentile", r"95\,\% CI"],
        [
            [
                _place(row.score_rank),
                escape_latex(row.model_id),
                *map(_number, (row.score, row.score_percentile)),
                f"[{_number(row.percentile_low)}, {_number(row.percentile_high)}]",
            ]
            for row in rows.itertuples()
        ],
        f"Scores of {len(rows)} models",
    )


def _group_means(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> Table:
    """Table 1 of Sucholutsky & Griffiths with what the recovered fives give."""
    titles = dict(zip(benchmarks["benchmark_id"], benchmarks["title"], strict=True))
    return Table(
        "lllrrrrr",
        ["Property", "Metric", "Group", "Printed", "Mean", r"95\,\% CI", "$p$", "$p$ (residual)"],
        [
            [
                escape_latex(titles.get(row.property_id, row.property_id)),
                row.metric,
                row.model_group,
                f"${row.printed:.2f}$",
                f"${row.mean:.2f}$",
                f"[${row.ci_low:.1f}$, ${row.ci_high:.1f}$]",
                _p_value(row.p_permutation),
                _p_value(row.p_residual),
            ]
            for row in rows.itertuples()
        ],
        "Printed means and those of the only fives that match them (inferred, not stated by the "
        "authors); $p$ against random fives, plain and with ImageNet top-1 held fixed",
    )


def _z2_correlations(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> Table:
    """Table 2 of Sucholutsky & Griffiths with the p it implies, and the same for stand-ins."""
    titles = dict(zip(benchmarks["benchmark_id"], benchmarks["title"], strict=True))
    return Table(
        "llrrrrrr",
        ["Alignment", "Property", "$n$", "Printed", "$p$ printed", "$p$ implied", "Ours",
         r"95\,\% CI"],
        [
            [
                *(escape_latex(titles.get(i, i)) for i in (row.alignment_id, row.property_id)),
                str(row.n_models),
                *map(_number, (row.printed, row.printed_p)),
                _p_value(row.p_partial),
                _number(row.estimate_z2_partial),
                f"[{_number(row.ci_low_z2_partial)}, {_number(row.ci_high_z2_partial)}]",
            ]
            for row in rows.itertuples()
        ],
        r"Correlations with $z^2$ of an alignment, ImageNet top-1 held fixed",
    )  # fmt: skip


def _shot_groups(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Few-shot accuracy of groups."""
    return Table(
        "llrlrrr",
        ["Metric", "Head", "Shots", "Group", "$n$", "Accuracy", r"95\,\% CI"],
        [
            [
                *(row.metric, row.head, str(row.n_shots), row.model_group, str(row.n_group)),
                _number(row.mean),
                f"[{_number(row.ci_low)}, {_number(row.ci_high)}]",
            ]
            for row in rows.itertuples()
        ],
        "Few-shot accuracy of models with high, middling and low alignment",
    )


def _shot_correlations(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Correlation of few-shot accuracy with z²."""
    return Table(
        "lllrrrr",
        ["Metric", "Dataset", "Head", "Shots", "$n$", "$r$", r"95\,\% CI"],
        [
            [
                *(row.metric, escape_latex(row.dataset_id), row.head, str(row.n_shots)),
                str(row.n_models),
                _number(row.estimate_z2),
                f"[{_number(row.ci_low)}, {_number(row.ci_high)}]",
            ]
            for row in rows.itertuples()
        ],
        r"Correlation of few-shot accuracy with $z^2$ of alignment",
    )


def _few_shot_models(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """Models with alignment and 1-shot accuracy."""
    return Table(
        "llrr",
        ["Model", "Metric", "Alignment", "Accuracy"],
        [
            [escape_latex(row.model_id), row.metric, _number(row.alignment), _number(row.accuracy)]
            for row in rows.itertuples()
        ],
        "Alignment and accuracy after one example per class",
    )


def _recovered(rows: pd.DataFrame, _: pd.DataFrame) -> Table:
    """ImageNet accuracy of the recovered fives."""
    known = rows[rows["model_group"] != "unknown"]
    return Table(
        "lllr",
        ["Metric", "Group", "Model", "ImageNet top-1"],
        [
            [row.metric, row.model_group, escape_latex(row.source_model_name),
             f"${row.imagenet_top1:.2f}$"]
            for row in known.itertuples()
        ],
        "ImageNet accuracy of the models whose alignment group could be inferred,",
    )  # fmt: skip


EXPORTS = {
    e.name: e
    for e in (
        Export(
            "ahlert2024_fig1_correlations",
            "Metrics of several kinds against each other",
            "Area averages, behaviour, shape bias and odd-one-out (Figure 1 of the paper).",
            "rpt_ahlert2024_fig1_correlations",
            _all_of("rpt_ahlert2024_fig1_correlations", "position_a, position_b"),
            lambda rows, _: papers.metric_heatmap(rows),
            _metric_pairs,
            default="brainscore_2025_odd_one_out",
        ),
        Export(
            "ahlert2024_fig2_neural_behaviour",
            "Neural against behavioural averages",
            "Raw and z-transformed, coloured by the overall rank (Figure 2).",
            "rpt_ahlert2024_fig2_neural_behaviour",
            _all_of("rpt_ahlert2024_fig2_neural_behaviour", "overall_rank, source_model_key"),
            lambda rows, _: papers.neural_behaviour(rows),
            _averages,
        ),
        Export(
            "ahlert2024_fig3_rankings",
            "Three ways of averaging",
            "Models under arithmetic mean, z-mean and mean rank (Figure 3).",
            "rpt_ahlert2024_fig3_rankings",
            _all_of(
                "rpt_ahlert2024_fig3_rankings", "scheme, score_rank, source_model_key", "level"
            ),
            lambda rows, _: ranking.rank_strip(rows),
            _ranks,
            default="brainscore_2024_complete_dedup",
            options={"level": "modality"},
        ),
        Export(
            "ahlert2024_fig4_correlations",
            "Correlations between metrics",
            "Every pair of metrics of any cohort, level and method (Figure 4).",
            "fct_benchmark_correlations",
            CORRELATIONS,
            agreement.correlation_heatmap,
            _pairs,
            options={"level": "leaf", "method": "spearman"},
        ),
        Export(
            "ahlert2024_fig5_correlations",
            "The metrics of Figure 1 on all models that have them",
            "Area averages, behaviour and shape bias in 2024 (Figure 5).",
            "rpt_ahlert2024_fig5_correlations",
            _all_of("rpt_ahlert2024_fig5_correlations", "position_a, position_b"),
            lambda rows, _: papers.metric_heatmap(rows),
            _metric_pairs,
            default="brainscore_2024_metrics69",
        ),
        Export(
            "ahlert2024_fig6_distributions",
            "Distributions of the neural areas",
            "Densities of the averages of V1, V2, V4 and IT (Figure 6).",
            "rpt_ahlert2024_fig6_distributions",
            _all_of("rpt_ahlert2024_fig6_distributions", "benchmark_id, score, source_model_key"),
            lambda rows, _: papers.distributions(rows),
            _quantiles,
            default="brainscore_2024_complete_dedup",
        ),
        Export(
            "ahlert2024_fig7_missingness",
            "How missing scores shape the average",
            "Averages coloured by the number of non-zero scores (Figure 7).",
            "rpt_ahlert2024_fig7_missingness",
            _all_of("rpt_ahlert2024_fig7_missingness", "source_model_key"),
            lambda rows, _: missing.coverage_scatter(rows),
            _coverage_groups,
            default="brainscore_2024_all",
        ),
        Export(
            "sucholutsky2023_table1",
            "Table 1: robustness of High, Mid and Low",
            "Printed means beside those of the only fives of the 491 models that match them. Which "
            "models they are is inferred from the printed numbers, not the authors' statement.",
            "rpt_sucholutsky2023_table1",
            _all_of("rpt_sucholutsky2023_table1", "metric, property_id, model_group"),
            papers.group_dots,
            _group_means,
            default="timm_2022_491",
        ),
        Export(
            "sucholutsky2023_table2",
            "Table 2: correlations with z²",
            "As printed, and for public alignments that stand in: the alignment of the 491 models "
            "with people was never published, so the printed correlations cannot be recomputed.",
            "rpt_sucholutsky2023_table2",
            TABLE_2,
            papers.z2_dots,
            _z2_correlations,
            default="timm_2022_491",
            scope=COHORT_AND_STAND_INS,
        ),
        Export(
            "sucholutsky2023_fig3_groups",
            "Figure 3, left: few-shot accuracy of High, Mid and Low",
            "On the models we ran, CIFAR-10 in place of CIFAR-100; alignment and few-shot accuracy "
            "of the 491 were never published.",
            "rpt_sucholutsky2023_fig3_groups",
            FIGURE_3_GROUPS,
            lambda rows, _: papers.group_lines(rows),
            _shot_groups,
            default="compute_2026_11",
            options={"stimulus_set_id": "objects92"},
            scope=SNAPSHOT,
        ),
        Export(
            "sucholutsky2023_fig3_correlations",
            "Figure 3, right: few-shot accuracy and z²",
            "On the models we ran, CIFAR-10 in place of CIFAR-100, without ImageNet top-1 held "
            "fixed, which is not known for these weights.",
            "rpt_sucholutsky2023_fig3_correlations",
            FIGURE_3_CORRELATIONS,
            lambda rows, _: papers.z2_lines(rows, "head"),
            _shot_correlations,
            default="compute_2026_11",
            options={"stimulus_set_id": "objects92"},
            scope=SNAPSHOT,
        ),
        Export(
            "sucholutsky2023_fig4_models",
            "Figure 4, left: 1-shot accuracy against alignment",
            "On the models we ran, CIFAR-10 in place of CIFAR-100.",
            "rpt_sucholutsky2023_fig4_models",
            FIGURE_4_MODELS,
            lambda rows, _: papers.few_shot_scatter(rows),
            _few_shot_models,
            default="compute_2026_11",
            options={"stimulus_set_id": "objects92"},
            scope=SNAPSHOT,
        ),
        Export(
            "sucholutsky2023_fig4_correlations",
            "Figure 4, right: is alignment domain-specific?",
            "Correlation of few-shot accuracy (logistic) with z² on three datasets, on the models "
            "we ran.",
            "rpt_sucholutsky2023_fig3_correlations",
            FIGURE_4_CORRELATIONS,
            lambda rows, _: papers.z2_lines(rows, "dataset_id"),
            _shot_correlations,
            default="compute_2026_11",
            options={"stimulus_set_id": "objects92"},
            scope=SNAPSHOT,
        ),
        Export(
            "sucholutsky2023_fig5_accuracies",
            "Figure 5: ImageNet accuracy against alignment",
            "The alignment axis was never published: what is known of it is which models are in "
            "the recovered fives (inferred from Table 1, not the authors' statement).",
            "rpt_sucholutsky2023_fig5_accuracies",
            _all_of(
                "rpt_sucholutsky2023_fig5_accuracies", "metric, model_group, source_model_name"
            ),
            lambda rows, _: papers.accuracy_strip(rows),
            _recovered,
            default="timm_2022_491",
        ),
        Export(
            "trial_consistency",
            "Error consistency with people",
            "κ against accuracy for every model, with the band of people.",
            "fct_dataset_behaviours",
            CONSISTENCY,
            lambda rows, _: trials.consistency_scatter(rows, people_of(rows)),
            _consistency,
            default="cue-conflict",
            scope=DATASET,
        ),
        Export(
            "trial_shape_bias",
            "Shape bias by category",
            "Shape against texture decisions of people and models on cue-conflict images.",
            "fct_shape_bias",
            SHAPE_BIAS,
            lambda rows, _: trials.shape_bias_lines(rows),
            _shape_biases,
            default="cue-conflict",
            scope=DATASET,
        ),
        Export(
            "trial_accuracy",
            "Accuracy against distortion",
            "People as mean and range, models as lines, condition by condition.",
            "fct_ood_accuracy",
            ACCURACY,
            lambda rows, _: trials.accuracy_lines(rows),
            _accuracies,
            default="contrast",
            scope=DATASET,
        ),
        Export(
            "trial_images",
            "Images that split people from models",
            "Every image by the share of people and of models that recognise it.",
            "rpt_image_disagreements",
            _all_of("rpt_image_disagreements", "condition, image_key", key="dataset_id"),
            lambda rows, _: trials.image_scatter(rows),
            _images,
            default="cue-conflict",
            scope=DATASET,
        ),
        Export(
            "worth_scatter",
            "A property over alignment",
            "Model by model, with straight line, parabola and smooth curve.",
            "fct_downstream_shapes",
            WORTH_POINTS,
            lambda rows, benchmarks: relations.worth_scatter(rows, titles_of(benchmarks)),
            _worth_points,
            default="brainscore_2025_core50",
            options={
                "alignment_id": "IT",
                "property_id": "ImageNet-C-top1",
                "covariate": "none",
            },
            scope=RELATION_COHORT,
        ),
        Export(
            "worth_relations",
            "What goes with an alignment",
            "Correlations of one alignment with every property, with two intervals.",
            "fct_downstream_relations",
            WORTH_RELATIONS,
            lambda rows, benchmarks: relations.worth_dots(rows, titles_of(benchmarks)),
            _worth_relations,
            default="brainscore_2025_core50",
            options={"alignment_id": "IT", "covariate": "imagenet_top1", "transform": "raw"},
            scope=RELATION_COHORT,
        ),
        Export(
            "worth_verdicts",
            "Is there a U?",
            "Claims of a U by z² alone, parabola, two lines, and two lines over families.",
            "rpt_u_shape_verdicts",
            _all_of("rpt_u_shape_verdicts", "position, covariate desc"),
            lambda rows, _: relations.verdict_tiles(rows),
            _verdicts,
            default="brainscore_2025_core50",
            scope=RELATION_COHORT,
        ),
        Export(
            "model_profile",
            "Where one model stands",
            "Percentile of a model on every single benchmark of a modality.",
            "rpt_model_scores",
            MODEL_PROFILE,
            lambda rows, _: catalogue.model_profile(rows),
            _places,
            default=DEFAULT_MODEL,
            options={"modality": "neural"},
            scope=MODEL,
        ),
        Export(
            "model_neighbours",
            "The models most like one",
            "Models that do well and badly on the same benchmarks.",
            "rpt_model_neighbours",
            MODEL_NEIGHBOURS,
            lambda rows, _: catalogue.neighbour_dots(rows),
            _similar,
            default=DEFAULT_MODEL,
            options={"modality": "neural and behavioural"},
            scope=MODEL,
        ),
        Export(
            "benchmark_scores",
            "How the scores of one benchmark lie",
            "Histogram over models in the newest snapshot, with chance and ceiling.",
            "rpt_model_scores",
            BENCHMARK_SCORES,
            lambda rows, _: catalogue.score_distribution(rows, rows),
            _best,
            default=DEFAULT_BENCHMARK,
            scope=BENCHMARK,
        ),
    )
}


def _records(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping) -> list[dict]:
    return con.execute(sql, values).to_arrow_table().to_pylist()


def _origin(con: duckdb.DuckDBPyConnection, scope: Scope, of: str) -> list[dict]:
    """Sources behind a cohort (its rule of membership included) or dataset, with their files."""
    loads = con.execute(scope.files, {"id": of}).df()
    files = _records(con, _FILES, {"ids": loads["load_id"].unique().tolist()})
    sources = _records(con, _SOURCES, {"ids": loads["source_id"].unique().tolist()})
    return [s | {"files": [f for f in files if f["source_id"] == s["source_id"]]} for s in sources]


def with_values(sql: str, values: Mapping[str, object]) -> str:
    """Put values in the place of ``$name``, so that the SQL can be run by hand."""

    def literal(match: re.Match) -> str:
        value = values[match[1]]
        items = value if isinstance(value, list | tuple) else [value]
        quoted = ["'" + str(v).replace("'", "''") + "'" for v in items]
        return f"[{', '.join(quoted)}]" if isinstance(value, list | tuple) else quoted[0]

    return re.sub(r"\$(\w+)", literal, sql)


def citation_keys(citations: Iterable[str | None]) -> list[str]:
    """BibTeX keys of several citation columns, each once, in order."""
    keys = (k.strip() for c in citations if isinstance(c, str) for k in c.split(","))
    return sorted({k for k in keys if k})


def read_bibtex(path: Path | None = None) -> dict[str, str]:
    """Read a BibTeX file into one text per key; empty where there is no file."""
    path = path or settings.REFERENCES
    if not path.is_file():
        return {}
    text = path.read_text()
    entries = {}
    for match in re.finditer(r"^[ \t]*@(\w+)\s*\{\s*([^,\s{}]+)\s*,", text, re.MULTILINE):
        depth, end = 0, match.start()
        for end in range(text.index("{", match.start()), len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0:
                break
        entries[match[2]] = text[match.start() : end + 1].strip()
    return entries


def cited_entries(keys: Iterable[str]) -> list[str]:
    """Return the BibTeX entries of the keys.

    Raises
    ------
    ExportError
        An entry is missing.
    """
    entries = read_bibtex()
    missing = [k for k in keys if k not in entries]
    if missing:
        name = f"{settings.REFERENCES.parent.name}/{settings.REFERENCES.name}"
        raise ExportError(f"{name} has no entry for {', '.join(missing)}")
    return [entries[k] for k in keys]


def latex_table(table: Table, where: str) -> str:
    """LaTeX of a table, with the rules of booktabs; a long one runs over pages.

    Parameters
    ----------
    table : Table
        Heads and cells in LaTeX.
    where : str
        The cohort or dataset and its definition, for the end of the caption.
    """
    rows = [" & ".join(row) + r" \\" for row in table.rows]
    head = " & ".join(table.head) + r" \\"
    caption = f"{table.caption} {escape_latex(where)}"
    if len(rows) <= SHORT_TABLE:
        return "\n".join(
            [
                "% needs: booktabs",
                r"\begin{table}",
                rf"\caption{{{caption}}}",
                rf"\begin{{tabular}}{{{table.columns}}}",
                r"\toprule",
                head,
                r"\midrule",
                *rows,
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{table}",
                "",
            ]
        )
    return "\n".join(
        [
            "% needs: booktabs, longtable",
            rf"\begin{{longtable}}{{{table.columns}}}",
            rf"\caption{{{caption}}} \\",
            *(r"\toprule", head, r"\midrule", r"\endfirsthead"),
            *(r"\toprule", head, r"\midrule", r"\endhead"),
            *rows,
            r"\bottomrule",
            r"\end{longtable}",
            "",
        ]
    )


_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "…": r"\ldots{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
}


def escape_latex(text: str) -> str:
    """Make text safe inside a LaTeX paragraph."""
    return "".join(_ESCAPES.get(c, c) for c in text)


def _number(value: float | None) -> str:
    return "--" if value is None or pd.isna(value) else f"${value:.3f}$"


def _place(rank: float | None) -> str:
    return "--" if rank is None or pd.isna(rank) else f"{rank:g}"


def _span(values: pd.Series) -> list[int] | None:
    """Smallest and largest, without missing ones."""
    found = values.dropna()
    return [int(found.min()), int(found.max())] if len(found) else None


def _p_value(value: float | None) -> str:
    if value is None or pd.isna(value):
        return "--"
    return "$<.001$" if value < 0.001 else f"${value:.3f}$"


def _write_data(table: pa.Table, target: Path) -> list[Path]:
    written = [target / "data.csv", target / "data.parquet"]
    pyarrow.csv.write_csv(table, written[0])
    pyarrow.parquet.write_table(table, written[1])
    return written


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
