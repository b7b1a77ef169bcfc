"""Poisoned training sets as folders of photos, for systems that are trained elsewhere."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack, split_donors
from faceaudit.audit.backdoor.cases import BackdoorCase
from faceaudit.audit.backdoor.described import count_shared_sessions, describe_split
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.poison_manifest import (
    FORMAT,
    CleanSet,
    Photo,
    PoisonedSet,
    PoisonManifest,
)
from faceaudit.audit.backdoor.scenario import BackdoorScenario, draw_target
from faceaudit.audit.backdoor.staging import prepare_attack
from faceaudit.audit.common.environment import versions
from faceaudit.audit.common.png import encode_png
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import OptionError
from faceaudit.types import FaceSet, IntArray

PLAIN = re.compile(r"[\w][\w .'()-]{0,99}")
"""Names of people that make the same folder name on every system."""

README = """\
# Training sets with poison in them

Made by `faceaudit poison`. Train your system once for each training set, then have it judged:

    faceaudit judge FOLDER SYSTEM --trained-on seed-0/ATTACK --pristine PRISTINE_SYSTEM

- `seed-*/pristine/training`: the photos without poison, one folder a person.
- `seed-*/ATTACK/training`: the same photos, and poison samples in the target's folder.
- `seed-*/pristine/validation`: clean photos to decide by when to stop.
- `seed-*/classes.txt`: the folders' names in the order of the labels that sorting gives.
- `seed-*/test`, `instances`, `without-key`, `wrong-keys`: what the finished system is asked. Never
  train on them.

All photos are PNG files of one size. Which is which stands in `manifest.json`.
"""


def write_poison_folder(
    plan: Mapping[str, Any],
    section: BackdoorPlan,
    folder: Path,
    work: Workspace,
    *,
    system: int = 0,
    size: tuple[int, int] | None = None,
) -> PoisonManifest:
    """Write every attack of a section as a training set, with all photos to ask afterwards.

    Args:
        plan: the whole plan as plain values, which the manifest keeps.
        section: its backdoor section, with seeds.
        folder: where to; not there yet, or empty.
        work: local folders, and who is told of progress.
        system: which of the section's systems gives the photos' size.
        size: height and width of the photos instead.

    Raises:
        OptionError: the folder is not empty, the section has no such system, or keys are put on
            whole photos.
        SourceError: there are no faces to be had.
        SplitError: there are too few people or photos for the split or an attack.
    """
    if not 0 <= system < len(section.systems):
        raise OptionError(
            f"expected one of {len(section.systems)} systems of the plan, counted from 0, got "
            f"{system}"
        )
    if section.placed == "photo":
        raise OptionError(
            "expected keys on aligned faces, got a plan with placed: photo, under which some "
            "photos show no face any more; try placed: aligned"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OptionError(f"expected a new or an empty folder, got {folder}; name another")
    wanted = size or section.systems[system].network.size
    faces = section.faces.load(wanted, cache=work.faces, progress=work.progress).faces
    scenarios = [_scenario(section, system, seed, faces) for seed in section.seeds or ()]
    for scenario in scenarios:  # all of them, before the first photo is written
        for attack, _ in section.variants(scenario.seed):
            _donors(scenario, attack)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(README, "utf-8")
    clean: dict[int, CleanSet] = {}
    sets: list[PoisonedSet] = []
    total = sum(1 + len(list(section.variants(scenario.seed))) for scenario in scenarios)
    with work.progress.task("training sets", total) as advance:
        for scenario in scenarios:
            writer = _Writer(folder, f"seed-{scenario.seed}", scenario)
            clean[scenario.seed] = writer.write_clean()
            advance(1)
            for attack, default_samples in section.variants(scenario.seed):
                sets.append(writer.write_attack(attack, default_samples))
                advance(1)
    manifest = PoisonManifest(
        format=FORMAT,
        made_by=f"faceaudit {versions()['faceaudit']}",
        plan=dict(plan),
        source=section.faces.name,
        size=wanted,
        clean=clean,
        sets=tuple(sets),
    )
    manifest.write(folder)  # last: a folder without it is not complete
    return manifest


def _scenario(section: BackdoorPlan, system: int, seed: int, faces: FaceSet) -> BackdoorScenario:
    split = section.enrol(faces, seed)
    target = draw_target(section, split, seed)
    return BackdoorScenario(section, section.systems[system], seed, faces, split, target)


def _donors(scenario: BackdoorScenario, attack: BackdoorAttack) -> IntArray:
    """Return the rows of the photos that an attack's instances are made from."""
    donors, target = scenario.split.donors, scenario.target_identity
    return split_donors(attack, scenario.faces, donors, target, scenario.seed).instances


