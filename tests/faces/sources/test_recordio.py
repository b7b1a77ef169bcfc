"""RecordIO: records as MXNet writes them, broken ones named, and never more memory than a photo."""

import io
import struct
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.reading import decode
from faceaudit.faces.reading.recordio_file import RecordFile, read_index
from faceaudit.faces.sources.base import sources

SIZE = (6, 5)
MAGIC = bytes([0x0A, 0x23, 0xD7, 0xCE])


def data_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def part(flag: int, data: bytes) -> bytes:
    head = MAGIC + struct.pack("<I", flag << 29 | len(data))
    return head + data + bytes(-len(data) % 4)


def record(data: bytes) -> bytes:
    """Write a record the way dmlc-core does: cut where a word of it is the magic number."""
    words = [data[at : at + 4] for at in range(0, len(data), 4)]
    pieces, at = [b""], 0
    for word in words:
        if word == MAGIC:
            pieces.append(b"")
        else:
            pieces[-1] += word
        at += 4
    if len(pieces) == 1:
        return part(0, data)
    flags = [1, *[2] * (len(pieces) - 2), 3]
    return b"".join(map(part, flags, pieces))


def packed(labels, photo: bytes, id_: int = 0) -> bytes:
    if isinstance(labels, list):
        head = struct.pack("<IfQQ", len(labels), 0, id_, 0) + struct.pack(
            f"<{len(labels)}f", *labels
        )
    else:
        head = struct.pack("<IfQQ", 0, labels, id_, 0)
    return record(head + photo)


def write(folder, records, *, name="train", index=True):
    """Write a .rec and its .idx; return the path and where the records start."""
    path, offsets = folder / f"{name}.rec", []
    with path.open("wb") as file:
        for data in records:
            offsets.append(file.tell())
            file.write(data)
    if index:
        lines = "".join(f"{key}\t{offset}\n" for key, offset in enumerate(offsets))
        path.with_suffix(".idx").write_text(lines)
    return path, offsets


def source_of(path, **options):
    return sources.build({"source": "recordio", "path": str(path), **options})


@pytest.fixture
def load(tmp_path):
    def load(path, **options):
        return source_of(path, **options).load(SIZE, cache=tmp_path / "cache")

    return load


def insightface(folder, **options):
    """Three photos of person 7, two of person 8, then a record a person, as insightface packs."""
    photos = [packed(7.0, data_of(1)), packed([7.0, 1.0], data_of(2)), packed(7.0, data_of(3))]
    photos += [packed(8.0, data_of(4)), packed(8.0, data_of(5))]
    index = [packed([1.0, 4.0], b""), packed([4.0, 6.0], b"")]
    return write(folder, [packed([6.0, 8.0], b""), *photos, *index], **options)


@pytest.mark.parametrize("index", [True, False])
def test_insightface_s_sets(tmp_path, load, index):
    path, _ = insightface(tmp_path, index=index)
    loaded = load(path)
    assert loaded.left_out == ()
    assert loaded.faces.ids == tuple(f"{n:08d}" for n in range(1, 6))
    assert loaded.faces.names == ("000007", "000008")
    assert loaded.faces.identity.tolist() == [0, 0, 0, 1, 1]
    assert loaded.faces.group.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(loaded.faces.images[1], decode.decode(data_of(2)))
    assert source_of(path).survey() == Survey(2, 5)


@pytest.mark.parametrize("index", [True, False])
def test_only_the_records_that_are_asked_for_are_decoded(tmp_path, monkeypatch, index):
    path, _ = insightface(tmp_path, index=index)
    seen = []
    whole = decode.photo
    monkeypatch.setattr(decode, "photo", lambda data: seen.append(data) or whole(data))
    asked = {"00000002", "00000004"}
    loaded = source_of(path).load_chosen(SIZE, lambda ids: asked, cache=tmp_path / "cache")
    assert loaded.faces.ids == ("00000002", "00000004")
    assert loaded.faces.names == ("000007", "000008")
    assert sorted(seen) == sorted([data_of(2), data_of(4)])


def test_people_with_few_photos_go(tmp_path, load):
    path, _ = insightface(tmp_path)
    loaded = load(path, minimum=3)
    assert loaded.faces.names == ("000007",)
    assert [out.id for out in loaded.left_out] == ["000008"]
    assert source_of(path, minimum=3).survey() == Survey(1, 3)


