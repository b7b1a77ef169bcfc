from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from faceaudit.audit.results import result_rows
from faceaudit.records.membership import CheckFacts
from faceaudit.report import render
from faceaudit.report.membership.measures import membership_measures
from faceaudit.store import CaseRecord, Store
from report.backdoor.samples import case, full_audit, write_store
from report.membership.samples import (
    ACCOUNT,
    OVERLAP,
    flawed_case,
    membership_audit,
    membership_case,
)
from report.test_page import HOSTILE, Page

ASKING: dict[str, Any] = {
    "plan": {"title": "FaceBone", "seeds": [0], "membership": {"compare_published": True}}
}
"""An account of a plan that asks for published figures."""


def rendered(folder: Path, *cases: CaseRecord, **run: Any) -> Page:
    return Page(render(write_store(folder, cases, **{**ACCOUNT, **run})))


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Store]:
    folder = tmp_path_factory.mktemp("membership")
    return {
        "membership": write_store(folder / "membership", membership_audit(), **ACCOUNT),
        "both": write_store(folder / "both", [*full_audit(), *membership_audit()]),
    }


@pytest.fixture(scope="module")
def pages(stores: dict[str, Store]) -> dict[str, Page]:
    return {name: Page(render(store)) for name, store in stores.items()}


@pytest.fixture(params=["membership", "both"])
def page(request: pytest.FixtureRequest, pages: dict[str, Page]) -> Page:
    return pages[request.param]


# form


def test_ids_are_unique_and_every_anchor_has_one(page: Page) -> None:
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    links = (one.attributes["href"] for one in page.all("a", "use"))
    wanted = {link[1:] for link in links if link.startswith("#")}
    for name in ("aria-labelledby", "aria-describedby"):
        wanted |= {one.attributes[name] for one in page.elements if name in one.attributes}
    assert wanted <= set(ids)


def test_every_measure_leads_to_a_place_of_the_page(page: Page) -> None:
    ids = {one.attributes.get("id") for one in page.elements}
    anchors = {one.anchor for one in membership_measures(membership_audit())}
    assert "membership-none-rigorous-seed-0" in anchors
    assert anchors <= ids


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    steps = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert steps[0] == 1
    assert steps.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(steps))
    titles = [heading.text for heading in page.all("h2")]
    assert len(titles) == len(set(titles))


def test_tables_and_their_regions_have_names_of_their_own(page: Page) -> None:
    captions = [caption.text for caption in page.all("caption")]
    assert len(page.all("table")) == len(captions) == len(set(captions))
    assert all(head.attributes.get("scope") for head in page.all("th"))
    regions = [one for one in page.elements if one.attributes.get("role") == "region"]
    names = [one.attributes["aria-label"] for one in regions]
    assert len(set(names)) == len(names)
    assert all(one.attributes["tabindex"] == "0" for one in regions)


def test_nothing_is_loaded_from_elsewhere(page: Page) -> None:
    assert not page.all("script", "link", "iframe", "object", "embed", "base", "form")
    for element in page.elements:
        for name, value in element.attributes.items():
            if name in {"src", "srcset", "poster", "xlink:href"}:
                assert value.startswith("data:")
            if name == "href" and element.tag != "a":
                assert value.startswith("#")


def test_every_chart_has_words(page: Page) -> None:
    charts = [one for one in page.all("svg") if one.attributes.get("aria-hidden") != "true"]
    assert all(chart.attributes["role"] == "img" for chart in charts)
    titles = [title.text for title in page.all("title") if "svg" in title.parents]
    assert len(titles) == len(charts)
    assert "Accuracy against leak, one point a mitigation" in titles


def test_the_same_store_gives_the_same_page(stores: dict[str, Store]) -> None:
    assert render(stores["membership"]) == render(stores["membership"])


# content


def test_a_membership_audit_alone_reads_as_one(pages: dict[str, Page]) -> None:
    page = pages["membership"]
    assert "Membership audit of face recognition" in page.text
    assert "Take SELENA." in page.text
    own = page.text[page.text.index("What the verifiers give away") :]
    own = own[: own.index("What was run")]
    for word in ("poison", "Backdoor", "Training curves", "attacker slipped", "No attack was run"):
        assert word not in own, word
    assert "mobilefacenet_y1 and mobilefacenet_casia · lfw faces · 1,234 people" in page.text
    assert "Epsilon8" in page.text.replace(" ", "")


