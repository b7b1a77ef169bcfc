"""The cases of a backdoor section that are run, told without loading a photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from faceaudit.attacks.backdoor import BackdoorAttack
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.treatments import Treatment
from faceaudit.audit.common.selection import Combination, Part, part_of, select

Attacks = tuple[tuple[int, BackdoorAttack, int], ...]


@dataclass(frozen=True)
class Chosen:
    """What is run of one system's cases.

    Attributes:
        cases: how many.
        seeds: those with a case: the system without poison is trained for each.
        attacks: of every poisoned system to train: seed, attack, and its usual number of samples.
        treated: of every case with a mitigation: seed, treatment, and the attack or None.
    """

    cases: int
    seeds: tuple[int, ...]
    attacks: Attacks
    treated: tuple[tuple[int, Treatment, BackdoorAttack | None], ...]

    @cached_property
    def keyed(self) -> tuple[int, int]:
        """How many poison samples, and how many instances, are made: each photo once.

        Fewer samples are the first of more, and instances are the same for any number of samples.
        """
        most: dict[tuple[int, BackdoorAttack], int] = {}
        for seed, attack, usual in self.attacks:
            one = seed, attack.model_copy(update={"samples": usual})
            most[one] = max(most.get(one, 0), attack.samples)
        return sum(most.values()), sum(attack.instances for _, attack in most)


def combinations_of(plan: BackdoorPlan) -> Iterator[Combination]:
    """Yield the parts of each case, in the order in which they run.

    Args:
        plan: the section, with its seeds.
    """
    tried = {
        seed: [
            (
                None if attack is None else part_of(attack),
                None if treatment is None else Part(treatment.mitigation.name, treatment.values),
            )
            for attack, _, treatment in plan.tried(seed)
        ]
        for seed in plan.seeds or ()
    }
    for system in map(part_of, plan.systems):
        for seed, some in tried.items():
            for attack, mitigation in some:
                yield {"system": system, "attack": attack, "mitigation": mitigation, "seed": seed}


def chosen_of(plan: BackdoorPlan) -> tuple[Chosen, ...]:
    """Return what is run of each system's cases.

    Args:
        plan: the section, with its seeds.
    """
    tried = [(seed, *one) for seed in plan.seeds or () for one in plan.tried(seed)]
    if not plan.chooses:
        return (_chosen(tried),) * len(plan.systems)
    kept = select(plan, list(combinations_of(plan)))
    rounds = range(0, len(kept), len(tried))
    return tuple(
        _chosen([one for one, keep in zip(tried, kept[start:], strict=False) if keep])
        for start in rounds
    )


def _chosen(
    tried: list[tuple[int, BackdoorAttack | None, int | None, Treatment | None]],
) -> Chosen:
    plain = [
        (seed, attack, usual or attack.samples)
        for seed, attack, usual, treatment in tried
        if attack is not None and treatment is None
    ]
    treated = tuple(
        (seed, treatment, attack) for seed, attack, _, treatment in tried if treatment is not None
    )
    # A system that is mitigated is trained first, whether or not its own case is run.
    trained = {(seed, attack) for seed, attack, _ in plain}
    more = dict.fromkeys(
        (seed, attack)
        for seed, _, attack in treated
        if attack is not None and (seed, attack) not in trained
    )
    return Chosen(
        cases=len(tried),
        seeds=tuple(dict.fromkeys(seed for seed, *_ in tried)),
        attacks=(*plain, *((seed, attack, attack.samples) for seed, attack in more)),
        treated=treated,
    )
