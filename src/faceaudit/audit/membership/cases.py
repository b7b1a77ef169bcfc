"""Cases of a membership audit: one mitigation each, every attack on each target verifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import safetensors.torch
import torch
from threadpoolctl import threadpool_limits

from faceaudit.audit.common.groups import groups_spec
from faceaudit.audit.common.training_once import train_once
from faceaudit.audit.membership.answers import AttackScores, ScoreCache, VerifierAnswers
from faceaudit.audit.membership.distances import Measured, measure_distances
from faceaudit.audit.membership.evidence import evidence_of
from faceaudit.audit.membership.figures import (
    Over,
    attack_figures,
    run_facts,
    utility_figures,
)
from faceaudit.audit.membership.groups import group_figures
from faceaudit.audit.membership.plan import describe_component
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.audit.membership.scoring import Target
from faceaudit.audit.membership.strongest import Strongest
from faceaudit.audit.membership.validity import Validity
from faceaudit.errors import CaseError
from faceaudit.mitigations.membership import MembershipMitigation, membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.records.groups import describe_groups
from faceaudit.records.membership import CheckFacts, Granularity, MembershipFacts, Protocol
from faceaudit.registry import digest
from faceaudit.store import CaseRecord, Store, SystemRecord
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.predictors.common.exact_leak import pairs_named_by_any
from faceaudit.systems.verifiers.bank import VerifierBank, unchanged


@dataclass(frozen=True, eq=False)
class MembershipCase:
    """One mitigation on the verifiers of a scenario.

    Attributes:
        scenario: pairs, backbones and halves.
        mitigation: what is done against leaks.
        number: the mitigation's place in the plan.
    """

    scenario: MembershipScenario
    mitigation: MembershipMitigation
    number: int

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        plan = self.scenario.plan
        return {
            **self.scenario.values,
            "mitigation": self.mitigation.spec().as_json(),
            "attacks": [attack.spec().as_json() for attack in plan.attacks],
            "versions": {
                "mitigation": self.mitigation.identity(),
                "attacks": [attack.version for attack in plan.attacks],
            },
            "targets": plan.attacked,
            "fprs": list(plan.fprs),
            "label_records": plan.label_records,
            "strict": plan.strict,
            **groups_spec(plan.groups),
            "faces": plan.faces.spec().as_json(),
        }

    @cached_property
    def id(self) -> str:
        """The sha256 of what determines the case; where photos lie does not."""
        return digest({key: value for key, value in self.spec.items() if key != "faces"})

    @property
    def title(self) -> str:
        """The case in a few words."""
        return f"membership {describe_component(self.mitigation)}"

    @property
    def part(self) -> Mapping[str, Any]:
        """Which of the section's cases it is."""
        return {"mitigation": self.number}

    def record(self, store: Store) -> CaseRecord:
        """Train or load the verifiers, attack each target in turn, and return the record.

        Raises:
            CaseError: the plan is strict and the validity gate names a flaw.
        """
        scenario, plan = self.scenario, self.scenario.plan
        validity = self._memo("validity", scenario.values, lambda: Validity(scenario))
        task = self._task(store)
        _refuse_flaws(validity.checks(adaptive=None), strict=plan.strict)
        bank = self._trained(task, store)
        verifiers = self.mitigation.verifiers(task, bank)
        cache = self._memo("membership scores", self._cache_key(verifiers), ScoreCache)
        answers = VerifierAnswers(scenario, self.mitigation, verifiers, cache)
        scores = self._attack_targets(answers)
        tried = any(attack.adaptive and not attack.why for attack in scores[0])
        checks = validity.checks(adaptive=tried)
        _refuse_flaws(checks, strict=plan.strict)
        listed = scenario.pool.members is not None
        over = Over(listed=listed, models=None if listed else plan.verifiers)
        figures = [
            *utility_figures(answers, plan.attacked),
            *attack_figures(scores, plan.fprs, scenario.seed, over),
            *validity.figures(),
        ]
        best = Strongest(figures, scores[0], plan.attacked)
        figures += best.figures(over)
        figures += group_figures(answers, scores, best.keys().get("identity"))
        facts = self._collect_facts(task, bank, checks, answers, scores[0], best.keys())
        evidence = evidence_of(scores, best.keys()) if any(scores) else None
        return CaseRecord(self.id, self.spec, facts.as_json(), tuple(figures), evidence)

    @property
    def system(self) -> str:
        """The id under which the trained verifiers are kept."""
        return self.scenario.system_id(self.mitigation.trained_as())

    def _cache_key(self, verifiers: VerifierBank) -> list[Any]:
        """Return what the scores rest on that other mitigations of the same training share.

        One that changes answers shares them with nobody.
        """
        plain = verifiers.answer is unchanged
        return [self.system, None if plain else self.mitigation.identity()]

    def _memo(self, what: str, key: object, build: Any) -> Any:
        """Return a value that the scenario's other cases build alike.

        The fprs are a part of the validity gate, but not of what determines the verifiers.
        """
        plan = self.scenario.plan.model_dump(mode="json")
        return self.scenario.work.memo.get(what, [key, plan], build)

    def _attack_targets(self, answers: VerifierAnswers) -> list[list[AttackScores]]:
        """Return the scores of every attack, by target; several are attacked at a time."""
        progress, targets = self.scenario.work.progress, self.scenario.plan.attacked
        title = f"attack {describe_component(self.mitigation)}"
        measured = measure_distances(
            answers, lambda key, measure: self._memo("distances", [self.system, key], measure)
        )
        attack = partial(_attack_target, answers, measured)
        scores: list[list[AttackScores]] = []
        with (
            progress.task(title, targets) as advance,
            threadpool_limits(limits=1),  # small products: several threads each only wait
            ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="target") as threads,
        ):
            for attacks in threads.map(attack, range(targets)):
                scores.append(attacks)
                advance(1)
        return scores

    def _task(self, store: Store) -> Task:
        scenario, plan = self.scenario, self.scenario.plan
        return Task(
            scenario.pairs,
            scenario.rows,
            scenario.pool.validation,
            plan.predictor,
            scenario.seeds,
            progress=scenario.work.progress,
            title=f"train {describe_component(self.mitigation)}",
            unmitigated=partial(self._train_unmitigated, store),
        )

    def _train_unmitigated(self, store: Store) -> PredictorBank:
        none = replace(self, mitigation=membership_mitigations.build("none"))
        return none._trained(none._task(store), store)

    def _trained(self, task: Task, store: Store) -> PredictorBank:
        """Return the verifiers' predictors, trained now unless the store has them."""

        def train() -> None:
            weights = safetensors.torch.save(self.mitigation.train(task).state())
            spec = self.scenario.system_spec(self.mitigation.trained_as())
            store.write_system(SystemRecord(self.system, spec, (), weights))

        work = self.scenario.work
        train_once(self.system, train, store, folder=work.unfinished, progress=work.progress)
        state = safetensors.torch.load(store.system(self.system).weights_bytes)
        return self.mitigation.restore(task, state)

    def _collect_facts(
        self,
        task: Task,
        bank: PredictorBank,
        checks: tuple[CheckFacts, ...],
        answers: VerifierAnswers,
        attacks: list[AttackScores],
        strongest: Mapping[Granularity, str],
    ) -> MembershipFacts:
        scenario, plan = self.scenario, self.scenario.plan
        pool, faces = scenario.pool, scenario.faces
        rows = slice(pool.candidates)
        sides = pool.first[rows], pool.second[rows]
        listed = pool.members is not None
        member = scenario.member[0, rows]
        return MembershipFacts(
            title=describe_component(self.mitigation),
            mitigation=self.mitigation.name,
            protocol=_protocol_of(plan.attacks, listed=listed),
            system=self.system,
            backbones=scenario.pairs.backbones,
            backbone_facts=tuple(backbone.facts() for backbone in scenario.backbones),
            predictor=plan.predictor.name,
            source=plan.faces.name,
            people=len({int(person) for side in sides for person in faces.identity[side]}),
            photos=len({int(photo) for side in sides for photo in side}),
            members=int(member.sum()),
            nonmembers=int((~member).sum()),
            post_processing=_is_post_processing(self.mitigation, answers),
            named_pairs=_count_named_pairs(answers, plan.attacked),
            blocks=None if listed else plan.pool.blocks,
            verifiers=plan.verifiers,
            targets=plan.attacked,
            mitigation_facts=self.mitigation.facts(task, bank),
            gate=checks,
            attacks=run_facts(attacks),
            strongest=strongest,
            groups=describe_groups(
                scenario.groupings, np.unique(faces.identity[np.concatenate(sides)])
            ),
        )


