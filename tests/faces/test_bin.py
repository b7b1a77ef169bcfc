"""insightface's .bin: plain values as pickle gives them, and nothing in a pickle ever runs."""

import io
import os
import pickle
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import InputError, SourceError
from faceaudit.faces import decode
from faceaudit.faces.bin import people, read_bin
from faceaudit.faces.pickled_values import Array, Span
from faceaudit.faces.restricted_pickle import load_plain
from faceaudit.faces.source import Survey, sources

SIZE = (6, 5)
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def data_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def plain(data: bytes) -> object:
    """What the reader gives, with long byte strings and arrays filled in."""

    def filled(value):
        match value:
            case Span(start, length):
                return data[start : start + length]
            case Array():
                whole = filled(value.data)
                return [*whole] if value.kind == "u1" else [byte != 0 for byte in whole]
            case list() | tuple():
                return type(value)(map(filled, value))
        return value

    return filled(load_plain(io.BytesIO(data)))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.binary(max_size=100)
    | st.text(max_size=100),
    lambda inner: st.lists(inner, max_size=5) | st.lists(inner, max_size=5).map(tuple),
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
    "global and reduce": b"cos\nsystem\n(S'{}'\ntR.",
    "inst": b"(S'{}'\nios\nsystem\n.",
    "obj": b"(cos\nsystem\nS'{}'\no.",
    "eval": b'c__builtin__\neval\n(S\'__import__("os").system("{}")\'\ntR.',
    "newobj": b"\x80\x02cos\nsystem\n(S'{}'\nt\x81.",
    "newobj_ex": b"\x80\x04))\x92.",
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
    "nested": b"\x80\x02)" + b"\x85" * 40_000 + b"\x85" * 2 + b"0.",
    "nested as a name": b"\x80\x02)" + b"\x85" * 40_000 + b"K\x01\x93.",
    "nested lists": b"(" * 40_000 + b"l" * 40_000 + b"0.",
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_bombs_do_not_fill_the_memory(data):
    tracemalloc.start()
    with pytest.raises(InputError, match="expected"):
        load_plain(io.BytesIO(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def test_endless_instructions_and_text_are_refused(monkeypatch):
    monkeypatch.setattr("faceaudit.faces.restricted_pickle.STEPS_LIMIT", 1000)
    with pytest.raises(InputError, match="at most 1,000 instructions"):
        load_plain(io.BytesIO(b"N0" * 501 + b"N."))
    monkeypatch.setattr("faceaudit.faces.restricted_pickle.HELD_LIMIT", 1000)
    with pytest.raises(InputError, match="1,000 bytes of text"):
        load_plain(io.BytesIO(pickle.dumps(["x" * 600, "y" * 600])))


def bin_of(path: Path, photos, same, protocol=4) -> Path:
    path.write_bytes(pickle.dumps((photos, same), protocol))
    return path


SEED = bytes(pickle.dumps(([data_of(1), data_of(2), b"x" * 99, b"y"], [True, False]), 4))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, len(SEED)),
    protocol=st.sampled_from(PROTOCOLS),
)
def test_mutated_files_are_read_or_refused(tmp_path, changes, cut, protocol):
    value = pickle.loads(SEED)
    data = bytearray(pickle.dumps(value, protocol))
    for at, byte in changes:
        data[at % len(data)] = byte
    path = tmp_path / "a.bin"
    path.write_bytes(data[: max(1, len(data) - cut)])
    refused = ""
    try:
        bins = read_bin(path)
        assert len(bins.photos) == 2 * len(bins.same)
        bins.firsts()
    except SourceError as error:
        refused = str(error)
    assert not refused or "expected" in refused


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


def load(path, tmp_path, **options):
    return sources.build({"source": "bin", "path": str(path), **options}).load(
        SIZE, cache=tmp_path / "cache"
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_photos_come_once_and_joined_ones_are_one_person(tmp_path, protocol):
    # Pairs: (0, 1) genuine, (2, 3) impostor, (4, 5) genuine with 4 the same file as 1.
    photos = [data_of(n) for n in (0, 1, 2, 3, 1, 5)]
    path = bin_of(tmp_path / "a.bin", photos, [True, False, True], protocol)
    loaded = load(path, tmp_path)
    assert loaded.faces.ids == ("0000000", "0000001", "0000002", "0000003", "0000005")
    assert [loaded.faces.names[n] for n in loaded.faces.identity] == [
        *["0000000"] * 2, "0000002", "0000003", "0000000",
    ]  # fmt: skip
    np.testing.assert_array_equal(loaded.faces.images[4], decode.decode(data_of(5)))
    assert [(out.id, out.reason.split(", got ")[1]) for out in loaded.left_out] == [
        ("0000004", "the same file as 0000001")
    ]
    source = sources.build({"source": "bin", "path": str(path)})
    assert source.survey() == Survey(None, 6)


def test_arrays_and_broken_photos(tmp_path):
    photos = [np.frombuffer(data_of(n), np.uint8) for n in range(3)] + [b"no photo"]
    loaded = load(bin_of(tmp_path / "a.bin", photos, np.array([True, True])), tmp_path)
    assert loaded.faces.ids == ("0000000", "0000001", "0000002")
    assert [out.id for out in loaded.left_out] == ["0000003"]


def test_photos_stay_in_the_file_until_they_are_read(tmp_path):
    path = bin_of(tmp_path / "a.bin", [data_of(1), data_of(2)], [False])
    bins = read_bin(path)
    assert all(isinstance(photo, Span) for photo in bins.photos)
    path.unlink()
    assert bins.read(1) == data_of(2)


@pytest.mark.parametrize(
    "value",
    [
        [],
        ([b"1", b"2"], [True], 3),
        ([b"1", b"2", b"3"], [True]),
        ([], []),
        ([b"1", "2"], [True]),
        ([b"1", b"2"], [2]),
        ([b"1", b"2"], [None]),
        ([b"1", b"2"], True),
        (b"12", [True]),
        ([b"1", [b"2"]], [True]),
    ],
)
def test_other_values_are_no_set(tmp_path, value):
    path = tmp_path / "a.bin"
    path.write_bytes(pickle.dumps(value))
    with pytest.raises(SourceError, match="expected a list of photos and a list of half as many"):
        read_bin(path)


def test_a_folder_or_pipe_is_no_bin(tmp_path):
    with pytest.raises(SourceError, match="expected"):
        read_bin(tmp_path)
    os.mkfifo(tmp_path / "pipe.bin")
    with pytest.raises(SourceError, match="expected a file"):
        read_bin(tmp_path / "pipe.bin")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_people_are_the_connected_photos(data):
    same = np.array(data.draw(st.lists(st.booleans(), min_size=1, max_size=12)))
    files = data.draw(st.lists(st.integers(0, 8), min_size=2 * len(same), max_size=2 * len(same)))
    firsts = np.array([files.index(file) for file in files])
    found = people(same, firsts)
    # Warshall's closure of "joined", as the oracle.
    joined = np.eye(len(files), dtype=bool)
    for one, first in enumerate(firsts):
        joined[one, first] = joined[first, one] = True
    for pair in np.flatnonzero(same):
        joined[2 * pair, 2 * pair + 1] = joined[2 * pair + 1, 2 * pair] = True
    for k in range(len(files)):
        joined |= np.outer(joined[:, k], joined[k])
    np.testing.assert_array_equal(found[:, None] == found, joined)
    np.testing.assert_array_equal(found, joined.argmax(axis=1))
