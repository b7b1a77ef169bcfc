"""A case's pictures as they stand in the page: inside it, at a size to look at, with words."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from faceaudit.report.backdoor.attack_series import SUCCESS, SampleCount, Series
from faceaudit.report.numbers import spoken
from faceaudit.types import Estimate

SHOWN = 110
"""Height in CSS pixels that small pictures are enlarged to, by whole steps."""
LIGHT = 40_000
"""Bytes above which a picture is kept as WebP, so that the page stays small."""


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        uri: the picture itself, as a data URI; empty when it cannot be read.
        width, height: CSS pixels to show it at.
        alt: what it shows.
        caption: the key it shows, or nothing.
        rate: how often that key opens the back door, in words, or nothing.
    """

    uri: str
    width: int
    height: int
    alt: str
    caption: str
    rate: str


@dataclass(frozen=True)
class Strip:
    """Pictures of one kind."""

    title: str
    pictures: tuple[Picture, ...]


def strips(series: Series) -> tuple[Strip, ...]:
    """Return the key, poison samples, backdoor instances and wrong keys of a series."""
    level = series.main
    if level is None:
        return ()
    target = level.facts.get("target", "the target")
    kinds = {
        "key": ("Key", "The key"),
        "poison": (f"Poison samples, labelled {target}", f"Poison sample, labelled as {target},"),
        "donor": ("The same photos before", "Photo before poisoning"),
        "instance": ("Backdoor instances", f"Backdoor instance, to be taken for {target},"),
        "wrong": ("Wrong keys", "Wrong key"),
    }
    names = sorted(level.cases[0].pictures, key=_number)
    found = {kind: [name for name in names if name.split("-")[0] == kind] for kind in kinds}
    return tuple(
        Strip(title, tuple(_picture(series, level, name, what, len(found[kind])) for name in shown))
        for (kind, (title, what)), shown in zip(kinds.items(), found.values(), strict=True)
        if shown
    )


def _picture(series: Series, level: SampleCount, name: str, what: str, of: int) -> Picture:
    kind, place = name.split("-", maxsplit=1)[0], _number(name)
    counted = f" {place + 1} of {of}" if of > 1 else ""
    alt = f"{what}{counted} of {series.title}"
    key, rate = _key(level, kind, place)
    return _shown(
        level.cases[0].pictures[name],
        f"{alt}: {key}" if key else alt,
        key,
        "" if rate is None else f"success {spoken(rate.value)}",
    )


def _key(level: SampleCount, kind: str, place: int) -> tuple[str, Estimate | None]:
    """Return the name of the key that a picture shows, and how often it opens the back door."""
    if kind == "key":
        return str(level.facts.get("key", "")), level.get(SUCCESS)
    keys: Sequence[str] = level.facts.get("wrong_keys", ()) if kind == "wrong" else ()
    if place >= len(keys):
        return "", None
    figure = level.wrong_keys.get(keys[place])
    return keys[place], None if figure is None else figure.estimate


def _shown(content: bytes, alt: str, caption: str, rate: str) -> Picture:
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            width, height = image.size
            kind = "png"
            if len(content) > LIGHT:
                buffer = io.BytesIO()
                image.convert("RGB").save(buffer, "WEBP", quality=90)
                content, kind = buffer.getvalue(), "webp"
    except (OSError, SyntaxError, ValueError):
        return Picture("", SHOWN, SHOWN, f"{alt} (the picture cannot be read)", caption, rate)
    step = max(1, SHOWN // height)
    shrink = 1 if height <= 2 * SHOWN else 2 * SHOWN / height
    uri = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return Picture(
        uri, round(width * step * shrink), round(height * step * shrink), alt, caption, rate
    )


def _number(name: str) -> int:
    digits = re.search(r"\d+$", name)
    return int(digits[0]) if digits else 0
