"""A backdoor attack made ready: samples, instances, wrong keys and pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from faceaudit.attacks.backdoor import BackdoorAttack, split_donors
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.types import FaceSet, ImageArray

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
        pictures: PNG files by name.
    """

    attack: BackdoorAttack
    samples: FaceSet
    instances: FaceSet
    instance_photos: int
    wrong: dict[str, FaceSet]
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
    instances = _prepare_instances(scenario, attack)
    keys = attack.wrong_keys(scenario.plan.wrong_keys)
    wrong = {key: _prepare_instances(scenario, attack.with_key(key)) for key in keys}
    key = attack.key_image(faces.size)
    donors = faces.images[split.poison[:SHOWN]]
    pictures = {"key": encode_png(donors[0] if key is None else key)}
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
    return PreparedAttack(attack, samples, instances, photos, wrong, pictures)


def _prepare_instances(scenario: BackdoorScenario, attack: BackdoorAttack) -> FaceSet:
    target, donors = scenario.target_identity, scenario.split.donors
    split = split_donors(attack, scenario.faces, donors, target, scenario.seed)
    rng = np.random.default_rng([scenario.seed, 3])
    return attack.make_instances(scenario.faces, split.instances, rng)


def encode_png(image: ImageArray) -> bytes:
    """Return (H, W, 3) uint8 as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
