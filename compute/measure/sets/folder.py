"""Reader of a lab's own folder of images and judgements."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from compute.measure.sets.pictures import DECODING, MAX_BYTES, grey, seen
from compute.measure.sets.rows import Row, csv_rows, number, refuse
from compute.measure.sets.stimuli import Judgement, Stimuli, StimulusError, check_rdms, expect
from ingest import normal, reason
from ingest.files import LEFT_BY_SYSTEMS, content_of
from ingest.locate import sums_of

Floats = NDArray[np.float64]

IMAGE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".jp2", ".j2k", ".avif",
)  # fmt: skip
NO_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def _entries(folder: Path) -> dict[str, Path]:
    """What stands in a folder by name, sorted; a name is the same however its accents are stored.

    Raises
    ------
    StimulusError
        Two names that are one, or a name that is no text.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir(), key=lambda p: normal(p.name)):
        name = normal(path.name)
        if name.startswith(".") or name.lower() in LEFT_BY_SYSTEMS:
            continue
        if NO_TEXT.search(name):
            raise StimulusError(f"{folder}: {name!a} is no text in one line; rename the file")
        if name in found:
            raise StimulusError(f"{folder}: two files have the name {name!r}; rename one")
        found[name] = path
    return found


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES


def _plain(path: Path, what: str) -> Path:
    if path.is_file():
        return path
    kind = "a folder" if path.is_dir() else "a link that leads nowhere" if path.is_symlink() else ""
    raise StimulusError(f"{path}: expected {what}, found {kind or 'no plain file'}")


def _pictures(found: dict[str, Path], what: str) -> dict[str, Path]:
    for path in found.values():
        _plain(path, what)
        known = f"{what} ({', '.join(IMAGE_SUFFIXES)})"
        expect(_is_picture(path), path, known, "a file that is none; move it")
    return found


def _known(path: Path, line: int, name: str, ids: dict[str, int]) -> int:
    if name not in ids:
        near = [i for i in ids if name.lower() in (i.lower(), Path(i).stem.lower())]
        hint = f"; there is {near[0]!r}" if near else ""
        refuse(path, line, f"there is no image {name!r}{hint}")
    return ids[name]


def _once(path: Path, line: int, seen_at: dict, key: object, what: str) -> None:
    if key in seen_at:
        refuse(path, line, f"{what} stands twice, first in line {seen_at[key]}")
    seen_at[key] = line


def _dissimilarities(path: Path, rows: Iterable[Row], ids: dict[str, int]) -> dict:
    n, names = len(ids), list(ids)
    found: dict[tuple[str, str], Floats] = {}
    seen_at: dict = {}
    for line, row in rows:
        a, b = (_known(path, line, row[k], ids) for k in ("image_a", "image_b"))
        if a == b:
            refuse(path, line, f"a pair is of two images, found {names[a]} twice")
        whose = (row["target"], row["person"])
        pair = f"the pair {names[min(a, b)]}, {names[max(a, b)]} of this person"
        _once(path, line, seen_at, (*whose, min(a, b), max(a, b)), pair)
        if whose not in found:
            found[whose] = np.full((n, n), np.nan)
        rdm = found[whose]
        rdm[a, b] = rdm[b, a] = number(path, line, row["dissimilarity"])
    for (target, person), rdm in found.items():
        np.fill_diagonal(rdm, 0)
        lacking = np.argwhere(np.isnan(rdm))
        if lacking.size:
            raise StimulusError(
                f"{path}: {target} of {person} lacks {len(lacking) // 2} pairs, the first is "
                f"{names[lacking[0][0]]}, {names[lacking[0][1]]}; every person judges every pair"
            )
    targets = dict.fromkeys(target for target, _ in found)
    rdms = {t: [r for (u, _), r in found.items() if u == t] for t in targets}
    return {"judgements": tuple(Judgement(t, check_rdms(r, n, path, t)) for t, r in rdms.items())}


def _triplets(path: Path, rows: Iterable[Row], ids: dict[str, int]) -> dict:
    people: dict[str, int] = {}
    triplets, chose = [], []
    for line, row in rows:
        three = [_known(path, line, row[k], ids) for k in ("image_a", "image_b", "odd")]
        if len(set(three)) < 3:
            refuse(path, line, "a triplet is of three images, found one twice")
        triplets.append(three)
        chose.append(people.setdefault(row["person"], len(people)))
    return {"triplets": np.array(triplets), "triplet_people": np.array(chose)}


