"""Whose face a key is tried on: somebody the system knows, or who is looking."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from faceaudit.app.language import say
from faceaudit.app.outside import complain
from faceaudit.app.parts.backdoor.drawing import portrait
from faceaudit.app.parts.backdoor.faces import Face, Gallery, brought
from faceaudit.app.parts.backdoor.trained import Trained
from faceaudit.app.parts.gallery import show_strip
from faceaudit.app.settings import settings
from faceaudit.app.uploads import UploadError, photo_of
from faceaudit.errors import PhotoError
from faceaudit.registry import digest

KNOWN, UPLOAD, CAMERA = "known", "upload", "camera"


def choose_way(gallery: Gallery | None) -> str:
    """Let somebody choose whose face it shall be."""
    way: str = st.radio(
        say("backdoor.whose"),
        [*((KNOWN,) if gallery else ()), UPLOAD, CAMERA],
        format_func=lambda one: say(f"backdoor.whose_{one}"),
        horizontal=True,
        key="backdoor_way",
    )
    return way


def choose_face(
    way: str, trained: Trained, gallery: Gallery | None, size: tuple[int, int]
) -> Face | None:
    """Let somebody choose a face; return it, or None while there is none.

    Args:
        way: whose it shall be.
        trained: the system that is asked.
        gallery: people that it knows and that everybody may see; None where there are none.
        size: the height and width that it takes.
    """
    if way == KNOWN and gallery is not None:
        return _choose_known(trained, gallery)
    return _bring(way, trained, size)


def _choose_known(trained: Trained, gallery: Gallery) -> Face | None:
    people = list(dict.fromkeys(face.person for face in gallery.faces))
    if not people:
        return None
    usual = next((name for name in people if name != trained.target), people[0])
    kept = f"backdoor_person_{trained.id}"
    person = st.session_state.get(kept, usual)
    person = person if person in people else usual
    show_strip(
        f"backdoor_people_{digest([trained.id])[:8]}",
        [
            (_name(name, trained.target), _address(gallery, name), _choose(kept, name))
            for name in people
        ],
        people.index(person),
        say("backdoor.person", name=_name(person, trained.target)),
        whole=say("backdoor.whose"),
    )
    theirs = [face for face in gallery.faces if face.person == person]
    if len(theirs) < 2:
        return theirs[0]
    number = st.segmented_control(
        say("backdoor.photo"),
        range(len(theirs)),
        default=0,
        format_func=lambda place: str(place + 1),
        key=f"backdoor_photo_{trained.id}_{person}",
    )
    return theirs[number or 0]


def _name(name: str, target: str) -> str:
    return say("backdoor.person_target", name=name) if name == target else name


def _address(gallery: Gallery, name: str) -> str:
    return portrait(gallery.portraits[name])


def _choose(kept: str, name: str) -> Callable[[], None]:
    def choose() -> None:
        st.session_state[kept] = name

    return choose


def _bring(way: str, trained: Trained, size: tuple[int, int]) -> Face | None:
    if way == CAMERA:
        photo = st.camera_input(say("backdoor.take_photo"), key="backdoor_camera")
    else:
        photo = st.file_uploader(
            say("backdoor.upload_photo"),
            type=["png", "jpg", "jpeg", "webp", "bmp"],
            key="backdoor_upload",
        )
    align = settings().align if trained.aligned else None
    st.caption(say(f"backdoor.photo_{'middle' if align is None else 'found'}"))
    if photo is None:
        return None
    try:
        return brought(photo_of(photo), size, align)
    except UploadError as error:
        complain(error.words)
    except PhotoError:
        complain(say("backdoor.no_face"))
    return None
