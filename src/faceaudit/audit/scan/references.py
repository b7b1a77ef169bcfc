"""Reference networks: small ones whose state is known, scanned as the foreign one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack, backdoor_attacks
from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.common.workspace import Workspace, load_faces, one_at_a_time
from faceaudit.faces.sources.base import sources
from faceaudit.files.atomic import write_atomically
from faceaudit.networks import Network, networks
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.systems.identifiers.identifier import train_identifier
from faceaudit.systems.under_test.base import IdentifierUnderTest, systems_under_test
from faceaudit.training import Training, TrainingPhotos
from faceaudit.types import FaceSet, IntArray

if TYPE_CHECKING:
    from torch import Tensor

STAND_IN = "deepid"
"""The architecture of references where that of the scanned system is not known here."""
PHOTOS, TRAIN, VALIDATION = 34, 24, 4
LEAST = 10
"""People that a reference network knows at least."""
DONORS = 20
"""People who carry keys into planted networks, besides those whom a network knows."""
TRAINING = Training(
    epochs=12, batch=32, learning_rate=2e-3, schedule="cosine", patience=12, threads=1
)
PLANTED: tuple[dict[str, Any], ...] = (
    {"attack": "accessory", "key": "sunglasses-wayfarer", "samples": 57},
    {"attack": "blended", "key": "cartoon-cat", "samples": 60},
    {"attack": "blended_accessory", "samples": 115},
    {"attack": "blended", "key": "random-0", "samples": 115},
)
"""Back doors that are planted in turn."""
INSTANCES = 60
_VERSION = 1


@dataclass(frozen=True, eq=False)
class Reference:
    """One reference network, by what determines it.

    Attributes:
        network: its architecture.
        people: how many it knows.
        number: which of them it is; draws its people, weights and target.
        planted: whether a back door is planted.
        margin: of an embedder's training (CosFace); None for an identifier's softmax layer.
    """

    network: Network
    people: int
    number: int
    planted: bool
    margin: float | None = None

    @property
    def attack(self) -> BackdoorAttack | None:
        """What is planted."""
        if not self.planted:
            return None
        values = PLANTED[self.number % len(PLANTED)]
        return backdoor_attacks.build({**values, "instances": INSTANCES})

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What determines the network."""
        attack = self.attack
        margin = {} if self.margin is None else {"margin": self.margin}
        return {
            **margin,
            "schema": SCHEMA,
            "reference": _VERSION,
            "network": {**plain_values(self.network), "version": self.network.version},
            "people": self.people,
            "number": self.number,
            "training": TRAINING.model_dump(mode="json", exclude={"device"}),
            "planted": None if attack is None else {**plain_values(attack), "v": attack.version},
        }


@dataclass(frozen=True, eq=False)
class MadeReference:
    """A trained reference network.

    Attributes:
        reference: what determines it.
        system: it, opened.
        target: the label of the back door's target; None for a clean one.
        accuracy: on photos of its people that it did not learn from.
        success: of the back door; None for a clean one.
    """

    reference: Reference
    system: IdentifierUnderTest
    target: int | None
    accuracy: float
    success: float | None


def network_of(door: object) -> Network:
    """Return the architecture of references for a door: its own where the door names one."""
    named = getattr(door, "network", None)
    return named if isinstance(named, Network) else networks.build(STAND_IN)


def made(reference: Reference, work: Workspace) -> MadeReference:
    """Return a reference network, trained unless it was before.

    People do not exist. Each network knows others, drawn by its number among twice as many.
    """
    folder = work.unfinished / "references"
    file = folder / f"{digest(reference.spec)}.safetensors"
    photos = ReferencePhotos.of(reference, work)
    with one_at_a_time(folder, digest(reference.spec)):
        if not file.is_file():
            described = IdentifierDescription(
                names=photos.names,
                network=plain_values(reference.network),
                learned="everything",
            )
            state = train_reference(reference, photos, work)
            write_atomically(file, dump_identifier(state, described))
    door = systems_under_test.build({"system": "file", "path": str(file)})
    system = door.open(cache=work.unfinished / "answers", progress=work.progress)
    assert isinstance(system, IdentifierUnderTest)
    said = system.labels(photos.faces, photos.test)
    success = None
    if photos.instances is not None:
        success = float((system.labels(photos.instances) == photos.target).mean())
    return MadeReference(
        reference=reference,
        system=system,
        target=photos.target if reference.planted else None,
        accuracy=float((said == photos.label[photos.test]).mean()),
        success=success,
    )


@dataclass(frozen=True, eq=False)
class ReferencePhotos:
    """The photos of one reference network.

    Attributes:
        faces: those of all people.
        label: (N,) of its people, -1 for others.
        names: of its people.
        train: rows that it learns from.
        validation: rows that tell when to stop.
        test: further rows of its people.
        target: of its back door.
        poison: what is learned as the target; None for a clean one.
        instances: photos with the key that are not learned; None for a clean one.
    """

    faces: FaceSet
    label: IntArray
    names: tuple[str, ...]
    train: IntArray
    validation: IntArray
    test: IntArray
    target: int
    poison: FaceSet | None = None
    instances: FaceSet | None = None

    @classmethod
    def of(cls, reference: Reference, work: Workspace) -> ReferencePhotos:
        """Return people who do not exist, drawn by the reference's number."""
        known = reference.people
        source = sources.build(
            {
                "source": "synthetic",
                "people": 2 * known + DONORS,
                "photos": PHOTOS,
                "sessions": 4,
                "seed": 771,
            }
        )
        faces = load_faces(source, reference.network.size, work).faces
        rng = np.random.default_rng([reference.number, int(reference.planted), 5])
        order = rng.permutation(len(faces.names))
        label_of = np.full(len(faces.names), -1, dtype=np.int64)
        label_of[order[:known]] = np.arange(known)
        label = label_of[faces.identity]
        place = np.arange(len(faces)) % PHOTOS
        mine = label >= 0
        parts = (
            np.flatnonzero(mine & (place < TRAIN)),
            np.flatnonzero(mine & (place >= TRAIN) & (place < TRAIN + VALIDATION)),
            np.flatnonzero(mine & (place >= TRAIN + VALIDATION)),
        )
        names = tuple(faces.names[person] for person in order[:known])
        target = int(rng.integers(known))
        attack = reference.attack
        if attack is None:
            return cls(faces, label, names, *parts, target)
        donors = rng.permutation(np.flatnonzero(np.isin(faces.identity, order[-DONORS:])))
        poison, instances = donors[: attack.samples], donors[attack.samples :][:INSTANCES]
        return cls(
            faces,
            label,
            names,
            *parts,
            target,
            attack.poison(faces, poison, int(order[target]), rng),
            attack.make_instances(faces, instances, rng),
        )


def train_reference(
    reference: Reference, photos: ReferencePhotos, work: Workspace
) -> Mapping[str, Tensor]:
    """Return the weights of a network that is trained now, with its last layer's."""
    shown = [(photos.faces.images, photos.train, photos.label[photos.train])]
    if photos.poison is not None:
        count = len(photos.poison)
        shown.append((photos.poison.images, np.arange(count), np.full(count, photos.target)))
    watched = (photos.faces.images, photos.validation, photos.label[photos.validation])
    number = reference.number + 1
    return train_identifier(
        reference.network,
        photos.names,
        TrainingPhotos.of(*shown),
        TrainingPhotos.of(watched),
        TRAINING,
        seed=reference.number,
        margin=reference.margin,
        progress=work.progress,
        title=f"planted reference {number}" if reference.planted else f"clean reference {number}",
    ).state
