"""``aw add``, ``aw remove``: scores and trials of one's own, private, beside the published ones."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from warehouse.cli.terminal import OUT, fail, print_table

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("scores",)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--name", help="Its name here; by default that of the file.")
@click.option("--kind", type=click.Choice(KINDS), help="By default as the header says.")
@click.option("--encoding", help="How the text is written, if not in UTF-8: latin-1, cp1252 …")
@click.option(
    "--judgements",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Of a folder of images: the matrix or list of pairs; by default the one CSV in it.",
)
@click.option(
    "--as",
    "way",
    type=click.Choice(("similarity", "dissimilarity")),
    help="What the judgements are, where they do not say it.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--list", "do_list", is_flag=True, help="Show what was added, and do no more.")
def add(
    file: Path | None, name: str | None, kind: str | None, encoding: str | None,
    judgements: Path | None, way: str | None, yes: bool, do_list: bool,
) -> None:  # fmt: skip
    """Add scores, or images that people judged, to the warehouse of this machine.

    Scores are a CSV file, long (model, benchmark, score, error) or wide; images a folder, with the
    judgements as a matrix or a list of pairs. What is added is read whole or refused with what to
    mend. It stays under data/own, private: no published number takes part of it.
    """
    from warehouse.own import kept, scores

    if do_list:
        return show_added()
    if file is None:
        raise click.UsageError("Which file? aw add FILE, or aw add --list")
    if file.is_dir():
        return add_set(file, name, judgements, way, encoding, yes=yes)
    name, data = kept.name_of(file, name), file.read_bytes()
    benchmarks, models = known()
    found = scores.read(data, benchmarks, encoding)
    table, counts = named(found.rows, models)
    say(file, kind or "scores", counts, found.understood, table, models)
    if not yes:
        click.confirm("Add them?", abort=True, err=True)
    record = kept.keep(name, "scores", file, data, table, counts, found.understood)
    OUT.print(f"added      {record.name} ({kept.folder() / record.name}), private")
    OUT.print("next       aw build")


def add_set(
    folder: Path, name: str | None, judgements: Path | None, way: str | None,
    encoding: str | None, *, yes: bool,
) -> None:  # fmt: skip
    """Keep a folder of images with what people judged of them, as a set that can be measured."""
    from compute.measure.sets.folder import IMAGE_SUFFIXES, PARTS, read_folder
    from warehouse.own import kept, sets

    name, images = kept.name_of(folder, name), sets.pictures(folder, IMAGE_SUFFIXES)
    parts = set(PARTS) - {"dissimilarities.csv"}
    tables = [path for path in sets.judgement_files(folder) if path.name not in parts]
    if judgements is None:
        if len(tables) != 1:
            found = ", ".join(path.name for path in tables) or "none"
            fail(f"{folder}: which file holds the judgements? Found {found}; --judgements FILE")
        (judgements,) = tables
    data = judgements.read_bytes()
    found = sets.read(data, list(images), way=way, encoding=encoding)
    counts = {
        "dissimilarities": len(found.rows),
        "images": len(images),
        "people": found.rows["person"].nunique(),
        "targets": found.rows["target"].nunique(),
    }
    OUT.print(f"{judgements}: judgements of the images in {folder}", soft_wrap=True)
    for what, how in {**found.understood, **counts}.items():
        OUT.print(f"  {what:22s} {how}")
    if not yes:
        click.confirm("Add them, with a copy of the images?", abort=True, err=True)
    more = {f"images/{image}": path for image, path in images.items()}
    more |= {part: folder / part for part in parts if (folder / part).is_file()}
    maps = folder / "maps"
    more |= {p.relative_to(folder).as_posix(): p for p in maps.rglob("*") if p.is_file()}
    record = kept.keep(name, "dissimilarities", judgements, data, found.rows, counts,
                       found.understood, more, read_folder)  # fmt: skip
    place = kept.folder() / record.name
    OUT.print(f"added      {record.name} ({place}), private")
    for step in (f"embed --models resnet50.tv_in1k --stimuli {place}", "align", "collect"):
        OUT.print(f"next       aw compute {step}", soft_wrap=True)
    OUT.print("           aw build")


def known() -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Published benchmarks, and published models with all their names."""
    from warehouse import db

    with db.connect() as con:
        benchmarks = con.execute(
            "select benchmark_id, title, direction, unit from dim_benchmarks "
            "where not is_private order by benchmark_id"
        ).df()
        models = con.execute(
            "select model_id, list(distinct source_model_name) as names from bridge_model_names "
            "where not is_private group by model_id order by model_id"
        ).df()
    return benchmarks, models


def named(rows: "pd.DataFrame", models: "pd.DataFrame") -> "tuple[pd.DataFrame, dict[str, int]]":
    """The table to keep, a published model spelt as its id is, and what it counts."""
    from warehouse.own.scores import OWN

    ids = {model_id.casefold(): model_id for model_id in models["model_id"]}
    table = rows.drop(columns="score_directed")
    table["model"] = [ids.get(model.casefold(), model) for model in table["model"]]
    table_benchmarks = table["benchmark_id"].drop_duplicates()
    n_own = int(table_benchmarks.str.startswith(OWN).sum())
    known_models = set(table["model"]) & set(models["model_id"])
    return table, {
        "scores": len(table),
        "models": table["model"].nunique(),
        "models known": len(known_models),
        "benchmarks": len(table_benchmarks),
        "benchmarks of your own": n_own,
    }


def say(
    file: Path, kind: str, counts: dict[str, int], understood: dict[str, str],
    table: "pd.DataFrame", models: "pd.DataFrame",
) -> None:  # fmt: skip
    """What was understood, for a person to say yes to."""
    OUT.print(f"{file}: {kind}")
    for what, how in {**understood, **counts}.items():
        OUT.print(f"  {what:22s} {how}")
    ids = set(models["model_id"])
    also = models.explode("names").groupby("names")["model_id"].agg(sorted).to_dict()
    for model in table["model"].unique():
        if model in ids:
            how = "a model of the warehouse, by its id"
        else:
            how = f"new: own:{model}"
            if model in also:
                how += f" (to mean a published one, write its id: {', '.join(also[model][:3])})"
        OUT.print(f"  model {model}: {how}", soft_wrap=True)


def show_added() -> None:
    """What was added on this machine."""
    from warehouse.own import kept

    records = kept.listed()
    if not records:
        OUT.print(f"Nothing was added: {kept.folder()} is empty. aw add FILE")
        return
    rows = [(r.name, r.kind, r.counts[r.kind], r.file, r.added_at, r.sha256[:12]) for r in records]
    print_table(["name", "kind", "rows", "file", "added", "sha256"], rows)


@click.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take out what aw add brought; its folder under data/own is deleted."""
    from warehouse.own import kept

    record = kept.remove(name)
    OUT.print(f"removed    {record.name} ({record.kind} of {record.file})")
    OUT.print("next       aw build")
