"""Figures: one file per domain holds chart, SQL and record together."""
