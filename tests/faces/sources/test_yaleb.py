"""The Yale B source, on a made-up copy of its layout and on the real one."""

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import SourceError
from faceaudit.faces.sources.base import sources


def made_up(root, *names):
    for at, name in enumerate(names):
        path = root / name[:7] / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((192, 168), 9 + at, dtype=np.uint8)).save(path)
    return sources.build({"source": "yaleb", "path": str(root)})


def test_the_direction_of_the_light_is_an_attribute(tmp_path):
    names = {
        "yaleB01_P00A-011E+00": (0, 1),
        "yaleB01_P00A-010E+11": (1, 2),
        "yaleB01_P00A+010E-10": (1, 1),
        "yaleB01_P00A+011E-11": (2, 0),
        "yaleB01_P00_Ambient": (-1, -1),
    }
    source = made_up(tmp_path / "yaleb", *names)
    faces = source.load((48, 42), cache=tmp_path / "cache").faces
    assert set(source.attribute_names()) == set(faces.attributes)
    for row, id_ in enumerate(faces.ids):
        found = tuple(int(faces.attributes[one][row]) for one in ("light_side", "light_height"))
        assert found == names[id_[8:-4]]
    assert len(source.value_names["light_side"]) == 3
    assert len(set(faces.group.tolist())) == len(names)


def test_photos_without_any_direction_are_refused(tmp_path):
    source = made_up(tmp_path / "yaleb", "yaleB01_one", "yaleB01_two")
    with pytest.raises(SourceError, match=r"named by the light, such as .*; use the source folder"):
        source.load((48, 42), cache=tmp_path / "cache")


@pytest.mark.realdata
def test_the_real_one_has_38_people_under_64_lights(real_data, tmp_path):
    source = sources.build({"source": "yaleb", "path": str(real_data / "yaleb/images")})
    faces = source.load((24, 21), cache=tmp_path / "cache").faces
    side = faces.attributes["light_side"]
    assert len(faces.names) == 38
    assert np.bincount(faces.identity[side >= 0]).max() == 64
    assert np.bincount(side[side >= 0]).min() > 200
