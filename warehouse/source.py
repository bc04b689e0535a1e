"""A new source of scores from a CSV file: contract, staging model and seed rows, for review.

What a file can say of itself is read from it: header, types, markers of missing scores, checksum.
What it cannot (which way is better, what the benchmark measures) is asked for once.
"""

import contextlib
import csv
import io
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path

import yaml

from ingest import Explained, names_like, repeated, settings
from ingest.documents import rows_of
from ingest.files import content_of, delete
from ingest.locate import sha256_of
from ingest.readers import ContractError, csv_rows, text_of
from ingest.registry import TEMPLATE, load_registry
from warehouse import vocabulary
from warehouse.papers.bibliography import citation_keys, cited_entries

MARKERS = ("", "-", "X", "NA", "N/A", "None", "nan", "NaN")
"""Texts that may stand where a number is missing."""
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
MAX_BYTES = 50_000_000
"""A thousand models on a thousand benchmarks take 20 MB at most."""
UNQUOTABLE = re.compile(r"[\x00-\x1f\x7f\"'\\{}]")
"""What a name cannot hold that is written into SQL and templates of dbt."""
UNWRITABLE = re.compile(rf"[\x00-\x1f\x7f\ud800-\udfff]|{TEMPLATE.pattern}")
"""What no answer of a person can hold, which is one line of text in YAML and CSV."""
OPTIONAL = ("commit", "species", "acquisition")
"""Answers that may be empty."""


class SourceRefused(Explained):
    """The file cannot become a source as asked; the message says why and what to do."""


@dataclass(frozen=True)
class About:
    """What only a person knows of a source. The fields are those of the registry and the seeds."""

    source_id: str
    title: str
    url: str
    commit: str
    licence: str
    citation: str
    date: str
    namespace: str
    modality: str
    metric_type: str
    species: str
    acquisition: str
    direction: str
    unit: str