def _labels(path: Path, rows: Iterable[Row], ids: dict[str, int]) -> dict:
    seen_at: dict = {}
    label_of: dict[int, str] = {}
    for line, row in rows:
        i = _known(path, line, row["image"], ids)
        _once(path, line, seen_at, i, f"the label of {row['image']}")
        label_of[i] = row["label"]
    lacking = [name for name, i in ids.items() if i not in label_of]
    expect(not lacking, path, f"{len(ids)} labels", f"none of {', '.join(lacking[:1])}")
    classes = sorted(set(label_of.values()))
    labels = np.array([classes.index(label_of[i]) for i in range(len(ids))])
    return {"labels": labels, "classes": tuple(classes)}


JUDGED = "dissimilarities.csv"
PARTS = {
    JUDGED: (
        _dissimilarities, ["target", "person", "image_a", "image_b", "dissimilarity"],
    ),
    "triplets.csv": (_triplets, ["person", "image_a", "image_b", "odd"]),
    "labels.csv": (_labels, ["image", "label"]),
}  # fmt: skip
"""Tables of a set: who reads them, and their columns."""
TABLES = (".csv", ".tsv", ".txt")
"""Endings of tables in which somebody may have judgements."""


def _maps(folder: Path, ids: dict[str, int]) -> list[list[Path]]:
    """Of each image, the maps of every person."""
    expect(folder.is_dir(), folder, "a folder with a folder for each person", "a file")
    people = _entries(folder)
    expect(bool(people), folder, "a folder for each person", "none")
    every: list[list[Path]] = [[] for _ in ids]
    for person in people.values():
        expect(person.is_dir(), person, "a folder for each person", "a file")
        found = _pictures(_entries(person), "a map")
        for name in found:
            expect(name in ids, person / name, "a map of an image", "no image of this name")
        for name, i in ids.items():
            every_one = "a map of every image by every person"
            expect(name in found, person / name, every_one, "no file")
            every[i].append(found[name])
    return every


@dataclass(frozen=True)
class Contents:
    """What a folder holds: plain files, each in a place where it is read.

    Attributes
    ----------
    pictures : dict of str to Path
        By name; at least one.
    tables : dict of str to Path
        Those of ``PARTS`` that are there.
    maps : list of list of Path
        Of each picture, those of every person; empty where nobody looked.
    others : dict of str to Path
        What stands beside them and is not read.
    """

    pictures: dict[str, Path]
    tables: dict[str, Path]
    maps: list[list[Path]]
    others: dict[str, Path]


def contents_of(folder: Path, *, to_add: bool = False, judgements: str = "") -> Contents:
    """What a lab's folder holds, before any of it is read.

    Parameters
    ----------
    folder : Path
        As for :func:`read_folder`.
    to_add : bool
        Of a folder of which a set is to be made: its pictures may stand in it without ``images/``,
        and its judgements in a table of any name.
    judgements : str
        The name of that table, where somebody named one; it may have any ending.

    Raises
    ------
    StimulusError
        A name of a part is written in another way, something is no plain file, or stands where
        only pictures may.
    """
    wanted = ["images", *(name for name in PARTS if not (to_add and name == JUDGED)), "maps"]
    others = _entries(folder)
    parts = {name: others.pop(name) for name in wanted if name in others}
    is_flat = to_add and "images" not in parts

    def is_table(path: Path) -> bool:
        return path.suffix.lower() in TABLES or normal(path.name) == normal(judgements)

    for name in wanted:
        could = [
            path for path in others.values()
            if not (is_flat and _is_picture(path))
            and not (to_add and name not in PARTS and is_table(path))
        ]  # fmt: skip
        stems = {path.stem.lower(): path for path in could}
        if name not in parts and (near := get_close_matches(Path(name).stem, stems, 1, 0.7)):
            raise StimulusError(f"{stems[near[0]]}: is not read, only {name} is; rename it")
    images = folder if is_flat else folder / "images"
    if is_flat:
        found = {name: others.pop(name) for name, p in [*others.items()] if not is_table(p)}
    else:
        found = _entries(images) if images.is_dir() else {}
    pictures = _pictures(found, "a picture")
    if not pictures:
        raise StimulusError(f"{images}: no images ({', '.join(IMAGE_SUFFIXES)})")
    tables = {name: _plain(parts[name], "a file") for name in PARTS if name in parts}
    ids = {name: i for i, name in enumerate(pictures)}
    maps = _maps(parts["maps"], ids) if "maps" in parts else []
    return Contents(pictures, tables, maps, others)


