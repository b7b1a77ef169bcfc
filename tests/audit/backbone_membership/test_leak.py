"""One embedder of one's own and two lists of photos."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

import faceaudit
from faceaudit.errors import InputError, OptionError, UnknownName
from faceaudit.networks import networks
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import BoolArray, FaceSet, FloatArray, ImageArray
from helpers.faces import blocks


class Told(Embedder):
    """An embedder that says what it is told to about photos in a row."""

    def __init__(self, embeddings: FloatArray) -> None:
        network = networks.build({"network": "deepid", "width": 0.1})
        super().__init__(network, network.build(), "0")
        self._told = embeddings

    def embed(self, images: ImageArray, rows: Any = None) -> FloatArray:
        assert rows is None
        assert len(images) == len(self._told)
        return self._told


def lists(people: int = 40, photos: int = 5) -> tuple[FaceSet, FaceSet]:
    """Halves of one source at random."""
    faces = blocks(people, photos, seed=4)
    learned = half(people)[faces.identity]
    return faces.take(np.flatnonzero(learned)), faces.take(np.flatnonzero(~learned))


def half(people: int) -> BoolArray:
    return np.random.default_rng(6).permutation(people) < people // 2


def told(leak: float, people: int = 40, photos: int = 5) -> Told:
    rng = np.random.default_rng(5)
    person = np.repeat(np.arange(people), photos)
    looks = rng.normal(size=(people, 16))[person]
    spread = np.where(person < people // 2, 1 - leak, 1.0)[:, None]
    return Told((looks + spread * rng.normal(size=looks.shape)).astype(np.float32))


def test_a_leak_is_found_and_the_null_is_not() -> None:
    members, others = lists()
    found = faceaudit.backbone_leak(told(0.4), members, others)
    assert found.gate.valid, found.gate.summary
    assert found.people is not None
    assert found.photos is not None
    assert found.people.low > 0.6
    assert found.people.n == 20
    assert found.photos.n == 100
    assert found.access == "embeddings"
    null = faceaudit.backbone_leak(told(0.0), members, others).people
    assert null is not None
    assert null.low < 0.5 < null.high


def test_the_area_is_that_of_the_scores_by_people() -> None:
    members, others = lists()
    embedder = told(0.2)
    found = faceaudit.backbone_leak(embedder, members, others, attack="embedding_norm")
    length = np.linalg.norm(embedder.embed(np.concatenate([members.images, others.images])), axis=1)
    by_person = length.reshape(40, 5).mean(axis=1)
    assert found.people is not None
    assert found.people.value == pytest.approx(roc_auc_score(np.arange(40) < 20, by_person))


def test_lists_that_pixels_tell_apart_are_refused() -> None:
    members, others = lists()
    brighter = np.clip(others.images.astype(np.int64) + 40, 0, 255).astype(np.uint8)
    unlike = FaceSet(brighter, others.identity, others.names, others.ids, others.group)
    found = faceaudit.backbone_leak(told(0.0), members, unlike)
    assert found.gate.outcome == "failed"
    assert found.blind is not None
    assert found.blind.low > 0.8
    strict = faceaudit.backbone_leak(told(0.0), members, unlike, strict=True)
    assert strict.people is None
    assert strict.rates == ()


def test_a_person_in_both_lists_fails_the_gate() -> None:
    members, others = lists()
    moved = others.identity == others.identity[0]
    shared = FaceSet(
        others.images,
        np.where(moved, members.identity[0], others.identity),
        others.names,
        others.ids,
        others.group,
    )
    found = faceaudit.backbone_leak(told(0.0), members, shared)
    assert "shared people" in {one.name for one in found.gate.failed}


def test_a_network_of_ones_own_has_no_untrained_null_and_a_known_one_has() -> None:
    members, others = lists(16)
    wrapped = Embedder.wrap(nn.Sequential(nn.Flatten(), nn.Linear(55 * 47 * 3, 8)), size=(55, 47))
    assert faceaudit.backbone_leak(wrapped, members, others).untrained is None
    with torch.random.fork_rng(devices=[]):
        network = networks.build({"network": "deepid", "width": 0.1})
        known = Embedder(network, network.build(), "0")
    assert faceaudit.backbone_leak(known, members, others).untrained is not None


def test_wrong_questions_are_refused_with_a_remedy() -> None:
    members, others = lists(16)
    embedder = told(0.0, 16)
    with pytest.raises(OptionError, match="section backbone_membership"):
        faceaudit.backbone_leak(embedder, members, others, attack="mint")
    with pytest.raises(UnknownName, match="embedding_norm"):
        faceaudit.backbone_leak(embedder, members, others, attack="embedding_nrm")
    small = blocks(4, 2, size=(48, 48))
    with pytest.raises(InputError, match=r"size \(55, 47\)"):
        faceaudit.backbone_leak(embedder, small, others)
    with pytest.raises(InputError, match="photos of members and of others, got 0"):
        faceaudit.backbone_leak(embedder, members.take([]), others)
    alone = members.take(np.unique(members.identity, return_index=True)[1])
    with pytest.raises(InputError, match="two photos or more of each person"):
        faceaudit.backbone_leak(
            Told(np.ones((len(alone) + len(others), 8), dtype=np.float32)), alone, others
        )


def test_names_in_whose_order_lists_were_cut_are_no_pixels() -> None:
    """As in the example of the call: the first half of the people, by name, against the others."""
    rng = np.random.default_rng(0)
    faces = blocks(40, 5, seed=4)
    faces = replace(faces, images=rng.integers(0, 255, faces.images.shape, dtype=np.uint8))
    first = faces.identity < 20
    found = faceaudit.backbone_leak(told(0.0), faces.take(first), faces.take(~first))
    assert found.blind is not None
    assert found.blind.low < 0.5
    assert found.gate.valid, found.gate.summary
    (check,) = [one for one in found.gate.checks if one.name == "blind baseline"]
    assert f"AUC {found.blind.value:.3f}" in check.message
