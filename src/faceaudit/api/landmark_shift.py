"""What keys do to detection and alignment, measured on photos."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from faceaudit.api.arguments import check_count, check_images, shown
from faceaudit.api.backdoor_keys import BackdoorLike, put_key
from faceaudit.api.spelling import AlignLike, find_align
from faceaudit.errors import InputError, OptionError
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.detections import Detections
from faceaudit.protocols.landmark_shift import LandmarkShift, find_landmarks, measure_shift
from faceaudit.types import ImageArray

__all__ = ["LandmarkShift", "landmark_shift"]


def landmark_shift(
    attack: BackdoorLike,
    photos: npt.NDArray[np.uint8],
    align: AlignLike,
    *,
    people: npt.ArrayLike | None = None,
    poison: bool = False,
    seed: int = 0,
) -> LandmarkShift:
    """Measure whether faces that carry a key are still found, and how far their landmarks move.

    The key is put on the whole photo, where the detector finds the face in the photo without it,
    before anything is detected or aligned: as it would reach a camera's picture. Both times the
    face nearest to the photo's middle counts.

    Args:
        attack: as `put_key` takes it.
        photos: (N, H, W, 3) uint8 RGB, not aligned.
        align: a way to align that finds faces, as in `yunet:FILE`.
        people: (N,) numbers of who is on each photo, so that photos of one person are a cluster;
            each is another person's when None.
        poison: measure poison samples instead of backdoor instances.
        seed: of what the attack draws.

    Returns:
        Shares and means with their intervals; see `LandmarkShift`.

    Raises:
        InputError: the photos are none, or no face is found in any of them.
        OptionError: the way to align finds no faces, or an option is wrong.
        WeightsError: the detector's weights cannot be used.

    Example:
        ::

            shift = faceaudit.landmark_shift("accessory", photos, "yunet:yunet.onnx")
            print(shift.not_found, shift.mean_shift, shift.mean_crop)
    """
    images = check_images(photos, "photos")
    check_count(seed, "the seed", least=0)
    person = np.arange(len(images)) if people is None else np.asarray(people)
    if person.shape != (len(images),) or person.dtype.kind not in "iu":
        raise InputError(
            f"expected people ({len(images)},) as whole numbers, one a photo, got {shown(people)}"
        )
    aligner = find_align(align)
    if not isinstance(aligner, DetectingAligner):
        raise OptionError(
            f"expected a way to align that finds faces, got {aligner.name!r}; try 'yunet:FILE'"
        )

    def find(image: ImageArray) -> Detections:
        return aligner.find(Image.fromarray(image))

    bare = find_landmarks(images, find)
    keyed = put_key(attack, images, landmarks=bare.points, poison=poison, seed=seed)
    return measure_shift(bare, find_landmarks(keyed, find), person)
