"""What tests of pages by AppTest share: what a page shows, and pictures to bring."""

from __future__ import annotations

import io
import re
from html import unescape

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

HOSTILE = (
    "<img src=x onerror=alert(1)> [a](https://example.org) :red[b] $c$ :smile: **d** `e`"
    "\x1b[31m\u202e\n# f\n\n<form action=/x> :material/home: www.example.org a@example.org"
)
"""A name, a title or a message that wants to be more than letters."""
_EFFECTS = ("<img src=x", "<form", "\x1b", "\u202e")
_READ = re.compile(
    r"\[a\]\(|:red\[|\$c\$|:smile:|\*\*d|:material/home:|https?://|www\.|a@|^# f"
    r"|(?<!\\)<(?:img|form)",
    re.MULTILINE,
)


def is_literal(page: AppTest) -> bool:
    """Return whether hostile text on a page, if there is any, is shown letter by letter."""
    bodies = [str(one.proto.body) for one in page.get("html")]
    widgets = [*page.button, *page.checkbox, *page.radio, *page.selectbox, *page.expander]
    read = [
        *(str(one.value) for one in (*page.caption, *page.error, *page.info, *page.warning)),
        # What is HTML in it is looked at as HTML.
        *(one.value for one in page.markdown if not one.proto.allow_html),
        *(str(getattr(one, name, "")) for one in widgets for name in ("label", "help")),
    ]
    bodies += [one.value for one in page.markdown if one.proto.allow_html]
    return not any(effect in body for body in bodies for effect in _EFFECTS) and not any(
        map(_READ.search, read)
    )


def html(page: AppTest) -> str:
    """Return all HTML and Markdown of a page."""
    return "\n".join(str(one.proto.body) for one in page.get("html")) + "\n".join(
        one.value for one in page.markdown
    )


def complaints(page: AppTest) -> list[str]:
    """Return what a page says went wrong, as it is read."""
    found = (
        re.findall(r'<p class="warning" role="alert">(.*?)</p>', one.proto.body, re.DOTALL)
        for one in page.get("html")
    )
    return [unescape(re.sub("<[^>]*>", "", words)) for each in found for words in each]


def png(pixels: np.ndarray) -> bytes:
    """Return pixels as a file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
