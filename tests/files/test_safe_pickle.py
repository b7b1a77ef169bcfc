"""Plain values come out of a pickle as pickle gives them, and nothing in a pickle ever runs."""

import io
import os
import pickle
import struct
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import InputError, SourceError
from faceaudit.faces.reading.bin_file import read_bin
from faceaudit.files.safe_pickle import load_plain
from faceaudit.files.safe_pickle_names import as_numpy
from faceaudit.files.safe_pickle_values import Array, Opaque, Span, is_simple

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def plain(data: bytes) -> object:
    """What the reader gives, with long byte strings and arrays filled in."""

    def filled(value):
        match value:
            case Span(start, length):
                return data[start : start + length]
            case Array():
                return as_numpy(value, filled(value.data)).tolist()
            case dict():
                return {key: filled(item) for key, item in value.items()}
            case list() | tuple():
                return type(value)(map(filled, value))
        return value

    return filled(load_plain(io.BytesIO(data)))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.binary(max_size=100)
    | st.text(max_size=100)
    | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(st.text(max_size=9) | st.integers(-9, 9) | st.none(), inner, max_size=5)
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(value=values, protocol=st.sampled_from(PROTOCOLS))
def test_plain_values_are_what_pickle_makes_of_them(value, protocol):
    data = pickle.dumps(value, protocol=protocol)
    assert plain(data) == pickle.loads(data)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_of_bytes_and_booleans(protocol):
    photo, same = np.arange(200, dtype=np.uint8), np.array([True, False, True])
    data = pickle.dumps(([photo, photo[:3]], same, np.True_, bytearray(b"x" * 99)), protocol)
    expected = ([[*range(200)], [0, 1, 2]], [True, False, True], True, b"x" * 99)
    assert plain(data) == expected


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ["?", "u1", "i1", "<i2", ">i4", "<u8", "<f2", ">f4", "f8", "c8"])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (70, 1), (2, 3, 4)])
def test_arrays_and_numbers_of_every_kind(protocol, kind, shape):
    made = (np.arange(np.prod(shape, dtype=int)) % 2).reshape(shape).astype(kind)
    for array in (made, np.asfortranarray(made)):
        data = pickle.dumps(
            {"array": array, "number": np.float64(0.1), "one": made.dtype.type(1)}, protocol
        )
        assert plain(data) == {"array": array.tolist(), "number": 0.1, "one": 1}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_lists_in_an_array(protocol):
    assert load_plain(io.BytesIO(pickle.dumps(np.array([b"1", b"2"], object), protocol))).data == [
        b"1",
        b"2",
    ]


@pytest.mark.parametrize(
    "state",
    [
        b"(K\x01(K\x05tcnumpy\ndtype\n(X\x02\0\0\0u1tR\x89C\x01xt",  # 5 items, 1 byte
        b"(K\x01(K\x01tcnumpy\ndtype\n(X\x02\0\0\0u1tR\x89C\x02xyt",  # 1 item, 2 bytes
        b"(K\x01(K\x01tcnumpy\ndtype\n(X\x02\0\0\0i8tR\x89C\x04xyzat",  # half an item
        b"(K\x01(J\xff\xff\xff\xfftcnumpy\ndtype\n(X\x02\0\0\0u1tR\x89C\x01xt",  # -1 items
        b"(K\x01(K\x01X\x01\0\0\0atcnumpy\ndtype\n(X\x02\0\0\0u1tR\x89C\x01xt",  # a shape of text
        b"(K\x01(K\x01tcnumpy\ndtype\n(X\x02\0\0\0O8tR\x89C\x01xt",  # objects, as bytes
        b"(K\x01(" + b"J\xff\xff\xff\x7f" * 3 + b"tcnumpy\ndtype\n(X\x02\0\0\0u1tR\x89C\x01xt",
    ],
)
def test_arrays_that_hold_something_else_than_they_say(state):
    start = b"\x80\x03cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR"
    with pytest.raises(InputError, match="an array"):
        load_plain(io.BytesIO(start + state + b"b."))


