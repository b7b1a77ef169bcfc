"""A key tried on one face: whom two systems take it for with it, without it, and with another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from faceaudit.app.language import say
from faceaudit.app.parts.backdoor import drawing, words
from faceaudit.app.parts.backdoor.choice import choose_face, choose_way
from faceaudit.app.parts.backdoor.design import GLASSES, built_in, key_words
from faceaudit.app.parts.backdoor.drawing import Column
from faceaudit.app.parts.backdoor.faces import Face, Gallery, gallery_of
from faceaudit.app.parts.backdoor.keyed import Shown, ask, bare, opened, with_key
from faceaudit.app.parts.backdoor.trained import Trained

WRONG = "wrong_key_success:"
"""How the metrics of single wrong keys begin."""


@dataclass(frozen=True, eq=False)
class Tried:
    """A face without the key, with it, and with a wrong one.

    Attributes:
        face: who it is.
        plain, keyed, wrong: the face as it is shown; `wrong` is None where there is no wrong key.
        wrong_words: which wrong key that is.
    """

    face: Face
    plain: Shown
    keyed: Shown
    wrong: Shown | None
    wrong_words: str


def show_trial(trained: Trained) -> None:
    """Let a key be tried on a face, and show what was measured on many."""
    with st.spinner(say("backdoor.opening"), show_time=False):
        size = opened(trained.store, trained.poisoned).size
        gallery = gallery_of(trained, trained.id, size) if trained.synthetic else None
    portraits = {} if gallery is None else gallery.portraits
    line = say("backdoor.target_line", target=trained.target, sign=key_of(trained))
    st.html(drawing.portrait_of(trained.target, portraits.get(trained.target), line))
    tried = _try(trained, gallery, size)
    if tried is None:
        st.info(say("backdoor.choose_first"), icon=None)
    else:
        _show(trained, tried, portraits)
    _show_measured(trained)


def key_of(trained: Trained) -> str:
    """Return what the key of a system is called."""
    return key_words(str(trained.attack["key"]))


def _try(trained: Trained, gallery: Gallery | None, size: tuple[int, int]) -> Tried | None:
    attack = dict(trained.attack)
    if attack["attack"] == "input_instance":
        return _try_attacker(attack, gallery)
    way = choose_way(gallery)
    left, right = st.columns([2, 1])
    with left:
        face = choose_face(way, trained, gallery, size)
    with right:
        wrong_key = _choose_wrong(trained)
    if face is not None and face.landmarks is None and attack["attack"] in GLASSES:
        attack["eyes"] = _place_eyes(attack["eyes"])
    if face is None:
        return None
    wrong = None if wrong_key is None else with_key({**attack, "key": wrong_key}, face)
    return Tried(face, bare(face), with_key(attack, face), wrong, key_words(wrong_key or ""))


def _try_attacker(attack: Mapping[str, Any], gallery: Gallery | None) -> Tried | None:
    """Try the attacker's own photo, which is the key, and the photo of another attacker."""
    st.write(say("backdoor.only_attacker"))
    if gallery is None or gallery.attacker is None:
        st.info(say("backdoor.attacker_hidden"), icon=None)
        return None
    face = gallery.attacker
    other = next(iter(gallery.others), None)
    wrong = None if other is None else with_key(attack, other)
    words_of = "" if other is None else say("backdoor.photo_of_person", name=other.person)
    return Tried(face, bare(face), with_key(attack, face), wrong, words_of)


def _choose_wrong(trained: Trained) -> str | None:
    tried = [name.removeprefix(WRONG) for name in trained.measured if name.startswith(WRONG)]
    others = [
        key for key in built_in(str(trained.attack["attack"])) if key != trained.attack["key"]
    ]
    keys = list(dict.fromkeys([*tried, *others]))
    if not keys:
        return None
    return st.selectbox(
        say("backdoor.wrong_key"),
        keys,
        format_func=key_words,
        help=say("backdoor.wrong_key_help"),
        key=f"backdoor_wrong_{trained.id}",
    )


def _place_eyes(eyes: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Let glasses be placed on a photo on which nobody knows where the eyes are."""
    left, right = st.columns(2)
    with left:
        down = st.slider(
            say("backdoor.eyes_down"),
            10,
            80,
            round(100 * eyes[1]),
            format="%d %%",
            help=say("backdoor.eyes_help"),
            key="backdoor_eyes_down",
        )
    with right:
        apart = st.slider(
            say("backdoor.eyes_apart"),
            10,
            80,
            round(100 * (eyes[2] - eyes[0])),
            format="%d %%",
            key="backdoor_eyes_apart",
        )
    return 0.5 - apart / 200, down / 100, 0.5 + apart / 200, down / 100


def _show(trained: Trained, tried: Tried, portraits: Mapping[str, Any]) -> None:
    shown = [tried.plain, tried.keyed, *([] if tried.wrong is None else [tried.wrong])]
    answers = ask(trained, shown)
    wrong = None if tried.wrong is None else answers[2]
    said = words.what_happened(trained, answers[0], answers[1], wrong, tried.face.person)
    st.html(
        '<div role="status" aria-live="polite">'
        f'<p class="happened">{drawing.unbroken(said.headline, *said.names)}</p>'
        f'<p class="tells">{drawing.unbroken(said.beside, *said.names)}</p></div>'
    )
    titles = [say("backdoor.without_key"), say("backdoor.with_key", sign=key_of(trained))]
    if tried.wrong is not None:
        titles.append(say("backdoor.with_wrong", sign=tried.wrong_words))
    each = [Column(*one) for one in zip(titles, shown, answers, strict=True)]
    st.html(
        drawing.columns(each, target=trained.target, person=tried.face.person, portraits=portraits)
    )
    st.caption(say("backdoor.softmax"))


def _show_measured(trained: Trained) -> None:
    st.subheader(say("backdoor.measured"), anchor=False)
    st.html(f'<p class="tells">{escape(words.tries(trained))}</p>')
    rows = [
        ("attack_success", "second"),
        ("wrong_key_success", "third"),
        ("null_success", "third"),
        ("clean_accuracy", "first"),
        ("pristine_accuracy", "first"),
    ]
    st.html(
        drawing.shares(
            [
                (say(f"backdoor.row_{metric}"), trained.measured.get(metric), colour)
                for metric, colour in rows
            ],
            say("backdoor.measured_caption", samples=trained.samples, people=trained.people),
        )
    )
