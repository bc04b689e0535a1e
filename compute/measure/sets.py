"""Stimulus sets, datasets and human judgements: declared in ``inputs.yml``, read from files.

A declared set is here or absent; it is never half there. Readers refuse what does not have the
published shape, and name the file, the place in it, and what was expected. Nothing is unpickled.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import struct
import tarfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ingest import settings
from ingest.locate import DIFFERS, PRESENT, Located, locate, places, sha256_of
from ingest.registry import SourceFile

INPUTS = Path(__file__).parent / "inputs.yml"
REQUIRED = {"name", "title", "description", "role", "reader", "url", "commit", "licence"}
REQUIRED |= {"citation"}
OPTIONAL = {"files", "any_of", "folder", "package", "images_of", "get"}
SUBSET = {"name", "title", "description", "subset_of", "category"}
ROLES = ("similarity", "classes", "attention")
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}

Floats = NDArray[np.float64]


class StimulusError(Exception):
    """A declaration or a file of a stimulus set that is not as it must be."""


@dataclass(frozen=True)
class Record:
    """One declared stimulus set with its provenance; a folder or a package has no ``files``."""

    name: str
    title: str
    description: str
    role: str
    reader: str
    url: str
    commit: str
    licence: str
    citation: str
    files: tuple[SourceFile, ...] = ()
    any_of: bool = False
    folder: str | None = None
    package: str | None = None
    images_of: str | None = None
    get: str | None = None
    subset_of: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class Judgement:
    """Dissimilarities of one target: people's behaviour, or a brain region.

    Attributes
    ----------
    target : str
        ``behaviour``, ``human_it``, ``monkey_it``.
    rdms : ndarray, shape (n_people, n, n)
        One dissimilarity matrix each; symmetric, zero diagonal, no NaN.
    unit : str
        What one matrix comes from: ``person``, ``half`` (of the raters or labels) or ``mean``.
    is_derived : bool
        True where nobody judged similarity and it was computed from something else.
    """

    target: str
    rdms: Floats
    unit: str = "person"
    is_derived: bool = False

    @property
    def mean(self) -> Floats:
        """Mean dissimilarity over people, shape (n, n)."""
        return self.rdms.mean(axis=0)


@dataclass(frozen=True)
class Stimuli:
    """A stimulus set in memory; images are decoded one by one, on request.

    Attributes
    ----------
    ids : tuple of str
        One per stimulus.
    image : callable or None
        Index to a PIL image in RGB; None where only judgements are published.
    labels : ndarray of int, optional
        Class of each stimulus.
    judgements : tuple of Judgement
        May be empty.
    triplets, triplet_people : ndarray of int, optional
        Rows (a, b, odd) of indices, and who chose.
    maps : callable, optional
        Index to a human importance map, shape (height, width): the mean over people.
    people_maps : callable, optional
        Index to the maps of single people, shape (n_people, height, width).
    parent, index : str and ndarray of int, optional
        The set whose embeddings these are a selection of.
    sha256 : str
        Of the files it was read from.
    """

    name: str
    ids: tuple[str, ...]
    image: Callable[[int], Image.Image] | None = None
    labels: NDArray[np.int64] | None = None
    judgements: tuple[Judgement, ...] = ()
    triplets: NDArray[np.int64] | None = None
    triplet_people: NDArray[np.int64] | None = None
    maps: Callable[[int], Floats] | None = None
    people_maps: Callable[[int], Floats] | None = None
    parent: str | None = None
    index: NDArray[np.int64] | None = None
    sha256: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, n: int) -> Stimuli:
        """The first ``n`` stimuli."""
        return self if n >= len(self) else self.only(np.arange(n))

    def only(self, index: Sequence[int]) -> Stimuli:
        """A selection, in the order of ``index``; keeps the name."""
        index = np.asarray(index, np.int64)
        image, maps, people_maps = self.image, self.maps, self.people_maps
        judgements = (replace(j, rdms=j.rdms[:, index][:, :, index]) for j in self.judgements)
        return replace(
            self,
            ids=tuple(self.ids[i] for i in index),
            image=None if image is None else lambda i: image(int(index[i])),
            maps=None if maps is None else lambda i: maps(int(index[i])),
            people_maps=None if people_maps is None else lambda i: people_maps(int(index[i])),
            labels=None if self.labels is None else self.labels[index],
            judgements=tuple(judgements),
            triplets=None,
            triplet_people=None,
        )


# the declarations


def _files(entry: dict, where: str) -> tuple[SourceFile, ...]:
    out = []
    for file in entry.get("files", ()):
        if set(file) != {"path", "url", "sha256", "bytes"}:
            raise StimulusError(f"{where}: a file needs path, url, sha256 and bytes, has {file}")
        # a file whose publisher states no checksum is taken as it is, and listed as unverified
        out.append(
            SourceFile(file["path"], file["url"] or "", file["sha256"] or "", file["bytes"] or 0)
        )
    return tuple(out)


@cache
def load_records(path: Path = INPUTS) -> dict[str, Record]:
    """Read the declared stimulus sets.

    Raises
    ------
    StimulusError
        An unknown or missing key, an unknown role or reader, a name declared twice, or a subset of
        a set that is not there.
    """
    records: dict[str, Record] = {}
    for entry in yaml.safe_load(path.read_text())["stimuli"]:
        where = f"{path.name}, stimuli {entry.get('name')}"
        needed, allowed = (
            (SUBSET, SUBSET) if "subset_of" in entry else (REQUIRED, REQUIRED | OPTIONAL)
        )
        if needed - set(entry) or set(entry) - allowed:
            raise StimulusError(
                f"{where}: lacks {sorted(needed - set(entry))}, "
                f"knows no {sorted(set(entry) - allowed)}"
            )
        if entry["name"] in records:
            raise StimulusError(f"{where}: declared twice")
        if "subset_of" in entry:
            if entry["subset_of"] not in records:
                raise StimulusError(f"{where}: no set {entry['subset_of']} is declared above it")
            records[entry["name"]] = replace(records[entry["subset_of"]], **entry)
            continue
        if entry["role"] not in ROLES or entry["reader"] not in READERS:
            raise StimulusError(
                f"{where}: role {entry['role']!r} is none of {', '.join(ROLES)}, or reader "
                f"{entry['reader']!r} is none of {', '.join(READERS)}"
            )
        records[entry["name"]] = Record(**{**entry, "files": _files(entry, where)})
    return records


def _unverified(file: SourceFile) -> Located:
    for path in places(file):
        if path.is_file():
            return Located(file, PRESENT, path, sha256_of(path))
    return locate(file)


@cache
def locate_files(record: Record) -> tuple[Located, ...]:
    """Where the files of a record are, without any network."""
    return tuple(locate(f) if f.sha256 else _unverified(f) for f in record.files)


def _folder(record: Record) -> Path | None:
    for root in (settings.MIRROR, settings.DATA):
        if root and (root / record.folder).is_dir():
            return root / record.folder
    return None


def is_present(record: Record) -> bool:
    """Whether everything that reading the set takes is here, with the right checksums."""
    if record.images_of and not is_present(load_records()[record.images_of]):
        return False
    if record.folder:
        return _folder(record) is not None
    if record.package:
        try:
            metadata.version(record.package)
        except metadata.PackageNotFoundError:
            return False
        return True
    found = [item.status == PRESENT for item in locate_files(record)]
    return any(found) if record.any_of else all(found)


def how_to_get(record: Record) -> str:
    """The command or the address that brings an absent set."""
    if record.images_of and not is_present(load_records()[record.images_of]):
        return how_to_get(load_records()[record.images_of])
    if record.get:
        return record.get
    if record.package:
        return f"pip install {record.package}"
    return f"aw fetch {record.subset_of or record.name}"


def files_to_fetch(record: Record) -> tuple[SourceFile, ...]:
    """The files that a download can bring; none where the set is here already.

    Raises
    ------
    StimulusError
        Nobody offers them for download; the message says how to come by them.
    """
    records = load_records()
    files = files_to_fetch(records[record.images_of]) if record.images_of else ()
    own = tuple(f for f in record.files if f.url)
    if record.any_of:
        own = () if is_present(record) else own[:1]
    if not files and not own and not is_present(record):
        raise StimulusError(f"{record.name} cannot be downloaded: {how_to_get(record)}")
    return files + own


def _found(record: Record) -> list[Located]:
    located = locate_files(record)
    for item in located:
        if item.status == DIFFERS:
            raise StimulusError(
                f"{record.name}: {item.path} is not the registered file (sha256 "
                f"{item.found_sha256[:12]}…, expected {item.file.sha256[:12]}…); delete it and run "
                f"{how_to_get(record)}"
            )
    return [item for item in located if item.status == PRESENT]


def read(name: str) -> Stimuli:
    """Read a declared set by name, or a folder of images of your own by its path.

    Parameters
    ----------
    name : str
        A name of ``inputs.yml``, or the path of a folder (see :func:`read_folder`).

    Raises
    ------
    StimulusError
        Unknown, absent (the message holds the command that gets it), or not as published.
    """
    records = load_records()
    if name not in records:
        if Path(name).is_dir():
            return read_folder(Path(name))
        raise StimulusError(
            f"no stimulus set {name!r}: neither a folder nor one of {', '.join(records)}"
        )
    record = records[name]
    if record.subset_of:
        return _subset(read(record.subset_of), record)
    found = _found(record)
    if not is_present(record):
        raise StimulusError(f"{name} is not here. {how_to_get(record)}")
    stimuli = READERS[record.reader](record, [item.path for item in found])
    digest = "".join(sorted(item.found_sha256 for item in found))
    if record.package:
        digest = f"{record.package}=={metadata.version(record.package)}"
    if not stimuli.sha256:
        stimuli = replace(stimuli, sha256=hashlib.sha256(digest.encode()).hexdigest())
    return stimuli


def _expect(condition: bool, path: Path, expected: str, found) -> None:
    if not condition:
        raise StimulusError(f"{path}: expected {expected}, found {found}")


def check_rdms(rdms, n: int, path: Path, what: str) -> Floats:
    """Refuse dissimilarity matrices of another shape, asymmetric, or with a NaN.

    Returns
    -------
    ndarray, shape (n_people, n, n)
        Symmetrised to the last bit, zero on the diagonal.
    """
    rdms = np.asarray(rdms, np.float64)
    rdms = rdms[None] if rdms.ndim == 2 else rdms
    _expect(rdms.shape[1:] == (n, n), path, f"{what}: matrices of {n} × {n}", f"{rdms.shape[1:]}")
    bad = np.argwhere(~np.isfinite(rdms))
    _expect(
        bad.size == 0, path, f"{what}: numbers", f"NaN at (matrix, row, column) {bad[:1].tolist()}"
    )
    asymmetry = np.abs(rdms - rdms.transpose(0, 2, 1))
    worst = np.unravel_index(asymmetry.argmax(), asymmetry.shape)
    _expect(
        asymmetry[worst] <= 1e-6 * max(1.0, float(np.abs(rdms).max())),
        path,
        f"{what}: symmetric matrices",
        f"a difference of {asymmetry[worst]:.3g} at {tuple(int(i) for i in worst)}",
    )
    rdms = (rdms + rdms.transpose(0, 2, 1)) / 2
    rdms[:, np.arange(n), np.arange(n)] = 0
    return rdms


def _square(vectors, n: int, path: Path, what: str) -> Floats:
    vectors = np.atleast_2d(np.asarray(vectors, np.float64))
    _expect(
        vectors.shape[1] == n * (n - 1) // 2,
        path,
        f"{what}: {n * (n - 1) // 2} pairs of {n} objects",
        f"{vectors.shape[1]} numbers",
    )
    out = np.zeros((len(vectors), n, n))
    # MATLAB's lower triangle by columns is the upper one by rows
    rows, columns = np.triu_indices(n, 1)
    out[:, rows, columns] = out[:, columns, rows] = vectors
    return out


def _mat(path: Path, *keys: str) -> list:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path, variable_names=keys)
    except (MatReadError, ValueError, OSError, zlib.error, TypeError) as error:
        raise StimulusError(f"{path}: not readable as a MATLAB file ({error})") from error
    for key in keys:
        _expect(key in content, path, f"a variable {key}", "none")
    return [content[key] for key in keys]


def _images(array: NDArray[np.uint8]) -> Callable[[int], Image.Image]:
    return lambda i: Image.fromarray(np.ascontiguousarray(array[i])).convert("RGB")


# the readers


def read_objects92(record: Record, paths: list[Path]) -> Stimuli:
    """Images, 16 people's arrangements, human and monkey IT of the 92 objects."""
    images, behaviour, brain = paths
    objects, published = _mat(images, "stimuli_92objs", "RDMs_mIT_hIT_fig1")
    _expect(objects.shape == (1, 92), images, "92 stimuli", objects.shape)
    pixels = []
    for i, entry in enumerate(objects[0]):
        image = entry["image"]
        _expect(
            image.shape == (175, 175, 3) and image.dtype == np.uint8,
            images,
            f"stimulus {i + 1}: 175 × 175 × 3 bytes",
            f"{image.shape} {image.dtype}",
        )
        pixels.append(image)
    pixels = np.stack(pixels)
    (people,) = _mat(behaviour, "rdms_behav_92")
    (sessions,) = _mat(brain, "RDMs")
    rdms = [person["RDM"] for person in people[0]]
    human_it = [np.mean([s["RDM"] for s in subject], axis=0) for subject in sessions[0]]
    monkey = next((r["RDM"] for r in published[0] if str(r["name"][0]).startswith("mIT")), None)
    _expect(monkey is not None, images, "an RDM of monkey IT", "none")
    categories = [str(entry["category"][0]) for entry in objects[0]]
    names = sorted(set(categories))
    return Stimuli(
        name=record.name,
        ids=tuple(f"{i + 1:02d} {c}" for i, c in enumerate(categories)),
        image=_images(pixels),
        labels=np.array([names.index(c) for c in categories]),
        judgements=(
            Judgement("behaviour", check_rdms(rdms, 92, behaviour, "similarity arrangements")),
            Judgement("human_it", check_rdms(human_it, 92, brain, "human IT")),
            Judgement("monkey_it", _square(monkey, 92, images, "monkey IT"), unit="mean"),
        ),
    )


