"""How well the verifiers do: errors at a threshold, their tradeoff, and the worst pairs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from faceaudit.app import verifiers
from faceaudit.app.language import say
from faceaudit.app.page import Page
from faceaudit.app.parts.confusion import SHARES, confusion_table, estimate_cell
from faceaudit.app.parts.det import DetLine, draw_det, legend
from faceaudit.app.parts.drawn import show_drawn
from faceaudit.app.parts.numbers import number, one_in, score, share
from faceaudit.app.parts.pair_pictures import listed, pair_of, pictures
from faceaudit.app.parts.sheet import figure, heading, note, paragraph, table, wear
from faceaudit.app.parts.verifier_words import title_of
from faceaudit.app.parts.waiting import wait
from faceaudit.app.settings import Settings, settings
from faceaudit.app.verifiers import FACEBONE, NONE, KnownVerifier, Prepared

if TYPE_CHECKING:
    from faceaudit.api.scored_pairs import ScoredPairs

THRESHOLDS = (
    *(0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 0.997, 0.999),
)
"""Scores to accept from; closer at both ends, where verifiers that are sure have theirs."""
WORST = 4
"""Pairs shown of each kind."""
MARKS = ("A", "B")
EDGES = ("first", "second")


def show() -> None:
    """Show two verifiers side by side, and all of them in a table."""
    wear()
    given = settings()
    made = verifiers.prepared(given)
    if made is None:
        wait(given, say("system.making"), say("system.making_why"), step=verifiers.NAME)
        return
    chosen = _choose(made)
    threshold = _choose_threshold()
    scored = {one.name: verifiers.held_out(given, one.name) for one in made.verifiers}
    _show_tradeoff(made, chosen, scored, threshold)
    _show_counts(made, chosen, scored, threshold)
    _show_all(made, scored, threshold)
    _show_worst(given, made, chosen, scored)


def _choose(made: Prepared) -> tuple[KnownVerifier, KnownVerifier]:
    """Return the two verifiers that are held against one another."""
    by_name = {one.name: one for one in made.verifiers}
    names = list(by_name)
    second = next((one.name for one in made.verifiers if one.mitigation == FACEBONE), names[-1])
    first = next(one.name for one in made.verifiers if one.mitigation == NONE)
    columns = st.columns(2)
    found = []
    for column, mark, default in zip(columns, MARKS, (first, second), strict=True):
        with column:
            name = st.selectbox(
                say("system.verifier_label", mark=mark),
                names,
                index=names.index(default),
                format_func=lambda name: title_of(by_name[name], made),
                key=f"system {mark}",
            )
        found.append(by_name[name])
    return found[0], found[1]


def _choose_threshold() -> float:
    return float(
        st.select_slider(
            say("system.threshold_label"),
            THRESHOLDS,
            value=0.5,
            format_func=score,
            help=say("system.threshold_help"),
            key="system threshold",
        )
    )


def _show_tradeoff(
    made: Prepared,
    chosen: tuple[KnownVerifier, KnownVerifier],
    scored: dict[str, ScoredPairs],
    threshold: float,
) -> None:
    heading(say("system.tradeoff"))
    picked = chosen if chosen[0] != chosen[1] else chosen[:1]
    lines = []
    for one in made.verifiers:
        curve = scored[one.name].det()
        errors = scored[one.name].errors(threshold)
        place = picked.index(one) if one in picked else None
        lines.append(
            DetLine(
                "" if place is None else MARKS[place],
                title_of(one, made),
                curve.x.tolist(),
                curve.y.tolist(),
                None if place is None else (errors.fmr.value, errors.fnmr.value),
            )
        )
    lines.sort(key=lambda line: line.mark or "Z")
    left, right = st.columns([3, 2], gap="large")
    with left:
        some = scored[chosen[0].name]
        caption = say(
            "system.det_caption",
            genuine=number(int(some.compared.same.sum())),
            impostor=number(int((~some.compared.same).sum())),
        )
        show_drawn(legend(lines) + figure(draw_det(lines), caption))
    with right:
        for one, mark, edge in zip(picked, MARKS, EDGES, strict=False):
            rates = scored[one.name].errors(threshold)
            words = say(
                "system.errors_words",
                threshold=score(threshold),
                strangers=one_in(rates.fmr),
                selves=share(rates.fnmr.value),
            )
            st.html(
                f'<div class="side {edge}"><h3><b>{mark}</b> {escape(title_of(one, made))}</h3>'
                f"<p>{escape(words)}</p></div>"
            )
        paragraph(say("system.tradeoff_read"))


def _show_counts(
    made: Prepared,
    chosen: tuple[KnownVerifier, KnownVerifier],
    scored: dict[str, ScoredPairs],
    threshold: float,
) -> None:
    heading(say("system.counts", threshold=score(threshold)))
    sides = "".join(
        f'<div class="side {edge}"><h3><b>{mark}</b> {escape(title_of(one, made))}</h3>'
        f"{confusion_table(scored[one.name].confusion(threshold))}</div>"
        for one, mark, edge in zip(chosen, MARKS, EDGES, strict=True)
    )
    st.html(f'<div class="beside">{sides}</div>')


def _show_all(made: Prepared, scored: dict[str, ScoredPairs], threshold: float) -> None:
    heading(say("system.all"))
    people = say("system.people_synthetic") if made.faces.synthetic else say("system.people_own")
    paragraph(say("system.all_read", threshold=score(threshold), people=people))
    head = [say(f"system.{name}") for name in ("verifier", *SHARES, "auc")]
    rows = []
    for one in made.verifiers:
        counts = scored[one.name].confusion(threshold)
        cells = "".join(
            estimate_cell(getattr(counts, name), say("system.why_none")) for name in SHARES
        )
        rows.append(
            f'<tr><th scope="row">{escape(title_of(one, made))}</th>{cells}'
            f"{estimate_cell(scored[one.name].auc())}</tr>"
        )
    table(say("system.all"), head, rows)
    keys = ("all_intervals", "auc_read", "facebone_read", "small")
    note(*(say(f"system.{key}") for key in keys))


def _show_worst(
    given: Settings,
    made: Prepared,
    chosen: tuple[KnownVerifier, KnownVerifier],
    scored: dict[str, ScoredPairs],
) -> None:
    heading(say("system.worst"))
    paragraph(say("system.worst_synthetic") if made.faces.synthetic else say("system.worst_own"))
    for kind in ("false", "miss"):
        st.html(f'<h3 class="part">{escape(say(f"system.worst_{kind}"))}</h3>')
        sides = "".join(
            f'<div class="side {edge}"><h3><b>{mark}</b> {escape(title_of(one, made))}</h3>'
            f"{_pairs(given, scored[one.name], kind)}</div>"
            for one, mark, edge in zip(chosen, MARKS, EDGES, strict=True)
        )
        st.html(f'<div class="beside">{sides}</div>')


def _pairs(given: Settings, of: ScoredPairs, kind: str) -> str:
    """Return the worst pairs of a kind as pictures with their scores."""
    faces = verifiers.photos(given, audited=False)
    rows = of.most_alike_strangers(WORST) if kind == "false" else of.least_alike_selves(WORST)
    items = []
    for place, row in enumerate(rows, start=1):
        found = pictures(faces, (of.compared.first[row], of.compared.second[row]))
        if found is None:
            continue
        alts = tuple(say(f"system.alt_{kind}_{side}", place=place) for side in ("first", "second"))
        words = say("system.scored", score=score(float(of.compared.score[row])))
        items.append((pair_of(*found, (alts[0], alts[1])), escape(words)))
    return listed(items)


PAGE = Page("system", 20, ":material/verified_user:", show)
