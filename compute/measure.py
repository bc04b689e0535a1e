"""From shards to results: alignment with people, similarity of models, probes.

What is computed lands in ``data/compute``; :func:`collect` gathers it into the small tables under
``results/``, which enter the warehouse as a source like any other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from compute import embed, geometry, jobs, stimuli
from compute import probe as probes
from warehouse import settings

N_RESAMPLES = 2000
MANY_STIMULI = 150
"""Above this a resample costs too much for 2,000, and odd-one-out has too many triplets."""


@dataclass(frozen=True)
class Shard:
    """A finished shard, read: its provenance and its embeddings."""

    path: Path
    recipe: str
    info: dict
    labels: np.ndarray
    embeddings: np.ndarray


def read_shard(path: Path) -> Shard:
    """Read a shard.

    Raises
    ------
    JobError
        It is damaged; the message names the command that makes it again.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise jobs.JobError(
            f"{path}: damaged ({error}). Delete it and run aw compute embed again"
        ) from error
    same = [name for name in table.column_names if name not in jobs.VARYING]
    info = {name: table[name][0].as_py() for name in same}
    info["run"] = json.loads((table.schema.metadata or {}).get(b"run", b"{}"))
    flat = table["embedding"].combine_chunks().flatten().to_numpy()
    labels = table["label"].to_numpy(zero_copy_only=False)
    embeddings = flat.reshape(table.num_rows, info["n_dims"])
    return Shard(path, table.schema.metadata[b"recipe"].decode(), info, labels, embeddings)


def shard_paths(out: Path, names: Iterable[str] | None = None) -> list[Path]:
    """Every shard, or those of the named stimulus sets, sorted."""
    found = sorted((out / "embeddings").glob("*/*.parquet"))
    return found if names is None else [p for p in found if p.parent.name in set(names)]


ALIGNMENT_SCHEMA = pa.schema(
    [
        ("model_name", pa.string()),
        ("stimulus_set_id", pa.string()),
        ("target", pa.string()),
        ("layer", pa.string()),
        ("distance", pa.string()),
        ("metric", pa.string()),
        ("estimate", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("ci_low_people", pa.float64()),
        ("ci_high_people", pa.float64()),
        ("n_stimuli", pa.int64()),
        ("n_compared", pa.int64()),
        ("n_people", pa.int64()),
        ("n_resamples", pa.int64()),
        ("is_derived", pa.bool_()),
        ("is_control", pa.bool_()),
        ("weights_sha256", pa.string()),
    ]
)
CEILING_SCHEMA = pa.schema(
    [
        ("stimulus_set_id", pa.string()),
        ("target", pa.string()),
        ("metric", pa.string()),
        ("method", pa.string()),
        ("estimate", pa.float64()),
        ("n_people", pa.int64()),
        ("n_stimuli", pa.int64()),
        ("unit", pa.string()),
    ]
)
SIMILARITY_SCHEMA = pa.schema(
    [
        ("model_name_a", pa.string()),
        ("model_name_b", pa.string()),
        ("stimulus_set_id", pa.string()),
        ("layer", pa.string()),
        ("metric", pa.string()),
        ("estimate", pa.float64()),
        ("n_stimuli", pa.int64()),
    ]
)
PROBE_SCHEMA = pa.schema(
    [
        ("model_name", pa.string()),
        ("dataset_id", pa.string()),
        ("layer", pa.string()),
        ("head", pa.string()),
        ("n_shots", pa.int64()),
        ("seed", pa.int64()),
        ("accuracy", pa.float64()),
        ("n_classes", pa.int64()),
        ("n_train", pa.int64()),
        ("n_eval", pa.int64()),
        ("n_images", pa.int64()),
        ("solver", pa.string()),
        ("converged", pa.bool_()),
        ("objective", pa.float64()),
        ("n_iterations", pa.int64()),
        ("seconds", pa.float64()),
        ("settings", pa.string()),
        ("is_control", pa.bool_()),
        ("weights_sha256", pa.string()),
    ]
)
MANIFEST_SCHEMA = pa.schema(
    [(f.name, f.type) for f in jobs.SHARD_SCHEMA if f.name not in jobs.VARYING]
    + [("images_per_s", pa.float64()), ("embeddings_sha256", pa.string())]
)
FAILURE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("model_name", "stimulus_set_id", "layer", "error", "message")]
)


