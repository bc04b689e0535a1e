"""The paper pack on paper: letters of the size asked for, nothing over anything, all of it once."""

import itertools
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import numpy as np
import pytest

from ingest import settings
from warehouse import db
from warehouse.figures import FIGURES, theme
from warehouse.papers import ExportError, latex, numbers, pack, paper

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
    assert 0.9 * PAGE.width * 72 < width < PAGE.width * 72 + 2 and height <= 8.5 * 72
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)}
    assert [size * width / box[0] for size in sizes] == pytest.approx([PAGE.font_size], rel=0.01)
    assert overprinted(svg) == []
    words = {text for text, _ in texts(svg)}
    assert not words & {"null", "None", "nan", "NaN", "undefined"}


@pytest.fixture
def toy(toy_warehouse, monkeypatch):
    monkeypatch.setattr(settings, "WAREHOUSE", toy_warehouse)


@pytest.mark.parametrize("inches", [3.3, 5.5])
def test_a_table_keeps_to_the_page(inches):
    """Few columns get what they need, many are cut, and the note says what is left out."""
    cells = ["a rather long name of a benchmark", "$0.123$", "[$-0.1$,~$0.2$]"]
    for n in (1, 3, 9):
        table = latex.Table(
            "lrr" * n, ["Name of it", "Estimate", "Interval"] * n, [cells * n] * 30, ""
        )
        page = theme.Page(inches, 8)
        made = latex.latex_table(table, page=page, top=7)
        widths = [float(w) for w in re.findall(r"p\{([\d.]+)pt\}", made)]
        assert sum(widths) + 2 * latex.GAP * (len(widths) - 1) <= inches * 72
        assert "the first 7 of 30 rows" in made and made.count(r"a rather long") == 7 * -(
            -len(widths) // 3
        )
        assert (f"{len(widths)} of {3 * n} columns" in made) == (len(widths) < 3 * n)


@pytest.mark.parametrize("name", FIGURES)
def test_a_caption_counts_what_is_drawn_and_is_made_of_sentences(toy, name):
    """Networks that are left out are not in n, but named; no mark twice, no open parenthesis."""
    found = pack.read(name)
    said, chart = found.where(), found.drawn(PAGE)
    table = latex.figure_table(found.figure, found.rows, found.benchmarks, found.names)
    if "left_out_because" in found.rows:
        networks = found.rows.query("not is_human") if "is_human" in found.rows else found.rows
        networks = networks.drop_duplicates(["source_id", "observer_id"])
        n_alike = int(networks["is_comparable"].sum())
        assert f"n = {n_alike} networks" in said and f"{n_alike} networks" in chart.description
        n_unlike = len(networks) - n_alike
        assert (f"{n_unlike} left out: " in said) == (n_unlike > 0)
        counted = re.match(r"(\d+) networks", table.caption)
        assert counted is None or int(counted[1]) == n_alike
    for text in (latex.latex_table(table, said), pack._figure(found, chart, PAGE)):
        (caption,) = re.findall(r"\\caption\{(.*)\}", text)
        assert caption.count("(") == caption.count(")")
        assert not re.search(r"[?!.]\.", caption.replace("...", ""))


def test_what_is_bold_is_what_its_note_says(toy):
    found = pack.read("ahlert2024_fig4_correlations")
    rows = found.rows
    table = latex.figure_table(found.figure, rows, found.benchmarks)
    shown = found.figure.arrange(rows)
    away = (shown["ci_low"] > 0) | (shown["ci_high"] < 0)
    assert [r"\boldmath" in row[2] for row in table.rows] == away.tolist()
    assert "leaves out 0" in table.bold


def test_only_the_sources_of_the_rows_are_named(toy):
    """Of a benchmark the newest snapshot is shown; the others that score it are not cited."""
    for name, of in (("benchmark_scores", None), ("worth_scatter", None)):
        found = pack.read(name, of)
        named = {s["source_id"] for s in found.sources}
        if "source_id" in found.rows:
            assert named == set(found.rows["source_id"])
        with db.connect() as con:
            sql = found.figure.scope.sql
            assert con.execute(sql, {"id": found.chosen[found.figure.scope.key]}).fetchall()
        assert all(s["files"] for s in found.sources)
        assert "alignment_warehouse" in found.cited


def test_numbers_are_macros_with_the_values_of_marts(toy):
    with db.connect() as con:
        made = numbers.macros(con)
        (n,) = con.execute("select count(*) from marts.fct_scores").fetchone()
    macros = re.findall(r"\\newcommand\{\\(aw[a-zA-Z]+)\}\{(.*)\}", made)
    assert len(macros) == made.count("newcommand") == len(dict(macros))
    assert dict(macros)["awAllCells"] == rf"\ensuremath{{{n:,}}}".replace(",", "{,}")


def test_the_paper_compiles_and_a_second_one_has_the_same_bytes(toy, tmp_path, monkeypatch):
    few = ("ahlert2024_fig4_correlations", "worth_verdicts", "trial_shape_bias")
    monkeypatch.setattr(paper, "FIGURES", {name: FIGURES[name] for name in few})
    written = [paper.export_paper(tmp_path / name) for name in ("one", "two")]
    for one, two in zip(*written, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
    assert paper.export_paper(tmp_path / "one") == written[0]
    (tmp_path / "two" / "paper.tex").write_text("my own", "utf-8")
    with pytest.raises(ExportError, match=r"nothing was written.* FOLDER\): \S*paper\.tex$"):
        paper.export_paper(tmp_path / "two")
    assert (tmp_path / "two" / "paper.tex").read_text("utf-8") == "my own"
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex here")
    for command in ("pdflatex", "bibtex", "pdflatex", "pdflatex"):
        options = ["-interaction=nonstopmode"] if command == "pdflatex" else []
        done = subprocess.run(
            [command, *options, "paper"], cwd=tmp_path / "one", capture_output=True,
            encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:]
    log = (tmp_path / "one" / "paper.log").read_text("utf-8", errors="replace")
    assert "undefined" not in log
    assert max(map(float, re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)), default=0) < 3