# What Python 2 writes for (["\xff\xd8'\n\\x", 'ab"'], [True, False]), put together by hand from the
# instructions in `pickletools` and read by `pickle` below.
PYTHON_2 = {
    0: b"((lp1\nS\"\\xff\\xd8'\\n\\\\x\"\np2\naS'ab\"'\np3\na(lp4\nI01\naI00\natp5\n.",
    1: b"(]q\x01(U\x06\xff\xd8'\n\\xq\x02U\x03ab\"q\x03e]q\x04(I01\nI00\netq\x05.",
    2: b"\x80\x02]q\x01(U\x06\xff\xd8'\n\\xq\x02U\x03ab\"q\x03e]q\x04(\x88\x89e\x86q\x05.",
}


@pytest.mark.parametrize("data", PYTHON_2.values(), ids=PYTHON_2)
def test_strings_of_python_2_are_bytes(data):
    assert plain(data) == (["\xff\xd8'\n\\x".encode("latin-1"), b'ab"'], [True, False])
    assert plain(data) == pickle.loads(data, encoding="bytes")


class Runs:
    def __init__(self, function, *arguments):
        self.made = function, arguments

    def __reduce__(self):
        return self.made


HOSTILE = {
    "a name that nobody calls": b"cos\nsystem\n.",
    "another that nobody calls": b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
    "global and reduce": b"cos\nsystem\n(S'{}'\ntR.",
    "inst": b"(S'{}'\nios\nsystem\n.",
    "obj": b"(cos\nsystem\nS'{}'\no.",
    "eval": b'c__builtin__\neval\n(S\'__import__("os").system("{}")\'\ntR.',
    "newobj": b"\x80\x02cos\nsystem\n(S'{}'\nt\x81.",
    "newobj_ex": b"\x80\x04)))\x92.",
    "persistent id": b"\x80\x02Pid\n.",
    "binary persistent id": b"\x80\x02K\x01Q.",
    "extension": b"\x80\x02\x82\x01.",
    "extension 2": b"\x80\x02\x83\x01\x00.",
    "extension 4": b"\x80\x02\x84\x01\x00\x00\x00.",
    "build": b"\x80\x02](S'__reduce__'\ntb.",
    "a call of an array's class": b"\x80\x02cnumpy\nndarray\n)R.",
    "a call of a list": b"\x80\x02])R.",
    "a name of numbers": b"\x80\x04K\x01K\x02\x93.",
    "another of numpy": b"cnumpy\nload\n(S'x'\ntR.",
    "another codec": b"c_codecs\nlookup\n(S'x'\ntR.",
    "encoded name": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_code_is_refused_and_never_runs(tmp_path, data):
    marker = tmp_path / "ran"
    path = tmp_path / "evil.bin"
    path.write_bytes(data.replace(b"{}", f"touch {marker}".encode()))
    with pytest.raises(SourceError, match=r"evil\.bin: .*holds code .*not executed"):
        read_bin(path)
    assert not marker.exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_code_that_python_pickles_is_refused(tmp_path, protocol):
    marker = tmp_path / "ran"
    evil = Runs(os.system, f"touch {marker}")
    data = pickle.dumps(([b"1", evil], [True]), protocol)
    with pytest.raises(InputError, match="not executed"):
        load_plain(io.BytesIO(data))
    assert not marker.exists()
    pickle.loads(data)  # as the standard library does it, to show that it would have run
    assert marker.exists()


BOMBS = {
    "bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x.",
    "bytes past 64 bits": b"\x80\x04\x8e" + b"\xff" * 8 + b"x.",
    "short bytes": b"\x80\x04B\xff\xff\xff\xffx.",
    "text": b"\x80\x04X\xff\xff\xff\x7fx.",
    "memo": b"\x80\x02Nr\xff\xff\xff\x7f0.",
    "long": b"\x80\x02\x8b\xff\xff\xff\x7f1.",
    "frame": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fN",
    "number of many digits": b"I" + b"9" * 100_000 + b"\n.",
    "a long string of escapes": b"(]S'" + b"ab\\n" * 5_000_000 + b"'\n.",
    "nested": b"\x80\x02)" + b"\x85" * 40_000 + b"\x85" * 2 + b"0.",
    "nested as a name": b"\x80\x02)" + b"\x85" * 40_000 + b"K\x01\x93.",
    "nested lists": b"(" * 40_000 + b"l" * 40_000 + b"0.",
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_bombs_do_not_fill_the_memory(data):
    start = time.process_time()
    tracemalloc.start()
    with pytest.raises(InputError, match="expected"):
        load_plain(io.BytesIO(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024
    assert time.process_time() - start < 5


@pytest.mark.parametrize("text", [b"\\", b"\\q", b"\\x4", b"\\xZZ", b"\\777", b"\\N{DIGIT ONE}"])
def test_escapes_that_python_2_does_not_write_are_refused(text):
    with pytest.raises(InputError, match="a string that is none"):
        load_plain(io.BytesIO(b"S'" + text + b"'\n."))


def test_endless_instructions_and_text_are_refused(monkeypatch):
    monkeypatch.setattr("faceaudit.files.safe_pickle.STEPS_LIMIT", 1000)
    with pytest.raises(InputError, match="at most 1,000 instructions"):
        load_plain(io.BytesIO(b"N0" * 501 + b"N."))
    monkeypatch.setattr("faceaudit.files.safe_pickle_stack.HELD_LIMIT", 1000)
    with pytest.raises(InputError, match="1,000 bytes of text"):
        load_plain(io.BytesIO(pickle.dumps(["x" * 600, "y" * 600])))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([bytes([code]) for code in b"(.012aelt)]}NIKJMSTUBCXV\x80\x85\x86\x87\x88"
                         b"\x89\x8c\x8e\x93\x94\x95\x96pqrghjcRbiodsu\x81\x90\x91"])
        | st.binary(max_size=4)
        | st.sampled_from([b"1\n", b"'a'\n", b"numpy\ndtype\n", b"_codecs\nencode\n"]),
        max_size=40,
    ).map(b"".join)
)  # fmt: skip
def test_any_instructions_end_in_a_value_or_our_error(data):
    refused = ""
    try:
        load_plain(io.BytesIO(data))
    except InputError as error:
        refused = str(error)
    assert not refused or refused.startswith("expected ")


@pytest.mark.parametrize(
    ("key", "simple"),
    [
        *((2**53 - 1, True), (2**53, False), (1 - 2**53, True), (-(2**53), False)),
        *((2**61 - 1, False), (10**40, False), (True, True), (None, True), ("a", True)),
        *((b"a", True), (0.5, False), ((1,), False)),
    ],
)
def test_only_keys_that_cannot_share_a_hash_are_keys(key, simple):
    """Whole numbers that differ by multiples of 2**61 - 1 all have one hash."""
    assert is_simple(key) is simple
    (found,) = load_plain(io.BytesIO(pickle.dumps({key: 1}, 4)))
    assert isinstance(found, Opaque) is not simple


def test_places_that_share_a_hash_are_no_places():
    """Protocol 0 writes where a value is put aside as any number; these take for ever to tell."""
    places = b"".join(b"p%d\n" % (n * (2**61 - 1)) for n in range(150_000))
    with pytest.raises(InputError, match="a place that no pickler gives"):
        load_plain(io.BytesIO(b"N" + places + b"."))
    assert load_plain(io.BytesIO(b"Np%d\n0g%d\n." % (2**32 - 1, 2**32 - 1))) is None


@pytest.mark.parametrize("name", ["punycode", "idna", "utf-7", "unicode_escape", "zlib_codec"])
def test_text_is_encoded_as_latin_1_only(name):
    """Others take a time that grows with the square of the text, or make more of it."""
    encoded = b"c_codecs\nencode\n" + b"X\x80\x84\x1e\0" + "\xe9".encode() * 1_000_000
    with pytest.raises(InputError, match="bytes that are none"):
        load_plain(
            io.BytesIO(encoded + b"X" + bytes([len(name), 0, 0, 0]) + name.encode() + b"\x86R.")
        )