def _attack_target(answers: VerifierAnswers, measured: Measured, number: int) -> list[AttackScores]:
    return list(Target(answers, number, measured).attack_scores())


def _count_named_pairs(answers: VerifierAnswers, targets: int) -> int:
    """Return how many training pairs the answers of all targets name for certain.

    Raises:
        CaseError: a pair was named that is none: the check itself is wrong.
    """
    scenario, backbones = answers.scenario, answers.channels["served"]
    if backbones.shape[1] > 1:
        return 0  # an average over backbones is no function of one distance
    some = np.arange(scenario.pool.candidates)
    first, second = (side[:, 0] for side in scenario.pairs.sides(backbones, some))
    named = 0
    for target in range(targets):
        scores = answers.user_scores()[target, some]
        rows = pairs_named_by_any(scores, first, second, scenario.pool.same[some])
        if not scenario.member[target, rows].all():
            raise CaseError(
                "expected the pairs that a verifier names to be among those it learned from, got "
                "others; please report this"
            )
        named += len(rows)
    return named


def _is_post_processing(mitigation: MembershipMitigation, answers: VerifierAnswers) -> bool:
    """Return whether a mitigation only changes the answers of verifiers trained without it."""
    alike = mitigation.trained_as() == membership_mitigations.build("none").identity()
    return alike and answers.verifiers.answer is not unchanged


def _refuse_flaws(checks: tuple[CheckFacts, ...], *, strict: bool) -> None:
    """Raise `CaseError` where a plan is strict and a check failed."""
    flaws = [check.message for check in checks if check.passed is False]
    if strict and flaws:
        raise CaseError(
            "expected lists and attacks that can carry a figure, got "
            f"{len(flaws)} flaws: {' '.join(flaws)} Mend them, or leave out strict"
        )


def _protocol_of(attacks: tuple[Any, ...], *, listed: bool) -> Protocol:
    if not listed:
        return "rigorous"
    in_sample = any(getattr(attack, "in_sample", False) for attack in attacks)
    return "as published" if in_sample else "lists"


def membership_cases(scenario: MembershipScenario) -> Iterator[MembershipCase]:
    """Yield a case for each mitigation of the plan."""
    for number, mitigation in enumerate(scenario.plan.mitigations):
        yield MembershipCase(scenario, mitigation, number)
