"""The paper pack: a figure with its data, its table, where it comes from and what to cite."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import altair as alt
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from ingest import names_like, settings
from ingest.locate import SUMS, sha256_of, sums_of, sums_text
from warehouse import db
from warehouse.fields import field
from warehouse.figures import FIGURES
from warehouse.figures.record import Figure, benchmark_ids
from warehouse.figures.theme import Page, picture
from warehouse.figures.trials import left_out
from warehouse.papers import ExportError
from warehouse.papers.bibliography import OURS, citation_keys, cited_entries
from warehouse.papers.latex import ROWS, escape_latex, figure_table, latex_table, sentences
from warehouse.portable import save

_PACKAGES = ("alignment-warehouse", "duckdb", "altair", "vl-convert-python")
_BENCHMARKS = "select * from marts.dim_benchmarks where benchmark_id in (select unnest($ids))"
_LEAVES = """\
select distinct coalesce(leaves.leaf_id, named.benchmark_id) as benchmark_id
from (select unnest($ids) as benchmark_id) as named
left join marts.bridge_benchmark_leaves as leaves on named.benchmark_id = leaves.benchmark_id
order by benchmark_id"""
_NAMES = {
    "model_id": "select model_id, display_name from marts.dim_models",
    "cohort_id": """\
select cohort_id, title from marts.dim_relation_cohorts
union all
select cohort_id, title from marts.dim_cohorts""",
    "snapshot_id": "select snapshot_id, title from marts.dim_snapshots",
}
_NAMES["neighbour_id"] = _NAMES["model_id"]
"""Names for people of the ids that stand in columns."""

_LOADS = """\
select distinct source_id, load_id
from marts.dim_files
where load_id in (select unnest($ids))"""
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
_IDENTITIES = """\
with models as (
    select model_id from marts.fct_downstream_scores where cohort_id = $id
    union
    select model_id from marts.bridge_cohort_models where cohort_id = $id and is_member
    union
    select unnest($models)
)

select source_id, rule, confidence, count(distinct model_id) as n_models
from marts.bridge_model_names
inner join models using (model_id)
where list_contains($sources, source_id)
group by all
order by all"""
_DECLARES = {"declared_by_source": "brainscore_vision_repo"}
"""Source that a rule of identity reads: what Brain-Score's own code loads under a name."""


@dataclass(frozen=True)
class Read:
    """A figure with what the warehouse holds of it.

    Attributes
    ----------
    figure : Figure
        Which.
    chosen : dict
        The id of its scope and its options.
    data : pyarrow.Table
        Rows of its query, without private ones unless all are.
    n_private : int
        Private rows of it that are left out.
    benchmarks : DataFrame
        Those named in it, from ``dim_benchmarks``.
    about : dict
        The row of what it is of.
    sources, identities : list of dict
        Where the rows come from, and how models of several sources were found to be the same.
    contents : dict
        Hash of the content of each mart that it reads.
    names : dict
        Names for people of the ids in some columns.
    """

    figure: Figure
    chosen: dict[str, str]
    data: pa.Table
    n_private: int
    benchmarks: pd.DataFrame
    about: dict
    sources: list[dict]
    identities: list[dict]
    contents: dict[str, str]
    names: dict[str, dict[str, str]]

    @property
    def rows(self) -> pd.DataFrame:
        """Its data."""
        return self.data.to_pandas()

    @property
    def cited(self) -> list[str]:
        """BibTeX keys of its sources, its benchmarks and this tool."""
        of_sources = [s["citation"] for s in self.sources]
        keys = [*of_sources, *self.benchmarks["citation"], self.about.get("citation"), OURS]
        return citation_keys(keys)

    def drawn(self, page: Page | None) -> alt.TopLevelMixin:
        """The chart for a page, or for a screen."""
        draw = (page and self.figure.printed) or self.figure.draw
        return draw(self.figure.keep(self.rows), self.benchmarks)

    def where(self) -> str:
        """Of what, of how many, with what interval and from where, in LaTeX."""
        figure, rows = self.figure, self.figure.keep(self.rows)
        of = self.about.get("title") or self.about[figure.scope.meaning]
        about = self.about[figure.scope.meaning]
        said = [
            f"{figure.scope.noun.capitalize()}: {of}"
            + (f" ({about.rstrip('.')})" if about != of else "")
        ]
        said.append(self._counted(rows))
        # the interval over all samples together, where there are others too
        low = min(
            (c for c in rows if re.search(r"ci_low\w*$", c)), key="ci_low".__ne__, default=None
        )
        if low is not None and (mart := _mart_of(figure, low)):
            said.append(_interval(field(mart, low).help))
        text = sentences(*map(escape_latex, said))
        keys = citation_keys([*(s["citation"] for s in self.sources), OURS])
        return rf"{text} Data: \cite{{{','.join(keys)}}}."

    def _counted(self, rows: pd.DataFrame) -> str:
        """How many are shown, and how many are not and why."""
        if "left_out_because" in rows:
            n, reasons = left_out(self.rows)
            why = ", ".join(f"{reason} ({times})" for reason, times in reasons.items())
            return f"n = {n} networks" + (f"; {reasons.sum()} left out: {why}" if why else "")
        for column, noun in (("n_models", "models"), ("n_units", "units")):
            n = _range(rows[column]) if column in rows else [self.about.get(column)] * 2
            if n and n[0] is not None:
                return f"n = {n[0]:,}" + (f" to {n[1]:,}" if n[0] != n[1] else "") + f" {noun}"
        return f"n = {len(rows):,} rows"


