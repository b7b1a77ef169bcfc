"""Wherever a list of pairs says which photos are needed, no other is decoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import faceaudit
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.membership import scenario
from faceaudit.errors import InputError, PairsError
from faceaudit.faces.reading import decode

SIZE = (24, 24)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Thirty people with four photos each."""
    for person in range(30):
        for number in range(4):
            pixels = np.random.default_rng([person, number]).integers(0, 256, (30, 28, 3))
            path = tmp_path / "photos" / f"p{person:02}" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.astype(np.uint8)).save(path)
    return tmp_path / "photos"


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Pairs of twelve of them, two photos each: 24 photos."""
    return write_pairs(tmp_path / "pairs.csv", range(12))


def write_pairs(path: Path, people: range) -> Path:
    mine = list(people)
    lines = [f"p{one:02}/0.png,p{one:02}/1.png,1" for one in mine]
    lines += [
        f"p{one:02}/0.png,p{two:02}/1.png,0"
        for one, two in zip(mine, mine[1:] + mine[:1], strict=True)
    ]
    order = np.random.default_rng(0).permutation(len(lines))
    path.write_text("\n".join(["image1,image2,label", *(lines[at] for at in order)]) + "\n")
    return path


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    seen: list[int] = []
    whole = decode.photo

    def count(data: bytes, **options: object) -> object:
        seen.append(len(data))
        return whole(data, **options)

    monkeypatch.setattr(decode, "photo", count)
    return seen


@pytest.fixture(scope="module")
def embedder() -> faceaudit.Embedder:
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 24 * 24, 16))
    return faceaudit.Embedder.wrap(module, size=SIZE)


def test_verification_of_a_list(photos, pairs, embedder, tmp_path, decoded):
    listed = faceaudit.evaluate_verification(embedder, photos, pairs, folds=2, cache=tmp_path / "a")
    assert len(decoded) == 24
    whole = faceaudit.load_faces(photos, SIZE, cache=tmp_path / "b")
    decoded.clear()
    loaded = faceaudit.evaluate_verification(embedder, whole, pairs, folds=2, cache=tmp_path / "b")
    assert listed.figures == loaded.figures
    faceaudit.evaluate_verification(embedder, photos, pairs, folds=2, cache=tmp_path / "b")
    assert decoded == []


def test_pairs_that_are_built_need_all(photos, embedder, tmp_path, decoded):
    faceaudit.evaluate_verification(embedder, photos, cache=tmp_path / "a")
    assert len(decoded) == 120


def test_embeddings_of_a_list(photos, pairs, embedder, tmp_path, decoded):
    found = faceaudit.embed(embedder, photos, only=pairs, cache=tmp_path / "a")
    assert found.shape == (24, 16)
    assert len(decoded) == 24
    again = faceaudit.embed(embedder, photos, only=["p03/1", "p07/0"], cache=tmp_path / "a")
    loaded = faceaudit.load_faces(photos, SIZE, only=pairs, cache=tmp_path / "a").faces
    rows = [loaded.ids.index(name) for name in ("p03/1.png", "p07/0.png")]
    np.testing.assert_allclose(again, found[rows], rtol=1e-6)


def test_only_is_for_faces_that_are_loaded_now(photos, pairs, embedder, tmp_path):
    loaded = faceaudit.load_faces(photos, SIZE, cache=tmp_path / "a")
    for faces in (loaded, loaded.faces, np.asarray(loaded.faces.images)):
        with pytest.raises(InputError, match="expected only for faces that are loaded now"):
            faceaudit.embed(embedder, faces, only=pairs, cache=tmp_path / "a")


def test_a_verifier_of_listed_pairs_is_the_one_of_all_photos(
    photos, pairs, embedder, tmp_path, decoded
):
    trained = [
        faceaudit.train_verifier(
            faces, embedder, pairs=pairs, predictor="cosine", held_out=0.4, cache=tmp_path / "a"
        )
        for faces in (photos, faceaudit.load_faces(photos, SIZE, cache=tmp_path / "b"))
    ]
    assert len(decoded) == 24 + 120
    assert trained[0].figures == trained[1].figures
    assert trained[0].pairs.people == trained[1].pairs.people


def test_lists_of_members_and_non_members(photos, tmp_path, decoded):
    from faceaudit.audit.membership.plan import MembershipPlan  # noqa: PLC0415

    lists = [
        str(write_pairs(tmp_path / f"{name}.csv", people))
        for name, people in (("members", range(8)), ("nonmembers", range(8, 16)))
    ]
    plan = MembershipPlan(
        faces={"source": "folder", "path": str(photos)},
        backbones=[{"network": "deepid", "weights": "w.pt"}],
        pool={"members": lists[0], "nonmembers": lists[1]},
    )
    work = Workspace(tmp_path / "work")
    loaded = scenario._load(plan, SIZE, work)
    assert len(loaded.faces) == len(decoded) == 32
    drawn = plan.model_copy(update={"pool": type(plan.pool)()})
    assert len(scenario._load(drawn, SIZE, work).faces) == 120


def test_the_commands_take_the_list(photos, pairs, tmp_path, decoded, monkeypatch, embedder):
    from faceaudit.cli import app, embed  # noqa: PLC0415 - slow to load
    from faceaudit.systems.embedding.load import LoadedEmbedder  # noqa: PLC0415

    loaded = LoadedEmbedder.__new__(LoadedEmbedder)
    for name, value in (("embedder", embedder), ("input", "here"), ("preparation", "none")):
        monkeypatch.setattr(LoadedEmbedder, name, value, raising=False)
    monkeypatch.setattr(embed, "parse_embedder", lambda *_: loaded)
    arguments = ["--network", "x", "--pairs", str(pairs), "--store", str(tmp_path / "store")]
    done = CliRunner().invoke(app, ["embed", f"folder:{photos}", *arguments])
    assert done.exception is None, done.output
    assert "24 photos embedded, 0 left out" in done.output
    assert len(decoded) == 24


def test_a_list_that_is_not_there_is_said_before_any_photo(photos, embedder, tmp_path, decoded):
    with pytest.raises(PairsError):
        faceaudit.embed(embedder, photos, only=tmp_path / "nowhere.csv", cache=tmp_path / "a")
    assert decoded == []
