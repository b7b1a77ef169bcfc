"""HTML with drawings in it."""

from __future__ import annotations

import re

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_LINES = re.compile(r"\s*[\r\n]\s*")


def show_drawn(html: str, place: DeltaGenerator | None = None) -> None:
    """Show HTML that holds inline SVG, which `st.html` would take out.

    Args:
        html: one element, without headings; all text in it is escaped already, and a drawing that
            comes from a file went through `safe_svg`. Nothing in it is read as Markdown.
        place: to be shown in, such as an `st.empty()`; below what was shown last unless given.
    """
    # Markdown takes all up to an empty line as HTML.
    (place or st).markdown(_LINES.sub(" ", html), unsafe_allow_html=True)
