"""Declared stimuli and their readers: formats on tiny files, published files where they are."""

import gzip
import io
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from tfrecord import TFRecordWriter

from compute.measure import ceilings, rdm, saliency, sets
from compute.measure.sets import classes, clickme, records, stimuli
from compute.measure.sets import similarity as judged
from compute.measure.sets.records import Record
from compute.measure.sets.stimuli import StimulusError
from ingest.locate import PRESENT, Located, sha256_of
from ingest.registry import SourceFile


def record(name: str = "tiny", **changes) -> Record:
    plain = dict.fromkeys(("title", "description", "url", "commit"), "x")
    plain |= {"role": "classes", "reader": "idx"}
    return Record(name=name, licence="x", citation="x", **(plain | changes))


# declarations


def test_every_declaration_is_whole():
    """Names are unique, subsets have a parent, an absent set says how to get it."""
    known = records.load_records()
    assert {"objects92", "peterson_animals", "things", "cifar10h", "clickme"} <= set(known)
    assert {"cifar10", "cifar100", "mnist", "fashion_mnist", "digits"} <= set(known)
    assert sum(name.startswith("peterson_") for name in known) == 6
    for declared in known.values():
        assert declared.licence and declared.citation and declared.url
        assert records.how_to_get(declared)


REQUIRED = ("name", "title", "description", "role", "reader", "url", "commit", "licence")


def declare(tmp_path, **changes) -> Path:
    entry = dict.fromkeys(REQUIRED, "x") | {"role": "classes", "reader": "idx"} | changes
    path = tmp_path / "inputs.yml"
    path.write_text(
        yaml.safe_dump({"stimuli": [{k: v for k, v in entry.items() if v is not None}]})
    )
    return path


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"colour": "red"}, "colour"),
        ({"licence": None}, "licence"),
        ({"role": "music"}, "music"),
        ({"reader": "pickle"}, "pickle"),
        ({"files": [{"path": "a", "url": "b"}]}, "sha256"),
    ],
)
def test_the_schema_is_closed(tmp_path, changes, says):
    """An unknown or missing key, role or reader is named."""
    with pytest.raises(StimulusError, match=says):
        records.load_records(declare(tmp_path, **changes))


def test_an_absent_set_says_how_to_get_it(monkeypatch):
    """The message holds the command, not a stack of paths."""
    monkeypatch.setattr(sets, "is_present", lambda r: False)
    monkeypatch.setattr(sets, "found_files", lambda r: [])
    with pytest.raises(StimulusError, match="aw fetch mnist"):
        sets.read("mnist")
    with pytest.raises(StimulusError, match="no stimulus set 'nonsense'"):
        sets.read("nonsense")


def test_another_file_under_the_same_name_is_refused(monkeypatch, tmp_path):
    """A checksum that differs names file and expectation."""
    file = SourceFile("mnist/x", "", "a" * 64, 1)
    found = Located(file, "checksum differs", tmp_path / "x", "b" * 64)
    monkeypatch.setattr(records, "locate_files", lambda r: (found,))
    with pytest.raises(StimulusError, match="expected aaaaaaaaaaaa"):
        sets.read("mnist")


# formats


def test_a_file_that_is_exchanged_after_its_checksum_was_taken_is_refused(tmp_path, monkeypatch):
    """What was read is looked at again: it is the file whose checksum was compared."""
    labels = tmp_path / "labels.bin"
    labels.write_bytes(b"published")
    located = Located(SourceFile("labels.bin", "", sha256_of(labels), 9), PRESENT, labels,
                      sha256_of(labels))  # fmt: skip

    def read(record, paths, *parts):
        labels.write_bytes(b"exchanged")
        return stimuli.Stimuli("tiny", ("a",))

    monkeypatch.setattr(sets, "load_records", lambda: {"tiny": record()})
    monkeypatch.setattr(sets, "found_files", lambda record: [located])
    monkeypatch.setattr(sets, "is_present", lambda record: True)
    monkeypatch.setitem(sets.READERS, record().reader, read)
    with pytest.raises(StimulusError, match=r"labels\.bin: has changed while it was read"):
        sets.read("tiny")


