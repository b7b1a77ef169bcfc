"""Drawings out of files, made of lines and letters alone.

A report that somebody gave away may hold anything in the place of a chart: forms, links, styles
that cover the page, pictures from elsewhere. What is known to be harmless is written anew; all else
is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser

from faceaudit.cleaning import clean

LARGEST = 2_000_000
"""Characters of a drawing at most."""
MOST = 20_000
"""Elements of a drawing at most."""
DEEPEST = 32
"""Elements within one another, at most."""
WORDS = 2_000
"""Characters of a text in it at most."""
MARK = 5_000
"""Characters of what may be drawn many times, at most."""

SHAPES = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon")
ELEMENTS = {
    one.lower(): one
    for one in ("svg", "g", "defs", "clipPath", "title", "desc", "use", "text", "tspan", *SHAPES)
}
NAMED = frozenset((*SHAPES, "title", "desc", "clipPath"))
"""Elements that may have a name: a group of drawings of groups would grow without end."""
PLAIN = {
    one.lower(): one
    for one in (
        *("viewBox", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry"),
        *("d", "points", "dx", "dy", "width", "height", "preserveAspectRatio", "transform"),
    )
}
"""Attributes that hold numbers."""
LOOKS = frozenset(
    (
        *("fill", "fill-opacity", "fill-rule", "opacity", "stroke", "stroke-width"),
        *("stroke-opacity", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap"),
        *("stroke-linejoin", "stroke-miterlimit", "clip-path", "clip-rule", "font"),
        *("font-size", "font-family", "font-weight", "font-style", "text-anchor"),
        *("dominant-baseline",),
    )
)
"""How lines and letters look, as attributes or in a style: nothing that moves an element."""
NAMES = ("id", "aria-labelledby", "aria-describedby")
_NAME = re.compile(r"[A-Za-z][\w.-]{0,200}")
_INNER = re.compile(r"#[A-Za-z][\w.-]{0,200}")
_NUMBERS = re.compile(r"(?:(?:rotate|translate|scale|matrix)\([\d\s.,eE+-]*\)|[\w\s.,+%-])*")
_LOOK = re.compile(
    r"(?:var\(--[a-z-]+\)|rgba?\([\d\s.,%]*\)|url\(#[A-Za-z][\w.-]{0,200}\)|[\w\s#.,%+-])*"
)


def safe_svg(text: str) -> str:
    """Return a drawing with all left out of it that is not known to be harmless.

    Args:
        text: an `<svg>` element.

    Returns:
        It, in a place that nothing in it reaches beyond; "" where it is none, or a larger one than
        a chart ever is.
    """
    if len(text) > LARGEST:
        return ""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.refused or reader.open or not reader.parts:
        return ""
    room = "overflow: clip; overflow-clip-margin: 8px"
    return f'<div style="{room}">{"".join(reader.parts)}</div>'


class _Reader(HTMLParser):
    """Writes what it reads anew, as far as it is known."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.open: list[str] = []
        self.refused = False
        self._count = 0
        self._left_out = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the start of an element; all that is in an unknown one is left out."""
        self._count += 1
        self.refused |= self._count > MOST or len(self.open) >= DEEPEST
        name = ELEMENTS.get(tag)
        in_place = (name == "svg") == (not self.parts)
        inside = {"defs", "clipPath"} & set(self.open)
        if (
            self.refused
            or self._left_out
            or name is None
            or not in_place
            or (name == "use" and inside)
        ):
            self._left_out += 1
        else:
            kept = "".join(f' {key}="{escape(value)}"' for key, value in _kept(name, attrs))
            self.parts.append(f"<{name}{kept}>")
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element with nothing in it."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Take the end of an element; one that ends another than the last is no drawing."""
        if not self.open or self.open.pop() != tag:
            self.refused = True
        elif self._left_out:
            self._left_out -= 1
        else:
            self.parts.append(f"</{ELEMENTS[tag]}>")

    def handle_data(self, data: str) -> None:
        """Take text; outside of words it is nothing but room."""
        if not self._left_out and {"text", "tspan", "title", "desc"} & set(self.open):
            self.parts.append(escape(clean(data, WORDS)))


def _kept(element: str, given: list[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
    """Yield the attributes that are harmless, each once."""
    values = {key: value or "" for key, value in reversed(given)}
    repeats = element in NAMED and "id" in values
    for key in dict.fromkeys(key for key, _ in given):
        value = values[key]
        if key in PLAIN:
            # Of the drawing itself only the shape is taken: how large it is, the page says.
            fits = element != "svg" or key == "viewbox"
            if fits and _NUMBERS.fullmatch(value) and not (repeats and len(value) > MARK):
                yield PLAIN[key], value
        elif key == "style":
            yield key, "; ".join(_style(value))
        elif key == "aria-label":
            yield key, clean(value, WORDS)
        elif _is_harmless(element, key, value):
            yield key.removeprefix("xlink:"), value


def _is_harmless(element: str, key: str, value: str) -> bool:
    if key in LOOKS:
        return _LOOK.fullmatch(value) is not None
    if key in NAMES:
        return _NAME.fullmatch(value) is not None and (key != "id" or element in NAMED)
    if key in ("href", "xlink:href"):
        return element == "use" and _INNER.fullmatch(value) is not None
    return (key, value) in (("role", "img"), ("aria-hidden", "true"), ("class", "chart"))


def _style(value: str) -> Iterator[str]:
    for declaration in value.split(";"):
        key, _, look = declaration.partition(":")
        if key.strip() in LOOKS and _LOOK.fullmatch(look):
            yield f"{key.strip()}: {look.strip()}"
