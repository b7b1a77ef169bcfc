"""Scan: whether a finished network hides a backdoor, told without its training photos."""

from __future__ import annotations

import streamlit as st

from faceaudit.app.language import say
from faceaudit.app.page import Page
from faceaudit.app.parts.backdoor.trained import Trained
from faceaudit.app.parts.backdoor.words import with_interval
from faceaudit.app.parts.scan import drawing
from faceaudit.app.parts.scan.choice import show_own, under_way
from faceaudit.app.parts.scan.found import show_found
from faceaudit.app.parts.scan.prepared import STEP, WHICH, PreparedScans, known_scans
from faceaudit.app.parts.sheet import note, wear
from faceaudit.app.parts.waiting import wait
from faceaudit.app.settings import Settings, settings
from faceaudit.types import successes

PREPARED, UPLOAD, PATH = "prepared", "upload", "path"


def show() -> None:
    """Show what a scan finds in the app's own systems, or in a model that somebody brings."""
    wear()
    drawing.dress()
    given = settings()
    ways = (PREPARED, UPLOAD) if given.exposed else (PREPARED, UPLOAD, PATH)
    way = st.segmented_control(
        say("scan.whose"),
        ways,
        default=PREPARED if under_way() is None else UPLOAD,
        required=True,
        format_func=lambda one: say(f"scan.whose_{one}"),
        label_visibility="collapsed",
        key="scan_whose",
    )
    if way in (UPLOAD, PATH):
        show_own(given, way)
    else:
        _show_prepared(given)


def _show_prepared(given: Settings) -> None:
    scans = known_scans(given)
    if scans is None:
        wait(given, say("scan.making"), say("scan.making_why"), step=STEP)
        return
    which = st.segmented_control(
        say("scan.state"),
        WHICH,
        default=WHICH[0],
        required=True,
        format_func=lambda one: say(f"scan.state_{one}"),
        key="scan_state",
    )
    which = which if which in WHICH else WHICH[0]
    other = next(one for one in WHICH if one != which)
    note(_known(scans.system, which))
    show_found(
        scans.found[which],
        truth=_truth(scans, which),
        beside=(other, scans.found[other]),
    )


def _known(system: Trained, which: str) -> str:
    """Say what is known of a system that the app trained."""
    if which != "poisoned":
        return say("scan.known_pristine")
    worked = system.measured.get("attack_success")
    sign = str(system.attack["key"])
    if worked is None:
        return say("scan.known_poisoned_only", sign=sign, target=system.target)
    return say(
        "scan.known_poisoned",
        sign=sign,
        target=system.target,
        hits=successes(worked),
        n=worked.n,
        interval=with_interval(worked),
    )


def _truth(scans: PreparedScans, which: str) -> str:
    """Say whether the scan is right."""
    found = scans.found[which]
    if which != "poisoned":
        return say(f"scan.truth_{'alarm' if found.verdict == 'suspicious' else 'none'}")
    target = scans.system.target
    named = [one.person for one in found.suspects]
    if target not in named:
        return say("scan.truth_beyond", target=target, n=len(named))
    place = named.index(target) + 1
    if place == 1:
        return say("scan.truth_first", target=target)
    return say("scan.truth_place", target=target, place=place)


PAGE = Page("scan", 60, ":material/policy:", show)
