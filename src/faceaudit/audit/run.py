"""Running a plan: every case once, whatever happened before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import torch

from faceaudit.audit.backdoor.cases import BackdoorScenario, Case, cases_of, draw_target
from faceaudit.audit.backdoor.figures import (
    PreparedAttack,
    attack_evidence,
    attack_figures,
    clean_evidence,
    clean_figure,
    prepare_attack,
)
from faceaudit.audit.backdoor.training import trained_system
from faceaudit.audit.common import environment as machine
from faceaudit.audit.common.backbone import backbone_of
from faceaudit.audit.common.workspace import Workspace, workspace
from faceaudit.audit.membership.cases import membership_cases
from faceaudit.audit.membership.scenario import MembershipScenario as PrivacySetting
from faceaudit.audit.membership.scenario import prepare
from faceaudit.audit.plan import Plan
from faceaudit.errors import FaceAuditError
from faceaudit.faces.sources.base import LeftOut, Loaded
from faceaudit.progress import Progress, silent
from faceaudit.store import CaseRecord, Store
from faceaudit.systems import System
from faceaudit.training import Training


@dataclass(frozen=True)
class Job:
    """A case to run.

    Attributes:
        id: of the case.
        title: the case in a few words.
        spec: the case as plain values, for the record of a failure.
        run: runs it.
    """

    id: str
    title: str
    spec: Mapping[str, Any]
    run: Callable[[], CaseRecord]

    def record(self) -> CaseRecord:
        """Return what was found; what went wrong is a record of its own, never a score."""
        try:
            return self.run()
        except FaceAuditError as error:
            return CaseRecord(self.id, self.spec, error=str(error))
        except Exception as error:  # noqa: BLE001 - a bug in one case must not lose the others
            return CaseRecord(self.id, self.spec, error=f"{type(error).__name__}: {error}")


@dataclass(frozen=True)
class RunSummary:
    """What became of a plan's cases.

    Attributes:
        ran: cases that were run now.
        kept: cases that the store already held.
        failed: title and error of those that failed.
    """

    ran: int
    kept: int
    failed: tuple[tuple[str, str], ...]


def run(plan: Plan, store: Store, *, progress: Progress = silent) -> RunSummary:
    """Run every case of a plan that the store does not hold yet.

    A run that was killed goes on where it was: packed faces, trained systems and finished cases are
    kept, and a training goes on from its last checkpoint. A case that fails is recorded as failed
    and the others go on; it is tried again by the next run.

    Args:
        plan: what to audit.
        store: where everything found goes.
        progress: told of all long work.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: too few people can be enrolled.
        UnknownName: the plan's target is not enrolled.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    work = Workspace(workspace(store), progress)
    loaded: dict[tuple[int, int], Loaded] = {}
    settings = [*_settings(plan, store, loaded, work)]
    jobs = [_backdoor_job(case, store, work) for one in settings for case in cases_of(one)]
    privacy = None if plan.privacy is None else prepare(plan.privacy, store, work)
    if privacy is not None:
        jobs += [
            Job(case.id, case.title, case.spec, partial(case.record, store))
            for case in membership_cases(privacy)
        ]
    account = {
        "plan": plan.as_json(),
        "cases": [job.id for job in jobs],
        "left_out": _left_out(_all(loaded, privacy), settings, privacy),
        "noted": _once([item for faces in _all(loaded, privacy) for item in faces.remarks]),
        "faces": [_faces_account(setting) for setting in settings],
        "versions": machine.versions(),
        "machine": machine.describe_machine(_device(plan)),
        "commit": machine.commit(),
        "started": started.isoformat(timespec="seconds"),
    }
    store.write_run({**account, "seconds": None})
    kept, failed = 0, []
    with progress.task("cases", len(jobs)) as advance:
        for job in jobs:
            if store.has_case(job.id):
                kept += 1
            else:
                record = job.record()
                store.write_case(record)
                if record.error is not None:
                    failed.append((job.title, record.error))
                    progress.note(f"{job.title} failed: {record.error}")
            advance(1)
    store.write_run({**account, "seconds": round(time.monotonic() - clock, 1)})
    return RunSummary(len(jobs) - kept - len(failed), kept, tuple(failed))


