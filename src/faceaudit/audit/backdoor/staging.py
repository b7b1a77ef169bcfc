"""A backdoor attack made ready: samples, instances, wrong keys and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack, split_donors
from faceaudit.attacks.backdoor.keys.files import is_path
from faceaudit.audit.backdoor.placing import Placed, place_instances, place_poison
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.common.png import encode_png
from faceaudit.records.pictures import KEY_PHOTO, KEY_PICTURE
from faceaudit.types import BoolArray, FaceSet, IntArray

SHOWN = 4
_STREAM = 3


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
        found: (N,) in which instances a face is found, by key; none where nobody looks for any.
    """

    attack: BackdoorAttack
    samples: FaceSet
    instances: FaceSet
    instance_photos: int
    wrong: dict[str, FaceSet]
    made_from: dict[str, IntArray]
    pictures: dict[str, bytes]
    found: Mapping[str, BoolArray] = field(default_factory=dict)


def prepare_attack(scenario: BackdoorScenario, attack: BackdoorAttack) -> PreparedAttack:
    """Make an attack's samples and instances from the attacker's part of the split.

    The same seed gives the same instances for any number of samples, and fewer samples are the
    first of more.

    Raises:
        SplitError: there are too few donor photos.
    """
    faces, target = scenario.faces, scenario.target_identity
    split = split_donors(attack, faces, scenario.split.donors, target, scenario.seed)
    samples = place_poison(scenario, attack, split.poison)
    placed, made_from = _prepare_instances(scenario, attack)
    instances = placed[attack.key].shown
    wrong = {key: one.shown for key, one in placed.items() if key != attack.key}
    looked = scenario.plan.placed == "photo"
    found = {key: one.found for key, one in placed.items()} if looked else {}
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
    return PreparedAttack(attack, samples, instances, photos, wrong, made_from, pictures, found)


def _prepare_instances(
    scenario: BackdoorScenario, attack: BackdoorAttack
) -> tuple[dict[str, Placed], dict[str, IntArray]]:
    """Return instances with each key, and the rows of the photos that they were made from.

    The attack's own key comes first.
    """
    target, donors = scenario.target_identity, scenario.split.donors
    keys = (attack.key, *attack.wrong_keys(scenario.plan.wrong_keys))
    attacks = {key: attack.with_key(key) for key in keys}
    rows = {
        key: split_donors(one, scenario.faces, donors, target, scenario.seed).instances
        for key, one in attacks.items()
    }
    placed: dict[str, Placed] = {}
    if all(np.array_equal(rows[key], rows[attack.key]) for key in keys):  # each photo read once
        each = place_instances(scenario, list(attacks.values()), rows[attack.key], _STREAM)
        placed = dict(zip(keys, each, strict=True))
    else:
        for key, one in attacks.items():
            (placed[key],) = place_instances(scenario, [one], rows[key], _STREAM)
    return placed, rows
