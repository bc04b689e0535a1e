"""Pictures in every form that files of them take: as a person sees them, or refused in one line."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from compute.measure import sets
from compute.measure.sets.pictures import grey, seen
from compute.measure.sets.stimuli import StimulusError

Turn = Image.Transpose
STORED_AS = {
    2: Turn.FLIP_LEFT_RIGHT, 3: Turn.ROTATE_180, 4: Turn.FLIP_TOP_BOTTOM, 5: Turn.TRANSPOSE,
    6: Turn.ROTATE_90, 7: Turn.TRANSVERSE, 8: Turn.ROTATE_270,
}  # fmt: skip
"""How an upright picture is laid down for each EXIF orientation."""


def picture(seed: int) -> np.ndarray:
    """A smooth photograph: three waves of its own, shape (36, 48, 3)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:36, 0:48][..., None]
    slopes, phases = rng.uniform(0.02, 0.12, (2, 3)), rng.uniform(0, 6, 3)
    return np.uint8(128 + 100 * np.sin(slopes[0] * x + slopes[1] * y + phases))


BEST = {"quality": 100, "subsampling": 0}


def file(image: Image.Image, form: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def png(bits: int, colour: int, rows: np.ndarray, **chunks: bytes) -> bytes:
    """A PNG file of kinds that Pillow does not write; rows are bytes, after width and height."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    width, height, lines = rows
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + line for line in lines))
    named = [(n.encode(), d) for n, d in chunks.items()]
    whole = [(b"IHDR", head), *named, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*c) for c in whole)


ADOBE_RGB = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
"""Linear colours to XYZ under D50, as the profiles of the two spaces state it."""


def profile(space: bytes, gamma: float = 2.2) -> bytes:
    """An ICC profile: the primaries of Adobe RGB, or grey."""
    s15 = [struct.pack(">4i", 0, *np.int32(np.rint(65536 * v))) for v in ADOBE_RGB.T]
    white = struct.pack(">4i", 0, *np.int32([63190, 65536, 54061]))
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256)) + b"\0\0"
    tags = {
        b"wtpt": b"XYZ " + white,
        b"desc": b"desc" + struct.pack(">II", 0, 2) + b"x" + bytes(80),
    }
    if space == b"RGB ":
        tags |= {c + b"XYZ": b"XYZ " + v for c, v in zip((b"r", b"g", b"b"), s15, strict=True)}
        tags |= {c + b"TRC": curve for c in (b"r", b"g", b"b")}
    else:
        tags[b"kTRC"] = curve
    table, data, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", at + len(data), len(content))
        data += content
    head = struct.pack(">I4sI4s4s4s", at + len(data), b"", 0x02400000, b"mntr", space, b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + data


def from_adobe(values: np.ndarray) -> np.ndarray:
    """Adobe RGB to sRGB by the two definitions."""
    linear = (values / 255) ** 2.2 @ ADOBE_RGB.T @ np.linalg.inv(SRGB).T
    linear = np.clip(linear, 0, 1)
    low = linear <= 0.0031308
    return 255 * np.where(low, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def over_white(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha[..., None] / 255
    return values * share + 255 * (1 - share)


def grey_rgb(levels: np.ndarray) -> np.ndarray:
    return np.repeat(np.asarray(levels)[..., None], 3, axis=2)


def jp2(image: Image.Image, icc: bytes) -> bytes:
    """A JPEG 2000 file with a colour profile, which Pillow does not write."""

    def box(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content) + 8) + name + content

    content = file(image, "JPEG2000")
    start, end = content.index(b"jp2h") - 4, content.index(b"jp2c") - 4
    colours = box(b"colr", b"\2\0\0" + icc)
    return content[:start] + box(b"jp2h", content[start + 8 : start + 30] + colours) + content[end:]


def forms(a: np.ndarray) -> dict[str, tuple[bytes, np.ndarray, float]]:
    """Files of one picture: content, the picture as a person sees it, and the coding's loss."""
    rgb, lossy = Image.fromarray(a), 16
    level = np.asarray(rgb.convert("L"))
    deep, alpha = level.astype(np.uint16) * 257, np.uint8(np.linspace(0, 255, 48) + 0 * level)
    l_image, a_image = Image.fromarray(level), Image.fromarray(alpha)
    rgba, la = Image.merge("RGBA", (*rgb.split(), a_image)), Image.merge("LA", (l_image, a_image))
    few, bits = rgb.quantize(32), l_image.convert("1")
    chosen, colour = few.getpixel((9, 9)), tuple(int(v) for v in a[9, 9])
    few_rgb = np.asarray(few.convert("RGB"))
    without = {
        "few": np.where((np.asarray(few) == chosen)[..., None], 255, few_rgb),
        "rgb": np.where((a == colour).all(axis=2)[..., None], 255, a),
        "level": grey_rgb(np.where(level == level[9, 9], 255, level)),
    }
    ink = 255 - a.astype(int)
    black = ink.min(axis=2)
    cmyk = Image.fromarray(np.uint8(np.dstack([ink - black[..., None], black])), "CMYK")
    inked = (255 - (ink - black[..., None])) * (255 - black[..., None]) / 255
    lab = ImageCms.profileToProfile(
        rgb, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    rgba_few = rgba.quantize(64)
    few_seen = over_white(*np.split(np.asarray(rgba_few.convert("RGBA")), [3], axis=2)[:1],
                          np.asarray(rgba_few.convert("RGBA"))[..., 3])  # fmt: skip
    deep_rows = [row.tobytes() for row in (a.astype(">u2") * 257).reshape(36, -1)]
    adobe, dark = profile(b"RGB "), profile(b"GRAY", 1.8)
    made = {
        "rgb.png": (file(rgb, "PNG"), a, 0),
        "rgb.bmp": (file(rgb, "BMP"), a, 0),
        "rgb.tif": (file(rgb, "TIFF"), a, 0),
        "lzw.tiff": (file(rgb, "TIFF", compression="tiff_lzw"), a, 0),
        "x.tif": (file(rgb.convert("RGBX"), "TIFF"), a, 0),
        "best.jpg": (file(rgb, "JPEG", **BEST), a, lossy),
        "steps.jpeg": (file(rgb, "JPEG", **BEST, progressive=True), a, lossy),
        "two.jpg": (file(rgb, "MPO", **BEST, save_all=True, append_images=[rgb]), a, lossy),
        "few.png": (file(few, "PNG"), few_rgb, 0),
        "few.gif": (file(few, "GIF"), few_rgb, 0),
        "few.bmp": (file(few, "BMP"), few_rgb, 0),
        "bits.png": (file(bits, "PNG"), bits.convert("RGB"), 0),
        "bits.tif": (file(bits, "TIFF"), bits.convert("RGB"), 0),
        "grey.png": (file(l_image, "PNG"), grey_rgb(level), 0),
        "grey.jpg": (file(l_image, "JPEG", **BEST), grey_rgb(level), lossy),
        "grey16.png": (file(Image.fromarray(deep), "PNG"), grey_rgb(level), 0),
        "grey16.tif": (file(Image.fromarray(deep), "TIFF"), grey_rgb(level), 0),
        "grey16b.tif": (file(Image.fromarray(deep.astype(">u2")), "TIFF"), grey_rgb(level), 0),
        "rgb16.png": (png(16, 2, (48, 36, deep_rows)), a, 0),
        "cmyk.jpg": (file(cmyk, "JPEG", **BEST), inked, lossy),
        "cmyk.tif": (file(cmyk, "TIFF"), inked, 1),
        "ycbcr.tif": (file(rgb.convert("YCbCr"), "TIFF"), a, 4),
        "lab.tif": (file(lab, "TIFF"), a, 40),
        "alpha.png": (file(rgba, "PNG"), over_white(a, alpha), 1),
        "alpha.tif": (file(rgba, "TIFF"), over_white(a, alpha), 1),
        "grey_alpha.png": (file(la, "PNG"), over_white(grey_rgb(level), alpha), 1),
        "grey_alpha.tif": (file(la, "TIFF"), over_white(grey_rgb(level), alpha), 1),
        "few_alpha.png": (file(rgba_few, "PNG"), few_seen, 1),
        "few_key.png": (file(few, "PNG", transparency=chosen), without["few"], 0),
        "few_key.gif": (file(few, "GIF", transparency=chosen), without["few"], 0),
        "key.png": (file(rgb, "PNG", transparency=colour), without["rgb"], 0),
        "grey_key.png": (file(l_image, "PNG", transparency=int(level[9, 9])), without["level"], 0),
        "grey16_key.png": (
            file(Image.fromarray(deep), "PNG", transparency=int(deep[9, 9])), without["level"], 0,
        ),
        "adobe.png": (file(rgb, "PNG", icc_profile=adobe), from_adobe(a), 2),
        "adobe.jpg": (file(rgb, "JPEG", icc_profile=adobe, **BEST), from_adobe(a), 20),
        "adobe_alpha.png": (
            file(rgba, "PNG", icc_profile=adobe), over_white(from_adobe(a), alpha), 2,
        ),
        "dark.png": (
            file(l_image, "PNG", icc_profile=dark),
            grey_rgb(from_adobe(grey_rgb(255 * (level / 255) ** (1.8 / 2.2)))[..., 1]), 3,
        ),
        "rgb_grey.png": (file(l_image, "PNG", icc_profile=adobe), from_adobe(grey_rgb(level)), 2),
    }  # fmt: skip
    for code in range(9):
        exif = Image.Exif()
        exif[0x0112] = code
        laid = rgb.transpose(STORED_AS[code]) if code in STORED_AS else rgb
        made[f"exif{code}.jpg"] = (file(laid, "JPEG", **BEST, exif=exif), a, lossy)
        if code in (3, 6):
            made[f"exif{code}.png"] = (file(laid, "PNG", exif=exif), a, 0)
            made[f"exif{code}.tif"] = (file(laid, "TIFF", exif=exif), a, 0)
        if code == 6 and features.check("webp"):
            made["exif6.webp"] = (file(laid, "WEBP", exif=exif, lossless=True), a, 0)
    if features.check("webp"):
        made["alpha.webp"] = (
            file(rgba, "WEBP", lossless=True, exact=True), over_white(a, alpha), 1,
        )  # fmt: skip
        made["best.webp"] = (file(rgb, "WEBP", quality=98), a, lossy)
    if features.check("jpg_2000"):
        made["alpha.jp2"] = (file(rgba, "JPEG2000"), over_white(a, alpha), 1)
        made["adobe.jp2"] = (jp2(rgb, adobe), from_adobe(a), 2)
        made["grey16.jp2"] = (file(Image.fromarray(deep), "JPEG2000"), grey_rgb(level), 0)
    if features.check("avif"):
        made["best.avif"] = (file(rgb, "AVIF", quality=98), a, lossy)
    return made


@pytest.mark.compute
def test_two_hundred_mixed_photographs_are_embedded_as_people_see_them(tmp_path):
    """Pixels within the loss of each coding; features near to those of the right picture."""
    from compute.measure import embed, weights

    made = [(f"{seed}_{n}", *v) for seed in range(4) for n, v in forms(picture(seed)).items()]
    assert len(made) >= 200
    (tmp_path / "mixed" / "images").mkdir(parents=True)
    for name, content, _, _ in made:
        (tmp_path / "mixed" / "images" / name).write_bytes(content)
    found = sets.read(str(tmp_path / "mixed"))
    expected = {name: np.asarray(as_seen, float) for name, _, as_seen, _ in made}
    right = [Image.fromarray(np.uint8(np.rint(expected[name]))) for name in found.ids]
    loss = {name: loss for name, _, _, loss in made}
    for i, name in enumerate(found.ids):
        image = found.image(i)
        assert image.mode == "RGB" and image.size == (48, 36), name
        assert np.abs(np.asarray(image, float) - expected[name]).max() <= loss[name] + 0.51, name
    model = embed.load(weights.resolve("random:test_resnet:0"))
    as_found, as_seen = (
        embed.embed(model, picture, len(right), device="cpu")[0]
        for picture in (found.image, right.__getitem__)
    )
    off = np.linalg.norm(as_found - as_seen, axis=1)
    between = np.linalg.norm(as_seen[:, None] - as_seen, axis=2)
    exact = np.array([loss[name] == 0 for name in found.ids])
    assert off[exact].max() < 1e-4
    assert off.max() < 0.2 * np.median(between)


A = picture(0)
RGB = Image.fromarray(A)
LONG = {"save_all": True, "append_images": [Image.fromarray(picture(1))]}
GREY = Image.fromarray(A[..., 0])
NCLX = b"colrnclx\0%c"
WIDE_AVIF = file(RGB, "AVIF").replace(NCLX % 1, NCLX % 12) if features.check("avif") else None
DISPLAY_P3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no known format"),
        (b"not a picture", "no known format"),
        (file(RGB, "JPEG")[:500], "not a readable image"),
        (file(RGB, "PNG")[:-500], "not a readable image"),
        (png(1, 0, (20_000, 10_000, [])), "200000000 pixels"),
        (png(1, 0, (8_000, 7_000, [])), "8,000 × 7,000 pixels; save it with 50,000,000 at most"),
        (file(RGB, "GIF", **LONG), "2 pictures"),
        (file(RGB, "PNG", **LONG), "2 pictures"),
        (file(RGB, "TIFF", **LONG), "2 pictures"),
        (file(Image.fromarray(A[..., 0].astype(np.int32)), "TIFF"), "32-bit"),
        (file(Image.fromarray(A[..., 0].astype(np.float32)), "TIFF"), "32-bit"),
        (file(Image.fromarray(A[..., 0].astype(np.uint16)), "TIFF", tiffinfo={262: 0}), "from"),
        (file(RGB.convert("CMYK"), "TIFF", icc_profile=profile(b"RGB ")), "profile for RGB in"),
        (file(RGB, "PNG", icc_profile=profile(b"GRAY")), "profile for GRAY in a picture of RGB"),
        (file(RGB.convert("CMYK"), "JPEG").replace(b"Adobe", b"other", 1), "without Adobe's mark"),
        (file(RGB, "PNG", icc_profile=b"no profile"), "not a readable image"),
        (png(8, 0, (2, 1, [b"\x01\x02"]), gAMA=struct.pack(">I", 100_000)), "gamma of 1.00"),
        (png(8, 0, (2, 1, [b"\x01\x02"]), cICP=bytes([12, 13, 0, 1])), "without its profile"),
        (png(8, 0, (2, 1, [b"\x01\x02"]), cHRM=DISPLAY_P3), "without its profile"),
        *([(WIDE_AVIF, "without its profile")] if WIDE_AVIF else []),
        (png(4, 0, (2, 1, [b"\x5f"]), tRNS=b"\0\5"), "transparent colour of 2, 4 or 16"),
        (file(Image.new("RGBA", (4, 4)), "PNG"), "wholly transparent"),
    ],
)  # fmt: skip
def test_what_nobody_can_see_is_refused_by_name(content, says):
    """Damaged, too large, several in one, of unknown white or colours: one line with the file."""
    with pytest.raises(StimulusError, match=says) as refused:
        seen(content, "x.img")
    assert str(refused.value).startswith("x.img: ") and "\n" not in str(refused.value)


def test_a_map_is_read_in_its_own_depth_and_is_grey():
    """Faint maps of 16 bits keep their order; colours and transparent parts are refused."""
    faint = np.arange(64, dtype=np.uint16).reshape(8, 8)
    found = grey(file(Image.fromarray(faint), "PNG"), "m.png")
    np.testing.assert_allclose(found, faint / 257)
    np.testing.assert_array_equal(grey(file(GREY, "PNG"), "m.png"), A[..., 0])
    np.testing.assert_array_equal(grey(file(GREY.convert("RGBA"), "PNG"), "m.png"), A[..., 0])
    for image, says in ((RGB, "colours"), (Image.new("LA", (4, 4)), "transparent parts")):
        with pytest.raises(StimulusError, match=says):
            grey(file(image, "PNG"), "m.png")
