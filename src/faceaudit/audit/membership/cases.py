"""Cases of a privacy audit: one mitigation, verifiers trained once, every attack on each seed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import safetensors.torch
import torch

from faceaudit.audit.membership.answers import AttackScores, ScoreCache, VerifierAnswers
from faceaudit.audit.membership.figures import (
    attack_figures,
    evidence_of,
    facts_of,
    utility_figures,
)
from faceaudit.audit.membership.plan import describe_component
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.audit.membership.scoring import Target
from faceaudit.audit.membership.strongest import strongest, strongest_figures
from faceaudit.audit.membership.validity import Validity
from faceaudit.errors import CaseError
from faceaudit.mitigations.membership import MembershipMitigation, membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.registry import digest
from faceaudit.store import CaseRecord, Store, SystemRecord
from faceaudit.systems.predictors import PredictorBank


@dataclass(frozen=True, eq=False)
class MembershipCase:
    """One mitigation on the verifiers of a setting.

    Attributes:
        setting: pairs, backbones and halves.
        mitigation: what is done against leaks.
        validity: of the setting's lists; shared by its cases.
        memory: what was asked and scored of verifiers that several cases share, by their id.
    """

    setting: MembershipScenario
    mitigation: MembershipMitigation
    validity: Validity
    memory: dict[str, ScoreCache]

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        plan = self.setting.plan
        return {
            **self.setting.values,
            "mitigation": self.mitigation.spec().as_json(),
            "attacks": [attack.spec().as_json() for attack in plan.attacks],
            "seeds": plan.seeds,
            "fprs": list(plan.fprs),
            "label_records": plan.label_records,
            "strict": plan.strict,
            "faces": plan.faces.spec().as_json(),
        }

    @cached_property
    def id(self) -> str:
        """The sha256 of what determines the case; where photos lie does not."""
        return digest({key: value for key, value in self.spec.items() if key != "faces"})

    @property
    def title(self) -> str:
        """The case in a few words."""
        return f"privacy {describe_component(self.mitigation)}"

    def record(self, store: Store) -> CaseRecord:
        """Train or load the verifiers, attack each in turn, and return what was found.

        Raises:
            CaseError: the plan is strict and the validity gate names a flaw.
        """
        setting, plan = self.setting, self.setting.plan
        gate = self.validity.of(self.mitigation)
        flaws = [check["said"] for check in gate if check["passed"] is False]
        if plan.strict and flaws:
            raise CaseError(
                "expected lists and attacks that can carry a figure, got "
                f"{len(flaws)} flaws: {' '.join(flaws)} Mend them, or leave out strict"
            )
        task = self._task(store)
        stack = self._trained(task, store)
        memory = self.memory.setdefault(self.system, ScoreCache())
        verifiers = self.mitigation.verifiers(task, stack)
        answers = VerifierAnswers(setting, self.mitigation, verifiers, memory)
        title = f"attack {describe_component(self.mitigation)}"
        found: list[list[AttackScores]] = []
        with (
            setting.work.progress.task(title, plan.seeds) as advance,
            ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="target") as threads,
        ):
            for one in threads.map(partial(_scored, answers), range(plan.seeds)):
                found.append(one)
                advance(1)
        listed = setting.pool.members is not None
        figures = [
            *utility_figures(answers, plan.seeds),
            *attack_figures(found, plan.fprs, plan.seed, listed=listed),
            *self.validity.figures(),
        ]
        worst = strongest(figures, found[0], plan.seeds)
        figures += strongest_figures(figures, found[0], plan.seeds, listed=listed)
        return CaseRecord(
            self.id,
            self.spec,
            {
                **self._facts(task, stack),
                "gate": gate,
                "attacks": facts_of(found[0]),
                "worst": worst,
            },
            tuple(figures),
            evidence_of(found) if any(found) else None,
        )

    @property
    def system(self) -> str:
        """The id under which the trained verifiers are kept."""
        return self.setting.system_id(self.mitigation.trained_as())

    def _task(self, store: Store) -> Task:
        setting, plan = self.setting, self.setting.plan
        return Task(
            setting.pairs,
            setting.rows,
            setting.pool.validation,
            plan.predictor,
            setting.seeds,
            progress=setting.work.progress,
            title=f"train {describe_component(self.mitigation)}",
            undefended=partial(self._undefended, store),
        )

    def _undefended(self, store: Store) -> PredictorBank:
        none = replace(self, mitigation=membership_mitigations.build("none"))
        return none._trained(none._task(store), store)

    def _trained(self, task: Task, store: Store) -> PredictorBank:
        """Return the verifiers' predictors, trained now unless the store has them."""
        if not store.has_system(self.system):
            stack = self.mitigation.train(task)
            weights = safetensors.torch.save(stack.state())
            spec = self.setting.system_spec(self.mitigation.trained_as())
            store.write_system(SystemRecord(self.system, spec, (), weights))
        state = safetensors.torch.load(store.system(self.system).weights_bytes)
        return self.mitigation.restore(task, state)

    def _facts(self, task: Task, stack: PredictorBank) -> dict[str, Any]:
        setting, plan = self.setting, self.setting.plan
        pool = setting.pool
        rows = slice(pool.candidates)
        listed = pool.members is not None
        in_sample = any(getattr(attack, "in_sample", False) for attack in plan.attacks)
        who = {
            *setting.faces.identity[pool.first[rows]],
            *setting.faces.identity[pool.second[rows]],
        }
        return {
            "kind": "privacy",
            "title": describe_component(self.mitigation),
            "mitigation": self.mitigation.name,
            "protocol": ("as published" if in_sample else "lists") if listed else "rigorous",
            "system": self.system,
            "backbones": list(setting.pairs.backbones),
            "backbone_facts": [backbone.facts() for backbone in setting.backbones],
            "predictor": plan.predictor.name,
            "source": plan.faces.name,
            "people": len(who),
            "photos": len({*pool.first[rows].tolist(), *pool.second[rows].tolist()}),
            "members": int(setting.inside[0, rows].sum()),
            "others": int((~setting.inside[0, rows]).sum()),
            "blocks": None if listed else plan.pool.blocks,
            "verifiers": plan.verifiers,
            "seeds": plan.seeds,
            "mitigation_facts": self.mitigation.facts(task, stack),
        }


def _scored(answers: VerifierAnswers, number: int) -> list[AttackScores]:
    return list(Target(answers, number).scored())


def membership_cases(setting: MembershipScenario) -> Iterator[MembershipCase]:
    """Yield a case for each mitigation of the plan."""
    validity, memory = Validity(setting), dict[str, ScoreCache]()
    for mitigation in setting.plan.mitigations:
        yield MembershipCase(setting, mitigation, validity, memory)
