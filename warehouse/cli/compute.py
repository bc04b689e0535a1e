"""The command line of embeddings, alignment and probes: ``aw compute``."""

import sys
import time
from functools import partial
from itertools import product
from pathlib import Path

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ingest import Explained, settings
from warehouse.cli.terminal import COUNT, ERR, INTERRUPTED, OUT, VISIBLE, Listed, fail, print_table

WEIGHTS = click.option(
    "--weights", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with NAME.safetensors for timm names.",
)  # fmt: skip
DISTANCES = ("cosine", "correlation", "inner", "euclidean")
HEADS = ("logistic", "mlp1", "mlp2")
"""As in compute.measure, which takes a while to import."""


class Sets(click.ParamType):
    """Stimulus sets, separated by commas, named as ``compute.measure.named`` says."""

    name = "a,b,…"

    def convert(
        self, value: str | list, param: click.Parameter | None, context: click.Context | None
    ) -> list[str]:
        """Declared names, and resolved paths of folders."""
        from compute.measure.named import sources

        return value if isinstance(value, list) else sources(value, _folder())


SETS = Sets()


@click.group()
def compute() -> None:
    """Embed images, compare models with people, probe what they learned."""


class Named(ProgressColumn):
    """What is being done; a model may be named by anything."""

    def render(self, task) -> Text:
        """The text of one line."""
        return Text(task.description.translate(VISIBLE))


class ImagesPerSecond(ProgressColumn):
    """Throughput of a task."""

    def render(self, task) -> Text:
        """The text of one line."""
        return Text(f"{task.speed:.1f} images/s" if task.speed else "… images/s")


def _progress(*columns: ProgressColumn) -> Progress:
    """A bar with how many are done, columns of the command's own, and the time that is left."""
    shown = (
        Named(),
        BarColumn(),
        MofNCompleteColumn(),
        *columns,
    )
    return Progress(*shown, TimeRemainingColumn(), console=ERR, transient=True)


def _note(text: str) -> None:
    """Say beside the results what was left out."""
    ERR.print(text, style="yellow", soft_wrap=True)


def _folder() -> Path:
    return settings.DATA / "compute"


@compute.command("list")
def list_() -> None:
    """List stimulus sets, datasets and weights: here, or the command that gets them."""
    from compute.measure.sets.records import how_to_get, is_present, load_records
    from compute.measure.weights import load_weights
    from ingest.locate import PRESENT

    rows = []
    for record in load_records().values():
        here = is_present(record)
        unverified = here and any(not f.sha256 for f in record.files)
        status = ("present, not verified" if unverified else "present") if here else "absent"
        get = "" if here else how_to_get(record)
        rows.append((record.name, record.role, status, record.licence, get))
    print_table(["stimuli", "for", "status", "licence", "to get it"], rows)
    rows = []
    for weights in load_weights().values():
        status = weights.locate().status
        get = "" if status == PRESENT else weights.how_to_get
        rows.append((weights.name, weights.weights_source, status, weights.licence, get))
    print_table(["weights", "from", "status", "licence", "to get them"], rows)
    OUT.print(
        "Also: any timm name (pretrained), random:ARCHITECTURE:SEED, a folder of your own images.",
        style="dim",
    )


