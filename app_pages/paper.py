"""Ahlert et al. (2024): its figures and printed numbers, beside what public data give."""

from app_pages import _printed
from app_pages._origins import cite

_printed.show("ahlert2024", "geirhos2021")
cite(citations=["ahlert2024"])
