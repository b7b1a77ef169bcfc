"""What keeps a section from ending that is common to all kinds: photos, networks, files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from faceaudit.audit.common.looking import look_once
from faceaudit.audit.common.outline import outline_faces
from faceaudit.audit.common.systems import NetworkPlan, Pretraining, SystemPlan
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.base import Source
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.networks import Network
from faceaudit.types import FaceSet


def raised(check: Callable[[], object]) -> Iterator[FaceAuditError]:
    """Yield the error that a check raises, if it does."""
    try:
        check()
    except FaceAuditError as error:
        yield error


def outline_or_error(source: Source) -> tuple[FaceSet | None, tuple[FaceAuditError, ...]]:
    """Return the faces of a source without their pixels, and why there are none to be had.

    They are None, too, where only reading the photos would tell; that is no error.
    """
    try:
        return outline_faces(source), ()
    except FaceAuditError as error:
        return None, (error,)


def detector_obstacles(source: Source) -> Iterator[FaceAuditError]:
    """Yield why the faces in a source's photos cannot be found, if that is so."""
    if isinstance(source, PhotoSource) and source.align is not None:
        yield from raised(source.align.key)


def network_obstacles(
    plan: NetworkPlan, source: Source, faces: FaceSet | None
) -> Iterator[FaceAuditError]:
    """Yield why a network cannot be had: its file, or the people it is to be trained on before.

    Files of weights are looked at elsewhere, in `faceaudit.audit.common.missing`.

    Args:
        plan: the network and what it starts from.
        source: where the faces of the audit come from.
        faces: those faces, without their pixels; None where they are unknown.
    """
    yield from raised(lambda: plan.network.size)
    if isinstance(plan, SystemPlan) and plan.learn == "last block":
        network = plan.network
        yield from raised(
            lambda: look_once(("last block", network), lambda: _look_at_last_block(network))
        )
    if plan.pretraining is not None:
        pretraining, known = plan.pretraining, faces is not None
        yield from raised(
            lambda: look_once(
                ("pretraining", pretraining, source, known),
                lambda: _look_at_pretraining(pretraining, source, faces),
            )
        )


def _look_at_last_block(network: Network) -> None:
    from faceaudit.systems.identifiers.last_block import (  # noqa: PLC0415 - slow to load
        require_last_block,
    )

    require_last_block(network)


def _look_at_pretraining(
    pretraining: Pretraining | None, source: Source, faces: FaceSet | None
) -> None:
    from faceaudit.audit.common.backbone import refuse_same_people  # noqa: PLC0415 - slow to load

    assert pretraining is not None
    others = outline_faces(pretraining.faces)
    if others is None:
        return
    pretraining.split.split(others, pretraining.seed)
    if faces is not None:
        refuse_same_people(source, faces, pretraining.faces, others)
