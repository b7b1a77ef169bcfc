"""A case: its backbones trained and asked, and its figures under the gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from faceaudit.audit.backbone_membership.asking import (
    Found,
    Place,
    ask,
    places,
    raw_scores,
    score,
    score_blindly,
)
from faceaudit.audit.backbone_membership.listing import Pool
from faceaudit.audit.backbone_membership.over_trainings import (
    auc_over_trainings,
    tpr_over_trainings,
)
from faceaudit.audit.backbone_membership.photo_lists import examine_photos
from faceaudit.audit.backbone_membership.plan import attack_key
from faceaudit.audit.backbone_membership.scenario import Scenario
from faceaudit.audit.backbone_membership.trainings import trained_backbones, untrained_backbones
from faceaudit.audit.common.workspace import Workspace
from faceaudit.gate import Gate
from faceaudit.metrics import student_mean
from faceaudit.records.backbone_membership import (
    AUC,
    VERIFICATION,
    AttackFacts,
    BackboneMembershipFacts,
    CheckFacts,
    ListsFacts,
    TrainingFacts,
    tpr_at,
)
from faceaudit.store import CaseRecord, Store
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import Column, Estimate, Evidence, Figure


def run_case(scenario: Scenario, store: Store, work: Workspace) -> CaseRecord:
    """Return what a case finds; backbones are trained now unless the store has them."""
    pool = Pool(scenario)
    blind = tuple(score_blindly(scenario, pool))
    gates = {place: _gate(scenario, pool, place, blind) for place in places(scenario)}
    trainings: list[TrainingFacts] = []

    def trained() -> Iterator[Embedder]:
        for embedder, facts in trained_backbones(scenario, store, work):
            trainings.append(facts)
            yield embedder

    title = f"ask backbones: {scenario.title}"
    with work.progress.task(title, 2 * scenario.plan.trainings) as advance:

        def counted(backbones: Iterable[Embedder]) -> Iterator[Embedder]:
            for one in backbones:
                yield one
                advance(1)

        answers = ask(scenario, pool, counted(trained()))
        found = [
            *score(scenario, pool, answers, "trained"),
            *score(
                scenario, pool, ask(scenario, pool, counted(untrained_backbones(scenario))),
                "untrained",
            ),
        ]  # fmt: skip
    figures = [
        Figure(VERIFICATION, student_mean(answers.verification)),
        *(figure for one in blind for figure in _figures(one, scenario.plan.fprs)),
        *(
            figure
            for one in found
            for figure in _figures(one, scenario.plan.fprs, _refusal(scenario, gates, one))
        ),
    ]
    return CaseRecord(
        scenario.id,
        scenario.spec,
        _facts(scenario, pool, gates, trainings).as_json(),
        tuple(figures),
        _evidence(scenario, pool, found),
    )


def _gate(scenario: Scenario, pool: Pool, place: Place, blind: Sequence[Found]) -> Gate:
    """Examine the lists of the first training; what is blind is measured over all of them."""
    listed = pool.listed(0, *place)
    of_photos = next(
        one
        for one in blind
        if (one.asked.against, one.asked.photos) == place and one.asked.level == "photo"
    )
    return examine_photos(
        pool.photo_list(listed, members=True),
        pool.photo_list(listed, members=False),
        fprs=scenario.plan.fprs,
        rng=np.random.default_rng([scenario.seed, 63]),
        blind=auc_over_trainings(of_photos.each) if of_photos.each else None,
    )


def _refusal(scenario: Scenario, gates: dict[Place, Gate], found: Found) -> str:
    """Return why a figure is refused; nothing where it is not."""
    gate = gates[found.asked.against, found.asked.photos]
    refused = scenario.plan.strict and not gate.valid
    return f"the lists' checks: {gate.verdict}" if refused else ""


def _figures(found: Found, fprs: Sequence[float], refused: str = "") -> Iterator[Figure]:
    asked, why = found.asked, found.why or refused
    if why:
        for name in (AUC, *map(tpr_at, fprs)):
            yield Figure(asked.metric(name), None, why)
        return
    area: Estimate = auc_over_trainings(found.each, shadows=found.shadows)
    yield Figure(asked.metric(AUC), area)
    for fpr in fprs:
        rate = tpr_over_trainings(found.each, fpr, shadows=found.shadows)
        yield Figure(asked.metric(tpr_at(fpr)), rate.estimate, rate.why)


def _facts(
    scenario: Scenario, pool: Pool, gates: dict[Place, Gate], trainings: Sequence[TrainingFacts]
) -> BackboneMembershipFacts:
    plan, people = scenario.plan, scenario.people
    photos = [
        int(np.bincount(people.person[rows]).max()) for rows in (people.trained, people.held_out)
    ]
    group = people.faces.group
    return BackboneMembershipFacts(
        recipe=scenario.title,
        network=scenario.recipe.network.name,
        source=plan.faces.name,
        people=len(people),
        photos=(photos[0], photos[1]),
        held_out_sessions=not np.isin(group[people.held_out], group[people.trained]).any(),
        trainings=tuple(trainings),
        attacks=tuple(
            AttackFacts(key=attack_key(one), access=one.access.value, learns=one.learns)
            for one in plan.attacks
        ),
        lists=tuple(_lists(scenario, pool, place, gate) for place, gate in gates.items()),
    )


def _lists(scenario: Scenario, pool: Pool, place: Place, gate: Gate) -> ListsFacts:
    listed = pool.listed(0, *place)
    sides = [listed.person[listed.member == side] for side in (True, False)]
    other = scenario.plan.others if place[0] == "other_source" else None
    return ListsFacts(
        against=place[0],
        photos=place[1],
        source=(scenario.plan.faces if other is None else other).name,
        members=len(np.unique(sides[0])),
        others=len(np.unique(sides[1])),
        member_photos=len(sides[0]),
        other_photos=len(sides[1]),
        outcome=gate.outcome,
        verdict=gate.verdict,
        checks=tuple(
            CheckFacts(name=one.name, passed=one.passed, message=one.message) for one in gate.checks
        ),
    )


def _evidence(scenario: Scenario, pool: Pool, found: Sequence[Found]) -> Evidence:
    """Return a row for each photo on each training, with the scores of every attack.

    A person's score is the mean of the photos'. Only where people are compared with shadows of
    their own draw it is another number, which then stands on each of their photos' rows, in a
    column `.../with/person`. NaN where an attack gave none.
    """
    raw, people = raw_scores(found, "photo"), raw_scores(found, "person")
    columns: dict[str, list[Column]] = {}
    ids: list[str] = []
    for place in places(scenario):
        for training in range(scenario.plan.trainings):
            listed = pool.listed(training, *place)
            ids += [pool.ids[row] for row in listed.rows.tolist()]
            count = len(listed.rows)
            row: dict[str, Column] = {
                "training": np.full(count, training),
                "held_out": np.full(count, place[1] == "held_out"),
                "other_source": np.full(count, place[0] == "other_source"),
                "people": listed.person,
                "member": listed.member,
            }
            for attack in scenario.plan.attacks:
                key = attack_key(attack)
                for shadows in ("without", "with")[attack.learns :]:  # NaN where there are none
                    each = raw.get((key, shadows, place))
                    row[f"{key}/{shadows}"] = (
                        np.full(count, np.nan, dtype=np.float32)
                        if each is None
                        else each[training].scores.astype(np.float32)
                    )
                if not attack.learns:
                    by_person = people.get((key, "with", place))
                    row[f"{key}/with/person"] = (
                        np.full(count, np.nan, dtype=np.float32)
                        if by_person is None
                        else by_person[training].of_people(listed.person).astype(np.float32)
                    )
            for name, values in row.items():
                columns.setdefault(name, []).append(values)
    return Evidence(tuple(ids), {name: np.concatenate(parts) for name, parts in columns.items()})
