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

from compute.measure import embed, geometry, jobs
from compute.measure import probe as probes
from compute.measure import sets as stimuli
from ingest import settings

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
        ("people_interval", pa.string()),
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
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("n_splits", pa.int64()),
        ("n_people", pa.int64()),
        ("n_stimuli", pa.int64()),
        ("unit", pa.string()),
    ]
)
CONTROL_SCHEMA = pa.schema(
    [
        ("model_name", pa.string()),
        ("stimulus_set_id", pa.string()),
        ("target", pa.string()),
        ("layer", pa.string()),
        ("distance", pa.string()),
        ("metric", pa.string()),
        ("architecture", pa.string()),
        ("n_controls", pa.int64()),
        ("control_mean", pa.float64()),
        ("control_sd", pa.float64()),
        ("control_max", pa.float64()),
        ("estimate", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("n_stimuli", pa.int64()),
        ("n_resamples", pa.int64()),
        ("weights_sha256", pa.string()),
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
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("n_stimuli", pa.int64()),
        ("n_resamples", pa.int64()),
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
    + [
        ("images_per_s", pa.float64()),
        ("embeddings_sha256", pa.string()),
        ("feature_rms", pa.float64()),
        ("recipe", pa.string()),
    ]
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
    """Each method's estimate, and the quantiles of the splits (or people) it is the mean of."""
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
            halves = geometry.split_half(judged.rdms, metric)
            found = {"split_half": _summary(halves)}
            if metric != "triplet":  # a share of triplets is no correlation
                both = {k: geometry.spearman_brown(v) for k, v in found["split_half"].items()}
                root = {k: np.sqrt(v) if v > 0 else np.nan for k, v in both.items()}
                found |= {"split_half_corrected": both, "root_split_half_corrected": root}
            if judged.unit == "person":
                first, second = judged.rdms[::2].mean(axis=0), judged.rdms[1::2].mean(axis=0)
                found["odd_even"] = {"estimate": geometry.METRICS[metric](first, second)}
                lower, upper = geometry.leave_one_out(judged.rdms, metric)
                found["leave_one_out_lower"] = _summary(lower)
                found["leave_one_out_upper"] = _summary(upper)
            for method, values in found.items():
                if np.isnan(values["estimate"]):
                    continue
                known = {k: None if np.isnan(v) else float(v) for k, v in values.items()}
                n_splits = len(halves)
                if method == "odd_even":
                    n_splits = 1
                elif method.startswith("leave_one_out"):
                    n_splits = len(judged.rdms)
                yield {**same, "metric": metric, "method": method, "n_splits": n_splits, **known}


def _summary(values: np.ndarray) -> dict[str, float]:
    if len(values) < 2:
        return {"estimate": values.mean()}
    low, high = np.quantile(values, [0.025, 0.975])
    return {"estimate": values.mean(), "ci_low": low, "ci_high": high}


JACKKNIFE = "jackknife"


def _people_interval(judged: stimuli.Judgement) -> str:
    """How the interval over people came about, or why there is none."""
    if judged.unit == "mean":
        return "none: only a mean is published"
    if judged.unit == "half":
        return "none: two halves of the raters, not people"
    if len(judged.rdms) < geometry.MIN_PEOPLE:
        return f"none: fewer than {geometry.MIN_PEOPLE} people"
    return JACKKNIFE


def _is_control(shard: Shard) -> bool:
    return shard.info["weights_source"] == "random"


def _aligned(
    shards: list[Shard], chosen: stimuli.Stimuli, distance: str, n_resamples: int
) -> tuple[list[dict], list[dict]]:
    """Rows of alignments, and of what pretrained models have beyond their controls."""
    index = np.arange(len(chosen)) if chosen.index is None else chosen.index
    models = [geometry.distances(s.embeddings[index], distance) for s in shards]
    n = len(chosen)
    if n > MANY_STIMULI:
        n_resamples = min(n_resamples, N_RESAMPLES // 10)
    n_pairs, n_triplets = n * (n - 1) // 2, n * (n - 1) * (n - 2) // 2
    rows, differences = [], []
    for judged in chosen.judgements:
        human = judged.mean
        derived = geometry.odd_ones(human) if n <= MANY_STIMULI else None
        interval = _people_interval(judged)
        people = None
        if interval == JACKKNIFE:
            people = geometry.jackknife_people(models, judged.rdms)
        found: list[dict] = []
        resampled: list[np.ndarray] = []
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
                "is_control": _is_control(shard),
                "weights_sha256": shard.info["weights_sha256"],
                "architecture": shard.info["architecture"],
            }
            for column, (metric, compare) in enumerate(geometry.METRICS.items()):
                low, high = _quantiles(drawn[:, column])
                of_people = (None, None)
                if people is not None:
                    of_people = tuple(_known(limit[at, column]) for limit in people)
                found.append(
                    same
                    | {
                        "metric": metric,
                        "estimate": compare(model, human),
                        "ci_low": low,
                        "ci_high": high,
                        "ci_low_people": of_people[0],
                        "ci_high_people": of_people[1],
                        "people_interval": interval,
                        "n_compared": n_triplets if metric == "triplet" else n_pairs,
                    }
                )
                resampled.append(drawn[:, column])
            if derived is not None:
                odd = geometry.bootstrap_odd_one_out(model, derived, n_resamples // 4)
                low, high = _quantiles(odd)
                found.append(
                    same
                    | {
                        "metric": "odd_one_out",
                        "estimate": geometry.odd_one_out_accuracy(model, derived),
                        "ci_low": low,
                        "ci_high": high,
                        "people_interval": "none: not computed for this metric",
                        "n_compared": len(derived),
                        "n_resamples": n_resamples // 4,
                        "is_derived": True,  # nobody was asked which is the odd one
                    }
                )
                resampled.append(odd)
        rows += found
        differences += _beyond_controls(found, resampled)
    return rows, differences


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _beyond_controls(rows: list[dict], resampled: list[np.ndarray]) -> Iterator[dict]:
    """Each pretrained model less the mean of the untrained networks of its architecture.

    The same images are drawn for both, so the interval is one of paired differences. The controls
    stand for themselves in it: their spread over seeds is given beside it.
    """
    controls: dict[tuple, list[int]] = {}
    key = ("architecture", "layer", "metric")
    for at, row in enumerate(rows):
        if row["is_control"]:
            controls.setdefault(tuple(row[k] for k in key), []).append(at)
    for at, row in enumerate(rows):
        own = controls.get(tuple(row[k] for k in key), [])
        if row["is_control"] or not own:
            continue
        estimates = np.array([rows[c]["estimate"] for c in own])
        mean = np.mean([resampled[c] for c in own], axis=0)
        low, high = _quantiles(resampled[at] - mean)
        yield {name: row[name] for name in CONTROL_SCHEMA.names if name in row} | {
            "n_controls": len(own),
            "control_mean": float(estimates.mean()),
            "control_sd": float(estimates.std(ddof=1)) if len(own) > 1 else None,
            "control_max": float(estimates.max()),
            "estimate": float(row["estimate"] - estimates.mean()),
            "ci_low": low,
            "ci_high": high,
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
            "is_control": _is_control(shard),
            "people_interval": "none: single choices, not a mean of people",
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
        Of the models; people's dissimilarities are as they are. Untrained controls are compared
        by the first alone.
    n_resamples : int
        Bootstrap resamples of stimuli.
    on_set : callable, optional
        Called with the name of each set that is being compared.

    Returns
    -------
    dict of str to Table
        ``alignments``, ``control_differences``, ``ceilings`` and ``model_similarities`` of these
        sets. The files of these names
        in ``out`` hold them too; where ``names`` were given, they keep their rows of other sets.

    Raises
    ------
    JobError
        No shard has judgements to compare with, or a shard is of other stimuli than are here.
    """
    out = out or settings.DATA / "compute"
    alignments, differences, ceilings, similarities = [], [], [], []
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
                is_first = distance == distances[0]
                n = n_resamples if is_first else n_resamples // 4
                compared = shards if is_first else [s for s in shards if not _is_control(s)]
                if not compared:
                    continue
                rows, beyond = _aligned(compared, chosen, distance, n)
                alignments += rows
                differences += beyond
                if chosen.triplets is not None:
                    alignments += _odd_chosen(compared, chosen, distance)
        similarities += _similar(shards, name, n_resamples // 4)
    if not alignments:
        raise jobs.JobError(
            f"{out}: no embeddings of stimuli with judgements. Run aw compute embed --stimuli "
            "objects92 --models …"
        )
    tables = {
        "alignments": _table(alignments, ALIGNMENT_SCHEMA),
        "control_differences": _table(differences, CONTROL_SCHEMA),
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


def _similar(shards: list[Shard], name: str, n_resamples: int) -> Iterator[dict]:
    """Every two pretrained models, and one untrained network of each architecture."""
    seeds: dict[tuple, int] = {}
    for shard in filter(_is_control, shards):
        key = (shard.info["architecture"], shard.info["layer"])
        seeds[key] = min(shard.info["seed"], seeds.get(key, shard.info["seed"]))
    kept = [
        s
        for s in shards
        if not _is_control(s) or seeds[s.info["architecture"], s.info["layer"]] == s.info["seed"]
    ]
    if len(shards[0].labels) > MANY_STIMULI:
        n_resamples = min(n_resamples, N_RESAMPLES // 20)
    drawn = geometry.drawn(len(shards[0].labels), n_resamples)
    rdms = [geometry.distances(s.embeddings) for s in kept]
    for (a, rdm_a), (b, rdm_b) in combinations(zip(kept, rdms, strict=True), 2):
        if a.info["layer"] != b.info["layer"]:
            continue
        x, y = a.embeddings, b.embeddings
        spearman = geometry.bootstrap_stimuli(rdm_a, rdm_b, n_resamples)[:, 1]
        # a resample holds copies, which linear CKA takes for agreement: no interval
        values = {
            "linear_cka": (geometry.linear_cka(x, y), (None, None), None),
            "debiased_cka": (
                geometry.debiased_cka(x, y),
                _quantiles(geometry.debiased_cka(x, y, drawn)),
                n_resamples,
            ),
            "rsa_spearman": (
                geometry.spearman_alignment(rdm_a, rdm_b),
                _quantiles(spearman),
                n_resamples,
            ),
        }
        for metric, (estimate, (low, high), resamples) in values.items():
            yield {
                "model_name_a": a.info["model_name"],
                "model_name_b": b.info["model_name"],
                "stimulus_set_id": name,
                "layer": a.info["layer"],
                "metric": metric,
                "estimate": _known(estimate),
                "ci_low": low,
                "ci_high": high,
                "n_stimuli": len(x),
                "n_resamples": resamples,
            }


# attention

MAP_SCHEMA = pa.schema(
    [
        ("model_name", pa.string()),
        ("stimulus_set_id", pa.string()),
        ("image_id", pa.string()),
        ("class_index", pa.int64()),
        ("estimate", pa.float64()),
        ("ceiling", pa.float64()),
        ("n_people", pa.int64()),
        ("n_positions", pa.int64()),
        ("is_control", pa.bool_()),
        ("weights_sha256", pa.string()),
    ]
)


def run_saliency(
    model_name: str,
    stimuli_name: str,
    out: Path,
    n_images: int | None = None,
    weights: Path | None = None,
    on_images: Callable[[int], None] | None = None,
) -> str:
    """Compare what moves a model's decision with where people looked; ``done`` or ``skipped``.

    One row per image: Spearman over the positions of the network's input, the human map resized
    and cropped with its image (Fel et al. 2022). The gradient is that of the image's class in a
    declared set, whose labels are ImageNet's; in a folder, of the class that the model names.

    Raises
    ------
    JobError
        The set has no human maps, or the result cannot be written.
    ModelError
        The model cannot be had, or has no classifier.
    """
    spec = embed.resolve(model_name, weights)
    chosen = jobs.cached_stimuli(stimuli_name)
    if chosen.maps is None:
        raise jobs.JobError(
            f"{stimuli_name} has no human attention maps. Take clickme, or a folder with maps/ "
            "(docs/compute.md)"
        )
    chosen = chosen.first(n_images or len(chosen))
    is_declared = stimuli_name in stimuli.load_records()
    wanted = embed.as_json(
        {
            "model": spec.name,
            "weights": spec.identity,
            "arguments": spec.arguments,
            "preprocess": spec.preprocess,
            "stimuli_sha256": chosen.sha256,
            "n_images": len(chosen),
            "versions": embed.versions(),
        }
    )
    key = jobs.Job(spec.name, stimuli_name).key.rsplit("@", 1)[0]
    target = out / "attention" / f"{key}.parquet"
    if target.is_file() and pq.read_schema(target).metadata.get(b"recipe", b"").decode() == wanted:
        return jobs.SKIPPED
    model = embed.load(spec)
    rows = []
    for i in range(len(chosen)):
        label = int(chosen.labels[i]) if is_declared else None
        own = embed.saliency(model, chosen.image(i), label)
        human = embed.in_view(model, chosen.maps(i))
        ceiling = n_people = None
        if chosen.people_maps is not None:
            people = np.stack([embed.in_view(model, m) for m in chosen.people_maps(i)])
            n_people = len(people)
            if n_people > 1:
                ceiling = _known(geometry.map_ceiling(people[:, None]))
        rows.append(
            {
                "model_name": spec.name,
                "stimulus_set_id": chosen.name,
                "image_id": chosen.ids[i],
                "class_index": label,
                "estimate": _known(float(geometry.map_similarity(own[None], human[None])[0])),
                "ceiling": ceiling,
                "n_people": n_people,
                "n_positions": own.size,
                "is_control": spec.source == "random",
                "weights_sha256": model.weights_sha256,
            }
        )
        if on_images:
            on_images(1)
    table = _table(rows, MAP_SCHEMA)
    jobs.write_whole(table.replace_schema_metadata({"recipe": wanted}), target)
    return jobs.DONE


def attention(out: Path) -> tuple[pa.Table, pa.Table]:
    """Alignments and ceilings of every model and set in ``out/attention``: means over images.

    Images on which either map is constant have no correlation and are left out of both numbers of
    images; intervals are a percentile bootstrap over images.
    """
    alignments, ceilings = [], {}
    for path in sorted((out / "attention").glob("*/*.parquet")):
        rows = pq.read_table(path).to_pandas()
        found = rows["estimate"].dropna().to_numpy()
        if not len(found):
            continue
        first = rows.iloc[0]
        drawn = geometry.drawn(len(found), N_RESAMPLES) @ found / len(found)
        low, high = _quantiles(drawn) if len(found) > 1 else (None, None)
        n_people = None if rows["n_people"].isna().all() else int(rows["n_people"].max())
        same = {
            "stimulus_set_id": first["stimulus_set_id"],
            "target": "attention",
            "metric": "map_spearman",
            "n_people": n_people,
        }
        alignments.append(
            same
            | {
                "model_name": first["model_name"],
                "layer": "input",
                "distance": "gradient",
                "estimate": float(found.mean()),
                "ci_low": low,
                "ci_high": high,
                "people_interval": "none: not computed for this metric",
                "n_stimuli": len(found),
                "n_compared": len(found),
                "n_resamples": N_RESAMPLES,
                "is_derived": False,
                "is_control": bool(first["is_control"]),
                "weights_sha256": first["weights_sha256"],
            }
        )
        known = rows["ceiling"].dropna()
        if len(known):
            # the view of the first model; others crop a little otherwise
            ceilings.setdefault(
                first["stimulus_set_id"],
                same
                | {
                    "method": "split_half",
                    "estimate": float(known.mean()),
                    "n_splits": geometry.MAP_SPLITS,
                    "n_stimuli": len(known),
                    "unit": "person",
                },
            )
    return _table(alignments, ALIGNMENT_SCHEMA), _table(list(ceilings.values()), CEILING_SCHEMA)


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
        "is_control": _is_control(shard),
        "weights_sha256": shard.info["weights_sha256"],
    }
    results = probes.probe(features, labels, head, shots, seeds, device=device)
    table = _table([same | asdict(result) for result in results], PROBE_SCHEMA)
    jobs.write_whole(table.replace_schema_metadata({"recipe": wanted}), target)
    return jobs.DONE


# the committed tables


def manifest(out: Path) -> pa.Table:
    """One row per shard: provenance, recipe, throughput, sha256 and size of the numbers."""
    rows = []
    for path in shard_paths(out):
        shard = read_shard(path)
        info = {k: v for k, v in shard.info.items() if k != "run"}
        digest = hashlib.sha256(np.ascontiguousarray(shard.embeddings).tobytes()).hexdigest()
        speed = shard.info["run"].get("images_per_s")
        rows.append(
            info
            | {
                "images_per_s": speed,
                "embeddings_sha256": digest,
                "feature_rms": float(np.sqrt(np.mean(np.square(shard.embeddings, dtype=float)))),
                "recipe": shard.recipe,
            }
        )
    return _table(rows, MANIFEST_SCHEMA)


REPLACED = {
    "embedding_manifest": ("model_name", "stimulus_set_id"),
    "alignments": ("model_name", "stimulus_set_id"),
    "control_differences": ("model_name", "stimulus_set_id"),
    "ceilings": ("stimulus_set_id",),
    "model_similarities": ("model_name_a", "model_name_b", "stimulus_set_id"),
    "probe_results": ("model_name", "dataset_id", "head"),
    "failures": (),
}
"""What a row of a result file is about; computing it again replaces all rows about the same."""


def collect(out: Path | None = None, results: Path | None = None) -> dict[str, int]:
    """Gather everything computed into small Parquet tables, and register them as source files.

    What stands in the files and was not computed again on this machine stays.

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
        ("control_differences", CONTROL_SCHEMA),
        ("ceilings", CEILING_SCHEMA),
        ("model_similarities", SIMILARITY_SCHEMA),
    ):
        path = out / f"{name}.parquet"
        tables[name] = pq.read_table(path) if path.is_file() else _table([], schema)
    of_maps, map_ceilings = attention(out)
    tables["alignments"] = pa.concat_tables([tables["alignments"], of_maps])
    tables["ceilings"] = pa.concat_tables([tables["ceilings"], map_ceilings])
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
        path = folder / f"{name}.parquet"
        tables[name] = pa.concat_tables([*_kept(path, table, REPLACED[name]), table])
        jobs.write_whole(tables[name], path)
    if results is None:
        register(folder)
    return {name: table.num_rows for name, table in tables.items()}


def _kept(path: Path, table: pa.Table, about: tuple[str, ...]) -> list[pa.Table]:
    """Rows of a result file on what a new table says nothing of; new columns are null in them."""
    if not about or not path.is_file():
        return []
    held = pq.read_table(path).replace_schema_metadata(None)
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
    text = path.read_text()
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
        text = models.read_text()
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
