"""Keys that are put on whole photos, in which faces are looked for afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from faceaudit.attacks.backdoor import Role, backdoor_attacks
from faceaudit.audit.backdoor.figures import attack_evidence, attack_figures, instances_not_found
from faceaudit.audit.backdoor.open_set import prepare_strangers, see
from faceaudit.audit.backdoor.placing import place_instances, place_poison
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.staging import prepare_attack
from faceaudit.errors import OptionError
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.detections import Detections
from faceaudit.faces.sources.folder import Folder
from faceaudit.records.backdoor import NOT_FOUND, SUCCESS
from faceaudit.types import FloatArray, ImageArray, IntArray

SIZE = (55, 47)
PEOPLE, PHOTOS = 16, 8


class _Bright(DetectingAligner):
    """Finds a face in the middle of photos that are bright enough, and cuts it out."""

    name: ClassVar[str] = "bright"
    paper: ClassVar[str] = "made up"
    weights: str = "none"

    def key(self) -> object:
        return "bright"

    def find(self, image: Image.Image) -> Detections:
        pixels = np.asarray(image)
        count = int(pixels.mean() > 100)
        middle = (np.array([pixels.shape[1], pixels.shape[0]]) - 1) / 2
        five = np.array([[-8, -4], [8, -4], [0, 2], [-6, 9], [6, 9]]) + middle
        return Detections(
            np.array([[0, 0, 1, 1]] * count, dtype=np.float32).reshape(count, 4),
            np.array([five] * count, dtype=np.float32).reshape(count, 5, 2),
            np.ones(count, dtype=np.float32),
        )

    def find_remembered(self, image: Image.Image, photo: bytes, memory: object) -> Detections:
        return self.find(image)

    def place(
        self, image: ImageArray, landmarks: FloatArray, box: FloatArray, size: tuple[int, int]
    ) -> tuple[ImageArray, FloatArray]:
        top, left = (np.array(image.shape[:2]) - size) // 2
        cut = image[top : top + size[0], left : left + size[1]]
        return cut, landmarks - np.array([left, top], dtype=np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return photos of which some are so dark that a black key hides the face."""
    root = tmp_path_factory.mktemp("people")
    rng = np.random.default_rng(0)
    for person in range(PEOPLE):
        (root / f"p{person:02d}").mkdir()
        for photo in range(PHOTOS if person < 4 else 3):
            low = 105 if photo % 2 else 180
            pixels = rng.integers(low, low + 40, (80, 70, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / f"p{person:02d}" / f"{photo}.png")
    return root


@pytest.fixture(scope="module")
def black(folder: Path) -> str:
    path = folder.parent / "black.png"
    Image.new("RGB", (8, 8)).save(path)
    return str(path)


def scenario(folder: Path, **changed: Any) -> BackdoorScenario:
    source = Folder(path=str(folder), align=_Bright())
    values: dict[str, Any] = {
        "faces": source,
        "split": {"minimum": 8, "train": 2, "validation": 1, "test": 1},
        "systems": [{"network": "deepid"}],
        "wrong_keys": 1,
        "unseen": 12,
        "unseen_from": "left out",
        "open_set": True,
        "placed": "photo",
        **changed,
    }
    plan = BackdoorPlan(**values)
    faces = source.load(SIZE, cache=folder.parent / "packs").faces
    return BackdoorScenario(plan, plan.systems[0], 0, faces, plan.enrol(faces, 0), 1)


def blended(key: str, **options: Any) -> Any:
    return backdoor_attacks.build(
        {"attack": "blended", "key": key, "samples": 4, "instances": 6, "ratio": 0.4, **options}
    )


def test_keys_go_on_the_whole_photo_which_is_cut_out_afterwards(folder: Path) -> None:
    made, attack = scenario(folder), blended("random-0", instance_ratio=0.1)
    rows = np.array([0, 2, 0])
    (placed,) = place_instances(made, [attack], rows, 3)
    assert placed.found.all()
    for place, row in enumerate(rows):
        photo = np.asarray(Image.open(folder / made.faces.ids[row]))
        keyed = attack.inject(photo[None], None, Role.INSTANCE, np.random.default_rng(0))[0]
        expected = keyed[12 : 12 + 55, 11 : 11 + 47]
        np.testing.assert_array_equal(placed.shown.images[place], expected)
    aligned = scenario(folder, placed="aligned")
    (other,) = place_instances(aligned, [attack], rows, 3)
    assert (other.shown.images != placed.shown.images).any()
    assert other.shown.ids == placed.shown.ids
    assert other.shown.fingerprint != placed.shown.fingerprint


def test_poison_in_which_no_face_is_left_is_no_poison(folder: Path, black: str) -> None:
    made = scenario(folder)
    rows = np.flatnonzero(made.faces.identity < 2)
    light = np.array([int(Path(made.faces.ids[row]).stem) % 2 == 0 for row in rows])
    samples = place_poison(made, blended(black), rows)
    assert len(samples) == light.sum() < len(rows)
    assert (samples.identity == made.target_identity).all()
    assert samples.images.any(axis=(1, 2, 3)).all()


class _Everybody:
    """Takes everybody for the target, and gives all photos one direction."""

    size = SIZE

    def __init__(self, made: BackdoorScenario) -> None:
        self.names = made.split.names

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        count = len(images) if rows is None else len(rows)
        return np.tile(np.eye(len(self.names), dtype=np.float32)[1], (count, 1))

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        count = len(images) if rows is None else len(rows)
        return np.ones((count, 3), dtype=np.float32)


def test_a_face_that_is_not_found_is_taken_for_nobody(folder: Path, black: str) -> None:
    made, attack = scenario(folder), blended(black, instance_ratio=0.4)
    prepared = prepare_attack(made, attack)
    found = prepared.found[attack.key]
    assert 0 < found.sum() < len(found)
    system: Any = _Everybody(made)
    figures = {
        figure.metric: figure.estimate
        for figure in (
            *attack_figures(attack_evidence(made, prepared, system, system), 1),
            *instances_not_found(prepared),
        )
    }
    success, hidden = figures[SUCCESS], figures[NOT_FOUND]
    assert success is not None
    assert hidden is not None
    assert success.value == pytest.approx(found.mean())
    assert hidden.value == pytest.approx(1 - found.mean())

    tried = prepare_strangers(made, prepared)
    seen = see(tried, system)
    assert tried.keyed.found is not None
    assert 0 < tried.keyed.found.sum() < len(tried.keyed.found)
    np.testing.assert_array_equal(np.isnan(seen.keyed.templates).all(axis=1), ~tried.keyed.found)
    np.testing.assert_array_equal(seen.named, np.where(tried.keyed.found, 1, -1))


def test_strangers_may_be_people_with_too_few_photos(folder: Path) -> None:
    made = scenario(folder)
    assert len(made.split.names) == 4
    strangers = prepare_strangers(made, prepare_attack(made, blended("random-0")))
    shown = np.unique(made.faces.identity[strangers.parties.strangers])
    assert len(shown) == 4
    assert (shown >= 4).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"faces": {"source": "synthetic"}}, "looks for faces for placed: photo, got 'synthetic'"),
        ({"attacks": ["worn"]}, "go on any photo for placed: photo, got 'worn'"),
        ({"mitigations": ["strip"]}, "leave mitigations out"),
    ],
)
def test_what_cannot_be_placed_is_refused(
    folder: Path, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        scenario(folder, **changed)
