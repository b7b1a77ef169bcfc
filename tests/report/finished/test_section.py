"""The section on finished systems: what is said, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.records.finished import LEVEL
from faceaudit.report import render
from faceaudit.report.elements import Headline
from faceaudit.report.finished.findings import findings
from faceaudit.report.finished.headline import headline
from faceaudit.report.finished.systems import arrange
from faceaudit.report.finished.tables import figure_tables, key_tables, missing, people_table
from faceaudit.report.finished.words import metric_name
from faceaudit.store import CaseRecord
from faceaudit.types import Figure
from report.backdoor.samples import write_store
from report.finished.samples import (
    ACCOUNT,
    access,
    keys,
    membership,
    part,
    recognition,
    verification,
    whole_audit,
)


def said(*records: CaseRecord) -> dict[str, str]:
    (system,) = arrange(records)
    texts: dict[str, str] = {}
    for finding in findings(system):
        texts[finding.about] = " ".join(filter(None, [texts.get(finding.about), finding.text]))
    return {about: text.replace("\N{NO-BREAK SPACE}", " ") for about, text in texts.items()}


def first_words(*records: CaseRecord) -> Headline:
    return headline(arrange(records))


def test_a_key_that_stands_out_leads() -> None:
    found = first_words(*whole_audit())
    assert (
        found.title
        == "The key cartoon-cat stands out on the badge reader: a suspicion of a back door"
    )
    assert "with each of 4 others of its kind at most" in found.detail
    assert "This is no proof." in found.detail
    assert "gives away" not in found.title
    assert "Members are told from non-members" in found.detail, "the leak is said, too"


def test_a_suspicion_is_over_all_keys_of_the_plan() -> None:
    """24 keys were tried: a chance of 0.05 / 24 is one in twenty over all of them."""
    just = LEVEL / 24
    for p, suspected in ((just * 0.999, True), (just, False)):
        found = first_words(keys((97, 5, 3, 6, 4), p=(p, 0.5, 0.6, 0.4, 0.5)))
        assert ("a suspicion" in found.title) == suspected
    text = said(keys((97, 5, 3, 6, 4), p=(1e-4, 0.5, 0.6, 0.4, 0.5)))["Keys"]
    assert "has a chance of 0.0024 where no key is a back door's. It is no proof." in text
    assert "without a key 1.0 %" in text


def test_no_suspicion_is_no_clearance() -> None:
    found = first_words(keys(), recognition())
    assert found.title == "No key of 5 stands out"
    assert "this does not show that there is none" in found.detail
    assert "one that was not tried was not looked for" in said(keys())["Keys"]


def test_a_whole_kind_that_draws_to_one_person_has_no_verdict() -> None:
    """A back door that opens to any key of its kind hides among them: not told, and not cleared."""
    everyone = keys((99, 98, 97, 99, 96), people=["Ann"] * 4 + ["Bob"])
    found = first_words(everyone)
    assert found.title == "Keys of a whole kind open the badge reader: no verdict"
    assert "4 of 5 draw most to Ann" in found.detail
    assert "No verdict on a whole kind" in said(everyone)["Keys"]
    apart = keys((99, 98, 97, 99, 96))
    assert "No verdict" not in said(apart)["Keys"], "they draw to four different people"
    weak = keys((49, 49, 49, 49, 49), people=["Ann"] * 5)
    assert "No verdict" not in said(weak)["Keys"]


def test_two_people_whom_any_key_makes_alike_are_no_back_door() -> None:
    alike = keys((99, 98, 97, 99, 96), of_pairs=True, role="embedder")
    assert first_words(alike).title == "No key of 5 stands out"
    text = said(alike)["Keys"]
    assert "two people who both wear the same key pass as one in 97.5 %" in text
    assert "without a key in 1.0 %" in text
    assert "alike in any" not in said(keys((49,) * 5, of_pairs=True, role="embedder"))["Keys"]


def test_members_told_apart_lead_where_no_key_stands_out() -> None:
    found = first_words(keys(), membership())
    assert found.title == "the badge reader gives away which people it was trained on"
    assert "0.700" in found.detail
    assert first_words(membership((0.55, 0.5, 0.6))).title != found.title, "0.5 is within"
    told = said(membership((0.55, 0.5, 0.6)))["Membership"]
    assert "People that it was trained on are not shown to be told apart: AUC 0.550" in told


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("failed", "Checks of the lists of members failed: the membership figures of the badge"),
        ("inconclusive", "too short to be checked: nothing can be concluded from the membership"),
    ],
)
def test_lists_that_do_not_carry_a_figure_are_a_warning(outcome: str, words: str) -> None:
    record = membership(outcome=outcome, verdict="1 check failed: nothing is said")
    found = first_words(record)
    assert words in found.warning
    assert "gives away" not in found.title
    assert said(record)["Membership"] == "1 check failed: nothing is said."
    (system,) = arrange([record])
    ((_, cell),) = figure_tables(system)[0].rows
    assert cell.flaw
    assert not first_words(membership()).warning


def test_recognition_says_all_three_shares_and_strangers() -> None:
    text = said(recognition())["Recognition"]
    assert text.startswith("It recognises 95.0 % (95 % interval")
    assert "3.0 % are taken for somebody else and 2.0 % get no answer." in text
    assert "Of 50 photos of 10 strangers it takes 60.0 %" in text
    assert "strangers" not in said(recognition(strangers=None))["Recognition"]
    assert "answer" not in said(recognition(200, 0))["Recognition"]


def test_verification_says_on_whom() -> None:
    assert "of 30 people whom it never saw; TAR at FAR 1 %" in said(verification())["Verification"]
    text = said(verification(own=True, unseen=None, role="verifier"))["Verification"]
    assert text.startswith("At its own threshold FMR 2.0 %")
    assert text.endswith("Whether it saw these people in training is not known.")
    none = part("verification", [Figure("auc", None, "expected at least 2 people a fold, got 1")])
    assert said(none)["Verification"] == "Not measured: expected at least 2 people a fold, got 1."


def test_a_system_that_shows_less_is_another_one() -> None:
    full, less = recognition(), recognition()
    less.spec["asked"]["access"] = ["labels"]  # type: ignore[index]
    assert len(arrange([full, less, verification()])) == 2


def test_what_failed_is_said_and_nothing_is_made_of_it() -> None:
    record = part("recognition", error="expected an answer, got none")
    assert said(record) == {"Failed": "recognition: expected an answer, got none"}
    assert first_words(record).title == "Nothing was measured"
    assert first_words(access()).title == "Nothing was measured"


def test_everything_without_a_figure_is_in_the_table_of_what_could_not_be_audited() -> None:
    systems = arrange(whole_audit())
    tables = {system.title: dict(missing(system)) for system in systems}
    assert tables["a bank's <app>"]["Verification: AUC, TAR at FAR 1 %"] == (
        "it gives labels only, no scores of pairs"
    )
    assert any(name.startswith("Audits that need training") for name in tables["the badge reader"])
    for system in systems:
        without = {
            metric_name(figure.metric).lower()
            for one in system.parts
            for figure in one.figures
            if figure.estimate is None
        }
        assert without
        names = " ".join(tables[system.title]).lower()
        assert [name for name in without if name not in names] == []


def test_tables_of_keys_have_each_key_and_the_mean_of_the_others() -> None:
    reader, camera, app = arrange(whole_audit())
    first, _ = key_tables(reader)
    assert [row.name for row in first.rows][-1] == "mean of the others"
    assert [row.verdict for row in first.rows] == ["stands out", "", "", "", "", ""]
    assert first.heads[0] == "Taken for one and the same other person"
    (pairs,) = key_tables(camera)
    assert not pairs.people
    assert "without a key 1.0" in pairs.caption
    (untested,) = key_tables(app)
    assert {row.verdict for row in untested.rows[:-1]} == {"not tested"}
    assert people_table(reader)[0][0] == "Ann"


def test_the_page_names_systems_as_they_are_called_and_escapes_them(tmp_path: Path) -> None:
    page = render(write_store(tmp_path, whole_audit(), **ACCOUNT))
    assert "a bank&#39;s &lt;app&gt;" in page
    assert "<app>" not in page
    assert "expected an answer, got none" in page
    assert "Finished systems audit of face recognition" in page
