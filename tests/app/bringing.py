"""A page that takes photos and goes wrong on demand, beside those of the app.

Run as a program it is `faceaudit` with that page: what every page gets from the frame is tested on
it, whatever pages there are.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import streamlit as st

from faceaudit.app import forgetting, navigation, texts
from faceaudit.app.language import say
from faceaudit.app.page import Page
from faceaudit.app.uploads import UploadError, photo_of
from faceaudit.errors import InputError

WORDS = {
    "title": "Bring a photo",
    "learn": "What becomes of a photo that is brought.",
    "photo": "A photo",
    "size": "{width} x {height} pixels",
}


def show() -> None:
    brought = st.file_uploader(say("bringing.photo"))
    if brought is not None:
        try:
            height, width, _ = photo_of(brought).shape
            st.write(say("bringing.size", width=width, height=height))
        except UploadError as error:
            st.html(f'<p class="warning" role="alert">{error.words}</p>')
    if st.button("Go wrong"):
        raise RuntimeError("a secret of the code")
    if st.button("Refuse"):
        raise InputError("expected a b, got a c; try b")


def add() -> None:
    """Put the page among those of the app."""
    real_pages, real_words = navigation.pages, texts.words

    def words(language: str, name: str) -> dict[str, str]:
        return WORDS if name == "bringing" else real_words(language, name)

    def pages() -> tuple[Page, ...]:
        return (*real_pages(), Page("bringing", 999, ":material/face:", show))

    changed: list[tuple[ModuleType, str, Any]] = [
        (navigation, "pages", pages),
        (texts, "words", words),
        (forgetting, "AFTER", 1.0),
        (forgetting, "EVERY", 0.5),
    ]
    for module, name, value in changed:
        setattr(module, name, value)


if __name__ == "__main__":
    from faceaudit.entry import main

    sys.argv[0] = "faceaudit"
    add()
    main()
