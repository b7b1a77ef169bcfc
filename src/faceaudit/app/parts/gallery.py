"""A strip of small pictures to choose one of, each a button with a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from faceaudit.app.language import say

Item = tuple[str, str, Callable[[], None]]
"""Name of a picture, its address, and what choosing it does."""

_STYLE = """
.st-key-{key} {{ gap: 0.3rem; margin-top: -0.75rem; }}
.st-key-{key} button {{
  width: 3rem; height: 3.5rem; min-height: 0; padding: 0; overflow: hidden;
  border: 1px solid var(--rule); border-radius: 3px;
  background: var(--wash) center / cover no-repeat;
}}
.st-key-{key} button:hover {{ border-color: var(--first); }}
.st-key-{key} button p {{
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}}
.st-key-{key}_{chosen} button {{
  outline: 3px solid var(--first); outline-offset: 1px; border-color: var(--paper);
}}
"""


def show_strip(
    key: str, items: Sequence[Item], chosen: int, label: str, *, whole: str = ""
) -> None:
    """Show pictures side by side; the chosen one has a frame, and says that it is.

    Args:
        key: tells this strip from others of the session.
        items: the pictures.
        chosen: number of the one that is chosen.
        label: of the strip.
        whole: what the strip is for, for who cannot see what stands above it.
    """
    unseen = f'<span class="unseen">{escape(whole)}: </span>' if whole else ""
    rules = "".join(
        f".st-key-{key}_{number} button {{ background-image: url({address}); }}"
        for number, (_, address, _) in enumerate(items)
    )
    st.html(f"<style>{_STYLE.format(key=key, chosen=chosen)}{rules}</style>")
    st.html(f'<p class="kicker">{unseen}{escape(label)}</p>')
    with st.container(horizontal=True, key=key):
        for number, (name, _, choose) in enumerate(items):
            st.button(
                say("gallery.chosen", name=name) if number == chosen else name,
                key=f"{key}_{number}",
                on_click=choose,
            )
