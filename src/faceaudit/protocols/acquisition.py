"""Photos in which no face was found: failures to acquire and to enrol, counted as ISO does.

ISO/IEC 19795-1 counts them beside the errors of comparisons. The failure-to-acquire rate (FTA) is
the share of photos that give no face to compare, the failure-to-enrol rate (FTE) that of people who
cannot be enrolled. Generalised rates hold both: a genuine comparison that cannot be made counts as
a false reject (GFRR), an impostor one as none accepted (GFAR).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from faceaudit.faces.loaded import LeftOut
from faceaudit.metrics.clustered_share import clustered_share
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.protocols.comparisons import Comparisons
from faceaudit.types import BoolArray, Estimate, FaceSet, Figure, IntArray

FAILURES = ("expected a face, got none", "expected one face, got ")
"""How the reasons begin for which a way to align leaves out a photo: it found none, or several."""


@dataclass(frozen=True)
class Failed:
    """A photo in which no face to compare was found, and who is on it."""

    id: str
    person: str


def failed_photos(left_out: Iterable[LeftOut]) -> tuple[Failed, ...]:
    """Return the photos that were left out for want of a face; of nobody else where unknown.

    >>> failed_photos([LeftOut("a/1.jpg", "expected a face, got none with a score of 0.6 or more")])
    (Failed(id='a/1.jpg', person='a/1.jpg'),)
    """
    return tuple(
        Failed(item.id, item.person or item.id)
        for item in left_out
        if item.reason.startswith(FAILURES)
    )


def with_failed(faces: FaceSet, failed: Iterable[Failed]) -> tuple[FaceSet, BoolArray]:
    """Return all photos that were tried, without pixels, and in which of them no face was found.

    The photos of `faces` come first, in their order; with nothing failed they are returned as they
    are.
    """
    out = sorted(failed, key=lambda photo: photo.id)
    known = set(faces.ids)
    out = [photo for photo in out if photo.id not in known]
    if not out:
        return faces, np.zeros(len(faces), dtype=np.bool_)
    names = tuple(sorted({*faces.names, *(photo.person for photo in out)}))
    number = {name: index for index, name in enumerate(names)}
    people = [faces.names[person] for person in faces.identity] + [one.person for one in out]
    count = len(faces) + len(out)
    groups = int(faces.group.max(initial=-1)) + 1 + np.arange(len(out))
    tried = FaceSet(
        images=np.broadcast_to(np.zeros((1, 1, 1, 3), dtype=np.uint8), (count, 1, 1, 3)),
        identity=np.array([number[person] for person in people], dtype=np.int64),
        names=names,
        ids=(*faces.ids, *(photo.id for photo in out)),
        group=np.concatenate([faces.group, groups]),
        fingerprint="without pixels",
    )
    return tried, np.arange(count) >= len(faces)


def failure_rate(failed: BoolArray, people: IntArray) -> Estimate:
    """Estimate the share of photos, or people, that failed; those of one person are a cluster."""
    return clustered_share(failed, people)


def photo_failures(compared: Comparisons) -> Figure:
    """Return FTA over the photos that comparisons name, each counted once."""
    if compared.missing is None or compared.names is None:
        why = "expected which photos had no face, got scores that do not tell; see gfrr"
        return Figure("fta", None, why)
    ids = np.array([*compared.first, *compared.second])
    _, once = np.unique(ids, return_index=True)
    failed, names = compared.missing.T.ravel()[once], compared.names.T.ravel()[once]
    return Figure("fta", failure_rate(failed, np.unique(names, return_inverse=True)[1]))


def generalised(rate: Estimate, failed: Estimate, *, rejects: bool) -> Estimate:
    """Return an error rate with the comparisons that could not be made.

    Of all comparisons, made or not: GFRR = F + (1 - F) FRR, GFAR = (1 - F) FAR, with F the share
    that could not be made. What either moves it by is added in squares (Zou, Donner 2008).

    >>> frr, none = Estimate(0.1, 0.05, 0.2, 90, "a"), Estimate(0.1, 0.1, 0.1, 100, "b")
    >>> round(generalised(frr, none, rejects=True).value, 3)
    0.19
    """
    made = 1 - failed.value
    value = made * rate.value + (failed.value if rejects else 0.0)
    weight = 1 - rate.value if rejects else rate.value
    lower, upper = (failed.value - failed.low, failed.high - failed.value)[:: 1 if rejects else -1]
    below = math.hypot(made * (rate.value - rate.low), weight * lower)
    above = math.hypot(made * (rate.high - rate.value), weight * upper)
    method = f"{rate.method}, failures added in squares"
    return Estimate(value, max(0.0, value - below), min(1.0, value + above), failed.n, method)


def share_failed(failed: BoolArray, people: IntArray | None) -> Estimate:
    """Estimate the share of comparisons that could not be made, by people where they are known."""
    return comparison_share(failed, people)
