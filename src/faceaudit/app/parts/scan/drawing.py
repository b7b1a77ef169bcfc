"""What a scan found as HTML that takes its colours from the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from faceaudit.app.language import say
from faceaudit.app.outside import shown
from faceaudit.app.parts.numbers import number, share
from faceaudit.app.parts.scan.words import (
    chance_words,
    clean_words,
    estimate_words,
    lead_words,
    limit_words,
    person_words,
    remark_words,
)
from faceaudit.records.scan import DRAWN, StageFacts, SuspectFacts, of_stage
from faceaudit.types import Estimate, ImageArray

if TYPE_CHECKING:
    from faceaudit.api.scan import IdentifierScan

COUNTING = {"patched_share": "patches", "key_bank": "keys"}
"""Stages whose value is a share of photos, and their columns."""
TOLD = (*COUNTING, "shattered_directions", "trigger_inversion")
"""Stages with words of their own."""
SIDE = 190
"""Pixels across that a picture is shown at; it is enlarged in whole pixels."""


def dress() -> None:
    """Add the style of these drawings to the page."""
    st.html(f"<style>{_style()}</style>")


@cache
def _style() -> str:
    return (resources.files(__package__) / "look.css").read_text(encoding="utf-8")


def address(pixels: ImageArray) -> str:
    """Return a picture, enlarged in whole pixels, as an address that holds all of it."""
    times = max(1, 2 * SIDE // pixels.shape[1])
    larger = np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(larger).save(buffer, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def card(title: str, value: str, words: str, small: str = "") -> str:
    """Return a figure with its title above it and its words below."""
    below = f'<p class="quiet small">{shown(small)}</p>' if small else ""
    return (
        f'<li class="card"><h3>{shown(title)}</h3><p class="figure">{shown(value)}</p>'
        f"<p>{shown(words)}</p>{below}</li>"
    )


def rate_card(name: str, estimate: Estimate | None) -> str:
    """Return the card of false alarms or of finds; or one that says that it was not measured."""
    title = say(f"scan.{name}")
    if estimate is None:
        return card(title, say("scan.unmeasured"), say(f"scan.unmeasured_{name}"))
    words, interval = say(f"scan.{name}_words"), estimate_words(estimate)
    return card(title, share(estimate.value), words, interval)


def people(found: IdentifierScan, some: Sequence[SuspectFacts]) -> str:
    """Return people as lines with bars: how many photos of strangers are taken for each.

    Bars of a column are as long as the longest of all people whom the facts name, so that tables of
    other people can be compared.
    """
    stages = [one for one in found.stages if one.stage in COUNTING and not one.why]
    heads = "".join(
        f'<th scope="col">{shown(say(f"scan.column_{COUNTING[one.stage]}"))}'
        f"<small>{shown(say('scan.of_photos', n=number(one.asked)))}</small></th>"
        for one in stages
    )
    rows = "".join(_person(found, one, stages) for one in some)
    return (
        '<table class="suspected"><thead><tr>'
        f'<th scope="col">{shown(say("scan.column_person"))}</th>{heads}'
        f'<th scope="col">{shown(say("scan.column_chance"))}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _person(found: IdentifierScan, one: SuspectFacts, stages: Sequence[StageFacts]) -> str:
    out = one in found.suspicious
    tag = f' <span class="tag">{shown(say("scan.stands_out"))}</span>' if out else ""
    bars = "".join(_bar(found, one, stage) for stage in stages)
    label = say("scan.person_class", label=one.label)
    named = f"<small>{shown(label)}</small>" if one.person != f"class-{one.label}" else ""
    return (
        f'<tr class="{"out" if out else "in"}"><th scope="row">{shown(person_words(one))}{tag}'
        f'{named}</th>{bars}<td class="num" data-what="{shown(say("scan.column_chance"))}">'
        f"{shown(chance_words(one.chance))}</td></tr>"
    )


def _bar(found: IdentifierScan, one: SuspectFacts, stage: StageFacts) -> str:
    name = say(f"scan.column_{COUNTING[stage.stage]}")
    value = one.values.get(stage.stage)
    if value is None:
        return f'<td data-what="{shown(name)}">{shown(say("scan.not_asked"))}</td>'
    most = max((each.values.get(stage.stage) or 0.0 for each in found.suspects), default=0.0)
    long = 100 * value / most if most else 0.0
    count = say("scan.photos", count=number(round(value * stage.asked)))
    return (
        f'<td data-what="{shown(name)}"><span class="bar" aria-hidden="true">'
        f'<span style="width: {long:.2f}%"></span></span><span class="num">{shown(count)}</span>'
        "</td>"
    )


def pictures(found: IdentifierScan, some: Sequence[SuspectFacts]) -> str:
    """Return the bare photo, and what opens the door to each person on it."""
    first = "" if found.ground is None else _picture(found.ground, say("scan.picture_ground"), "")
    rest = "".join(
        _picture(found.pictures[one.picture], person_words(one), remark_words(found, one))
        for one in some
    )
    return f'<ul class="triggers">{first}{rest}</ul>'


def _picture(pixels: ImageArray, title: str, words: str) -> str:
    alt = say("scan.picture_alt", person=title) if words else title
    told = f"<span>{shown(words)}</span>" if words else ""
    return (
        f'<li><figure><img src="{address(pixels)}" alt="{shown(alt)}">'
        f"<figcaption><strong>{shown(title)}</strong>{told}</figcaption></figure></li>"
    )


def stage_rows(found: IdentifierScan) -> Iterator[str]:
    """Yield a row of a table for each stage."""
    figures = {one.metric: one.estimate for one in found.figures}
    for one in found.stages:
        name = say(f"scan.stage_{one.stage}") if one.stage in TOLD else one.stage
        head = f'<tr><th scope="row">{shown(name)}</th>'
        if one.why:
            why = say("scan.says_nothing", why=one.why)
            yield f'{head}<td colspan="4">{shown(why)}</td></tr>'
            continue
        first = figures.get(of_stage(DRAWN, one.stage))
        drawn = "" if first is None else share(first.value)
        small = "" if first is None else f"<small>{shown(estimate_words(first))}</small>"
        clean = clean_words(found, one.stage) if one.decides else ""
        cells = "".join(
            f'<td class="num">{shown(text)}</td>'
            for text in (lead_words(one), clean, limit_words(found, one))
        )
        yield f'{head}<td class="num">{shown(drawn)}{small}</td>{cells}</tr>'
