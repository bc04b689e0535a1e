"""Simulated coverage of the intervals that the warehouse prints; run by hand."""