def _mart_of(figure: Figure, column: str) -> str | None:
    try:
        field(figure.mart, column)
    except KeyError:
        return None
    return figure.mart


def _interval(text: str) -> str:
    """What the help of a lower limit says of its interval: ``95 % intervals over families``."""
    first = re.match(r"(?:\([^)]*\)|[^.,:;(])*", text)[0]
    lower = r"^Lower (?:end of (?:the|its) )?(?:95 % )?(?:limit|interval)"
    return re.sub(lower, "95 % intervals", first)


def read(name: str, of: str | None = None, *, path: Path | None = None, **options: str) -> Read:
    """Read what a figure shows.

    Parameters
    ----------
    name : str
        A key of `warehouse.figures.FIGURES`.
    of : str, optional
        A cohort, or a dataset of trials, that its mart holds; the figure's own by default.
    path : Path, optional
        The warehouse; the published one by default.
    **options : str
        Further choices of the figure, such as the level and the method of a correlation.

    Raises
    ------
    ExportError
        There is no such figure, choice or cohort.
    """
    if name not in FIGURES:
        raise ExportError(f"no export {name!r}. {names_like(name, FIGURES)}")
    figure = FIGURES[name]
    unknown = options.keys() - figure.options.keys()
    if unknown:
        raise ExportError(f"{name} has no {', '.join(sorted(unknown))} to choose")
    of = of or figure.default or figure.scope.default
    chosen = {figure.scope.key: of, **figure.options, **options}
    with db.connect(path) as con:
        data = con.execute(figure.sql, chosen).to_arrow_table()
        if not data.num_rows:
            raise ExportError(_why_empty(con, figure, chosen))
        data, n_private = _published(data)
        rows = data.to_pandas()
        ids = benchmark_ids(rows)
        loads = _loads(con, figure, of, rows)
        identities = _identities(con, of, rows, loads)
        sources = _sources(con, loads, identities)
        return Read(
            figure=figure,
            chosen=chosen,
            data=data,
            n_private=n_private,
            benchmarks=con.execute(_BENCHMARKS, {"ids": ids}).df(),
            about=_records(con, figure.scope.sql, {"id": of})[0],
            sources=sources,
            identities=identities,
            contents=_contents(con, figure),
            names={
                column: dict(con.execute(sql).fetchall())
                for column, sql in _NAMES.items()
                if column in rows
            },
        )


def _published(data: pa.Table) -> tuple[pa.Table, int]:
    """Rows without the private ones, and how many these are; what is private as a whole stays."""
    if "is_private" not in data.column_names:
        return data, 0
    published = data.filter(pc.invert(data["is_private"]))
    n = data.num_rows - published.num_rows
    return (published, n) if published.num_rows else (data, 0)


