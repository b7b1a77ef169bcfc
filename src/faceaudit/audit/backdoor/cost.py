"""The cost of a backdoor section."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from faceaudit.attacks.backdoor import BackdoorAttack
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
from faceaudit.audit.common.workload import Work, loading, pretraining_work
from faceaudit.records.backdoor import OPEN_PHOTOS
from faceaudit.registry import digest
from faceaudit.training import Training


def backdoor_cost(plan: BackdoorPlan, *, look: bool) -> Cost:
    """Return an upper bound of what the section costs.

    Args:
        plan: the section, with its seeds.
        look: whether photos may be counted; what depends on them is unknown otherwise.
    """
    survey, missing = survey_source(plan.faces, look=look)
    seeds = plan.seeds or ()
    attacks = [attack for seed in seeds for attack, _ in plan.variants(seed)]
    treated = [one for seed in seeds for one in plan.treated(seed)]
    again = _trained_again(plan)
    each = len(seeds) + len(attacks) + len(again)
    cases = len(seeds) + len(attacks) + len(treated)
    samples = sum(attack.samples for attack in (*attacks, *filter(None, again)))
    shown, embedded, petaflop = 0, 0, 0.0
    for system in plan.systems if look else ():
        people, last = _enrolled(plan, survey.people or 0), system.learn != "everything"
        forward, whole = network_flop(system.network, people or 2)
        learning = {"everything": whole, "last layer": 0.0}.get(system.learn)
        if learning is None:
            learning = last_block_flop(system.network, people or 2)
        training = system.training
        per_epoch = each * people * photos_per_epoch(training, plan.split)
        if not training.balanced:  # otherwise they take the place of the target's own photos
            per_epoch += samples * (1 + training.mirrored)
        here = training.epochs * per_epoch
        shown += here
        petaflop += here * learning / 1e15
        if last:  # each photo goes through the network once, its mirror image too
            photos = (survey.photos or 0) * (1 + training.mirrored) + keyed_photos(plan, training)
            photos += len(attacks) * _keyed_strangers(plan)
            embedded += photos
            petaflop += photos * forward / 1e15
        more, missing_more = pretraining_photos(system)
        shown += more
        petaflop += more * whole / 1e15 if more else 0.0
        missing = missing or missing_more
    return section_cost(
        survey,
        sizes={system.network.size for system in plan.systems},
        cases=cases * len(plan.systems),
        trainings=each * len(plan.systems),
        training_photos=shown,
        petaflop=petaflop,
        missing=missing,
        embeddings=embedded,
        detects=looks_for_faces(plan.faces),
    )


def _trained_again(plan: BackdoorPlan) -> list[BackdoorAttack | None]:
    """Return what systems are attacked by that are trained once more, without some photos.

    Repairs learn from few photos, and are not counted.
    """
    return [
        attack
        for seed in plan.seeds or ()
        for treatment, attack in plan.treated(seed)
        if treatment.removal is not None
    ]


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


def keyed_photos(plan: BackdoorPlan, training: Training) -> int:
    """Return how many photos with a key on them a trained network embeds, at most.

    Fewer samples are the first of more, and the instances of an attack are the same for any number
    of samples: under one seed each photo is made once.
    """
    photos = 0
    for seed in plan.seeds or ():
        most: dict[str, tuple[int, int]] = {}
        for attack, usual in plan.variants(seed):
            name = digest([attack.model_copy(update={"samples": usual}).identity()])
            samples, _ = most.get(name, (0, 0))
            tries = attack.instances * (1 + plan.wrong_keys)
            most[name] = (max(samples, attack.samples), tries)
        photos += sum(made * (1 + training.mirrored) + tries for made, tries in most.values())
    return photos


def backdoor_work(plan: BackdoorPlan) -> Iterator[Work]:
    """Yield the work of the section, with its seeds, by kind.

    Raises:
        SourceError: the photos cannot be counted.
    """
    survey = plan.faces.survey()
    people, photos = _enrolled(plan, survey.people or 0), survey.photos or 0
    seeds = plan.seeds or ()
    attacks = [attack for seed in seeds for attack, _ in plan.variants(seed)]
    each = len(seeds) + len(attacks) + len(_trained_again(plan))
    sizes = [system.network.size for system in plan.systems]
    yield from loading(plan.faces, sizes)
    if plan.others is not None:
        yield from loading(plan.others.faces, sizes)
    for system in plan.systems:
        training, network = system.training, system.network
        yield from pretraining_work(system)
        keyed = keyed_photos(plan, training)
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
