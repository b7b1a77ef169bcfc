"""insightface's .bin: photos and pairs as they are in it, whatever it is pickled with."""

import gzip
import io
import os
import pickle
import struct
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.pairs.files import listed_pairs
from faceaudit.faces.reading import bin_file, decode
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


def columns(photo: bytes) -> np.ndarray:
    """As cv2.imencode gave it before OpenCV 4.5.4."""
    return np.frombuffer(photo, np.uint8).reshape(-1, 1)


def rows(photo: bytes) -> np.ndarray:
    return np.frombuffer(photo, np.uint8).reshape(1, -1)


def as_objects(photos: list) -> np.ndarray:
    whole = np.empty(len(photos), object)
    whole[:] = photos
    return whole


PHOTOS = {
    "bytes": list,
    "a tuple": tuple,
    "bytearrays": lambda photos: [bytearray(photo) for photo in photos],
    "arrays (n,)": lambda photos: [np.frombuffer(photo, np.uint8) for photo in photos],
    "arrays (n, 1)": lambda photos: [columns(photo) for photo in photos],
    "arrays (1, n)": lambda photos: [rows(photo) for photo in photos],
    "arrays of int8": lambda photos: [columns(photo).view(np.int8) for photo in photos],
    "an array of objects": as_objects,
    "an array of arrays": lambda photos: as_objects([columns(photo) for photo in photos]),
}
LABELS = {
    "booleans": list,
    "an array": np.array,
    "int64": lambda same: np.array(same, np.int64),
    "uint8": lambda same: np.array(same, np.uint8),
    "float32": lambda same: np.array(same, np.float32),
    "(P, 1)": lambda same: np.array(same).reshape(-1, 1),
    "objects": lambda same: np.array(same, object),
    "np.int64": lambda same: [np.int64(label) for label in same],
    "np.bool": lambda same: [np.bool_(label) for label in same],
    "numbers": lambda same: [int(label) for label in same],
    "fractions": lambda same: tuple(float(label) for label in same),
}
WHOLE = {
    "a tuple": lambda photos, same: (photos, same),
    "a list": lambda photos, same: [photos, same],
    "a dictionary": lambda photos, same: {"bins": photos, "issame_list": same},
    "other words": lambda photos, same: {"version": 1, "labels": same, "images": photos},
}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_same_set_however_it_was_pickled(tmp_path, protocol, zipped):
    photos, same = [data_of(n) for n in range(4)], [True, False]
    for makes in (
        *((make, list, WHOLE["a tuple"]) for make in PHOTOS.values()),
        *((list, make, WHOLE["a tuple"]) for make in LABELS.values()),
        *((list, list, make) for make in WHOLE.values()),
    ):
        data = pickle.dumps(makes[2](makes[0](photos), makes[1](same)), protocol)
        path = tmp_path / "a.bin"
        path.write_bytes(gzip.compress(data) if zipped else data)
        bins = read_bin(path)
        assert [bins.read(number) for number in range(4)] == photos
        assert bins.same.tolist() == same
        assert [pair.same for pair in listed_pairs(path)[1]] == same


def test_gzip_that_holds_code_or_too_much_is_refused(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(gzip.compress(b"cos\nsystem\n(S'touch ran'\ntR."))
    with pytest.raises(SourceError, match=r"holds code \(the name 'os.system'\)"):
        read_bin(path)
    path.write_bytes(gzip.compress(bytes(100 << 20)))
    with pytest.raises(SourceError, match="a gzip archive that grows more than 64 times"):
        read_bin(path)
    whole = gzip.compress(SEED)
    for cut in (1, 5, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:-cut])
        with pytest.raises(SourceError, match="expected"):
            read_bin(path)


def test_pixels_in_place_of_files_are_named(tmp_path):
    pixels = [np.zeros((112, 112, 3), np.uint8)] * 2
    path = bin_of(tmp_path / "a.bin", pixels, [True])
    with pytest.raises(SourceError, match=r"pixels of shape \(112, 112, 3\) as photo 0; put whole"):
        read_bin(path)
    path = tmp_path / "b.bin"
    path.write_bytes(pickle.dumps({"a": [], "b": []}))
    with pytest.raises(SourceError, match="a dictionary of 'a', 'b'; name the two bins, issame"):
        read_bin(path)


