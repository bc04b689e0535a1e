"""The loop: one shard per model × stimulus set × layer; skip what is there, record what failed.

A shard is a Parquet file that appears whole or not at all. Killing a run loses the shard in hand;
the same command goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
import pyarrow as pa

from compute.measure import embed
from compute.measure.named import refuse_mixtures
from compute.measure.sets import id_of, read
from compute.measure.sets.stimuli import Stimuli, StimulusError
from compute.measure.shards import JobError, recipe_of, write_whole
from compute.measure.tables import schema_of
from compute.measure.weights import ModelError, canonical, resolve
from ingest import settings

DONE, SKIPPED, FAILED, FAILED_BEFORE = "done", "skipped", "failed", "failed before"


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)


@dataclass(frozen=True)
class Job:
    """One shard to compute."""

    model: str
    stimuli: str
    layer: str = embed.PENULTIMATE
    pool: str = "mean"
    n_images: int | None = None
    device: str = "auto"
    dtype: str = "float32"
    batch_size: int | None = None
    deterministic: bool = False
    weights: str | None = None

    @property
    def named(self) -> Job:
        """The same job under the one name of its model; the features before the classifier have
        no positions to pool.
        """
        weights = Path(self.weights) if self.weights else None
        pool = "mean" if self.layer == embed.PENULTIMATE else self.pool
        return replace(self, model=canonical(self.model, weights), pool=pool)

    @property
    def key(self) -> str:
        """Readable and unique among shards; also the file's name."""
        parts = [self.model, self.layer] + ([] if self.pool == "mean" else [self.pool])
        return f"{id_of(self.stimuli)}/{'@'.join(map(_safe, parts))}"


@dataclass(frozen=True)
class Outcome:
    """What became of a job; ``seconds`` is the time of embedding, without loading the model."""

    job: Job
    status: str
    message: str = ""
    n_images: int = 0
    seconds: float = 0.0


@lru_cache(maxsize=4)
def cached_stimuli(name: str) -> Stimuli:
    """As :func:`compute.measure.sets.read`, kept for the jobs that follow."""
    return read(name)


def _chosen(job: Job) -> Stimuli:
    chosen = cached_stimuli(job.stimuli)
    if chosen.image is None:
        raise StimulusError(f"{job.stimuli} has judgements alone, no images to embed")
    return chosen.first(job.n_images or len(chosen))


def recipe(job: Job) -> str:
    """All that decides the numbers of a shard, as JSON; a shard with another recipe is redone."""
    spec = resolve(job.model, Path(job.weights) if job.weights else None)
    chosen = _chosen(job)
    return embed.as_json(
        {
            "format": 2,
            "model": spec.name,
            "architecture": spec.architecture,
            "arguments": spec.arguments,
            "weights": spec.identity,
            "preprocess": spec.preprocess,
            "stimuli": chosen.name,
            "stimuli_sha256": chosen.sha256,
            **({"decoding": chosen.decoding} if chosen.decoding else {}),
            "n_images": len(chosen),
            "layer": job.layer,
            "pool": job.pool,
            "dtype": job.dtype,
            "deterministic": job.deterministic,
            "torch": metadata.version("torch"),
            "timm": metadata.version("timm"),
        }
    )


def shard_path(job: Job, out: Path) -> Path:
    """Where the shard of a job stands."""
    return out / "embeddings" / f"{job.key}.parquet"


def failure_path(job: Job, out: Path) -> Path:
    """Where the failure of a job is recorded: of this very attempt, with all its options."""
    attempt = hashlib.sha256(embed.as_json(vars(job)).encode()).hexdigest()[:8]
    return out / "failures" / f"{job.key}@{attempt}.json"


def shard_table(
    job: Job, model: embed.Model, chosen: Stimuli, embeddings: np.ndarray, how: dict
) -> pa.Table:
    """The rows of a shard, one per image."""
    schema = schema_of("embeddings")
    n, n_dims = embeddings.shape
    offsets = pa.array(np.arange(0, n * n_dims + 1, n_dims, dtype=np.int32))
    labels = None if chosen.labels is None else chosen.labels.tolist()
    # vars(model.spec) has the architecture, training data and seed, vars(model) tag and checksum
    same = vars(job) | vars(model.spec) | vars(model) | how
    same |= {
        "model_name": model.spec.name,
        "stimulus_set_id": chosen.name,
        "n_dims": n_dims,
        "weights_source": model.spec.source,
        "preprocess": embed.as_json(model.preprocess),
        "is_deterministic": job.deterministic,
        "n_images": n,
        "stimuli_sha256": chosen.sha256,
        "versions": embed.as_json(embed.versions()),
    }
    own = {
        "image_index": pa.array(range(n), pa.int64()),
        "image_id": pa.array(chosen.ids, pa.string()),
        "label": pa.array(labels or [None] * n, pa.int64()),
        "embedding": pa.ListArray.from_arrays(offsets, pa.array(embeddings.ravel())),
    }
    columns = [
        own[f.name] if f.name in own else pa.array([same[f.name]] * n, f.type) for f in schema
    ]
    return pa.table(columns, schema=schema)