@compute.command()
@click.option("--models", type=Listed(), required=True, help="Names; all for every declared one.")
@click.option("--stimuli", type=SETS, required=True, help="Names, or folders.")
@click.option("--layer", default="penultimate", show_default=True, help="Or a module's name.")
@click.option(
    "--pool", type=click.Choice(("mean", "flat")), default="mean", show_default=True,
    help="What becomes of the positions of a named layer.",
)  # fmt: skip
@click.option("--images", "n_images", type=COUNT, help="The first N, else all.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@click.option(
    "--dtype", type=click.Choice(("float32", "bfloat16", "float16")), default="float32",
    show_default=True,
)  # fmt: skip
@click.option(
    "--batch",
    "batch_size",
    type=COUNT,
    help="Images at once; halved if memory runs out.",
)
@click.option("--deterministic", is_flag=True, help="The same bits again, slower.")
@WEIGHTS
@click.option("--retry-failed", is_flag=True, help="Try again what failed before.")
@click.option("--ray", help="local, or the address of a Ray cluster.")
def embed(
    models: tuple[str, ...],
    stimuli: list[str],
    n_images: int | None,
    weights: Path | None,
    retry_failed: bool,
    ray: str | None,
    **how: object,
) -> None:
    """Embed stimuli with models: one Parquet shard each under data/compute.

    Finished shards are skipped, so an interrupted run goes on with the same command.
    """
    from compute.measure.cluster import run_on_ray
    from compute.measure.embed import pick_device
    from compute.measure.jobs import DONE, FAILED, Job, Outcome, run_jobs
    from compute.measure.sets import id_of
    from compute.measure.weights import load_weights

    if not ray:  # whose workers may have another
        pick_device(str(how["device"]))
    names = [name for m in models for name in (load_weights() if m == "all" else [m])]
    how |= {"n_images": n_images, "weights": weights and str(weights.resolve())}
    jobs = [Job(m, s, **how) for s in stimuli for m in names]
    counts: dict[str, int] = {}
    with _progress(ImagesPerSecond()) as progress:
        total = sum(_n_images(j.stimuli, n_images) for j in jobs)
        task = progress.add_task("embed", total=total)
        seen: dict[Job, int] = {}

        def on_images(job: Job, n: int) -> None:
            seen[job] = seen.get(job, 0) + n
            progress.update(task, advance=n, description=f"{job.model} × {id_of(job.stimuli)}")

        def on_outcome(outcome: Outcome) -> None:
            counts[outcome.status] = counts.get(outcome.status, 0) + 1
            job = outcome.job
            name = f"{job.model} × {id_of(job.stimuli)}"
            progress.advance(task, _n_images(job.stimuli, n_images) - seen.get(job, 0))
            if outcome.status == DONE:
                speed = f", {outcome.n_images / outcome.seconds:.1f} images/s"
                ERR.print(f"{name}: {outcome.n_images} images{speed}", soft_wrap=True)
            if outcome.message:
                _note(f"{name}: {outcome.status}: {outcome.message}")

        try:
            run_jobs(
                jobs, retry_failed=retry_failed, on_images=on_images, on_outcome=on_outcome,
                elsewhere=partial(run_on_ray, address=ray) if ray else None,
            )  # fmt: skip
        except KeyboardInterrupt:
            fail(
                "interrupted; finished shards are kept, the same command goes on from there",
                INTERRUPTED,
            )
    OUT.print(", ".join(f"{n} {status}" for status, n in counts.items()) + f"  → {_folder()}")
    if any(status.startswith(FAILED) for status in counts):
        fail("Failures are recorded and not tried again by themselves: --retry-failed")


def _n_images(name: str, images: int | None) -> int:
    from compute.measure.jobs import cached_stimuli

    n = len(cached_stimuli(name))
    return min(n, images or n)


@compute.command()
@click.option("--stimuli", type=SETS, help="Names; all that are embedded by default.")
@click.option("--distance", "distances", multiple=True, type=click.Choice(DISTANCES),
              default=DISTANCES, show_default=True)  # fmt: skip
@click.option("--centre", is_flag=True,
              help="Remove the mean pattern over stimuli first (not for euclidean).")  # fmt: skip
@click.option("--resamples", type=click.IntRange(10, 1_000_000), default=2000, show_default=True)
def align(
    stimuli: list[str] | None, distances: tuple[str, ...], centre: bool, resamples: int
) -> None:
    """Compare embedded models with people, by every metric."""
    from compute.measure import results
    from compute.measure.rdm import centred

    distances = centred(distances) if centre else distances
    if not distances:
        raise click.UsageError("euclidean distances stay as they are when patterns are centred")
    with ERR.status("aligning") as status:
        tables = results.align(
            None,
            stimuli,
            distances,
            resamples,
            on_set=lambda name: status.update(Text(f"aligning {name}")),
            on_left_out=_note,
        )
    rows = tables["alignments"].to_pylist()
    keys = ("stimulus_set_id", "target", "model_name", "layer", "metric", "estimate", "ci_low",
            "ci_high", "n_stimuli")  # fmt: skip
    shown = [tuple(row[k] for k in keys) for row in rows if row["distance"] == distances[0]]
    headings = ["stimuli", "target", "model", "layer", "metric", "estimate", "low", "high", "n"]
    print_table(headings, shown, f"Alignment with people ({distances[0]} distance)")
    OUT.print(f"{len(rows)} alignments → {_folder() / 'alignments.parquet'}")


