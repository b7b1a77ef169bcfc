"""Membership: whether a finished system gives away whom it was trained on, by its answers alone.

Attacks that need no training: a record is the likelier a member, the better the answer about it
(Yeom, Giacomelli, Fredrikson, Jha 2018, arXiv 1709.01604: the loss, or, of labels alone, whether it
is right). Of people the mean over all of their records is taken, as users' data is told by Li,
Rezaei, Liu 2022, arXiv 2203.02077: a system that compares faces brings photos of those whom it
learned closer together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.audit.finished.found import Found
from faceaudit.audit.finished.list_checks import check_lists
from faceaudit.audit.finished.lists import Listed, PairRecords, genuine_pairs
from faceaudit.audit.finished.opening import AnySystem, own_labels
from faceaudit.audit.finished.verification import ask_scores, gives_scores
from faceaudit.gate import Gate
from faceaudit.metrics import membership_auc, tar_at_far, tpr_at_fpr
from faceaudit.metrics.clustered_auc import clustered_auc
from faceaudit.records.finished import CheckFacts, MembershipFacts, of_score
from faceaudit.systems.under_test.base import (
    Access,
    IdentifierUnderTest,
    VerifierUnderTest,
    spell_access,
)
from faceaudit.types import BoolArray, Evidence, FaceSet, Figure, Float64Array, IntArray

FPRS = (0.01, 0.1)
PAIRS_OF_A_PERSON = 10
AUC = "auc"
NO_PERSON = "expected people with records on one side only, members and non-members, got {} and {}"


@dataclass(frozen=True, eq=False)
class Records:
    """N records of one level, with how well the system answers about each.

    Attributes:
        level: "pairs", "photos" or "people".
        ids: N names.
        scores: (N,) higher for likelier members; NaN where there was no answer.
        member: (N,) who is.
        people: (N, 2) numbers of the people of each.
    """

    level: str
    ids: tuple[str, ...]
    scores: Float64Array
    member: BoolArray
    people: IntArray


def tell_members(
    system: AnySystem, faces: FaceSet, listed: Listed, *, what: str, strict: bool, seed: int
) -> Found:
    """Check the lists, ask about what they list, and tell members by the answers.

    Args:
        system: who is asked.
        faces: photos of its size.
        listed: members and non-members.
        what: what the lists list: "pairs", "photos" or "people".
        strict: give no figure where the lists' checks fail.
        seed: of pairs that are drawn.
    """
    namer = system if isinstance(system, IdentifierUnderTest) and what == "photos" else None
    of_photos = namer is not None
    if namer is not None:
        asked = _known_photos(namer, faces, listed)
    elif listed.pairs is not None:
        asked = listed.pairs
    else:
        asked = genuine_pairs(faces, listed, per_person=PAIRS_OF_A_PERSON, seed=seed)
    levels = _levels(what, of_photos=of_photos)
    why = _why_not(system, what, asked)
    if why:
        return Found(tuple(figure for level in levels for figure in _unknown(level, why)))
    same_people = of_photos or (what == "photos" and _show_same_people(faces, asked))
    gate = check_lists(faces, asked, same_people=same_people, fprs=FPRS, seed=seed)
    facts = _facts(what, asked, levels, gate)
    if strict and not gate.valid:
        why = f"the lists' checks: {gate.verdict}"
        figures = tuple(figure for level in levels for figure in _unknown(level, why))
        return Found(figures, facts={"membership": facts})
    if namer is not None:
        records = _ask_photos(namer, faces, asked)
    else:
        records = _ask_pairs(system, faces, asked)
    each = [records] if what != "people" else []
    each.append(_by_person(records, faces))
    figures = tuple(figure for one in each for figure in _figures(one))
    columns = {"member": records.member, "score": records.scores.astype(np.float32)}
    evidence = Evidence(records.ids, {**columns, "people": records.people})
    return Found(figures, evidence, len(records.ids), {"membership": facts})


def _levels(what: str, *, of_photos: bool) -> tuple[str, ...]:
    """Return what members of are told apart; a system that compares faces is asked about pairs."""
    if what == "people":
        return ("people",)
    return ("photos" if of_photos else "pairs", "people")


def _show_same_people(faces: FaceSet, asked: PairRecords) -> bool:
    """Return whether the people of members are those of non-members, all of them."""
    people = faces.identity[np.column_stack([asked.first, asked.second])]
    return np.array_equal(np.unique(people[asked.member]), np.unique(people[~asked.member]))


def _why_not(system: AnySystem, what: str, asked: PairRecords) -> str:
    """Return why these lists say nothing about this system; nothing where they may."""
    if isinstance(system, IdentifierUnderTest) and what != "photos" and not gives_scores(system):
        return (
            f"it names people and gives {spell_access(system.access)}: {what} can be asked about "
            "where it gives embeddings; list photos of people whom it knows"
        )
    members = int(np.count_nonzero(asked.member))
    if not 0 < members < len(asked.member):
        need = (
            "photos of people whom it knows"
            if isinstance(system, IdentifierUnderTest) and what == "photos"
            else "pairs of photos"
        )
        return (
            f"expected {need} among members and non-members, got {members:,} and "
            f"{len(asked.member) - members:,}"
        )
    return ""


def _known_photos(system: IdentifierUnderTest, faces: FaceSet, listed: Listed) -> PairRecords:
    """Return the listed photos of people whom an identifier knows, each paired with itself."""
    known = own_labels(system.names, faces)[listed.photos] >= 0
    rows = listed.photos[known]
    return PairRecords(rows, rows, listed.member[known])


def _ask_photos(system: IdentifierUnderTest, faces: FaceSet, asked: PairRecords) -> Records:
    """Score photos by how far their own person leads, or by whether the label is right."""
    rows = asked.first
    own = own_labels(system.names, faces)[rows]
    if Access.SCORES in system.access:
        scores = np.array(system.scores(faces, rows), dtype=np.float64)
        at = np.arange(len(rows))
        right = scores[at, own]
        scores[at, own] = -np.inf
        told = right - scores.max(axis=1) if scores.shape[1] > 1 else right
    else:
        said = np.asarray(system.labels(faces, rows), dtype=np.int64)
        told = (said == own).astype(np.float64)
    people = np.repeat(faces.identity[rows][:, None], 2, axis=1)
    return Records("photos", tuple(faces.ids[row] for row in rows), told, asked.member, people)


def _ask_pairs(system: AnySystem, faces: FaceSet, asked: PairRecords) -> Records:
    """Score pairs by how right the answer is, among all answers about pairs of the same kind.

    A score of a genuine pair is the better the higher, one of an impostor pair the lower. Their
    ranks within the kind stand for them, so that both kinds can be put in one order without knowing
    the scale of the scores.
    """
    people = np.column_stack([faces.identity[asked.first], faces.identity[asked.second]])
    same = people[:, 0] == people[:, 1]
    if gives_scores(system):
        scores = ask_scores(system, faces, asked.first, asked.second).astype(np.float64)
        told = np.empty(len(same))
        for kind in (True, False):
            told[same == kind] = _ranks(scores[same == kind] * (1 if kind else -1))
    else:
        assert isinstance(system, VerifierUnderTest)
        said = np.asarray(system.decide(faces, asked.first, asked.second), dtype=np.int64)
        told = np.where(said < 0, np.nan, (said == same).astype(np.float64))
    ids = tuple(
        f"{faces.ids[one]}|{faces.ids[two]}"
        for one, two in zip(asked.first.tolist(), asked.second.tolist(), strict=True)
    )
    return Records("pairs", ids, told, asked.member, people)


def _ranks(scores: Float64Array) -> Float64Array:
    """Return mid-ranks from 0 to 1 of scores; NaN stays NaN.

    >>> _ranks(np.array([0.3, np.nan, 0.1, 0.3])).tolist()
    [0.6666666666666666, nan, 0.16666666666666666, 0.6666666666666666]
    """
    told = np.sort(scores[~np.isnan(scores)])
    below, up_to = (np.searchsorted(told, scores, side=side) for side in ("left", "right"))
    ranks = (below + up_to) / (2 * max(1, len(told)))
    return np.where(np.isnan(scores), np.nan, ranks)


def _by_person(records: Records, faces: FaceSet) -> Records:
    """Return the mean over all records of each person alone, of those on one side only."""
    alone = (records.people[:, 0] == records.people[:, 1]) & ~np.isnan(records.scores)
    person, place = np.unique(records.people[alone, 0], return_inverse=True)
    count = np.bincount(place, minlength=len(person))
    share = np.bincount(place, records.member[alone], len(person)) / np.maximum(count, 1)
    mean = np.bincount(place, records.scores[alone], len(person)) / np.maximum(count, 1)
    one_side = (share == 0) | (share == 1)
    return Records(
        "people",
        tuple(faces.names[who] for who in person[one_side]),
        mean[one_side],
        share[one_side] == 1,
        np.repeat(person[one_side][:, None], 2, axis=1),
    )


def _figures(records: Records) -> tuple[Figure, ...]:
    """Return AUC and TPR at each FPR, with people as clusters; or why there are none."""
    told = ~np.isnan(records.scores)
    scores, member, people = records.scores[told], records.member[told], records.people[told]
    members = int(np.count_nonzero(member))
    if not 0 < members < len(member):
        if records.level == "people":
            why = NO_PERSON.format(f"{members:,}", f"{len(member) - members:,}")
        else:
            why = "it gave no answer about members, or none about non-members"
        return _unknown(records.level, why)
    if (people[:, 0] == people[:, 1]).all():
        area = membership_auc(scores, member, people[:, 0])
        rates = [
            Figure(_rate_name(rate.fpr, records.level), rate.tpr, rate.why)
            for rate in tpr_at_fpr(scores, member, FPRS, cluster=people[:, 0])
        ]
    else:  # pairs that share people: the same rates, as those of a verification
        area = clustered_auc(scores, member, people)
        found = tar_at_far(
            scores[member],
            scores[~member],
            FPRS,
            people=(people[member], people[~member]),
            least=10,
        )
        rates = [
            Figure(
                _rate_name(rate.far, records.level),
                rate.tar,
                rate.why.replace("impostor comparisons", "non-members"),
            )
            for rate in found
        ]
    return (Figure(of_score(AUC, records.level), area), *rates)


def _unknown(level: str, why: str) -> tuple[Figure, ...]:
    names = (of_score(AUC, level), *(_rate_name(fpr, level) for fpr in FPRS))
    return tuple(Figure(name, None, why) for name in names)


def _rate_name(fpr: float, level: str) -> str:
    return of_score(f"tpr@fpr={fpr:g}", level)


def _facts(what: str, asked: PairRecords, levels: tuple[str, ...], gate: Gate) -> MembershipFacts:
    members = int(np.count_nonzero(asked.member))
    return MembershipFacts(
        listed=what,
        members=members,
        nonmembers=len(asked.member) - members,
        levels=levels,
        outcome=gate.outcome,
        verdict=gate.verdict,
        checks=tuple(
            CheckFacts(name=check.name, passed=check.passed, message=check.message)
            for check in gate.checks
        ),
    )
