"""SqueezeNet 1.0 as its authors trained it, and a reader of its weights in Deep Compression's file.

Importing this module registers the network with timm. Import timm through
:mod:`compute.measure.backend` first.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from torchvision.models import SqueezeNet

from ingest import Explained

CODEBOOK = 256
"""Entries of a layer's codebook: every weight that is kept has a code of eight bits."""


class CompressedFileError(Explained):
    """A file that is not Deep Compression's of this network."""


class CaffeSqueezeNet(SqueezeNet):
    """torchvision's SqueezeNet 1.0 with the padding of the published Caffe definition.

    There the last convolution, of 1 × 1, has a padding of 1: a ring of positions that see the bias
    alone counts in the mean of each class (``SqueezeNet_deploy.prototxt``, layer ``conv_final``).
    """

    num_features = head_hidden_size = 512

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__("1_0", num_classes)
        self.num_classes = num_classes
        self.classifier[1].padding = (1, 1)

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """The output of the last fire module, shape (n, 512, height, width)."""
        return self.features(x)

    def forward_head(self, x: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """Classes, shape (n, num_classes); before them the mean over positions, shape (n, 512)."""
        return (x if pre_logits else self.classifier(x)).mean((2, 3))


default_cfgs = generate_default_cfgs(
    {
        "squeezenet1_0.untrained": {
            "input_size": (3, 227, 227), "crop_pct": 227 / 256, "interpolation": "bilinear",
            "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225),
            "num_classes": 1000, "first_conv": "features.0", "classifier": "classifier.1",
        }
    }
)  # fmt: skip


@register_model
def squeezenet1_0(pretrained: bool = False, **kwargs) -> CaffeSqueezeNet:
    """SqueezeNet 1.0 (Iandola et al. 2016); untrained, it begins as torchvision's does."""
    return build_model_with_cfg(
        CaffeSqueezeNet, "squeezenet1_0", pretrained, kwargs_filter=("in_chans",), **kwargs
    )


def decompress(
    content: bytes, shapes: list[tuple[int, ...]], path: Path
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Weights and biases of convolutions in a file of Deep Compression (Han et al. 2016).

    Parameters
    ----------
    content : bytes
        Little-endian: the number of entries of each layer (32 bits each), then layer by layer a
        codebook of 256 floats, the biases, one code of a byte per entry, and one gap of four bits
        per entry, the lower half of a byte first: how many weights are passed over before it.
        A gap of more than 15 is spanned by entries that stand for the value of code 0, as the
        weights that are passed over do.
    shapes : list of tuple of int
        Of the weights of each layer, output channels first, in the order of the file.
    path : Path
        For messages.

    Returns
    -------
    list of (ndarray, ndarray)
        Weights of the given shape, and biases, one per output channel.

    Raises
    ------
    CompressedFileError
        The file is longer or shorter than its numbers of entries say, an entry lies beyond its
        layer's weights, or a value is not finite.
    """

    def expect(holds: bool, expected: str, found: object) -> None:
        if not holds:
            raise CompressedFileError(f"{path}: expected {expected}, found {found}")

    head = 4 * len(shapes)
    expect(len(content) >= head, f"{len(shapes)} numbers of entries", f"{len(content)} bytes")
    n_entries = np.frombuffer(content[:head], "<u4").astype(int)
    sizes = [
        (4 * (CODEBOOK + shape[0]), n, (n + 1) // 2)
        for n, shape in zip(n_entries, shapes, strict=True)
    ]
    size = head + sum(map(sum, sizes))
    expect(len(content) == size, f"{size:,} bytes by its numbers of entries", f"{len(content):,}")
    at, layers = head, []
    for i, (parts, shape) in enumerate(zip(sizes, shapes, strict=True), 1):
        first, second, third, end = np.cumsum([at, *parts])
        floats = np.frombuffer(content[first:second], "<f4")
        codes = np.frombuffer(content[second:third], np.uint8)
        halves = np.frombuffer(content[third:end], np.uint8)
        gaps = np.stack([halves & 15, halves >> 4], axis=1).ravel()[: len(codes)].astype(int)
        places = np.cumsum(gaps + 1) - 1
        weights = np.full(np.prod(shape), floats[0])
        last = places[-1] if len(places) else -1
        expect(last < len(weights), f"{len(weights):,} weights in layer {i}", f"one at {last:,}")
        expect(np.isfinite(floats).all(), f"finite numbers in layer {i}", "others")
        weights[places] = floats[codes]
        layers.append((weights.reshape(shape), floats[CODEBOOK:].copy()))
        at = end
    return layers


def read_compressed(content: bytes, path: Path) -> dict[str, torch.Tensor]:
    """The tensors of the published file under the names that :class:`CaffeSqueezeNet` has.

    Caffe's images have the channels blue, green, red; the first layer is turned round, so that it
    takes red, green, blue.

    Raises
    ------
    CompressedFileError
        Not such a file.
    """
    own = CaffeSqueezeNet().state_dict()
    names = [key.removesuffix(".weight") for key in own if key.endswith(".weight")]
    shapes = [tuple(own[f"{name}.weight"].shape) for name in names]
    layers = decompress(content, shapes, path)
    state = {
        f"{name}.{part}": torch.from_numpy(values)
        for name, layer in zip(names, layers, strict=True)
        for part, values in zip(("weight", "bias"), layer, strict=True)
    }
    first = f"{names[0]}.weight"
    return state | {first: state[first].flip(1)}
