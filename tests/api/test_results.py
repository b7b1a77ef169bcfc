"""`faceaudit.results`: filters, order, and what a summary leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.api.results import COLUMNS, Results
from faceaudit.audit.common.rows import Row
from faceaudit.errors import OptionError

ROW = Row("backdoor", "c1", "deepid", "blended", 10, "none", 0, "attack_success", 0.5, 0.4, 0.6, 9)
ROWS = (
    ROW,
    replace(ROW, metric="wrong_key_success", value=0.2, low=0.1, high=0.3),
    replace(ROW, metric="wrong_key_success:frog", value=0.1, low=0.0, high=0.2),
    replace(ROW, case="c2", attack="blended_accessory", samples=5, seed=1, value=0.9, high=0.95),
    replace(
        ROW,
        case="c3",
        attack="none",
        samples=None,
        metric="failed",
        value=None,
        low=None,
        high=None,
        n=None,
        note="no photos",
    ),
    Row("membership", "m1", "a+b", "lira", None, "selena(left_out=1, parts=4)", 0, "auc:x", 0.6),
    Row("membership", "m1", "a+b", "lira", None, "selena(left_out=1, parts=4)", 0, "auc:x:t", 0.7),
)
RESULTS = Results(ROWS, {"c3": "where it failed"})


def places(found: Results) -> list[int]:
    return [ROWS.index(row) for row in found]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6]),
        ({"kind": "membership"}, [5, 6]),
        ({"attack": "blended"}, [0, 1, 2]),
        ({"attack": "blended*"}, [0, 1, 2, 3]),
        ({"attack": ["lira", "blended_*"]}, [3, 5, 6]),
        ({"metric": "*success"}, [0, 1, 3]),
        ({"metric": "*:*"}, [2, 5, 6]),
        ({"mitigation": "selena*"}, [5, 6]),
        ({"mitigation": "selena(left_out=1, parts=4)"}, [5, 6]),
        ({"seed": 1}, [3]),
        ({"seed": "0", "kind": "backdoor"}, [0, 1, 2, 4]),
        ({"samples": [5, 10]}, [0, 1, 2, 3]),
        ({"case": "c2"}, [3]),
        ({"system": "a+b"}, [5, 6]),
        ({"failed": True}, [4]),
        ({"failed": True, "kind": "membership"}, []),
        ({"kind": "membership", "attack": "blended"}, []),
        ({"metric": []}, []),
    ],
)
def test_rows_are_those_that_every_filter_fits(filters: dict[str, object], left: list[int]) -> None:
    assert places(RESULTS.where(**filters)) == left  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"kind": "bakcdoor"}, r"expected a kind of these results \(backdoor, membership\)"),
        ({"kind": "bakcdoor"}, r"got 'bakcdoor'; try 'backdoor'"),
        ({"attack": "blend"}, r"expected an attack .*; try 'blend\*'"),
        ({"mitigation": "selena"}, r"try 'selena\*'"),
        ({"metric": "attack.success"}, r"try 'attack_success'"),
        ({"attack": "Blended"}, r"try 'blended'"),
        ({"attack": ["lira", "rmai"]}, r"got 'rmai'"),
        ({"seed": 7}, r"expected a seed of these results \(0, 1\), got 7"),
        ({"samples": "None"}, r"expected a samples"),
    ],
)
def test_a_filter_that_fits_nothing_is_an_error(filters: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        RESULTS.where(**filters)  # type: ignore[arg-type]


def test_a_star_stands_for_several_lines_too() -> None:
    assert len(Results([replace(ROW, attack="a\nb")]).where(attack="a*b")) == 1


def test_nothing_is_filtered_out_of_nothing() -> None:
    assert len(Results(()).where(kind="backdoor")) == 0


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_character_but_the_star_stands_for_another(name: str, other: str) -> None:
    rows = Results([replace(ROW, attack=name), replace(ROW, attack=other)])
    exact = name.replace("*", "") == name
    fits = {row.attack for row in rows.where(attack=name)}
    assert name in fits
    assert not exact or fits == {name}


def test_the_order_is_that_of_one_column_with_unknown_last() -> None:
    assert places(RESULTS.sorted_by("value")) == [2, 1, 0, 5, 6, 3, 4]
    assert places(RESULTS.sorted_by("-value")) == [3, 6, 5, 0, 1, 2, 4]
    assert places(RESULTS.sorted_by("samples"))[:2] == [3, 0], "numbers, not text"
    assert places(RESULTS.sorted_by("-seed")) == [3, 0, 1, 2, 4, 5, 6], "equal ones stay"
    for column in COLUMNS:
        assert sorted(places(RESULTS.sorted_by(column))) == list(range(len(ROWS)))
    with pytest.raises(OptionError, match=r"expected a column .* got 'vlaue'; try 'value'"):
        RESULTS.sorted_by("vlaue")
    with pytest.raises(OptionError, match="expected a column"):
        RESULTS.sorted_by("--value")
    with pytest.raises(OptionError, match=r"expected a column .* got 3"):
        RESULTS.sorted_by(3)  # type: ignore[arg-type]


def test_a_summary_leaves_out_what_another_row_of_the_case_sums_up() -> None:
    assert places(RESULTS.summary()) == [0, 1, 3, 4, 5]
    assert places(RESULTS.where(metric="*:frog").summary()) == [2], "nothing left sums it up"
    other_case = Results([ROWS[1], replace(ROWS[2], case="c9")])
    assert len(other_case.summary()) == 2


def test_tracebacks_are_those_of_the_rows_left() -> None:
    assert RESULTS.where(failed=True).tracebacks == {"c3": "where it failed"}
    assert RESULTS.where(kind="membership").tracebacks == {}


@pytest.mark.parametrize(
    ("metric", "low", "high", "share"),
    [
        ("attack_success", 0.0, 1.0, True),
        ("auc:pair:lira:served", 0.4, 0.6, False),
        ("strongest_auc:identity", 0.4, 0.6, False),
        ("unseen_auc", 0.4, 0.6, False),
        ("tpr@fpr=0.01:pair:auc", 0.0, 0.1, True),
        ("photos_a_person", 40.0, 40.0, False),
        ("difference", -0.1, 0.2, False),
        ("rate", 0.5, 1.0001, False),
        ("failed", None, None, True),
    ],
)
def test_areas_and_what_is_no_share_are_not_in_per_cent(
    metric: str, low: float | None, high: float | None, share: bool
) -> None:
    assert replace(ROW, metric=metric, value=low, low=low, high=high).is_share is share


def test_of_many_values_the_first_are_named_and_none_fills_the_screen() -> None:
    many = Results([replace(ROW, metric=f"{number:03}{'x' * 90}") for number in range(21)])
    with pytest.raises(OptionError) as raised:
        many.where(metric="y")
    listed = str(raised.value).partition("(")[2].partition(")")[0].split(", ")
    assert listed == [*(f"{number:03}{'x' * 77}" for number in range(20)), "..."]
    with pytest.raises(OptionError, match=r"\([^.]*\)"):
        Results(many[:20]).where(metric="y")
