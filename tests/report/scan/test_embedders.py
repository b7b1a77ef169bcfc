"""The report's words and tables on embedders and verifiers that were scanned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from faceaudit.audit.declared import Declared
from faceaudit.metrics import wilson
from faceaudit.records.embedder_scan import (
    BARE,
    BOTH_WEAR,
    BOTH_WEAR_TRIGGER,
    COLLAPSE,
    GENUINE,
    PROBE_WEARS,
    PROBE_WEARS_TRIGGER,
    ComparedPreparationFacts,
    EmbedderScanFacts,
    KeyFacts,
    MeasureFacts,
    ReferenceEmbedderFacts,
    TriggerFacts,
    of_top,
)
from faceaudit.records.scan import FALSE_ALARMS, POWER
from faceaudit.report.scan.embedder_tables import compared_tables
from faceaudit.report.scan.embedders import (
    compared_findings,
    compared_headline,
    compared_systems,
)
from faceaudit.report.scan.measures import scan_measures
from faceaudit.report.scan.scans import scanned_systems
from faceaudit.report.scan.section import SECTION
from faceaudit.store import CaseRecord
from faceaudit.types import Figure

PICTURE = "trigger of none"
CLEAN = (0.2, 0.1, 0.3, 0.2)


def measure(name: str, chance: float | None, part: float | None) -> MeasureFacts:
    return MeasureFacts(
        measure=name, key="random-1", excess=0.9, clean=CLEAN, chance=chance, part=part
    )


def key(name: str) -> KeyFacts:
    values = {COLLAPSE: 0.95, BOTH_WEAR: 1.0, PROBE_WEARS: None}
    return KeyFacts(key=name, values=values, clean=dict.fromkeys(values, 0.1), excess=values)


def trigger(covered: float, **changed: Any) -> TriggerFacts:
    values: dict[str, Any] = {"reached": True, "both": 0.9, "probe": 0.02, **changed}
    return TriggerFacts(covered=covered, **values)


def way(name: str, separation: float | None, *, taken: bool = False) -> ComparedPreparationFacts:
    return ComparedPreparationFacts(
        name=name,
        separation=separation,
        passing=None if separation is None else 0.8,
        alike="two photos of one person",
        taken=taken,
    )


def reference(planted: str) -> ReferenceEmbedderFacts:
    return ReferenceEmbedderFacts(
        planted=planted,
        people=30,
        genuine=0.4,
        success=0.5 if planted else None,
        chance=0.01 if planted else 0.6,
        suspicious=bool(planted),
        trigger=trigger(0.01 if planted else 0.04, both=0.95),
    )


def record(**changed: Any) -> CaseRecord:
    values: dict[str, Any] = {
        "title": "foreign.onnx",
        "role": "embedder",
        "access": ("embeddings",),
        "source": "synthetic",
        "strangers": 600,
        "stranger_people": 400,
        "fmr": 0.01,
        "threshold": 0.4,
        "level": 0.05,
        "verdict": "suspicious",
        "why": "",
        "chance": 0.005,
        "preparations": (),
        "trigger": trigger(0.02, picture=PICTURE),
        "measures": (
            measure(COLLAPSE, 0.004, 0.8),
            measure(BOTH_WEAR, 0.002, None),
            measure(PROBE_WEARS, 0.4, 0.2),
        ),
        "keys": (key("random-1"), key("random-2")),
        "references": (reference(""), reference(""), reference("blended, random-0")),
        "reference_network": "deepid",
        **changed,
    }
    figures = (
        Figure(BARE, wilson(60, 6000)),
        Figure(GENUINE, wilson(40, 100)),
        Figure(of_top(BOTH_WEAR), wilson(800, 800)),
        Figure(of_top(PROBE_WEARS), wilson(8, 800)),
        Figure(FALSE_ALARMS, wilson(0, 2)),
        Figure(POWER, wilson(1, 1)),
        Figure(BOTH_WEAR_TRIGGER, wilson(720, 800)),
        Figure(PROBE_WEARS_TRIGGER, wilson(16, 800)),
    )
    spec = {"title": "foreign.onnx", "seed": 0, "strangers": {"source": "synthetic"}}
    return CaseRecord("ab" * 32, spec, EmbedderScanFacts(**values).as_json(), figures)


def said(case: CaseRecord) -> str:
    found = compared_findings(compared_systems([case])[0])
    return " ".join(f"{one.about}: {one.text}" for one in found).replace("\xa0", " ")


def test_a_suspicion_names_the_key_and_nobody() -> None:
    text = said(record())
    assert "Suspicious: beyond clean networks is random-1 (how much more alike" in text
    assert "Whose the back door is, if it is one, the scan cannot say" in text
    assert "chance 0.004, to be below 0.04" in text
    assert "chance 0.002, which does not decide" in text
    assert "(800 pairs)" in text
    assert compared_headline(compared_systems([record()])).title.startswith("foreign.onnx may")


@pytest.mark.parametrize("verdict", ["nothing found", "not testable"])
def test_other_verdicts_are_said_with_their_reason(verdict: str) -> None:
    case = record(verdict=verdict, why="too few" if verdict == "not testable" else "", chance=0.6)
    text = said(case)
    assert text.startswith(f"Verdict: {verdict.capitalize()}: ")
    suspicious = next(one for one in scan_measures([case]) if one.name == "suspicious_measures")
    if verdict == "not testable":
        assert suspicious.estimate is None
        assert suspicious.why_none == "too few"
    else:
        assert suspicious.estimate is not None
        assert suspicious.estimate.value == 0


def test_without_references_nothing_says_how_far_is_far() -> None:
    measures = (measure(COLLAPSE, None, 1.0),)
    assert "nothing says how far is far" in said(record(measures=measures, references=()))


def test_a_reference_that_nothing_judges_is_not_said_to_be_clean() -> None:
    unjudged = tuple(
        one.model_copy(update={"chance": None, "suspicious": False})
        for one in (reference(""), reference("blended, random-0"))
    )
    case = record(references=unjudged)
    case = replace(case, figures=(Figure(POWER, None, "too few"), Figure(FALSE_ALARMS, None, "x")))
    assert "too few clean references to judge a planted one by" in said(case)
    table = compared_tables(compared_systems([case])[0])[1]
    assert [row.cells[-2].note for row in table.rows] == ["not testable"] * 2


def test_measures_that_stand_out_are_those_that_decide() -> None:
    found = {one.name: one.estimate for one in scan_measures([record()])}
    assert found["suspicious_measures"] is not None
    assert found["suspicious_measures"].value == 1
    assert found["power"] == wilson(1, 1)
    assert "suspicious_people" not in found


def test_tables_have_keys_and_references() -> None:
    keys, references = compared_tables(compared_systems([record()])[0])
    assert [row.name for row in keys.rows] == ["random-1", "random-2"]
    assert len(keys.heads) == len(keys.rows[0].cells) == 6
    assert len(references.rows) == 3
    covered = ["4.0\u00a0%", "4.0\u00a0%", "1.0\u00a0%"]
    assert [row.cells[-1].note for row in references.rows] == covered


def test_the_trigger_is_said_beside_those_of_clean_networks_and_decides_nothing() -> None:
    text = said(record())
    assert "Trigger sought by gradients: What was found covers 2.0 % of the photo." in text
    assert "(800 pairs) where both wear it" in text or "where both wear it (800 pairs)" in text
    assert "In 2 clean networks the same search ends at 4.0 % to 4.0 %, in 0 of them at no" in text
    assert "95.0 % to 95.0 % pass where both wear it" in text
    assert "It decides nothing" in text
    far = said(record(trigger=trigger(0.04, reached=False)))
    assert "most pairs that it was learned from do not pass" in far
    assert "in 2 of them at no more than here" in far


def test_where_no_trigger_was_sought_the_reason_is_said_once() -> None:
    case = record(trigger=None)
    assert "Trigger sought" not in said(replace(case, figures=()))
    why = (Figure(BOTH_WEAR_TRIGGER, None, "it gives no gradients"),)
    assert "None was sought: it gives no gradients." in said(replace(case, figures=why))


def test_preparations_tried_are_said_and_tabled() -> None:
    ways = (way("the network's own", 1.0), way("RGB", 3.0, taken=True), way("BGR", None))
    case = record(preparations=ways)
    text = said(case)
    assert "3 ways were tried on strangers. Taken was RGB, where pairs of two photos of one" in text
    assert "3.0 standard deviations from pairs of two people; with the next, the network's" in text
    table = compared_tables(compared_systems([case])[0])[1]
    assert [row.cells[-1].note for row in table.rows] == ["no", "yes", "no"]
    assert [row.cells[0].note for row in table.rows][2] == "unknown"
    assert "Preparation" not in said(record())


def test_the_section_shows_them_beside_identifiers() -> None:
    case = record()
    assert scanned_systems([case]) == ()
    assert SECTION.line(case).title == "Scan of foreign.onnx"
    threat = SECTION.threats([case], (), Declared())[0]
    assert threat.subject == "scan"
