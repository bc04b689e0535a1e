"""What people judged of a folder of images: a matrix, or a list of pairs, read into one table.

The table is that of a set of one's own (``dissimilarities.csv``, docs/compute.md), on which models
are then measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from compute.measure.sets.rows import LARGEST
from warehouse.own.text import (
    MAX_PROBLEMS,
    Cells,
    Number,
    Problem,
    Refused,
    cells_of,
    decimal_mark,
    is_missing,
    number_of,
)

MAX_BYTES, MIN_IMAGES, MAX_IMAGES = 25_000_000, 3, 2_000
"""A matrix of so many images takes 0.8 GB to read."""
MAX_VALUE = LARGEST / 10
"""The difference of two such numbers is still a dissimilarity that is measured."""
VALUES = {
    "dissimilarity": "dissimilarity",
    "distance": "dissimilarity",
    "similarity": "similarity",
    "rating": None,
}
"""Columns that hold how alike a pair is, and which way; None where the name does not say."""
PAIR = {"image_a", "image_b"}
ROUNDING = 1e-6
"""Two halves of a printed matrix may differ by this share of its largest value."""


@dataclass(frozen=True)
class Judged:
    """What a file was understood to say.

    Attributes
    ----------
    rows : DataFrame
        ``target``, ``person``, ``image_a``, ``image_b`` (file names of images) and
        ``dissimilarity`` (0 or more), a row per pair and person.
    understood : dict
        How the file was read, for people.
    """

    rows: pd.DataFrame
    understood: dict[str, str]


def read(
    data: bytes, images: Sequence[str], *, way: str | None = None, encoding: str | None = None
) -> Judged:
    """Read judgements of pairs of images, whole or not at all.

    Parameters
    ----------
    data : bytes
        CSV. A square matrix with the images' names above and on the left, the same above its
        diagonal as below; or a row per pair with ``image_a``, ``image_b`` and ``dissimilarity``,
        ``distance``, ``similarity`` or ``rating``, and, where several people or tasks are in it,
        ``person`` and ``target``.
    images : sequence of str
        File names of the images, in normal form; the file may name them with or without their
        ending.
    way : {'similarity', 'dissimilarity'}, optional
        What the numbers are, where the file does not say: a matrix says it by its diagonal.
    encoding : str, optional
        As for :func:`warehouse.own.text.cells_of`.

    Returns
    -------
    Judged
        A similarity becomes the largest of its person and target minus itself.

    Raises
    ------
    Refused
        With every problem found, up to ``MAX_PROBLEMS``.
    """
    if not MIN_IMAGES <= len(images) <= MAX_IMAGES:
        many = f"{MIN_IMAGES} to {MAX_IMAGES:,}; every pair of them is compared"
        raise Refused([Problem(None, None, f"{len(images):,} images in the folder", many)])
    known = _Names(images)
    cells = cells_of(
        data, lambda names: names >= PAIR or known.holds(names), encoding, max_bytes=MAX_BYTES
    )
    is_list = set(cells.names) >= PAIR
    rows, said = (_pairs if is_list else _matrix)(cells, known, way)
    whose = rows.groupby(["target", "person"])["value"]
    if said == "similarity":
        rows["value"] = whose.transform("max") - rows["value"]
    if (rows["value"] < 0).any():
        at = rows.loc[rows["value"].idxmin()]
        pair = f"{at['image_a']}, {at['image_b']}: {at['value']:g}"
        raise Refused([Problem(None, None, pair, "dissimilarities of 0 or more")])
    rows = rows.rename(columns={"value": "dissimilarity"})
    turned = ", turned round: the largest minus each" if said == "similarity" else ""
    form = "a row per pair" if is_list else "a matrix"
    return Judged(rows, {"form": form, "numbers": said + turned, "text": cells.encoding})


class _Names:
    """The images by the names that a file may give them."""

    def __init__(self, images: Sequence[str]) -> None:
        self.images = list(images)
        self.exact = {image.casefold(): image for image in images}
        stems: dict[str, list[str]] = {}
        for image in images:
            stems.setdefault(Path(image).stem.casefold(), []).append(image)
        self.stems = stems

    def holds(self, names: set[str]) -> bool:
        return sum(name in self.exact or name in self.stems for name in names) >= 2

    def find(self, name: str) -> tuple[str, str]:
        """The image of this name, or nothing and what would be one."""
        found = self.exact.get(name.casefold())
        stems = self.stems.get(name.casefold(), [])
        if found or len(stems) == 1:
            return found or stems[0], ""
        if stems:
            return "", f"the ending too: {' or '.join(stems)}"
        near = get_close_matches(name.casefold(), [*self.exact, *self.stems], 3, 0.6)
        return "", f"a file among the images{'; near: ' if near else ''}{', '.join(near)}"


def _pairs(cells: Cells, known: _Names, way: str | None) -> tuple[pd.DataFrame, str]:
    names, wrong = cells.names, []
    values = [name for name in names if name in VALUES]
    odd = [name for name in names if name not in {*VALUES, *PAIR, "person", "target"}]
    if len(values) != 1 or odd:
        found = ", ".join(odd or values) or "no such column"
        one = f"image_a, image_b, one of {', '.join(VALUES)}, and person, target if there are any"
        raise Refused([Problem(cells.head_line, None, found, one)])
    said = VALUES[values[0]] or way
    if said is None or (way and said != way):
        tells = "--as similarity or --as dissimilarity"
        if said:
            tells = f"--as {said}, or a column named {way} if the numbers are that"
        raise Refused([Problem(cells.head_line, values[0], f"a {values[0]}", tells)])
    numbers = _Numbers(cells.delimiter)
    rows, seen_at = [], {}
    for line, texts in cells.rows:
        row = dict(zip(names, texts, strict=True))
        pair = [
            _image(line, column, row[column], known, wrong) for column in ("image_a", "image_b")
        ]
        value = numbers.read(line, values[0], row[values[0]], wrong)
        if all(pair) and pair[0] == pair[1]:
            wrong.append(Problem(line, "image_b", f"{pair[0]} twice", "a pair of two images"))
        whose = (row.get("target") or "judged", row.get("person") or "all")
        key = (*whose, *sorted(pair))
        if all(pair) and seen_at.setdefault(key, line) != line:
            once = f"one row each; line {seen_at[key]} has it already"
            wrong.append(Problem(line, "image_a", f"{pair[0]}, {pair[1]} of {whose[1]}", once))
        rows.append((*whose, *pair, value))
        if len(wrong) >= MAX_PROBLEMS:
            break
    wrong += numbers.problems()
    if wrong:
        raise Refused(wrong)
    table = pd.DataFrame(rows, columns=["target", "person", "image_a", "image_b", "value"])
    n_pairs = len(known.images) * (len(known.images) - 1) // 2
    for (target, person), n in table.groupby(["target", "person"]).size().items():
        if n < n_pairs:
            both = table[(table["target"] == target) & (table["person"] == person)]
            there = {frozenset(pair) for pair in both[["image_a", "image_b"]].to_numpy()}
            lacking = next(
                (a, b) for i, a in enumerate(known.images) for b in known.images[i + 1 :]
                if frozenset((a, b)) not in there
            )  # fmt: skip
            found = f"{n} of {n_pairs} pairs of {person}; {', '.join(lacking)} is none of them"
            every = "every pair of the images once (take images out that nobody judged)"
            raise Refused([Problem(None, None, found, every)])
    return table, said


def _matrix(cells: Cells, known: _Names, way: str | None) -> tuple[pd.DataFrame, str]:
    wrong: list[Problem] = []
    across = [_image(cells.head_line, name, name, known, wrong) for name in cells.head[1:]]
    down = [_image(line, "the first", row[0], known, wrong) for line, row in cells.rows]
    if wrong:
        raise Refused(wrong)
    if across != down or sorted(across) != sorted(known.images):
        n, lacking = len(known.images), sorted(set(known.images) - set(across))
        found = f"{len(across)} columns and {len(down)} rows"
        found += f"; {lacking[0]} is in neither" if lacking else ""
        same = f"the {n} images above, and on the left in the same order"
        raise Refused([Problem(cells.head_line, None, found, same)])
    numbers = _Numbers(cells.delimiter)
    square = np.array(
        [
            [numbers.read(line, c, text, wrong) for c, text in zip(across, row[1:], strict=True)]
            for line, row in cells.rows
        ]
    )
    wrong += numbers.problems()
    if wrong:
        raise Refused(wrong)
    gap = np.abs(square - square.T)
    if gap.max() > ROUNDING * np.abs(square).max():
        i, j = np.unravel_index(gap.argmax(), gap.shape)
        found = f"{square[i, j]:g}, and {square[j, i]:g} for {across[j]}, {across[i]}"
        raise Refused([Problem(cells.rows[i][0], across[j], found, "the same on both sides")])
    diagonal, rest = np.diag(square), square[~np.eye(len(square), dtype=bool)]
    says = (
        "dissimilarity" if not diagonal.any()
        else "similarity" if np.ptp(diagonal) == 0 and diagonal[0] >= rest.max()
        else None
    )  # fmt: skip
    if says is None and way is None:
        spread = f"a diagonal from {diagonal.min():g} to {diagonal.max():g}"
        tells = "0 (dissimilarities), the largest value (similarities), or --as …"
        raise Refused([Problem(cells.rows[0][0], None, spread, tells)])
    if says and way and says != way:
        spread = f"a diagonal of {diagonal[0]:g}"
        tells = "the largest value there" if way == "similarity" else "0 there"
        tells += f", or --as {says} if the numbers are that"
        raise Refused([Problem(cells.rows[0][0], None, spread, tells)])
    i, j = np.triu_indices(len(square), 1)
    names = np.array(across, object)
    table = pd.DataFrame({"target": "judged", "person": "all", "image_a": names[i],
                          "image_b": names[j], "value": square[i, j]})  # fmt: skip
    return table, says or way


def _image(line: int, column: str, text: str, known: _Names, wrong: list[Problem]) -> str:
    image, expected = known.find(text)
    if not image:
        wrong.append(Problem(line, column, repr(text[:60]), expected))
    return image


class _Numbers:
    """Numbers of one file, which share one decimal mark."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.seen: dict[tuple[str, bool], list[tuple[int, str, Number]]] = {}
        """Of each kind as many as there may be problems; the kind alone decides."""

    def read(self, line: int, column: str, text: str, wrong: list[Problem]) -> float:
        found = "nothing" if is_missing(text) else number_of(text)
        if isinstance(found, str) or found.is_percent or abs(found.value) > MAX_VALUE:
            text = f" ({text[:40]!r})" if text else ""
            said = found if isinstance(found, str) else "no plain number"
            up_to = f"a number, up to {MAX_VALUE:g}"
            wrong.append(Problem(line, column, f"{said}{text}", up_to))
            return float("nan")
        of_kind = self.seen.setdefault((found.mark, found.could_be_grouped), [])
        if len(of_kind) < MAX_PROBLEMS:
            of_kind.append((line, column, found))
        return found.value

    def problems(self) -> list[Problem]:
        """What speaks against their decimal mark."""
        seen = (number for of_kind in self.seen.values() for number in of_kind)
        in_order = sorted(seen, key=lambda number: number[0])
        return decimal_mark(iter(in_order), self.delimiter)[1]
