"""Evidence and figures of one backdoor attack on one system."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.staging import PreparedAttack
from faceaudit.metrics import accuracy, attack_success
from faceaudit.records.backdoor import (
    CLEAN,
    CLEAN_ROWS,
    INSTANCE_ROWS,
    NULL,
    NULL_ROWS,
    PRISTINE,
    PRISTINE_ROWS,
    SUCCESS,
    WRONG_KEY,
    WRONG_KEY_NULL,
    WRONG_KEY_NULL_ROWS,
    WRONG_KEY_ROWS,
    of_key,
)
from faceaudit.systems.identifiers.base import System
from faceaudit.types import Column, Evidence, FaceSet, Figure, IntArray


def clean_evidence(scenario: BackdoorScenario, system: System, kind: str) -> Evidence:
    """Return what a system says of the clean test photos."""
    rows = scenario.split.test
    logits = system.logits(scenario.faces.images, rows)
    ids = tuple(scenario.faces.ids[row] for row in rows)
    return _rows_of(kind, "", ids, scenario.split.label[rows], logits, scenario.target)


def attack_evidence(
    scenario: BackdoorScenario, prepared: PreparedAttack, system: System, pristine: System
) -> Evidence:
    """Return what the poisoned system says of clean photos, instances and wrong keys.

    The nulls are what the pristine system says of the same instances, with the key and with each
    wrong one.
    """
    label = scenario.split.label
    by_identity = np.full(len(scenario.faces.names), -1)
    by_identity[scenario.faces.identity] = label

    def of(kind: str, key: str, judge: System, shown: FaceSet) -> Evidence:
        logits = judge.logits(shown.images)
        return _rows_of(kind, key, shown.ids, by_identity[shown.identity], logits, scenario.target)

    key = prepared.attack.key
    return _join_rows(
        clean_evidence(scenario, system, CLEAN_ROWS),
        clean_evidence(scenario, pristine, PRISTINE_ROWS),
        of(INSTANCE_ROWS, key, system, prepared.instances),
        of(NULL_ROWS, key, pristine, prepared.instances),
        *(of(WRONG_KEY_ROWS, wrong, system, shown) for wrong, shown in prepared.wrong.items()),
        *(
            of(WRONG_KEY_NULL_ROWS, wrong, pristine, shown)
            for wrong, shown in prepared.wrong.items()
        ),
    )


def attack_figures(evidence: Evidence, target: int) -> tuple[Figure, ...]:
    """Return every figure of an attack, from its evidence alone."""
    kind, key = evidence.columns["kind"], evidence.columns["key"]

    def success(metric: str, rows: Column) -> Figure:
        truth, predicted = _labels(evidence, rows)
        return Figure(metric, attack_success(truth, predicted, target))

    keys = list(dict.fromkeys(str(name) for name in key[kind == WRONG_KEY_ROWS]))
    why = "no wrong key was tried"
    figures = [
        success(SUCCESS, kind == INSTANCE_ROWS),
        success(NULL, kind == NULL_ROWS),
    ]
    for metric, wrong in (
        (WRONG_KEY, kind == WRONG_KEY_ROWS),
        (WRONG_KEY_NULL, kind == WRONG_KEY_NULL_ROWS),
    ):
        figures.append(success(metric, wrong) if keys else Figure(metric, None, why))
        figures += [success(of_key(metric, name), wrong & (key == name)) for name in keys]
    return (
        *figures,
        clean_figure(evidence, CLEAN, CLEAN_ROWS),
        clean_figure(evidence, PRISTINE, PRISTINE_ROWS),
    )


def clean_figure(evidence: Evidence, metric: str, kind: str) -> Figure:
    """Return the accuracy over the rows of one kind."""
    rows = evidence.columns["kind"] == kind
    return Figure(metric, accuracy(*_labels(evidence, rows)))


def _labels(evidence: Evidence, rows: Column) -> tuple[IntArray, IntArray]:
    return (
        evidence.columns["truth"][rows].astype(np.int64),
        evidence.columns["predicted"][rows].astype(np.int64),
    )


def _rows_of(
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


def _join_rows(*parts: Evidence) -> Evidence:
    columns = {
        name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns
    }
    return Evidence(tuple(id_ for part in parts for id_ in part.ids), columns)
