"""Running a plan: every case once, whatever happened before."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from faceaudit.audit import machine
from faceaudit.audit.backbone import Backbone, Foreign, FromFile, Pretrained, refuse_same_people
from faceaudit.audit.backdoor import (
    Staged,
    attack_evidence,
    attack_figures,
    clean_evidence,
    clean_figure,
    stage,
)
from faceaudit.audit.cases import Case, Setting, cases_of, draw_target
from faceaudit.audit.plan import Plan, SystemPlan
from faceaudit.audit.training import trained_system
from faceaudit.errors import FaceAuditError
from faceaudit.faces.source import LeftOut, Loaded
from faceaudit.progress import Progress, silent
from faceaudit.store import CaseRecord, Store
from faceaudit.systems import System
from faceaudit.types import FaceSet

CACHE = "FACEAUDIT_CACHE"


@dataclass(frozen=True)
class Outcome:
    """What became of a plan's cases.

    Attributes:
        ran: cases that were run now.
        kept: cases that the store already held.
        failed: title and error of those that failed.
    """

    ran: int
    kept: int
    failed: tuple[tuple[str, str], ...]


def run(plan: Plan, store: Store, *, progress: Progress = silent) -> Outcome:
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
    loaded: dict[tuple[int, int], Loaded] = {}
    settings = [*_settings(plan, store, loaded, progress)]
    cases = [case for setting in settings for case in cases_of(setting)]
    account = {
        "plan": plan.as_json(),
        "cases": [case.id for case in cases],
        "left_out": _left_out(loaded.values(), settings),
        "noted": _once([item for faces in loaded.values() for item in faces.noted]),
        "faces": [_faces_account(setting) for setting in settings],
        "versions": machine.versions(),
        "machine": machine.describe(plan.systems[0].training.torch_device()),
        "commit": machine.commit(),
        "started": started.isoformat(timespec="seconds"),
    }
    store.write_run({**account, "seconds": None})
    kept, failed = 0, []
    with progress.task("cases", len(cases)) as advance:
        for case in cases:
            if store.has_case(case.id):
                kept += 1
            else:
                record = _run_case(case, store, progress)
                store.write_case(record)
                if record.error is not None:
                    failed.append((case.title, record.error))
                    progress.note(f"{case.title} failed: {record.error}")
            advance(1)
    store.write_run({**account, "seconds": round(time.monotonic() - clock, 1)})
    return Outcome(len(cases) - kept - len(failed), kept, tuple(failed))


def workspace(store: Store) -> Path:
    """Return a local folder for packed faces and unfinished work.

    That is `$FACEAUDIT_CACHE` where it is set, else the store itself where it is a local folder,
    else the user's cache folder.
    """
    if os.environ.get(CACHE):
        return Path(os.environ[CACHE]).expanduser()
    return Path(store.root) if store.local else Path.home() / ".cache" / "faceaudit"


def _settings(
    plan: Plan, store: Store, loaded: dict[tuple[int, int], Loaded], progress: Progress
) -> Iterator[Setting]:
    """Yield what cases share, one for each system and seed; faces are loaded once a size."""
    for system in plan.systems:
        size = system.network.size
        if size not in loaded:
            cache = workspace(store) / "faces"
            loaded[size] = plan.faces.load(size, cache=cache, progress=progress)
        faces = loaded[size].faces
        backbone = _backbone(plan, system, faces, store, progress)
        for seed in plan.seeds:
            split = plan.split.split(faces, seed)
            target = draw_target(plan, split, seed)
            yield Setting(plan, system, seed, faces, split, target, backbone)


def _backbone(
    plan: Plan, system: SystemPlan, audited: FaceSet, store: Store, progress: Progress
) -> Backbone | None:
    if system.network.frozen:
        return Foreign(system.network)
    if system.weights is not None:
        return FromFile(system.network, system.weights)
    if system.pretraining is None:
        return None
    source, cache = system.pretraining.faces, workspace(store) / "faces"
    others = source.load(system.network.size, cache=cache, progress=progress).faces
    refuse_same_people(plan.faces, audited, source, others)
    work = workspace(store) / "work"
    return Pretrained(system, system.pretraining, others, store, work=work, progress=progress)


def _run_case(case: Case, store: Store, progress: Progress) -> CaseRecord:
    try:
        return (
            _pristine_case(case, store, progress)
            if case.attack is None
            else _attack_case(case, stage(case.setting, case.attack), store, progress)
        )
    except FaceAuditError as error:
        return CaseRecord(case.id, case.spec, error=str(error))
    except Exception as error:  # noqa: BLE001 - one case's bug must not lose the others' results
        return CaseRecord(case.id, case.spec, error=f"{type(error).__name__}: {error}")


def _pristine_case(case: Case, store: Store, progress: Progress) -> CaseRecord:
    train = _trainer(case, store, progress)
    id_, system = train(None)
    evidence = clean_evidence(case.setting, system, "clean")
    figures = (clean_figure(evidence, "clean_accuracy", "clean"),)
    return CaseRecord(case.id, case.spec, _facts(case, id_), figures, evidence)


def _attack_case(case: Case, staged: Staged, store: Store, progress: Progress) -> CaseRecord:
    train = _trainer(case, store, progress)
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
    case: Case, store: Store, progress: Progress
) -> Callable[[Staged | None], tuple[str, System]]:
    def train(staged: Staged | None) -> tuple[str, System]:
        network = case.setting.system.network.name
        return trained_system(
            case.setting,
            None if staged is None else staged.samples,
            store,
            work=workspace(store) / "work",
            progress=progress,
            title=f"train {network} pristine" if staged is None else f"train {case.title}",
        )

    return train


def _facts(case: Case, system: str) -> dict[str, object]:
    setting = case.setting
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


def _left_out(loaded: Iterable[Loaded], settings: Sequence[Setting]) -> list[dict[str, str]]:
    """List what was left out by the source or the split, each once."""
    listed = [item for faces in loaded for item in faces.left_out]
    return _once(listed + [item for setting in settings for item in setting.split.left_out])


def _once(listed: Sequence[LeftOut]) -> list[dict[str, str]]:
    return [
        {"id": id_, "reason": why} for id_, why in dict.fromkeys((x.id, x.reason) for x in listed)
    ]


def _faces_account(setting: Setting) -> dict[str, object]:
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
