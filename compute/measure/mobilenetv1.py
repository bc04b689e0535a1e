"""MobileNetV1 at the widths that timm has no name for: .75, .5, .25.

Importing this module registers them with timm. Import timm through
:mod:`compute.measure.backend` first.
"""

from timm.models import generate_default_cfgs, register_model
from timm.models.efficientnet import EfficientNet, _cfg, _gen_mobilenet_v1

default_cfgs = generate_default_cfgs(
    {
        "mobilenetv1_075.untrained": _cfg(input_size=(3, 192, 192)),
        "mobilenetv1_050.untrained": _cfg(input_size=(3, 160, 160)),
        "mobilenetv1_025.untrained": _cfg(input_size=(3, 128, 128)),
    }
)


@register_model
def mobilenetv1_075(pretrained: bool = False, **kwargs) -> EfficientNet:
    """MobileNetV1 with three quarters of the channels (Howard et al. 2017)."""
    return _gen_mobilenet_v1("mobilenetv1_075", 0.75, pretrained=pretrained, **kwargs)


@register_model
def mobilenetv1_050(pretrained: bool = False, **kwargs) -> EfficientNet:
    """MobileNetV1 with half of the channels (Howard et al. 2017)."""
    return _gen_mobilenet_v1("mobilenetv1_050", 0.5, pretrained=pretrained, **kwargs)


@register_model
def mobilenetv1_025(pretrained: bool = False, **kwargs) -> EfficientNet:
    """MobileNetV1 with a quarter of the channels (Howard et al. 2017)."""
    return _gen_mobilenet_v1("mobilenetv1_025", 0.25, pretrained=pretrained, **kwargs)
