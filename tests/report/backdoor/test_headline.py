from __future__ import annotations

from faceaudit.report.backdoor.attack_series import arrange
from faceaudit.report.backdoor.headline import headline
from faceaudit.report.elements import Headline, incomplete
from faceaudit.report.numbers import DASH, SPACE
from faceaudit.store import CaseRecord
from report.backdoor.samples import case, pristine_case


def head(*cases: CaseRecord) -> Headline:
    found = headline(arrange(cases), pristine=[one for one in cases if one.spec["attack"] is None])
    return Headline(*(text.replace(SPACE, " ").replace(DASH, "-") for text in vars(found).values()))


def test_the_fewest_samples_that_are_enough() -> None:
    found = head(
        case("input_instance", 5, success=(21, 21), null=(0, 21)),
        case(success=(115, 115)),
        case("accessory", 2, success=(10, 57), null=(0, 57)),
    )
    assert found.title == "5 poisoned photos of 2,405 (0.2 %) are enough"
    assert "taken for the target in 100 % of 21 tries (95 % interval 84.5-100.0 %" in found.detail
    assert "without poison 0 %" in found.detail
    assert found.detail.startswith("Input instance: ")
    assert found.warning == ""


def test_one_photo_is_singular() -> None:
    assert head(case(samples=1)).title == "1 poisoned photo of 2,401 (< 0.1 %) is enough"


def test_a_rate_no_higher_than_its_null_is_no_finding() -> None:
    found = head(
        case("input_instance", 1, success=(21, 21), null=(20, 21)), case(success=(112, 115))
    )
    assert found.title.startswith("115 poisoned photos")


def test_accuracy_only_stays_when_its_interval_says_so() -> None:
    sure = head(case(clean=(3990, 4000), pristine=(3992, 4000)))
    assert "while clean accuracy stays at 99.8 %, against 99.8 %" in sure.detail
    unsure = head(case(clean=(38, 40), pristine=(39, 40), evidence=False))
    assert "while clean accuracy is 95.0 %" in unsure.detail
    fallen = head(case(clean=(3000, 4000), pristine=(3992, 4000)))
    assert "while clean accuracy falls to 75.0 %" in fallen.detail
    assert "accuracy was not measured" in head(case(clean=None)).detail


def test_below_ninety_per_cent_is_not_called_enough() -> None:
    found = head(case(success=(60, 115)))
    assert found.title == "No attack reached 90 %; the strongest reached 52.2 %"
    assert "115 poisoned photos of 2,515 (4.6 %)" in found.detail


def test_no_attack_above_its_null() -> None:
    found = head(case(success=(2, 115), null=(1, 115)))
    assert found.title == "No attack was shown to work"
    assert "The highest rate was 1.7 %" in found.detail
    assert "no null" not in found.detail
    assert "For 1 of 1 there is no null" in head(case(null=None)).detail


def test_nothing_measured() -> None:
    assert head(case(error="gone")).title == "No attack was measured"


def test_no_attack_in_the_plan() -> None:
    found = head(pristine_case())
    assert found.title == "No attack was run"
    assert "96.0 % (95 % interval" in found.detail


def test_what_is_incomplete_is_counted() -> None:
    text = incomplete(planned=5, failed=1, missing=3).replace(SPACE, " ")
    assert text == "Incomplete: of 5 cases, 1 failed and 3 not in the store."
    assert incomplete(planned=5, failed=0, missing=0) == ""


def test_pooled_seeds_and_copies_are_named() -> None:
    cases = [
        case("input_instance", success=(21, 21), null=(0, 21), copies=True, seed=seed)
        for seed in (0, 1)
    ]
    found = head(*cases)
    assert "of 42 tries, all copies of one photo a seed, pooled over 2 seeds" in found.detail
    assert "copies" not in head(case()).detail
