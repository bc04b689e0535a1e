"""Readers of published similarity judgements."""

import hashlib
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.measure.sets.records import Record, locate_files
from compute.measure.sets.rows import csv_rows
from compute.measure.sets.stimuli import (
    Judgement,
    Stimuli,
    StimulusError,
    check_rdms,
    expect,
    of_array,
    readable,
    square_rdm,
)
from ingest.locate import sha256_of

Floats = NDArray[np.float64]


def _mat(path: Path, *keys: str) -> list:
    from scipy.io import loadmat

    with readable(path, "MATLAB file"):
        content = loadmat(path, variable_names=keys)
    for key in keys:
        expect(key in content, path, f"a variable {key}", "none")
    return [content[key] for key in keys]


def read_objects92(record: Record, paths: list[Path]) -> Stimuli:
    """Images, 16 people's arrangements, human and monkey IT of the 92 objects."""
    images, behaviour, brain = paths
    objects, published = _mat(images, "stimuli_92objs", "RDMs_mIT_hIT_fig1")
    expect(objects.shape == (1, 92), images, "92 stimuli", objects.shape)
    pixels = []
    for i, entry in enumerate(objects[0]):
        image = entry["image"]
        is_bytes = image.shape == (175, 175, 3) and image.dtype == np.uint8
        expect(is_bytes, images, f"175 × 175 × 3 bytes ({i + 1})", f"{image.shape} {image.dtype}")
        pixels.append(image)
    pixels = np.stack(pixels)
    (people,) = _mat(behaviour, "rdms_behav_92")
    (sessions,) = _mat(brain, "RDMs")
    rdms = [person["RDM"] for person in people[0]]
    human_it = [np.mean([s["RDM"] for s in subject], axis=0) for subject in sessions[0]]
    monkey = next((r["RDM"] for r in published[0] if str(r["name"][0]).startswith("mIT")), None)
    expect(monkey is not None, images, "an RDM of monkey IT", "none")
    categories = [str(entry["category"][0]) for entry in objects[0]]
    names = sorted(set(categories))
    return Stimuli(
        name=record.name,
        ids=tuple(f"{i + 1:02d} {c}" for i, c in enumerate(categories)),
        image=of_array(pixels),
        labels=np.array([names.index(c) for c in categories]),
        judgements=(
            Judgement("behaviour", check_rdms(rdms, 92, behaviour, "similarity arrangements")),
            Judgement("human_it", check_rdms(human_it, 92, brain, "human IT")),
            Judgement("monkey_it", square_rdm(monkey, 92, images, "monkey IT"), unit="mean"),
        ),
    )


def category_of(whole: Stimuli, record: Record) -> Stimuli:
    """The 92 objects of one category."""
    path = locate_files(record)[0].path
    labels, vectors = _mat(path, "categoryLabels", "categoryVectors")
    names = [str(label[0]) for label in labels[0]]
    expect(record.category in names, path, f"a category {record.category}", names)
    index = np.flatnonzero(vectors[:, names.index(record.category)])
    return replace(whole.only(index), name=record.name, parent=whole.name, index=index)


def read_peterson(record: Record, paths: list[Path]) -> Stimuli:
    """Similarity 0 to 10 of 120 photographs, in two batches of raters; no images."""
    (path,) = paths
    first, second, ids = _mat(
        path, "simMatrixFirstBatch", "simMatrixSecondBatch", "animals_big_idx"
    )
    similarity = np.stack([first, second])
    low, high = similarity.min(), similarity.max()
    expect(low >= 0 and high <= 10, path, "similarities from 0 to 10", f"{low} to {high}")
    rdms = check_rdms(10 - similarity, ids.size, path, "similarities")
    return Stimuli(
        name=record.name,
        ids=tuple(str(i) for i in ids.ravel()),
        judgements=(Judgement("behaviour", rdms, unit="half"),),
    )


def read_things(record: Record, paths: list[Path]) -> Stimuli:
    """RDM of 48 objects from triplets, beside the one their SPoSE embedding predicts; no images.

    The published embedding is rescaled to a largest weight of 100; here it is 2, about what it was.
    """
    rdm_path, path, whole_path = paths
    (rdm,) = _mat(rdm_path, "RDM48_triplet")
    names, embedding = _spose(path)
    expect(len(names) == 48, path, "48 objects", len(names))
    _, whole = _spose(whole_path)
    predicted = spose_rdm(2 * embedding / whole.max())
    return Stimuli(
        name=record.name,
        ids=names,
        judgements=(
            Judgement("behaviour", check_rdms(rdm, 48, rdm_path, "triplet RDM"), unit="mean"),
            Judgement("behaviour_spose", predicted[None], unit="mean", is_derived=True),
        ),
    )


