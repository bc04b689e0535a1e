"""The decoder of Deep Compression's file, and the network that its weights make."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute.measure import embed, rdm, sets, weights
from compute.measure.backend import import_timm
from compute.measure.sets.records import is_present, load_records
from ingest.locate import PRESENT

import_timm()

from compute.measure.squeezenet import CompressedFileError, decompress  # noqa: E402

pytestmark = pytest.mark.compute

NAME = "squeezenet1_0_deep_compression"
SHAPES = [(4, 2, 3, 3), (3, 40, 1, 1), (2, 3, 1, 1)]
SPANS = 15
"""A gap of more weights than this needs entries of its own."""


def layer(rng: np.random.Generator, shape: tuple, kept: float) -> tuple:
    """Codebook, biases and codes of each weight; code 0 where a weight is pruned away."""
    codebook = rng.normal(size=256).astype("<f4")
    codebook[0] = 0
    codes = rng.integers(1, 256, np.prod(shape)) * (rng.random(np.prod(shape)) < kept)
    return codebook, rng.normal(size=shape[0]).astype("<f4"), codes.astype(np.uint8)


def compress(layers: list[tuple]) -> bytes:
    """What :func:`decompress` reads."""
    counts, body = [], b""
    for codebook, biases, codes in layers:
        entries, gaps, passed = [], [], 0
        for code in codes:
            if code or passed == SPANS:
                entries.append(code)
                gaps.append(passed)
                passed = 0
            else:
                passed += 1
        counts.append(len(entries))
        gaps += [0] * (len(gaps) % 2)
        packed = np.array(gaps, np.uint8).reshape(-1, 2) @ np.array([1, 16], np.uint8)
        body += codebook.tobytes() + biases.tobytes() + bytes(entries)
        body += packed.astype(np.uint8).tobytes()
    return np.array(counts, "<u4").tobytes() + body


@pytest.fixture
def layers() -> list[tuple]:
    """A dense layer, one of few weights far apart, and one without any."""
    rng = np.random.default_rng(0)
    return [layer(rng, shape, k) for shape, k in zip(SHAPES, (0.9, 0.03, 0), strict=True)]


def test_a_compressed_file_gives_back_its_weights(layers):
    """Far gaps, odd numbers of entries and layers without an entry included."""
    found = decompress(compress(layers), SHAPES, Path("a.net"))
    for (codebook, biases, codes), shape, (weight, bias) in zip(layers, SHAPES, found, strict=True):
        np.testing.assert_array_equal(weight, codebook[codes].reshape(shape))
        np.testing.assert_array_equal(bias, biases)


def test_a_file_of_another_length_is_refused(layers):
    """Cut anywhere, or with anything behind it."""
    whole = compress(layers)
    for wrong in (*(whole[:n] for n in range(len(whole))), whole + b"\0", whole * 2):
        with pytest.raises(CompressedFileError, match=r"^a\.net: expected [^\n]*, found [^\n]*$"):
            decompress(wrong, SHAPES, Path("a.net"))


def test_wrong_numbers_are_refused(layers):
    """An entry beyond the last weight; a bias that is no number."""
    layers[1][1][0] = np.nan
    with pytest.raises(CompressedFileError, match="finite numbers in layer 2"):
        decompress(compress(layers), SHAPES, Path("a.net"))
    with pytest.raises(CompressedFileError, match="44 weights in layer 1, found one at"):
        decompress(compress(layers[:1]), [(4, 11)], Path("a.net"))


@pytest.fixture(scope="module")
def published() -> embed.Model:
    """The network with the published weights."""
    if weights.load_weights()[NAME].locate().status != PRESENT:
        pytest.skip(f"{weights.load_weights()[NAME].how_to_get} (or AW_MIRROR=…)")
    return embed.load(weights.resolve(NAME))


@pytest.fixture(scope="module")
def objects92() -> sets.Stimuli:
    """The 92 objects."""
    if not is_present(load_records()["objects92"]):
        pytest.skip("objects92 is not here: aw fetch objects92 (or AW_MIRROR=…)")
    return sets.read("objects92")


def seen(model: embed.Model, stimuli: sets.Stimuli) -> tuple[np.ndarray, np.ndarray]:
    """Features and classes of every image."""
    import torch

    images = torch.stack([model.transform(stimuli.image(i)) for i in range(len(stimuli))])
    with torch.inference_mode():
        positions = model.network.forward_features(images)
        features = model.network.forward_head(positions, pre_logits=True)
        return features.numpy(), model.network.forward_head(positions).numpy()


@pytest.mark.parametrize(
    "crop_pct, expected", [(None, (0.482, 0.526)), (1.0, (0.475, 0.554))], ids=["crop", "whole"]
)
def test_the_published_network_agrees_with_people(published, objects92, crop_pct, expected):
    """Pearson of features and classes over the 92 objects, cropped as Caffe does or not."""
    spec = published.spec
    if crop_pct:
        spec = replace(spec, preprocess=spec.preprocess | {"crop_pct": crop_pct})
    people = objects92.judgements[0].mean[np.triu_indices(92, 1)]
    for values, pearson in zip(seen(embed.load(spec), objects92), expected, strict=True):
        found = rdm.distances(values, "cosine")[np.triu_indices(92, 1)]
        assert np.corrcoef(found, people)[0, 1] == pytest.approx(pearson, abs=0.002)


def test_the_published_network_names_what_it_sees(published, objects92):
    """ImageNet's zebra, elephant, lion, banana and pineapple, which stand among the 92 objects.

    With blue and red changed over, or the mean left in, it does not.
    """
    _, classes = seen(published, objects92)
    at = {31: 340, 32: 385, 46: 291, 62: 954, 67: 953}
    assert {i: int(classes[i].argmax()) for i in at} == at
