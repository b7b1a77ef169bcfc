"""The cases of an inversion audit with their facts, as the section's parts take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceaudit.records.inversion import KIND, PHOTO, TYPE_II, InversionFacts, at_fmr
from faceaudit.report.anchors import anchor
from faceaudit.report.inversion.case_run import CaseRun, records_of
from faceaudit.report.names import in_words
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

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
class Run(CaseRun):
    """One attack on one protection, under a seed."""

    facts: InversionFacts

    def headline(self, fmr: float) -> str:
        """Return success of type II."""
        return at_fmr(TYPE_II, fmr)

    @property
    def protection(self) -> str:
        """The protection with its options; "none" without."""
        return str(self.record.spec["titles"]["protection"])

    @property
    def key(self) -> str:
        """Whether the attacker has its keys: "known", "secret", or "none" where it has none."""
        return str(self.record.spec["key"])

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
        origin = f" from templates of {self.origin}" if self.origin else ""
        return f"{self.attack.replace('_', ' ')}{origin}{self.of_seed}"

    @property
    def protected(self) -> str:
        """The protection in words, and whether its keys are known."""
        name = str(self.record.spec["protection"]["protection"])
        words = f"{in_words(name, PROTECTIONS_IN_WORDS)}{self.protection.removeprefix(name)}"
        return f"{words}{KEYS.get(self.key, '')}"

    def ceiling(self) -> Estimate | None:
        """Return how often the stolen photo itself passes there."""
        fmr = self.strictest()
        return None if fmr is None else self.get(at_fmr(TYPE_II, fmr, PHOTO))


def template_runs(records: Sequence[CaseRecord]) -> tuple[Run, ...]:
    """Return the inversions of templates that did not fail, in the order of the plan."""
    own, several = records_of("template", records)
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