def export(
    name: str,
    of: str | None = None,
    *,
    folder: Path | None = None,
    page: Page | None = None,
    top: int = ROWS,
    **options: str,
) -> list[Path]:
    """Write one figure for a page of a paper, with its data, table, provenance and BibTeX.

    Parameters
    ----------
    name, of, **options : str
        As in :func:`read`.
    folder : Path, optional
        Where to; ``settings.EXPORTS`` by default. The files go into a folder of their own in it.
    page : Page, optional
        Width and size of letters; 5.5 inches and 8 points by default.
    top : int
        Rows of the LaTeX table at most.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ExportError
        There is no such figure, choice or cohort, a BibTeX entry is missing, or a file in the
        place of one is not as an export wrote it. Nothing is written.
    """
    files = made(read(name, of, **options), page or Page(), top)
    return write(files, folder or settings.EXPORTS)


def made(found: Read, page: Page, top: int) -> dict[str, bytes]:
    """The files of a figure, by their paths in a folder of exports."""
    references = cited_entries(found.cited)
    chart = found.drawn(page)
    files = {f"figure.{form}": picture(chart, form, page) for form in ("svg", "pdf", "png")}
    files |= {"data.csv": _csv(found.data), "data.parquet": _parquet(found.data)}
    table = figure_table(found.figure, found.rows, found.benchmarks, found.names)
    label = f"tab:{found.figure.name}"
    files["table.tex"] = latex_table(table, found.where(), page, top=top, label=label).encode()
    files["figure.tex"] = _figure(found, chart, page).encode()
    files["references.bib"] = ("\n\n".join(references) + "\n").encode()
    text = json.dumps(_provenance(found), indent=1, ensure_ascii=False, default=str)
    files["provenance.json"] = f"{text}\n".encode()
    return {f"{place(found)}/{file}": content for file, content in files.items()}