def _settings(
    plan: Plan, store: Store, loaded: dict[tuple[int, int], Loaded], work: Workspace
) -> Iterator[BackdoorScenario]:
    """Yield what cases share, one for each system and seed; faces are loaded once a size."""
    for system in plan.systems:
        assert plan.faces is not None
        size = system.network.size
        if size not in loaded:
            loaded[size] = plan.faces.load(size, cache=work.faces, progress=work.progress)
        faces = loaded[size].faces
        backbone = backbone_of(system, faces, plan.faces, store, work=work)
        for seed in plan.seeds:
            split = plan.split.split(faces, seed)
            target = draw_target(plan, split, seed)
            yield BackdoorScenario(plan, system, seed, faces, split, target, backbone)


def _backdoor_job(case: Case, store: Store, work: Workspace) -> Job:
    def run() -> CaseRecord:
        if case.attack is None:
            return _pristine_case(case, store, work)
        return _attack_case(case, prepare_attack(case.setting, case.attack), store, work)

    return Job(case.id, case.title, case.spec, run)


def _pristine_case(case: Case, store: Store, work: Workspace) -> CaseRecord:
    train = _trainer(case, store, work)
    id_, system = train(None)
    evidence = clean_evidence(case.setting, system, "clean")
    figures = (clean_figure(evidence, "clean_accuracy", "clean"),)
    return CaseRecord(case.id, case.spec, _facts(case, id_), figures, evidence)


def _attack_case(case: Case, staged: PreparedAttack, store: Store, work: Workspace) -> CaseRecord:
    train = _trainer(case, store, work)
    pristine_id, pristine = train(None)
    id_, system = train(staged)
    evidence = attack_evidence(case.setting, staged, system, pristine)
    facts = {
        **_facts(case, id_),
        "pristine": pristine_id,
        "poison_samples": len(staged.samples),
        "instances": len(staged.instances),
        "target": case.setting.split.names[case.setting.target],
        "target_label": case.setting.target,
        "key": staged.attack.key,
        "wrong_keys": list(staged.wrong),
        "default_samples": case.default_samples,
    }
    figures = attack_figures(evidence, case.setting.target)
    return CaseRecord(case.id, case.spec, facts, figures, evidence, staged.pictures)


def _trainer(
    case: Case, store: Store, work: Workspace
) -> Callable[[PreparedAttack | None], tuple[str, System]]:
    def train(staged: PreparedAttack | None) -> tuple[str, System]:
        network = case.setting.system.network.name
        return trained_system(
            case.setting,
            None if staged is None else staged.samples,
            store,
            work=work.unfinished,
            progress=work.progress,
            title=f"train {network} pristine" if staged is None else f"train {case.title}",
        )

    return train


def _facts(case: Case, system: str) -> dict[str, object]:
    setting = case.setting
    assert setting.plan.faces is not None
    return {
        "system": system,
        "network": setting.system.network.name,
        "people": len(setting.split.names),
        "training_photos": len(setting.split.train),
        "test_photos": len(setting.split.test),
        "poison_samples": 0,
        "source": setting.plan.faces.name,
        "learn": setting.system.learn,
        "backbone": None if setting.backbone is None else setting.backbone.facts(),
    }


def _all(
    loaded: Mapping[tuple[int, int], Loaded], privacy: PrivacySetting | None
) -> tuple[Loaded, ...]:
    return (*loaded.values(), *(() if privacy is None else privacy.loaded))


def _device(plan: Plan) -> torch.device:
    return plan.systems[0].training.torch_device() if plan.systems else Training().torch_device()


def _left_out(
    loaded: Iterable[Loaded], settings: Sequence[BackdoorScenario], privacy: PrivacySetting | None
) -> list[dict[str, str]]:
    """List what was left out by the sources, the splits or lists of pairs, each once."""
    listed = [item for faces in loaded for item in faces.left_out]
    if privacy is not None:
        listed += privacy.pool.left_out
    return _once(listed + [item for setting in settings for item in setting.split.left_out])


def _once(listed: Sequence[LeftOut]) -> list[dict[str, str]]:
    return [
        {"id": id_, "reason": why} for id_, why in dict.fromkeys((x.id, x.reason) for x in listed)
    ]


def _faces_account(setting: BackdoorScenario) -> dict[str, object]:
    split = setting.split
    return {
        "seed": setting.seed,
        "network": setting.system.network.name,
        "fingerprint": setting.faces.fingerprint,
        "size": list(setting.faces.size),
        "photos": len(setting.faces),
        "people": len(setting.faces.names),
        "enrolled": len(split.names),
        "train": len(split.train),
        "validation": len(split.validation),
        "test": len(split.test),
        "donors": len(split.donors),
        "target": split.names[setting.target],
    }
