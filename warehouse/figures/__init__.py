"""Figures: one file per domain holds chart, query and record together."""

from warehouse.figures import (
    agreement,
    ahlert2024,
    catalogue,
    missing,
    ranking,
    relations,
    sucholutsky2023,
    trials,
)

DOMAINS = (
    ahlert2024, sucholutsky2023, agreement, ranking, missing, relations, trials, catalogue,
)  # fmt: skip
FIGURES = {figure.name: figure for domain in DOMAINS for figure in domain.FIGURES}
"""Every figure that can be exported, by its name."""
