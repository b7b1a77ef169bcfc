"""Two audits compared: by person where both attacked the same people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from faceaudit.report.inversion.comparing import compare_sides
from faceaudit.report.inversion.section import SECTION
from faceaudit.report.sides import Side
from faceaudit.store import CaseRecord
from report.inversion.samples import evidence_of, identifier_case, template_case

PASSED, HELD = 0.5, 0.49


def case(hits: int, of: int = 40, **changed: object) -> CaseRecord:
    scores = {f"p{one}": PASSED if one < hits else HELD for one in range(of)}
    return template_case(scores=scores, **changed)  # type: ignore[arg-type]


def side(*records: CaseRecord, name: str = "success", **labels: object) -> Side:
    wanted = {"type": "II", "fmr": 0.001} if name == "success" else {}
    found = tuple(
        one
        for record in records
        for one in SECTION.measures([record])
        if one.name == name
        and all(one.labels.get(key) == value for key, value in {**wanted, **labels}.items())
    )
    by_id: Mapping[str, CaseRecord] = {record.id: record for record in records}
    return Side(found[: len(records)], by_id, by_id.__getitem__)


def test_the_change_is_that_of_the_same_people_and_narrower_than_of_others() -> None:
    change = compare_sides(side(case(30)), side(case(20)))
    assert change is not None
    assert change.difference is not None
    assert change.paired == "by person"
    assert change.difference.value == pytest.approx(-0.25)
    assert change.difference.n == 40
    nothing = compare_sides(side(case(30)), side(case(30)))
    assert nothing is not None
    assert nothing.difference is not None
    assert nothing.difference.value == 0
    assert nothing.difference.error < change.difference.error


def test_ranks_and_other_networks_have_columns_of_their_own() -> None:
    named = compare_sides(
        side(case(30), name="named", rank=1), side(case(20), name="named", rank=1)
    )
    assert named is not None
    assert named.difference is not None
    assert named.difference.value == pytest.approx(-0.25)
    # The further network's scores are 0.1 lower: nobody passes there before or after.
    elsewhere = compare_sides(
        side(case(30), name="transfer", fmr=0.001), side(case(20), name="transfer", fmr=0.001)
    )
    assert elsewhere is not None
    assert elsewhere.difference is not None
    assert elsewhere.difference.value == 0


def test_other_people_are_compared_as_unrelated() -> None:
    others = template_case(scores={f"q{one}": PASSED for one in range(40)})
    assert compare_sides(side(case(30)), side(others)) is None


def test_other_seeds_and_cases_without_evidence_are_unrelated() -> None:
    assert compare_sides(side(case(30)), side(case(30, seed=1))) is None
    assert compare_sides(side(template_case()), side(template_case())) is None


def test_several_seeds_are_paired_seed_by_seed() -> None:
    change = compare_sides(side(case(30), case(20, seed=1)), side(case(20), case(20, seed=1)))
    assert change is not None
    assert change.difference is not None
    assert change.difference.value == pytest.approx(-0.125)


def test_figures_of_identifiers_are_taken_as_unrelated() -> None:
    for name in ("identifier_success", "identifier_named"):
        one, other = (
            replace(identifier_case(passed=passed), evidence=evidence_of({"a": 0.6, "b": 0.4}))
            for passed in (40, 20)
        )
        sides = [
            Side((measure,), {case.id: case}, {case.id: case}.__getitem__)
            for case in (one, other)
            for measure in SECTION.measures([case])[:4]
            if measure.name == name
        ]
        assert sides
        assert compare_sides(sides[0], sides[-1]) is None


def test_a_protected_system_has_a_threshold_of_its_own() -> None:
    def protected(hits: int) -> CaseRecord:
        # Its threshold is 0.49, which everybody reaches; that of plain templates stays at 0.5.
        record = case(hits, protection="biohash", key="known")
        own = [{**one, "threshold": HELD} for one in record.facts["thresholds"]]
        return replace(record, facts={**record.facts, "thresholds": own})

    change = compare_sides(side(protected(30)), side(protected(20)))
    assert change is not None
    assert change.difference is not None
    assert change.difference.value == 0