def test_plain_records_and_those_without_a_photo_or_person(tmp_path, load):
    bad = [packed(0.5, data_of(9)), packed(-1.0, data_of(8)), packed(float("nan"), data_of(7))]
    path, _ = write(tmp_path, [packed(3.0, data_of(1)), packed(3.0, b""), *bad, record(b"short")])
    loaded = load(path)
    assert loaded.faces.ids == ("00000000",)
    reasons = {out.id: out.reason for out in loaded.left_out}
    assert "a record without" in reasons["00000001"]
    assert "got 0.5" in reasons["00000002"]
    assert "got -1" in reasons["00000003"]
    assert "got nan" in reasons["00000004"]
    assert "expected a header of 24 bytes" in reasons["00000005"]


def test_keys_of_the_index_are_ids_whatever_their_order(tmp_path, load):
    path, offsets = write(tmp_path, [packed(1.0, data_of(n)) for n in range(3)], index=False)
    index = "".join(f"{key}\t{offsets[at]}\n" for key, at in [(30, 0), (10, 2), (20, 1)])
    path.with_suffix(".idx").write_text(index)
    faces = load(path).faces
    assert faces.ids == ("00000010", "00000020", "00000030")
    np.testing.assert_array_equal(faces.images[0], decode.decode(data_of(2)))


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bodies=st.lists(st.lists(st.binary(max_size=9) | st.just(MAGIC), max_size=8).map(b"".join),
                       min_size=1, max_size=5), flag=st.integers(0, 3))  # fmt: skip
@example(bodies=[MAGIC], flag=0)
@example(bodies=[MAGIC * 3 + b"a", b""], flag=1)
def test_records_come_back_as_they_were_written(tmp_path, bodies, flag):
    labels = [float(n) for n in range(flag)] if flag else 5.0
    path, offsets = write(tmp_path, [packed(labels, body, id_=17) for body in bodies], index=False)
    file = RecordFile(path)
    scanned = list(file.scan())
    assert [offset for offset, _ in scanned] == offsets
    for (offset, found), body in zip(scanned, bodies, strict=True):
        assert found.photo_bytes == len(body)
        assert found.header.id == 17
        assert found.header.labels == (tuple(labels[:2]) if flag else (5.0,))
        assert file.photo(offset) == body


def test_a_magic_number_in_the_header_is_put_back(tmp_path):
    magic = int.from_bytes(MAGIC, "little")
    path, _ = write(tmp_path, [record(struct.pack("<IfQQ", 0, 2.0, magic, 0) + b"photo")])
    ((_, found),) = RecordFile(path).scan()
    assert found.header.id == magic
    assert RecordFile(path).photo(0) == b"photo"


def test_many_threads_read_at_once(tmp_path):
    bodies = [bytes([n]) * (100 * n) for n in range(50)]
    path, offsets = write(tmp_path, [packed(1.0, body) for body in bodies])
    file = RecordFile(path)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(file.photo, offsets * 20)) == bodies * 20


def test_a_cut_file_is_an_error_without_an_index_and_listed_with_one(tmp_path, load):
    records = [packed(1.0, data_of(n)) for n in range(4)]
    path, offsets = write(tmp_path, records)
    whole = path.read_bytes()
    for cut in (len(whole) - 1, offsets[3] + 4, offsets[3] + 1):
        path.write_bytes(whole[:cut])
        loaded = load(path)
        assert loaded.faces.ids == ("00000000", "00000001", "00000002")
        assert [out.id for out in loaded.left_out] == ["00000003"]
        assert f"at byte {offsets[3]:,}" in loaded.left_out[0].reason
    path.with_suffix(".idx").unlink()
    with pytest.raises(SourceError, match=rf"cut short \(.*byte {offsets[3]:,}.*\); fetch"):
        load(path)
    with pytest.raises(SourceError, match="cut short"):
        source_of(path).survey()


