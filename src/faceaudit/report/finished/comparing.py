"""Figures of finished systems in two audits: by photo and by pair where both asked about them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from faceaudit.metrics.paired_change import Tries, area_change, share_change
from faceaudit.metrics.uncertain import Uncertain
from faceaudit.report.sides import Change, Pairing, Side, same_data, shared_keys
from faceaudit.store import CaseRecord
from faceaudit.types import BoolArray, Column, Evidence, IntArray

COUNTED = "it is a count of tests, without an interval"
BY: Mapping[str, Pairing] = {
    "clean_accuracy": "by photo",
    "taken_for_another": "by photo",
    "strangers_named": "by photo",
    "own_fmr": "by pair",
    "own_fnmr": "by pair",
}


def compare_sides(before: Side, after: Side) -> Change | None:
    """Return what lies between the figures of two audits; None for unrelated figures."""
    if before.name == "suspicious_keys":
        return Change(None, why_none=COUNTED)
    if len(before.ids) != 1 or len(after.ids) != 1:
        return None
    one, other = before.cases()[0], after.cases()[0]
    if not same_data(one.spec, other.spec, ("fingerprint",)):
        return None
    if before.name == "auc":
        found = _areas(one, other, str(before.measures[0].labels["level"]))
        listed: Pairing = "by photo" if before.measures[0].labels["level"] == "photo" else "by pair"
        return None if found is None else Change(found, listed)
    found = _shares(one, other, before.name)
    return None if found is None else Change(found, BY[before.name])


def _shares(before: CaseRecord, after: CaseRecord, name: str) -> Uncertain | None:
    """Return the change of a share of photos or pairs that both systems were asked about."""
    rows = _shared_rows(before.evidence, after.evidence)
    if rows is None:
        return None
    one, other, people = rows
    was, is_now = _counted(one, name), _counted(other, name)
    if was is None or is_now is None:
        return None
    counts = was[0] & is_now[0]
    if not counts.any():
        return None
    return share_change(*(Tries(hit[counts], people[counts]) for hit in (was[1], is_now[1])))


def _counted(columns: Mapping[str, Column], name: str) -> tuple[BoolArray, BoolArray] | None:
    """Return which rows count for a measure, and which of them hit; None where that is unknown."""
    if "said" not in columns:
        return None
    said = columns["said"].astype(np.int64)
    if name in ("own_fmr", "own_fnmr"):
        same = columns["same"].astype(np.bool_)
        told = said >= 0
        return (told & ~same, said == 1) if name == "own_fmr" else (told & same, said != 1)
    own = columns["truth"].astype(np.int64)
    known = own >= 0
    if name == "clean_accuracy":
        return known, said == own
    if name == "taken_for_another":
        return known, (said >= 0) & (said != own)
    return ~known, said >= 0


def _areas(before: CaseRecord, after: CaseRecord, level: str) -> Uncertain | None:
    """Return the change of an AUC on listed records; of people, who are many records each, None."""
    rows = _shared_rows(before.evidence, after.evidence)
    if rows is None or level == "person":
        return None
    one, other, people = rows
    told = ~(np.isnan(one["score"]) | np.isnan(other["score"]))
    member = one["member"].astype(bool)[told]
    if not 0 < np.count_nonzero(member) < len(member):
        return None
    scores = [columns["score"].astype(np.float64)[told] for columns in (one, other)]
    return area_change(scores[0], scores[1], member, people[told])


def _shared_rows(
    before: Evidence | None, after: Evidence | None
) -> tuple[Mapping[str, Column], Mapping[str, Column], IntArray] | None:
    """Return the columns of both on the rows that both have, and whom these are of."""
    if before is None or after is None or "people" not in before.columns:
        return None
    places = [{id_: row for row, id_ in enumerate(one.ids)} for one in (before, after)]
    both = shared_keys(*places)
    if not both or len(places[0]) < len(before) or len(places[1]) < len(after):
        return None
    rows = [np.array([place[key] for key in both]) for place in places]
    one, other = (
        {name: column[some] for name, column in evidence.columns.items()}
        for evidence, some in zip((before, after), rows, strict=True)
    )
    same = np.array_equal(one["people"], other.get("people", ()))
    return (one, other, one["people"].astype(np.int64)) if same else None
