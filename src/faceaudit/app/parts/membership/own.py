"""Two photos that somebody brings: what verifiers answer, and how usual so sure an answer is."""

from __future__ import annotations

from html import escape

import streamlit as st

import faceaudit
from faceaudit.app import verifiers
from faceaudit.app.language import say
from faceaudit.app.outside import complain
from faceaudit.app.parts.confusion import estimate_cell
from faceaudit.app.parts.numbers import score
from faceaudit.app.parts.pair_pictures import listed, pair_of
from faceaudit.app.parts.sheet import heading, note, paragraph, table
from faceaudit.app.parts.verifier_words import title_of
from faceaudit.app.settings import Settings
from faceaudit.app.uploads import UploadError, photo_of
from faceaudit.app.verifiers import Prepared
from faceaudit.errors import FaceAuditError
from faceaudit.types import ImageArray


def show(given: Settings, made: Prepared) -> None:
    """Take two photos, and show what every verifier answers; they are kept nowhere."""
    note(say("membership.own_nobody"), say("membership.own_limits"))
    photos = []
    for column, side in zip(st.columns(2), ("first", "second"), strict=True):
        with column:
            photos.append(_bring(side))
    same = st.segmented_control(
        say("membership.same_label"),
        (True, False),
        default=True,
        format_func=lambda one: say(f"membership.kind_{'one' if one else 'two'}"),
        key="membership same",
    )
    first, second = photos
    if first is None or second is None:
        paragraph(say("membership.own_wanted"))
        return
    alts = (say("membership.own_alt", side=1), say("membership.own_alt", side=2))
    st.html(listed([(pair_of(first, second, alts), "")]))
    heading(say("membership.own_said"))
    _show_answers(given, made, first, second, same=same is not False)
    note(say("membership.own_read"))


def _bring(side: str) -> ImageArray | None:
    brought = st.file_uploader(say(f"membership.own_{side}"), key=f"membership {side}")
    if brought is None:
        return None
    try:
        return photo_of(brought)
    except UploadError as error:
        complain(error.words)
        return None


def _show_answers(
    given: Settings, made: Prepared, first: ImageArray, second: ImageArray, *, same: bool
) -> None:
    rows = []
    for one in made.verifiers:
        try:
            verdict = faceaudit.verify(first, second, verifier=verifiers.verifier(given, one.name))
        except FaceAuditError as error:
            paragraph(say("app.error", why=error))
            return
        others = verifiers.held_out(given, one.name).as_sure(verdict.score, same=same)
        members = verifiers.learned(given, one.name).as_sure(verdict.score, same=same)
        answer = say(f"membership.answer_{'one' if verdict.same_person else 'two'}")
        rows.append(
            f'<tr><th scope="row">{escape(title_of(one, made))}</th>'
            f"<td>{score(verdict.score)}<small>{escape(answer)}</small></td>"
            f"{estimate_cell(others)}{estimate_cell(members)}</tr>"
        )
    kind = say(f"membership.kind_{'one' if same else 'two'}")
    columns = ("verifier", "score", "others", "learned")
    head = [say(f"membership.own_column_{name}", kind=kind) for name in columns]
    table(say("membership.own_said"), head, rows)
