"""``aw add``, ``aw remove``: scores and trials of one's own, private, beside the published ones."""

import contextlib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ingest.files import content_of
from warehouse.cli.terminal import OUT, fail, print_answer

if TYPE_CHECKING:
    import pandas as pd


class Taken(NamedTuple):
    """What was read: the table to keep, what it counts, how it was read, whom it names."""

    table: "pd.DataFrame"
    counts: dict[str, int]
    understood: dict[str, str]
    models: list[str]
    others: list[str]
    """Names that are not of models: people, and benchmarks of one's own."""


def take_scores(path: Path, data: bytes, dataset: str | None, encoding: str | None) -> Taken:
    """Scores, a published model spelt as its id is."""
    from warehouse.own.scores import OWN, ranges, read

    if dataset:
        raise click.UsageError("--dataset is of trials; a score names its benchmark")
    benchmarks = _asked(
        "select benchmark_id, title, direction, unit, "
        "min(score) filter (where not s.is_private) as lowest, "
        "max(score) filter (where not s.is_private) as highest "
        "from dim_benchmarks as b left join fct_scores as s using (benchmark_id) "
        "where not b.is_private group by all order by benchmark_id"
    )
    found = read(data, benchmarks, encoding)
    ids = _asked("select model_id from dim_models where not is_private")["model_id"]
    spelt = {model_id.casefold(): model_id for model_id in ids}
    table = found.rows.drop(columns="score_directed")
    table["model"] = [spelt.get(model.casefold(), model) for model in table["model"]]
    named = list(table["benchmark_id"].unique())
    own = [name for name in named if name.startswith(OWN)]
    models = list(table["model"].unique())
    counts = {"scores": len(table), "models": len(models), "benchmarks": len(named)}
    counts["benchmarks of your own"] = len(own)
    return Taken(table, counts, found.understood | ranges(table, benchmarks), models, own)


def take_trials(path: Path, data: bytes, dataset: str | None, encoding: str | None) -> Taken:
    """Trials of one dataset, none of which was added before."""
    from warehouse.own import kept
    from warehouse.own.trials import PERSON, answered, dataset_of, read

    datasets = _asked("select dataset_id from trial_datasets where not is_by_age order by position")
    dataset_id = dataset_of(path, datasets["dataset_id"], dataset)
    spelt = _asked(
        "select published_condition, condition from trial_conditions "
        "where dataset_id = $dataset_id order by position", dataset_id=dataset_id,
    )  # fmt: skip
    images = _asked(
        "select distinct condition, image_key, category from fct_trials "
        "where dataset_id = $dataset_id and not is_private", dataset_id=dataset_id,
    )  # fmt: skip
    if images.empty:
        fail(f"{dataset_id}: the warehouse holds no published trials of it. aw fetch, aw build")
    conditions = dict(zip(spelt["published_condition"], spelt["condition"], strict=True))
    found = read(data, dataset_id, conditions, images, encoding)
    kept.refuse_repeated("trials", found.rows, lambda rows: answered(rows, conditions))
    subjects = list(found.rows["subj"].unique())
    people = [subject for subject in subjects if subject.startswith(PERSON)]
    models = [subject for subject in subjects if subject not in people]
    counts = {"trials": len(found.rows), "models": len(models), "people": len(people)}
    return Taken(found.rows, counts, found.understood, models, people)


