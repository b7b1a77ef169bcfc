"""What calls with mitigations of backdoors take, checked before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from faceaudit.api.arguments import Cache, folders, shown
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.audit.backdoor.asked import require_known
from faceaudit.audit.backdoor.treatments import needed_others, needed_photos
from faceaudit.errors import InputError, OptionError
from faceaudit.mitigations.backdoor import BackdoorMitigation, backdoor_mitigations
from faceaudit.progress import Progress
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import FaceSet

MitigationLike = BackdoorMitigation | str | Mapping[str, Any]
"""A mitigation of backdoors, by its name or as a plan spells it."""


def other_kind(given: BackdoorMitigation, wanted: type, what: str) -> OptionError:
    """Return the error for a mitigation of another kind than a call takes."""
    names = backdoor_mitigations.names()
    fitting = [name for name in names if issubclass(backdoor_mitigations.get(name), wanted)]
    return OptionError(
        f"expected {what}, got {given.name!r}, which is none; try {', '.join(fitting)}"
    )


def vouched_photos(
    chosen: BackdoorMitigation, clean: FaceSet | None, others: FaceSet | None
) -> FaceSet:
    """Return the photos that somebody vouches for: of people whom a system knows, or of others.

    Raises:
        InputError: both are given, or there are too few, or the mitigation has no use for others.
    """
    if others is None:
        require_photos(chosen, clean)
        assert clean is not None
        return clean
    if clean is not None:
        raise InputError(
            "expected clean photos of people whom the system knows, or of others, got both; leave "
            "clean or others out"
        )
    _require_faces(others, "others")
    needed = needed_others(chosen)
    if needed is None:
        wanted = ", give clean" if chosen.uses_clean else ", leave others out"
        raise InputError(
            f"expected a mitigation that has a use for photos of other people, got {chosen.name}; "
            f"try 'strip' or 'i_bau'{wanted}"
        )
    if len(others) < needed:
        raise InputError(
            f"expected at least {needed} photos of other people for {chosen.name}, got "
            f"{len(others)}; give more"
        )
    return others


def _require_faces(photos: object, what: str) -> None:
    if not isinstance(photos, FaceSet):
        raise InputError(
            f"expected {what} as a FaceSet, got {shown(photos)}; load some with "
            "faceaudit.load_faces(...).faces"
        )


def require_photos(chosen: BackdoorMitigation, clean: FaceSet | None) -> None:
    """Refuse fewer clean photos of a person than a mitigation needs, and what are no photos.

    Raises:
        InputError: somebody has fewer, or it is no set of faces.
    """
    _require_faces(clean, "clean photos")
    assert clean is not None
    needed = needed_photos(chosen)
    counts = np.bincount(clean.identity, minlength=1)
    fewest = int(counts[counts > 0].min()) if counts.any() else 0
    if fewest < needed:
        raise InputError(
            f"expected at least {needed} clean photos a person for {chosen.name}, got {fewest}; "
            "give more, or leave people with fewer out"
        )


def opened_identifier(
    system: SystemLike | IdentifierUnderTest, cache: Cache, progress: Progress
) -> IdentifierUnderTest:
    """Return an identifier, opened.

    Raises:
        InputError: it cannot be opened, or is no identifier.
    """
    if isinstance(system, IdentifierUnderTest):
        return system
    work = folders(cache, progress)
    opened = system_under_test(system).open(cache=work.unfinished, progress=progress)
    if not isinstance(opened, IdentifierUnderTest):
        raise InputError(
            f"expected an identifier, a system that names people, got {opened.title}, which is "
            f"of the role {opened.role}"
        )
    return opened


def require_fitting(
    system: IdentifierUnderTest, photos: Sequence[FaceSet], *, others: FaceSet | None = None
) -> None:
    """Refuse photos of another size than a system takes, or of people whom it does not know.

    Args:
        system: the system.
        photos: of people whom it knows.
        others: of people whom it may not know; None where there are none.

    Raises:
        InputError: such photos.
    """
    for one in (*photos, *(() if others is None else (others,))):
        if len(one) and one.size != tuple(system.size):
            raise InputError(
                f"expected photos of the system's size {tuple(system.size)}, got {one.size}; load "
                "the faces at that size"
            )
    for one in photos:
        require_known(one, system.names)