def test_wrong_offsets_are_listed(tmp_path, load):
    path, offsets = write(tmp_path, [packed(1.0, data_of(n)) for n in range(2)])
    lines = [f"0\t{offsets[0]}", f"1\t{offsets[1] + 4}", "2\t10", f"3\t{10**17}", "4\t2"]
    path.with_suffix(".idx").write_text("\n".join(lines))
    loaded = load(path)
    assert loaded.faces.ids == ("00000000",)
    reasons = {out.id: out.reason for out in loaded.left_out}
    assert f"at byte {offsets[1] + 4:,}, got 0x" in reasons["00000001"]
    assert "a multiple of 4, got byte 10" in reasons["00000002"]
    assert "got a file that ends" in reasons["00000003"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("0\t0\nx\t1\n", r"train\.idx, line 2: expected <key> <byte>, got 'x\\t1'"),
        ("0\n", "line 1: expected <key> <byte>"),
        ("0\t0\t0\n", "line 1"),
        ("0\t-4\n", "line 1"),
        ("0\t1_0\n", "line 1"),
        (f"0\t{'9' * 30}\n", "line 1"),
        ("0\t0\n0\t8\n", "expected each key once in .*, got 0 again"),
        ("0\t0\n1\t0\n", "expected each byte once in .*, got 0 again"),
        ("\n", "got an empty index"),
        ("0" * 10_000, "lines of at most 8,192 characters"),
    ],
)
def test_malformed_indexes_are_errors(tmp_path, load, lines, message):
    path, _ = write(tmp_path, [packed(1.0, data_of(1))])
    path.with_suffix(".idx").write_text(lines)
    with pytest.raises(SourceError, match=message):
        load(path)


@pytest.mark.parametrize(
    "data",
    [
        b"not a record at all.",
        MAGIC + struct.pack("<I", (1 << 29) - 1) + bytes(64),
        part(0, struct.pack("<IfQQ", 2**32 - 1, 0, 0, 0)),
        part(2, bytes(32)),
        part(3, bytes(32)),
        part(4, bytes(32)),
        part(7, bytes(32)),
        part(1, bytes(32)),
        part(1, bytes(32)) + part(0, bytes(32)),
        part(1, bytes(32)) + part(1, bytes(32)),
        part(1, bytes(31)) + part(3, bytes(32)),
        part(1, bytes(32)) + part(2, b"") * 3000 + part(3, b""),
        MAGIC,
    ],
)
def test_what_is_no_record_is_named_by_its_byte(tmp_path, load, data):
    path, offsets = write(tmp_path, [packed(1.0, data_of(1)), data], index=False)
    with pytest.raises(SourceError, match=f"byte {offsets[1]:,}"):
        load(path)
    with pytest.raises(PhotoError, match="expected"):
        RecordFile(path).photo(offsets[1])


def test_a_record_as_large_as_no_photo_is_not_read(tmp_path):
    path = tmp_path / "a.rec"
    length = 400 * 1024 * 1024
    with path.open("wb") as file:
        file.write(MAGIC + struct.pack("<I", length))
        file.truncate(8 + length)
    tracemalloc.start()
    with pytest.raises(PhotoError, match="at most 33,554,432 bytes"):
        RecordFile(path).photo(0)
    assert RecordFile(path).record(0).photo_bytes == length - 24
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_changed_file_is_packed_anew(tmp_path, load):
    path, _ = write(tmp_path, [packed(1.0, data_of(1))])
    first = load(path).faces.fingerprint
    write(tmp_path, [packed(1.0, data_of(2))])
    assert load(path).faces.fingerprint != first


def test_empty_and_missing_files(tmp_path, load):
    (tmp_path / "a.rec").write_bytes(b"")
    with pytest.raises(SourceError, match="expected photos in"):
        load(tmp_path / "a.rec")
    with pytest.raises(SourceError, match="expected a path"):
        load(tmp_path / "b.rec")
    with pytest.raises(SourceError, match=r"expected a \.rec file, got .*, which is a folder; try"):
        load(tmp_path)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), index=st.booleans())
def test_mutated_files_are_read_or_refused(tmp_path, data, index):
    for old in tmp_path.glob("*.idx"):
        old.unlink()
    path, _ = insightface(tmp_path, index=index)
    for name in [path, path.with_suffix(".idx")][: 1 + index]:
        whole = bytearray(name.read_bytes())
        for at, byte in data.draw(
            st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=5)
        ):
            whole[at] = byte
        name.write_bytes(whole[: len(whole) - data.draw(st.integers(0, 40))])
    refused = ""
    try:
        assert source_of(path).survey().photos <= 8
    except SourceError as error:
        refused = str(error)
    assert not refused or "expected" in refused


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=60))
def test_any_bytes_as_an_index(tmp_path, data):
    path = tmp_path / "a.idx"
    path.write_bytes(data)
    refused = ""
    try:
        keys, offsets = read_index(path)
        assert len(keys) == len(offsets)
    except SourceError as error:
        refused = str(error)
    assert not refused or "expected" in refused
