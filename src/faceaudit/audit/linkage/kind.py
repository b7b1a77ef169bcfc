"""Audits of linkage as a kind: whether templates of two databases are of one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from faceaudit.audit.common.embedder_kind import EmbedderKind
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared
from faceaudit.audit.common.looking import survey_of
from faceaudit.audit.common.obstacles import raised
from faceaudit.audit.common.parties import deal_parties
from faceaudit.audit.common.remarks import unresolved_rates
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination, part_of
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.linkage.cases import combinations, protect_once, unused
from faceaudit.audit.linkage.own_photos import own_photos
from faceaudit.audit.linkage.plan import MOST, LinkagePlan
from faceaudit.audit.linkage.rows import linkage_rows
from faceaudit.errors import FaceAuditError, SplitError
from faceaudit.records.linkage import KIND
from faceaudit.store import CaseRecord, Store
from faceaudit.types import FaceSet

LABELS = ("attack", "protection", "second", "photos", "network", "seed")


class LinkageKind(EmbedderKind[LinkagePlan]):
    """Two databases of templates: who is in both, and who gets a name from public photos."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Linkage of templates"
    plan: ClassVar[type[LinkagePlan]] = LinkagePlan
    report: ClassVar[str] = "faceaudit.report.linkage.section"
    lists: ClassVar[Mapping[str, str]] = {
        "protection": "protections",
        "attack": "attacks",
        "second": "second",
        "photos": "photos",
    }
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "linked": (*LABELS, "fmr"),
        "named": (*LABELS, "fpir"),
        **dict.fromkeys(("rank1", "d_sys", "maximal_leakage"), LABELS),
        "tmr": ("protection", "network", "fmr", "seed"),
    }
    narrowing: ClassVar[str] = "more people"

    def tried(self, plan: LinkagePlan) -> Iterator[Combination]:
        """Yield each attack on each protection, and what is tried on an untrained network."""
        for one in combinations(plan):
            yield {
                "protection": part_of(one.protection),
                "second": one.second,
                "attack": part_of(one.attack),
                "photos": one.photos,
                "untrained": one.untrained,
            }

    def photos_embedded(self, plan: LinkagePlan, seeds: Sequence[int]) -> int:
        """Return how many photos an untrained network embeds, at most."""
        if not plan.untrained or plan.embedders[0].network.is_file:
            return 0
        return len(seeds) * (survey_of(plan.faces).photos or 0)

    def check_faces(self, plan: LinkagePlan, faces: FaceSet, seed: int) -> None:
        """Raise where there are too few people, or photos to learn from."""
        learned = deal_parties(faces, plan.parties, seed).learned
        if not any(one.photos for one in combinations(plan)):
            return
        if max(plan.photos) > len(learned):
            raise SplitError(
                "expected at most as many of the attacker's own photos as there are, "
                f"{len(learned)}, got {max(plan.photos)} in photos; try fewer, or a larger share "
                "to learn from in parties.learn"
            )
        fewest = own_photos(faces, learned, min(plan.photos), seed)
        if len(set(faces.identity[fewest].tolist())) < 2:
            raise SplitError(
                "expected own photos of two people or more to learn from, got "
                f"{min(plan.photos)} of one with seed {seed}; try more in photos"
            )

    def obstacles(self, plan: LinkagePlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending."""
        found = list(raised(partial(combinations, plan)))
        yield from found
        if not found:
            others = list(super().obstacles(plan, seeds))
            yield from others
            if not others:  # a network that cannot be had has no length of templates either
                yield from raised(partial(protect_once, plan))

    def remarks(self, plan: LinkagePlan) -> Iterator[str]:
        """Yield which attacks are tried on nothing, and what is known of the faces."""
        yield from super().remarks(plan)
        for title, why in unused(plan):
            yield f"not tried: {title} ({why})"
        yield from unresolved_rates("people linked", plan.faces, plan.parties, plan.fmrs, MOST)
        if plan.untrained and plan.embedders[0].network.is_file:
            yield (
                f"{plan.embedders[0].network.name} is a file with its weights: what photos give "
                "away without a trained network is not measured"
            )

    def prepare(
        self, plan: LinkagePlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each attack on each protection and seed."""
        from faceaudit.audit.linkage.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        return prepare_jobs(plan, seeds, store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Link two databases in one way."""
        from faceaudit.audit.linkage.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return linkage_rows(record)
