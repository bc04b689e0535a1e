"""Few-shot probes: how well a few labelled examples carry over to the rest of a dataset.

Three heads stand on the same frozen features: ``logistic``, whose reference is
scikit-learn's ``LogisticRegression``; ``mlp1``, one hidden layer; ``mlp2``, two with ReLU. Both
networks drop inputs at a rate of 0.8. Hyper-parameters stand here and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh
from scipy.optimize import minimize
from scipy.special import log_softmax

from compute.measure import embed, jobs
from compute.measure.sets.folder import own_folder
from compute.measure.shards import JobError, read_shard, recipe_of, write_whole
from compute.measure.tables import table_of

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HEADS = ("logistic", "mlp1", "mlp2")
SHOTS = (1, 5, 10, 20, 40, 80)
SEEDS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Settings:
    """Fixed for every model and dataset.

    ``inverse_penalty`` is scikit-learn's C; ``tolerance`` bounds the largest entry of the gradient
    of the mean loss, as scikit-learn's ``tol`` does, whose default of 1e-4 stops early. The
    networks take full-batch steps of Adam on features that are centred and divided by one number,
    their root mean square over the training examples.
    """

    inverse_penalty: float = 1.0
    tolerance: float = 1e-6
    max_iterations: int = 2000
    hidden: int = 64
    dropout: float = 0.8
    learning_rate: float = 1e-3
    steps: int = 100


DEFAULTS = Settings()

MASK_PLACES = 1_000_003
"""Places at which a step may enter the draw of kept inputs."""


@dataclass(frozen=True)
class Split:
    """Indices of the examples that a head learns from, and of those it is tested on."""

    n_shots: int
    seed: int
    train: Ints
    test: Ints

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Shots, seed, and the numbers of examples on either side."""
        return self.n_shots, self.seed, len(self.train), len(self.test)


def few_shot_splits(
    labels: ArrayLike, shots: tuple[int, ...] = SHOTS, seeds: tuple[int, ...] = SEEDS
) -> list[Split]:
    """Draw n examples of each class and leave the rest for evaluation.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        Class of each example.
    shots, seeds : tuple of int
        Within a seed the draws are nested: five shots hold the one.

    Returns
    -------
    list of Split
        By shots, then seeds. A split never shares an example between its two sides.

    Raises
    ------
    ValueError
        A class has no more than max(shots) examples, so that nothing of it would be left.
    """
    labels = np.asarray(labels)
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() <= max(shots):
        raise ValueError(
            f"class {classes[counts.argmin()]} has {counts.min()} examples; {max(shots)} shots "
            "leave none of it for evaluation"
        )
    out = []
    for seed in seeds:
        generator = np.random.default_rng(seed)
        order = [generator.permutation(np.flatnonzero(labels == c)) for c in classes]
        for n in shots:
            train = np.concatenate([members[:n] for members in order])
            test = np.setdiff1d(np.arange(len(labels)), train, assume_unique=True)
            out.append(Split(n, seed, train, test))
    return sorted(out, key=lambda s: (s.n_shots, s.seed))


@dataclass(frozen=True)
class Fit:
    """A fitted linear head: ``features @ weights + intercept`` are the logits."""

    classes: Ints
    weights: Floats
    intercept: Floats
    objective: float
    n_iterations: int
    converged: bool

    def predict(self, features: ArrayLike) -> Ints:
        """The class with the largest logit."""
        features = np.asarray(features, np.float64)
        return self.classes[np.argmax(features @ self.weights + self.intercept, axis=1)]


def logistic_objective(
    features: ArrayLike,
    labels: ArrayLike,
    weights: ArrayLike,
    intercept: ArrayLike,
    inverse_penalty: float = 1.0,
) -> float:
    """What scikit-learn's ``LogisticRegression`` minimises, per example.

    Parameters
    ----------
    features : array_like, shape (n, n_dims)
        As they are: not centred, not scaled.
    labels : array_like of int, shape (n,)
        Indices of columns of ``weights``.
    weights, intercept : array_like, shapes (n_dims, n_classes) and (n_classes,)
        Of the linear head.
    inverse_penalty : float
        C.

    Returns
    -------
    float
        Mean cross-entropy + ‖weights‖² / (2 C n); the intercept is not penalised.
    """
    features, weights = np.asarray(features, np.float64), np.asarray(weights, np.float64)
    n = len(features)
    logits = log_softmax(features @ weights + intercept, axis=1)
    loss = -logits[np.arange(n), np.asarray(labels)].mean()
    return float(loss + (weights**2).sum() / (2 * inverse_penalty * n))


