"""Words of the section on extraction."""

from __future__ import annotations

from faceaudit.records.extraction import ExtractionFacts
from faceaudit.report.names import in_words, network_name
from faceaudit.report.numbers import counted

ATTACKS = {
    "knockoff": "Knockoff",
    "copycat": "Copycat",
    "student": "Student",
    "student_of_scores": "Student of scores",
}
VICTIMS = {
    "identifier": "Identifier",
    "verifier": "Predictor of a verifier",
    "embedder": "Embedder",
}
WHOSE = {"others": "photos of other people", "enrolled": "photos of the people it knows"}


def attack_name(facts: ExtractionFacts, policy: str = "random") -> str:
    """Return an attack in words, with rounding where there is some."""
    said = in_words(facts.attack, ATTACKS)
    if policy != "random":
        said += f", {policy}"
    return said if facts.decimals is None else f"{said}, {counted(facts.decimals, 'decimal')}"


def system_name(facts: ExtractionFacts) -> str:
    """Return a victim in words: "Identifier DeepID"."""
    first, comma, rest = facts.system.partition(", ")
    network = f"{network_name(first)}{comma}{rest.replace('_', ' ')}"
    return f"{VICTIMS[facts.victim]} {network}"


def access(facts: ExtractionFacts) -> str:
    """Say what the system gives, and how often it was asked: "scores, 600 photos"."""
    unit = facts.unit if facts.queries != 1 else facts.unit[:-1]
    return f"{facts.access}, {facts.queries:,} {unit}"
