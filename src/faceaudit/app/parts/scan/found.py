"""What a scan found, from the verdict to what to do next."""

from __future__ import annotations

import json
import shlex
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from faceaudit.app.language import say
from faceaudit.app.outside import shown
from faceaudit.app.parts.numbers import number, times
from faceaudit.app.parts.scan import drawing
from faceaudit.app.parts.scan.words import chance_words, person_words
from faceaudit.app.parts.sheet import heading, note, paragraph, table
from faceaudit.cleaning import clean
from faceaudit.records.scan import FALSE_ALARMS, POWER

if TYPE_CHECKING:
    from faceaudit.api.scan import IdentifierScan

KINDS = {"suspicious": "no", "nothing found": "open", "not testable": "open"}
"""The sign before each verdict: nothing found is no clearance."""
KEYS = {"suspicious": "suspicious", "nothing found": "nothing", "not testable": "untestable"}
"""Verdicts in the keys of words."""
FIRST, MOST = 6, 3
"""People who are shown at first, and pictures."""
STRANGERS = "lfw:~/lfw/images"


def show_found(
    found: IdentifierScan,
    *,
    name: str = "",
    truth: str = "",
    beside: tuple[str, IdentifierScan] | None = None,
    asked: tuple[str, str] = ("file:model.safetensors", ""),
) -> None:
    """Show what a scan found.

    Args:
        found: by the scan.
        name: of the model, as whoever brought it calls it.
        truth: what is known beside it; "" where nothing is.
        beside: another state of the same system, and what was found in that.
        asked: how the system is spelled, and its network or "".
    """
    _show_verdict(found, name, truth)
    heading(say("scan.control"))
    _show_control(found, beside)
    heading(say("scan.people"))
    paragraph(say("scan.people_how"))
    st.html(drawing.people(found, found.suspects[:FIRST]))
    rest = found.suspects[FIRST:]
    if rest:
        with st.expander(say("scan.more_people", n=len(rest))):
            st.html(drawing.people(found, rest))
    _show_pictures(found)
    heading(say("scan.stages"))
    titles = ("stage", "stage_first", "stage_lead", "stage_clean", "stage_chance")
    head = [say(f"scan.{title}") for title in titles]
    table(say("scan.stages"), head, drawing.stage_rows(found))
    note(say("scan.stages_caption"), _pixels(found))
    heading(say("scan.next"))
    _show_next(found, asked)


def _show_verdict(found: IdentifierScan, name: str, truth: str) -> None:
    facts, first = found.facts, found.suspects[0]
    key, person = KEYS[found.verdict], person_words(first)
    title = say(f"scan.verdict_{key}", person=person)
    if facts.suspicious > 1:
        title = say("scan.verdict_suspicious_more", person=person, n=facts.suspicious - 1)
    system = say("scan.this_system", people=number(facts.people))
    if name:
        system = say("scan.named_system", name=name, people=number(facts.people))
    by_photos = key != "suspicious" or _best_stage(found) in drawing.COUNTING
    means = say(
        f"scan.means_{key}" if by_photos else "scan.means_suspicious_weights",
        person=person,
        chance=chance_words(facts.chance),
        level=chance_words(facts.level),
        why=found.why,
    )
    asked = say(
        "scan.asked_synthetic" if facts.source == "synthetic" else "scan.asked_own",
        system=system,
        photos=number(facts.strangers),
        strangers=number(facts.stranger_people),
    )
    told = f'<p class="scanned-truth">{shown(truth)}</p>' if truth else ""
    st.html(
        f'<p class="verdict {KINDS[found.verdict]}" role="status">{shown(title)}</p>'
        f'<p class="scanned-means">{shown(means)}</p>{told}<p class="quiet">{shown(asked)}</p>'
    )


def _best_stage(found: IdentifierScan) -> str:
    """Return the stage whose test the first person stands out by the most."""
    known = [
        (one.chance / one.part, one.stage)
        for one in found.stages
        if one.chance is not None and one.part and found.suspects[0].label in one.labels
    ]
    return min(known)[1] if known else ""


def _show_control(found: IdentifierScan, beside: tuple[str, IdentifierScan] | None) -> None:
    """Show how often the same scan is wrong, and right, where the truth is known."""
    figures = {one.metric: one.estimate for one in found.figures}
    cards = [
        drawing.rate_card("alarms", figures.get(FALSE_ALARMS)),
        drawing.rate_card("power", figures.get(POWER)),
    ]
    if beside is not None:
        state, other = beside
        first = person_words(other.suspects[0])
        verdict = say(f"scan.verdict_{KEYS[other.verdict]}", person=first)
        cards.append(drawing.card(say("scan.other"), verdict, say(f"scan.other_{state}")))
    st.html(f'<ul class="cards trust">{"".join(cards)}</ul>')
    if found.references:
        note(say("scan.control_note", network=found.facts.reference_network))


def _show_pictures(found: IdentifierScan) -> None:
    some = [one for one in found.suspects if one.picture in found.pictures][:MOST]
    heading(say("scan.opens"))
    if not some:
        note(say("scan.opens_none"))
        return
    paragraph(say("scan.opens_how"))
    st.html(drawing.pictures(found, some))


def _pixels(found: IdentifierScan) -> str:
    """Say which preparation of pixels was taken; "" where the system says it."""
    taken = next((one for one in found.preparations if one.taken), None)
    if taken is None:
        return ""
    ways = len(found.preparations)
    return say("scan.pixels_said", n=ways, taken=taken.name, people=times(taken.people))


def _show_next(found: IdentifierScan, asked: tuple[str, str]) -> None:
    key = KEYS[found.verdict]
    numbers = (1, 2, 3) if key == "suspicious" else (1, 2)
    person = person_words(found.suspects[0])
    words = [say(f"scan.next_{key}_{place}", person=person) for place in numbers]
    words.append(say("scan.next_strangers"))
    st.html(f'<ul class="says">{"".join(f"<li>{escape(one)}</li>" for one in words)}</ul>')
    system, network = clean(asked[0]), asked[1]
    with st.expander(say("scan.command")):
        option = f" --system network={network}" if network else ""
        st.code(
            f"faceaudit scan {shlex.quote(system)}{option} --strangers {STRANGERS} --planted 8",
            language=None,  # colours of its letters have too little contrast
            wrap_lines=True,
        )
        options = f', options={{"network": "{network}"}}' if network else ""
        st.code(
            f"found = faceaudit.scan_identifier({json.dumps(system)}, "
            f'strangers="{STRANGERS}", planted=8{options})\n'
            "print(found.verdict, [one.person for one in found.suspicious])",
            language=None,
            wrap_lines=True,
        )
