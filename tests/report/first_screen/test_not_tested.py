from __future__ import annotations

import pytest

from faceaudit.audit import kinds
from faceaudit.audit.membership.kind import MembershipKind
from faceaudit.report.first_screen.not_tested import KINDS_IN_WORDS, WITHOUT_TEST, not_tested
from faceaudit.report.identifiers import subjects
from faceaudit.report.threats import KeyFigure, Threat

EVERY_KIND = {kind.name: {"mitigations": ["any"]} for kind in kinds.KINDS}


def test_what_a_certifier_asks_for_and_faceaudit_lacks_is_said() -> None:
    names = " ".join(one.name for one in not_tested(EVERY_KIND, ()) if not one.possible)
    for word in ("Presentation", "Injected"):
        assert word in names


def test_what_the_plan_leaves_out_is_told_from_what_cannot_be_tested() -> None:
    plan = {"backdoor": {"mitigations": ["strip"]}, "membership": None}
    left = [one for one in not_tested(plan, ()) if one.possible]
    others = [KINDS_IN_WORDS[kind.name][0] for kind in kinds.KINDS if kind.name != "backdoor"]
    assert [one.name for one in left] == others
    assert "the plan has no section membership" in left[0].why
    assert not [one for one in not_tested(EVERY_KIND, ()) if one.possible]


def test_what_a_threat_leaves_out_is_said() -> None:
    threat = Threat(
        "backdoor", "", "none", "", "", "", KeyFigure("", ""), left_out=(("Blended", "a picture"),)
    )
    assert ("Blended", "a picture") in [
        (one.name, one.what) for one in not_tested(EVERY_KIND, [threat])
    ]


def test_a_kind_that_comes_to_test_something_takes_it_off_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Injection(MembershipKind):
        name = "injection"
        title = "Injected video"

    monkeypatch.setattr(
        "faceaudit.report.first_screen.not_tested.KINDS", [*kinds.KINDS, Injection()]
    )
    asked = not_tested({**EVERY_KIND, "injection": {}}, ())
    assert "Injected video" not in [one.name for one in asked]
    left = [one for one in not_tested(EVERY_KIND, ()) if one.name == "Injected video"]
    assert [one.possible for one in left] == [True]


def test_every_kind_has_words_and_every_name_is_used_once() -> None:
    assert set(KINDS_IN_WORDS) == set(EVERY_KIND)
    names = [name for name, _ in (*KINDS_IN_WORDS.values(), *WITHOUT_TEST.values())]
    assert len(set(names)) == len(names)


def test_the_names_are_those_that_identifiers_are_looked_up_by() -> None:
    without = {"injection"}
    assert set(WITHOUT_TEST) - set(subjects()) == without


def test_defenses_are_left_out_only_where_back_doors_are_tried_without_any() -> None:
    def names(backdoor: object) -> list[str]:
        return [one.name for one in not_tested({**EVERY_KIND, "backdoor": backdoor}, ())]

    assert "Defenses" in names({"mitigations": []})
    assert "Defenses" not in names({"mitigations": [{"mitigation": "strip"}]})
    assert "Defenses" not in names(None)
