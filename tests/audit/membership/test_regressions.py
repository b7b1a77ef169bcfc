"""Flaws that an earlier design of membership audits had: each test names one."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import safetensors.torch

from faceaudit.audit.membership import pool as pools
from faceaudit.audit.membership.cases import membership_cases
from faceaudit.audit.membership.evidence import evidence_of
from faceaudit.audit.membership.figures import Over, attack_figures
from faceaudit.audit.membership.plan import PoolPlan, SubjectsPlan
from faceaudit.audit.membership.pool import Pool, draw_pool
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.audit.membership.scoring import AttackScores
from faceaudit.audit.membership.strongest import Strongest
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.mitigations.membership.facebone import FaceBone
from faceaudit.store import CaseRecord, Store
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from helpers.membership_scenarios import people, scenario

SMALL: dict[str, Any] = {
    "predictor": {"predictor": "difference_network", "widths": [16], "normalised": 1, "epochs": 2},
    "targets": 2,
    "levels": ["pair"],
}


def blocks_of(number: int) -> Pool:
    """A pool of so many blocks of two pairs."""
    block = np.repeat(np.arange(number), 2)
    same = np.tile([True, False], number)
    return Pool(block, block, same, block, len(block), np.arange(0))


def lists(made: MembershipScenario) -> MembershipScenario:
    """The scenario as two lists: every other block is learned from."""
    pool, seen = made.pool, made.pairs
    block = pool.block[: pool.candidates]
    sides = pool.first[: len(block)], pool.second[: len(block)], pool.same[: len(block)]
    member = block % 2 == 0
    listed = Pool(*sides, block, len(block), np.arange(0), members=member)
    found = MembershipScenario(made.plan, made.seed, made.loaded, (), listed, made.work)
    found.__dict__["pairs"] = EmbeddedPairs(seen.embeddings, *sides, seen.backbones)
    return found


def record_of(made: MembershipScenario, root: Path) -> CaseRecord:
    return next(iter(membership_cases(made))).record(Store(str(root)))


def noted(
    scores: np.ndarray[Any, Any], member: np.ndarray[Any, Any], name: str = "loss", **other: Any
) -> AttackScores:
    """What an attack said of pairs, each of a block of its own."""
    values: dict[str, Any] = {
        "level": "pair",
        "attack": name,
        "strategy": "served",
        "adaptive": True,
        "access": "scores",
        "in_sample": False,
        "ids": tuple(str(row) for row in range(len(scores))),
        "member": member,
        "block": np.arange(len(scores)),
        "scores": scores,
        "queries": len(scores),
        "learns": False,
        "rows": np.arange(len(scores)),
        **other,
    }
    return AttackScores(**values)


@pytest.mark.parametrize("verifiers", [2, 4, 8, 12])
def test_halves_are_found_for_few_verifiers(
    verifiers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = count()

    class Drawn:
        def __init__(self, seed: object) -> None:
            self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))  # type: ignore[arg-type]

        def permuted(self, *given: Any, **named: Any) -> Any:
            assert next(draws) < 50, "halves are drawn without end"
            return self._rng.permuted(*given, **named)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._rng, name)

    monkeypatch.setattr(pools.np.random, "default_rng", Drawn)
    assert blocks_of(600).members_of(verifiers, 0).sum(axis=1).tolist() == [600] * verifiers


def test_counts_of_shadows_never_give_a_target_away() -> None:
    truth: dict[int, list[bool]] = {}
    for seed in range(40):
        inside = blocks_of(20).members_of(8, seed)[:, ::2]
        shadows = inside[1:].sum(axis=0)
        for taught, member in zip(shadows.tolist(), inside[0].tolist(), strict=True):
            truth.setdefault(taught, []).append(member)
    for members in truth.values():
        assert len(members) < 10 or any(members) != all(members)


def test_lists_that_differ_by_chance_are_not_told_apart() -> None:
    missed = 0
    for draw in range(20):
        rng = np.random.default_rng(draw)
        member = np.arange(120) < 60
        hard = rng.standard_normal(120)  # of pairs; nobody learned from any
        found = [[noted(hard + 0.2 * rng.standard_normal(120), member)] for _ in range(5)]
        area = attack_figures(found, [], draw, Over(listed=True))[0].estimate
        assert area is not None
        missed += not area.low <= 0.5 <= area.high
    assert missed <= 4  # of 20, one is expected; 5 and more: 0.3 %


def test_the_strongest_of_attacks_that_find_nothing_is_not_said_to_find_something() -> None:
    claimed = 0
    member = np.arange(60) < 30
    for draw in range(20):
        rng = np.random.default_rng(draw)
        found = [
            [noted(rng.standard_normal(60), member, f"attack-{at}") for at in range(24)]
            for _ in range(5)
        ]
        figures = attack_figures(found, [], draw, Over())
        area = Strongest(figures, found[0], 5).figures(Over())[0].estimate
        assert area is not None
        claimed += area.low > 0.5
    assert claimed <= 3  # at 2.5 % each, 4 and more of 20: 0.2 %


@pytest.mark.parametrize(
    "attacks",
    [
        [{"attack": "black_box"}, {"attack": "black_box", "model": "lr"}],
        ["lira", {"attack": "lira", "online": False}],
    ],
    ids=["black_box", "lira"],
)
def test_one_attack_with_two_options_has_two_figures(attacks: list[Any], tmp_path: Path) -> None:
    made = scenario(**{**SMALL, "attacks": attacks})
    record = record_of(made, tmp_path)
    metrics = [figure.metric for figure in record.figures]
    assert len(set(metrics)) == len(metrics)
    assert len({one["key"] for one in record.facts["attacks"]}) == 2  # type: ignore[attr-defined]


def test_lists_with_attacks_that_need_shadows_only_say_so(tmp_path: Path) -> None:
    record = record_of(lists(scenario(**{**SMALL, "attacks": ["lira"]})), tmp_path)
    assert record.figure("accuracy") is not None


def test_an_attack_that_cannot_be_made_does_not_lose_the_others(tmp_path: Path) -> None:
    few = {**SMALL, "attacks": ["loss", "black_box"], "pairs": 160, "blocks": 4}
    record = record_of(scenario(**few), tmp_path)  # 4 blocks, 5 folds
    assert record.figure("auc:pair:loss:served") is not None


def test_validation_has_as_many_pairs_of_each_kind() -> None:
    plan = PoolPlan(pairs=400, blocks=4, per_person=4, validation=50)
    drawn = draw_pool(people(400, 3), plan, SubjectsPlan(), ("pair",), 0)
    assert drawn.same[drawn.validation].mean() == pytest.approx(0.5, abs=0.1)


def test_a_rate_that_ties_do_not_reach_is_not_passed_off_as_reached() -> None:
    member = np.arange(400) < 200
    scores = np.where(member, np.arange(400) % 20 > 0, np.arange(400) % 5 > 0).astype(np.float64)
    found = [[noted(scores, member)]]  # called a member: 95 % of them, and 80 % of others
    figures = {one.metric: one.estimate for one in attack_figures(found, [0.1], 0, Over())}
    rate = figures["tpr@fpr=0.1:pair:loss:served"]
    told = rate is None or "realised" in rate.method or any("realised" in one for one in figures)
    assert told or rate.value == pytest.approx(0.1 * 0.95 / 0.8, abs=0.01)


def test_only_the_levels_of_the_plan_are_attacked(tmp_path: Path) -> None:
    record = record_of(scenario(**{**SMALL, "levels": ["identity"]}), tmp_path)
    assert {one["level"] for one in record.facts["attacks"]} == {"identity"}  # type: ignore[attr-defined]


def test_a_pair_in_both_lists_keeps_both_its_scores() -> None:
    ids, member = ("a", "b", "a", "c"), np.array([True, True, False, False])
    every = noted(np.arange(4.0), member, ids=ids)
    some = np.array([0, 2])
    asked = noted(
        np.array([5.0, 6.0]),
        member[some],
        "label_only",
        ids=("a", "a"),
        block=some,
        rows=some,
    )
    column = evidence_of([[every, asked]]).columns["score:label_only:served"]
    np.testing.assert_array_equal(column, [5, np.nan, 6, np.nan])


@pytest.mark.parametrize(
    "name", [name for name in membership_mitigations.names() if name != "dp_sgd"]
)
def test_restored_verifiers_answer_as_trained_ones(name: str) -> None:
    made = scenario(**{**SMALL, "verifiers": 3, "pairs": 80, "blocks": 8, "targets": 2})
    built = membership_mitigations.build(name)
    made.__dict__["member"] = np.arange(len(made.pool.block)) % 2 == np.arange(3)[:, None] % 2
    task = Task(made.pairs, made.rows, made.pool.validation, made.plan.predictor, made.seeds)
    trained = built.train(task)
    kept = safetensors.torch.load(safetensors.torch.save(trained.state()))
    one, two = (built.verifiers(task, stack) for stack in (trained, built.restore(task, kept)))
    sides = made.pairs.sides(one.user_backbones)
    np.testing.assert_array_equal(one.answers(*sides), two.answers(*sides))
    alone = np.concatenate([two.only(model).answers(*sides) for model in range(3)])
    np.testing.assert_allclose(alone, one.answers(*sides), atol=1e-6)


def test_an_attack_without_an_answer_is_not_given_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faceaudit.attacks.membership.loss import LossThreshold  # noqa: PLC0415 - broken here

    def broken(self: object, seen: Any, rng: object) -> np.ndarray[Any, Any]:
        return np.where(np.arange(len(seen)) == 3, np.nan, seen.margins()[:, 0])

    monkeypatch.setattr(LossThreshold, "log_ratio", broken)
    record = record_of(scenario(**{**SMALL, "attacks": ["loss"]}), tmp_path)
    (area,) = (one for one in record.figures if one.metric == "auc:pair:loss:served")
    assert area.estimate is None
    assert "finite" in area.why_none


def test_mitigations_that_train_otherwise_share_no_scores(tmp_path: Path) -> None:
    """Those that train alike do, so that nothing is asked twice."""
    several = [
        {"mitigation": "facebone"},
        {"mitigation": "facebone", "assignment": "batch"},
        {"mitigation": "facebone", "query": "average"},
    ]
    options = {**SMALL, "attacks": ["loss"], "verifiers": 4}
    cases = list(membership_cases(scenario(**options, mitigations=several)))
    assert cases[0].system == cases[2].system != cases[1].system
    together = [case.record(Store(str(tmp_path / "together"))) for case in cases]
    for number in (1, 2):
        (case,) = membership_cases(scenario(**options, mitigations=[several[number]]))
        alone = case.record(Store(str(tmp_path / f"alone-{number}")))
        assert together[number].figures == alone.figures


def test_a_mitigation_that_changes_answers_shares_no_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of one training, of which one rounds what it says however it is asked."""

    class Rounded(FaceBone):
        name: ClassVar[str] = "rounded"

        def verifiers(self, task: Task, bank: PredictorBank) -> VerifierBank:
            return replace(super().verifiers(task, bank), answer=lambda said, _: said.round(1))

        def trained_as(self) -> dict[str, Any]:
            return FaceBone().trained_as()

    monkeypatch.setitem(membership_mitigations._members, "rounded", Rounded)
    options = {**SMALL, "attacks": ["loss"], "verifiers": 4}
    cases = list(membership_cases(scenario(**options, mitigations=["facebone", "rounded"])))
    assert cases[0].system == cases[1].system
    together = [case.record(Store(str(tmp_path / "together"))) for case in cases]
    (case,) = membership_cases(scenario(**options, mitigations=["rounded"]))
    assert together[1].figures == case.record(Store(str(tmp_path / "alone"))).figures
    assert together[1].figure("auc:pair:loss:each") != together[0].figure("auc:pair:loss:each")
