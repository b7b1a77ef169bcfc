"""The choice of a pair of the audit, by its pictures."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from faceaudit.app import verifiers
from faceaudit.app.language import say
from faceaudit.app.parts.pair_pictures import listed, pair_of, pictures
from faceaudit.app.settings import Settings

if TYPE_CHECKING:
    from faceaudit.api.attacked_pairs import AttackedPairs

SHOWN = 6
"""Pairs to choose from at a time."""
TARGET = 0
"""The verifier that is asked: the first of those that were attacked."""


def choose_pair(given: Settings, case: AttackedPairs) -> int:
    """Let a pair be chosen that was learned from, or one that was not; return its row."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        member = st.segmented_control(
            say("membership.member_label"),
            (True, False),
            default=True,
            format_func=lambda one: say(f"membership.member_{'yes' if one else 'no'}"),
            key="membership member",
        )
    with right:
        more = st.session_state.setdefault("membership draw", 0)
        if st.button(say("membership.other_pairs"), icon=":material/shuffle:"):
            more = st.session_state["membership draw"] = more + 1
    member = True if member is None else member
    stand_out = st.toggle(
        say("membership.stand_out_label"),
        help=say("membership.stand_out_help"),
        key="membership stand out",
    )
    rows = drawn(case, member=bool(member), draw=int(more), stand_out=stand_out)
    _show_pairs(given, case, rows)
    place = st.segmented_control(
        say("membership.pair_label"),
        range(len(rows)),
        default=0,
        format_func=lambda one: say("membership.pair_number", place=one + 1),
        key="membership pair",
    )
    return rows[place or 0]


def drawn(case: AttackedPairs, *, member: bool, draw: int, stand_out: bool = False) -> list[int]:
    """Return some rows, as many of one person as of two; the same ones for the same draw.

    Args:
        case: whose pairs they are.
        member: whether they were learned from.
        draw: another one gives others.
        stand_out: only those that the strongest attack scores highest, whether rightly or not.
    """
    rows = np.flatnonzero(case.member[TARGET] == member)
    strongest = case.facts.strongest.get("pair", "")
    if stand_out and strongest in case.scores:
        order = np.argsort(-case.scores[strongest][TARGET, rows], kind="stable")
        rows = rows[order[: max(SHOWN, len(rows) // 20)]]
    rows = np.random.default_rng([7, int(member), draw]).permutation(rows)
    if case.people is None:
        return [int(row) for row in rows[:SHOWN]]
    same = case.people[rows, 0] == case.people[rows, 1]
    half = SHOWN // 2
    chosen = [*rows[same][:half], *rows[~same][: SHOWN - half]]
    left = [row for row in rows if row not in chosen]  # where there are few of a kind
    return [int(row) for row in [*chosen, *left][:SHOWN]]


def _show_pairs(given: Settings, case: AttackedPairs, rows: list[int]) -> None:
    faces = verifiers.photos(given, audited=True)
    items = []
    for place, row in enumerate(rows, start=1):
        found = pictures(faces, case.pairs[row])
        if found is None:
            continue
        same = case.people is not None and case.people[row, 0] == case.people[row, 1]
        kind = say(f"membership.kind_{'one' if same else 'two'}")
        alts = tuple(say("membership.alt", place=place, side=side, kind=kind) for side in (1, 2))
        words = say("membership.pair_words", place=place, kind=kind)
        items.append((pair_of(*found, (alts[0], alts[1])), escape(words)))
    st.html(listed(items))
