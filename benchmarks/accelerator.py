"""What an accelerator computes and how fast: embeddings, alignment and probes beside the processor.

Run ``python -m benchmarks.accelerator`` where there is one; the table goes to
``benchmarks/results/accelerator.md``. Without one the same is done on the processor, at toy size;
it is printed, says so, and is not kept.
"""

import warnings
from collections.abc import Iterator

import click
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.embedding import network_alone
from benchmarks.measure import publish, ratios, rounds
from compute.measure import embed, sets, weights
from compute.measure.alignment import METRICS
from compute.measure.probe import DEFAULTS, Split, few_shot_splits, fit_networks
from compute.measure.rdm import distances
from compute.stats.ranks import Floats

ARCHITECTURES = ("resnet50", "vit_small_patch16_224", "convnext_tiny")
NETWORKS = {"mlp1": ("identity", 1), "mlp2": ("relu", 2)}
"""Activation and number of hidden layers of each head that is trained in batches."""


def row(*cells: object) -> str:
    """One row of a table of Markdown."""
    return f"| {' | '.join(map(str, cells))} |"


def head(*names: str) -> list[str]:
    """The first two rows of a table of Markdown."""
    return [row(*names), row(*["---"] * len(names))]


def same_numbers(models: dict[str, embed.Model], device: str, images: int) -> Iterator[str]:
    """Features on both, and how far they agree with the distances between pixels."""
    image = sets.read("digits").image
    pixels = np.array([np.asarray(image(i), float).ravel() for i in range(images)])
    reference = distances(pixels, "euclidean")
    yield from head("model", "feature", *METRICS)
    for name, model in models.items():
        here, there = (
            embed.embed(model, image, images, device=place, deterministic=True)[0]
            for place in ("cpu", device)
        )
        both = [distances(features, "cosine") for features in (here, there)]
        moved = [
            abs(np.subtract(*(metric.compare(one, reference) for one in both)))
            for metric in METRICS.values()
        ]
        of_features = np.abs(there - here).max() / np.abs(here).max()
        yield row(name, *(f"{value:.1e}" for value in (of_features, *moved)))


def throughput(
    models: dict[str, embed.Model], device: str, images: int, runs: int
) -> Iterator[str]:
    """Images per second of whole runs and of the network alone, in turn."""
    image, size = sets.read("digits").image, embed.BATCH_SIZE[embed.pick_device(device).type]
    size = min(size, images)
    yield from head("model", "network alone, images/s", "whole, images/s", "share", "goal")
    for name, model in models.items():

        def alone(model: embed.Model = model) -> float:
            return network_alone(model, images, size, device)

        def whole(model: embed.Model = model) -> None:
            embed.embed(model, image, images, device=device)

        rounds([alone, whole], 1)
        speeds = []
        for _ in range(runs):
            speed = alone()
            speeds.append((speed, images / rounds([whole], 1)[0, 0]))
        one, other = np.median(speeds, axis=0)
        share = np.median([b / a for a, b in speeds])
        yield row(name, f"{one:.1f}", f"{other:.1f}", f"{share:.2f}", "≥ 0.95")


def one_by_one(features: Floats, labels: Floats, splits: list[Split], name: str) -> float:
    """Mean accuracy of scikit-learn's networks: as many full-batch steps of Adam, no dropout."""
    activation, n_layers = NETWORKS[name]
    accuracies = []
    for split in splits:
        network = MLPClassifier(
            [DEFAULTS.hidden] * n_layers,
            activation=activation,
            alpha=0,
            batch_size=len(split.train),
            learning_rate_init=DEFAULTS.learning_rate,
            max_iter=DEFAULTS.steps,
            n_iter_no_change=DEFAULTS.steps,
            random_state=split.seed,
        )
        network.fit(features[split.train], labels[split.train])
        accuracies.append(network.score(features[split.test], labels[split.test]))
    return float(np.mean(accuracies))


def probes(device: str, n_dims: int, n_seeds: int, runs: int) -> Iterator[str]:
    """Many networks at once beside scikit-learn's, which come one after another."""
    rng, labels = np.random.default_rng(0), np.arange(1000) % 10
    features = rng.normal(size=(10, n_dims))[labels] / 4 + rng.normal(size=(1000, n_dims))
    splits = few_shot_splits(labels, (10, 40), tuple(range(n_seeds)))
    about = features, labels, splits
    yield from head(
        "head", "fits", "scikit-learn, s", "together, s", "ratio", "goal",
        "accuracy: scikit-learn", "together", "together on the processor",
    )  # fmt: skip
    for name in NETWORKS:

        def theirs(name: str = name) -> float:
            return one_by_one(*about, name)

        def together(device: str = device, name: str = name) -> float:
            return float(np.mean(fit_networks(*about, name, device=device)))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = theirs(), together(), together("cpu")
            times = rounds([theirs, together], runs)
        seconds = [f"{s:.2f}" for s in np.median(times, axis=0)]
        ratio = f"{ratios(times)(0, 1):.1f}×"
        yield row(name, len(splits), *seconds, ratio, "≥ 100×", *(f"{a:.3f}" for a in found))


@click.command()
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@click.option("--model", "names", multiple=True, default=ARCHITECTURES, show_default=True)
def main(device: str, names: tuple[str, ...]) -> None:
    """Compare, time, and write the table where it is one of an accelerator."""
    place = embed.pick_device(device)
    is_toy = place.type == "cpu"
    images, n_dims, n_seeds, runs = (16, 64, 1, 1) if is_toy else (2048, 1024, 40, 3)
    models = {name: embed.load(weights.resolve(f"random:{name}:0")) for name in names}
    what = "no accelerator: the processor, at toy size" if is_toy else embed.device_name(place)
    lines = [
        "# Accelerator",
        "",
        f"Measured on: **{what}**. Random weights; {images} digits as ordinary images; medians of "
        f"{runs} round(s), both sides in turn.",
        "",
        "## The same numbers as on the processor",
        "",
        "Largest difference of a feature, as a share of the largest, and what it makes of each "
        f"metric between cosine distances and those of pixels, over {min(images, 64)} images.",
        "",
        *same_numbers(models, place.type, min(images, 64)),
        "",
        "## Throughput",
        "",
        "The network alone: a loop over one prepared batch, as timm's `benchmark.py` measures it.",
        "",
        *throughput(models, place.type, images, runs),
        "",
        "## Probes",
        "",
        f"1,000 examples of {n_dims} made-up features, ten classes, 10 and 40 shots, {n_seeds} "
        f"draws each; {DEFAULTS.steps} full-batch steps of Adam on both sides. scikit-learn runs "
        "on the processor and has no dropout, so its accuracy is another.",
        "",
        *probes(place.type, n_dims, n_seeds, runs),
    ]
    if is_toy:
        click.echo("\n".join(lines))
    else:
        publish("accelerator", lines)


if __name__ == "__main__":
    main()
