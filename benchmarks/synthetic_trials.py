"""Made-up trials of any number, in files as model-vs-human's, for `benchmarks.scale`.

People, datasets, conditions and images are as many as published; more trials are more networks, as
in the field, and stand in the files of one fork, one per network and dataset. Networks differ in
skill and in how far they follow texture, and find the same images hard as people do. Some answer
as another network does, some are near chance, some lack the end of a file. One network's answers
are in memory at a time.
"""

import itertools
from pathlib import Path

import numpy as np

from tests.fixtures.make import CATEGORIES, images, seed

PEOPLE, NETWORKS = "model_vs_human", "model_vs_human_fork_tizianthieringer"
TWIN, BROKEN, CUT = 97, 89, 83
"""Every so many networks one is a copy of the one before, at chance, or short of lines."""


class Dataset:
    """A dataset of the toolbox: what stands in the rows of its images, and how hard each is."""

    def __init__(self, row: dict[str, str], n_people: int, rng: np.random.Generator) -> None:
        self.name, self.n_people = row["dataset_id"], n_people
        self.is_parametric = row["kind"] != "nonparametric"
        self.condition, category, self.key = zip(*images(row), strict=True)
        self.category = np.array([CATEGORIES.index(name) for name in category])
        self.texture = self.category
        if self.name == "cue-conflict":
            textures = [key.split("-")[1].rstrip("0123456789") for key in self.key]
            self.texture = np.array([CATEGORIES.index(name) for name in textures])
        self.hardness = rng.normal(scale=1.5, size=len(category))
        if self.is_parametric:  # the conditions take turns, the strongest first
            n = len(set(self.condition))
            self.hardness += 4 * (n - 1 - np.arange(len(category)) % n) / n
        self.parts = [self.row(at, at + 1, "dnn") for at in range(len(category))]

    def row(self, at: int, number: int, who: str, time: str = "NaN") -> tuple[str, str]:
        """What stands in the row of an image before the answer, and after it."""
        category, condition = CATEGORIES[self.category[at]], self.condition[at]
        name = f"{number:04d}_toy_{who}_{condition}_{category}_00_{self.key[at]}.png"
        return f",1,{number},{time},", f",{category},{condition},{name}\n"

    def answers(self, skill: float, follows: float, rng: np.random.Generator) -> np.ndarray:
        """The answer to each image, as a number of a category."""
        n = len(self.key)
        by_texture = (rng.random(n) < follows) & (self.texture != self.category)
        other = np.where(by_texture, self.texture, rng.integers(0, 16, n))
        knows = rng.random(n) * (1 + np.exp(self.hardness - skill)) < 1
        return np.where(knows & ~by_texture, self.category, other)

    def header(self) -> str:
        """The first line of a file."""
        session = "Session" if self.is_parametric else "session"
        return f"subj,{session},trial,rt,object_response,category,condition,imagename\n"

    def of_person(self, number: int, rng: np.random.Generator) -> str:
        """A file of a person, who saw the images in an order of their own."""
        lines, answers = [self.header()], self.answers(rng.normal(3, 0.5), 0.05, rng)
        for trial, at in enumerate(rng.permutation(len(answers)), start=1):
            is_late = rng.random() < 0.01
            time = "NaN" if is_late else f"{0.3 + rng.random():.15f}"
            before, after = self.row(at, trial, f"s{number:02d}", time)
            said = "na" if is_late else CATEGORIES[answers[at]]
            lines.append(f"subject-{number:02d}{before}{said}{after}")
        return "".join(lines)

    def of_network(self, name: str, answers: np.ndarray) -> str:
        """A file of a network, which says all but its name and its answers as every other."""
        said = zip(self.parts, map(CATEGORIES.__getitem__, answers), strict=False)
        lines = [f"{name}{before}{answer}{after}" for (before, after), answer in said]
        return self.header().replace("S", "s") + "".join(lines)


def write(place: Path, trials: int, seed_number: int = 0) -> dict[str, list[Path]]:
    """Write as many trials as are asked for, or a few more.

    Parameters
    ----------
    place : Path
        Holds the folder ``data``, in which each file has its published place.
    trials : int
        Of people and networks together; the people alone have 85,120.
    seed_number : int
        Other answers, the same sizes.

    Returns
    -------
    dict of str to list of Path
        The files of each raw table.
    """
    rng, left = np.random.default_rng(seed_number), trials
    n_people = {
        r["dataset_id"]: int(r["n_people"])
        for r in seed("expected_trials")
        if r["source_id"] == PEOPLE
    }
    datasets = [
        Dataset(row, n_people[row["dataset_id"]], rng)
        for row in seed("trial_datasets")
        if row["is_toolbox"] == "true"
    ]
    tables = (f"{PEOPLE}__parametric_trials", f"{PEOPLE}__nonparametric_trials")
    found = {t: [] for t in (*tables, f"{NETWORKS}__trials", f"{NETWORKS}__performances")}

    def keep(table: str, path: str, text: str) -> None:
        file = place / "data" / table.split("__")[0] / "raw-data" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        found[table].append(file)

    for dataset in datasets:
        for number in range(1, dataset.n_people + 1):
            path = f"{dataset.name}/{dataset.name}_subject-{number:02d}_session_1.csv"
            keep(tables[not dataset.is_parametric], path, dataset.of_person(number, rng))
            left -= len(dataset.key)
    answers = []
    for number in itertools.count(1):
        if left <= 0:
            return found
        name, n_cut = f"network_{number:05d}", 0
        skill, follows = rng.normal(2.5, 1.2), rng.beta(4, 3)
        if number % TWIN:
            skill = skill if number % BROKEN else -20.0
            answers = [dataset.answers(skill, follows, rng) for dataset in datasets]
        said = ["subj,dataset_name,metric_name,performance\n"]
        for at, (dataset, answer) in enumerate(zip(datasets, answers, strict=True)):
            if number % CUT == 0 and at == number % len(datasets):
                n_cut = int(rng.integers(1, len(answer)))
            answer = answer[: len(answer) - n_cut]
            path = f"{dataset.name}/{dataset.name}_{name.replace('_', '-')}_session-1.csv"
            keep(f"{NETWORKS}__trials", path, dataset.of_network(name, answer))
            right = np.mean(answer == dataset.category[: len(answer)])
            said.append(f"{name},{dataset.name},accuracy (top-1),{right}\n")
            left, n_cut = left - len(answer), 0
        keep(f"{NETWORKS}__performances", f"performances/{name}.csv", "".join(said))
