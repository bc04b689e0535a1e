"""Kernels: arrays in, arrays out. No paths, no SQL, nothing of ours outside this folder."""
