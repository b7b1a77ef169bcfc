"""Whatever happens to a file of a cache: nothing of it is believed, and all comes out the same."""

from __future__ import annotations

import io
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from faceaudit.audit import calibration
from faceaudit.audit.calibration import Timing, timing_of
from faceaudit.audit.common.workload import Work
from faceaudit.errors import InputError, SourceError
from faceaudit.faces.detections import DetectionMemory, Detections
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.packing.pack import pack
from faceaudit.faces.packing.packing import Packing
from faceaudit.faces.packing.rendered import Block, Columns, pack_rendered
from faceaudit.faces.reading.layout import PhotoFile, PhotoLocation
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.under_test.common.answer import Answer
from faceaudit.systems.under_test.common.answer_log import AnswerLog
from faceaudit.training.checkpoint import Checkpoint
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray
from helpers.notes import Notes

SIZE = (6, 5)
PHOTOS = 24

Use = Callable[[Path, Notes, int], object]
"""Uses a cache in a folder, made where it is missing; returns what comes of it, for one content."""


def pixels(content: int) -> ImageArray:
    return np.random.default_rng(content).integers(0, 256, (PHOTOS, *SIZE, 3), dtype=np.uint8)


def columns(faces: FaceSet) -> tuple[object, ...]:
    """Everything of some faces, which a case's figures come from."""
    landmarks = None if faces.landmarks is None else faces.landmarks.tobytes()
    known = {name: column.tolist() for name, column in faces.attributes.items()}
    where = faces.ids, faces.names, faces.identity.tolist(), faces.group.tolist()
    return faces.images.tobytes(), landmarks, known, where, faces.fingerprint


def packing(content: int, cut: int | None = None) -> Packing:
    def photos() -> Iterator[PhotoFile | LeftOut]:
        for number, image in enumerate(pixels(content)):
            if number == cut:
                raise SourceError("the archive ends here")
            file = io.BytesIO()
            Image.fromarray(image).save(file, "PNG")
            person = f"p{number % 4}"
            place = PhotoLocation(f"{person}/{number:02}.png", person, f"{number // 2}")
            yield PhotoFile(place, file.getvalue)
        yield LeftOut("notes.txt", "no photo")

    return Packing(what=content, stream=photos, total=PHOTOS, size=SIZE, crop=1.0, where="photos")


def packed(folder: Path, notes: Notes, content: int) -> object:
    loaded = pack(packing(content), cache=folder, progress=notes)
    return columns(loaded.faces), loaded.left_out, loaded.remarks


def begun(folder: Path, notes: Notes, content: int) -> None:
    with pytest.raises(SourceError, match="ends here"):
        pack(packing(content, 18), cache=folder, progress=notes)


def rendered(folder: Path, notes: Notes, content: int) -> object:
    rng = np.random.default_rng(content)
    blocks = (
        Block(image[None], rng.normal(size=(1, 5, 2)).astype(np.float32), {"hat": [number % 2]})
        for number, image in enumerate(pixels(content))
    )
    ids = tuple(f"p/{number:02}" for number in range(PHOTOS))
    person = np.zeros(PHOTOS, dtype=np.int64)
    faces = pack_rendered(
        key=f"{content}",
        columns=Columns(("p",), ids, person, np.arange(PHOTOS)),
        blocks=blocks,
        size=SIZE,
        cache=folder,
        progress=notes,
    )
    return columns(faces)


class Embedder:
    """Stands for a network: numbers that each pixel changes, another for each content."""

    embedding_size = 4

    def __init__(self, content: int) -> None:
        self.id = f"embedder{content}"
        self._weights = np.random.default_rng(content).normal(size=(90, 4)).astype(np.float32)

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        some = images if rows is None else images[rows]
        return np.stack([photo.reshape(90).astype(np.float32) @ self._weights for photo in some])


