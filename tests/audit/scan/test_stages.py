"""What follows from all stages of a scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from faceaudit.audit.scan.stages import Scan, conclude, look_closer, screen
from faceaudit.mitigations.scan import Key, scan_stages
from faceaudit.systems.under_test import Access
from faceaudit.types import FaceSet, IntArray
from mitigations.scan.planted import CLASSES, Layers, Planted, subject

RATIOS = [1.1, 1.25, 1.05, 1.3, 1.15, 1.2, 1.1, 1.35]
CLEAN = {"patched_share": RATIOS, "key_bank": RATIOS}
SCREENING = [scan_stages.build(name) for name in ("patched_share", "shattered_directions")]


def test_a_planted_target_is_suspicious_and_first() -> None:
    found = conclude(screen(subject(Planted(flat=(7,))), SCREENING), level=0.05, clean=CLEAN)
    assert found.verdict == "suspicious"
    assert found.order[0] == 7
    assert found.suspicious(0.05).tolist() == [7]
    assert found.lowest == pytest.approx(found.chance[7])


def test_nothing_is_found_where_there_is_nothing() -> None:
    verdicts = [
        conclude(
            screen(subject(Planted(Layers(seed, None, 0))), SCREENING), level=0.05, clean=CLEAN
        ).verdict
        for seed in range(10)
    ]
    assert verdicts.count("nothing found") >= 8


def test_a_back_door_that_one_stage_sees_is_not_hidden_by_what_another_sees() -> None:
    """The keys of the bank open nothing here: only rectangles of one colour do."""
    stages = [SCREENING[0], scan_stages.build("key_bank")]
    asked = subject(Planted(flat=(7,)), keys=tuple(map(shade, range(3))))
    seen = screen(asked, stages)
    assert 7 not in seen.found["key_bank"].classes
    found = conclude(seen, level=0.05, clean=CLEAN)
    assert found.verdict == "suspicious"
    assert found.order[0] == 7
    assert conclude(seen, level=0.05).order[0] == 7
    alone = conclude(screen(asked, stages[:1]), level=0.05, clean=CLEAN)
    assert found.chance[7] == pytest.approx(1.25 * alone.chance[7]), "keys have a fifth"


def shade(add: int) -> Key:
    """A key that nothing was planted for: everything darker."""

    def put_on(faces: FaceSet) -> FaceSet:
        images = (faces.images - 5 * add).clip(0).astype(np.uint8)
        return replace(faces, images=images, fingerprint="")

    return Key(f"shade-{add}", put_on)


def test_the_level_is_split_over_the_stages_that_a_system_lets_ask() -> None:
    system = Planted(flat=(7,))
    assert {one: found.part for one, found in concluded(system).tested.items()} == {
        "patched_share": 0.8,
        "shattered_directions": 0.2,
    }
    system.access = frozenset({Access.LABELS})
    assert {one: found.part for one, found in concluded(system).tested.items()} == {
        "patched_share": 1.0
    }


def concluded(system: Planted) -> Scan:
    return conclude(screen(subject(system), SCREENING), level=0.05, clean=CLEAN)


def test_a_stage_that_does_not_decide_has_no_part_of_the_level() -> None:
    stages = [SCREENING[0], scan_stages.build("weight_statistics")]
    seen = screen(subject(Planted(flat=(7,))), stages)
    assert list(seen.ratios) == ["patched_share"]
    assert list(conclude(seen, level=0.05).tested) == ["patched_share"]


def test_a_stage_that_needs_what_a_system_hides_says_so() -> None:
    system = Planted()
    system.access = frozenset({Access.LABELS})
    stages = [*SCREENING, scan_stages.build("trigger_inversion")]
    asked = subject(system)
    found = look_closer(conclude(screen(asked, stages), level=0.05), asked, stages)
    assert found.found["shattered_directions"].why.startswith("it needs embeddings")
    assert found.found["trigger_inversion"].why.startswith("it needs gradients")
    assert list(found.found) == [stage.name for stage in stages]


class Stuck(Planted):
    """Takes nearly everybody for one person, as after a wrong preparation of pixels."""

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        found = super().labels(faces, rows)
        return np.where(np.arange(len(found)) % 10 < 9, 3, found)


class Silent(Planted):
    """Names nobody."""

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        return np.full(len(super().labels(faces, rows)), -1)


def test_answers_that_are_hardly_about_faces_are_not_testable() -> None:
    found = conclude(screen(subject(Stuck()), SCREENING[:1]), level=0.05, clean=CLEAN)
    assert found.verdict == "not testable"
    assert found.why.startswith("90% of bare strangers are taken for one person (class 3)")
    assert "preparation of pixels" in found.why
    assert not len(found.suspicious(0.05))
    silent = conclude(screen(subject(Silent()), SCREENING[:1]), level=0.05, clean=CLEAN)
    assert silent.verdict == "not testable"
    assert silent.lowest is None


def test_stages_that_look_at_suspects_get_the_most_suspicious_first() -> None:
    stages = [SCREENING[0], scan_stages.build({"stage": "trigger_inversion", "steps": 10})]
    asked = subject(Planted(Layers(1, 5, 60.0), flat=(5,)), keys=(Key("none", lambda x: x),))
    found = look_closer(conclude(screen(asked, stages), level=0.05, clean=CLEAN), asked, stages)
    assert not np.isnan(found.found["trigger_inversion"].value[5])
    assert np.isnan(found.found["trigger_inversion"].value).sum() <= CLASSES - 7
