"""A scan of a system whose role nobody says beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faceaudit.api.arguments import Cache, StoreLike, folders
from faceaudit.api.scan import IdentifierScan, scan_identifier
from faceaudit.api.scan_embedder import EmbedderScan, scan_embedder
from faceaudit.api.spelling import SourceLike
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.audit.scan.scanning import open_system
from faceaudit.errors import OptionError
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import IdentifierUnderTest


def scan_any(
    system: SystemLike,
    *,
    stages: Sequence[str] | None = None,
    fmr: float | None = None,
    options: Mapping[str, Any] | None = None,
    strangers: SourceLike | None = None,
    photos: int = 600,
    level: float = 0.05,
    references: int = 8,
    planted: int = 0,
    seed: int = 0,
    store: StoreLike | None = None,
    cache: Cache = None,
    progress: Progress = silent,
) -> IdentifierScan | EmbedderScan:
    """Scan a system as `scan_identifier` or `scan_embedder` does, by what it is.

    Raises:
        OptionError: stages for a system that names nobody, or a false match rate for an
            identifier, which knows no threshold.
    """
    door = system_under_test(system, **dict(options or {}))
    opened = open_system(door, folders(cache, progress))
    common: dict[str, Any] = {
        "strangers": strangers,
        "photos": photos,
        "level": level,
        "references": references,
        "planted": planted,
        "seed": seed,
        "store": store,
        "cache": cache,
        "progress": progress,
    }
    if isinstance(opened, IdentifierUnderTest):
        if fmr is not None:
            raise OptionError(
                f"expected no false match rate for {opened.title}, an identifier, which names "
                f"people and compares nobody, got {fmr:g}; leave it out"
            )
        return scan_identifier(door, stages=stages, **common)
    if stages is not None:
        raise OptionError(
            f"expected no stages for {opened.title}, of the role {opened.role}, which names "
            f"nobody, got {', '.join(stages)}; leave them out"
        )
    if fmr is not None:
        common["fmr"] = fmr
    return scan_embedder(door, **common)
