"""A lab's own folder: its tables, its files, its name; right, or refused in one line."""

import json
import os
import re
import shutil
import unicodedata
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from compute.measure import calibration, embed, jobs, named, probe, rdm, results, sets, weights
from compute.measure.sets.stimuli import StimulusError
from compute.measure.shards import JobError
from ingest.locate import note_sums

LABELS = "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(6))
PAIRS = "target,person,image_a,image_b,dissimilarity\n"


def refused(folder: Path) -> str:
    """The one line with which a folder is refused."""
    with pytest.raises(StimulusError) as error:
        sets.read(str(folder))
    assert "\n" not in str(error.value)
    return str(error.value)


# tables


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfimage,label\r\n" + LABELS.replace("\n", "\r\n").encode(),
        b"image,label\r" + LABELS.replace("\n", "\r").encode(),
        b'image , "label"\n\n\n,\n' + LABELS.replace(",", " ,\t").encode(),
        b"image,label\n" + LABELS.replace(",a", ',"x\ny"').encode(),
        f"image,label\n{LABELS.replace(',a', ',é', 1).replace(',a', ',é')}".encode(),
    ],
    ids=["BOM and CRLF", "CR", "blanks and empty lines", "line breaks in cells", "accents"],
)
def test_one_table_in_many_forms(lab, content):
    """Two classes, image by image, however the file is written."""
    (lab.folder / "labels.csv").write_bytes(content)
    found = sets.read(str(lab.folder)).labels.tolist()
    assert found in ([0, 1] * 3, [1, 0] * 3)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("labels", "image,label\n\n0.png,a\n\n9.png,b\n", "line 5: there is no image '9.png'"),
        ("labels", 'image,label\n0.png,"a\n\nb"\n9.png,b\n', "line 5: there is no image '9.png'"),
        ("labels", "image,label\n0.png,a\n1,b\n", "line 3: .*'1'; there is '1.png'"),
        ("labels", "image,label\n0.PNG,b\n", "line 2: .*'0.PNG'; there is '0.png'"),
        ("labels", "image,label\n0.png,a\n\n0.png,a\n", "line 4: .*0.png .*twice, first in line 2"),
        ("labels", "image,label\n0.png,a\n", "expected 6 labels, found none of 1.png"),
        ("labels", "image,label\n0.png,\n", "line 2: label is empty"),
        ("labels", "image,label\n0.png,a,b\n", "line 2: 3 cells, the header has 2"),
        ("labels", "image,label\n0.png\n", "line 2: 1 cells, the header has 2"),
        ("labels", 'image,label\n0.png,"a\n', "line 2: not readable as CSV"),
        ("labels", "image;label\n0.png;a\n", "semicolons"),
        ("labels", "image\tlabel\n0.png\ta\n", "tabs"),
        ("labels", "label,image\na,0.png\n", "expected the header image,label, found label,image"),
        ("labels", "", "expected the header image,label, found nothing"),
        ("labels", "image,label\n", "no row below the header"),
        ("labels", "image,label\n0.png,é\n".encode("latin-1"), "line 2: not UTF-8"),
        ("labels", "image,label\n0.png,a\n".encode("utf-16"), "line 1: not UTF-8"),
        ("labels", "image,label\n0.png,a\n".encode("utf-16-le"), "line 1: not UTF-8"),
        ("triplets", "person,image_a,image_b,odd\n", "no row below the header"),
        ("triplets", "person,image_a,image_b,odd\np,0.png,1.png,0.png\n", "line 2: .*one twice"),
        ("dissimilarities", PAIRS, "no row below the header"),
        ("dissimilarities", PAIRS + "t,p,0.png,0.png,1\n", "line 2: .*two images"),
        ("dissimilarities", PAIRS + "t,p,0.png,1.png,1\nt,p,1.png,0.png,1\n", "first in line 2"),
        *(
            ("dissimilarities", f"{PAIRS}t,p,0.png,1.png,{n}\n", "line 2: expected a number of 0")
            for n in ("nan", "inf", "-1", "1e308", "1_0", '"1,5"', "far")
        ),
    ],
)
def test_a_table_is_refused_by_file_and_line(lab, name, content, says):
    """The line is that of the file, as an editor counts."""
    path = lab.folder / f"{name}.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = refused(lab.folder)
    assert said.startswith(str(path)) and re.search(says, said), said


