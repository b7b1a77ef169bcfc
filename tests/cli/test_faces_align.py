"""`--align` on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from faceaudit.api.spelling import find_align
from faceaudit.cli.faces import app
from faceaudit.cli.parsing.sources import parse_source
from faceaudit.errors import FaceAuditError, OptionError, UnknownName, WeightsError

RUNNER = CliRunner(env={"COLUMNS": "200"})


def test_a_name_and_a_file_spell_a_way_to_align() -> None:
    align = find_align("yunet:~/models/a:b.onnx")
    assert align.spec().as_json() == {
        "align": "yunet",
        "weights": "~/models/a:b.onnx",
        "threshold": 0.6,
        "no_face": "leave out",
        "several": "central",
        "template": "arcface",
        "zoom": 1.0,
        "shift": [0.0, 0.0],
    }
    assert find_align("central").name == "central"


def test_it_reaches_the_source() -> None:
    source = parse_source("lfw:/photos", ["minimum=3"], "yunet:/w.onnx")
    spelled = "align={align: yunet, weights: /w.onnx}"
    assert source == parse_source("lfw:/photos", ["minimum=3", spelled])


def test_its_further_options_have_a_dot() -> None:
    source = parse_source("lfw:/photos", ["align.several=largest"], "yunet:/w.onnx")
    spelled = "align={align: yunet, weights: /w.onnx, several: largest}"
    assert source == parse_source("lfw:/photos", [spelled])
    with pytest.raises(OptionError, match="expected --align or the source's align, got both"):
        parse_source("lfw:/photos", ["align=central"], "yunet:/w.onnx")
    with pytest.raises(OptionError, match="expected options in 'minimum', got a value"):
        parse_source("lfw:/photos", ["minimum=2", "minimum.x=3"])


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("yunett:x", UnknownName, "try 'yunet'"),
        ("yunet", OptionError, "expected yunet:FILE with the weights of its detector"),
        ("central:x", OptionError, r"expected an option \(fraction\), got 'weights'"),
    ],
)
def test_mistakes_say_what_to_write(text: str, error: type[FaceAuditError], said: str) -> None:
    with pytest.raises(error, match=said):
        find_align(text)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for person, count in (("Ann", 2), ("Bo", 1)):
        for photo in range(count):
            path = tmp_path / "photos" / person / f"{photo}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            grey = np.full((40, 60, 3), 90 + 10 * photo + len(person), dtype=np.uint8)
            Image.fromarray(grey).save(path)
    return tmp_path / "photos"


def test_faces_are_packed_by_the_middle(photos: Path, tmp_path: Path) -> None:
    arguments = [f"folder:{photos}", "--align", "central", "--store", str(tmp_path / "store")]
    done = RUNNER.invoke(app, ["pack", *arguments, "--size", "32x32"])
    assert done.exit_code == 0, done.output
    assert "3 photos packed, 0 left out" in done.output


def test_missing_weights_end_it(photos: Path, tmp_path: Path) -> None:
    arguments = ["--align", "yunet:/nowhere.onnx", "--store", str(tmp_path / "store")]
    done = RUNNER.invoke(app, ["inspect", f"folder:{photos}", *arguments])
    assert isinstance(done.exception, WeightsError)


@pytest.mark.realdata
def test_notes_are_listed(photos: Path, tmp_path: Path, real_data: Path) -> None:
    weights = real_data / "weights" / "yunet_n_dynamic.onnx"
    align = f"align={{align: yunet, weights: '{weights}', no_face: crop}}"
    arguments = [f"folder:{photos}", "--source", align, "--store", str(tmp_path / "store")]
    done = RUNNER.invoke(app, ["inspect", *arguments])
    assert done.exit_code == 0, done.output
    assert "noted: Ann/1.png: no face was found, the crop was kept" in done.output


def test_many_notes_are_cut_short_unless_asked_for(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faceaudit.cli import faces as verb  # noqa: PLC0415 - patched below
    from faceaudit.faces.loaded import Loaded, Remark  # noqa: PLC0415

    loaded = parse_source(f"folder:{photos}").load((8, 8), cache=tmp_path)
    notes = tuple(Remark(f"p/{at:03}", "one of two") for at in range(25))
    monkeypatch.setattr(verb, "_load", lambda *_: Loaded(loaded.faces, (), notes))
    short, whole = (
        RUNNER.invoke(app, ["inspect", f"folder:{photos}", *more]).output
        for more in ([], ["--notes"])
    )
    assert short.count("one of two") == 20
    assert "and 5 more notes, listed by --notes" in short
    assert whole.count("one of two") == 25
    assert "more notes" not in whole
