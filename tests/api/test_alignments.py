"""The hint which crop suits a network, on photos whose faces a stub finds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import faceaudit
from faceaudit.api.alignments import AlignmentHint, TriedAlignment, compare_alignments
from faceaudit.cli import app
from faceaudit.errors import InputError, OptionError, SourceError, SplitError
from faceaudit.faces.alignment.common import detecting
from faceaudit.faces.alignment.common.detector import DetectorFile
from faceaudit.faces.alignment.common.similarity import template
from faceaudit.faces.detections import Detections
from faceaudit.protocols.alignments import Measured
from faceaudit.types import Estimate

SIZE = (24, 24)
ALIGN = {"align": "yunet", "weights": "x.onnx"}


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let a detector without a network find the face where a photo has it written."""
    seen: list[int] = []

    class Stub:
        def __init__(self, weights: DetectorFile, threshold: float) -> None:
            pass

        def key(self) -> object:
            return ["stub"]

        def find(self, image: np.ndarray) -> Detections:
            seen.append(1)
            left, top, found = (int(value) for value in image[0, 0])
            side = 60
            points = template((112, 112)) * side / 112 + [left, top]
            box = [left + 12, top + 12, side - 24, side - 18]
            count = int(found > 0)
            return Detections(
                np.array([box] * count, np.float32).reshape(-1, 4),
                np.array([points] * count, np.float32).reshape(-1, 5, 2),
                np.ones(count, np.float32),
            )

    monkeypatch.setattr(detecting, "Detector", Stub)
    monkeypatch.setattr(detecting.DetectorFile, "read", lambda path: DetectorFile(path, b"", "0"))
    return seen


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty people with three photos: a pattern of the person, somewhere on a noisy photo."""
    root = tmp_path_factory.mktemp("photos")
    for person in range(20):
        rng = np.random.default_rng(person)
        coarse = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        face = Image.fromarray(coarse).resize((60, 60), Image.Resampling.NEAREST)
        for number in range(3):
            photo = rng.integers(0, 256, (120, 120, 3), dtype=np.uint8)
            left, top = (int(at) for at in rng.integers(5, 50, 2))
            photo[top : top + 60, left : left + 60] = np.asarray(face)
            photo[0, 0] = left, top, 1
            path = root / f"p{person:02}" / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(photo).save(path)
    return root


@pytest.fixture(scope="module")
def embedder() -> faceaudit.Embedder:
    """An embedding that is the pixels."""
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 24 * 24, 64))
    with torch.no_grad():
        torch.manual_seed(0)
        module[1].weight.normal_()
        module[1].bias.zero_()
    return faceaudit.Embedder.wrap(module, size=SIZE)


def hint_of(photos: Path, embedder: faceaudit.Embedder, cache: Path, **more) -> AlignmentHint:
    return compare_alignments(
        embedder,
        photos,
        ALIGN,
        **{"templates": ["arcface", "facenet"], "zooms": [1.0], **more},
        cache=cache,
    )


def test_what_is_aligned_is_told_from_what_is_not(photos, embedder, tmp_path, looked):
    hint = hint_of(photos, embedder, tmp_path, zooms=[1.0, 1.2])
    assert [len(hint.tried), hint.genuine, hint.impostor, hint.people] == [5, 20, 20, 20]
    assert hint.photos == 40
    last = hint.tried[-1]
    assert (last.template, last.align) == ("none", None)
    assert last.measured.shown_worse
    assert hint.best.align is not None
    assert hint.best.align.model_dump()["zoom"] == hint.best.zoom
    values = [one.measured.separation.value for one in hint.tried]
    assert values == sorted(values, reverse=True)


def test_every_photo_of_the_sample_is_looked_at_once_and_no_other(
    photos, embedder, tmp_path, looked
):
    hint_of(photos, embedder, tmp_path, zooms=[0.9, 1.0, 1.1])
    assert len(looked) == 40
    hint_of(photos, embedder, tmp_path)
    assert len(looked) == 40


def test_the_same_seed_gives_the_same_hint(photos, embedder, tmp_path, looked):
    first, again = (hint_of(photos, embedder, tmp_path / str(n)).as_json() for n in range(2))
    assert first == again
    assert json.loads(json.dumps(first)) == json.loads(json.dumps(again))


def test_the_figures_are_those_of_faces_that_are_loaded_so(photos, embedder, tmp_path, looked):
    """Framed in one go, photos come out as `load_faces` has them: here for what is not zoomed."""
    hint = hint_of(photos, embedder, tmp_path, templates=["facenet"])
    tried = next(one for one in hint.tried if one.template == "facenet")
    loaded = faceaudit.load_faces(photos, SIZE, align=tried.align, cache=tmp_path).faces
    from faceaudit.faces.reading.layout import PhotoLocation  # noqa: PLC0415
    from faceaudit.metrics import auc, normalized  # noqa: PLC0415
    from faceaudit.protocols.alignments import sample_pairs  # noqa: PLC0415

    places = [PhotoLocation(id_, id_.split("/", maxsplit=1)[0], id_) for id_ in loaded.ids]
    pairs = sample_pairs(places, 300, seed=0)
    unit = normalized(embedder.embed(np.asarray(loaded.images)))
    row = {id_: at for at, id_ in enumerate(loaded.ids)}
    scores = np.array(
        [
            float(unit[row[one]] @ unit[row[two]])
            for one, two in zip(pairs.first, pairs.second, strict=True)
        ]
    )
    expected = auc(scores[pairs.same], scores[~pairs.same]).value
    assert tried.measured.auc.value == pytest.approx(expected)


def test_photos_without_a_face_are_left_out_and_said_so(photos, embedder, tmp_path, looked):
    root = tmp_path / "photos"
    for path in photos.rglob("*.png"):
        image = np.array(Image.open(path))
        if path.parent.name in ("p00", "p01"):
            image[0, 0, 2] = 0
        (root / path.parent.name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / path.parent.name / path.name)
    hint = hint_of(root, embedder, tmp_path / "cache")
    assert len(hint.left_out) == 4
    assert hint.left_out[0].reason.startswith("expected a face, got none")
    assert hint.genuine == 18


def measured(behind: tuple[float, float] | None) -> Measured:
    one = Estimate(0.9, 0.8, 1.0, 9, "")
    return (
        Measured(one, one, one, None if behind is None else Estimate(*behind, 9.0, 9, ""))
        if (behind is None)
        else Measured(one, one, one, Estimate(behind[1], behind[0], 9.0, 9, ""))
    )


def hint_with(*behind: tuple[float, float]) -> AlignmentHint:
    tried = [TriedAlignment("arcface", 1.0, None, measured(None))]
    tried += [
        TriedAlignment("head", 0.9 + 0.1 * n, None, measured(b)) for n, b in enumerate(behind)
    ]
    return AlignmentHint(tuple(tried), 9, 9, 9, 9)


def test_the_verdict_claims_what_is_shown_and_no_more():
    assert hint_with().verdict == "arcface alone was tried: nothing is compared"
    assert hint_with((0.1, 1)).verdict == "arcface is best, shown against all 1 others"
    assert hint_with((0.1, 1), (0.0, 1)).verdict == (
        "arcface came out best, shown against 1 of 2 others; not against head"
    )
    assert hint_with(*[(-0.1, 1)] * 7).verdict.endswith("head, zoom 1.3 and 2 more")


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        ({"pairs": 3}, InputError, "expected pairs as a whole number of at least 4"),
        ({"templates": "arcface"}, OptionError, "expected templates to try, got 'arcface'"),
        ({"templates": ["arcfase"]}, OptionError, "template"),
        ({"zooms": []}, OptionError, "expected zooms to try, got a list of 0"),
        ({"zooms": [9]}, OptionError, "zoom"),
        ({"seed": -1}, InputError, "seed"),
        ({"minimum": 9}, SourceError, "expected a person with at least 9 photos"),
    ],
)
def test_mistakes_are_said_before_any_photo_is_read(
    photos, embedder, tmp_path, looked, more, error, message
):
    with pytest.raises(error, match=message):
        hint_of(photos, embedder, tmp_path, **more)
    assert looked == []


@pytest.mark.parametrize(
    ("source", "align", "error", "message"),
    [
        ("synthetic", None, OptionError, "expected a source of photos, got 'synthetic'"),
        (None, None, OptionError, "expected a way to align with templates, got none"),
        (None, "central", OptionError, "expected a way to align with templates, got 'central'"),
        (
            None,
            {"align": "deepface", "weights": "x"},
            OptionError,
            "expected a way to align with templates, got 'deepface'",
        ),
    ],
)
def test_what_cannot_be_compared_is_said(
    photos, embedder, tmp_path, looked, source, align, error, message
):
    with pytest.raises(error, match=message):
        compare_alignments(embedder, source or photos, align, cache=tmp_path)


def test_too_few_people_are_said(photos, embedder, tmp_path, looked):
    for person in ("p00", "p01", "p02"):
        for path in (photos / person).iterdir():
            (tmp_path / "few" / person).mkdir(parents=True, exist_ok=True)
            (tmp_path / "few" / person / path.name).write_bytes(path.read_bytes())
    with pytest.raises(SplitError, match="at least 4 people with two photos each"):
        hint_of(tmp_path / "few", embedder, tmp_path / "cache")


def test_the_command_prints_the_table_and_what_to_write(
    photos, tmp_path, looked, monkeypatch, embedder
):
    from faceaudit.cli import compare_alignments as verb  # noqa: PLC0415
    from faceaudit.systems.embedding.load import LoadedEmbedder  # noqa: PLC0415

    monkeypatch.setattr(verb, "parse_embedder", lambda *_: embedder)
    assert LoadedEmbedder is not None
    out = tmp_path / "hint.json"
    arguments = ["--network", "x", "--align", "yunet:x.onnx", "--templates", "arcface,facenet"]
    arguments += ["--zooms", "1,1.2", "--json", str(out), "--store", str(tmp_path / "store")]
    runner = CliRunner(env={"COLUMNS": "200"})
    done = runner.invoke(app, ["faces", "compare-alignments", f"folder:{photos}", *arguments])
    assert done.exception is None, done.output
    written = json.loads(out.read_text())
    assert len(written["tried"]) == 5
    assert written["verdict"] in done.output
    best = written["tried"][0]
    assert (
        f"--source align.template={best['template']} --source align.zoom={best['zoom']:g}"
        in done.output
    )
    assert "20 genuine and 20 impostor pairs of 20 people, 40 photos" in done.output
    wrong = runner.invoke(
        app, ["faces", "compare-alignments", "folder:/x", "--network", "x", "--zooms", "big"]
    )
    assert isinstance(wrong.exception, OptionError)
    assert "expected --zooms ZOOM,..." in str(wrong.exception)


@pytest.mark.parametrize(
    ("source", "more", "said"),
    [
        ("folder:{}", ["--zooms", "1,99"], "zoom"),
        ("folder:{}", ["--zooms", "nan"], "zoom"),
        ("folder:{}", ["--templates", "arcface,arcfaec"], "arcfaec"),
        ("synthetic", [], "expected a source of photos"),
    ],
)
def test_ways_that_are_none_are_refused_before_the_network_is_loaded(
    photos, looked, monkeypatch, source, more, said
):
    from faceaudit.cli import compare_alignments as verb  # noqa: PLC0415

    def load(*_):
        raise AssertionError("the network is loaded")

    monkeypatch.setattr(verb, "parse_embedder", load)
    align = ["--align", "yunet:x.onnx"] if more else []
    arguments = ["faces", "compare-alignments", source.format(photos), "--network", "x"]
    done = CliRunner().invoke(app, [*arguments, *align, *more])
    assert isinstance(done.exception, OptionError)
    assert said in str(done.exception)


@pytest.mark.slow
@pytest.mark.realdata
def test_a_network_of_insightfaces_crop_is_known_for_one(real_data, tmp_path):
    """MobileFaceNet y1 was trained on ArcFace's template; OpenFace's cuts off the forehead."""
    weights = real_data / "weights"
    y1 = faceaudit.load_network("mobilefacenet_y1", weights / "mobilefacenet_ms1m_y1.safetensors")
    hint = compare_alignments(
        y1,
        f"lfw:{real_data}/lfw/images",
        f"yunet:{weights}/yunet_n_dynamic.onnx",
        templates=["arcface", "openface", "facenet"],
        zooms=[1.0],
        pairs=60,
        cache=tmp_path,
    )
    assert hint.best.template == "arcface"
    shown = {one.template: one.measured.shown_worse for one in hint.tried[1:]}
    assert shown["openface"]
    assert shown["facenet"]
