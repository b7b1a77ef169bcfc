"""Scores and figures of planted backbones: leaks are found, and nulls are at chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from audit.backbone_membership.planted import coarse, planted, scenario
from faceaudit.attacks.backbone_membership import Features
from faceaudit.attacks.backbone_membership.mint import Mint
from faceaudit.audit.backbone_membership.asking import Answers, ask, places, score, score_blindly
from faceaudit.audit.backbone_membership.listing import Pool
from faceaudit.audit.backbone_membership.over_trainings import auc_over_trainings
from faceaudit.audit.backbone_membership.photo_lists import examine_photos
from faceaudit.records.backbone_membership import Asked
from faceaudit.types import Estimate, Float64Array

BY_ANSWERS = ("own_minus_nearest_other", "similarity_statistics")


def found(leak: float, *, alone: bool = False, trainings: int = 8) -> Mapping[Asked, Estimate]:
    made = scenario(attacks=BY_ANSWERS, trainings=trainings)
    pool = Pool(made)
    scores = score(made, pool, ask(made, pool, planted(made, pool, leak, alone=alone)), "trained")
    return {one.asked: auc_over_trainings(one.each) for one in scores if one.each}


@pytest.mark.parametrize("attack", BY_ANSWERS)
@pytest.mark.parametrize("shadows", ["without", "with"])
def test_a_planted_leak_is_found_at_both_levels_and_by_both_kinds_of_photos(
    attack: str, shadows: str
) -> None:
    areas = found(0.3)
    for level in ("photo", "person"):
        for photos in ("trained", "held_out"):
            area = areas[Asked(attack, level, photos, shadows)]  # type: ignore[arg-type]
            assert area.low > 0.5, (level, photos, area)


def test_a_leak_of_training_photos_alone_is_not_found_by_others() -> None:
    areas = found(0.3, alone=True)
    for attack in BY_ANSWERS:
        assert areas[Asked(attack, "person", "trained", "with")].low > 0.6
        held_out = areas[Asked(attack, "person", "held_out", "with")]
        assert held_out.low < 0.5 < held_out.high


def test_backbones_that_give_nothing_away_are_at_chance() -> None:
    areas = found(0.0)
    assert len(areas) == 2 * 2 * 2 * 2
    outside = [asked for asked, area in areas.items() if not area.low <= 0.5 <= area.high]
    assert len(outside) <= 1, outside
    assert abs(np.mean([area.value for area in areas.values()]) - 0.5) < 0.03


def test_two_trainings_have_figures_without_shadows_only_and_say_why() -> None:
    made = scenario(attacks=BY_ANSWERS, trainings=2)
    pool = Pool(made)
    scores = list(score(made, pool, ask(made, pool, planted(made, pool, 0.3)), "trained"))
    for one in scores:
        if one.asked.shadows == "with":
            assert not one.each
            assert "trainings: 4 or more" in one.why
        else:
            assert len(one.each) == 2


def test_an_attack_that_learns_does_not_learn_from_the_backbone_that_it_attacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learned: list[tuple[int, list[int]]] = []

    def scores(
        self: Mint, target: Features, shadows: Sequence[Features], rng: np.random.Generator
    ) -> Float64Array:
        learned.append((id(target.member), [id(one.member) for one in shadows]))
        return np.arange(len(target.values), dtype=np.float64)

    monkeypatch.setattr(Mint, "scores", scores)
    made = scenario(attacks=["mint"])
    pool = Pool(made)
    at = [(against, photos) for against, photos in places(made)]
    values = {
        ("mint", place): [np.zeros((len(pool.listed(one, *place).rows), 1)) for one in range(4)]
        for place in at
    }
    assert list(score(made, pool, Answers(values), "trained"))
    assert len(learned) == 4 * len(at)
    for target, shadows in learned:
        assert len(shadows) == 3
        assert target not in shadows


def test_pixels_alone_tell_nothing_of_halves_of_one_source() -> None:
    made = scenario()
    for one in score_blindly(made, Pool(made)):
        area = auc_over_trainings(one.each)
        assert area.low <= 0.5, one.asked


def test_pixels_alone_tell_another_source_and_the_gate_refuses_it() -> None:
    others = coarse(40, seed=3)
    others.images[...] = np.clip(others.images.astype(np.int64) + 30, 0, 255).astype(np.uint8)
    made = scenario(others=others)
    pool = Pool(made)
    blind = {one.asked: one for one in score_blindly(made, pool)}
    area = auc_over_trainings(
        blind[Asked("blind", "photo", "trained", "without", "other_source")].each
    )
    assert area.low > 0.7
    listed = pool.listed(0, "other_source", "trained")
    gate = examine_photos(
        pool.photo_list(listed, members=True),
        pool.photo_list(listed, members=False),
        fprs=(0.2,),
        rng=np.random.default_rng(0),
        blind=area,
    )
    assert gate.outcome == "failed"
    assert [one.name for one in gate.failed] == ["blind baseline"]


def test_members_among_others_fail_the_gate() -> None:
    made = scenario()
    pool = Pool(made)
    listed = pool.listed(0, "same_source", "trained")
    members = pool.photo_list(listed, members=True)
    others = pool.photo_list(listed, members=False)
    mixed = others.take(np.arange(len(others.ids)) > 2)
    both = type(mixed)(
        (*mixed.ids, members.ids[0]),
        (*mixed.people, members.people[0]),
        np.concatenate([mixed.looks, members.looks[:1]]),
        "mixed",
    )
    gate = examine_photos(members, both, fprs=(0.2,), rng=np.random.default_rng(0))
    assert {"shared photos", "shared people"} <= {one.name for one in gate.failed}


def test_lists_of_a_few_people_are_too_short_to_conclude() -> None:
    made = scenario()
    pool = Pool(made)
    listed = pool.listed(0, "same_source", "trained")
    sides = [pool.photo_list(listed, members=side).take(np.arange(6)) for side in (True, False)]
    gate = examine_photos(*sides, fprs=(0.2,), rng=np.random.default_rng(0))
    assert gate.outcome == "inconclusive"


def test_verification_is_of_people_who_were_not_learned_from() -> None:
    """A backbone that knows its members only, by one direction each, verifies nobody else."""
    made = scenario(attacks=["embedding_norm"])
    pool = Pool(made)
    answers = ask(made, pool, planted(made, pool, 1.0))
    for training, found in enumerate(answers.verification):
        (backbone,) = [one for at, one in enumerate(planted(made, pool, 1.0)) if at == training]
        embeddings = backbone.embed(pool.images)
        units = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
        parts = [pool.listed(training, "same_source", photos) for photos in ("trained", "held_out")]
        wins, count = 0.0, 0
        rows = [one.rows[~one.member] for one in parts]
        who = [one.person[~one.member] for one in parts]
        cosines = units[rows[0]] @ units[rows[1]].T
        same = who[0][:, None] == who[1][None, :]
        for genuine in cosines[same]:
            wins += float(np.mean(genuine > cosines[~same]))
            count += 1
        assert found == pytest.approx(wins / count, abs=1e-3)
        assert found < 0.999
