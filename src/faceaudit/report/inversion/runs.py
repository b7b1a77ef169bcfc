"""The cases of an inversion audit with their facts, as the section's parts take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceaudit.records.inversion import KIND, PHOTO, TYPE_II, InversionFacts, at_fmr
from faceaudit.report.anchors import anchor
from faceaudit.report.names import in_words
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

ATTACKS = anchor(KIND, "attacks")
TRANSFER_TABLE = anchor(KIND, "networks")
PROTECTIONS = anchor(KIND, "protections")
NONE = "none"
PROTECTIONS_IN_WORDS = {
    "none": "No protection",
    "biohash": "BioHash",
    "polyprotect": "PolyProtect",
    "averaging": "Templates of several networks",
}
KEYS = {"known": ", keys known", "secret": ", keys not known"}
"""Whether an attacker has the keys, as it is said behind a protection."""


@dataclass(frozen=True, eq=False)
class Run:
    """One attack on one protection, under a seed.

    Attributes:
        record: the case, which did not fail.
        facts: what is known of it beside its figures.
        several: whether the audit has several seeds.
    """

    record: CaseRecord
    facts: InversionFacts
    several: bool = False

    @property
    def attack(self) -> str:
        """The attack with its options."""
        return str(self.record.spec["titles"]["attack"])

    @property
    def name(self) -> str:
        """The attack's registered name."""
        return str(self.record.spec["attack"]["attack"])

    @property
    def protection(self) -> str:
        """The protection with its options; "none" without."""
        return str(self.record.spec["titles"]["protection"])

    @property
    def key(self) -> str:
        """Whether the attacker has its keys: "known", "secret", or "none" where it has none."""
        return str(self.record.spec["key"])

    @property
    def seed(self) -> int:
        """The plan's seed."""
        return int(self.record.spec["seed"])

    @property
    def networks(self) -> tuple[str, ...]:
        """The titles of the networks, the attacked one first."""
        return tuple(one.title for one in self.facts.networks)

    @property
    def origin(self) -> str:
        """The network that the templates were stolen from, where it is not the attacked one."""
        number = int(self.record.spec["origin"])
        return self.networks[number] if number else ""

    @property
    def said(self) -> str:
        """The attack in a sentence, with whose templates it starts from and the seed of several."""
        said = self.attack.replace("_", " ")
        if self.origin:
            said += f" from templates of {self.origin}"
        return f"{said}{self.of_seed}"

    @property
    def of_seed(self) -> str:
        """The seed, to be said behind something, where the audit has several."""
        return f", seed {self.seed}" if self.several else ""

    @property
    def title(self) -> str:
        """The same as a title."""
        return f"{self.said[:1].upper()}{self.said[1:]}"

    @property
    def protected(self) -> str:
        """The protection in words, and whether its keys are known."""
        name = str(self.record.spec["protection"]["protection"])
        words = f"{in_words(name, PROTECTIONS_IN_WORDS)}{self.protection.removeprefix(name)}"
        return f"{words}{KEYS.get(self.key, '')}"

    @property
    def fmrs(self) -> tuple[float, ...]:
        """The false match rates asked for, the highest first."""
        return tuple(sorted((one.fmr for one in self.facts.thresholds), reverse=True))

    def figure(self, metric: str) -> Figure | None:
        """Return a figure, with or without an estimate; None where there is no such figure."""
        return next((one for one in self.record.figures if one.metric == metric), None)

    def get(self, metric: str) -> Estimate | None:
        """Return an estimate, or None where there is none."""
        return self.record.figure(metric)

    def strictest(self) -> float | None:
        """Return the lowest false match rate at which success was measured."""
        known = [fmr for fmr in self.fmrs if self.get(at_fmr(TYPE_II, fmr)) is not None]
        return min(known, default=None)

    def success(self) -> Estimate | None:
        """Return the headline: success of type II at the lowest false match rate that it has."""
        fmr = self.strictest()
        return None if fmr is None else self.get(at_fmr(TYPE_II, fmr))

    def ceiling(self) -> Estimate | None:
        """Return how often the stolen photo itself passes there."""
        fmr = self.strictest()
        return None if fmr is None else self.get(at_fmr(TYPE_II, fmr, PHOTO))


def template_runs(records: Sequence[CaseRecord]) -> tuple[Run, ...]:
    """Return the inversions of templates that did not fail, in the order of the plan."""
    own = [one for one in records if one.error is None and one.spec["part"] == "template"]
    several = len({one.spec["seed"] for one in own}) > 1
    return tuple(Run(one, InversionFacts.of(one), several) for one in own)


def unprotected(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return those on templates without protection."""
    return tuple(one for one in runs if one.protection == NONE)


def beside(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return, for each seed, the run whose references are shown.

    It is one that starts from the attacked network's own templates: the look-alike of another
    network's template is another one.
    """
    shown: dict[int, Run] = {}
    for one in sorted(runs, key=lambda one: bool(one.origin)):
        shown.setdefault(one.seed, one)
    return tuple(shown[seed] for seed in dict.fromkeys(one.seed for one in runs))


def strongest(runs: Sequence[Run]) -> Run | None:
    """Return the run with the highest success of type II; None where none was measured."""
    known = [
        (found.value, -place, one) for place, one in enumerate(runs) if (found := one.success())
    ]
    return max(known, key=lambda one: one[:2])[2] if known else None
