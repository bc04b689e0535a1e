"""The paper pack: a figure with its data, its table, where it comes from and what to cite."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import altair as alt
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from warehouse import charts, db, settings

DEFAULT_COHORT = "brainscore_2024_complete"
SHORT_TABLE = 45
"""Rows beyond this many make a table that runs over pages."""


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
        Where its rows are; its cohorts are those that can be exported.
    sql : str
        Its rows, with ``$cohort_id`` and the keys of ``options``.
    draw : callable
        Rows and their rows in ``dim_benchmarks`` to the chart.
    tabulate : callable
        Rows and their rows in ``dim_benchmarks`` to the LaTeX table.
    cohort_id : str
        The cohort that is exported by default.
    options : dict
        Further choices and their defaults.
    """

    name: str
    title: str
    description: str
    mart: str
    sql: str
    draw: Callable[[pd.DataFrame, pd.DataFrame], alt.TopLevelMixin]
    tabulate: Callable[[pd.DataFrame, pd.DataFrame], Table]
    cohort_id: str = DEFAULT_COHORT
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Rows of a LaTeX table: the heads and the cells are LaTeX already."""

    columns: str
    head: list[str]
    rows: list[list[str]]
    caption: str


def export(
    name: str, cohort_id: str | None = None, *, folder: Path | None = None, **options: str
) -> list[Path]:
    """Write one export: the figure as SVG, PDF and PNG, its data, table, provenance and BibTeX.

    Parameters
    ----------
    name : str
        A key of `EXPORTS`.
    cohort_id : str, optional
        A cohort of its mart; the export's own by default.
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
    chosen = {"cohort_id": cohort_id or made.cohort_id, **made.options, **options}
    target = (folder or settings.EXPORTS) / name / "_".join(chosen.values())
    with db.connect() as con:
        data = con.execute(made.sql, chosen).to_arrow_table()
        if not data.num_rows:
            raise ExportError(_why_empty(con, made, chosen))
        rows = data.to_pandas()
        benchmarks = con.execute(_BENCHMARKS, {"ids": benchmark_ids(rows)}).df()
        cohort = _records(con, _COHORT, {"cohort_id": chosen["cohort_id"]})[0]
        summary = _records(con, _AGREEMENT, {"cohort_id": chosen["cohort_id"]})
        sources = _origin(con, cohort)
    keys = citation_keys([s["citation"] for s in sources] + benchmarks["citation"].tolist())
    references = cited_entries(keys)
    chart = made.draw(rows, benchmarks)
    table = latex_table(made.tabulate(rows, benchmarks), cohort)

    target.mkdir(parents=True, exist_ok=True)
    written = [charts.save(chart, target / f"figure.{form}") for form in ("svg", "pdf", "png")]
    written += _write_data(data, target)
    written.append(_write(target / "table.tex", table))
    written.append(_write(target / "references.bib", "\n\n".join(references) + "\n"))
    provenance = {
        "export": name,
        **chosen,
        "cohort": cohort,
        "n_rows": len(rows),
        "n_models": _span(rows["n_models"]) if "n_models" in rows else cohort["n_models"],
        "n_benchmarks": len(benchmarks) or cohort["n_benchmarks"],
        "agreement_of_the_cohort": summary,
        "sql": with_values(made.sql, chosen),
        "sources": sources,
        "cite": keys,
        "versions": {p: version(p) for p in _PACKAGES},
        "sha256": {path.name: _sha256(path) for path in written},
    }
    text = json.dumps(provenance, indent=1, ensure_ascii=False, default=str)
    return [*written, _write(target / "provenance.json", text + "\n")]


_PACKAGES = ("alignment-warehouse", "duckdb", "altair", "vl-convert-python")

_COHORT = "select * from marts.dim_cohorts where cohort_id = $cohort_id"
_BENCHMARKS = "select * from marts.dim_benchmarks where benchmark_id in (select unnest($ids))"
_AGREEMENT = "select * from marts.rpt_cohort_agreement where cohort_id = $cohort_id order by method"
_SCORES = """\
select distinct source_id, load_id
from marts.fct_scores
where snapshot_id in (select unnest($snapshot_ids))"""
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
    return sorted({b for column in named if column in rows for b in rows[column]})


def _why_empty(con: duckdb.DuckDBPyConnection, made: Export, chosen: Mapping[str, str]) -> str:
    cohorts = dict(con.execute("select cohort_id, n_models from marts.dim_cohorts").fetchall())
    cohort_id = chosen["cohort_id"]
    if cohort_id not in cohorts:
        return f"no cohort {cohort_id}. Known: {', '.join(sorted(cohorts))}"
    if not cohorts[cohort_id]:
        return f"cohort {cohort_id} is empty: its source is absent. See: aw sources"
    held = con.execute(f"select distinct cohort_id from marts.{made.mart} order by all").fetchall()
    if (cohort_id,) not in held:
        known = ", ".join(c for (c,) in held) or "none in this warehouse"
        return f"{made.name} has no rows of the cohort {cohort_id}. Cohorts of it: {known}"
    options = ", ".join(f"{k} {v}" for k, v in chosen.items() if k != "cohort_id")
    return f"the cohort {cohort_id} has no rows of {made.name} with {options}"


