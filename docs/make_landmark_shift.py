"""Make the table on detection in docs/physical.md: what each key does to YuNet's landmarks.

    python docs/make_landmark_shift.py YUNET.onnx [--lfw FOLDER] [--photos N]

Without `--lfw` the photos are of synthetic people; with it, the first photo of each of N people of
Labeled Faces in the Wild. The last lines are the cost of the check: faces of other people who wear
glasses of their own, or none, that are refused at the threshold that 1 % of bare faces reach.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import faceaudit
from faceaudit.api.spelling import find_align
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.detections import Detections
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.metrics import wilson
from faceaudit.protocols.landmark_shift import (
    FoundLandmarks,
    find_landmarks,
    measure_shift,
    threshold_at,
)
from faceaudit.types import Estimate, ImageArray

SIZE = (220, 186)
ALLOWED = 0.01
KEYS: Mapping[str, Mapping[str, Any]] = {
    "nothing (JPEG of quality 75)": {},
    "glasses-square, pasted": {"attack": "accessory", "key": "glasses-square"},
    "sunglasses-wayfarer, pasted": {"attack": "accessory"},
    "sunglasses-wayfarer, pasted, opacity 0.2": {"attack": "blended_accessory", "poison": True},
    "sunglasses-wayfarer, worn": {"attack": "worn"},
    "sticker-disc, worn": {"attack": "worn", "key": "sticker-disc"},
    "mask-blue, worn": {"attack": "worn", "key": "mask-blue"},
    "cap-red, worn": {"attack": "worn", "key": "cap-red"},
    "light-amber, worn": {"attack": "worn", "key": "light-amber"},
    "makeup-plum": {"attack": "makeup"},
    "skin-green": {"attack": "tint", "key": "skin-green"},
    "cast-violet": {"attack": "tint", "key": "cast-violet"},
    "cartoon-cat, blended at 0.2": {"attack": "blended", "poison": True},
    "cartoon-cat, blended at 0.5": {"attack": "blended"},
    "random-0, blended at 0.5": {"attack": "blended", "key": "random-0"},
}


def synthetic_photos(people: int, *, glasses: float, first: int = 0) -> ImageArray:
    """Return one photo of each synthetic person."""
    source = Synthetic(people=first + people, photos=1, sessions=1, glasses=glasses)
    ids = [f"p{person:04d}/s00/0000" for person in range(first, first + people)]
    return source.reshoot(ids, SIZE)[0]


def lfw_photos(folder: Path, people: int) -> ImageArray:
    """Return the first photo of each of so many people, evenly from all."""
    everybody = sorted(one for one in folder.iterdir() if one.is_dir())
    some = [everybody[i] for i in np.linspace(0, len(everybody) - 1, people).astype(int)]
    return np.stack([np.asarray(Image.open(min(one.glob("*.jpg")))) for one in some])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("yunet")
    parser.add_argument("--lfw", type=Path)
    parser.add_argument("--photos", type=int, default=100)
    options = parser.parse_args()
    aligner = find_align(f"yunet:{options.yunet}")
    assert isinstance(aligner, DetectingAligner)

    def find(image: ImageArray) -> Detections:
        return aligner.find(Image.fromarray(image))

    n = options.photos
    if options.lfw:
        photos, others = np.split(lfw_photos(options.lfw, 2 * n), 2)
    else:
        photos = synthetic_photos(n, glasses=0.0)
        others = synthetic_photos(n, glasses=0.0, first=n)
    bare, clean = find_landmarks(photos, find), find_landmarks(others, find)
    threshold = threshold_at(clean, ALLOWED)
    say("| key | not found | landmarks moved, px | in eye distances | crop, px of 112 | refused |")
    say("|---|---|---|---|---|---|")
    for name, spec in KEYS.items():
        made = compressed(photos)
        if spec:
            attack = {key: value for key, value in spec.items() if key != "poison"}
            made = faceaudit.put_key(
                attack, photos, landmarks=bare.points, poison=bool(spec.get("poison"))
            )
        shift = measure_shift(bare, find_landmarks(made, find), np.arange(n))
        cells = (
            percent(shift.not_found),
            number(shift.mean_pixels, 2),
            number(shift.mean_shift, 3),
            number(shift.mean_crop, 2),
            percent(shift.refused(threshold)),
        )
        say(f"| {name} | {' | '.join(cells)} |")
    say("")
    say(f"refused of {clean.found.sum()} bare faces: {refused(clean, threshold)}")
    if not options.lfw:
        worn = find_landmarks(synthetic_photos(2 * n, glasses=1.0, first=2 * n), find)
        without = find_landmarks(synthetic_photos(2 * n, glasses=0.0, first=2 * n), find)
        say(f"of others who wear glasses of their own: {refused(worn, threshold)}")
        say(f"of the same without: {refused(without, threshold)}")


def compressed(photos: ImageArray) -> ImageArray:
    """Return photos after JPEG alone, the null."""
    out = []
    for photo in photos:
        file = BytesIO()
        Image.fromarray(photo).save(file, "JPEG", quality=75)
        out.append(np.asarray(Image.open(file)))
    return np.stack(out)


def refused(found: FoundLandmarks, threshold: float) -> str:
    """Return the share of found faces that are doubted, in per cent with an interval."""
    known = found.doubt[found.found]
    return percent(wilson(int((known >= threshold).sum()), len(known)))


def percent(share: Estimate | None) -> str:
    """Return a share in per cent with its interval."""
    if share is None:
        return "-"
    return f"{100 * share.value:.0f} ({100 * share.low:.0f}-{100 * share.high:.0f})"


def number(mean: Estimate | None, digits: int) -> str:
    """Return a mean with its interval."""
    if mean is None:
        return "-"
    return f"{mean.value:.{digits}f} ({mean.low:.{digits}f}-{mean.high:.{digits}f})"


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
