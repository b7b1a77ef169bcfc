"""What else a template tells of whoever it is of: of people who do not exist alone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from faceaudit.app.language import say
from faceaudit.app.networks import KnownNetwork
from faceaudit.app.parts.drawn import show_drawn
from faceaudit.app.parts.give_away.attempt import Attempt, Stolen
from faceaudit.app.parts.give_away.drawing import cosine, spread, wide
from faceaudit.app.parts.give_away.others import Figures, Others, Read, read_attribute
from faceaudit.app.parts.numbers import number, share
from faceaudit.app.parts.sheet import heading, note, paragraph
from faceaudit.types import FloatArray


def attributes(
    found: Attempt, stolen: Stolen, attacked: KnownNetwork, others: Others, figures: Figures
) -> None:
    """Show what is read off the template beside who it is."""
    heading(say("give_away.attributes"))
    paragraph(
        say("give_away.attributes_how", people=number(figures.read[attacked.name][0].labelled))
    )
    read = figures.read[attacked.name]
    if stolen.real:
        # What is guessed of somebody who exists is worth nothing, and nobody's to show.
        note(say("give_away.attributes_real"))
        titles, rows = ["attribute", "auc"], "".join(map(_measured, read))
    else:
        known = stolen.place is not None and bool(figures.truth)
        titles = ["attribute", "answer", *(["truth"] if known else []), "auc"]
        rows = "".join(
            _attribute(
                one,
                _answers(one, found.template, stolen, others),
                figures.truth[one.name][stolen.place]
                if stolen.place is not None and one.name in figures.truth
                else None,
            )
            for one in read
        )
    heads = "".join(f'<th scope="col">{escape(say(f"give_away.{one}"))}</th>' for one in titles)
    table = (
        f'<table class="sheet read"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )
    show_drawn(wide(table, say("give_away.attributes")))
    note(
        say("give_away.attributes_note", people=number(read[0].people)),
        "" if stolen.real else say("give_away.attributes_single"),
    )


def _answers(one: Read, template: FloatArray, stolen: Stolen, others: Others) -> tuple[float, ...]:
    if stolen.place is not None and stolen.place < len(one.answers):
        return one.answers[stolen.place]
    kept = st.session_state.setdefault("give_away_answers", {})
    key = (one.name, template.tobytes())
    if key not in kept:
        with st.spinner(say("give_away.reading")):
            kept[key] = read_attribute(others, one.name, template[None]).answers[0]
    answers: tuple[float, ...] = kept[key]
    return answers


def _attribute(one: Read, answers: Sequence[float], truth: int | None) -> str:
    best = int(np.argmax(answers))
    value = one.values[best]
    drawn = ""
    if truth is not None:
        right = say("give_away.right" if truth == value else "give_away.wrong")
        drawn = (
            f"<td>{escape(say(f'give_away.{one.name}_{truth}'))}<small>{escape(right)}</small></td>"
        )
    return (
        f'<tr><th scope="row">{escape(say(f"give_away.{one.name}"))}</th>'
        f"<td>{escape(say(f'give_away.{one.name}_{value}'))}"
        f"<small>{escape(say('give_away.sure', share=share(answers[best])))}</small></td>{drawn}"
        f"<td>{_auc(one)}</td></tr>"
    )


def _measured(one: Read) -> str:
    title = escape(say(f"give_away.{one.name}"))
    return f'<tr><th scope="row">{title}</th><td>{_auc(one)}</td></tr>'


def _auc(one: Read) -> str:
    words = say(
        "give_away.auc_value",
        auc=cosine(one.auc.value),
        low=cosine(one.auc.low),
        high=cosine(one.auc.high),
        n=number(one.auc.n),
    )
    return f"{spread(one.auc, 0.5)}{escape(words)}"
