"""Pieces of pages in the report's look: the style, headings, notes, tables that scroll."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib import resources

import streamlit as st


def wear() -> None:
    """Add the style of charts and tables to the page."""
    st.html(f"<style>{_style()}</style>")


@cache
def _style() -> str:
    return (resources.files(__package__) / "figures.css").read_text(encoding="utf-8")


def heading(words: str) -> None:
    """Show a heading of a part of a page."""
    st.html(f'<h2 class="part">{escape(words)}</h2>')


def paragraph(words: str) -> None:
    """Show a paragraph."""
    st.html(f'<p class="say">{escape(words)}</p>')


def note(*words: str) -> None:
    """Show sentences that are to be read with what stands above them."""
    st.html(f'<div class="note">{"".join(f"<p>{escape(one)}</p>" for one in words if one)}</div>')


def figure(drawing: str, caption: str) -> str:
    """Return a drawing with its caption."""
    below = f"<figcaption>{escape(caption)}</figcaption>"
    return f'<figure class="chart plain">{drawing}{below}</figure>'


def table(label: str, head: Iterable[str], rows: Iterable[str]) -> None:
    """Show a table, which scrolls by itself where the window is too narrow for it.

    Args:
        label: what it is, for those who do not see it.
        head: titles of the columns.
        rows: `<tr>` elements.
    """
    titles = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    st.html(
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label)}">'
        f'<table class="sheet"><thead><tr>{titles}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
