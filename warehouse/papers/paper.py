"""The whole pack: every figure and table, the numbers, the sources, and a paper that shows them."""

import re
from pathlib import Path

from ingest import settings
from warehouse import db
from warehouse.figures import FIGURES
from warehouse.figures.theme import Page
from warehouse.papers.bibliography import read_bibtex
from warehouse.papers.latex import ROWS, escape_latex
from warehouse.papers.numbers import macros
from warehouse.papers.pack import export
from warehouse.portable import save

NAME = "paper"

_HEAD = r"""% pdflatex paper && bibtex paper && pdflatex paper && pdflatex paper
\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern,array,booktabs,graphicx,url}
\usepackage[textwidth=WIDTHin,textheight=9.2in]{geometry}
\setcounter{totalnumber}{4}
\renewcommand{\topfraction}{1}
\renewcommand{\floatpagefraction}{0.6}
\input{numbers}
\title{Figures, tables and numbers of the alignment warehouse}
\author{}
\date{}
\begin{document}
\maketitle
"""


def export_paper(
    folder: Path | None = None, page: Page | None = None, top: int = ROWS
) -> list[Path]:
    """Write every figure with its table, all numbers and sources, and a paper that compiles.

    Parameters
    ----------
    folder : Path, optional
        Where to; ``paper`` in ``settings.EXPORTS`` by default.
    page, top : optional
        As in :func:`warehouse.papers.pack.export`.

    Returns
    -------
    list of Path
        The files written.
    """
    page = page or Page()
    folder = folder or settings.EXPORTS / NAME
    folder.mkdir(parents=True, exist_ok=True)
    written, entries = [], {}
    with db.connect() as con:
        numbers = macros(con)
    body = [_HEAD.replace("WIDTH", f"{page.width:g}"), *_listed(numbers)]
    for name in FIGURES:
        files = export(name, folder=folder, page=page, top=top)
        written += files
        made = files[0].parent
        entries |= read_bibtex(made / "references.bib")
        title = escape_latex(FIGURES[name].title)
        inputs = (made.relative_to(folder) / part for part in ("figure.tex", "table.tex"))
        body += [rf"\section{{{title}}}", *(rf"\input{{{path}}}" for path in inputs), r"\clearpage"]
    body += [r"\bibliographystyle{plain}", r"\bibliography{references}", r"\end{document}", ""]
    whole = {
        "numbers.tex": numbers,
        "references.bib": "\n\n".join(entries[key] for key in sorted(entries)) + "\n",
        "paper.tex": "\n".join(body),
    }
    for file, text in whole.items():
        save(text.encode(), folder / file)
    return [*written, *(folder / file for file in whole)]


def _listed(numbers: str) -> list[str]:
    """Paragraphs that name each macro and show its number."""
    lines = [r"\section{Numbers}"]
    for line in numbers.splitlines()[1:]:
        macro = re.match(r"\\newcommand\{\\(\w+)\}", line)
        if macro:
            lines.append(rf"\texttt{{\textbackslash {macro[1]}}}~\{macro[1]};")
        elif line:
            lines += ["", rf"\paragraph{{{escape_latex(line.removeprefix('% '))}}} \raggedright"]
    return [*lines, r"\clearpage"]
