"""Verification: pairs of people whom a system never saw, or pairs of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from faceaudit.audit.finished.found import Found
from faceaudit.audit.finished.opening import AnySystem
from faceaudit.errors import SplitError
from faceaudit.faces.groups import Grouping
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.protocols.groups import errors_by_group
from faceaudit.protocols.unseen import (
    ACCURACY,
    AUC,
    CHOSEN_FMR,
    CHOSEN_FNMR,
    EER,
    FARS,
    FOLDS,
    UNANSWERED,
    ScoredPairs,
    accepted_at_chosen,
    cosines,
    false_rates,
    unseen_pairs,
    verify_unseen,
)
from faceaudit.records.facts import Facts
from faceaudit.records.finished import OWN_FMR, OWN_FNMR, VerificationFacts
from faceaudit.records.groups import describe_groups, figures_of
from faceaudit.systems.under_test.base import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    VerifierUnderTest,
    spell_access,
)
from faceaudit.types import (
    BoolArray,
    Column,
    Evidence,
    FaceSet,
    Figure,
    FloatArray,
    IntArray,
    PairSet,
)

SCORED = (
    AUC,
    EER,
    *(f"tar@far={far:g}" for far in FARS),
    ACCURACY,
    CHOSEN_FMR,
    CHOSEN_FNMR,
    UNANSWERED,
)


@dataclass(frozen=True, eq=False)
class PairsToAsk:
    """Photos, and pairs of them.

    Attributes:
        faces: the photos, of the system's size.
        pairs: the pairs; None where there are none.
        unseen: whether the system never saw these people, as far as is known.
        why: why there are no pairs.
    """

    faces: FaceSet
    pairs: PairSet | None
    unseen: bool | None
    why: str = ""


def build_unseen(
    faces: FaceSet, rows: IntArray, *, per_person: int, seed: int, unseen: bool | None
) -> PairsToAsk:
    """Return pairs of the people on some photos, or why there are none."""
    some = faces.take(rows)
    people = len(np.unique(some.identity))
    if people < 2 * FOLDS:
        whom = "whom it does not know" if unseen else "to ask about"
        why = (
            f"expected photos of at least {2 * FOLDS} people {whom}, got {people}; give some with "
            "`unseen`"
        )
        return PairsToAsk(some, None, unseen, why)
    try:
        pairs = unseen_pairs(some, per_person=per_person, seed=seed)
    except SplitError as error:
        return PairsToAsk(some, None, unseen, str(error))
    return PairsToAsk(some, pairs, unseen)


def gives_scores(system: AnySystem) -> bool:
    """Return whether a system tells how alike two photos are."""
    if isinstance(system, IdentifierUnderTest):
        return Access.EMBEDDINGS in system.access
    return isinstance(system, EmbedderUnderTest) or Access.SCORES in system.access


def ask_scores(system: AnySystem, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
    """Return (P,) scores of pairs of rows; an identifier's are cosines of its embeddings."""
    if isinstance(system, IdentifierUnderTest):
        rows, place = np.unique(np.concatenate([first, second]), return_inverse=True)
        found = cosines(system.embed(faces, rows), place[: len(first)], place[len(first) :])
        return found.astype(np.float32)
    return system.scores(faces, first, second)


def verify(
    system: AnySystem, ask: PairsToAsk, groupings: Sequence[Grouping] = (), *, seed: int = 0
) -> Found:
    """Ask about pairs, and count the answers.

    Figures of scores where the system gives any, and FMR and FNMR of its own decisions where it
    makes some; FMR and FNMR also by group.

    Args:
        system: who is asked.
        ask: about what.
        groupings: of the photos.
        seed: of the draws that groups are tested by.
    """
    decides = isinstance(system, VerifierUnderTest) and Access.LABELS in system.access
    gives = f"it gives {spell_access(system.access)} only, no"
    unscored = tuple(Figure(name, None, f"{gives} scores of pairs") for name in SCORED)
    undecided = tuple(
        Figure(name, None, f"{gives} decision about a pair") for name in (OWN_FMR, OWN_FNMR)
    )
    if not decides and not gives_scores(system):
        return Found((*unscored, *undecided))
    if ask.pairs is None:
        return Found(tuple(replace(one, why_none=ask.why) for one in (*unscored, *undecided)))
    first, second = photo_rows(ask.pairs, ask.faces)
    rows = np.column_stack([first, second])
    people, same = ask.faces.identity[rows], ask.pairs.same
    divided = partial(_by_group, rows=rows, same=same, ask=ask, groupings=groupings, seed=seed)
    columns: dict[str, Column] = {}
    by_group: list[Figure] = []
    if gives_scores(system):
        scores = ask_scores(system, ask.faces, first, second)
        scored = ScoredPairs(scores, same, ask.pairs.fold, people)
        figures = verify_unseen(scored)
        columns["score"] = scores
        told = ~np.isnan(scores)
        chosen = accepted_at_chosen(scored.take(told)) if told.any() else None
        if chosen is not None:
            by_group += divided(chosen[1], told, names=(CHOSEN_FMR, CHOSEN_FNMR))
    else:
        figures = unscored
    if isinstance(system, VerifierUnderTest) and decides:
        said = np.asarray(system.decide(ask.faces, first, second), dtype=np.int64)
        columns["said"] = said
        figures += _own(said, ask.pairs, people)
        told = said >= 0
        by_group += divided(said[told] == 1, told, names=(OWN_FMR, OWN_FNMR))
    else:
        figures += undecided
    facts = VerificationFacts(
        genuine=int(same.sum()),
        impostor=int((~same).sum()),
        people=len(np.unique(people)),
        pairs_from=ask.pairs.what,
        unseen=ask.unseen,
    )
    ids = tuple(f"{one}|{two}" for one, two in zip(ask.pairs.first, ask.pairs.second, strict=True))
    evidence = Evidence(ids, {"same": same, "people": people, **columns})
    found: dict[str, Facts] = {"verification": facts}
    groups = describe_groups(groupings, np.unique(people))
    return Found((*figures, *by_group), evidence, len(same), found, groups)


def _by_group(
    accepted: BoolArray,
    told: BoolArray,
    *,
    names: tuple[str, str],
    rows: IntArray,
    same: BoolArray,
    ask: PairsToAsk,
    groupings: Sequence[Grouping],
    seed: int,
) -> list[Figure]:
    """Return both error rates of the pairs that were told, (P,) bool, by group."""
    found = errors_by_group(
        accepted, same[told], rows[told], ask.faces.identity, groupings, names=names, seed=seed
    )
    return [figure for one in found for figure in figures_of(one.metric, one.attribute, one.found)]


def _own(said: IntArray, pairs: PairSet, people: IntArray) -> tuple[Figure, Figure]:
    """Return the rates of a verifier's own decisions, on the pairs that it decided."""
    told = said >= 0
    fmr, fnmr = false_rates(said[told] == 1, pairs.same[told], people[told])
    return (
        Figure(OWN_FMR, fmr, "" if fmr else "no impostor pair was decided"),
        Figure(OWN_FNMR, fnmr, "" if fnmr else "no genuine pair was decided"),
    )
