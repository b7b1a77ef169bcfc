"""Whom an identifier takes the people on photos for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.api.arguments import check_count, check_images, folders
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.audit.backdoor.judging import as_probabilities
from faceaudit.errors import InputError
from faceaudit.progress import silent
from faceaudit.systems.under_test.base import Access, IdentifierUnderTest, OpenSystem
from faceaudit.types import FaceSet, FloatArray, ImageArray

MOST = 5
"""Names of a photo by default."""


@dataclass(frozen=True)
class Identified:
    """Whom an identifier takes the person on a photo for.

    Attributes:
        names: of the people it is surest of, the surest first.
        shares: how sure it is of each, 0 to 1; those of all people it knows add up to 1. A
            softmax's shares tell people apart that it knows: they are no probability that the
            person is known at all.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]


def identify(
    photos: ImageArray, system: SystemLike | OpenSystem, *, most: int = MOST
) -> tuple[Identified, ...]:
    """Ask an identifier who is on photos.

    A network that runs here is asked in memory: neither photos nor what it computes of them is
    kept. Other systems are asked through their door, which may keep answers.

    Args:
        photos: (N, H, W, 3) uint8, RGB, of the system's `size`.
        system: an identifier that says how sure it is: open, or as `system_under_test` takes it.
        most: how many names to give of each photo.

    Returns:
        One answer a photo; without any name where the system gave none.

    Raises:
        InputError: the photos are none, or of another size; the system is no identifier, or gives
            names alone.

    Example:
        ::

            opened = faceaudit.system_under_test("file:audit/systems/ID").open(cache=cache)
            print(faceaudit.identify(photos, opened)[0].names)
    """
    images, wanted = check_images(photos, "photos"), check_count(most, "the number of names")
    if isinstance(system, OpenSystem):
        opened = system
    else:
        opened = system_under_test(system).open(cache=folders(None, silent).root)
    if not isinstance(opened, IdentifierUnderTest):
        role = f"{'an' if opened.role[0] in 'aeiou' else 'a'} {opened.role}"
        raise InputError(
            f"expected an identifier, a system that names people, got {opened.title}, {role}; ask "
            "one that compares faces by `faceaudit.verify`"
        )
    if images.shape[1:3] != tuple(opened.size):
        height, width = opened.size
        raise InputError(
            f"expected photos of {height} x {width} pixels, as {opened.title} takes them, got "
            f"{images.shape[1]} x {images.shape[2]}; bring them to that size"
        )
    shares = as_probabilities(_scores(opened, images))
    return tuple(_answer(row, opened.names, wanted) for row in shares)


def _answer(row: FloatArray, names: tuple[str, ...], most: int) -> Identified:
    if not np.isfinite(row).all():
        return Identified((), ())
    order = np.argsort(-row, kind="stable")[:most]
    return Identified(tuple(names[place] for place in order), tuple(map(float, row[order])))


def _scores(opened: IdentifierUnderTest, images: ImageArray) -> FloatArray:
    """Return (N, K) scores; by a network that runs here, without any file."""
    if {Access.GRADIENTS, Access.SCORES} <= opened.access:
        import torch  # noqa: PLC0415 - slow to load

        with torch.no_grad():
            pixels = torch.from_numpy(images.astype(np.float32))
            scores: FloatArray = opened.differentiable()(pixels).float().cpu().numpy()
            return scores
    rows = len(images)
    zeros = np.zeros(rows, dtype=np.int64)
    ids = tuple(f"photo-{row}" for row in range(rows))
    return opened.scores(FaceSet(images, zeros, ("unknown",), ids, np.arange(rows)))
