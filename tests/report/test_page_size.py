"""The page of many cases: its bytes, and what it leaves out to keep to them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from faceaudit.report import render
from faceaudit.report.drawing.thinning import spread_evenly
from report.backdoor.samples import case, full_audit, write_store
from report.many import SHAPES, pictures, thousand
from report.membership.samples import membership_audit


def test_the_page_of_the_default_plan_keeps_to_three_megabytes(tmp_path: Path) -> None:
    attacked = [
        replace(record, pictures=pictures(place)) if record.error is None else record
        for place, record in enumerate(full_audit())
    ]
    page = render(write_store(tmp_path, [*attacked, *membership_audit()]))
    assert page.count("data:image/") > 5 * 13
    assert len(page.encode()) < 3_000_000


@pytest.mark.parametrize(
    "shape",
    # One of them stays quick; on a loaded machine the others take a minute and more.
    [pytest.param(shape, marks=[pytest.mark.slow] * (shape != "samples")) for shape in SHAPES],
)
def test_the_page_of_a_thousand_cases_keeps_to_five_megabytes(tmp_path: Path, shape: str) -> None:
    cases = thousand(shape)
    assert len({record.id for record in cases}) == len(cases) == 1000
    page = render(write_store(tmp_path, cases))
    assert len(page.encode()) < 5_000_000
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'<a[^>]* href="#([^"]+)"', page)) <= set(ids)
    assert page.count(' id="case-') == 1000


def test_beyond_forty_attacks_there_are_no_tiles_and_the_page_says_so(tmp_path: Path) -> None:
    few, many = (
        render(
            write_store(
                tmp_path / str(count),
                [case(key=f"random-{n}", pictures={}, evidence=False) for n in range(count)],
            )
        )
        for count in (40, 41)
    )
    assert few.count('class="tile"') == many.count('class="tile"') == 40
    assert "not on this page" not in few
    assert "all numbers of 1 further attack" in many
    table = many.partition('<table id="backdoor"')[2].partition("</table>")[0]
    assert table.count("<tr") - 2 == 41


def test_values_are_spread_from_the_first_to_the_last() -> None:
    assert spread_evenly(range(100), 4) == [0, 33, 66, 99]
    assert spread_evenly(range(4), 4) == [0, 1, 2, 3]
    assert len(set(spread_evenly(range(41), 40))) == 40
