"""Commands that answer from the warehouse: query, rank, next, panel, targets and others."""

import codecs
import io
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar

import click
import duckdb

from ingest import names_like, settings
from warehouse.cli.terminal import (
    ERR,
    OUT,
    Listed,
    Real,
    Weight,
    fail,
    print_answer,
    print_table,
    put,
    shown,
    until_interrupted,
)

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("table", "csv", "json", "parquet", "markdown")


def answers(command: Callable) -> Callable:
    """Give a command whose answer is rows the options that say in what form and where."""

    @click.option(
        "--format", "form", type=click.Choice(FORMATS), default="table", show_default=True
    )
    @click.option(
        "--output",
        type=click.Path(path_type=Path, dir_okay=False, writable=True),
        help="Write to a file.",
    )
    @wraps(command)
    def checked(*, form: str, output: Path | None, **asked: object) -> None:
        sql, database = asked.get("sql", ""), asked.get("database")
        if form == "parquet" and output is None:
            fail("parquet is not for a terminal: add --output FILE.parquet")
        if form == "table" and output is not None:
            fail("a table is for the terminal: choose another --format for a file")
        if output is not None and not output.parent.is_dir():
            fail(f"{output}: there is no folder {output.parent}. mkdir -p '{output.parent}'")
        kept = {"the warehouse": settings.WAREHOUSE, "the database that is read": database}
        kept["the file of the SQL"] = Path(sql) if _is_file_of_sql(sql) else None
        for what, path in kept.items():
            if output and path and output.exists() and path.exists() and output.samefile(path):
                fail(f"{output}: is {what}; name another file for the answer")
        command(form=form, output=output, **asked)

    return checked


TOP = 20
"""Rows on screen of what has many, where no other number is asked for."""

the_first = click.option(
    "--top",
    type=click.IntRange(min=1),
    show_default=f"{TOP} on screen, all in a file",
    help="Rows at most.",
)


def _say_shown(n: int, n_all: int) -> None:
    if n < n_all:
        OUT.print(f"{n:,} of {n_all:,} shown (--top)", style="dim")


# SQL may begin with a comment, which looks like an option
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("sql", metavar="SQL|FILE.sql")
@click.option("--files", is_flag=True, help="Let the SQL read files of yours.")
@click.option("--database", type=click.Path(path_type=Path), help="Another DuckDB file.")
@answers
def query(sql: str, form: str, output: Path | None, files: bool, database: Path | None) -> None:
    """Run one read-only SQL statement; marts are on the search path.

    Without --files nothing but the warehouse can be reached.
    """
    from warehouse import db, portable

    if _is_file_of_sql(sql):
        sql = _text_of(Path(sql))
    try:
        with db.connect(database, files=files) as con:
            statement = portable.one_statement(con, sql)
            until_interrupted(con, lambda: _write(con.sql(statement), form, output))
    except duckdb.Error as error:
        hint = ""
        if "external access" in str(error) or "disabled by configuration" in str(error):
            hint = "\nTo read a file of your own: aw query --files …"
        fail(f"{error}{hint}")


def _is_file_of_sql(text: str) -> bool:
    return text.lower().endswith(".sql")


def _text_of(path: Path) -> str:
    from ingest.documents import text_of  # with a reader of YAML, which few commands need

    text = text_of(path)
    if "\0" in text:
        fail(f"{path}: holds a null byte; save it as UTF-8")
    return text


PAPERS = ["ahlert2024", "sucholutsky2023", "geirhos2021"]
TARGET_COLUMNS = "target_id, artefact, quantity, printed, ours, tolerance, status"


@click.command()
@click.option("--paper", type=click.Choice(PAPERS), help="One paper only.")
@answers
def targets(paper: str | None, form: str, output: Path | None) -> None:
    """List every number printed in the papers beside ours.

    exact: within the tolerance. close: within 10 % of the printed number. sign: a correlation of
    the same sign. unreachable: none of these, and an input is not public. The files (csv, json,
    parquet) also hold the reason of each status, the reading and the SQL that yields each number.
    """
    from warehouse import db

    columns = TARGET_COLUMNS if form == "table" else "*"
    of_paper = "from rpt_paper_targets where paper = coalesce(?, paper)"
    with db.connect() as con:
        rows = con.sql(f"select {columns} {of_paper} order by paper, target_id", params=[paper])
        _write(rows, form, output)
        counted = con.execute(
            f"select status, count(*), count(*) filter (where is_post_hoc) {of_paper} "
            "group by all order by all",
            [paper],
        ).fetchall()
    if form == "table":
        counts = [
            f"{n} {status}"
            + (f" ({n_post_hoc} by a reading chosen after seeing the result)" * bool(n_post_hoc))
            for status, n, n_post_hoc in counted
        ]
        OUT.print(", ".join(counts), style="dim")
        OUT.print("What the words mean: aw targets --help. Why: --format csv.", style="dim")


