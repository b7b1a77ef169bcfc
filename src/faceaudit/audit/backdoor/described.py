"""What is known of backdoor cases and their photos beside figures."""

from __future__ import annotations

import numpy as np

from faceaudit.audit.backdoor.cases import BackdoorCase
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.staging import PreparedAttack
from faceaudit.records.backdoor import AttackFacts, BackdoorFacts, OpenSetFacts, SplitFacts
from faceaudit.records.backdoor_mitigation import MitigationFacts
from faceaudit.records.groups import describe_groups
from faceaudit.types import IntArray


def attack_facts(case: BackdoorCase, prepared: PreparedAttack, pristine: str) -> AttackFacts:
    """Return what is known of the attack of a case.

    Args:
        case: the case.
        prepared: its attack made ready.
        pristine: the id of the system trained without poison.
    """
    scenario = case.scenario
    assert case.default_samples is not None
    return AttackFacts(
        pristine=pristine,
        instances=len(prepared.instances),
        instance_people=len(np.unique(prepared.instances.identity)),
        instance_photos=prepared.instance_photos,
        target=scenario.split.names[scenario.target],
        target_label=scenario.target,
        key=prepared.attack.key,
        wrong_keys=tuple(prepared.wrong),
        default_samples=case.default_samples,
    )


def count_shared_sessions(group: IntArray, train: IntArray, test: IntArray) -> int | None:
    """Count the test photos that are of a video or session that training photos are of, too.

    Args:
        group: (N,) the group of every photo.
        train: rows of training photos.
        test: rows of test photos.

    Returns:
        The count, or None where every photo is a group of its own: no session is known then.
    """
    if len(np.unique(group)) == len(group):
        return None
    return int(np.isin(group[test], group[train]).sum())


def case_facts(
    case: BackdoorCase,
    system: str,
    *,
    samples: int,
    attack: AttackFacts | None,
    mitigation: MitigationFacts | None = None,
    open_set: OpenSetFacts | None = None,
) -> BackdoorFacts:
    """Return what is known of a case beside its figures.

    Args:
        case: the case.
        system: the id of the system that was asked.
        samples: how many poison samples it learned from.
        attack: what is known of the attack, if there is one.
        mitigation: what was done against it; figures by group are of cases without.
        open_set: who tried to pass as the target without being known, if anybody did.
    """
    scenario = case.scenario
    groupings = scenario.groupings if mitigation is None else ()
    return BackdoorFacts(
        system=system,
        network=scenario.system.network.name,
        people=len(scenario.split.names),
        training_photos=len(scenario.split.train),
        test_photos=len(scenario.split.test),
        shared_session_photos=count_shared_sessions(
            scenario.faces.group, scenario.split.train, scenario.split.test
        ),
        poison_samples=samples,
        source=scenario.plan.faces.name,
        learn=scenario.system.learn,
        backbone=None if scenario.backbone is None else scenario.backbone.facts(),
        attack=attack,
        groups=describe_groups(groupings, _enrolled(scenario)),
        mitigation=mitigation,
        open_set=open_set,
    )


def _enrolled(scenario: BackdoorScenario) -> list[int]:
    """Return the numbers of the enrolled people among the faces'."""
    enrolled = set(scenario.split.names)
    return [number for number, name in enumerate(scenario.faces.names) if name in enrolled]


def describe_split(scenario: BackdoorScenario) -> SplitFacts:
    """Return how a scenario's photos were divided."""
    split, faces = scenario.split, scenario.faces
    return SplitFacts(
        seed=scenario.seed,
        network=scenario.system.network.name,
        fingerprint=faces.fingerprint,
        size=faces.size,
        photos=len(faces),
        people=len(faces.names),
        enrolled=len(split.names),
        train=len(split.train),
        validation=len(split.validation),
        test=len(split.test),
        donors=len(split.donors),
        target=split.names[scenario.target],
    )
