"""What the first screen says of back doors: the verdict, its figure, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from faceaudit.audit.declared import Declared
from faceaudit.audit.limits import parse_limit
from faceaudit.records.backbone import FileBackboneFacts, PretrainedBackboneFacts
from faceaudit.report.backdoor.section import SECTION
from faceaudit.report.judging import judge
from faceaudit.report.least_accuracy import of_working_systems
from faceaudit.report.numbers import SPACE
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord
from report.backdoor.samples import case, full_audit, pristine_case

LIMIT = "backdoor.success > 0.15"


def threat(cases: Sequence[CaseRecord], *limits: str, declared: Declared | None = None) -> Threat:
    declared = declared or Declared()
    measures = of_working_systems(SECTION.measures(cases), declared.least_accuracy)
    judgements = [judge(parse_limit(text), measures) for text in limits]
    (found,) = SECTION.threats(cases, judgements, declared)
    return found


def trained(
    *hits: int, attack: str = "accessory", tries: int = 57, samples: int = 57, **more: object
) -> list[CaseRecord]:
    return [
        case(attack, samples, seed=seed, success=(hit, tries), null=(0, tries), **more)  # type: ignore[arg-type]
        for seed, hit in enumerate(hits)
    ]


def rules(found: Threat) -> list[str]:
    return [one.rule for one in found.advice]


def plain(text: str) -> str:
    return text.replace(SPACE, " ")


SYSTEMS = [pristine_case(seed=seed) for seed in range(3)]


def test_an_attack_that_breaks_the_limit_is_said_in_plain_words_with_its_figure() -> None:
    found = threat([*SYSTEMS, *trained(55, 56, 57)], LIMIT)
    assert found.outcome == "broken"
    assert found.verdict == "An attacker can get in as somebody else"
    assert found.figure.value == f"98.2{SPACE}%"
    assert "57 poisoned photos of 2,457" in plain(found.figure.of)
    assert "3 trainings" in plain(found.figure.n)
    assert plain(found.figure.limit) == "at most 15 %"
    assert "57 photos" in plain(found.explanation)
    assert "40 people" in found.explanation
    assert found.why == ""


def test_of_attacks_that_break_the_limit_the_one_with_the_fewest_photos_is_shown() -> None:
    cases = [*trained(57, 57, 57), *trained(50, 51, 52, samples=20), *trained(0, 1, 0, samples=5)]
    found = threat([*SYSTEMS, *cases], LIMIT)
    assert "20 poisoned photos" in plain(found.figure.of)
    assert "20 photos were enough" in plain(found.advice[0].text)


def test_one_training_is_inconclusive_and_says_what_to_run() -> None:
    found = threat(full_audit(), LIMIT)
    assert found.outcome == "inconclusive"
    assert "run with seeds: [0, 1, 2]" in found.why
    assert "too few trainings" in rules(found)
    assert "seeds: [0, 1, 2]" in next(
        one.text for one in found.advice if one.rule == "too few trainings"
    )


def test_an_interval_on_both_sides_of_the_limit_is_inconclusive() -> None:
    found = threat([*SYSTEMS, *trained(2, 15, 20)], LIMIT)
    assert found.outcome == "inconclusive"
    assert "both sides" in found.why
    assert rules(found)[-1] == "wide intervals"


def test_a_kept_limit_says_how_high_the_highest_attack_came() -> None:
    cases = [*trained(*[2] * 8, tries=400), *trained(*[1] * 8, tries=400, samples=20)]
    found = threat([*SYSTEMS, *cases], "backdoor.success > 0.3")
    assert found.outcome == "kept"
    assert found.figure.value == f"0.5{SPACE}%"
    assert "Of 2 such attacks" in plain(found.explanation)
    assert rules(found)[-1] == "limit kept"
    assert {one.word for one in found.tried} == {"held"}


@pytest.mark.parametrize(("recognised", "outcome"), [(320, "broken"), (319, "none")])
def test_below_the_least_accuracy_there_is_no_verdict_and_the_reason_is_said(
    recognised: int, outcome: str
) -> None:
    pristine = [pristine_case((recognised, 400), seed=seed) for seed in range(3)]
    found = threat([*pristine, *trained(57, 57, 57)], LIMIT)
    assert found.outcome == outcome
    if outcome == "none":
        assert "declared.least_accuracy" in found.why
        assert "of clean photos are recognised" in found.figure.of
        assert rules(found) == ["a system that works"]
        assert {one.outcome for one in found.tried} == {"none"}
        assert all(line.estimate is None for line in (*found.risk.measured, *found.risk.combined))


def test_the_owner_may_lower_the_least_accuracy() -> None:
    pristine = [pristine_case((200, 400), seed=seed) for seed in range(3)]
    cases = [*pristine, *trained(57, 57, 57)]
    assert threat(cases, LIMIT).outcome == "none"
    assert threat(cases, LIMIT, declared=Declared(least_accuracy=0.4)).outcome == "broken"


def test_without_a_limit_there_is_no_verdict() -> None:
    found = threat([*SYSTEMS, *trained(57, 57, 57)])
    assert found.outcome == "none"
    assert "The plan has no limit" in found.why


def test_a_limit_on_accuracy_decides_nothing_about_the_threat() -> None:
    found = threat([*SYSTEMS, *trained(0, 0, 0)], "backdoor.clean_accuracy < 0.99")
    assert found.outcome == "none"
    assert [one.limit.name for one in found.further] == ["clean_accuracy"]


def test_advice_follows_from_wrong_keys_and_accuracy() -> None:
    opened = threat([*SYSTEMS, *trained(57, 57, 57, wrong=[57, 57, 57])], LIMIT)
    assert "wrong keys open it too" in rules(opened)
    assert "3 of 3 wrong keys" in plain(
        next(one.text for one in opened.advice if one.rule == "wrong keys open it too")
    )
    held = threat([*SYSTEMS, *trained(57, 57, 57)], LIMIT)
    assert "the key is worn" in rules(held)
    picture = threat([*SYSTEMS, *trained(57, 57, 57, attack="blended", wrong=[0, 0, 0, 0])], LIMIT)
    assert "the key is worn" not in rules(picture)
    costly = threat([*SYSTEMS, *trained(57, 57, 57, clean=(200, 400))], LIMIT)
    assert "accuracy does not show it" not in rules(costly)


def test_accuracy_that_stays_is_said_not_to_show_it() -> None:
    cases = trained(57, 57, 57, clean=(3990, 4000), pristine=(3990, 4000))
    assert "accuracy does not show it" in rules(threat([*SYSTEMS, *cases], LIMIT))


def test_one_photo_was_enough_and_two_were() -> None:
    def advised(samples: int) -> str:
        found = threat([*SYSTEMS, *trained(57, 57, 57, samples=samples)], LIMIT)
        return plain(found.advice[0].text)

    assert advised(1).endswith("1 photo was enough.")
    assert advised(2).endswith("2 photos were enough.")


def test_the_network_is_named_from_the_second_on() -> None:
    one = [case("accessory", network="deepid")]
    names = {row.name for row in threat([*one, case("accessory", network="vggface")], LIMIT).tried}
    assert [row.name for row in threat(one, LIMIT).tried] == ["An accessory on the face"]
    assert len(names) == 2
    assert all("(on " in name for name in names)


def test_failed_attacks_stand_in_one_row_and_are_no_success() -> None:
    failed = [case(key=f"key-{n}", error="out of memory") for n in range(3)]
    found = threat([*SYSTEMS, *trained(57, 57, 57), *failed], LIMIT)
    rows = [one for one in found.tried if one.figure == "out of memory"]
    assert [one.word for one in rows] == ["not measured"]
    assert rows[0].name.endswith("and 2 more")


def test_nothing_measured_is_no_verdict() -> None:
    found = threat([*SYSTEMS, case(error="out of memory")], LIMIT)
    assert found.outcome == "none"
    assert found.figure.value == ""
    assert "out of memory" in found.figure.of
    assert (found.why, found.explanation) == ("No attack was measured.", "")
    assert [(one.rule, one.anchor) for one in found.advice] == [("nothing measured", "cases")]
    assert rules(threat(SYSTEMS)) == ["no attack"]


@pytest.mark.parametrize(("seeds", "n"), [((0,), "400 photos"), ((0, 1), "2 trainings")])
def test_an_accuracy_that_is_too_low_says_what_it_rests_on(seeds: tuple[int, ...], n: str) -> None:
    pristine = [pristine_case((200, 400), seed=seed) for seed in seeds]
    found = threat([*pristine, *trained(57, 57, 57)], LIMIT)
    assert plain(found.figure.n) == n


@pytest.mark.parametrize(
    ("attacks", "costly", "said"),
    [
        (("accessory",), 0, "in the attack that worked, it"),
        (("accessory", "blended"), 0, "in all 2 attacks that worked, it"),
        (("accessory", "blended"), 1, "in 1 of 2 attacks that worked, it"),
    ],
)
def test_in_how_many_attacks_accuracy_stayed_is_said_as_a_person_would(
    attacks: tuple[str, ...], costly: int, said: str
) -> None:
    cases = []
    for place, attack in enumerate(attacks):
        clean = (200, 400) if place < costly else (3990, 4000)
        pristine = (3990, 4000)
        cases += trained(57, 57, 57, attack=attack, clean=clean, pristine=pristine)
    found = threat([*SYSTEMS, *cases], LIMIT)
    (text,) = [one.text for one in found.advice if one.rule == "accuracy does not show it"]
    assert said in plain(text)


def test_the_risk_statement_combines_success_with_what_is_declared() -> None:
    declared = Declared(attempts=20, protects="the server room")
    found = threat([*SYSTEMS, *trained(57, 57, 57)], LIMIT, declared=declared)
    combined = [f"{line.name} {line.text}" for line in found.risk.combined]
    assert plain(combined[0]).startswith(
        "With the right key: wrong openings in 10,000 tries 10,000 on average"
    )
    assert plain(combined[1]).startswith(
        "With the right key: wrong openings a day, of 20 tries 20 on average"
    )
    assert "Who gets in can reach: the server room." in found.explanation


def test_copies_of_one_photo_in_one_training_have_no_interval_in_the_risk_either() -> None:
    def copies(seeds: int) -> Threat:
        cases = [
            case("input_instance", seed=n, success=(21, 21), copies=True) for n in range(seeds)
        ]
        return threat([*SYSTEMS, *cases], LIMIT)

    one, three = copies(1), copies(3)
    assert one.figure.interval == "no interval: copies of one photo"
    assert not any("interval" in line.text for line in one.risk.measured)
    assert {line.estimate for line in one.risk.combined} == {None}
    assert all("interval" in line.text for line in three.risk.measured)
    assert all(line.estimate for line in three.risk.combined if line.known)
    assert any(line.known for line in three.risk.combined)


def test_a_demonstration_is_synthetic_people_and_networks_of_ours() -> None:
    own = PretrainedBackboneFacts(
        source="synthetic",
        people=9,
        photos=90,
        epochs=1,
        validation_photos=9,
        validation_accuracy=0.9,
    )
    theirs = FileBackboneFacts(file="a.pt", sha256="0" * 64, format=None)
    assert threat(trained(57), LIMIT).demonstration
    assert threat(trained(57, backbone=own), LIMIT).demonstration
    assert not threat(trained(57, backbone=theirs), LIMIT).demonstration
    assert not threat(trained(57, source="lfw"), LIMIT).demonstration


def test_attacks_that_the_plan_leaves_out_are_named() -> None:
    names = [name for name, _ in threat(trained(57), LIMIT).left_out]
    assert names == [
        *("One face as the key", "A picture blended in", "An accessory, trained faint"),
        *("An accessory on the target's own photos", "Makeup"),
        *("A colour of the skin or of the light", "An object worn on the head"),
    ]
