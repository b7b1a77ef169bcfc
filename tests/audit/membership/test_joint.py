"""Pairs that are members together: what adds up, for whom, and who counts as having learned."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.membership.answers import AttackScores
from faceaudit.audit.membership.distances import measure_distances
from faceaudit.audit.membership.figures import Over, attack_figures
from faceaudit.audit.membership.observing import Observer
from faceaudit.audit.membership.scoring import _fill
from faceaudit.audit.membership.strongest import Strongest
from faceaudit.audit.membership.validity import Validity
from faceaudit.gate import Check, Gate
from faceaudit.records.membership import Granularity
from faceaudit.types import Estimate, Figure
from helpers.membership_scenarios import answers, scenario, scored

UNTRAINED = {
    "predictor": "difference_network",
    "widths": [16],
    "normalised": 1,
    "epochs": 1,
}
BATCHES = {"mitigation": "facebone", "assignment": "batch"}


@pytest.mark.parametrize("level", ["block", "identity", "photo"])
def test_scores_of_all_candidates_add_up(level: Granularity) -> None:
    made = scenario(attacks=["loss"], targets=1, predictor=UNTRAINED)
    found = {one.key: one for one in scored(answers(made))[0]}
    pairs, joint = found["pair:loss:served"], found[f"{level}:loss joint:served"]
    pool, faces = made.pool, made.faces
    expected: dict[str, float] = {}
    member: dict[str, bool] = {}
    for row in range(pool.candidates):
        one, two = int(pool.first[row]), int(pool.second[row])
        subjects = {
            "block": {f"block {pool.block[row]}"},
            "identity": {faces.names[faces.identity[photo]] for photo in (one, two)},
            "photo": {faces.ids[photo] for photo in (one, two)},
        }[level]
        for subject in subjects:
            expected[subject] = expected.get(subject, 0.0) + float(pairs.scores[row])
            member[subject] = bool(pairs.member[row])
    assert sorted(joint.ids) == sorted(expected)
    np.testing.assert_allclose(joint.scores, [expected[one] for one in joint.ids])
    assert joint.member.tolist() == [member[one] for one in joint.ids]
    assert joint.queries == pairs.queries


def test_attacks_on_labels_add_up_whole_blocks() -> None:
    made = scenario(attacks=["label_only_lira"], targets=1, label_records=100)
    rows = made.asked_for_labels
    assert len(rows) == 100
    blocks, counts = np.unique(made.pool.block[rows], return_counts=True)
    assert counts.tolist() == [10] * 10
    found = {one.key: one for one in scored(answers(made))[0]}
    assert len(found["block:label_only_lira joint:served"].ids) == len(blocks)
    people = np.unique(made.faces.identity[[*made.pool.first[rows], *made.pool.second[rows]]])
    assert len(found["identity:label_only_lira joint:served"].ids) == len(people)


def test_people_known_by_few_pairs_are_found_by_adding_them_up() -> None:
    made = scenario(attacks=["lira"], targets=4, predictor={**UNTRAINED, "epochs": 30})
    found = scored(answers(made))
    figures = {one.metric: one.estimate for one in attack_figures(found, [], 0, Over(models=16))}
    areas = [figures[f"auc:{key}:served"] for key in ("pair:lira", "block:lira joint")]
    assert all(isinstance(area, Estimate) for area in areas)
    assert areas[1].value > areas[0].value + 0.05  # type: ignore[union-attr]


def test_by_batch_only_shadows_that_learned_with_the_same_backbone_count() -> None:
    made = scenario(attacks=["lira"], predictor={**UNTRAINED, "batch": 16})
    asked = answers(made, BATCHES)
    trained = asked.verifiers.trained_backbone
    assert trained is not None
    counted = asked.counted(["assignment"], 3)
    np.testing.assert_array_equal(counted, trained == trained[3])
    assert counted[3].all()
    assert not counted.all()
    assert asked.counted(["served"], 3).all()
    observed = Observer(asked, 3).observe(["assignment"], np.arange(made.pool.candidates))
    others = np.arange(16) != 3
    learned = made.member[others, : made.pool.candidates]
    here = counted[others, : made.pool.candidates]
    assert observed.in_mask is not None
    assert observed.out_mask is not None
    np.testing.assert_array_equal(observed.in_mask, learned & here)
    np.testing.assert_array_equal(observed.out_mask, ~learned)
    labels = Observer(asked, 3).observe(["assignment"], np.arange(made.pool.candidates), "labels")
    np.testing.assert_array_equal(labels.out_mask, ~learned & here)
    assert asked.counted(["each-0", "each-1"], 3).all()


def test_users_answers_are_divided_by_the_backbone_learned_with() -> None:
    made = scenario(attacks=["loss"], targets=1, predictor=UNTRAINED)
    asked = answers(made, {"mitigation": "facebone"})
    found = {one.key: one for one in scored(asked)[0]}
    whole, with_it, without = (
        found[f"pair:loss:{strategy}"] for strategy in ("served", "matched", "unmatched")
    )
    trained = asked.verifiers.trained_backbone
    assert trained is not None
    here = trained[0, : made.pool.candidates] == 0
    np.testing.assert_array_equal(whole.scores[here], with_it.scores)
    np.testing.assert_array_equal(whole.scores[~here], without.scores)
    assert len(with_it.ids) + len(without.ids) == len(whole.ids)
    assert with_it.queries + without.queries == whole.queries
    assert with_it.queries == pytest.approx(whole.queries * here.mean())
    averaged = scored(answers(made, {"mitigation": "facebone", "query": "average"}))[0]
    assert not any(one.strategy in ("matched", "unmatched") for one in averaged)


def test_a_part_of_the_records_is_never_the_strongest() -> None:
    made = scenario(attacks=["loss"], targets=3, predictor={**UNTRAINED, "epochs": 30})
    found = scored(answers(made, {"mitigation": "facebone"}))
    over = Over(models=16)
    figures = attack_figures(found, [], 0, over)
    best = Strongest(figures, found[0], 3)
    areas = {one.metric: one.estimate for one in figures}
    matched, chosen = (areas[f"auc:{key}"] for key in ("pair:loss:matched", best.keys()["pair"]))
    assert matched is not None
    assert chosen is not None
    assert not best.keys()["pair"].endswith("matched")
    assert set(best.keys()) == {"pair", "photo", "identity", "block"}


def test_each_level_has_its_own_strongest_chosen_on_the_others() -> None:
    made = scenario(attacks=["loss", "lira"], targets=3)
    found = scored(answers(made))
    over = Over(models=16)
    figures = attack_figures(found, [0.5], 0, over)
    best = Strongest(figures, found[0], 3)
    known = {one.metric: one.estimate for one in figures}
    for figure in best.figures(over):
        metric, level = figure.metric.split(":")[:2]
        assert metric in ("strongest_auc", "strongest_tpr@fpr=0.5")
        if "target" not in figure.metric:
            continue
        target = int(figure.metric.rpartition("-")[2])
        of_level = [one for one in found[0] if one.level == level]

        def mean_of_others(key: str, skipped: int = target) -> float:
            each = [known[f"auc:{key}:target-{number}"] for number in range(3) if number != skipped]
            one, two = (other.value for other in each if other is not None)
            return (one + two) / 2 - abs(one - two) / 2  # less the standard error of two

        chosen = max((one.key for one in of_level), key=mean_of_others)
        plain = metric.removeprefix("strongest_")
        assert figure.estimate == known[f"{plain}:{chosen}:target-{target}"]


def test_targets_that_are_each_others_shadows_have_wider_intervals() -> None:
    over = Over(models=16)
    known = [Estimate(value, 0.0, 1.0, 100, "made") for value in (0.5, 0.55, 0.6, 0.65)]
    alone, correlated = (over.estimate(known, by_membership=flag) for flag in (False, True))
    assert alone.value == correlated.value
    wider = (correlated.high - correlated.low) / (alone.high - alone.low)
    assert wider == pytest.approx(np.sqrt((1 + 3 / 15) / (1 - 1 / 15)))


def test_distances_are_measured_once_for_attacks_that_measure_alike() -> None:
    made = scenario(attacks=["label_only", "label_only_lira"], predictor=UNTRAINED)
    asked: list[object] = []

    def kept(key: object, measure: object) -> object:
        asked.append(key)
        return len(asked)

    measure_distances(answers(made, {"mitigation": "facebone"}), kept)  # type: ignore[arg-type]
    assert len(asked) == 4  # two attacks, served and assignment
    assert asked[0] == asked[2]
    assert asked[1] == asked[3]
    assert asked[0] != asked[1]


def test_an_attack_on_few_records_is_not_preferred_for_its_noise() -> None:
    rng = np.random.default_rng(0)
    figures, attacks = [], []
    for name, spread in (("steady", 0.0), ("noisy", 0.1)):
        key = f"pair:{name}:served"
        attacks.append(noted(name))
        for target in range(16):
            value = float(np.clip(0.7 + 0.001 * (name == "noisy") + spread * rng.normal(), 0, 1))
            figures.append(Figure(f"auc:{key}:target-{target}", Estimate(value, 0, 1, 9, "made")))
    best = Strongest(figures, attacks, 16)
    assert best.keys() == {"pair": "pair:steady:served"}
    (whole, *_) = best.figures(Over())
    assert whole.estimate is not None
    assert whole.estimate.value == pytest.approx(0.7)


def test_a_rate_is_that_of_the_strongest_attack_that_resolves_it() -> None:
    figures, attacks = [], []
    for name, area, rate in (("few", 0.9, None), ("many", 0.8, 0.3), ("weak", 0.6, 0.1)):
        key = f"pair:{name}:served"
        attacks.append(noted(name))
        for target in range(4):
            made = Estimate(area, 0, 1, 9, "made")
            figures.append(Figure(f"auc:{key}:target-{target}", made))
            why = "" if rate else "too few"
            found = Estimate(rate, 0, 1, 9, "made") if rate else None
            figures.append(Figure(f"tpr@fpr=0.01:{key}:target-{target}", found, why))
    known = {one.metric: one.estimate for one in Strongest(figures, attacks, 4).figures(Over())}
    assert known["strongest_auc:pair"].value == 0.9  # type: ignore[union-attr]
    assert known["strongest_tpr@fpr=0.01:pair"].value == 0.3  # type: ignore[union-attr]


def test_pairs_that_no_shadow_tells_of_are_in_the_middle() -> None:
    filled = _fill(np.array([1.0, 5.0, 2.0]), np.array([0, 2, 3]), 5)
    assert filled.tolist() == [1.0, 2.0, 5.0, 2.0, 2.0]
    assert _fill(np.array([1.0, 5.0]), np.array([0, 1]), 2).tolist() == [1.0, 5.0]


@pytest.mark.parametrize(("failures", "passed"), [(0, True), (1, True), (2, False)])
def test_what_is_drawn_fails_for_two_targets(failures: int, passed: bool) -> None:
    made = Validity(scenario(attacks=["loss"], predictor=UNTRAINED))
    outcomes = [number >= failures for number in range(5)]
    made.__dict__["_gates"] = [
        Gate((Check("labels", outcome, "said"),), (1, "these"), (1, "those"))
        for outcome in outcomes
    ]
    (check,) = (one for one in made.checks(adaptive=True) if one.name == "labels")
    assert check.passed == passed


def test_a_check_that_failed_once_is_not_taken_for_one_that_could_not_be_made() -> None:
    made = Validity(scenario(attacks=["loss"], predictor=UNTRAINED))
    made.__dict__["_gates"] = [
        Gate((Check("labels", outcome, "said"),), (1, "these"), (1, "those"))
        for outcome in (False, None, None, None, None)
    ]
    (check,) = (one for one in made.checks(adaptive=True) if one.name == "labels")
    assert check.passed is None


def noted(name: str) -> AttackScores:
    none = np.zeros(0)
    return AttackScores(
        level="pair",
        attack=name,
        strategy="served",
        adaptive=True,
        access="scores",
        in_sample=False,
        ids=(),
        member=none.astype(bool),
        block=none.astype(np.int64),
        scores=none,
        queries=0,
        learns=False,
        rows=none.astype(np.int64),
    )
