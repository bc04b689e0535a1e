"""Made-up trials of any number, in files as model-vs-human's: more trials are more networks.

The people, datasets, conditions and images are as many as in the published files. Networks stand in
the files of one fork, one file per network and dataset. They differ in skill, follow texture more
or less, and find the same images hard, as people do. Some answer as another network does, some are
near chance, some lack the end of a file. One network's answers are in memory at a time.
"""

import csv
import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ingest import settings

PEOPLE, NETWORKS = "model_vs_human", "model_vs_human_fork_tizianthieringer"
COLUMNS = "subj,{},trial,rt,object_response,category,condition,imagename\n"
CATEGORIES = (
    *("airplane", "bear", "bicycle", "bird", "boat", "bottle", "car", "cat", "chair", "clock"),
    *("dog", "elephant", "keyboard", "knife", "oven", "truck"),
)
TWIN, BROKEN, CUT = 97, 89, 83
"""Every so many networks one is a copy of the one before, at chance, or short of lines."""


@dataclass
class Table:
    """A raw table: its manifest's rows, and how many rows the files hold."""

    source_id: str
    name: str
    files: list[dict[str, str]] = field(default_factory=list)
    n_rows: int = 0

    def add(self, folder: Path, path: str, text: str) -> None:
        """Write a file of this table."""
        content = text.encode()
        place = folder / self.source_id / "raw-data" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        row = {"path": f"{self.source_id}/raw-data/{path}", "url": f"https://example.org/{path}"}
        row |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": str(len(content))}
        self.files.append(row)
        self.n_rows += text.count("\n") - 1


@dataclass
class Written:
    """What was written: the tables, and people, networks and trials of each source and dataset."""

    tables: list[Table]
    expected: list[dict[str, object]]


@dataclass
class Dataset:
    """The images of a dataset: what stands in their rows, and how hard each is."""

    name: str
    is_parametric: bool
    n_people: int
    condition: list[str]
    category: np.ndarray
    texture: np.ndarray
    hardness: np.ndarray
    image: list[str]

    def name_of(self, number: int, who: str, at: int) -> str:
        """The published name of an image, which begins with the number of the trial."""
        category = CATEGORIES[self.category[at]]
        return (
            f"{number:04d}_{self.name[:3]}_{who}_{self.condition[at]}_{category}_10_"
            f"{self.image[at]}"
        )


def _seed(name: str) -> list[dict[str, str]]:
    path = settings.DBT_PROJECT / "seeds" / f"{name}.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def datasets(rng: np.random.Generator) -> Iterator[Dataset]:
    """The toolbox's datasets, with invented images."""
    people = {
        r["dataset_id"]: r["n_people"] for r in _seed("expected_trials") if r["source_id"] == PEOPLE
    }
    for row in _seed("trial_datasets"):
        if row["is_toolbox"] != "true":
            continue
        name, n = row["dataset_id"], int(row["n_images"])
        printed = {}
        for condition in _seed("trial_conditions"):
            if condition["dataset_id"] == name:
                printed.setdefault(condition["condition"], condition)
        conditions = list(printed.values())
        level = np.arange(n) % len(conditions)
        category = np.arange(n) // len(conditions) % 16
        texture = (category + rng.integers(1, 16, n)) % 16
        image = [f"n0{3_000_000 + c}_{number}.png" for number, c in enumerate(category, start=100)]
        if name == "cue-conflict":
            image = [
                f"{CATEGORIES[c]}{i}-{CATEGORIES[t]}{i}.png"
                for i, (c, t) in enumerate(zip(category, texture, strict=True), start=1)
            ]
        elif row["kind"] == "nonparametric":
            image = [f"{CATEGORIES[c]}{i}.png" for i, c in enumerate(category, start=1)]
        yield Dataset(
            name,
            row["kind"] != "nonparametric",
            int(people[name]),
            [conditions[k]["published_condition"] for k in level],
            category,
            texture,
            rng.normal(scale=1.5, size=n) + 4 * level / len(conditions),
            image,
        )


def _answers(
    dataset: Dataset, skill: float, texture: float, rng: np.random.Generator
) -> np.ndarray:
    """The answer to each image, as a number of a category."""
    n = len(dataset.image)
    follows = (dataset.name == "cue-conflict") & (rng.random(n) < texture)
    other = np.where(follows, dataset.texture, rng.integers(0, 16, n))
    knows = rng.random(n) * (1 + np.exp(dataset.hardness - skill)) < 1
    return np.where(knows & ~follows, dataset.category, other)


def _people(folder: Path, table: Table, dataset: Dataset, rng: np.random.Generator) -> None:
    for person in range(1, dataset.n_people + 1):
        lines = [COLUMNS.format("Session" if dataset.is_parametric else "session")]
        answers = _answers(dataset, rng.normal(3, 0.5), 0.05, rng)
        for number, at in enumerate(rng.permutation(len(answers)), start=1):
            name = dataset.name_of(number, f"s{person:02d}", at)
            said = "na" if rng.random() < 0.01 else CATEGORIES[answers[at]]
            time = "NaN" if said == "na" else f"{0.3 + rng.random():.15f}"
            lines.append(
                f"subject-{person:02d},1,{number},{time},{said},{CATEGORIES[dataset.category[at]]},"
                f"{dataset.condition[at]},{name}\n"
            )
        path = f"{dataset.name}/{dataset.name}_subject-{person:02d}_session_1.csv"
        table.add(folder, path, "".join(lines))


