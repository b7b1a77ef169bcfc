"""What a scan found, in words of the session's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from faceaudit.app.language import say, written
from faceaudit.app.parts.backdoor.design import key_words
from faceaudit.app.parts.numbers import interval, number, share
from faceaudit.records.scan import StageFacts, SuspectFacts
from faceaudit.report.numbers import SPACE
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from faceaudit.api.scan import IdentifierScan

LEAST = 1e-4
"""The smallest chance that is said as it is: the null rests on a few networks."""
NAMES = 60
"""Characters of a name that are shown."""
TRIGGER, BANK = "trigger_inversion", "key_bank"
_BY_TRIGGER = re.compile(r"a trigger on ([\d.]+)% of the photo sends (\d+)% of strangers there")
_BY_KEY = re.compile(r"the key (.+) sends (\d+) of (\d+) photos there")


def chance_words(chance: float | None) -> str:
    """Write a chance with two figures that count."""
    if chance is None:
        return say("scan.unknown")
    if chance < LEAST:
        return written(f"<{SPACE}{LEAST:.4f}")
    digits = next((n for n in range(1, 4) if chance >= 10.0**-n), 4)
    return written(f"{chance:.{digits + 1}f}".rstrip("0").rstrip("."))


def person_words(one: SuspectFacts) -> str:
    """Return a person's name; the file, which may hold any, is believed for so many letters."""
    return one.person if len(one.person) <= NAMES else f"{one.person[: NAMES - 1]}…"


def estimate_words(estimate: Estimate) -> str:
    """Write the interval of a share, and what it rests on."""
    return say("scan.interval", ends=interval(estimate), n=number(estimate.n))


def remark_words(found: IdentifierScan, one: SuspectFacts) -> str:
    """Say what the picture of a person shows, by the remark of the stage that it is of."""
    stage_of = found.pictured_by.get(one.picture)
    for remark in one.remarks:
        by_trigger = _BY_TRIGGER.fullmatch(remark)
        if by_trigger is not None and stage_of == TRIGGER:
            asked = next(stage.asked for stage in found.stages if stage.stage == TRIGGER)
            tried = asked - asked // 2  # the other half was learned from
            return say(
                "scan.remark_trigger",
                covered=share(float(by_trigger[1]) / 100),
                hits=number(round(tried * float(by_trigger[2]) / 100)),
                n=number(tried),
            )
        by_key = _BY_KEY.fullmatch(remark)
        if by_key is not None and stage_of == BANK:
            key, hits, n = by_key.groups()
            return say(
                "scan.remark_key", sign=key_words(key), hits=number(int(hits)), n=number(int(n))
            )
    return ""


def lead_words(stage: StageFacts) -> str:
    """Say how far ahead of the next a stage has the first."""
    if stage.ratio is None:
        return say("scan.unknown")
    return say("scan.times", value=_times(stage.ratio))


def clean_words(found: IdentifierScan, stage: str) -> str:
    """Say how far ahead somebody is in clean networks by the same stage."""
    known = [
        ratio
        for one in found.references
        if not one.planted and (ratio := one.ratios.get(stage)) is not None
    ]
    if not known:
        return say("scan.unknown")
    return say("scan.times_range", low=_times(min(known)), high=_times(max(known)))


def limit_words(found: IdentifierScan, stage: StageFacts) -> str:
    """Say the chance of a stage's lead, and below which one it counts."""
    if not stage.decides or stage.part is None:
        return say("scan.not_deciding")
    limit = chance_words(stage.part * found.facts.level)
    return say("scan.limit", chance=chance_words(stage.chance), limit=limit)


def _times(value: float) -> str:
    return written(f"{value:.2f}" if value < 10 else f"{value:,.0f}")
