"""The texts of a release: what it is, what each column means, where it comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.release import Mart

DESCRIPTION = (
    "Published scores of how human-like vision models are, as far as their licences permit passing "
    "them on, and tables of how far the benchmarks behind such scores agree."
)
PACKAGE = "datapackage.json"
CROISSANT = {
    "DOUBLE": "sc:Float",
    "FLOAT[]": "sc:Float",
    "BIGINT": "sc:Integer",
    "BOOLEAN": "sc:Boolean",
    "DATE": "sc:Date",
    "VARCHAR": "sc:Text",
}
FRICTIONLESS = {
    "DOUBLE": "number",
    "FLOAT[]": "array",
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "VARCHAR": "string",
}
MANY_FILES = 25
"""Of a source with more, the table ``dim_files`` has the checksums."""

PARTITIONED = """\
A large table is a folder of files, one for each `{mart.partitioned_by}` of `{mart.name}` for
example, each with all columns. Engines that read many files at once take the folder:

```python
import duckdb

parts = "read_parquet('{mart.path}', hive_partitioning = true)"
duckdb.sql(f"select {mart.partitioned_by}, count(*) from {{parts}} group by all").show()
```

"""

PARQUET = "application/x-parquet"  # the name that readers of Croissant know
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""As the specification of Croissant 1.0 prints it."""

README = """\
# {name}

{description}

State of the data: {date}. {n_rows:,} rows in {n_marts} tables; {n_left_out:,} rows were left out
because they are private or the licence of their source does not permit passing them on (below).

## Open it

DuckDB, all tables in one file, each table and column with its description:

```python
import duckdb

with duckdb.connect("warehouse.duckdb", read_only=True) as con:
    con.sql("select cohort_id, method, mean_estimate, ci_low, ci_high, n_models "
            "from marts.rpt_cohort_agreement order by all").show()
```

pandas, one Parquet file per table:

```python
import pandas as pd

print(pd.read_parquet("parquet/rpt_cohort_agreement.parquet").head())
```

{partitioned}R:

```r
agreement <- arrow::read_parquet("parquet/rpt_cohort_agreement.parquet")
head(agreement)
```

With the Python package of this project, of which this is a file:

```python
import alignment_warehouse as aw

print(aw.open("warehouse.duckdb").agreement(method="spearman"))
```

## What is here

| file | what it holds |
|---|---|
| `warehouse.duckdb` | every table in one DuckDB file |
| `parquet/` | {parquet}; descriptions stand in its metadata |
| `DATA_DICTIONARY.md` | every table and column, and which sources a table rests on |
| `docs.html` | dbt's documentation: how each table is made |
| `SOURCES.md` | licence, citation, address, checksums and date of each source |
| `croissant.json`, `datapackage.json` | the same for programs (Croissant, Frictionless) |
| `CITATION.cff`, `references.bib` | what to cite |
| `SHA256SUMS` | `sha256sum --check SHA256SUMS` |

## What was left out, and why

A row that says which source it is of is here if the licence of that source permits passing it on.
Correlations, ranks and other statistics were computed by this project and are here whole, also
where they rest on sources that are not; `DATA_DICTIONARY.md` names the sources of each table.
Private data of whoever made the release is in no table. The whole warehouse can be built with the
project's code, which downloads the files from their publishers.

Sources in this release: {open_sources}.

Sources left out: {closed_sources}.

| table | rows here | left out | rows that are here |
|---|---|---|---|
{left_out}

## Licence

The tables that this project computed are under GPL-3.0-or-later (`LICENSE`). Rows of a source keep
the licence of its publisher (`SOURCES.md`). Please cite the sources you use.
"""


