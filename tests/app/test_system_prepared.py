"""The step that trains verifiers and audits them, and what pages read of it."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from PIL import Image

import faceaudit
from app.prepared_verifiers import AUDITED, PEOPLE, made_once
from faceaudit.api.spelling import find_source
from faceaudit.app import verifiers
from faceaudit.app.gallery_people import look_through
from faceaudit.app.preparing import verifiers as step
from faceaudit.app.settings import Settings
from helpers.faces import blocks


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return made_once(tmp_path_factory)


def test_before_the_step_there_is_nothing(tmp_path: Path) -> None:
    assert verifiers.prepared(Settings(folder=tmp_path)) is None


def test_verifiers_are_trained_with_and_without_mitigation(given: Settings) -> None:
    made = verifiers.prepared(given)
    assert made is not None
    assert [(one.mitigation, one.networks) for one in made.verifiers] == [
        ("none", (0,)),
        ("none", (1,)),
        ("facebone", (0, 1)),
        ("facebone_average", (0, 1)),
        ("distance_threshold", (0,)),
    ]
    assert made.faces.synthetic
    assert made.networks == ("Net A", "Net B")
    assert made.faces.source == PEOPLE | {"variation": 0.6, "aligned": False}
    assert made.audited.source == AUDITED | {"variation": 0.6, "aligned": False}
    for one in made.verifiers:
        assert verifiers.verifier(given, one.name).threshold == 0.5


def test_nobody_is_learned_from_and_tested_on(given: Settings) -> None:
    made = verifiers.prepared(given)
    assert made is not None
    sides = []
    for one in made.verifiers:
        tested = verifiers.held_out(given, one.name).compared
        taught = verifiers.learned(given, one.name).compared
        assert tested.names is not None
        assert taught.names is not None
        assert not set(tested.names.ravel()) & set(taught.names.ravel())
        sides.append(sorted(zip(tested.first, tested.second, strict=True)))
    assert all(side == sides[0] for side in sides), "all are tested on the same pairs"


def test_each_network_is_asked_first_in_one_audit(given: Settings) -> None:
    made = verifiers.prepared(given)
    assert made is not None
    assert made.audits == (0, 1)
    for first in made.audits:
        cases = verifiers.attacked(given, first)
        others = ["facebone (query average)", "distance_threshold", "hard_labels"]
        wanted = ["none", "facebone", *(others if first == 0 else [])]
        assert [case.facts.title for case in cases] == wanted
        assert all(case.people is not None for case in cases)
    photos = verifiers.photos(given, audited=True)
    assert {id_ for pair in cases[0].pairs for id_ in pair} <= set(photos.ids)


def test_one_network_allows_no_facebone(tmp_path: Path) -> None:
    alone = step.plan_of([{"network": "deepid", "weights": "a"}], AUDITED)
    assert "facebone" not in str(alone["membership"]["mitigations"])
    both = step.plan_of([{"network": "deepid", "weights": "a"}] * 2, AUDITED)
    assert faceaudit.check(both, plan_only=True).plan.section("membership").mitigations[1].several
    assert tmp_path.is_dir()


@pytest.mark.parametrize(("people", "own"), [(60, True), (20, False)])
def test_the_operators_people_are_taken_where_there_are_enough(
    tmp_path: Path, people: int, own: bool
) -> None:
    faces = blocks(people=people, photos=4, size=(20, 20))
    for image, person, id_ in zip(faces.images, faces.identity, faces.ids, strict=True):
        path = tmp_path / "photos" / faces.names[person] / f"{id_.rpartition('/')[2]}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    given = Settings(folder=tmp_path, faces=str(tmp_path / "photos"))
    chosen = step.chosen_faces(given, PEOPLE)
    assert chosen.synthetic != own
    if own:
        gallery = {
            one.location.person for one in chain(*look_through(find_source(given.faces)).gallery)
        }
        loaded = chosen.load((20, 20), tmp_path / "step").faces
        assert set(loaded.ids) == set(chosen.only)
        assert not gallery & {loaded.names[person] for person in loaded.identity}