def _spose(path: Path) -> tuple[tuple[str, ...], Floats]:
    rows = [row for _, row in csv_rows(path, path.read_bytes(), None)]
    try:
        weights = np.array([[float(v) for k, v in row.items() if k.isdigit()] for row in rows])
    except ValueError as error:
        raise StimulusError(f"{path}: {error}") from error
    expect(weights.ndim == 2 and weights.shape[1] > 0, path, "weights", weights.shape)
    return tuple(row["image_name"] for row in rows), weights


def spose_rdm(embedding) -> Floats:
    """Dissimilarity that a SPoSE embedding predicts: 1 − the chance that i, j are kept together.

    Parameters
    ----------
    embedding : array_like, shape (n, n_dims)
        Non-negative; the similarity s of two objects is their dot product.

    Returns
    -------
    ndarray, shape (n, n)
        1 − mean over the third object k of exp(s_ij) / (exp(s_ij) + exp(s_ik) + exp(s_jk)); zero on
        the diagonal (Hebart et al. 2020).
    """
    embedding = np.asarray(embedding, np.float64)
    similarity = embedding @ embedding.T
    # axis 2 is the third object; itself excluded by a chance of zero
    odds = np.exp(similarity[:, None, :] - similarity[:, :, None])
    odds = 1 / (1 + odds + odds.transpose(1, 0, 2))
    third = np.arange(len(embedding))
    odds[third, :, third] = odds[:, third, third] = 0
    out = 1 - odds.sum(axis=2) / (len(embedding) - 2)
    np.fill_diagonal(out, 0)
    return out


N_AMBIGUOUS = 500
"""CIFAR-10H images that make the stimulus set: those on which people disagree most."""


def hellinger(counts) -> Floats:
    """Hellinger distance between the label distributions of every two images.

    Parameters
    ----------
    counts : array_like, shape (n, n_classes)
        How often each label was chosen.

    Returns
    -------
    ndarray, shape (n, n)
        From 0 (equal) to 1 (no label in common).
    """
    share = np.asarray(counts, np.float64)
    root = np.sqrt(share / share.sum(axis=1, keepdims=True))
    return np.sqrt(np.clip(1 - root @ root.T, 0, 1))


def read_cifar10h(record: Record, paths: list[Path], images: Stimuli) -> Stimuli:
    """The most ambiguous CIFAR-10 test images, with dissimilarity derived from people's labels.

    The labels of each image are split at random into two halves (fixed seed), so that there is a
    ceiling. Nobody judged similarity: ``is_derived``.
    """
    (path,) = paths
    counts = npy(path)
    expect(counts.shape == (10_000, 10), path, "10,000 × 10 counts", counts.shape)
    share = counts / counts.sum(axis=1, keepdims=True)
    entropy = -np.sum(share * np.log(np.where(share > 0, share, 1)), axis=1)
    index = np.sort(np.argsort(-entropy, kind="stable")[:N_AMBIGUOUS])
    chosen = counts[index]
    generator = np.random.default_rng(0)
    half = np.array([generator.multivariate_hypergeometric(row, row.sum() // 2) for row in chosen])
    rdms = [hellinger(half), hellinger(chosen - half)]
    rdms = check_rdms(rdms, len(index), path, "label distributions")
    whole = images.only(index)
    return replace(
        whole,
        name=record.name,
        judgements=(Judgement("behaviour", rdms, unit="half", is_derived=True),),
        sha256=hashlib.sha256((images.sha256 + sha256_of(path)).encode()).hexdigest(),
    )


def npy(path: Path) -> NDArray | dict[str, NDArray]:
    """The array of a NumPy file, or every array of an archive of them by its name."""
    # NumPy remarks on headers of Python 2, which are as good as others
    quiet = warnings.catch_warnings(action="ignore")
    with readable(path, "NumPy file without objects"), quiet:
        held = np.load(path, allow_pickle=False)
        if isinstance(held, np.ndarray):
            return held
        with held:
            return {name: held[name] for name in held.files}
