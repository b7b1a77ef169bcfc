"""Lists from which nothing can be concluded, whatever the checks say."""

from __future__ import annotations

import numpy as np

from faceaudit.gate.checks import Check
from faceaudit.gate.coding import EncodedLists

NEEDS_LENGTH = ("resolution", "equal sizes", "labels")
"""Checks that short lists fail by their length alone."""


def why_empty(members: int, nonmembers: int) -> str:
    """Return which list has no pairs; nothing where both have."""
    counts = {"members": members, "non-members": nonmembers}
    empty = [what for what, pairs in counts.items() if not pairs]
    return f"no pair in the list of {' and in that of '.join(empty)}" if empty else ""


def why_same(lists: EncodedLists) -> str:
    """Return how one list holds all of the other; nothing where it does not."""
    members, nonmembers = np.unique(lists.members.keys()), np.unique(lists.nonmembers.keys())
    shared = len(np.intersect1d(members, nonmembers, assume_unique=True))
    if shared == len(members) == len(nonmembers):
        return "both lists hold the same pairs; give pairs that were not trained on as the second"
    if shared == len(nonmembers):
        return (
            "every non-member is in the list of members, too; give pairs that were not trained on "
            "as the second list"
        )
    if shared == len(members):
        return (
            "every member is in the list of non-members, too; if that one holds all pairs or the "
            "lists were swapped, give pairs that were not trained on as the second"
        )
    return ""


def why_short(results: list[Check]) -> str:
    """Return what the blind baseline lacks, where nothing that length does not explain failed."""
    blind = next(check for check in results if check.name == "blind baseline")
    failed = {check.name for check in results if check.passed is False}
    return "" if blind.passed is not None or failed - {*NEEDS_LENGTH} else blind.message
