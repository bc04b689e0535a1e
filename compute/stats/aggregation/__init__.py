"""Aggregation of benchmarks: nine schemes, how sure their ranks are, and who carries the variance.

Scores come as a matrix of models × benchmarks, higher is better, NaN where a cell is missing. The
policy for missing cells is *available*: a model is averaged over the benchmarks it has, normalised
over the models each benchmark has. A missing cell is never zero.

A resample of benchmarks is a vector of weights over benchmarks and a resample of models a vector of
counts over models, so a bootstrap is a matrix product followed by a sort.
"""