CORRELATIONS = """\
select *
from marts.fct_benchmark_correlations
where cohort_id = $cohort_id and level = $level and method = $method
order by benchmark_a, benchmark_b"""


def _all_of(mart: str, order: str, *more: str) -> str:
    where = " and ".join(f"{c} = ${c}" for c in ("cohort_id", *more))
    return f"select *\nfrom marts.{mart}\nwhere {where}\norder by {order}"


def _pairs(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> Table:
    """Every pair of benchmarks, the strongest first."""
    titles = dict(zip(benchmarks["benchmark_id"], benchmarks["title"], strict=True))
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
    schemes = charts.known_first(rows["scheme"], charts.SCHEMES)
    ranks = rows.pivot(index=key, columns="scheme", values="score_rank")
    moved = rows.pivot(index=key, columns="scheme", values="is_large_shift")
    names = rows.drop_duplicates(key).set_index(key)["source_model_name"]
    return Table(
        "l" + "r" * len(schemes),
        ["Model", *(charts.SCHEMES.get(s, s) for s in schemes)],
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
        f"{charts.LARGE_SHIFT} places from the arithmetic mean",
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
            for a in charts.known_first(areas.index, charts.REGIONS)
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


EXPORTS = {
    e.name: e
    for e in (
        Export(
            "fig1_correlations",
            "Metrics of several kinds against each other",
            "Area averages, behaviour, shape bias and odd-one-out (Figure 1 of the paper).",
            "rpt_fig1_correlations",
            _all_of("rpt_fig1_correlations", "position_a, position_b"),
            lambda rows, _: charts.metric_heatmap(rows),
            _metric_pairs,
            cohort_id="brainscore_2025_odd_one_out",
        ),
        Export(
            "fig2_neural_behaviour",
            "Neural against behavioural averages",
            "Raw and z-transformed, coloured by the overall rank (Figure 2).",
            "rpt_fig2_neural_behaviour",
            _all_of("rpt_fig2_neural_behaviour", "overall_rank, source_model_key"),
            lambda rows, _: charts.neural_behaviour(rows),
            _averages,
        ),
        Export(
            "fig3_rankings",
            "Three ways of averaging",
            "Models under arithmetic mean, z-mean and mean rank (Figure 3).",
            "rpt_fig3_rankings",
            _all_of("rpt_fig3_rankings", "scheme, score_rank, source_model_key", "level"),
            lambda rows, _: charts.rank_strip(rows),
            _ranks,
            cohort_id="brainscore_2024_complete_dedup",
            options={"level": "modality"},
        ),
        Export(
            "fig4_correlations",
            "Correlations between metrics",
            "Every pair of metrics of any cohort, level and method (Figure 4).",
            "fct_benchmark_correlations",
            CORRELATIONS,
            charts.correlation_heatmap,
            _pairs,
            options={"level": "leaf", "method": "spearman"},
        ),
        Export(
            "fig5_correlations",
            "The metrics of Figure 1 on all models that have them",
            "Area averages, behaviour and shape bias in 2024 (Figure 5).",
            "rpt_fig5_correlations",
            _all_of("rpt_fig5_correlations", "position_a, position_b"),
            lambda rows, _: charts.metric_heatmap(rows),
            _metric_pairs,
            cohort_id="brainscore_2024_metrics69",
        ),
        Export(
            "fig6_distributions",
            "Distributions of the neural areas",
            "Densities of the averages of V1, V2, V4 and IT (Figure 6).",
            "rpt_fig6_distributions",
            _all_of("rpt_fig6_distributions", "benchmark_id, score, source_model_key"),
            lambda rows, _: charts.distributions(rows),
            _quantiles,
            cohort_id="brainscore_2024_complete_dedup",
        ),
        Export(
            "fig7_missingness",
            "How missing scores shape the average",
            "Averages coloured by the number of non-zero scores (Figure 7).",
            "rpt_fig7_missingness",
            _all_of("rpt_fig7_missingness", "source_model_key"),
            lambda rows, _: charts.coverage_scatter(rows),
            _coverage_groups,
            cohort_id="brainscore_2024_all",
        ),
    )
}


def _records(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping) -> list[dict]:
    return con.execute(sql, values).to_arrow_table().to_pylist()


def _origin(con: duckdb.DuckDBPyConnection, cohort: Mapping) -> list[dict]:
    """Sources that a cohort's scores and its rule of membership come from, with their files."""
    snapshots = [s for s in (cohort["snapshot_id"], cohort["rule_snapshot_id"]) if s]
    scores = con.execute(_SCORES, {"snapshot_ids": snapshots}).df()
    files = _records(con, _FILES, {"ids": scores["load_id"].unique().tolist()})
    sources = _records(con, _SOURCES, {"ids": scores["source_id"].unique().tolist()})
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


def latex_table(table: Table, cohort: Mapping) -> str:
    """LaTeX of a table, with the rules of booktabs; a long one runs over pages.

    Parameters
    ----------
    table : Table
        Heads and cells in LaTeX.
    cohort : mapping
        The row of ``dim_cohorts``; its name and definition stand in the caption.
    """
    rows = [" & ".join(row) + r" \\" for row in table.rows]
    head = " & ".join(table.head) + r" \\"
    caption = (
        f"{table.caption} in the cohort {escape_latex(cohort['cohort_id'])}: "
        f"{escape_latex(cohort['description'])}"
    )
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
