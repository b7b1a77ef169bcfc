"""Reference networks: trained once, their state known, scanned as the foreign one is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.scan import references, scanning
from faceaudit.audit.scan.bank import key_bank
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.references import MadeReference, Reference, made, network_of
from faceaudit.audit.scan.scanning import reference_subject, scanned_references
from faceaudit.faces.loaded import Loaded
from faceaudit.mitigations.scan.common.standing_out import chance_among
from faceaudit.networks.deepid import DeepID
from faceaudit.systems.under_test import Access, systems_under_test
from mitigations.scan.planted import Layers, Planted, strangers

STRANGERS = {"source": "synthetic", "people": 40, "photos": 1, "sessions": 1, "seed": 4}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workspace:
    """References that learn little, of few photos."""
    for name, value in {"PHOTOS": 8, "TRAIN": 5, "VALIDATION": 1, "DONORS": 16}.items():
        monkeypatch.setattr(references, name, value)
    quick = references.TRAINING.model_copy(update={"epochs": 1})
    monkeypatch.setattr(references, "TRAINING", quick)
    return Workspace(tmp_path / "work")


def test_references_are_trained_once_and_tell_what_they_are(small: Workspace) -> None:
    network = DeepID(width=0.1)
    clean, planted = (Reference(network, 10, 3, planted=one) for one in (False, True))
    one, again = made(clean, small), made(clean, small)
    assert one.system.id == again.system.id
    assert len(list((small.unfinished / "references").glob("*.safetensors"))) == 1
    assert (one.target, one.success) == (None, None)
    assert len(one.system.names) == 10
    other = made(planted, small)
    assert other.target is not None
    assert 0 <= other.target < 10
    assert other.success is not None
    assert planted.attack is not None
    assert planted.spec["planted"]["key"] == planted.attack.key
    assert clean.spec["planted"] is None
    assert other.system.id != one.system.id


def test_each_clean_reference_is_judged_by_the_others(small: Workspace) -> None:
    door = systems_under_test.build({"system": "file", "path": "x.h5", "network": "deepid"})
    assert network_of(door).name == "deepid"
    plan = ScanPlan(
        systems=[{**door.spec().as_json(), "network": {"network": "deepid", "width": 0.1}}],
        strangers=STRANGERS,
        photos=40,
        stages=["patched_share"],
        references=2,
        planted=1,
    )
    found = scanned_references(plan, plan.systems[0], Asked(12), 0, small)
    assert found.network == "deepid"
    assert [bool(one.planted) for one in found.facts] == [False, False, True]
    assert all(one.people == 12 for one in found.facts)
    assert found.clean == {}, "two are too few to be a null"
    assert [list(one.ratios) for one in found.facts] == [["patched_share"]] * 3
    assert [one.first is None for one in found.facts] == [True, True, False]


class Asked(Planted):
    """Some people, of whom nothing but labels is to be had."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.names = self.names[:people]
        self.access = frozenset({Access.LABELS})


def test_references_are_asked_by_the_stages_that_the_scanned_system_lets_ask(
    small: Workspace,
) -> None:
    door = systems_under_test.build({"system": "file", "path": "x.h5", "network": "deepid"})
    stages = ["shattered_directions"]
    plan = ScanPlan(systems=[door], strangers=STRANGERS, photos=40, stages=stages, references=2)
    found = scanned_references(plan, plan.systems[0], Asked(12), 0, small)
    assert (found.network, found.clean, found.facts) == ("", {}, ())


def stand_in(reference: Reference, work: Workspace) -> MadeReference:
    """A reference network that is written down in the place of a trained one."""
    del work
    if reference.planted:
        return MadeReference(reference, Planted(flat=(7,)), 7, 0.9, 1.0)
    system = Planted(Layers(reference.number, None, 0))
    return MadeReference(reference, system, None, 0.9, None)


def test_each_clean_reference_is_judged_by_all_others_and_a_planted_one_by_as_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(scanning, "made", stand_in)
    loaded = Loaded(strangers())
    monkeypatch.setattr(scanning, "load_faces", lambda source, size, work: loaded)
    door = systems_under_test.build({"system": "file", "path": "x.h5", "network": "deepid"})
    plan = ScanPlan(
        systems=[door],
        strangers=STRANGERS,
        photos=40,
        stages=["patched_share"],
        references=5,
        planted=2,
    )
    found = scanned_references(plan, plan.systems[0], Asked(40), 0, Workspace(tmp_path))
    ratios = [one.ratios["patched_share"] for one in found.facts]
    clean = [ratio for ratio in ratios[:5] if ratio is not None]
    assert len(clean) == 5
    assert found.clean == {"patched_share": clean}
    for place, one in enumerate(found.facts):
        others = np.delete(clean, place % 5)
        assert one.chance == pytest.approx(chance_among(ratios[place] or 0.0, list(others)))
    assert [one.first for one in found.facts] == [None] * 5 + [True, True]
    assert [one.suspicious for one in found.facts[5:]] == [True, True]


def test_the_key_that_is_planted_is_not_in_the_bank_that_looks_for_it(tmp_path: Path) -> None:
    work, whole = Workspace(tmp_path), [key.name for key in key_bank()]
    for number in range(4):
        clean, planted = (Reference(DeepID(), 10, number, planted=one) for one in (False, True))
        asked = reference_subject(stand_in(clean, work), strangers(), 0, work)
        assert [key.name for key in asked.keys] == whole
        assert planted.attack is not None
        assert planted.attack.key in whole, "else nothing is left out"
        asked = reference_subject(stand_in(planted, work), strangers(), 0, work)
        assert [key.name for key in asked.keys] == [
            name for name in whole if name != planted.attack.key
        ]