KINDS = {"scores": take_scores, "trials": take_trials}
"""How each kind is read. Another kind is one entry, a table of source ``own`` and its models."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--name", help="Its name here; by default that of the file.")
@click.option("--kind", type=click.Choice(list(KINDS)), help="By default as the header says.")
@click.option("--dataset", help="Of trials; by default the name of the file begins with it.")
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
    file: Path | None, name: str | None, kind: str | None, dataset: str | None,
    encoding: str | None, judgements: Path | None, way: str | None, yes: bool, do_list: bool,
) -> None:  # fmt: skip
    """Add scores, trials, or images that people judged, to the warehouse of this machine.

    Scores are a CSV file, long (model, benchmark, score, error) or wide; trials are one of a
    dataset, in the columns of model-vs-human; images a folder, with the judgements as a matrix or a
    list of pairs. What is added is read whole or refused with what to mend. It stays under
    data/own, private: no published number takes part of it.
    """
    from warehouse.own import kept
    from warehouse.own.trials import MAX_BYTES

    if do_list:
        return show_added()
    if file is None:
        raise click.UsageError("Which file? aw add FILE, or aw add --list")
    if file.is_dir():
        return add_set(file, name, judgements, way, encoding, yes=yes)
    name, data = kept.name_of(file, name), content_of(file, MAX_BYTES)
    kind = kind or _kind_of(data)
    with _named(file):
        found = KINDS[kind](file, data, dataset, encoding)
    kept.refuse_taken(name, data)
    said = {**found.understood, **found.counts}
    who = {f"model {model}": how for model, how in _who(found.models).items()}
    who |= _other_capitals([*found.models, *found.others])
    _agree(f"{file}: {kind}", said, who, "Add them?", yes=yes)
    kept.keep(name, kind, file, data, found.table, found.counts, found.understood)
    OUT.print(f"added      {name} ({kept.folder() / name}), private", soft_wrap=True)
    OUT.print("next       aw build")


def add_set(
    folder: Path, name: str | None, judgements: Path | None, way: str | None,
    encoding: str | None, *, yes: bool,
) -> None:  # fmt: skip
    """Keep a folder of images with what people judged of them, as a set that can be measured."""
    from compute.measure.sets import is_declared
    from compute.measure.sets.folder import TABLES, contents_of
    from warehouse.own import kept, sets

    name = kept.name_of(folder, name)
    if is_declared(name):
        fail(f"{name} is the name of a declared stimulus set: aw add --name ANOTHER")
    held = contents_of(folder, to_add=True, judgements=judgements.name if judgements else "")
    if judgements is None:
        tables = [path for path in held.others.values() if path.suffix.lower() in TABLES]
        if len(tables) != 1:
            found = ", ".join(path.name for path in tables) or "none"
            fail(f"{folder}: which file holds the judgements? Found {found}; --judgements FILE")
        (judgements,) = tables
    data = content_of(judgements, sets.MAX_BYTES)
    with _named(judgements):
        found = sets.read(data, list(held.pictures), way=way, encoding=encoding)
    counts = {
        "dissimilarities": len(found.rows),
        "images": len(held.pictures),
        "people": found.rows["person"].nunique(),
        "targets": found.rows["target"].nunique(),
    }
    head = f"{judgements}: judgements of the images in {folder}"
    question = "Add them, with a copy of the images?"
    more = {f"images/{image}": path for image, path in held.pictures.items()} | held.tables
    of_maps = [path for of_image in held.maps for path in of_image]
    more |= {path.relative_to(folder).as_posix(): path for path in of_maps}
    said = {**found.understood, **counts}
    if left := [path.name for path in held.others.values() if path.name != judgements.name]:
        said["not taken"] = ", ".join(left)
    _agree(head, said, {}, question, yes=yes)
    place = kept.folder() / name
    record = kept.keep(name, "dissimilarities", judgements, data, found.rows, counts,
                       found.understood, more, lambda half: _see_all(half, place))  # fmt: skip
    OUT.print(f"added      {record.name} ({place}), private")
    embed = f"compute embed --models resnet50.tv_in1k --stimuli {place}"
    for step in (embed, "compute align", "compute collect", "build"):
        OUT.print(f"next       aw {step}", soft_wrap=True)


def _see_all(folder: Path, place: Path) -> None:
    """Read a set as a measurement at its place will: each picture, and what people did on it."""
    from compute.measure.named import remembered
    from compute.measure.sets.folder import read_folder
    from ingest import settings
    from warehouse.own import kept

    stimuli, out = read_folder(folder), settings.DATA / "compute"
    measured = remembered(place.name, out)
    if measured and measured[0] != str(place.resolve()) and measured[1] != stimuli.sha256:
        raise kept.NotKept(
            f"{place.name} is the name of {measured[0]} too, of which numbers stand in {out}: "
            "aw add --name ANOTHER"
        )
    for i in range(len(stimuli)):
        stimuli.image(i)
        if stimuli.people_maps is not None:
            stimuli.people_maps(i)


def _agree(
    head: str, said: Mapping[str, object], who: Mapping[str, str], question: str, *, yes: bool
) -> None:
    """Show what was understood of a file, and ask once."""
    OUT.print(head, soft_wrap=True)
    for what, how in said.items():
        OUT.print(f"  {what:22s} {how}")
    for name, how in who.items():
        OUT.print(f"  {name}: {how}", soft_wrap=True)
    if not yes:
        click.confirm(question, abort=True, err=True)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say which file was refused; who reads bytes does not know it."""
    from warehouse.own import kept
    from warehouse.own.text import Refused

    try:
        yield
    except Refused as error:
        raise kept.NotKept(f"{path}: {error}") from error


def _kind_of(data: bytes) -> str:
    """By a word of the header, however it is written."""
    is_trials = b"object_response" in data[:4_000].replace(b"\0", b"").lower()
    return "trials" if is_trials else "scores"


def _asked(sql: str, **values: object) -> "pd.DataFrame":
    from warehouse import db

    with db.connect() as con:
        return con.execute(sql, values).df()


def _who(models: list[str]) -> dict[str, str]:
    """Which of the names are published models, and which of the others are names of some."""
    names = _asked(
        "select source_model_name as name, model_id from bridge_model_names where not is_private "
        "union select model_id, model_id from dim_models where not is_private order by all"
    )
    ids_of = names.groupby("name")["model_id"].agg(list).to_dict()
    found = {}
    for model in models:
        ids = ids_of.get(model, [])
        if model in ids:
            found[model] = "a model of the warehouse, by its id"
        else:
            also = f"; if you mean a published one, write its id: {', '.join(ids[:3])}"
            # a letter of another alphabet may look as one of a published name
            odd = [f"; {c} is {unicodedata.name(c, 'nameless')}" for c in model if not c.isascii()]
            found[model] = f"new, own:{model}" + also * bool(ids) + "".join(odd[:3])
    return found


def _other_capitals(names: list[str]) -> dict[str, str]:
    """Which of the names were added before in other capitals: a build takes them for others."""
    from warehouse.own import kept

    before = kept.names()
    spelt = {name.casefold(): name for name in before}
    return {
        name: f"{spelt[name.casefold()]} was added before; write it so if you mean the same"
        for name in names
        if name not in before and name.casefold() in spelt
    }


def show_added() -> None:
    """What was added on this machine."""
    from warehouse.own import kept

    records = kept.listed()
    if not records:
        OUT.print(f"Nothing was added: {kept.folder()} is empty. aw add FILE", soft_wrap=True)
        return
    rows = [
        (r.name, r.kind, r.counts.get(r.kind), r.file, r.added_at, r.sha256[:12]) for r in records
    ]
    print_answer(["name", "kind", "rows", "file", "added", "sha256"], rows)


@click.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take out what aw add brought; its folder under data/own is deleted if it holds no more."""
    from ingest import settings
    from warehouse.own import kept

    record = kept.remove(name)
    OUT.print(f"removed    {record.name} ({record.kind} of {record.file})")
    if record.kind == "dissimilarities":
        OUT.print(
            f"stays      what aw compute measured of it: {settings.DATA / 'compute'}",
            soft_wrap=True,
        )
    OUT.print("next       aw build")
