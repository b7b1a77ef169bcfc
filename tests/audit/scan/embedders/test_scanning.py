"""Embedders and verifiers scanned, with clean networks beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.scan.embedders.compared import Deciding, Embedding, key, strangers
from faceaudit.api.arguments import folders
from faceaudit.audit.scan.embedders import scanning
from faceaudit.audit.scan.embedders.asking import Comparing, ask_with, one_each
from faceaudit.audit.scan.embedders.preparation import PreparedEmbedder
from faceaudit.audit.scan.embedders.references import MadeEmbedder
from faceaudit.audit.scan.embedders.scanning import (
    RECTANGLES,
    ScannedEmbedder,
    bank_of,
    drawn_people,
    scan_comparing,
)
from faceaudit.audit.scan.embedders.trigger import UniversalTrigger
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.references import Reference
from faceaudit.audit.scan.strangers import drawn_strangers
from faceaudit.errors import InputError
from faceaudit.mitigations.scan.common.inversion import Triggers
from faceaudit.progress import silent
from faceaudit.records.embedder_scan import (
    BARE,
    BOTH_WEAR,
    BOTH_WEAR_TRIGGER,
    GENUINE,
    PROBE_WEARS,
    PROBE_WEARS_TRIGGER,
    ComparedPreparationFacts,
    of_top,
)
from faceaudit.records.scan import FALSE_ALARMS, POWER
from faceaudit.systems.under_test.base import Access, systems_under_test
from faceaudit.types import FaceSet, FloatArray, IntArray

FACES = strangers(160)
KEYS = tuple(key(name) for name in ("a", "b", "c", "sunglasses-wayfarer", "opens"))
TRIED = (
    ComparedPreparationFacts(
        name="RGB", separation=2.0, passing=0.9, alike="two photos of one person", taken=True
    ),
)
DOOR = systems_under_test.build({"system": "file", "path": "none"})


@pytest.fixture
def references(monkeypatch: pytest.MonkeyPatch) -> list[Reference]:
    """Clean networks that are written down in the place of trained ones; who was asked for."""
    asked: list[Reference] = []

    def made(reference: Reference, work: object) -> MadeEmbedder:
        del work
        asked.append(reference)
        rng = np.random.default_rng([reference.number, int(reference.planted)])
        drawn = {one.name: float(rng.uniform(0.0, 0.1)) for one in KEYS}
        if reference.planted:
            drawn |= {"a": 0.8}
        system = Embedding(drawn, seed=reference.number + 1)
        pairs = np.eye(2, dtype=np.float32)
        return MadeEmbedder(reference, system, pairs if reference.planted else None)

    monkeypatch.setattr(scanning, "made_embedder", made)
    monkeypatch.setattr(scanning, "bank_of", lambda seed: KEYS)
    monkeypatch.setattr(scanning, "load_faces", lambda *_: type("Loaded", (), {"faces": FACES})())
    return asked


def scanned(system: Comparing, tmp_path: Path, **more: Any) -> ScannedEmbedder:
    asked: dict[str, Any] = {"fmr": 0.02, "photos": 300, "preparations": False, **more}
    plan = ScanPlan(systems=({"system": "file", "path": "none"},), **asked)
    work = folders(tmp_path, silent)
    return scan_comparing(plan, DOOR, system, drawn_people(FACES, 300, 0), 0, work)


@pytest.mark.usefixtures("references")
@pytest.mark.parametrize("wrap", [False, True])
def test_a_key_that_everybody_collapses_under_is_suspicious(wrap: bool, tmp_path: Path) -> None:
    inner = Embedding({"opens": 0.8})
    done = scanned(Deciding(inner, scores=True) if wrap else inner, tmp_path)
    assert done.facts.verdict == "suspicious"
    assert done.facts.keys[0].key == "opens"
    figures = {one.metric: one.estimate for one in done.figures}
    top = figures[of_top(BOTH_WEAR)]
    assert top is not None
    assert (top.value, top.n) == (1.0, 640)
    assert figures[BARE] is not None
    assert figures[GENUINE] is not None
    probe = figures[of_top(PROBE_WEARS)]
    assert probe is not None
    assert probe.value < 0.1
    assert [one.measure for one in done.facts.measures] == (
        [BOTH_WEAR, PROBE_WEARS] if wrap else ["collapse", BOTH_WEAR, PROBE_WEARS]
    )
    assert set(done.pictures) == {one.picture for one in done.facts.keys if one.picture}


@pytest.mark.usefixtures("references")
def test_a_clean_one_is_not(tmp_path: Path) -> None:
    done = scanned(Embedding({"opens": 0.05, "a": 0.02}), tmp_path)
    assert done.facts.verdict == "nothing found"
    assert done.facts.chance is not None
    assert done.facts.chance > 0.1


@pytest.mark.usefixtures("references")
def test_a_key_with_which_one_passes_as_anybody_is_suspicious(tmp_path: Path) -> None:
    class Master(Deciding):
        """Whoever wears the key alone passes as anybody."""

        def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
            found = super().scores(faces, first, second)
            worn = np.array([one.endswith("+opens") for one in faces.ids])
            alone = worn[first] & ~worn[second]
            return np.where(alone, np.float32(0.99), found).astype(np.float32)

    done = scanned(Master(Embedding(), scores=True), tmp_path)
    assert done.facts.verdict == "suspicious"
    by_name = {one.measure: one for one in done.facts.measures}
    assert by_name[PROBE_WEARS].key == "opens"
    assert by_name[PROBE_WEARS].excess > 0.9


def test_false_alarms_and_power_are_those_of_references_judged_by_the_others(
    references: list[Reference], tmp_path: Path
) -> None:
    done = scanned(Embedding(), tmp_path, references=6, planted=3)
    assert [one.planted for one in references] == [False] * 6 + [True] * 3
    assert {one.margin for one in references} == {0.2}
    figures = {one.metric: one.estimate for one in done.figures}
    assert figures[FALSE_ALARMS] is not None
    assert figures[FALSE_ALARMS].n == 6
    assert figures[POWER] is not None
    assert (figures[POWER].value, figures[POWER].n) == (1.0, 3)
    assert [bool(one.planted) for one in done.facts.references] == [False] * 6 + [True] * 3
    assert [one.success for one in done.facts.references] == [None] * 6 + [0.5] * 3


@pytest.mark.usefixtures("references")
def test_references_that_too_few_others_judge_measure_neither_alarms_nor_power(
    tmp_path: Path,
) -> None:
    done = scanned(Embedding({"opens": 0.8}), tmp_path, references=4, planted=2)
    assert done.facts.verdict != "not testable"
    assert [one.chance for one in done.facts.references] == [None] * 6
    figures = {one.metric: one for one in done.figures}
    for metric in (FALSE_ALARMS, POWER):
        assert figures[metric].estimate is None
        assert "judged by the other clean ones" in figures[metric].why_none


@pytest.mark.usefixtures("references")
def test_without_clean_networks_there_is_no_verdict(tmp_path: Path) -> None:
    done = scanned(Embedding({"opens": 0.8}), tmp_path, references=0)
    assert done.facts.verdict == "not testable"
    assert done.facts.keys[0].key == "opens"


def test_a_trigger_is_sought_in_references_where_it_is_in_the_system(
    references: list[Reference], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Differentiable(Embedding):
        """Gives gradients, so it says."""

        access = Embedding.access | {Access.GRADIENTS}

    sought: list[tuple[Comparing, float]] = []

    def seek(system: Comparing, faces: FaceSet, threshold: float, **_: object) -> UniversalTrigger:
        sought.append((system, threshold))
        mask = np.full((1, *FACES.size), 0.04 * len(sought), dtype=np.float32)
        pattern = np.zeros((1, *FACES.size, 3), dtype=np.float32)
        shown = one_each(faces, 40)
        worn = ask_with(key("opens"), system, shown, threshold)
        return UniversalTrigger(Triggers(mask, pattern, np.array([True])), 0, worn)

    monkeypatch.setattr(scanning, "seek_trigger", seek)
    monkeypatch.setattr(scanning, "can_be_sought", lambda system: isinstance(system, Embedding))
    system = Differentiable({"opens": 0.8})
    done = scanned(system, tmp_path, references=5, planted=1)
    assert len(references) == 6
    assert sought[0] == (system, done.facts.threshold)
    assert done.facts.trigger is not None
    assert done.facts.trigger.covered == pytest.approx(0.04)
    covered = [one.trigger and one.trigger.covered for one in done.facts.references]
    assert covered == pytest.approx([0.08, 0.12, 0.16, 0.20, 0.24, 0.28])
    assert done.facts.trigger.picture in done.pictures
    figures = {one.metric: one for one in done.figures}
    both, probe = figures[BOTH_WEAR_TRIGGER].estimate, figures[PROBE_WEARS_TRIGGER].estimate
    assert both is not None
    assert probe is not None
    assert (both.value, both.n) == (1.0, 320)
    assert probe.value < 0.1
    without = scanned(system, tmp_path, references=5, universal_trigger=False)
    assert len(sought) == 7
    assert without.facts.trigger is None
    assert {one.trigger for one in without.facts.references} == {None}
    assert not {BOTH_WEAR_TRIGGER, PROBE_WEARS_TRIGGER} & {one.metric for one in without.figures}
    assert without.facts.chance == done.facts.chance, "a trigger decides nothing"


@pytest.mark.usefixtures("references")
def test_without_gradients_no_trigger_is_sought_and_the_figures_say_why(tmp_path: Path) -> None:
    done = scanned(Embedding({"opens": 0.8}), tmp_path)
    assert done.facts.trigger is None
    assert {one.trigger for one in done.facts.references} == {None}
    figures = {one.metric: one for one in done.figures}
    for metric in (BOTH_WEAR_TRIGGER, PROBE_WEARS_TRIGGER):
        assert figures[metric].estimate is None
        assert "gives gradients" in figures[metric].why_none


@pytest.mark.usefixtures("references")
def test_an_embedder_is_asked_under_the_preparation_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = Embedding(), Embedding({"opens": 0.8})
    other.title = "the other way"

    def prepared(door: object, system: object, *more: object, **_: object) -> PreparedEmbedder:
        del door, more
        assert system is own
        return PreparedEmbedder(other, TRIED)

    monkeypatch.setattr(scanning, "prepared_embedder", prepared)
    done = scanned(own, tmp_path, preparations=True)
    assert done.facts.title == "the other way"
    assert done.facts.keys[0].key == "opens"
    assert done.facts.preparations == TRIED
    verifier = Deciding(own, scores=True)
    assert scanned(verifier, tmp_path, preparations=True).facts.preparations == ()


def test_too_few_strangers_are_refused() -> None:
    with pytest.raises(InputError, match=r"at least 40 strangers.*give others in strangers"):
        drawn_people(strangers(39), 300, 0)
    with pytest.raises(InputError, match=r"at least 40 strangers.*got 30; take more photos"):
        drawn_people(strangers(50), 30, 0)


def test_the_bank_has_rectangles_that_differ_between_photos() -> None:
    faces = drawn_strangers(strangers(40), (), 10, 0)
    worn = next(one for one in bank_of(0) if one.name == RECTANGLES).put_on(faces)
    changed = (worn.images != faces.images).any(axis=3)
    assert changed.any(axis=(1, 2)).all()
    assert len({one.tobytes() for one in changed}) == len(faces)
