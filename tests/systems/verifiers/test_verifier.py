"""The verifier itself, its file, and the training on cached embeddings."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper, save_model
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from contracts.small_networks import small
from faceaudit.errors import InputError, OptionError, PhotoError, StoreError, WeightsError
from faceaudit.faces.alignment import aligners
from faceaudit.faces.pairs.read import build_pairs
from faceaudit.metrics import OperatingPoint
from faceaudit.mitigations.train_verifier import train_verifier
from faceaudit.networks import networks
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.predictors import predictors
from faceaudit.systems.verifiers.embed_pairs import embed_pairs
from faceaudit.systems.verifiers.file import load_verifier, read_description, save_verifier
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.systems.verifiers.verifier import Query, Verifier
from faceaudit.types import Estimate, FaceSet
from helpers.faces import blocks

NETWORK = {"predictor": "difference_network", "epochs": 3, "widths": [16, 8], "normalised": 2}


@cache
def embedder(name: str) -> Embedder:
    torch.manual_seed(1)
    network = small(name)
    return Embedder.of(network, network.build().eval().state_dict())


@cache
def sides(names: tuple[str, ...]) -> tuple[FaceSet, ...]:
    """The same photos at the size of each backbone."""
    faces = blocks()
    return tuple(resized(faces, embedder(name).size) for name in names)


def resized(faces: FaceSet, size: tuple[int, int]) -> FaceSet:
    whole = [np.asarray(Image.fromarray(one).resize(size[::-1])) for one in faces.images]
    return replace(faces, images=np.stack(whole), fingerprint="")


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embeddings")


ONE, TWO = ("deepid",), ("deepid", "mobilefacenet")


def embedded(names: tuple[str, ...], cached: Path) -> EmbeddedPairs:
    faces = sides(names)
    pairs = build_pairs(faces[0], genuine_per_person=30, folds=1, seed=0)
    return embed_pairs([embedder(name) for name in names], faces, pairs, cache=cached)


def trained(names: tuple[str, ...], cached: Path, predictor: Any, **options: Any) -> Verifier:
    pairs = embedded(names, cached)
    return train_verifier(
        [embedder(name) for name in names], pairs, predictors.build(predictor), **options
    )


def photos(names: tuple[str, ...], rows: list[int]) -> list[Any]:
    return [one.images[rows] for one in sides(names)]


CASES: dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]] = {
    "cosine": (ONE, "cosine", {}),
    "network": (ONE, NETWORK, {}),
    "absolute": (ONE, {**NETWORK, "difference": "absolute"}, {}),
    "one of two": (TWO, NETWORK, {"mitigation": {"mitigation": "facebone"}}),
    "drawn of two": (
        TWO,
        "euclidean",
        {"mitigation": {"mitigation": "facebone", "query": "random"}},
    ),
    "all of two": (
        TWO,
        NETWORK,
        {"mitigation": {"mitigation": "facebone", "assignment": "all", "query": "average"}},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_saved_verifier_scores_the_same_to_the_bit(
    case: str, cached: Path, tmp_path: Path
) -> None:
    names, predictor, options = CASES[case]
    verifier = trained(names, cached, predictor, threshold=0.625, trained={"seed": 3}, **options)
    path = tmp_path / "v.safetensors"
    save_verifier(verifier, path)
    again = load_verifier(path)
    first, second = photos(names, list(range(0, 60, 3))), photos(names, list(range(60, 120, 3)))
    wanted = verifier.score(first, second)
    assert wanted.shape == (20,)
    assert 0 <= wanted.min() <= wanted.max() <= 1
    assert len(np.unique(wanted)) > 1
    np.testing.assert_array_equal(again.score(first, second), wanted)
    assert (again.threshold, again.trained, again.query) == (0.625, {"seed": 3}, verifier.query)
    assert again.predictor == verifier.predictor
    assert [one.id for one in again.embedders] == [one.id for one in verifier.embedders]
    assert [file.name for file in tmp_path.iterdir()] == ["v.safetensors"], "nothing half written"
    save_verifier(again, tmp_path / "w.safetensors")
    assert (tmp_path / "w.safetensors").read_bytes() == path.read_bytes()


def test_the_score_is_that_of_a_formula(cached: Path) -> None:
    """One backbone, cosine: a logistic curve of the distance."""
    verifier = trained(ONE, cached, "cosine")
    first, second = photos(ONE, [0, 1, 50]), photos(ONE, [2, 90, 51])
    a, b = (embedder("deepid").embed(side[0]).astype(np.float64) for side in (first, second))
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    threshold, steepness = verifier.bank.state()["threshold"].numpy()[0]
    wanted = 1 / (1 + np.exp(-(threshold - (1 - cosines)) / steepness))
    np.testing.assert_allclose(verifier.score(first, second), wanted, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("case", ["cosine", "absolute", "drawn of two"])
def test_the_order_of_two_photos_does_not_matter(case: str, cached: Path) -> None:
    names, predictor, options = CASES[case]
    verifier = trained(names, cached, predictor, **options)
    first, second = photos(names, [0, 41, 82, 5, 9]), photos(names, [3, 44, 120, 77, 159])
    np.testing.assert_array_equal(verifier.score(first, second), verifier.score(second, first))


def test_the_signed_difference_sees_the_order(cached: Path) -> None:
    verifier = trained(ONE, cached, NETWORK)
    first, second = photos(ONE, [0, 41, 82, 5, 9]), photos(ONE, [3, 44, 120, 77, 159])
    assert (verifier.score(first, second) != verifier.score(second, first)).any()


@pytest.mark.parametrize("names", [ONE, TWO])
def test_embeddings_are_those_of_the_training(names: tuple[str, ...], cached: Path) -> None:
    pairs = embedded(names, cached)
    verifier = trained(names, cached, "cosine", mitigation=facebone(names))
    used = np.unique(np.concatenate([pairs.first, pairs.second]))
    assert len(used) == len(pairs.embeddings[0])
    faces = sides(names)[0]
    listed = build_pairs(faces, genuine_per_person=30, folds=1, seed=0)
    rows = sorted({faces.ids.index(id_) for id_ in (*listed.first, *listed.second)})
    found = verifier.embed(photos(names, rows))
    np.testing.assert_allclose(found, pairs.embeddings, rtol=0, atol=1e-4)
    lengths = np.linalg.norm(found, axis=2)
    np.testing.assert_allclose(lengths, math.sqrt(found.shape[2]), rtol=1e-5)


def facebone(names: tuple[str, ...]) -> str:
    return "none" if len(names) == 1 else "facebone"


def test_a_smaller_backbone_keeps_its_angles_in_the_larger_space(cached: Path) -> None:
    verifier = trained(TWO, cached, "cosine", mitigation="facebone")
    sizes = [one.embedding_size for one in verifier.embedders]
    assert sizes[0] < sizes[1]
    sides_ = photos(TWO, [0, 7, 44, 90])
    found = verifier.embed(sides_)
    assert found.shape == (2, 4, sizes[1])
    for backbone, images in enumerate(sides_):
        own = verifier.embedders[backbone].embed(images)
        own = own / np.linalg.norm(own, axis=1, keepdims=True)
        np.testing.assert_allclose(
            found[backbone] @ found[backbone].T / sizes[1], own @ own.T, atol=1e-5
        )


def test_averaging_asks_every_backbone(cached: Path) -> None:
    options = {"mitigation": "facebone", "assignment": "all"}
    verifier = trained(TWO, cached, NETWORK, mitigation={**options, "query": "average"})
    first, second = photos(TWO, [0, 41, 82]), photos(TWO, [3, 44, 120])
    each = [
        replace(verifier, query=Query(backbone=number)).score(first, second) for number in (0, 1)
    ]
    assert (each[0] != each[1]).any()
    np.testing.assert_allclose(verifier.score(first, second), np.mean(each, axis=0), rtol=1e-6)


def test_one_is_drawn_for_each_pair(cached: Path) -> None:
    options = {"mitigation": "facebone", "query": "random"}
    verifier = trained(TWO, cached, NETWORK, mitigation=options)
    first, second = photos(TWO, list(range(80))), photos(TWO, list(range(80, 160)))
    found = verifier.score(first, second)
    each = [
        replace(verifier, query=Query(backbone=number)).score(first, second) for number in (0, 1)
    ]
    by = [found == one for one in each]
    assert (by[0] | by[1]).all()
    assert 20 <= (by[0] & ~by[1]).sum() <= 60
    other = replace(verifier, query=Query(mode="random", seed=1)).score(first, second)
    assert (other != found).any()
    draws = np.random.default_rng(0).integers(2**64, size=1000, dtype=np.uint64)
    twice = Query(mode="random").user_backbones(draws + draws, 2)
    assert 400 <= twice.sum() <= 600, "also of photos paired with themselves"


def test_a_backbone_that_is_not_asked_does_not_run(
    cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = trained(TWO, cached, "cosine", mitigation="facebone")
    wanted = verifier.score(photos(TWO, [0]), photos(TWO, [1]))

    def refuse(*_: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(verifier.embedders[1], "embed", refuse)
    np.testing.assert_array_equal(verifier.score(photos(TWO, [0]), photos(TWO, [1])), wanted)
    with pytest.raises(AssertionError, match="asked"):
        verifier.embed(photos(TWO, [0]))


def test_known_embeddings_and_photos_give_the_same_scores(cached: Path) -> None:
    pairs = embedded(ONE, cached)
    verifier = trained(ONE, cached, NETWORK)
    faces = sides(ONE)[0]
    listed = build_pairs(faces, genuine_per_person=30, folds=1, seed=0)
    first = [faces.ids.index(id_) for id_ in listed.first]
    second = [faces.ids.index(id_) for id_ in listed.second]
    by_photos = verifier.score(photos(ONE, first), photos(ONE, second))
    np.testing.assert_allclose(verifier.score_pairs(pairs), by_photos, atol=1e-5)


def test_it_learns_to_tell_people_apart(cached: Path) -> None:
    for predictor in ("cosine", {**NETWORK, "epochs": 20, "batch": 16, "difference": "absolute"}):
        verifier = trained(ONE, cached, predictor)
        pairs = embedded(ONE, cached)
        right = verifier.accepts(verifier.score_pairs(pairs)) == pairs.same
        assert right.mean() > 0.9, predictor


def test_training_is_repeatable_and_takes_only_its_rows(cached: Path) -> None:
    rows = np.arange(0, 120, 2)
    states = [
        trained(ONE, cached, NETWORK, rows=rows, seed=seed).bank.state() for seed in (0, 0, 1)
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not all(torch.equal(states[0][name], states[2][name]) for name in states[0])
    by_hand = embedded(ONE, cached).take(rows)
    alone = train_verifier([embedder("deepid")], by_hand, predictors.build("cosine"))
    assert torch.equal(
        alone.bank.state()["threshold"],
        trained(ONE, cached, "cosine", rows=rows).bank.state()["threshold"],
    )


@pytest.mark.parametrize(
    ("mitigation", "said"),
    [
        ("rounding", "leaves answers as they are, got 'rounding'"),
        ("hard_labels", "leaves answers as they are"),
        (
            "distance_threshold",
            "trains the predictor 'difference_network', got 'distance_threshold'",
        ),
        ("facebone", "at least (2|two) backbones"),
    ],
)
def test_mitigations_that_a_file_cannot_hold(mitigation: str, said: str, cached: Path) -> None:
    with pytest.raises(OptionError, match=said):
        trained(ONE, cached, NETWORK, mitigation=mitigation)


def test_what_does_not_fit_is_refused(cached: Path) -> None:
    verifier = trained(TWO, cached, "cosine", mitigation="facebone")
    with pytest.raises(InputError, match="once for each backbone"):
        verifier.score(photos(ONE, [0]), photos(ONE, [1]))
    with pytest.raises(InputError, match="as many first photos as second ones"):
        verifier.score(photos(TWO, [0]), photos(TWO, [1, 2]))
    with pytest.raises(InputError, match="once for each backbone"):
        verifier.embed([photos(TWO, [0])[0], photos(TWO, [0, 1])[1]])
    with pytest.raises(InputError, match="threshold in"):
        replace(verifier, threshold=1.5)
    with pytest.raises(OptionError, match=r"a backbone in 0\.\.1"):
        replace(verifier, query=Query(backbone=2))
    with pytest.raises(InputError, match="the 2 backbones"):
        train_verifier([embedder("deepid")], embedded(TWO, cached), predictors.build("cosine"))


def test_a_photo_is_prepared_as_the_options_say(cached: Path, tmp_path: Path) -> None:
    central = aligners.build({"align": "central", "fraction": 0.5})
    verifier = trained(
        TWO, cached, "cosine", mitigation="facebone", align=central, crop=(0.1, 0.1, 0.9, 0.9)
    )
    path = tmp_path / "photo.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (200, 160, 3), dtype=np.uint8)).save(path)
    found = verifier.prepare(path.read_bytes())
    assert [one.shape for one in found.images] == [(1, 55, 47, 3), (1, 64, 64, 3)]
    assert found.size == (200, 160)
    assert found.face is None
    by_crop = replace(verifier, align=None).prepare(path.read_bytes())
    box = Image.open(path).resize((47, 55), Image.Resampling.BILINEAR, box=(16, 20, 144, 180))
    np.testing.assert_array_equal(by_crop.images[0][0], np.asarray(box))
    assert (found.images[0] != by_crop.images[0]).any()
    file = tmp_path / "v.safetensors"
    save_verifier(verifier, file)
    again = load_verifier(file)
    assert again.align == central
    assert again.crop == (0.1, 0.1, 0.9, 0.9)
    with pytest.raises(PhotoError, match="expected a photo"):
        verifier.prepare(b"no photo")


# The file


POINT = OperatingPoint(
    0.001,
    float(np.float32(0.93)),
    Estimate(0.00104, 1 / 1600, 1 / 700, 90_000, "some way"),
    Estimate(0.02, 0.01, 0.04, 400, "some way"),
)


@cache
def saved(folder: Path) -> bytes:
    path = folder / "whole.safetensors"
    whole = trained(ONE, folder, {**NETWORK, "widths": [4, 2], "normalised": 1})
    save_verifier(replace(whole, thresholds=(POINT,)), path)
    return path.read_bytes()


def changed(
    cached: Path, path: Path, edit: Callable[[dict[str, Any], dict[str, torch.Tensor]], None]
) -> Path:
    """Write a file whose description and tensors were edited, with the digest that fits."""
    whole = cached / "to-change.safetensors"
    whole.write_bytes(saved(cached))
    with safe_open(whole, framework="pt") as file:
        described = json.loads(file.metadata()["verifier"].partition(" ")[2])
    tensors = {name: tensor.clone() for name, tensor in load_file(whole).items()}
    edit(described, tensors)
    text = json.dumps(described)
    digest = hashlib.sha256(text.encode()).hexdigest()
    save_file(tensors, path, {"verifier": f"{digest} {text}"})
    return path


def refuses(path: Path, match: str, **options: Any) -> None:
    with pytest.raises(WeightsError, match=match) as raised:
        load_verifier(path, **options)
    assert str(raised.value).isprintable()


Described, Tensors = dict[str, Any], dict[str, torch.Tensor]


def _larger(described: Described, tensors: Tensors) -> None:
    described["backbones"][0]["network"] = {"network": "mobilefacenet", "input_size": [4096, 4096]}


def _shaped(described: Described, tensors: Tensors) -> None:
    """Layers whose shapes would ask for terabytes between them."""
    tensors["predictor.weight.0"] = torch.zeros(1, 1, 1_000_000)
    tensors["predictor.weight.1"] = torch.zeros(1, 1, 1_000_000)
    state = {n.removeprefix("predictor."): t for n, t in tensors.items() if n[:2] == "pr"}
    described["predictor_weights"] = state_digest(state)


@pytest.mark.parametrize(
    ("edit", "match"),
    [
        (lambda d, t: d.update(version=3), "a verifier of version 1 or 2, got 3"),
        (lambda d, t: d.pop("version"), "a verifier of version 1 or 2, got None"),
        (lambda d, t: d["thresholds"][0].update(threshold=1.5), "thresholds"),
        (lambda d, t: d["thresholds"][0]["fmr"].update(low=0.9), "low <= value <= high"),
        (lambda d, t: d["thresholds"][0].pop("fnmr"), "fnmr"),
        (lambda d, t: d.update(extra=1), "extra"),
        (lambda d, t: d.update(threshold=2), "threshold"),
        (lambda d, t: d.update(crop=-1), "crop"),
        (lambda d, t: d.update(backbones=[]), "backbones"),
        (lambda d, t: d.update(backbones=d["backbones"] * 2), "missing"),
        (lambda d, t: d.update(query={"mode": "one", "backbone": 3}), "a backbone in"),
        (lambda d, t: d.update(predictor={"predictor": "cosine"}), "broken"),
        (lambda d, t: d.update(predictor={"predictor": "nobody"}), "a predictor"),
        (lambda d, t: d.update(align={"align": "yunet"}), "broken"),
        (lambda d, t: d.update(align={"align": "yunet"}, detector="0" * 64), "got none; try"),
        (lambda d, t: d["backbones"][0].update(weights="0" * 64), "not those that were written"),
        (lambda d, t: d["backbones"][0]["network"].update(width=0.3), "tensors are missing"),
        (lambda d, t: d["backbones"][0]["network"].update(path="/etc/x"), "path"),
        (lambda d, t: d["backbones"][0].update(network={"network": "vgg"}), "a network"),
        (lambda d, t: d["backbones"][0].update(network={}), "a network"),
        (lambda d, t: d["backbones"][0].update(network={"network": "onnx"}), "--backbone FILE"),
        (_larger, "pixels"),
        (_shaped, "broken"),
        (lambda d, t: t.pop("predictor.weight.0"), "not those that were written"),
        (lambda d, t: t.pop("backbone.0.conv1.bias"), "1 tensors are missing"),
        (lambda d, t: t.update({"backbone.0.more": torch.ones(1)}), "too many"),
        (lambda d, t: t.update({"backbone.7.conv1.bias": torch.ones(1)}), "belongs to no part"),
        (lambda d, t: t.update({"x": torch.ones(1)}), "belongs to no part"),
        (lambda d, t: t["backbone.0.conv1.bias"].fill_(math.nan), "not finite"),
        (lambda d, t: t["backbone.0.conv1.bias"].add_(1), "not those that were written"),
        (lambda d, t: t["predictor.bias.0"].add_(1), "not those that were written"),
        (lambda d, t: t.update({"predictor.bias.0": t["predictor.bias.0"].half()}), "broken"),
    ],
)
def test_files_that_do_not_fit_together(
    edit: Any, match: str, cached: Path, tmp_path: Path
) -> None:
    refuses(changed(cached, tmp_path / "v.safetensors", edit), match)


def test_a_description_that_was_edited_without_its_digest(cached: Path, tmp_path: Path) -> None:
    content = saved(cached)
    assert content.count(b'\\"threshold\\": 0.5') == 1
    path = tmp_path / "v.safetensors"
    path.write_bytes(content.replace(b'\\"threshold\\": 0.5', b'\\"threshold\\": 0.1'))
    refuses(path, "its description is not the one that was written")


def test_thresholds_are_kept_and_decide(cached: Path, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    path.write_bytes(saved(cached))
    verifier = load_verifier(path)
    assert verifier.thresholds == (POINT,)
    assert verifier.point_at(0.001) is verifier.thresholds[0]
    below = np.nextafter(np.float32(0.93), np.float32(0))
    scores = np.array([below, 0.93, 0.6, 0.4], dtype=np.float32)
    assert verifier.accepts(scores, verifier.thresholds[0]).tolist() == [False, True, False, False]
    assert verifier.accepts(scores).tolist() == [True, True, True, False]
    with pytest.raises(OptionError, match=r"has a threshold for \(0.1 %\), got 1 %; try"):
        verifier.point_at(0.01)


@pytest.mark.parametrize("near", [0.001 * (1 + 1e-8), 0.0011, 0.0014, 0.00052])
def test_a_rate_near_a_kept_one_is_another(cached: Path, near: float) -> None:
    verifier = trained(ONE, cached, NETWORK)
    kept = replace(POINT, asked=near, threshold=0.5)
    both = replace(verifier, thresholds=(POINT, kept))
    assert both.point_at(near) is kept
    assert both.point_at(0.001 * (1 + 1e-12)) is POINT
    with pytest.raises(OptionError, match="try one of these"):
        replace(verifier, thresholds=(POINT,)).point_at(near)


def test_files_of_before_there_were_thresholds_are_read(cached: Path, tmp_path: Path) -> None:
    def older(described: Described, _: Tensors) -> None:
        del described["thresholds"]
        described["version"] = 1

    verifier = load_verifier(changed(cached, tmp_path / "v.safetensors", older))
    assert verifier.thresholds == ()
    with pytest.raises(OptionError, match="none is kept"):
        verifier.point_at(0.001)


def test_a_file_that_spells_the_query_the_older_way_can_be_read(
    cached: Path, tmp_path: Path
) -> None:
    path = changed(
        cached, tmp_path / "v.safetensors", lambda d, t: d.update(query={"ways": "average"})
    )
    assert load_verifier(path).query == Query(mode="average")
    assert Query(mode="average").model_dump()["mode"] == "average"


def test_a_module_in_memory_cannot_be_saved(cached: Path, tmp_path: Path) -> None:
    verifier = trained(ONE, cached, "cosine")
    wrapped = Embedder.wrap(verifier.embedders[0]._module, size=verifier.sizes[0])
    first, second = photos(ONE, [0, 1]), photos(ONE, [2, 90])
    mine = replace(verifier, embedders=(wrapped,))
    np.testing.assert_allclose(mine.score(first, second), verifier.score(first, second), atol=1e-4)
    with pytest.raises(InputError, match=r"got 'torch_module', a torch module in memory.*onnx"):
        save_verifier(mine, tmp_path / "v.safetensors")
    assert not list(tmp_path.iterdir())


def test_other_files(cached: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    refuses(other, "expected a file of weights")
    save_file({"a": torch.ones(2)}, other)
    refuses(other, "expected a verifier, got .* safetensors weights without one")
    torch.save({"a": torch.ones(2)}, other)
    refuses(other, "expected a verifier, got .* pytorch weights without one")
    other.write_bytes(b"\xff\xd8\xff a photo")
    refuses(other, "expected a file of weights")
    save_file({"a": torch.ones(2)}, other, {"verifier": "0 {}"})
    refuses(other, "broken or was changed")
    deep = "[" * 100_000
    digest = hashlib.sha256(deep.encode()).hexdigest()
    save_file({"a": torch.ones(2)}, other, {"verifier": f"{digest} {deep}"})
    refuses(other, "broken or was changed")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_broken_files_end_in_our_error_or_score_as_before(
    data: st.DataObject, cached: Path
) -> None:
    whole = saved(cached)
    content = bytearray(whole)
    header = int.from_bytes(whole[:8], "little") + 8
    match data.draw(st.sampled_from(["cut", "flip", "flip in the header", "insert"])):
        case "cut":
            content = content[: data.draw(st.integers(0, len(content) - 1))]
        case "insert":
            at = data.draw(st.integers(0, len(content)))
            content[at:at] = data.draw(st.binary(min_size=1, max_size=8))
        case where:
            last = (header if "header" in where else len(content)) - 1
            at = data.draw(st.integers(0, last))
            content[at] ^= 1 << data.draw(st.integers(0, 7))
    path = cached / "fuzzed.safetensors"
    path.write_bytes(bytes(content))
    try:
        loaded, described = load_verifier(path), read_description(path)
    except WeightsError:
        return
    path.write_bytes(whole)
    assert described == read_description(path)
    first, second = photos(ONE, [0, 41]), photos(ONE, [3, 99])
    np.testing.assert_array_equal(
        loaded.score(first, second), load_verifier(path).score(first, second)
    )


def test_a_file_is_written_whole_or_not_at_all(cached: Path, tmp_path: Path) -> None:
    verifier = trained(ONE, cached, "cosine")
    path = tmp_path / "v.safetensors"
    save_verifier(verifier, path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="can be written"):
        save_verifier(verifier, tmp_path / "nowhere" / "v.safetensors")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="can be written"):
        save_verifier(verifier, tmp_path / "folder")
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "v.safetensors"]


def write_onnx(path: Path) -> None:
    """Write a network of one matrix for photos of 16 x 16."""
    rng = np.random.default_rng(0)
    weight = numpy_helper.from_array(rng.normal(size=(16 * 16 * 3, 8)).astype("f"), "w")
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    ports = [
        helper.make_tensor_value_info("x", 1, ["N", 3, 16, 16]),
        helper.make_tensor_value_info("y", 1, ["N", 8]),
    ]
    graph = helper.make_graph(nodes, "g", ports[:1], ports[1:], [weight])
    opset = [helper.make_opsetid("", 13)]
    save_model(helper.make_model(graph, opset_imports=opset, ir_version=7), str(path))


def test_a_network_in_a_file_is_named_and_given_again(cached: Path, tmp_path: Path) -> None:
    path = tmp_path / "secret-place" / "net.onnx"
    path.parent.mkdir()
    write_onnx(path)
    network = networks.build({"network": "onnx", "path": str(path)})
    own = Embedder(network, network.build(), network.sha256)
    faces = (sides(ONE)[0], resized(sides(ONE)[0], (16, 16)))
    listed = build_pairs(faces[0], genuine_per_person=10, folds=1, seed=0)
    both = [embedder("deepid"), own]
    pairs = embed_pairs(both, faces, listed, cache=cached)
    options = {"mitigation": "facebone", "query": "average"}
    verifier = train_verifier(both, pairs, predictors.build("cosine"), mitigation=options)
    file = tmp_path / "v.safetensors"
    described = save_verifier(verifier, file)
    assert described.backbones[1].file == "net.onnx"
    assert b"secret-place" not in file.read_bytes()
    assert not any(name.startswith("backbone.1.") for name in load_file(file))
    refuses(file, r"it was called 'net.onnx' .*try --backbone FILE")
    moved = path.rename(tmp_path / "moved.onnx")
    first, second = ([one.images[rows] for one in faces] for rows in ([0, 41], [3, 99]))
    again = load_verifier(file, files=[moved])
    np.testing.assert_array_equal(again.score(first, second), verifier.score(first, second))
    other = tmp_path / "other.onnx"
    other.write_bytes(b"other")
    refuses(file, "expected only files of networks", files=[moved, other])
    refuses(file, "try --backbone FILE", files=[other])
    refuses(file, "check the path", files=[tmp_path / "none.onnx"])


@pytest.mark.realdata
def test_the_detector_is_told_by_its_content(
    cached: Path, real_detector: Path, tmp_path: Path
) -> None:
    align = aligners.build({"align": "yunet", "weights": str(real_detector), "threshold": 0.7})
    file = tmp_path / "v.safetensors"
    save_verifier(trained(ONE, cached, "cosine", align=align), file)
    assert str(real_detector).encode() not in file.read_bytes()
    assert load_verifier(file, detector=str(real_detector)).align == align
    refuses(file, "got none; try --align yunet:FILE")
    other = tmp_path / "other.onnx"
    write_onnx(other)
    refuses(file, "give the very file", detector=str(other))


@pytest.fixture
def real_detector(real_data: Path) -> Path:
    return real_data / "weights" / "yunet_n_dynamic.onnx"


def test_a_detector_for_photos_that_were_not_aligned(cached: Path, tmp_path: Path) -> None:
    file = tmp_path / "v.safetensors"
    save_verifier(trained(ONE, cached, "cosine"), file)
    refuses(file, "expected no detector", detector="yunet.onnx")
