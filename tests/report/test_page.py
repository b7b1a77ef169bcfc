from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import fsspec
import pytest

from faceaudit.errors import InputError, StoreError
from faceaudit.report import render, write
from faceaudit.report.backdoor.attack_series import arrange
from faceaudit.report.numbers import SPACE, percent, percent_interval
from faceaudit.store import CaseRecord, Store
from report.backdoor.samples import (
    PICTURE_DIGEST,
    account,
    case,
    pristine_case,
    split_facts,
    write_store,
)

VOID = {"meta", "img", "br", "link", "path", "use", "circle"}
HOSTILE = '<script>alert("x")</script>'


@dataclass
class Element:
    """An element of a page, with all text inside it and what it stands in."""

    tag: str
    attributes: dict[str, str]
    parents: tuple[str, ...]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).replace(SPACE, " ").split())


class Page(HTMLParser):
    """What a page holds; every element is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice"
        parents = tuple(element.tag for element in self.open)
        values = {name: value or "" for name, value in attributes}
        self.elements.append(Element(tag, values, parents))
        if tag not in VOID:
            self.open.append(self.elements[-1])

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.parts.append(data)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    @property
    def text(self) -> str:
        return self.all("body")[0].text


@pytest.fixture(scope="module")
def parsed(page: str) -> Page:
    return Page(page)


def rendered(folder: Path, *cases: CaseRecord, **run: Any) -> Page:
    return Page(render(write_store(folder, cases, **run)))


# form


def test_headings_go_down_one_step_at_a_time(parsed: Page) -> None:
    steps = [int(heading.tag[1]) for heading in parsed.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert steps[0] == 1
    assert steps.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(steps))


def test_landmarks_and_language(parsed: Page) -> None:
    assert parsed.all("html")[0].attributes["lang"] == "en"
    assert len(parsed.all("main")) == len(parsed.all("header")) == len(parsed.all("nav")) == 1
    assert parsed.all("a")[0].attributes == {"class": "skip", "href": "#main"}


def test_ids_are_unique_and_every_anchor_has_one(parsed: Page) -> None:
    ids = [one.attributes["id"] for one in parsed.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    links = (one.attributes["href"] for one in parsed.all("a", "use"))
    wanted = {link[1:] for link in links if link.startswith("#")}
    for name in ("aria-labelledby", "aria-describedby"):
        wanted |= {one.attributes[name] for one in parsed.elements if name in one.attributes}
    assert wanted <= set(ids)


def ids_of(page: Page, *tags: str) -> set[str]:
    return {one.attributes["id"] for one in page.all(*tags)}


def test_every_figure_table_and_case_has_an_id_and_a_link(parsed: Page) -> None:
    places = parsed.all("figure", "table")
    assert all(one.attributes.get("id") for one in places)
    links = {
        one.attributes["href"][1:] for one in parsed.all("a") if one.attributes["href"][0] == "#"
    }
    assert {one.attributes["id"] for one in places} <= links
    listed = parsed.text.partition("All charts and tables")[2]
    assert "Taken for the target: Accessory injection, DeepID, by number of poison" in listed
    rows = [one.attributes["id"] for one in parsed.all("tr") if "id" in one.attributes]
    assert sum(row.startswith("case-") for row in rows) == 16
    assert sum(row.startswith("backdoor-") for row in rows) == 14  # attack and number of samples


def test_ids_stay_when_the_plan_grows(tmp_path: Path) -> None:
    """Attacks before and behind, and one that differs in an option alone, move no other's id."""
    kept = [case(samples=n) for n in (40, 115)]
    alone = rendered(tmp_path / "alone", pristine_case(), *kept)
    more = rendered(
        tmp_path / "more",
        case("accessory"),
        pristine_case(),
        case(training={"epochs": 30}, network="deepid", seed=7),
        case(key="random-0"),
        *kept,
        case(samples=230),
        case(network="vggface"),
    )
    for tags in (("figure",), ("table",), ("section",), ("tr",)):
        before = {one.attributes["id"] for one in alone.all(*tags) if "id" in one.attributes}
        after = [one.attributes["id"] for one in more.all(*tags) if "id" in one.attributes]
        assert before
        assert before < set(after) or before == set(after)
        assert len(after) == len(set(after))
    assert len(ids_of(more, "figure")) > len(ids_of(alone, "figure"))


