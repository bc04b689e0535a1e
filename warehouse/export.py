"""The paper pack: a figure with its data, its table, where it comes from and what to cite."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from warehouse import charts, db, settings

DEFAULT_COHORT = "brainscore_2024_complete"
SHORT_TABLE = 45
"""Pairs beyond this many make a table that runs over pages."""


class ExportError(Exception):
    """The export cannot be made; the message says what to do."""


@dataclass(frozen=True)
class Export:
    """One thing that can be exported."""

    name: str
    title: str
    description: str
    function: Callable[..., list[Path]]


def export(
    name: str,
    cohort_id: str = DEFAULT_COHORT,
    *,
    level: str = "leaf",
    method: str = "spearman",
    folder: Path | None = None,
) -> list[Path]:
    """Write one export.

    Parameters
    ----------
    name : str
        A key of `EXPORTS`.
    cohort_id, level, method : str
        Which correlations, as in ``fct_benchmark_correlations``.
    folder : Path, optional
        Where to; ``settings.EXPORTS`` by default. The files go into a folder of their own in it.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ExportError
        There is no such export, cohort or correlation, or a BibTeX entry is missing.
    """
    if name not in EXPORTS:
        raise ExportError(f"no export {name}. Known: {', '.join(EXPORTS)}")
    target = (folder or settings.EXPORTS) / name / f"{cohort_id}_{level}_{method}"
    return EXPORTS[name].function(cohort_id, level=level, method=method, target=target)


CORRELATIONS = """\
select *
from marts.fct_benchmark_correlations
where cohort_id = $cohort_id and level = $level and method = $method
order by benchmark_a, benchmark_b"""

_COHORT = "select * from marts.dim_cohorts where cohort_id = $cohort_id"
_BENCHMARKS = "select * from marts.dim_benchmarks where benchmark_id in (select unnest($ids))"
_AGREEMENT = """\
select *
from marts.rpt_cohort_agreement
where cohort_id = $cohort_id and method = $method"""
_SCORES = """\
select distinct source_id, load_id
from marts.fct_scores
where snapshot_id = $snapshot_id"""
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


def _fig4_correlations(cohort_id: str, *, level: str, method: str, target: Path) -> list[Path]:
    chosen = {"cohort_id": cohort_id, "level": level, "method": method}
    with db.connect() as con:
        pairs = con.execute(CORRELATIONS, chosen).to_arrow_table()
        if not pairs.num_rows:
            raise ExportError(_why_empty(con, chosen))
        frame = pairs.to_pandas()
        ids = sorted({*frame["benchmark_a"], *frame["benchmark_b"]})
        benchmarks = con.execute(_BENCHMARKS, {"ids": ids}).df()
        cohort = _records(con, _COHORT, {"cohort_id": cohort_id})[0]
        summary = _records(con, _AGREEMENT, {"cohort_id": cohort_id, "method": method})
        sources = _origin(con, cohort["snapshot_id"])
    keys = citation_keys([s["citation"] for s in sources] + benchmarks["citation"].tolist())
    references = cited_entries(keys)
    titles = dict(zip(benchmarks["benchmark_id"], benchmarks["title"], strict=True))

    target.mkdir(parents=True, exist_ok=True)
    chart = charts.correlation_heatmap(frame, benchmarks)
    written = [charts.save(chart, target / f"figure.{form}") for form in ("svg", "pdf", "png")]
    written += _write_data(pairs, target)
    written.append(_write(target / "table.tex", latex_pairs(frame, titles, cohort)))
    written.append(_write(target / "references.bib", "\n\n".join(references) + "\n"))
    provenance = {
        "export": "fig4_correlations",
        "cohort": cohort,
        "level": level,
        "method": method,
        "n": {
            "models": [int(frame["n_models"].min()), int(frame["n_models"].max())],
            "benchmarks": len(ids),
            "pairs": len(frame),
        },
        "summary_of_leaves": summary[0] if summary else None,
        "sql": with_values(CORRELATIONS, chosen),
        "sources": sources,
        "cite": keys,
        "versions": {p: version(p) for p in _PACKAGES},
        "sha256": {path.name: _sha256(path) for path in written},
    }
    text = json.dumps(provenance, indent=1, ensure_ascii=False, default=str)
    return [*written, _write(target / "provenance.json", text + "\n")]


_PACKAGES = ("alignment-warehouse", "duckdb", "altair", "vl-convert-python")

EXPORTS = {
    e.name: e
    for e in (
        Export(
            "fig4_correlations",
            "Correlations between metrics",
            "Heat map, data and table of every pair in a cohort, with provenance and BibTeX.",
            _fig4_correlations,
        ),
    )
}


def _why_empty(con: duckdb.DuckDBPyConnection, chosen: Mapping[str, str]) -> str:
    cohorts = dict(con.execute("select cohort_id, n_models from marts.dim_cohorts").fetchall())
    cohort_id = chosen["cohort_id"]
    if cohort_id not in cohorts:
        return f"no cohort {cohort_id}. Known: {', '.join(sorted(cohorts))}"
    if not cohorts[cohort_id]:
        return f"cohort {cohort_id} is empty: its source is absent. See: aw sources"
    return f"cohort {cohort_id} has no {chosen['method']} correlations at level {chosen['level']}"


def _records(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping) -> list[dict]:
    return con.execute(sql, values).to_arrow_table().to_pylist()


def _origin(con: duckdb.DuckDBPyConnection, snapshot_id: str) -> list[dict]:
    """Sources behind the scores of a snapshot, each with its files."""
    scores = con.execute(_SCORES, {"snapshot_id": snapshot_id}).df()
    files = _records(con, _FILES, {"ids": scores["load_id"].tolist()})
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


def latex_pairs(pairs: pd.DataFrame, titles: Mapping[str, str], cohort: Mapping) -> str:
    """Table of the pairs, the strongest first, with the rules of booktabs.

    Parameters
    ----------
    pairs : DataFrame
        Rows of ``fct_benchmark_correlations``.
    titles : mapping
        Names of the benchmarks for people.
    cohort : mapping
        The row of ``dim_cohorts``.
    """
    ordered = pairs.sort_values("estimate", key=lambda e: -e.abs(), kind="stable")
    rows = [
        " & ".join(
            (
                escape_latex(titles[row.benchmark_a]),
                escape_latex(titles[row.benchmark_b]),
                _number(row.estimate),
                f"[{_number(row.ci_low)}, {_number(row.ci_high)}]",
                str(row.n_models),
                _p_value(row.p_bonferroni),
            )
        )
        + r" \\"
        for row in ordered.itertuples()
    ]
    symbol = {"spearman": r"$\rho$", "pearson": r"$r$"}.get(pairs["method"].iloc[0], "Estimate")
    head = rf"Metric & Metric & {symbol} & 95\,\% CI & $n$ & $p$ (Bonferroni) \\"
    caption = (
        f"Correlations ({escape_latex(pairs['method'].iloc[0])}) between "
        f"{len(titles)} metrics in the cohort {escape_latex(cohort['cohort_id'])}: "
        f"{escape_latex(cohort['description'])}"
    )
    is_long = len(rows) > SHORT_TABLE
    begin, end = _long_table(head, caption) if is_long else _short_table(head, caption)
    packages = "booktabs, longtable" if is_long else "booktabs"
    return "\n".join([f"% needs: {packages}", *begin, *rows, r"\bottomrule", *end, ""])


_COLUMNS = "llrrrr"


def _short_table(head: str, caption: str) -> tuple[list[str], list[str]]:
    begin = [
        r"\begin{table}",
        rf"\caption{{{caption}}}",
        rf"\begin{{tabular}}{{{_COLUMNS}}}",
        r"\toprule",
        head,
        r"\midrule",
    ]
    return begin, [r"\end{tabular}", r"\end{table}"]


def _long_table(head: str, caption: str) -> tuple[list[str], list[str]]:
    begin = [
        rf"\begin{{longtable}}{{{_COLUMNS}}}",
        rf"\caption{{{caption}}} \\",
        r"\toprule",
        head,
        r"\midrule",
        r"\endfirsthead",
        r"\toprule",
        head,
        r"\midrule",
        r"\endhead",
    ]
    return begin, [r"\end{longtable}"]


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
