"""Verifiers, mitigations and attacks in words."""

from __future__ import annotations

from faceaudit.app import texts
from faceaudit.app.language import language, say
from faceaudit.app.verifiers import KnownVerifier, Prepared


def title_of(one: KnownVerifier, made: Prepared) -> str:
    """Return what a verifier is called: its mitigation, and the networks below it."""
    networks = " + ".join(made.networks[number] for number in one.networks)
    return say(f"system.verifier_{one.mitigation}", networks=networks)


def in_words(page: str, kind: str, name: str) -> str:
    """Return a registered name in words, where the page has some; else the name itself."""
    key = f"{kind}_{name}"
    known = texts.words(language(), page)
    return known.get(key, name.replace("_", " "))