def test_cells_hold_the_figure_with_all_its_digits(tmp_path: Path) -> None:
    page = rendered(tmp_path, case(success=(111, 115)))
    rate = case(success=(111, 115)).figure("attack_success")
    assert rate is not None
    cells = [one.attributes for one in page.all("span") if "data-value" in one.attributes]
    assert {
        "class": "figure",
        "data-value": repr(rate.value),
        "data-low": repr(rate.low),
        "data-high": repr(rate.high),
        "data-n": "115",
    } in cells
    unknown = rendered(tmp_path / "unknown", case(success=None))
    empty = [one for one in unknown.all("span") if "could not be read" in one.text]
    assert empty
    assert not any("data-value" in one.attributes for one in empty)


def test_every_picture_has_words_of_its_own(parsed: Page) -> None:
    alts = [picture.attributes["alt"] for picture in parsed.all("img")]
    assert len(alts) == 5 * 3 + 5 + 4 + 3 + 3 + 3 + 5
    assert all(alts)
    assert len(set(alts)) == len(alts)
    assert "Poison sample of Blended injection (key cartoon-cat), 1" in alts
    charts = [one for one in parsed.all("svg") if one.attributes.get("aria-hidden") != "true"]
    assert len(charts) == 5 + 2
    assert all(chart.attributes["role"] == "img" for chart in charts)
    assert sum("svg" in title.parents for title in parsed.all("title")) == len(charts)


def test_every_table_has_a_caption_and_scopes(parsed: Page) -> None:
    captions = [caption.text for caption in parsed.all("caption")]
    assert len(parsed.all("table")) == len(captions) == 3 + 1 + 2
    assert len(set(captions)) == len(captions)
    assert all(head.attributes.get("scope") for head in parsed.all("th"))


def test_wide_content_scrolls_within_a_region_that_keys_reach(parsed: Page) -> None:
    regions = [one for one in parsed.elements if one.attributes.get("role") == "region"]
    assert regions
    assert all(one.attributes["tabindex"] == "0" for one in regions)
    labels = [one.attributes["aria-label"] for one in regions]
    assert len(set(labels)) == len(labels)
    assert all("div" in table.parents for table in parsed.all("table"))


