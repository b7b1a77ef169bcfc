"""A scan of a system of any role."""

from __future__ import annotations

from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.scan.embedders.asking import Comparing
from faceaudit.audit.scan.embedders.scanning import ScannedEmbedder, drawn_people, scan_comparing
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.scanning import Scanned, scan_system
from faceaudit.audit.scan.strangers import drawn_strangers
from faceaudit.systems.under_test.base import IdentifierUnderTest, SystemUnderTest
from faceaudit.types import FaceSet


def strangers_for(
    system: IdentifierUnderTest | Comparing, faces: FaceSet, count: int, seed: int
) -> FaceSet:
    """Return photos of people whom a system does not know, as far as it names anybody.

    Raises:
        InputError: there are too few.
    """
    if isinstance(system, IdentifierUnderTest):
        return drawn_strangers(faces, system.names, count, seed)
    return drawn_people(faces, count, seed)


def scan_any(
    plan: ScanPlan,
    door: SystemUnderTest,
    system: IdentifierUnderTest | Comparing,
    strangers: FaceSet,
    seed: int,
    work: Workspace,
) -> Scanned | ScannedEmbedder:
    """Scan one system, and the references of the plan in the same way.

    Args:
        plan: how.
        door: the system's.
        system: it, opened.
        strangers: photos of its size, as `strangers_for` draws them.
        seed: of whatever is drawn.
        work: where references and answers are kept.
    """
    if isinstance(system, IdentifierUnderTest):
        return scan_system(plan, door, strangers, seed, work)
    return scan_comparing(plan, door, system, strangers, seed, work)
