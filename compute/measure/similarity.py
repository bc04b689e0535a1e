"""How alike the representations of two models are."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.measure.alignment import bootstrap
from compute.measure.rdm import spearman_alignment
from compute.measure.shards import Shard, is_control
from compute.measure.tables import MANY_STIMULI, N_RESAMPLES, quantiles
from compute.stats.resampling import resample_counts

Floats = NDArray[np.float64]


def _two_representations(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b):
        raise ValueError(f"representations have shapes {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a feature is not finite")
    return a, b


def linear_cka(a: ArrayLike, b: ArrayLike) -> float:
    """Linear centred kernel alignment of two representations of the same stimuli.

    Parameters
    ----------
    a, b : array_like, shape (n, n_dims)
        Dimensions may differ.

    Returns
    -------
    float
        ‖BᵀA‖² / (‖AᵀA‖ ‖BᵀB‖) of the column-centred matrices (Kornblith et al. 2019), in [0, 1];
        invariant to rotation and isotropic scaling. NaN where one side does not vary.

    Raises
    ------
    ValueError
        Different numbers of stimuli, or a number that is not finite.
    """
    a, b = _two_representations(a, b)
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    if len(a) < max(a.shape[1], b.shape[1]):
        # Gram matrices are smaller, and ‖BᵀA‖² = ⟨AAᵀ, BBᵀ⟩
        a, b = a @ a.T, b @ b.T
        across = (a * b).sum()
        own = np.linalg.norm(a) * np.linalg.norm(b)
    else:
        across = np.linalg.norm(b.T @ a) ** 2
        own = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    return float(across / own) if own > 0 else float("nan")


def _distinct_hsic(k: Floats, m: Floats, weights: Floats) -> Floats:
    """Unbiased HSIC of two kernels in each resample; no stimulus meets itself or its copy.

    The U-statistic mean(k_ij m_ij) + mean(k_ij m_pq) − 2 mean(k_ij m_ip) over different stimuli
    (Song et al. 2012), each set of stimuli as often as its members were drawn.
    """
    n = len(k)
    one = np.ones((n, n))
    np.fill_diagonal(one, 0)
    square = weights**2

    def sums(a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
        both = a * b
        of_a, of_b = weights @ a, weights @ b
        pairs = ((weights @ both) * weights).sum(axis=1)
        # three different stimuli: all paths j, i, p less those that return
        back = ((square @ both) * weights).sum(axis=1)
        triples = (weights * of_a * of_b).sum(axis=1) - back
        # four: all two pairs less those that share one stimulus, less those that share both
        shared = (square * of_a * of_b).sum(axis=1) - ((square @ both) * square).sum(axis=1)
        same = ((square @ both) * square).sum(axis=1)
        whole = (weights * of_a).sum(axis=1) * (weights * of_b).sum(axis=1)
        return pairs, triples, whole - 4 * shared - 2 * same

    pairs, triples, fours = (x / y for x, y in zip(sums(k, m), sums(one, one), strict=True))
    return pairs + fours - 2 * triples


def debiased_cka(a: ArrayLike, b: ArrayLike, weights: ArrayLike | None = None) -> float | Floats:
    """Linear centred kernel alignment without the bias that few stimuli and many features bring.

    Parameters
    ----------
    a, b : array_like, shape (n, n_dims)
        Representations of the same stimuli; dimensions may differ.
    weights : array_like, shape (n_resamples, n), optional
        How often each stimulus stands in each resample; once by default.

    Returns
    -------
    float or ndarray, shape (n_resamples,)
        HSIC(a, b) / √(HSIC(a, a) HSIC(b, b)) with the unbiased estimator of HSIC (Nguyen et al.
        2021; Murphy et al. 2024). Around 0 for unrelated representations, where
        :func:`linear_cka` rises with the dimensions; may be negative. Copies of a stimulus never
        meet. NaN where one side does not vary, or fewer than four stimuli differ.

    Raises
    ------
    ValueError
        Different numbers of stimuli, or a number that is not finite.
    """
    a, b = _two_representations(a, b)
    w = np.ones((1, len(a))) if weights is None else np.asarray(weights, np.float64)

    def kernel(x: Floats) -> Floats:
        x = x - x.mean(axis=0)  # changes nothing but the size of rounding errors
        x = x / (np.abs(x).max() or 1)
        product = x @ x.T
        np.fill_diagonal(product, 0)
        return product

    k, m = kernel(a), kernel(b)
    with np.errstate(invalid="ignore", divide="ignore"):  # where fewer than four differ
        own = _distinct_hsic(k, k, w) * _distinct_hsic(m, m, w)
        enough = ((w > 0).sum(axis=1) >= 4) & (own > 0)
        out = np.where(enough, _distinct_hsic(k, m, w) / np.sqrt(own), np.nan)
    return out if weights is not None else float(out[0])


def similarity_rows(
    shards: list[Shard], rdms: Floats, name: str, n_resamples: int
) -> Iterator[dict]:
    """Every two pretrained models, and one untrained network of each architecture.

    ``rdms`` are the cosine distances of each shard's model, shape (n_models, n, n).
    """
    seeds: dict[tuple, int] = {}
    for shard in filter(is_control, shards):
        key = (shard.info["architecture"], shard.layer)
        seeds[key] = min(shard.info["seed"], seeds.get(key, shard.info["seed"]))
    kept = [
        (s, rdm)
        for s, rdm in zip(shards, rdms, strict=True)
        if not is_control(s) or seeds[s.info["architecture"], s.layer] == s.info["seed"]
    ]
    n = rdms.shape[-1]
    if n > MANY_STIMULI:
        n_resamples = min(n_resamples, N_RESAMPLES // 20)
    weights = resample_counts(n, n_resamples, 0).astype(np.float64)
    for (a, rdm_a), (b, rdm_b) in combinations(kept, 2):
        if a.layer != b.layer:
            continue
        x, y = a.embeddings, b.embeddings
        rsa = bootstrap("spearman", rdm_a, rdm_b, n_resamples)
        # a resample holds copies, which linear CKA takes for agreement: no interval
        values = {
            "linear_cka": (linear_cka(x, y), None),
            "debiased_cka": (debiased_cka(x, y), debiased_cka(x, y, weights)),
            "rsa_spearman": (spearman_alignment(rdm_a, rdm_b), rsa),
        }
        for metric, (estimate, drawn) in values.items():
            yield {
                "model_name_a": a.info["model_name"],
                "model_name_b": b.info["model_name"],
                "stimulus_set_id": name,
                "layer": a.layer,
                "metric": metric,
                "estimate": estimate,
                "n_stimuli": len(x),
                **({} if drawn is None else quantiles(drawn) | {"n_resamples": n_resamples}),
            }