@compute.command()
@click.option("--models", type=Listed(), required=True, help="Names; they need a classifier.")
@click.option("--stimuli", type=SETS, required=True, help="clickme, folders with maps/PERSON/.")
@click.option("--images", type=COUNT, help="The first N images; all by default.")
@WEIGHTS
def saliency(
    models: tuple[str, ...], stimuli: list[str], images: int | None, weights: Path | None
) -> None:
    """Compare what a model's decision hangs on with maps of where people looked.

    Spearman of gradient and human map on each image; finished models are skipped.
    """
    from compute.measure import saliency
    from compute.measure.sets import id_of

    failed = False
    with _progress(ImagesPerSecond()) as progress:
        n_images = sum(_n_images(source, images) for source in stimuli)
        task = progress.add_task("saliency", total=n_images * len(models))
        for source, name in product(stimuli, models):
            progress.update(task, description=f"{name} × {id_of(source)}")
            try:
                saliency.run_saliency(
                    name, source, _folder(), images, weights,
                    on_images=lambda n: progress.advance(task, n),
                )  # fmt: skip
            except Explained as error:
                failed = True
                _note(f"{name} × {id_of(source)}: failed: {error}")
    alignments, ceilings = saliency.attention(_folder(), _note)
    keys = ("stimulus_set_id", "model_name", "estimate", "ci_low", "ci_high", "n_stimuli")
    shown = [tuple(row[k] for k in keys) for row in alignments.to_pylist()]
    headings = ["stimuli", "model", "spearman", "low", "high", "images"]
    print_table(headings, shown, "Saliency of models against maps of people, mean over images")
    for row in ceilings.to_pylist():
        OUT.print(
            f"{row['stimulus_set_id']}: halves of {row['n_people']} people agree to "
            f"{row['estimate']:.3f}"
        )
    OUT.print(f"per image  → {_folder() / 'attention'}")
    if failed:
        sys.exit(1)


@compute.command()
@click.option("--datasets", type=SETS, help="Names; all embedded ones with classes.")
@click.option("--head", "heads", multiple=True, type=click.Choice(HEADS), default=HEADS,
              show_default=True)  # fmt: skip
@click.option(
    "--shots", type=Listed(COUNT), default="1,5,10,20,40,80", show_default=True,
    help="Examples per class.",
)  # fmt: skip
@click.option("--seeds", type=COUNT, default=5, show_default=True, help="How many.")
@click.option("--device", default="auto", show_default=True, help="For the two networks.")
def probe(
    datasets: list[str] | None,
    heads: tuple[str, ...],
    shots: tuple[int, ...],
    seeds: int,
    device: str,
) -> None:
    """Fit few-shot heads on embeddings; finished ones are skipped.

    Shots that leave nothing of a class to test on are left out. What cannot be probed is said, and
    the others go on.
    """
    from compute.measure import probe, shards
    from compute.measure.embed import pick_device
    from compute.measure.sets import id_of
    from compute.measure.sets.records import load_records

    place = str(pick_device(device))
    records = load_records()
    wanted = [id_of(source) for source in datasets or ()] or [
        n for n, r in records.items() if r.role == "classes" and not r.subset_of
    ]
    paths = shards.shard_paths(_folder(), wanted)
    if not paths:
        fail(f"no embeddings of {', '.join(wanted)}. Run aw compute embed --stimuli …")
    counts = {"done": 0, "skipped": 0}
    notes: list[str] = []
    with _progress() as progress:
        task = progress.add_task("probe", total=len(paths) * len(heads))
        for path in paths:
            for head in heads:
                progress.update(task, description=f"{path.stem} × {path.parent.name}, {head}")
                try:
                    status = probe.run_probe(
                        path, head, _folder(), shots, tuple(range(seeds)), place,
                        on_note=notes.append,
                    )  # fmt: skip
                    counts[status] += 1
                except Explained as error:
                    notes.append(str(error))
                progress.advance(task)
    left_out = list(dict.fromkeys(notes))
    if not any(counts.values()):
        fail("\n".join(left_out))
    for note in left_out:
        _note(note)
    OUT.print(f"{counts['done']} done, {counts['skipped']} skipped  → {_folder() / 'probes'}")


