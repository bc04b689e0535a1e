"""Pictures as a person sees them on a screen, whatever their files store."""

import io
import re
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from compute.measure.sets.stimuli import StimulusError, readable

# Pillow warns at half of the size that it refuses, and of tags that show nothing
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module="PIL")

DECODING = "upright, sRGB, over white"
"""How :func:`seen` decodes; a part of what identifies a lab's set and its shards."""

LARGEST = 50_000_000
"""Pixels. To see one of so many takes up to 0.9 GB, and several are seen at once."""
MAX_BYTES = 8 * LARGEST
"""A picture of so many pixels without any compression: four channels of 16 bits each."""
WHITE = (255, 255, 255)
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
SPACES = {"GRAY": ("L", ("1", "L")), "RGB": ("RGB", None), "CMYK": ("CMYK", ("CMYK",))}
"""For colour spaces of profiles, the mode they describe, and the modes a picture may have."""
UNSCALED_KEYS = ("L;2", "L;4", "RGB;16B")
"""PNG pixels that Pillow scales to 8 bits, but not the transparent colour that goes with them."""
SRGB_GAMMA = 1 / 2.2
SRGB_CORNERS = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""Chromaticities of white, red, green and blue."""
CODED = re.compile(rb"\x00\x00\x00\x04cICP(.)(.)|colrnclx\x00(.)\x00(.)", re.DOTALL)
"""Primaries and transfer function by number (ITU-T H.273), in PNG and in AVIF."""
LIKE_SRGB = ({1, 2}, {1, 2, 6, 13})
"""Numbers of those of sRGB, of television's equal curve, and of no statement (2)."""
JP2_PROFILE = re.compile(rb"(....)colr[\x02\x03]..(.*)", re.DOTALL)
BITS_PER_SAMPLE, PHOTOMETRIC = 258, 262
"""Tags of TIFF."""


def _refuse(where: str, what: str) -> None:
    raise StimulusError(f"{where}: {what}")


def decoded(content: bytes, where: str) -> Image.Image:
    """The one picture of a file, in the mode and the orientation in which it is stored.

    Raises
    ------
    StimulusError
        Damaged, of more than :data:`LARGEST` pixels, or several pictures; ``where`` names the file.
    """
    with readable(where, "image"):
        try:
            image = Image.open(io.BytesIO(content))
        except UnidentifiedImageError as error:  # says where it stands in memory
            raise StimulusError(f"{where}: not a readable image (of no known format)") from error
        if image.width * image.height > LARGEST:
            n = f"{image.width:,} × {image.height:,} pixels"
            _refuse(where, f"{n}; save it with {LARGEST:,} at most")
        n_pictures = getattr(image, "n_frames", 1)
        stored = image.tile[0].args if image.tile else None
        image.load()
    if stored in UNSCALED_KEYS and "transparency" in image.info:
        _refuse(where, "a transparent colour of 2, 4 or 16 bits; save an alpha channel")
    # what follows the photograph in a telephone's file (MPO) is a preview or a map of its light
    if n_pictures > 1 and image.format != "MPO":
        _refuse(where, f"{n_pictures} pictures (frames or pages) in one file; save the one meant")
    return image


def seen(content: bytes, where: str) -> Image.Image:
    """The picture in RGB as a person sees it on a screen.

    Upright by its orientation tag; 16 bits scaled to 8; colours by the embedded profile, else
    taken for sRGB (CMYK: Adobe's convention); transparent parts over white.

    Parameters
    ----------
    content : bytes
        Of an image file.
    where : str
        Names the file in messages.

    Raises
    ------
    StimulusError
        As :func:`decoded`; or nobody can say how the picture looks: 32-bit numbers, a profile of
        another colour space than the picture's, another gamma, nothing but transparency.
    """
    image = decoded(content, where)
    with readable(where, "image"):
        profile, alpha = _profile(content, image), None
        if not profile and _has_other_colours(content, image):
            _refuse(where, "stored in a colour space without its profile; save it as sRGB")
        gamma = SRGB_GAMMA if profile or "srgb" in image.info else image.info.get("gamma")
        if gamma and abs(gamma - SRGB_GAMMA) > 0.02:
            _refuse(where, f"stored for a gamma of {gamma:.2f}; save it as sRGB")
        if image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info:
            _refuse(where, "CMYK without Adobe's mark, a negative to some programs; save it as RGB")
        ImageOps.exif_transpose(image, in_place=True)
        if image.mode in SIXTEEN_BITS:
            image, alpha = _eight_bits(image, where)
        elif image.has_transparency_data:
            mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
            image = image.convert({"L": "LA", "RGB": "RGBA"}[mode])
            image, alpha = image.convert(mode), image.getchannel("A")
        colour = _srgb(image, profile, where)
        if alpha is None:
            return colour
        if alpha.getextrema()[1] == 0:
            _refuse(where, "wholly transparent")
        over = Image.new("RGB", colour.size, WHITE)
        over.paste(colour, mask=alpha)
        return over


