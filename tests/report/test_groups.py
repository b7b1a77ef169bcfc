"""The table by group of people, on made figures."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from markupsafe import escape

import faceaudit
from faceaudit.metrics import wilson
from faceaudit.metrics.differentials import Tries, differential
from faceaudit.records.groups import (
    Grouped,
    GroupFacts,
    figures_of,
    grouped,
    of_group,
)
from faceaudit.report.groups import Divided, group_measures, groups_table
from faceaudit.report.page import render
from faceaudit.store import Store
from faceaudit.types import Figure
from report.backdoor import samples

NAMES = ("<b>light</b>", "deep", "few")


def found(
    rates: tuple[float, float], *, metric: str = "attack_success"
) -> tuple[Grouped, GroupFacts]:
    group = np.repeat([0, 1, 2], [15, 15, 4])
    rng = np.random.default_rng(0)
    hits = rng.random((34, 20)) < np.array([*rates, 0.5])[group][:, None]
    tries = Tries(hits.ravel(), np.repeat(np.arange(34), 20), NAMES, group=group)
    facts = GroupFacts(attribute="skin_tone", divides="people", names=NAMES, people=(15, 15, 4))
    (one,) = grouped(figures_of(metric, "skin_tone", differential(tries)))
    return one, facts


def divided(rates: tuple[float, float]) -> Divided:
    return Divided("Blended", "taken for the target", *found(rates))


def test_a_row_says_rates_ratios_chance_and_whether_groups_differ() -> None:
    (row,) = groups_table("a", [divided((0.2, 0.7))], []).rows
    assert [name for name, _ in row.groups] == ["<b>light</b>, 15\xa0people", "deep, 15\xa0people"]
    assert row.by == "skin tone"
    assert row.shown == "yes (p = 0.0001)"
    assert float(row.geomean.value) > float(row.by_chance) > 1
    (same,) = groups_table("a", [divided((0.4, 0.4))], []).rows
    assert same.shown.startswith("no difference shown (p = ")


def test_a_difference_has_to_stand_all_tests_of_the_table() -> None:
    one, same = divided((0.2, 0.7)), divided((0.4, 0.4))
    row = groups_table("a", [one, *[same] * 60], []).rows[0]
    assert row.shown == "yes (p = 0.0001, times 61 tests)"
    row = groups_table("a", [one, *[same] * 499], []).rows[0]
    assert row.shown == "no difference shown (p = 0.0001, times 500 tests)"


def test_what_stands_only_where_groups_differ_is_one_of_the_tests_either_way() -> None:
    one, same = divided((0.2, 0.7)), divided((0.4, 0.4))
    table = groups_table("a", [one, replace(same, expected=False)], [])
    assert [row.shown for row in table.rows] == ["yes (p = 0.0001, times 2 tests)"]
    table = groups_table("a", [same, replace(one, expected=False)], [])
    assert [row.shown[:3] for row in table.rows] == ["no ", "yes"]
    table = groups_table("a", [replace(one, expected=False), *[same] * 499], [])
    assert len(table.rows) == 499


def test_small_groups_are_listed_with_their_people() -> None:
    table = groups_table("a", [divided((0.2, 0.7)), divided((0.3, 0.3))], [])
    assert table.refused == (("skin tone", "few (4\xa0people)"),)


def test_one_group_alone_is_no_row_and_a_group_with_some_figure_is_not_refused() -> None:
    one = divided((0.2, 0.7))
    deep = of_group("attack_success", "skin_tone", "deep")
    small = Figure(deep, None, "expected at least 1,000 tries in a group for the rate, got 300")
    alone = replace(one, found=replace(one.found, groups={**one.found.groups, "deep": small}))
    table = groups_table("a", [alone], [])
    assert table.rows == ()
    assert table.refused == (("skin tone", f"deep ({small.why_none}) and few (4\xa0people)"),)
    table = groups_table("a", [alone, one], [])
    assert len(table.rows) == 1
    assert table.refused == (("skin tone", "few (4\xa0people)"),)


@pytest.mark.parametrize(("known", "shown"), [(9, 2), (10, 3)])
def test_a_large_group_without_a_figure_says_so_in_its_row(known: int, shown: int) -> None:
    one = divided((0.2, 0.7))
    facts = one.facts.model_copy(update={"people": (15, 15, known)})
    (row,) = groups_table("a", [replace(one, facts=facts)], []).rows
    assert len(row.groups) == shown


def test_without_groups_it_is_said_why_there_is_no_table() -> None:
    silent = groups_table("a", [], [(), ()]).silent
    assert "no attributes" in silent
    assert "or the plan asks for no groups" in silent
    assert "before figures were given by group" in groups_table("a", [], [(), None]).silent
    assert groups_table("a", [divided((0.2, 0.7))], []).silent == ""


def test_measures_by_group_have_names_of_their_own() -> None:
    one, _ = found((0.2, 0.7))
    labels = {"attack": "blended"}
    measures = list(
        group_measures(
            "backdoor", "success", [one], "attack_success", labels, cases=("1",), anchor="g"
        )
    )
    titles = [measure.title for measure in measures]
    assert titles == [
        "backdoor.success_by_group(attribute=skin_tone, group=<b>light</b>, attack=blended)",
        "backdoor.success_by_group(attribute=skin_tone, group=deep, attack=blended)",
        "backdoor.success_by_group(attribute=skin_tone, group=few, attack=blended)",
        "backdoor.success_ratio(attribute=skin_tone, attack=blended)",
    ]
    assert measures[2].estimate is None
    assert measures[2].why_none == "expected at least 10 people in a group, got 4"
    ratio = measures[3].estimate
    assert ratio is not None
    assert ratio.value > 1
    assert not list(
        group_measures("backdoor", "success", [one], "other", labels, cases=(), anchor="")
    )


def test_ratios_of_figures_over_trainings_are_made_from_their_rates() -> None:
    rates = [
        Figure(of_group("a", "b", name), wilson(hits, 100)) for name, hits in (("x", 9), ("y", 3))
    ]
    (one,) = grouped(rates)
    facts = GroupFacts(attribute="b", divides="people", names=("x", "y"), people=(50, 50))
    (row,) = groups_table("a", [Divided("", "", one, facts)], []).rows
    assert row.shown == "not known"
    assert row.geomean.note == "undefined"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    one, facts = found((0.2, 0.7))
    case = samples.case("blended", success=(50, 100))
    figures = (*case.figures, *one.groups.values(), *one.compared.values())
    kept = {**case.facts, "groups": [facts.model_dump(mode="json")]}
    changed = type(case)(case.id, case.spec, kept, figures, case.evidence, case.pictures)
    return samples.write_store(tmp_path, [samples.pristine_case(), changed])


def test_results_leave_groups_out_until_they_are_asked_for(store: Store) -> None:
    rows = faceaudit.results(store)
    assert not [row for row in rows.summary() if "|" in row.metric]
    asked = rows.where(metric="attack_success|*").summary()
    assert len(asked) == len([row for row in rows if "|" in row.metric]) == 8


def test_the_page_escapes_what_groups_are_called(store: Store) -> None:
    page = render(store)
    assert NAMES[0] not in page
    assert str(escape(NAMES[0])) in page
    table = re.search(r'<details class="by-group">.*?</details>', page, re.DOTALL)
    assert table is not None
    assert "yes (p = 0.0001)" in table[0]
    assert "few (4\xa0people)" in table[0]


def test_a_store_of_before_there_were_groups_is_read_and_says_so(tmp_path: Path) -> None:
    page = render(samples.write_store(tmp_path, [samples.pristine_case(), samples.case("blended")]))
    assert "the cases were run before figures were given by group" in page