def cifar_bytes(labels: list[tuple[int, ...]], images: np.ndarray) -> bytes:
    planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return b"".join(bytes(a) + p.tobytes() for a, p in zip(labels, planes, strict=True))


def archive(path: Path, member: str, content: bytes) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return path


def test_cifar_archive_and_repack_hold_the_same_set(tmp_path):
    """The binary archive, its converted test batch, and the pixels that went in."""
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    content = cifar_bytes([(7,), (0,), (9,)], images)
    tar = archive(tmp_path / "a.tar.gz", "cifar-10-batches-bin/test_batch.bin", content)
    classes.convert_cifar10(tar, tmp_path / "b.npz")
    sets = [classes.read_cifar10(record(), [p]) for p in (tar, tmp_path / "b.npz")]
    assert sets[0].sha256 == sets[1].sha256
    for found in sets:
        assert found.labels.tolist() == [7, 0, 9]
        for i in range(3):
            np.testing.assert_array_equal(np.asarray(found.image(i)), images[i])


def test_cifar100_takes_the_fine_label(tmp_path):
    """Two label bytes, the second is the class."""
    images = np.zeros((2, 32, 32, 3), np.uint8)
    tar = archive(tmp_path / "a.tar.gz", "cifar-100-binary/test.bin",
                  cifar_bytes([(1, 42), (3, 99)], images))  # fmt: skip
    assert classes.read_cifar100(record(), [tar]).labels.tolist() == [42, 99]


def test_cifar_refuses_part_of_a_record_and_another_archive(tmp_path):
    """Both the size found and the size expected are named."""
    with pytest.raises(StimulusError, match=r"records of 3,073 bytes, found 3,072 bytes"):
        classes.cifar_records(bytes(3072), Path("x.bin"), 1)
    tar = archive(tmp_path / "a.tar.gz", "other.bin", b"x")
    with pytest.raises(StimulusError, match="test_batch"):
        classes.read_cifar10(record(), [tar])
    (tmp_path / "a.npz").write_bytes(b"\x80\x04pickle")
    with pytest.raises(StimulusError, match="not a readable NumPy file"):
        classes.read_cifar10(record(), [tmp_path / "a.npz"])


def idx(array: np.ndarray) -> bytes:
    head = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


def test_idx_is_read_as_it_was_written(tmp_path):
    """Images and labels, gzip or not; cut short or of another type they are refused."""
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    paths = [tmp_path / "i.gz", tmp_path / "l"]
    paths[0].write_bytes(gzip.compress(idx(images)))
    paths[1].write_bytes(idx(np.array([3, 1, 4, 1], np.uint8)))
    found = classes.read_idx(record(), paths)
    assert found.labels.tolist() == [3, 1, 4, 1]
    np.testing.assert_array_equal(np.asarray(found.image(2))[:, :, 1], images[2])
    whole = idx(images)
    for content, says in [
        (whole[:-1], "3,136 bytes"),
        (b"\0\0\x0d" + whole[3:], "idx file of bytes"),
        (b"\0\0\x08\x04" + b"\0\x01\0\0" * 4, "18,446,744,073,709,551,616 bytes"),
        (b"\0\0\x08\x05" + b"\xff" * 16 + b"\0" * 4, "readable idx file"),
    ]:
        with pytest.raises(StimulusError, match=says):
            classes.idx_array(content, Path("x"))
    with pytest.raises(StimulusError, match="not a readable gzip stream"):
        classes.idx_array(gzip.compress(whole)[:-9], Path("x.gz"))


