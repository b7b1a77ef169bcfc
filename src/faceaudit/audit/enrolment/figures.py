"""The figures of a case in which a key is enrolled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from faceaudit.audit.common.crossed_shares import crossed_share, share_of_keys
from faceaudit.audit.common.titles import title_of
from faceaudit.audit.enrolment.keyed import KeyedPeople, Outcome
from faceaudit.audit.enrolment.plan import UNMITIGATED
from faceaudit.metrics import wilson
from faceaudit.records.enrolment import (
    BARE,
    CLEAN,
    FMR,
    NOT_FOUND,
    OWN,
    OWN_CLEAN,
    PASSED,
    REFUSED,
    REFUSED_CLEAN,
    REFUSED_GLASSES,
    WRONG,
    at,
)
from faceaudit.types import BoolArray, Column, Estimate, Evidence, Figure

_METRICS = (
    *(PASSED, CLEAN, BARE, FMR, WRONG, OWN, OWN_CLEAN, REFUSED, REFUSED_CLEAN, REFUSED_GLASSES),
)


def key_figures(people: KeyedPeople) -> Iterator[Figure]:
    """Yield who passes, who no longer does, and what each mitigation costs."""
    titles = people.scenario.embedded.titles()
    for fmr, network, mitigation, found in people.outcomes:
        for metric in _METRICS:
            name = at(metric, fmr, titles[network], title_of(mitigation))
            if isinstance(found, str):
                yield Figure(name, None, found)
            else:
                yield Figure(name, _estimate(metric, found))
    seen = np.concatenate([people.targets.found, people.strangers[0].found])
    yield Figure(NOT_FOUND, _share(~seen))


def _estimate(metric: str, found: Outcome) -> Estimate:
    if metric == WRONG:
        return share_of_keys(found.wrong)
    crossed = {PASSED: found.passed, CLEAN: found.clean, BARE: found.bare, FMR: found.fmr}
    if metric in crossed:
        return crossed_share(crossed[metric])
    each = {
        OWN: found.own,
        OWN_CLEAN: found.own_clean,
        REFUSED: found.refused,
        REFUSED_CLEAN: found.refused_clean,
        REFUSED_GLASSES: found.refused_glasses,
    }
    return _share(each[metric])


def _share(hits: BoolArray) -> Estimate:
    return wilson(int(np.count_nonzero(hits)), len(hits))


def key_evidence(people: KeyedPeople) -> Evidence:
    """Return each try of a stranger on a target, without a mitigation, by the first rate.

    A row is called after the two photos, the target's first.
    """
    scenario = people.scenario
    ids = scenario.faces.ids
    columns: dict[str, Column] = {}
    for fmr, network, mitigation, found in people.outcomes:
        first = fmr == scenario.plan.fmrs[0] and mitigation.name == UNMITIGATED
        if first and not isinstance(found, str):
            columns[f"passed:{scenario.embedded.titles()[network]}"] = found.passed.reshape(-1)
    seen = people.strangers[0].found
    columns["found"] = np.tile(seen, len(people.targets.found)) & np.repeat(
        people.targets.found, len(seen)
    )
    return Evidence(
        tuple(
            f"{ids[target]}|{ids[stranger]}"
            for target in scenario.people.enrolled.tolist()
            for stranger in scenario.people.strangers.tolist()
        ),
        columns,
    )
