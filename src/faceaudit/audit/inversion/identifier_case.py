"""A case that trains an identifier, rebuilds the faces of those it knows, and judges them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.identifiers import IdentifierInversion, IdentifierOracle
from faceaudit.audit.common.png import encode_png
from faceaudit.audit.common.titles import title_of
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.inversion.identifier_figures import identifier_columns, identifier_figures
from faceaudit.audit.inversion.identifier_judging import IdentifierTrial, Said, judge
from faceaudit.audit.inversion.identifier_scenario import (
    IdentifierScenario,
    build_identifier_scenario,
)
from faceaudit.metrics import accuracy
from faceaudit.records.identifier_inversion import UNTRAINED, IdentifierInversionFacts
from faceaudit.records.inversion import (
    AVERAGE,
    KIND,
    LOOK_ALIKE,
    ORIGINAL,
    PHOTO,
    RANDOM,
    REBUILT,
    ThresholdFacts,
)
from faceaudit.registry import digest
from faceaudit.store import CaseRecord, Store
from faceaudit.store.store import SCHEMA
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.under_test.base import Access
from faceaudit.types import Evidence, ImageArray, IntArray

if TYPE_CHECKING:
    from torch import nn

    from faceaudit.audit.inversion.plan import InversionPlan

VERSION = 1
"""Of how faces are judged, and of what they are held against."""


@dataclass(frozen=True, eq=False)
class IdentifierCase:
    """One attack on an identifier under a seed; nothing is trained to know its id.

    Attributes:
        id: sha256 of everything that determines the figures.
        spec: the case as plain values.
        title: the case in a few words.
    """

    id: str
    spec: Mapping[str, Any]
    title: str


def identifier_cases(
    plan: InversionPlan, seed: int, store: Store, work: Workspace
) -> tuple[IdentifierCase, ...]:
    """Return a case for each of `plan.identifier.attacks`, in their order; none without one.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: too few people to know, to learn from or to fix thresholds.
        OptionError: a person is in two parties, or the judge is the attacked network.
    """
    if plan.identifier is None:
        return ()
    scenario = identifier_scenario(plan, seed, store, work)
    return tuple(_case(scenario, attack) for attack in plan.identifier.attacks)


def identifier_scenario(
    plan: InversionPlan, seed: int, store: Store, work: Workspace
) -> IdentifierScenario:
    """Return what the cases of a seed have in common, built once in this process."""
    key = [plan.model_dump(mode="json"), seed, store.url]
    return work.memo.get(
        "identifier scenario", key, lambda: build_identifier_scenario(plan, seed, store, work)
    )


def run_identifier_case(
    plan: InversionPlan, number_of_attack: int, seed: int, store: Store, work: Workspace
) -> CaseRecord:
    """Return what an attack finds; the identifier is trained unless the store has it.

    Raises:
        InputError: the attack needs gradients, and the network is a file that gives none.
    """
    scenario = identifier_scenario(plan, seed, store, work)
    attack = scenario.identifier.attacks[number_of_attack]
    case, system = _case(scenario, attack), scenario.system()
    trials = [_try(scenario, attack, system, number) for number in range(plan.trials)]
    figures = identifier_figures(trials, scenario.targets, scenario.matcher(), plan.fmrs)
    names = [scenario.training.split.names[label] for label in scenario.targets.tolist()]
    return CaseRecord(
        case.id,
        case.spec,
        _facts(scenario, attack, system).as_json(),
        tuple(figures),
        Evidence(tuple(names * plan.trials), identifier_columns(trials, scenario.targets)),
        _pictures(scenario, trials[0].found.images),
    )


def identifier_pictures(
    plan: InversionPlan, number_of_attack: int, seed: int, store: Store, work: Workspace
) -> dict[str, bytes]:
    """Return the pictures of a case, rebuilt again."""
    scenario = identifier_scenario(plan, seed, store, work)
    attack = scenario.identifier.attacks[number_of_attack]
    found = _invert(scenario, attack, scenario.system(), 0)
    return _pictures(scenario, found.images)


def _case(scenario: IdentifierScenario, attack: IdentifierInversion) -> IdentifierCase:
    plan, part, training = scenario.plan, scenario.identifier, scenario.training
    title = f"{training.system.network.name} identifier"
    # Where either are real people, pictures may show one.
    faces = next((one for one in (part.faces, plan.faces) if one.real), part.faces)
    spec = {
        "schema": SCHEMA,
        "kind": KIND,
        "version": VERSION,
        "part": "identifier",
        "seed": scenario.seed,
        "system": training.id,
        **scenario.embedded.identity(),
        "learned": scenario.learned.fingerprint,
        "parties": plan.parties.model_dump(mode="json"),
        "fmrs": list(plan.fmrs),
        "trials": plan.trials,
        "attacked": part.attacked,
        "held_out": part.held_out,
        "attack": attack.identity(),
    }
    id_ = digest(spec)
    spec |= {
        "faces": faces.spec().as_json(),
        "titles": {
            "attack": title_of(attack),
            "networks": [title],
            "judge": scenario.embedded.titles()[0],
        },
    }
    return IdentifierCase(id_, spec, f"inversion {title_of(attack)} of a {title}")


def _try(
    scenario: IdentifierScenario, attack: IdentifierInversion, system: System, number: int
) -> IdentifierTrial:
    """Return one trial, and what it is held against, drawn anew."""
    found = _invert(scenario, attack, system, number)
    references = {
        name: judge(scenario, system, _given(images))
        for name, images in _references(scenario, system, number).items()
    }
    references[UNTRAINED] = _null(scenario, attack, system, number)
    return IdentifierTrial(found, judge(scenario, system, found), references)


def _null(
    scenario: IdentifierScenario, attack: IdentifierInversion, system: System, number: int
) -> Said:
    """Return what is said of faces that are rebuilt from an identifier that learned nothing."""
    found = _invert(scenario, attack, scenario.untrained(), number)
    return judge(scenario, system, found)


def _invert(
    scenario: IdentifierScenario, attack: IdentifierInversion, system: System, number: int
) -> Reconstructions:
    """Return the faces that an attack rebuilds, given no more than its access says."""
    module: nn.Module | None = None
    if attack.access == Access.GRADIENTS:
        module = system.differentiable()
    oracle = IdentifierOracle(system, attack.access, scenario.targets, module)
    rng = np.random.default_rng([scenario.seed, number, 1])
    return attack.invert(oracle, scenario.learned, rng, progress=scenario.work.progress)


def _references(scenario: IdentifierScenario, system: System, number: int) -> dict[str, ImageArray]:
    """Return pictures that rebuild nothing, one for each attacked person.

    The look-alike is the photo of other people that the identifier gives the person's highest
    probability; the photo is one that it learned from, drawn.
    """
    learned, targets = scenario.learned.images, scenario.targets
    rng = np.random.default_rng([scenario.seed, number, 2])
    middle = np.rint(learned.mean(axis=0, dtype=np.float64)).astype(np.uint8)
    logits = system.logits(learned).astype(np.float64)
    # The logarithm of a probability: the probability itself is 1 to all digits for several.
    certain = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return {
        RANDOM: learned[rng.integers(len(learned), size=len(targets))],
        AVERAGE: np.repeat(middle[None], len(targets), axis=0),
        LOOK_ALIKE: learned[certain.argmax(axis=0)[targets]],
        PHOTO: scenario.training.faces.images[_trained_photos(scenario, rng)],
    }


def _trained_photos(scenario: IdentifierScenario, rng: np.random.Generator) -> IntArray:
    """Return a row of a training photo of each attacked person."""
    train, label = scenario.training.split.train, scenario.training.split.label
    shuffled = rng.permutation(train)
    return np.array([shuffled[label[shuffled] == one][0] for one in scenario.targets.tolist()])


def _given(images: ImageArray) -> Reconstructions:
    count = len(images)
    return Reconstructions(images, np.ones(count, dtype=bool), np.zeros(count, dtype=np.int64))


def _pictures(scenario: IdentifierScenario, rebuilt: ImageArray) -> dict[str, bytes]:
    """Return training photos and what was rebuilt of the first attacked people, as PNG files."""
    count = min(scenario.plan.pictures, len(rebuilt))
    rows = _trained_photos(scenario, np.random.default_rng([scenario.seed, 3]))
    pictures = {}
    for place in range(count):
        original = scenario.training.faces.images[rows[place]]
        pictures[f"{ORIGINAL}-{place}"] = encode_png(original)
        pictures[f"{REBUILT}-{place}"] = encode_png(rebuilt[place])
    return pictures


def _facts(
    scenario: IdentifierScenario, attack: IdentifierInversion, system: System
) -> IdentifierInversionFacts:
    plan, training, parties = scenario.plan, scenario.training, scenario.parties
    split, people = training.split, scenario.embedded.faces.identity
    said = system.logits(training.faces.images, split.test).argmax(axis=1)
    return IdentifierInversionFacts(
        source=scenario.identifier.faces.name,
        access=attack.access,
        system=training.id,
        network=training.system.network.name,
        learn=training.system.learn,
        backbone=None if training.backbone is None else training.backbone.facts(),
        known=len(split.names),
        people=len(scenario.targets),
        trials=plan.trials,
        training_photos=len(split.train),
        accuracy=accuracy(split.label[split.test], said).value,
        held_out=scenario.identifier.held_out,
        learned_people=len(np.unique(people[parties.learned])),
        learned_photos=len(parties.learned),
        threshold_people=len(np.unique(people[parties.thresholds])),
        judge=plan.embedders[0].network.name,
        judge_backbone=scenario.embedded.backbones[0].facts(),
        thresholds=tuple(
            ThresholdFacts(fmr=one.asked, threshold=one.threshold, why=one.why)
            for one in scenario.matcher().points
        ),
    )
