"""YAML of strangers is read in bounded time and memory, or refused in one line."""

from __future__ import annotations

import datetime
import tracemalloc
from itertools import pairwise

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.errors import OptionError
from faceaudit.files.plain_yaml import DEEPEST, DIGITS, LARGEST, MOST, compose_yaml, read_yaml

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**50), 10**50) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_values_come_back(value: object) -> None:
    assert read_yaml(yaml.safe_dump(value)) == value


def test_what_a_plan_may_hold() -> None:
    text = "a: &a [1, 2.5, x]\nb: *a\nc: 2020-01-02\nd: {<<: {e: 1}, f: ~}\n"
    assert read_yaml(text) == {
        "a": [1, 2.5, "x"],
        "b": [1, 2.5, "x"],
        "c": datetime.date(2020, 1, 2),
        "d": {"e": 1, "f": None},
    }
    assert read_yaml("") is None
    assert compose_yaml("") is None
    deep = "[" * (DEEPEST - 1) + "1" + "]" * (DEEPEST - 1)
    assert read_yaml(deep) is not None
    assert read_yaml("9" * DIGITS) == int("9" * DIGITS)
    assert read_yaml(f'"{"9" * 5000}"') == "9" * 5000, "text in quotes is no number"


def grown() -> str:
    rows = [f"{n}: &{n} [{', '.join([f'*{m}'] * 9)}]" for m, n in pairwise("abcdefghijk")]
    return "\n".join(["a: &a [x, x, x, x, x, x, x, x, x]", *rows])


def merged() -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    rows = [f"{n}: &{n} {{<<: [*{m}, *{m}]}}" for m, n in pairwise(letters)]
    return "\n".join(["a: &a {x: 1}", *rows])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (grown(), f"at most {MOST:,} values"),
        (merged(), f"at most {MOST:,} values"),
        ("a: &a [*a]", f"at most {MOST:,} values"),
        ("[" * (DEEPEST + 1), f"at most {DEEPEST} levels, got more in line 1"),
        ("\n" + "[" * 3000 + "]" * 3000, "got more in line 2"),
        ("{a: " * 3000, "levels"),
        ("a: " + "9" * (DIGITS + 1), f"numbers of at most {DIGITS} digits"),
        ("a: " + ":".join(["59"] * 50_000), "numbers of at most"),
        ("a: 0x" + "f" * 100_000, "numbers of at most"),
        ("a: 2020-99-99", "month must be in 1..12"),
        ("x" * (LARGEST + 1), f"at most {LARGEST:,} characters"),
        ("a: !!python/object/apply:os.system [id]", "could not determine a constructor"),
        ("a: [", "expected YAML, got what is none"),
        ("a: \x00", "expected YAML, got what is none"),
        ("? [a]\n: b", "unhashable"),
    ],
)
def test_what_nobody_writes_is_refused(text: str, words: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(OptionError) as refused:
            read_yaml(text)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["!!bool x", "!!timestamp x", "a: !!null {}", "!!float {}"])
def test_a_tag_before_what_is_none_is_no_yaml(text: str) -> None:
    with pytest.raises(OptionError, match="expected YAML, got what is none"):
        read_yaml(text)
