"""What an audit says nothing about: what faceaudit has no test of, and what the plan left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan import sections_in
from faceaudit.report.first_screen.card import NotTested
from faceaudit.report.threats import Threat

KINDS_IN_WORDS = {
    "backdoor": ("Back doors", "photos slipped into the training set so that a key opens it"),
    "membership": ("Membership", "telling whose photos a verifier was trained on"),
    "inversion": ("Inversion", "rebuilding a face from a stored template, or from a model"),
    "backbone_membership": (
        "Whom the backbone learned from",
        "telling whose photos trained the network that makes embeddings",
    ),
    "extraction": ("Extraction", "copying a system by asking it"),
    "attribute_inference": (
        "Attribute inference",
        "reading looks such as a beard, glasses or an age group off a template",
    ),
    "linkage": ("Linkage", "finding people of one database of templates again in another"),
    "enrolment": ("Enrolment", "one bad photo among those that people are enrolled with"),
    "master_face": ("Master faces", "a few faces that pass as many people who are enrolled"),
    "master_key": (
        "Master keys",
        "pairs slipped into what a verifier learns from, after which one key passes as anybody",
    ),
    "evasion": (
        "Adversarial examples",
        "changes of a photo, too small to see, that make a trained system mistake people",
    ),
    "finished": ("Your own finished system", "asked as it is, whoever trained it"),
    "scan": ("Scan of a foreign model", "looking for a back door without the training data"),
}
"""Kinds of audit, as said where a plan leaves one out: a name, and what it is."""
WITHOUT_TEST = {
    "presentation_attack": (
        "Presentation attacks",
        "a printed photo, a screen or a mask held before a camera; keys are put into photos here, "
        "and worn before no camera",
    ),
    "injection": ("Injected video", "generated faces, and camera streams that are replaced"),
    "surgery": ("Changed weights", "back doors written into a network, or bought with one"),
}
"""What faceaudit has no test of, by what a kind of audit about it would be called."""
DEFENSES = NotTested(
    "Defenses",
    "looking for poisoned photos, refusing photos with a key, and mending a poisoned system",
    "the plan names no mitigation in backdoor.mitigations",
    possible=True,
)


def not_tested(plan: Mapping[str, Any], threats: Iterable[Threat]) -> tuple[NotTested, ...]:
    """Return what the plan left out, then what faceaudit cannot test.

    Args:
        plan: as plain values.
        threats: what was tested, with what it left out itself.
    """
    left = []
    for kind in KINDS:
        if plan.get(kind.name) is None:
            name, what = KINDS_IN_WORDS.get(kind.name, (kind.title, ""))
            why = f"the plan has no section {kind.name}"
            left.append(NotTested(name, what, why, possible=True))
    left += [
        NotTested(name, what, "the plan leaves it out", possible=True)
        for threat in threats
        for name, what in threat.left_out
    ]
    backdoor = sections_in(plan, "backdoor")
    if backdoor and not any(section.get("mitigations") for section in backdoor):
        left.append(DEFENSES)
    known = {kind.name for kind in KINDS}
    left += [
        NotTested(*words, "faceaudit has no test of it", possible=False)
        for name, words in WITHOUT_TEST.items()
        if name not in known
    ]
    return tuple(left)