def grey(content: bytes, where: str) -> NDArray[np.float64]:
    """The levels of a grey picture, shape (height, width), from 0 to 255; upright.

    Raises
    ------
    StimulusError
        As :func:`seen`; or the picture has colours or transparent parts.
    """
    image = decoded(content, where)
    with readable(where, "image"):
        if image.mode in SIXTEEN_BITS:
            ImageOps.exif_transpose(image, in_place=True)
            return _sixteen_bits(image, where) / 257
        if image.has_transparency_data and image.convert("RGBA").getextrema()[3][0] < 255:
            _refuse(where, "expected a grey picture, found transparent parts")
        levels = np.asarray(seen(content, where))
        if np.ptp(levels, axis=2).max() > 2:
            _refuse(where, "expected a grey picture, found colours")
        return levels[:, :, 1].astype(np.float64)


def _profile(content: bytes, image: Image.Image) -> bytes | None:
    if image.format != "JPEG2000":
        return image.info.get("icc_profile")
    # Pillow does not read it
    found = JP2_PROFILE.search(content.partition(b"jp2c")[0])
    return found and found[2][: int.from_bytes(found[1]) - 11]


def _has_other_colours(content: bytes, image: Image.Image) -> bool:
    """Whether a file states other colours than those of sRGB, and Pillow does not follow."""
    corners = image.info.get("chromaticity", SRGB_CORNERS)
    if "srgb" not in image.info and not np.allclose(corners, SRGB_CORNERS, atol=0.01):
        return True
    found = CODED.search(content) if image.format in ("PNG", "AVIF") else None
    codes = [c[0] for c in found.groups() if c] if found else []
    return any(c not in known for c, known in zip(codes, LIKE_SRGB, strict=False))


def _sixteen_bits(image: Image.Image, where: str) -> NDArray[np.uint16]:
    tags = getattr(image, "tag_v2", {})
    stored = (np.max(tags.get(BITS_PER_SAMPLE, 16)), tags.get(PHOTOMETRIC, 1))
    if stored != (16, 1):  # Pillow neither scales 12 bits nor inverts where 0 is white
        _refuse(where, "a TIFF file of other than 16 bits from black to white; save it with 8 bits")
    return np.asarray(image)


def _eight_bits(image: Image.Image, where: str) -> tuple[Image.Image, Image.Image | None]:
    values, key = _sixteen_bits(image, where), image.info.get("transparency")
    alpha = None if key is None else Image.fromarray(np.uint8(255 * (values != key)))
    nearest = (values.astype(np.uint32) + 128) // 257
    return Image.fromarray(nearest.astype(np.uint8)), alpha


def _srgb(image: Image.Image, profile: bytes | None, where: str) -> Image.Image:
    if image.mode in ("I", "F"):
        _refuse(where, "32-bit numbers, of which nobody says what is white; save 8 or 16 bits")
    if image.mode == "LAB":
        source = ImageCms.createProfile("LAB")
    elif not profile:
        return image.convert("RGB")
    else:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        mode, modes = SPACES.get(space, (None, ()))
        if mode is None or (image.mode not in modes if modes else image.mode == "CMYK"):
            _refuse(where, f"a colour profile for {space} in a picture of {image.mode}")
        image = image.convert(mode)
    return ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
