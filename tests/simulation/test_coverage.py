"""Every interval holds what it says, in simulation, and the docs' table is of these settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faceaudit.metrics import wilson
from simulation.draws import tries_in_clusters
from simulation.exceptions import EXCEPTIONS, exception_of
from simulation.settings import Setting, settings
from simulation.table import BEGIN, END, REPLICATIONS, Row, as_markdown, put, simulate

DOCS = Path(__file__).parents[2] / "docs/intervals.md"
BOUNDS = {"": (0.93, 0.97), "more": (0.95, 1.0), "less": (0.5, 0.93)}
QUICK = (
    "57 tries, share 0.9",
    "20 clusters of 2 or 12, share 0.8, ICC 0.3",
    "3 trainings of 115 tries, mean 0.7, deviation 0.25",
    "60 + 60 blocks of 10, ICC 0.3",
    "600 + 600 comparisons of 150 people, quality, ICC 0.6",
    "600 + 2,000 comparisons, FAR 0.001",
)
SETTINGS = {setting.name: setting for setting in settings()}
LINE = re.compile(r"^\| `(?P<interval>[^`]+)` \| (?P<setting>[^|]+) \| (?P<numbers>.*) \|$", re.M)


@pytest.mark.parametrize("name", QUICK)
def test_some_hold_about_what_they_say(name: str) -> None:
    for row in simulate(SETTINGS[name], 150):
        assert 0.88 <= row.coverage <= 1, row


def test_an_interval_that_takes_clusters_as_independent_is_found_out() -> None:
    """The simulation must be able to fail: Wilson's interval of tries that are alike."""

    def draw(rng):
        hits, _ = tries_in_clusters(rng, (5,) * 60, 0.8, 0.6)
        return {"wilson": (wilson(int(hits.sum()), len(hits)), 0.8)}

    (row,) = simulate(Setting("alike", draw), 300)
    assert row.coverage < 0.85


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_all_hold_what_they_say(name: str) -> None:
    for row in simulate(SETTINGS[name], REPLICATIONS):
        low, high = BOUNDS[exception_of(row.interval, row.setting)[0]]
        assert low <= row.coverage <= high, row


def test_names_of_settings_are_their_own_and_exceptions_are_of_them() -> None:
    assert len(SETTINGS) == len(list(settings()))
    assert {setting for _, setting in EXCEPTIONS} <= set(SETTINGS)


def test_the_docs_have_a_row_of_every_interval_in_every_setting() -> None:
    table = DOCS.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    printed = [(line["interval"], line["setting"]) for line in LINE.finditer(table)]
    expected = [
        (row.interval, row.setting) for setting in settings() for row in simulate(setting, 1)
    ]
    assert sorted(printed) == sorted(expected)
    for line in LINE.finditer(table):
        _, coverage, _, replications, *why = line["numbers"].split(" | ")
        block, reason = exception_of(line["interval"], line["setting"])
        low, high = BOUNDS[block]
        assert low - 0.0005 <= float(coverage.removesuffix(" %")) / 100 <= high + 0.0005
        assert int(replications.replace(",", "")) == REPLICATIONS
        assert why == ([reason] if block else [])


def test_a_table_is_put_between_the_marks(tmp_path: Path) -> None:
    path = tmp_path / "some.md"
    path.write_text(f"before\n{BEGIN}\nstale\n{END}\nafter\n", encoding="utf-8")
    put(path, as_markdown([Row("wilson", "57 tries, share 0.9", 0.9, 0.957, 0.156, 2000)]))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "| `wilson` | 57 tries, share 0.9 | 0.900 | 95.7 % | 0.156 | 2,000 |" in text
    assert "stale" not in text