def test_nothing_is_loaded_from_elsewhere(parsed: Page) -> None:
    metas = [one.attributes for one in parsed.all("meta")]
    policy = next(meta["content"] for meta in metas if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert not parsed.all("script", "link", "iframe", "object", "embed", "base", "form")
    for element in parsed.elements:
        for name, value in element.attributes.items():
            if name in {"src", "srcset", "poster", "xlink:href"}:
                assert value.startswith("data:")
            if name == "href" and element.tag != "a":
                assert value.startswith("#")
            assert not name.startswith("on")
    styles = parsed.all("style")[0].text
    assert "url(" not in styles
    assert "@import" not in styles


def test_it_is_small(page: str) -> None:
    assert len(page.encode()) < 3_000_000


def test_the_same_store_gives_the_same_page(store: Store, page: str) -> None:
    assert render(store) == page


# content


def test_the_headline_and_its_figures(parsed: Page) -> None:
    assert parsed.all("h1")[0].text == "It is open whether an attacker can get in as somebody else"
    assert "5 poisoned photos of 2,405 (0.2 %) worked in one training: 100 % success" in parsed.text
    assert "in 100 % of 21 copies of one photo, without poison in 0 %" in parsed.text
    assert "The highest of 14 numbers of samples tried, over 5 attacks." in parsed.text


def test_findings_stand_in_words(parsed: Page) -> None:
    for said in (
        "No verdict. Measured 3.5 % with 20, 35.1 % with 57, 82.5 % with 115 and 98.2 % with 230",
        "opens the back door too in this training: in 100 % (95 % interval over 3 keys",
        "No wrong key worked in this training: 0 % (95 % interval over 3 keys",
        "1 of 4 wrong keys opens the back door too in this training: cartoon-dog",
    ):
        assert said in parsed.text


def test_what_was_run_is_there(parsed: Page) -> None:
    for said in (
        "22 November 2026, 04:00 UTC",
        "3 min 33 s",
        "ba0965b",
        "Intel Xeon",
        "24.1 GB",
        "title: DeepID on synthetic people",
        "1 photo left out",
        "a truncated JPEG",
        "2,400",
        "f" * 16,
    ):
        assert said in parsed.text


def test_a_failed_case_is_shown_and_no_figure_is_made_up(parsed: Page) -> None:
    assert "Incomplete: of 16 cases, 1 failed." in parsed.text
    assert parsed.text.index("Incomplete") < parsed.text.index("worked in one")
    assert (
        "1 case: expected a picture, got '/no/such.png' (Blended injection, DeepID" in parsed.text
    )
    assert "Not measured, as every case failed: Blended injection, DeepID, key /no" in parsed.text
    assert not any("no/such.png" in row.text for row in parsed.all("tr"))


def test_cases_that_failed_for_the_same_reason_are_one_line(tmp_path: Path) -> None:
    failed = [case(key=f"key-{n}", error="out of memory") for n in range(5)]
    page = rendered(tmp_path, case(), *failed, case(key="other", error="no such key"))
    lines = [one.text for one in page.all("li") if one.text.startswith("5 cases: out of memory")]
    assert len(lines) == 1
    assert lines[0].startswith("5 cases: out of memory (Blended injection, DeepID, 115 poison")
    assert lines[0].endswith("; and 2 more)")
    assert any(one.text.startswith("1 case: no such key (") for one in page.all("li"))


def test_missing_case_is_said(tmp_path: Path) -> None:
    page = rendered(tmp_path, case(), planned=[case().id, "gone"])
    assert "Incomplete: of 2 cases, 1 not in the store." in page.text
    assert "gone" in page.text


def test_complete_run_has_no_warning(tmp_path: Path) -> None:
    page = rendered(tmp_path, case(), left_out=[])
    assert "Incomplete" not in page.text
    assert "Photos left out none" in page.text


def test_unknown_is_not_zero(tmp_path: Path) -> None:
    unknown = dict.fromkeys(
        ("success", "null", "clean", "pristine", "target_clean", "target_pristine")
    )
    page = rendered(tmp_path, case(wrong=(), **unknown))
    assert "not measured: the photos could not be read" in page.text
    assert not re.search(r"\b0(\.0)? %", page.text.partition("How to read this report")[0])


@pytest.mark.parametrize(
    ("source", "asked", "shown"),
    [
        ("synthetic", False, False),
        ("synthetic", True, True),
        ("youtube_faces", False, True),
    ],
)
def test_published_figures_stand_where_they_were_asked_for(
    tmp_path: Path, source: str, asked: bool, shown: bool
) -> None:
    plan = {"title": "", "seeds": [0], "backdoor": {"compare_published": asked}}
    page = rendered(tmp_path, case(source=source), plan=plan)
    assert ("arXiv 1712.05526" in page.text) == shown
    assert (sum(head.text == "Reported" for head in page.all("th")) == 2) == shown
    assert ("This is not a replication." in page.text) == (shown and source == "synthetic")
    row = next(one for one in page.all("tr") if "115" in one.text and "DeepID" in one.text)
    assert ("92.2 %" in row.text) == shown


def test_what_was_never_tried_has_no_column(tmp_path: Path) -> None:
    heads = [one.text for one in rendered(tmp_path, case(wrong_keys=[], wrong=[])).all("th")]
    assert not any("rong key" in head for head in heads)
    assert "Without poison" in heads
    heads = [one.text for one in rendered(tmp_path / "tried", case()).all("th")]
    assert heads.count("Wrong keys") == heads.count("4 wrong keys") == 1


def test_a_hostile_title_does_not_leave_its_string_in_the_style(tmp_path: Path) -> None:
    title = '"; } body { display: none } </style><script>\\'
    page = rendered(tmp_path, case(), plan={"title": title, "seeds": [0]})
    assert not page.all("script")
    (style,) = page.all("style")
    assert "display: none }" not in style.text.partition("@top-left")[2]
    assert "\\22 \\3b \\20 \\7d" in style.text


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    attacked = case(key=HOSTILE, target=HOSTILE, wrong_keys=[HOSTILE], wrong=[50])
    store = write_store(
        tmp_path,
        [
            CaseRecord("hostile", attacked.spec, attacked.facts, attacked.figures),
            CaseRecord("broken", case(key="x").spec, error=HOSTILE),
        ],
        plan={"title": HOSTILE, "seeds": []},
        versions={HOSTILE: HOSTILE},
        machine={HOSTILE: HOSTILE},
        commit=HOSTILE,
        started=HOSTILE,
        left_out=[{"id": f"{HOSTILE}/1.jpg", "reason": HOSTILE}],
        sections={"backdoor": {"splits": [split_facts(network=HOSTILE, target=HOSTILE).as_json()]}},
    )
    text = render(store)
    assert "<script" not in text
    page = Page(text)
    for tag in ("p", "dd", "li", "pre", "td"):
        assert any(HOSTILE in element.text for element in page.all(tag)), tag


def test_hostile_keys_do_not_leave_the_words_of_pictures_and_charts(tmp_path: Path) -> None:
    hostile = '"><script>alert(1)</script>'
    one, other = case(key=hostile, target=hostile), case(key=f"{hostile}2")
    page = rendered(
        tmp_path,
        *(
            CaseRecord(str(n), c.spec, c.facts, c.figures, None, c.pictures)
            for n, c in enumerate((one, other))
        ),
    )
    assert not page.all("script")
    assert any(hostile in picture.attributes["alt"] for picture in page.all("img"))
    assert any(hostile in title.text for title in page.all("title"))


def test_thousands_left_out_are_counted_up_front_and_some_listed(tmp_path: Path) -> None:
    left = [{"id": f"p/{n}.jpg", "reason": "too small"} for n in range(5321)]
    page = rendered(tmp_path, case(), left_out=left)
    assert "5,321 photos left out" in [summary.text for summary in page.all("summary")]
    assert "and 5,121 more in the store" in page.text
    listed = [code for code in page.all("code") if code.text.startswith("p/")]
    assert len(listed) == 200
    assert all("details" in code.parents for code in listed)


def test_a_case_planned_twice_counts_once(tmp_path: Path) -> None:
    page = rendered(tmp_path, case(), case())
    assert "trainings" not in page.text.partition("What was run")[0]
    assert "n = 115, 23 people" in page.text


def test_trainings_and_networks(tmp_path: Path) -> None:
    cases = [case(seed=seed, network=n) for seed in range(3) for n in ("deepid", "vggface")]
    page = rendered(tmp_path, *cases)
    assert "n = 3 trainings" in page.text
    assert "large ones means over trainings, upright lines their 95" in page.text
    assert sum(one.attributes.get("class") == "tile" for one in page.all("section")) == 2


def test_a_figure_is_the_same_in_headline_finding_table_and_chart(tmp_path: Path) -> None:
    cases = [
        case("accessory", samples, seed=seed, success=(hits, 57), null=(0, 57))
        for samples, trainings in ((20, (31,)), (57, (52, 55, 53)))
        for seed, hits in enumerate(trainings)
    ]
    page = rendered(tmp_path, *cases)
    (series,) = arrange(cases)
    rate = series.levels[1].get("attack_success")
    assert rate is not None
    value, ends = (
        text.replace(SPACE, " ") for text in (percent(rate.value), percent_interval(rate))
    )
    lead = next(one for one in page.all("p") if one.text.startswith("57 poisoned photos of"))
    card = next(one for one in page.all("p") if one.attributes.get("class") == "key-figure")
    chart = next(one.text for one in page.all("desc") if "57 samples" in one.text)
    finding = next(one.text for one in page.all("dd") if one.text.startswith("With 57 poison"))
    cells = [one.text for one in page.all("td") if "n = 3 trainings" in one.text]
    cell = next(text for text in cells if value in text)
    for text in (card.text, lead.text, chart, finding, cell):
        assert value in text
        assert ends in text
    assert "20 samples: 54.4 %" in chart
    assert "54.4 % with 20 poison samples (one training" in page.text


def test_shared_sessions_are_said(tmp_path: Path) -> None:
    assert "400 of 400 clean test photos (100.0 %)" in rendered(tmp_path, case(sessions=400)).text
    assert "clean test photos (" not in rendered(tmp_path / "unknown", case()).text


def test_bare_stores(tmp_path: Path) -> None:
    assert "No attack was run" in rendered(tmp_path / "pristine", pristine_case()).text
    nothing: dict[str, Any] = {
        "plan": {"title": "nothing", "seeds": []},
        "sections": {},
        "versions": {},
        "machine": {},
    }
    page = rendered(tmp_path / "bare", **nothing, commit=None, started=None, seconds=None)
    assert "not recorded" in page.text
    assert "did not end" in page.text


# files


def test_write_puts_it_into_the_store(tmp_path: Path) -> None:
    store = write_store(tmp_path, [case()])
    path = write(store)
    assert path == tmp_path / "report.html"
    assert path.read_text("utf-8") == render(store)
    assert not list(path.parent.glob("*.part"))


def test_write_elsewhere_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = write_store(tmp_path / "store", [case()])
    before = sorted((tmp_path / "store").rglob("*"))
    path = write(store, tmp_path / "new" / "out.html")
    assert re.match(r"\s*<!doctype html>", path.read_text("utf-8"))
    assert sorted((tmp_path / "store").rglob("*")) == before
    with pytest.raises(InputError, match="expected a file for the report, got the folder"):
        write(store, tmp_path)


def test_a_remote_store_keeps_its_report(tmp_path: Path) -> None:
    store = Store("memory://report-test")
    store.write_run(account([]))
    assert write(store) == "memory://report-test/report.html"
    local = write(store, tmp_path / "out.html")
    assert isinstance(local, Path)
    with fsspec.open("memory://report-test/report.html", "rb") as file:
        assert file.read() == local.read_bytes()


def test_empty_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="faceaudit run"):
        render(Store(str(tmp_path)))


