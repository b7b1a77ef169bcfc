"""Systems in files: whose weights they are, what they are, and what they answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from contracts.small_networks import small
from faceaudit.errors import InputError, OptionError, UnknownName, WeightsError
from faceaudit.faces.pairs.read import build_pairs
from faceaudit.mitigations.train_verifier import train_verifier
from faceaudit.networks import networks
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.systems.identifiers.last_layer import LastLayer, train_last_layer
from faceaudit.systems.predictors import predictors
from faceaudit.systems.under_test import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    VerifierUnderTest,
    systems_under_test,
)
from faceaudit.systems.verifiers.embed_pairs import embed_pairs
from faceaudit.systems.verifiers.file import save_verifier
from faceaudit.training import Training, TrainingPhotos
from faceaudit.training.classifier import Classifier
from faceaudit.types import FaceSet
from helpers.faces import blocks
from networks import keras_oracle as oracle
from networks import onnx_graphs
from systems.under_test import keras_files

UNIT = {"mean": (0, 0, 0), "scale": (255, 255, 255)}
"""x / 255."""


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return blocks(photos=5)


def opened(path: Path, cache: Path, **options: Any) -> Any:
    door = systems_under_test.build({"system": "file", "path": str(path), **options})
    return door.open(cache=cache, device="cpu")


def keras_deepid(tensors: dict[str, Any], image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the embedding and logits of one photo, in NumPy."""
    w = {name: values.astype(np.float64) for name, values in tensors.items()}
    x = image / 255.0
    for layer in ("conv_1", "conv_2", "conv_3"):
        convolved = oracle.convolution(x, w[f"{layer}/kernel"], w[f"{layer}/bias"])
        x = oracle.pool_halves(oracle.relu(convolved))
    fourth = oracle.relu(oracle.convolution(x, w["conv_4/kernel"], w["conv_4/bias"]))
    both = sum(
        maps.reshape(-1) @ w[f"{layer}/kernel"] + w[f"{layer}/bias"]
        for maps, layer in ((x, "fc_1"), (fourth, "fc_2"))
    )
    embedding = oracle.relu(both)
    return embedding, embedding @ w["output/kernel"] + w["output/bias"]


