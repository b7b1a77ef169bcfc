"""A universal trigger, sought by gradients on some strangers and tried on others."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from torch import nn

from audit.scan.embedders.compared import Deciding, Embedding
from faceaudit.audit.scan.embedders import trigger as sought
from faceaudit.audit.scan.embedders.asking import PARTNERS, split_strangers
from faceaudit.audit.scan.embedders.trigger import UniversalTrigger, can_be_sought, seek_trigger
from faceaudit.mitigations.scan.common.inversion import SHOWN, Triggers
from faceaudit.progress import silent
from faceaudit.systems.under_test import Access, EmbedderUnderTest
from faceaudit.types import FaceSet, FloatArray, IntArray
from mitigations.scan.planted import SIZE, Drawn, strangers


class Gradients(EmbedderUnderTest):
    """An embedder with a bright corner as its universal trigger."""

    title, id, size = "Gradients", "gradients", SIZE
    access = frozenset({Access.EMBEDDINGS, Access.SCORES, Access.GRADIENTS})

    def __init__(self) -> None:
        self.module = Drawn(60.0).eval()
        self.asked: list[str] = []

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        self.asked += faces.ids
        images = faces.images if rows is None else faces.images[rows]
        found: FloatArray = self.module(torch.from_numpy(np.array(images))).numpy()
        return found

    def differentiable(self) -> nn.Module:
        return self.module


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sought, "STEPS", 100)


@pytest.mark.usefixtures("short")
def test_it_lies_where_it_was_planted_and_people_whom_it_never_saw_pass() -> None:
    system, faces = Gradients(), strangers(120)
    found = seek_trigger(system, faces, 0.7, seed=0, progress=silent)
    assert found.triggers.reached[found.place]
    assert found.covered == min(found.triggers.share[found.triggers.reached])
    mask = found.triggers.mask[found.place]
    assert mask[-4:, -4:].mean() > 5 * mask[:12, :12].mean()
    assert found.worn.both.share > 0.6 > 0.05 > bare_share(system, faces)
    assert found.worn.probe.share < 0.2
    assert len(found.worn.both.passed) == 30 * PARTNERS
    _, other = split_strangers(faces, 0)
    assert set(found.worn.both.people.ravel()) <= set(other.identity)
    worn = [one for one in system.asked if "+trigger-" in one]
    assert len(worn) == 30
    assert {one.split("+")[0] for one in worn} <= set(other.ids)


@pytest.mark.usefixtures("short")
def test_what_is_learned_comes_from_the_half_that_the_threshold_is_fixed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faces, seen = strangers(120), []
    half, _ = split_strangers(faces, 0)

    def seek(module: nn.Module, images: np.ndarray, *more: object, **options: object) -> Triggers:
        del module, more, options
        seen.append(images)
        covered = np.stack([np.full(SIZE, share, np.float32) for share in (0.1, 0.4, 0.3)])
        pattern = np.zeros((3, *SIZE, 3), dtype=np.float32)
        return Triggers(covered, pattern, np.array([False, True, True]))

    monkeypatch.setattr(sought, "seek", seek)
    found = seek_trigger(Gradients(), faces, 0.7, seed=0, progress=silent)
    _, rows = np.unique(half.identity, return_index=True)
    assert np.array_equal(seen[0], half.images[np.sort(rows)])
    assert found.place == 2, "the smallest one that reached its goal"


def test_one_that_covers_too_much_is_not_shown() -> None:
    photo = strangers(2).images[0]
    system = Gradients()
    found = seek_trigger_of(SHOWN, system)
    shown = found.on(photo)
    assert shown is not None
    assert np.array_equal(shown, np.rint(photo * (1 - SHOWN) + 255 * SHOWN).astype(np.uint8))
    assert seek_trigger_of(SHOWN + 0.01, system).on(photo) is None
    assert found.facts("it").picture == "it"
    assert found.facts().covered == SHOWN


def bare_share(system: Gradients, faces: FaceSet) -> float:
    """The share of pairs of different people that passes without anything on."""
    rows = np.array(list(combinations(range(0, len(faces), 2), 2)))
    return float((system.scores(faces, rows[:, 0], rows[:, 1]) >= 0.7).mean())


def seek_trigger_of(share: float, system: Gradients) -> UniversalTrigger:
    mask = np.full((1, *SIZE), share, dtype=np.float32)
    pattern = np.full((1, *SIZE, 3), 255, dtype=np.float32)
    triggers = Triggers(mask, pattern, np.array([True]))
    faces = strangers(20)
    key = sought._key(triggers, 0)
    worn = sought.ask_with(key, system, sought.one_each(faces, 10), 0.5)
    return UniversalTrigger(triggers, 0, worn)


def test_people_without_an_answer_leave_shares_unknown() -> None:
    found = seek_trigger_of(0.1, Gradients())
    none = replace(found.worn.both, people=found.worn.both.people[:0], passed=np.empty(0, bool))
    facts = replace(found, worn=replace(found.worn, both=none)).facts()
    assert facts.both is None
    assert facts.probe is not None


def test_only_embedders_that_give_gradients_let_it_be_sought() -> None:
    assert can_be_sought(Gradients())
    assert not can_be_sought(Embedding())
    assert not can_be_sought(Deciding(Embedding(), scores=True))
