"""A face rebuilt from one template, held against what rebuilds nothing, before several networks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import faceaudit
from faceaudit.app.networks import KnownNetwork
from faceaudit.app.parts.give_away.apart import rebuild_apart
from faceaudit.app.parts.give_away.others import Others
from faceaudit.app.parts.give_away.seen import crop_of
from faceaudit.app.reference import Reference
from faceaudit.errors import FaceAuditError
from faceaudit.types import Estimate, Float64Array, FloatArray, ImageArray

if TYPE_CHECKING:
    from faceaudit.api.rebuilding import Looking, RebuiltFace

_GENERATOR = {"generator": "principal_components", "count": 200, "photos": 720}
ATTACKS: dict[str, tuple[dict[str, Any], ...]] = {
    # From the average face first: so it is seen how the person comes out of it.
    "white_box": (
        {"attack": "white_box", "generator": _GENERATOR, "start": "average", "least": 0.0},
        {"attack": "white_box", "generator": _GENERATOR},
    ),
    "search": ({"attack": "search", "generator": _GENERATOR, "queries": 600},),
}
"""What the attacker may have, the network itself or the scores that the system answers with, and
what is tried then: one after the other until a face is alike."""
ALIKE = 0.9
"""A score with the stolen template, which the attacker has, at which nothing else is tried."""
REFERENCES = ("look_alike", "average_face", "random_face")
"""Pictures that rebuild nothing."""
PHOTO, REBUILT = "photo", "rebuilt"
FMRS = (0.01, 0.001)
"""False match rates at whose thresholds pictures are to pass."""
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, eq=False)
class Stolen:
    """The photo whose template is stolen.

    Attributes:
        pixels: (H, W, 3) uint8 RGB; the attacker never sees it.
        other: another photo of the person; None where there is none.
        place: its number in the gallery; None of a photo that somebody brought.
        real: whether the person may exist.
    """

    pixels: ImageArray
    other: ImageArray | None = None
    place: int | None = None
    real: bool = False


@dataclass(frozen=True)
class Passing:
    """What a network says of a picture.

    Attributes:
        score: cosine with a photo of the person.
        strangers: share of strangers who score as high; None where most do.
        passes: whether it reaches the thresholds of `FMRS`; None where there is none.
    """

    score: float
    strangers: Estimate | None
    passes: tuple[bool | None, ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that is shown to networks in the place of the person.

    Attributes:
        name: "photo", "rebuilt", or a reference.
        image: (H, W, 3) uint8.
        own: cosine with the stolen template by the attacked network.
        before: what each network says against another photo, by the network's name; empty where
            there is none.
    """

    name: str
    image: ImageArray
    own: float
    before: dict[str, Passing]


@dataclass(frozen=True, eq=False)
class Attempt:
    """All there is to show of an attempt.

    Attributes:
        template: (E,) that was stolen.
        crop: the stolen photo as the network saw it.
        rebuilt: the face, and how it came about.
        other: (S,) cosines of the pictures on the way with another photo, by the attacked network;
            None where there is none.
        pictures: the rebuilt face first, then the photo itself and the references.
    """

    template: FloatArray
    crop: ImageArray
    rebuilt: RebuiltFace
    other: Float64Array | None
    pictures: tuple[Picture, ...]


def attacks_on(network: KnownNetwork) -> tuple[str, ...]:
    """Return what can be tried on a network: one that gives no gradients can only be asked."""
    try:
        network.embedder.differentiable()
    except FaceAuditError:
        return ("search",)
    return tuple(ATTACKS)


def attempt(
    stolen: Stolen,
    attacked: KnownNetwork,
    networks: Sequence[KnownNetwork],
    others: Others,
    attack: str,
    watch: Looking,
) -> Attempt:
    """Rebuild a face from a photo's template, and show it to networks.

    Args:
        stolen: the photo.
        attacked: the network whose template is stolen.
        networks: those that are to be passed, the attacked one among them.
        others: the attacker's own photos are among them.
        attack: of `ATTACKS`.
        watch: is shown pictures on the way.

    Raises:
        PhotoError: no face in a photo can be used.
        CaseError: the process in which a large network is attacked ended.
    """
    crop = crop_of(attacked, stolen.pixels)
    template: FloatArray = faceaudit.embed(attacked.embedder, crop[None])[0]
    judged = {}
    if stolen.other is not None:
        judged = {one.name: crop_of(one, stolen.other) for one in networks}

    def rebuild(how: dict[str, Any]) -> RebuiltFace:
        if not attacked.own:  # it may be a large one
            return rebuild_apart(attacked, others, template, how, watch)
        with _one_at_a_time:  # several at once on two cores would only make everybody wait
            return here(how, watch)

    def here(how: Any, looking: Looking | None = None) -> RebuiltFace:
        return faceaudit.rebuild_face(
            attacked.embedder,
            template,
            others.own_faces,
            attack=how,
            watch=looking,
            cache=others.cache,
        )

    found = rebuild(ATTACKS[attack][0])
    for further in ATTACKS[attack][1:]:
        if found.scores[-1] < ALIKE:
            found = max(found, rebuild(further), key=lambda one: float(one.scores[-1]))
    held = {name: here(name) for name in REFERENCES}
    each = [_picture(REBUILT, found, networks, judged)]
    if stolen.other is not None:
        before = {
            one.name: _passing(one.reference, one.compare(stolen.pixels, stolen.other).cosine)
            for one in networks
        }
        each.append(Picture(PHOTO, crop, 1.0, before))
    each += [_picture(name, one, networks, judged) for name, one in held.items()]
    other = None
    if stolen.other is not None:
        other = found.scores_with(attacked.embedder, judged[attacked.name])
    return Attempt(template, crop, found, other, tuple(each))


def _picture(
    name: str,
    found: RebuiltFace,
    networks: Sequence[KnownNetwork],
    judged: dict[str, ImageArray],
) -> Picture:
    before = {
        one.name: _passing(
            one.reference, float(found.scores_with(one.embedder, judged[one.name])[-1])
        )
        for one in networks
        if one.name in judged
    }
    return Picture(name, found.image, float(found.scores[-1]), before)


def _passing(reference: Reference, score: float) -> Passing:
    points = [reference.point_at(fmr) for fmr in FMRS]
    return Passing(
        score,
        reference.strangers_at(score),
        tuple(
            None if point is None or point.threshold is None else score >= point.threshold
            for point in points
        ),
    )


def threshold(reference: Reference, fmr: float) -> float | None:
    """Return the threshold for a false match rate; None where there are too few strangers."""
    point = reference.point_at(fmr)
    return None if point is None else point.threshold
