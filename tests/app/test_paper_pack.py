"""The paper pack on paper: letters of the size asked for, nothing over anything, all of it once."""

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import numpy as np
import pytest

from ingest import settings
from warehouse.figures import FIGURES, theme
from warehouse.papers import pack

PAGE = theme.Page(width=5.5, font_size=8)
NARROW, WIDE = set("iljtf.,:;'|()[]! "), set("mwMW%@—…")


def letters_wide(text: str) -> float:
    """Width of a text in heights of its letters, as Helvetica has it, from below."""
    return sum(0.25 if c in NARROW else 0.8 if c in WIDE else 0.5 for c in text)


def texts(svg: str) -> Iterator[tuple[str, np.ndarray]]:
    """Each line of text of a drawing, with the corners of its box in pixels of the page."""
    root = ET.fromstring(svg)

    def walked(node: ET.Element, matrix: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        for kind, inner in re.findall(r"(translate|rotate)\(([^)]*)\)", node.get("transform", "")):
            numbers = [float(n) for n in re.split(r"[ ,]+", inner.strip())]
            step = np.eye(3)
            if kind == "translate":
                step[:2, 2] = (*numbers, 0)[:2]
            else:
                turn = np.deg2rad(numbers[0])
                step[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
            matrix = matrix @ step
        if node.tag.endswith("}text") and node.get("opacity") != "0":
            size = float(node.get("font-size").removesuffix("px"))
            lines = list(node) or [node]
            y = 0.0
            for line in lines:
                y += float(line.get("dy", 0) if line is not node else 0)
                wide = letters_wide(line.text or "") * size
                left = -{"middle": 0.5, "end": 1}.get(node.get("text-anchor"), 0) * wide
                corners = itertools.product((left, left + wide), (y - 0.65 * size, y))
                yield line.text or "", np.array([(matrix @ (*c, 1))[:2] for c in corners])
        for child in node:
            if not node.tag.endswith("}text"):
                yield from walked(child, matrix)

    return walked(root, np.eye(3))


def overprinted(svg: str) -> list[tuple[str, str]]:
    """Pairs of texts of which one stands on the other."""
    boxes = [(text, c.min(axis=0), c.max(axis=0)) for text, c in texts(svg) if text.strip()]
    return [
        (one, other)
        for (one, low, high), (other, low2, high2) in itertools.combinations(boxes, 2)
        if (np.minimum(high, high2) - np.maximum(low, low2) > 0.5).all()
    ]


def unnamed_axes(svg: str) -> int:
    return svg.count('aria-label=""')


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("which", ["toy_warehouse", "real_warehouse"])
def test_a_figure_on_paper(request, monkeypatch, which, name):
    """As wide as the page, in letters of one size, with no word on another and none missing."""
    monkeypatch.setattr(settings, "WAREHOUSE", request.getfixturevalue(which))
    chart = pack.read(name).drawn(PAGE)
    svg = theme.picture(chart, "svg", PAGE).decode()
    width, height, *box = map(
        float, re.search(r'width="(\S+)" height="(\S+)" viewBox="0 0 (\S+) (\S+)"', svg).groups()
    )
    assert width == pytest.approx(PAGE.width * 72, abs=2) and height <= 8.5 * 72
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)}
    assert {size * width / box[0] for size in sizes} == pytest.approx({PAGE.font_size}, rel=0.01)
    assert overprinted(svg) == []
    words = {text for text, _ in texts(svg)}
    assert not words & {"null", "None", "nan", "NaN", "undefined"}
