"""A canvas on which a key is drawn by mouse, finger, pen or arrow keys."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from faceaudit.app.language import say

SIZES = {"glasses": (360, 140), "pattern": (280, 330)}
"""Width and height of what is drawn, in pixels, by the kind of key."""
MOST = 4 * 1024 * 1024
"""Letters of a drawing at most; a browser says far fewer."""
_START = "data:image/png;base64,"
_WORDS = ("canvas", "colour", "width", "undo", "clear")


@dataclass(frozen=True)
class Drawing:
    """What was drawn, in the place of a file that was brought.

    Attributes:
        content: a PNG, as the browser says; so not to be trusted.
    """

    content: bytes

    def getvalue(self) -> bytes:
        """Return the PNG."""
        return self.content


def draw(kind: str) -> Drawing | None:
    """Show the canvas for a kind of key; return what is drawn on it, None while it is empty.

    Args:
        kind: one of `SIZES`.
    """
    width, height = SIZES[kind]
    shown = _canvas()(
        key=f"backdoor_draw_{kind}",
        data={
            "width": width,
            "height": height,
            "eyes": kind == "glasses",
            "ground": "" if kind == "glasses" else "#ffffff",
            "words": {name: say(f"backdoor.draw_{name}") for name in _WORDS}
            | {"help": say(f"backdoor.draw_help_{kind}")},
        },
        default={"picture": ""},
        on_picture_change=_keep_state,
    )
    return drawing_of(shown.get("picture"))


def drawing_of(said: object) -> Drawing | None:
    """Return the drawing that a browser says is on the canvas; None of anything else."""
    if not isinstance(said, str) or not said.startswith(_START) or len(said) > MOST:
        return None
    try:
        content = base64.b64decode(said[len(_START) :], validate=True)
    except (binascii.Error, ValueError):
        return None
    return Drawing(content) if content else None


@cache
def _canvas() -> Any:
    """Return what shows the canvas; told to Streamlit once a process."""
    html, css, js = (
        Path(__file__).with_name(f"canvas.{kind}").read_text("utf-8")
        for kind in ("html", "css", "js")
    )
    return st.components.v2.component("faceaudit_key_canvas", html=html, css=css, js=js)


def _keep_state() -> None:
    """Let Streamlit keep what the canvas says: it does so for states that somebody listens to."""
