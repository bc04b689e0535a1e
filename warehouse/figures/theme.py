"""The look that all charts share, and how a chart becomes a file or what a browser draws.

No colours of text or background are set, so that a chart follows the light or dark theme of the
app and is black on white in print.
"""

from __future__ import annotations

import threading
from pathlib import Path

import altair as alt
import pandas as pd
import vl_convert

FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

BLUE, GREEN, VERMILION, PINK = "#0072b2", "#009e73", "#d55e00", "#cc79a7"
"""Okabe and Ito's colours, distinct for colour-blind readers, legible on white and on black."""

RANKS = ["#2f5d9b", "#7a9a8f", "#e0a63a"]
"""Best to worst; the lightness rises with the rank, so grey print keeps the order."""

_ALTAIR = threading.Lock()
"""What Altair does with rows is one setting for all threads: hold it while it is another."""


def specification(chart: alt.TopLevelMixin) -> dict:
    """What a browser draws a chart from; its rows are data frames under ``datasets``."""
    frames: dict[str, pd.DataFrame] = {}

    def by_name(data: pd.DataFrame) -> dict[str, str]:
        known = next((name for name, frame in frames.items() if frame is data), None)
        name = known or f"rows_{len(frames)}"
        frames[name] = data
        return {"name": name}

    with _ALTAIR:
        alt.data_transformers.register("by_name", by_name)
        with alt.theme.enable("none"), alt.data_transformers.enable("by_name"):
            spec = chart.to_dict()
    return spec | {"datasets": frames}


_RENDERING = threading.BoundedSemaphore(2)
"""A picture of a large heat map takes seconds; more at a time would starve the readers."""

_VEGA_LITE = "_".join(alt.SCHEMA_VERSION.split(".")[:2])


def save(chart: alt.TopLevelMixin, path: Path) -> Path:
    """Write a chart as SVG, PDF or PNG (by the suffix), whatever its number of rows."""
    made = {"svg": svg, "png": png, "pdf": pdf}[path.suffix[1:]](chart)
    path.write_bytes(made.encode() if isinstance(made, str) else made)
    return path


def svg(chart: alt.TopLevelMixin) -> str:
    """Return a chart as the text of an SVG file."""
    with _RENDERING:
        return vl_convert.vegalite_to_svg(_with_rows(chart), vl_version=_VEGA_LITE)


def png(chart: alt.TopLevelMixin) -> bytes:
    """Return a chart as the bytes of a PNG file, for print."""
    with _RENDERING:
        return vl_convert.vegalite_to_png(_with_rows(chart), vl_version=_VEGA_LITE, ppi=200)


def pdf(chart: alt.TopLevelMixin) -> bytes:
    """Return a chart as the bytes of a PDF file."""
    with _RENDERING:
        return vl_convert.vegalite_to_pdf(_with_rows(chart), vl_version=_VEGA_LITE)


def _with_rows(chart: alt.TopLevelMixin) -> dict:
    with _ALTAIR, alt.data_transformers.enable("default", max_rows=None):
        return chart.to_dict()


HUMAN, MODEL = VERMILION, BLUE
"""People and models, on every chart of trials."""


def themed(chart: alt.TopLevelMixin) -> alt.TopLevelMixin:
    text = {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal"}
    return chart.configure(
        font=FONT,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(grid=False, **text),
        axisY=alt.AxisConfig(labelFlush=False),
        legend=alt.LegendConfig(**text),
    )
