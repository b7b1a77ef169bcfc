"""A comparison as a page: what it says, that nothing steers it, and how a browser shows it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from faceaudit.errors import InputError
from faceaudit.report.comparison import Comparison, compare_audits, render, write
from report.finished import samples as finished
from report.test_browser import ARGUMENTS, CHROMIUM, CONTRAST, OPEN
from simulation.comparisons import renamed, same_pool
from simulation.made_audits import audit_of

SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def found() -> Comparison:
    """A fall of the accuracy, some rows alike, and a count without a verdict."""
    before, after = same_pool(np.random.default_rng(1), {"accuracy": -0.06})
    sides = [
        [*before, finished.keys(title="<b>old</b>"), finished.recognition(title="<b>old</b>")],
        [*after, *renamed([finished.keys(title="new"), finished.recognition(title="new")])],
    ]
    return compare_audits(*map(audit_of, sides))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))


def test_the_page_says_what_changed_and_what_could_have_been_seen(found: Comparison) -> None:
    page = render(found)
    (change,) = found.changes
    assert f"<h1>Accuracy falls by {-100 * change.difference.value:.1f}{SPACE}points</h1>" in page
    said = words(page)
    assert "1 figure differs, 8 without a difference that shows, 1 without" in said
    assert "at most 5 % of comparisons" in said
    assert f"{100 * change.smallest:.1f} points" in said
    assert "it is a count of tests, without an interval" in said
    assert f"among the {found.tested} rows tested" in said
    assert found.tested == 9


def test_nothing_in_it_runs_or_loads_and_names_are_escaped(found: Comparison) -> None:
    page = render(found)
    assert "<b>old</b>" not in page
    assert "&lt;b&gt;old&lt;/b&gt; → new" in page
    assert not re.search(r"<script|<link|src=|@import|https?://|url\(", page)
    assert "default-src 'none'" in page


def test_the_same_comparison_gives_the_same_page(found: Comparison, tmp_path: Path) -> None:
    path = write(found, tmp_path / "some/comparison.html")
    assert path.read_text(encoding="utf-8") == render(found)
    with pytest.raises(InputError, match="got the folder"):
        write(found, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected a file that can be written"):
        write(found, tmp_path / "file/page.html")


def test_without_changes_it_says_so(found: Comparison) -> None:
    alike = replace(found, rows=found.alike)
    assert "<h1>No difference shown</h1>" in render(alike)
    assert 'id="changes"' not in render(alike)
    refused = replace(found, rows=found.of("cannot be compared"))
    assert "<h1>Nothing could be compared</h1>" in render(refused)


def test_all_of_it_is_plain_values(found: Comparison) -> None:
    values = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert {"before", "after", "rows", "only_before", "remarks", "level", "tested"} <= set(values)
    first = values["rows"][0]
    assert first["verdict"] == "falls"
    assert first["title"].startswith("membership.accuracy(")
    assert first["difference"]["value"] == pytest.approx(found.changes[0].difference.value)
    assert {row["smallest"] is None for row in values["rows"]} == {True, False}


@pytest.mark.skipif(
    CHROMIUM is None, reason="THE COMPARISON WAS NOT LOOKED AT IN A BROWSER: install chromium"
)
def test_a_browser_shows_it_on_a_phone_and_in_the_dark(found: Comparison, tmp_path: Path) -> None:
    path = write(found, tmp_path / "comparison.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for width, scheme in ((390, "light"), (390, "dark"), (1280, "dark")):
            page = browser.new_page(
                viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True
            )
            loaded: list[str] = []
            page.on("request", lambda request, loaded=loaded: loaded.append(request.url))
            page.goto(path.as_uri())
            page.evaluate(OPEN)
            assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), width
            assert page.evaluate(CONTRAST) == []
            assert loaded == [path.as_uri()]
        browser.close()
