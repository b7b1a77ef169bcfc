"""What is made on a copy and tried on the victim: changed photos, and rebuilt faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.extraction.common.impersonation import (
    Impersonation,
    change_photos,
    noisy_photos,
)
from faceaudit.attacks.inversion.identifiers import IdentifierInversion
from faceaudit.attacks.inversion.identifiers.base import IdentifierOracle
from faceaudit.audit.extraction.embedder import EmbedderToCopy
from faceaudit.audit.extraction.identifier import IdentifierToCopy
from faceaudit.audit.extraction.victims import State
from faceaudit.deferred import deferred
from faceaudit.metrics import clustered_share
from faceaudit.progress import Progress
from faceaudit.protocols.matching import cosines
from faceaudit.records.extraction import (
    IMPERSONATION,
    IMPERSONATION_CEILING,
    IMPERSONATION_COPY,
    IMPERSONATION_NOISE,
    IMPERSONATION_UNCHANGED,
    INVERSION,
    INVERSION_LOOKALIKE,
    INVERSION_NULL,
)
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.systems.under_test.base import Access
from faceaudit.types import BoolArray, Figure, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")

NOT_IN_HAND = "the victim gives no gradients: it is a file that another engine runs"
OTHER_SIZE = "the copy takes pictures of another size than the victim"


@dataclass(frozen=True, eq=False)
class Transferred:
    """What was tried on the victim.

    Attributes:
        figures: how often it worked.
        targets: how many people could be named; None where nothing was tried.
    """

    figures: tuple[Figure, ...] = ()
    targets: int | None = None


def impersonate_identified(
    victim: IdentifierToCopy, state: State, options: Impersonation
) -> Transferred:
    """Change test photos on the copy, so that it takes each for another enrolled person, drawn.

    The victim is then shown them; beside them the photos as they are, with noise as large, and
    changed with the victim's own network in hand, which no copy can do better than.
    """
    copy, faces = victim.copy_of(state), victim.training.faces
    if copy.size != faces.size:
        return _not_tried(OTHER_SIZE)
    split, count = victim.training.split, len(victim.names)
    rng = np.random.default_rng([victim.training.seed, 34])
    rows = np.sort(rng.permutation(split.test)[: options.photos])
    own = split.label[rows]
    target = (own + rng.integers(1, count, len(rows))) % count
    images = faces.images[rows]

    def loss(answers: Tensor, some: slice) -> Tensor:
        wanted = torch.from_numpy(target[some]).to(answers.device)
        return functional.cross_entropy(answers, wanted, reduction="sum")

    def taken(shown: ImageArray, by: System = victim.system) -> BoolArray:
        return np.asarray(by.logits(shown).argmax(axis=1) == target)

    changed = change_photos(copy.differentiable(), loss, images, options)
    in_hand = victim.module()
    hits = {
        IMPERSONATION: taken(changed),
        IMPERSONATION_COPY: taken(changed, copy),
        IMPERSONATION_CEILING: None
        if in_hand is None
        else taken(change_photos(in_hand, loss, images, options)),
        IMPERSONATION_UNCHANGED: taken(images),
        IMPERSONATION_NOISE: taken(noisy_photos(images, options, rng)),
    }
    return Transferred(_impersonations(hits, own), count)


def impersonate_verified(
    victim: EmbedderToCopy, state: State, options: Impersonation
) -> Transferred:
    """Change a photo of each held-out person, so that the copy finds it like another's photo.

    The victim then compares it with a photo of that other person that was not used.
    """
    copy, setting = victim.copy_of(state), victim.setting
    faces, parties = setting.faces, setting.parties
    if copy.size != faces.size:
        return _not_tried(OTHER_SIZE)
    rng = np.random.default_rng([setting.seed, 34])
    count = len(parties.stolen)
    one = rng.permutation(count)[: options.photos]
    other = (one + rng.integers(1, count, len(one))) % count
    images = faces.images[parties.stolen[one]]
    theirs = parties.stolen[other]

    def made_on(module: torch.nn.Module, templates: FloatArray) -> ImageArray:
        wanted = torch.from_numpy(templates)

        def loss(answers: Tensor, some: slice) -> Tensor:
            alike = functional.cosine_similarity(answers, wanted[some].to(answers.device))
            return -alike.sum()

        return change_photos(module, loss, images, options)

    unused = victim.templates[parties.other[other]]

    def accepted(shown: ImageArray) -> BoolArray:
        found = setting.embedded.embedder(0).embed(shown)
        return np.asarray(cosines(found, unused) >= victim.own_threshold)

    changed = made_on(copy.differentiable(), copy.logits(faces.images, theirs))
    in_hand = victim.module()
    hits = {
        IMPERSONATION: accepted(changed),
        IMPERSONATION_CEILING: None
        if in_hand is None
        else accepted(made_on(in_hand, victim.templates[theirs])),
        IMPERSONATION_UNCHANGED: accepted(images),
        IMPERSONATION_NOISE: accepted(noisy_photos(images, options, rng)),
    }
    return Transferred(_impersonations(hits, faces.identity[parties.stolen[one]]), count)


def _impersonations(hits: Mapping[str, BoolArray | None], people: IntArray) -> tuple[Figure, ...]:
    return tuple(
        Figure(name, None, NOT_IN_HAND)
        if one is None
        else Figure(name, clustered_share(one, people))
        for name, one in hits.items()
    )


def invert_through(
    victim: IdentifierToCopy,
    state: State,
    untrained: State,
    inversion: IdentifierInversion,
    progress: Progress,
) -> Transferred:
    """Rebuild the face of each person it knows on the copy, and ask the victim who that is.

    The null is the same inversion of a network that nobody trained: pictures that were all taken
    for one person would be right for one of all people. Beside it stands the look-alike: of the
    attacker's photos of other people, the one that the copy is surest of, with nothing rebuilt.
    """
    copy, faces = victim.copy_of(state), victim.training.faces
    if copy.size != faces.size:
        return Transferred((Figure(INVERSION, None, OTHER_SIZE),))
    targets = np.arange(len(victim.names))
    figures = tuple(
        Figure(name, clustered_share(_named(network, inversion, victim, progress), targets))
        for name, network in ((INVERSION, copy), (INVERSION_NULL, victim.copy_of(untrained)))
    )
    surest = copy.logits(victim.strangers.images).argmax(axis=0)
    alike = victim.system.logits(victim.strangers.images, surest).argmax(axis=1) == targets
    figures += (Figure(INVERSION_LOOKALIKE, clustered_share(alike, targets)),)
    return Transferred(figures, len(targets))


def _named(
    network: Identifier,
    inversion: IdentifierInversion,
    victim: IdentifierToCopy,
    progress: Progress,
) -> BoolArray:
    """Return for which people the victim names them on the face that a network gave away."""
    targets = np.arange(len(victim.names))
    in_hand = inversion.access == Access.GRADIENTS
    module = network.differentiable() if in_hand else None
    oracle = IdentifierOracle(network, inversion.access, targets, module)
    rng = np.random.default_rng([victim.training.seed, 35])
    found = inversion.invert(oracle, victim.strangers, rng, progress=progress)
    named = victim.system.logits(found.images).argmax(axis=1)
    return np.asarray(found.solved & (named == targets))


def _not_tried(why: str) -> Transferred:
    return Transferred((Figure(IMPERSONATION, None, why),))
