"""The protocol of a kind of audit: everything that run, check, results and report ask of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.selection import Combination
from faceaudit.audit.common.workload import Work
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import CaseError, FaceAuditError
from faceaudit.faces.loaded import LeftOut, Remark
from faceaudit.faces.sources.base import Source
from faceaudit.registry import Options
from faceaudit.store import CaseRecord, Store

S = TypeVar("S", bound=Options)


@dataclass(frozen=True)
class Prepared:
    """The jobs of one section, and what is to be said of its faces.

    Attributes:
        jobs: in the order of the plan.
        left_out: photos, people and pairs that are not used, and why.
        remarks: photos that are used, but not as they were.
        account: further plain values for the store's account of the run.
        device: the device that trains, as PyTorch spells it; empty where nothing is trained.
    """

    jobs: tuple[Job, ...]
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[Remark, ...] = ()
    account: Mapping[str, Any] = field(default_factory=dict)
    device: str = ""


class AuditKind(ABC, Generic[S]):
    """A kind of audit; `S` is its section of a plan.

    Attributes:
        name: the plan's key, the folder's name in every wing, and `spec["kind"]` of its cases.
        title: the name in the report.
        plan: the class of its section.
        report: the module of its section of the report, which has a `SECTION`.
        measures: names of the measures that limits may speak of, and the keys of their labels.
        narrowing: what makes the intervals of its measures narrower, in words.
        moved: keys that a plan had at its top before there were sections, and where they are now.
        renamed: keys that the section had under another name, and what to write now.
        lists: parts of a case, and the list of the section that each stands in: `include` may add
            to it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    plan: ClassVar[type[Options]]
    report: ClassVar[str]
    measures: ClassVar[Mapping[str, Sequence[str]]] = {}
    narrowing: ClassVar[str] = "more people"
    moved: ClassVar[Mapping[str, str]] = {}
    renamed: ClassVar[Mapping[str, str]] = {}
    lists: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def prepare(self, plan: S, seeds: Sequence[int], store: Store, work: Workspace) -> Prepared:
        """Return the section's jobs; faces are packed now, nothing is trained.

        Raises:
            FaceAuditError: no case of the section could run.
        """

    @abstractmethod
    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Run a job, rebuilt from plan and store, and return what was found."""

    def pictures(self, job: Job, store: Store, work: Workspace) -> Mapping[str, bytes]:
        """Return the pictures that a job's case keeps, made again; nothing is trained."""
        del job, store, work
        return {}

    @abstractmethod
    def cost(self, plan: S, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost; `look` says whether photos may be counted."""

    @abstractmethod
    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case; a failed case has one that says so."""

    def obstacles(self, plan: S, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending, told without reading a photo."""
        del plan, seeds
        return iter(())

    def combinations(self, plan: S, seeds: Sequence[int]) -> Iterator[Combination]:
        """Yield the parts of each case, in the order of `prepare`'s jobs.

        A kind with none has no `exclude` in its section.
        """
        del plan, seeds
        return iter(())

    def remarks(self, plan: S) -> Iterator[str]:
        """Yield what to know before the section's figures are read, each in one line."""
        del plan
        return iter(())

    def loads(self, plan: S) -> Sequence[tuple[Source, tuple[int, int]]] | None:
        """Return the sources that `prepare` loads, each with a size; None where that is unknown."""
        del plan
        return None

    def workload(self, plan: S, seeds: Sequence[int]) -> Sequence[Work] | None:
        """Return the work of the section by kind; None where that is unknown."""
        del plan, seeds
        return None

    def absent_files(self, plan: S) -> Iterator[str]:
        """Yield what the section needs that is not here, each with the option that names another.

        Raises:
            InputError: a file is here and cannot be used.
        """
        del plan
        return iter(())


def same_case(job: Job, case: str) -> None:
    """Raise `CaseError` where a job, rebuilt here, is another case than the one that was planned.

    Its photos, lists or weights were then changed meanwhile.
    """
    if case != job.id:
        raise CaseError(
            f"expected the photos and weights that {job.title!r} was planned with, got others; "
            "run the audit again"
        )
