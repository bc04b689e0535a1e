"""What people judged of a folder of images: each form is read right, or refused with the mend."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from compute.measure.sets.folder import read_folder
from ingest import settings
from warehouse.cli import main
from warehouse.own import kept, sets
from warehouse.own.text import Refused

IMAGES = ["cat.png", "dog.png", "sea.jpg"]
TRUE = {("cat.png", "dog.png"): 1.0, ("cat.png", "sea.jpg"): 4.0, ("dog.png", "sea.jpg"): 3.0}
PAIRS = "image_a,image_b,dissimilarity\ncat.png,dog.png,1\ncat.png,sea.jpg,4\ndog.png,sea.jpg,3\n"
MATRIX = ",cat.png,dog.png,sea.jpg\ncat.png,0,1,4\ndog.png,1,0,3\nsea.jpg,4,3,0\n"
ALIKE = ",cat,dog,sea\ncat,5,4,1\ndog,4,5,2\nsea,1,2,5\n"

READ = {
    "pairs": (PAIRS, {}),
    "matrix": (MATRIX, {}),
    "without endings": (MATRIX.replace(".png", "").replace(".jpg", ""), {}),
    "capitals": (PAIRS.upper(), {}),
    "pairs the other way": (PAIRS.replace("cat.png,dog.png", "dog.png,cat.png"), {}),
    "distance": (PAIRS.replace("dissimilarity", "distance"), {}),
    "semicolons": (MATRIX.replace(",", ";").replace("1", "1,0"), {}),
    "tabs": (PAIRS.replace(",", "\t"), {}),
    "byte-order mark": (PAIRS.encode("utf-8-sig"), {}),
    "utf-16": (MATRIX.encode("utf-16"), {}),
    "blank lines": (PAIRS.replace("\n", "\n\n"), {}),
    "similarities": ("image_a,image_b,similarity\ncat,dog,4\ncat,sea,1\ndog,sea,2\n", {}),
    "similarities in a matrix": (ALIKE, {}),
    "ratings": (PAIRS.replace("dissimilarity", "rating"), {"way": "dissimilarity"}),
    "an unclear diagonal": (MATRIX.replace("cat.png,0", "cat.png,.5"), {"way": "dissimilarity"}),
}


@pytest.mark.parametrize("case", READ)
def test_judgements_are_read(case):
    """Whatever the form: the same pairs, at the same distances up to where zero is."""
    text, options = READ[case]
    rows = sets.read(text if isinstance(text, bytes) else text.encode(), IMAGES, **options).rows
    found = {tuple(sorted((r.image_a, r.image_b))): r.dissimilarity for r in rows.itertuples()}
    least = min(found.values()) - 1.0 if "similarities" in case else 0.0
    assert {pair: value - least for pair, value in found.items()} == TRUE
    assert set(rows["person"]) == {"all"}


def test_people_and_targets_are_kept_apart():
    """Everybody judges every pair; each is turned round by their own largest."""
    head, *lines = PAIRS.replace("dissimilarity", "similarity").splitlines()
    text = f"person,target,{head}\n"
    text += "".join(f"{p},{t},{line}\n" for p in "ab" for t in ("look", "use") for line in lines)
    rows = sets.read(text.encode(), IMAGES).rows
    assert (
        rows.groupby(["target", "person"])["dissimilarity"]
        .agg(["size", "min"])
        .eq([3, 0])
        .all(axis=None)
    )


REFUSED = {
    "no such image": (PAIRS.replace("sea.jpg", "see.jpg"), {}, "line 3.*'see.jpg'.*near: sea"),
    "an image in neither": (
        ",cat,dog\ncat,0,1\ndog,1,0\n", {}, "sea.jpg is in neither.*the 3 images above",
    ),
    "a pair lacks": (PAIRS[: PAIRS.index("dog.png,sea")], {}, "2 of 3 pairs.*dog.png, sea.jpg is"),
    "a pair twice": (PAIRS + "dog.png,cat.png,1\n", {}, "line 5.*line 2 has it already"),
    "a pair of one": (PAIRS.replace("cat.png,dog", "dog.png,dog"), {}, "line 2.*two images"),
    "two sides": (MATRIX.replace("dog.png,1", "dog.png,2"), {}, "line [23].*the same on both"),
    "another order": (
        ",dog,cat,sea\ncat,1,0,4\ndog,0,1,3\nsea,3,4,0\n", {}, "on the left in the same order",
    ),
    "no number": (PAIRS.replace(",4", ",far"), {}, "line 3.*no number"),
    "nothing": (PAIRS.replace(",4", ","), {}, "line 3.*nothing"),
    "infinite": (PAIRS.replace(",4", ",1e999"), {}, "line 3"),
    "percent": (PAIRS.replace(",4", ",4%"), {}, "line 3.*no plain number"),
    "negative": (PAIRS.replace(",4", ",-4"), {}, "0 or more"),
    "an unclear diagonal": (MATRIX.replace("cat.png,0", "cat.png,.5"), {}, "--as"),
    "ratings": (PAIRS.replace("dissimilarity", "rating"), {}, "--as similarity or --as"),
    "said otherwise": (MATRIX, {"way": "similarity"}, "--as dissimilarity"),
    "two kinds": (PAIRS.replace("person", "x").replace("dissimilarity", "rt"), {}, "one of"),
    "empty": ("", {}, "images above"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_judgements_are_refused_with_the_mend(case):
    """What cannot be known is asked for, with the line where there is one."""
    text, options, message = REFUSED[case]
    with pytest.raises(Refused, match=message):
        sets.read(text.encode(), IMAGES, **options)


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """A folder of pictures, and an empty one for what is added."""
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    folder = tmp_path / "My Objects"
    folder.mkdir()
    for i, name in enumerate(IMAGES):
        noise = np.random.default_rng(i).integers(0, 255, (8, 8, 3), np.uint8)
        Image.fromarray(noise).save(folder / name)
    return folder


def said(*arguments: object) -> str:
    return CliRunner().invoke(main, [str(a) for a in arguments]).output


def test_a_folder_becomes_a_set_that_can_be_measured(pictures):
    """Images are copied, judgements normalised; the set is what compute reads."""
    (pictures / "ratings.csv").write_text(ALIKE, encoding="utf-8")
    output = said("add", pictures, "--yes")
    assert "turned round" in output and "aw compute embed" in output
    stimuli = read_folder(kept.folder() / "my_objects")
    assert stimuli.ids == tuple(IMAGES)
    (judged,) = stimuli.judgements
    assert np.array_equal(judged.rdms[0], [[0, 0, 3], [0, 0, 2], [3, 2, 0]])
    assert "my_objects" in said("add", "--list")
    assert "removed" in said("remove", "my_objects")
    assert not list(kept.folder().iterdir())
    assert sorted(p.name for p in pictures.iterdir()) == sorted([*IMAGES, "ratings.csv"])


def test_what_is_refused_leaves_nothing(pictures):
    """Which file judges is asked for; a picture that is none is found before anything is kept."""
    assert "--judgements FILE" in said("add", pictures, "--yes")
    (pictures / "ratings.csv").write_text(MATRIX, encoding="utf-8")
    (pictures / "labels.csv").write_text("image,label\ncat.png,x\n", encoding="utf-8")
    assert f"{pictures / 'labels.csv'}" in said("add", pictures, "--yes")
    (pictures / "labels.csv").unlink()
    (pictures / "maps").touch()
    assert f"{pictures / 'maps'}: expected a folder" in said("add", pictures, "--yes")
    assert not kept.folder().exists() or not list(kept.folder().iterdir())


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def _in_place(make: Callable[[Path], object]) -> Callable[[Path], None]:
    return lambda path: (path.unlink(), make(path))


@pytest.mark.parametrize(
    "put",
    [
        _cut, lambda p: p.write_bytes(b""), lambda p: p.write_text("hello", "utf-8"),
        *map(_in_place, (os.mkfifo, Path.mkdir, lambda p: p.symlink_to("nowhere"),
                         lambda p: p.symlink_to("/dev/zero"), lambda p: p.symlink_to(p))),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", [IMAGES[0], "ratings.csv"])
def test_what_is_no_file_that_can_be_read_is_named_and_not_added(pictures, name, put):
    """Each image is decoded; none is waited for, none read without end."""
    (pictures / "ratings.csv").write_text(MATRIX, encoding="utf-8")
    put(pictures / name)
    output = said("add", pictures, "--yes")
    assert str(pictures / name) in output or (name == "ratings.csv" and "to mend" in output)
    assert not kept.folder().exists() or not list(kept.folder().iterdir())


def test_more_images_than_memory_holds_are_refused_before_the_file_is_read():
    with pytest.raises(Refused, match="2,001 images"):
        sets.read(b"no table", [f"{i}.png" for i in range(2_001)])