CLAIMS = """\
select claim_id, statement, share_holding, n_holding, n_specifications, median_estimate,
    decisive_choice, decisive_share
from rpt_specification_claims order by position"""
CHOICES = """\
select choice, if(n_values > 12, 'any of ' || n_values, chosen) as chosen,
    sum(share_holding * n_specifications) / sum(n_specifications) as share_holding,
    sum(n_specifications)::bigint as n_specifications,
    if(count(*) = 1, any_value(median_estimate), null) as median_estimate, variance_share
from rpt_specification_choices where claim_id = ?
group by all order by variance_share desc, choice, chosen"""
SPECIFICATIONS = "select * from fct_specifications where claim_id = ? order by position"


@click.command()
@click.argument("claim", required=False)
@answers
def multiverse(claim: str | None, form: str, output: Path | None) -> None:
    """Say in which share of the admissible ways to ask each claim holds.

    With CLAIM, how often it holds by the value of each choice (one of more than twelve values has
    one line); the files (csv, json, parquet) hold every single specification with its estimate.
    """
    from warehouse import db

    with db.connect() as con:
        known = [
            row[0]
            for row in con.execute("select claim_id from rpt_specification_claims").fetchall()
        ]
        if claim is None:
            _write(con.sql(CLAIMS), form, output)
            return
        if claim not in known:
            fail(f"no claim {claim!r}. {names_like(claim, known)}")
        asked = CHOICES if form == "table" else SPECIFICATIONS
        _write(con.sql(asked, params=[claim]), form, output)


@click.command()
@click.option("--cohort", required=True, help="A cohort, as in dim_cohorts.")
@click.option(
    "--level", type=click.Choice(("leaf", "region", "modality")), default="leaf", show_default=True
)
@click.option(
    "--scheme", "schemes", multiple=True, default=("arithmetic_mean",), show_default=True,
    help="Way of averaging; may be repeated; all for the nine.",
)  # fmt: skip
@click.option(
    "--benchmarks", type=Listed(), default="*",
    help="Ids or globs with commas, of single benchmarks or of the level.",
)  # fmt: skip
@click.option("--without", type=Listed(), default=(), help="Of these benchmarks none, as above.")
@click.option("--models", type=Listed(), default="*", help="Names, model ids or globs.")
@click.option(
    "--weights", type=Listed(Weight()), default=(), metavar="AREA=N,…",
    help="How many times each benchmark of an area counts, as V2=5,behaviour=0.",
)  # fmt: skip
@the_first
@click.option(
    "--min-coverage",
    type=Real(0, 1),
    default=0.9,
    show_default=True,
    help="Share of the benchmarks on which a model needs a score that nobody doubts.",
)
@click.option("--all", "is_all", is_flag=True, help="Rank every model, and list every copy.")
@answers
def rank(
    cohort: str,
    level: str,
    schemes: tuple[str, ...],
    benchmarks: tuple[str, ...],
    without: tuple[str, ...],
    models: tuple[str, ...],
    weights: tuple[tuple[str, int], ...],
    top: int | None,
    min_coverage: float,
    is_all: bool,
    form: str,
    output: Path | None,
) -> None:
    """Rank models of a cohort again, on the benchmarks and models you choose.

    Models with few of the benchmarks, or with scores that are doubted (rpt_doubted_scores), are
    left out and counted, and copies (the same weights, submitted again) are folded into one line,
    which says how many there are; --all ranks and lists every one. † marks a doubted score.

    The interval is of the rank that other datasets of this kind would give (95 %). "P above next"
    is the probability that a model stands above the one below it; the last two columns count the
    models that a test of all pairs at once shows to be better and worse (5 %, Holm).
    """
    from compute.stats.aggregation.schemes import SCHEMES
    from warehouse.rank import ranked

    wanted = tuple(SCHEMES) if "all" in schemes else schemes
    chosen = {"benchmarks": benchmarks, "without": without, "models": models}
    chosen["weights"] = dict(weights)
    if unknown := next((scheme for scheme in wanted if scheme not in SCHEMES), None):
        fail(f"no scheme {unknown!r}. {names_like(unknown, SCHEMES)}")
    ranking = ranked(cohort, level, wanted, min_coverage=0 if is_all else min_coverage, **chosen)
    is_shown = ranking["score_rank"] == ranking["score_rank"]  # not NaN
    if not is_all:
        # of Kemeny's twelve a copy may be one, and the model that stands for it none
        is_shown &= ranking["is_first_copy"] | (ranking["scheme"] == "kemeny")
    ordered = {s: (is_shown & (ranking["scheme"] == s)).nonzero()[0] for s in wanted}
    top = top or (TOP if form == "table" else None)
    best = {s: places[:top] for s, places in ordered.items()}
    left_out = "" if is_all else _left_out(ranking, wanted[0], min_coverage)
    if form != "table":
        import pyarrow

        rows = [i for places in best.values() for i in places]
        columns = {
            name: pyarrow.array(values[rows], from_pandas=True) for name, values in ranking.items()
        }
        with duckdb.connect() as con:
            _write(con.from_arrow(pyarrow.table(columns)), form, output)
        if left_out:
            put(left_out, err=True)
        return
    names = ["score", "score_rank", "rank_ci_low", "rank_ci_high"]
    names += ["probability_above_next", "n_above_holm", "n_below_holm"]
    headings = ["model", "coverage", "score", "rank", "other datasets 95 % from", "to"]
    headings += ["P above next", "n shown better", "n shown worse"]
    if len(wanted) > 1 or wanted != ("arithmetic_mean",):
        names, headings = [*names, "rank_shift"], [*headings, "shift"]
    for scheme, places in best.items():
        columns = [_named(ranking, places), [f"{v:.0%}" for v in ranking["coverage"][places]]]
        columns += [
            [None if v != v else int(v) if name.startswith("n_") else v for v in values.tolist()]
            for name, values in ((name, ranking[name][places]) for name in names)
        ]
        n_models, n_parts = ranking["n_models"][places[0]], ranking["n_benchmarks"].max()
        parts = {"leaf": "benchmarks", "region": "regions", "modality": "modalities"}[level]
        title = f"{SCHEMES[scheme].title}: {cohort}, {n_models} models, {n_parts} {parts}"
        title += "".join(f", {area} × {n}" for area, n in weights)
        print_table(headings, list(zip(*columns, strict=True)), title)
        _say_shown(len(places), len(ordered[scheme]))
    if any((ranking["n_doubted"][places] > 0).any() for places in best.values()):
        OUT.print("† has a score that is doubted; why: rpt_doubted_scores", style="dim")
    if left_out:
        OUT.print(left_out, style="dim")


