"""How templates become a page: whatever they print is escaped, cleaned and bounded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from faceaudit.cleaning import clean
from faceaudit.report.numbers import DASH, SPACE

LONGEST = 5_000
"""Characters of the longest text that is printed in one place."""
LINES = "\n\t"
"""Control characters that stay what they are."""


def make_environment(packages: Sequence[str]) -> Environment:
    """Return the templates of some packages, which are found in that order.

    Args:
        packages: each with a folder `templates`.
    """
    loaders: list[BaseLoader] = [PackageLoader(package) for package in packages]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["unbroken"] = _keep_unbroken
    environment.filters["code"] = _mark_code
    environment.filters["places"] = list_places
    environment.filters["in_css"] = _quote_in_css
    return environment


def read_css(environment: Environment, files: Sequence[str]) -> Markup:
    """Return files of style, one after the other."""
    assert environment.loader is not None
    texts = [environment.loader.get_source(environment, name)[0] for name in files]
    return Markup("".join(texts))  # noqa: S704 - files of this package


def fit(text: str) -> str:
    r"""Return a text of any origin as a page holds it.

    >>> print(fit("red\x1b[31m"))
    red\x1b[31m
    """
    return clean(text, LONGEST, keep=LINES)


def fit_long(text: str, most: int) -> Markup:
    """Return a long text as a page holds it, escaped; of one beyond `most` characters, its ends."""
    return escape(clean(text, most, keep=LINES))


def _shown(value: object) -> object:
    """Return what a template prints; markup was made of what is clean already."""
    return fit(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@dataclass(frozen=True)
class Place:
    """A chart or a table of the page: its id, and what it shows."""

    id: str
    title: str


def list_places(page: str) -> list[Place]:
    """Return the charts and tables of a page, or of a part of it, in their order.

    >>> list_places('<table id="a"><caption>All</caption></table>')
    [Place(id='a', title='All')]
    """
    found = re.finditer(
        r'<(?:figure|table)\b[^>]*? id="([^"]+)".*?<(figcaption|caption)\b[^>]*>(.*?)</\2>',
        page,
        flags=re.S,
    )
    return [Place(one[1], Markup(one[3]).striptags()) for one in found]  # noqa: S704 - our page


def _quote_in_css(text: str) -> Markup:
    """Return a text as a string of CSS, of which no character can end it."""
    escaped = "".join(one if one.isalnum() else f"\\{ord(one):x} " for one in fit(text))
    return Markup(f'"{escaped}"')  # noqa: S704 - letters, digits and escapes of CSS alone


def _keep_unbroken(text: str) -> Markup:
    """Escape a sentence and keep its intervals from being broken over two lines."""
    ranges = rf"([\d.]+{DASH}[\d.]+(?:{SPACE}%)?)"
    kept = re.sub(ranges, r'<span class="unbroken">\1</span>', str(escape(fit(text))))
    return Markup(kept)  # noqa: S704 - escaped just above


def _mark_code(text: str) -> Markup:
    """Escape a text; what stands in backticks, as in Markdown, is code."""
    kept = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(fit(text))))
    return Markup(kept)  # noqa: S704 - escaped just above
