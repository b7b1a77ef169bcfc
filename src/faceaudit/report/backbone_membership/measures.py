"""Measures of an audit of whom a backbone learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.backbone_membership import AUC, BLIND, KIND, PHOTOS, Asked, tpr_at
from faceaudit.report.backbone_membership.cases import Case, cases_of
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord
from faceaudit.types import Figure


def backbone_membership_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail."""
    return tuple(one for case in cases_of(records) for one in _of_case(case))


def _of_case(case: Case) -> Iterator[Measure]:
    for photos in PHOTOS:
        asked = case.headline(photos)
        figure = case.figure(asked)
        if figure is not None:
            yield _measure(case, "headline_auc", asked, figure)
    for asked, figure in case.asked():
        if asked.nets == "trained" and asked.attack != BLIND:
            yield _measure(case, AUC, asked, figure)
    for fpr in case.rates():
        for asked, figure in case.asked(tpr_at(fpr)):
            if asked.nets == "trained" and asked.attack != BLIND:
                yield _measure(case, "tpr", asked, figure, fpr=fpr)


def _measure(
    case: Case, name: str, asked: Asked, figure: Figure, *, fpr: float | None = None
) -> Measure:
    access = next(one.access for one in case.facts.attacks if one.key == asked.attack)
    labels: dict[str, str | int | float] = {} if fpr is None else {"fpr": fpr}
    labels |= {
        "attack": asked.attack,
        "access": access,
        "level": asked.level,
        "photos": asked.photos,
        "shadows": asked.shadows,
        "against": asked.against,
        "recipe": case.title,
        "seed": int(case.record.spec["seed"]),
    }
    flaw = case.flaw(asked)
    return Measure(
        KIND,
        name,
        labels,
        figure.estimate,
        why_none="" if figure.estimate else figure.why_none,
        caution=f"{flaw}: {case.facts.listed(asked.against, asked.photos).verdict}" if flaw else "",
        cases=(case.record.id,),
        anchor=case.anchor,
    )
