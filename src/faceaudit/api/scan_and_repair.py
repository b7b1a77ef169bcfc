"""Scan an identifier of somebody else's, repair it, and scan what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceaudit.api.arguments import Cache, StrPath, check_count, check_number, folders, output_of
from faceaudit.api.backdoor_repair import repair_identifier
from faceaudit.api.kept_scan import STAND_IN, plain_estimate, plain_stage
from faceaudit.api.mitigated_identifiers import (
    MitigationLike,
    other_kind,
    require_fitting,
    require_photos,
)
from faceaudit.api.scan import IdentifierScan
from faceaudit.api.spelling import SourceLike, find_source
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.audit.backdoor.asked import labels_among
from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.preparation import OWN, prepared
from faceaudit.audit.scan.scanning import open_identifier, scan_system
from faceaudit.audit.scan.strangers import drawn_strangers
from faceaudit.errors import InputError, OptionError
from faceaudit.files.paths import expand
from faceaudit.metrics import clustered_share
from faceaudit.mitigations.backdoor import Repair, backdoor_mitigations
from faceaudit.mitigations.scan import ScanStage
from faceaudit.progress import Progress, silent
from faceaudit.records.scan import PreparationFacts
from faceaudit.systems.under_test.base import IdentifierUnderTest, SystemUnderTest
from faceaudit.training import Training
from faceaudit.types import Estimate, FaceSet


@dataclass(frozen=True, eq=False)
class ScannedRepair:
    """An identifier scanned before and after a repair.

    Attributes:
        before: the scan of the system that was given.
        after: the scan of the repaired one, against the same clean networks.
        file: where the repaired one is.
        changed: share of bare strangers whom the repaired one takes for somebody else; the interval
            takes photos of one person as a cluster.
        clean_before: share of the clean photos that the given system names rightly.
        clean_after: the same of the repaired one, which learned from these very photos: its
            accuracy on others is lower.
    """

    before: IdentifierScan
    after: IdentifierScan
    file: Path
    changed: Estimate
    clean_before: Estimate
    clean_after: Estimate

    def as_json(self) -> dict[str, Any]:
        """Return both scans and what changed as plain values."""
        return {
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "file": str(self.file),
            "changed": plain_estimate(self.changed),
            "clean_before": plain_estimate(self.clean_before),
            "clean_after": plain_estimate(self.clean_after),
        }


def scan_and_repair(
    system: SystemLike,
    out: StrPath,
    clean: FaceSet | SourceLike,
    *,
    mitigation: MitigationLike = "ft_sam",
    training: Mapping[str, Any] | None = None,
    strangers: SourceLike | None = None,
    photos: int = 600,
    stages: Sequence[ScanStage | Mapping[str, Any] | str] | None = None,
    level: float = 0.05,
    references: int = 8,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    cache: Cache = None,
    progress: Progress = silent,
) -> ScannedRepair:
    """Scan an identifier, repair it with clean photos of its people, and scan the result.

    It is repaired whatever the first verdict is: a scan that finds nothing is no clearance. The
    file that was given stays as it is. Both scans ask about the same strangers and are held against
    the same clean networks.

    Args:
        system: an identifier in a file of weights, of a network that is built here; as
            `system_under_test` takes it.
        out: the file of weights to write.
        clean: photos of its people that somebody vouches for, labelled by the names it knows them
            by (`options={"names": ...}` where its file has none): a source, a folder with one
            folder a person, or faces at its size.
        mitigation: a repair of `components("backdoor_mitigation")`.
        training: how it was trained, see `repair_identifier`.
        strangers: people whom it does not know; those of `scan_identifier` when None.
        photos: of strangers to ask about, at most.
        stages: of `components("scan_stage")`; the usual ones when None.
        level: the chance of a verdict "suspicious" where there is no back door.
        references: how many small clean networks of the same architecture are the null.
        options: further options of the system's door.
        seed: of whatever is drawn.
        cache: where packed faces and reference networks are kept.
        progress: told of long work.

    Returns:
        A `ScannedRepair`: both scans, the file, and what the repair changed.

    Raises:
        InputError: it is no identifier that gives its weights, takes pixels in a way that a
            repaired file cannot say, or the photos are of others than its people, or too few.
        OptionError: the mitigation is no repair by clean photos, an option of the training is
            wrong, or `out` is no place for a file, or the system's own.
        CaseError: the repair diverged.

    Example:
        ::

            found = faceaudit.scan_and_repair(
                "file:foreign.h5",
                "repaired.safetensors",
                "folder:checked",
                options={"network": "deepid", "names": "people.txt"},
            )
            print(found.before.verdict, found.after.verdict, found.changed.value)
    """
    door = system_under_test(system, **dict(options or {}))
    file = output_of(out, "a file of weights")
    _require_another_file(file, door)
    chosen = _repair_by_clean(mitigation)
    Training(**dict(training or {}))
    check_count(seed, "seed", least=0)
    values: dict[str, Any] = {
        "photos": check_count(photos, "photos", least=20),
        "level": check_number(level, "level"),
        "references": check_count(references, "references", least=0),
    }
    if strangers is not None:
        values["strangers"] = plain_values(find_source(strangers))
    if stages is not None:
        values["stages"] = [plain_stage(one) for one in stages]
    plan = ScanPlan(systems=(STAND_IN,), **values)
    work = folders(cache, progress)
    opened = open_identifier(door, work)
    _require_weights(opened)
    vouched = clean if isinstance(clean, FaceSet) else _loaded(clean, opened, work)
    require_photos(chosen, vouched)
    require_fitting(opened, (vouched,))
    faces = load_faces(plan.strangers, opened.size, work).faces
    shown = drawn_strangers(faces, opened.names, plan.photos, seed)
    _require_own_pixels(prepared(door, shown, lambda one: open_identifier(one, work)).tried)
    before = _scan(plan, door, shown, seed, work)
    repair_identifier(
        opened,
        vouched,
        mitigation=chosen,
        training=training,
        seed=seed,
        cache=work,
        progress=progress,
    ).save(file)
    mended = system_under_test(f"file:{file}")
    after = _scan(plan, mended, shown, seed, work, like=door)
    repaired = open_identifier(mended, work)
    changed = opened.labels(shown) != repaired.labels(shown)
    return ScannedRepair(
        before=before,
        after=after,
        file=file,
        changed=clustered_share(changed, shown.identity),
        clean_before=_accuracy(opened, vouched),
        clean_after=_accuracy(repaired, vouched),
    )


def _loaded(clean: SourceLike, opened: IdentifierUnderTest, work: Workspace) -> FaceSet:
    return load_faces(find_source(clean), opened.size, work).faces


def _scan(
    plan: ScanPlan,
    door: SystemUnderTest,
    shown: FaceSet,
    seed: int,
    work: Workspace,
    *,
    like: SystemUnderTest | None = None,
) -> IdentifierScan:
    done = scan_system(plan, door, shown, seed, work, like=like)
    return IdentifierScan(
        done.facts, done.figures, done.pictures, None, done.pictured_by, done.ground
    )


def _require_another_file(file: Path, door: SystemUnderTest) -> None:
    """Refuse to write over what the system is opened from."""
    from faceaudit.systems.under_test.common.saved_identifier import WEIGHTS  # noqa: PLC0415 - loads torch

    if not file.is_file():
        return
    for option in ("path", "names", "weights"):
        given = getattr(door, option, None)
        if not isinstance(given, str):
            continue
        try:
            path = expand(given, error=InputError)
        except InputError:  # FILE#PART; what is not there at all is said when it is opened
            path = Path(given.rpartition("#")[0]).expanduser()
        if any(one.is_file() and file.samefile(one) for one in (path, path / WEIGHTS)):
            raise OptionError(
                f"expected another file to write than the system's own, got {file}, which is kept "
                "as it is; name another"
            )


def _repair_by_clean(mitigation: MitigationLike) -> Repair:
    """Return a repair that clean photos are enough for."""
    chosen = backdoor_mitigations.build(mitigation)
    if not isinstance(chosen, Repair):
        raise other_kind(chosen, Repair, "a repair")
    if not chosen.uses_clean:
        raise OptionError(
            f"expected a repair by clean photos, got {chosen.name!r}, which goes by the photos "
            "that the system was trained on; try another, or faceaudit.repair_identifier with "
            "training_set"
        )
    return chosen


def _require_weights(opened: IdentifierUnderTest) -> None:
    """Refuse, before any work, a system whose weights nobody here can change."""
    from faceaudit.audit.backdoor.repaired import repairable_parts  # noqa: PLC0415 - loads torch
    from faceaudit.systems.under_test.common.network_answers import (  # noqa: PLC0415 - loads torch
        NetworkIdentifier,
    )

    if not isinstance(opened, NetworkIdentifier) or opened.network.is_file:
        raise InputError(
            "expected an identifier in a file of weights, of a network that is built here, to "
            f"repair, got {opened.title}, which gives no weights to change; scan it without a "
            "repair, or try file:FILE"
        )
    repairable_parts(opened)


def _require_own_pixels(tried: Iterable[PreparationFacts]) -> None:
    """Refuse a network that is fed in another way than a repaired file would be."""
    taken = next((one.name for one in tried if one.taken), OWN)
    if taken != OWN:
        raise InputError(
            "expected a network that takes pixels as its kind does, to repair, got one whose "
            f"answers spread wider with {taken}; a repaired file cannot say so: scan it without a "
            "repair"
        )


def _accuracy(system: IdentifierUnderTest, faces: FaceSet) -> Estimate:
    right = system.labels(faces) == labels_among(faces, system.names)
    return clustered_share(right, faces.identity)
