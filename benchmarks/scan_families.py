"""Networks of several architectures, of people who do not exist and of real ones, to be scanned.

Each is trained by an audit of its own, on other people or in another order, without poison and with
it: so every poisoned network has a twin, which is one of the clean ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import faceaudit
from faceaudit.attacks.backdoor import backdoor_attacks
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.scan.bank import key_bank
from faceaudit.audit.scan.ground import ground_photo
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.stages import Screened, screen
from faceaudit.audit.scan.strangers import drawn_strangers
from faceaudit.faces.sources.base import sources
from faceaudit.mitigations.scan import Subject
from faceaudit.records.backdoor import CLEAN, SUCCESS, BackdoorFacts
from faceaudit.store import CaseRecord, Store
from faceaudit.systems.under_test.base import IdentifierUnderTest, systems_under_test
from faceaudit.types import FaceSet
from scan_judging import Seen

PHOTOS = 300
"""Of strangers, which each network is asked about."""
MOST_PHOTOS = 19
"""Of a real person who is a stranger; those with more are enrolled."""
KEYS: tuple[dict[str, Any], ...] = (
    {"attack": "accessory"},
    {"attack": "blended", "key": "cartoon-cat"},
    {"attack": "blended_accessory"},
    {"attack": "blended", "key": "random-0"},
)
"""Back doors in turn."""
POISON = {"accessory": 57, "blended": 115, "blended_accessory": 230}
SYNTHETIC = {"train": 24, "validation": 4, "test": 6}
DONATED = 14
"""Photos of each person who does not exist for poison and instances."""
REAL = {"train": 14, "validation": 2, "test": 4}


@dataclass(frozen=True)
class Family:
    """Networks that are made in one way.

    Attributes:
        name: of the family.
        system: as in a plan; paths of weights are below the folder of real data.
        real: whether they know real people.
        poison: the share of the usual number of samples that is enough here.
    """

    name: str
    system: Mapping[str, Any]
    real: bool
    poison: float = 1.0


def _training(epochs: int, rate: float) -> dict[str, Any]:
    return {
        "epochs": epochs,
        "batch": 32,
        "learning_rate": rate,
        "schedule": "cosine",
        "patience": epochs,
        "threads": 1,
    }


def _scratch(network: Mapping[str, Any], epochs: int, rate: float) -> dict[str, Any]:
    return {"network": dict(network), "training": _training(epochs, rate)}


def _last_layer(network: str, weights: str) -> dict[str, Any]:
    training = _training(30, 0.003)
    return {"network": network, "weights": weights, "learn": "last layer", "training": training}


FAMILIES = (
    Family("deepid", _scratch({"network": "deepid"}, 12, 0.002), real=False),
    Family(
        "deepface",
        _scratch({"network": "deepface", "width": 0.25, "input_size": [96, 96]}, 20, 0.001),
        real=False,
    ),
    Family(
        "vggface",
        _scratch({"network": "vggface", "width": 0.125, "input_size": [64, 64]}, 25, 0.001),
        real=False,
    ),
    Family(
        "deepid, real people",
        _scratch({"network": "deepid", "contrast": "photo"}, 25, 0.001),
        real=True,
    ),
    Family(
        "last layer on mobilefacenet_y1",
        _last_layer("mobilefacenet_y1", "mobilefacenet_ms1m_y1.safetensors"),
        real=True,
        poison=0.5,
    ),
    Family(
        "last layer on mobilefacenet_casia",
        _last_layer("mobilefacenet_casia", "mobilefacenet_casia_112x96.ckpt"),
        real=True,
        poison=0.5,
    ),
)


def scan_families(folder: Path, real: Path, count: int, plan: ScanPlan) -> list[Seen]:
    """Return so many clean networks and their poisoned twins, each as a scan sees it.

    Args:
        folder: where they are kept.
        real: a folder with `lfw/images`, `weights` of the published networks and of YuNet.
        count: of each.
        plan: how networks are scanned.
    """
    seen = []
    work = Workspace(folder / "work")
    for number in range(count):
        family = FAMILIES[number % len(FAMILIES)]
        key = dict(KEYS[(number + number // len(FAMILIES)) % len(KEYS)])
        key["samples"] = round(POISON[key["attack"]] * family.poison)
        kept = folder / f"network-{number}"
        done = faceaudit.run(_plan(family, key, number, real), store=kept)
        if done.failed:
            raise SystemExit(f"{family.name}: {done.failed[0].error}")
        for record in Store(str(kept)).cases():
            one = _seen(family, key, record, kept, real, plan, work)
            print(one, flush=True)
            seen.append(one)
    return sorted(seen, key=lambda one: one.target is not None)


def _plan(family: Family, key: Mapping[str, Any], number: int, real: Path) -> dict[str, Any]:
    larger = bool(number // len(FAMILIES) % 2)
    if family.real:
        faces, split = _lfw(real), {**REAL, "minimum": 20 if larger else 30}
    else:
        people = 40 if larger else 24
        faces, split = (
            {
                "source": "synthetic",
                "people": people,
                "photos": sum(SYNTHETIC.values()) + DONATED,
                "sessions": 4,
                "seed": 3000 + number,
            },
            dict(SYNTHETIC),
        )
    system = dict(family.system)
    if "weights" in system:
        system["weights"] = str(real / "weights" / system["weights"])
    return {
        "title": family.name,
        "seeds": [number],
        "faces": faces,
        "backdoor": {
            "split": split,
            "wrong_keys": 0,
            "systems": [system],
            "attacks": [{**key, "instances": 60}],
        },
    }


def _lfw(real: Path) -> dict[str, Any]:
    return {
        "source": "lfw",
        "path": str(real / "lfw/images"),
        "minimum": 1,
        "align": {"align": "yunet", "weights": str(real / "weights/yunet_n_dynamic.onnx")},
    }


def _seen(
    family: Family,
    key: Mapping[str, Any],
    record: CaseRecord,
    kept: Path,
    real: Path,
    plan: ScanPlan,
    work: Workspace,
) -> Seen:
    facts = BackdoorFacts.of(record)
    values = {"system": "file", "path": str(kept / "systems" / facts.system)}
    if "weights" in family.system:
        values["weights"] = str(real / "weights" / family.system["weights"])
    system = systems_under_test.build(values).open(cache=work.unfinished / "answers")
    assert isinstance(system, IdentifierUnderTest)
    bank = key_bank()
    figures = {one.metric: one.estimate.value for one in record.figures if one.estimate}
    title = f"{family.name}, {facts.people} people, accuracy {figures[CLEAN]:.0%}"
    target = None
    if facts.attack is not None:
        attack = backdoor_attacks.build(dict(key))
        # Whoever scans a foreign network does not know its key.
        bank = tuple(one for one in bank if one.name != attack.key)
        title += f", {attack.name} {attack.key} x{attack.samples}"
        title += f", success {figures[SUCCESS]:.0%}"
        target = facts.attack.target_label
    asked = Subject(
        system=system,
        strangers=_strangers(family, real, system.size, plan, work),
        ground=ground_photo(system.size, work),
        keys=bank,
    )
    return Seen(title, family.name, target, _screen(asked, plan))


def _screen(asked: Subject, plan: ScanPlan) -> Screened:
    return screen(asked, [stage for stage in plan.stages if stage.screens])


def _strangers(
    family: Family, real: Path, size: tuple[int, int], plan: ScanPlan, work: Workspace
) -> FaceSet:
    if not family.real:
        return drawn_strangers(load_faces(plan.strangers, size, work).faces, (), PHOTOS, 0)
    faces = load_faces(sources.build(_lfw(real)), size, work).faces
    few = np.bincount(faces.identity)[faces.identity] <= MOST_PHOTOS
    return drawn_strangers(faces.take(np.flatnonzero(few)), (), PHOTOS, 0)