# files


def test_what_systems_leave_in_folders_is_ignored(lab):
    """Six images and two people, with or without it."""
    lab.look()
    before = sets.read(str(lab.folder))
    for folder in (lab.folder, lab.folder / "images", lab.folder / "maps", lab.folder / "maps/x"):
        for name in ("._0.png", ".DS_Store", "Thumbs.db", "desktop.ini", "Icon\r"):
            (folder / name).write_bytes(b"\0")
        (folder / ".ipynb_checkpoints").mkdir()
    after = sets.read(str(lab.folder))
    assert after.ids == before.ids and after.sha256 == before.sha256
    assert after.people_maps(0).shape == (2, 40, 40)


ODD = {
    "images/cats": (Path.mkdir, "found a folder"),
    "images/x.png": (Path.mkdir, "found a folder"),
    "images/link.png": (lambda p: p.symlink_to("nowhere.png"), "a link that leads nowhere"),
    "images/loop.png": (lambda p: p.symlink_to(p.name), "a link that leads nowhere"),
    "images/pipe.png": (os.mkfifo, "no plain file"),
    "images/notes.txt": (Path.touch, "expected a picture"),
    "images/0.heic": (Path.touch, "expected a picture"),
    "images/bad\udcff.png": (Path.touch, "no text in one line"),
    "images/two\nlines.png": (Path.touch, "no text in one line"),
    "maps": (lambda p: (shutil.rmtree(p), p.touch()), "a folder with a folder for each person"),
    "maps/0.png": (Path.touch, "a folder for each person"),
    "maps/x/9.png": (Path.touch, "no image of this name"),
    "maps/z": (Path.mkdir, "a map of every image by every person"),
    "triplets.csv": (Path.mkdir, "found a folder"),
    "Triplets.csv": (Path.touch, "only triplets.csv is"),
    "triplets.xlsx": (Path.touch, "only triplets.csv is"),
    "triplet.csv": (Path.touch, "only triplets.csv is"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_refused_by_name(lab, name):
    """Nothing that somebody put there is left out without a word."""
    make, says = ODD[name]
    lab.look()
    make(lab.folder / name)
    said = refused(lab.folder)
    assert says in said and (Path(name).name in said or ascii(Path(name).name)[1:-1] in said)


def test_an_accent_is_one_letter_however_it_is_stored(lab):
    """A name of macOS matches a table of Windows; two files of one name are refused."""
    one, two = (unicodedata.normalize(form, "é.png") for form in ("NFC", "NFD"))
    lab.image(0).rename(lab.folder / "images" / two)
    for path in lab.folder.glob("*.csv"):
        path.write_text(path.read_text().replace("0.png", one))
    found = sets.read(str(lab.folder))
    assert one in found.ids and found.labels[found.ids.index(one)] == 0
    shutil.copy(lab.image(1), lab.folder / "images" / one)
    if len(list((lab.folder / "images").iterdir())) == 7:  # not where the two are one file
        assert "two files have the name" in refused(lab.folder)


def test_a_picture_that_has_gone_is_named(lab):
    """Between reading the folder and decoding."""
    found = sets.read(str(lab.folder))
    lab.image(3).unlink()
    with pytest.raises(StimulusError, match=r"3\.png: cannot be read"):
        found.image(3)


@pytest.mark.parametrize("name", ["images/0.png", "labels.csv", "maps/x/0.png"])
def test_a_file_of_any_size_takes_no_more_memory_than_is_read(lab, name):
    """A picture with a terabyte of nothing behind it, on a disk without."""
    lab.look()
    os.truncate(lab.folder / name, 1 << 40)
    said = refused(lab.folder)
    assert str(lab.folder / name) in said
    assert "400,000,000 bytes that are read at most: it has 1,099,511,627,776" in said


def test_what_is_decoded_is_what_was_hashed(lab):
    """A picture that changed since, and a file that is not the one that aw add kept."""
    found = sets.read(str(lab.folder))
    lab.image(3).write_bytes(lab.image(2).read_bytes())
    with pytest.raises(StimulusError, match=r"3\.png: has changed while it was used"):
        found.image(3)
    note_sums(lab.folder)
    assert len(sets.read(str(lab.folder))) == 6
    for path in (lab.image(4), lab.folder / "dissimilarities.csv"):
        whole = path.read_bytes()
        path.write_bytes(whole + b" ")
        with pytest.raises(StimulusError, match=rf"{path.name}: is not the file .*aw remove"):
            sets.read(str(lab.folder))
        path.write_bytes(whole)


# names


def test_every_spelling_of_a_folder_is_the_same_set(lab, tmp_path, monkeypatch):
    """Path or name, from any folder, with commas and blanks."""
    folder = tmp_path / "home" / "my set, of cats"
    folder.parent.mkdir()
    lab.folder.rename(folder)
    monkeypatch.setenv("HOME", str(folder.parent))
    out = tmp_path / "out"
    places = {
        ".": folder, "..": folder / "images", "my set, of cats": folder.parent,
        "./my set, of cats/": folder.parent, "../my set, of cats": folder,
        "~/my set, of cats": tmp_path, f"{folder}/": tmp_path, f" {folder}, ": tmp_path,
        f"{folder},{folder}/.": tmp_path,
    }  # fmt: skip
    for spelled, place in places.items():
        monkeypatch.chdir(place)
        assert named.sources(spelled, out) == [str(folder)], spelled
        assert jobs.Job("m", spelled.strip(" ,").split(",/")[0]).key.startswith("my_set__of_cats/")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    assert named.sources(f"digits,{folder}, x", out) == ["digits", str(folder), str(tmp_path / "x")]
    for wrong in ("my set", "no,such", "~nobody-here/x", "a" * 5000, " , ", "x\0y", "digits,nope"):
        with pytest.raises(StimulusError, match="commas part names"):
            named.sources(wrong, out)


@pytest.mark.parametrize("name", ["digits", "Digits", "objects92_faces", "CIFAR10", "ｄigits"])
def test_a_declared_name_is_no_name_for_a_folder(lab, name, monkeypatch):
    """Its numbers would be taken for those of the published set."""
    folder = lab.folder.with_name(name)
    lab.folder.rename(folder)
    assert "declared set; rename the folder" in refused(folder)
    monkeypatch.chdir(folder.parent)
    assert named.sources("digits", folder) == ["digits"]


@pytest.mark.parametrize("name", [".", "..", "/", "...", ".hidden", "a/../..", "x\\y"])
def test_a_shard_never_leaves_its_folder(name, tmp_path, monkeypatch):
    """Whatever a set is called, its key is a folder and a file."""
    monkeypatch.chdir(tmp_path)
    path = jobs.shard_path(jobs.Job("../m", name, layer="../l"), tmp_path / "out")
    inside = path.relative_to(tmp_path / "out" / "embeddings").parts
    assert len(inside) <= 2 and ".." not in inside


@pytest.mark.compute
def test_a_shard_says_how_pictures_were_decoded(lab):
    """Those of a folder; the pixels of a declared set are taken as published, as they were."""
    own, declared = (
        json.loads(jobs.recipe(jobs.Job("random:test_resnet:0", name)))
        for name in (str(lab.folder), "digits")
    )
    assert own["decoding"] == "upright, sRGB, over white" and "decoding" not in declared


@pytest.mark.compute
def test_two_folders_of_one_name_are_not_taken_for_each_other(lab, tmp_path):
    """Refused with both paths, the first one's numbers stay; moved or changed, it is the same."""
    out, other = tmp_path / "out", tmp_path / "elsewhere" / "lab"
    shutil.copytree(lab.folder, other)
    (other / "labels.csv").unlink()
    job = jobs.Job("random:test_resnet:0", str(lab.folder), device="cpu")
    for both in (f"{lab.folder},{other}", f"{other},digits,{lab.folder}"):
        with pytest.raises(StimulusError, match=r"lab is the name of .* too; rename"):
            named.sources(both, out)
    assert jobs.run_jobs([job], out)[0].status == jobs.DONE
    assert named.source_of("lab", out) == str(lab.folder)
    with pytest.raises(StimulusError, match=f"{other}: lab is the name of {lab.folder} too"):
        named.sources(str(other), out)
    with pytest.raises(StimulusError, match="rename one of the folders"):
        jobs.run_jobs([jobs.Job(job.model, str(other))], out)
    assert pq.read_table(jobs.shard_path(job, out))["label"].to_pylist() == [0, 1] * 3
    shard = jobs.shard_path(job, out)
    assert probe.run_probe(shard, "logistic", out, (1,), (0,)) == jobs.DONE
    lab.write("labels.csv", ["image", "label"], [[f"{i}.png", "ba"[i % 2]] for i in lab.all])
    jobs.cached_stimuli.cache_clear()
    with pytest.raises(JobError, match="has changed since"):
        probe.run_probe(shard, "logistic", out, (1,), (0,))
    assert jobs.run_jobs([job], out)[0].status == jobs.DONE
    moved = lab.folder.rename(tmp_path / "moved")
    with pytest.raises(JobError, match=f"made from {lab.folder}, which is no folder any more"):
        results.align(out, n_resamples=20)
    (tmp_path / "new").mkdir()
    moved = moved.rename(tmp_path / "new" / "lab")
    assert named.sources(str(moved), out) == [str(moved)]
    again = jobs.Job(job.model, str(moved), device="cpu")
    assert jobs.run_jobs([again], out)[0].status == jobs.SKIPPED
    assert results.align(out, [str(moved)], n_resamples=20)["alignments"].num_rows


def test_aligning_by_one_distance_keeps_the_rows_of_the_others(lab, tmp_path):
    """And so does collecting; the rows of another distance say so in their own column."""
    out = tmp_path / "out"
    jobs.run_jobs([jobs.Job("random:test_resnet:0", str(lab.folder), device="cpu")], out)
    results.align(out, n_resamples=20)
    results.collect(out, out / "kept")
    results.align(out, distances=rdm.centred(("cosine",)), n_resamples=20)
    held = pq.read_table(out / "alignments.parquet")["distance"].to_pylist()
    assert held.count("cosine_centred") == held.count("cosine") == 5
    (out / "alignments.parquet").unlink()
    results.align(out, distances=("correlation",), n_resamples=20)
    kept = results.collect(out, out / "kept")["alignments"]["distance"].to_pylist()
    assert set(kept) == {"cosine", "correlation"}


def test_calibrated_batch_norm_has_the_statistics_of_the_images(lab):
    """Of the first one, by hand; a network without any is refused, and the weights stay."""
    torch = pytest.importorskip("torch")
    chosen = jobs.cached_stimuli(str(lab.folder))
    model = embed.load(weights.resolve("random:test_resnet:0"))
    before = {k: v.clone() for k, v in model.network.state_dict().items() if "running" not in k}
    batch = torch.stack([model.transform(chosen.image(i)) for i in range(len(chosen))])
    calibration.calibrate(model, chosen.image, len(chosen))
    first = model.network.bn1
    with torch.inference_mode():
        inputs = model.network.conv1(batch)
    expected = inputs.mean((0, 2, 3)), inputs.var((0, 2, 3))
    torch.testing.assert_close(first.running_mean, expected[0], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(first.running_var, expected[1], rtol=1e-2, atol=1e-3)
    after = model.network.state_dict()
    assert all(v.equal(after[k]) for k, v in before.items() if "num_batches" not in k)
    assert not any(part.training for part in model.network.modules())
    with pytest.raises(weights.ModelError, match="no batch norm"):
        calibration.calibrate(embed.load(weights.resolve("random:test_vit:0")), None, 0)
