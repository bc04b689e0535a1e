"""Readers of images with classes, for probes."""

import gzip
import hashlib
import math
import struct
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.measure.sets.records import Record
from compute.measure.sets.similarity import npy
from compute.measure.sets.stimuli import Stimuli, expect, of_array, readable


def cifar_records(content: bytes, path: Path, n_label_bytes: int) -> tuple[NDArray, NDArray]:
    """Labels and images of a CIFAR binary file.

    Parameters
    ----------
    content : bytes
        Records of label bytes (CIFAR-10: class; CIFAR-100: coarse, fine) and 3,072 bytes of pixels,
        the red, the green and the blue plane.
    path : Path
        For messages.
    n_label_bytes : int
        1 or 2; the last is the class.

    Returns
    -------
    labels : ndarray of int, shape (n,)
    images : ndarray of uint8, shape (n, 32, 32, 3)
    """
    length = n_label_bytes + 3072
    expect(
        len(content) > 0 and len(content) % length == 0,
        path,
        f"records of {length:,} bytes",
        f"{len(content):,} bytes, which is {len(content) / length:.2f} records",
    )
    records = np.frombuffer(content, np.uint8).reshape(-1, length)
    images = records[:, n_label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return records[:, n_label_bytes - 1].astype(np.int64), np.ascontiguousarray(images)


def _cifar_archive(path: Path, member: str, n_label_bytes: int) -> tuple[NDArray, NDArray]:
    with readable(path, f"archive with {member}"), tarfile.open(path, "r:gz") as archive:
        content = archive.extractfile(member).read()
    return cifar_records(content, path, n_label_bytes)


def _classes(name: str, labels: NDArray, images: NDArray) -> Stimuli:
    return Stimuli(
        name=name,
        ids=tuple(f"{i:05d}" for i in range(len(labels))),
        image=of_array(images),
        labels=np.asarray(labels, np.int64),
    )


def read_cifar10(record: Record, paths: list[Path]) -> Stimuli:
    """Test images of CIFAR-10, from the binary archive or from the mirror's repack of it.

    The two hold the same arrays, so the set is identified by their content, not by the file's.
    """
    path = paths[0]
    if path.suffix == ".npz":
        content = npy(path)
        whole = isinstance(content, dict) and {"labels", "images"} <= content.keys()
        expect(whole, path, "arrays called labels and images", "others")
        labels, images = content["labels"], content["images"]
        expect(images.shape[1:] == (32, 32, 3), path, "images of 32 × 32 × 3", images.shape)
    else:
        labels, images = _cifar_archive(path, "cifar-10-batches-bin/test_batch.bin", 1)
    digest = hashlib.sha256(np.asarray(labels, np.uint8).tobytes() + images.tobytes())
    return replace(_classes(record.name, labels, images), sha256=digest.hexdigest())


def convert_cifar10(archive: Path, target: Path) -> None:
    """Write the test batch of the published binary archive as the mirror's ``cifar10_test.npz``."""
    labels, images = _cifar_archive(archive, "cifar-10-batches-bin/test_batch.bin", 1)
    np.savez_compressed(target, images=images, labels=labels.astype(np.uint8))


def read_cifar100(record: Record, paths: list[Path]) -> Stimuli:
    """Test images of CIFAR-100 with their fine classes, from the binary archive."""
    return _classes(record.name, *_cifar_archive(paths[0], "cifar-100-binary/test.bin", 2))


def idx_array(content: bytes, path: Path) -> NDArray[np.uint8]:
    """Array of an idx file (the format of MNIST) of unsigned bytes, gzip taken off.

    Raises
    ------
    StimulusError
        Damaged, of another type, or of another length than its header says.
    """
    if path.suffix == ".gz":
        with readable(path, "gzip stream"):
            content = gzip.decompress(content)
    expect(content[:3] == b"\0\0\x08", path, "an idx file of bytes", content[:4].hex())
    with readable(path, "idx file"):
        n_axes = content[3]
        shape = struct.unpack(f">{n_axes}I", content[4 : 4 + 4 * n_axes])
    body, n = content[4 + 4 * n_axes :], math.prod(shape)
    expect(len(body) == n, path, f"{n:,} bytes for {shape}", len(body))
    with readable(path, "idx file"):  # no bytes, and more places beside than there can be
        return np.frombuffer(body, np.uint8).reshape(shape)


def read_idx(record: Record, paths: list[Path]) -> Stimuli:
    """MNIST and sets in its format: images, then labels."""
    images, labels = (idx_array(path.read_bytes(), path) for path in paths)
    expect(len(images) == len(labels), paths[1], f"{len(images)} labels", len(labels))
    return _classes(record.name, labels, images)


def read_digits(record: Record, paths: list[Path]) -> Stimuli:
    """The 8 × 8 digits inside scikit-learn, scaled from 0–16 to 0–255."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return _classes(record.name, digits.target, np.round(digits.images * 255 / 16).astype(np.uint8))
