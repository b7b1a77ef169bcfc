"""Packing: once, in any order, going on after any end."""

import errno
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.packing import finished, journal, prepare
from faceaudit.faces.packing.pack import pack
from faceaudit.faces.packing.packing import Packing
from faceaudit.faces.reading import decode
from faceaudit.faces.reading.layout import PhotoFile, PhotoLocation
from faceaudit.files import sealed
from faceaudit.files.digests import sha256_of
from faceaudit.progress import Silent, silent
from faceaudit.types import FaceSet

SIZE = (6, 5)


def data_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def photo(name: str, data: bytes, group: str = "") -> PhotoFile:
    return PhotoFile(
        PhotoLocation(name, name.split("/", maxsplit=1)[0], group or name), lambda: data
    )


def some(count: int = 40) -> list[PhotoFile]:
    return [photo(f"p{at % 4}/{at:03}.png", data_of(at)) for at in range(count)]


def of(photos, what="it") -> Packing:
    return Packing(
        what=what, stream=lambda: photos, total=len(photos), size=SIZE, crop=1.0, where="here"
    )


def packed(photos, cache: Path, what="it"):
    return pack(of(photos, what), cache=cache, progress=silent)


@pytest.fixture
def decoded(monkeypatch):
    """Count the decodings."""
    seen = []
    whole = decode.photo

    def count(data, **options):
        seen.append(data)
        return whole(data, **options)

    monkeypatch.setattr(decode, "photo", count)
    return seen


def test_rows_are_sorted_by_id_and_hold_the_pixels(tmp_path):
    photos = some()
    random.Random(1).shuffle(photos)
    faces = packed(photos, tmp_path).faces
    assert list(faces.ids) == sorted(each.location.id for each in photos)
    assert faces.names == ("p0", "p1", "p2", "p3")
    for row, name in enumerate(faces.ids):
        np.testing.assert_array_equal(
            faces.images[row], decode.decode(data_of(int(name.split("/")[1][:3])))
        )
        assert faces.names[faces.identity[row]] == name.split("/")[0]
    assert sorted(faces.group.tolist()) == list(range(40))


def test_the_order_photos_come_in_changes_nothing(tmp_path):
    there, back = packed(some(), tmp_path / "a"), packed(some()[::-1], tmp_path / "b")
    assert there.faces.fingerprint == back.faces.fingerprint
    assert there.faces.ids == back.faces.ids
    np.testing.assert_array_equal(there.faces.images, back.faces.images)
    np.testing.assert_array_equal(there.faces.group, back.faces.group)


def test_the_fingerprint_is_that_of_the_faces_in_memory(tmp_path):
    faces = packed(some(), tmp_path).faces
    loose = FaceSet(
        images=np.array(faces.images),
        identity=faces.identity,
        names=faces.names,
        ids=faces.ids,
        group=faces.group,
    )
    assert loose.fingerprint == faces.fingerprint


def test_a_video_is_one_group(tmp_path):
    photos = [photo(f"a/{v}/{n}", data_of(9 * v + n), f"a/{v}") for v in (0, 1) for n in range(3)]
    photos += [photo("b/0/0", data_of(99), "b/0")]
    assert packed(photos, tmp_path).faces.group.tolist() == [0, 0, 0, 1, 1, 1, 2]


def test_what_is_packed_is_never_decoded_again(tmp_path, decoded):
    first = packed(some(), tmp_path)
    assert len(decoded) == 40

    def untouched():
        raise AssertionError("listed again")

    again = pack(Packing("it", untouched, None, SIZE, 1.0, "here"), cache=tmp_path, progress=silent)
    assert len(decoded) == 40
    assert again.faces.fingerprint == first.faces.fingerprint
    assert again.left_out == first.left_out
    np.testing.assert_array_equal(again.faces.images, first.faces.images)


def test_what_goes_in_makes_the_key():
    keys = {
        Packing(what, list, None, size, crop, "here").key
        for what in ("it", "other")
        for size in ((6, 5), (5, 6))
        for crop in (1.0, 0.5, (0.0, 0.0, 1.0, 1.0))
    }
    assert len(keys) == 12
    assert Packing("it", list, 3, (6, 5), 1.0, "there").key in keys


