"""The gate: all checks of two lists, failed ones first, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from faceaudit.faces.loaded import LeftOut
from faceaudit.gate import checks, told
from faceaudit.gate.blind import Both, blind_baseline
from faceaudit.gate.checks import Check
from faceaudit.gate.coding import encode, once
from faceaudit.gate.lists import PairList
from faceaudit.gate.verdict import why_empty, why_same, why_short


@dataclass(frozen=True)
class Gate:
    """The results of all checks.

    Attributes:
        checks: failed ones, then ones that could not be made, then passed ones.
        members, nonmembers: the number of different pairs, and where they are from.
        inconclusive: why nothing can be concluded from these lists, whatever the checks say; empty
            where that is not so.
        left_out: photos that were to be looked at and could not be, and why.
    """

    checks: tuple[Check, ...]
    members: tuple[int, str]
    nonmembers: tuple[int, str]
    inconclusive: str = ""
    left_out: tuple[LeftOut, ...] = ()

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed, each of which makes a figure worthless."""
        return tuple(check for check in self.checks if check.passed is False)

    @property
    def unknown(self) -> tuple[Check, ...]:
        """The checks that could not be made."""
        return tuple(check for check in self.checks if check.passed is None)

    @property
    def outcome(self) -> Literal["passed", "failed", "inconclusive"]:
        """What follows, in a word; checks that could not be made do not count."""
        if self.inconclusive:
            return "inconclusive"
        return "failed" if self.failed else "passed"

    @property
    def valid(self) -> bool:
        """Whether nothing that could be checked speaks against a figure from these lists."""
        return self.outcome == "passed"

    @property
    def verdict(self) -> str:
        """What follows, in a sentence."""
        if self.inconclusive:
            return f"Nothing can be concluded: {self.inconclusive}"
        if not self.failed:
            could = " in what could be checked" if self.unknown else ""
            return f"Nothing speaks against these lists{could}"
        count = len(self.failed)
        checked = "1 check" if count == 1 else f"{count} checks"
        return f"{checked} failed: a figure from these lists says nothing about the system"

    @property
    def summary(self) -> str:
        """The verdict, and which checks it rests on, in a line."""
        names = {
            "failed": ", ".join(check.name for check in self.failed),
            "could not be checked": ", ".join(check.name for check in self.unknown),
        }
        parts = [f"{what}: {which}" for what, which in names.items() if which]
        return f"{self.verdict} ({len(self.checks)} checks{'; '.join(['', *parts])})"

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "verdict": self.verdict,
            "outcome": self.outcome,
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
            "left_out": [{"photo": out.id, "reason": out.reason} for out in self.left_out],
        }


def examine(
    members: PairList,
    nonmembers: PairList,
    *,
    features: Both | None = None,
    feature_names: Sequence[str] | None = None,
    fitted_in_sample: bool | None = None,
    adaptive: bool | None = None,
    said: bool = False,
    fprs: Sequence[float] = (0.01,),
    rng: np.random.Generator,
) -> Gate:
    """Check whether a membership figure from these lists may be believed.

    A pair that its list has again, in either order, is counted once; one that is said to show both
    one person and two is left out.

    Args:
        members: pairs that the model was trained on.
        nonmembers: pairs that it was not trained on.
        features: (P, F) and (Q, F) numbers of members and non-members that come from no attacked
            model, such as distances of public embeddings; see `blind_baseline`. Pairs with one that
            is not finite are left out of the baseline, and counted in a check of their own.
        feature_names: what to call the F columns.
        fitted_in_sample: whether the attack was scored on records that it was fitted on; None when
            that is not known.
        adaptive: whether an attacker who knows the mitigation was tried, too; None likewise.
        said: whether these two are somebody's word; else they were measured.
        fprs: the false positive rates at which true positive rates are to be given.
        rng: of the blind baseline's draws.

    Raises:
        InputError: a rate is not in (0, 1], or features do not fit.
    """
    sizes = (len(members), members.what), (len(nonmembers), nonmembers.what)
    if empty := why_empty(len(members), len(nonmembers)):
        return Gate((), *sizes, empty)
    found = once(encode(members, nonmembers))
    lists = found.lists
    sizes = (
        (len(lists.members), members.what + found.notes[0]),
        (len(lists.nonmembers), nonmembers.what + found.notes[1]),
    )
    if empty := why_empty(len(lists.members), len(lists.nonmembers)):
        return Gate((), *sizes, empty)
    if features is not None:
        features = found.take(*map(np.asarray, features))
    results = [
        checks.shared_pairs(lists),
        checks.shared_photos(lists),
        checks.shared_people(lists),
        checks.equal_sizes(lists),
        checks.labels(lists),
        checks.occurrences_of_people(lists),
        checks.occurrences_of_photos(lists),
        checks.resolution(lists, fprs),
        blind_baseline(lists, features=features, feature_names=feature_names, rng=rng),
        *checks.complete_features(features),
        told.scored_apart(fitted_in_sample, said=said),
        told.adaptive_attacker(adaptive, said=said),
    ]
    results.sort(key=lambda check: (False, None, True).index(check.passed))
    return Gate(tuple(results), *sizes, why_same(lists) or why_short(results))
