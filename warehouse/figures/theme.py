"""The look that all charts share, and how a chart becomes a file or what a browser draws.

No colours of text or background are set, so that a chart follows the light or dark theme of the
app and is black on white in print.
"""

import re
import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import altair as alt
import pandas as pd
import vl_convert

FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
BLUE, GREEN, VERMILION, PINK = "#0072b2", "#009e73", "#d55e00", "#cc79a7"
"""Okabe and Ito's colours, distinct for colour-blind readers, legible on white and on black."""

GREY = "#888888"
HUMAN, MODEL = VERMILION, BLUE
"""People and models, on every chart of trials."""

RANKS = [BLUE, "#8d6cab", VERMILION]
"""From the best to the worst, or from many to few: all of it is seen on white and on black."""

TILES = {BLUE: "#006ba8", VERMILION: "#bf5300", PINK: "#a8557f", GREY: "#747474"}
"""The same colours, dark enough to write on in white."""


LETTERS = 11
"""Size of the letters of a chart in pixels."""


@alt.theme.register("warehouse", enable=True)
def _look() -> alt.theme.ThemeConfig:
    text = {"labelFontSize": LETTERS, "titleFontSize": LETTERS + 1, "titleFontWeight": "normal"}
    lines = {"grid": True, "gridColor": GREY, "gridOpacity": 0.2}
    # d3 writes 37%; everywhere else stands 37 %
    number = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]}
    config = {
        "locale": {"number": number | {"percent": "\N{NO-BREAK SPACE}%"}},
        "font": FONT,
        "view": {"stroke": None},
        "axis": {"grid": False, **text},
        "axisQuantitative": lines,
        "axisTemporal": lines,
        "axisY": {"labelFlush": False},
        # a symbol would be as faint as the band or the line that it stands for
        "legend": {**text, "symbolOpacity": 1, "gradientOpacity": 1},
    }
    return {"config": config}


_ALTAIR = threading.Lock()
"""What Altair does with rows is one setting for all threads: hold it while it is another."""


def specification(chart: alt.TopLevelMixin) -> dict:
    """What a browser draws a chart from; its rows are data frames under ``datasets``.

    Checked against Vega-Lite's schema unless altair's debug mode is off, as in the explorer, where
    the check takes a third of the time of a change and the tests have made it before.
    """
    frames: dict[str, pd.DataFrame] = {}

    def by_name(data: pd.DataFrame) -> dict[str, str]:
        known = next((name for name, frame in frames.items() if frame is data), None)
        name = known or f"rows_{len(frames)}"
        frames[name] = data
        return {"name": name}

    with _ALTAIR:
        alt.data_transformers.register("by_name", by_name)
        with alt.data_transformers.enable("by_name"):
            spec = chart.to_dict(validate=alt.utils.schemapi.DEBUG_MODE)
    return spec | {"datasets": frames}


INK = {"light": "#4c4d57", "dark": "#d8d9da"}
"""Colour of letters on a light and on a dark page: 8 : 1 and 13 : 1."""


def inked(spec: dict, page: str) -> dict:
    """A `specification` whose axes, legends and heads are readable on a light or a dark page."""
    ink = INK[page]
    both = {"labelColor": ink, "titleColor": ink}
    colours = {"axis": both, "legend": both, "header": both, "title": {"color": ink}}
    config = spec.get("config", {})
    return spec | {
        "config": config | {part: config.get(part, {}) | own for part, own in colours.items()}
    }


_RENDERING = threading.BoundedSemaphore(2)
"""A picture of a large heat map takes seconds; more at a time would starve the readers."""

_VEGA_LITE = "_".join(alt.SCHEMA_VERSION.split(".")[:2])


@dataclass(frozen=True)
class Page:
    """Place of a chart in a paper.

    Attributes
    ----------
    width : float
        Of the chart and of what stands beside it, in inches.
    font_size : float
        Of all its text, in points.
    height : float
        At most, in inches: rows of a chart that is taller move together.
    """

    width: float = 5.5
    font_size: float = 8
    height: float = 7.5


def picture(chart: alt.TopLevelMixin, form: str, page: Page | None = None) -> bytes:
    """Return a chart as the bytes of an SVG, PDF or PNG file, whatever its number of rows.

    For a page it is laid out anew: as wide as the page is, and with letters of the page's size.

    `altair.Chart.save` would hold the setting of all threads while it draws, so that no reader
    could be shown another chart meanwhile.
    """
    with _ALTAIR, alt.data_transformers.enable("default", max_rows=None):
        spec = chart.to_dict()
    with _RENDERING:
        svg = _svg(spec) if page is None else _svg_for(spec, page)
        if form == "svg":
            return svg.encode()
        if form == "png":
            return vl_convert.svg_to_png(svg, ppi=72, scale=3)
        # the entries of a dictionary come in any order: the same drawing shall be the same bytes
        pdf = vl_convert.svg_to_pdf(svg)
        return _ENTRIES.sub(lambda run: b"".join(sorted(run[0].splitlines(True))), pdf)