def _line_maker(dataset: Dataset) -> Callable[[str, np.ndarray], list[str]]:
    """All of a row but the network and its answer is the same for every network."""
    heads, tails = [], []
    for at, category in enumerate(dataset.category):
        plain = dataset.name in ("cue-conflict", "edge", "silhouette")
        name = dataset.image[at] if plain else dataset.name_of(at + 1, "dnn", at)
        condition = "NaN" if plain else dataset.condition[at]
        heads.append(f",1,{at + 1},NaN,")
        tails.append(f",{CATEGORIES[category]},{condition},{name}\n")

    def lines(network: str, answers: np.ndarray) -> list[str]:
        said = zip(heads, map(CATEGORIES.__getitem__, answers), tails, strict=True)
        return [f"{network}{head}{answer}{tail}" for head, answer, tail in said]

    return lines


def write(folder: Path, trials: int, seed: int = 0) -> Written:
    """Write as many trials as are asked for, or a few more, in the layout of data/.

    Parameters
    ----------
    folder : Path
        As ``AW_MIRROR`` takes it.
    trials : int
        Of people and networks together; the people alone have 85,120.
    seed : int
        Other answers, the same sizes.

    Returns
    -------
    Written
        For :func:`declare`.
    """
    rng = np.random.default_rng(seed)
    sets = list(datasets(rng))
    makers = [_line_maker(dataset) for dataset in sets]
    tables = [Table(PEOPLE, "nonparametric_trials"), Table(PEOPLE, "parametric_trials")]
    networks, said = Table(NETWORKS, "trials"), Table(NETWORKS, "performances")
    for dataset in sets:
        _people(folder, tables[dataset.is_parametric], dataset, rng)
    count = {d.name: [0, 0] for d in sets}
    left, answers = trials - sum(t.n_rows for t in tables), []
    for number in itertools.count(1):
        if networks.n_rows >= left:
            break
        name = f"network_{number:05d}"
        is_twin = number % TWIN == 0
        skill, texture = rng.normal(2.5, 1.2), rng.beta(4, 3)
        if number % BROKEN == 0:
            skill = -20.0
        rows = ["subj,dataset_name,metric_name,performance\n"]
        answers = answers if is_twin else [_answers(d, skill, texture, rng) for d in sets]
        for dataset, lines, answer in zip(sets, makers, answers, strict=True):
            kept = lines(name, answer)
            if number % CUT == 0 and dataset is sets[number % len(sets)]:
                kept = kept[: -rng.integers(1, len(kept))]
            path = f"{dataset.name}/{dataset.name}_{name.replace('_', '-')}_session-1.csv"
            networks.add(folder, path, COLUMNS.format("session") + "".join(kept))
            right = np.mean((answer == dataset.category)[: len(kept)])
            rows.append(f"{name},{dataset.name},accuracy (top-1),{right}\n")
            count[dataset.name][0] += 1
            count[dataset.name][1] += len(kept)
        said.add(folder, f"performances/{name}.csv", "".join(rows))
    expected = []
    for dataset in sets:
        n = len(dataset.image) * dataset.n_people
        expected.append(
            {
                "source_id": PEOPLE,
                "dataset_id": dataset.name,
                "n_people": dataset.n_people,
                "n_models": 0,
                "n_trials": n,
            }
        )
        n_networks, n = count[dataset.name]
        expected.append(
            {
                "source_id": NETWORKS,
                "dataset_id": dataset.name,
                "n_people": 0,
                "n_models": n_networks,
                "n_trials": n,
            }
        )
    return Written([*tables, networks, said], expected)


def declare(project: Path, written: Written) -> None:
    """Put what was written in the place of the published files, in a copy of the project.

    Checksums, counts of rows and counts of trials are then those of the made-up files; every check
    of the product holds for them as for the published ones.
    """
    models = project / "dbt_project" / "models" / "staging"
    for table in written.tables:
        identifier = f"{table.source_id}__{table.name}"
        manifest = project / "ingest" / "manifests" / f"{identifier}.csv"
        with manifest.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, ["path", "url", "sha256", "bytes"])
            writer.writeheader()
            writer.writerows(table.files)
        path = models / table.source_id / f"_{table.source_id}__models.yml"
        counted = rf"(name: stg_{identifier}\b.*?row_count: {{arguments: {{n_rows: )\d+"
        text = re.sub(counted, rf"\g<1>{table.n_rows}", path.read_text("utf-8"), flags=re.DOTALL)
        path.write_text(text, "utf-8")
    sources = {table.source_id for table in written.tables}
    rows = [r for r in _seed("expected_trials") if r["source_id"] not in sources] + written.expected
    seed = project / "dbt_project" / "seeds" / "expected_trials.csv"
    with seed.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
