"""What attacks say of single pairs, read from a store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import faceaudit
from faceaudit import FaceSet, InputError, Store, StoreError
from faceaudit.api.attacked_pairs import AttackedPairs, _pairs_of
from faceaudit.networks.base import networks
from faceaudit.types import Evidence
from helpers.faces import blocks

PEOPLE = {"source": "synthetic", "people": 24, "photos": 3, "sessions": 1, "seed": 5}
NETWORK = {"network": "deepid", "width": 0.2}
SECTION = {
    "faces": PEOPLE,
    "pool": {"pairs": 40, "blocks": 10, "per_person": 2, "validation": 4},
    "predictor": {"predictor": "difference_network", "epochs": 2},
    "mitigations": ["none", "facebone"],
    "attacks": ["loss"],
    "levels": ["pair"],
    "verifiers": 4,
    "fprs": [0.1],
    "groups": [],
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit")
    torch.manual_seed(0)
    weights = folder / "deepid.safetensors"
    save_file(networks.build(NETWORK).build().state_dict(), weights)
    backbones = [{"network": NETWORK, "weights": str(weights)}] * 2
    plan = {"membership": {**SECTION, "backbones": backbones}}
    done = faceaudit.run(plan, store=folder / "store", report=False)
    assert not done.failed
    return folder / "store"


@pytest.fixture(scope="module")
def photos(store: Path) -> FaceSet:
    return faceaudit.load_faces(PEOPLE, (55, 47), cache=store.parent / "cache").faces


@pytest.fixture(scope="module")
def cases(store: Path, photos: FaceSet) -> tuple[AttackedPairs, ...]:
    return faceaudit.attacked_pairs(store, faces=photos)


def test_every_mitigation_has_all_pairs(cases: tuple[AttackedPairs, ...], photos: FaceSet) -> None:
    assert [case.facts.mitigation for case in cases] == ["none", "facebone"]
    for case in cases:
        assert case.member.shape == (4, 40)
        assert (case.member.sum(axis=1) == 20).all()
        assert {id_ for pair in case.pairs for id_ in pair} <= set(photos.ids)
        assert {run.key for run in case.attacks} == set(case.scores)
        assert case.figure("accuracy") is not None
        assert case.figure("nothing") is None
    strategies = {run.strategy for run in cases[1].attacks}
    assert {"served", "each", "all", "assignment"} <= strategies


def test_what_is_said_is_counted_among_the_other_pairs(cases: tuple[AttackedPairs, ...]) -> None:
    case, key = cases[0], "pair:loss:served"
    for pair in (0, 7):
        for target in (0, 3):
            said = case.said(key, pair, target)
            assert said is not None
            scores, member = case.scores[key][target], case.member[target]
            others = np.arange(40) != pair
            for share, side in ((said.fpr, ~member), (said.tpr, member)):
                mine = scores[others & side]
                assert share.n == len(mine)
                assert share.value == pytest.approx(np.mean(mine >= scores[pair]))
                assert "people as clusters" in share.method
            assert said.member == member[pair]


def test_pairs_that_score_as_high_are_called_members_too(cases: tuple[AttackedPairs, ...]) -> None:
    key = "pair:loss:served"
    even = replace(cases[0], scores={key: np.full_like(cases[0].scores[key], 0.25)})
    said = even.said(key, 0)
    assert said is not None
    assert said.fpr.value == said.tpr.value == 1
    assert said.fpr.n + said.tpr.n == 39


def test_a_case_without_any_score_is_left_out(store: Path) -> None:
    record = next(one for one in Store(store).cases() if one.evidence is not None)
    assert record.evidence is not None
    assert _pairs_of(record, None) is not None
    columns = {
        name: np.full_like(column, np.nan) if column.dtype.kind == "f" else column
        for name, column in record.evidence.columns.items()
    }
    assert _pairs_of(replace(record, evidence=Evidence(record.evidence.ids, columns)), None) is None


def test_without_faces_pairs_count_as_independent(store: Path, photos: FaceSet) -> None:
    alone = faceaudit.attacked_pairs(store)[0]
    assert alone.people is None
    assert {id_ for pair in alone.pairs for id_ in pair} <= set(photos.ids)
    said = alone.said("pair:loss:served", 0)
    assert said is not None
    assert "clusters" not in said.fpr.method
    others = faceaudit.attacked_pairs(store, faces=blocks(people=2, photos=2))[0]
    assert others.people is None


def test_pairs_that_were_not_asked_about_are_unknown(cases: tuple[AttackedPairs, ...]) -> None:
    case = cases[1]
    key = "pair:loss:matched"
    asked = np.isfinite(case.scores[key][0])
    assert 0 < asked.sum() < 40
    assert case.said(key, int(np.flatnonzero(~asked)[0])) is None


def test_what_is_not_there_is_refused(cases: tuple[AttackedPairs, ...], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected an attack"):
        cases[0].said("pair:nothing:served", 0)
    for pair, target in ((40, 0), (-1, 0), (0, 4)):
        with pytest.raises(InputError, match="expected a pair"):
            cases[0].said("pair:loss:served", pair, target)
    with pytest.raises(StoreError):
        faceaudit.attacked_pairs(tmp_path / "nothing")
    alone = replace(cases[0], member=np.ones_like(cases[0].member))
    assert alone.said("pair:loss:served", 0) is None, "there is nobody to be wrong about"
