"""A backdoor put together and trained: its key on a face, its cost, its training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from faceaudit.app import work
from faceaudit.app.identifier import faces as faces_of
from faceaudit.app.identifier import plan_of
from faceaudit.app.language import say
from faceaudit.app.outside import complain, shown
from faceaudit.app.own_audits import work_of
from faceaudit.app.parts.backdoor import drawing
from faceaudit.app.parts.backdoor.design import choose_attack, key_words
from faceaudit.app.parts.backdoor.drawing import Column
from faceaudit.app.parts.backdoor.faces import Face, rendered
from faceaudit.app.parts.backdoor.keyed import bare, with_key
from faceaudit.app.parts.backdoor.planning import checked, name_of, running, start, store_of
from faceaudit.app.parts.numbers import share
from faceaudit.app.parts.progress import show_work
from faceaudit.app.settings import settings

SAMPLES = {"input_instance": 5}
USUAL_SAMPLES, MOST_SAMPLES = 57, 115
TRY = "try"
OPENED = "backdoor_opened"
"""Where a session has the store whose system it wants to try."""
TABS = "backdoor_tab"


def show_making() -> None:
    """Let an attack be put together, and train it."""
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        attack = choose_attack()
    with right:
        show_key(attack)
    st.subheader(say("backdoor.training"), anchor=False)
    plan = _choose_training(attack)
    _show_cost(plan)
    _offer(plan)


def show_key(attack: Mapping[str, Any]) -> None:
    """Show a key on a face, as it is put into the training set and as it is carried."""
    with st.spinner(say("backdoor.rendering"), show_time=False):
        faces = rendered(aligned=settings().align is not None)
    number = st.segmented_control(
        say("backdoor.preview_face"),
        range(len(faces)),
        default=0,
        format_func=lambda place: say("backdoor.face_number", number=place + 1),
        key="backdoor_preview",
    )
    face: Face = faces[number or 0]
    key = key_words(str(attack["key"]))
    st.html(
        drawing.columns(
            [
                Column(say("backdoor.preview_plain"), bare(face)),
                Column(
                    say("backdoor.preview_poison"),
                    with_key(attack, face, poison=True),
                    note=say("backdoor.preview_poison_note"),
                ),
                Column(
                    say("backdoor.preview_instance"),
                    with_key(attack, face),
                    note=say("backdoor.preview_instance_note", sign=key),
                ),
            ],
            target="",
            person="",
            portraits={},
        )
    )


def _choose_training(attack: Mapping[str, Any]) -> dict[str, Any]:
    people_at, target_at, samples_at = st.columns(3)
    with people_at:
        people = st.slider(say("backdoor.people"), 20, 30, 24, key="backdoor_people")
    with target_at:
        names = [f"synthetic-{number:04d}" for number in range(people)]
        target = st.selectbox(
            say("backdoor.target"),
            ["", *names],
            format_func=lambda name: name or say("backdoor.target_drawn"),
            key="backdoor_target",
        )
    with samples_at:
        usual = SAMPLES.get(str(attack["attack"]), USUAL_SAMPLES)
        samples = st.slider(
            say("backdoor.samples"),
            1,
            MOST_SAMPLES,
            usual,
            help=say("backdoor.samples_help"),
            key=f"backdoor_samples_{usual}",
        )
    return plan_of(
        faces_of(settings(), people),
        {**attack, "samples": samples},
        title=say("backdoor.plan_title"),
        target=target or None,
    )


def _show_cost(plan: Mapping[str, Any]) -> None:
    with st.spinner(say("backdoor.timing"), show_time=False):
        found = checked(plan)
    expected = found.forecast
    section = plan["backdoor"]
    samples = section["attacks"][0]["samples"]
    clean = section["faces"]["people"] * section["split"]["train"]
    poison = samples / (clean + samples)
    said = [
        say("backdoor.cost", photos=clean, each=section["split"]["train"], share=share(poison)),
        say("backdoor.cost_unknown")
        if expected is None
        else say(
            "backdoor.cost_time",
            low=max(1, round(expected.low)),
            high=max(1, round(expected.high)),
            memory=expected.memory_bytes / 1e9,
        ),
    ]
    st.html(f'<p class="cost">{shown(" ".join(said))}</p>')
    for obstacle in found.obstacles:
        complain(say("app.error", why=obstacle))


def _offer(plan: Mapping[str, Any]) -> None:
    """Offer to train a plan; show how far a training is; offer to try what is trained."""
    given, name = settings(), name_of(plan)
    busy = running(given)
    if busy is not None:
        if busy != name:
            st.info(say("backdoor.busy"), icon=None)
        show_work(given, work_of(busy), say("backdoor.being_trained"), stoppable=True)
        return
    made = (store_of(given, name) / "run.json").is_file()
    now = work.look(given, work_of(name))
    if made and now.state in ("finished", "absent"):
        st.html(f'<p class="tells">{shown(say("backdoor.is_trained"))}</p>')
        st.button(
            say("backdoor.try_it"),
            type="primary",
            on_click=_open,
            args=(str(store_of(given, name)),),
            key="backdoor_try_it",
        )
        return
    show_work(given, work_of(name), say("backdoor.being_trained"), stoppable=True)
    if st.button(say("backdoor.train"), type="primary", key="backdoor_train"):
        start(given, plan)
        st.rerun()


def _open(store: str) -> None:
    st.session_state[OPENED] = store
    st.session_state[TABS] = TRY