def seed_rows(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    return [row for _, row in rows_of(settings.DBT_PROJECT / "seeds" / f"{name}.csv")]


def namespace_problem(namespace: str, source_id: str) -> str | None:
    """Why a source cannot have names of this kind; None where it can.

    Known are those of other sources and of reviewed links, and one of its own, called as it is.
    """
    known = {row["namespace"] for row in seed_rows("model_links")} | {source_id}
    known |= {r["namespace"] for r in seed_rows("snapshots") if r["source_id"] != source_id}
    if namespace in known:
        return None
    return f"namespace {namespace!r} is nobody's. {names_like(namespace, sorted(known))}"


def cohort_lines(name: str, snapshot_id: str, benchmarks: Sequence[str]) -> str:
    """The commands that add a cohort of all models that have every one of these benchmarks."""
    (title,) = (r["title"] for r in seed_rows("snapshots") if r["snapshot_id"] == snapshot_id)
    sets = [_line([name, benchmark]) for benchmark in benchmarks]
    row = {"cohort_id": name, "title": title, "snapshot_id": snapshot_id, "benchmark_set": name}
    row |= {"is_complete_case": "true", "is_deduplicated": "false"}
    row |= {"description": f"Models with every benchmark of {title}."}
    cohort = _line([row.get(column, "") for column in seed_rows("cohorts")[0]])
    return "\n".join(
        f"printf '%s\\n' {shlex.join(rows)} >> dbt_project/seeds/{seed}.csv"
        for seed, rows in (("benchmark_sets", sets), ("cohorts", [cohort]))
    )


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def data_type(values: Sequence[str]) -> tuple[str, list[str]]:
    """Narrowest type that a column's text parses as, and the markers that stand in it.

    Returns
    -------
    data_type : {'bigint', 'double', 'varchar'}
    markers : list of str
        Empty for text: there, nothing is missing by its look.
    """
    markers = sorted({v for v in values if v in MARKERS})
    known = [v for v in values if v not in MARKERS]
    if known and all(re.fullmatch(r"[+-]?[0-9]{1,18}", v) for v in known):
        return "bigint", markers
    is_number = known and all(re.fullmatch(NUMBER, v) and isfinite(float(v)) for v in known)
    return ("double", markers) if is_number else ("varchar", [])


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        lines = list(csv_rows(text_of(content_of(path, MAX_BYTES), path.name)))
    except ContractError as error:
        raise SourceRefused(f"{path}, line {error.line}: {error}") from error
    if len(lines) < 2:
        raise SourceRefused(f"{path}: a header and at least one row are needed")
    (_, header), *lines = lines
    for mark, parted in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise SourceRefused(f"{path}: its cells are parted by {parted}, expected commas")
    for line, row in lines:
        if len(row) != len(header):
            raise SourceRefused(
                f"{path}, line {line}: {len(row)} cells where the header has {len(header)}"
            )
    # DuckDB takes capital and small letters for the same
    if len({name.lower() for name in header}) < len(header) or "" in header:
        raise SourceRefused(f"{path}: the header names a column twice, or one not at all")
    return header, [row for _, row in lines]


def new_source(
    path: Path, about: About, model: str | None = None, scores: Sequence[str] = ()
) -> list[Path]:
    """Write all that a source of scores needs, from one CSV file with a row per model.

    Parameters
    ----------
    path : Path
        The published file. In the mirror or under data/ it keeps its place there; from elsewhere it
        is copied to data/.
    about : About
        What the file does not say.
    model : str, optional
        Column of model names; the first column of text by default.
    scores : sequence of str
        Columns that are benchmarks; all columns of numbers by default.

    Returns
    -------
    list of Path
        The files written or changed, five in number.

    Raises
    ------
    SourceRefused, ExportError, DocumentError
        The file is no CSV, lacks a column, names a model twice or not at all, a name, an answer or
        the date cannot be written, a word is not of its list, nothing in docs/references.bib is
        cited by that key, the source is there already, or the registry with it could not be read.

    Notes
    -----
    Whatever fails, the disk too, nothing is written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", about.source_id):
        raise SourceRefused(
            f"--name {about.source_id}: a source is named by up to 40 lower-case letters, digits, _"
        )
    folder = settings.STAGING / about.source_id
    if folder.exists():
        raise SourceRefused(f"{folder} is there already")
    try:
        day = date.fromisoformat(about.date).isoformat()
    except ValueError:
        day = None
    if day != about.date:  # Python reads 20261120 and 2026-W47-5 as well, DuckDB does not
        raise SourceRefused(f"--date {about.date}: expected a day, as 2026-11-20")
    cited_entries(citation_keys([about.citation]))
    if problem := namespace_problem(about.namespace, about.source_id):
        raise SourceRefused(f"--namespace: {problem}")
    for column, words in vocabulary.words_of("benchmarks").items():
        if column in vars(about) and (problem := words.problem(column, getattr(about, column))):
            raise SourceRefused(f"--{column.replace('_', '-')}: {problem}")
    for name, answer in vars(about).items():
        if UNWRITABLE.search(answer) or not (answer.strip() or name in OPTIONAL):
            raise SourceRefused(
                f"--{name} {answer!a}: expected some text in one line, without {{{{, {{% and {{#"
            )
    header, rows = _read(path)
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    types = {name: data_type(values) for name, values in columns.items()}
    texts = [name for name, (kind, _) in types.items() if kind == "varchar"]
    model = model or next(iter(texts), None)
    if model is None:
        raise SourceRefused(f"{path}: no column holds names of models; name one with --model")
    numbers = [n for n, (kind, _) in types.items() if kind != "varchar" and n != model]
    scores = list(scores) or numbers
    if lacking := [c for c in [model, *scores] if c not in columns]:
        raise SourceRefused(f"{path}: no column {lacking[0]}. It has: {', '.join(header)}")
    if not scores:
        raise SourceRefused(f"{path}: no column holds numbers")
    for name in scores:
        if name not in numbers:
            raise SourceRefused(f"{path}: column {name} holds no numbers")
    for name in header:
        if (UNQUOTABLE if name in (model, *scores) else UNWRITABLE).search(name):
            raise SourceRefused(
                f"{path}: column {name!r} has a quote, a brace or a line break in its name. Write "
                "its contract and staging model by hand"
            )
    if "" in columns[model]:
        row = columns[model].index("") + 1
        raise SourceRefused(f"{path}: column {model} is empty in row {row} below the header")
    if twice := repeated(columns[model]):
        raise SourceRefused(
            f"{path}: column {model} names {twice[0]} more than once. Write the staging model by "
            "hand and tell the rows apart in variant_id (see vpt_3dpc)"
        )
    table = re.sub(r"\W+", "_", path.stem.lower()).strip("_")
    place = _place(path, about.source_id)
    if UNWRITABLE.search(place) or not 0 < len(table) <= 60:
        raise SourceRefused(
            f"{path}: the table is named as the file, by up to 60 letters and digits. Rename the "
            "file: one line of text without {{, {% and {#"
        )
    benchmarks = {name: f"{about.source_id}.{name}" for name in scores}
    seeds = settings.DBT_PROJECT / "seeds"
    union = settings.DBT_PROJECT / "models/intermediate/core/int_scores_unioned.sql"
    staged = f"stg_{about.source_id}__{table}"
    snapshot = f"{about.source_id}_{about.date[:4]}"

    copy = None
    if not any((root / place).is_file() for root in (settings.MIRROR, settings.DATA) if root):
        copy = settings.DATA / place
    declared = folder / f"_{about.source_id}__sources.yml"
    contract = _yaml(path, about, table, types, len(rows) * len(scores), staged)
    sql = folder / f"{staged}.sql"
    part = union.with_suffix(".part")
    made = [folder, part]
    if copy:
        made.append(copy if copy.parent.exists() else copy.parent)
    same = {
        "suite": about.source_id,
        "modality": about.modality,
        "metric_type": about.metric_type,
        "species": about.species,
        "acquisition": about.acquisition,
        "dataset": about.source_id,
        "is_aggregate": "false",
        "direction": about.direction,
        "direction_reason": "lower is better" * (about.direction == "lower"),
        "unit": about.unit,
        "citation": about.citation,
    }
    described = []
    for name, benchmark_id in benchmarks.items():
        # a title is for people: without underscores, and apart from a year
        words = re.sub(r"(?<=[a-z])(?=(19|20)\d\d)", " ", name.replace("_", " "))
        own = {"benchmark_id": benchmark_id, "title": f"{about.title}: {words}"}
        own["description"] = f"Column {name} of {path.name}."
        described.append(same | own)
    dated = {"snapshot_date": about.date, "namespace": about.namespace, "is_current": "true"}
    named = {"snapshot_id": snapshot, "source_id": about.source_id, "title": about.title}
    before, models, after = re.split(r"((?:    '\w+',\n)+)", union.read_text("utf-8"), maxsplit=1)
    listed = sorted([*models.splitlines(keepends=True), f"    '{staged}',\n"])

    folder.mkdir()
    with _all_or_nothing(made, [seeds / "benchmarks.csv", seeds / "snapshots.csv"]):
        if copy:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        declared.write_text(contract, "utf-8")
        load_registry()
        sql.write_text(_sql(about, table, model, benchmarks, snapshot), "utf-8")
        for row in described:
            _append(seeds / "benchmarks.csv", row)
        _append(seeds / "snapshots.csv", named | dated)
        part.write_text("".join([before, *listed, after]), "utf-8")
        part.replace(union)
    return [declared, sql, seeds / "benchmarks.csv", seeds / "snapshots.csv", union]


@contextlib.contextmanager
def _all_or_nothing(made: Sequence[Path], grown: Sequence[Path]) -> Iterator[None]:
    """Where anything fails, Ctrl-C too, take away files and folders that were made, and rows.

    To shorten a file needs no room on the disk, as to write it again would.
    """
    sizes = {path: path.stat().st_size for path in grown}
    try:
        yield
    except BaseException:
        for path, size in sizes.items():
            os.truncate(path, size)
        for path in made:
            delete(path)
        raise


def _place(path: Path, source_id: str) -> str:
    """Path of the file under data/, where it has one."""
    for root in (settings.MIRROR, settings.DATA):
        if root and path.resolve().is_relative_to(root):
            return path.resolve().relative_to(root).as_posix()
    return f"{source_id}/{path.name}"


def _yaml(path: Path, about: About, table: str, types: dict, n_rows: int, staged: str) -> str:
    """Contract of the file and description of the staging model, as one YAML file."""

    def flow(entry: object) -> str:
        text = yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, width=9999)
        return text.strip().removesuffix("\n...").strip()

    columns = "\n".join(
        "          - " + flow({"name": name, "data_type": kind})
        for name, (kind, _) in types.items()
    )
    missing = sorted({marker for _, markers in types.values() for marker in markers})
    in_place = f"            missing: {flow(missing)}\n" if missing else ""
    # a file on GitHub stands at a commit of a repository, which has a page for people
    on_github = re.match(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/(\w+)/", about.url)
    page = f"https://github.com/{on_github[1]}" if on_github else about.url
    commit = about.commit or (on_github[2] if on_github else "none")
    file = {
        "path": _place(path, about.source_id),
        "url": about.url,
        "sha256": sha256_of(path),
        "bytes": path.stat().st_size,
    }
    return f"""\
sources:
  - name: {flow(about.source_id)}
    schema: raw
    description: {flow(about.title)}
    config:
      meta:
        title: {flow(about.title)}
        url: {flow(page)}
        commit: {flow(commit)}
        retrieved_on: {flow(str(date.today()))}
        licence: {flow(about.licence)}
        redistributable: false
        citation: {flow(about.citation)}
    tables:
      - name: {flow(table)}
        identifier: {about.source_id}__{table}
        description: "One row per model."
        config:
          meta:
{in_place}            files:
              - {flow(file)}
        columns:
{columns}

models:
  - name: {staged}
    description: "One row per model and benchmark, empty cells included."
    data_tests:
      - row_count: {{arguments: {{n_rows: {n_rows}}}}}
      - unique_key: {{arguments: {{columns: [snapshot_id, source_model_key, benchmark_id]}}}}
"""


def _sql(about: About, table: str, model: str, benchmarks: dict[str, str], snapshot: str) -> str:
    """Staging model: a row per cell."""
    quoted = ", ".join(f'"{name}"' for name in benchmarks)
    return f"""\
with source as (
    select * from {{{{ source('{about.source_id}', '{table}') }}}}
),

cells as (
    unpivot source
    on {quoted}
    into name column_name value score_text
)

select
    {{{{ printed_score(
        '{snapshot}', '"{model}"', "'{about.source_id}.' || column_name", 'column_name'
    ) }}}}
from cells
"""


def _append(path: Path, row: dict[str, str]) -> None:
    """Add a row at the end of a seed; columns that are not named stay empty."""
    with path.open(newline="", encoding="utf-8") as handle:
        header = next(csv.reader(handle))
    with path.open("a", newline="", encoding="utf-8") as handle:
        csv.DictWriter(handle, header, restval="", lineterminator="\n").writerow(row)