def test_both_audits_stand_side_by_side(pages: dict[str, Page], page: Page) -> None:
    both = pages["both"]
    assert "Backdoor and membership audit of face recognition" in both.text
    assert "Take SELENA." in both.text
    assert "Incomplete: of 25 cases, 1 failed." in both.text
    assert "Samples needed" in both.text
    assert "lfw): the figures stand" not in both.text


def test_a_backdoor_audit_alone_has_no_word_of_membership(tmp_path: Path) -> None:
    page = Page(render(write_store(tmp_path, [case()])))
    assert "Backdoor audit of face recognition" in page.text
    assert "membership" not in page.text.partition("was not tested")[0].lower()
    assert "FaceBone" not in page.text
    ids = {one.attributes.get("id", "") for one in page.elements}
    assert not ids & {"leak", "recommendation", "pictures", "records", "overlap", "membership"}


def test_what_failed_comes_first(page: Page) -> None:
    text = page.text
    warning = "Not to be relied on: 3 of 9 evaluations."
    assert text.index(warning) < text.index(page.all("h1")[0].text)
    section = text[text.index("What the verifiers give away") :]
    assert section.index("450 people are in both lists") < section.index("All 3 passed")


def test_a_figure_that_failed_is_struck_and_says_so(page: Page) -> None:
    struck = page.all("s")
    rows = [row.text for row in page.all("tr") if "450 people are in both lists" in row.text]
    assert len(struck) > 50
    assert rows
    assert all("not to be relied on" in row for row in rows)
    reported = [row.text for row in page.all("tr") if row.text.startswith("Attack accuracy")]
    assert any("83.0 % not to be relied on" in " ".join(row.split()) for row in spaced(reported))


def spaced(rows: list[str]) -> list[str]:
    return [row.replace("not to be", " not to be") for row in rows]


def test_reported_beside_as_published_beside_rigorous(page: Page) -> None:
    table = next(one for one in page.all("table") if "figures as reported" in one.text)
    assert [head.text for head in page.all("th") if head.text in table.text][:1]
    for figure in ("86.0 %", "89.0 %", "97.0 %", "82.0 %", "80.0 %", "50.0 %"):
        assert figure in table.text
    assert "attack, as users ask, scored on what it learned from" in table.text
    assert "FaceBone\N{RIGHT SINGLE QUOTATION MARK}s attack" in table.text
    assert "not met: measured 82.0 %" in page.text


def test_published_figures_stand_where_they_are_asked_for_alone(tmp_path: Path) -> None:
    cases = [membership_case("none"), membership_case()]
    for name, run, shown in (("asked", ASKING, True), ("not", {}, False)):
        page = rendered(tmp_path / name, *cases, **run)
        assert ("FaceBone: reported and measured" in page.text) is shown
        assert ("97.0 %" in page.text) is shown


def test_figures_of_several_seeds_are_told_apart(tmp_path: Path) -> None:
    page = rendered(tmp_path, flawed_case(), flawed_case(seed=1))
    table = next(one for one in page.all("table") if "figures as reported" in one.text)
    for seed in (0, 1):  # accuracy, attack accuracy, and the share of members
        assert table.text.count(f", seed {seed}") == 3


def test_what_was_not_run_has_no_column_and_names_the_command(tmp_path: Path) -> None:
    page = rendered(tmp_path, membership_case("none"), membership_case(), **ASKING)
    assert "As published" not in [head.text for head in page.all("th")]
    command = "was not run: try faceaudit run facebone-as-published"
    assert page.text.count(command) == 1
    published = rendered(tmp_path / "published", flawed_case("none"), flawed_case())
    assert "Rigorous" not in [head.text for head in published.all("th")]
    assert "not run" not in published.text
    assert "No recommendation: no evaluation is valid." in published.text


def test_without_facebone_its_figures_are_no_table(tmp_path: Path) -> None:
    page = rendered(tmp_path, membership_case("none"), membership_case("selena"), **ASKING)
    assert "reported and measured" not in page.text
    assert "Using what is known of the mitigation" not in page.text


def test_a_rate_that_was_not_asked_for_has_no_column(tmp_path: Path) -> None:
    record = membership_case("none")
    bare = tuple(figure for figure in record.figures if "tpr" not in figure.metric)
    page = rendered(tmp_path, replace(record, figures=bare))
    tables = [one.text for one in page.all("table") if "each attack" in one.text]
    strongest = [one.text for one in page.all("table") if "Strongest attack by" in one.text]
    assert tables
    assert len(strongest) == 1
    assert not any("TPR" in text for text in tables + strongest)


