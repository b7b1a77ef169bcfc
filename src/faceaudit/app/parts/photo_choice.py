"""The choice of a photo: from the gallery, a file, or the camera.

    photo = choose_photo(gallery, "first", say("verify.first"), start=(0, 0))
    if photo is not None:
        st.image(photo.pixels)

What somebody brings is kept in their session alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from faceaudit.app.gallery import Gallery, GalleryPhoto, reduced
from faceaudit.app.language import say
from faceaudit.app.outside import complain
from faceaudit.app.parts.gallery import show_strip
from faceaudit.app.uploads import MEGABYTES, UploadError, photo_of
from faceaudit.types import ImageArray

KEPT = 1600
"""Pixels of the longer side of a photo that was brought; a larger one is made smaller."""
SOURCES = ("gallery", "upload", "camera")


@dataclass(frozen=True, eq=False)
class ChosenPhoto:
    """A photo that was chosen.

    Attributes:
        id: tells it from every other photo of this session.
        title: for people to read, in the session's language.
        pixels: (H, W, 3) uint8 RGB.
        person: number of the person in the gallery; None of a photo that was brought.
    """

    id: tuple[Any, ...]
    title: str
    pixels: ImageArray
    person: int | None = None


def choose_photo(
    gallery: Gallery | None, key: str, label: str, *, start: tuple[int, int] = (0, 0)
) -> ChosenPhoto | None:
    """Show what chooses a photo, and return the one that is chosen; None as long as none is.

    Args:
        gallery: None as long as it is not made: photos can be brought already.
        key: tells this choice from others of the session: letters, digits and "_".
        label: what the photo is chosen for, as in "First photo".
        start: person and photo of the gallery that are chosen at first, from 0.
    """
    known = SOURCES if gallery is not None else SOURCES[1:]
    source = f"{key}_source_{len(known)}"
    # Not as the control's default: `set_choice` may have chosen already.
    if source not in st.session_state:
        st.session_state[source] = known[0]
    picked = st.segmented_control(
        f"{label}: {say('gallery.source')}",
        known,
        format_func=lambda one: say(f"gallery.from_{one}"),
        key=source,
        label_visibility="collapsed",
    )
    match picked or known[0]:
        case "upload":
            given: Any = st.file_uploader(
                f"{label}: {say('gallery.upload', megabytes=MEGABYTES)}", key=f"{key}_upload"
            )
        case "camera":
            given = st.camera_input(f"{label}: {say('gallery.camera')}", key=f"{key}_camera")
        case _:
            assert gallery is not None
            return _from_gallery(gallery, key, label, start)
    st.html(f'<p class="small">{say("gallery.own")}</p>')
    return _brought(given, key)


def set_choice(key: str, place: tuple[int, int]) -> None:
    """Choose a photo of the gallery, before its choice is shown, as in a button's `on_click`.

    Args:
        key: of the choice.
        place: person and photo, from 0.
    """
    st.session_state[f"{key}_chosen"] = place
    st.session_state[f"{key}_source_{len(SOURCES)}"] = SOURCES[0]


def _from_gallery(gallery: Gallery, key: str, label: str, start: tuple[int, int]) -> ChosenPhoto:
    state: dict[str, Any] = st.session_state  # type: ignore[assignment]
    kept = f"{key}_chosen"
    person, number = state.setdefault(kept, start)
    person = min(person, len(gallery.people) - 1)
    number = min(number, len(gallery.people[person]) - 1)

    def choose(*place: int) -> Callable[[], None]:
        return lambda: state.update({kept: place})

    show_strip(
        f"{key}_people",
        [
            (say("gallery.person", number=one + 1), photos[0].thumbnail, choose(one, 0))
            for one, photos in enumerate(gallery.people)
        ],
        person,
        say("gallery.people"),
        whole=label,
    )
    show_strip(
        f"{key}_photos",
        [
            (say("gallery.photo", number=one + 1), photo.thumbnail, choose(person, one))
            for one, photo in enumerate(gallery.people[person])
        ],
        number,
        say("gallery.photos"),
        whole=label,
    )
    st.html(f'<p class="small">{say("gallery.real" if gallery.real else "gallery.synthetic")}</p>')
    return chosen_of(gallery.people[person][number], person, number)


def chosen_of(photo: GalleryPhoto, person: int, number: int) -> ChosenPhoto:
    """Return a photo of the gallery as a chosen one."""
    title = say("gallery.title_of", person=person + 1, photo=number + 1)
    return ChosenPhoto(("gallery", person, number), title, photo.pixels, person)


def _brought(given: Any, key: str) -> ChosenPhoto | None:
    """Return what was brought, decoded once; what cannot be used is said."""
    kept = f"{key}_brought"
    if given is None:
        st.session_state.pop(kept, None)
        return None
    before = st.session_state.get(kept)
    if before is None or before[0] != given.file_id:
        try:
            before = (given.file_id, reduced(photo_of(given), KEPT))
        except UploadError as error:
            st.session_state.pop(kept, None)
            complain(error.words)
            return None
        st.session_state[kept] = before
    return ChosenPhoto((key, given.file_id), say("gallery.brought"), before[1])
