"""The compute extra: timm imports and a network runs on the CPU."""

import pytest

torch = pytest.importorskip("torch", reason="the compute extra is not installed: make compute")
pytestmark = pytest.mark.compute


def test_a_timm_model_embeds_reproducibly():
    """One network, one seed, one image: one embedding of the announced width."""
    from compute.measure.backend import import_timm

    timm = import_timm()
    torch.manual_seed(0)
    model = timm.create_model("test_vit", pretrained=False, num_classes=0).eval()
    image = torch.rand(2, *model.default_cfg["input_size"])
    with torch.inference_mode():
        first, second = model(image), model(image)
    assert first.shape == (2, model.num_features)
    assert torch.equal(first, second)
    assert torch.isfinite(first).all()
    assert not torch.allclose(first[0], first[1])