@dataclass(frozen=True)
class Described:
    """A release to describe.

    Attributes
    ----------
    name : str
        With its version.
    marts : sequence of Mart
        In order.
    sources : sequence of dict
        Rows of ``dim_sources`` with ``is_open``.
    files : sequence of dict
        Of the sources that are in the release.
    """

    name: str
    marts: Sequence[Mart]
    sources: Sequence[dict]
    files: Sequence[dict]

    @property
    def date(self) -> str:
        """Day that the newest source was taken on: the same for every release of the same data."""
        return max(str(source["retrieved_on"])[:10] for source in self.sources)

    @property
    def version(self) -> str:
        """Version of the project."""
        return self.name.rpartition("-")[2]

    def texts(self) -> dict[str, str]:
        """Every text, by the name of its file."""
        return {
            "README.md": self.readme(),
            "DATA_DICTIONARY.md": self.dictionary(),
            "SOURCES.md": self.sources_page(),
            "croissant.json": _json(self.croissant()),
            PACKAGE: _json(self.datapackage()),
        }

    def readme(self) -> str:
        """How to open it, what it holds and what not."""
        names = {True: [], False: []}
        for source in self.sources:
            names[source["is_open"]].append(f"`{source['source_id']}`")
        rows = [
            f"| `{m.name}` | {m.n_rows:,} | {m.n_left_out:,} | {m.rule} |"
            for m in self.marts
            if m.n_left_out
        ]
        parted = [m for m in self.marts if m.partitioned_by]
        return README.format(
            parquet="one file per table" + (", a folder of a large one" if parted else ""),
            partitioned=PARTITIONED.format(mart=parted[0]) if parted else "",
            name=self.name,
            description=DESCRIPTION,
            date=self.date,
            n_marts=len(self.marts),
            n_rows=sum(m.n_rows for m in self.marts),
            n_left_out=sum(m.n_left_out for m in self.marts),
            open_sources=", ".join(names[True]) or "none",
            closed_sources=", ".join(names[False]) or "none",
            left_out="\n".join(rows),
        )

    def dictionary(self) -> str:
        """Every table and column in words."""
        parts = [f"# Data dictionary of {self.name}\n"]
        for mart in self.marts:
            rests_on = ", ".join(f"`{source}`" for source in mart.rests_on)
            head = f"## {mart.name}\n\n{mart.description}\n\n{mart.n_rows:,} rows"
            head += f", {mart.n_left_out:,} left out" if mart.n_left_out else ""
            lines = [f"{head}. Rows that are here: {mart.rule}."]
            lines += [f"Rests on: {rests_on}."] if rests_on else []
            table = ["| column | type | meaning |", "|---|---|---|"]
            table += [f"| `{c}` | {t.lower()} | {_cell(text)} |" for c, t, text in mart.columns]
            parts.append("\n\n".join([*lines, "\n".join(table)]) + "\n")
        return "\n".join(parts)

    def sources_page(self) -> str:
        """Where each source is from; files and checksums of those in the release."""
        head = (
            "Tables computed by this project rest on all of them; rows as published are here only "
        )
        head += "of those whose licence permits it."
        parts = [f"# Sources of {self.name}\n\n{head}\n"]
        for source in self.sources:
            is_open, name = source["is_open"], source["source_id"]
            lines = [
                f"## {name}\n\n{source['title']}. {source['description']}\n",
                f"- rows as published: {'in this release' if is_open else 'left out'}",
                f"- licence: {source['licence']}",
                f"- address: {source['url']} (commit or release {source['commit_id']})",
                f"- registered on: {str(source['retrieved_on'])[:10]}",
                f"- cite: {source['citation']} (`references.bib`)",
            ]
            of = [file for file in self.files if file["source_id"] == name]
            if len(of) > MANY_FILES:
                lines.append(f"- files: {len(of):,}, with their sha256 in the table `dim_files`")
            elif of:
                rows = [f"| [{f['source_file']}](<{f['url']}>) | {f['sha256']} |" for f in of]
                lines += ["", "| file | sha256 |", "|---|---|", *rows]
            parts.append("\n".join(lines) + "\n")
        return "\n".join(parts)

    def croissant(self) -> dict:
        """Description in the vocabulary of Croissant 1.0."""
        return {
            "@context": _CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": "alignment-warehouse",
            "description": DESCRIPTION,
            "version": self.version,
            "datePublished": self.date,
            "license": self._licences(),
            "url": "https://pypi.org/project/alignment-warehouse/",
            "creator": {"@type": "Organization", "name": "The alignment-warehouse contributors"},
            "keywords": ["representational alignment", "vision models", "benchmark agreement"],
            "citeAs": "CITATION.cff and references.bib of this release",
            "isLiveDataset": False,
            "distribution": [_distribution(mart) for mart in self.marts],
            "recordSet": [_record_set(mart) for mart in self.marts],
        }

    def datapackage(self) -> dict:
        """Description in the vocabulary of Frictionless."""
        return {
            "name": self.name,
            "title": "alignment-warehouse",
            "description": DESCRIPTION,
            "version": self.version,
            "created": f"{self.date}T00:00:00Z",
            "licenses": [{"name": licence} for licence in self._licences()],
            "sources": [
                {"title": source["title"], "path": source["url"]}
                for source in self.sources
                if source["is_open"]
            ],
            "resources": [
                {
                    "name": mart.name,
                    **_files(mart),
                    "description": mart.description,
                    "format": "parquet",
                    "mediatype": PARQUET,
                    "schema": {
                        "fields": [
                            {"name": name, "type": FRICTIONLESS[kind], "description": text}
                            for name, kind, text in mart.columns
                        ]
                    },
                }
                for mart in self.marts
            ],
        }

    def _licences(self) -> list[str]:
        """Of what this project made, and of the rows of sources."""
        of_sources = {source["licence"] for source in self.sources if source["is_open"]}
        return ["GPL-3.0-or-later", *sorted(of_sources - {"GPL-3.0-or-later"})]


def _distribution(mart: Mart) -> dict:
    """Where a mart stands, in Croissant: a file, or the folder of its parts."""
    place = {"@id": mart.path, "name": mart.path, "encodingFormat": PARQUET}
    if mart.partitioned_by:
        return {"@type": "cr:FileSet", **place, "includes": mart.path}
    ((sha256, n_bytes),) = mart.files.values()
    file = {"contentUrl": mart.path, "contentSize": f"{n_bytes} B", "sha256": sha256}
    return {"@type": "cr:FileObject", **place, **file}


def _record_set(mart: Mart) -> dict:
    kind_of_place = "fileSet" if mart.partitioned_by else "fileObject"
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{mart.name}/{name}",
            "name": f"{mart.name}/{name}",
            "description": text,
            "dataType": CROISSANT[kind],
            "source": {kind_of_place: {"@id": mart.path}, "extract": {"column": name}},
        }
        | ({"repeated": True} if kind.endswith("[]") else {})
        for name, kind, text in mart.columns
    ]
    about = {"@type": "cr:RecordSet", "@id": mart.name, "name": mart.name}
    return about | {"description": mart.description, "field": fields}


def _files(mart: Mart) -> dict:
    """Where a mart stands, in Frictionless."""
    sums = [sha256 for sha256, _ in mart.files.values()]
    path = list(mart.files) if mart.partitioned_by else mart.path
    found = {"path": path, "bytes": sum(n_bytes for _, n_bytes in mart.files.values())}
    return found if mart.partitioned_by else found | {"hash": f"sha256:{sums[0]}"}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _json(described: dict) -> str:
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"
