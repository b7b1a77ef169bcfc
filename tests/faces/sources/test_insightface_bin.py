"""insightface's .bin: photos and pairs as they are in it, whatever it is pickled with."""

import io
import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.reading import decode
from faceaudit.faces.reading.bin_file import read_bin
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.insightface_bin import people
from faceaudit.files.safe_pickle_values import Span

SIZE = (6, 5)
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def data_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


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


def test_a_large_photo_that_is_named_ten_thousand_times_is_read_once(tmp_path):
    large = data_of(1) + bytes(20 << 20)
    path = bin_of(tmp_path / "a.bin", [large] * 20_000, [True] * 10_000)
    assert path.stat().st_size < 22 << 20  # the pickle names it, and holds it once
    start = time.monotonic()
    assert not read_bin(path).firsts().any()
    assert time.monotonic() - start < 10


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
