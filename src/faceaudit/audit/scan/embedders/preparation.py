"""The preparation of pixels of an embedder's file that does not say which one its network takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.audit.scan.embedders.asking import (
    BARE_PARTNERS,
    beside,
    comparer,
    genuine_pairs,
    impostors,
    lowest_passing,
    one_each,
    split_strangers,
)
from faceaudit.audit.scan.preparation import best_way, doors_of_ways, is_unknown
from faceaudit.errors import InputError
from faceaudit.records.embedder_scan import Alike, ComparedPreparationFacts
from faceaudit.systems.under_test.base import EmbedderUnderTest, SystemUnderTest
from faceaudit.types import BoolArray, FaceSet, FloatArray, IntArray

FEWEST = 20
"""Pairs of photos of one person below which photos are compared with altered copies."""
CLEARLY = 0.25
"""Standard deviations by which another way must separate better than the network's own at least."""
MOVED, FADED, DARKER = 0.025, 0.75, 28.0
"""Of altered copies: shares of their sides, of their contrast, and grey levels."""

Open = Callable[[SystemUnderTest], EmbedderUnderTest]


@dataclass(frozen=True, eq=False)
class PreparedEmbedder:
    """An embedder with the preparation of pixels that was taken, and what was tried."""

    system: EmbedderUnderTest
    tried: tuple[ComparedPreparationFacts, ...]


def prepared_embedder(
    door: SystemUnderTest,
    system: EmbedderUnderTest,
    strangers: FaceSet,
    open_: Open,
    *,
    fmr: float,
    seed: int,
) -> PreparedEmbedder:
    """Return an embedder with the preparation of pixels under which it tells strangers apart best.

    A network that is fed in a wrong range fails in silence: it takes everybody for nearly one
    person. Whoever scans knows which photos of strangers show one person. So under each usual way
    pairs of one stranger are held against pairs of two, by the distance of their mean cosines in
    standard deviations (d'; Daugman 2000, University of Cambridge, UCAM-CL-TR-482), and the way
    with the largest is taken. Shares that pass are shown beside, and do not choose: under several
    ways nearly all pass. Where hardly any stranger has two photos, each photo is compared with a
    copy that is mirrored, moved, darkened and faded. The network's own way is kept unless another
    separates a tenth and a quarter of a standard deviation better.

    Args:
        door: the system's.
        system: it, opened in its own way.
        strangers: photos of its size.
        open_: opens a door.
        fmr: false match rate at which passing pairs are counted.
        seed: splits the people.
    """
    if not is_unknown(door):
        return PreparedEmbedder(system, ())
    pairs = _Pairs.of(strangers, seed)
    systems = {name: open_(one) for name, one in doors_of_ways(door).items()}
    seen = {name: _seen(one, pairs, fmr) for name, one in systems.items()}
    known = {name: -np.inf if one is None else one[0] for name, one in seen.items()}
    taken = best_way(known, CLEARLY)
    tried = tuple(
        ComparedPreparationFacts(
            name=name,
            separation=None if one is None else one[0],
            passing=None if one is None else one[1],
            alike=pairs.alike,
            taken=name == taken,
        )
        for name, one in seen.items()
    )
    return PreparedEmbedder(systems[taken], tried)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Photos to embed under each way, and which of them are compared.

    Attributes:
        faces: N photos.
        same: rows of pairs of one person.
        different: rows of pairs of two.
        fixing: (D,) which pairs of two fix the threshold: those of one half of the people.
        counted: (G,) which pairs of one are counted at it: those of the other half.
        alike: what pairs of one person are.
    """

    faces: FaceSet
    same: tuple[IntArray, IntArray]
    different: tuple[IntArray, IntArray]
    fixing: BoolArray
    counted: BoolArray
    alike: Alike

    @classmethod
    def of(cls, strangers: FaceSet, seed: int) -> _Pairs:
        """Return pairs of strangers."""
        half = np.unique(split_strangers(strangers, seed)[0].identity)
        alike: Alike = "two photos of one person"
        faces, same = strangers, genuine_pairs(strangers.identity)
        different = impostors(strangers.identity, BARE_PARTNERS)
        if len(same[0]) < FEWEST:
            first = one_each(strangers, len(strangers))
            faces, alike = beside(first, altered(first)), "a photo and an altered copy"
            rows = np.arange(len(first))
            same, different = (rows, rows + len(first)), impostors(first.identity, BARE_PARTNERS)
        people = faces.identity
        fixing = np.isin(people[different[0]], half) & np.isin(people[different[1]], half)
        return cls(faces, same, different, fixing, ~np.isin(people[same[0]], half), alike)


def altered(faces: FaceSet) -> FaceSet:
    """Return copies that still show the same people: mirrored, moved, darkened and faded."""
    height, width = faces.size
    moved = np.roll(
        faces.images[:, :, ::-1], (round(MOVED * height), round(MOVED * width)), axis=(1, 2)
    )
    faded = (moved.astype(np.float32) - 128) * FADED + 128 - DARKER
    return replace(
        faces,
        images=np.rint(faded).clip(0, 255).astype(np.uint8),
        ids=tuple(f"{one}+altered" for one in faces.ids),
        landmarks=None,
        fingerprint="",
    )


def separation(same: FloatArray, different: FloatArray) -> float:
    """Return d': the distance of two means in root mean square standard deviations.

    >>> separation(np.array([3.0, 5.0]), np.array([-1.0, 1.0]))
    4.0
    """
    spread = np.sqrt((same.var(dtype=np.float64) + different.var(dtype=np.float64)) / 2)
    apart = same.mean(dtype=np.float64) - different.mean(dtype=np.float64)
    return float(apart / max(spread, 1e-12))


def _seen(system: EmbedderUnderTest, pairs: _Pairs, fmr: float) -> tuple[float, float] | None:
    """Return how well a way separates, and the share of pairs of one person that passes.

    None where its answers are no finite numbers, as of a network that overflows.
    """
    try:
        scores = comparer(system, pairs.faces)
    except InputError:
        return None
    same, different = scores(*pairs.same), scores(*pairs.different)
    if not (np.isfinite(same).all() and np.isfinite(different).all()):
        return None
    limit = lowest_passing(different[pairs.fixing], fmr)
    return separation(same, different), float((same[pairs.counted] >= limit).mean())
