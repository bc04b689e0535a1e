"""From shards to results: alignment with people, similarity of models, probes.

What is computed lands in ``data/compute``; :func:`collect` gathers it into small tables beside it,
which enter the warehouse as the source ``own``. The project's own measurements, the source
``compute``, are such tables too, committed under ``results/``.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterable
from itertools import compress
from pathlib import Path
from shlex import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from compute.measure import jobs, rdm
from compute.measure.alignment import alignment_rows, choice_rows
from compute.measure.ceilings import ceiling_rows
from compute.measure.named import remembered, source_of
from compute.measure.saliency import attention
from compute.measure.sets import id_of, read
from compute.measure.sets.folder import own_folder
from compute.measure.sets.records import load_records
from compute.measure.sets.stimuli import Stimuli
from compute.measure.shards import (
    JobError,
    Shard,
    is_control,
    read_shard,
    read_whole,
    shard_paths,
    write_whole,
)
from compute.measure.similarity import similarity_rows
from compute.measure.tables import N_RESAMPLES, schema_of, table_of
from ingest import Explained, settings
from ingest.registry import load_registry

ALIGNED = ("alignments", "control_differences", "ceilings", "model_similarities")
"""The tables that :func:`align` makes."""


def _sets_of(name: str, whole: Stimuli) -> list[Stimuli]:
    """A set and its declared sub-sets, if there are judgements."""
    if not whole.judgements and whole.triplets is None:
        return []
    subsets = [r.name for r in load_records().values() if r.subset_of == name]
    return [whole, *(read(n) for n in subsets)]


def _readable(paths: list[Path], leave_out: Callable[[str], None]) -> list[Shard]:
    """The shards of a set, each layer of a model once."""
    shards: dict[tuple[str, str], Shard] = {}
    for path in paths:
        try:
            shard = read_shard(path)
        except JobError as error:
            leave_out(str(error))
            continue
        first = shards.setdefault((shard.info["model_name"], shard.layer), shard)
        if first is not shard:
            leave_out(f"{path}: the model of {first.path.name} under another name; delete one")
    return list(shards.values())


def _measured(
    shards: list[Shard], chosen: Stimuli, distance: str, leave_out: Callable[[str], None]
) -> tuple[list[Shard], np.ndarray]:
    """Shards and their distances, without those whose features have none."""
    index = np.arange(len(chosen)) if chosen.index is None else chosen.index
    kept, rdms = [], []
    for shard in shards:
        try:
            rdms.append(rdm.distances(shard.embeddings[index], distance))
            kept.append(shard)
        except ValueError as error:
            about = f"{shard.info['model_name']} × {chosen.name}, layer {shard.layer}"
            leave_out(f"{about}: {distance} distance: {error}")
    return kept, np.array(rdms)


def _align_set(
    source: str,
    paths: list[Path],
    distances: tuple[str, ...],
    n_resamples: int,
    on_set: Callable[[str], None],
    leave_out: Callable[[str], None],
) -> dict[str, list[dict]]:
    """Rows of every table of :data:`ALIGNED` that the shards of one set give."""
    found: dict[str, list[dict]] = {name: [] for name in ALIGNED}
    shards = _readable(paths, leave_out)
    whole = read(source) if shards else None
    judged = _sets_of(source, whole) if shards else []
    if not judged:
        return found
    is_whole = [len(shard.embeddings) == len(whole) for shard in shards]
    is_current = [shard.info["stimuli_sha256"] == whole.sha256 for shard in shards]
    for shard, has_all, is_same in zip(shards, is_whole, is_current, strict=True):
        if not (has_all and is_same):
            n = f"{len(shard.embeddings)} of the {len(whole)} images"
            leave_out(
                f"{shard.path}: made from {n if is_same else 'other stimuli than are here now'}. "
                f"Run aw compute embed --stimuli {quote(source)} --models "
                f"{shard.info['model_name']}"
            )
    shards = list(compress(shards, map(all, zip(is_whole, is_current, strict=True))))
    for chosen in judged:
        on_set(chosen.name)
        found["ceilings"] += ceiling_rows(chosen)
        for distance in distances:
            # the first distance is the one that is reported; the others get wider brackets
            is_first = distance == distances[0]
            n = n_resamples if is_first else n_resamples // 4
            compared = shards if is_first else [s for s in shards if not is_control(s)]
            compared, rdms = _measured(compared, chosen, distance, leave_out)
            if not compared:
                continue
            rows, beyond = alignment_rows(compared, rdms, chosen, distance, n)
            found["alignments"] += rows
            found["control_differences"] += beyond
            if chosen.triplets is not None:
                found["alignments"] += choice_rows(compared, rdms, chosen, distance)
    similar, rdms = _measured(shards, whole, "cosine", leave_out)
    if found["alignments"] and similar:
        found["model_similarities"] += similarity_rows(similar, rdms, whole.name, n_resamples // 4)
    return found


def align(
    out: Path | None = None,
    names: Iterable[str] | None = None,
    distances: tuple[str, ...] = rdm.DISTANCES,
    n_resamples: int = N_RESAMPLES,
    on_set: Callable[[str], None] | None = None,
    on_left_out: Callable[[str], None] | None = None,
) -> dict[str, pa.Table]:
    """Alignment of every embedded model with people, ceilings, and models among themselves.

    Parameters
    ----------
    out : Path, optional
        Folder of the shards; ``data/compute`` by default.
    names : iterable of str, optional
        Stimulus sets, as :func:`compute.measure.named.source_of` reads a name; all that have
        shards and judgements by default.
    distances : tuple of str
        Of the models; people's dissimilarities are as they are. Untrained controls are compared
        by the first alone.
    n_resamples : int
        Bootstrap resamples of stimuli.
    on_set : callable, optional
        Called with the name of each set that is being compared.
    on_left_out : callable, optional
        Called with each thing that was left out and why: a set or a model that cannot be compared
        does not keep the others from it.

    Returns
    -------
    dict of str to Table
        The tables :data:`ALIGNED` of these sets. The files of these names in ``out`` hold them
        too. They keep their rows of other sets where ``names`` were given or a set was left out,
        and those of other distances where not all plain ones were asked for.

    Raises
    ------
    JobError
        Nothing can be compared; the message says why of each set.
    """
    out = out or settings.DATA / "compute"
    found: dict[str, list[dict]] = {name: [] for name in ALIGNED}
    paths_of: dict[str, list[Path]] = {}
    asked = None
    if names is not None:
        asked = {id_of(source): source for source in (source_of(name, out) for name in names)}
    for path in shard_paths(out, asked):
        paths_of.setdefault(path.parent.name, []).append(path)
    left_out: dict[str, None] = {}
    is_whole = names is None and set(distances) >= set(rdm.DISTANCES)

    def leave_out(message: str) -> None:
        left_out[message] = None

    for name, paths in paths_of.items():
        try:
            # a lab's own folder is not declared: its shards say where it stands
            source = name if asked is None else asked[name]
            if asked is None and name not in load_records():
                kept = remembered(name, out)
                source = kept[0] if kept else read_shard(paths[0]).info["stimulus_set_id"]
            if source not in load_records() and own_folder(source) is None:
                raise JobError(
                    f"{out / 'embeddings' / name}: made from {source}, which is no folder any "
                    "more. If it moved: aw compute align --stimuli FOLDER; if not, delete what was "
                    "made from it"
                )
            how = (distances, n_resamples, on_set or (lambda _: None), leave_out)
            made = _align_set(source, paths, *how)
        except Explained as error:
            is_whole = False
            leave_out(str(error))
        else:
            for table, rows in made.items():
                found[table] += rows
    if not found["alignments"]:
        is_new = asked and not paths_of
        source = quote(next(iter(asked.values()))) if is_new else "objects92"
        nothing = f"{out}: no embeddings of stimuli with judgements"
        nothing += f", only of {', '.join(paths_of)}" if paths_of else ""
        nothing += f". Run aw compute embed --stimuli {source} --models …"
        raise JobError("\n".join(left_out) or nothing)
    if on_left_out:
        for message in left_out:
            on_left_out(message)
    tables = {name: table_of(rows, name) for name, rows in found.items()}
    for name, table in tables.items():
        path = out / f"{name}.parquet"
        about = tuple(c for c in ("stimulus_set_id", "distance") if c in table.column_names)
        held = None if is_whole or not path.is_file() else _of_today(path, "align", name)
        others = _kept(held, table, about)
        write_whole(pa.concat_tables([*others, table]), path)
    return tables


# the committed tables


def manifest(out: Path) -> pa.Table:
    """One row per shard: provenance, recipe, throughput, sha256 and size of the numbers."""
    rows = []
    for path in shard_paths(out):
        shard = read_shard(path)
        content = np.ascontiguousarray(shard.embeddings).tobytes()
        measured = {
            "images_per_s": shard.info["run"].get("images_per_s"),
            "embeddings_sha256": hashlib.sha256(content).hexdigest(),
            "feature_rms": float(np.sqrt(np.mean(np.square(shard.embeddings, dtype=float)))),
            "recipe": shard.recipe,
        }
        rows.append(shard.info | measured)
    return table_of(rows, "embedding_manifest")


REPLACED = {
    "embedding_manifest": ("model_name", "stimulus_set_id"),
    "alignments": ("model_name", "stimulus_set_id", "distance"),
    "control_differences": ("model_name", "stimulus_set_id", "distance"),
    "calibrated_controls": ("model_name", "stimulus_set_id"),
    "ceilings": ("stimulus_set_id",),
    "model_similarities": ("model_name_a", "model_name_b", "stimulus_set_id"),
    "probe_results": ("model_name", "dataset_id", "head"),
    "failures": (),
}
"""What a row of a result file is about; computing it again replaces all rows about the same."""


def collect(out: Path | None = None, results: Path | None = None) -> dict[str, pa.Table]:
    """Gather everything computed into small Parquet tables.

    Parameters
    ----------
    out : Path, optional
        ``data/compute`` by default.
    results : Path, optional
        A folder of such tables, in which the rows stay that say nothing of what was computed here;
        ``collected`` in ``out`` by default, which holds what is in ``out`` and no more.

    Returns
    -------
    dict of str to Table
        As written.

    Raises
    ------
    JobError
        Nothing has been computed.
    """
    out = out or settings.DATA / "compute"
    folder = results or out / "collected"
    tables = {"embedding_manifest": manifest(out)}
    for name in (*ALIGNED, "calibrated_controls"):
        path = out / f"{name}.parquet"
        made = "align" if name in ALIGNED else "calibrate"
        tables[name] = _of_today(path, made, name) if path.is_file() else table_of([], name)
    of_maps, map_ceilings = attention(out)
    tables["alignments"] = pa.concat_tables([tables["alignments"], of_maps])
    tables["ceilings"] = pa.concat_tables([tables["ceilings"], map_ceilings])
    probed = sorted((out / "probes").glob("*/*.parquet"))
    parts = [_of_today(path, "probe", "probe_results") for path in probed]
    tables["probe_results"] = pa.concat_tables(parts) if parts else table_of([], "probe_results")
    failed = [
        f | {"model_name": f["model"], "stimulus_set_id": id_of(f["stimuli"])}
        for f in jobs.failures(out)
    ]
    tables["failures"] = table_of(failed, "failures")
    if not any(table.num_rows for table in tables.values()):
        raise JobError(f"{out}: nothing has been computed. Run aw compute embed first")
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        held = _committed(path) if results and path.is_file() else None
        kept = _kept(held, table, REPLACED[name])
        tables[name] = pa.concat_tables([*kept, table])
        write_whole(tables[name], path)
    return tables


def _of_today(path: Path, command: str, name: str) -> pa.Table:
    """A table that a command has written, with the columns that it writes today."""
    table = read_whole(path, command).replace_schema_metadata(None)
    if table.schema != schema_of(name):
        raise JobError(
            f"{path}: has other columns than aw compute {command} writes now. Delete it and run "
            "it again"
        )
    return table


def _committed(path: Path) -> pa.Table:
    """A table of the project's own: the registered bytes, or what was collected since."""
    content = path.read_bytes()
    registered = {file.sha256 for file in load_registry()["compute"].files}
    if hashlib.sha256(content).hexdigest() in registered:
        return pq.read_table(io.BytesIO(content))
    try:
        return read_whole(path, "collect")
    except JobError as error:
        raise JobError(
            f"{path}: damaged, neither the registered file nor one that aw compute collect has "
            f"written. git checkout {path}"
        ) from error