def _named(ranking: dict, places: list[int]) -> list[str]:
    """Names of the models, with what sets them apart."""
    columns = (
        ranking[name][places].tolist() for name in ("source_model_name", "n_doubted", "n_copies")
    )
    return [
        name + " †" * (n_doubted > 0) + f" (+{n_copies - 1})" * (n_copies > 1)
        for name, n_doubted, n_copies in zip(*columns, strict=True)
    ]


def _left_out(ranking: dict, scheme: str, min_coverage: float) -> str:
    """What a ranking does not show, and how to see it; nothing where it shows all."""
    of_one = ranking["scheme"] == scheme
    n = int((ranking["coverage"][of_one] < min_coverage - 1e-9).sum())
    n_copies = int((~ranking["is_first_copy"][of_one]).sum())
    said = [
        f"{n} of {of_one.sum()} models left out: scores that nobody doubts on less than "
        f"{min_coverage:.0%} of the benchmarks (--min-coverage)."
    ] * (n > 0)
    said += [f"{n_copies} copies folded."] * (n_copies > 0)
    return " ".join([*said, "All of them: --all"]) if said else ""


@click.command()
@click.option(
    "--size", type=click.IntRange(min=1), default=5, show_default=True,
    help="Benchmarks in the panel.",
)  # fmt: skip
@click.option(
    "--cohort", default="brainscore_2024_complete", show_default=True,
    help="A cohort, as in dim_cohorts.",
)  # fmt: skip
@answers
def panel(size: int, cohort: str, form: str, output: Path | None) -> None:
    """Name the few benchmarks that put models in nearly the order of all.

    Each row adds a benchmark to those above it. Spearman is the correlation with the order by all
    benchmarks of models whose family took no part in the choice, with its 95 % limits over
    families and datasets; random is the median of panels of this size drawn at random.
    """
    from warehouse import db

    forward = "panel = 'forward' and cohort_id = ?"
    own = f"from rpt_panels where {forward} and tested_cohort_id = cohort_id"
    with db.connect() as con:
        n_models, n_all, largest = con.execute(
            f"select any_value(n_models), any_value(n_benchmarks), max(n_chosen) {own}", [cohort]
        ).fetchone()
        if largest is None:
            known = con.sql("select distinct cohort_id from rpt_panels order by all").fetchall()
            fail(f"no panel of {cohort!r}. {names_like(cohort, (c for (c,) in known))}")
        if size > largest:
            fail(f"panels of {cohort} have at most {largest} benchmarks, not {size}")
        columns = "n_chosen, benchmark_id, estimate, ci_low, ci_high, random_median"
        rows = con.sql(
            f"select {columns if form == 'table' else '*'} {own} and n_chosen <= ? order by all",
            params=[cohort, size],
        )
        if form != "table":
            _write(rows, form, output)
            return
        heads = ["n", "benchmark", "Spearman", "95 % low", "high", "random"]
        print_table(heads, rows.fetchall(), f"{cohort}: {n_models} models, {n_all} benchmarks")
        newer = con.execute(
            "select tested_cohort_id, n_models, estimate, ci_low, ci_high from rpt_panels "
            f"where {forward} and n_chosen = ? and tested_cohort_id != cohort_id order by all",
            [cohort, size],
        ).fetchall()
    for tested, n_new, *found in newer:
        said = "{:.2f} ({:.2f} to {:.2f})".format(
            *(float("nan") if v is None else v for v in found)
        )
        OUT.print(f"On the {n_new} models that are new in {tested}: {said}", style="dim")


