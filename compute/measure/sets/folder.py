"""Reader of a lab's own folder of images and judgements."""

import csv
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from compute.measure.sets.stimuli import (
    Judgement,
    Stimuli,
    StimulusError,
    check_rdms,
    decoded,
    expect,
)
from ingest.locate import sha256_of

Floats = NDArray[np.float64]


IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}


def csv_rows(path: Path, columns: list[str] | None) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        if columns is not None:
            expect(reader.fieldnames == columns, path, f"the header {columns}", reader.fieldnames)
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
    rows = csv_rows(path, ["target", "person", "image_a", "image_b", "dissimilarity"])
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
            rows = csv_rows(path, ["person", "image_a", "image_b", "odd"])
            people = {p: i for i, p in enumerate(dict.fromkeys(r["person"] for r in rows))}
            keys = ("image_a", "image_b", "odd")
            parts["triplets"] = np.array(
                [[_known(path, i, r[k], ids) for k in keys] for i, r in enumerate(rows, start=2)]
            )
            parts["triplet_people"] = np.array([people[r["person"]] for r in rows])
        else:
            rows = csv_rows(path, ["image", "label"])
            label_of = {_known(path, i, r["image"], ids): r["label"] for i, r in enumerate(rows, 2)}
            expect(len(label_of) == len(ids), path, f"{len(ids)} labels", len(label_of))
            classes = sorted(set(label_of.values()))
            parts["classes"] = tuple(classes)
            parts["labels"] = np.array([classes.index(label_of[i]) for i in range(len(ids))])

    def image(i: int) -> Image.Image:
        return decoded(paths[i].read_bytes(), str(paths[i])).convert("RGB")

    people = sorted(p for p in (folder / "maps").glob("*") if p.is_dir())
    if people:
        every = [[person / path.name for person in people] for path in paths]
        for path in (p for of_image in every for p in of_image):
            expect(path.is_file(), path, "a map of every image by every person", "no file")
            digest.update(sha256_of(path).encode())

        def people_maps(i: int) -> Floats:
            maps = [decoded(p.read_bytes(), str(p)).convert("L") for p in every[i]]
            for path, found in zip(every[i], maps, strict=True):
                expect(found.size == image(i).size, path, f"a map of {image(i).size}", found.size)
            return np.stack([np.asarray(m, np.float64) for m in maps])

        parts |= {"people_maps": people_maps, "maps": lambda i: people_maps(i).mean(axis=0)}

    return Stimuli(
        name=folder.name, ids=tuple(ids), image=image, sha256=digest.hexdigest(), **parts
    )