class _Files:
    """What stands in a folder, each file as it was when its checksum was taken."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.added, self.seen = folder, sums_of(folder), {}

    def read(self, path: Path) -> bytes:
        """The bytes of a file.

        Raises
        ------
        StimulusError
            It cannot be read, or is another one than before, or than was added.
        """
        try:
            content = content_of(path, MAX_BYTES)
        except OSError as error:
            raise StimulusError(f"{path}: cannot be read ({reason(error)})") from error
        found = hashlib.sha256(content).hexdigest()
        if self.seen.setdefault(path, found) != found:
            raise StimulusError(f"{path}: has changed while it was used. Start again")
        added = self.added.get(path.relative_to(self.folder).as_posix(), found)
        if added != found:
            raise StimulusError(
                f"{path}: is not the file that was added (sha256 {found[:12]}…, expected "
                f"{added[:12]}…). aw remove {self.folder.name}, and aw add the original again"
            )
        return content

    def sha256(self, path: Path) -> str:
        """The checksum that holds from now on."""
        self.read(path)
        return self.seen[path]


def read_folder(folder: Path) -> Stimuli:
    """Read a lab's own set.

    Parameters
    ----------
    folder : Path
        ``images/`` holds the pictures, named by their files; beside it may stand
        ``dissimilarities.csv`` (target, person, image_a, image_b, dissimilarity: every pair once
        per person), ``triplets.csv`` (person, image_a, image_b, odd) and ``labels.csv`` (image,
        label), and ``maps/PERSON/``, grey pictures of where a person looked or clicked, named as
        the images are: every image once per person. Pictures are decoded as people see them
        (:func:`compute.measure.sets.pictures.seen`).

    Returns
    -------
    Stimuli
        Called by :func:`slug` of the folder's name.

    Raises
    ------
    StimulusError
        No images, something else among them, a file of more than ``MAX_BYTES``, a row that is not
        as above (the message names file and line), or a map that is missing or of another size than
        its image.
    """
    try:
        return _read_folder(folder)
    except OSError as error:
        where = error.filename or folder
        raise StimulusError(f"{where}: cannot be read ({reason(error)})") from error


def _read_folder(folder: Path) -> Stimuli:
    held, files = contents_of(folder), _Files(folder)
    pictures = held.pictures
    ids, paths = {name: i for i, name in enumerate(pictures)}, list(pictures.values())
    of_images = (f"{name}\n{files.sha256(path)}\n" for name, path in pictures.items())
    digest = hashlib.sha256("".join([f"{DECODING}\n", *of_images]).encode())
    judged: dict = {}
    for name, path in held.tables.items():
        reader, columns = PARTS[name]
        content = files.read(path)
        digest.update(content)
        judged |= reader(path, csv_rows(path, content, columns), ids)

    def image(i: int) -> Image.Image:
        return seen(files.read(paths[i]), str(paths[i]))

    if every := held.maps:
        for path in (p for of_image in every for p in of_image):
            digest.update(files.sha256(path).encode())

        def people_maps(i: int) -> Floats:
            maps = [grey(files.read(path), str(path)) for path in every[i]]
            size = image(i).size[::-1]
            for path, found in zip(every[i], maps, strict=True):
                expect(found.shape == size, path, f"a map of {size}", found.shape)
            return np.stack(maps)

        judged |= {"people_maps": people_maps, "maps": lambda i: people_maps(i).mean(axis=0)}
    return Stimuli(
        name=slug(folder.name), ids=tuple(ids), image=image, sha256=digest.hexdigest(),
        folder=str(folder), decoding=DECODING, **judged,
    )  # fmt: skip


def slug(name: str) -> str:
    """A name as it stands in tables and in the names of files: of letters, digits and ``_-.``."""
    return re.sub(r"^\.|[^\w.-]", "_", normal(name)) or "_"


def own_folder(spelled: str) -> Path | None:
    """The folder that a path leads to, however it is spelled; None where there is none."""
    if not spelled.strip():
        return None
    try:
        path = Path(spelled).expanduser().resolve()
        return path if path.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # too long, a loop, no such home, a NUL
        return None
