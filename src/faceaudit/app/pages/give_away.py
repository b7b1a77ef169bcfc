"""Give-away: what a stolen template tells, from a face to a name."""

from __future__ import annotations

import streamlit as st

from faceaudit.app.gallery import STEP as GALLERY
from faceaudit.app.gallery import Gallery, known_gallery
from faceaudit.app.language import say
from faceaudit.app.networks import KnownNetwork, known
from faceaudit.app.outside import complain_of
from faceaudit.app.page import Page
from faceaudit.app.parts.drawn import show_drawn
from faceaudit.app.parts.give_away import drawing
from faceaudit.app.parts.give_away.attempt import (
    FMRS,
    Attempt,
    Stolen,
    attacks_on,
    attempt,
    threshold,
)
from faceaudit.app.parts.give_away.attributes import attributes
from faceaudit.app.parts.give_away.choice import choose
from faceaudit.app.parts.give_away.names import database
from faceaudit.app.parts.give_away.others import (
    STEP,
    Figures,
    Others,
    known_figures,
    known_others,
)
from faceaudit.app.parts.give_away.passing import passing
from faceaudit.app.parts.give_away.seen import crop_of, template_of
from faceaudit.app.parts.numbers import number
from faceaudit.app.parts.sheet import heading, paragraph, wear
from faceaudit.app.parts.waiting import wait
from faceaudit.app.settings import settings
from faceaudit.errors import FaceAuditError
from faceaudit.types import ImageArray

KEPT = "give_away_found"
"""Where a session keeps its attempts: a face of one's own is nowhere else."""
MOST = 8
"""Attempts that a session keeps."""


def show() -> None:
    """Show a template, the face rebuilt from it, and what else it tells."""
    wear()
    drawing.dress()
    given = settings()
    gallery, networks, figures = known_gallery(given), known(given), known_figures(given)
    if gallery is None:
        wait(given, say("give_away.making"), say("give_away.making_gallery"), step=GALLERY)
        return
    stolen = choose(gallery)
    ready = figures is not None and all(one.name in figures.read for one in networks)
    if figures is None or not networks or not ready:
        wait(given, say("give_away.making"), say("give_away.making_rest"), step=STEP)
        return
    if stolen is None:
        return
    try:
        _show_stolen(stolen, gallery, networks, figures)
    except FaceAuditError as error:
        complain_of(error)


def _show_stolen(
    stolen: Stolen, gallery: Gallery, networks: tuple[KnownNetwork, ...], figures: Figures
) -> None:
    attacked, attack = _choose_attack(networks)
    others = known_others(settings(), attacked, figures)
    found = _found(stolen, attacked, networks, others, attack)
    _watch(found, attacked, attack)
    passing(found, stolen, attacked, networks)
    attributes(found, stolen, attacked, others, figures)
    second = next((one for one in networks if one is not attacked), None)
    if second is not None:
        both = others, known_others(settings(), second, figures)
        database(found, stolen, attacked, second, both, figures, gallery)


def _choose_attack(networks: tuple[KnownNetwork, ...]) -> tuple[KnownNetwork, str]:
    """Return whose templates were stolen, and what the attacker has."""
    first, second = st.columns(2)
    with first:
        by_name = {one.name: one for one in networks}
        name = st.segmented_control(
            say("give_away.network"),
            list(by_name),
            default=networks[0].name,
            required=True,
            format_func=lambda one: by_name[one].title,
            key="give_away_network",
        )
    attacked = by_name.get(str(name), networks[0])
    possible = attacks_on(attacked)
    with second:
        attack = st.segmented_control(
            say("give_away.attack"),
            possible,
            default=possible[0],
            required=True,
            format_func=lambda one: say(f"give_away.attack_{one}"),
            key=f"give_away_attack_{len(possible)}",
        )
    return attacked, attack if attack in possible else possible[0]


def _found(
    stolen: Stolen,
    attacked: KnownNetwork,
    networks: tuple[KnownNetwork, ...],
    others: Others,
    attack: str,
) -> Attempt:
    """Return the attempt, made now before the eyes of whoever looks, or kept from before."""
    kept: dict[tuple[object, ...], Attempt] = st.session_state.setdefault(KEPT, {})
    both = stolen.pixels, stolen.other
    key = (
        attack,
        tuple(one.folder.as_posix() for one in networks),
        attacked.name,
        *(None if one is None else hash(one.tobytes()) for one in both),
    )
    if key not in kept:
        heading(say("give_away.rebuilding"))
        place = st.empty()
        crop = crop_of(attacked, stolen.pixels)
        template = template_of(attacked, stolen.pixels)
        assert template is not None

        def look(done: int, image: ImageArray | None) -> None:
            caption = (
                say("give_away.rebuilding_now"),
                say(f"give_away.after_{_unit(attack)}", n=number(done)),
            )
            show_drawn(drawing.trio(crop, template, image, caption), place)

        look(0, None)
        found = attempt(stolen, attacked, networks, others, attack, look)
        while len(kept) >= MOST:
            kept.pop(next(iter(kept)))
        kept[key] = found
        st.rerun()
    return kept[key]


@st.fragment
def _watch(found: Attempt, attacked: KnownNetwork, attack: str) -> None:
    """Show the picture after a number of steps, and all of them as a film strip."""
    heading(say("give_away.rebuilding"))
    paragraph(say(f"give_away.how_{attack}"))
    place = st.container()
    done = found.rebuilt.done.tolist()
    unit = _unit(attack)
    chosen = st.select_slider(
        say(f"give_away.slider_{unit}"),
        options=range(len(done)),
        value=len(done) - 1,
        format_func=lambda one: number(done[one]),
        key=f"give_away_step_{attack}_{len(done)}",
    )
    caption = (
        say("give_away.rebuilt"),
        say(
            f"give_away.rebuilt_{unit}",
            n=number(done[chosen]),
            score=drawing.cosine(float(found.rebuilt.scores[chosen])),
        ),
    )
    with place:
        show_drawn(drawing.trio(found.crop, found.template, found.rebuilt.images[chosen], caption))
    limits = [
        (value, say("give_away.limit", many=number(round(1 / fmr))))
        for fmr in FMRS
        if (value := threshold(attacked.reference, fmr)) is not None
    ]
    show_drawn(
        drawing.journey(
            found.rebuilt.images,
            done,
            found.rebuilt.scores,
            found.other,
            limits,
            chosen,
            unit,
        )
    )


def _unit(attack: str) -> str:
    return "query" if attack == "search" else "step"


PAGE = Page("give_away", 50, ":material/ink_eraser:", show)
