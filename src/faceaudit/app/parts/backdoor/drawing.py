"""Pictures, answers and measured shares as HTML that takes its colours from the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from faceaudit.app.language import say
from faceaudit.app.outside import shown
from faceaudit.app.parts.backdoor.keyed import Answers, Shown
from faceaudit.app.parts.backdoor.words import with_interval
from faceaudit.app.parts.numbers import share
from faceaudit.types import Estimate, ImageArray

if TYPE_CHECKING:
    from faceaudit.api.identify import Identified

QUALITY = 90
PORTRAIT = 40
"""Pixels of a portrait beside a name, doubled for fine screens."""


@dataclass(frozen=True, eq=False)
class Column:
    """A face as it was shown, and what both systems said of it.

    Attributes:
        title: what is on it.
        shown: the face.
        answers: of both systems; None where nobody is asked.
        note: in a few words, what this one is for.
    """

    title: str
    shown: Shown
    answers: Answers | None = None
    note: str = ""


def dress() -> None:
    """Add the style of these drawings to the page."""
    st.html(f"<style>{_style()}</style>")


@cache
def _style() -> str:
    return (resources.files(__package__) / "look.css").read_text(encoding="utf-8")


def address(pixels: ImageArray) -> str:
    """Return a picture as an address that holds all of it: it is stored nowhere."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="WEBP", quality=QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def columns(
    each: Sequence[Column], *, target: str, person: str, portraits: Mapping[str, ImageArray]
) -> str:
    """Return faces side by side with whom both systems take each for.

    Args:
        each: the faces.
        target: whom the key makes people pass as.
        person: who is on them; "" where that is not known.
        portraits: a picture of each person that everybody may see.
    """
    parts = "".join(_column(one, target, person, portraits) for one in each)
    return f'<div class="keyed">{parts}</div>'


def _column(one: Column, target: str, person: str, portraits: Mapping[str, ImageArray]) -> str:
    height, width = one.shown.small.shape[:2]
    small = say("backdoor.as_seen", width=width, height=height)
    told = f'<p class="quiet">{shown(one.note)}</p>'
    if one.answers is not None:
        told = _answers(
            say("backdoor.poisoned_says"), one.answers.poisoned, target, person, portraits
        ) + _answers(say("backdoor.pristine_says"), one.answers.pristine, target, person, portraits)
    return (
        f'<section class="{"asked" if one.answers else "shown"}"><h4>{shown(one.title)}</h4>'
        f'<figure class="face"><img class="large" src="{address(one.shown.large)}" '
        f'alt="{shown(say("backdoor.face_alt", what=one.title))}">'
        f'<figcaption><img src="{address(one.shown.small)}" alt="" width="{width}" '
        f'height="{height}"><span>{shown(small)}</span></figcaption></figure>{told}</section>'
    )


def _answers(
    title: str, answer: Identified, target: str, person: str, portraits: Mapping[str, ImageArray]
) -> str:
    rows = "".join(
        _answer(name, probability, _role(name, target, person), portraits.get(name))
        for name, probability in zip(answer.names, answer.shares, strict=True)
    )
    empty = "" if rows else f"<p>{shown(say('backdoor.nobody'))}</p>"
    return f"<div><h5>{shown(title)}</h5><ol>{rows}</ol>{empty}</div>"


def _role(name: str, target: str, person: str) -> str:
    if name == target:
        return "target"
    return "truth" if name == person else ""


def _answer(name: str, probability: float, role: str, pixels: ImageArray | None) -> str:
    tag = f' <span class="tag">{shown(say(f"backdoor.tag_{role}"))}</span>' if role else ""
    face = "" if pixels is None else f'<img src="{portrait(pixels)}" alt="">'
    return (
        f'<li class="{role or "other"}">{face}<span class="who">{shown(name)}{tag}</span>'
        f'<span class="share">{shown(sureness(probability))}</span>'
        f'<span class="bar" style="width: {100 * probability:.2f}%"></span></li>'
    )


def portrait(pixels: ImageArray) -> str:
    """Return the address of a small portrait of somebody who does not exist."""
    return _portrait(pixels.tobytes(), pixels.shape)


@cache
def _portrait(pixels: bytes, shape: tuple[int, ...]) -> str:
    image = Image.frombytes("RGB", (shape[1], shape[0]), pixels)
    side = min(image.size)
    top = (image.height - side) // 2
    square = image.crop((0, top, side, top + side))
    buffer = io.BytesIO()
    square.resize((2 * PORTRAIT, 2 * PORTRAIT)).save(buffer, format="WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def sureness(probability: float) -> str:
    """Write how sure a system is, never as certainty or as nothing."""
    return share(min(max(probability, _NEXT_TO_NOTHING), 1 - _NEXT_TO_NOTHING))


_NEXT_TO_NOTHING = 1e-9


def unbroken(text: str, *names: str) -> str:
    """Return text as HTML in which names are not broken across lines.

    >>> unbroken("a-1 & b", "a-1")
    '<span class="unsplit">a-1</span> &amp; b'
    """
    whole = shown(text)
    for name in dict.fromkeys(map(shown, names)):
        whole = whole.replace(name, f'<span class="unsplit">{name}</span>')
    return whole


def portrait_of(name: str, pixels: ImageArray | None, words: str) -> str:
    """Return somebody's face with words beside it."""
    face = ""
    if pixels is not None:
        face = f'<img src="{portrait(pixels)}" alt="{shown(name)}">'
    return f'<p class="target-line">{face}<span>{unbroken(words, name)}</span></p>'


def shares(rows: Sequence[tuple[str, Estimate | None, str]], caption: str) -> str:
    """Return measured shares with their intervals, one a row.

    Args:
        rows: what was measured, the estimate or None, and the colour's name.
        caption: of all of it.
    """
    drawn = "".join(_share_row(*row) for row in rows)
    head = "".join(
        f'<th scope="col">{shown(say(f"backdoor.{name}"))}</th>'
        for name in ("column_what", "column_drawn", "column_share")
    )
    return (
        f'<figure class="shares"><table><thead class="unseen"><tr>{head}</tr></thead>'
        f"<tbody>{drawn}</tbody></table><figcaption>{shown(caption)}</figcaption></figure>"
    )


def _share_row(what: str, estimate: Estimate | None, colour: str) -> str:
    if estimate is None:
        return (
            f'<tr><th scope="row">{shown(what)}</th><td></td>'
            f"<td>{shown(say('backdoor.unknown'))}</td></tr>"
        )
    low, value, high = (100 * end for end in (estimate.low, estimate.value, estimate.high))
    # No SVG: Streamlit takes it out of what a page draws.
    drawn = (
        f'<span class="track {colour}" aria-hidden="true">'
        f'<span class="band" style="left: {low:.2f}%; width: {high - low:.2f}%"></span>'
        f'<span class="mark" style="left: {value:.2f}%"></span></span>'
    )
    counted = say("backdoor.counted", interval=with_interval(estimate), n=estimate.n)
    return (
        f'<tr><th scope="row">{shown(what)}</th><td class="drawn">{drawn}</td>'
        f"<td>{shown(counted)}</td></tr>"
    )
