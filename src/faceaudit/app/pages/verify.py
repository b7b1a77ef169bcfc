"""Two photos, one question: whether networks take them for one person."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from faceaudit.app.gallery import Gallery, known_gallery
from faceaudit.app.language import say
from faceaudit.app.networks import STEP, HardPairs, KnownNetwork, Place, hard_pairs, known, wanted
from faceaudit.app.page import Page
from faceaudit.app.parts.drawn import show_drawn
from faceaudit.app.parts.numbers import number
from faceaudit.app.parts.photo_choice import ChosenPhoto, choose_photo, set_choice
from faceaudit.app.parts.verify.answer import Answer
from faceaudit.app.parts.verify.pair import Compared, Pair, compared, show_pair
from faceaudit.app.parts.waiting import wait
from faceaudit.app.reference import chosen_together
from faceaudit.app.settings import settings

START = ((3, 0), (3, 2))
"""The pair of the gallery that is shown at first: one person in two sessions."""
STRICTNESS = 1 / 100
"""The false match rate that thresholds are for at first."""
_STYLE = """
.stHtml h2.network { margin: 0 0 0.25rem; font-size: 1rem; font-weight: 600; color: var(--muted); }
.scale svg { max-width: 24rem; }
.stHtml p.verdict { font-size: 1.25rem; }
.stHtml dl.errors { margin-top: 0.75rem; }
.stHtml dl.errors, .stHtml .errors dt, .stHtml .errors dd { margin-left: 0; padding: 0; }
.errors dt { color: var(--muted); font-size: 0.875rem; font-weight: 400; }
.stHtml .errors dd { margin-bottom: 0.6rem; }
.st-key-verify_suggestions { gap: 0.4rem; margin-top: -0.75rem; }
.st-key-verify_suggestions button { min-height: 2rem; padding: 0.15rem 0.65rem; }
.st-key-verify_suggestions button p { font-size: 0.875rem; white-space: normal; }
"""


def show() -> None:
    """Show the pair, what networks say of it, and the choice of another."""
    given = settings()
    gallery, networks = known_gallery(given), known(given)
    answered = st.container()
    chosen = _choose(gallery)
    pair = None if chosen[0] is None or chosen[1] is None else (chosen[0], chosen[1])
    found = {} if pair is None else compared(networks, pair)
    with answered:
        left, right = st.columns([2, 5], gap="large")
        with left:
            show_pair(chosen, networks, found)
        with right:
            if gallery is not None:
                _suggest(gallery, hard_pairs(given))
            if networks:
                st.fragment(_answers)(networks, pair, found)
            else:
                why = "verify.wait_given" if given.networks else "verify.wait_why"
                wait(given, say("verify.wait_what"), say(why), step=STEP)
    if gallery is None or len(networks) < len(wanted(given)):
        st.fragment(_look_again, run_every=1.0)(len(networks), gallery is not None)


def _look_again(networks: int, gallery: bool) -> None:  # noqa: FBT001 - a fragment's own values
    """Run the page anew once more is ready than when it was shown."""
    given = settings()
    if len(known(given)) != networks or (known_gallery(given) is not None) != gallery:
        st.rerun()


def _suggest(gallery: Gallery, hard: HardPairs | None) -> None:
    """Show buttons that choose telling pairs of the gallery."""
    last = len(gallery.people) - 1
    others: tuple[Place, Place] = ((3, 0), (8, 0)) if last >= 8 else ((0, 0), (last, 0))
    pairs: dict[str, tuple[Place, Place] | None] = {"easy": START, "two": others}
    if hard is not None:
        pairs |= {"alike": hard.alike, "unlike": hard.unlike}
    st.html(f'<p class="kicker">{escape(say("verify.suggest"))}</p>')
    with st.container(horizontal=True, key="verify_suggestions"):
        for name, pair in pairs.items():
            if pair is not None:
                st.button(
                    say(f"verify.suggest_{name}"),
                    key=f"verify_pair_{name}",
                    on_click=_set_pair,
                    args=(pair,),
                )


def _set_pair(pair: tuple[Place, Place]) -> None:
    for name, place in zip(("first", "second"), pair, strict=True):
        set_choice(f"verify_{name}", place)


def _choose(gallery: Gallery | None) -> list[ChosenPhoto | None]:
    st.html(f"<style>{_STYLE}</style><h2>{escape(say('verify.choose'))}</h2>")
    if gallery is None:
        st.html(f'<p class="quiet" role="status">{escape(say("verify.wait_gallery"))}</p>')
    chosen = []
    for column, name, start in zip(
        st.columns(2, gap="large"), ("first", "second"), START, strict=True
    ):
        with column:
            words = say(f"verify.{name}")
            st.html(f"<h3>{escape(words)}</h3>")
            chosen.append(choose_photo(gallery, f"verify_{name}", words, start=start))
    return chosen


def _answers(
    networks: Sequence[KnownNetwork], pair: Pair | None, found: dict[str, Compared]
) -> None:
    """Show what each network says at one strictness; a fragment: the slider runs this alone."""
    rates = chosen_together([network.reference for network in networks])
    if not rates:
        st.html(f'<p class="warning">{escape(say("verify.too_few"))}</p>')
        return
    one_person = _truth(pair)
    rate = st.select_slider(
        say("verify.strictness"),
        rates,
        value=min(rates, key=lambda one: abs(one - STRICTNESS)),
        format_func=lambda one: say("verify.one_in", many=number(round(1 / one))),
        key=f"verify_strictness_{len(rates)}",
    )
    truth = "unknown" if one_person is None else "one_person" if one_person else "two_people"
    _quiet("no_photo" if pair is None else truth)
    for column, network in zip(st.columns(max(2, len(networks))), networks, strict=False):
        point = network.reference.point_at(rate)
        assert point is not None
        with column:
            answer = Answer(network, point, found.get(network.name), one_person)
            st.html(answer.decision())
            show_drawn(answer.scale())
            st.html(answer.figures())
    for one in wanted(settings())[len(networks) :]:
        _quiet("wait_second", network=one.title)
    if any(network.own for network in networks):
        st.html(f'<p class="small">{escape(say("verify.synthetic_only"))}</p>')


def _quiet(key: str, **values: str) -> None:
    st.html(f'<p class="quiet" role="status">{escape(say(f"verify.{key}", **values))}</p>')


def _truth(pair: Pair | None) -> bool | None:
    """Return whether both photos show one person; None where nobody here knows."""
    if pair is None or pair[0].person is None or pair[1].person is None:
        return None
    return pair[0].person == pair[1].person


PAGE = Page("verify", 10, ":material/compare:", show)