def test_images_are_mapped_and_may_be_written_without_harm(tmp_path):
    faces = packed(some(), tmp_path).faces
    assert isinstance(faces.images, np.memmap)
    file = next(tmp_path.glob("*/images.u8"))
    before = file.read_bytes()
    tensor = torch.from_numpy(faces.images)
    tensor[0] = 7
    assert faces.images[0].max() == 7
    assert file.read_bytes() == before


def test_what_cannot_be_read_or_decoded_is_listed(tmp_path):
    def gone():
        raise FileNotFoundError(2, "No such file or directory", "/secret/place")

    def heavy():
        raise PhotoError("expected less, got more")

    photos = [
        photo("a/1", data_of(1)),
        photo("a/2", b"nonsense"),
        PhotoFile(PhotoLocation("a/3", "a", "a/3"), gone),
        PhotoFile(PhotoLocation("b/1", "b", "b/1"), heavy),
        LeftOut("notes.txt", "no photo"),
    ]
    loaded = packed(photos, tmp_path)
    assert loaded.faces.ids == ("a/1",)
    assert [out.id for out in loaded.left_out] == ["a/2", "a/3", "b", "b/1", "notes.txt"]
    reasons = {out.id: out.reason for out in loaded.left_out}
    assert "got bytes that start with b'nonsense'" in reasons["a/2"]
    assert reasons["a/3"] == "expected what can be read, got: No such file or directory"
    assert reasons["b"] == "expected at least one usable photo of the person, got none of 1"
    assert reasons["b/1"] == "expected less, got more"
    assert pack(of(photos), cache=tmp_path, progress=silent).left_out == loaded.left_out


@pytest.mark.parametrize(
    ("photos", "message"),
    [
        ([], "expected photos in here, got none"),
        ([photo("a/1", b"x")], "at least one usable photo in here, got none and 2 left out"),
    ],
)
def test_nothing_usable_is_an_error(tmp_path, photos, message):
    with pytest.raises(SourceError, match=message):
        packed(photos, tmp_path)


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_pack import decode, packed, some
whole, seen = decode.photo, []
def photo(data):
    seen.append(data)
    if len(seen) == 150:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(data)
decode.photo = photo
packed(some(200), Path({cache!r}))
"""


def test_a_killed_packing_goes_on_where_it_was(tmp_path, decoded):
    cache = tmp_path / "cache"
    code = KILLED.format(tests=str(Path(__file__).parent), cache=str(cache))
    killed = subprocess.run([sys.executable, "-c", code], check=False)
    assert killed.returncode == -signal.SIGKILL
    done = len(next(cache.glob("*.partial/journal.jsonl")).read_bytes().splitlines())
    # All that was begun but not yet written when it was killed is at most one window.
    assert 149 - prepare.WINDOW <= done < 150

    resumed = packed(some(200), cache)
    assert len(decoded) == 200 - done
    straight = packed(some(200), tmp_path / "straight")
    assert resumed.faces.fingerprint == straight.faces.fingerprint
    assert resumed.faces.ids == straight.faces.ids
    np.testing.assert_array_equal(resumed.faces.images, straight.faces.images)
    assert not list(cache.glob("*.partial"))


HELD = """
import sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_pack import decode, packed, some
whole, seen = decode.photo, []
def photo(data):
    seen.append(data)
    if len(seen) == 150:
        print("held", flush=True)
    if len(seen) >= 150:
        time.sleep(60)
    return whole(data)
