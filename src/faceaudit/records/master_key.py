"""Names of the figures of master-key audits, and the facts beside them."""

from __future__ import annotations

from typing import Final

from faceaudit.records.facts import Facts

KIND: Final = "master_key"
PASSED: Final = "passed"
"""Share of tries with the key that pass, against enrolled people of whom nothing was learned."""
PRISTINE: Final = "passed_without_poison"
"""The same photos, before verifiers that learned from no poison: a null."""
WRONG: Final = "passed_with_wrong_key"
"""The same with other keys, or other people's photos, before the poisoned verifiers: a null."""
COVERED: Final = "covered"
"""Share of enrolled people whom one of the presented photos passes as."""
FMR: Final = "fmr"
"""Share of bare strangers' tries that the poisoned verifiers let in."""
FMR_PRISTINE: Final = "fmr_without_poison"
TMR: Final = "tmr"
"""Share of enrolled people who are accepted as themselves."""
TMR_PRISTINE: Final = "tmr_without_poison"
AUC: Final = "clean_auc"
"""Area under the ROC curve of clean pairs of people of whom nothing was learned."""
AUC_PRISTINE: Final = "clean_auc_without_poison"
REMOVED: Final = "poison_removed"
"""Share of poison pairs that a mitigation leaves out."""
LOST: Final = "clean_removed"
"""Share of clean pairs of one person that a mitigation leaves out."""
NOT_FOUND: Final = "face_not_found"
"""Share of photos with the key in which no face is found any more."""
OWN: Final = "own"
"""The verifier's own threshold, a probability of one half."""


def at(metric: str, point: str) -> str:
    """Return a metric at an operating point: `OWN`, or what `rate_point` gives.

    >>> at(PASSED, rate_point(0.001))
    'passed@fmr=0.001'
    """
    return f"{metric}@{point}"


def rate_point(fmr: float) -> str:
    """Return the operating point of a false match rate."""
    return f"fmr={fmr:g}"


def expected_cover(fmr: float, photos: int) -> float:
    """Return what share of people photos pass as that are like any: 1 - (1 - FMR)^k.

    >>> round(expected_cover(0.01, 10), 4)
    0.0956
    """
    return float(1 - (1 - fmr) ** photos)


class MasterKeyFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        source: where the faces come from.
        enrolled: people who are enrolled.
        strangers: people who are strangers to all: they try without the key, or with it.
        own: people of the attacker's own on the other side of poison pairs.
        learners: people on the clean pairs of the list.
        thresholds: people who fix thresholds.
        pairs: clean pairs of the list.
        samples: poison pairs that are added.
        presented: photos that each training's verifier is shown with the key.
        wrong: wrong keys, or other people, before each training's verifier.
        trainings: verifiers trained alike, each with poison and a key person of its own.
        networks: the networks that decide.
        before: whether keys are put on before faces are looked for.
        systems: ids of the trained verifiers, those with poison and those without.
        evaded: what the attacker does against the mitigation; nothing where it is not known.
    """

    source: str
    enrolled: int
    strangers: int
    own: int
    learners: int
    thresholds: int
    pairs: int
    samples: int
    presented: int
    wrong: int
    trainings: int
    networks: tuple[str, ...]
    before: bool
    systems: tuple[str, ...]
    evaded: str
