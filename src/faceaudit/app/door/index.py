"""Streamlit's page, made ours: its language, its title, its icon."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path

from streamlit import file_util

from faceaudit.app import texts

SCRIPT, ICON = "/frame.js", "/favicon.svg"
"""Addresses of what the page needs besides Streamlit's own."""


@cache
def index(language: str) -> bytes:
    """Return the page that Streamlit's client starts from, in a language.

    Scripts in the page are left out: the policy of `headers` allows only files.
    """
    page = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")

    def say(key: str) -> str:
        return escape(texts.fill(language, f"app.{key}", {}))

    page = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    page = re.sub(
        r'<link\s+rel="(shortcut icon|service-desc|preload)".*?>', "", page, flags=re.DOTALL
    )
    page = re.sub(r"<noscript>.*?</noscript>", "", page, flags=re.DOTALL)
    page = re.sub(r"<title>.*?</title>", "<title>faceaudit</title>", page, flags=re.DOTALL)
    page = page.replace("./static/", "/static/")
    page = re.sub(r"<html[^>]*>", f'<html lang="{language}">', page)
    page = page.replace(
        "<title>",
        f'<link rel="icon" href="{ICON}" type="image/svg+xml">'
        f'<script src="{SCRIPT}" defer></script><title>',
    )
    page = page.replace(
        '<div id="root">',
        f'<noscript><p>{say("no_script")}</p></noscript><div id="root">',
    )
    return page.encode("utf-8")


@cache
def file(address: str) -> tuple[bytes, str]:
    """Return one of the files that the page needs, and its type."""
    kind = "text/javascript" if address == SCRIPT else "image/svg+xml"
    return (resources.files(__package__) / address.strip("/")).read_bytes(), kind
