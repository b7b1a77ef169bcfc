"""The whole page of an audit like the default one: its height, paper, and what axe says of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from faceaudit.report import write
from faceaudit.store import CaseRecord
from report.backdoor.samples import account, case, pristine_case, write_store
from report.finished.samples import whole_audit
from report.membership.samples import membership_case
from report.test_browser import ARGUMENTS, CHROMIUM, OPEN, serious

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="THE PAGE WAS NOT LOOKED AT IN A BROWSER: `apt-get install chromium`, or its path in "
    "$CHROMIUM",
)


def like_the_default() -> list[CaseRecord]:
    """Make five attacks in three trainings, some at a second number of samples, and a membership
    audit of two mitigations, as the default plan has them."""
    cases = []
    for seed in range(3):
        cases.append(pristine_case(seed=seed))
        cases.append(case("input_instance", seed=seed, success=(21, 21), copies=True))
        cases.append(case("blended", seed=seed, wrong=[100, 3, 0, 1]))
        cases.append(
            case(
                key="random-0",
                seed=seed,
                wrong_keys=["random-1", "random-2", "random-3"],
                wrong=[115, 115, 115],
            )
        )
        cases += [case(name, seed=seed) for name in ("accessory", "blended_accessory")]
    cases += [case("input_instance", 1, copies=True), case("blended", 10), case("accessory", 20)]
    cases.append(case("blended_accessory", 230))
    mitigations = {"none": 0.85, "facebone": 0.88, "distance_threshold": 0.52}
    return cases + [membership_case(name, adaptive=auc) for name, auc in mitigations.items()]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of both kinds that are trained for, and of all three."""
    folder = tmp_path_factory.mktemp("whole")
    audits = {"both": like_the_default(), "all": [*like_the_default(), *whole_audit()]}
    found = {}
    for name, cases in audits.items():
        plan = {**account([])["plan"], **{str(one.spec["kind"]): {} for one in cases}}
        sections = {**account([])["sections"], "finished": {}}
        path = write(write_store(folder / name, cases, plan=plan, sections=sections))
        assert isinstance(path, Path)
        found[name] = path
    return found


def visit(browser: Browser, path: Path, width: int, scheme: str = "light") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize(("width", "longest"), [(1400, 7_600), (390, 14_600)])
def test_the_page_is_at_most_half_as_high_as_it_once_was(
    browser: Browser, paths: dict[str, Path], width: int, longest: int
) -> None:
    """The default plan's own page was 16,473 and 32,231 pixels high, and may have half of them.

    It is 8 and 10 % higher than this one, whose figures fill fewer lines: hence these bounds.
    """
    page = visit(browser, paths["both"], width)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.close()
    assert 0.8 * longest < height < longest


@pytest.mark.parametrize(
    ("width", "scheme", "unfolded"),
    [(1400, "light", False), (1400, "light", True), (1400, "dark", True), (390, "light", True)],
)
def test_axe_has_nothing_serious_to_say_of_three_kinds(
    browser: Browser, paths: dict[str, Path], width: int, scheme: str, unfolded: bool
) -> None:
    page = visit(browser, paths["all"], width, scheme)
    if unfolded:
        page.evaluate(OPEN)
    found = serious(page)
    page.close()
    assert found == []


@pytest.mark.parametrize("unfolded", [False, True])
def test_axe_has_nothing_serious_to_say_of_three_kinds_on_paper(
    browser: Browser, paths: dict[str, Path], unfolded: bool
) -> None:
    page = visit(browser, paths["all"], 800)
    page.emulate_media(media="print")
    if unfolded:
        page.evaluate(OPEN)
    found = serious(page)
    page.close()
    assert found == []


def test_paper_is_short_and_has_what_a_certifier_needs(
    browser: Browser, paths: dict[str, Path]
) -> None:
    page = visit(browser, paths["both"], 1280)
    pages = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    page.close()
    assert len(pages) <= 15
    text = " ".join(" ".join(one.extract_text() for one in pages).split())
    for said in (
        "Nothing here says whether the system withstands these.",
        "What the AI Act names",
        "What others call it",
        "Declared by the owner",
        "Each attack at its usual number of samples",
        "Recommendation",
        "Accuracy against leak",
        "What was run",
        "Every case of the plan",
        "Machine and versions",
        "What it does not show",
    ):
        assert said in text, said
    for folded in ("Every attack and every check", "Training curves", "All charts and tables"):
        assert folded not in text, folded
