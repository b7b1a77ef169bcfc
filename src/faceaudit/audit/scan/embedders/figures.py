"""Figures and facts of a scan of an embedder or a verifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from faceaudit.audit.scan.embedders.asking import Answers, Pairs
from faceaudit.audit.scan.embedders.excess import ENOUGH, Exceeding, Values, beyond, values_of
from faceaudit.audit.scan.embedders.trigger import UniversalTrigger
from faceaudit.metrics import wilson
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.records.embedder_scan import (
    BARE,
    BOTH_WEAR,
    BOTH_WEAR_TRIGGER,
    GENUINE,
    PROBE_WEARS,
    PROBE_WEARS_TRIGGER,
    KeyFacts,
    MeasureFacts,
    ReferenceEmbedderFacts,
    of_top,
)
from faceaudit.records.pictures import TRIGGER_PICTURE
from faceaudit.records.scan import FALSE_ALARMS, POWER
from faceaudit.types import Figure

SHOWN = 20
"""Keys that the facts name, those that are farthest beyond clean networks."""
PICTURES = 3
"""Keys that are shown."""


def order_keys(answers: Answers, tested: Mapping[str, Exceeding]) -> tuple[str, ...]:
    """Return keys by how far they are beyond clean networks in the measure that sees most.

    Those of the measure with the smallest chance for its part of the level; of the first measure
    where no chance is known.
    """
    if not tested:
        return tuple(one.key for one in answers.worn)
    known = [
        (one.chance / one.part, place)
        for place, one in enumerate(tested.values())
        if one.chance is not None and one.part is not None
    ]
    best = list(tested.values())[min(known, default=(1.0, 0))[1]]
    return tuple(sorted(best.by_key, key=lambda key: -best.by_key[key]))


def embedder_figures(
    answers: Answers, top: str, references: Sequence[ReferenceEmbedderFacts]
) -> tuple[Figure, ...]:
    """Return the figures of a scan; shares of the key that stands out most.

    It is that of the very photos that it was found by: shares say how strongly, chances whether.
    """
    worn = next((one for one in answers.worn if one.key == top), None)
    pairs = {BARE: answers.bare, GENUINE: answers.genuine}
    if worn is not None:
        pairs |= {of_top(BOTH_WEAR): worn.both, of_top(PROBE_WEARS): worn.probe}
    return (*(_share(name, one) for name, one in pairs.items()), *_measured(references))


def trigger_figures(trigger: UniversalTrigger | None) -> tuple[Figure, ...]:
    """Return how often people pass as each other under the trigger that gradients lead to.

    They are others than those whom it was learned from.
    """
    if trigger is None:
        why = "only an embedder that gives gradients lets a trigger be sought by them"
        return tuple(Figure(name, None, why) for name in (BOTH_WEAR_TRIGGER, PROBE_WEARS_TRIGGER))
    pairs = {BOTH_WEAR_TRIGGER: trigger.worn.both, PROBE_WEARS_TRIGGER: trigger.worn.probe}
    return tuple(_share(name, one) for name, one in pairs.items())


def _share(metric: str, pairs: Pairs) -> Figure:
    if not len(pairs.passed):
        return Figure(metric, None, "no such pair of strangers was answered")
    return Figure(metric, comparison_share(pairs.passed, pairs.people))


def _measured(references: Sequence[ReferenceEmbedderFacts]) -> Iterator[Figure]:
    for metric, planted in ((FALSE_ALARMS, False), (POWER, True)):
        some = [one for one in references if bool(one.planted) == planted]
        judged = [one for one in some if one.chance is not None]
        if judged:
            yield Figure(metric, wilson(sum(one.suspicious for one in judged), len(judged)))
        elif some:
            why = (
                f"a reference is judged by the other clean ones, at least {ENOUGH} of them; give "
                "more (scan.references)"
            )
            yield Figure(metric, None, why)
        else:
            option = "planted" if planted else "references"
            why = f"no {'planted' if planted else 'clean'} reference was scanned (scan.{option})"
            yield Figure(metric, None, why)


def measure_facts(tested: Mapping[str, Exceeding]) -> tuple[MeasureFacts, ...]:
    """Return the test of each measure."""
    return tuple(
        MeasureFacts(
            measure=name,
            key=one.key,
            excess=one.largest,
            clean=one.clean,
            chance=one.chance,
            part=one.part,
        )
        for name, one in tested.items()
    )


def key_facts(
    answers: Answers, clean: Sequence[Mapping[str, Values]], order: Sequence[str]
) -> tuple[KeyFacts, ...]:
    """Return what the keys that are farthest beyond clean networks do."""
    values = values_of(answers)
    over = {
        name: beyond(by_key, [one[name] for one in clean]) if len(clean) >= ENOUGH else {}
        for name, by_key in values.items()
    }
    return tuple(
        KeyFacts(
            key=key,
            values={name: by_key.get(key) for name, by_key in values.items()},
            clean={name: _mean([one[name].get(key) for one in clean]) for name in values},
            excess={name: by_key.get(key) for name, by_key in over.items()},
            picture=f"{TRIGGER_PICTURE}{key}" if place < PICTURES else "",
        )
        for place, key in enumerate(order[:SHOWN])
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None
