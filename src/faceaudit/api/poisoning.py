"""Backdoors in systems that are trained elsewhere: poisoned photos out, a judged system in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faceaudit.api.arguments import (
    Cache,
    StoreLike,
    StrPath,
    check_size,
    folders,
    path_of,
    store_of,
)
from faceaudit.api.audits import PlanLike, check_overrides, write_report
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.audit.backdoor.judging import Judge, labels_among
from faceaudit.audit.backdoor.poison_folder import write_poison_folder
from faceaudit.audit.backdoor.poison_manifest import CleanSet, PoisonManifest
from faceaudit.audit.common import environment
from faceaudit.audit.common.discretion import Discretion, is_real
from faceaudit.audit.declared import Shown
from faceaudit.audit.plan_file import load_plan
from faceaudit.errors import InputError, OptionError
from faceaudit.progress import Progress, silent
from faceaudit.records.backdoor import KIND, network_of
from faceaudit.store import CaseRecord, Store
from faceaudit.systems.under_test import Access, IdentifierUnderTest, OpenSystem


@dataclass(frozen=True)
class PoisonedPhotos:
    """A folder of poisoned photos.

    Attributes:
        folder: where it is.
        size: height and width of every photo, in pixels.
        training_sets: names of the training sets with poison, which `judge` takes.
    """

    folder: Path
    size: tuple[int, int]
    training_sets: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What was found of a system that was trained elsewhere.

    Attributes:
        record: the case, with every figure.
        store: holds it.
        report: the report's file, or its URL in a store elsewhere; None where none was written.
    """

    record: CaseRecord
    store: Store
    report: Path | str | None = None


def poison(
    plan: PlanLike,
    folder: StrPath,
    *,
    overrides: Sequence[str] = (),
    system: int = 0,
    size: tuple[int, int] | None = None,
    cache: Cache = None,
    progress: Progress = silent,
) -> PoisonedPhotos:
    """Write a plan's attacks as training sets of photos, for any training pipeline.

    For each seed, attack and number of samples there is a training set with poison in it; beside
    it the photos that the trained system is to be asked: instances, the same people without the
    key, and wrong keys; for each seed also the training set without poison, validation and test
    photos. `judge` then says what a system that was trained on them does.

    Args:
        plan: as `faceaudit.run` takes it, with a section `backdoor`.
        folder: where to; not there yet, or empty.
        overrides: changes of the plan, as in `seeds=[0]`.
        system: which of the section's systems gives the photos their size.
        size: height and width of the photos instead, in pixels: what your system takes.
        cache: where packed photos are kept.
        progress: told of all long work.

    Returns:
        Where the photos are, and the names of the training sets.

    Raises:
        OptionError: the plan has a wrong key or value, or no section `backdoor`; or the folder is
            not empty.
        SourceError: there are no faces to be had.
        SplitError: there are too few people or photos for the split or an attack.

    Example:
        ::

            photos = faceaudit.poison("plan.yaml", "poisoned", size=(112, 112))
            print(photos.training_sets)
    """
    planned = load_plan(plan, check_overrides(overrides))
    section = planned.section(KIND)
    if section is None:
        raise OptionError("expected a plan with a section `backdoor`, got none; add one")
    if size is not None:
        size = check_size(size)
    where = path_of(folder, "a folder to write")
    manifest = write_poison_folder(
        planned.as_json(),
        section.with_seeds(planned.seeds),
        where,
        folders(cache, progress),
        system=system,
        size=size,
    )
    return PoisonedPhotos(where, manifest.size, tuple(each.folder for each in manifest.sets))


def judge(
    folder: StrPath,
    system: SystemLike | OpenSystem,
    *,
    pristine: SystemLike | OpenSystem | None = None,
    trained_on: str | None = None,
    options: Mapping[str, Any] | None = None,
    name: str | None = None,
    store: StoreLike = "audit",
    report: bool = True,
    cache: Cache = None,
    progress: Progress = silent,
) -> Judgement:
    """Say what a system does that was trained elsewhere on photos that `poison` wrote.

    Judgements of several systems, one for each training set and seed, add up in one store, and the
    report takes several seeds of an attack together.

    Args:
        folder: what `poison` wrote.
        system: an identifier that learned from one of its training sets.
        pristine: one that learned from the set without poison, of the same seed; without it the
            report cannot say that the poison is the cause.
        trained_on: the training set's name; needed where there are several.
        options: further options of both systems, such as `names`.
        name: what to call the system; its door's name when None.
        store: the folder or fsspec URL for everything found, or a `Store`.
        report: write `report.html` into the store.
        cache: where answers are kept.
        progress: told of every photo.

    Returns:
        What was found, and where the report is.

    Raises:
        InputError: the folder is none that `poison` wrote, a photo in it was changed, or a system
            cannot be asked, does not name people, takes photos of another size, or knows others.
        OptionError: an option of a system is wrong; the store is of another audit, or holds
            another system under that name.
        StoreError: the store cannot be read or written.

    Example:
        ::

            found = faceaudit.judge(
                "poisoned",
                "onnx:trained.onnx",
                pristine="onnx:clean.onnx",
                trained_on="seed-0/accessory-sunglasses-57",
            )
            print(found.record.figure("attack_success"))
    """
    where = path_of(folder, "a folder that `faceaudit poison` wrote")
    manifest = PoisonManifest.read(where)
    training_set = manifest.find(trained_on)
    kept, work = store_of(store), folders(cache, progress)
    clean = manifest.clean[training_set.seed]
    opening = _Opening(manifest, clean, work.root, progress)
    asked = opening.identifier(system, options)
    beside = None if pristine is None else opening.identifier(pristine, options)
    judging = Judge(where, manifest, name or asked.door)
    cases = _kept_cases(kept, manifest, training_set.folder, judging.name, asked.system.id)
    kept.make()
    started = datetime.now(UTC)
    other = None if beside is None else beside.system
    records = [judging.judge_attack(training_set, asked.system, other)]
    if other is not None:
        records.insert(0, judging.judge_pristine(training_set, other))
    cases += [record.id for record in records]
    show = Shown(**manifest.plan.get("show", {}))
    discreet = _discretion_of(manifest, faces=show.faces)
    records = [discreet.record(record) for record in records]
    for record in records:
        kept.write_case(record)
    kept.write_names({**kept.names(), **discreet.names} if show.names else {})
    kept.write_run(discreet.values(_account(manifest, cases, started)))
    page = None
    if report:
        page = write_report(kept, show_faces=show.faces, show_names=show.names)
    return Judgement(records[-1], kept, page)


