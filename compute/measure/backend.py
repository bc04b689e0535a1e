"""Import torch, and timm with our architectures, also where torchvision does not fit torch."""

import importlib.util
from pathlib import Path
from types import ModuleType

_library = None


def import_torch() -> ModuleType:
    """Import torch, or say how to get it.

    Raises
    ------
    ImportError
        The extra is not installed; the message names the command.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("embeddings and probes need the compute extra: make compute") from error
    return torch


def import_timm() -> ModuleType:
    """Import timm, defining torchvision's operators first if they cannot be loaded.

    Returns
    -------
    module
        timm.

    Raises
    ------
    ImportError
        As :func:`import_torch`.

    Notes
    -----
    A torchvision built for CUDA cannot load its operators beside a CPU-only torch, and then
    ``import torchvision``, on which timm rests, fails on the missing schema of ``nms``. No model
    here uses detection operators, so naming their schemas is enough. With operators that load,
    nothing is defined.
    """
    global _library
    torch = import_torch()
    spec = importlib.util.find_spec("torchvision")
    if spec is not None and spec.origin and _library is None:
        for compiled in sorted(Path(spec.origin).parent.glob("_C*.so")):
            try:
                torch.ops.load_library(str(compiled))
            except OSError:
                _library = torch.library.Library("torchvision", "FRAGMENT")
                _library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
                _library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
                break
    import timm

    import compute.measure.mobilenetv1
    import compute.measure.squeezenet  # noqa: F401  both register their names

    return timm
