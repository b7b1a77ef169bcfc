"""Mitigations with what they may use, as a plan lists them."""

from __future__ import annotations

from typing import Any

import pytest

from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.treatments import Removal, needed_photos, titled
from faceaudit.errors import OptionError
from helpers.backdoor_members import lend_members


@pytest.fixture(autouse=True)
def members(monkeypatch: pytest.MonkeyPatch) -> None:
    lend_members(monkeypatch)


def plan(**section: Any) -> BackdoorPlan:
    usual: dict[str, Any] = {
        "faces": {"source": "synthetic", "people": 4},
        "systems": [{"network": "deepid"}],
        "seeds": [3],
    }
    return BackdoorPlan(**{**usual, **section})


def listed(section: BackdoorPlan) -> list[tuple[str, int, float | None]]:
    return [
        (one.mitigation.name, one.clean_photos, one.removal and one.removal.share)
        for one in section.treatments()
    ]


def test_no_mitigation_is_tried_unless_the_plan_names_some() -> None:
    assert plan().treatments() == ()
    assert list(plan(attacks=["accessory"]).treated(3)) == []


def test_each_budget_that_is_enough_is_tried() -> None:
    section = plan(mitigations=["means", "stranger", "idle"], clean_photos=[0, 1, 5])
    # A repair that needs one photo, a filter of inputs that needs one to be fitted and one to set
    # its threshold, and a repair that has no use for any.
    assert listed(section) == [
        ("means", 1, None),
        ("means", 5, None),
        ("stranger", 5, None),
        ("idle", 0, None),
    ]
    assert {one.reserved for one in section.treatments()} == {5}


def test_a_filter_of_inputs_is_fitted_on_enough_of_half_of_the_photos(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It needs three photos of a person to be fitted, and as many set its threshold."""
    (treatment,) = plan(mitigations=["stranger"]).treatments()
    monkeypatch.setattr(type(treatment.mitigation), "clean_photos", 3)
    assert needed_photos(treatment.mitigation) == 6
    monkeypatch.setattr(type(treatment.mitigation), "clean_photos", 0)
    assert needed_photos(treatment.mitigation) == 2


def test_what_is_kept_from_the_judge_is_part_of_a_case() -> None:
    """The same treatment is judged on fewer photos beside one that takes more."""
    alone, beside = (
        plan(mitigations=["means"], clean_photos=photos).treatments()[0] for photos in ([1], [1, 5])
    )
    assert alone.clean_photos == beside.clean_photos == 1
    assert alone.values != beside.values


def test_photos_that_no_treatment_takes_are_not_kept_from_the_judge() -> None:
    section = plan(mitigations=["idle"], clean_photos=[9])
    assert [one.reserved for one in section.treatments()] == [0]


def test_filters_of_training_sets_are_tried_with_each_removal() -> None:
    section = plan(mitigations=["odd"], removals=[0.1, {"share": 0.5, "people": 2}])
    assert listed(section) == [("odd", 0, 0.1), ("odd", 0, 0.5)]
    assert [one.removal for one in section.treatments()] == [
        Removal(share=0.1),
        Removal(share=0.5, people=2),
    ]
    assert plan(**section.model_dump(mode="json")) == section


def test_attacks_are_tried_with_their_own_number_of_samples_alone() -> None:
    attacks = [{"attack": "accessory", "samples": 20, "sweep": [5, 40]}, "input_instance"]
    section = plan(mitigations=["idle"], attacks=attacks)
    tried = [attack and (attack.name, attack.samples) for _, attack in section.treated(3)]
    assert tried == [None, ("accessory", 20), ("input_instance", 5)]


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ({"mitigations": ["means"], "clean_photos": [0]}, "clean_photos of 1 or more for means"),
        ({"mitigations": ["stranger"], "clean_photos": [1]}, "clean_photos of 2 or more for"),
        ({"mitigations": ["idle", "idle"]}, "each of mitigations once"),
        ({"clean_photos": [5, 5]}, "each of clean_photos once"),
        ({"removals": [0.2, {"share": 0.2}]}, "each of removals once"),
        ({"false_alarms": [0.0]}, "greater than 0"),
        ({"false_alarms": [0.01, 0.01000001]}, "each of false_alarms once"),
        ({"removals": [1.0]}, "less than 1"),
        ({"mitigations": ["mean"]}, "means"),
    ],
)
def test_what_cannot_be_tried_is_refused(section: dict[str, Any], complaint: str) -> None:
    with pytest.raises(OptionError, match=complaint):
        plan(**section)


def test_no_two_treatments_read_alike() -> None:
    section = plan(
        mitigations=["odd", {"mitigation": "odd", "quiet": True}, "means", "stranger"],
        clean_photos=[2, 5],
        removals=[0.1, 0.2, {"share": 0.2, "people": 1}],
    )
    treatments = section.treatments()
    assert len({one.title for one in treatments}) == len(treatments) == 3 + 3 + 2 + 2
    spelled = {titled({"mitigation": one.values}) for one in treatments}
    assert len(spelled) == len(treatments)
    assert titled({"mitigation": treatments[2].values}) == (
        "odd(clean_photos=0, quiet=False, removal.people=1, removal.share=0.2)"
    )
    assert treatments[2].title == "odd, 20 % of the photos of 1 person left out"
    assert treatments[-1].title == "stranger, 5 clean photos a person"