def test_photos_stay_in_the_file_until_they_are_read(tmp_path):
    path = bin_of(tmp_path / "a.bin", [data_of(1), data_of(2)], [False])
    bins = read_bin(path)
    assert all(isinstance(photo, Span) for photo in bins.photos)
    path.unlink()
    assert bins.read(1) == data_of(2)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pickle_is_tried_apart_first(tmp_path, monkeypatch, pack):
    """What the reader's own bounds would miss ends another process, not this one."""
    path = tmp_path / "a.bin"
    filling = b"]0" + b"]" * 300_000 + b"0" * 300_000
    path.write_bytes(
        pack(pickle.dumps(([bytes(99)] * 2, [True]), 2).replace(b"(", filling + b"(", 1))
    )
    monkeypatch.setattr(bin_file, "_INFLATION", 10_000)
    assert len(read_bin(path).photos) == 2
    for name, value in {"MEMORY": 1 << 20, "LOAD_MEMORY": 0, "THREAD": 0}.items():
        monkeypatch.setattr(f"faceaudit.files.limited.limits.{name}", value)
    with pytest.raises(
        SourceError,
        match=r"^a\.bin: expected a pickle that stays within limits, got a\.bin \(out of",
    ):
        read_bin(path)
    monkeypatch.setattr(bin_file, "_SMALL", 1 << 30)
    assert len(read_bin(path).photos) == 2, "a small one is too short for that"


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
        ([b"1", b"2"], [-1]),
        ([b"1", b"2"], [0.5]),
        ([b"1", b"2"], np.array([2])),
        ([b"1", b"2"], np.array(["1"])),
        ([b"1", b"2"], np.array([1, 0])),
        ([np.arange(3)] * 2, [True]),
        {"bins": [b"1", b"2"]},
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


@pytest.mark.parametrize("name", ["bin", "recordio"])
def test_a_folder_in_place_of_the_file_is_named(tmp_path, name):
    source = sources.build({"source": name, "path": str(tmp_path)})
    suffix = {"bin": ".bin", "recordio": ".rec"}[name]
    for act in (source.survey, source.photos):
        with pytest.raises(SourceError, match=f"which is a folder; .*try folder:{tmp_path}"):
            act()
    for file in ("b", "a"):
        (tmp_path / f"{file}{suffix}").touch()
    with pytest.raises(SourceError, match=f"which is a folder; try {tmp_path}/a{suffix}$"):
        source.survey()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04\x14\0", "a zip archive; check"),
        (b"\xff\xd8\xff\xe0", "a JPEG photo; check"),
        (b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS; check"),
        (b"PAR1", "a Parquet table; check"),
    ],
)
def test_what_is_no_pickle_is_named(tmp_path, data, said):
    (tmp_path / "a.bin").write_bytes(data)
    with pytest.raises(SourceError, match=f"expected an insightface .bin, got .*a.bin, {said}"):
        read_bin(tmp_path / "a.bin")


@pytest.mark.parametrize("labels", [bytes(300), np.zeros(300, np.uint8)], ids=["bytes", "array"])
def test_labels_are_counted_before_they_are_read(tmp_path, labels):
    """The file takes a few kilobytes of the disk, and has room for as many labels as it says."""
    many = 300_000_000
    data = pickle.dumps(([b"1", b"2"], labels), 4)
    at = data.index(b"B" + struct.pack("<I", 300)) + 5
    start = data[: at - 4].replace(b"M\x2c\x01", b"J" + struct.pack("<i", many))
    path = tmp_path / "a.bin"
    with path.open("wb") as file:
        file.write(start + struct.pack("<I", many))
        file.seek(many, 1)
        file.write(data[at + 300 :])
    tracemalloc.start()
    with pytest.raises(SourceError, match="got 2 photos and 300,000,000 labels"):
        read_bin(path)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()
