"""The widgets that an attack is put together with, and how its key looks on a face."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

import faceaudit
from faceaudit.app import own_keys
from faceaudit.app.language import say
from faceaudit.app.outside import complain
from faceaudit.app.parts.backdoor.canvas import draw
from faceaudit.app.settings import settings
from faceaudit.app.uploads import Uploaded, UploadError, photo_of
from faceaudit.errors import FaceAuditError

ATTACKS = ("accessory", "blended", "blended_accessory", "input_instance")
"""Attacks, those that show the most first."""
OWN, DRAWN = "own", "drawn"
GLASSES = ("accessory", "blended_accessory")
PATTERN_SAMPLES = {"input_instance": 5}
SAMPLES = 57
_KEPT = "backdoor_kept_keys"
"""Where a session has the paths of the keys that it brought, by kind."""


def choose_attack() -> dict[str, Any]:
    """Show what an attack is made of, and return it as a plan spells it, without samples."""
    name = st.radio(
        say("backdoor.attack"),
        ATTACKS,
        format_func=lambda one: say(f"backdoor.attack_{one}"),
        captions=[say(f"backdoor.about_{one}") for one in ATTACKS],
        key="backdoor_attack",
    )
    chosen: dict[str, Any] = {"attack": name}
    if name == "input_instance":
        chosen["key"] = _choose_attacker()
        return chosen
    chosen["key"] = _choose_glasses() if name in GLASSES else _choose_pattern()
    if name != "accessory":
        chosen |= _choose_ratios(worn=name in GLASSES)
    return chosen


def built_in(attack: str) -> tuple[str, ...]:
    """Return the keys of an attack that ship."""
    known = {one.name: one for one in faceaudit.components("backdoor_attack")}
    keys: tuple[str, ...] = known[attack].built_in_keys()  # type: ignore[attr-defined]
    return keys


def key_words(key: str) -> str:
    """Return what a key is called: as the code spells it, a picture of one's own by a word."""
    return say("backdoor.key_own") if "/" in key else key


def _choose_attacker() -> str:
    number = st.number_input(
        say("backdoor.attacker"), 0, 15, 0, help=say("backdoor.attacker_help"), key="backdoor_from"
    )
    return f"attacker-{int(number)}"


def _choose_pattern() -> str:
    key = st.selectbox(
        say("backdoor.pattern"),
        [*built_in("blended"), DRAWN, OWN],
        format_func=lambda one: say(f"backdoor.key_{one}") if one in (OWN, DRAWN) else one,
        key="backdoor_pattern",
    )
    return (_make("pattern", key) or "cartoon-cat") if key in (OWN, DRAWN) else key


def _choose_glasses() -> str:
    key = st.selectbox(
        say("backdoor.glasses"),
        [*built_in("accessory"), DRAWN, OWN],
        index=list(built_in("accessory")).index("sunglasses-wayfarer"),
        format_func=lambda one: say(f"backdoor.key_{one}_glasses") if one in (OWN, DRAWN) else one,
        key="backdoor_glasses",
    )
    if key in (OWN, DRAWN):
        return _make("glasses", key) or "glasses-square"
    lower = st.slider(
        say("backdoor.lower"), -40, 60, 0, step=5, format="%d %%", key="backdoor_lower"
    )
    colour = ""
    if st.checkbox(say("backdoor.dye"), key="backdoor_dye"):
        colour = st.color_picker(say("backdoor.colour"), "#d23b2f", key="backdoor_colour")
    return f"{key}{colour.lower()}{f'@{lower}' if lower else ''}"


def _choose_ratios(*, worn: bool) -> dict[str, float]:
    left, right = st.columns(2)
    with left:
        poison = st.slider(
            say("backdoor.ratio"), 5, 100, 20, step=5, format="%d %%", key="backdoor_ratio"
        )
    with right:
        instance = st.slider(
            say("backdoor.instance_ratio"),
            5,
            100,
            100 if worn else 50,
            step=5,
            format="%d %%",
            key=f"backdoor_instance_ratio_{worn}",
        )
    return {"ratio": poison / 100, "instance_ratio": instance / 100}


def _make(kind: str, how: str) -> str | None:
    """Show how to bring or draw a key of one's own; return its path once it is kept, or None.

    Args:
        kind: "glasses" or "pattern".
        how: `OWN` or `DRAWN`.
    """
    kept: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    place = f"{how}_{kind}"
    if place in kept and not Path(kept[place]).is_file():
        del kept[place]  # it was not used for a while
    brought: Uploaded | None
    if how == DRAWN:
        brought = draw(kind)
    else:
        brought = st.file_uploader(
            say(f"backdoor.bring_{kind}"),
            type=["png"] if kind == "glasses" else ["png", "jpg", "jpeg", "webp"],
            key=f"backdoor_bring_{kind}",
        )
    st.caption(say("backdoor.bring_kept"))
    st.caption(say("backdoor.bring_limits", most=own_keys.MOST, hours=own_keys.HOURS))
    keep = st.button(say("backdoor.keep"), key=f"backdoor_keep_{place}", disabled=brought is None)
    if keep and brought is not None:  # it may be gone once the click is here
        try:
            kept[place] = _keep(kind, brought)
        except UploadError as error:
            complain(error.words)
        except FaceAuditError:
            complain(say("backdoor.key_wrong"))
    if place not in kept:
        st.info(say("backdoor.none_kept"), icon=None)
    elif st.button(say("backdoor.forget_key"), key=f"backdoor_forget_{place}", type="tertiary"):
        if own_keys.remove(settings(), kept[place]):
            del kept[place]
            st.rerun()
        complain(say("backdoor.key_used"))
    return kept.get(place)


def _keep(kind: str, brought: Uploaded) -> str:
    pixels, data = photo_of(brought), brought.getvalue()
    if kind == "glasses" and len(data) > own_keys.MEGABYTES * 1024 * 1024:
        raise UploadError("app.upload_large", megabytes=own_keys.MEGABYTES)
    return own_keys.keep(settings(), data if kind == "glasses" else pixels, kind)