def run_job(
    job: Job,
    out: Path,
    retry_failed: bool = True,
    on_images: Callable[[int], None] | None = None,
) -> Outcome:
    """Compute one shard, unless it is there; a failure becomes a record, not an exception.

    A failure is of one recipe with one set of options: other weights, other images or another
    device are another attempt. What stops before there is a recipe takes no time, and is tried.

    Raises
    ------
    JobError
        The result cannot be written.
    """
    start = time.perf_counter()
    wanted, path = None, shard_path(job, out)
    try:
        wanted = recipe(job)
        found = recipe_of(path)
        if found == wanted:
            return Outcome(job, SKIPPED)
        is_damaged = found is None and path.exists()
        before = {} if retry_failed else _failure(failure_path(job, out))
        if before.get("recipe") == wanted:
            return Outcome(job, FAILED_BEFORE, before["message"])
        chosen = _chosen(job)
        model = embed.load(resolve(job.model, Path(job.weights) if job.weights else None))
        loaded = time.perf_counter()  # importing torch and reading weights are no throughput
        names = ("layer", "pool", "device", "dtype", "batch_size", "deterministic")
        chosen_how = {name: getattr(job, name) for name in names}
        embeddings, how = embed.embed(
            model, chosen.image, len(chosen), **chosen_how, on_images=on_images
        )
    except (ModelError, StimulusError, RuntimeError, ValueError) as error:
        seconds = time.perf_counter() - start
        record = {**asdict(job), "recipe": wanted}
        record |= {"error": type(error).__name__, "message": str(error)}
        _write_failure(record, failure_path(job, out))
        return Outcome(job, FAILED, str(error), 0, seconds)
    seconds = time.perf_counter() - loaded
    table = shard_table(job, model, chosen, embeddings, how)
    # what differs between two equal runs stands in the file's metadata, not in its rows
    run = {"seconds": round(seconds, 3), "images_per_s": len(chosen) / seconds}
    if chosen.folder:
        run["read_from"] = chosen.folder
    if chosen.classes:
        run["classes"] = chosen.classes
    table = table.replace_schema_metadata({"recipe": wanted, "run": embed.as_json(run)})
    write_whole(table, path)
    failure_path(job, out).unlink(missing_ok=True)
    message = "the one that was there is damaged, and was made again" if is_damaged else ""
    return Outcome(job, DONE, message, len(chosen), seconds)


def _write_failure(record: dict, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(record, indent=1, default=str) + "\n", "utf-8")
        part.replace(path)
    except OSError as error:
        raise JobError(f"{path}: the failure could not be recorded ({error})") from error


def _failure(path: Path) -> dict:
    """What is recorded of a failure; nothing where there is none.

    Raises
    ------
    JobError
        The record is damaged.
    """
    try:
        found = json.loads(path.read_bytes()) if path.is_file() else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise JobError(f"{path}: damaged. Delete it")
    return found


def failures(out: Path) -> list[dict]:
    """The last recorded failure of every shard that is not there, sorted by file."""
    found = {}
    for path in sorted((out / "failures").glob("*/*.json"), key=lambda p: p.stat().st_mtime_ns):
        key = path.relative_to(out / "failures").as_posix().removesuffix(".json").rsplit("@", 1)[0]
        if not (out / "embeddings" / f"{key}.parquet").is_file():
            found[key] = _failure(path)
    return [found[key] for key in sorted(found)]


def run_jobs(
    jobs: Iterable[Job],
    out: Path | None = None,
    *,
    retry_failed: bool = False,
    elsewhere: Callable[[list[Job], Path, bool, Callable[[Outcome], None]], None] | None = None,
    on_images: Callable[[Job, int], None] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Run jobs here, one after the other, or elsewhere.

    Parameters
    ----------
    jobs : iterable of Job
        In the order they are to run.
    out : Path, optional
        Folder of the shards; ``data/compute`` by default. Workers of a cluster must share it.
    retry_failed : bool
        Try again what failed before.
    elsewhere : callable, optional
        Runs jobs in its own way, as :func:`compute.measure.cluster.run_on_ray` does.
    on_images, on_outcome : callable, optional
        Called for each batch (not elsewhere) and for each finished job.

    Returns
    -------
    list of Outcome
        One per job, in order of completion.

    Raises
    ------
    JobError
        Nothing more can be written, or there is no such cluster.
    StimulusError
        Two folders of one name.
    """
    out = out or settings.DATA / "compute"
    outcomes: list[Outcome] = []

    def note(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if on_outcome:
            on_outcome(outcome)

    pending = list(dict.fromkeys(job.named for job in jobs))
    refuse_mixtures(dict.fromkeys(job.stimuli for job in pending), out)
    if elsewhere is not None:
        elsewhere(pending, out, retry_failed, note)
        return outcomes
    for job in pending:
        count = None if on_images is None else lambda n, job=job: on_images(job, n)
        note(run_job(job, out, retry_failed, count))
    return outcomes