@pytest.mark.parametrize("form", ["model", "weights", "numbered"])
def test_a_keras_deepid_of_1283_people_answers_as_keras_would(
    faces: FaceSet, tmp_path: Path, form: str
) -> None:
    tensors = keras_files.weights(keras_files.DEEPID)
    path = tmp_path / "net.h5"
    if form == "numbered":
        keras_files.write_numbered(path, tensors)
    else:
        keras_files.write(path, tensors, model=form == "model")
    system = opened(path, tmp_path, network="deepid", preprocessing=UNIT)
    assert isinstance(system, IdentifierUnderTest)
    assert system.names == tuple(f"class-{label}" for label in range(1283))
    assert system.size == (55, 47)
    assert "net.h5" in system.title
    rows = np.array([7, 0, 19])
    embeddings, scores = system.embed(faces, rows), system.scores(faces, rows)
    for place, row in enumerate(rows):
        embedding, logits = keras_deepid(tensors, faces.images[row])
        np.testing.assert_allclose(embeddings[place], embedding, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(scores[place], logits, rtol=1e-4, atol=1e-4)
        assert system.labels(faces, rows)[place] == logits.argmax()


def test_another_preparation_is_another_system(faces: FaceSet, tmp_path: Path) -> None:
    path = keras_files.write(tmp_path / "net.h5", keras_files.weights(keras_files.DEEPID))
    one = opened(path, tmp_path, network="deepid", preprocessing=UNIT)
    other = opened(path, tmp_path, network="deepid")
    assert one.id != other.id
    assert not np.allclose(one.scores(faces), other.scores(faces)), "one cache for both"
    assert one.id == opened(path, tmp_path, network="deepid", preprocessing=UNIT).id


def test_another_weight_bias_or_name_is_another_system(tmp_path: Path) -> None:
    ids = set()
    for part in ("", "head.weight", "head.bias", "network"):
        state = {name: tensor.clone() for name, tensor in classifier().state_dict().items()}
        assert not part or any(name.startswith(part) for name in state)
        for name, tensor in state.items():
            if part and name.startswith(part):
                tensor.add_(1)
        path = tmp_path / f"net-{part}.pt"
        torch.save(state, path)
        ids.add(opened(path, tmp_path, network="deepid").id)
    names = [f"class-{label}" for label in range(7)]
    path = tmp_path / "net-.pt"
    assert opened(path, tmp_path, network="deepid", names=names).id in ids
    ids.add(opened(path, tmp_path, network="deepid", names=[*names[:-1], "Zoe"]).id)
    ids.add(opened(path, tmp_path, network="deepid", names=[*names[1:], names[0]]).id)
    assert len(ids) == 6


VGG = {
    **{
        name: (3, 3, *channels)
        for name, channels in {
            "conv1_1": (3, 8),
            "conv1_2": (8, 8),
            "conv2_1": (8, 16),
            "conv2_2": (16, 16),
            "conv3_1": (16, 32),
            "conv3_2": (32, 32),
            "conv3_3": (32, 32),
            "conv4_1": (32, 64),
            "conv4_2": (64, 64),
            "conv4_3": (64, 64),
            "conv5_1": (64, 64),
            "conv5_2": (64, 64),
            "conv5_3": (64, 64),
        }.items()
    },
    "fc6": (2 * 2 * 64, 512),
    "fc7": (512, 512),
    "fc8": (512, 2622),
}


def test_a_keras_vggface_has_the_head_that_its_layout_names(tmp_path: Path) -> None:
    tensors = keras_files.weights(VGG)
    path = keras_files.write(tmp_path / "vgg.h5", tensors, model=False)
    network = {"network": "vggface", "width": 0.125, "input_size": [64, 64]}
    system = opened(path, tmp_path, network=network)
    faces = blocks(2, 2, size=(64, 64))
    assert isinstance(system, IdentifierUnderTest)
    assert len(system.names) == 2622
    by_hand = system.embed(faces) @ tensors["fc8/kernel"] + tensors["fc8/bias"]
    np.testing.assert_allclose(system.scores(faces), by_hand, rtol=1e-4, atol=1e-3)
    without = {name: values for name, values in tensors.items() if not name.startswith("fc8")}
    body = opened(
        keras_files.write(tmp_path / "body.h5", without, model=False), tmp_path, network=network
    )
    assert isinstance(body, EmbedderUnderTest)
    np.testing.assert_allclose(body.embed(faces), system.embed(faces), rtol=1e-5, atol=1e-6)


def classifier(people: int = 7, seed: int = 0) -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Classifier(networks.build("deepid").build(), people).eval()


def direct(model: Classifier, faces: FaceSet) -> np.ndarray:
    with torch.inference_mode():
        return model(model.network.prepare(torch.from_numpy(faces.images))).numpy()


@pytest.mark.parametrize("head", ["head", "classifier", "my_last", "fc"])
@pytest.mark.parametrize("form", ["pt", "safetensors"])
def test_heads_are_found_whatever_they_are_called(
    faces: FaceSet, tmp_path: Path, head: str, form: str
) -> None:
    model = classifier()
    state = {
        name.replace("network.", "").replace("head.", f"{head}."): tensor
        for name, tensor in model.state_dict().items()
    }
    path = tmp_path / f"net.{form}"
    if form == "pt":
        torch.save({"state_dict": {f"module.{k}": v for k, v in state.items()}}, path)
    else:
        save_file(state, path)
    for options in ({}, {"head": f"module.{head}" if form == "pt" else head}):
        system = opened(path, tmp_path, network="deepid", **options)
        assert len(system.names) == 7
        np.testing.assert_allclose(system.scores(faces), direct(model, faces), atol=1e-4)


def test_a_head_without_bias_has_none(faces: FaceSet, tmp_path: Path) -> None:
    model = classifier()
    torch.nn.init.zeros_(model.head.bias)
    state = {name: tensor for name, tensor in model.state_dict().items() if name != "head.bias"}
    torch.save(state, tmp_path / "net.pt")
    system = opened(tmp_path / "net.pt", tmp_path, network="deepid")
    np.testing.assert_allclose(system.scores(faces), direct(model, faces), atol=1e-4)


def test_roles_are_told_apart_and_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.pt"
    torch.save(classifier().state_dict(), whole)
    body = tmp_path / "body.pt"
    torch.save(classifier().network.state_dict(), body)
    with pytest.raises(WeightsError, match=r"an embedder, got .* an identifier .*7 people.*head"):
        opened(whole, tmp_path, network="deepid", role="embedder")
    with pytest.raises(WeightsError, match=r"an identifier, got .* an embedder .*name the softmax"):
        opened(body, tmp_path, network="deepid", role="identifier")
    with pytest.raises(WeightsError, match=r"a verifier, got .* an embedder"):
        opened(body, tmp_path, network="deepid", role="verifier")
    assert opened(whole, tmp_path, network="deepid", role="identifier").role == "identifier"
    assert opened(body, tmp_path, network="deepid", role="embedder").role == "embedder"
    assert opened(whole, tmp_path, network="deepid", head="none").role == "embedder"


def test_what_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save(classifier().state_dict(), path)
    with pytest.raises(WeightsError, match=r"expected the network that the weights .* are of"):
        opened(path, tmp_path)
    with pytest.raises(UnknownName, match=r"expected a layer .* got 'heat'; try 'head'"):
        opened(path, tmp_path, network="deepid", head="heat")
    with pytest.raises(WeightsError, match="expected the weights of 'deepid'"):
        opened(path, tmp_path, network="deepid", head="network.from_fourth")
    with pytest.raises(WeightsError, match="leave weights out"):
        opened(path, tmp_path, network="deepid", weights=str(path))
    with pytest.raises(WeightsError, match="No such file"):
        opened(tmp_path / "gone.pt", tmp_path, network="deepid")
    with pytest.raises(WeightsError, match="a folder without weights"):
        opened(tmp_path, tmp_path, network="deepid")
    state = classifier().state_dict()
    state["head.weight"][3, 5] = torch.nan
    torch.save(state, path)
    with pytest.raises(WeightsError, match="finite numbers in 'head'"):
        opened(path, tmp_path, network="deepid")


def test_a_margin_head_is_not_taken_for_a_softmax_layer(tmp_path: Path) -> None:
    state = classifier().state_dict()
    margin = {name.replace("network.", "backbone."): t for name, t in state.items()}
    margin["head.weight"] = torch.randn(160, 30)
    del margin["head.bias"]
    path = tmp_path / "margin.pt"
    torch.save({"state_dict": margin}, path)
    with pytest.raises(WeightsError, match=r"margin losses.*head: none"):
        opened(path, tmp_path, network="deepid")
    with pytest.raises(WeightsError, match="head: none"):
        opened(path, tmp_path, network="deepid", head="head")


def test_of_several_heads_one_has_to_be_named(faces: FaceSet, tmp_path: Path) -> None:
    model = classifier()
    state = {**model.state_dict(), "age.weight": torch.ones(4, 160), "age.bias": torch.ones(4)}
    path = tmp_path / "two.pt"
    torch.save(state, path)
    assert len(opened(path, tmp_path, network="deepid").names) == 7, "the one called as usual"
    renamed = {name.replace("head.", "person."): tensor for name, tensor in state.items()}
    torch.save(renamed, path)
    with pytest.raises(WeightsError, match=r"one softmax layer, got 'age', 'person' .* head: age"):
        opened(path, tmp_path, network="deepid")
    for head, people in (("person", 7), ("age", 4)):
        assert len(opened(path, tmp_path, network="deepid", head=head).names) == people


def test_a_part_of_a_file_is_a_system(faces: FaceSet, tmp_path: Path) -> None:
    models = {"online": classifier(), "ema": classifier(seed=1)}
    path = tmp_path / "both.pt"
    torch.save({name: model.state_dict() for name, model in models.items()}, path)
    with pytest.raises(WeightsError, match="#"):
        opened(path, tmp_path, network="deepid")
    for part, model in models.items():
        system = opened(Path(f"{path}#{part}"), tmp_path, network="deepid")
        np.testing.assert_allclose(system.scores(faces), direct(model, faces), atol=1e-4)


def test_names_come_from_a_file(faces: FaceSet, tmp_path: Path) -> None:
    path, names = tmp_path / "net.pt", tmp_path / "names.txt"
    torch.save(classifier(3).state_dict(), path)
    names.write_text("﻿Zoë\nbob \nAnn\n\n", "utf-8")
    system = opened(path, tmp_path, network="deepid", names=str(names))
    assert system.names == ("Zoë", "bob", "Ann"), "in the order of the labels, not sorted"
    for text, message in {
        "a\nb\n": "for each of the 3 people .* got 2",
        "a\nb\nc\nd": "for each of the 3 people .* got 4",
        "a\n\nc\n": "none for label 1",
        "a\nb\na": "'a' twice",
        "": "expected a",
    }.items():
        names.write_text(text)
        with pytest.raises(InputError, match=message):
            opened(path, tmp_path, network="deepid", names=str(names))
    names.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        opened(path, tmp_path, network="deepid", names=str(names))


@pytest.mark.parametrize("contrast", ["fixed", "photo"])
def test_gradients_are_those_of_the_scores(faces: FaceSet, tmp_path: Path, contrast: str) -> None:
    path = tmp_path / "net.pt"
    torch.save(classifier().state_dict(), path)
    system = opened(path, tmp_path, network={"network": "deepid", "contrast": contrast})
    system.scores(faces)  # as when it was asked before
    model = system.differentiable()
    pixels = torch.from_numpy(faces.images[:1]).float().requires_grad_()
    scores = model(pixels)
    np.testing.assert_allclose(scores.detach(), system.scores(faces, np.array([0])), atol=1e-4)
    scores[0, 2].backward()
    step = 0.5 * torch.sign(pixels.grad)
    with torch.no_grad():
        up, down = (float(model(pixels + s)[0, 2]) for s in (step, -step))
    expected = float((2 * step * pixels.grad).sum())
    assert expected > 0
    assert up - down == pytest.approx(expected, rel=0.1)
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_access_can_be_limited(faces: FaceSet, tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save(classifier().state_dict(), path)
    whole = opened(path, tmp_path, network="deepid")
    assert whole.access == {Access.GRADIENTS, Access.EMBEDDINGS, Access.SCORES, Access.LABELS}
    labels = opened(path, tmp_path, network="deepid", access=["labels"])
    assert labels.access == {Access.LABELS}
    np.testing.assert_array_equal(labels.labels(faces), whole.labels(faces))
    for ask in (labels.scores, labels.embed):
        with pytest.raises(InputError, match="gives labels; try an audit that needs less"):
            ask(faces)
    with pytest.raises(InputError, match="gives labels"):
        labels.differentiable()
    scores = opened(path, tmp_path, network="deepid", access=["scores"])
    assert scores.access == {Access.SCORES, Access.LABELS}
    np.testing.assert_array_equal(scores.scores(faces), whole.scores(faces))
    with pytest.raises(InputError, match="gives scores, labels"):
        scores.embed(faces)
    with pytest.raises(OptionError, match=r"expected access that .* got training"):
        opened(path, tmp_path, network="deepid", access=["training"])
    body = opened(path, tmp_path, network="deepid", head="none", access=["scores"])
    with pytest.raises(InputError, match="gives scores"):
        body.embed(faces)
    pair = np.array([0]), np.array([1])
    assert np.isfinite(body.scores(faces, *pair)).all()


def test_photos_of_another_size_and_broken_answers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    model = classifier()
    torch.nn.init.constant_(model.network.from_fourth.weight, 3e38)
    torch.save(model.state_dict(), path)
    system = opened(path, tmp_path, network="deepid")
    with pytest.raises(InputError, match=r"photos of 55 x 47 .* got 32 x 32"):
        system.labels(blocks(2, 2, size=(32, 32)))
    with pytest.raises(InputError, match=r"finite numbers of each photo.*person-0/video-0/000"):
        system.labels(blocks(2, 2))


def test_no_photo_is_run_twice(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.pt"
    torch.save(classifier().state_dict(), path)
    seen = []
    embed = Embedder.embed

    def counted(self: Embedder, images: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        seen.append(len(images) if rows is None else len(rows))
        return embed(self, images, rows)

    monkeypatch.setattr(Embedder, "embed", counted)
    system = opened(path, tmp_path, network="deepid")
    system.labels(faces)
    system.scores(faces)
    opened(path, tmp_path, network="deepid").embed(faces)
    assert sum(seen) == len(faces)


def test_an_onnx_file_goes_through_its_own_door(tmp_path: Path) -> None:
    path = onnx_graphs.save(tmp_path / "net.onnx", onnx_graphs.small())
    with pytest.raises(WeightsError, match=f"try onnx:{path}"):
        opened(path, tmp_path, network="deepid")


# What faceaudit trained


def kept(folder: Path, state: Any, described: IdentifierDescription) -> Path:
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(dump_identifier(state, described))
    (folder / "spec.json").write_text("{}")
    return folder


OPTIONS = Training(epochs=3, batch=16, learning_rate=0.01, patience=3, device="cpu")


def photos(faces: FaceSet) -> TrainingPhotos:
    return TrainingPhotos.of((faces.images, np.arange(len(faces)), faces.identity))


def test_a_kept_identifier_knows_its_people(faces: FaceSet, tmp_path: Path) -> None:
    network = networks.build({"network": "deepid", "width": 0.5})
    trained = train_identifier(network, faces.names, photos(faces), photos(faces), OPTIONS, seed=0)
    described = IdentifierDescription(
        names=faces.names, network=network.spec().as_json(), learned="everything"
    )
    folder = kept(tmp_path / "store" / "systems" / "one", trained.state, described)
    direct = Identifier(network, faces.names, trained.state).logits(faces.images)
    for path in (folder, folder / "weights.safetensors"):
        system = opened(path, tmp_path)
        assert system.names == faces.names
        np.testing.assert_allclose(system.scores(faces), direct, atol=1e-4)
    with pytest.raises(WeightsError, match=r"an identifier .* head: none to leave"):
        opened(folder, tmp_path, role="embedder")
    body = opened(folder, tmp_path, role="embedder", head="none")
    np.testing.assert_array_equal(body.embed(faces), system.embed(faces))
    assert opened(folder, tmp_path, head="head").id == system.id
    weights = str(folder / "weights.safetensors")
    for option, message in {
        "network": "expected no network for an identifier of faceaudit, got deepid for",
        "weights": "expected no weights for an identifier of which faceaudit trained every layer",
        "head": "expected head: head or head: none for an identifier of faceaudit, got 'deepid'",
        "backbones": "expected no backbones for an identifier of faceaudit",
        "detector": "expected no detector for an identifier of faceaudit",
    }.items():
        value = {"weights": weights, "backbones": [weights]}.get(option, "deepid")
        with pytest.raises(WeightsError, match=message):
            opened(folder, tmp_path, **{option: value})


def test_a_kept_last_layer_wants_its_very_backbone(faces: FaceSet, tmp_path: Path) -> None:
    network = networks.build("deepid")
    state = classifier().network.state_dict()
    embedder = Embedder.of(network, state)
    trained = train_last_layer(
        embedder, faces.names, photos(faces), photos(faces), OPTIONS, seed=0, cache=tmp_path
    )
    described = IdentifierDescription(
        names=faces.names,
        network=network.spec().as_json(),
        learned="last layer",
        backbone=embedder.id,
        pretrained="before",
    )
    folder = kept(tmp_path / "store" / "systems" / "one", trained.state, described)
    with pytest.raises(WeightsError, match=r"weights of the 'deepid' .* weights: FILE"):
        opened(folder, tmp_path)
    logits = LastLayer(embedder, faces.names, trained.state, tmp_path).logits(faces.images)
    file = tmp_path / "backbone.pt"
    torch.save(state, file)
    named = opened(folder, tmp_path, weights=str(file))
    np.testing.assert_allclose(named.scores(faces), logits, rtol=1e-4, atol=1e-4)
    torch.save(classifier(seed=1).network.state_dict(), file)
    with pytest.raises(WeightsError, match="the very weights"):
        opened(folder, tmp_path, weights=str(file))
    before = tmp_path / "store" / "systems" / "before"
    before.mkdir()
    (before / "weights.safetensors").write_bytes(Identifier.dump(state))
    found = opened(folder, tmp_path)
    np.testing.assert_array_equal(found.scores(faces), named.scores(faces))


def test_a_bank_of_verifiers_is_no_system_to_open(tmp_path: Path) -> None:
    save_file({"w": torch.zeros(2)}, tmp_path / "weights.safetensors")
    (tmp_path / "spec.json").write_text('{"mitigation": {}}')
    with pytest.raises(WeightsError, match="bank of verifiers"):
        opened(tmp_path, tmp_path)


def test_a_description_that_was_changed_is_refused(faces: FaceSet, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    state = {name: tensor.contiguous() for name, tensor in classifier(4).state_dict().items()}
    for text in ("[]", "{", '{"names": 3}', '{"version": 2}', "9" * 5000):
        save_file(state, path, {"identifier": text})
        with pytest.raises(WeightsError, match="says of itself"):
            opened(path, tmp_path)
    described = IdentifierDescription(
        names=faces.names[:3], network={"network": "deepid"}, learned="everything"
    )
    path.write_bytes(dump_identifier(state, described))
    with pytest.raises(WeightsError, match="softmax layer over 3 people"):
        opened(path, tmp_path)


@pytest.mark.parametrize("query", ["one", "random", "average"])
def test_a_verifier_answers_as_it_does_by_itself(tmp_path: Path, query: str) -> None:
    base = blocks(4, 6)
    embedders = []
    for name in ("deepid", "mobilefacenet"):
        torch.manual_seed(1)
        network = small(name)
        embedders.append(Embedder.of(network, network.build().eval().state_dict()))
    sides = []
    largest = max((one.size for one in embedders), key=lambda size: size[0] * size[1])
    faces = resized(base, largest)
    sides = [resized(faces, one.size) for one in embedders]
    pairs = build_pairs(base, genuine_per_person=5, folds=1, seed=0)
    verifier = train_verifier(
        embedders,
        embed_pairs(embedders, sides, pairs, cache=tmp_path),
        predictors.build("cosine"),
        mitigation={"mitigation": "facebone", "query": query},
        threshold=0.5,
    )
    path = tmp_path / "verifier.safetensors"
    save_verifier(verifier, path)
    system = opened(path, tmp_path)
    assert isinstance(system, VerifierUnderTest)
    assert system.size == largest
    first, second = np.array([0, 0, 3, 9, 23]), np.array([1, 7, 3, 20, 0])
    expected = verifier.score(
        [side.images[first] for side in sides], [side.images[second] for side in sides]
    )
    np.testing.assert_allclose(system.scores(faces, first, second), expected, atol=1e-6)
    np.testing.assert_array_equal(
        system.decide(faces, first, second), (expected >= 0.5).astype(int)
    )
    with pytest.raises(WeightsError, match=r"an embedder, got .* a verifier"):
        opened(path, tmp_path, role="embedder")
    for option, value in {"head": "none", "names": ["a"], "preprocessing": UNIT}.items():
        with pytest.raises(WeightsError, match=f"expected no {option} for a verifier"):
            opened(path, tmp_path, **{option: value})


def resized(faces: FaceSet, size: tuple[int, int]) -> FaceSet:
    if faces.size == size:
        return faces
    whole = [
        np.asarray(Image.fromarray(one).resize(size[::-1], Image.Resampling.BILINEAR))
        for one in faces.images
    ]
    return FaceSet(np.stack(whole), faces.identity, faces.names, faces.ids, faces.group)


def test_preprocessing_is_a_component_or_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save(classifier().state_dict(), path)
    given = Preprocessing(**UNIT)
    one = opened(path, tmp_path, network="deepid", preprocessing=given)
    assert one.id == opened(path, tmp_path, network="deepid", preprocessing=UNIT).id


def test_a_file_does_not_choose_what_else_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its maker may be anybody: a path, or what the environment holds, is not theirs to name."""
    monkeypatch.setenv("FACEAUDIT_TEST_SECRET", "hunter2")
    head = {"head.weight": torch.zeros(2, 3), "head.bias": torch.zeros(2)}
    network = {"network": "deepid"}
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "weights.safetensors").write_bytes(Identifier.dump(head))
    said: list[dict[str, Any]] = [
        {"network": {"network": "onnx", "path": "${FACEAUDIT_TEST_SECRET}"}},
        {"learned": "last layer", "pretrained": str(tmp_path / "elsewhere")},
        {"learned": "last layer", "pretrained": "../elsewhere"},
    ]
    for one in said:
        whole = {"version": 1, "names": ["a", "b"], "network": network, "learned": "everything"}
        file = tmp_path / "store" / "one.safetensors"
        file.parent.mkdir(exist_ok=True)
        save_file(head, file, {"identifier": json.dumps({**whole, **one})})
        with pytest.raises(WeightsError, match="a path") as caught:
            opened(file, tmp_path)
        assert "hunter2" not in str(caught.value)