def embedded(folder: Path, notes: Notes, content: int) -> object:
    found = embeddings(Embedder(content), pixels(1), cache=folder, progress=notes)  # type: ignore[arg-type]
    return found.take().tobytes()


def learned(folder: Path, notes: Notes, content: int) -> object:
    kept, device = Checkpoint(folder / f"training{content}.checkpoint"), torch.device("cpu")
    try:
        found = kept.read(device)
    except InputError as error:
        notes.note(str(error))
        kept.remove()
        found = None
    if found is None:
        state = torch.from_numpy(pixels(content).astype(np.float32))
        kept.write({"model": {"weight": state}, "curve": [{"epoch": content}]})
        found = kept.read(device)
    return found["model"]["weight"].numpy().tobytes(), found["curve"]


def detected(folder: Path, notes: Notes, content: int) -> object:
    folder.mkdir(exist_ok=True)
    memory = DetectionMemory(folder, decoding=1, progress=notes)
    rng, seen = np.random.default_rng(content), []
    for photo in range(PHOTOS):
        boxes, points, score = (rng.random(s).astype(np.float32) for s in ((2, 4), (2, 5, 2), 2))
        found = memory.recall(f"detector{content}", bytes([photo]) * 32)
        if found is None:
            found = Detections(boxes, points, score)
            memory.keep(f"detector{content}", bytes([photo]) * 32, found)
        seen.append((found.boxes.tobytes(), found.landmarks.tobytes(), found.score.tobytes()))
    memory.close()
    return seen


def asked(folder: Path, notes: Notes, content: int) -> object:
    log = AnswerLog(folder / f"server{content}")
    if log.damaged:
        notes.note("damaged")
    keys = [f"photo{number}" for number in range(PHOTOS)]
    with log.writing():
        for number, key in enumerate(keys):
            if key not in log:
                log.add(key, Answer(number + content, np.float32([content, number]), None))
    found = log.take(keys)
    return [(one.label, np.asarray(one.scores).tobytes()) for one in found]


def timed(folder: Path, notes: Notes, content: int) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEAUDIT_CACHE", str(folder))
        patch.setattr(calibration, "_MEASURES", {"embed": lambda work: Timing(work.classes, 7.0)})
        patch.setattr(calibration, "_key", lambda work: [work.classes])
        return timing_of(Work("embed", 1, classes=content))


@dataclass(frozen=True)
class Kind:
    """A kind of file that a cache holds.

    Attributes:
        use: uses the cache that it is a part of.
        file: where it is in the folder, as a pattern.
        begin: makes it, where that is not what `use` leaves.
    """

    use: Use
    file: str
    begin: Use | None = None


KINDS = {
    "pixels of a pack": Kind(packed, "*/images.u8"),
    "names of a pack": Kind(packed, "*/faces.json"),
    "seal of a pack": Kind(packed, "*/complete"),
    "rows of a packing": Kind(packed, "*.partial/rows.u8", begun),
    "journal of a packing": Kind(packed, "*.partial/journal.jsonl", begun),
    "pixels of a rendering": Kind(rendered, "*/images.u8"),
    "columns of a rendering": Kind(rendered, "*/columns.npz"),
    "shape of a rendering": Kind(rendered, "*/about.json"),
    "seal of a rendering": Kind(rendered, "*/complete"),
    "rows of embeddings": Kind(embedded, "*/rows.f32"),
    "photos of embeddings": Kind(embedded, "*/photos.bin"),
    "checkpoint": Kind(learned, "*.checkpoint"),
    "detections": Kind(detected, "detections.sqlite"),
    "answers": Kind(asked, "*/answers.log"),
    "timing": Kind(timed, "timings/*.json"),
}


