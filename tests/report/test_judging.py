"""Limits held against measures: exact boundaries, doubt, and limits that speak of nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit import InputError, OptionError
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.limits import parse_limit
from faceaudit.metrics import wilson
from faceaudit.records.backdoor import OPEN_FMRS, OPEN_KEYED_FMR, at_fmr
from faceaudit.report.judging import judge, verdict
from faceaudit.report.limit_words import judgement_line, reason
from faceaudit.report.measures import Measure
from faceaudit.report.section import section_of
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure
from report.backdoor.samples import case, full_audit, pristine_case
from report.backdoor.test_open_set_table import with_strangers
from report.backdoor.test_trials import CHANGE, under
from report.finished.samples import whole_audit
from report.membership.samples import flawed_case, membership_audit


def found(low: float, high: float, n: int = 30) -> Estimate:
    return Estimate((low + high) / 2, low, high, n, "wilson 95 %")


def measure(low: float, high: float, caution: str = "", **labels: Any) -> Measure:
    return Measure("backdoor", "success", labels, found(low, high), caution=caution)


NOTHING = Measure("backdoor", "success", {"key": "none"}, None, why_none="nobody was tried")
ABOVE, BELOW = parse_limit("backdoor.success>0.5"), parse_limit("backdoor.success<0.5")


@pytest.mark.parametrize(
    ("low", "high", "above", "below"),
    [
        (0.6, 0.7, "broken", "kept"),
        (0.3, 0.4, "kept", "broken"),
        (0.4, 0.6, "inconclusive", "inconclusive"),
        (0.5, 0.7, "inconclusive", "kept"),  # an end on the bound is not beyond it
        (0.3, 0.5, "kept", "inconclusive"),
        (0.5, 0.5, "kept", "kept"),
        (0.5000001, 0.7, "broken", "kept"),
        (0.3, 0.4999999, "kept", "broken"),
        (0.3, 0.5000001, "inconclusive", "inconclusive"),
        (0.4999999, 0.7, "inconclusive", "inconclusive"),
    ],
)
def test_exact_boundaries_of_both_signs(low: float, high: float, above: str, below: str) -> None:
    assert verdict(ABOVE, measure(low, high)) == above
    assert verdict(BELOW, measure(low, high)) == below


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.sampled_from("<>"))
def test_a_verdict_is_what_every_point_of_the_interval_says(
    one: int, other: int, bound: int, sign: str
) -> None:
    low, high = sorted((one, other))
    limit = parse_limit(f"backdoor.success{sign}{bound / 20}")
    beyond = [
        Fraction(point, 40) > Fraction(bound, 20)
        if sign == ">"
        else Fraction(point, 40) < Fraction(bound, 20)
        for point in range(2 * low, 2 * high + 1)
    ]
    expected = "broken" if all(beyond) else "inconclusive" if any(beyond) else "kept"
    assert verdict(limit, measure(low / 20, high / 20)) == expected


def test_what_is_unmeasured_or_doubtful_decides_nothing() -> None:
    for limit in (ABOVE, BELOW):
        for low, high in ((0.9, 1.0), (0.0, 0.1)):
            assert verdict(limit, measure(low, high, "one training")) == "inconclusive"
        assert verdict(limit, NOTHING) == "inconclusive"


def test_an_estimate_is_never_no_number() -> None:
    """Else comparisons with it would all be false, and a limit neither broken nor kept."""
    for numbers in ((float("nan"), 0.0, 1.0), (0.5, float("nan"), 1.0), (0.5, 0.0, float("nan"))):
        with pytest.raises(InputError):
            Estimate(*numbers, 3, "made")


BROKEN, WORSE = measure(0.6, 0.7, key="a"), measure(0.65, 0.66, key="b")
KEPT, CLOSE = measure(0.1, 0.2, key="c"), measure(0.1, 0.5, key="d")
OPEN, WIDE = measure(0.4, 0.6, key="e"), measure(0.0, 0.9, key="f")


@pytest.mark.parametrize(
    ("measures", "outcome", "deciding"),
    [
        ([KEPT, CLOSE], "kept", "dc"),
        ([KEPT, BROKEN], "broken", "a"),
        ([BROKEN, WORSE, KEPT], "broken", "ba"),
        ([KEPT, OPEN, WIDE], "inconclusive", "fe"),
        ([NOTHING, OPEN, KEPT], "inconclusive", "en"),
        ([KEPT, OPEN, NOTHING, BROKEN], "broken", "a"),
    ],
)
def test_one_broken_figure_breaks_and_only_all_of_them_keep(
    measures: list[Measure], outcome: str, deciding: str
) -> None:
    judgement = judge(ABOVE, measures)
    assert judgement.outcome == outcome
    assert "".join(str(one.labels["key"])[0] for one in judgement.deciding) == deciding
    assert list(judgement.measures) == measures


def test_the_furthest_below_comes_first_of_limits_from_below() -> None:
    limit = parse_limit("backdoor.success<0.95")
    assert [one.labels["key"] for one in judge(limit, [BROKEN, KEPT, WORSE]).deciding] == [
        "c",
        "b",
        "a",
    ]


def test_of_figures_that_reach_equally_far_the_one_more_surely_beyond_comes_first() -> None:
    open_ = [measure(0.2, 0.7), measure(0.4, 0.7), measure(0.3, 0.7), measure(0.45, 0.6)]
    assert list(judge(ABOVE, open_).deciding) == [open_[1], open_[2], open_[0], open_[3]]
    broken = [measure(0.6, 0.9), measure(0.7, 0.8)]
    assert list(judge(ABOVE, broken).deciding) == broken[::-1]


def test_labels_choose_what_a_limit_speaks_of() -> None:
    measures = [measure(0.1, 0.2, key="a", samples=5), measure(0.6, 0.7, key="a", samples=50)]
    few, many = (parse_limit(f"backdoor.success(samples={n})>0.5") for n in (5, 50))
    assert judge(few, measures).outcome == "kept"
    assert judge(many, measures).outcome == "broken"
    assert len(judge(parse_limit("backdoor.success(key=a)>0.5"), measures).measures) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("backdoor.sucess>0.5", "try 'backdoor.success'"),
        ("backdoor.success(keys=a)>0.5", "try 'key'"),
        ("backdoor.success(key=cartoon-ca)>0.5", "try 'cartoon-cat'"),
        (
            "backdoor.success(key=cartoon-cat, samples=7)>0.5",
            "whose labels no measure has together",
        ),
        ("membership.auc>0.5", "expected a measure of this audit"),
    ],
)
def test_a_limit_that_speaks_of_nothing_is_refused(text: str, message: str) -> None:
    measures = [measure(0, 1, key="cartoon-cat", samples=5), measure(0, 1, key="x", samples=7)]
    with pytest.raises(OptionError, match=message):
        judge(parse_limit(text), measures)
    with pytest.raises(OptionError):
        judge(parse_limit(text), [])


def under_a_filter() -> list[CaseRecord]:
    """Return cases of a filter of inputs: on the pristine system, and on an attack."""
    share = wilson(2, 57)
    figures = {
        "clean_accuracy_change@frr=0.05": CHANGE,
        "attack_success@frr=0.05": share,
        "clean_photos_refused@frr=0.05": share,
        "glasses_photos_refused@frr=0.05": share,
    }
    plain = [pristine_case(), case("accessory")]
    return [under(one, "sieve", figures, way="input filter", allowed=(0.05,)) for one in plain]


def strangers_at_the_door() -> CaseRecord:
    """Return a case that strangers with the key were tried on."""
    record = with_strangers(case("blended", 7), 40)
    figure = Figure(at_fmr(OPEN_KEYED_FMR, OPEN_FMRS[0]), wilson(60, 100))
    return replace(record, figures=(*record.figures, figure))


@pytest.mark.parametrize(
    "records",
    [
        [*full_audit(), *under_a_filter(), strangers_at_the_door()],
        [*membership_audit(), flawed_case("selena")],
        whole_audit(),
    ],
    ids=["backdoor", "membership", "finished"],
)
def test_every_measure_and_label_is_one_that_its_kind_names(records: list[Any]) -> None:
    """Limits are checked by these names before the work."""
    (kind,) = {record.spec["kind"] for record in records}
    named = next(one for one in KINDS if one.name == kind)
    measures = section_of(named.report).measures(records)
    by_group = {name for name, labels in named.measures.items() if "attribute" in labels}
    assert {one.name for one in measures} - by_group == set(named.measures) - by_group
    titles = [one.title for one in measures]
    assert len(set(titles)) == len(titles)
    for one in measures:
        assert one.kind == kind
        assert set(one.labels) <= set(named.measures[one.name])
        (same,) = judge(parse_limit(f"{one.title}>0"), [one]).measures
        assert same is one


def test_words_say_the_outcome_the_worst_figure_and_what_to_do() -> None:
    assert judgement_line(judge(ABOVE, [BROKEN, WORSE, KEPT])) == (
        "broken, by 2 of 3 figures: backdoor.success>0.5: backdoor.success(key=b) is 0.655 (0.65 "
        "to 0.66), n = 30: the whole interval lies above 0.5"
    )
    assert judgement_line(judge(ABOVE, [KEPT, CLOSE])).startswith(
        "kept, by all 2 figures: backdoor.success>0.5: backdoor.success(key=d) is 0.3 (0.1 to 0.5)"
    )
    assert judgement_line(judge(ABOVE, [OPEN])) == (
        "inconclusive, by its only figure: backdoor.success>0.5: backdoor.success(key=e) is 0.5 "
        "(0.4 to 0.6), n = 30: 0.5 lies within the interval, which more trainings (seeds) would "
        "narrow"
    )
    assert reason(ABOVE, NOTHING) == "was not measured (nobody was tried), which keeps no limit"
    assert "no verdict may rest: one training" in reason(ABOVE, measure(0, 0.1, "one training."))
    assert "no part of the interval lies below 0.5" in reason(BELOW, BROKEN)


def test_rounding_never_moves_a_figure_to_the_other_side_of_a_bound() -> None:
    barely = reason(ABOVE, measure(0.50000004, 0.7))
    assert "(0.50000004 to 0.7)" in barely
    assert "the whole interval lies above 0.5" in barely
    hardly = reason(ABOVE, measure(0.3, 0.49999996))
    assert "(0.3 to 0.49999996)" in hardly
    assert "no part of the interval lies above 0.5" in hardly
    assert "(0.3 to 0.5)" in reason(ABOVE, measure(0.3, 0.5))


def test_words_have_no_spaces_that_a_terminal_would_spell_out() -> None:
    spaced = measure(0.1, 0.2, "2\N{NO-BREAK SPACE}trainings  only")
    assert reason(ABOVE, spaced).endswith("no verdict may rest: 2 trainings only")
