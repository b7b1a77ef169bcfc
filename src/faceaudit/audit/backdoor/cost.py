"""The cost of a backdoor section."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from faceaudit.attacks.backdoor import BackdoorAttack
from faceaudit.audit.backdoor.choosing import Chosen, chosen_of
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.common.cost import (
    Cost,
    last_block_flop,
    looks_for_faces,
    network_flop,
    photos_per_epoch,
    pretraining_photos,
    section_cost,
    survey_source,
)
from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.workload import Work, loading, pretraining_work
from faceaudit.records.backdoor import OPEN_PHOTOS
from faceaudit.training import Training


def backdoor_cost(plan: BackdoorPlan, *, look: bool) -> Cost:
    """Return an upper bound of what the section costs.

    Args:
        plan: the section, with its seeds.
        look: whether photos may be counted; what depends on them is unknown otherwise.
    """
    survey, missing = survey_source(plan.faces, look=look)
    shown, embedded, petaflop = 0, 0, 0.0
    chosen = chosen_of(plan)
    for system, run in zip(plan.systems, chosen, strict=True) if look else ():
        people, last = _enrolled(plan, survey.people or 0), system.learn != "everything"
        forward, whole = network_flop(system.network, people or 2)
        learning = {"everything": whole, "last layer": 0.0}.get(system.learn)
        if learning is None:
            learning = last_block_flop(system.network, people or 2)
        training = system.training
        per_epoch = _trainings(run) * people * photos_per_epoch(training, plan.split)
        if not training.balanced:  # otherwise they take the place of the target's own photos
            per_epoch += _samples(run) * (1 + training.mirrored)
        here = training.epochs * per_epoch
        shown += here
        petaflop += here * learning / 1e15
        if last:  # each photo goes through the network once, its mirror image too
            photos = (survey.photos or 0) * (1 + training.mirrored)
            photos += keyed_photos(plan, run, training)
            photos += len(run.attacks) * _keyed_strangers(plan)
            embedded += photos
            petaflop += photos * forward / 1e15
        more, missing_more = pretraining_photos(system)
        shown += more
        petaflop += more * whole / 1e15 if more else 0.0
        missing = missing or missing_more
    return section_cost(
        survey,
        sizes={system.network.size for system in plan.systems},
        cases=sum(run.cases for run in chosen),
        trainings=sum(map(_trainings, chosen)),
        training_photos=shown,
        petaflop=petaflop,
        missing=missing,
        embeddings=embedded,
        detects=looks_for_faces(plan.faces),
    )


def _trainings(run: Chosen) -> int:
    """Return how often a system is trained."""
    return len(run.seeds) + len(run.attacks) + len(_trained_again(run))


def _samples(run: Chosen) -> int:
    """Return how many poison samples all trainings of a system have."""
    again = filter(None, _trained_again(run))
    return sum(attack.samples for attack in (*(one for _, one, _ in run.attacks), *again))


def _trained_again(run: Chosen) -> list[BackdoorAttack | None]:
    """Return what systems are attacked by that are trained once more, without some photos.

    Repairs learn from few photos, and are not counted.
    """
    return [attack for _, treatment, attack in run.treated if treatment.removal is not None]


def _enrolled(plan: BackdoorPlan, people: int) -> int:
    """Return how many people are enrolled at most: those who are kept out are not."""
    return max(min(people, 2), people - plan.unseen)


def _shown_by_strangers(plan: BackdoorPlan, people: int) -> int:
    """Return how many photos an attack's two systems are shown of an open set."""
    if not plan.open_set:
        return 0
    bare = OPEN_PHOTOS * (plan.unseen + 1) + 2 * people
    return 2 * (bare + _keyed_strangers(plan))


def _keyed_strangers(plan: BackdoorPlan) -> int:
    """Return how many photos of strangers carry the keys of an attack."""
    strangers = plan.unseen // 3 if plan.open_set else 0
    return OPEN_PHOTOS * strangers * (1 + plan.wrong_keys)


def keyed_photos(plan: BackdoorPlan, run: Chosen, training: Training) -> int:
    """Return how many photos with a key on them a trained network embeds, at most."""
    made, tries = run.keyed
    return made * (1 + training.mirrored) + tries * (1 + plan.wrong_keys)


def backdoor_work(plan: BackdoorPlan) -> Iterator[Work]:
    """Yield the work of the section, with its seeds, by kind.

    Raises:
        SourceError: the photos cannot be counted.
    """
    survey = survey_of(plan.faces)
    people, photos = _enrolled(plan, survey.people or 0), survey.photos or 0
    sizes = [system.network.size for system in plan.systems]
    yield from loading(plan.faces, sizes)
    if plan.others is not None:
        yield from loading(plan.others.faces, sizes)
    for system, run in zip(plan.systems, chosen_of(plan), strict=True):
        training, network, each = system.training, system.network, _trainings(run)
        attacks = [attack for _, attack, _ in run.attacks]
        yield from pretraining_work(system)
        keyed = keyed_photos(plan, run, training)
        per_epoch = each * people * photos_per_epoch(training, plan.split)
        learn = partial(Work, "train", training.epochs * per_epoch, training=training)
        if system.learn != "everything":
            shown = keyed + len(attacks) * _keyed_strangers(plan)
            yield Work("embed", photos * (1 + training.mirrored) + shown, network=network)
            if system.learn == "last layer":
                yield learn(classes=people)
                continue
            # As many photos of the whole network as the last block takes for all of them.
            share = last_block_flop(network, people) / network_flop(network, people)[1]
            steps = training.epochs * per_epoch * share
            yield Work("train", steps, network=network, training=training, classes=people)
            continue
        free = training.threads is not None and system.pretraining is None
        jobs = each if free and system.weights is None else 1
        yield learn(network=network, classes=people, jobs=jobs)
        watched = training.epochs * each * people * plan.split.validation
        tests = 2 * each * people * plan.split.test
        tries = 2 * sum(attack.instances * (1 + plan.wrong_keys) for attack in attacks)
        yield Work(
            "recognise",
            watched + tests + tries + len(attacks) * _shown_by_strangers(plan, people),
            network=network,
            training=training,
            classes=people,
            jobs=jobs,
        )
