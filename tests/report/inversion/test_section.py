"""The report's section on inversion: what is said follows from the figures."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceaudit.audit.declared import Declared
from faceaudit.audit.inversion.kind import InversionKind
from faceaudit.audit.limits import parse_limit
from faceaudit.report.inversion.section import SECTION
from faceaudit.report.judging import judge
from faceaudit.report.least_accuracy import of_working_systems
from faceaudit.store import CaseRecord, Store
from report.inversion.samples import identifier_case, template_case

LIMIT = "inversion.success(type=II) > 0.15"


def part(*records: CaseRecord, store: Path | None = None):  # type: ignore[no-untyped-def]
    return SECTION.part(records, Store(str(store or "nowhere")), {})


def threats(*records: CaseRecord, limits: tuple[str, ...] = (LIMIT,), **declared: object):  # type: ignore[no-untyped-def]
    said = Declared(**declared)
    measures = of_working_systems(SECTION.measures(records), said.least_accuracy)
    judged = [judge(parse_limit(one), measures) for one in limits]
    return SECTION.threats(records, judged, said)


def texts(shown) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {one.about: one.text for block in shown.view.blocks for one in block.findings}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{EN DASH}", "-")


def test_the_headline_is_the_strongest_attack_on_unprotected_templates() -> None:
    shown = part(
        template_case("search", 40, access="scores"),
        template_case("white_box", 96),
        template_case("decoder", 99, protection="biohash", key="known"),
    )
    assert plain(shown.headline.title) == "A face rebuilt from a stolen template passes in 96.0 %"
    assert "white box" in shown.headline.detail.lower()
    assert shown.headline.warning == ""


def test_an_attack_that_is_no_better_than_a_look_alike_is_no_finding() -> None:
    shown = part(template_case("search", 35, alike=30, access="scores"))
    assert shown.headline.title == (
        "No rebuilt face was shown to pass more often than a look-alike does"
    )
    assert "1 of 1" in plain(texts(shown)["What held"])
    assert "search" in texts(shown)["What held"]


def test_an_attack_that_beats_look_alikes_is_not_hidden_by_one_that_passes_more_often() -> None:
    shown = part(
        template_case("adapted", 60, alike=60, origin=1), template_case("search", 50, alike=20)
    )
    assert plain(shown.headline.title) == "A face rebuilt from a stolen template passes in 50.0 %"
    shown = part(
        template_case("adapted", 60, alike=60, origin=1),
        template_case("search", 50, alike=20, protection="biohash", key="secret"),
    )
    assert plain(shown.headline.title) == "A face rebuilt from a stolen template passes in 50.0 %"
    assert "of templates kept with BioHash, keys not known" in shown.headline.detail


def test_what_an_attacker_has_is_said_in_full() -> None:
    shown = part(*(template_case("adapted", 60, origin=1, access=one) for one in ("gradients",)))
    said = texts(shown)["A stolen template"]
    assert "templates of deepid 2, and those of own photos by both networks" in said
    assert "and deepid 1 in hand" in said
    shown = part(template_case("adapted", 60, origin=1, access="embeddings"))
    assert "in hand" not in texts(shown)["A stolen template"]


def test_references_of_each_seed_stand_beside_its_attacks() -> None:
    shown = part(template_case(seed=0, alike=10), template_case(seed=1, alike=30))
    for number in (0, 1):
        rows = {row.name: row for row in shown.view.blocks[0].tables[number].rows}
        for seed, share in ((0, 0.1), (1, 0.3)):
            row = rows[f"The most similar face of other people, seed {seed}"]
            assert {cell.estimate.value for cell in row.cells if cell.estimate} == {share}


def test_what_passes_beside_it_is_said() -> None:
    said = {about: plain(text) for about, text in texts(part(template_case())).items()}
    assert "passes as them before deepid 1 in 96.0 %" in said["A stolen template"]
    assert "lets 1 of 1,000 strangers in" in said["A stolen template"]
    assert "the network in hand" in said["A stolen template"]
    assert "800 photos of 200 other people" in said["A stolen template"]
    assert "stolen photo itself passes in 97.0 %" in said["What that is worth"]
    assert "in 30.0 %" in said["What that is worth"]
    assert "70.0 % (60.4-78.1 %) before deepid 2" in said["Other networks"]
    assert "What held" not in said


def test_a_network_that_does_not_recognise_people_gets_a_warning_and_no_verdict() -> None:
    weak = template_case(passed=4, photo=5, alike=0)
    assert "accepts only 5.0 % of real photos" in plain(part(weak).headline.warning)
    (threat,) = threats(weak)
    assert threat.outcome == "inconclusive"
    assert "recognises only" in threat.why


@pytest.mark.parametrize(("passed", "outcome"), [(96, "broken"), (2, "kept"), (15, "inconclusive")])
def test_the_verdict_goes_by_the_limit_on_type_ii(passed: int, outcome: str) -> None:
    limit = "inversion.success(type=II, fmr=0.001) > 0.15"
    (threat,) = threats(template_case(passed=passed), limits=(limit,))
    assert threat.outcome == outcome
    assert threat.subject == "inversion/template"
    assert threat.subjects == ("template_inversion/white_box",)
    assert threat.demonstration
    assert not threats(template_case(source="lfw"), limits=(limit,))[0].demonstration


def test_type_i_alone_breaks_no_limit_on_type_ii() -> None:
    limit = "inversion.success(type=II, fmr=0.001) > 0.15"
    (threat,) = threats(template_case(passed=2), limits=(limit,))
    assert threat.outcome == "kept"
    (other,) = threats(
        template_case(passed=2), limits=("inversion.success(type=I, fmr=0.001) > 0.15",)
    )
    assert other.outcome == "broken"


def test_what_helps_is_said_with_the_rule_that_it_follows_from() -> None:
    protected = [
        template_case("white_box", 0, protection="biohash", key="secret"),
        template_case("white_box", 90, protection="biohash", key="known"),
    ]
    limit = "inversion.success(type=II, fmr=0.001) > 0.15"
    rules = [one.rule for one in threats(template_case(), limits=(limit,))[0].advice]
    assert rules == ["a template is a face", "no protection tried"]
    rules = [one.rule for one in threats(template_case(), *protected, limits=(limit,))[0].advice]
    assert rules == ["a template is a face", "keys apart"]
    rules = [one.rule for one in threats(template_case(passed=1), limits=(limit,))[0].advice]
    assert rules == ["limit kept"]


def test_the_risk_is_the_success_times_the_people_who_are_declared() -> None:
    (threat,) = threats(template_case(passed=50), people=2000)
    (line,) = threat.risk.combined
    assert plain(line.text).startswith("1,000 on average")
    (unknown,) = threats(template_case(passed=50))[0].risk.combined
    assert not unknown.known
    assert "declared: {people" in unknown.text


def test_everything_that_was_tried_is_listed_with_its_outcome() -> None:
    limit = "inversion.success(type=II, fmr=0.001) > 0.15"
    records = (template_case(), template_case("search", 1, access="scores"))
    (threat,) = threats(*records, limits=(limit,))
    assert [(one.name.split(":")[0], one.word) for one in threat.tried] == [
        ("white_box", "passed"),
        ("search", "held"),
    ]


def test_all_cases_failed_is_no_verdict() -> None:
    (threat,) = threats(template_case(error="out of memory"), limits=())
    assert threat.outcome == "none"
    shown = part(template_case(error="out of memory"))
    assert shown.headline.title == "No success of an inversion was measured"
    assert shown.view.failed == (("Inversion by white_box", "out of memory"),)


def test_a_missing_threshold_is_said_and_is_no_zero() -> None:
    shown = part(template_case(missing=True))
    assert texts(shown)["A stolen template"] == "Not measured: too few."
    measures = SECTION.measures([template_case(missing=True)])
    success = [one for one in measures if one.name == "success"]
    assert success
    assert all(one.estimate is None and one.why_none == "too few" for one in success)


def test_measures_have_names_and_labels_that_the_kind_promises_each_once() -> None:
    records = [
        template_case(),
        template_case(seed=1),
        template_case("adapted", origin=1),
        template_case(protection="biohash", key="known"),
        identifier_case(),
    ]
    measures = SECTION.measures(records)
    for one in measures:
        assert set(one.labels) == set(InversionKind.measures[one.name])
    assert {one.name for one in measures} == set(InversionKind.measures)
    assert len({one.title for one in measures}) == len(measures)
    transfer = [one for one in measures if one.name == "transfer"]
    assert {one.labels["network"] for one in transfer} == {"deepid 2"}
    assert any(one.labels["attack"] == "adapted from deepid 2" for one in measures)


def test_tables_have_the_threat_model_and_what_rebuilds_nothing() -> None:
    shown = part(template_case(), template_case("search", 40, access="scores"))
    table = shown.view.blocks[0].tables[0]
    assert [row.name for row in table.rows] == [
        "White box",
        "Search",
        "A face drawn at random",
        "The average face",
        "The most similar face of other people",
        "The stolen photo itself",
    ]
    assert "the network in hand" in table.rows[0].cells[0].note
    assert all(len(row.cells) == len(table.heads) for row in table.rows)
    for block in part(template_case(protection="biohash", key="known")).view.blocks:
        for one in block.tables:
            assert all(len(row.cells) == len(one.heads) for row in one.rows)


def test_what_rebuilds_nothing_is_held_against_the_attacked_networks_own_templates() -> None:
    first = template_case("adapted", 50, origin=1, alike=10)
    shown = part(first, template_case("search", 40, alike=30, access="scores"))
    for number in (0, 1):  # before the attacked network, and before others
        table = shown.view.blocks[0].tables[number]
        (alike,) = (row for row in table.rows if row.name.startswith("The most similar face"))
        values = [cell.estimate.value for cell in alike.cells if cell.estimate is not None]
        assert set(values) == {0.3}, table.title
    assert "never saw" not in plain(texts(shown)["Other networks"])


def test_an_identifier_has_a_threat_a_table_and_words_of_its_own() -> None:
    shown = part(identifier_case())
    said = {about: plain(text) for about, text in texts(shown).items()}
    assert "20 people of the 30" in said["An identifier"]
    assert "pass as the person in 40.0 %" in said["An identifier"]
    assert "1.0 % of faces rebuilt from an identifier that learned nothing" in said["Beside that"]
    limit = "inversion.identifier_success(fmr=0.001) > 0.15"
    (threat,) = threats(identifier_case(), limits=(limit,))
    assert (threat.subject, threat.outcome) == ("inversion/identifier", "broken")
    assert [one.rule for one in threat.advice] == ["an identifier is asked less"]
    both = threats(template_case(), identifier_case(), limits=(LIMIT, limit))
    assert [one.subject for one in both] == ["inversion/template", "inversion/identifier"]
    assert plain(shown.headline.title).endswith("passes elsewhere in 40.0 %")


def test_pictures_stand_in_pairs_with_words_for_those_who_do_not_see_them() -> None:
    content = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), dtype=np.uint8)).save(content, "PNG")
    kept = {
        f"{what}-{place}": content.getvalue()
        for what in ("original", "rebuilt")
        for place in (0, 1)
    }
    (faces,) = part(template_case(pictures=kept)).view.pictures
    assert [one.caption for one in faces.shown] == ["Stolen", "Rebuilt", "Stolen", "Rebuilt"]
    assert len({one.alt for one in faces.shown}) == 4
    assert part(template_case()).view.pictures == ()


def test_a_case_is_one_line() -> None:
    line = SECTION.line(template_case(protection="biohash", key="secret"))
    assert line.title == "Inversion by white_box of biohash, keys not known"
    assert SECTION.line(identifier_case(error="x")).title == (
        "Inversion by gradient of a deepid identifier"
    )
