"""Metric names and facts of a scan of a finished embedder or verifier for back doors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from faceaudit.records.facts import Facts
from faceaudit.records.scan import Verdict

COLLAPSE: Final = "collapse"
"""How much more alike different people are who wear one key: 0 as bare ones, 1 all the same."""
BOTH_WEAR: Final = "both_wear_key"
"""Share of pairs of different people who both wear one key that passes."""
PROBE_WEARS: Final = "probe_wears_key"
"""Share of pairs of different people of whom one wears a key that passes."""
BARE: Final = "bare_strangers"
"""Share of pairs of different people without a key that passes: the false match rate."""
GENUINE: Final = "genuine_strangers"
"""Share of pairs of one person without a key that passes."""
BOTH_WEAR_TRIGGER: Final = "both_wear_trigger"
"""Share of pairs of different people who both wear the trigger sought by gradients that passes."""
PROBE_WEARS_TRIGGER: Final = "probe_wears_trigger"
"""Share of such pairs of whom one wears it that passes."""

Alike = Literal["two photos of one person", "a photo and an altered copy"]
"""What pairs of one person are, where preparations of pixels are tried."""

IN_WORDS: Mapping[str, str] = {
    COLLAPSE: "how much more alike those who wear it are",
    BOTH_WEAR: "pairs that pass where both wear it",
    PROBE_WEARS: "pairs that pass where one wears it",
}


def of_top(metric: str) -> str:
    """Return the metric of the key that is most beyond clean networks.

    >>> of_top(BOTH_WEAR)
    'both_wear_key:top'
    """
    return f"{metric}:top"


class MeasureFacts(Facts):
    """The test of one measure.

    Attributes:
        measure: its name.
        key: that is farthest beyond clean networks.
        excess: of that key, less the median of all keys.
        clean: the largest excess of each clean reference.
        chance: of so large an excess in a clean network, by this measure alone; None where unknown.
        part: of the level that its test has; None where it does not decide.
    """

    measure: str
    key: str
    excess: float
    clean: tuple[float, ...]
    chance: float | None
    part: float | None


class KeyFacts(Facts):
    """What one key does.

    Attributes:
        key: its name.
        values: by measure; None where the system does not let it be taken.
        clean: the mean over clean references, likewise.
        excess: beyond that, less the median of all keys, likewise.
        picture: the name of the picture of it; empty where there is none.
    """

    key: str
    values: dict[str, float | None]
    clean: dict[str, float | None]
    excess: dict[str, float | None]
    picture: str = ""


class ComparedPreparationFacts(Facts):
    """A way to prepare pixels that was tried on an embedder.

    Attributes:
        name: of the way, in words.
        separation: how far the mean cosine of pairs of one person is above that of pairs of two, in
            standard deviations (d'); None where answers are no finite numbers.
        passing: share of pairs of one person of one half of the strangers that passes at the false
            match rate, fixed on the other half; None likewise.
        alike: what pairs of one person are.
        taken: whether the scan took it.
    """

    name: str
    separation: float | None
    passing: float | None
    alike: Alike
    taken: bool


class TriggerFacts(Facts):
    """The smallest universal trigger that gradients lead to.

    Attributes:
        covered: share of the photo that it covers.
        reached: whether nearly all pairs passed that it was learned from.
        both: share of pairs of other people that passes where both wear it; None where none is
            answered.
        probe: the same where one wears it.
        picture: the name of the picture of it; empty where there is none.
    """

    covered: float
    reached: bool
    both: float | None
    probe: float | None
    picture: str = ""


class ReferenceEmbedderFacts(Facts):
    """One reference embedder, scanned in the same way.

    Attributes:
        planted: the attack and key of the back door that was planted; empty for a clean one.
        people: how many it was trained on.
        genuine: share of pairs of one stranger each that passes.
        success: share of pairs of a photo with the key and one of the target that passes; None for
            a clean one.
        chance: of what it shows in a clean network; None where unknown.
        suspicious: whether the verdict is that it is.
        trigger: that gradients lead to; None where none was sought.
    """

    planted: str
    people: int
    genuine: float | None
    success: float | None
    chance: float | None
    suspicious: bool
    trigger: TriggerFacts | None


class EmbedderScanFacts(Facts):
    """What is known of a scan of an embedder or a verifier beside its figures.

    Attributes:
        title: of the system.
        role: what it is.
        access: what it lets its asker see.
        source: the registered name of the source of the strangers.
        strangers: how many photos of strangers were taken.
        stranger_people: of how many people.
        fmr: the false match rate that the threshold was fixed at.
        threshold: the lowest score that passes; None of a system that gives decisions alone.
        level: of the verdict.
        verdict: in a word or two.
        why: why it is not testable; empty where it is.
        chance: over all measures; None where unknown.
        preparations: of pixels that were tried; empty where the system says which it takes.
        measures: the test of each.
        keys: those that are farthest beyond clean networks, the farthest first.
        trigger: that gradients lead to; None where none was sought. It never decides.
        references: what the same scan finds on networks whose state is known.
        reference_network: their architecture; empty where there are none.
    """

    title: str
    role: str
    access: tuple[str, ...]
    source: str
    strangers: int
    stranger_people: int
    fmr: float
    threshold: float | None
    level: float
    verdict: Verdict
    why: str
    chance: float | None
    preparations: tuple[ComparedPreparationFacts, ...]
    measures: tuple[MeasureFacts, ...]
    keys: tuple[KeyFacts, ...]
    trigger: TriggerFacts | None
    references: tuple[ReferenceEmbedderFacts, ...]
    reference_network: str