@compute.command()
@click.option("--architectures", type=Listed(), required=True, help="timm names, with batch norm.")
@click.option("--stimuli", required=True, help="A set with images and judgements.")
@click.option("--seeds", type=COUNT, default=5, show_default=True)
def calibrate(architectures: list[str], stimuli: str, seeds: int) -> None:
    """Untrained networks against people, their batch norm calibrated on the images or not."""
    from compute.measure import calibration
    from compute.measure.sets import read

    table = calibration.compare(architectures, seeds, read(stimuli), _folder())
    OUT.print(f"{table.num_rows} rows → {_folder() / calibration.TABLE}.parquet")


@compute.command()
@click.option(
    "--publish", is_flag=True,
    help="For the project: into results/*.parquet and their source YAML file, to be committed.",
)  # fmt: skip
def collect(publish: bool) -> None:
    """Gather results for the warehouse: private, under data/compute/collected.

    They enter fct_alignment, fct_probe_results and the tables beside these. Benchmarks without a
    row in seeds/benchmarks.csv are no part of fct_scores.
    """
    from compute.measure import results

    folder = settings.ROOT / "results" if publish else None
    tables = results.collect(results=folder)
    if folder:
        results.register(folder)
    for name, table in tables.items():
        OUT.print(f"{name:<22}{table.num_rows:>8,} rows")
    OUT.print(f"→ {folder or _folder() / 'collected'}")
    OUT.print("next       aw build")


@compute.command()
@click.option("--images", type=click.IntRange(200), default=400, show_default=True)
def demo(images: int) -> None:
    """Embed, probe and load with nothing but the package registry: digits and EfficientNet-Lite0.

    Takes up to three minutes on two cores; writes to build/demo, never to the warehouse.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from compute.measure import probe, results, shards
    from compute.measure.jobs import FAILED, Job, run_jobs
    from warehouse import db

    out = settings.BUILD / "demo"
    start = time.perf_counter()
    jobs = [
        Job(m, "digits", n_images=images)
        for m in ("tf_efficientnet_lite0.in1k", "random:tf_efficientnet_lite0:0")
    ]
    with ERR.status("embedding digits") as status:
        for outcome in run_jobs(jobs, out, retry_failed=True):
            if outcome.status == FAILED:
                fail(outcome.message)
        for path in shards.shard_paths(out, ["digits"]):
            for head in HEADS:
                status.update(Text(f"probing {path.stem}, {head}"))
                probe.run_probe(path, head, out, (1, 5, 10), (0, 1, 2))
        results.collect(out, out / "results")
        database = out / "demo.duckdb"
        db.remove(database)
        with db.write(database) as con:
            tables = {p.stem: pq.read_table(p) for p in sorted((out / "results").glob("*.parquet"))}
            tables["embeddings"] = pa.concat_tables(map(pq.read_table, shards.shard_paths(out)))
            for name, table in tables.items():
                con.from_arrow(table).create(name)
            rows = con.execute(
                "select model_name, head, n_shots, avg(accuracy), min(n_eval) from probe_results "
                "group by all order by all"
            ).fetchall()
    print_table(["model", "head", "shots", "accuracy", "tested on"], rows, "Digits, three seeds")
    OUT.print(f"{time.perf_counter() - start:.0f} s  → {database}")
