"""A new audit in four steps: photos, what to audit, what it costs, and its start."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from faceaudit.app import work
from faceaudit.app.audits.plans import Drafted, chosen, of_file, of_folder, of_made_people
from faceaudit.app.audits.running import begin
from faceaudit.app.audits.verdicts import lines_html
from faceaudit.app.language import say, written
from faceaudit.app.outside import complain_of, shown
from faceaudit.app.parts.progress import show_work
from faceaudit.app.settings import Settings
from faceaudit.app.tidying import CHECK, make_room
from faceaudit.errors import FaceAuditError
from faceaudit.files.atomic import make_private, write_atomically

STEPS = ("photos", "what", "cost", "start")
_STATE = "new audit"
_HERE = ' aria-current="step"'


@dataclass
class NewAudit:
    """What was chosen so far; it lives with the session.

    Attributes:
        step: the step it is at, an index of `STEPS`.
        drafted: the plan of step 1.
        plan: that of step 2.
        check: the name of the work that tells its cost.
        source, path, title, kinds: what was entered.
    """

    step: int = 0
    drafted: Drafted | None = None
    plan: Drafted | None = None
    check: str = ""
    source: str = "quick"
    path: str = ""
    title: str = ""
    kinds: tuple[str, ...] = field(default=())


def show_start(settings: Settings) -> str | None:
    """Show the step that is next; return the key of an audit that was just started."""
    new: NewAudit = st.session_state.setdefault(_STATE, NewAudit())
    items = "".join(
        f"<li{_HERE if number == new.step else ''}>{shown(say(f'audits.step_{name}'))}</li>"
        for number, name in enumerate(STEPS)
    )
    st.html(
        f'<div class="audits"><h2>{shown(say("audits.new"))}</h2>'
        f'<ol class="steps">{items}</ol></div>'
    )
    try:
        return (_photos, _what, _cost, _start)[new.step](settings, new)
    except FaceAuditError as error:
        complain_of(error)
        return None


def _photos(settings: Settings, new: NewAudit) -> None:
    sources = ["quick", "default", "folder", "file"]
    if settings.exposed:
        sources.remove("folder")
        st.write(say("audits.exposed"))
    new.source = st.radio(
        say("audits.source"),
        sources,
        index=sources.index(new.source) if new.source in sources else 0,
        format_func=lambda name: say(f"audits.source_{name}"),
        captions=[say(f"audits.source_{name}_why") for name in sources],
    )
    brought = None
    if new.source == "folder":
        new.path = st.text_input(
            say("audits.folder"), new.path, help=say("audits.folder_help"), key="folder"
        )
        new.title = st.text_input(say("audits.title_label"), new.title, key="first title")
    elif new.source == "file":
        brought = st.file_uploader(say("audits.file"), type=["yaml", "yml"], key="plan file")
    if st.button(say("audits.next"), type="primary", key="next 0"):
        with st.spinner(say("audits.looking")):
            if new.source == "folder":
                new.drafted = of_folder(new.path, new.title)
            elif new.source == "file":
                if brought is None:
                    st.warning(say("audits.file_none"), icon=None)
                    return
                new.drafted = of_file(brought.getvalue(), exposed=settings.exposed)
            else:
                new.drafted = of_made_people(quick=new.source == "quick")
        new.kinds, new.title = new.drafted.kinds, new.drafted.plan.title
        _go(new, 1)


def _what(settings: Settings, new: NewAudit) -> None:
    drafted = _known(new.drafted)
    if drafted.said:
        st.html(
            f'<div class="audits"><h3>{shown(say("audits.found"))}</h3>'
            f"{lines_html(drafted.said)}</div>"
        )
    st.html(f'<div class="audits"><h3>{shown(say("audits.kinds"))}</h3></div>')
    wanted = tuple(
        kind
        for kind in drafted.kinds
        if st.checkbox(say(f"audits.kind_{kind}"), value=kind in new.kinds, key=f"kind {kind}")
    )
    title = st.text_input(say("audits.title_label"), new.title, max_chars=120, key="title")
    new.kinds, new.title = wanted, title
    if _buttons(new, can_go_on=bool(wanted)):
        new.plan = chosen(drafted, wanted, title)
        make_room(settings)
        new.check = f"{CHECK}{secrets.token_hex(6)}"
        folder = work.folder_of(settings, new.check)
        make_private(folder)
        plan, out = folder / "plan.yaml", folder / "cost.json"
        write_atomically(plan, new.plan.text)
        work.start(
            settings, new.check, ["-m", "faceaudit.app.audits.checking", str(plan), str(out)]
        )
        _go(new, 2)
    if not wanted:
        st.warning(say("audits.kinds_none"), icon=None)


def _cost(settings: Settings, new: NewAudit) -> None:
    now = show_work(settings, new.check, say("audits.checking"), stoppable=True)
    found = _checked(work.folder_of(settings, new.check) / "cost.json")
    if now.state != "running" and found is not None:
        st.html(cost_html(found))
    with st.container(horizontal=True):
        if st.button(say("audits.back"), key="back 2"):
            _forget_check(settings, new)
            _go(new, 1)
        if now.state != "running" and _next(
            new, can_go_on=found is not None and not found["obstacles"]
        ):
            _go(new, 3)


def _forget_check(settings: Settings, new: NewAudit) -> None:
    """Stop what tells the cost, and remove what it wrote."""
    work.stop(settings, new.check)
    shutil.rmtree(work.folder_of(settings, new.check), ignore_errors=True)


def _checked(file: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def cost_html(found: dict[str, Any]) -> str:
    """Return what a run would cost, why it would fail, and what to know, as HTML."""
    facts = []
    forecast, cost = found["forecast"], found["cost"]
    if forecast is not None:
        facts.append(("time", _minutes(forecast["low"], forecast["high"])))
        facts.append(("memory", say("audits.cost_gigabytes", gb=forecast["memory_bytes"] / 1e9)))
    elif not found["obstacles"]:
        facts.append(("time", say("audits.cost_unknown")))
    for name in ("cases", "trainings", "people", "photos") if cost is not None else ():
        number = cost[name]
        words = say("audits.cost_unknown") if number is None else written(f"{number:,}")
        facts.append((name, words))
    rows = "".join(
        f"<dt>{shown(say(f'audits.cost_{name}'))}</dt><dd>{shown(words)}</dd>"
        for name, words in facts
    )
    parts = [f'<div class="audits"><dl class="facts">{rows}</dl>']
    parts += [
        f"<h3>{shown(say(f'audits.{key}'))}</h3>{lines_html(found[key])}"
        for key in ("obstacles", "remarks")
        if found[key]
    ]
    return "".join(parts) + "</div>"


def _minutes(low: float, high: float) -> str:
    """Return between how many seconds a run would take, in words."""
    if high <= 90:
        return say("audits.cost_moment")
    return say("audits.cost_minutes", low=max(round(low / 60), 1), high=round(high / 60))


def _start(settings: Settings, new: NewAudit) -> str | None:
    plan = _known(new.plan)
    st.write(say("audits.start_why"))
    with st.expander(say("audits.plan_text")):
        st.code(plan.text, language="yaml", wrap_lines=True)
    if not _buttons(new, can_go_on=True, word="audits.start"):
        return None
    key = begin(settings, plan.plan.title, plan.text)
    _forget_check(settings, new)
    del st.session_state[_STATE]
    return key


def _known(drafted: Drafted | None) -> Drafted:
    assert drafted is not None, "a step comes after the one that makes its plan"
    return drafted


def _buttons(new: NewAudit, *, can_go_on: bool, word: str = "audits.next") -> bool:
    with st.container(horizontal=True):
        if st.button(say("audits.back"), key=f"back {new.step}"):
            _go(new, new.step - 1)
        return _next(new, can_go_on=can_go_on, word=word)


def _next(new: NewAudit, *, can_go_on: bool, word: str = "audits.next") -> bool:
    return st.button(say(word), type="primary", disabled=not can_go_on, key=f"next {new.step}")


def _go(new: NewAudit, step: int) -> None:
    new.step = step
    st.rerun()
