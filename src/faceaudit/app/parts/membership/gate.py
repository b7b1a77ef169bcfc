"""Whether the figures of the audit may be believed, and what a mitigation changes overall."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from faceaudit.app.language import say
from faceaudit.app.parts.confusion import over_verifiers_cell
from faceaudit.app.parts.numbers import interval, share
from faceaudit.app.parts.sheet import heading, paragraph, table
from faceaudit.app.parts.verifier_words import in_words

if TYPE_CHECKING:
    from faceaudit.api.attacked_pairs import AttackedPairs

BLIND, ACCURACY, STRONGEST = "blind_auc", "accuracy", "strongest_auc:pair"
"""Figures of a case, as its store calls them."""
STATES = {True: "passed", False: "failed", None: "unknown"}


def show_overall(cases: Sequence[tuple[str, AttackedPairs]]) -> None:
    """Show what each mitigation changes, for attackers and for users.

    Args:
        cases: with the mitigation of each in words.
    """
    heading(say("membership.overall"))
    paragraph(say("membership.overall_read"))
    head = [say(f"membership.overall_{name}") for name in ("mitigation", "auc", "accuracy")]
    rows = [
        f'<tr><th scope="row">{escape(title)}</th>'
        f"{over_verifiers_cell(case.figure(STRONGEST))}"
        f"{over_verifiers_cell(case.figure(ACCURACY))}</tr>"
        for title, case in cases
    ]
    table(say("membership.overall"), head, rows)


def show_gate(case: AttackedPairs) -> None:
    """Show the checks of the validity gate, failed ones first, and the blind baseline."""
    heading(say("membership.gate"))
    checks = case.facts.gate
    failed = [check for check in checks if check.passed is False]
    unknown = [check for check in checks if check.passed is None]
    if failed:
        paragraph(say("membership.gate_failed", n=len(failed)))
    elif unknown:
        paragraph(say("membership.gate_unknown", n=len(unknown)))
    else:
        paragraph(say("membership.gate_passed", n=len(checks)))
    blind = case.figure(BLIND)
    if blind is not None:
        words = "membership.blind_above" if blind.low > 0.5 else "membership.blind_none"
        paragraph(say(words, auc=share(blind.value), interval=interval(blind)))
    with st.expander(say("membership.gate_all", n=len(checks))):
        items = "".join(
            f"<li><b>{escape(say(f'membership.check_{STATES[check.passed]}'))}</b> "
            f"{escape(in_words('membership', 'gate', check.name.replace(' ', '_')))}: "
            f'<span lang="en">{escape(check.message)}</span></li>'
            for check in checks
        )
        st.html(f'<ul class="checks">{items}</ul>')
