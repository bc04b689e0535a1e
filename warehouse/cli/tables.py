"""``aw tables``: what there is to ask, and what the columns of a table mean."""

import click

from ingest import names_like
from warehouse.cli.terminal import OUT, fail, print_table

LISTED = """\
select regexp_extract(nodes.path, 'marts/(\\w+)/', 1) as folder, nodes.name, nodes.description
from quality.nodes
inner join duckdb_tables() as tables on nodes.name = tables.table_name
where nodes.layer = 'marts' and tables.schema_name = 'marts'
order by folder, nodes.name"""
SOURCES = """\
with recursive above as (
    select parent_id, parent, parent_layer from quality.edges where child = ?
    union
    select edges.parent_id, edges.parent, edges.parent_layer
    from quality.edges
    inner join above on edges.child_id = above.parent_id
)
select distinct split_part(parent, '__', 1) from above where parent_layer = 'raw' order by all"""
QUESTIONS = {
    "core": "What was published, and of which model?",
    "agreement": "How do the benchmarks relate?",
    "ranking": "Who ranks where?",
    "missing": "What do missing scores do?",
    "trials": "Do networks err like people?",
    "measured": "How human-like is the geometry?",
    "relations": "What does alignment predict?",
    "papers": "What do the papers print, and does it depend on how one asks?",
    "catalogue": "What is what, and what is wrong with it?",
}
"""What the tables of a folder answer, in the order they are listed."""


@click.command()
@click.argument("name", required=False)
def tables(name: str | None) -> None:
    """List the tables there are; with NAME, its columns, sources and a query to begin with."""
    from warehouse import db

    with db.connect() as con:
        listed = {mart: (folder, said) for folder, mart, said in con.execute(LISTED).fetchall()}
        if name is None:
            counts = " union all ".join(f"select count(*) from marts.{mart}" for mart in listed)
            n_rows = [n for (n,) in con.execute(counts).fetchall()] if listed else []
        elif name.removeprefix("marts.") not in listed:
            fail(f"no table {name!r}. {names_like(name, listed)}")
        else:
            name = name.removeprefix("marts.")
            columns = con.execute(db.COLUMNS, {"table": name}).fetchall()
            sources = [source for (source,) in con.execute(SOURCES, [name]).fetchall()]
    if name is not None:
        _describe(name, listed[name][1], columns, sources)
        return
    rows = dict(zip(listed, n_rows, strict=True))
    for folder in dict.fromkeys([*QUESTIONS, *(folder for folder, _ in listed.values())]):
        of = [mart for mart, (where, _) in listed.items() if where == folder]
        if of:
            cells = [(mart, rows[mart], _first_sentence(listed[mart][1])) for mart in of]
            title = f"{QUESTIONS[folder]} ({folder})" if folder in QUESTIONS else folder
            print_table(["table", "rows", "what it holds"], cells, title)
    OUT.print("Columns and a query to begin with: aw tables NAME", style="dim")


def _first_sentence(text: str) -> str:
    """The grain of a table, as every description begins with it."""
    return text.split(". ", 1)[0].rstrip(".")


def _describe(name: str, said: str, columns: list[tuple], sources: list[str]) -> None:
    from warehouse import fields

    OUT.print(f"{name}: {said}", soft_wrap=True, highlight=False)
    known = fields.columns()  # a file of another version may have other columns
    labels = {
        c: fields.field(name, c).label if (name, c) in known else fields.in_words(c)
        for c, _, _ in columns
    }
    rows = [(c, labels[c], kind, comment) for c, kind, comment in columns]
    print_table(["column", "label", "type", "what it is"], rows)
    OUT.print(f"Made from {len(sources)} sources: {', '.join(sources)}", highlight=False)
    shown = ", ".join(column for column, _, _ in columns[:6])
    OUT.print(f'aw query "select {shown} from {name} limit 10"', soft_wrap=True, highlight=False)
