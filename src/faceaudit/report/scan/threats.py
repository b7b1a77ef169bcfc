"""The threat of a scan: a back door in a system that somebody else trained."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.scan import DRAWN, KIND, POWER, of_stage
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import listed, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import NO_RATE, declared_lines, missing
from faceaudit.report.scan.advice import scan_advice
from faceaudit.report.scan.measures import SUSPICIOUS
from faceaudit.report.scan.scans import ScannedSystem, scanned_systems
from faceaudit.report.threats import Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

PATCHED = "Patched strangers drawn to one person"
DECIDING = (SUSPICIOUS,)
"""Measures whose limits decide."""
WORDS = ThreatWords(
    subject=KIND,
    name="A back door in a system that others trained",
    broken="somebody whom the system knows stands out, as the target of a back door does",
    kept="nobody whom the system knows stands out as the target of a back door",
    open="whether somebody whom the system knows is the target of a back door",
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
    systems = scanned_systems(records)
    deciding, further = part(judgements, DECIDING)
    powered = bool(systems) and all(one.get(POWER) is not None for one in systems)
    return (
        build_threat(
            WORDS,
            Showing(of=_of, name=_name, anchor=KIND, share=False),
            deciding,
            further,
            explanation=_explain(systems),
            advice=lambda outcome: scan_advice(outcome, powered=powered),
            risk=_risk(systems, declared),
            failed="" if systems else "Nothing was scanned: every case failed.",
            left_out=()
            if powered
            else (("What a scan would find", "scan.references and scan.planted"),),
        ),
    )


def _of(measure: Measure) -> str:
    return f"people of {measure.labels['system']} stand out"


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


def _risk(systems: Sequence[ScannedSystem], declared: Declared) -> Risk:
    measured = [
        RiskLine(
            f"Patched strangers drawn to one person of {one.title}",
            percent_with_interval(rate),
            rate,
        )
        for one in systems
        if (rate := one.get(of_stage(DRAWN, "patched_share"))) is not None
    ]
    return Risk(
        tuple(measured) or (missing("Strangers drawn to one person", "none was measured"),),
        declared_lines(declared, ("use", "people", "attempts", "protects")),
        (missing("Wrong openings", NO_RATE),),
    )
