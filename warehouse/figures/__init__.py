"""Figures: one file per domain holds chart, query and record together."""

from warehouse.figures import agreement, catalogue, missing, papers, relations, trials

FIGURES = {
    figure.name: figure
    for domain in (agreement, missing, papers, relations, trials, catalogue)
    for figure in domain.FIGURES
}
"""Every figure that can be exported, by its name."""
