"""Limits: how they are spelled, which are refused before any work, and the default ones."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from faceaudit import OptionError, Plan
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.limits import (
    check_limit,
    default_limits,
    limits_of,
    parse_limit,
    spell_measure,
)
from faceaudit.audit.plan_file import load_plan
from faceaudit.report.measures import Measure

WORD = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
ODD = ' "\\,=()<>\t\n\x00\x1b\x7f\u00a0'
"""All that could end a value, or hide in it."""
VALUE = st.one_of(
    st.text(max_size=12),
    st.text("ab" + ODD, max_size=8),
    st.sampled_from(ODD).flatmap(lambda one: st.text("ab" + one, max_size=4)),
    st.integers(),
    st.floats(allow_nan=False),
)
BACKDOOR: dict[str, Any] = {"faces": "synthetic", "systems": [{"network": "deepid"}]}


@given(WORD, WORD, st.dictionaries(WORD, VALUE, max_size=4), st.sampled_from("<>"), st.booleans())
def test_every_title_can_be_pasted_into_a_limit(
    kind: str, name: str, labels: dict[str, Any], sign: str, spaced: bool
) -> None:
    space = " " if spaced else ""
    title = Measure(kind, name, labels, None).title
    limit = parse_limit(f"{title}{space}{sign}{space}0.5")
    assert (limit.kind, limit.name, limit.sign, limit.bound) == (kind, name, sign, 0.5)
    assert dict(limit.labels) == {key: str(value) for key, value in labels.items()}
    assert title.isprintable()


@pytest.mark.parametrize("one", ODD)
def test_every_odd_letter_is_shown_and_read_back(one: str) -> None:
    value = f"a{one}b"
    title = spell_measure("backdoor", "success", {"key": value})
    assert title.isprintable()
    assert parse_limit(f"{title}>1").labels["key"] == value


def test_only_odd_values_stand_in_quotes() -> None:
    labels = {"key": "horn-rim glasses", "mitigation": "facebone (backbones 2, query average)"}
    assert spell_measure("membership", "auc", labels) == (
        'membership.auc(key=horn-rim glasses, mitigation="facebone (backbones 2, query average)")'
    )
    assert spell_measure("a", "b", {"c": ' x"\\\n'}) == r'a.b(c=" x\"\\\n")'


def test_blanks_around_parts_mean_nothing() -> None:
    spaced = parse_limit(' membership.auc ( level = person , seed="1" ) > .5e0 ')
    assert dict(spaced.labels) == {"level": "person", "seed": "1"}
    assert (spaced.measure, spaced.bound) == ("membership.auc", 0.5)
    assert dict(parse_limit("a.b()>1").labels) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "success>0.1",
        "backdoor.success",
        "backdoor.success>",
        "backdoor.success>=0.1",
        "backdoor.success>0.1>0.2",
        "backdoor.success>nan",
        "backdoor.success>inf",
        "backdoor.success>1e999",
        "backdoor.success<-1e999",
        "Backdoor.success>0.1",
        "backdoor.success(key)>0.1",
        "backdoor.success(key=)>0.1",
        "backdoor.success(key=a=b)>0.1",
        "backdoor.success(key=a,,seed=1)>0.1",
        "backdoor.success(key=a key=b)>0.1",
        "backdoor.success(key=a, key=b)>0.1",
        'backdoor.success(key="a)>0.1',
        'backdoor.success(key="a"b)>0.1',
        r'backdoor.success(key="\x")>0.1',
        r'backdoor.success(key="\ud800")>0.1',
        "backdoor.success(key=\udcff)>0.1",
        "backdoor.success(key=a(b))>0.1",
    ],
)
def test_what_is_no_limit_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(OptionError, match=r"expected .*, got ") as raised:
        parse_limit(text)
    assert "try" in str(raised.value) or "as JSON has it" in str(raised.value)


def test_a_long_unclosed_limit_is_refused_at_once() -> None:
    with pytest.raises(OptionError):
        parse_limit('a.b(c="' + '\\"' * 50_000)


KNOWN = {"backdoor": {"success": ("attack", "key")}, "membership": {"auc": ("level",)}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("backdoor.succes>1", "try 'backdoor.success'"),
        ("backdor.success>1", "try 'backdoor.success'"),
        (
            "finished.auc>1",
            r"expected a measure of this audit \(backdoor.success, membership.auc\)",
        ),
        ("backdoor.success(atack=a)>1", "try 'attack'"),
        ("backdoor.success(level=a)>1", r"expected a label of backdoor.success \(attack, key\)"),
    ],
)
def test_a_limit_on_what_is_not_measured_is_refused(text: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        check_limit(parse_limit(text), KNOWN)
    check_limit(parse_limit("backdoor.success(key=whatever)>1"), KNOWN)


def test_a_plan_refuses_limits_on_what_it_does_not_ask_for() -> None:
    plan = Plan(backdoor=BACKDOOR, limits=["backdoor.success>0.1"])
    assert plan.limits == ("backdoor.success>0.1",)
    for wrong in ("membership.auc>0.6", "backdoor.sucess>0.1", "backdoor.success(level=1)>0.1"):
        with pytest.raises(OptionError, match="expected a"):
            Plan(backdoor=BACKDOOR, limits=[wrong])
        with pytest.raises(OptionError, match="expected a"):
            plan.with_limits([wrong])


def test_further_limits_stand_behind_those_of_the_plan_each_once() -> None:
    plan = Plan(backdoor=BACKDOOR, limits=["backdoor.success>0.1"])
    more = plan.with_limits(["backdoor.clean_accuracy<0.9", "backdoor.success>0.1"])
    assert more.limits == ("backdoor.success>0.1", "backdoor.clean_accuracy<0.9")
    assert plan.limits == ("backdoor.success>0.1",)
    assert load_plan(more.as_json()) == more


def test_a_limit_in_another_spelling_is_the_same_limit() -> None:
    plan = Plan(backdoor=BACKDOOR, limits=["backdoor.success(key=a, attack=b) > .10"])
    same = plan.with_limits(['backdoor.success(attack="b",key=a)>1e-1'])
    assert same.limits == plan.limits
    others = [
        "backdoor.success(key=a, attack=b) < .10",
        "backdoor.success(key=a, attack=b) > .11",
        "backdoor.success(key=a, attack=c) > .10",
        "backdoor.success(key=b, attack=a) > .10",
        "backdoor.wrong_key_success(key=a, attack=b) > .10",
    ]
    assert plan.with_limits(others).limits == (*plan.limits, *others)


def test_a_plan_holds_nothing_that_cannot_be_written() -> None:
    for half in ("\ud800", "caf\udce9"):
        with pytest.raises(OptionError, match=r"expected text in Unicode, got '\\ud"):
            Plan(backdoor=BACKDOOR, title=half)
    assert Plan(backdoor=BACKDOOR, title="caf\xe9 \U0001f600").title == "caf\xe9 \U0001f600"


def test_default_limits_are_on_measures_that_there_are_and_say_where_they_are_from() -> None:
    known = {kind.name: kind.measures for kind in KINDS}
    for one in default_limits():
        check_limit(one.limit, known)
        assert one.default
        assert one.why.endswith(".")
        assert not one.url or one.source
    assert default_limits()[0].url == "https://github.com/usnistgov/800-63-4"
    entries = yaml.safe_load(
        resources.files("faceaudit.audit").joinpath("default_limits.yaml").read_text("utf-8")
    )
    assert [set(entry) for entry in entries] == [{"limit", "why", "source", "url"}] * len(entries)
    assert {one.limit.kind for one in default_limits()} == set(known), "every kind has one"


def test_the_bound_of_backdoors_is_said_to_be_borrowed_from_a_draft() -> None:
    success = next(one for one in default_limits() if one.limit.measure == "backdoor.success")
    assert success.limit.bound == 0.15
    assert "Borrowed" in success.why
    assert "is no IAPAR" in success.why
    assert "second public draft" in success.source


def test_a_kind_without_limits_of_its_own_goes_by_the_default_ones() -> None:
    both = {"limits": ["backdoor.success > 0.5"], "backdoor": {}, "membership": {}}
    assert [(one.limit.text, one.default) for one in limits_of(both)] == [
        ("backdoor.success > 0.5", False),
        ("membership.auc(level=person) > 0.6", True),
    ]
    older = {"finished": {}}  # a store of before there were limits
    assert [one.limit.measure for one in limits_of(older)] == [
        "finished.suspicious_keys",
        "finished.auc",
    ]
    plan = Plan(backdoor=BACKDOOR).as_json()
    assert [one.limit.text for one in limits_of(plan)] == ["backdoor.success > 0.15"]
