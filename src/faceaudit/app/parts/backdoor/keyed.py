"""Faces with a key on them, and whom systems take them for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from PIL import Image

import faceaudit
from faceaudit.app.parts.backdoor.faces import Face
from faceaudit.app.parts.backdoor.trained import Trained
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from faceaudit.api.identify import Identified

RANDOM = "random-"
"""How patterns begin that differ with the size they are drawn for."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A face as it is shown to systems.

    Attributes:
        small: (H, W, 3) uint8, what they see.
        large: the same for people to look at.
    """

    small: ImageArray
    large: ImageArray


@dataclass(frozen=True)
class Answers:
    """Whom both systems take a face for, the surest first."""

    poisoned: Identified
    pristine: Identified


def bare(face: Face) -> Shown:
    """Return a face without any key."""
    return Shown(face.small, face.large)


def with_key(attack: Mapping[str, Any], face: Face, *, poison: bool = False) -> Shown:
    """Return a face with an attack's key, put there by the attack's own code."""
    marks = None if face.landmarks is None else face.landmarks[None]
    small = faceaudit.put_key(attack, face.small[None], landmarks=marks, poison=poison)[0]
    size = face.large.shape[1], face.large.shape[0]
    if str(attack.get("key", "")).startswith(RANDOM):
        # Drawn larger it would be another pattern: the one that systems see is shown.
        return Shown(small, np.array(Image.fromarray(small).resize(size, Image.Resampling.NEAREST)))
    marks = None if face.large_landmarks is None else face.large_landmarks[None]
    large = faceaudit.put_key(attack, face.large[None], landmarks=marks, poison=poison)[0]
    return Shown(small, large)


@st.cache_resource(max_entries=8, show_spinner=False)
def opened(store: str, system: str) -> IdentifierUnderTest:
    """Return a system of a store, ready to be asked."""
    door = faceaudit.system_under_test(f"file:{store}/systems/{system}")
    found = door.open(cache=Path(store) / "cache")  # to which nothing is written: see `identify`
    assert isinstance(found, IdentifierUnderTest)
    return found


def ask(trained: Trained, shown: Sequence[Shown]) -> tuple[Answers, ...]:
    """Return whom the poisoned and the pristine system take each face for."""
    photos = np.stack([one.small for one in shown])
    each = (
        faceaudit.identify(photos, opened(trained.store, system))
        for system in (trained.poisoned, trained.pristine)
    )
    return tuple(Answers(*both) for both in zip(*each, strict=True))
