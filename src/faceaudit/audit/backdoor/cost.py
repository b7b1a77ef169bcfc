"""The cost of a backdoor section."""

from __future__ import annotations

from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.common.cost import (
    Cost,
    network_flop,
    photos_per_epoch,
    pretraining_photos,
    section_cost,
    survey_source,
)


def backdoor_cost(plan: BackdoorPlan, *, look: bool) -> Cost:
    """Return an upper bound of what the section costs.

    Args:
        plan: the section, with its seeds.
        look: whether photos may be counted; what depends on them is unknown otherwise.
    """
    survey, missing = survey_source(plan.faces, look=look)
    seeds = plan.seeds or ()
    attacks = [attack for seed in seeds for attack, _ in plan.variants(seed)]
    each = len(seeds) + len(attacks)
    samples = sum(attack.samples for attack in attacks)
    shown, petaflop = 0, 0.0
    for system in plan.systems if look else ():
        people, last = survey.people or 0, system.learn == "last layer"
        forward, whole = network_flop(system.network, people or 2)
        training = system.training
        per_epoch = each * people * photos_per_epoch(training, plan.split)
        if not training.balanced:  # otherwise they take the place of the target's own photos
            per_epoch += samples * (1 + training.mirrored)
        here = training.epochs * per_epoch
        shown += here
        petaflop += here * (0 if last else whole) / 1e15
        if last:  # each photo goes through the network once, its mirror image too
            petaflop += (survey.photos or 0) * (1 + training.mirrored) * forward / 1e15
        more, missing_more = pretraining_photos(system)
        shown += more
        petaflop += more * whole / 1e15 if more else 0.0
        missing = missing or missing_more
    return section_cost(
        survey,
        sizes={system.network.size for system in plan.systems},
        cases=each * len(plan.systems),
        trainings=each * len(plan.systems),
        training_photos=shown,
        petaflop=petaflop,
        missing=missing,
    )
