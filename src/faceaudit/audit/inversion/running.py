"""A case of an inversion of templates run: faces rebuilt, judged and counted."""

from __future__ import annotations

import numpy as np

from faceaudit.audit.common.png import encode_png
from faceaudit.audit.inversion.cases import TemplateCase
from faceaudit.audit.inversion.estimating import Estimated
from faceaudit.audit.inversion.figures import columns_of, inversion_figures
from faceaudit.protocols.matching import Matcher
from faceaudit.records.inversion import (
    ORIGINAL,
    REBUILT,
    InversionFacts,
    NetworkFacts,
    ThresholdFacts,
)
from faceaudit.store import CaseRecord
from faceaudit.systems.under_test.base import Access
from faceaudit.types import Evidence, ImageArray


def run_template_case(case: TemplateCase) -> CaseRecord:
    """Return what an attack on a protection finds.

    Raises:
        CaseError: the system answers with labels only, and has no threshold to answer by.
        InputError: the attack needs gradients, and the network is a file that gives none.
    """
    scenario, tried = case.scenario, case.tried
    trials_planned = case.plan.trials
    stolen = tried.stolen()
    trials = [tried.trial(stolen, number) for number in range(trials_planned)]
    ids = [scenario.faces.ids[row] for row in scenario.parties.stolen.tolist()]
    return CaseRecord(
        case.id,
        case.spec,
        _facts(case, stolen).as_json(),
        tuple(inversion_figures(trials, tried.counting())),
        Evidence(tuple(ids * trials_planned), columns_of(trials, scenario.people)),
        _keep_pictures(case, trials[0].found.images),
    )


def make_pictures(case: TemplateCase) -> dict[str, bytes]:
    """Return the pictures of a case, rebuilt again."""
    return _keep_pictures(case, case.tried.rebuild(case.tried.stolen(), 0).images)


def _keep_pictures(case: TemplateCase, rebuilt: ImageArray) -> dict[str, bytes]:
    """Return the stolen photos and what was rebuilt of the first attacked people, as PNG files."""
    pictures = {}
    for place, row in enumerate(case.scenario.parties.stolen[: case.plan.pictures]):
        pictures[f"{ORIGINAL}-{place}"] = encode_png(case.scenario.faces.images[row])
        pictures[f"{REBUILT}-{place}"] = encode_png(rebuilt[place])
    return pictures


def _facts(case: TemplateCase, stolen: Estimated) -> InversionFacts:
    scenario, tried, parties = case.scenario, case.tried, case.scenario.parties
    learned, others = (
        scenario.faces.identity[rows] for rows in (parties.learned, parties.thresholds)
    )
    titles, labels = scenario.embedded.titles(), tried.attack.access == Access.LABELS
    return InversionFacts(
        source=case.plan.faces.name,
        access=tried.attack.access,
        foreign=bool(tried.origin),
        people=len(scenario.people),
        trials=case.plan.trials,
        learned_people=len(np.unique(learned)),
        learned_photos=len(learned),
        threshold_people=len(np.unique(others)),
        estimated=stolen.how,
        label_fmr=tried.label_fmr() if labels else None,
        networks=tuple(
            NetworkFacts(
                title=titles[number],
                network=one.network.name,
                backbone=scenario.embedded.backbones[number].facts(),
                thresholds=_thresholds(scenario.matcher(number)),
            )
            for number, one in enumerate(case.plan.embedders)
        ),
        thresholds=_thresholds(tried.system.matcher),
        curve=tried.system.curve,
    )


def _thresholds(matcher: Matcher) -> tuple[ThresholdFacts, ...]:
    return tuple(
        ThresholdFacts(fmr=one.asked, threshold=one.threshold, why=one.why)
        for one in matcher.points
    )
