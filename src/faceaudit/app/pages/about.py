"""Methods, threat models, papers, limits, and what is done with photos."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

import streamlit as st

import faceaudit
from faceaudit.app import texts
from faceaudit.app.language import language, say
from faceaudit.app.page import Page
from faceaudit.app.parts.sheet import heading, paragraph, wear
from faceaudit.app.settings import settings

KINDS = {
    "attacks": (
        "backdoor_attack",
        "membership_attack",
        "backbone_attack",
        "template_inversion",
        "identifier_inversion",
        "attribute_attack",
        "extraction_attack",
        "linkage_attack",
        "enrolment_attack",
        "master_face_attack",
        "master_key_attack",
        "evasion_attack",
    ),
    "mitigations": (
        "backdoor_mitigation",
        "membership_mitigation",
        "template_protection",
        "attribute_mitigation",
        "enrolment_mitigation",
        "matching_mitigation",
        "master_key_mitigation",
        "scan_stage",
    ),
    "systems": ("network", "predictor", "system_under_test", "align", "source"),
}
"""Families of components that are listed, by what they are."""
_ARXIV = re.compile(r"arXiv (\d{4}\.\d{4,5})")


@dataclass(frozen=True)
class Entry:
    """One component.

    Attributes:
        family, name: as a plan calls it.
        summary: what it does.
        paper: where it is from.
        sees: what an attacker has; empty where that is not said of it.
    """

    family: str
    name: str
    summary: str
    paper: str
    sees: str = ""

    def has(self, wanted: str) -> bool:
        """Return whether all words that are searched for are in it."""
        text = f"{self.family} {self.name} {self.summary} {self.paper} {self.sees}".lower()
        return all(word in text for word in wanted.lower().split())


def show() -> None:
    """Show what is done with photos, the methods to search, and the limits."""
    wear()
    heading(say("about.photos_title"))
    _list("photo", own=settings().faces is not None)
    _show_methods()
    heading(say("about.limits_title"))
    _list("limit")
    heading(say("about.version_title"))
    paragraph(say("about.version", version=faceaudit.__version__))


def _list(kind: str, *, own: bool = False) -> None:
    """Show all sentences of a kind, in the order of their numbers."""
    known = texts.words(language(), "about")
    keys = sorted(key for key in known if re.fullmatch(rf"{kind}_\d+", key))
    sentences = [say(f"about.{key}") for key in keys]
    if own:
        sentences.append(say("about.photos_operator"))
    st.html(f'<ul class="says">{"".join(f"<li>{escape(one)}</li>" for one in sentences)}</ul>')


def _show_methods() -> None:
    heading(say("about.methods_title"))
    left, right = st.columns(2)
    with left:
        kind = st.segmented_control(
            say("about.kind_label"),
            list(KINDS),
            default="attacks",
            format_func=lambda one: say(f"about.kind_{one}"),
            key="about kind",
        )
    with right:
        wanted = st.text_input(
            say("about.search_label"), placeholder=say("about.search_hint"), key="about search"
        )
    families = KINDS[kind or "attacks"]
    found = [entry for family in families for entry in entries(family) if entry.has(wanted)]
    count = say("about.found", n=len(found)) if found else say("about.found_none", wanted=wanted)
    st.html(f'<p class="say quiet" role="status">{escape(count)}</p>')
    for family in families:
        _show_family(
            family, [entry for entry in found if entry.family == family], opened=bool(wanted)
        )


def entries(family: str) -> list[Entry]:
    """Return the components of a family."""
    return [
        Entry(family, one.name, one.summary(), one.paper, _sees(one))
        for one in faceaudit.components(family)
    ]


def _sees(component: type) -> str:
    """Return what an attacker has, as the component says it."""
    said = (getattr(component, name, None) for name in ("access", "knowledge"))
    return ", ".join(one for one in said if isinstance(one, str))


def _show_family(family: str, found: list[Entry], *, opened: bool) -> None:
    if not found:
        return
    rows = "".join(
        f"<dt>{_named(one.name)}</dt>"
        f'<dd><span lang="en">{escape(one.summary)}</span>{_seen(one)}'
        f'<span class="paper" lang="en">{_linked(one.paper)}</span></dd>'
        for one in found
    )
    title = say(f"about.family_{family}")
    with st.expander(say("about.family_count", title=title, n=len(found)), expanded=opened):
        st.html(
            f'<p class="say">{escape(say(f"about.threat_{family}"))}</p>'
            f'<dl class="entries">{rows}</dl>'
        )


def _named(name: str) -> str:
    """Return a name for people to read, and beside it how a plan spells it where that differs."""
    words = name.replace("_", " ")
    spelled = "" if words == name else f" <code>{escape(name)}</code>"
    return f"{escape(words)}{spelled}"


def _seen(entry: Entry) -> str:
    if not entry.sees:
        return ""
    known = texts.words(language(), "about")
    words = known.get(f"sees_{entry.sees}", entry.sees)
    return f'<span class="sees">{escape(say("about.sees", what=words))}</span>'


def _linked(paper: str) -> str:
    """Return a citation with links to what is on arXiv; nothing is loaded from there."""
    return _ARXIV.sub(
        r'<a href="https://arxiv.org/abs/\1" target="_blank" rel="noopener noreferrer">'
        r"arXiv \1</a>",
        escape(paper),
    )


PAGE = Page("about", 80, ":material/info:", show)
