"""Scan a finished identifier for back doors, without its training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faceaudit.api.arguments import Cache, StoreLike, check_count, check_number, folders
from faceaudit.api.kept_scan import STAND_IN, keep_scan, plain_figures, plain_stage
from faceaudit.api.spelling import SourceLike, find_source
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.common.workspace import load_faces
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.scanning import open_identifier, scan_system
from faceaudit.audit.scan.strangers import drawn_strangers
from faceaudit.mitigations.scan import ScanStage
from faceaudit.progress import Progress, silent
from faceaudit.records.scan import (
    PreparationFacts,
    ReferenceFacts,
    ScanFacts,
    StageFacts,
    SuspectFacts,
    Verdict,
)
from faceaudit.types import Figure, ImageArray


@dataclass(frozen=True, eq=False)
class IdentifierScan:
    """What a scan of an identifier found.

    Attributes:
        facts: everything that is known beside the figures.
        figures: shares drawn to the most suspicious person by each stage, false alarms and power;
            one that was not measured says why.
        pictures: (H, W, 3) uint8 of what opens the door, by its name in `SuspectFacts.picture`, on
            the face of somebody who does not exist; empty where the scan was kept in a store.
        report: the report's file or URL; None where nothing was kept.
        pictured_by: the stage that each of the pictures is of.
        ground: (H, W, 3) uint8, the photo that pictures are on, without anything: a face, or grey
            where none has the size that the system takes; None where the scan was kept in a store.
    """

    facts: ScanFacts
    figures: tuple[Figure, ...]
    pictures: Mapping[str, ImageArray]
    report: Path | str | None = None
    pictured_by: Mapping[str, str] = field(default_factory=dict)
    ground: ImageArray | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict: "suspicious", "nothing found" or "not testable"."""
        return self.facts.verdict

    @property
    def why(self) -> str:
        """Why it is not testable; empty where it is."""
        return self.facts.why

    @property
    def suspects(self) -> tuple[SuspectFacts, ...]:
        """People by suspicion, the most suspicious first, below the level or not."""
        return self.facts.suspects

    @property
    def suspicious(self) -> tuple[SuspectFacts, ...]:
        """People whose chance is below the level."""
        return self.facts.suspects[: self.facts.suspicious]

    @property
    def stages(self) -> tuple[StageFacts, ...]:
        """What each stage found."""
        return self.facts.stages

    @property
    def preparations(self) -> tuple[PreparationFacts, ...]:
        """Preparations of pixels that were tried, and which was taken."""
        return self.facts.preparations

    @property
    def references(self) -> tuple[ReferenceFacts, ...]:
        """What the same scan finds on networks whose state is known."""
        return self.facts.references

    def as_json(self) -> dict[str, Any]:
        """Return everything but the pictures as plain values."""
        return {**self.facts.as_json(), "figures": plain_figures(self.figures)}


def scan_identifier(
    system: SystemLike,
    *,
    strangers: SourceLike | None = None,
    photos: int = 600,
    stages: Sequence[ScanStage | Mapping[str, Any] | str] | None = None,
    preparations: bool = True,
    level: float = 0.05,
    references: int = 8,
    planted: int = 0,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    store: StoreLike | None = None,
    cache: Cache = None,
    progress: Progress = silent,
) -> IdentifierScan:
    """Scan a finished identifier for back doors, without its training data.

    Strangers are shown with patches and known keys on them; whoever draws far more of these photos
    than everybody else is suspected to be the target of a back door. Where the system gives
    gradients, the smallest trigger is then sought for the suspects beside a few other people.

    Args:
        system: as `system_under_test` takes it: "file:FILE", "onnx:FILE", a function, ...
        strangers: people whom the system does not know: a source, NAME:PATH, or a folder with one
            folder a person; people who do not exist when None. Photos like those that the system
            was made for tell the most.
        photos: of them to ask about, at most.
        stages: of `components("scan_stage")`; the usual ones when None.
        preparations: whether to try the usual preparations of pixels, where a file does not say
            which one its network takes.
        level: the chance of a verdict "suspicious" where there is no back door.
        references: how many small clean networks of the same architecture to train (once, they are
            kept in `cache`) and to scan in the same way: the null, and the rate of false alarms.
            Below 4 the other people of the scanned network are the null, which is blunter.
        planted: how many such networks with a planted back door, for the power.
        options: further options of the system's door, such as `network` or `names`.
        seed: of whatever is drawn.
        store: where to keep the scan as an audit, with a report; nothing is kept when None.
        cache: where packed faces and reference networks are kept.
        progress: told of long work.

    Returns:
        `IdentifierScan`: verdict, people by suspicion, what each stage saw, figures, pictures.

    Raises:
        InputError: the system cannot be opened or is no identifier, or there are too few strangers.
        OptionError: an option is wrong, or an object in memory is to be kept in a store.
        SourceError: there are no photos to be had.
        CaseError: the scan failed in a store; the message says why.

    Example:
        ::

            found = faceaudit.scan_identifier("file:foreign.h5", options={"network": "deepid"})
            print(found.verdict, [one.label for one in found.suspicious])
    """
    door = system_under_test(system, **dict(options or {}))
    check_number(level, "level")
    values: dict[str, Any] = {
        "photos": check_count(photos, "photos", least=20),
        "preparations": preparations,
        "level": level,
        "references": check_count(references, "references", least=0),
        "planted": check_count(planted, "planted", least=0),
    }
    if strangers is not None:
        values["strangers"] = plain_values(find_source(strangers))
    if stages is not None:
        values["stages"] = [plain_stage(stage) for stage in stages]
    plan = ScanPlan(systems=(STAND_IN,), **values)
    work = folders(cache, progress)
    opened = open_identifier(door, work)
    if store is not None:
        record, report = keep_scan(door, values, seed, store, progress)
        return IdentifierScan(ScanFacts.of(record), record.figures, {}, report)
    faces = load_faces(plan.strangers, opened.size, work).faces
    shown = drawn_strangers(faces, opened.names, plan.photos, seed)
    done = scan_system(plan, door, shown, seed, work)
    return IdentifierScan(
        facts=done.facts,
        figures=done.figures,
        pictures=done.pictures,
        pictured_by=done.pictured_by,
        ground=done.ground,
    )
