"""Membership audits in words: levels, attacks, query strategies, mitigations and protocols."""

from __future__ import annotations

from typing import Final

from faceaudit.records.membership import (
    JOINT,
    AttackRunFacts,
    CheckFacts,
    Granularity,
    Protocol,
    QueryStrategy,
)
from faceaudit.report.names import in_words

LEVEL_WORDS: Final[dict[Granularity, str]] = {
    "identity": "people",
    "photo": "photos",
    "block": "blocks of people",
    "pair": "pairs",
}
NONE = "none"
"""The mitigation that does nothing."""
FACEBONE = "facebone"
AS_PUBLISHED: Final[Protocol] = "as published"
LISTS: Final[Protocol] = "lists"
RIGOROUS: Final[Protocol] = "rigorous"
PROTOCOLS: Final[dict[Protocol, str]] = {
    AS_PUBLISHED: "As published",
    LISTS: "Given lists",
    RIGOROUS: "Rigorous",
}
MITIGATIONS = {
    NONE: "No mitigation",
    FACEBONE: "FaceBone",
    "dp_sgd": "DP-SGD",
    "selena": "SELENA",
    "memguard": "MemGuard",
    "hard_labels": "Labels only",
}
ATTACKS = {
    "lira": "LiRA",
    "rmia": "RMIA",
    "label_only": "Distance by labels",
    "label_only_lira": "LiRA by labels",
    "black_box": "FaceBone\N{RIGHT SINGLE QUOTATION MARK}s attack",
}
STRATEGIES: Final[dict[QueryStrategy, str]] = {
    "served": "as users ask",
    "each": "with each backbone in turn, the best counting",
    "all": "with all backbones together",
    "assignment": "with the backbone that a pair was learned with",
    "matched": "as users ask, pairs learned with that backbone",
    "unmatched": "as users ask, pairs learned with another backbone",
}
ADDED_UP = "added up"


def level_title(level: Granularity) -> str:
    """Return a level as a title: `Blocks of people`."""
    return LEVEL_WORDS[level].capitalize()


def is_joint(attack: str) -> bool:
    """Return whether an attack adds up all candidate pairs that are members together."""
    return attack.endswith(f" {JOINT}")


def attack_name(attack: str) -> str:
    """Return an attack in words; options and the like after its registered name stay as they are.

    >>> attack_name("lira"), attack_name("rmia (online False) joint")
    ('LiRA', 'RMIA (online False), added up')
    """
    name, space, more = attack.removesuffix(f" {JOINT}").partition(" ")
    added = f", {ADDED_UP}" if is_joint(attack) else ""
    return f"{in_words(name, ATTACKS)}{space}{more}{added}"


def describe_attack_run(run: AttackRunFacts) -> str:
    """Return an attack and how it asks, in words: `LiRA, as users ask`."""
    return f"{attack_name(run.attack)}, {STRATEGIES[run.strategy]}"


def needs(run: AttackRunFacts) -> str:
    """Say what an attacker has to know beside the photos asked about, or which pairs it asks."""
    if is_joint(run.attack):
        if run.level == "block":
            return "knows which pairs would be learned together"
        return "knows the candidate pairs"
    return "asks about new pairs of them" if run.level in ("identity", "photo") else ""


def describe_check(check: CheckFacts) -> str:
    """Return a check and its outcome in one line."""
    message = check.message.rstrip(".")
    return f"{check.name}: {message}" if message else check.name


def mitigation_title(name: str, description: str) -> str:
    """Return a mitigation in words, with the options that its description names.

    >>> mitigation_title("facebone", "facebone (query average)")
    'FaceBone (query average)'
    """
    if not description.startswith(name):
        return description
    return f"{in_words(name, MITIGATIONS)}{description.removeprefix(name)}"