def png(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()


def test_clickme_records_give_image_map_and_label(tmp_path):
    """What a writer wrote comes back; a corrupt picture and a cut file are refused by number."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    maps = rng.integers(0, 256, (2, 16, 16), dtype=np.uint8)
    path = tmp_path / "val-0.tfrecords"
    writer = TFRecordWriter(str(path))
    pictures = [*map(png, images), b"not an image"]
    for image, heat, label in zip(pictures, [*maps, maps[0]], (5, 9, 1), strict=True):
        example = {
            "image": (image, "byte"),
            "heatmap": (png(heat), "byte"),
            "label": (label, "int"),
        }
        writer.write(example)
    writer.close()
    content = path.read_bytes()
    found = clickme.read_clickme(record(), [path])
    assert found.labels.tolist() == [5, 9, 1]
    np.testing.assert_array_equal(np.asarray(found.image(1)), images[1])
    np.testing.assert_array_equal(found.maps(1), maps[1])
    human = np.stack([found.maps(0), found.maps(1)])
    assert saliency.map_similarity(human**2, human) == pytest.approx([1, 1])
    with pytest.raises(StimulusError, match=r"val-0\.tfrecords 3, image"):
        found.image(2)
    path.write_bytes(content[:-5])
    with pytest.raises(StimulusError, match="record 3 is not"):
        clickme.read_clickme(record(), [path])
    path.write_bytes(struct.pack("<Q", 3) + b"crc_" + b"\xff\xff\xff" + b"crc_")
    with pytest.raises(StimulusError, match=r"record 1 is not a tf\.train\.Example"):
        clickme.read_clickme(record(), [path])


# dissimilarities


def test_rdms_are_checked():
    """Shape, NaN and symmetry, each with the place."""
    good = np.ones((2, 4, 4)) - np.eye(4)
    assert stimuli.check_rdms(good, 4, Path("x.mat"), "people").shape == (2, 4, 4)
    assert stimuli.check_rdms(good[0], 4, Path("x.mat"), "people").shape == (1, 4, 4)
    for change, says in [
        (lambda r: r[:, :3], r"matrices of 4 × 4, found \(3, 4\)"),
        (lambda r: np.where(np.arange(4) == 2, np.nan, r), r"NaN at .*\[0, 0, 2\]"),
        (lambda r: r + np.arange(4), "symmetric"),
    ]:
        with pytest.raises(StimulusError, match=says):
            stimuli.check_rdms(change(good), 4, Path("x.mat"), "people")


@pytest.mark.filterwarnings("error")
def test_a_numpy_file_of_python_2_is_read_without_a_remark(tmp_path):
    """Its header has long integers, ``(2L, 2L)``."""
    values, file = np.arange(4.0).reshape(2, 2), tmp_path / "old.npy"
    np.save(file, values)
    file.write_bytes(file.read_bytes().replace(b"(2, 2), }  ", b"(2L, 2L), }"))
    assert b"2L" in file.read_bytes()
    assert np.array_equal(judged.npy(file), values)


def test_hellinger_is_its_definition():
    """0 for equal shares, 1 for none in common."""
    counts = np.array([[4, 0, 0], [0, 3, 3], [8, 0, 0], [1, 1, 0]])
    d = judged.hellinger(counts)
    p, q = counts[0] / 4, counts[3] / 2
    assert d[0, 3] == pytest.approx(np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2) / 2))
    assert d[0, 2] == 0 and d[0, 1] == 1 and (d == d.T).all()


def test_spose_rdm_is_its_definition():
    """Mean over the third object of the softmax over the three pairs."""
    e = np.random.default_rng(0).random((5, 3))
    s = np.exp(e @ e.T)
    d = judged.spose_rdm(e)
    for i, j in ((0, 1), (2, 4)):
        kept = [s[i, j] / (s[i, j] + s[i, k] + s[j, k]) for k in range(5) if k not in (i, j)]
        assert d[i, j] == d[j, i] == pytest.approx(1 - np.mean(kept))


# a lab's own folder


def test_a_folder_is_read(lab):
    """Images by name, labels, one matrix per person in the order of the images."""
    found = sets.read(str(lab.folder))
    assert found.ids == tuple(f"{i}.png" for i in range(6))
    assert found.labels.tolist() == [0, 1] * 3
    (judged,) = found.judgements
    assert judged.target == "behaviour" and judged.rdms.shape == (3, 6, 6)
    rows = (lab.folder / "dissimilarities.csv").read_text().splitlines()[1:]
    first = rows[0].split(",")
    assert judged.rdms[0, 0, 1] == float(first[-1])
    assert found.image(0).size == (40, 40)


def test_triplets_of_a_folder(lab):
    """Indices with the odd one last, and who chose it."""
    lab.write("triplets.csv", ["person", "image_a", "image_b", "odd"],
              [["p", "0.png", "1.png", "5.png"], ["q", "2.png", "3.png", "4.png"]])  # fmt: skip
    found = sets.read(str(lab.folder))
    assert found.triplets.tolist() == [[0, 1, 5], [2, 3, 4]]
    assert found.triplet_people.tolist() == [0, 1]


def test_the_first_stimuli_keep_their_judgements(lab):
    """A subset is cut out of images, labels and matrices alike."""
    whole = sets.read(str(lab.folder))
    part = whole.only([4, 1])
    assert part.ids == ("4.png", "1.png") and part.labels.tolist() == [0, 1]
    assert part.judgements[0].rdms[1, 0, 1] == whole.judgements[0].rdms[1, 4, 1]
    np.testing.assert_array_equal(np.asarray(part.image(0)), np.asarray(whole.image(4)))
    assert len(whole.first(4)) == 4 and whole.first(99) is whole


# published files


@pytest.mark.sources
def test_the_92_objects_are_the_published_ones(here):
    """16 people whose halves agree at .87 (odd against even), behaviour and IT at .39."""
    found = here("objects92")
    behaviour, human_it, monkey_it = found.judgements
    assert (behaviour.target, human_it.target, monkey_it.target) == (
        "behaviour", "human_it", "monkey_it",
    )  # fmt: skip
    assert behaviour.rdms.shape == (16, 92, 92) and human_it.rdms.shape == (4, 92, 92)
    halves = behaviour.rdms[::2].mean(0), behaviour.rdms[1::2].mean(0)
    assert rdm.pearson_alignment(*halves) == pytest.approx(0.871, abs=0.001)
    both = rdm.spearman_alignment(behaviour.mean, human_it.mean)
    assert both == pytest.approx(0.392, abs=0.001)
    assert found.image(0).size == (175, 175)


@pytest.mark.sources
@pytest.mark.parametrize(
    "name, n", [("animate", 48), ("inanimate", 44), ("faces", 24), ("artificial", 21)]
)
def test_a_subset_of_the_objects_is_cut_out_of_them(here, name, n):
    """Its matrices are rows and columns of the whole."""
    whole, part = here("objects92"), here(f"objects92_{name}")
    assert len(part) == n and part.parent == "objects92"
    expected = whole.judgements[0].rdms[:, part.index][:, :, part.index]
    np.testing.assert_array_equal(part.judgements[0].rdms, expected)


@pytest.mark.sources
def test_published_sets_without_images(here):
    """Animals in two batches; 48 objects of THINGS, which their embedding predicts."""
    animals = here("peterson_animals")
    assert animals.image is None and animals.judgements[0].rdms.shape == (2, 120, 120)
    assert ceilings.split_half(animals.judgements[0].rdms).mean() > 0.5
    things = here("things")
    measured, predicted = (j.mean for j in things.judgements)
    assert rdm.pearson_alignment(measured, predicted) > 0.85


@pytest.mark.sources
def test_cifar10h_is_derived_and_says_so(here):
    """500 ambiguous images whose two halves of labels agree."""
    found = here("cifar10h")
    assert len(found) == judged.N_AMBIGUOUS
    (halves,) = found.judgements
    assert halves.is_derived and halves.unit == "half"
    assert ceilings.split_half(halves.rdms, "spearman").mean() > 0.7


def test_digits_come_with_scikit_learn():
    """1,797 digits of the package, scaled to bytes."""
    found = sets.read("digits")
    assert len(found) == 1797 and set(found.labels) == set(range(10))
    assert max(np.asarray(found.image(i)).max() for i in range(20)) == 255
    assert found.sha256
