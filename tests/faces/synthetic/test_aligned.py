"""Synthetic faces at the template that face networks are trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceaudit.faces.alignment.common.similarity import template
from faceaudit.faces.sources.base import sources
from faces.synthetic import mobilefacenet


def test_landmarks_lie_near_the_template_and_pixels_with_them(tmp_path: Path) -> None:
    options = {"source": "synthetic", "people": 4, "photos": 12}
    plain = sources.build(options).load((112, 112), cache=tmp_path).faces
    aligned = sources.build({**options, "aligned": True}).load((112, 112), cache=tmp_path).faces
    assert aligned.ids == plain.ids
    off = np.linalg.norm(aligned.landmarks - template((112, 112)), axis=2)
    before = np.linalg.norm(plain.landmarks - template((112, 112)), axis=2)
    assert np.median(off) < 4 < np.median(before)
    # The pixels went where the landmarks went: aligning the small photos gives nearly the same.
    middle = np.s_[:, 30:90, 30:82]
    pairs = zip(plain.images, plain.landmarks, strict=True)
    small = np.stack([mobilefacenet.align(*pair) for pair in pairs])
    apart = [
        np.abs(aligned.images[middle].astype(int) - others[middle]).mean()
        for others in (small, plain.images)
    ]
    assert apart[0] < 6
    assert apart[0] < apart[1] / 3
