"""Made-up leaderboards of any size, in Brain-Score's published formats, for `benchmarks.scale`.

The 130 columns of the leaderboard of May 2025 come first, so that all cohorts, figures and claims
about them stand; further columns are made-up leaves below the same regions, in data sets of six.
What is made up follows what is published: about a quarter of the submissions have all leaves, half
have the older ones, the others lack whole data sets; submissions of a family resemble each other;
a few have the name, the scores or the failure of another.
"""

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np

from ingest.registry import load_registry
from tests.fixtures.make import SUBMISSIONS, members, parents, seed

TODAY = (455, 130)
"""Submissions and columns of the leaderboard of May 2025."""

SOURCE = "brainscore_leaderboard_2025_05"
PRINTED = np.array([f"{i / 1000:.3f}".lstrip("0") for i in range(1000)] + ["1.0", "X", ""], object)
FAILED, NEVER = 1001, 1002
"""Places in `PRINTED` beside the scores in thousandths: attempted in vain, never run."""

DATASET_SIZE = 6
PLACES = (
    *(("neural", region, region, "pls", "macaque", "single_unit") for region in ("V1", "V2")),
    *(("neural", region, region, "rsa", "human", "fmri") for region in ("V4", "IT")),
    *[("behavioural", "behaviour", "behavior_vision", "error_consistency", "human", "behaviour")]
    * 4,
)
"""Modality, region, parent, metric type, species and acquisition of the made-up data sets."""

ARCHITECTURES = (
    *("alexnet", "resnet18", "resnet50", "resnet101", "resnetv2_50", "resnext50", "wide_resnet50"),
    *("vgg16", "densenet121", "squeezenet", "shufflenet", "inception_v3", "xception", "bagnet17"),
    *("mobilenet_v2", "mobilenet_v3", "efficientnet_b0", "regnety_040", "convnext_small", "cornet"),
    *("vit_base", "deit_small", "swin_tiny", "beit_base", "cait_s24", "xcit_small", "convit_base"),
    *("mixer_b16", "levit_128", "coat_tiny", "focalnet_tiny", "hrnet_w18", "dla34", "nfnet_l0"),
)
RECIPES = ("in1k", "in21k_ft_in1k", "l2_robust", "dino", "clip_laion2b", "stylized", "ecoset")


def benchmark_rows(n_extra: int) -> list[dict[str, str]]:
    """Rows of the seed ``benchmarks`` for leaves that nobody published."""
    blank = dict.fromkeys(seed("benchmarks")[0], "")
    rows = []
    for i in range(n_extra):
        dataset, part = divmod(i, DATASET_SIZE)
        modality, region, parent, metric, species, acquisition = PLACES[dataset % len(PLACES)]
        rows.append(
            blank
            | {
                **{"benchmark_id": f"Synthetic{dataset:03d}.{region}-part{part}"},
                **{"title": f"Synthetic study {dataset}, {region} part {part} (made up)"},
                **{"suite": "brainscore", "modality": modality, "region": region},
                **{"dataset": f"Synthetic{dataset:03d}", "parent_benchmark_id": parent},
                **{"is_aggregate": "false", "direction": "higher", "unit": "ceiled"},
                **{"description": "Made up.", "metric_type": metric},
                **{"species": species, "acquisition": acquisition},
            }
        )
    return rows


def declare(seeds: Path, rows: list[dict[str, str]]) -> None:
    """Add benchmarks to the seeds of a copy of the project, and to the sets of today's cohorts."""
    sets = [
        {"benchmark_set": name, "benchmark_id": row["benchmark_id"]}
        for row in rows
        for name in (
            "neural_and_behaviour_80",
            "neural_37" if row["modality"] == "neural" else "behaviour_43",
        )
    ]
    for name, added in (("benchmarks", rows), ("benchmark_sets", sets)):
        with (seeds / f"{name}.csv").open("a", newline="", encoding="utf-8") as handle:
            csv.DictWriter(handle, seed(name)[0], lineterminator="\n").writerows(added)