def fit_logistic(features: ArrayLike, labels: ArrayLike, settings: Settings = DEFAULTS) -> Fit:
    """Fit a multinomial logistic regression with an L2 penalty.

    Parameters
    ----------
    features : array_like, shape (n, n_dims)
        Of the training examples.
    labels : array_like, shape (n,)
        At least two classes.
    settings : Settings
        ``inverse_penalty``, ``tolerance`` and ``max_iterations`` count.

    Returns
    -------
    Fit
        ``objective`` is that of :func:`logistic_objective` in the original features; ``converged``
        is False when the iterations ran out before the tolerance was met.

    Raises
    ------
    ValueError
        A feature is not finite, shapes do not fit, or there is a single class.

    Notes
    -----
    Two exact steps make it fast. The intercept is unpenalised, so the features may be centred. And
    an optimum lies in the span of the training examples, so with few of them the problem has as
    many dimensions as examples: coordinates come from the Gram matrix, in which distances and
    norms are the same. L-BFGS does the rest.
    """
    x = np.asarray(features, np.float64)
    names, y = np.unique(np.asarray(labels), return_inverse=True)
    if x.ndim != 2 or len(x) != len(y):
        raise ValueError(f"features have shape {x.shape}, labels {y.shape}")
    if not np.isfinite(x).all():
        raise ValueError("a feature is not finite")
    if len(names) < 2:
        raise ValueError("a head needs two classes to tell apart")
    n, n_classes = len(x), len(names)
    mean = x.mean(axis=0)
    x = x - mean
    back = None
    z = x
    if n <= x.shape[1]:
        values, vectors = eigh(x @ x.T, driver="evd")
        kept = values > values[-1] * max(x.shape) * np.finfo(float).eps
        root = np.sqrt(values[kept])
        z = vectors[:, kept] * root
        back = x.T @ (vectors[:, kept] / root)
    n_dims = z.shape[1]
    target = np.zeros((n, n_classes))
    target[np.arange(n), y] = 1
    penalty = 1 / (settings.inverse_penalty * n)

    def loss(flat: Floats) -> tuple[float, Floats]:
        w, b = flat[: n_dims * n_classes].reshape(n_dims, n_classes), flat[n_dims * n_classes :]
        logits = z @ w + b
        top = logits.max(axis=1, keepdims=True)
        e = np.exp(logits - top)
        total = e.sum(axis=1, keepdims=True)
        value = (np.log(total) + top).sum() - (logits * target).sum()
        wrong = (e / total - target) / n
        slope = np.concatenate([(z.T @ wrong + penalty * w).ravel(), wrong.sum(axis=0)])
        return value / n + penalty / 2 * (w * w).sum(), slope

    found = minimize(
        loss,
        np.zeros(n_dims * n_classes + n_classes),
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": settings.max_iterations,
            "maxfun": 2 * settings.max_iterations,
            "gtol": settings.tolerance,
            "ftol": 0.0,  # stop by the gradient alone
        },
    )
    w = found.x[: n_dims * n_classes].reshape(n_dims, n_classes)
    b = found.x[n_dims * n_classes :]
    w = w if back is None else back @ w
    slope = float(np.abs(found.jac).max())
    b = b - mean @ w
    objective = logistic_objective(features, y, w, b, settings.inverse_penalty)
    return Fit(names, w, b, objective, int(found.nit), slope <= settings.tolerance)


# the two networks, many at once


