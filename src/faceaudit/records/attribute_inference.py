"""Names of the figures of audits of attribute inference, and the facts beside them."""

from __future__ import annotations

from typing import Final, Literal

from faceaudit.records.facts import Facts

KIND: Final = "attribute_inference"

AUC: Final = "auc"
"""How often the attacked photo that has a value scores above one that has not, mean over values."""
BALANCED: Final = "balanced_accuracy"
"""Share of photos whose value is named rightly, the mean over values."""
EXCESS: Final = "excess"
"""The balanced accuracy less that of guessing, and of always naming the most frequent value."""

TMR: Final = "tmr"
"""Share of genuine comparisons that are accepted, with what is stored."""
TMR_PLAIN: Final = "tmr_unmitigated"
TMR_CHANGE: Final = "tmr_change"
"""The first less the second, of the same comparisons."""

Asked = Literal["stored", "shuffled", "untrained", "pixels"]
"""What an attack was made on: what the system stores; the same, learned from labels dealt anew to
people; what an untrained network of the same shape makes of the photos; the photos themselves."""


def of_attempt(metric: str, key: str) -> str:
    """Return the metric of one attempt.

    >>> of_attempt(AUC, "sex:linear_probe:100:stored")
    'auc:sex:linear_probe:100:stored'
    """
    return f"{metric}:{key}"


def at_rate(metric: str, fmr: float) -> str:
    """Return the metric at a false match rate.

    >>> at_rate(TMR, 0.001)
    'tmr@fmr=0.001'
    """
    return f"{metric}@fmr={fmr:g}"


class AttributeFacts(Facts):
    """An attribute that is inferred.

    Attributes:
        attribute: its name.
        divides: "people" where it is the same on all photos of a person, else "photos".
        values: what its values are called; those that too few attacked people have are left out.
        photos: of the attacked people, photos with each of the values.
        people: attacked people with each.
        left_out: values that too few attacked people have.
    """

    attribute: str
    divides: Literal["people", "photos"]
    values: tuple[str, ...]
    photos: tuple[int, ...]
    people: tuple[int, ...]
    left_out: tuple[str, ...] = ()


class AttemptFacts(Facts):
    """One attack on one attribute.

    Attributes:
        key: what the metrics of its figures end in.
        attribute, attack: names.
        people: labelled people who are learned from.
        asked: what the attack was made on.
        queries: scores that were asked for; 0 where templates are at hand.
        access, knowledge: what the attacker has, in words.
    """

    key: str
    attribute: str
    attack: str
    people: int
    asked: Asked
    queries: int = 0
    access: str = ""
    knowledge: str = ""


class AttributeInferenceFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        networks: whose templates are stored.
        entries: numbers stored of a photo.
        attacked_people, attacked_photos: whom the attacks were made on.
        labelled_people: whom the attacker could learn from.
        owner_people: whom the mitigation was fitted on.
        threshold_people: who fix thresholds.
        attributes: what was inferred.
        attempts: every attack on every attribute.
    """

    networks: tuple[str, ...]
    entries: int
    attacked_people: int
    attacked_photos: int
    labelled_people: int
    owner_people: int
    threshold_people: int
    attributes: tuple[AttributeFacts, ...]
    attempts: tuple[AttemptFacts, ...]
