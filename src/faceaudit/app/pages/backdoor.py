"""Backdoor: a key that makes a poisoned system take anybody for somebody else."""

from __future__ import annotations

import streamlit as st

from faceaudit.app.damage import said
from faceaudit.app.identifier import ATTACK
from faceaudit.app.language import say
from faceaudit.app.page import Page
from faceaudit.app.parts.backdoor import drawing
from faceaudit.app.parts.backdoor.design import key_words
from faceaudit.app.parts.backdoor.making import OPENED, TABS, TRY, show_key, show_making
from faceaudit.app.parts.backdoor.trained import Trained, trained
from faceaudit.app.parts.backdoor.trial import show_trial
from faceaudit.app.parts.waiting import wait
from faceaudit.app.settings import settings

MAKE = "make"
SYSTEM = "backdoor_system"


def show() -> None:
    """Show a trained backdoor to try, or how to make one."""
    drawing.dress()
    part = st.segmented_control(
        say("backdoor.parts"),
        (TRY, MAKE),
        default=None if TABS in st.session_state else TRY,
        format_func=lambda one: say(f"backdoor.part_{one}"),
        label_visibility="collapsed",
        key=TABS,
    )
    if part == MAKE:
        show_making()
    else:
        _show_try()


def _show_try() -> None:
    given = settings()
    found = trained(given)
    if not found:
        wait(given, say("backdoor.preparing"), say("backdoor.not_ready"))
        st.subheader(say("backdoor.to_come"), anchor=False)
        show_key(ATTACK)
        return
    ids = {one.id: one for one in found}
    wanted = st.session_state.pop(OPENED, None)
    if wanted is not None:
        st.session_state[SYSTEM] = next((i for i in ids if i.startswith(f"{wanted}#")), found[0].id)
    chosen = st.selectbox(
        say("backdoor.system"), list(ids), format_func=lambda one: _title(ids[one]), key=SYSTEM
    )
    with said():
        show_trial(ids[chosen])


def _title(one: Trained) -> str:
    attack = str(one.attack["attack"])
    return say(
        "backdoor.system_title",
        attack=say(f"backdoor.attack_{attack}"),
        sign=key_words(str(one.attack["key"])),
        samples=one.samples,
        people=one.people,
        seed=one.seed,
    )


PAGE = Page("backdoor", 30, ":material/key:", show)
