"""Pictures shown to systems: scores against a brute-force oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audit.inversion.stubs import scenario
from faceaudit.audit.inversion.attacked import GRID, SystemOracle
from faceaudit.audit.inversion.estimating import estimate_templates
from faceaudit.audit.inversion.judging import score_pictures
from faceaudit.errors import InputError
from faceaudit.mitigations.templates import template_protections
from faceaudit.protocols.matching import fix_thresholds
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FloatArray, IntArray

NONE = template_protections.build("none")


def unit(embedder: Embedder, images: np.ndarray) -> FloatArray:  # type: ignore[type-arg]
    made = embedder.embed(np.ascontiguousarray(images)).astype(np.float64)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_scores_are_cosines_with_the_stolen_and_with_the_other_photo(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    images = one.faces.images[one.parties.learned[: len(one.people)]]
    scored = score_pictures(one.system(NONE), images)
    for number in range(2):
        embedder = one.embedded.embedder(number)
        made = unit(embedder, images)
        other = unit(embedder, one.faces.images[one.parties.other])
        assert scored.other[:, number] == pytest.approx(np.sum(made * other, axis=1), abs=1e-5)
    first = one.embedded.embedder(0)
    made, stolen = unit(first, images), unit(first, one.faces.images[one.parties.stolen])
    assert scored.own == pytest.approx(np.sum(made * stolen, axis=1), abs=1e-5)
    everybody = made @ unit(first, one.faces.images[one.parties.other]).T
    assert scored.everybody == pytest.approx(everybody, abs=1e-5)
    wanted = [
        1 + sum(row[j] >= row[i] for j in range(8) if j != i) for i, row in enumerate(everybody)
    ]
    assert scored.rank.tolist() == wanted


def test_the_stolen_photo_itself_has_the_highest_score_with_its_own_template(
    tmp_path: Path,
) -> None:
    one = scenario(tmp_path)
    scored = score_pictures(one.system(NONE), one.faces.images[one.parties.stolen])
    assert scored.own == pytest.approx(np.ones(8), abs=1e-5)
    assert (scored.rank == 1).mean() > 0.7


def test_a_picture_that_was_not_made_has_no_score(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    solved = np.array([True] * 7 + [False])
    images = one.faces.images[one.parties.stolen]
    scored = score_pictures(one.system(NONE), images, solved)
    assert np.isnan(scored.own[~solved]).all()
    assert np.isnan(scored.other[~solved]).all()
    assert np.isnan(scored.everybody[~solved]).all()
    assert scored.rank[~solved].tolist() == [0]
    assert not np.isnan(scored.own[solved]).any()


def test_equal_scores_are_all_ahead(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    same = np.repeat(one.faces.images[:1], 8, axis=0)
    one.embedded.templates(0)[one.parties.other] = one.embedded.templates(0)[0]
    assert score_pictures(one.system(NONE), same).rank.tolist() == [8] * 8


def test_thresholds_without_protection_are_those_of_the_network(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    enrolled = one.embedded.enrolled(0, one.parties.thresholds)
    wanted = fix_thresholds(enrolled, (0.1,)).thresholds[0.1]
    assert one.system(NONE).matcher.thresholds[0.1] == pytest.approx(wanted, abs=1e-6)
    assert one.matcher(0).thresholds[0.1] == wanted


def test_the_curve_lets_as_many_strangers_in_as_it_says(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    system = one.system(NONE)
    rows = one.parties.thresholds
    people = one.faces.identity[rows]
    templates = one.embedded.templates(0)[rows].astype(np.float64)
    scores = templates @ templates.T
    strangers = scores[np.triu(people[:, None] != people[None])]
    assert [rate for rate, _ in system.curve] == sorted(rate for rate, _ in system.curve)
    for rate, threshold in system.curve:
        # One comparison may lie on the threshold, to the last digit.
        share, each = np.mean(strangers >= threshold), 1 / len(strangers)
        assert rate - 2 * each <= share <= rate + each


@pytest.mark.parametrize("name", ["random_projection", "biohash", "quantisation", "polyprotect"])
def test_a_protected_system_compares_what_it_stores_under_the_claimed_key(
    tmp_path: Path, name: str
) -> None:
    one = scenario(tmp_path, networks=1)
    protection = template_protections.build(name)
    system = one.system(protection)
    images = one.faces.images[one.parties.learned[:8]]
    scored = score_pictures(system, images)
    made = unit(one.embedded.embedder(0), images).astype(np.float32)
    for place, person in enumerate(one.people.tolist()):
        key = np.array([person + 1])
        wanted = protection.compare(
            protection.protect(made[place : place + 1], key),
            protection.protect(
                one.embedded.templates(0)[one.parties.other[place : place + 1]], key
            ),
        )
        assert scored.other[place, 0] == pytest.approx(wanted[0], abs=1e-4)
    assert np.diagonal(scored.everybody) == pytest.approx(scored.other[:, 0])


def test_one_key_for_everybody_is_that_of_the_system(tmp_path: Path) -> None:
    person = scenario(tmp_path).system(template_protections.build("biohash"))
    system = scenario(tmp_path, keys="system").system(template_protections.build("biohash"))
    people = np.array([4, 7])
    assert len(set(person.keys_of(people).tolist())) == 2
    assert set(system.keys_of(people).tolist()) == {0}
    assert 0 not in person.keys_of(np.arange(30))


def test_who_asks_is_answered_by_the_protected_system_and_counted(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    system = one.system(template_protections.build("biohash"))
    images = one.faces.images[one.parties.learned[:3]]
    who = np.array([2, 2, 5])
    oracle = SystemOracle(system, one.parties.stolen, None)
    scores = oracle.ask(images, who)
    rows = one.parties.stolen[who]
    wanted = system.score(system.embed(images), system.stored(rows), one.people[who])
    assert scores == pytest.approx(wanted)
    assert oracle.queries.tolist() == [0, 0, 2, 0, 0, 1, 0, 0]
    between = float(np.sort(wanted)[1])
    labels = SystemOracle(system, one.parties.stolen, between).ask(images, who)
    assert labels.tolist() == [float(score >= between) for score in wanted]


def test_templates_of_several_networks_are_joined_and_judged_together(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    protection = template_protections.build({"protection": "averaging", "join": "side_by_side"})
    scored = score_pictures(one.system(protection), one.faces.images[one.parties.stolen])
    each = score_pictures(one.system(NONE), one.faces.images[one.parties.stolen])
    # Side by side, each of length 1: the mean of both networks' cosines.
    assert scored.other[:, 0] == pytest.approx(each.other.mean(axis=1), abs=1e-5)


def test_the_curve_has_the_rates_that_strangers_can_tell_and_no_others(tmp_path: Path) -> None:
    one = scenario(tmp_path, people=14, attacked=4, networks=1)
    rows = one.parties.thresholds
    templates = one.embedded.templates(0)[rows].astype(np.float64)
    person = one.faces.identity[rows]
    strangers = (templates @ templates.T)[person[:, None] < person[None, :]]
    curve = one.system(NONE).curve
    assert [rate for rate, _ in curve] == [rate for rate in GRID if rate * len(strangers) >= 1]
    assert 0 < len(curve) < len(GRID)
    for rate, threshold in curve:
        # As many as are allowed, and the next one would be too many.
        assert np.sum(strangers >= threshold - 1e-6) == int(rate * len(strangers)) + 1
        assert np.sum(strangers >= threshold + 1e-6) <= int(rate * len(strangers))


def test_without_protection_the_attacker_starts_from_the_template(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    estimated = estimate_templates(one.system(NONE), "none")
    assert estimated.how == ""
    assert np.array_equal(estimated.templates, one.embedded.templates(0)[one.parties.stolen])


def likeness(one: object, estimated: FloatArray) -> float:
    templates = one.embedded.templates(0)[one.parties.stolen]  # type: ignore[attr-defined]
    length = np.linalg.norm(estimated, axis=1)
    return float(np.mean(np.sum(estimated * templates, axis=1) / length))


def test_a_known_key_of_a_rotation_gives_the_template_back(tmp_path: Path) -> None:
    one = scenario(tmp_path, people=80)
    system = one.system(template_protections.build("random_projection"))
    known = estimate_templates(system, "known")
    assert likeness(one, known.templates) > 0.99
    assert "undone" in known.how


def test_a_key_of_each_persons_own_that_is_not_known_gives_little_away(tmp_path: Path) -> None:
    one = scenario(tmp_path, people=80, attacked=40)
    system = one.system(template_protections.build("random_projection"))
    # The mean template is what is left: a map that learned nothing of the stored one says no more.
    mean = one.embedded.templates(0)[one.parties.learned].mean(axis=0)
    chance = likeness(one, np.repeat(mean[None], 40, axis=0))
    secret = estimate_templates(system, "secret")
    # The mean over 40 people of cosines in 24 dimensions has a standard deviation of 0.03.
    assert abs(likeness(one, secret.templates) - chance) < 0.1


def test_own_photos_are_stored_with_keys_of_their_own_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = scenario(tmp_path, people=80)
    protection = template_protections.build("random_projection")
    given: list[list[int]] = []
    protect = type(protection).protect

    def spy(self: object, templates: FloatArray, keys: IntArray) -> FloatArray:
        given.append(keys.tolist())
        return protect(self, templates, keys)  # type: ignore[arg-type]

    monkeypatch.setattr(type(protection), "protect", spy)
    for key in ("known", "secret"):
        given.clear()
        estimate_templates(one.system(protection), key)
        people = one.faces.identity
        stolen, own = (people[rows] for rows in (one.parties.stolen, one.parties.learned))
        assert given == [(stolen + 1).tolist(), (own + 1).tolist()]


def test_one_key_for_everybody_need_not_be_known(tmp_path: Path) -> None:
    one = scenario(tmp_path, people=80, keys="system")
    system = one.system(template_protections.build("random_projection"))
    secret = estimate_templates(system, "secret")
    assert likeness(one, secret.templates) > 0.99


def test_a_protection_that_cannot_be_undone_is_learned_key_by_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = scenario(tmp_path, people=80)
    protection = template_protections.build("random_projection")
    monkeypatch.setattr(type(protection), "estimate", lambda *_: None)
    known = estimate_templates(one.system(protection), "known")
    assert likeness(one, known.templates) > 0.99
    assert "each key" in known.how


def test_no_more_own_photos_are_stored_than_the_plan_allows(tmp_path: Path) -> None:
    one = scenario(tmp_path, people=80, enrolments=20)
    known = estimate_templates(one.system(template_protections.build("biohash")), "known")
    assert "20 photos" in known.how


def test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    with pytest.raises(InputError):
        score_pictures(one.system(NONE), np.zeros((8, 9, 9, 3), dtype=np.uint8))
