"""The whole pack: every figure and table, the numbers, the sources, and a paper that shows them."""

import re
from pathlib import Path

from ingest import settings
from warehouse import db
from warehouse.figures import FIGURES
from warehouse.figures.theme import Page
from warehouse.papers.bibliography import cited_entries
from warehouse.papers.latex import ROWS, escape_latex
from warehouse.papers.numbers import macros
from warehouse.papers.pack import made, place, read, write

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

    Raises
    ------
    ExportError
        As in :func:`warehouse.papers.pack.write`. Nothing is written.
    """
    page = page or Page()
    files, keys = {}, set()
    with db.connect() as con:
        numbers = macros(con)
    body = [_HEAD.replace("WIDTH", f"{page.width:g}"), *_listed(numbers)]
    for name in FIGURES:
        found = read(name)
        files |= made(found, page, top)
        keys |= {*found.cited}
        title = escape_latex(FIGURES[name].title)
        inputs = (f"{place(found)}/{part}" for part in ("figure.tex", "table.tex"))
        body += [rf"\section{{{title}}}", *(rf"\input{{{path}}}" for path in inputs), r"\clearpage"]
    body += [r"\bibliographystyle{plain}", r"\bibliography{references}", r"\end{document}", ""]
    files |= {
        "numbers.tex": numbers.encode(),
        "references.bib": ("\n\n".join(cited_entries(sorted(keys))) + "\n").encode(),
        "paper.tex": "\n".join(body).encode(),
    }
    return write(files, folder or settings.EXPORTS / NAME)


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