def flip(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 0x10
    return bytes(changed)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "first bit": lambda old: flip(old, 0),
    "a bit in the middle": lambda old: flip(old, len(old) // 2),
    "last bit": lambda old: flip(old, -1),
    "zeros": lambda old: old[: len(old) // 2] + bytes(len(old) - len(old) // 2),
    "cut": lambda old: old[: len(old) // 2],
    "cut by a byte": lambda old: old[:-1],
    "longer": lambda old: old + old,
    "swapped": lambda old: old[len(old) // 2 :] + old[: len(old) // 2],
    "empty": lambda old: b"",
}

AT_THE_END = ("last bit", "zeros", "cut", "cut by a byte", "empty")

QUIET = {
    *(("timing", damage) for damage in DAMAGES),
    # What looks like a write that a kill cut short.
    *(("answers", how) for how in AT_THE_END),
    *(("journal of a packing", how) for how in AT_THE_END),
    ("rows of a packing", "longer"),
    ("rows of embeddings", "longer"),
    *(("photos of embeddings", how) for how in ("cut", "cut by a byte", "empty")),
    ("detections", "empty"),
    # Past the end, or where nothing is kept.
    ("answers", "longer"),
    ("detections", "longer"),
    ("detections", "a bit in the middle"),
}


def one(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def checked(kind: Kind, folder: Path, whole: object) -> Notes:
    """Use a damaged cache: it gives what it gave, and once that is so nothing more is said."""
    notes = Notes()
    assert kind.use(folder, notes, 1) == whole
    quiet = Notes()
    assert kind.use(folder, quiet, 1) == whole
    assert not quiet.said
    return notes


@pytest.fixture
def used(tmp_path: Path) -> Callable[[Kind, int], tuple[Path, object]]:
    numbers = count()

    def use(kind: Kind, content: int) -> tuple[Path, object]:
        folder = tmp_path / f"{next(numbers)}"
        (kind.begin or kind.use)(folder, Notes(), content)
        return folder, kind.use(tmp_path / f"whole{content}", Notes(), content)

    return use


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", KINDS)
def test_no_damage_is_believed(
    used: Callable[[Kind, int], tuple[Path, object]], name: str, damage: str
) -> None:
    kind = KINDS[name]
    folder, whole = used(kind, 1)
    file = one(folder, kind.file)
    old = file.read_bytes()
    file.write_bytes(DAMAGES[damage](old))
    assert file.read_bytes() != old
    notes = checked(kind, folder, whole)
    assert len(notes.said) == ((name, damage) not in QUIET), notes.said


@pytest.mark.parametrize("name", KINDS)
def test_what_is_removed_or_another_s_is_not_believed(
    used: Callable[[Kind, int], tuple[Path, object]], name: str
) -> None:
    kind = KINDS[name]
    folder, whole = used(kind, 1)
    other, not_this = used(kind, 2)
    assert whole != not_this
    one(folder, kind.file).unlink()
    checked(kind, folder, whole)
    folder, _ = used(kind, 1)
    shutil.copyfile(one(other, kind.file), one(folder, kind.file))
    checked(kind, folder, whole)


@pytest.mark.parametrize("name", [name for name in KINDS if "/" in KINDS[name].file])
def test_another_s_whole_folder_is_not_believed(
    used: Callable[[Kind, int], tuple[Path, object]], name: str
) -> None:
    kind = KINDS[name]
    (folder, whole), (other, _) = used(kind, 1), used(kind, 2)
    mine, theirs = one(folder, kind.file), one(other, kind.file)
    for file in theirs.parent.iterdir():
        shutil.copyfile(file, mine.parent / file.name.replace(theirs.name, mine.name))
    checked(kind, folder, whole)


@pytest.mark.parametrize("name", KINDS)
def test_only_their_user_may_read_them(tmp_path: Path, name: str) -> None:
    kind, before = KINDS[name], os.umask(0)
    try:
        folder = tmp_path / "new"
        if name == "detections":
            folder.mkdir(mode=0o700)
        (kind.begin or kind.use)(folder, Notes(), 1)
    finally:
        os.umask(before)
    assert one(folder, kind.file)
    for path in (folder, *folder.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
