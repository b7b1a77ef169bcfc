"""Pseudonyms: stable, different for different names, and nothing without the secret."""

from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.errors import InputError
from faceaudit.store import Store
from faceaudit.store.pseudonyms import PSEUDONYM, pseudonym, read_secret, with_names

SECRETS = st.binary(min_size=32, max_size=32)


def by_hand(secret: bytes, text: bytes) -> bytes:
    """HMAC-SHA256 as RFC 2104 spells it, from plain SHA-256."""
    key = secret.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in key) + text).digest()
    return hashlib.sha256(bytes(one ^ 0x5C for one in key) + inner).digest()


@given(SECRETS, st.text())
def test_a_pseudonym_is_the_keyed_hash_of_kind_and_name(secret: bytes, name: str) -> None:
    text = b"person\0" + name.encode()
    assert by_hand(secret, text) == hmac.digest(secret, text, "sha256"), "the oracle itself"
    assert pseudonym("person", name, secret) == f"person-{by_hand(secret, text).hex()[:16]}"
    assert PSEUDONYM.fullmatch(pseudonym("photo", name, secret))


@given(SECRETS, st.sets(st.text(), min_size=2, max_size=50))
def test_different_names_have_different_pseudonyms(secret: bytes, names: set[str]) -> None:
    made = [pseudonym(kind, one, secret) for one in names for kind in ("person", "photo")]
    assert len(set(made)) == 2 * len(names)


@given(SECRETS, SECRETS, st.text(min_size=1))
def test_names_cannot_be_tried_out_without_the_secret(one: bytes, other: bytes, name: str) -> None:
    alike = pseudonym("person", name, one) == pseudonym("person", name, other)
    assert alike == (one == other)
    plain = hashlib.sha256(f"person\0{name}".encode()).hexdigest()
    assert not pseudonym("person", name, one).endswith(plain[:16])


def test_a_hundred_thousand_photos_have_as_many_pseudonyms() -> None:
    made = {pseudonym("photo", f"{number:06d}.jpg", bytes(32)) for number in range(100_000)}
    assert len(made) == 100_000


def test_names_that_are_no_unicode_have_one_too() -> None:
    assert PSEUDONYM.fullmatch(pseudonym("photo", "caf\udce9.jpg", bytes(32)))


def test_a_secret_is_drawn_once_and_for_its_user_alone(tmp_path: Path) -> None:
    first = read_secret(tmp_path / "new" / "cache")
    assert len(first) == 32
    assert read_secret(tmp_path / "new" / "cache") == first
    assert read_secret(tmp_path / "other") != first
    file = tmp_path / "new" / "cache" / "pseudonyms.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 64, b"0" * 63])
def test_what_is_no_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pseudonyms.key").write_bytes(content)
    with pytest.raises(InputError, match="expected"):
        read_secret(tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("", "utf-8")
    with pytest.raises(InputError, match="FACEAUDIT_CACHE"):
        read_secret(tmp_path / "cache")


def test_names_come_back_wherever_their_pseudonyms_stand() -> None:
    one, two = (pseudonym("photo", name, bytes(32)) for name in ("a b/1.jpg", "c|2"))
    names = {one: "a b/1.jpg", two: "c|2"}
    values = {"ids": (f"{one} {two}", f"{one}17"), "note": f"of {two}, {one}", "n": 3, "none": None}
    assert with_names(values, names) == {
        "ids": ("a b/1.jpg c|2", "a b/1.jpg17"),
        "note": "of c|2, a b/1.jpg",
        "n": 3,
        "none": None,
    }
    assert with_names(values, {}) == values
    stranger = pseudonym("person", "somebody", bytes(32))
    assert with_names(stranger, names) == stranger


def test_a_store_keeps_names_until_it_may_not(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.names() == {}
    store.write_names({})
    store.write_names({"person-0123456789abcdef": "Zoë"})
    assert store.names() == {"person-0123456789abcdef": "Zoë"}
    store.write_names({})
    assert store.names() == {}
    assert list(tmp_path.iterdir()) == []
