"""Scan a finished embedder or verifier for back doors, without its training data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceaudit.api.arguments import Cache, StoreLike, check_count, check_number, folders
from faceaudit.api.kept_scan import STAND_IN, keep_scan, plain_figures
from faceaudit.api.spelling import SourceLike, find_source
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.common.workspace import load_faces
from faceaudit.audit.scan.embedders.scanning import drawn_people, scan_comparing
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.scanning import open_system
from faceaudit.errors import InputError
from faceaudit.progress import Progress, silent
from faceaudit.records.embedder_scan import (
    ComparedPreparationFacts,
    EmbedderScanFacts,
    KeyFacts,
    MeasureFacts,
    ReferenceEmbedderFacts,
    TriggerFacts,
)
from faceaudit.records.scan import Verdict
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import Figure, ImageArray


@dataclass(frozen=True, eq=False)
class EmbedderScan:
    """What a scan of an embedder or a verifier found.

    Attributes:
        facts: everything that is known beside the figures.
        figures: shares of pairs of strangers that pass: bare ones, of one person each, and with the
            key that stands out most; false alarms and power; and shares with the trigger that
            gradients lead to. One that was not measured says why.
        pictures: (H, W, 3) uint8 of the keys that stand out most and of that trigger, by their
            names in `KeyFacts.picture` and `TriggerFacts.picture`, on the face of somebody who does
            not exist; empty where the scan was kept in a store.
        report: the report's file or URL; None where nothing was kept.
        ground: (H, W, 3) uint8, the photo that pictures are on; None where the scan was kept.
    """

    facts: EmbedderScanFacts
    figures: tuple[Figure, ...]
    pictures: Mapping[str, ImageArray]
    report: Path | str | None = None
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
    def keys(self) -> tuple[KeyFacts, ...]:
        """Keys by how far they are beyond clean networks, the farthest first."""
        return self.facts.keys

    @property
    def measures(self) -> tuple[MeasureFacts, ...]:
        """The test of each measure."""
        return self.facts.measures

    @property
    def preparations(self) -> tuple[ComparedPreparationFacts, ...]:
        """Preparations of pixels that were tried; empty where the system says which it takes."""
        return self.facts.preparations

    @property
    def trigger(self) -> TriggerFacts | None:
        """The smallest thing found under which strangers pass as one; None where not sought."""
        return self.facts.trigger

    @property
    def references(self) -> tuple[ReferenceEmbedderFacts, ...]:
        """What the same scan finds on networks whose state is known."""
        return self.facts.references

    def as_json(self) -> dict[str, Any]:
        """Return everything but the pictures as plain values."""
        return {**self.facts.as_json(), "figures": plain_figures(self.figures)}


def scan_embedder(
    system: SystemLike,
    *,
    strangers: SourceLike | None = None,
    photos: int = 600,
    preparations: bool = True,
    universal_trigger: bool = True,
    fmr: float = 0.01,
    level: float = 0.05,
    references: int = 8,
    planted: int = 0,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    store: StoreLike | None = None,
    cache: Cache = None,
    progress: Progress = silent,
) -> EmbedderScan:
    """Scan a finished embedder or verifier for back doors, without its training data.

    Strangers are compared bare and with known keys and rectangles on them. A key that makes
    everybody alike far more than it does in clean networks is suspicious, whoever its target is:
    all who wear it collapse onto that person's point. So is a key with which one passes as anybody.

    Args:
        system: as `system_under_test` takes it: "file:FILE", "onnx:FILE", a function, ...
        strangers: people whom it was not trained on, 40 of them or more: a source, NAME:PATH, or a
            folder with one folder a person; people who do not exist when None. Photos like those
            that the system was made for tell the most.
        photos: of them to ask about, at most.
        preparations: whether to try the usual preparations of pixels, where the file of an embedder
            does not say which one its network takes.
        universal_trigger: whether to seek by gradients, where an embedder gives them, the smallest
            thing under which different strangers pass as one. It never decides.
        fmr: false match rate that the threshold is fixed at, on half of the strangers; the keys are
            put on the others. A verifier that gives decisions alone has a threshold of its own.
        level: the chance of a verdict "suspicious" where there is no back door.
        references: how many small clean embedders of the same architecture to train (once, they are
            kept in `cache`) and to scan in the same way: the null, and the rate of false alarms. At
            least four are needed for a verdict.
        planted: how many such embedders with a planted back door, for the power.
        options: further options of the system's door, such as `network`.
        seed: of whatever is drawn.
        store: where to keep the scan as an audit, with a report; nothing is kept when None.
        cache: where packed faces and reference networks are kept.
        progress: told of long work.

    Returns:
        `EmbedderScan`: verdict, keys by suspicion, figures, pictures.

    Raises:
        InputError: the system cannot be opened or is an identifier, or there are too few strangers.
        OptionError: an option is wrong, or an object in memory is to be kept in a store.
        SourceError: there are no photos to be had.
        CaseError: the scan failed in a store; the message says why.

    Example:
        ::

            found = faceaudit.scan_embedder("onnx:embedder.onnx", strangers="lfw:~/lfw/images")
            print(found.verdict, [one.key for one in found.keys[:3]])
    """
    door = system_under_test(system, **dict(options or {}))
    values: dict[str, Any] = {
        "photos": check_count(photos, "photos", least=20),
        "preparations": preparations,
        "universal_trigger": universal_trigger,
        "fmr": check_number(fmr, "fmr"),
        "level": check_number(level, "level"),
        "references": check_count(references, "references", least=0),
        "planted": check_count(planted, "planted", least=0),
    }
    if strangers is not None:
        values["strangers"] = plain_values(find_source(strangers))
    plan = ScanPlan(systems=(STAND_IN,), **values)
    work = folders(cache, progress)
    opened = open_system(door, work)
    if isinstance(opened, IdentifierUnderTest):
        raise InputError(
            f"expected an embedder or a verifier, got {opened.title}, which names people; try "
            "faceaudit.scan_identifier, or, for its features, the option head='none'"
        )
    if store is not None:
        record, report = keep_scan(door, values, seed, store, progress)
        return EmbedderScan(EmbedderScanFacts.of(record), record.figures, {}, report)
    faces = load_faces(plan.strangers, opened.size, work).faces
    shown = drawn_people(faces, plan.photos, seed)
    done = scan_comparing(plan, door, opened, shown, seed, work)
    return EmbedderScan(done.facts, done.figures, done.pictures, None, done.ground)