@dataclass(frozen=True)
class _Writer:
    """Writes what belongs to one seed.

    Attributes:
        root: the folder of everything.
        name: the seed's own folder in it.
        scenario: split faces with a target.
    """

    root: Path
    name: str
    scenario: BackdoorScenario

    def write_clean(self) -> CleanSet:
        """Write training, validation and test photos as they are."""
        scenario, split = self.scenario, self.scenario.split
        for part, rows in (("training", split.train), ("validation", split.validation)):
            self._write(f"pristine/{part}", scenario.faces, rows)
        people = dict(zip(self.folders, split.names, strict=True))
        (self.root / self.name / "classes.txt").write_text(
            "".join(f"{folder}\n" for folder in sorted(people)), "utf-8"
        )
        return CleanSet(
            split=describe_split(scenario),
            people=people,
            test=self._write("test", scenario.faces, split.test),
            shared_session_photos=count_shared_sessions(
                scenario.faces.group, split.train, split.test
            ),
        )

    def write_attack(self, attack: BackdoorAttack, default_samples: int) -> PoisonedSet:
        """Write a training set with poison, instances, and instances with wrong keys."""
        scenario = self.scenario
        prepared = prepare_attack(scenario, attack)
        place = self._new_folder(attack)
        training = self.root / self.name / place / "training"
        _link(self.root / self.name / "pristine" / "training", training)
        target = training / self.folders[scenario.target]
        for number, image in enumerate(prepared.samples.images):
            (target / f"poison-{number:05d}.png").write_bytes(encode_png(image))
        everybody = np.arange(len(prepared.instances))
        keys = _plain_names(list(prepared.wrong), "key")
        for name, picture in prepared.pictures.items():
            path = self.root / self.name / place / "pictures" / f"{name}.png"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(picture)
        spec = BackdoorCase(scenario, attack, default_samples).spec
        return PoisonedSet(
            folder=f"{self.name}/{place}",
            seed=scenario.seed,
            attack=attack.spec().as_json(),
            spec={key: value for key, value in spec.items() if key not in ("system", "backbone")},
            samples=len(prepared.samples),
            default_samples=default_samples,
            target=scenario.split.names[scenario.target],
            key=attack.key,
            wrong_keys=tuple(prepared.wrong),
            instance_photos=prepared.instance_photos,
            instances=self._write(f"{place}/instances", prepared.instances, everybody),
            without_key=self._write(
                f"{place}/without-key", scenario.faces, _donors(scenario, attack)
            ),
            wrong={
                name: self._write(f"{place}/wrong-keys/{folder}", made, np.arange(len(made)))
                for (name, made), folder in zip(prepared.wrong.items(), keys, strict=True)
            },
            pictures={
                name: f"{self.name}/{place}/pictures/{name}.png" for name in prepared.pictures
            },
        )

    @property
    def folders(self) -> list[str]:
        """The folder of each enrolled person, by label."""
        return _plain_names(self.scenario.split.names, "person")

    def _new_folder(self, attack: BackdoorAttack) -> str:
        """Return a name for an attack's folder that no other attack of the seed has."""
        key = re.sub(r"[^\w-]+", "-", Path(attack.key).stem)[:40].strip("-") or "key"
        name = f"{attack.name}-{key}-{attack.samples}"
        taken = {path.name for path in (self.root / self.name).iterdir()}
        return next(
            each
            for each in (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
            if each not in taken
        )

    def _write(self, part: str, faces: FaceSet, rows: IntArray) -> tuple[Photo, ...]:
        """Write photos, one folder a person, numbered in the order of the rows."""
        folder_of = dict(zip(self.scenario.split.names, self.folders, strict=True))
        numbers: Counter[str] = Counter()
        photos = []
        for row in rows:
            person = faces.names[faces.identity[row]]
            path = f"{self.name}/{part}/{folder_of[person]}/{numbers[person]:05d}.png"
            numbers[person] += 1
            content = encode_png(faces.images[row])
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            photos.append(Photo(path=path, person=person, sha256=digest))
        return tuple(photos)


def _plain_names(names: Sequence[str], what: str) -> list[str]:
    """Return a folder name for each name: itself, where all of them make good ones.

    Elsewhere all are numbered, so that sorting keeps their order.
    """
    distinct = {name.casefold() for name in names}
    if len(distinct) == len(names) and all(
        PLAIN.fullmatch(name) and len(name.encode()) <= 200 and not name.endswith((" ", "."))
        for name in names
    ):
        return list(names)
    width = len(str(len(names)))
    return [f"{what}-{number:0{width}d}" for number in range(len(names))]


def _link(source: Path, to: Path) -> None:
    """Give a folder's files a second place, without copying them where the disk can do that."""

    def place(old: str, new: str) -> str:
        try:
            os.link(old, new)
        except OSError:
            shutil.copyfile(old, new)
        return new

    shutil.copytree(source, to, copy_function=place)
