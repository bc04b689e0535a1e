"""Figures: one file per domain holds chart, query and record together."""

from warehouse.figures import (
    agreement,
    ahlert2024,
    catalogue,
    missing,
    models,
    ranking,
    relations,
    specifications,
    sucholutsky2023,
    trials,
)

FIGURES = {
    figure.name: figure
    for domain in (
        ahlert2024,
        sucholutsky2023,
        agreement,
        specifications,
        ranking,
        missing,
        relations,
        trials,
        catalogue,
        models,
    )
    for figure in domain.FIGURES
}
"""Every figure that can be exported, by its name."""
