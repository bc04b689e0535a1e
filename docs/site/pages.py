"""Pages of the site that are made from the project: the tables of the warehouse, its figures."""

import re
from collections.abc import Iterator

import yaml

from ingest import settings
from warehouse.cli.tables import QUESTIONS
from warehouse.fields import field
from warehouse.figures import FIGURES
from warehouse.figures.record import Figure
from warehouse.figures.theme import picture
from warehouse.papers.pack import Read, read, with_values

Made = Iterator[tuple[str, str | bytes]]
"""Addresses in the site, each with its content."""


def tables() -> Made:
    """One page of each folder of marts, and one that leads to every table."""
    lead = [
        "# Tables\n",
        "Every table of the schema `marts`, made from the files by which dbt builds and tests it:"
        " what one row is, the columns with their names for people, and what the build checks."
        " `aw tables NAME` shows one in the terminal.\n",
    ]
    for folder, question in QUESTIONS.items():
        path = settings.DBT_PROJECT / "models" / "marts" / folder / f"_{folder}__models.yml"
        models = yaml.load(path.read_bytes(), yaml.CSafeLoader)["models"]
        yield f"tables/{folder}.md", "\n".join([f"# {question}\n", *map(_table, models)])
        lead += [f"## {question}\n", "| table | one row per |", "|---|---|"]
        lead += [f"| [`{m['name']}`]({folder}.md#{m['name']}) | {_grain(m)} |" for m in models]
        lead.append("")
    yield "tables/index.md", "\n".join(lead)


def _grain(model: dict) -> str:
    """What one row is, without the words that every mart begins with."""
    first = re.match(r"(?:One row per )?(.*?)\.(?:\s|$)", model["description"], re.DOTALL)
    return _cell(first[1])


def _table(model: dict) -> str:
    name = model["name"]
    checks = [_check(test, name) for test in model.get("data_tests", [])]
    lines = [f"## {name}\n", model["description"], ""]
    lines += ["The build checks:\n", *(f"- {check}" for check in checks), ""] if checks else []
    lines += ["| column | for people | type | meaning | checked |", "|---|---|---|---|---|"]
    for column in model["columns"]:
        about = field(name, column["name"])
        cells = (
            f"`{about.name}`",
            _cell(about.label),
            about.data_type,
            _cell(about.help),
            ", ".join(_check(test, name) for test in column.get("data_tests", [])),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _check(test: str | dict, mart: str) -> str:
    """A data test of dbt in words; one with a name of its own says it better than its SQL."""
    kind, about = (test, {}) if isinstance(test, str) else next(iter(test.items()))
    given = about.get("arguments", {})
    if kind == "unique_key":
        return f"one row for each {', '.join(f'`{c}`' for c in given['columns'])}"
    if kind == "accepted_values" and "name" not in about:
        return "one of the listed values"
    if kind in ("relationships", "refers_to") and "name" not in about:
        target = re.sub(r"ref\('(\w+)'\)", r"\1", given["to"])
        return f"stands in `{target}`"
    return about.get("name", kind).removeprefix(f"{mart}__").replace("_", " ")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").replace("<", "&lt;").split())


def gallery() -> Made:
    """Each figure with the command and the query that make it, and one page that shows all."""
    is_real = settings.WAREHOUSE.is_file()
    if not is_real:
        from tests.fixtures import toy

        settings.WAREHOUSE = toy.warehouse("toy")
    warning = "" if is_real else "!!! warning\n    Drawn from the invented numbers of the tests.\n"
    lead = [
        "# Figures\n",
        "Every figure of the explorer and of the papers. Each has one command, `aw export NAME`,"
        " that writes it with its rows, a table, a caption and where every number comes from"
        " ([for your paper](../paper_pack.md)).\n",
        warning,
        '<div class="gallery" markdown>\n',
    ]
    for figure in FIGURES.values():
        found = read(figure.name)
        yield f"figures/{figure.name}.svg", picture(found.drawn(None), "svg")
        yield f"figures/{figure.name}.md", _page(figure, found, warning)
        lead.append(
            f"[![]({figure.name}.svg){{ loading=lazy }} {figure.title}]({figure.name}.md)"
            f"<br>`{figure.name}`\n"
        )
    yield "figures/index.md", "\n".join([*lead, "</div>"])


def _page(figure: Figure, found: Read, warning: str) -> str:
    of = found.chosen[figure.scope.key]
    return f"""\
# {figure.title}

{figure.description}

{warning}
![{figure.title}]({figure.name}.svg){{ .figure }}

{figure.scope.noun.capitalize()}: {found.about.get("title") or of}. The rows are those of
[`{figure.mart}`](../tables/{_folder(figure.mart)}.md#{figure.mart}).

```sh
aw export {figure.name} --{figure.scope.noun} {of}
```

```python
import alignment_warehouse as aw

aw.open("warehouse.duckdb").figure("{figure.name}", "{of}").save("{figure.name}.html")
```

```sql
{with_values(figure.sql, found.chosen)}
```
"""


def _folder(mart: str) -> str:
    """The folder in which a mart stands."""
    return next((settings.DBT_PROJECT / "models" / "marts").rglob(f"{mart}.sql")).parent.name
