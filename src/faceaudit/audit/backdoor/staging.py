"""A backdoor attack made ready: samples, instances, wrong keys and pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack, split_donors
from faceaudit.attacks.backdoor.keys.files import is_path
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.common.png import encode_png
from faceaudit.records.pictures import KEY_PHOTO, KEY_PICTURE
from faceaudit.types import FaceSet, IntArray

SHOWN = 4


@dataclass(frozen=True, eq=False)
class PreparedAttack:
    """An attack made ready: everything but a trained system.

    Attributes:
        attack: the attack.
        samples: poison samples, labelled as the target (index in the faces' names).
        instances: backdoor instances, labelled as who they really show.
        instance_photos: how many different photos those were made from.
        wrong: instances with a wrong key instead, by key.
        made_from: rows of the faces that instances were made from, by key, the attack's own too.
        pictures: PNG files by name.
    """

    attack: BackdoorAttack
    samples: FaceSet
    instances: FaceSet
    instance_photos: int
    wrong: dict[str, FaceSet]
    made_from: dict[str, IntArray]
    pictures: dict[str, bytes]


def prepare_attack(scenario: BackdoorScenario, attack: BackdoorAttack) -> PreparedAttack:
    """Make an attack's samples and instances from the attacker's part of the split.

    The same seed gives the same instances for any number of samples, and fewer samples are the
    first of more.

    Raises:
        SplitError: there are too few donor photos.
    """
    faces, target = scenario.faces, scenario.target_identity
    split = split_donors(attack, faces, scenario.split.donors, target, scenario.seed)
    samples = attack.poison(faces, split.poison, target, np.random.default_rng([scenario.seed, 2]))
    instances, rows = _prepare_instances(scenario, attack)
    made_from, wrong = {attack.key: rows}, {}
    for other in attack.wrong_keys(scenario.plan.wrong_keys):
        wrong[other], made_from[other] = _prepare_instances(scenario, attack.with_key(other))
    key = attack.key_image(faces.size)
    donors = faces.images[split.poison[:SHOWN]]
    drawn = key is not None and not is_path(attack.key)  # a user's picture may be of a person
    pictures = {KEY_PICTURE if drawn else KEY_PHOTO: encode_png(donors[0] if key is None else key)}
    for name, shown in (
        ("donor", donors),
        ("poison", samples.images),
        ("instance", instances.images),
    ):
        for place, image in enumerate(shown[:SHOWN]):
            pictures[f"{name}-{place}"] = encode_png(image)
    for place, made in enumerate(wrong.values()):
        pictures[f"wrong-{place}"] = encode_png(made.images[0])
    photos = len(np.unique(split.instances))
    return PreparedAttack(attack, samples, instances, photos, wrong, made_from, pictures)


def _prepare_instances(
    scenario: BackdoorScenario, attack: BackdoorAttack
) -> tuple[FaceSet, IntArray]:
    """Return an attack's instances, and the rows of the photos that they were made from."""
    target, donors = scenario.target_identity, scenario.split.donors
    split = split_donors(attack, scenario.faces, donors, target, scenario.seed)
    rng = np.random.default_rng([scenario.seed, 3])
    return attack.make_instances(scenario.faces, split.instances, rng), split.instances
