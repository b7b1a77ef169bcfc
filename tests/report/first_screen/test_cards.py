"""The first screen of whole stores: its sentence, its cards and what they go by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faceaudit.audit import kinds
from faceaudit.report import render
from faceaudit.report.backdoor.section import SECTION as BACKDOOR
from faceaudit.report.elements import Headline
from faceaudit.report.finished.section import FinishedSection
from faceaudit.report.first_screen import FirstScreen, KindCases, first_screen, of
from faceaudit.report.first_screen.cards import _verdict
from faceaudit.report.section import CaseLine, Part, Section
from faceaudit.report.threats import KeyFigure, Outcome, Threat
from faceaudit.store import CaseRecord
from report.backdoor.samples import account, case, pristine_case, write_store
from report.finished.samples import whole_audit
from report.membership.samples import membership_case

PLAN = account([])["plan"]
BROKEN = [case("accessory", seed=seed, success=(57, 57), null=(0, 57)) for seed in range(3)]
LEAK = membership_case("none", adaptive=0.70)


def screen(folder: Path, cases: Sequence[CaseRecord], **plan: Any) -> FirstScreen:
    return of(store_of(folder, cases, **plan))


def store_of(folder: Path, cases: Sequence[CaseRecord], **plan: Any):  # type: ignore[no-untyped-def]
    sections = {**account([])["sections"], "membership": {}, "finished": {}}
    kept = {**PLAN, **{str(one.spec["kind"]): {} for one in cases}, **plan}
    return write_store(folder, cases, plan=kept, sections=sections)


def test_there_is_a_card_a_threat_in_the_order_of_the_kinds(tmp_path: Path) -> None:
    found = screen(tmp_path, [*whole_audit(), LEAK, *BROKEN])
    assert [card.id for card in found.cards] == [
        "threat-backdoor",
        "threat-membership",
        "threat-finished-keys",
        "threat-finished-membership",
    ]
    assert found.date == "22 November 2026, 04:00 UTC"
    assert "DeepID" in found.system[0]


def test_the_sentence_has_all_that_is_broken_and_then_what_is_open(tmp_path: Path) -> None:
    both = screen(tmp_path / "both", [*BROKEN, LEAK])
    assert both.verdict == (
        "An attacker can get in as somebody else, and outsiders can tell whose photos trained the "
        "system"
    )
    one = screen(tmp_path / "one", [case(), LEAK])
    assert one.verdict == (
        "Outsiders can tell whose photos trained the system; another threat is not decided"
    )
    kept = screen(tmp_path / "kept", [LEAK], limits=["membership.auc > 0.9"])
    assert kept.verdict.startswith("No attack told whose photos trained the system")


def test_the_sentence_says_two_threats_and_counts_the_others() -> None:
    def threat(outcome: Outcome, clause: str) -> Threat:
        return Threat("linkage", clause, outcome, clause, "", "", KeyFigure("", ""))

    four = [threat("broken", f"there is {one}") for one in "abcd"]
    open_ = [threat("inconclusive", "whether there is e"), threat("none", "whether there is f")]
    assert _verdict(four[:2]) == "There is a, and there is b"
    assert _verdict(four[:3]) == "There is a, and there is b; another threat is shown"
    assert _verdict([*four, *open_]) == (
        "There is a, and there is b; 2 other threats are shown and 2 other threats are not decided"
    )
    kept = [threat("kept", f"no {one} was shown") for one in "abc"]
    assert _verdict(kept) == "No a was shown, and no b was shown; 1 more below"


def test_without_limits_of_its_own_a_plan_goes_by_defaults_with_reason(tmp_path: Path) -> None:
    (line,) = screen(tmp_path / "default", BROKEN).cards[0].limits
    assert (line.text, line.default, line.outcome) == ("backdoor.success > 0.15", True, "broken")
    assert line.why
    assert "NIST" in line.source
    assert line.url.startswith("https://")
    (own,) = screen(tmp_path / "own", BROKEN, limits=["backdoor.success > 0.99"]).cards[0].limits
    assert (own.default, own.why, own.source) == (False, "", "")


def test_the_words_of_a_card_follow_from_the_limit_alone(tmp_path: Path) -> None:
    outcomes = {
        limit: screen(tmp_path / str(number), BROKEN, limits=[limit]).cards[0].outcome
        for number, limit in enumerate(
            ("backdoor.success > 0.1", "backdoor.success > 0.9", "backdoor.success > 1")
        )
    }
    assert list(outcomes.values()) == ["broken", "inconclusive", "kept"]


def test_a_limit_that_speaks_of_nothing_stands_on_the_card_with_the_reason(tmp_path: Path) -> None:
    card = screen(tmp_path, BROKEN, limits=["backdoor.success(attack=blended) > 0.1"]).cards[0]
    assert card.outcome == "inconclusive"
    assert "expected a value of 'attack'" in card.limits[0].note
    assert "backdoor.success(attack=blended)" in card.why


def test_a_default_limit_on_what_was_not_run_blames_nobody(tmp_path: Path) -> None:
    (line,) = screen(tmp_path, [pristine_case()]).cards[0].limits
    assert (line.default, line.note) == (True, "nothing that it speaks of was measured")


def test_what_failed_throughout_tested_nothing_that_the_act_names(tmp_path: Path) -> None:
    def tested(name: str, cases: Sequence[CaseRecord], **plan: Any) -> set[str]:
        return {one.word for one in screen(tmp_path / name, cases, **plan).coverage if one.subjects}

    failed = [case(error="out of memory", seed=seed) for seed in range(3)]
    assert tested("failed", failed) == set()
    assert tested("other", [*failed, LEAK]) == {"confidentiality attacks"}
    assert "data poisoning" in tested("measured", BROKEN)
    poor = [pristine_case((200, 400), seed=seed) for seed in range(3)]
    assert "data poisoning" in tested("poor", [*BROKEN, *poor]), "attacks were run"
    assert tested("untried", poor) == set()
    assert tested("limits", BROKEN, limits=[]) == tested("measured", BROKEN)


def test_limits_that_do_not_decide_stand_there_and_say_so(tmp_path: Path) -> None:
    limits = ["backdoor.success > 0.1", "backdoor.clean_accuracy < 0.9999"]
    cases = [*BROKEN, *(pristine_case(seed=seed) for seed in range(3))]
    card = screen(tmp_path, cases, limits=limits).cards[0]
    assert [line.decides for line in card.limits] == [True, False]


def test_below_the_least_accuracy_of_the_plan_there_is_no_verdict(tmp_path: Path) -> None:
    cases = [*BROKEN, *(pristine_case((360, 400), seed=seed) for seed in range(3))]
    at = screen(tmp_path / "at", cases, declared={"least_accuracy": 0.9})
    below = screen(tmp_path / "below", cases, declared={"least_accuracy": 0.91})
    assert [at.cards[0].word, below.cards[0].word] == ["limit broken", "no verdict"]
    assert below.verdict.startswith("There is no verdict")


def test_the_badge_is_for_synthetic_people_and_systems_of_ours_alone(tmp_path: Path) -> None:
    assert screen(tmp_path / "demo", BROKEN).demonstration
    assert not screen(tmp_path / "real", [case(source="lfw")]).demonstration
    assert not screen(tmp_path / "mixed", [*BROKEN, LEAK]).demonstration
    assert not screen(tmp_path / "finished", whole_audit()).demonstration


def test_identifiers_are_those_of_what_was_tried_each_once(tmp_path: Path) -> None:
    card = screen(tmp_path, [case("input_instance"), *BROKEN, case("blended")]).cards[0]
    assert "AML.T0020" in [one.id for one in card.identifiers]
    (poisoning,) = [one for one in card.identifiers if one.id == "NISTAML.023"]
    assert poisoning.fit == "exact", "as for blended; it is near for one face as the key"
    labels = [(one.scheme, one.label) for one in card.identifiers]
    assert len(set(labels)) == len(labels)
    missing = {one.scheme for one in card.identifiers if one.fit == "none"}
    assert missing, "a digital key is no IAPAR"
    assert missing.isdisjoint(one.scheme for one in card.identifiers if one.fit != "none")
    for one in card.identifiers:
        if one.fit == "none":
            assert [other.scheme for other in card.identifiers].count(one.scheme) == 1


def test_a_store_without_a_case_says_that_nothing_was_measured(tmp_path: Path) -> None:
    found = screen(tmp_path, [])
    assert found.verdict == "Nothing was measured"
    assert found.cards == ()
    assert not found.demonstration


class Plain(Section):
    """A section without threats, as that of a kind of somebody else's may be."""

    navigation = ()

    def part(self, records: object, store: object, run: object) -> Part:
        raise NotImplementedError

    def line(self, record: CaseRecord) -> CaseLine:
        raise NotImplementedError


