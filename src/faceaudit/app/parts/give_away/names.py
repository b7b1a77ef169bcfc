"""Whose name a template finds in the database of a second network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from faceaudit.app.gallery import Gallery
from faceaudit.app.language import say
from faceaudit.app.networks import KnownNetwork
from faceaudit.app.parts.drawn import show_drawn
from faceaudit.app.parts.give_away.attempt import Attempt, Stolen
from faceaudit.app.parts.give_away.drawing import address, cosine
from faceaudit.app.parts.give_away.linking import link
from faceaudit.app.parts.give_away.others import Figures, Others
from faceaudit.app.parts.give_away.seen import template_of
from faceaudit.app.parts.numbers import interval, number, share
from faceaudit.app.parts.sheet import heading, note, paragraph
from faceaudit.types import FloatArray

TOP = 5
"""Names that are shown."""


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
    if stolen.real:
        note(say("give_away.database_synthetic", people=number(len(rows))))
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
