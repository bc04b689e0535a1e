"""The paper pack: a figure with its data, its table, where it comes from and what to cite."""

import hashlib
import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from ingest import names_like, settings
from warehouse import db
from warehouse.figures import FIGURES
from warehouse.figures.record import Figure, Scope, benchmark_ids
from warehouse.figures.theme import picture
from warehouse.papers import ExportError
from warehouse.papers.bibliography import citation_keys, cited_entries
from warehouse.papers.latex import figure_table, latex_table
from warehouse.portable import save

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


def export(
    name: str, of: str | None = None, *, folder: Path | None = None, **options: str
) -> list[Path]:
    """Write one figure: as SVG, PDF and PNG, with its data, table, provenance and BibTeX.

    Parameters
    ----------
    name : str
        A key of `warehouse.figures.FIGURES`.
    of : str, optional
        A cohort, or a dataset of trials, that its mart holds; the figure's own by default.
    folder : Path, optional
        Where to; ``settings.EXPORTS`` by default. The files go into a folder of their own in it.
    **options : str
        Further choices of the figure, such as the level and the method of a correlation.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ExportError
        There is no such figure, choice or cohort, or a BibTeX entry is missing. Nothing is written.
    """
    if name not in FIGURES:
        raise ExportError(f"no export {name}. {names_like(name, FIGURES)}")
    figure = FIGURES[name]
    unknown = options.keys() - figure.options.keys()
    if unknown:
        raise ExportError(f"{name} has no {', '.join(sorted(unknown))} to choose")
    of = of or figure.default or figure.scope.default
    chosen = {figure.scope.key: of, **figure.options, **options}
    target = (
        (folder or settings.EXPORTS) / name / re.sub(r"[^\w.-]", "_", "_".join(chosen.values()))
    )
    with db.connect() as con:
        data = con.execute(figure.sql, chosen).to_arrow_table()
        if not data.num_rows:
            raise ExportError(_why_empty(con, figure, chosen))
        rows = data.to_pandas()
        benchmarks = con.execute(_BENCHMARKS, {"ids": benchmark_ids(rows)}).df()
        about = _records(con, figure.scope.sql, {"id": of})[0]
        sources = _origin(con, figure.scope, of)
    cited = [s["citation"] for s in sources] + benchmarks["citation"].tolist()
    keys = citation_keys([*cited, about.get("citation")])
    references = cited_entries(keys)
    where = f"{figure.scope.noun.capitalize()} {of}: {about[figure.scope.meaning]}"
    n_models = about.get("n_models", about.get("n_units"))
    table = latex_table(figure_table(figure, rows, benchmarks), where)
    chart = figure.draw(rows, benchmarks)

    target.mkdir(parents=True, exist_ok=True)
    files = {f"figure.{form}": picture(chart, form) for form in ("svg", "pdf", "png")}
    files |= {"data.csv": _csv(data), "data.parquet": _parquet(data), "table.tex": table.encode()}
    files["references.bib"] = ("\n\n".join(references) + "\n").encode()
    provenance = {
        "export": name,
        **chosen,
        figure.scope.noun: about,
        "n_rows": len(rows),
        "n_models": _range(rows["n_models"]) if "n_models" in rows else n_models,
        "sql": with_values(figure.sql, chosen),
        "sources": sources,
        "cite": keys,
        "versions": {p: version(p) for p in _PACKAGES},
        "sha256": {file: hashlib.sha256(made).hexdigest() for file, made in files.items()},
    }
    text = json.dumps(provenance, indent=1, ensure_ascii=False, default=str)
    files["provenance.json"] = f"{text}\n".encode()
    for file, content in files.items():
        save(content, target / file)
    return [target / file for file in files]


def _why_empty(con: duckdb.DuckDBPyConnection, figure: Figure, chosen: Mapping[str, str]) -> str:
    key, noun = figure.scope.key, figure.scope.noun
    of = chosen[key]
    known = dict(con.execute(figure.scope.known).fetchall())
    if of not in known:
        return f"no {noun} {of}. {names_like(of, known)}"
    if not known[of]:
        return f"the {noun} {of} is empty: its source is absent. See: aw sources"
    held = con.execute(f"select distinct {key} from marts.{figure.mart} order by all").fetchall()
    if (of,) not in held:
        listed = ", ".join(c for (c,) in held) or "none in this warehouse"
        return f"{figure.name} has no rows of the {noun} {of}. It has: {listed}"
    options = ", ".join(f"{k} {v}" for k, v in chosen.items() if k != key)
    return f"the {noun} {of} has no rows of {figure.name} with {options}"


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


def _range(values: pd.Series) -> list[int] | None:
    """Smallest and largest, without missing ones."""
    found = values.dropna()
    return [int(found.min()), int(found.max())] if len(found) else None


def _csv(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink)
    return sink.getvalue().to_pybytes()


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()
