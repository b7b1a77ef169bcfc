"""Step: what templates give away of many people, measured once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import faceaudit
from faceaudit.app.gallery import Gallery, known_gallery
from faceaudit.app.gallery_people import PEOPLE, PHOTOS
from faceaudit.app.networks import VARIATION, KnownNetwork, known
from faceaudit.app.parts.give_away.linking import link
from faceaudit.app.parts.give_away.others import (
    ATTRIBUTES,
    Figures,
    Linked,
    Others,
    draw,
    load_others,
    read_attribute,
    save,
)
from faceaudit.app.parts.give_away.others import STEP as NAME
from faceaudit.app.parts.give_away.seen import template_of
from faceaudit.app.preparing.step import Step
from faceaudit.app.settings import Settings
from faceaudit.progress import Progress
from faceaudit.types import FloatArray

GALLERY_SEED = 77
"""Of the synthetic people in the gallery."""


def make(settings: Settings, folder: Path, progress: Progress) -> None:
    """Render other people, embed them with every network, and measure what templates tell."""
    networks, gallery = known(settings), known_gallery(settings)
    with progress.task("what templates give away", None):
        drawn = draw(settings)
        others = [load_others(settings, one, drawn, progress) for one in networks]
        read = {
            one.name: tuple(
                read_attribute(
                    other,
                    name,
                    _templates(one, gallery),
                    # Of people who exist nothing is guessed, and nothing kept.
                    answers=gallery is None or not gallery.real,
                )
                for name in ATTRIBUTES
            )
            for one, other in zip(networks, others, strict=True)
        }
        linked = _linked(networks, others)
        truth = _truth(settings, gallery, folder / "cache", progress)
        save(Figures(drawn, read, linked, truth), folder)


def _templates(network: KnownNetwork, gallery: Gallery | None) -> FloatArray:
    """Return the (P, E) templates of the gallery's photos.

    Those in which the network's detector finds no face have one that says nothing: no template can
    be stolen of them, so that what is read off it is never shown.
    """
    photos = () if gallery is None else gallery.photos
    found = np.ones((len(photos), network.embedder.embedding_size), dtype=np.float32)
    for row, photo in enumerate(photos):
        template = template_of(network, photo.pixels)
        if template is not None:
            found[row] = template
    return found


def _linked(networks: Sequence[KnownNetwork], others: Sequence[Others]) -> dict[str, Linked]:
    """Return how often people are found, for each two networks."""
    found = {}
    for one, first in zip(networks, others, strict=True):
        for two, second in zip(networks, others, strict=True):
            if one is two:
                continue
            # One photo of each was stolen, another one, of the other session, was enrolled.
            enrolled = second.rows(1)
            result = link(first, second, first.templates[first.rows(0)], enrolled, known=True)
            if result.first_right is not None and result.chance is not None:
                found[f"{one.name}>{two.name}"] = Linked(result.first_right, result.chance)
    return found


def _truth(
    settings: Settings, gallery: Gallery | None, cache: Path, progress: Progress
) -> dict[str, tuple[int, ...]]:
    """Return what the photos of a synthetic gallery were drawn with."""
    if gallery is None or gallery.real:
        return {}
    drawn = faceaudit.load_faces(
        "synthetic",
        gallery.photos[0].pixels.shape[:2],
        cache=cache,
        progress=progress,
        people=PEOPLE,
        photos=PHOTOS,
        sessions=2,
        seed=GALLERY_SEED,
        variation=VARIATION,
        aligned=settings.align is None and bool(settings.networks),
    ).faces
    # What another gallery was drawn with is not known here.
    same = len(drawn) == len(gallery.photos) and all(
        np.array_equal(image, photo.pixels)
        for image, photo in zip(drawn.images, gallery.photos, strict=True)
    )
    if not same:
        return {}
    return {name: tuple(drawn.attributes[name].tolist()) for name in ATTRIBUTES}


STEP = Step(NAME, 30, make)