def initial_layers(
    head: str, n_dims: int, n_classes: int, seed: int, settings: Settings = DEFAULTS
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weights (inputs × outputs) and biases as ``torch.nn.Linear`` draws them, from a seed."""
    import torch

    widths = [n_dims, *[settings.hidden] * {"mlp1": 1, "mlp2": 2}[head], n_classes]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [torch.nn.Linear(*shape) for shape in pairwise(widths)]
    return [(layer.weight.detach().T.clone(), layer.bias.detach().clone()) for layer in layers]


def _forward(head: str, x: torch.Tensor, layers: list) -> torch.Tensor:
    for at, (weight, bias) in enumerate(layers):
        x = x @ weight + bias[:, None, :]
        if head == "mlp2" and at < len(layers) - 1:
            x = x.relu()
    return x


def fit_networks(
    features: ArrayLike,
    labels: ArrayLike,
    splits: list[Split],
    head: str,
    settings: Settings = DEFAULTS,
    device: str = "cpu",
) -> list[float]:
    """Train one network per split, all at once, and return their accuracies.

    Parameters
    ----------
    features : array_like, shape (n, n_dims)
        Of all examples; taken as float32.
    labels : array_like of int, shape (n,)
        Class of each example.
    splits : list of Split
        May differ in size: the smaller are padded with examples of no weight.
    head : {'mlp1', 'mlp2'}
        Which network.
    settings : Settings
        Width, dropout, learning rate and steps.
    device : str
        A torch device.

    Returns
    -------
    list of float
        Share of the split's test examples that are classified right.

    Raises
    ------
    ValueError
        A feature is not finite.

    Notes
    -----
    The networks are independent: gradients of the summed loss, and Adam, act on each alone. Each
    draws its start from its own seed; dropped inputs come from one stream for the whole batch.
    """
    import torch

    x = torch.tensor(np.asarray(features, np.float32), device=device)
    if not bool(torch.isfinite(x).all()):
        raise ValueError("a feature is not finite")
    names, codes = np.unique(np.asarray(labels), return_inverse=True)
    y = torch.as_tensor(codes, device=device)
    length = max(len(s.train) for s in splits)
    index = torch.zeros(len(splits), length, dtype=torch.long, device=device)
    weight = torch.zeros(len(splits), length, device=device)
    for row, split in enumerate(splits):
        n = len(split.train)
        index[row, :n] = torch.as_tensor(split.train, device=device)
        weight[row, :n] = 1 / n
    taken, target = x[index], y[index]
    mean = (taken * weight[:, :, None]).sum(dim=1, keepdim=True)
    taken = taken - mean
    scale = (taken.square().mean(dim=2) * weight).sum(dim=1).sqrt().clamp_min(1e-12)[:, None, None]
    taken = taken / scale
    starts = [initial_layers(head, x.shape[1], len(names), s.seed, settings) for s in splits]
    layers = [
        tuple(torch.stack(part).to(device).requires_grad_() for part in zip(*same, strict=True))
        for same in zip(*starts, strict=True)
    ]
    flat = [p for layer in layers for p in layer]
    optimiser = torch.optim.Adam(flat, lr=settings.learning_rate)
    generator = torch.Generator(device=device).manual_seed(splits[0].seed)
    # drawing a mask costs more than the network: one long draw is entered at a new place each step
    size = taken.numel()
    drawn = dropout_draws(size + MASK_PLACES, settings.dropout, generator)
    places = torch.randint(MASK_PLACES, (settings.steps,), generator=generator, device=device)
    for place in places.tolist():
        mask = drawn[place : place + size].view_as(taken)
        logits = _forward(head, taken * mask, layers)
        losses = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), target.flatten(), reduction="none"
        )
        optimiser.zero_grad(set_to_none=True)
        (losses.view_as(weight) * weight).sum().backward()
        optimiser.step()
    accuracies = []
    with torch.inference_mode():
        for row, split in enumerate(splits):
            own = [(w[row : row + 1], b[row : row + 1]) for w, b in layers]
            test = torch.as_tensor(split.test, device=device)
            logits = _forward(head, ((x[test] - mean[row]) / scale[row])[None], own)[0]
            accuracies.append(float((logits.argmax(dim=1) == y[test]).double().mean()))
    return accuracies


def dropout_draws(n: int, rate: float, generator: torch.Generator) -> torch.Tensor:
    """Draws of a dropout mask: 0 at the rate, else 1 / (1 − rate), so that the mean stays.

    Parameters
    ----------
    n : int
        Number of draws.
    rate : float
        Share that is dropped, as in ``torch.nn.Dropout``.
    generator : torch.Generator
        Its device is that of the draws.

    Returns
    -------
    Tensor, shape (n,)
    """
    import torch

    draws = torch.empty(n, device=generator.device)
    return draws.bernoulli_(1 - rate, generator=generator).div_(1 - rate)


@dataclass(frozen=True)
class ProbeResult:
    """Accuracy of one head after one draw of examples.

    ``seconds`` is the share of this fit in the time of its batch; ``objective`` and
    ``n_iterations`` are None where the solver has none (a fixed number of steps).
    """

    head: str
    n_shots: int
    seed: int
    n_train: int
    n_eval: int
    accuracy: float
    solver: str
    converged: bool | None
    objective: float | None
    n_iterations: int | None
    seconds: float


def probe(
    features: ArrayLike,
    labels: ArrayLike,
    head: str,
    shots: tuple[int, ...] = SHOTS,
    seeds: tuple[int, ...] = SEEDS,
    settings: Settings = DEFAULTS,
    device: str = "cpu",
) -> list[ProbeResult]:
    """Fit a head for every number of shots and every seed.

    Parameters
    ----------
    features : array_like, shape (n, n_dims)
        Embeddings of the whole dataset.
    labels : array_like of int, shape (n,)
        Class of each example.
    head : {'logistic', 'mlp1', 'mlp2'}
        One of :data:`HEADS`.
    shots, seeds : tuple of int
        Every number of shots is drawn with every seed.
    settings : Settings
        Hyper-parameters.
    device : str
        For the networks. On the CPU the seeds of one number of shots are one batch; elsewhere all
        of them are.

    Returns
    -------
    list of ProbeResult
        By shots, then seeds.

    Raises
    ------
    ValueError
        A feature is not finite, a class is too small, or another head.
    """
    if head not in HEADS:
        raise ValueError(f"head {head!r} is none of {', '.join(HEADS)}")
    features, labels = np.asarray(features), np.asarray(labels)
    splits = few_shot_splits(labels, shots, seeds)
    results = []
    if head == "logistic":
        for split in splits:
            start = time.perf_counter()
            fit = fit_logistic(features[split.train], labels[split.train], settings)
            right = fit.predict(features[split.test]) == labels[split.test]
            solved = (fit.converged, fit.objective, fit.n_iterations, time.perf_counter() - start)
            solver = "lbfgs, centred, in the span of the examples"
            results.append(ProbeResult(head, *split.sizes, float(right.mean()), solver, *solved))
        return results
    batches = [splits]
    if device == "cpu":
        batches = [[s for s in splits if s.n_shots == n] for n in shots]
    for batch in batches:
        start = time.perf_counter()
        accuracies = fit_networks(features, labels, batch, head, settings, device)
        each = (time.perf_counter() - start) / len(batch)
        for split, accuracy in zip(batch, accuracies, strict=True):
            solved = (f"adam, {settings.steps} full-batch steps", None, None, None, each)
            results.append(ProbeResult(head, *split.sizes, accuracy, *solved))
    return results


def possible_shots(labels: Ints, shots: tuple[int, ...], names: list[str]) -> tuple[int, ...]:
    """The numbers of shots that leave an example of every class to test on.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Class of each example.
    shots : tuple of int
        Examples per class to learn from.
    names : list of str
        Of the classes, by label; where there are none the number is the name.

    Raises
    ------
    ValueError
        There is a single class, or none of the numbers is possible; the message names the class.
    """
    classes, counts = np.unique(labels, return_counts=True)
    smallest = int(classes[counts.argmin()])
    name = names[smallest] if smallest < len(names) else str(smallest)
    if len(classes) < 2:
        raise ValueError(f"every image is of class {name!r}: a probe tells two classes apart")
    possible = tuple(n for n in shots if n < counts.min())
    if not possible:
        most = f"take --shots {counts.min() - 1} at most" if counts.min() > 1 else "label more"
        raise ValueError(f"class {name!r} has {counts.min()} of the images: {most}")
    return possible


def run_probe(
    path: Path,
    head: str,
    out: Path,
    shots: tuple[int, ...] = SHOTS,
    seeds: tuple[int, ...] = SEEDS,
    device: str = "cpu",
    n_images: int | None = None,
    on_note: Callable[[str], None] = lambda _: None,
) -> str:
    """Probe one shard with one head, unless that is done; ``done`` or ``skipped``.

    Shots that leave nothing of a class to test on are left out, and ``on_note`` is told.

    Raises
    ------
    JobError
        The shard is damaged or older than its folder, nothing of it can be probed, or the result
        cannot be written.
    """
    target = out / "probes" / path.parent.name / f"{path.stem}@{head}.parquet"
    shard = read_shard(path)
    folder, sha256 = shard.info["run"].get("read_from", ""), shard.info["stimuli_sha256"]
    if own_folder(folder) and jobs.cached_stimuli(folder).sha256 != sha256:
        raise JobError(
            f"{path}: {folder} has changed since. Run aw compute embed --stimuli {quote(folder)}"
        )
    asked = {"head": head, "shots": shots, "seeds": seeds, "n_images": n_images}
    wanted = embed.as_json(asked | {"shard": shard.recipe, "settings": asdict(DEFAULTS)})
    if recipe_of(target) == wanted:
        return jobs.SKIPPED
    about = f"{shard.info['model_name']} × {shard.info['stimulus_set_id']}"
    labels, features = shard.labels[:n_images], shard.embeddings[:n_images]
    if labels.dtype == object or np.isnan(labels.astype(float)).any():
        raise JobError(f"{about}: its stimuli have no classes to probe")
    labels = labels.astype(np.int64)
    same = shard.about | {
        "dataset_id": shard.info["stimulus_set_id"],
        "n_classes": len(np.unique(labels)),
        "n_images": len(labels),
        "settings": embed.as_json(asdict(DEFAULTS)),
    }
    try:
        possible = possible_shots(labels, shots, shard.info["run"].get("classes", []))
        results = probe(features, labels, head, possible, seeds, device=device)
    except ValueError as error:
        raise JobError(f"{about}: {error}") from error
    if left_out := [str(n) for n in shots if n not in possible]:
        fewest = np.unique(labels, return_counts=True)[1].min()
        on_note(
            f"{about}: {', '.join(left_out)} shots left out, the smallest class has {fewest} images"
        )
    table = table_of([same | asdict(result) for result in results], "probe_results")
    write_whole(table.replace_schema_metadata({"recipe": wanted}), target)
    return jobs.DONE
