"""What somebody brings of their own, read, checked and kept: scores, trials, judgements of images.

``text`` reads the cells of any file; ``scores`` and ``sets`` know the contracts, and ``kept`` what
stands under ``data/own/``, from where a build loads it as private.
"""
