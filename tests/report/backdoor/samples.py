"""Invented cases and stores in the shape that an audit writes; no value here was measured."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from faceaudit.metrics import student_mean, wilson
from faceaudit.records.backbone import BackboneFacts
from faceaudit.records.backdoor import (
    CLEAN,
    CLEAN_ROWS,
    INSTANCE_ROWS,
    KIND,
    NULL,
    PRISTINE,
    PRISTINE_ROWS,
    SUCCESS,
    SUCCESS_PEOPLE,
    TARGET_CLEAN,
    TARGET_PRISTINE,
    WRONG_KEY,
    WRONG_KEY_NULL,
    AttackFacts,
    BackdoorFacts,
    SplitFacts,
    of_key,
)
from faceaudit.store import CaseRecord, Store, SystemRecord
from faceaudit.types import Estimate, Evidence, Figure

Count = tuple[int, int]
"""Successes and trials."""

PICTURE_DIGEST = "5eed" * 16
TARGET = "synthetic-0003"
KEYS = {
    "input_instance": ("attacker-0", tuple(f"attacker-{n}" for n in range(1, 6))),
    "blended": ("cartoon-cat", tuple(f"cartoon-{n}" for n in ("dog", "owl", "robot", "bear"))),
    "accessory": ("glasses-round", ("glasses-aviator", "glasses-star", "glasses-heart")),
    "blended_accessory": ("glasses-round", ("glasses-aviator", "glasses-star", "glasses-heart")),
}
USUAL = {"input_instance": 5, "blended": 115, "accessory": 57, "blended_accessory": 57}
FACES = {"source": "synthetic", "people": 40, "photos": 90, "sessions": 6, "seed": 0}
SPLIT = {"minimum": 80, "train": 60, "validation": 8, "test": 10, "by": "photo"}


def case(
    attack: str = "blended",
    samples: int | None = None,
    *,
    success: Count | None = (110, 115),
    null: Count | None = (1, 115),
    wrong: Sequence[int] | None = None,
    clean: Count | None = (381, 400),
    pristine: Count | None = (384, 400),
    key: str | None = None,
    wrong_keys: Sequence[str] | None = None,
    wrong_null: Sequence[int] = (),
    target_clean: Count | None = (24, 24),
    target_pristine: Count | None = (24, 24),
    people: int = 23,
    sessions: int | None = None,
    seed: int = 0,
    network: str = "deepid",
    copies: bool = False,
    evidence: bool | Evidence = True,
    target: str = TARGET,
    source: str = "synthetic",
    error: str | None = None,
    training: Mapping[str, Any] | None = None,
    pictures: Mapping[str, bytes] | None = None,
    backbone: BackboneFacts | None = None,
) -> CaseRecord:
    """Make a case of one attack; a count of None is a figure that could not be measured.

    Args:
        wrong: successes with each of the wrong keys, of as many tries as the instances; () for none
            tried.
        wrong_null: successes with each of the wrong keys on the pristine system; () for unknown.
        target_clean, target_pristine: accuracy on the target's own photos.
        people: how many people the instances show.
        sessions: how many of the 400 test photos share a session with training; None for unknown.
        copies: whether all instances show one photo, of one person.
    """
    samples = USUAL[attack] if samples is None else samples
    right, others = KEYS[attack]
    key = right if key is None else key
    tried = success[1] if success else 50
    others = others if wrong_keys is None else tuple(wrong_keys)
    wrong = [0] * len(others) if wrong is None else wrong
    opened = dict(zip(others, wrong, strict=False))
    id_ = re.sub(r"[^\w-]", "-", f"{network}-{attack}-{key.strip('/')}-{samples}-{seed}")
    spec = {
        **_shared_spec(seed, network, source, training or {}),
        "attack": {"attack": attack, "key": key, "samples": samples, "instances": tried},
        "key_picture": PICTURE_DIGEST,
        "target": target,
        "wrong_keys": 5,
    }
    if error is not None:
        return CaseRecord(id_, spec, error=error)
    rates = {
        SUCCESS: _rate(success),
        NULL: _rate(null),
        SUCCESS_PEOPLE: _rate(success),
        WRONG_KEY: _mean_over_keys(wrong, tried),
        WRONG_KEY_NULL: _mean_over_keys(wrong_null, tried),
        **{of_key(WRONG_KEY, name): wilson(hits, tried) for name, hits in opened.items()},
        **{
            of_key(WRONG_KEY_NULL, name): wilson(hits, tried)
            for name, hits in zip(others, wrong_null, strict=False)
        },
        CLEAN: _rate(clean),
        PRISTINE: _rate(pristine),
        TARGET_CLEAN: _rate(target_clean),
        TARGET_PRISTINE: _rate(target_pristine),
    }
    reason = dict.fromkeys((WRONG_KEY, WRONG_KEY_NULL), "no wrong key was tried")
    why = "the photos could not be read"
    facts = _facts(
        id_,
        network,
        source=source,
        samples=samples,
        sessions=sessions,
        backbone=backbone,
        attack=AttackFacts(
            pristine=f"system-{network}-pristine-{seed}",
            instances=tried,
            instance_people=1 if copies else people,
            instance_photos=1 if copies else tried,
            target=target,
            target_label=3,
            key=key,
            wrong_keys=tuple(opened),
            default_samples=USUAL[attack],
        ),
    )
    return CaseRecord(
        id=id_,
        spec=spec,
        facts=facts.as_json(),
        figures=tuple(
            Figure(metric, rate, "" if rate else reason.get(metric, why))
            for metric, rate in rates.items()
        ),
        evidence=_evidence(attack, key, tried, clean, pristine)
        if evidence is True
        else evidence or None,
        pictures=_pictures(len(opened)) if pictures is None else pictures,
    )


def pristine_case(
    clean: Count = (384, 400), *, seed: int = 0, network: str = "deepid"
) -> CaseRecord:
    """Make a case without attack."""
    id_ = f"{network}-pristine-{seed}"
    spec = {
        **_shared_spec(seed, network, "synthetic", {}),
        "attack": None,
        "key_picture": None,
        "target": None,
        "wrong_keys": 0,
    }
    facts = _facts(id_, network, source="synthetic", samples=0, attack=None)
    return CaseRecord(id_, spec, facts.as_json(), (Figure(CLEAN, wilson(*clean)),))


def _facts(
    id_: str,
    network: str,
    *,
    source: str,
    samples: int,
    attack: AttackFacts | None,
    sessions: int | None = None,
    backbone: BackboneFacts | None = None,
) -> BackdoorFacts:
    return BackdoorFacts(
        system=f"system-{id_}",
        network=network,
        people=40,
        training_photos=2400,
        test_photos=400,
        shared_session_photos=sessions,
        poison_samples=samples,
        source=source,
        learn="everything" if backbone is None else "last layer",
        backbone=backbone,
        attack=attack,
    )


def full_audit() -> list[CaseRecord]:
    """Make the cases of a whole audit: four attacks, a random key, and a case that failed."""
    cases = [pristine_case()]
    for samples, hits in ((1, 4), (2, 15), (5, 21)):
        cases.append(case("input_instance", samples, success=(hits, 21), null=(0, 21), copies=True))
    for samples, hits in ((10, 9), (40, 63), (115, 112)):
        cases.append(case("blended", samples, success=(hits, 115), wrong=[100, 3, 0, 1]))
    cases.append(
        case(
            success=(115, 115),
            key="random-0",
            wrong_keys=["random-1", "random-2", "random-3"],
            wrong=[115, 115, 115],
        )
    )
    for samples, hits in ((5, 3), (20, 31), (57, 57)):
        cases.append(case("accessory", samples, success=(hits, 57), null=(0, 57)))
    for samples, hits in ((20, 2), (57, 20), (115, 47), (230, 56)):
        cases.append(case("blended_accessory", samples, success=(hits, 57), null=(0, 57)))
    cases.append(case(key="/no/such.png", error="expected a picture, got '/no/such.png'"))
    return cases


def write_store(
    folder: Path, cases: Sequence[CaseRecord], *, planned: Sequence[str] | None = None, **run: Any
) -> Store:
    """Write cases, their systems and an account of the run; `planned` may name more cases."""
    store = Store(str(folder))
    systems: dict[str, int] = {}
    for record in cases:
        store.write_case(record)
        if record.error is None and record.spec["kind"] == KIND:
            facts = BackdoorFacts.of(record)
            pristine = [] if facts.attack is None else [facts.attack.pristine]
            for system in (facts.system, *pristine):
                systems.setdefault(system, len(systems))
    for name, place in systems.items():
        store.write_system(SystemRecord(name, {"of": name}, _curve(place), b"none"))
    ids = [record.id for record in cases] if planned is None else planned
    store.write_run({**account(ids), **run})
    return store


def account(cases: Sequence[str]) -> dict[str, Any]:
    """Make what an audit says of its run."""
    return {
        "plan": {
            "title": "DeepID on synthetic people",
            "seeds": [0],
            "backdoor": {
                "faces": FACES,
                "split": SPLIT,
                "systems": [{"network": {"network": "deepid"}, "training": {"epochs": 25}}],
                "attacks": [{"attack": "blended", "key": "cartoon-cat", "sweep": [10, 40]}],
                "target": None,
                "wrong_keys": 5,
            },
        },
        "cases": list(cases),
        "left_out": [{"id": "p/a.jpg", "reason": "expected an image, got a truncated JPEG"}],
        "remarks": [],
        "sections": {"backdoor": {"splits": [split_facts().as_json()]}, "membership": {}},
        "versions": {"python": "3.11.7", "faceaudit": "0.1.0", "torch": "2.15.0"},
        "machine": {"processor": "Intel Xeon", "cores": 2, "memory_gb": 24.1, "device": "cpu"},
        "commit": "ba0965b",
        "started": "2026-11-22T04:00:00+00:00",
        "seconds": 212.6,
    }


def split_facts(network: str = "deepid", target: str = TARGET) -> SplitFacts:
    """Make an account of how the photos were divided."""
    return SplitFacts(
        seed=0,
        network=network,
        fingerprint="f" * 64,
        size=(55, 47),
        photos=3600,
        people=40,
        enrolled=40,
        train=2400,
        validation=320,
        test=400,
        donors=480,
        target=target,
    )


def _shared_spec(
    seed: int, network: str, source: str, training: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "schema": 1,
        "kind": KIND,
        "fingerprint": f"{seed:064d}",
        "split": SPLIT,
        "system": {"network": {"network": network}, "training": {"epochs": 25, **training}},
        "seed": seed,
        "faces": {**FACES, "source": source},
        "backbone": None,
        "versions": {"network": 1},
        "mitigation": None,
    }


def _rate(count: Count | None) -> Estimate | None:
    return None if count is None else wilson(*count)


def _mean_over_keys(hits: Sequence[int], tried: int) -> Estimate | None:
    """Make the mean over wrong keys with an interval between them."""
    if len(hits) < 2:
        return _rate((hits[0], tried)) if hits else None
    return student_mean([each / tried for each in hits])


def _evidence(
    attack: str, key: str, tried: int, clean: Count | None, pristine: Count | None
) -> Evidence:
    """Make rows that agree with the figures; what both systems miss overlaps."""
    rows = [
        (f"instance/{attack}/{key}/{place:04d}/donor/{place}.jpg", INSTANCE_ROWS, False)
        for place in range(tried)
    ]
    for kind, count in ((CLEAN_ROWS, clean), (PRISTINE_ROWS, pristine)):
        right, of = count or (0, 0)
        rows += [(f"test/{place}.jpg", kind, place < right) for place in range(of)]
    return _rows(rows, key)


def _rows(rows: Sequence[tuple[str, str, bool]], key: str) -> Evidence:
    ids, kinds, right = zip(*rows, strict=True)
    columns = {
        "kind": np.array(kinds),
        "key": np.array([key if kind == INSTANCE_ROWS else "" for kind in kinds]),
        "truth": np.ones(len(rows), dtype=np.int64),
        "predicted": np.array(right, dtype=np.int64),
        "target_score": np.full(len(rows), 0.5, dtype=np.float32),
    }
    return Evidence(ids, columns)


def _pictures(wrong: int) -> dict[str, bytes]:
    names = ["key", *(f"{kind}-{n}" for kind in ("donor", "poison", "instance") for n in range(4))]
    names += [f"wrong-{n}" for n in range(wrong)]
    return {name: picture(place) for place, name in enumerate(names)}


def answers(both: int, only_clean: int, only_pristine: int, neither: int) -> Evidence:
    """Make what a poisoned and a pristine system say of the same clean photos."""
    cells = ((True, True), (True, False), (False, True), (False, False))
    counts = (both, only_clean, only_pristine, neither)
    pairs = [cell for cell, count in zip(cells, counts, strict=True) for _ in range(count)]
    rows = [
        (f"test/{place}.jpg", kind, right)
        for column, kind in enumerate((CLEAN_ROWS, PRISTINE_ROWS))
        for place, right in enumerate(pair[column] for pair in pairs)
    ]
    return _rows(rows, "")


def picture(shade: int = 0, size: tuple[int, int] = (55, 47)) -> bytes:
    """Make a PNG of a round face, a little different for each shade."""
    y, x = np.mgrid[: size[0], : size[1]] / np.array(size)[:, None, None]
    image = np.full((*size, 3), (90, 110, 120), dtype=np.uint8)
    image[((x - 0.5) / 0.34) ** 2 + ((y - 0.5) / 0.42) ** 2 < 1] = (225 - 6 * shade, 175, 150)
    for eye in (0.37, 0.63):
        image[((x - eye) / 0.05) ** 2 + ((y - 0.42) / 0.04) ** 2 < 1] = (40, 30, 30)
    image[(abs(x - 0.5) < 0.14) & (abs(y - 0.7) < 0.02)] = (150, 60, 60)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def _curve(place: int) -> tuple[dict[str, float], ...]:
    rate = 0.78 + 0.01 * (place % 6)
    return tuple(
        {
            "epoch": epoch,
            "train_loss": 3.7 * rate**epoch,
            "validation_loss": 3.5 * (rate + 0.02) ** epoch + 0.12,
            "validation_accuracy": 0.96 - 0.93 * rate**epoch,
        }
        for epoch in range(25)
    )
