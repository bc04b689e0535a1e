"""Words that the pages use, each with an address of its own."""

from html import escape

import streamlit as st

from app_pages._export import slug
from app_pages._glossary import TERMS

STYLE = "<style>dt {font-weight: 600; scroll-margin-top: 4rem} dd {margin: 0 0 .8rem 0}</style>"
# the list comes after the page: the browser has looked for the place by then
TO_TERM = "<script>document.getElementById(location.hash.slice(1))?.scrollIntoView()</script>"


def named(word: str) -> str:
    """A word as a head: capitalised, unless it is a symbol."""
    is_symbol = len(word) < 3 and not word.isalpha()
    return word if is_symbol else word[:1].upper() + word[1:]


terms = "".join(
    f'<dt id="{slug(word)}">{escape(named(word))}</dt><dd>{escape(text)}</dd>'
    for word, text in sorted(TERMS.items(), key=lambda term: term[0].lower())
)
st.html(f"{STYLE}<dl>{terms}</dl>")
st.html(TO_TERM, unsafe_allow_javascript=True)
