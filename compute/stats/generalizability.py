"""Generalizability of a ranking: would models stand in the same order on other datasets?

A standardised score is the sum of what a family and a model are everywhere, what a model is in one
modality and on one dataset alone, and a rest. Restricted maximum likelihood (REML) estimates the
variance of each part; the share of the first two in the variance of an average is the
generalizability coefficient (Brennan 2001, Generalizability Theory, chapters 2 and 5).

Scores are standardised within each benchmark, so that benchmarks and datasets have no main effects;
these do not move a ranking anyway. What does is that models differ in their strengths from dataset
to dataset: without that part the benchmarks of one dataset would count as independent evidence.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from compute.stats.ranks import Floats

COMPONENTS = ("family", "model", "model_modality", "model_dataset", "residual")
"""The parts of a standardised score: of a family of models, of a model in it, of a model in one
modality, of a model on one dataset, and a rest (on one benchmark, and error of measurement)."""

MIN_TO_FIT = 3
"""With fewer datasets or families, variances between them cannot be told from the rest."""


@dataclass(frozen=True)
class Design:
    """Which models are of one family, and which benchmarks of one dataset and modality.

    Attributes
    ----------
    family : ndarray of int, shape (n_models,)
    dataset : ndarray of int, shape (n_benchmarks,)
    modality : ndarray of int, shape (n_datasets,)
        Of each dataset.
    """

    family: NDArray[np.int64]
    dataset: NDArray[np.int64]
    modality: NDArray[np.int64]

    @classmethod
    def of(cls, families: ArrayLike, datasets: ArrayLike, modalities: ArrayLike) -> "Design":
        """From one label per model, and two per benchmark.

        Raises
        ------
        ValueError
            A dataset is of two modalities.
        """
        names, first, dataset = np.unique(
            np.asarray(datasets, str), return_index=True, return_inverse=True
        )
        modality = np.unique(np.asarray(modalities, str), return_inverse=True)[1]
        if (modality != modality[first][dataset]).any():
            at = dataset[modality != modality[first][dataset]][0]
            raise ValueError(f"dataset {names[at]} is of two modalities")
        family = np.unique(np.asarray(families, str), return_inverse=True)[1]
        return cls(family, dataset, modality[first])

    @property
    def alike(self) -> Floats:
        """Weights of benchmarks, of sum 1: modalities alike, and in each its datasets alike."""
        n_leaves, n_datasets = np.bincount(self.dataset), np.bincount(self.modality)
        return (
            1 / n_leaves[self.dataset] / n_datasets[self.modality][self.dataset] / len(n_datasets)
        )


class Fit(NamedTuple):
    """Variances of :data:`COMPONENTS`, and how likely the scores are under them.

    Attributes
    ----------
    variances : ndarray, shape (5,)
    log_likelihood : float
        Restricted, without the constant that is the same for all variances.
    """

    variances: Floats
    log_likelihood: float


def standardised(scores: ArrayLike) -> Floats:
    """z-scores over models, one benchmark per column; of a constant benchmark all are 0."""
    scores = np.asarray(scores, float)
    spread = scores.std(0, ddof=1)
    return (scores - scores.mean(0)) / np.where(spread > 0, spread, 1)


def fit(z: ArrayLike, design: Design, start: ArrayLike | None = None) -> Fit:
    """Variance components by restricted maximum likelihood.

    Parameters
    ----------
    z : array_like, shape (n_models, n_benchmarks)
        Standardised scores without NaN. The mean of each benchmark is free.
    design : Design
        Of the same models and benchmarks.
    start : array_like, shape (5,), optional
        Variances to begin with, for example those of nearly the same scores.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        A score is missing.

    Notes
    -----
    The covariance of z is small once z is rotated. Within a dataset, only the mean over benchmarks
    depends on anything but the rest; within a family, only the mean over models depends on the
    family. So the likelihood is that of a sum of squares within datasets, of the models within
    their families (each a vector of datasets), and of the families' means. One modality alone has
    no variance between modalities.
    """
    z = np.asarray(z, float)
    if np.isnan(z).any():
        raise ValueError("a score is missing: variance components need every model's every score")
    cells = _Cells.of(z, design)
    if start is None:
        start = np.full(len(COMPONENTS), z.var() / len(COMPONENTS))
    bounds = [(0, None)] * len(COMPONENTS)
    bounds[-1] = (1e-8, None)
    if len(np.unique(design.modality)) < 2:
        bounds[COMPONENTS.index("model_modality")] = (0, 0)
    found = optimize.minimize(
        cells.deviance, np.maximum(start, 1e-3), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"ftol": 1e-11, "gtol": 1e-6},
    )  # fmt: skip
    return Fit(found.x, -found.fun / 2)


@dataclass(frozen=True)
class _Cells:
    """What the likelihood needs of the scores; see the notes of :func:`fit`."""

    parts: Floats
    """Of each component, a matrix of datasets: how it enters the covariance of one model in its
    family, and of a mean of the family (one for each size)."""
    parts_of_mean: list[Floats]
    sizes: Floats
    n_of_size: NDArray[np.int64]
    within: Floats
    n_within: int
    means: list[Floats]
    """For each size of a family, √size times the means of its families."""
    rest: float
    n_rest: int

    @classmethod
    def of(cls, z: Floats, design: Design) -> "_Cells":
        n_models, n_benchmarks = z.shape
        member = design.dataset[:, None] == np.arange(design.dataset.max() + 1)
        counts = member.sum(0)
        roots = np.sqrt(counts)
        means = z @ (member / counts)
        inside = z - means @ member.T
        inside -= inside.mean(0)
        scaled = means * roots
        n_of_family = np.bincount(design.family)
        middles = np.zeros((len(n_of_family), len(counts)))
        np.add.at(middles, design.family, scaled)
        middles /= n_of_family[:, None]
        left = scaled - middles[design.family]
        sizes, at = np.unique(n_of_family, return_inverse=True)
        whole = np.outer(roots, roots)
        same = design.modality[:, None] == design.modality
        of_model = np.array([whole, whole * same, np.diag(counts), np.eye(len(counts))])
        return cls(
            parts=np.array([np.zeros(whole.shape), *of_model]),
            parts_of_mean=[np.array([size * whole, *of_model]) for size in sizes.astype(float)],
            sizes=sizes.astype(float),
            n_of_size=np.bincount(at),
            within=left.T @ left,
            n_within=n_models - len(n_of_family),
            means=[np.sqrt(n) * middles[n_of_family == n] for n in sizes],
            rest=float((inside**2).sum()),
            n_rest=(n_models - 1) * (n_benchmarks - len(counts)),
        )

    def deviance(self, variances: Floats) -> tuple[float, Floats]:
        """−2 log restricted likelihood and its gradient."""
        residual = variances[-1]
        total = self.n_rest * np.log(residual) + self.rest / residual
        slope = np.zeros(len(variances))
        slope[-1] = self.n_rest / residual - self.rest / residual**2

        inverse, log_det = _inverse(np.tensordot(variances, self.parts, 1))
        total += self.n_within * log_det + (inverse * self.within).sum()
        slope += _slope(self.parts, self.n_within * inverse, inverse @ self.within @ inverse)

        solved = [_inverse(np.tensordot(variances, parts, 1)) for parts in self.parts_of_mean]
        # the benchmarks' own means, by generalised least squares over families
        weights = [size * inverse for size, (inverse, _) in zip(self.sizes, solved, strict=True)]
        information = sum(n * w for n, w in zip(self.n_of_size, weights, strict=True))
        covariance, log_det = _inverse(information)
        total += log_det
        sums = [y.sum(0) * np.sqrt(size) for y, size in zip(self.means, self.sizes, strict=True)]
        mean = covariance @ sum(i @ s for (i, _), s in zip(solved, sums, strict=True))
        for size, n, y, parts, (inverse, log_det) in zip(
            self.sizes, self.n_of_size, self.means, self.parts_of_mean, solved, strict=True
        ):
            off = y - np.sqrt(size) * mean
            turned = off @ inverse
            total += n * log_det + (turned * off).sum()
            spread = turned.T @ turned + n * size * inverse @ covariance @ inverse
            slope += _slope(parts, n * inverse, spread)
        return float(total), slope


def _inverse(matrix: Floats) -> tuple[Floats, float]:
    """Inverse and log determinant of a covariance."""
    root = np.linalg.cholesky(matrix)
    turned = np.linalg.inv(root)
    return turned.T @ turned, 2 * float(np.log(np.diag(root)).sum())


def _slope(parts: Floats, trace: Floats, spread: Floats) -> Floats:
    """Derivative of log determinants and squares by each variance."""
    return np.einsum("cde,de->c", parts, trace - spread)


class Average(NamedTuple):
    """What an average of benchmarks rests on: sums of squared weights.

    Attributes
    ----------
    modality, dataset, benchmark : float
        1 over each is the number of equally weighted ones that are worth the same.
    """

    modality: float
    dataset: float
    benchmark: float

    @classmethod
    def of(cls, weights: ArrayLike, design: Design) -> "Average":
        """From the weight of each benchmark, of which the sum is made 1."""
        weights = np.asarray(weights, float) / np.sum(weights)
        datasets = np.bincount(design.dataset, weights)
        modalities = np.bincount(design.modality, datasets)
        return cls(*(float((w**2).sum()) for w in (modalities, datasets, weights)))


def coefficient(variances: ArrayLike, average: Average, *, over_modalities: bool) -> float:
    """Generalizability coefficient of an average: what of its variance would stay elsewhere.

    Parameters
    ----------
    variances : array_like, shape (5,)
        Of :data:`COMPONENTS`.
    average : Average
        Whose ranking it is.
    over_modalities : bool
        Whether elsewhere means other modalities too. If not, what models are in these modalities
        counts as their ability.

    Returns
    -------
    float
        Eρ² = σ²(model) / (σ²(model) + σ²(δ)): the expected correlation of the average with one made
        of other datasets (and modalities) in the same numbers. NaN where all variances are 0.

    References
    ----------
    Brennan (2001), Generalizability Theory, section 4.1.
    """
    family, model, modality, dataset, residual = np.asarray(variances, float)
    ability, error = family + model, dataset * average.dataset + residual * average.benchmark
    in_modalities = modality * average.modality
    if over_modalities:
        error += in_modalities
    else:
        ability += in_modalities
    whole = ability + error
    return ability / whole if whole > 0 else float("nan")
