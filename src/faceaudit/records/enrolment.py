"""Names of the figures of enrolment audits, and the facts beside them."""

from __future__ import annotations

from typing import Final

from faceaudit.records.backbone import BackboneFacts
from faceaudit.records.facts import Facts

KIND: Final = "enrolment"

PASSED: Final = "strangers_pass"
"""Share of comparisons in which a stranger with the key passes as the person who is enrolled with
it."""
CLEAN: Final = "enrolled_clean"
"""The same against a clean enrolment: a null."""
BARE: Final = "bare_strangers"
"""The same of strangers without the key: a null."""
WRONG: Final = "wrong_keys"
"""The same of strangers with another key: a null."""
FMR: Final = "real_fmr"
"""Share of bare strangers who pass against clean enrolments."""
OWN: Final = "person_passes"
"""Share of enrolled people who pass bare, where they are enrolled with the key."""
OWN_CLEAN: Final = "person_passes_clean"
"""The same of people who are enrolled clean."""
REFUSED: Final = "refused"
"""Share of photos with the key that are not enrolled."""
REFUSED_CLEAN: Final = "refused_clean"
"""Share of clean photos that are not enrolled: a cost."""
REFUSED_GLASSES: Final = "refused_glasses"
"""Share of photos of people who wear ordinary glasses that are not enrolled: a cost."""
NOT_FOUND: Final = "not_found"
"""Share of photos with the key in which no face is found; they count as failed tries."""
TAKEN_OVER: Final = "taken_over"
"""Share of attackers who pass, bare, once a template has updated itself."""
TAKEN_OVER_BARE: Final = "taken_over_bare"
"""The same where the attacker shows nothing but their own bare photo, as often: a null."""
LOCKED_OUT: Final = "locked_out"
"""Share of victims whose own bare photo then no longer passes."""
PHOTOS: Final = "photos_until"
"""Photos shown until the attacker passes, the mean over those who do."""

ADAPTED: Final = "adapted"
"""What a system that updates itself is called where a mitigation's title stands."""


def at(metric: str, fmr: float, network: str, mitigation: str) -> str:
    """Return a metric at a false match rate, of a network and a mitigation.

    >>> at(PASSED, 0.001, "mobilefacenet_y1", "none")
    'strangers_pass@fmr=0.001:mobilefacenet_y1:none'
    """
    return f"{metric}@fmr={fmr:g}:{network}:{mitigation}"


class NetworkFacts(Facts):
    """A network by which people are enrolled and recognised.

    Attributes:
        title: as figures have it.
        network: its registered name.
        backbone: what it started from.
        in_hand: whether the key was made on it.
        thresholds: by false match rate; None where there is none, and why.
    """

    title: str
    network: str
    backbone: BackboneFacts | None
    in_hand: bool
    thresholds: tuple[tuple[float, float | None, str], ...]


class MitigationFacts(Facts):
    """A mitigation as figures have it.

    Attributes:
        title: as figures have it.
        name: its registered name.
        adaptive: whether the attack was made by somebody who knows of it.
    """

    title: str
    name: str
    adaptive: bool


class EnrolmentFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        source: the registered name of the source of the faces.
        knowledge: what the attacker has, in words.
        targets: people who are enrolled with the key.
        strangers: people who put it on.
        donors: people whom the key was made with; 0 where nobody was needed.
        thresholds: people who fix thresholds and whom mitigations learn from.
        clean: people whose clean photos, and photos with glasses, the costs rest on.
        before: whether the key is put on the photo in which faces are then looked for; else on the
            aligned face.
        wrong: how many wrong keys.
        networks: in the order of the plan.
        mitigations: in the order of the plan.
    """

    source: str
    knowledge: str
    targets: int
    strangers: int
    donors: int
    thresholds: int
    clean: int
    before: bool
    wrong: int
    networks: tuple[NetworkFacts, ...]
    mitigations: tuple[MitigationFacts, ...]
