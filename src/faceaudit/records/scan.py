"""Metric names and facts of a scan of a finished identifier for back doors."""

from __future__ import annotations

from typing import Final, Literal

from faceaudit.records.facts import Facts

KIND: Final = "scan"

DRAWN: Final = "drawn_to_top"
"""Share of what a stage asked about that is taken for the person whom it suspects most."""
PLAIN: Final = "drawn_without_anything"
"""Share of bare strangers that is taken for the person whom the scan suspects most."""
FALSE_ALARMS: Final = "false_alarms"
"""Share of clean reference networks on which the same scan finds somebody suspicious."""
POWER: Final = "power"
"""Share of reference networks with a planted back door whose target the same scan finds."""
EMBEDDERS: Final = "universal_triggers"
"""What a scan of an embedder or a verifier would measure."""

Verdict = Literal["suspicious", "nothing found", "not testable"]
Null = Literal["clean networks", "its own people"]
"""What says how large gaps are where nobody is a target."""


def of_stage(metric: str, stage: str) -> str:
    """Return the metric of one stage.

    >>> of_stage(DRAWN, "key_bank")
    'drawn_to_top:key_bank'
    """
    return f"{metric}:{stage}"


class PreparationFacts(Facts):
    """A way to prepare pixels that was tried.

    Attributes:
        name: of the way, in words.
        people: how many people answers about strangers spread over: exp of their entropy.
        top: the largest share of strangers that is taken for one person.
        taken: whether the scan took it.
    """

    name: str
    people: float
    top: float
    taken: bool


class StageFacts(Facts):
    """What one stage found.

    Attributes:
        stage: its registered name.
        what: the value that it compares people by, in words.
        decides: whether its chances go into the verdict.
        asked: how many photos it asked about.
        labels: of people above the largest gap, the most suspicious first.
        ratio: of the smallest value above that gap to the largest below; None where unknown.
        chance: of so large a gap where nobody is a target, by this stage alone; None where it says
            nothing of that.
        part: of the level that its test has; None where it does not decide.
        null: what tells how large gaps are where nobody is a target; None where it does not decide.
        why: why it says nothing; empty where it does.
    """

    stage: str
    what: str
    decides: bool
    asked: int
    labels: tuple[int, ...]
    ratio: float | None
    chance: float | None
    part: float | None = None
    null: Null | None = None
    why: str = ""


class SuspectFacts(Facts):
    """One person whom the system knows, as the scan sees them.

    Attributes:
        person: the name.
        label: the number of the class, from 0.
        chance: of the best stage where nobody is a target, corrected for how many decide; None
            where none says.
        values: by stage, how much it suspects the person; None where it did not look.
        remarks: of stages, in words.
        picture: the name of the picture of what opens the door; empty where there is none.
    """

    person: str
    label: int
    chance: float | None
    values: dict[str, float | None]
    remarks: tuple[str, ...] = ()
    picture: str = ""


class ReferenceFacts(Facts):
    """One reference network, scanned in the same way.

    Attributes:
        planted: the attack and key of the back door that was planted; empty for a clean one.
        people: how many it knows.
        accuracy: on photos of them that it did not learn from.
        success: of the back door that was planted; None for a clean one.
        chance: of the most suspicious person; None where the scan says nothing.
        first: whether the most suspicious person is the target; None for a clean one.
        suspicious: whether the verdict is that it is.
        ratios: at the largest gap among people, by stage that decides; None where it says nothing.
    """

    planted: str
    people: int
    accuracy: float
    success: float | None
    chance: float | None
    first: bool | None
    suspicious: bool
    ratios: dict[str, float | None]


class ScanFacts(Facts):
    """What is known of a scan beside its figures.

    Attributes:
        title: of the system.
        role: what it is.
        access: what it lets its asker see.
        people: how many it knows.
        source: the registered name of the source of the strangers.
        strangers: how many photos of strangers were taken.
        stranger_people: of how many people.
        level: of the verdict.
        verdict: in a word or two.
        why: why it is not testable; empty where it is.
        chance: of the most suspicious person; None where no stage says.
        suspicious: how many people are suspicious at the level.
        preparations: of pixels that were tried; empty where the system says which it takes.
        stages: in the order of the plan.
        suspects: people in the order of suspicion, the first ones only.
        references: what the same scan finds on networks whose state is known.
        reference_network: their architecture; empty where there are none.
    """

    title: str
    role: str
    access: tuple[str, ...]
    people: int
    source: str
    strangers: int
    stranger_people: int
    level: float
    verdict: Verdict
    why: str
    chance: float | None
    suspicious: int
    preparations: tuple[PreparationFacts, ...]
    stages: tuple[StageFacts, ...]
    suspects: tuple[SuspectFacts, ...]
    references: tuple[ReferenceFacts, ...]
    reference_network: str