NEXT_COLUMNS = (
    "cohort_id, source_model_name, dataset, n_benchmarks, n_failed, score_rank, "
    "round(rank_width) as missing_leave_open, round(rank_width_after) as after_the_run, "
    "second_dataset as with_a_second, round(rank_width_after_both) as after_both"
)


@click.command("next")
@click.option("--model", help="A published name or a model id.")
@click.option("--cohort", help="A cohort with missing scores, as in rpt_next_measurements.")
@the_first
@answers
def measure_next(
    model: str | None, cohort: str | None, top: int | None, form: str, output: Path | None
) -> None:
    """List what to measure next: of a model, or of all models of a cohort.

    A run scores one dataset. First stands the run that is expected to narrow the 95 % interval of a
    model's rank most, with its missing scores predicted from those it has: missing_leave_open are
    the places between its ends now, as far as its own missing scores cause it. What other datasets
    would change is another interval, that of aw rank.
    with_a_second is the dataset to run with it, and after_both what is then expected: the two to
    measure next are those of the row with the fewest places after_both.
    """
    from warehouse import db

    if model is None and cohort is None:
        fail("what of? aw next --model NAME or aw next --cohort COHORT")
    of = (
        "where cohort_id = coalesce($cohort, cohort_id) "
        "and ($model is null or $model in (source_model_name, model_id))"
    )
    columns = NEXT_COLUMNS if form == "table" else "*"
    order = "rank_width_saved desc nulls last, cohort_id, source_model_key, variant_id, place"
    sql = f"select {columns} from rpt_next_measurements {of} order by {order}"
    given = {"model": model, "cohort": cohort}
    with db.connect() as con:
        rows = con.sql(sql, params=given)
        if not len(rows):
            _explain_nothing(con, **given)
        n_all, top = len(rows), top or (TOP if form == "table" else len(rows))
        _write(rows.limit(top), form, output)
    if form == "table":
        _say_shown(min(top, n_all), n_all)


def _explain_nothing(con: duckdb.DuckDBPyConnection, **given: str | None) -> None:
    """Fail with the cohort or the model that is not there, or that lacks no score."""
    ids = {"cohort": "cohort_id", "model": "unnest([source_model_name, model_id])"}
    for noun, asked in given.items():
        sql = f"select distinct {ids[noun]} from rpt_predicted_ranks order by all"
        known = [name for (name,) in con.execute(sql).fetchall()]
        if asked is not None and asked not in known:
            fail(f"no {noun} {asked!r} among those with predictions. {names_like(asked, known)}")
    fail("no score is missing there: nothing is left to measure")


def _write(rows: duckdb.DuckDBPyRelation | None, form: str, output: Path | None) -> None:
    from warehouse import portable

    if rows is None:  # copy … to, with --files
        ERR.print("It was run, and gives no rows.")
        if form != "table":
            fail(f"there is nothing to write as {form}")
        return
    if form == "table":
        table = portable.table_of(rows, portable.NUMBERS)
        print_answer(table.column_names, list(_cells(table)))
        return
    write = portable.FILES.get(form, _write_markdown)
    if output:
        with portable.written(output) as file:
            write(rows, file)
    else:
        write(rows, _Standard())


