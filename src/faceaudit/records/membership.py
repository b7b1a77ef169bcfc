"""Metric names and facts of a membership case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from faceaudit.records.backbone import BackboneFacts
from faceaudit.records.facts import Facts
from faceaudit.records.groups import GroupFacts

KIND: Final = "membership"

ACCURACY: Final = "accuracy"
MEMBER_ACCURACY: Final = "accuracy_members"
FMR: Final = "fmr"
FNMR: Final = "fnmr"
ALWAYS_MEMBER: Final = "always_member"
BLIND_AUC: Final = "blind_auc"
AUC: Final = "auc"
BALANCED_ACCURACY: Final = "balanced_accuracy"
ATTACK_ACCURACY: Final = "attack_accuracy"

Granularity = Literal["pair", "photo", "identity", "block"]
"""What an attack tells members of."""
LEVELS: Final[tuple[Granularity, ...]] = ("identity", "photo", "block", "pair")
"""Levels in the order in which they are spoken of: people first."""
QueryStrategy = Literal["served", "each", "all", "assignment", "matched", "unmatched"]
"""How an attacker asks: as users do, with each backbone in turn and the best of them, with all at
once, or with the one that a pair was learned with; or as users do about those pairs only that were
learned with the backbone asked ("matched"), or with another ("unmatched")."""
PARTIAL: Final = ("matched", "unmatched")
"""Query strategies that a part of the pairs is asked about with."""
JOINT: Final = "joint"
"""What is added to the name of an attack that adds up all pairs that are members together."""
Protocol = Literal["rigorous", "lists", "as published"]
"""How members were drawn and attacks scored: drawn halves; given lists; scored in sample."""


def tar_at(far: float) -> str:
    """Return the metric of the true accept rate at a false accept rate."""
    return f"tar@far={far:g}"


def tpr_at(fpr: float) -> str:
    """Return the metric of an attack's true-positive rate at a false-positive rate."""
    return f"tpr@fpr={fpr:g}"


def realised_at(fpr: float) -> str:
    """Return the metric of the false-positive rate that was met where `fpr` was asked for."""
    return f"realised@fpr={fpr:g}"


def attack_key(level: str, attack: str, strategy: str) -> str:
    """Return what figures of one attack are called by.

    >>> of_attack(AUC, attack_key("pair", "lira", "served"))
    'auc:pair:lira:served'
    """
    return f"{level}:{attack}:{strategy}"


def of_attack(metric: str, key: str) -> str:
    """Return the metric of one attack."""
    return f"{metric}:{key}"


def of_target(metric: str, number: int) -> str:
    """Return the metric of one target verifier."""
    return f"{metric}:target-{number}"


def strongest(metric: str, level: Granularity) -> str:
    """Return the metric of the strongest attack at a level, which was chosen on the other targets.

    >>> strongest(AUC, "identity")
    'strongest_auc:identity'
    """
    return f"strongest_{metric}:{level}"


def score_column(attack: str, strategy: str) -> str:
    """Return the column of the evidence that holds an attack's scores."""
    return f"score:{attack}:{strategy}"


class CheckFacts(Facts):
    """One question of the validity gate; `passed` is None where it could not be answered."""

    name: str
    passed: bool | None
    message: str


class AttackRunFacts(Facts):
    """One attack at one level with one query strategy.

    Attributes:
        level: what it tells members of.
        attack: its registered name; "in-sample" is added where it scored what it learned from, and
            "joint" where it adds up all pairs that are members together.
        strategy: how it asks.
        key: what its figures are called by.
        adaptive: whether it uses what it knows of the mitigation.
        access: what it is told.
        queries, records: how often it asked, and about how many.
        in_sample: whether it was scored on what it had learned from.
    """

    level: Granularity
    attack: str
    strategy: QueryStrategy
    key: str
    adaptive: bool
    access: Literal["scores", "labels"]
    queries: int
    records: int
    in_sample: bool


class MembershipFacts(Facts):
    """What is known of a membership case beside its figures.

    Attributes:
        title: the mitigation with the options that are not the default.
        mitigation: its registered name.
        protocol: how members were drawn and attacks scored.
        system: the id of the trained verifiers.
        backbones: the registered names of the networks that embed the photos.
        backbone_facts: what is known of each.
        predictor: the registered name of what decides on a pair.
        source: the registered name of the source of the faces.
        people, photos: how many the candidate pairs are of.
        members, nonmembers: how many of the pairs taught the first verifier, and how many did not.
        post_processing: whether the mitigation only changes the answers of unmitigated verifiers:
            then whatever is found with it can be found without it.
        named_pairs: how many training pairs the verifiers' scores name for certain, of all targets.
        blocks: groups of people that membership was drawn by; None for given lists.
        verifiers: how many were trained alike.
        targets: how many of them were attacked in turn.
        mitigation_facts: what the mitigation says of its training, such as an epsilon.
        gate: the validity gate's checks, failed ones first.
        attacks: every attack with every query strategy that it asked by.
        strongest: the key of the strongest attack on all targets, by level; only where one was
            measured.
        groups: what figures are given by group of; None where nobody knows, as in a case that was
            run before there were groups.
    """

    title: str
    mitigation: str
    protocol: Protocol
    system: str
    backbones: tuple[str, ...]
    backbone_facts: tuple[BackboneFacts, ...]
    predictor: str
    source: str
    people: int
    photos: int
    members: int
    nonmembers: int
    post_processing: bool
    named_pairs: int
    blocks: int | None
    verifiers: int
    targets: int
    mitigation_facts: Mapping[str, Any]
    gate: tuple[CheckFacts, ...]
    attacks: tuple[AttackRunFacts, ...]
    strongest: Mapping[Granularity, str]
    groups: tuple[GroupFacts, ...] | None = None
