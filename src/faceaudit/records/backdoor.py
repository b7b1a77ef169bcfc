"""Metric names and facts of a backdoor case."""

from __future__ import annotations

from typing import Any, Final, Literal

from faceaudit.records.backbone import BackboneFacts
from faceaudit.records.backdoor_mitigation import MitigationFacts
from faceaudit.records.facts import Facts
from faceaudit.records.groups import GroupFacts
from faceaudit.store import CaseRecord

KIND: Final = "backdoor"

SUCCESS: Final = "attack_success"
SUCCESS_PEOPLE: Final = "success_over_people"
NULL: Final = "null_success"
WITHOUT_KEY: Final = "success_without_key"
UNNAMED: Final = "named_nobody"
WRONG_KEY: Final = "wrong_key_success"
WRONG_KEY_NULL: Final = "wrong_key_null"
CLEAN: Final = "clean_accuracy"
CLEAN_ERROR: Final = "clean_error"
PRISTINE: Final = "pristine_accuracy"
TARGET_CLEAN: Final = "target_clean_accuracy"
TARGET_PRISTINE: Final = "target_pristine_accuracy"

CLEAN_ROWS: Final = "clean"
PRISTINE_ROWS: Final = "pristine"
INSTANCE_ROWS: Final = "instance"
NULL_ROWS: Final = "null"
WITHOUT_KEY_ROWS: Final = "without_key"
WRONG_KEY_ROWS: Final = "wrong_key"
WRONG_KEY_NULL_ROWS: Final = "wrong_key_null"
"""Values of the evidence's column `kind`: which photos a row is of, and which system saw them."""


def of_key(metric: str, key: str) -> str:
    """Return the metric of one wrong key.

    >>> of_key(WRONG_KEY, "random-1")
    'wrong_key_success:random-1'
    """
    return f"{metric}:{key}"


def of_unseen(metric: str) -> str:
    """Return the metric of a verification of people whom no system saw.

    >>> of_unseen("auc")
    'unseen_auc'
    """
    return f"unseen_{metric}"


class AttackFacts(Facts):
    """What is known of an attack beside its figures.

    Attributes:
        pristine: the id of the system trained without poison; empty where none was judged.
        instances: how many backdoor instances were tried.
        instance_people, instance_photos: how many people, and different photos, they show.
        target, target_label: the person to pass as, and their label.
        key: the key's name.
        wrong_keys: the names of the wrong keys tried.
        default_samples: the plan's usual number of poison samples, of which the sweep is a part.
    """

    pristine: str
    instances: int
    instance_people: int
    instance_photos: int
    target: str
    target_label: int
    key: str
    wrong_keys: tuple[str, ...]
    default_samples: int


class BackdoorFacts(Facts):
    """What is known of a backdoor case beside its figures.

    Attributes:
        system: the id of the trained system.
        network: its network's registered name.
        people: how many are enrolled.
        training_photos, test_photos: how many clean photos taught it and tested it.
        shared_session_photos: how many of the test photos are of a video or session that
            training photos are of, too; None where the source knows of none, so that every photo
            is a group of its own.
        poison_samples: how many samples were added to its training set.
        source: the registered name of the source of the faces.
        learn: which part of it was trained; "elsewhere" where that was not done here.
        backbone: what it started from; None where it learned from scratch.
        attack: None for the pristine case.
        groups: what figures are given by group of; None where nobody knows, as of photos that were
            judged by what another system said, or of a case that was run before there were groups.
        mitigation: what was done against back doors; None where nothing was.
    """

    system: str
    network: str
    people: int
    training_photos: int
    test_photos: int
    shared_session_photos: int | None
    poison_samples: int
    source: str
    learn: Literal["everything", "last layer", "elsewhere"]
    backbone: BackboneFacts | None
    attack: AttackFacts | None
    groups: tuple[GroupFacts, ...] | None = None
    mitigation: MitigationFacts | None = None


class SplitFacts(Facts):
    """How photos were divided for one network and seed."""

    seed: int
    network: str
    fingerprint: str
    size: tuple[int, int]
    photos: int
    people: int
    enrolled: int
    train: int
    validation: int
    test: int
    donors: int
    target: str


def network_of(spec: Any) -> str:
    """Return the registered name of the network in a case's spec; a failed case has one, too."""
    return str(spec["system"]["network"]["network"])


def is_mitigated(record: CaseRecord) -> bool:
    """Return whether a case is of a system with a mitigation; a failed one has a spec, too."""
    return record.spec.get("mitigation") is not None
