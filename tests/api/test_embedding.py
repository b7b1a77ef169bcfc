"""Networks and embeddings from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import faceaudit
from faceaudit import Embedder, FaceSet, InputError, OptionError, UnknownName, WeightsError
from faceaudit.api.embedding import embed_faces, save_embeddings
from faceaudit.errors import FaceAuditError
from faceaudit.gate.embedded import read_embedded
from faceaudit.networks.base import networks
from networks.onnx_graphs import save, small


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "deepid.safetensors"
    save_file(networks.build({"network": "deepid", "width": 0.2}).build().state_dict(), path)
    return path


def test_a_network_is_loaded_with_its_weights(weights: Path) -> None:
    named = faceaudit.load_network("deepid", weights, width=0.2)
    spelled = faceaudit.load_network({"network": "deepid", "width": 0.2}, str(weights))
    assert named.id == spelled.id
    assert named.size == (55, 47)
    assert faceaudit.load_network(named.network, weights, device="cpu").id == named.id
    contrasted = faceaudit.load_network(named.network, weights, contrast="photo")
    assert contrasted.id != named.id, "options change a network that is given as a component, too"
    images = np.zeros((1, 55, 47, 3), np.uint8)
    np.testing.assert_array_equal(named.embed(images), faceaudit.embed(named, images))


def test_a_file_is_its_own_network(tmp_path: Path) -> None:
    path = save(tmp_path / "a.onnx", small())
    named = faceaudit.load_network(f"onnx:{path}")
    assert faceaudit.load_network({"network": "onnx", "path": path}).id == named.id
    with pytest.raises(OptionError, match="whose file holds them"):
        faceaudit.load_network(f"onnx:{path}", path)


def test_pixels_are_embedded_as_they_are(embedder: Embedder, faces: FaceSet, cache: Path) -> None:
    embedded = faceaudit.embed(embedder, faces.images)
    assert embedded.shape == (72, 16)
    assert embedded.dtype == np.float32
    assert not cache.exists(), "what is given as pixels is not kept"
    np.testing.assert_array_equal(embedded, faceaudit.embed(embedder, np.asarray(faces.images)))
    assert faceaudit.embed(embedder, faces.images[:0]).shape == (0, 16)


def test_faces_are_embedded_once(
    embedder: Embedder, faces: FaceSet, photos: Path, cache: Path
) -> None:
    wanted = faceaudit.embed(embedder, faces.images)
    np.testing.assert_allclose(faceaudit.embed(embedder, faces), wanted, rtol=1e-5, atol=1e-5)
    rows = next((cache / "work" / "embeddings" / embedder.id).glob("rows.f32"))
    size = rows.stat().st_size
    by_id = dict(zip(faces.ids, wanted, strict=True))
    loaded = faceaudit.load_faces(photos, embedder.size)
    assert len(faceaudit.embed(embedder, loaded)) == len(by_id)
    faceaudit.embed(embedder, photos)
    assert rows.stat().st_size == size, "the same pixels"


def test_embeddings_are_written_for_the_gate(
    embedder: Embedder, faces: FaceSet, tmp_path: Path
) -> None:
    kept = embed_faces(embedder, faces, cache=tmp_path)
    assert len(kept) == len(faces)
    assert kept.folder.is_dir()
    path = save_embeddings(tmp_path / "embeddings.npz", kept.take(), faces)
    found = read_embedded(path)
    np.testing.assert_array_equal(found.embeddings, kept.take())
    assert list(found.people) == list(faces.ids)
    with pytest.raises(InputError, match="expected an embedding of each of 72 photos"):
        save_embeddings(path, kept.take()[:3], faces)
    with pytest.raises(InputError, match="expected a file that can be written"):
        save_embeddings(path / "below", kept.take(), faces)
    with pytest.raises(InputError, match="a folder; name a file in it"):
        save_embeddings(tmp_path, kept.take(), faces)


def test_pixels_cannot_be_aligned_any_more(embedder: Embedder, faces: FaceSet) -> None:
    with pytest.raises(InputError, match=r"got 'central' for an array; try load_faces\(\.\.\.,"):
        faceaudit.embed(embedder, faces.images, align="central")


IMAGES = np.zeros((2, 32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ("photos", "said"),
    [
        (IMAGES / np.float32(255), r"for values of 0 to 1"),
        (np.full(IMAGES.shape, np.nan), "pixels without NaN and infinity"),
        (IMAGES.astype(np.int64), r"got \(2, 32, 32, 3\) int64"),
        (list(IMAGES), "as an array, got a list of 2"),
        (torch.from_numpy(IMAGES), "as an array, got a Tensor"),
        (IMAGES[0], r"try image\[None\]"),
        (IMAGES[..., :1], r"got \(2, 32, 32, 1\) uint8"),
        (IMAGES.transpose(0, 3, 1, 2), "try the channels last"),
        (IMAGES[:, :30], r"expected photos of the embedder's size \(32, 32\), got \(30, 32\)"),
        (None, "as an array, got None"),
        (3, "as an array, got 3"),
        ("syntetic", "try 'synthetic'"),
    ],
)
def test_other_photos_are_refused(embedder: Embedder, cache: Path, photos: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        faceaudit.embed(embedder, photos)
    assert not cache.exists()


def test_faces_of_another_size_are_refused(embedder: Embedder, faces: FaceSet) -> None:
    small = FaceSet(faces.images[:, :30], faces.identity, faces.names, faces.ids, faces.group)
    with pytest.raises(InputError, match=r"expected faces of the network's size \(32, 32\)"):
        faceaudit.embed(embedder, small)
    with pytest.raises(InputError, match="expected align for faces that are loaded now"):
        faceaudit.embed(embedder, faces, align="central")


@pytest.mark.parametrize("images", [IMAGES / 255, list(IMAGES)])
def test_an_embedder_refuses_other_pixels_itself(embedder: Embedder, images: Any) -> None:
    with pytest.raises(InputError, match=r"uint8, got (float64|list)"):
        embedder.embed(images)


def test_only_embedders_embed(module: torch.nn.Module) -> None:
    for other in (module, None, "iresnet50"):
        with pytest.raises(InputError, match=r"expected an Embedder, got .*Embedder\.wrap"):
            faceaudit.embed(other, IMAGES)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        (("depid",), {}, UnknownName, "try 'deepid'"),
        ((3,), {}, OptionError, "expected a network's name, got 3"),
        (("deepid",), {}, WeightsError, "expected trained weights for 'deepid', got none"),
        (("deepid", "nowhere.pt"), {}, WeightsError, "nowhere.pt"),
        (("deepid", 3), {}, InputError, "expected the path of trained weights, got 3"),
        (("deepid", "yunet"), {}, WeightsError, "faceaudit weights get yunet"),
        (("deepid", "x"), {"widht": 1}, OptionError, "try 'width'"),
        (("deepid:x",), {}, OptionError, "expected the name of a network"),
        (("onnx",), {}, OptionError, "expected onnx:FILE"),
        (("onnx:nowhere.onnx",), {}, FaceAuditError, "nowhere.onnx"),
    ],
)
def test_mistakes_say_what_to_give(
    arguments: tuple[Any, ...], options: dict[str, Any], error: type[FaceAuditError], said: str
) -> None:
    with pytest.raises(error, match=said):
        faceaudit.load_network(*arguments, **options)
