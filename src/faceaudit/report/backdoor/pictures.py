"""Pictures of keys, poison samples and instances, embedded in the page with text alternatives."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.records.backdoor import SUCCESS
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.trainings import trainings_in_words
from faceaudit.report.numbers import percent_in_text
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = deferred("PIL.Image")

SHOWN = 110
"""Height in CSS pixels that small pictures are enlarged to, by whole steps."""
LIGHT = 40_000
"""Bytes above which a picture is embedded as WebP, so that the page stays small."""


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
    target = level.attack.target
    kinds = {
        "key": ("Key", "The key"),
        "poison": (f"Poison samples, labelled {target}", f"Poison sample, labelled as {target},"),
        "donor": ("The same photos before", "Photo before poisoning"),
        "instance": ("Backdoor instances", f"Backdoor instance, to be taken for {target},"),
        "wrong": ("Wrong keys", "Wrong key"),
    }
    names = sorted(level.cases[0].pictures, key=_number)
    by_kind = {kind: [name for name in names if name.split("-")[0] == kind] for kind in kinds}
    return tuple(
        Strip(title, tuple(_show_picture(series, level, name, noun, len(shown)) for name in shown))
        for (title, noun), shown in zip(kinds.values(), by_kind.values(), strict=True)
        if shown
    )


def _show_picture(series: Series, level: SampleCount, name: str, noun: str, total: int) -> Picture:
    """Return the picture of that name; `noun` names its kind, of which there are `total`."""
    kind, number = name.split("-", maxsplit=1)[0], _number(name)
    which = f" {number + 1} of {total}" if total > 1 else ""
    alt = f"{noun}{which} of {series.title}"
    key, rate = _shown_key(level, kind, number)
    return _embed_picture(
        level.cases[0].pictures[name],
        f"{alt}: {key}" if key else alt,
        key,
        "" if rate is None else f"success {percent_in_text(rate.value)}{_average(level)}",
    )


def _average(level: SampleCount) -> str:
    return f" over {trainings_in_words(level.trainings)}" if level.trainings > 1 else ""


def _shown_key(level: SampleCount, kind: str, number: int) -> tuple[str, Estimate | None]:
    """Return the name of the key that a picture shows, and how often it opens the back door."""
    if kind == "key":
        return level.attack.key, level.get(SUCCESS)
    keys: Sequence[str] = level.attack.wrong_keys if kind == "wrong" else ()
    if number >= len(keys):
        return "", None
    return keys[number], level.wrong_keys[keys[number]].estimate


def _embed_picture(content: bytes, alt: str, caption: str, rate: str) -> Picture:
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