def _kept(held: pa.Table | None, table: pa.Table, about: tuple[str, ...]) -> list[pa.Table]:
    """Rows of a result file on what a new table says nothing of; new columns are null in them."""
    if not about or held is None:
        return []
    held = held.replace_schema_metadata(None)
    again = {tuple(row.values()) for row in table.select(about).to_pylist()}
    kept = [tuple(row.values()) not in again for row in held.select(about).to_pylist()]
    held = held.filter(pa.array(kept, pa.bool_()))
    columns = [
        held[f.name].cast(f.type) if f.name in held.column_names else pa.nulls(len(held), f.type)
        for f in table.schema
    ]
    return [pa.table(columns, schema=table.schema)]


STAGED = {"embedding_manifest": "embedding_manifests"}
"""Staging models whose name is not that of the file."""


def register(folder: Path, yaml_path: Path | None = None) -> None:
    """Write the sha256 and size of the result files into their source YAML file.

    Also their number of rows, into the test ``row_count`` of their staging models. A file that says
    so already is left.
    """
    path = yaml_path or settings.STAGING / "compute" / "_compute__sources.yml"
    text = path.read_text("utf-8")
    for file in sorted(folder.glob("*.parquet")):
        content = file.read_bytes()
        text = re.sub(
            rf"(path: results/{file.name}, [^\n]*?sha256: )[0-9a-f]+(, bytes: )\d+",
            rf"\g<1>{hashlib.sha256(content).hexdigest()}\g<2>{len(content)}",
            text,
        )
    _write_changed(path, text)
    if yaml_path is None:
        models = path.with_name("_compute__models.yml")
        text = models.read_text("utf-8")
        for file in sorted(folder.glob("*.parquet")):
            name = STAGED.get(file.stem, file.stem)
            text = re.sub(
                rf"(name: stg_compute__{name}\n(?:    .*\n)*?.*row_count: .*n_rows: )\d+",
                rf"\g<1>{pq.read_metadata(file).num_rows}",
                text,
            )
        _write_changed(models, text)


def _write_changed(path: Path, text: str) -> None:
    if path.read_bytes() != text.encode():
        path.write_bytes(text.encode())