def _table(rows: list[dict], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


def _sets_of(name: str, whole: stimuli.Stimuli) -> list[stimuli.Stimuli]:
    """A set and its declared sub-sets, if there are judgements."""
    if not whole.judgements and whole.triplets is None:
        return []
    subsets = [r.name for r in stimuli.load_records().values() if r.subset_of == name]
    return [whole, *(stimuli.read(n) for n in subsets)]


def _quantiles(values: np.ndarray) -> tuple[float | None, float | None]:
    known = values[~np.isnan(values)]
    if not known.size:
        return None, None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _ceilings(chosen: stimuli.Stimuli) -> Iterator[dict]:
    for judged in chosen.judgements:
        if len(judged.rdms) < 2:
            continue
        same = {
            "stimulus_set_id": chosen.name,
            "target": judged.target,
            "n_people": len(judged.rdms),
            "n_stimuli": len(chosen),
            "unit": judged.unit,
        }
        for metric in geometry.METRICS:
            values = dict(
                zip(
                    ("split_half", "split_half_corrected"),
                    geometry.split_half(judged.rdms, metric),
                    strict=True,
                )
            )
            if judged.unit == "person":
                first, second = judged.rdms[::2].mean(axis=0), judged.rdms[1::2].mean(axis=0)
                values["odd_even"] = geometry.METRICS[metric](first, second)
                lower, upper = geometry.leave_one_out(judged.rdms, metric)
                values |= {"leave_one_out_lower": lower, "leave_one_out_upper": upper}
            for method, estimate in values.items():
                if not np.isnan(estimate):
                    yield {**same, "metric": metric, "method": method, "estimate": estimate}


def _aligned(
    shards: list[Shard], chosen: stimuli.Stimuli, distance: str, n_resamples: int
) -> Iterator[dict]:
    index = np.arange(len(chosen)) if chosen.index is None else chosen.index
    models = [geometry.distances(s.embeddings[index], distance) for s in shards]
    n = len(chosen)
    if n > MANY_STIMULI:
        n_resamples = min(n_resamples, N_RESAMPLES // 10)
    n_pairs, n_triplets = n * (n - 1) // 2, n * (n - 1) * (n - 2) // 2
    for judged in chosen.judgements:
        human = judged.mean
        derived = geometry.odd_ones(human) if n <= MANY_STIMULI else None
        people = None
        if judged.unit == "person":
            people = geometry.bootstrap_people(models, judged.rdms, n_resamples // 2)
        for at, (shard, model) in enumerate(zip(shards, models, strict=True)):
            drawn = geometry.bootstrap_stimuli(model, human, n_resamples)
            same = {
                "model_name": shard.info["model_name"],
                "stimulus_set_id": chosen.name,
                "target": judged.target,
                "layer": shard.info["layer"],
                "distance": distance,
                "n_stimuli": n,
                "n_people": len(judged.rdms) if judged.unit == "person" else None,
                "n_resamples": n_resamples,
                "is_derived": judged.is_derived,
                "is_control": shard.info["weights_source"] == "random",
                "weights_sha256": shard.info["weights_sha256"],
            }
            for column, (metric, compare) in enumerate(geometry.METRICS.items()):
                low, high = _quantiles(drawn[:, column])
                of_people = (None, None) if people is None else _quantiles(people[:, at, column])
                yield same | {
                    "metric": metric,
                    "estimate": compare(model, human),
                    "ci_low": low,
                    "ci_high": high,
                    "ci_low_people": of_people[0],
                    "ci_high_people": of_people[1],
                    "n_compared": n_triplets if metric == "triplet" else n_pairs,
                }
            if derived is not None:
                odd = geometry.bootstrap_odd_one_out(model, derived, n_resamples // 4)
                low, high = _quantiles(odd)
                yield same | {
                    "metric": "odd_one_out",
                    "estimate": geometry.odd_one_out_accuracy(model, derived),
                    "ci_low": low,
                    "ci_high": high,
                    "n_compared": len(derived),
                    "n_resamples": n_resamples // 4,
                    "is_derived": True,  # nobody was asked which is the odd one
                }


def _odd_chosen(shards: list[Shard], chosen: stimuli.Stimuli, distance: str) -> Iterator[dict]:
    """Against people's own odd-one-out choices, where a set has them."""
    for shard in shards:
        model = geometry.distances(shard.embeddings, distance)
        odd = geometry.bootstrap_odd_one_out(model, chosen.triplets, N_RESAMPLES // 4)
        low, high = _quantiles(odd)
        yield {
            "model_name": shard.info["model_name"],
            "stimulus_set_id": chosen.name,
            "target": "odd_one_out_choices",
            "layer": shard.info["layer"],
            "distance": distance,
            "metric": "odd_one_out",
            "estimate": geometry.odd_one_out_accuracy(model, chosen.triplets),
            "ci_low": low,
            "ci_high": high,
            "n_stimuli": len(chosen),
            "n_compared": len(chosen.triplets),
            "n_people": int(chosen.triplet_people.max()) + 1,
            "n_resamples": N_RESAMPLES // 4,
            "is_derived": False,
            "is_control": shard.info["weights_source"] == "random",
            "weights_sha256": shard.info["weights_sha256"],
        }


def align(
    out: Path | None = None,
    names: Iterable[str] | None = None,
    distances: tuple[str, ...] = geometry.DISTANCES,
    n_resamples: int = N_RESAMPLES,
    on_set: Callable[[str], None] | None = None,
) -> dict[str, pa.Table]:
    """Alignment of every embedded model with people, ceilings, and models among themselves.

    Parameters
    ----------
    out : Path, optional
        Folder of the shards; ``data/compute`` by default.
    names : iterable of str, optional
        Stimulus sets; all that have shards and judgements by default.
    distances : tuple of str
        Of the models; people's dissimilarities are as they are.
    n_resamples : int
        Bootstrap resamples of stimuli; half as many of people.
    on_set : callable, optional
        Called with the name of each set that is being compared.

    Returns
    -------
    dict of str to Table
        ``alignments``, ``ceilings``, ``model_similarities`` of these sets. The files of these names
        in ``out`` hold them too; where ``names`` were given, they keep their rows of other sets.

    Raises
    ------
    JobError
        No shard has judgements to compare with, or a shard is of other stimuli than are here.
    """
    out = out or settings.DATA / "compute"
    alignments, ceilings, similarities = [], [], []
    found: dict[str, list[Path]] = {}
    for path in shard_paths(out, names):
        found.setdefault(path.parent.name, []).append(path)
    for name, paths in found.items():
        shards = [read_shard(path) for path in paths]
        # a lab's own folder is not declared: its shards say where it stands
        source = shards[0].info["run"].get("read_from", shards[0].info["stimulus_set_id"])
        whole = stimuli.read(source)
        sets = _sets_of(source, whole)
        if not sets:
            continue
        for shard in shards:
            if shard.info["stimuli_sha256"] != whole.sha256 or len(shard.embeddings) != len(whole):
                raise jobs.JobError(
                    f"{shard.path}: made from other stimuli than are here now. Run aw compute "
                    f"embed --stimuli {source} --models {shard.info['model_name']}"
                )
        for chosen in sets:
            if on_set:
                on_set(chosen.name)
            ceilings += _ceilings(chosen)
            for distance in distances:
                # the first distance is the one that is reported; the others get wider brackets
                n = n_resamples if distance == distances[0] else n_resamples // 4
                alignments += _aligned(shards, chosen, distance, n)
                if chosen.triplets is not None:
                    alignments += _odd_chosen(shards, chosen, distance)
        similarities += _similar(shards, name)
    if not alignments:
        raise jobs.JobError(
            f"{out}: no embeddings of stimuli with judgements. Run aw compute embed --stimuli "
            "objects92 --models …"
        )
    tables = {
        "alignments": _table(alignments, ALIGNMENT_SCHEMA),
        "ceilings": _table(ceilings, CEILING_SCHEMA),
        "model_similarities": _table(similarities, SIMILARITY_SCHEMA),
    }
    for name, table in tables.items():
        path = out / f"{name}.parquet"
        others = _other_sets(path, table) if names is not None else []
        jobs.write_whole(pa.concat_tables([*others, table]), path)
    return tables


def _other_sets(path: Path, table: pa.Table) -> list[pa.Table]:
    """What a file holds on other stimulus sets than a new table."""
    if not path.is_file():
        return []
    held = pq.read_table(path)
    again = pc.is_in(held["stimulus_set_id"], table["stimulus_set_id"].combine_chunks())
    return [held.filter(pc.invert(again)).cast(table.schema)]


def _similar(shards: list[Shard], name: str) -> Iterator[dict]:
    rdms = [geometry.distances(s.embeddings) for s in shards]
    for (a, rdm_a), (b, rdm_b) in combinations(zip(shards, rdms, strict=True), 2):
        if a.info["layer"] != b.info["layer"]:
            continue
        values = {
            "linear_cka": geometry.linear_cka(a.embeddings, b.embeddings),
            "rsa_spearman": geometry.spearman_alignment(rdm_a, rdm_b),
        }
        for metric, estimate in values.items():
            yield {
                "model_name_a": a.info["model_name"],
                "model_name_b": b.info["model_name"],
                "stimulus_set_id": name,
                "layer": a.info["layer"],
                "metric": metric,
                "estimate": estimate,
                "n_stimuli": len(a.embeddings),
            }


# probes


def probe_path(shard: Path, head: str, out: Path) -> Path:
    """Where the results of a head on a shard stand."""
    return out / "probes" / shard.parent.name / f"{shard.stem}@{head}.parquet"


def run_probe(
    path: Path,
    head: str,
    out: Path,
    shots: tuple[int, ...] = probes.SHOTS,
    seeds: tuple[int, ...] = probes.SEEDS,
    device: str = "cpu",
    n_images: int | None = None,
) -> str:
    """Probe one shard with one head, unless that is done; ``done`` or ``skipped``.

    Raises
    ------
    JobError
        The shard is damaged or has no labels, or the result cannot be written.
    """
    target = probe_path(path, head, out)
    recipe = pq.read_schema(path).metadata.get(b"recipe", b"").decode()
    wanted = embed.as_json(
        {
            "shard": recipe,
            "head": head,
            "shots": shots,
            "seeds": seeds,
            "n_images": n_images,
            "settings": asdict(probes.DEFAULTS),
        }
    )
    if target.is_file():
        found = (pq.read_schema(target).metadata or {}).get(b"recipe", b"").decode()
        if found == wanted:
            return jobs.SKIPPED
    shard = read_shard(path)
    labels, features = shard.labels[:n_images], shard.embeddings[:n_images]
    if labels.dtype == object or np.isnan(labels.astype(float)).any():
        raise jobs.JobError(f"{path}: its stimuli have no classes to probe")
    labels = labels.astype(np.int64)
    same = {
        "model_name": shard.info["model_name"],
        "dataset_id": shard.info["stimulus_set_id"],
        "layer": shard.info["layer"],
        "n_classes": len(np.unique(labels)),
        "n_images": len(labels),
        "settings": embed.as_json(asdict(probes.DEFAULTS)),
        "is_control": shard.info["weights_source"] == "random",
        "weights_sha256": shard.info["weights_sha256"],
    }
    results = probes.probe(features, labels, head, shots, seeds, device=device)
    table = _table([same | asdict(result) for result in results], PROBE_SCHEMA)
    jobs.write_whole(table.replace_schema_metadata({"recipe": wanted}), target)
    return jobs.DONE


# the committed tables


def manifest(out: Path) -> pa.Table:
    """One row per shard: provenance, throughput, and a sha256 of the numbers."""
    rows = []
    for path in shard_paths(out):
        shard = read_shard(path)
        info = {k: v for k, v in shard.info.items() if k != "run"}
        digest = hashlib.sha256(np.ascontiguousarray(shard.embeddings).tobytes()).hexdigest()
        speed = shard.info["run"].get("images_per_s")
        rows.append(info | {"images_per_s": speed, "embeddings_sha256": digest})
    return _table(rows, MANIFEST_SCHEMA)


def collect(out: Path | None = None, results: Path | None = None) -> dict[str, int]:
    """Gather everything computed into small Parquet tables, and register them as source files.

    Parameters
    ----------
    out : Path, optional
        ``data/compute`` by default.
    results : Path, optional
        ``results/`` of the project by default; only there is the source YAML brought up to date.

    Returns
    -------
    dict of str to int
        Rows of each table.

    Raises
    ------
    JobError
        Nothing has been computed.
    """
    out = out or settings.DATA / "compute"
    folder = results or settings.ROOT / "results"
    tables = {"embedding_manifest": manifest(out)}
    for name, schema in (
        ("alignments", ALIGNMENT_SCHEMA),
        ("ceilings", CEILING_SCHEMA),
        ("model_similarities", SIMILARITY_SCHEMA),
    ):
        path = out / f"{name}.parquet"
        tables[name] = pq.read_table(path) if path.is_file() else _table([], schema)
    parts = [pq.read_table(p) for p in sorted((out / "probes").glob("*/*.parquet"))]
    parts = [part.replace_schema_metadata(None) for part in parts]
    tables["probe_results"] = pa.concat_tables(parts) if parts else _table([], PROBE_SCHEMA)
    failed = [
        {
            "model_name": f["model"],
            "stimulus_set_id": f["stimuli"],
            "layer": f["layer"],
            "error": f["error"],
            "message": f["message"],
        }
        for f in jobs.failures(out)
    ]
    tables["failures"] = _table(failed, FAILURE_SCHEMA)
    if not any(table.num_rows for table in tables.values()):
        raise jobs.JobError(f"{out}: nothing has been computed. Run aw compute embed first")
    for name, table in tables.items():
        jobs.write_whole(table, folder / f"{name}.parquet")
    if results is None:
        register(folder)
    return {name: table.num_rows for name, table in tables.items()}


STAGED = {"embedding_manifest": "embedding_manifests"}
"""Staging models whose name is not that of the file."""


def register(folder: Path, yaml_path: Path | None = None) -> None:
    """Write the sha256 and size of the result files into their source YAML file.

    Also their number of rows into the seed of expected rows.
    """
    path = yaml_path or settings.STAGING / "compute" / "_compute__sources.yml"
    text = path.read_text()
    for file in sorted(folder.glob("*.parquet")):
        content = file.read_bytes()
        text = re.sub(
            rf"(path: results/{file.name}, [^\n]*?sha256: )[0-9a-f]+(, bytes: )\d+",
            rf"\g<1>{hashlib.sha256(content).hexdigest()}\g<2>{len(content)}",
            text,
        )
    path.write_text(text)
    seed = settings.DBT_PROJECT / "seeds" / "expected_rows.csv"
    if yaml_path is None:
        rows = seed.read_text()
        for file in sorted(folder.glob("*.parquet")):
            n_rows = pq.read_metadata(file).num_rows
            name = STAGED.get(file.stem, file.stem)
            rows = re.sub(rf"(stg_compute__{name},compute,)\d+", rf"\g<1>{n_rows}", rows)
        seed.write_text(rows)
