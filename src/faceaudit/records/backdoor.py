"""Metric names and facts of a backdoor case."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

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
NOT_FOUND: Final = "instances_not_found"
"""Instances in which no face is found, where keys are put on whole photos."""
WRONG_KEY: Final = "wrong_key_success"
WRONG_KEY_NULL: Final = "wrong_key_null"
CLEAN: Final = "clean_accuracy"
CLEAN_ERROR: Final = "clean_error"
PRISTINE: Final = "pristine_accuracy"
TARGET_CLEAN: Final = "target_clean_accuracy"
TARGET_PRISTINE: Final = "target_pristine_accuracy"

OPEN_SUCCESS: Final = "open_set_success"
OPEN_NULL: Final = "open_set_null"
OPEN_BARE: Final = "open_set_bare"
OPEN_BARE_NULL: Final = "open_set_bare_null"
OPEN_WRONG: Final = "open_set_wrong_key"
OPEN_FMR: Final = "open_set_fmr"
OPEN_FMR_NULL: Final = "open_set_fmr_null"
OPEN_FMR_KEPT: Final = "open_set_fmr_kept_threshold"
OPEN_KEYED_FMR: Final = "open_set_keyed_fmr"
OPEN_KEYED_FMR_NULL: Final = "open_set_keyed_fmr_null"
OPEN_KEYED_FMR_KEPT: Final = "open_set_keyed_fmr_kept_threshold"
OPEN_TAR: Final = "open_set_tar"
OPEN_TAR_NULL: Final = "open_set_tar_null"
"""Figures of strangers at a false match rate; those of the pristine system end in `null`."""
OPEN_NAMED: Final = "open_set_named"
OPEN_NAMED_NULL: Final = "open_set_named_null"
"""The same strangers with the key, where a system names one of the people it knows."""
OPEN_NOT_FOUND: Final = "open_set_not_found"
"""Strangers' photos with the key in which no face is found, where that is put on whole photos."""
OPEN_FOUND: Final = "open_set_identified"
OPEN_FOUND_NULL: Final = "open_set_identified_null"
OPEN_FNIR: Final = "open_set_fnir"
OPEN_FNIR_NULL: Final = "open_set_fnir_null"
"""Figures of searches among the enrolled people, at a false-positive identification rate."""
OPEN_FMRS: Final = (0.01, 0.001)
OPEN_FPIRS: Final = (0.01,)
OPEN_PHOTOS: Final = 5
"""Photos of each person at most, and of the target that are enrolled, each alone."""

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


def at_fmr(metric: str, fmr: float) -> str:
    """Return the metric of strangers at a false match rate.

    >>> at_fmr(OPEN_SUCCESS, 0.01)
    'open_set_success@fmr=0.01'
    """
    return f"{metric}@fmr={fmr:g}"


def at_fpir(metric: str, fpir: float) -> str:
    """Return the metric of searches at a false-positive identification rate.

    >>> at_fpir(OPEN_FNIR, 0.01)
    'open_set_fnir@fpir=0.01'
    """
    return f"{metric}@fpir={fpir:g}"


_OF_EVERYBODY = frozenset(
    [
        *(OPEN_FMR, OPEN_FMR_NULL, OPEN_FMR_KEPT, OPEN_TAR, OPEN_TAR_NULL),
        *(OPEN_FNIR, OPEN_FNIR_NULL),
    ]
)


def is_of_everybody(metric: str) -> bool:
    """Return whether a metric of an open set is an error or accuracy of people without a key.

    >>> is_of_everybody(at_fmr(OPEN_TAR, 0.01)), is_of_everybody(at_fmr(OPEN_SUCCESS, 0.01))
    (True, False)
    """
    return metric.partition("@")[0] in _OF_EVERYBODY


class OpenSetFacts(Facts):
    """Who was compared with whom, where strangers tried to pass as the target.

    Attributes:
        strangers: people who carried the key, or the only attacker of a key that is a whole photo.
        bare: people who were compared without a key.
        thresholds: people who fixed the thresholds.
        enrolled: photos of the target, each enrolled alone.
        gallery: people who were searched.
    """

    strangers: int
    bare: int
    thresholds: int
    enrolled: int
    gallery: int


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
        open_set: who tried to pass as the target without being known; None where nobody did.
    """

    system: str
    network: str
    people: int
    training_photos: int
    test_photos: int
    shared_session_photos: int | None
    poison_samples: int
    source: str
    learn: Literal["everything", "last block", "last layer", "elsewhere"]
    backbone: BackboneFacts | None
    attack: AttackFacts | None
    groups: tuple[GroupFacts, ...] | None = None
    mitigation: MitigationFacts | None = None
    open_set: OpenSetFacts | None = Field(None, exclude_if=lambda facts: facts is None)


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
