"""What people judged of a folder of images: each form is read right, or refused with the mend."""

import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from compute.measure import named
from compute.measure.sets.folder import read_folder
from ingest import settings
from warehouse.cli import main
from warehouse.own import kept, sets
from warehouse.own.text import Problem, Refused

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
    "too large": (PAIRS.replace(",4", ",1e150"), {}, "line 3.*'1e150'.*a number, up to 1e"),
    "infinite": (PAIRS.replace(",4", ",1e999"), {}, "line 3"),
    "percent": (PAIRS.replace(",4", ",4%"), {}, "line 3.*no plain number"),
    "negative": (PAIRS.replace(",4", ",-4"), {}, "0 or more"),
    "an unclear diagonal": (MATRIX.replace("cat.png,0", "cat.png,.5"), {}, "--as"),
    "ratings": (PAIRS.replace("dissimilarity", "rating"), {}, "--as similarity or --as"),
    "said otherwise": (
        MATRIX, {"way": "similarity"},
        "line 2: a diagonal of 0; expected the largest value there, or --as dissimilarity if",
    ),
    "said otherwise of similarities": (
        ALIKE, {"way": "dissimilarity"}, "a diagonal of 5; expected 0 there, or --as similarity if",
    ),
    "said otherwise of pairs": (
        PAIRS, {"way": "similarity"}, "--as dissimilarity, or a column named similarity if",
    ),
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
    assert {p.name for p in kept.folder().glob("*")} <= {kept.LOCK}
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
    assert {p.name for p in kept.folder().glob("*")} <= {kept.LOCK}


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
    assert {p.name for p in kept.folder().glob("*")} <= {kept.LOCK}


def test_more_images_than_memory_holds_are_refused_before_the_file_is_read():
    with pytest.raises(Refused, match="2,001 images"):
        sets.read(b"no table", [f"{i}.png" for i in range(2_001)])


ODD = {
    "images/dog.heic": (Path.touch, "expected a picture"),
    "images/cat.tga": (Path.touch, "expected a picture"),
    "images/cats": (Path.mkdir, "found a folder"),
    "dog.heic": (Path.touch, "expected a picture"),
    "cats": (Path.mkdir, "found a folder"),
    "Labels.csv": (Path.touch, "is not read, only labels.csv is; rename it"),
    "map": (Path.mkdir, "is not read, only maps is; rename it"),
    "labels.csv": (os.mkfifo, "expected a file"),
    "triplets.csv": (Path.mkdir, "found a folder"),
    "maps": (lambda p: p.symlink_to("nowhere"), "expected a folder with a folder for each person"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_a_measurement_would_refuse_is_not_left_out_without_a_word(pictures, name):
    """One rule of what a folder may hold, whether it is added or measured."""
    make, says = ODD[name]
    (pictures / "ratings.csv").write_text(MATRIX, encoding="utf-8")
    if name.startswith("images/"):
        (pictures / "images").mkdir()
        for image in IMAGES:
            (pictures / image).rename(pictures / "images" / image)
    make(pictures / name)
    output = said("add", pictures, "--judgements", pictures / "ratings.csv", "--yes")
    assert str(pictures / name) in output and says in output
    assert not kept.folder().exists()


def test_what_is_read_of_a_folder_is_taken_and_the_rest_is_told(pictures):
    """A picture may have a name like that of a part, and the judgements any name and ending."""
    (pictures / "cat.png").rename(pictures / "map1.png")
    (pictures / "image.dat").write_text(MATRIX.replace("cat", "map1"), encoding="utf-8")
    (pictures / "notes.txt").touch()
    (pictures / ".DS_Store").touch()
    output = said("add", pictures, "--judgements", pictures / "image.dat", "--yes")
    assert re.search("not taken +notes.txt\n", output) and "added" in output
    assert "map1.png" in read_folder(kept.folder() / "my_objects").ids


def test_a_name_that_cannot_be_measured_is_refused_before_anything_is_kept(pictures, monkeypatch):
    """That of a declared set, and that of another folder whose numbers are here."""
    (pictures / "ratings.csv").write_text(MATRIX, encoding="utf-8")
    output = said("add", pictures, "--yes", "--name", "objects92")
    assert "objects92 is the name of a declared stimulus set: aw add --name ANOTHER" in output
    measured = {"mine": ("/elsewhere/mine", "another sha256")}
    monkeypatch.setattr(named, "remembered", lambda name, out: measured.get(name))
    output = said("add", pictures, "--yes", "--name", "mine")
    assert "mine is the name of /elsewhere/mine too" in output and "--name ANOTHER" in output
    assert {p.name for p in kept.folder().glob("*")} <= {kept.LOCK}
    assert "added" in said("add", pictures, "--yes", "--name", "yours")
    # measured before, then removed, then added again as something else: changed in place
    measured["yours"] = (str((kept.folder() / "yours").resolve()), "another sha256")
    said("remove", "yours")
    assert "added" in said("add", pictures, "--yes", "--name", "yours")


def test_an_accent_is_one_letter_however_a_file_stores_it(pictures):
    """Names of macOS, judgements of Windows."""
    one, two = (unicodedata.normalize(form, "é.png") for form in ("NFC", "NFD"))
    (pictures / "cat.png").rename(pictures / two)
    (pictures / "ratings.csv").write_text(MATRIX.replace("cat.png", one), encoding="utf-8")
    assert "added" in said("add", pictures, "--yes")
    assert one in read_folder(kept.folder() / "my_objects").ids


def test_what_is_said_of_a_copy_names_the_originals(pictures):
    """The copy is deleted at once."""
    (pictures / "ratings.csv").write_text(PAIRS, encoding="utf-8")

    def check(folder: Path) -> None:
        raise Refused([Problem(None, None, f"{folder / 'dissimilarities.csv'}, line 2", "less")])

    rows = sets.read(PAIRS.encode(), IMAGES).rows
    with pytest.raises(kept.NotKept, match=r"/ratings\.csv, as it was read, line 2"):
        kept.keep("mine", "dissimilarities", pictures / "ratings.csv", b"", rows, {}, {}, {}, check)
    (pictures / "ratings.csv").write_text(PAIRS.replace(",4", ",1e150"), encoding="utf-8")
    output = said("add", pictures, "--yes")
    assert f"{pictures / 'ratings.csv'}: 1 to mend" in output and "line 3" in output
