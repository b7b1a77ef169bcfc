"""The look of the app: the report's colours and type, for Streamlit's widgets and for our own."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import streamlit as st

_BLOCK = re.compile(r":root \{(.*?)\n\s*\}", re.DOTALL)
_TOKEN = re.compile(r"--([a-z-]+):\s*([^;]+);")


@cache
def tokens() -> tuple[dict[str, str], dict[str, str]]:
    """Return the report's colours and type by name: on light ground, and on dark.

    They are read from the report's own style, so that both look alike.
    """
    style = resources.files("faceaudit.report") / "templates" / "report.css"
    light, dark = (
        {name: " ".join(value.split()) for name, value in _TOKEN.findall(block)}
        for block in _BLOCK.findall(style.read_text(encoding="utf-8"))[:2]
    )
    return light, light | dark


def theme() -> dict[str, Any]:
    """Return Streamlit's options of a theme in these colours."""
    light, dark = tokens()
    options: dict[str, Any] = {
        "theme.font": light["type"],
        "theme.codeFont": light["mono"],
        "theme.headingFontSizes": ["2.5rem", "1.5rem", "1.1875rem", "1rem", "1rem", "1rem"],
        "theme.headingFontWeights": [650, 650, 650, 650, 650, 650],
        "theme.codeFontSize": "0.8125rem",
        "theme.linkUnderline": True,
        "theme.baseRadius": "4px",
        "theme.showWidgetBorder": True,
        "theme.showSidebarBorder": True,
    }
    for ground, colours in (("light", light), ("dark", dark)):
        options |= {
            f"theme.{ground}.primaryColor": colours["first"],
            f"theme.{ground}.backgroundColor": colours["paper"],
            f"theme.{ground}.secondaryBackgroundColor": colours["wash"],
            f"theme.{ground}.textColor": colours["ink"],
            f"theme.{ground}.linkColor": colours["first"],
            f"theme.{ground}.borderColor": colours["muted"],
            f"theme.{ground}.codeTextColor": colours["ink"],
            f"theme.{ground}.redTextColor": colours["alarm"],
            f"theme.{ground}.redBackgroundColor": colours["alarm-wash"],
            f"theme.{ground}.grayTextColor": colours["muted"],
            f"theme.{ground}.blueTextColor": colours["ink"],
            f"theme.{ground}.blueBackgroundColor": colours["wash"],
            f"theme.{ground}.greenTextColor": colours["fifth"],
            f"theme.{ground}.chartCategoricalColors": [
                colours[name] for name in ("first", "second", "third", "fourth", "fifth")
            ],
        }
    return options


@cache
def variables() -> str:
    """Return the colours and type as CSS variables, which follow `color-scheme`."""
    light, dark = tokens()
    return "".join(
        f"--{name}: {value if dark[name] == value else f'light-dark({value}, {dark[name]})'};"
        for name, value in light.items()
    )


def dress() -> None:
    """Add the app's style to the page."""
    st.html(f"<style>{style()}</style>")


@cache
def style() -> str:
    """Return the app's style: variables, and the rules of app.css."""
    own = (resources.files(__package__) / "app.css").read_text(encoding="utf-8")
    # Comments are for authors; and a tag in one would have the browser throw all of it away.
    own = re.sub(r"/\*.*?\*/", "", own, flags=re.DOTALL)
    return f":root {{{variables()}}}\n{own}"
