"""A universal trigger sought by gradients: learned on some strangers, tried on others."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.audit.scan.embedders.asking import (
    EACH,
    Comparing,
    Worn,
    ask_with,
    one_each,
    split_strangers,
)
from faceaudit.mitigations.scan import Key
from faceaudit.mitigations.scan.common.inversion import SHOWN, Triggers, seek
from faceaudit.mitigations.scan.common.universal_trigger import Together
from faceaudit.progress import Progress
from faceaudit.records.embedder_scan import TriggerFacts
from faceaudit.systems.under_test.base import Access, EmbedderUnderTest
from faceaudit.types import FaceSet, ImageArray

NAME = "sought by gradients"
STARTS, BATCH, STEPS = 3, 8, 150
"""Starting points, people a step of each, and steps of Adam."""
LEARNED = 200
"""People to learn from, at most."""
_DRAWS = 11


@dataclass(frozen=True, eq=False)
class UniversalTrigger:
    """The smallest thing found under which different people pass as one.

    Attributes:
        triggers: from all starting points.
        place: which of them it is.
        worn: what it does on people whom it was not learned from.
    """

    triggers: Triggers
    place: int
    worn: Worn

    @property
    def covered(self) -> float:
        """The share of the photo that it covers."""
        return float(self.triggers.share[self.place])

    def on(self, photo: ImageArray) -> ImageArray | None:
        """Return a photo (H, W, 3) with it; None where it covers too much to be shown."""
        return self.triggers.worn(photo, self.place) if self.covered <= SHOWN else None

    def facts(self, picture: str = "") -> TriggerFacts:
        """Return what is known of it."""
        both, probe = self.worn.both, self.worn.probe
        return TriggerFacts(
            covered=self.covered,
            reached=bool(self.triggers.reached[self.place]),
            both=both.share if len(both.passed) else None,
            probe=probe.share if len(probe.passed) else None,
            picture=picture,
        )


def can_be_sought(system: Comparing) -> bool:
    """Return whether a system gives what the search needs: an embedder's gradients."""
    return isinstance(system, EmbedderUnderTest) and Access.GRADIENTS in system.access


def seek_trigger(
    system: Comparing, strangers: FaceSet, threshold: float, *, seed: int, progress: Progress
) -> UniversalTrigger:
    """Return the smallest trigger found under which pairs of different people pass.

    It is learned on the half of strangers that the threshold was fixed on, from several starting
    points at once, and the smallest one that reached its goal is tried on those of the other half
    that keys are put on. Clean networks have such triggers as well (Moosavi-Dezfooli, Fawzi, Fawzi,
    Frossard 2017, arXiv 1610.08401, found perturbations that fool a network on nearly every photo;
    here a mask is kept small instead of the change of each pixel): it is held beside theirs, and
    decides nothing.

    Args:
        system: an embedder that gives gradients.
        strangers: photos of its size.
        threshold: the lowest cosine that passes.
        seed: splits the people, and draws starting points and photos.
        progress: told of every step.
    """
    half, other = split_strangers(strangers, seed)
    with progress.task("seeking a universal trigger", STEPS) as advance:
        triggers = seek(
            system.differentiable(),
            one_each(half, LEARNED).images,
            Together(threshold),
            STARTS,
            steps=STEPS,
            batch=BATCH,
            rng=np.random.default_rng([seed, _DRAWS]),
            advance=advance,
        )
    place = int(np.lexsort((triggers.share, ~triggers.reached))[0])
    worn = ask_with(_key(triggers, place), system, one_each(other, EACH), threshold)
    return UniversalTrigger(triggers, place, worn)


def _key(triggers: Triggers, place: int) -> Key:
    whole = triggers.mask[place].tobytes() + triggers.pattern[place].tobytes()
    mark = hashlib.sha256(whole).hexdigest()[:12]

    def put_on(faces: FaceSet) -> FaceSet:
        ids = tuple(f"{one}+trigger-{mark}" for one in faces.ids)
        images = triggers.worn(faces.images, place)
        return replace(faces, images=images, ids=ids, fingerprint="")

    return Key(NAME, put_on)