def test_a_kind_without_threats_is_said_by_its_headline() -> None:
    part = Part(Headline("3 photos have no colour", "All channels are equal."), view=())
    found = first_screen(account([]), [KindCases(kinds.KINDS[0], Plain(), part, [case()])])
    assert found.verdict == "3 photos have no colour"
    assert found.others == (("3 photos have no colour", "All channels are equal."),)
    assert found.cards == ()


def test_a_kind_without_threats_stands_beside_cards() -> None:
    part = Part(Headline("3 photos have no colour", "All channels are equal."), view=())
    other = KindCases(kinds.KINDS[1], Plain(), part, [LEAK])
    headline = replace(part, headline=Headline("An attack works", "In detail."))
    found = first_screen(
        account([]), [KindCases(kinds.KINDS[0], BACKDOOR, headline, BROKEN), other]
    )
    assert found.verdict == "An attacker can get in as somebody else"
    assert found.others[0][0] == "3 photos have no colour"
    assert found.cards[0].detail == "An attack works. In detail."


def test_a_section_has_no_threats_unless_it_says_so() -> None:
    assert Section.threats is not FinishedSection.threats
    assert list(Plain().threats([], [], None)) == []  # type: ignore[arg-type]


# the page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    cases = [*BROKEN, LEAK, *whole_audit()]
    return render(store_of(tmp_path_factory.mktemp("page"), cases, declared={"people": 500}))


