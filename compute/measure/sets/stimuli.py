"""A stimulus set in memory, and the checks that every reader shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ingest import Explained

Floats = NDArray[np.float64]


class StimulusError(Explained):
    """A declaration or a file of a stimulus set that is not as it must be."""


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
    classes : tuple of str
        Names of the classes, by label, where they have names.
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
    folder : str
        The resolved path of a lab's own set; empty for a declared one.
    decoding : str
        How its pictures are decoded; empty where pixels are published, which are taken as they are.
    """

    name: str
    ids: tuple[str, ...]
    image: Callable[[int], Image.Image] | None = None
    labels: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    triplets: NDArray[np.int64] | None = None
    triplet_people: NDArray[np.int64] | None = None
    maps: Callable[[int], Floats] | None = None
    people_maps: Callable[[int], Floats] | None = None
    parent: str | None = None
    index: NDArray[np.int64] | None = None
    sha256: str = ""
    folder: str = ""
    decoding: str = ""

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


@contextmanager
def readable(where: object, what: str, kind: type[Explained] = StimulusError) -> Iterator[None]:
    """Name the file that a library cannot read: of damaged bytes they raise nearly anything.

    Parameters
    ----------
    where : object
        The file, as the message names it.
    what : str
        What it was expected to be.
    kind : type
        Of the error that is raised instead.
    """
    try:
        yield
    except Explained:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise kind(f"{where}: not a readable {what} ({reason:.300})") from error


def expect(condition: bool, path: Path, expected: str, found) -> None:
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
    expect(rdms.shape[1:] == (n, n), path, f"{what}: matrices of {n} × {n}", f"{rdms.shape[1:]}")
    bad = np.argwhere(~np.isfinite(rdms))
    where = f"NaN at (matrix, row, column) {bad[:1].tolist()}"
    expect(bad.size == 0, path, f"{what}: numbers", where)
    asymmetry = np.abs(rdms - rdms.transpose(0, 2, 1))
    worst = np.unravel_index(asymmetry.argmax(), asymmetry.shape)
    is_symmetric = asymmetry[worst] <= 1e-6 * max(1.0, float(np.abs(rdms).max()))
    where = f"a difference of {asymmetry[worst]:.3g} at {tuple(int(i) for i in worst)}"
    expect(is_symmetric, path, f"{what}: symmetric matrices", where)
    rdms = (rdms + rdms.transpose(0, 2, 1)) / 2
    rdms[:, np.arange(n), np.arange(n)] = 0
    return rdms


def square_rdm(vectors, n: int, path: Path, what: str) -> Floats:
    vectors = np.atleast_2d(np.asarray(vectors, np.float64))
    n_pairs, found = n * (n - 1) // 2, vectors.shape[1]
    expect(found == n_pairs, path, f"{what}: {n_pairs} pairs of {n} objects", f"{found} numbers")
    out = np.zeros((len(vectors), n, n))
    # MATLAB's lower triangle by columns is the upper one by rows
    rows, columns = np.triu_indices(n, 1)
    out[:, rows, columns] = out[:, columns, rows] = vectors
    return out


def of_array(array: NDArray[np.uint8]) -> Callable[[int], Image.Image]:
    return lambda i: Image.fromarray(np.ascontiguousarray(array[i])).convert("RGB")
