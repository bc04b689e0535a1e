"""Words that the pages use."""

import streamlit as st

from app_pages._glossary import TERMS

for word, text in TERMS.items():
    st.markdown(f"**{word.capitalize()}**: {text}")
