"""Faces to put a key on: as the system sees them, and larger for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

import faceaudit
from faceaudit.api.spelling import find_align
from faceaudit.app.identifier import SIZE, few, larger
from faceaudit.app.identifier import faces as people
from faceaudit.app.parts.backdoor.trained import Trained
from faceaudit.app.settings import Settings
from faceaudit.types import FaceSet, FloatArray, ImageArray

THREE = 3
"""Faces that a key is shown on before anything is trained."""


@dataclass(frozen=True, eq=False)
class Face:
    """One face.

    Attributes:
        small: (H, W, 3) uint8, as the system takes it.
        large: the same face for people to look at.
        landmarks: (5, 2) in pixels of `small`; None where nobody knows them.
        person: who it is; "" where that is not known.
        number: which photo of that person, from 1 on.
        own: whether somebody brought it: shown to nobody else, and kept nowhere.
    """

    small: ImageArray
    large: ImageArray
    landmarks: FloatArray | None
    person: str = ""
    number: int = 1
    own: bool = False

    @property
    def large_landmarks(self) -> FloatArray | None:
        """The landmarks in pixels of `large`."""
        if self.landmarks is None:
            return None
        scale = self.large.shape[1] / self.small.shape[1]
        moved: FloatArray = ((self.landmarks + 0.5) * scale - 0.5).astype(np.float32)
        return moved


@dataclass(frozen=True, eq=False)
class Gallery:
    """Faces of synthetic people that a system knows, on photos that it did not learn from.

    Attributes:
        faces: in the order of people.
        portraits: one photo of each person, to show who is named.
        attacker: the photo that is the key of `input_instance`; None for other attacks.
        others: photos of other people that wrong keys are made of, for that attack.
    """

    faces: tuple[Face, ...]
    portraits: Mapping[str, ImageArray]
    attacker: Face | None = None
    others: tuple[Face, ...] = ()


@st.cache_resource(max_entries=6, show_spinner=False)
def gallery_of(_trained: Trained, key: str, size: tuple[int, int]) -> Gallery:
    """Return the faces of a system's people; rendered once, packed on the disk from then on.

    Args:
        _trained: the system, of synthetic people.
        key: its id, by which the gallery is remembered.
        size: the height and width that it takes.
    """
    del key
    small = faceaudit.load_faces(dict(_trained.faces), size).faces
    large = faceaudit.load_faces(few(_trained.faces), larger(size)).faces
    place = {name: row for row, name in enumerate(large.ids)}
    unseen, attackers = _asked(_trained)
    rows = [row for row, name in enumerate(small.ids) if name in unseen and name in place]
    numbers: dict[int, int] = {}
    faces = []
    for row in rows:
        person = int(small.identity[row])
        numbers[person] = numbers.get(person, 0) + 1
        faces.append(_face(small, row, large.images[place[small.ids[row]]], numbers[person]))
    wrong = tuple(_attacker(small, large, name) for name in attackers)
    return Gallery(
        faces=tuple(faces),
        portraits={
            large.names[int(large.identity[row])]: large.images[row]
            for row in reversed(range(len(large)))
        },
        attacker=wrong[0] if wrong else None,
        others=wrong[1:],
    )


def brought(pixels: ImageArray, size: tuple[int, int], align: str | None = None) -> Face:
    """Return the face in a photo that somebody brought; nothing of it is kept.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        size: height and width that the system takes.
        align: how the face is found; None takes the photo's middle, in the shape of the system.

    Raises:
        PhotoError: no face was found in it, or several.
    """
    photo = Image.fromarray(pixels)
    if align is not None:
        way = find_align(align)
        small, large = (way.frame(photo, 1.0, each) for each in (size, larger(size)))
        return Face(small.pixels, large.pixels, small.landmarks, own=True)
    height, width = pixels.shape[:2]
    scale = min(height / size[0], width / size[1])
    across, down = size[1] * scale, size[0] * scale
    left, top = (width - across) / 2, (height - down) / 2
    part = (left, top, left + across, top + down)
    cut, cut_large = (
        np.array(photo.resize(each[::-1], Image.Resampling.BILINEAR, box=part))
        for each in (size, larger(size))
    )
    return Face(cut, cut_large, None, own=True)


def _face(small: FaceSet, row: int, large: ImageArray, number: int) -> Face:
    landmarks = None if small.landmarks is None else np.asarray(small.landmarks[row])
    person = small.names[int(small.identity[row])]
    return Face(np.array(small.images[row]), np.array(large), landmarks, person, number)


def _attacker(small: FaceSet, large: FaceSet, name: str) -> Face:
    """Return the photo that is a key; enlarged where it was not rendered larger."""
    row = small.ids.index(name)
    if name in large.ids:
        picture = large.images[large.ids.index(name)]
    else:
        wanted = (large.size[1], large.size[0])
        picture = np.array(
            Image.fromarray(np.array(small.images[row])).resize(wanted, Image.Resampling.BICUBIC)
        )
    return _face(small, row, picture, 1)


def _asked(trained: Trained) -> tuple[set[str], list[str]]:
    """Return the ids of photos that no system learned from, and of those that are keys.

    The latter are of `input_instance` alone: the attacker's own photo, and one for each wrong key.
    """
    evidence = faceaudit.Store(trained.store).case(trained.case).evidence
    assert evidence is not None
    unseen: set[str] = set()
    keys: dict[str, str] = {}
    columns = (evidence.columns[name].astype(str).tolist() for name in ("kind", "key"))
    for name, kind, key in zip(evidence.ids, *columns, strict=True):
        if kind == "clean":
            unseen.add(name)
        elif kind in ("instance", "wrong_key"):
            # instance/ATTACK/KEY/NUMBER/PHOTO, where a key may have slashes of its own
            start = f"instance/{trained.attack['attack']}/{key}/"
            photo = name.removeprefix(start).partition("/")[2]
            unseen.add(photo)
            keys.setdefault(key, photo)
    one_photo = trained.attack["attack"] == "input_instance"
    return unseen, list(keys.values()) if one_photo else []


@st.cache_resource(max_entries=2, show_spinner=False)
def rendered(*, aligned: bool) -> tuple[Face, ...]:
    """Return three faces to show a key on; rendered at once, with nothing prepared."""
    source = {**people(Settings(), THREE), "photos": 1, "sessions": 1, "aligned": aligned}
    small, large = (faceaudit.load_faces(source, size).faces for size in (SIZE, larger(SIZE)))
    return tuple(_face(small, row, large.images[row], 1) for row in range(len(small)))
