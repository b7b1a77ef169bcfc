"""The LFW source, on a made-up copy of its layout and on the real one."""

import io

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.sources.base import sources


def lfw(path, **options):
    return sources.build({"source": "lfw", "path": str(path), **options})


def made_up(root, *names):
    for at, name in enumerate(names):
        path = root / name[:-5] / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.full((250, 250, 3), 9 + at, dtype=np.uint8)
        pixels[60:190, 70:180] = 200
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "PNG")
        path.write_bytes(out.getvalue())
    return root


def test_people_photos_and_groups(tmp_path):
    root = made_up(tmp_path / "lfw", "Ann_Lee_0001", "Ann_Lee_0002", "Bo_0001")
    faces = lfw(root).load((55, 47), cache=tmp_path / "cache").faces
    assert faces.names == ("Ann_Lee", "Bo")
    assert faces.ids[0] == "Ann_Lee/Ann_Lee_0001.png"
    assert faces.group.tolist() == [0, 1, 2]
    assert faces.size == (55, 47)


def test_the_default_crop_is_the_middle_of_a_funneled_image(tmp_path):
    root = made_up(tmp_path / "lfw", "Bo_0001")
    face = lfw(root).load((130, 110), cache=tmp_path / "cache").faces.images[0]
    assert (face == 200).all()
    whole = lfw(root, crop=1.0).load((250, 250), cache=tmp_path / "cache").faces.images[0]
    assert whole[59, 69].tolist() == [9, 9, 9]


def test_a_folder_in_a_persons_folder_is_no_video(tmp_path):
    root = made_up(tmp_path / "lfw", "Bo_0001")
    made_up(root / "Bo", "Deep_0001")
    loaded = lfw(root).load((8, 8), cache=tmp_path / "cache")
    assert loaded.faces.ids == ("Bo/Bo_0001.png",)
    assert [(out.id, out.reason) for out in loaded.left_out] == [
        ("Bo/Deep/Deep_0001.png", "expected <person>/<photo>, got a file nested deeper")
    ]


def test_the_folder_above_is_told_apart(tmp_path):
    made_up(tmp_path / "lfw/images", "Bo_0001")
    with pytest.raises(SourceError, match=f"<person>/<photo> in .*, got none; try {tmp_path}/lfw/"):
        lfw(tmp_path / "lfw").survey()


def test_a_variable_that_is_not_set_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("FACEAUDIT_REAL_DATA", raising=False)
    with pytest.raises(SourceError, match="environment variable FACEAUDIT_REAL_DATA"):
        lfw("${FACEAUDIT_REAL_DATA}/lfw/images").load((8, 8), cache=tmp_path)


@pytest.mark.realdata
def test_people_with_twenty_photos_or_more(tmp_path):
    source = lfw("${FACEAUDIT_REAL_DATA}/lfw/images", minimum=20)
    assert source.survey() == Survey(62, 3023)
    loaded = source.load((55, 47), cache=tmp_path)
    assert len(loaded.faces) == 3023
    assert len(loaded.faces.names) == 62
    assert len(loaded.left_out) == 5749 - 62
    assert lfw("${FACEAUDIT_REAL_DATA}/lfw/images").survey() == Survey(5749, 13233)