def submissions(n_models: int, rng: np.random.Generator) -> tuple[list[int], list[str]]:
    """Ids and names; the first are those that other made-up sources name, a few stand twice."""
    ids, names = list(SUBMISSIONS)[:n_models], list(SUBMISSIONS.values())[:n_models]
    for i in range(len(ids), n_models):
        ids.append(100_000 + i)
        if rng.random() < 0.02:
            names.append(names[rng.integers(len(names))])
        else:
            architecture = ARCHITECTURES[rng.integers(len(ARCHITECTURES))]
            names.append(f"{architecture}_{RECIPES[rng.integers(len(RECIPES))]}_{i}")
    return ids, names


def thousandths(names: list[str], leaves: list[str], seed_number: int) -> np.ndarray:
    """Scores by models and leaves in thousandths: six factors, families, noise."""
    rng = np.random.default_rng(seed_number)
    families = np.unique([n.split("_")[0] for n in names], return_inverse=True)[1]
    factors = rng.normal(0, 0.7, (families.max() + 1, 6))[families]
    factors = factors + rng.normal(size=(len(names), 6))
    parts = np.unique([b.split("-")[0].split("_")[0] for b in leaves], return_inverse=True)[1]
    loadings = rng.normal(0, 0.5, (parts.max() + 1, 6))[parts] + rng.normal(
        0, 0.3, (len(leaves), 6)
    )
    loadings[:, 0] = np.abs(loadings[:, 0])
    latent = factors @ loadings.T + rng.normal(0, 0.6, (len(names), len(leaves)))
    scores = 1000 / (1 + np.exp(-latent - rng.normal(0, 0.8, len(leaves))))
    twins = rng.integers(1, len(names), len(names) // 50)
    scores[twins] = scores[twins - 1]
    found = np.clip(scores.round(), 1, 1000).astype(np.int16)
    top1 = leaves.index("ImageNet-top1")
    found[rng.random(len(names)) < 0.03, top1] = 11  # near chance
    return found


def with_holes(scores: np.ndarray, leaves: list[str], seed_number: int) -> np.ndarray:
    """The scores, with what was never run or failed, as places in `PRINTED`."""
    rng = np.random.default_rng(seed_number + 1)
    tier = rng.random(len(scores))
    older = np.isin(leaves, members("core_50")) | np.isin(leaves, ["ImageNet-top1"])
    studies = np.unique([b.split("-")[0].split("_")[0] for b in leaves], return_inverse=True)[1]
    lacks = (rng.random((len(scores), studies.max() + 1)) < 0.4)[:, studies]
    lacks[tier < 0.5] &= ~older
    lacks[tier < 0.22] = False
    found = np.where(lacks, NEVER, scores)
    failed = (rng.random((len(scores), studies.max() + 1)) < 0.02)[:, studies]
    failed[tier < 0.5] = False
    failed[:, leaves.index("Kar2019-ost")] = True
    return np.where(failed & ~lacks, FAILED, found)


def wide(cells: dict[str, np.ndarray], first: dict[str, list]) -> bytes:
    """A table of text columns and printed scores as CSV."""
    columns = [list(map(str, column)) for column in first.values()]
    columns += [PRINTED[column].tolist() for column in cells.values()]
    out = io.StringIO()
    out.write(",".join([*first, *cells]) + "\n")
    out.writelines(",".join(row) + "\n" for row in zip(*columns, strict=True))
    return out.getvalue().encode()


def snapshot_of_2024(ids: list[int], names: list[str], cells: dict[str, np.ndarray]) -> bytes:
    """The dump of January 2024: one JSON object per submission, one key per benchmark."""
    wanted = [b for b in dict.fromkeys(members("core_50", "metrics_69")) if b in cells]
    wanted += [b for b in ("ImageNet-top1", "Kar2019-ost") if b not in wanted]
    declared = {row["benchmark_id"] for row in seed("benchmark_errors")}
    records = []
    for i, (submission, name) in enumerate(zip(ids, names, strict=True)):
        scores = {}
        for benchmark in wanted:
            place = int(cells[benchmark][i])
            if place == NEVER:
                continue
            raw = None if place == FAILED else place * 0.0008
            error = 0.01 if raw is not None and benchmark in declared else None
            scores[f"{benchmark}_v1"] = {
                **{"value": PRINTED[place], "raw": raw, "error": error},
                **{"color": "grey", "version": 1},
            }
        about = {"id": submission, "name": name, "submitter": "nobody"}
        record = {"id": submission, "rank": 0, "model": about, "public": True, "metadata": {}}
        records.append(record | scores)
    return gzip.compress(json.dumps(records).encode(), 1, mtime=0)


def write(place: Path, n_models: int, n_benchmarks: int, seed_number: int = 0) -> dict[str, list]:
    """Write the leaderboards of 2025 and 2024 and the months between into a copy of the project.

    Parameters
    ----------
    place : Path
        The copy; benchmarks are added to its seeds, files go below its ``data/``.
    n_models, n_benchmarks : int
        Submissions, and columns with scores: 130 at least, as published.
    seed_number : int
        For the random numbers.

    Returns
    -------
    dict of str to list of Path
        The files of each raw table, below ``data/``.
    """
    registry = load_registry()
    tables = {t.name: t for t in registry[SOURCE].tables}
    keys = ("model_name", "model_id", "rank", "layers")
    columns = [c.name for c in tables["new_leaderboard"].columns if c.name not in keys]
    rows = benchmark_rows(n_benchmarks - len(columns))
    declare(place / "dbt_project" / "seeds", rows)
    columns += [row["benchmark_id"] for row in rows]
    above = parents() | {row["benchmark_id"]: row["parent_benchmark_id"] for row in rows}
    children = {b: [c for c in columns if above.get(c) == b] for b in columns}
    leaves = [b for b in columns if not children[b]]

    rng = np.random.default_rng(seed_number)
    ids, names = submissions(n_models, rng)
    printed = with_holes(thousandths(names, leaves, seed_number), leaves, seed_number)
    cells = dict(zip(leaves, printed.T, strict=True))

    def value(benchmark: str) -> np.ndarray:
        if benchmark not in cells:  # a plain mean, with missing as zero
            below = np.array([value(c) for c in children[benchmark]])
            cells[benchmark] = np.where(below > 1000, 0, below).mean(axis=0).round().astype(int)
        return cells[benchmark]

    for benchmark in columns:
        value(benchmark)
    cells = {b: cells[b] for b in columns}
    rank = np.argsort(np.argsort(-cells["average_vision"])) + 1
    first = {"model_name": names, "model_id": ids, "rank": rank.tolist(), "layers": [""] * n_models}
    old = [c.name for c in tables["old_leaderboard"].columns if c.name not in keys]
    earlier = {b: np.where(cells[b] == NEVER, FAILED, cells[b]) for b in old}
    older = slice(0, round(n_models * 0.6))
    recent = load_registry()["brainscore_average_vision_by_month"]
    months = next(t for t in recent.tables if t.name != "month_benchmark_edges")
    made = {
        tables["new_leaderboard"].files[0].path: wide(cells, first),
        tables["old_leaderboard"].files[0].path: wide(
            earlier, {k: first[k] for k in ("model_name", "model_id", "rank")}
        ),
    }
    dump = registry["brainscore_snapshot_2024_01_01"].tables[0]
    made[dump.files[0].path] = snapshot_of_2024(
        ids[older], names[older], {b: c[older] for b, c in cells.items()}
    )
    names_of_months = [c.name for c in months.columns[1:]]
    drift = rng.integers(0, 20, (len(names_of_months), n_models))
    joined = rng.integers(0, len(names_of_months), n_models)
    composite = {
        month: np.where(joined <= i, np.clip(cells["average_vision"] + drift[i], 1, 999), 0)
        for i, month in enumerate(names_of_months)
    }
    made[months.files[0].path] = wide(composite, {"model_id": ids})
    found: dict[str, list] = {}
    for table in (*tables.values(), dump, months):
        path = place / "data" / table.files[0].path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[table.files[0].path])
        found[table.identifier] = [path]
    return found
