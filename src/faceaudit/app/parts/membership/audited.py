"""What attacks say of a pair of the audit: beside it, how often they are wrong when they say so."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from faceaudit.app import verifiers
from faceaudit.app.language import say
from faceaudit.app.parts.confusion import estimate_cell, over_verifiers_cell
from faceaudit.app.parts.drawn import show_drawn
from faceaudit.app.parts.membership.choice import TARGET, choose_pair
from faceaudit.app.parts.membership.gate import show_gate, show_overall
from faceaudit.app.parts.membership.strip import StripRow, draw_strip
from faceaudit.app.parts.numbers import interval, number, share, times
from faceaudit.app.parts.sheet import figure, heading, note, paragraph, table
from faceaudit.app.parts.verifier_words import in_words
from faceaudit.app.settings import Settings
from faceaudit.app.verifiers import Prepared

if TYPE_CHECKING:
    from faceaudit.api.attacked_pairs import AttackedPairs, Said
    from faceaudit.records.membership import AttackRunFacts

WIDTHS = (("roomy", 680.0), ("narrow", 350.0))
"""Of the drawing, by what it is for: its words are to be as large on a phone."""
LEFT_OUT = ("matched", "unmatched")
"""Ways of asking that only some pairs were asked in; the others say more."""


def show(given: Settings, made: Prepared) -> None:
    """Let a pair and an attack be chosen, and show what is said of it."""
    first = _choose_network(made)
    cases = verifiers.attacked(given, first)
    paragraph(say("membership.audit_words", verifiers=cases[0].facts.verifiers))
    row = choose_pair(given, cases[0])
    attack = _choose_attack(cases[0])
    said = _all_said(cases, attack, row)
    heading(say("membership.said"))
    _show_verdict(attack, said[0][2])
    rows = [StripRow(_title(case, run), one.fpr if one else None) for case, run, one in said]
    drawn = "".join(
        f'<div class="only-{name}">{draw_strip(rows, width)}</div>' for name, width in WIDTHS
    )
    show_drawn(figure(drawn, say("membership.strip_caption")))
    _show_table(said)
    note(say("membership.single"), say("membership.adaptive"))
    show_overall([(mitigation_of(case), case) for case in cases])
    show_gate(cases[0])


def _all_said(
    cases: Sequence[AttackedPairs], attack: str, row: int
) -> list[tuple[AttackedPairs, AttackRunFacts, Said | None]]:
    """Return what an attack says of a pair with each mitigation and way of asking.

    Mitigations that share a training differ in how users ask alone: other ways come once.
    """
    found, known = [], set()
    for case in cases:
        for run in case.attacks:
            shared = (case.facts.system, run.strategy)
            if run.attack != attack or run.strategy in LEFT_OUT:
                continue
            if run.strategy != "served" and shared in known:
                continue
            known.add(shared)
            found.append((case, run, case.said(run.key, row, TARGET)))
    return found


def _choose_network(made: Prepared) -> int:
    if len(made.audits) < 2:
        return made.audits[0]
    chosen = st.segmented_control(
        say("membership.network_label"),
        made.audits,
        default=made.audits[0],
        format_func=lambda one: made.networks[one],
        key="membership network",
    )
    return made.audits[0] if chosen is None else int(chosen)


def _choose_attack(case: AttackedPairs) -> str:
    attacks = list(dict.fromkeys(run.attack for run in case.attacks))
    best = case.facts.strongest.get("pair", "").split(":")
    strongest = best[1] if len(best) > 1 and best[1] in attacks else attacks[0]
    chosen = st.segmented_control(
        say("membership.attack_label"),
        attacks,
        default=strongest,
        format_func=lambda one: in_words("membership", "attack", one),
        key="membership attack",
    )
    attack = chosen or strongest
    st.html(f'<p class="say quiet">{escape(in_words("membership", "does", attack))}</p>')
    return attack


def _show_verdict(attack: str, said: Said | None) -> None:
    """Say what the attack says without mitigation, what that is worth, and the truth."""
    if said is None:
        paragraph(say("membership.not_asked"))
        return
    words = say(
        "membership.verdict",
        attack=in_words("membership", "attack", attack),
        fpr=share(said.fpr.value),
        fpr_interval=interval(said.fpr),
        nonmembers=number(said.fpr.n),
        tpr=share(said.tpr.value),
        tpr_interval=interval(said.tpr),
        members=number(said.tpr.n),
    )
    truth = say(f"membership.truth_{'yes' if said.member else 'no'}")
    st.html(
        f'<p class="say"><strong>{escape(truth)}</strong> {escape(words)} '
        f"{escape(_worth(said))}</p>"
    )


def _worth(said: Said) -> str:
    """Say whether that tells anything: only where the intervals lie apart."""
    if said.tpr.low > said.fpr.high:
        if said.fpr.value == 0:
            return say("membership.worth_most")
        return say("membership.worth_more", times=times(said.tpr.value / said.fpr.value))
    if said.tpr.high < said.fpr.low:
        return say("membership.worth_less")
    return say("membership.worth_nothing")


def _title(case: AttackedPairs, run: AttackRunFacts) -> str:
    """Return the mitigation, and how the attacker asks where there are several ways."""
    title = mitigation_of(case)
    if len([one for one in case.attacks if one.attack == run.attack]) == 1:
        return title
    return f"{title}: {in_words('membership', 'asks', run.strategy)}"


def mitigation_of(case: AttackedPairs) -> str:
    """Return the mitigation of a case in words."""
    name = case.facts.mitigation
    if "query average" in case.facts.title:
        name = f"{name}_average"
    return in_words("membership", "mitigation", name)


def _show_table(said: Sequence[tuple[AttackedPairs, AttackRunFacts, Said | None]]) -> None:
    head = [say(f"membership.column_{name}") for name in ("mitigation", "fpr", "tpr", "auc")]
    rows = []
    for case, run, one in said:
        why = say("membership.not_asked")
        auc = case.figure(f"auc:{run.key}")
        rows.append(
            f'<tr><th scope="row">{escape(_title(case, run))}</th>'
            f"{estimate_cell(one.fpr if one else None, why)}"
            f"{estimate_cell(one.tpr if one else None, why)}"
            f"{over_verifiers_cell(auc)}</tr>"
        )
    table(say("membership.said"), head, rows)