decode.photo = photo
packed(some(200), Path({cache!r}))
"""


def test_one_packs_and_who_waits_goes_on_where_that_was_killed(tmp_path, decoded):
    cache, found = tmp_path / "cache", []
    code = HELD.format(tests=str(Path(__file__).parent), cache=str(cache))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        waiting = threading.Thread(target=lambda: found.append(packed(some(200), cache)))
        waiting.start()
        waiting.join(0.2)
        assert not decoded
        assert waiting.is_alive()
        holder.kill()
        waiting.join()
    assert 50 <= len(decoded) <= 51 + prepare.WINDOW
    assert found[0].faces.fingerprint == packed(some(200), tmp_path / "b").faces.fingerprint


def test_what_a_kill_at_the_very_end_left_goes_with_the_next_use(tmp_path):
    first = packed(some(), tmp_path).faces.fingerprint
    left = tmp_path / f"{of([]).key}.partial"
    left.mkdir()
    (left / "rows.u8").write_bytes(b"private")
    assert packed(some(), tmp_path).faces.fingerprint == first
    assert not left.exists()


def test_a_pack_is_checked_once_in_a_process(tmp_path, monkeypatch):
    packed(some(), tmp_path)
    read = []

    def digest(path):
        read.append(path.name)
        return sha256_of(path)

    monkeypatch.setattr(sealed, "sha256_of", digest)
    packed(some(), tmp_path)
    assert not read, "it was made here"
    sealed._sound.clear()
    packed(some(), tmp_path)
    read.clear()
    packed(some(), tmp_path)
    assert read == ["images.u8", "faces.json"], "just written: a coarse clock may hide a change"
    monkeypatch.setattr(sealed, "_SETTLES", -(10**12))  # as a while later
    packed(some(), tmp_path)
    read.clear()
    packed(some(), tmp_path)
    assert not read


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EACCES])
def test_who_cannot_read_a_pack_throws_none_away(tmp_path, monkeypatch, number):
    packed(some(), tmp_path)

    def unable(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(finished, "check_sealed", unable)
        with pytest.raises(SourceError, match=os.strerror(number)):
            packed(some(), tmp_path)
    assert (tmp_path / of(some()).key / "images.u8").is_file()


def broken_off(photos, at, cache):
    def stream():
        yield from photos[:at]
        raise SourceError("the archive ends here")

    with pytest.raises(SourceError, match="ends here"):
        pack(Packing("it", stream, None, SIZE, 1.0, "here"), cache=cache, progress=silent)


def damage_row(rows, lines):
    rows.write_bytes(rows.read_bytes()[: 10 * 90] + b"\0" * 90 + rows.read_bytes()[11 * 90 :])


def lose_rows(rows, lines):
    rows.write_bytes(rows.read_bytes()[: 10 * 90 + 7])


def tear_line(rows, lines):
    lines.write_bytes(b"".join(lines.read_bytes().splitlines(keepends=True)[:11])[:-5])


def nonsense_line(rows, lines):
    kept = lines.read_bytes().splitlines(keepends=True)[:10]
    lines.write_bytes(b"".join(kept) + b"\0\xff{\n")


@pytest.mark.parametrize("damage", [damage_row, lose_rows, tear_line, nonsense_line])
def test_a_journal_counts_only_as_far_as_it_is_sound(tmp_path, decoded, damage):
    broken_off(some(100), 80, tmp_path)
    partial = next(tmp_path.glob("*.partial"))
    damage(partial / "rows.u8", partial / "journal.jsonl")
    decoded.clear()
    resumed = packed(some(100), tmp_path)
    assert len(decoded) == 90
    assert resumed.faces.fingerprint == packed(some(100), tmp_path, "else").faces.fingerprint


def test_a_journal_that_was_cut_goes_on_sound(tmp_path, decoded):
    broken_off(some(100), 60, tmp_path)
    partial = next(tmp_path.glob("*.partial"))
    tear_line(partial / "rows.u8", partial / "journal.jsonl")
    broken_off(some(100), 99, tmp_path)
    decoded.clear()
    packed(some(100), tmp_path)
    assert len(decoded) <= 1 + prepare.WINDOW


def test_a_left_out_photo_is_not_tried_again_either(tmp_path, decoded):
    photos = [photo("a/0", b"broken"), *some(100)]
    broken_off(photos, 100, tmp_path)
    decoded.clear()
    loaded = packed(photos, tmp_path)
    assert b"broken" not in decoded
    assert [out.id for out in loaded.left_out] == ["a", "a/0"]


def test_other_photos_than_before_are_not_mixed(tmp_path):
    broken_off(some(100), 80, tmp_path)
    with pytest.raises(SourceError, match=r"got other photos than before; remove .*\.partial"):
        packed(some(100)[::-1], tmp_path)


def cut_images(folder):
    (folder / "images.u8").write_bytes(b"short")


def lengthen_images(folder):
    with (folder / "images.u8").open("ab") as file:
        file.write(b"more")


def cut_json(folder):
    (folder / "faces.json").write_text('{"ids": [')


def empty_json(folder):
    (folder / "faces.json").write_text("{}")


def no_json(folder):
    (folder / "faces.json").unlink()


@pytest.mark.parametrize("damage", [cut_images, lengthen_images, cut_json, empty_json, no_json])
def test_a_damaged_pack_is_made_again(tmp_path, damage):
    first = packed(some(), tmp_path).faces.fingerprint
    damage(tmp_path / of([]).key)
    notes = []

    class Noted(Silent):
        def note(self, text):
            notes.append(text)

    again = pack(of(some()), cache=tmp_path, progress=Noted())
    assert again.faces.fingerprint == first
    assert "damaged" in notes[0]


def test_a_pack_has_its_name_only_once_it_is_whole(tmp_path, monkeypatch, decoded):
    def cut(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(finished, "put_sealed", cut)
        with pytest.raises(SourceError, match="No space left"):
            packed(some(), tmp_path)
    assert not (tmp_path / of([]).key).exists()
    assert len(packed(some(), tmp_path).faces) == 40
    assert len(decoded) == 40


def test_a_full_disk_is_an_error_and_loses_nothing(tmp_path, monkeypatch, decoded):
    whole = journal.Journal.append

    def append(self, entry, row):
        if len(self.entries) == 20:
            raise OSError(28, "No space left on device")
        whole(self, entry, row)

    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "append", append)
        with pytest.raises(SourceError, match=r"expected a cache folder .*No space left"):
            packed(some(), tmp_path)
    decoded.clear()
    assert len(packed(some(), tmp_path).faces) == 40
    assert len(decoded) == 20


def test_a_cache_that_is_no_folder_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="expected a cache folder"):
        packed(some(), tmp_path / "file")


def test_a_size_of_nothing_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="expected a size of at least 1 x 1"):
        pack(Packing("it", some, None, (0, 5), 1.0, "here"), cache=tmp_path, progress=silent)


def test_two_at_once_pack_once(tmp_path, decoded):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(packed(some(200), tmp_path))) for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(decoded) == 200
    assert len({loaded.faces.fingerprint for loaded in found}) == 1


def test_only_a_window_of_photos_is_held_at_once(tmp_path, monkeypatch):
    written, ahead = [0], []
    whole = journal.Journal.append

    def append(self, entry, row):
        written[0] += 1
        whole(self, entry, row)

    monkeypatch.setattr(journal.Journal, "append", append)

    def stream():
        for at, each in enumerate(some(300)):
            ahead.append(at - written[0])
            yield each

    pack(Packing("it", stream, None, SIZE, 1.0, "here"), cache=tmp_path, progress=silent)
    assert max(ahead) <= prepare.WINDOW


def test_progress_is_told_of_every_photo(tmp_path):
    told = []

    class Told(Silent):
        @contextmanager
        def task(self, title, total):
            told.append((title, total))
            yield told.append

    broken_off(some(100), 80, tmp_path)
    done = len(next(tmp_path.glob("*.partial/journal.jsonl")).read_bytes().splitlines())
    pack(of(some(100)), cache=tmp_path, progress=Told())
    assert told[:2] == [("packing here", 100), done]
    assert sum(told[1:]) == 100


def test_what_is_written_can_be_read_by_anyone(tmp_path):
    packed([*some(3), LeftOut("a/\\xff", "odd \u2028 name")], tmp_path)
    folder = tmp_path / of([]).key
    about = json.loads((folder / "faces.json").read_text(encoding="utf-8"))
    assert about["left_out"] == [["a/\\xff", "odd \u2028 name", ""]]
    first = folder.joinpath("images.u8").read_bytes()[:90]
    assert hashlib.sha256(first).digest() == hashlib.sha256(decode.decode(data_of(0))).digest()