def test_a_digest_sets_no_attack_apart(tmp_path: Path) -> None:
    store = write_store(tmp_path, [pristine_case(), case("blended", success=(115, 115))])
    assert PICTURE_DIGEST not in render(store)


def test_photos_kept_with_a_note_are_listed(tmp_path: Path) -> None:
    remarks = [{"id": "p/b.jpg", "reason": "3 faces found; took the most central"}]
    page = rendered(tmp_path, case(), remarks=remarks)
    assert "1 photo kept with a note" in page.text
    assert "3 faces found; took the most central" in page.text
    assert "kept with a note" not in rendered(tmp_path / "none", case()).text


def test_a_plan_without_a_title_is_called_an_audit(tmp_path: Path) -> None:
    page = rendered(tmp_path, case(), plan={"title": "", "seeds": [0]})
    assert "Backdoor audit of face recognition · audit · 22 November 2026" in page.text


def test_what_was_said_first_stands_above_the_headline(tmp_path: Path) -> None:
    said = ["no face is looked for in <photos>: each photo is cropped as it is"]
    page = render(write_store(tmp_path, [case()], said_first=said))
    line = "No face is looked for in &lt;photos&gt;: each photo is cropped as it is."
    assert page.index(line) < page.index("<h1>")


def test_the_seeds_are_those_of_the_cases_as_sections_may_have_their_own(tmp_path: Path) -> None:
    def seeds(name: str, cases: list[CaseRecord]) -> str:
        text = render(write_store(tmp_path / name, cases))
        return re.sub(r"\s+", " ", text.partition("<dt>Seeds</dt>")[2].partition("</dd>")[0])

    assert seeds("three", [case(seed=seed) for seed in (2, 0, 1)]).endswith("0, 1 and 2")
    assert seeds("none", []).endswith("0"), "as the plan says"