def test_no_mark_shows_an_exact_leak(tmp_path: Path) -> None:
    naming = membership_case("distance_threshold", named=32)
    page = rendered(tmp_path, membership_case("none"), naming)
    assert "No mark shows an exact leak: Released scores name training pairs" in page.text
    fine = rendered(tmp_path / "fine", membership_case("none"), membership_case("selena"))
    assert "No mark shows" not in fine.text


def test_the_strongest_attack_of_each_level_stands_below_the_findings(page: Page) -> None:
    tables = [one.text for one in page.all("table") if "Strongest attack by level" in one.text]
    assert len(tables) == 6  # three evaluations failed a check
    selena = next(text for text in tables if "SELENA" in text)
    assert selena.index("People") < selena.index("Photos") < selena.index("Blocks of people")
    assert "LiRA, added up" in selena


def test_charts_are_marked_where_a_check_failed(tmp_path: Path) -> None:
    page = rendered(tmp_path, membership_case("none"), membership_case(gate=[OVERLAP]))
    assert "Thin lines are not to be relied on." in page.text
    assert "not to be relied on" in [one.text for one in page.all("li")]
    fine = rendered(tmp_path / "fine", membership_case("none"), membership_case())
    assert "not to be relied on" not in fine.text
    assert not fine.all("s")


def test_given_lists_have_a_column(tmp_path: Path) -> None:
    cases = [membership_case(name, protocol="lists") for name in ("none", "facebone")]
    page = rendered(tmp_path, *cases, **ASKING)
    assert "Given lists" in [head.text for head in page.all("th")]


def test_failed_cases_are_shown(tmp_path: Path) -> None:
    gone = membership_case("selena", error="out of memory")
    page = rendered(tmp_path, membership_case("none"), gone)
    assert "Incomplete: of 2 cases, 1 failed." in page.text
    assert "1 case not measured, out of memory: SELENA, seed 0." in page.text
    alone = rendered(tmp_path / "alone", gone)
    assert "No recommendation: nothing was measured." in alone.text


def test_failures_are_grouped_by_reason(tmp_path: Path) -> None:
    gone = [
        membership_case(name, error=error)
        for name, error in (("selena", "no memory"), ("rounding", "no memory"), ("dp_sgd", "NaN"))
    ]
    page = rendered(tmp_path, membership_case("none"), *gone)
    assert "2 cases not measured, no memory: SELENA, seed 0; Rounding, seed 0." in page.text
    assert "1 case not measured, NaN: DP-SGD, seed 0." in page.text


def test_unmeasured_figures_are_no_zeros(tmp_path: Path) -> None:
    bare = membership_case(accuracy=None, served=None, adaptive=None, attack_accuracy=None)
    page = rendered(tmp_path, bare)
    assert "not measured: the verifier could not be asked" in page.text
    assert "No chart: no mitigation has both" in page.text


def test_several_settings_have_pictures_of_their_own(tmp_path: Path) -> None:
    cases = [membership_case(name, seed=seed) for name in ("none", "facebone") for seed in (0, 1)]
    page = rendered(tmp_path, *cases)
    assert {"Rigorous, seed 0", "Rigorous, seed 1"} <= {head.text for head in page.all("h3")}
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    gate = [CheckFacts(name=HOSTILE, passed=False, message=HOSTILE)]
    first = membership_case("none", title=HOSTILE, gate=gate)
    record = CaseRecord("hostile", first.spec, first.facts, first.figures, first.evidence)
    store = write_store(tmp_path, [record, membership_case()], **ACCOUNT)
    text = render(store)
    assert "<script" not in text
    assert HOSTILE in Page(text).text


# results


def test_results_have_membership_rows(tmp_path: Path) -> None:
    failed = membership_case("selena", error="out of memory")
    store = write_store(tmp_path, [case(), membership_case(), failed], **ACCOUNT)
    rows = list(result_rows(store))
    by_metric = {row.metric: row for row in rows if row.mitigation.startswith("facebone")}
    assert by_metric["accuracy"].attack == "membership"
    assert by_metric["auc:pair:lira:all"].attack == "lira"
    assert by_metric["auc:photo:loss:each"].attack == "loss"
    assert by_metric["strongest_auc:identity"].attack == "membership"
    assert by_metric["auc:pair:lira:all:target-3"].attack == "lira"
    assert by_metric["accuracy"].system == "mobilefacenet_y1+mobilefacenet_casia"
    assert [row.note for row in rows if row.mitigation.startswith("selena")] == ["out of memory"]
    assert rows[0].system == "deepid"
