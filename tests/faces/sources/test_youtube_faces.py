"""YouTube Faces: the folder and the archive are one, and no archive does harm."""

import gzip
import io
import random
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import SourceError
from faceaudit.faces.loaded import LeftOut, Survey
from faceaudit.faces.packing import prepare
from faceaudit.faces.reading import archive, decode
from faceaudit.faces.sources.base import sources
from faceaudit.types import pixel_digests

SIZE = (6, 5)
ROOT = "aligned_images_DB"


def data_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 20, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


FRAMES = {
    name: data_of(100 + at)
    for at, name in enumerate(
        [
            *(f"Amy_B/{video}/{video}.{frame}.jpg" for video in (0, 3) for frame in (1, 10, 2)),
            "José/1/1.555.jpg",
            "José/1/1.1004.jpg",
            "Zoe/2/2.7.jpg",
        ]
    )
}
ODD = {
    "Amy_B/0/0.99.jpg": b"no photo",
    "Amy_B/loose.jpg": data_of(1),
    "Amy_B/0/.hidden.jpg": data_of(2),
    "Amy_B/0/deep/1.jpg": data_of(3),
    "Zoe/2/copy.jpg": FRAMES["Zoe/2/2.7.jpg"],
    "Zoe/2/Amys.jpg": data_of(4),
    "Amy_B/0/Amys.jpg": data_of(4),
    "notes.txt": b"hello",
    "Bad/0/0.1.jpg": b"",
}


