"""What attackers are given: no more than their access says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.inversion.stubs import found, scenario
from faceaudit.attacks.inversion.common import decoding
from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.templates import Knowledge, TemplateInversion, template_inversions
from faceaudit.audit.inversion.trying import Try
from faceaudit.mitigations.templates import template_protections
from faceaudit.records.inversion import RANDOM
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray

NONE = template_protections.build("none")
PROJECTION = template_protections.build("random_projection")


@pytest.mark.parametrize("access", [Access.GRADIENTS, Access.EMBEDDINGS, Access.SCORES])
def test_who_only_asks_gets_no_templates_and_who_has_templates_may_not_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, access: Access
) -> None:
    one = scenario(tmp_path)
    attack = template_inversions.build("look_alike")
    given: list[tuple[FloatArray, Knowledge]] = []

    def invert(
        self: TemplateInversion, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        given.append((stolen, knowledge))
        return found(np.zeros((len(stolen), *one.faces.size, 3), dtype=np.uint8))

    monkeypatch.setattr(type(attack), "access", access)
    monkeypatch.setattr(type(attack), "invert", invert)
    tried = Try(one, attack, NONE)
    tried.rebuild(tried.stolen(), 0)
    ((stolen, knowledge),) = given
    asks = access == Access.SCORES
    width = 0 if asks else 24
    assert stolen.shape == (8, width)
    assert knowledge.templates.shape == (len(one.parties.learned), width)
    assert (knowledge.oracle is not None) == asks
    assert (knowledge.embedder is not None) == (access == Access.GRADIENTS)
    attacked = set(one.people.tolist())
    assert not attacked & set(knowledge.learned.identity.tolist())


def test_labels_are_those_of_the_lowest_rate_that_there_is_a_threshold_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = scenario(tmp_path, fmrs=(0.3, 0.05, 1e-9))
    attack = template_inversions.build({"attack": "label_search", "queries": 8, "around": 4})
    given: list[Knowledge] = []

    def invert(
        self: TemplateInversion, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        given.append(knowledge)
        return found(np.zeros((len(stolen), *one.faces.size, 3), dtype=np.uint8))

    monkeypatch.setattr(type(attack), "invert", invert)
    tried = Try(one, attack, NONE)
    assert tried.label_fmr() == 0.05
    tried.rebuild(tried.stolen(), 0)
    # Everybody's stolen photo, claimed to be each of the others.
    first, second = (side.ravel() for side in np.meshgrid(np.arange(8), np.arange(8)))
    templates = one.embedded.templates(0)[one.parties.stolen].astype(np.float64)
    scores = (templates @ templates.T)[first, second]
    said = given[0].asked().ask(one.faces.images[one.parties.stolen][first], second)
    threshold = one.system(NONE).matcher.thresholds[0.05]
    clear = np.abs(scores - threshold) > 1e-5
    assert np.array_equal(said[clear] == 1, scores[clear] >= threshold)
    assert 8 <= said.sum() < len(said)


def test_tries_on_one_scenario_share_what_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = scenario(tmp_path)
    learning = {"attack": "decoder", "hidden": 8, "steps": 2}
    learned: list[int] = []

    class Counted(decoding.LatentDecoder):
        def __init__(self, *given: Any) -> None:
            learned.append(1)
            super().__init__(*given)

    monkeypatch.setattr(decoding, "LatentDecoder", Counted)
    adapted = template_inversions.build({"attack": "adapted", "inversion": learning})
    for tried in (
        Try(one, template_inversions.build(learning), NONE),
        Try(one, template_inversions.build(learning), PROJECTION, "known"),
        Try(one, adapted, NONE, origin=1),
    ):
        tried.rebuild(tried.stolen(), 0)
    assert len(learned) == 1
    Try(one, template_inversions.build(learning), NONE).rebuild(tried.stolen(), 1)
    assert len(learned) == 2  # another trial learns anew


def test_trials_and_references_are_drawn_anew(tmp_path: Path) -> None:
    one = scenario(tmp_path, people=60)
    attack = template_inversions.build("random_face")
    tried = Try(one, attack, NONE)
    trials = [tried.trial(tried.stolen(), number) for number in range(2)]
    rebuilt = [trial.found.images for trial in trials]
    assert not np.array_equal(*rebuilt)
    # The attack is the reference's own, and draws other faces than it.
    for trial in trials:
        assert not np.array_equal(trial.scored.own, trial.references[RANDOM].own)
    assert not np.array_equal(trials[0].references[RANDOM].own, trials[1].references[RANDOM].own)