@dataclass(frozen=True)
class _Asked:
    door: str
    system: IdentifierUnderTest


@dataclass(frozen=True)
class _Opening:
    """Opens identifiers that take a folder's photos as they are, and know its people."""

    manifest: PoisonManifest
    clean: CleanSet
    cache: Path
    progress: Progress

    def identifier(
        self, system: SystemLike | OpenSystem, options: Mapping[str, Any] | None
    ) -> _Asked:
        """Return a system ready to be asked; everything that can be refused is refused here."""
        if isinstance(system, OpenSystem):
            if options:
                raise OptionError(
                    f"expected no options for a system that is open, got {', '.join(options)}; "
                    "give them where it is made"
                )
            door, opened, any_size = system.title, system, False
        else:
            made = system_under_test(system, **(options or {}))
            opened = made.open(cache=self.cache, progress=self.progress)
            if (
                made.by_id
                and Access.SCORES not in opened.access
                and not (options or {}).get("names")
            ):
                named = system_under_test(made, names=sorted(self.clean.people.values()))
                opened = named.open(cache=self.cache, progress=self.progress)
            door, any_size = made.name, made.by_id
        if not isinstance(opened, IdentifierUnderTest):
            raise InputError(
                f"expected an identifier, a system that names people, got {opened.title}, "
                f"{'an' if opened.role[0] in 'aeiou' else 'a'} {opened.role}; a backdoor of one "
                "that compares faces cannot be judged on these photos"
            )
        if not any_size and tuple(opened.size) != tuple(self.manifest.size):
            height, width = opened.size
            raise InputError(
                f"expected a system that takes photos of {self.manifest.size[0]} x "
                f"{self.manifest.size[1]} pixels, as the folder has, got {opened.title}, which "
                f"takes {height} x {width}; write the folder with --size {height}x{width}"
            )
        labels_among(opened, self.clean)
        return _Asked(door, opened)


def _discretion_of(manifest: PoisonManifest, *, faces: bool) -> Discretion:
    """Return what knows the people and photos of a folder, where they are real."""
    discreet = Discretion(faces=faces)
    if is_real({"faces": {"source": manifest.source}}):
        for clean in manifest.clean.values():
            discreet.know_people([*clean.people.values(), *clean.people])
            discreet.know_photos(photo.path for photo in clean.test)
        for each in manifest.sets:
            groups = (each.instances, each.without_key, *each.wrong.values())
            discreet.know_photos(photo.path for group in groups for photo in group)
    return discreet


def _kept_cases(
    store: Store, manifest: PoisonManifest, training_set: str, name: str, system: str
) -> list[str]:
    """Return the ids of the cases that a store holds of the same photos and that stay.

    An earlier judgement of the same system makes way for the new one: two would be taken for two
    trainings.

    Raises:
        OptionError: the store is of another audit, or holds another system under this name.
    """
    if not store.exists():
        return []
    before = store.run()
    if before["sections"].get(KIND, {}).get("judged") != manifest.id:
        raise OptionError(
            f"expected a new store, or one with judgements of the same photos, got {store.url!r} "
            "with another audit; name another"
        )
    stay = []
    for record in store.cases(figures_only=True):
        judged = record.spec.get("judged", {})
        same = judged.get("training_set") == training_set and network_of(record.spec) == name
        if same and judged["system"] != system:
            raise OptionError(
                f"expected one system for each training set and name, got another than the one "
                f"that {store.url!r} holds as {name!r} for {training_set}; give --name, or another "
                "store"
            )
        if not same:
            stay.append(record.id)
    return stay


def _account(manifest: PoisonManifest, cases: Sequence[str], started: datetime) -> dict[str, Any]:
    """Return what the store says of the last judgement."""
    splits = [clean.split.as_json() for clean in manifest.clean.values()]
    return {
        "plan": manifest.plan,
        "cases": list(dict.fromkeys(cases)),
        "left_out": [],
        "remarks": [],
        "sections": {KIND: {"splits": splits, "judged": manifest.id}},
        "versions": environment.versions(),
        "machine": environment.describe_machine("cpu"),
        "commit": environment.commit(),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 1),
    }
