"""Mitigations with what they may use, as a plan lists them."""

from __future__ import annotations

from typing import Any

import pytest

from faceaudit.audit.backdoor.kind import BackdoorKind
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.treatments import Removal, needed_others, needed_photos, titled
from faceaudit.errors import OptionError
from faceaudit.mitigations.backdoor import backdoor_mitigations
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


OTHERS = {"source": "synthetic", "people": 50, "seed": 9}


def test_photos_of_other_people_are_a_budget_of_their_own_where_they_are_of_use() -> None:
    names = ["means", "recall", "stranger", "plain", "idle", "odd"]
    section = plan(
        mitigations=names, clean_photos=[0, 4], others={"faces": OTHERS, "photos": [300, 1]}
    )
    found = [
        (one.mitigation.name, one.clean_photos, one.others, len(one.false_alarms))
        for one in section.treatments()
    ]
    # A filter of inputs needs one photo to be fitted and one to set its threshold.
    assert found == [
        ("means", 4, 0, 0),
        ("recall", 4, 0, 0),
        ("recall", 0, 1, 0),
        ("recall", 0, 300, 0),
        ("stranger", 4, 0, 2),
        ("plain", 4, 0, 2),
        ("plain", 0, 300, 2),
        ("idle", 0, 0, 0),
        ("odd", 0, 0, 0),
    ]
    assert {one.reserved for one in section.treatments()} == {4}  # all are judged on the same
    assert plan(**section.model_dump(mode="json")) == section
    assert plan(mitigations=["plain"], others={"faces": OTHERS}).others is not None


def test_whoever_has_nobody_s_photos_may_have_those_of_others() -> None:
    section = plan(mitigations=["recall", "plain"], clean_photos=[0], others={"faces": OTHERS})
    assert [one.title for one in section.treatments()] == [
        "recall, 200 photos of other people",
        "plain, 200 photos of other people",
    ]
    assert [one.reserved for one in section.treatments()] == [0, 0]
    assert titled({"mitigation": section.treatments()[0].values}) == (
        "recall(clean_photos=0, others.photos=200)"
    )


def test_a_filter_of_inputs_needs_other_people_to_be_fitted_and_as_many_to_set_its_threshold() -> (
    None
):
    needed = [
        needed_others(backdoor_mitigations.build(name))
        for name in ("occlusion", "strip", "i_bau", "beatrix", "abl", "nad", "backbone_agreement")
    ]
    assert needed == [16, 2, 1, None, None, None, None]


def test_without_other_people_plans_and_treatments_are_spelled_as_before() -> None:
    names = ["recall", "plain", "odd"]
    alone, beside = (
        plan(mitigations=names, **more) for more in ({}, {"others": {"faces": OTHERS}})
    )
    assert "others" not in alone.model_dump(mode="json")
    kept = [one for one in beside.treatments() if not one.others]
    for one, other in zip(alone.treatments(), kept, strict=True):
        assert (one.values, one.versions, one.title) == (other.values, other.versions, other.title)
        assert "others" not in one.values
        assert "others" not in one.versions


def test_which_mitigations_have_no_use_for_other_people_is_remarked() -> None:
    names = ["means", "recall", "idle"]
    alone, beside = (
        list(BackdoorKind().remarks(plan(mitigations=names, **more)))
        for more in ({}, {"others": {"faces": OTHERS}})
    )
    (told,) = set(beside) - set(alone)
    assert "of no use to means:" in told
    assert "recall" not in told
    assert "idle" not in told


@pytest.mark.parametrize(
    ("mitigations", "clean", "photos", "complaint"),
    [
        (["means"], [0], [5], r"for means, which has no use for photos of other .*; add 1$"),
        (["plain"], [0], [1], r"clean_photos of 2 or more for plain, .*add 2, or 2 of other peo"),
        (["means", "idle"], [5], [5], "use for photos of other people, got means, idle; add"),
        ([], [5], [5], "use for photos of other people, got none"),
        (["plain"], [5], [1, 40], r"got others\.photos of \[1, 40\]; leave 1 out"),
        (["plain"], [5], [7, 7], r"each of others\.photos once"),
        (["plain"], [5], [0], "greater than or equal to 1"),
        (["plain"], [5], [], "a list that is not empty"),
    ],
)
def test_other_people_that_cannot_be_used_are_refused(
    mitigations: list[str], clean: list[int], photos: list[int], complaint: str
) -> None:
    with pytest.raises(OptionError, match=complaint):
        plan(
            mitigations=mitigations,
            clean_photos=clean,
            others={"faces": OTHERS, "photos": photos},
        )


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
