"""What somebody brings of their own: files of scores and of trials, read, checked and kept.

``text`` reads the cells of any file; ``scores`` knows the contract of scores, and ``kept`` what
stands under ``data/own/``, from where a build loads it as private.
"""
