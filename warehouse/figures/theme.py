"""The look that all charts share, and how a chart becomes a file or what a browser draws.

No colours of text or background are set, so that a chart follows the light or dark theme of the
app and is black on white in print.
"""

import threading

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

TILES = {BLUE: BLUE, VERMILION: "#bf5300", PINK: "#a8557f", GREY: "#747474"}
"""The same colours, dark enough to write on in white."""


@alt.theme.register("warehouse", enable=True)
def _look() -> alt.theme.ThemeConfig:
    text = {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal"}
    lines = {"grid": True, "gridColor": GREY, "gridOpacity": 0.2}
    config = {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {"grid": False, **text},
        "axisQuantitative": lines,
        "axisTemporal": lines,
        "axisY": {"labelFlush": False},
        # a symbol would be as faint as the band or the line that it stands for
        "legend": {**text, "symbolOpacity": 1},
    }
    return {"config": config}


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
        with alt.data_transformers.enable("by_name"):
            spec = chart.to_dict()
    return spec | {"datasets": frames}


_RENDERING = threading.BoundedSemaphore(2)
"""A picture of a large heat map takes seconds; more at a time would starve the readers."""

_VEGA_LITE = "_".join(alt.SCHEMA_VERSION.split(".")[:2])


def picture(chart: alt.TopLevelMixin, form: str) -> bytes:
    """Return a chart as the bytes of an SVG, PDF or PNG file, whatever its number of rows.

    `altair.Chart.save` would hold the setting of all threads while it draws, so that no reader
    could be shown another chart meanwhile.
    """
    with _ALTAIR, alt.data_transformers.enable("default", max_rows=None):
        spec = chart.to_dict()
    options = {"ppi": 200} if form == "png" else {}
    with _RENDERING:
        made = getattr(vl_convert, f"vegalite_to_{form}")(spec, vl_version=_VEGA_LITE, **options)
    return made.encode() if isinstance(made, str) else made
