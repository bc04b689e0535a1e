"""Aggregation of benchmarks: nine schemes, how sure their ranks are, and who carries the variance.

Scores come as a matrix of models × benchmarks, higher is better, NaN where a cell is missing. The
policy for missing cells is *available*: a model is averaged over the benchmarks it has, normalised
over the models each benchmark has. A missing cell is never zero.

How sure a rank is comes from leaving out whole datasets of benchmarks, each in turn.
"""
