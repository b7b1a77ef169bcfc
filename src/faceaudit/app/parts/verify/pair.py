"""The two photos that are compared: as they were brought, and as networks see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from faceaudit.app.gallery import picture
from faceaudit.app.language import say
from faceaudit.app.networks import KnownNetwork
from faceaudit.app.parts.photo_choice import ChosenPhoto
from faceaudit.errors import PhotoError
from faceaudit.types import ImageArray

Pair = tuple[ChosenPhoto, ChosenPhoto]
_KEPT = "verify_compared"
_STYLE = """
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 11rem)); gap: 0.75rem; }
.pair figure { margin: 0; }
.pair img { display: block; width: 100%; height: auto; background: var(--wash); }
.pair .seen img { width: 60%; image-rendering: pixelated; border: 1px solid var(--rule); }
.pair .empty { display: grid; place-items: center; aspect-ratio: 47 / 55; background: var(--wash); }
.pair figcaption { padding-top: 0.25rem; font-size: 0.8125rem; line-height: 1.35; }
.pair strong { display: block; }
.pair .seen figcaption { color: var(--muted); }
"""


@dataclass(frozen=True, eq=False)
class Compared:
    """What one network made of a pair.

    Attributes:
        score: how alike it finds the photos, a cosine; None where a face was not found.
        seen: both photos as the network saw them, (H, W, 3) uint8 RGB.
        why: why there is no score, in the session's language.
    """

    score: float | None
    seen: tuple[ImageArray, ImageArray] | None = None
    why: str = ""


def compared(networks: Sequence[KnownNetwork], pair: Pair) -> dict[str, Compared]:
    """Return what networks make of a pair, by their names; asked once, kept in the session."""
    ids = tuple(photo.id for photo in pair)
    state: Any = st.session_state
    if _KEPT not in state or state[_KEPT][0] != ids:
        state[_KEPT] = (ids, {})
    found: dict[str, Compared] = state[_KEPT][1]
    for network in networks:
        if network.name not in found:
            found[network.name] = _compare(network, pair)
    return found


def _compare(network: KnownNetwork, pair: Pair) -> Compared:
    first, second = (photo.pixels for photo in pair)
    try:
        made = network.compare(first, second)
    except PhotoError:
        which = [
            name for name, one in (("first", first), ("second", second)) if _fails(network, one)
        ]
        words = [say("verify.no_face", which=say(f"verify.{name}")) for name in which]
        return Compared(None, why=" ".join(words))
    one, two = (photo.images[0][0] for photo in made.photos)
    return Compared(made.cosine, (one, two))


def _fails(network: KnownNetwork, photo: ImageArray) -> bool:
    try:
        network.compare(photo, photo)
    except PhotoError:
        return True
    return False


def show_pair(
    chosen: Sequence[ChosenPhoto | None],
    networks: Sequence[KnownNetwork],
    found: dict[str, Compared],
) -> None:
    """Show both photos, and below each what networks see of it."""
    names = [say("verify.first"), say("verify.second")]
    cells = [_brought(name, photo) for name, photo in zip(names, chosen, strict=True)]
    sizes = set()
    for network in networks:
        made = found.get(network.name)
        if made is None or made.seen is None or made.seen[0].shape in sizes:
            continue
        sizes.add(made.seen[0].shape)
        cells += [_seen(network, name, one) for name, one in zip(names, made.seen, strict=True)]
    st.html(f'<style>{_STYLE}</style><div class="pair">{"".join(cells)}</div>')
    if networks and networks[0].align is None:
        st.html(f'<p class="small">{escape(say("verify.seen_whole"))}</p>')


def _brought(name: str, photo: ChosenPhoto | None) -> str:
    if photo is None:
        empty = '<div class="empty" aria-hidden="true"></div>'
        return f"<figure>{empty}<figcaption>{escape(name)}</figcaption></figure>"
    words = f"{escape(name)}: {escape(photo.title)}"
    return (
        f'<figure><img src="{picture(photo.pixels, 352)}" alt="{words}">'
        f"<figcaption><strong>{escape(name)}</strong> {escape(photo.title)}</figcaption></figure>"
    )


def _seen(network: KnownNetwork, name: str, pixels: ImageArray) -> str:
    height, width = pixels.shape[:2]
    words = escape(say("verify.seen", network=network.title, width=width, height=height))
    return (
        f'<figure class="seen"><img src="{picture(pixels, quality=92)}" '
        f'alt="{escape(name)}, {words}"><figcaption>{words}</figcaption></figure>'
    )
