"""One poisoning attack on one system: evidence, figures and pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.special import softmax

from faceaudit.attacks.backdoor import BackdoorAttack, split_donors
from faceaudit.audit.backdoor.cases import BackdoorScenario
from faceaudit.metrics import accuracy, attack_success
from faceaudit.store import Figure
from faceaudit.systems import System
from faceaudit.types import Column, Evidence, FaceSet, ImageArray, IntArray

SHOWN = 4


@dataclass(frozen=True, eq=False)
class PreparedAttack:
    """An attack made ready: everything but a trained system.

    Attributes:
        attack: the attack.
        samples: poison samples, labelled as the target (index in the faces' names).
        instances: backdoor instances, labelled as who they really show.
        wrong: instances with a wrong key instead, by key.
        pictures: PNG files by name.
    """

    attack: BackdoorAttack
    samples: FaceSet
    instances: FaceSet
    wrong: dict[str, FaceSet]
    pictures: dict[str, bytes]


def prepare_attack(setting: BackdoorScenario, attack: BackdoorAttack) -> PreparedAttack:
    """Make an attack's samples and instances from the attacker's part of the split.

    The same seed gives the same instances for any number of samples, and fewer samples are the
    first of more.

    Raises:
        SplitError: there are too few donor photos.
    """
    faces, target = setting.faces, setting.target_identity
    cast = split_donors(attack, faces, setting.split.donors, target, setting.seed)
    samples = attack.poison(faces, cast.poison, target, np.random.default_rng([setting.seed, 2]))
    instances = _instances(setting, attack)
    keys = attack.wrong_keys(setting.plan.wrong_keys)
    wrong = {key: _instances(setting, attack.with_key(key)) for key in keys}
    key = attack.key_image(faces.size)
    donors = faces.images[cast.poison[:SHOWN]]
    pictures = {"key": _png(donors[0] if key is None else key)}
    for name, shown in (
        ("donor", donors),
        ("poison", samples.images),
        ("instance", instances.images),
    ):
        for place, image in enumerate(shown[:SHOWN]):
            pictures[f"{name}-{place}"] = _png(image)
    for place, made in enumerate(wrong.values()):
        pictures[f"wrong-{place}"] = _png(made.images[0])
    return PreparedAttack(attack, samples, instances, wrong, pictures)


def clean_evidence(setting: BackdoorScenario, system: System, kind: str) -> Evidence:
    """Return what a system says of the clean test photos."""
    rows = setting.split.test
    logits = system.logits(setting.faces.images, rows)
    ids = tuple(setting.faces.ids[row] for row in rows)
    return _evidence(kind, "", ids, setting.split.label[rows], logits, setting.target)


def attack_evidence(
    setting: BackdoorScenario, staged: PreparedAttack, system: System, pristine: System
) -> Evidence:
    """Return what the poisoned system says of clean photos, instances and wrong keys.

    The nulls are what the pristine system says of the same instances, with the key and with each
    wrong one.
    """
    label = setting.split.label
    by_identity = np.full(len(setting.faces.names), -1)
    by_identity[setting.faces.identity] = label

    def of(kind: str, key: str, judge: System, shown: FaceSet) -> Evidence:
        logits = judge.logits(shown.images)
        return _evidence(kind, key, shown.ids, by_identity[shown.identity], logits, setting.target)

    key = staged.attack.key
    return _joined(
        clean_evidence(setting, system, "clean"),
        clean_evidence(setting, pristine, "pristine"),
        of("instance", key, system, staged.instances),
        of("null", key, pristine, staged.instances),
        *(of("wrong_key", wrong, system, shown) for wrong, shown in staged.wrong.items()),
        *(of("wrong_key_null", wrong, pristine, shown) for wrong, shown in staged.wrong.items()),
    )


def attack_figures(evidence: Evidence, target: int) -> tuple[Figure, ...]:
    """Return every figure of an attack, from its evidence alone."""
    kind, key = evidence.columns["kind"], evidence.columns["key"]

    def success(metric: str, rows: Column) -> Figure:
        truth, predicted = _labels(evidence, rows)
        return Figure(metric, attack_success(truth, predicted, target))

    keys = list(dict.fromkeys(str(name) for name in key[kind == "wrong_key"]))
    why = "no wrong key was tried"
    figures = [
        success("attack_success", kind == "instance"),
        success("null_success", kind == "null"),
    ]
    for metric, wrong in (
        ("wrong_key_success", kind == "wrong_key"),
        ("wrong_key_null", kind == "wrong_key_null"),
    ):
        figures.append(success(metric, wrong) if keys else Figure(metric, None, why))
        figures += [success(f"{metric}:{name}", wrong & (key == name)) for name in keys]
    return (
        *figures,
        clean_figure(evidence, "clean_accuracy", "clean"),
        clean_figure(evidence, "pristine_accuracy", "pristine"),
    )


def clean_figure(evidence: Evidence, metric: str, kind: str) -> Figure:
    """Return the accuracy over the rows of one kind."""
    rows = evidence.columns["kind"] == kind
    return Figure(metric, accuracy(*_labels(evidence, rows)))


def _instances(setting: BackdoorScenario, attack: BackdoorAttack) -> FaceSet:
    target, donors = setting.target_identity, setting.split.donors
    cast = split_donors(attack, setting.faces, donors, target, setting.seed)
    rng = np.random.default_rng([setting.seed, 3])
    return attack.make_instances(setting.faces, cast.instances, rng)


def _labels(evidence: Evidence, rows: Column) -> tuple[IntArray, IntArray]:
    return (
        evidence.columns["truth"][rows].astype(np.int64),
        evidence.columns["predicted"][rows].astype(np.int64),
    )


def _evidence(
    kind: str,
    key: str,
    ids: tuple[str, ...],
    truth: IntArray,
    logits: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    target: int,
) -> Evidence:
    columns: dict[str, Column] = {
        "kind": np.full(len(ids), kind),
        "key": np.full(len(ids), key),
        "truth": truth,
        "predicted": logits.argmax(axis=1),
        "target_score": softmax(logits, axis=1)[:, target].astype(np.float32),
    }
    return Evidence(ids, columns)


def _joined(*parts: Evidence) -> Evidence:
    columns = {
        name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns
    }
    return Evidence(tuple(id_ for part in parts for id_ in part.ids), columns)


def _png(image: ImageArray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