def _subset(whole: Stimuli, record: Record) -> Stimuli:
    path = locate_files(record)[0].path
    labels, vectors = _mat(path, "categoryLabels", "categoryVectors")
    names = [str(label[0]) for label in labels[0]]
    _expect(record.category in names, path, f"a category {record.category}", names)
    index = np.flatnonzero(vectors[:, names.index(record.category)])
    return replace(whole.only(index), name=record.name, parent=whole.name, index=index)


def read_peterson(record: Record, paths: list[Path]) -> Stimuli:
    """Similarity 0 to 10 of 120 photographs, in two batches of raters; no images."""
    (path,) = paths
    first, second, ids = _mat(
        path, "simMatrixFirstBatch", "simMatrixSecondBatch", "animals_big_idx"
    )
    similarity = np.stack([first, second])
    _expect(
        similarity.min() >= 0 and similarity.max() <= 10,
        path,
        "similarities from 0 to 10",
        f"{similarity.min()} to {similarity.max()}",
    )
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
    _expect(len(names) == 48, path, "48 objects", len(names))
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
    rows = _rows(path, None)
    try:
        weights = np.array([[float(v) for k, v in row.items() if k.isdigit()] for row in rows])
    except ValueError as error:
        raise StimulusError(f"{path}: {error}") from error
    _expect(weights.ndim == 2 and weights.shape[1] > 0, path, "weights", weights.shape)
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


