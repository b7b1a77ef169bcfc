"""Whether a rebuilt face passes as the person."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from faceaudit.app.language import say
from faceaudit.app.networks import KnownNetwork
from faceaudit.app.parts.drawn import show_drawn
from faceaudit.app.parts.give_away.attempt import (
    FMRS,
    REBUILT,
    Attempt,
    Passing,
    Picture,
    Stolen,
    threshold,
)
from faceaudit.app.parts.give_away.drawing import address, cosine, rail, wide
from faceaudit.app.parts.numbers import number, one_in
from faceaudit.app.parts.sheet import heading, note, paragraph
from faceaudit.types import Estimate

LOWEST = -0.2
"""Where the lines on which scores stand begin."""
HALF = 0.5
"""A share of strangers that is said as most of them."""


def passing(
    found: Attempt, stolen: Stolen, attacked: KnownNetwork, networks: Sequence[KnownNetwork]
) -> None:
    """Show whether the rebuilt face passes as the person, beside what rebuilds nothing."""
    heading(say("give_away.passing"))
    if not found.pictures[0].before:
        note(say("give_away.no_other"))
        return
    paragraph(say("give_away.passing_how"))
    for column, one in zip(st.columns(max(2, len(networks)), gap="large"), networks, strict=False):
        role = "attacked" if one is attacked else "judge"
        with column:
            st.html(_verdict(found.pictures[0].before[one.name], one, role))
            show_drawn(wide(_table(found, one), one.title))
    if stolen.place is None and any(one.own for one in networks):
        note(say("give_away.own_networks"))
    people = networks[0].reference.people
    note(say("give_away.passing_note", people=number(people)), say("give_away.beats"))
    if stolen.real:
        note(say("give_away.attackers_synthetic"))


def _verdict(one: Passing, network: KnownNetwork, role: str) -> str:
    """Return in words whether the rebuilt face passes, and how many strangers do."""
    kind = {None: "open", True: "yes", False: "no"}[one.passes[0]]
    many = "most" if _is_most(one.strangers) else "strangers"
    strangers = _strangers(one.strangers)
    return (
        f'<p class="kicker">{escape(say(f"give_away.network_{role}", network=network.title))}</p>'
        f'<p class="verdict {kind}">'
        f"{escape(say(f'give_away.verdict_{kind}', network=network.title))}</p>"
        f'<p class="say">{escape(say(f"give_away.verdict_{many}", strangers=strangers))}</p>'
    )


def _strangers(estimate: Estimate | None) -> str:
    if estimate is None or _is_most(estimate):
        return say("give_away.most_strangers")
    return one_in(estimate)


def _is_most(estimate: Estimate | None) -> bool:
    """Return whether it is most strangers who score so high; below all thresholds it is."""
    return estimate is None or estimate.value > HALF


def _table(found: Attempt, network: KnownNetwork) -> str:
    limits = [one for fmr in FMRS if (one := threshold(network.reference, fmr)) is not None]
    rows = "".join(_row(one, one.before[network.name], limits) for one in found.pictures)
    return (
        '<table class="sheet passing"><thead><tr>'
        f'<td></td><th scope="col">{escape(say("give_away.shown"))}</th>'
        f'<th scope="col">{escape(say("give_away.as_alike"))}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(picture: Picture, one: Passing, limits: Sequence[float]) -> str:
    kind = ' class="rebuilt"' if picture.name == REBUILT else ""
    passes = _passes(one.passes)
    return (
        f'<tr{kind}><td class="face"><img src="{address(picture.image)}" alt=""></td>'
        f'<th scope="row">{escape(say(f"give_away.picture_{picture.name}"))}'
        f"<small>{escape(say(f'give_away.picture_{picture.name}_note'))}</small></th>"
        f"<td>{rail(one.score, limits, LOWEST)}"
        f"{escape(say('give_away.score_passes', score=cosine(one.score), passes=passes))}"
        f"<small>{escape(_strangers(one.strangers))}</small></td></tr>"
    )


def _passes(passes: Sequence[bool | None]) -> str:
    """Say how strict a threshold is that is reached."""
    many = [number(round(1 / fmr)) for fmr, it in zip(FMRS, passes, strict=True) if it]
    if many:
        return say("give_away.passes", many=many[-1])
    return say("give_away.unknown" if passes[0] is None else "give_away.fails")