def regular(name: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def members_of(files, start=f"{ROOT}/"):
    return [regular(start + name, data) for name, data in files.items()]


def tarred(members, form=tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def youtube(path, **options):
    return sources.build({"source": "youtube_faces", "path": str(path), **options})


@pytest.fixture
def load(tmp_path):
    numbers = iter(range(10_000))

    def load(data, *, name="db.tar", cache=None, **options):
        path = data
        if isinstance(data, bytes):
            path = tmp_path / f"{next(numbers)}" / name
            path.parent.mkdir()
            path.write_bytes(data)
        return youtube(path, **options).load(SIZE, cache=cache or tmp_path / "cache")

    return load


def folder_of(root: Path, files) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def test_people_videos_frames_and_the_central_half(tmp_path, load):
    faces = load(folder_of(tmp_path / ROOT, FRAMES)).faces
    assert faces.names == ("Amy_B", "José", "Zoe")
    assert faces.ids[:3] == ("Amy_B/0/0.1.jpg", "Amy_B/0/0.10.jpg", "Amy_B/0/0.2.jpg")
    assert faces.group.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 3]
    exact = youtube(tmp_path / ROOT).load((12, 10), cache=tmp_path / "cache").faces
    whole = decode.decode(FRAMES["Amy_B/0/0.1.jpg"])
    np.testing.assert_array_equal(exact.images[0], whole[6:18, 5:15])


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("start", [f"{ROOT}/", f"./{ROOT}/", "", "./", f"YouTubeFaces/{ROOT}/"])
@pytest.mark.parametrize("zipped", [True, False])
def test_the_archive_gives_what_the_folder_gives(tmp_path, load, form, start, zipped):
    files = {**FRAMES, **ODD}
    folder = folder_of(tmp_path / ROOT, files)
    (folder / "Nobody").mkdir()
    (folder / "Zoe/9").mkdir()
    (folder / "Zoe/2/link.jpg").symlink_to("/etc/passwd")
    expected = load(folder)
    assert len(expected.faces) == len(FRAMES)

    members = [
        *members_of(files, start),
        special(f"{start}Nobody", tarfile.DIRTYPE),
        special(f"{start}Zoe/", tarfile.DIRTYPE),
        special(f"{start}Zoe/9/", tarfile.DIRTYPE),
        special(f"{start}Zoe/2/link.jpg", tarfile.SYMTYPE, "/etc/passwd"),
    ]
    random.Random(7).shuffle(members)
    data = tarred([special(start, tarfile.DIRTYPE), *members] if start else members, form)
    found = load(gzip.compress(data) if zipped else data, name="db.tar.gz" if zipped else "db.tar")
    assert found.faces.fingerprint == expected.faces.fingerprint
    assert found.faces.ids == expected.faces.ids
    assert found.faces.names == expected.faces.names
    assert found.left_out == expected.left_out
    assert pixel_digests(found.faces.images) == pixel_digests(expected.faces.images)
    np.testing.assert_array_equal(found.faces.group, expected.faces.group)


def test_names_that_are_no_utf8_are_spelled_as_in_a_folder(tmp_path, load):
    name = b"Jos\xe9\n".decode("utf-8", "surrogateescape")
    folder = folder_of(tmp_path / ROOT, {f"{name}/0/1.jpg": data_of(1)})
    found = load(tarred(members_of({f"{name}/0/1.jpg": data_of(1)})))
    assert found.faces.names == load(folder).faces.names == ("Jos\\xe9\\u000a",)


def test_hostile_members_are_listed_and_nothing_is_written(tmp_path, load):
    device = special(f"{ROOT}/Amy_B/0/tty.jpg", tarfile.CHRTYPE)
    heavy = regular(f"{ROOT}/Amy_B/0/heavy.jpg", bytes(archive.BYTES_LIMIT + 1))
    data = tarred(
        [
            *members_of({"../../evil.jpg": data_of(5), "Amy_B/../../x/0/1.jpg": data_of(6)}),
            regular("/etc/0/passwd.jpg", data_of(7)),
            special("../up/", tarfile.DIRTYPE),
            special(f"{ROOT}/Amy_B/0/link.jpg", tarfile.SYMTYPE, "/etc/passwd"),
            special(f"{ROOT}/Amy_B/0/hard.jpg", tarfile.LNKTYPE, "../../etc/passwd"),
            special(f"{ROOT}/Amy_B/0/pipe.jpg", tarfile.FIFOTYPE),
            device,
            heavy,
            *members_of(FRAMES),
        ]
    )
    before = sorted(tmp_path.rglob("*"))
    loaded = load(gzip.compress(data, 1), cache=tmp_path / "cache")
    assert len(loaded.faces) == len(FRAMES)
    outside = "expected a path inside the archive, got one that leads out of it"
    reasons = {out.id: out.reason for out in loaded.left_out}
    assert sum(reason == outside for reason in reasons.values()) == 4
    assert "symbolic link" in reasons["Amy_B/0/link.jpg"]
    assert "hard link" in reasons["Amy_B/0/hard.jpg"]
    assert "something else" in reasons["Amy_B/0/pipe.jpg"]
    assert "something else" in reasons["Amy_B/0/tty.jpg"]
    assert "at most 33,554,432 bytes, got 33,554,433" in reasons["Amy_B/0/heavy.jpg"]
    assert len(reasons) == 9
    written = [p for p in sorted(tmp_path.rglob("*")) if p not in before and p.suffix == ".jpg"]
    assert written == []


@pytest.mark.parametrize("zipped", [True, False])
def test_an_archive_cut_anywhere_is_an_error(tmp_path, load, zipped):
    data = tarred(members_of(FRAMES)[:3], tarfile.GNU_FORMAT)
    end = max(at for at, byte in enumerate(data) if byte) + 1
    whole = gzip.compress(data) if zipped else data
    last = len(whole) if zipped else end + 512
    for length in [*range(0, last, 97), last - 1]:
        with pytest.raises(SourceError, match=r"expected a whole \.tar or \.tar\.gz .*got .*cut"):
            load(whole[:length])


def test_a_broken_header_is_not_taken_for_the_end(load):
    data = bytearray(tarred(members_of(FRAMES)))
    second = 512 + (len(FRAMES["Amy_B/0/0.1.jpg"]) + 511) // 512 * 512
    data[second + 3] ^= 0xFF
    with pytest.raises(SourceError, match="broken or cut short"):
        load(bytes(data))


def test_a_flipped_bit_in_the_last_frame_is_seen_by_its_checksum(load):
    data = bytearray(gzip.compress(tarred(members_of(FRAMES))))
    data[-6] ^= 1
    with pytest.raises(SourceError, match="CRC"):
        load(bytes(data))


def test_what_is_behind_the_end_mark_is_told(load):
    one, two = dict(list(FRAMES.items())[:2]), dict(list(FRAMES.items())[2:])
    loaded = load(tarred(members_of(one)) + tarred(members_of(two)))
    assert len(loaded.faces) == 2
    assert loaded.left_out == (
        LeftOut("db.tar", "expected nothing after the archive's end mark, got more"),
    )


def header(name: bytes, size: bytes, kind: bytes) -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[124 : 124 + len(size)] = size
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize("kind", [b"x", b"g", b"L", b"K"])
def test_a_header_that_would_fill_the_memory_is_refused(load, kind):
    data = header(b"h", b"77777777777\0", kind) + bytes(2048)
    with pytest.raises(SourceError, match="a header that states"):
        load(data + tarred(members_of(FRAMES)))


@pytest.mark.parametrize("size", [-512, -1024, -(2**60)])
@pytest.mark.parametrize("name", [b"a/0/1.jpg", b"unread.txt"])
def test_a_header_that_leads_back_is_refused(load, name, size):
    first = tarred(members_of(FRAMES)[:1])
    stated = size.to_bytes(12, "big", signed=True)
    data = first[: 512 + (len(FRAMES["Amy_B/0/0.1.jpg"]) + 511) // 512 * 512]
    with pytest.raises(SourceError, match="broken or cut short"):
        load(data + header(name, stated, b"0") + bytes(1024))


@pytest.mark.parametrize("seed", range(60))
def test_mutated_archives_are_read_or_refused(load, seed):
    rng = random.Random(seed)
    data = bytearray(tarred(members_of(FRAMES), rng.choice([0, 1, 2])))
    for _ in range(rng.choice([1, 3, 30])):
        block = rng.randrange(len(data) // 512)
        data[512 * block + rng.choice([rng.randrange(512), rng.randrange(100, 160)])] = (
            rng.randrange(256)
        )
    faces, refused = (), ""
    try:
        faces = load(bytes(data)).faces
    except SourceError as error:
        refused = str(error)
    assert len(faces) > 0 or refused.startswith("expected ")


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8bno zip", bytes(10_240)])
def test_what_is_no_archive_is_an_error(load, data):
    with pytest.raises(SourceError, match=r"expected (a whole|photos)"):
        load(data)


def test_an_archive_cut_short_keeps_what_was_packed(tmp_path, load, monkeypatch):
    files = {f"p{n % 3}/0/{n}.jpg": data_of(n) for n in range(100)}
    data = tarred(members_of(files))
    with pytest.raises(SourceError, match="cut short"):
        load(data[: len(data) // 2])
    partial = next((tmp_path / "cache").glob("*.partial"))
    done = len((partial / "journal.jsonl").read_bytes().splitlines())
    assert done >= 45 - prepare.WINDOW
    decoded = []
    whole = decode.photo
    monkeypatch.setattr(decode, "photo", lambda data: decoded.append(data) or whole(data))
    with pytest.raises(SourceError, match="cut short"):
        load(tmp_path / "0/db.tar")
    assert len(decoded) <= prepare.WINDOW


def test_a_frame_that_is_there_twice_goes_when_its_files_differ(load):
    twice = [regular(f"{ROOT}/Amy_B/0/0.1.jpg", data_of(77)), *members_of(FRAMES)]
    loaded = load(tarred(twice))
    assert "Amy_B/0/0.1.jpg" not in loaded.faces.ids
    assert [out.id for out in loaded.left_out] == ["Amy_B/0/0.1.jpg"] * 2


def test_people_with_few_frames_are_left_out_undecoded(tmp_path, load, monkeypatch):
    folder = folder_of(tmp_path / ROOT, FRAMES)
    expected = load(folder, minimum=3)
    decoded = []
    whole = decode.photo
    monkeypatch.setattr(decode, "photo", lambda data: decoded.append(data) or whole(data))
    found = load(gzip.compress(tarred(members_of(FRAMES))), minimum=3)
    assert len(decoded) == 6
    assert found.faces.names == ("Amy_B",)
    assert found.left_out == expected.left_out
    assert [out.id for out in found.left_out] == ["José", "Zoe"]
    assert found.faces.fingerprint == expected.faces.fingerprint


def test_an_archive_is_decoded_once(tmp_path, load, monkeypatch):
    load(gzip.compress(tarred(members_of(FRAMES))))
    monkeypatch.setattr(archive, "_open_archive", None)
    assert len(load(tmp_path / "0/db.tar").faces) == len(FRAMES)


def test_members_are_not_all_remembered(load, monkeypatch):
    most = []
    whole = archive._read_next_member

    def watched(tar, path):
        most.append(len(tar.members))
        return whole(tar, path)

    monkeypatch.setattr(archive, "_read_next_member", watched)
    load(tarred(members_of({f"p/0/{n}.jpg": data_of(n) for n in range(50)})))
    assert max(most) <= 1


def test_a_survey_counts_a_folder_and_does_not_read_an_archive(tmp_path):
    assert youtube(folder_of(tmp_path / ROOT, FRAMES)).survey() == Survey(3, 9)
    (tmp_path / "db.tar.gz").write_bytes(b"anything")
    assert youtube(tmp_path / "db.tar.gz").survey() == Survey(None, None)
    with pytest.raises(SourceError, match="expected a path"):
        youtube(tmp_path / "gone.tar.gz").survey()


def test_the_folder_above_is_told_apart(tmp_path, load):
    folder_of(tmp_path / "YouTubeFaces" / ROOT, FRAMES)
    with pytest.raises(SourceError, match=f"got none; try {tmp_path}/YouTubeFaces/{ROOT}$"):
        load(tmp_path / "YouTubeFaces")