def write(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write the files of an export, and beside them their checksums, over nothing but an export.

    Raises
    ------
    ExportError
        What stands in the place of a file is neither it nor as an export wrote it.
    """
    by_folder: dict[Path, dict[str, bytes]] = {}
    for path, content in files.items():
        by_folder.setdefault((folder / path).parent, {})[Path(path).name] = content
    if changed := [path for f, held in by_folder.items() for path in _not_exported(f, held)]:
        raise ExportError(
            "nothing was written, to keep what is not as an export wrote it. Move it away, or name "
            f"another folder (aw export --output FOLDER): {', '.join(map(str, changed))}"
        )
    for here, held in by_folder.items():
        here.mkdir(parents=True, exist_ok=True)
        sums = {name: hashlib.sha256(content).hexdigest() for name, content in held.items()}
        # the checksums last: a killed export can be run again
        for name, content in {**held, SUMS: sums_text(sums).encode()}.items():
            save(content, here / name)
    return [f / name for f, held in by_folder.items() for name in (*held, SUMS)]


def _not_exported(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """What stands in the places of some files of a folder, and would be lost."""
    sums = sums_of(folder)
    changed = [
        folder / name
        for name, content in files.items()
        if os.path.lexists(folder / name)
        and not (
            (folder / name).is_file()
            and sha256_of(folder / name) in (sums.get(name), hashlib.sha256(content).hexdigest())
        )
    ]
    if not sums.keys() <= files.keys():  # of something else
        changed.append(folder / SUMS)
    return changed


def place(found: Read) -> str:
    """Where the files of a figure stand in a folder of exports."""
    return f"{found.figure.name}/{folder_name(found.chosen)}"


def folder_name(chosen: Mapping[str, str]) -> str:
    """Name of the folder of an export, which every system takes, and no other export has."""
    asked = "_".join(chosen.values())
    made = re.sub(r"^\.|[^\w.-]", "_", asked)[:150]
    told_apart = hashlib.sha256(asked.encode()).hexdigest()[:8]
    return made if made == asked else f"{made}_{told_apart}"


def _figure(found: Read, chart: alt.TopLevelMixin, page: Page) -> str:
    """LaTeX of a figure, with a caption to start from."""
    figure = found.figure
    # the number that it has in its own paper would stand beside another one
    title = re.sub(r"^(?:Figure|Table) [^:]*: ", "", figure.title)
    title = escape_latex(title[:1].upper() + title[1:])
    description = escape_latex(chart.description)
    return "\n".join(
        (
            "% needs: graphicx; \\graphicspath names the folder that holds the exports",
            r"\begin{figure}[htbp]",
            r"\centering",
            rf"\includegraphics[width={page.width:g}in]{{{place(found)}/figure.pdf}}",
            rf"\caption{{{sentences(title, description, found.where())}}}",
            rf"\label{{fig:{figure.name}}}",
            r"\end{figure}",
            "",
        )
    )


def _provenance(found: Read) -> dict:
    figure, rows = found.figure, found.rows
    n_models = found.about.get("n_models", found.about.get("n_units"))
    return {
        "export": figure.name,
        **found.chosen,
        figure.scope.noun: found.about,
        "n_rows": len(rows),
        "n_private_left_out": found.n_private,
        "n_models": _range(rows["n_models"]) if "n_models" in rows else n_models,
        "sql": with_values(figure.sql, found.chosen),
        "warehouse": found.contents,
        "sources": found.sources,
        "identities": found.identities,
        "cite": found.cited,
        "code": commit(),
        "versions": {p: version(p) for p in _PACKAGES},
    }


@cache
def commit() -> str:
    """Commit of git that the code is at, with ``+`` where it was changed; empty elsewhere."""
    here = ("git", "-C", str(settings.ROOT))
    try:
        head, changes = (
            subprocess.run([*here, *what], capture_output=True, encoding="utf-8", check=True).stdout
            for what in (("rev-parse", "HEAD"), ("status", "--porcelain", "-uno"))
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.strip() + ("+" if changes.strip() else "")


def _contents(con: duckdb.DuckDBPyConnection, figure: Figure) -> dict[str, str]:
    """Hash of the content of every mart that the query of a figure reads."""
    marts = sorted(set(re.findall(r"\bmarts\.(\w+)", figure.sql)))
    return dict(zip(marts, db.contents(con, [("marts", m) for m in marts]), strict=True))


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
        listed = names_like(of, [c for (c,) in held]) if held else "Known: none in this warehouse"
        return f"{figure.name} has no rows of the {noun} {of}. {listed}"
    options = ", ".join(f"{k} {v}" for k, v in chosen.items() if k != key)
    return f"the {noun} {of} has no rows of {figure.name} with {options}"


def _records(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping) -> list[dict]:
    return con.execute(sql, values).to_arrow_table().to_pylist()


def _loads(
    con: duckdb.DuckDBPyConnection, figure: Figure, of: str, rows: pd.DataFrame
) -> pd.DataFrame:
    """Source and load of every file that the rows of a figure come from.

    Rows that name their own file are taken at their word. For the others it is the files that hold
    scores of the cohort's members on the benchmarks shown, or on those that these average.
    """
    if "load_id" in rows:
        return con.execute(_LOADS, {"ids": rows["load_id"].dropna().unique().tolist()}).df()
    named = benchmark_ids(rows)
    leaves = con.execute(_LEAVES, {"ids": named}).fetchall()
    known = {
        "id": of,
        "benchmarks": sorted({*named, *(leaf for (leaf,) in leaves)}),
        "sources": rows["source_id"].unique().tolist() if "source_id" in rows else [],
    }
    asked = set(re.findall(r"\$(\w+)", figure.scope.files))
    return con.execute(figure.scope.files, {k: known[k] for k in asked}).df()


def _identities(
    con: duckdb.DuckDBPyConnection, of: str, rows: pd.DataFrame, loads: pd.DataFrame
) -> list[dict]:
    """By what rule names of several sources are the same model; none are needed of one source."""
    sources = sorted(loads["source_id"].unique())
    if len(sources) < 2:
        return []
    models = rows["model_id"].dropna().unique().tolist() if "model_id" in rows else []
    return _records(con, _IDENTITIES, {"id": of, "sources": sources, "models": models})


def _sources(
    con: duckdb.DuckDBPyConnection, loads: pd.DataFrame, identities: list[dict]
) -> list[dict]:
    """The sources of some files, and those that say which models are the same."""
    ids = {*loads["source_id"], *(_DECLARES.get(i["rule"]) for i in identities)} - {None}
    files = _records(con, _FILES, {"ids": loads["load_id"].unique().tolist()})
    sources = _records(con, _SOURCES, {"ids": sorted(ids)})
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