class _Standard(io.RawIOBase):
    """Standard output as a file; what goes there is text."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")().decode

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:
        put(self._decode(content), end="")
        return len(content)


def _write_markdown(relation: duckdb.DuckDBPyRelation, file: BinaryIO) -> None:
    from warehouse import portable

    rows = portable.Rows(relation, portable.NUMBERS)
    names = rows.schema.names
    file.write((_line(names) + _line(["---"] * len(names))).encode())
    for batch in rows:
        file.write("".join(map(_line, _cells(batch))).encode())


def _cells(rows: "pa.Table | pa.RecordBatch") -> Iterator[tuple]:
    """The rows, as people read them."""
    return zip(*([_plain(v) for v in column.to_pylist()] for column in rows.columns), strict=True)


def _plain(value: object) -> object:
    """DuckDB's decimals and huge integers as ordinary numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _line(cells: Iterable[object]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(map(_markdown, cells))} |\n"


def _markdown(value: object) -> str:
    """A cell of a Markdown table, which ends at a bar or a line break."""
    text = shown(re.sub("\r\n?", "\n", value) if isinstance(value, str) else value)
    return re.sub(r"[\\|]|<(?=[a-zA-Z/!?])", r"\\\g<0>", text).replace("\n", "<br>")


LARGEST_WIDTH = 100
"""Inches; a poster is half of it."""


class _Length(click.ParamType):
    """A length as LaTeX writes it, in inches."""

    name = "length"
    units: ClassVar = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72.27}

    def convert(self, value: str, param: object, ctx: object) -> float:
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(in|cm|mm|pt)", value)
        inches = float(found[1]) * self.units[found[2]] if found else 0
        if not 0 < inches <= LARGEST_WIDTH:
            self.fail(
                f"{value}: write it as 5.5in, 14cm, 140mm or 397pt, up to {LARGEST_WIDTH} inches",
                param,
                ctx,
            )
        return inches


@click.command()
@click.argument("name", required=False, metavar="[NAME|paper]")
@click.option(
    *("--cohort", "--dataset", "--snapshot", "--model", "--benchmark", "--claim", "of"),
    help="What the export is of: a cohort, dataset of trials, snapshot, model, benchmark or claim.",
)
@click.option("--level", help="Level of the scores, where the export has several.")
@click.option("--method", help="Method of the correlations, where the export has several.")
@click.option("--stimulus-set-id", help="Images of an alignment, where the export has several.")
@click.option("--alignment", "alignment_id", help="Benchmark in the place of alignment.")
@click.option("--property", "property_id", help="Benchmark in the place of the property.")
@click.option("--covariate", help="What is held fixed: none or imagenet_top1.")
@click.option("--transform", help="What is correlated: raw or z2.")
@click.option("--pairs", help="Pairs of benchmarks: all or reliable.")
@click.option("--modality", help="Modality of the benchmarks, where the export has several.")
@click.option("--scheme", help="Way of averaging, where the export has several.")
@click.option("--cohort-id", help="Cohort of an export of a model.")
@click.option("--other-id", help="Model that a model is compared with.")
@click.option(
    "--width", type=_Length(), default="5.5in", show_default=True, help="Of the text: in, cm or pt."
)
@click.option(
    "--font-size", type=Real(1, 100), default=8.0, show_default=True,
    help="Of figures and tables, in points.",
)  # fmt: skip
@click.option(
    "--rows", type=click.IntRange(1), default=20, show_default=True,
    help="Rows of a LaTeX table at most.",
)  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Folder.")
def export(
    name: str | None,
    of: str | None,
    width: float,
    font_size: float,
    rows: int,
    output: Path | None,
    **options: str | None,
) -> None:
    """Write a figure with its data, table, provenance and BibTeX; without NAME list them.

    Letters have the size asked for once the figure stands in a text of that width. With paper it is
    all figures, a macro for every number, and a paper.tex that shows them.
    """
    from warehouse.figures import FIGURES
    from warehouse.figures.theme import Page
    from warehouse.papers import pack, paper

    if name is None:
        rows = [(e.name, e.title, e.description) for e in FIGURES.values()]
        print_table(["export", "title", "what it holds"], rows)
        return
    given = {k: v for k, v in options.items() if v is not None}
    page = Page(width, font_size)
    if name == paper.NAME:
        if of or given:
            fail("the paper's figures have their own cohorts, datasets and choices")
        written = paper.export_paper(output, page, rows)
    else:
        written = pack.export(name, of, folder=output, page=page, top=rows, **given)
        if of is None:
            made = FIGURES[name]
            of = made.default or made.scope.default
            put(f"of {of}; another one: --{made.scope.noun} …", err=True)
    for path in written:
        put(path)
