"""What the page says of an attempt: whether it passes, what else is read, whose name is found."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from faceaudit.app.gallery import Gallery
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
from faceaudit.app.parts.give_away.drawing import address, cosine, rail, spread
from faceaudit.app.parts.give_away.linking import link
from faceaudit.app.parts.give_away.others import (
    Figures,
    Others,
    Read,
    read_attribute,
)
from faceaudit.app.parts.give_away.seen import template_of
from faceaudit.app.parts.numbers import interval, number, one_in, share
from faceaudit.app.parts.sheet import heading, note, paragraph
from faceaudit.types import Estimate, FloatArray

LOWEST = -0.2
"""Where the lines on which scores stand begin."""
HALF = 0.5
"""A share of strangers that is said as most of them."""
TOP = 5
"""Names that are shown."""


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


def attributes(
    found: Attempt, stolen: Stolen, attacked: KnownNetwork, others: Others, figures: Figures
) -> None:
    """Show what is read off the template beside who it is."""
    heading(say("give_away.attributes"))
    paragraph(
        say("give_away.attributes_how", people=number(figures.read[attacked.name][0].labelled))
    )
    rows = ""
    for one in figures.read[attacked.name]:
        answers = _answers(one, found.template, stolen, others)
        truth = None
        if stolen.place is not None and one.name in figures.truth:
            truth = figures.truth[one.name][stolen.place]
        rows += _attribute(one, answers, truth)
    truth_head = f'<th scope="col">{escape(say("give_away.truth"))}</th>' if figures.truth else ""
    if stolen.place is None:
        truth_head = ""
    table = (
        '<table class="sheet read"><thead><tr>'
        f'<th scope="col">{escape(say("give_away.attribute"))}</th>'
        f'<th scope="col">{escape(say("give_away.answer"))}</th>{truth_head}'
        f'<th scope="col">{escape(say("give_away.auc"))}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    show_drawn(wide(table, say("give_away.attributes")))
    people = figures.read[attacked.name][0].people
    real = stolen.place is None or not figures.truth
    own = say("give_away.attributes_own") if real else ""
    note(say("give_away.attributes_note", people=number(people)), own)


def _answers(one: Read, template: FloatArray, stolen: Stolen, others: Others) -> tuple[float, ...]:
    if stolen.place is not None and stolen.place < len(one.answers):
        return one.answers[stolen.place]
    kept = st.session_state.setdefault("give_away_answers", {})
    key = (one.name, template.tobytes())
    if key not in kept:
        with st.spinner(say("give_away.reading")):
            kept[key] = read_attribute(others, one.name, template[None]).answers[0]
    answers: tuple[float, ...] = kept[key]
    return answers


def _attribute(one: Read, answers: Sequence[float], truth: int | None) -> str:
    best = int(np.argmax(answers))
    value = one.values[best]
    drawn = ""
    if truth is not None:
        right = say("give_away.right" if truth == value else "give_away.wrong")
        drawn = (
            f"<td>{escape(say(f'give_away.{one.name}_{truth}'))}<small>{escape(right)}</small></td>"
        )
    auc = escape(
        say(
            "give_away.auc_value",
            auc=cosine(one.auc.value),
            low=cosine(one.auc.low),
            high=cosine(one.auc.high),
            n=number(one.auc.n),
        )
    )
    return (
        f'<tr><th scope="row">{escape(say(f"give_away.{one.name}"))}</th>'
        f"<td>{escape(say(f'give_away.{one.name}_{value}'))}"
        f"<small>{escape(say('give_away.sure', share=share(answers[best])))}</small></td>{drawn}"
        f"<td>{spread(one.auc, 0.5)}{auc}</td></tr>"
    )


def database(
    found: Attempt,
    stolen: Stolen,
    attacked: KnownNetwork,
    second: KnownNetwork,
    others: tuple[Others, Others],
    figures: Figures,
    gallery: Gallery,
) -> None:
    """Show whose name the template finds in the database of a second network."""
    heading(say("give_away.database"))
    entries, right = enrolled(stolen, second, gallery)
    rows = others[1].rows(1)
    count = len(rows) + len(entries)
    paragraph(
        say(
            "give_away.database_how",
            people=number(count),
            network=second.title,
            own=number(len(np.unique(others[0].faces.identity[others[0].own]))),
        )
    )
    more = np.stack([template for template, _, _ in entries]) if entries else None
    result = link(others[0], others[1], found.template[None], rows, more)
    items = ""
    for place, row in enumerate(result.nearest(TOP)[0].tolist()):
        inside = row < len(rows)
        if inside:
            image = others[1].faces.images[rows[row]]
            name = say("give_away.entry", number=number(int(row) + 1))
        else:
            _, image, name = entries[row - len(rows)]
        own = right is not None and row == len(rows) + right
        said = say("give_away.right_one") if own else ""
        items += (
            f'<li{" class=right" if own else ""}><img src="{address(np.asarray(image))}" alt="">'
            f"<b>{place + 1}. {escape(name)}</b>"
            f"<span>{escape(say('give_away.alike', score=cosine(float(result.scores[0, row]))))}"
            f"</span>{f'<span><strong>{escape(said)}</strong></span>' if own else ''}</li>"
        )
    show_drawn(f'<ol class="names">{items}</ol>')
    _say_found(result.nearest(TOP)[0].tolist(), None if right is None else len(rows) + right)
    linked = figures.linked.get(f"{attacked.name}>{second.name}")
    if linked is not None:
        note(
            say(
                "give_away.linked",
                share=share(linked.right.value),
                interval=interval(linked.right),
                n=number(linked.right.n),
                chance=share(linked.chance),
            ),
            say("give_away.linked_note"),
        )


def _say_found(nearest: Sequence[int], right: int | None) -> None:
    if right is None:
        paragraph(say("give_away.found_stranger"))
    elif right == nearest[0]:
        paragraph(say("give_away.found_first"))
    elif right in nearest:
        paragraph(say("give_away.found_among", place=list(nearest).index(right) + 1))
    else:
        paragraph(say("give_away.found_not"))


Entry = tuple[FloatArray, object, str]
"""A template in the second database, a picture of whose it is, and the name."""


def enrolled(
    stolen: Stolen, second: KnownNetwork, gallery: Gallery
) -> tuple[list[Entry], int | None]:
    """Return who else is in the second database, and which of them is the person.

    A photo of each person of the gallery that was not stolen, and of whoever brought two.
    """
    entries: list[Entry] = []
    right = None
    chosen = None if stolen.place is None else gallery.photos[stolen.place].person
    for person, photos in enumerate(gallery.people):
        pixels = photos[1 % len(photos)].pixels
        own = photos[0].person == chosen
        if own:
            if stolen.other is None:
                continue
            pixels = stolen.other
        template = template_of(second, pixels)
        if template is None:
            continue
        if own:
            right = len(entries)
        entries.append((template, _small(pixels), say("give_away.person", number=person + 1)))
    if stolen.place is None and stolen.other is not None:
        template = template_of(second, stolen.other)
        if template is not None:
            right = len(entries)
            entries.append((template, _small(stolen.other), say("give_away.you")))
    return entries, right


def _small(pixels: object) -> object:
    from PIL import Image  # noqa: PLC0415 - the import of pages is quick without

    image = Image.fromarray(np.asarray(pixels))
    image.thumbnail((112, 112), Image.Resampling.LANCZOS)
    return np.array(image)


def wide(table: str, label: str) -> str:
    """Return a table that scrolls by itself where the window is too narrow for it."""
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label)}">{table}</div>'
    )
