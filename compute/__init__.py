"""Numerical kernels: arrays in, arrays out; no SQL, no paths."""
