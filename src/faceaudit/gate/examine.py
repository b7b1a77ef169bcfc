"""The gate: all checks of two lists, failed ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceaudit.gate import checks
from faceaudit.gate.blind import Both, blind_baseline
from faceaudit.gate.checks import Check
from faceaudit.gate.coding import encode
from faceaudit.gate.lists import PairList


@dataclass(frozen=True)
class Gate:
    """The results of all checks.

    Attributes:
        checks: failed ones, then ones that could not be made, then passed ones.
        members, nonmembers: the number of pairs, and where they are from.
    """

    checks: tuple[Check, ...]
    members: tuple[int, str]
    nonmembers: tuple[int, str]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed, each of which makes a figure worthless."""
        return tuple(check for check in self.checks if check.passed is False)

    @property
    def unknown(self) -> tuple[Check, ...]:
        """The checks that could not be made."""
        return tuple(check for check in self.checks if check.passed is None)

    @property
    def valid(self) -> bool:
        """Whether no check failed; those that could not be made do not count."""
        return not self.failed

    @property
    def summary(self) -> str:
        """All of it in a sentence."""
        count = len(self.checks)
        names = ", ".join(check.name for check in self.failed)
        verdict = (
            f"nothing in {count} checks speaks against a membership figure from these lists"
            if self.valid
            else "a membership figure from these lists says little: "
            f"{len(self.failed)} of {count} checks failed ({names})"
        )
        if self.unknown:
            names = ", ".join(check.name for check in self.unknown)
            verdict += f"; could not be checked: {names}"
        return verdict

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "valid": self.valid,
            "summary": self.summary,
            "members": {"pairs": self.members[0], "what": self.members[1]},
            "nonmembers": {"pairs": self.nonmembers[0], "what": self.nonmembers[1]},
            "checks": [
                {
                    "name": check.name,
                    "passed": check.passed,
                    "message": check.message,
                    "figures": dict(check.figures),
                }
                for check in self.checks
            ],
        }


def examine(
    members: PairList,
    nonmembers: PairList,
    *,
    features: Both | None = None,
    fitted_in_sample: bool | None = None,
    adaptive: bool | None = None,
    fprs: Sequence[float] = (0.01,),
    rng: np.random.Generator,
) -> Gate:
    """Check whether a membership figure from these lists may be believed.

    Args:
        members: pairs that the model was trained on.
        nonmembers: pairs that it was not trained on.
        features: (P, F) and (Q, F) numbers of members and non-members that come from no attacked
            model, such as distances of public embeddings; see `blind_baseline`.
        fitted_in_sample: whether the attack was scored on records that it was fitted on; None when
            that is not known.
        adaptive: whether an attacker who knows the mitigation was tried, too; None likewise.
        fprs: the false positive rates at which true positive rates are to be given.
        rng: of the blind baseline's draws.

    Raises:
        InputError: a list is empty, a rate is not in (0, 1], or features do not fit.
    """
    lists = encode(members, nonmembers)
    results = [
        checks.shared_pairs(lists),
        checks.shared_photos(lists),
        checks.shared_people(lists),
        checks.equal_sizes(lists),
        checks.labels(lists),
        checks.occurrences_of_people(lists),
        checks.occurrences_of_photos(lists),
        checks.resolution(lists, fprs),
        blind_baseline(lists, features=features, rng=rng),
        checks.scored_apart(fitted_in_sample),
        checks.adaptive_attacker(adaptive),
    ]
    results.sort(key=lambda check: (False, None, True).index(check.passed))
    return Gate(tuple(results), (len(members), members.what), (len(nonmembers), nonmembers.what))
