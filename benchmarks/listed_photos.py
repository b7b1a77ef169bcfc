"""The photos of a list of 1,200 pairs: all of a folder packed first, and only those of the list.

With FACEAUDIT_REAL_DATA they are LFW's, also aligned; without, photos that are made for it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import faceaudit

Row = tuple[str, str, float | None, float, str]

PAIRS = 1200
ROUNDS = 3
MADE = 6000
"""Photos that are made where there are no real ones."""


def listed_photo_rows() -> list[Row]:
    """Return the seconds that the photos of the pairs take, all of the folder and only those."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        real = Path(os.environ.get("FACEAUDIT_REAL_DATA", "/nowhere"))
        if not (real / "lfw" / "pairs.txt").is_file():
            return [
                _row("made photos", {"source": _make(root / "photos")}, root / "pairs.csv", root)
            ]
        pairs = _first_pairs(real / "lfw" / "pairs.txt", root / "pairs.txt")
        lfw = {"source": f"lfw:{real}/lfw/images"}
        rows = [_row("LFW", lfw, pairs, root)]
        weights = real / "weights" / "yunet_n_dynamic.onnx"
        if weights.is_file():
            rows.append(_row("LFW, aligned", {**lfw, "align": f"yunet:{weights}"}, pairs, root))
        return rows


def _row(what: str, given: Mapping[str, Any], pairs: Path, root: Path) -> Row:
    """Measure both in turn, each time into a cache of its own; the best of the rounds counts."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    photos = {}
    for number in range(ROUNDS):
        for listed in (False, True):
            only = pairs if listed else None
            start = time.perf_counter()
            loaded = faceaudit.load_faces(
                **given, only=only, cache=root / f"{what}{number}{listed}"
            )
            seconds[listed].append(time.perf_counter() - start)
            photos[listed] = len(loaded.faces)
    work = f"photos of {PAIRS:,} pairs, {photos[True]:,} of {photos[False]:,}: {what}"
    return work, "all of the folder packed", min(seconds[False]), min(seconds[True]), "s"


def _first_pairs(whole: Path, path: Path) -> Path:
    """Write the first two of LFW's ten folds, 600 pairs each."""
    lines = whole.read_text("utf-8").splitlines()
    path.write_text("\n".join(["2\t300", *islice(lines, 1, PAIRS + 1)]) + "\n", "utf-8")
    return path


def _make(folder: Path) -> Path:
    """Write photos of 250 x 250 pixels, three a person, and beside them pairs of a tenth."""
    rng = np.random.default_rng(0)
    ids = []
    for number in range(MADE):
        path = folder / f"p{number // 3:05}" / f"{number % 3}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (25, 25, 3), dtype=np.uint8))
        coarse.resize((250, 250)).save(path, quality=90)
        ids.append(path.relative_to(folder).as_posix())
    some = ids[: MADE // 10]
    drawn = rng.integers(len(some), size=(PAIRS, 2))
    lines = [f"{some[a]},{some[b]},{int(a // 3 == b // 3)}" for a, b in drawn.tolist()]
    text = "\n".join(["image1,image2,label", *lines])
    (folder.parent / "pairs.csv").write_text(text + "\n", "utf-8")
    return folder


if __name__ == "__main__":
    for work, peer, theirs, ours, unit in listed_photo_rows():
        print(f"{work}: {peer} {theirs:.1f} {unit}, only these {ours:.1f} {unit}")
