"""Whom a verifier was trained on: what attacks say of a pair, and how often they say it wrongly."""

from __future__ import annotations

import streamlit as st

from faceaudit.app import verifiers
from faceaudit.app.language import say
from faceaudit.app.page import Page
from faceaudit.app.parts.membership import audited, own
from faceaudit.app.parts.sheet import wear
from faceaudit.app.parts.waiting import wait
from faceaudit.app.settings import settings

WHOSE = ("audited", "own")


def show() -> None:
    """Show what attacks say of a pair of the audit, or of two photos that somebody brings."""
    wear()
    given = settings()
    made = verifiers.prepared(given)
    if made is None:
        wait(given, say("system.making"), say("system.making_why"), step=verifiers.NAME)
        return
    whose = st.segmented_control(
        say("membership.whose_label"),
        WHOSE,
        default=WHOSE[0],
        format_func=lambda one: say(f"membership.whose_{one}"),
        key="membership whose",
    )
    if whose == "own":
        own.show(given, made)
    else:
        audited.show(given, made)


PAGE = Page("membership", 40, ":material/group_search:", show)
