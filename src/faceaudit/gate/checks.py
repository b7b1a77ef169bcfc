"""Checks of two lists by counting; one function each.

Tests of significance alone would fail every pair of long lists and pass every pair of short ones.
So what is compared fails only where a difference is both larger than chance makes it (p below 0.01)
and large enough to matter; both thresholds stand here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.gate.coding import EncodedLists
from faceaudit.metrics.fixed_rates import exact_rate
from faceaudit.metrics.membership import LEAST
from faceaudit.types import Estimate, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

SURE = 0.01
"""p value below which a difference is taken for more than chance."""

UNEQUAL = 0.505
"""Accuracy of one answer to everything up to which two lists count as equally long."""

LABELS = 0.02
"""Difference of the shares of one-person pairs that matters: an accuracy of 0.51 by label alone."""

OCCURRENCES = 0.1
"""Largest gap of two cumulated distributions of occurrences that does not matter."""


@dataclass(frozen=True)
class Check:
    """The result of one check.

    Attributes:
        name: what is checked, in a few words.
        passed: None when it could not be checked.
        message: the finding, or what is needed to check it, in a sentence or two.
        figures: the numbers behind it, all finite.
    """

    name: str
    passed: bool | None
    message: str
    figures: Mapping[str, float] = field(default_factory=dict)


def shared_pairs(lists: EncodedLists) -> Check:
    """Check that no pair of photos, in either order, is in both lists."""
    trained, other = np.unique(lists.members.keys()), np.unique(lists.nonmembers.keys())
    shared = len(np.intersect1d(trained, other, assume_unique=True))
    again = len(lists.members) - len(trained), len(lists.nonmembers) - len(other)
    figures = {"shared": shared, "members_repeated": again[0], "nonmembers_repeated": again[1]}
    message = (
        f"{_are(shared, 'pair', 'pairs')} in both lists, member and non-member at once"
        if shared
        else "no pair is in both lists"
    )
    if any(again):
        message += f"; listed more than once: {again[0]:,} members, {again[1]:,} non-members"
    return Check("shared pairs", not shared, message + _where(lists, shared), figures)


def shared_photos(lists: EncodedLists) -> Check:
    """Check that no photo is in both lists."""
    return _shared(lists, lists.members.photos, lists.nonmembers.photos, "photo", "photos")


def shared_people(lists: EncodedLists) -> Check:
    """Check that no person is in both lists; both people of a pair of two count."""
    if not lists.people_known:
        return _people_unknown("shared people")
    return _shared(lists, lists.members.people, lists.nonmembers.people, "person", "people")


def equal_sizes(lists: EncodedLists) -> Check:
    """Check that there are as many members as non-members.

    It passes where one answer to everything is right for at most 50.5 % of the records.
    """
    members, nonmembers = len(lists.members), len(lists.nonmembers)
    always = one_answer(members, nonmembers)
    best = always.value
    answer = "member" if members >= nonmembers else "non-member"
    figures = {
        "members": members,
        "nonmembers": nonmembers,
        "always_member": members / always.n,
    }
    message = f"{members:,} members and {nonmembers:,} non-members"
    if members != nonmembers:
        message += f": answering '{answer}' to everything is right for {best:.4g} of them, by count"
    if best > UNEQUAL:
        message += "; an accuracy is to be compared with that, not with 0.5"
    return Check("equal sizes", best <= UNEQUAL, message, figures)


def one_answer(members: int, nonmembers: int) -> Estimate:
    """Return the share that the better of two answers to everything is right for.

    A count of these very records, so its interval is the value itself.

    >>> one_answer(5264, 1316).value
    0.8
    """
    value = max(members, nonmembers) / (members + nonmembers)
    return Estimate(value, value, value, members + nonmembers, "exact count")


def labels(lists: EncodedLists) -> Check:
    """Check that both lists have the same share of pairs that show one person.

    It fails where the shares are more than 0.02 apart and a two-sided test of two proportions
    (pooled variance) gives p below 0.01.
    """
    counts = len(lists.members), len(lists.nonmembers)
    genuine = int(lists.members.same.sum()), int(lists.nonmembers.same.sum())
    shares, gap, chance = _compare_shares(genuine, counts)
    passed = gap <= LABELS or chance >= SURE
    message = (
        f"{100 * shares[0]:.1f} % of the members and {100 * shares[1]:.1f} % of the non-members "
        f"show one person (p = {chance:.2g})"
    )
    if not passed:
        message += f"; the label alone is right for {0.5 + gap / 2:.3g} of as many of both"
    figures = {"members": shares[0], "nonmembers": shares[1], "gap": gap, "p": chance}
    return Check("labels", passed, message, figures)


def complete_features(features: tuple[npt.ArrayLike, npt.ArrayLike] | None) -> tuple[Check, ...]:
    """Check that features are known of as many members as non-members, where some are not known.

    It fails as `labels` does, of the shares of pairs with a feature that is not finite.
    """
    if features is None:
        return ()
    columns = [np.asarray(part, dtype=np.float64) for part in features]
    known = [np.all(np.isfinite(part), axis=1) for part in columns]
    counts = len(known[0]), len(known[1])
    lacking = counts[0] - int(known[0].sum()), counts[1] - int(known[1].sum())
    if not any(lacking):
        return ()
    shares, gap, chance = _compare_shares(lacking, counts)
    passed = gap <= LABELS or chance >= SURE
    message = (
        f"{lacking[0]:,} members and {lacking[1]:,} non-members have features that are not known, "
        f"and are not looked at by the blind baseline (p = {chance:.2g})"
    )
    if not passed:
        message += "; what cannot be read tells a member"
    figures = {"members": shares[0], "nonmembers": shares[1], "gap": gap, "p": chance}
    return (Check("complete features", passed, message, figures),)


def occurrences_of_photos(lists: EncodedLists) -> Check:
    """Check that photos are in as many pairs of their list here as there; see `_occurrences`."""
    return _occurrences(lists.members.photos, lists.nonmembers.photos, "photos")


def occurrences_of_people(lists: EncodedLists) -> Check:
    """Check that people are in as many pairs of their list here as there; see `_occurrences`."""
    if not lists.people_known:
        return _people_unknown("occurrences of people")
    return _occurrences(lists.members.people, lists.nonmembers.people, "people")


def resolution(lists: EncodedLists, fprs: Sequence[float], *, least: int = LEAST) -> Check:
    """Check that the lowest false positive rate asked for can be resolved.

    At a rate r, floor(r x non-members) of them may pass as members; that must be at least `least`.

    Raises:
        InputError: a rate is not in (0, 1].
    """
    if not fprs:
        return Check("resolution", None, "no false positive rate was asked for; give one (--fpr)")
    records = len(lists.nonmembers)
    count = min(exact_rate(fpr, records, least) for fpr in fprs)
    lowest = min(fprs)
    needed = math.ceil(least / lowest)
    message = (
        f"an FPR of {lowest:g} lets {count:,} of {records:,} non-members pass; "
        f"{least} are needed, that is {needed:,} non-members"
    )
    figures = {
        "lowest": lowest,
        "nonmembers": records,
        "false_positives": count,
        "needed": needed,
        "resolved": least / records,
    }
    if count < least <= records:
        message += f"; the lowest that these resolve is {least / records:.2g}"
    return Check("resolution", count >= least, message, figures)


def _compare_shares(
    hits: tuple[int, int], counts: tuple[int, int]
) -> tuple[tuple[float, float], float, float]:
    """Return two shares, their gap, and the two-sided p of a test of two proportions (pooled)."""
    shares = hits[0] / counts[0], hits[1] / counts[1]
    gap = abs(shares[0] - shares[1])
    pooled = sum(hits) / sum(counts)
    error = math.sqrt(pooled * (1 - pooled) * (1 / counts[0] + 1 / counts[1]))
    return shares, gap, 2 * float(special.ndtr(-gap / error)) if error else 1.0


def _shared(
    lists: EncodedLists, members: IntArray, nonmembers: IntArray, one: str, many: str
) -> Check:
    count = 1 + int(max(members.max(), nonmembers.max()))
    here, there = (
        np.bincount(pairs.ravel(), minlength=count) > 0 for pairs in (members, nonmembers)
    )
    both = here & there
    touched = [int(both[pairs].any(axis=1).sum()) for pairs in (members, nonmembers)]
    trained, asked, shared = (int(each.sum()) for each in (here, there, both))
    figures = {
        "shared": shared,
        "members": trained,
        "nonmembers": asked,
        "member_pairs": touched[0],
        "nonmember_pairs": touched[1],
    }
    sizes = f"(of {trained:,} and {asked:,})"
    name = f"shared {many}"
    if not shared:
        return Check(name, not shared, f"no {one} is in both lists {sizes}", figures)
    message = (
        f"{_are(shared, one, many)} in both lists {sizes}; {touched[1]:,} of "
        f"{len(nonmembers):,} non-member pairs have one that was trained on"
    )
    return Check(name, not shared, message + _where(lists, shared), figures)


def _occurrences(members: IntArray, nonmembers: IntArray, many: str) -> Check:
    """Compare in how many pairs of their list photos or people are.

    It fails where the two-sample Kolmogorov-Smirnov statistic D, the largest gap of the two
    cumulated distributions, is above 0.1 and its p value (asymptotic, so on the safe side for
    counts, which tie) is below 0.01. Occurrences are counted in pairs, not in sides of pairs.
    """
    counts = _in_pairs(members), _in_pairs(nonmembers)
    longest = max(int(count.max()) for count in counts) + 1
    cumulated = [np.cumsum(np.bincount(one, minlength=longest)) / len(one) for one in counts]
    gap = float(np.max(np.abs(cumulated[0] - cumulated[1])))
    effective = len(counts[0]) * len(counts[1]) / (len(counts[0]) + len(counts[1]))
    chance = float(special.kolmogorov(math.sqrt(effective) * gap))
    means = [float(count.mean()) for count in counts]
    message = (
        f"{many} are in {means[0]:.2f} member pairs or {means[1]:.2f} non-member pairs on average "
        f"(largest gap of the distributions {gap:.2f}, p = {chance:.2g})"
    )
    passed = gap <= OCCURRENCES or chance >= SURE
    if not passed:
        message += f"; how often its {many} are asked about tells a member"
    figures = {"members": means[0], "nonmembers": means[1], "gap": gap, "p": chance}
    return Check(f"occurrences of {many}", passed, message, figures)


def _in_pairs(pairs: IntArray) -> IntArray:
    """Return in how many of (P, 2) pairs each number is, for the numbers that are in any."""
    counts = np.bincount(pairs[:, 0], minlength=int(pairs.max()) + 1)
    two = pairs[:, 0] != pairs[:, 1]
    counts += np.bincount(pairs[two, 1], minlength=len(counts))
    return counts[counts > 0].astype(np.int64)


def _people_unknown(name: str) -> Check:
    return Check(
        name,
        None,
        "the names of the photos do not tell who is on them; call them person/photo or "
        "person_0001, or give their people (--embeddings)",
    )


def _where(lists: EncodedLists, shared: int) -> str:
    """Return a remark that names were compared without folders, where these differ."""
    if not shared or lists.folders[0] == lists.folders[1]:
        return ""
    return f" (if {lists.folders[0]!a} and {lists.folders[1]!a} hold the same)"


def _are(count: int, one: str, many: str) -> str:
    return f"1 {one} is" if count == 1 else f"{count:,} {many} are"
