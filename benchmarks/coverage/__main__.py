"""Write ``results/coverage.md``: what each interval covers, before and now."""

import click

from benchmarks.coverage import (
    agreement,
    alignment,
    conclusions,
    consistency,
    dyads,
    generalizability,
    panel,
    people,
    positions,
    ranks,
    relations,
    shapes,
    trials,
)
from benchmarks.measure import publish

ITEMS = {
    item.__name__.rsplit(".")[-1]: item.rows
    for item in (
        agreement,
        relations,
        shapes,
        trials,
        alignment,
        consistency,
        ranks,
        conclusions,
        people,
        generalizability,
        dyads,
        panel,
        positions,
    )
}


@click.command()
def main() -> None:
    """Simulate all intervals; takes about an hour on two cores and needs a built warehouse."""
    lines = [
        "# Coverage of intervals",
        "",
        "Share of simulated samples whose interval holds what it is for; 95 of 100 is what it",
        "claims. Gaussian scores with the real families and datasets of a cohort",
        "(`benchmarks/coverage/structures.py`), 200 samples or more each; trials and similarities",
        "as the files of `benchmarks/coverage` say.",
        "*Before* is a percentile bootstrap of families, of models for the interval over both, of",
        "single benchmarks for a rank, Fisher's z of unrelated models for a correlation, the",
        "limits over families alone for a generalizability and for a panel, and the pooled model's",
        "own errors for pairs of benchmarks.",
        "",
        "| interval | structure | nominal | before | now |",
        "|---|---|---|---|---|",
    ]
    for name, rows in ITEMS.items():
        for row in rows():
            before = "" if row["before"] is None else f"{row['before']:.2f}"
            lines.append(
                f"| {row['interval']} | {row['structure']} | .95 | {before} | {row['after']:.2f} |"
            )
            print(name, lines[-1])
    publish("coverage", lines)


if __name__ == "__main__":
    main()