def read_cifar10h(record: Record, paths: list[Path]) -> Stimuli:
    """The most ambiguous CIFAR-10 test images, with dissimilarity derived from people's labels.

    The labels of each image are split at random into two halves (fixed seed), so that there is a
    ceiling. Nobody judged similarity: ``is_derived``.
    """
    (path,) = paths
    counts = _npy(path)
    _expect(counts.shape == (10_000, 10), path, "10,000 × 10 counts", counts.shape)
    images = read(record.images_of)
    share = counts / counts.sum(axis=1, keepdims=True)
    entropy = -np.sum(share * np.log(np.where(share > 0, share, 1)), axis=1)
    index = np.sort(np.argsort(-entropy, kind="stable")[:N_AMBIGUOUS])
    chosen = counts[index]
    generator = np.random.default_rng(0)
    half = np.array([generator.multivariate_hypergeometric(row, row.sum() // 2) for row in chosen])
    rdms = [hellinger(half), hellinger(chosen - half)]
    whole = images.only(index)
    return replace(
        whole,
        name=record.name,
        judgements=(
            Judgement(
                "behaviour",
                check_rdms(rdms, len(index), path, "label distributions"),
                unit="half",
                is_derived=True,
            ),
        ),
        sha256=hashlib.sha256((images.sha256 + sha256_of(path)).encode()).hexdigest(),
    )


def _npy(path: Path):
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, OSError) as error:
        raise StimulusError(f"{path}: not a plain NumPy file ({error})") from error


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
    _expect(
        len(content) > 0 and len(content) % length == 0,
        path,
        f"records of {length:,} bytes",
        f"{len(content):,} bytes, which is {len(content) / length:.2f} records",
    )
    records = np.frombuffer(content, np.uint8).reshape(-1, length)
    images = records[:, n_label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return records[:, n_label_bytes - 1].astype(np.int64), np.ascontiguousarray(images)


def _cifar_archive(path: Path, member: str, n_label_bytes: int) -> tuple[NDArray, NDArray]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            content = archive.extractfile(member).read()
    except (tarfile.TarError, KeyError, EOFError, OSError, zlib.error) as error:
        raise StimulusError(f"{path}: expected {member} inside ({error})") from error
    return cifar_records(content, path, n_label_bytes)


def _classes(name: str, labels: NDArray, images: NDArray) -> Stimuli:
    return Stimuli(
        name=name,
        ids=tuple(f"{i:05d}" for i in range(len(labels))),
        image=_images(images),
        labels=np.asarray(labels, np.int64),
    )


def read_cifar10(record: Record, paths: list[Path]) -> Stimuli:
    """Test images of CIFAR-10, from the binary archive or from the mirror's repack of it.

    The two hold the same arrays, so the set is identified by their content, not by the file's.
    """
    path = paths[0]
    if path.suffix == ".npz":
        with _npy(path) as content:
            labels, images = content["labels"], content["images"]
        _expect(images.shape[1:] == (32, 32, 3), path, "images of 32 × 32 × 3", images.shape)
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
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise StimulusError(f"{path}: the gzip stream is damaged ({error})") from error
    _expect(content[:3] == b"\0\0\x08", path, "an idx file of bytes", content[:4].hex())
    n_axes = content[3]
    shape = struct.unpack(f">{n_axes}I", content[4 : 4 + 4 * n_axes])
    body = content[4 + 4 * n_axes :]
    _expect(len(body) == np.prod(shape), path, f"{np.prod(shape):,} bytes for {shape}", len(body))
    return np.frombuffer(body, np.uint8).reshape(shape)


def read_idx(record: Record, paths: list[Path]) -> Stimuli:
    """MNIST and sets in its format: images, then labels."""
    images, labels = (idx_array(path.read_bytes(), path) for path in paths)
    _expect(len(images) == len(labels), paths[1], f"{len(images)} labels", len(labels))
    return _classes(record.name, labels, images)


def read_digits(record: Record, paths: list[Path]) -> Stimuli:
    """The 8 × 8 digits inside scikit-learn, scaled from 0–16 to 0–255."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return _classes(record.name, digits.target, np.round(digits.images * 255 / 16).astype(np.uint8))


# ClickMe: TFRecord files, read without TensorFlow


def tfrecords(content: bytes, path: Path) -> list[bytes]:
    """Payloads of a TFRecord file.

    A record is its length (8 bytes), a checksum (4), the payload and its checksum (4). The lengths
    must end exactly at the end of the file; the masked CRC-32C sums are not computed.
    """
    out, at = [], 0
    while at < len(content):
        end = at + 12
        length = int.from_bytes(content[at : at + 8], "little") if end <= len(content) else 0
        _expect(
            end + length + 4 <= len(content),
            path,
            f"record {len(out) + 1} to be whole",
            f"the end of the file at byte {len(content):,}",
        )
        out.append(content[end : end + length])
        at = end + length + 4
    return out


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


def _fields(data: bytes):
    """Field number and value of each field of a protocol-buffer message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = data[at : at + size], at + size
        elif kind == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise IndexError("a field is cut short")
            value, at = data[at : at + length], at + length
        else:
            raise IndexError(f"wire type {kind} is not used by tf.train.Example")
        yield key >> 3, value


def tf_example(payload: bytes, path: Path, number: int) -> dict[str, bytes | int]:
    """First value of each feature of a ``tf.train.Example``: bytes, or a whole number."""
    out: dict[str, bytes | int] = {}
    try:
        for _, features in _fields(payload):
            for _, entry in _fields(features):
                pair = dict(_fields(entry))
                for kind, values in _fields(pair[2]):
                    first = next(_fields(values), (0, b""))[1]
                    if kind == 3 and isinstance(first, bytes):  # packed whole numbers
                        first = _varint(first, 0)[0] if first else 0
                    out[pair[1].decode()] = first
    except (IndexError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise StimulusError(
            f"{path}: record {number} is not a tf.train.Example ({error})"
        ) from error
    return out


def _decode(content: bytes, where: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(content))
        image.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise StimulusError(f"{where}: not a readable image ({error})") from error
    return image


def read_clickme(record: Record, paths: list[Path]) -> Stimuli:
    """Images with human importance maps (Harmonization's TFRecords of ClickMe)."""
    examples = []
    for path in paths:
        for number, payload in enumerate(tfrecords(path.read_bytes(), path), start=1):
            example = tf_example(payload, path, number)
            for key in ("image", "heatmap", "label"):
                _expect(key in example, path, f"record {number} to hold {key}", sorted(example))
            examples.append((f"{path.name} {number}", example))
    return Stimuli(
        name=record.name,
        ids=tuple(name for name, _ in examples),
        image=lambda i: _decode(examples[i][1]["image"], f"{examples[i][0]}, image").convert("RGB"),
        maps=lambda i: np.asarray(
            _decode(examples[i][1]["heatmap"], f"{examples[i][0]}, heatmap").convert("L"),
            np.float64,
        ),
        labels=np.array([example["label"] for _, example in examples]),
    )


# a folder of a lab's own


def _rows(path: Path, columns: list[str] | None) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        if columns is not None:
            _expect(reader.fieldnames == columns, path, f"the header {columns}", reader.fieldnames)
        rows = list(reader)
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise StimulusError(f"{path}, line {line}: not as many cells as the header has")
    return rows


def _known(path: Path, line: int, name: str, ids: dict[str, int]) -> int:
    if name not in ids:
        raise StimulusError(f"{path}, line {line}: there is no image {name!r}")
    return ids[name]


def _dissimilarities(path: Path, ids: dict[str, int]) -> tuple[Judgement, ...]:
    rows = _rows(path, ["target", "person", "image_a", "image_b", "dissimilarity"])
    n = len(ids)
    found: dict[tuple[str, str], Floats] = {}
    for line, row in enumerate(rows, start=2):
        a = _known(path, line, row["image_a"], ids)
        b = _known(path, line, row["image_b"], ids)
        try:
            value = float(row["dissimilarity"])
        except ValueError as error:
            raise StimulusError(f"{path}, line {line}: {error}") from error
        if a == b or not np.isfinite(value):
            raise StimulusError(f"{path}, line {line}: two images and a finite number, please")
        rdm = found.setdefault((row["target"], row["person"]), np.full((n, n), np.nan))
        if not np.isnan(rdm[a, b]):
            raise StimulusError(f"{path}, line {line}: this pair of this person stands twice")
        rdm[a, b] = rdm[b, a] = value
    for (target, person), rdm in found.items():
        np.fill_diagonal(rdm, 0)
        lacking = np.argwhere(np.isnan(rdm))
        if lacking.size:
            names = list(ids)
            raise StimulusError(
                f"{path}: {target} of {person} lacks {len(lacking) // 2} pairs, the first is "
                f"{names[lacking[0][0]]}, {names[lacking[0][1]]}; every person judges every pair"
            )
    targets = dict.fromkeys(target for target, _ in found)
    return tuple(
        Judgement(t, check_rdms([r for (u, _), r in found.items() if u == t], n, path, t))
        for t in targets
    )


def read_folder(folder: Path) -> Stimuli:
    """Read a lab's own set.

    Parameters
    ----------
    folder : Path
        ``images/`` holds the pictures, named by their files; beside it may stand
        ``dissimilarities.csv`` (target, person, image_a, image_b, dissimilarity: every pair once
        per person), ``triplets.csv`` (person, image_a, image_b, odd) and ``labels.csv`` (image,
        label), and ``maps/PERSON/``, grey pictures of where a person looked or clicked, named as
        the images are: every image once per person.

    Raises
    ------
    StimulusError
        No images, a row that is not as above (the message names file and line), or a map that is
        missing or of another size than its image.
    """
    images = folder / "images"
    paths = sorted(p for p in images.glob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise StimulusError(f"{images}: no images ({', '.join(sorted(IMAGE_SUFFIXES))})")
    ids = {path.name: i for i, path in enumerate(paths)}
    parts: dict = {}
    digest = hashlib.sha256("".join(sha256_of(p) for p in paths).encode())
    for name in ("dissimilarities.csv", "triplets.csv", "labels.csv"):
        path = folder / name
        if not path.is_file():
            continue
        digest.update(path.read_bytes())
        if name == "dissimilarities.csv":
            parts["judgements"] = _dissimilarities(path, ids)
        elif name == "triplets.csv":
            rows = _rows(path, ["person", "image_a", "image_b", "odd"])
            people = {p: i for i, p in enumerate(dict.fromkeys(r["person"] for r in rows))}
            keys = ("image_a", "image_b", "odd")
            parts["triplets"] = np.array(
                [[_known(path, i, r[k], ids) for k in keys] for i, r in enumerate(rows, start=2)]
            )
            parts["triplet_people"] = np.array([people[r["person"]] for r in rows])
        else:
            rows = _rows(path, ["image", "label"])
            label_of = {_known(path, i, r["image"], ids): r["label"] for i, r in enumerate(rows, 2)}
            _expect(len(label_of) == len(ids), path, f"{len(ids)} labels", len(label_of))
            classes = sorted(set(label_of.values()))
            parts["labels"] = np.array([classes.index(label_of[i]) for i in range(len(ids))])

    def image(i: int) -> Image.Image:
        return _decode(paths[i].read_bytes(), str(paths[i])).convert("RGB")

    people = sorted(p for p in (folder / "maps").glob("*") if p.is_dir())
    if people:
        every = [[person / path.name for person in people] for path in paths]
        for path in (p for of_image in every for p in of_image):
            _expect(path.is_file(), path, "a map of every image by every person", "no file")
            digest.update(sha256_of(path).encode())

        def people_maps(i: int) -> Floats:
            maps = [_decode(p.read_bytes(), str(p)).convert("L") for p in every[i]]
            for path, found in zip(every[i], maps, strict=True):
                _expect(found.size == image(i).size, path, f"a map of {image(i).size}", found.size)
            return np.stack([np.asarray(m, np.float64) for m in maps])

        parts |= {"people_maps": people_maps, "maps": lambda i: people_maps(i).mean(axis=0)}

    return Stimuli(
        name=folder.name, ids=tuple(ids), image=image, sha256=digest.hexdigest(), **parts
    )


def _read_declared_folder(record: Record, paths: list[Path]) -> Stimuli:
    return replace(read_folder(_folder(record)), name=record.name)


READERS: dict[str, Callable[[Record, list[Path]], Stimuli]] = {
    "objects92": read_objects92,
    "peterson": read_peterson,
    "things": read_things,
    "cifar10h": read_cifar10h,
    "cifar10": read_cifar10,
    "cifar100": read_cifar100,
    "idx": read_idx,
    "digits": read_digits,
    "clickme": read_clickme,
    "folder": _read_declared_folder,
}
