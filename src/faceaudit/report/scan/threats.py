"""The threat of a scan: a back door in a system that somebody else trained."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.embedder_scan import BOTH_WEAR, of_top
from faceaudit.records.scan import DRAWN, KIND, POWER, of_stage
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import listed, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import NO_RATE, declared_lines, missing
from faceaudit.report.scan.advice import scan_advice
from faceaudit.report.scan.embedders import ComparedSystem, compared_systems
from faceaudit.report.scan.measures import STANDING_OUT, SUSPICIOUS
from faceaudit.report.scan.scans import ScannedSystem, scanned_systems
from faceaudit.report.threats import Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

PATCHED = "Patched strangers drawn to one person"
DECIDING = (SUSPICIOUS, STANDING_OUT)
"""Measures whose limits decide."""
WORDS = ThreatWords(
    subject=KIND,
    name="A back door in a system that others trained",
    broken="somebody, or a key, stands out in the system, as with a back door",
    kept="nobody, and no key, stands out in the system as with a back door",
    open="whether the system has a back door",
    example="scan.suspicious_people > 0",
    tried={
        "broken": "stands out",
        "kept": "nothing found",
        "inconclusive": "not decided",
        "none": "not testable",
    },
)


def scan_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat that a scanned system holds a back door."""
    systems, compared = scanned_systems(records), compared_systems(records)
    deciding, further = part(judgements, DECIDING)
    every: tuple[ScannedSystem | ComparedSystem, ...] = (*systems, *compared)
    powered = bool(every) and all(one.get(POWER) is not None for one in every)
    return (
        build_threat(
            WORDS,
            Showing(of=_of, name=_name, anchor=KIND, share=False),
            deciding,
            further,
            explanation=" ".join(filter(None, (_explain(systems), _explain_compared(compared)))),
            advice=lambda outcome: scan_advice(outcome, powered=powered),
            risk=_risk(systems, compared, declared),
            failed="" if every else "Nothing was scanned: every case failed.",
            left_out=()
            if powered
            else (("What a scan would find", "scan.references and scan.planted"),),
        ),
    )


def _of(measure: Measure) -> str:
    what = "people" if measure.name == SUSPICIOUS else "measures"
    return f"{what} of {measure.labels['system']} stand out"


def _name(measure: Measure) -> str:
    return str(measure.labels["system"])


def _explain(systems: Sequence[ScannedSystem]) -> str:
    if not systems:
        return ""
    return (
        "Asked about photos of strangers with patches and known keys on them, without any of their "
        f"training data: {listed([one.title for one in systems])}. A back door draws whoever "
        "carries its key to one person, and often whoever carries anything. One that opens to its "
        "very key alone, such as a photo of the attacker, is missed by this; and a person who "
        "stands out is a suspicion and no proof."
    )


def _explain_compared(systems: Sequence[ComparedSystem]) -> str:
    if not systems:
        return ""
    return (
        "Asked about pairs of strangers with keys on their photos: "
        f"{listed([one.title for one in systems])}. Whoever carries the key of a back door is "
        "embedded near one point, so that all of them are alike. Whose point it is, the scan "
        "cannot say, and one that opens to its very key alone is missed."
    )


def _risk(
    systems: Sequence[ScannedSystem], compared: Sequence[ComparedSystem], declared: Declared
) -> Risk:
    measured = [
        RiskLine(
            f"Patched strangers drawn to one person of {one.title}",
            percent_with_interval(rate),
            rate,
        )
        for one in systems
        if (rate := one.get(of_stage(DRAWN, "patched_share"))) is not None
    ]
    measured += [
        RiskLine(
            f"Strangers with one key who pass as each other in {one.title}",
            percent_with_interval(rate),
            rate,
        )
        for one in compared
        if (rate := one.get(of_top(BOTH_WEAR))) is not None
    ]
    return Risk(
        tuple(measured) or (missing("Strangers drawn to one person", "none was measured"),),
        declared_lines(declared, ("use", "people", "attempts", "protects")),
        (missing("Wrong openings", NO_RATE),),
    )
