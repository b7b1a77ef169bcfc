"""The report's section on scans: verdicts, people by suspicion, and what nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from faceaudit.audit.declared import Declared
from faceaudit.metrics import wilson
from faceaudit.records.scan import (
    DRAWN,
    FALSE_ALARMS,
    PLAIN,
    POWER,
    PreparationFacts,
    ReferenceFacts,
    ScanFacts,
    StageFacts,
    SuspectFacts,
    of_stage,
)
from faceaudit.report.scan.findings import scan_findings
from faceaudit.report.scan.measures import scan_measures
from faceaudit.report.scan.scans import scanned_systems
from faceaudit.report.scan.section import SECTION, headline
from faceaudit.report.scan.tables import scan_tables
from faceaudit.store import CaseRecord
from faceaudit.types import Figure


def person(label: int, chance: float | None) -> SuspectFacts:
    return SuspectFacts(
        person=f"class-{label}",
        label=label,
        chance=chance,
        values={"patched_share": 0.4 / (label + 1), "trigger_inversion": None},
        remarks=("the key cartoon-cat sends 9 of 10 photos there",) if label == 0 else (),
    )


def reference(planted: str, *, suspicious: bool) -> ReferenceFacts:
    return ReferenceFacts(
        planted=planted,
        people=20,
        accuracy=0.7,
        success=0.9 if planted else None,
        chance=0.01 if suspicious else 0.6,
        first=suspicious if planted else None,
        suspicious=suspicious,
        ratios={"patched_share": 1.2, "shattered_directions": None},
    )


def record(**changed: Any) -> CaseRecord:
    values: dict[str, Any] = {
        "title": "foreign.h5",
        "role": "identifier",
        "access": ("labels", "scores"),
        "people": 30,
        "source": "synthetic",
        "strangers": 600,
        "stranger_people": 300,
        "level": 0.05,
        "verdict": "suspicious",
        "why": "",
        "chance": 0.004,
        "suspicious": 1,
        "preparations": (
            PreparationFacts(name="RGB, x / 255", people=21.3, top=0.1, taken=True),
            PreparationFacts(name="the network's own", people=3.2, top=0.7, taken=False),
        ),
        "stages": (
            StageFacts(
                stage="patched_share",
                what="share of photos with a patch",
                decides=True,
                asked=2400,
                labels=(0,),
                ratio=2.9,
                chance=0.0032,
                part=0.8,
                null="clean networks",
            ),
            StageFacts(
                stage="shattered_directions",
                what="",
                decides=True,
                asked=0,
                labels=(),
                ratio=None,
                chance=None,
                why="it needs embeddings",
            ),
        ),
        "suspects": tuple(person(label, (0.004, 1.0, 1.0)[label]) for label in range(3)),
        "references": (
            reference("", suspicious=False),
            reference("", suspicious=False),
            reference("blended, random-0", suspicious=True),
            reference("accessory, sunglasses", suspicious=False),
        ),
        "reference_network": "deepid",
        **changed,
    }
    figures = (
        Figure(of_stage(DRAWN, "patched_share"), wilson(900, 2400)),
        Figure(PLAIN, wilson(60, 600)),
        Figure(FALSE_ALARMS, wilson(0, 2)),
        Figure(POWER, wilson(1, 2)),
    )
    spec = {"title": "foreign.h5", "seed": 0, "strangers": {"source": "synthetic"}}
    return CaseRecord("ab" * 32, spec, ScanFacts(**values).as_json(), figures)


def said(case: CaseRecord) -> str:
    system = scanned_systems([case])[0]
    return " ".join(f"{one.about}: {one.text}" for one in scan_findings(system))


def test_a_suspicion_names_the_person_and_what_it_is_worth() -> None:
    text = said(record()).replace("\xa0", " ")
    assert "Suspicious: class-0 (class 0) stands out with a chance of 0.004" in text
    assert "It is no proof" in text
    assert "of 2 reference networks (deepid) with a planted back door" in text.lower()
    assert "Taken was RGB, x / 255" in text
    assert "accessory, sunglasses (success 90.0 %" in text
    assert "says nothing, it needs embeddings" in text
    assert "chance without a target 0.0032 by clean networks, to be below 0.04" in text
    assert "patches on strangers 1.200 to 1.200 times the next, here 2.900" in text
    assert headline(scanned_systems([record()])).title.startswith("class-0 (class 0) stands out")


def test_nothing_found_says_at_which_power() -> None:
    text = said(record(verdict="nothing found", chance=0.4, suspicious=0, references=()))
    assert "Nothing found: the most suspicious person has a chance of 0.4" in text
    assert headline(
        scanned_systems([record(verdict="nothing found", chance=0.4, suspicious=0)])
    ).title.startswith("Nobody stands out")


def test_what_cannot_be_tested_is_no_clearance() -> None:
    case = record(verdict="not testable", why="it names nobody", chance=None, suspicious=0)
    assert "Not testable: it names nobody." in said(case)
    suspicious = next(one for one in scan_measures([case]) if one.name == "suspicious_people")
    assert suspicious.estimate is None
    assert suspicious.why_none == "it names nobody"


def test_measures_are_people_alarms_and_power() -> None:
    found = {one.name: one.estimate for one in scan_measures([record()])}
    assert found["suspicious_people"] is not None
    assert found["suspicious_people"].value == 1
    assert found["false_alarms"] == wilson(0, 2)
    assert found["power"] == wilson(1, 2)


def test_tables_have_people_preparations_and_references() -> None:
    people, pixels, references = scan_tables(scanned_systems([record()])[0])
    assert [row.name for row in people.rows] == [f"class-{n} (class {n})" for n in range(3)]
    assert [cell.note for cell in pixels.rows[0].cells][-1] == "yes"
    assert len(references.rows) == 4


def test_the_card_has_no_verdict_without_a_limit() -> None:
    threat = SECTION.threats([record()], (), Declared())[0]
    assert threat.outcome == "none"
    assert threat.subject == "scan"


def test_a_failed_case_is_listed() -> None:
    failed = CaseRecord("cd" * 32, record().spec, error="it did not answer")
    assert SECTION.line(failed).title == "Scan of foreign.h5"
    assert headline(scanned_systems([failed])).title == "Nothing was scanned"


@pytest.mark.parametrize("chance", [None, 1e-9])
def test_chances_are_said_however_small_or_unknown(chance: float | None) -> None:
    suspects = (person(0, chance), person(1, 1.0))
    assert said(record(suspects=suspects, chance=chance))