def test_every_link_of_a_card_leads_to_a_place_of_the_page(page: str) -> None:
    top = page.partition("</header>")[0]
    wanted = set(re.findall(r'href="#([^"]+)"', top.partition('class="cards"')[2]))
    ids = set(re.findall(r' id="([^"]+)"', page))
    assert wanted
    assert wanted <= ids
    assert {"threat-backdoor", "threat-finished-keys", "not-tested"} <= ids


def test_cards_stand_before_everything_else(page: str) -> None:
    assert page.index('id="threat-backdoor"') < page.index("<nav") < page.index("<main")


def test_names_are_escaped(page: str) -> None:
    assert "a bank&#39;s &lt;app&gt;" in page.partition("</header>")[0]
    assert "<app>" not in page


def test_severity_is_a_word_and_a_shape_and_no_colour_alone(page: str) -> None:
    cards = re.findall(r'<section class="card.*?</section>', page, flags=re.S)
    assert len(cards) == 4
    for card in cards:
        chip = re.search(r'class="severity">(.*?)</span></span>', card, flags=re.S)
        assert chip is not None
        assert "<svg" in chip[1]
        assert re.search(r"<span>(limit broken|limit kept|inconclusive|no verdict)$", chip[1])


def test_the_same_values_are_on_the_page_and_in_the_cards(tmp_path: Path) -> None:
    store = store_of(tmp_path, [*BROKEN, LEAK])
    text = render(store)
    for card in of(store).cards:
        assert f"<strong>{card.figure.value}</strong>" in text
        assert card.verdict in text
