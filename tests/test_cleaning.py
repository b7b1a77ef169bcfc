"""Text from outside is bounded and holds nothing but what can be seen, whatever it was."""

from __future__ import annotations

import pickle
import tracemalloc
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.cleaning import JOINERS, clean, quote, spell
from faceaudit.errors import LONGEST, FaceAuditError, PhotoError, UnknownName

ANY_TEXT = st.text(st.characters())  # halves of characters among them
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.dictionaries(ANY_TEXT | st.integers(), inner)
        | st.frozensets(st.integers())
    ),
)
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
HIDDEN = ["\x00", "\x1b", "\x7f", "\x9b", "\u2028", "\u200b", "\ufeff", "\ud800", "\U000e0041"]


class Rude:
    """A value of somebody else's that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


class Endless(dict[str, object]):
    def items(self) -> object:  # type: ignore[override]
        return iter(lambda: ("a", self), None)


@given(VALUES | ANY_TEXT, st.integers(0, 400))
def test_what_comes_back_is_short_and_can_be_seen(value: object, most: int) -> None:
    for shown in (clean(value, most), quote(value, most)):
        assert len(shown) <= max(most, 3)
        shown.encode()  # which half a character would refuse
        assert not [one for one in shown if category(one) in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")]
        assert not [one for one in shown if category(one) == "Cf" and one not in JOINERS]
        assert clean(shown, most) == shown


@given(ANY_TEXT)
def test_lines_stay_where_they_are_to_stay(text: str) -> None:
    assert clean(text, 10_000, keep="\n").count("\n") == text.count("\n")
    assert spell(text) == clean(text, 10_000)


@pytest.mark.parametrize("one", [*BIDI, *HIDDEN])
def test_what_steers_or_hides_is_spelled_out(one: str) -> None:
    assert clean(f"a{one}b") == f"a{ascii(one)[1:-1]}b"


@pytest.mark.parametrize(
    "text", ["Zoë 山田 太郎", "山田\u3000太郎", "\u0646\u200c\u0641", "👩\u200d👧", ""]
)
def test_names_of_people_stay_as_they_are(text: str) -> None:
    assert clean(text) == text


def test_the_middle_of_a_long_text_is_left_out() -> None:
    assert clean("a" * 30 + "b" * 30, 11) == "aaaa...bbbb"
    assert clean("\x1b" * 10_000, 12) == r"\x1b\...\x1b"


def test_values_are_shown_as_python_spells_them() -> None:
    for value in (None, True, 1.5, [], {}, (1,), (1, "a"), {"a": [b"\0"]}, "it's", "a\n"):
        assert quote(value) == repr(value)
    assert clean(ValueError("no\n")) == r"no\n"


@pytest.mark.parametrize("value", [Rude(), [Rude()], {"a": Rude()}])
def test_what_cannot_be_shown_is_named(value: object) -> None:
    assert f"<{type(value).__name__}>" in clean(value)
    assert f"<{type(value).__name__}>" in quote(value)


def test_huge_values_cost_no_memory() -> None:
    twice: list[object] = ["x"]
    for _ in range(60):
        twice = [twice, twice, twice]
    itself: list[object] = []
    itself.append(itself)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    huge = [twice, itself, deep, Endless(), 10**100_000, "x" * 10**7, ["x" * 10**7] * 10**5]
    tracemalloc.start()
    for value in huge:
        assert len(clean(value)) <= 300
        assert len(quote(value)) <= 200
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_errors_are_bounded_and_clean_and_keep_their_lines() -> None:
    error = FaceAuditError(f"expected this,\n\tgot {'x' * 10**6}\x1b[31m\u202e\ud800; try that")
    assert len(str(error)) <= LONGEST
    assert str(error).startswith("expected this,\n\tgot xxx")
    assert str(error).endswith(r"xxx\x1b[31m\u202e\ud800; try that")


def test_errors_can_be_sent_to_another_process() -> None:
    for error in (
        UnknownName("network", "depid", ["deepid"]),
        PhotoError("expected a photo", kind="cut"),
        FaceAuditError("expected this\x1b"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_a_huge_name_is_compared_with_no_other() -> None:
    error = UnknownName("network", "deepid" * 10**5, ["deepid"])
    assert "; try" not in str(error)
    assert len(str(error)) < 300