_ENTRIES = re.compile(rb"(?:^ +/\w+ \d+ 0 R\n)+", re.MULTILINE)


_ID = re.compile(r'(?<=id=")\w+(?=")|(?<=url\(#)\w+(?=\))')


def _svg(spec: dict) -> str:
    """The drawing, with its ids numbered anew: Vega counts on from one drawing to the next."""
    svg = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE)
    found = {name: f"id{n}" for n, name in enumerate(dict.fromkeys(_ID.findall(svg)))}
    return _ID.sub(lambda match: found[match[0]], svg)


_SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')


def _svg_for(spec: dict, page: Page) -> str:
    """Lay a chart out for a page: widths of plots change, letters do not; then scale it."""
    ratio = page.font_size / LETTERS
    wide, high = (72 * side / ratio for side in (page.width, page.height))
    spec = _lettered(spec, wide)
    svg = _svg(spec)
    width, height = _size(svg)
    down = min(1, (high - _AXES) / (height - _AXES))
    known, factor = [(1.0, width)], wide / width
    # names beside a plot change with its width, so that its size is found step by step
    for _ in range(5):
        svg = _svg(_stretched(spec, factor, down))
        known.append((factor, _size(svg)[0]))
        (one, at_one), (two, at_two) = known[-2:]
        slope = (at_two - at_one) / (two - one) if two != one else at_two
        wanted = two + (wide - at_two) / max(slope, 1)
        factor = min(max(wanted, two / 3), 3 * two)
        if abs(at_two - wide) <= 1:
            break
    width, height = _size(svg)
    # one font alone: the fonts of a PDF come in any order
    svg = svg.replace(' font-weight="bold"', "")
    return _SIZE.sub(f'width="{width * ratio:.2f}" height="{height * ratio:.2f}"', svg, count=1)


_AXES = 60
"""What axis and legend take of the height of a chart, about."""


def _size(svg: str) -> tuple[float, float]:
    width, height = _SIZE.search(svg).groups()
    return float(width), float(height)


def _views(spec: dict) -> Iterator[dict]:
    """A chart and the charts in it; layers have no size of their own."""
    yield spec
    inner = [spec["spec"]] if "spec" in spec else []
    for view in [*inner, *spec.get("hconcat", []), *spec.get("vconcat", [])]:
        yield from _views(view)


def _lettered(spec: dict, width: float) -> dict:
    """The same chart with letters of one size; names and legends keep to its width.

    More than three panels stand in rows of three, and legends below each other.
    """

    def walked(value: object, key: str) -> object:
        if isinstance(value, list):
            return [walked(v, key) for v in value]
        if isinstance(value, dict):
            value = {k: v if k in ("data", "datasets") else walked(v, k) for k, v in value.items()}
            shown = value.get("scale", {}).get("domain", []) if value.get("legend") else []
            longest = max((len(name) for name in shown if isinstance(name, str)), default=0)
            if longest and "columns" not in value["legend"]:
                fitting = max(int(width / (longest * LETTERS / 2 + 25)), 1)
                value["legend"] |= {"columns": fitting if fitting < len(shown) else 0}
            return value
        if key.lower().endswith("fontsize"):
            return LETTERS
        return min(value, 0.45 * width) if key == "labelLimit" and value else value

    spec = walked(spec, "")
    spec["config"]["legend"] |= {"layout": {"top": {"direction": "vertical", "anchor": "start"}}}
    panels = spec.get("facet", {})
    if "row" not in panels and len(panels.get("column", {}).get("sort", [])) > 3:
        spec |= {"facet": panels["column"], "columns": 3}
    return spec


def _stretched(spec: dict, across: float, down: float) -> dict:
    """The same chart with other widths of its plots, and rows that are nearer to each other."""
    rows = spec["datasets"]
    spec = deepcopy({k: v for k, v in spec.items() if k != "datasets"})
    for view in _views(spec):
        for side, factor, least in (("width", across, 1), ("height", down, LETTERS + 2)):
            size = view.get(side)
            if isinstance(size, dict):
                view[side] = size | {"step": max(size["step"] * factor, least)}
            elif size is not None:
                view[side] = size * factor
    return spec | {"datasets": rows}
