"""Whose template is stolen: somebody of the gallery, or whoever brings a photo."""

from __future__ import annotations

from faceaudit.app.gallery import Gallery
from faceaudit.app.language import say
from faceaudit.app.parts.give_away.attempt import Stolen
from faceaudit.app.parts.photo_choice import choose_photo

KEY = "give_away"
START = (5, 0)
"""Person and photo of the gallery at first."""


def choose(gallery: Gallery) -> Stolen | None:
    """Show the choice of a photo, and return it; None as long as none was brought."""
    photo = choose_photo(gallery, KEY, say("give_away.whose"), start=START)
    if photo is None:
        return None
    if photo.person is None:
        other = choose_photo(None, f"{KEY}_other", say("give_away.own_second"))
        return Stolen(photo.pixels, None if other is None else other.pixels, real=True)
    photos = gallery.people[photo.person]
    number = next(n for n, one in enumerate(photos) if one.pixels is photo.pixels)
    place = next(n for n, one in enumerate(gallery.photos) if one is photos[number])
    # The next one is of another session: other light, other hair.
    other_one = photos[(number + 1) % len(photos)].pixels if len(photos) > 1 else None
    return Stolen(photo.pixels, other_one, place, real=gallery.real)
