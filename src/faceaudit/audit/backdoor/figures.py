"""Evidence and figures of one backdoor attack on one system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import softmax

from faceaudit.audit.backdoor.groups import with_groups
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.staging import PreparedAttack
from faceaudit.metrics import accuracy, clustered_share, share_over_keys, wilson
from faceaudit.records.backdoor import (
    CLEAN,
    CLEAN_ROWS,
    INSTANCE_ROWS,
    NOT_FOUND,
    NULL,
    NULL_ROWS,
    PRISTINE,
    PRISTINE_ROWS,
    SUCCESS,
    SUCCESS_PEOPLE,
    TARGET_CLEAN,
    TARGET_PRISTINE,
    WRONG_KEY,
    WRONG_KEY_NULL,
    WRONG_KEY_NULL_ROWS,
    WRONG_KEY_ROWS,
    of_key,
)
from faceaudit.systems.identifiers.base import System
from faceaudit.types import (
    BoolArray,
    Column,
    Estimate,
    Evidence,
    FaceSet,
    Figure,
    FloatArray,
    IntArray,
)


def clean_evidence(scenario: BackdoorScenario, system: System, kind: str) -> Evidence:
    """Return what a system says of the clean test photos."""
    rows = scenario.split.test
    logits = system.logits(scenario.faces.images, rows)
    ids = tuple(scenario.faces.ids[row] for row in rows)
    said = rows_of(kind, "", ids, scenario.split.label[rows], logits, scenario.target)
    return with_groups(said, scenario.groupings, rows)


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
        truth = by_identity[shown.identity]
        said = rows_of(kind, key, shown.ids, truth, logits, scenario.target)
        if key in prepared.found:
            said = _named_nobody(said, ~prepared.found[key])
        return with_groups(said, scenario.groupings, prepared.made_from[key])

    key = prepared.attack.key
    return join_rows(
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


def _named_nobody(said: Evidence, unfound: BoolArray) -> Evidence:
    """Return rows of which some are photos in which no face is found: of nobody, then."""
    columns = dict(said.columns)
    columns["predicted"] = np.where(unfound, -1, columns["predicted"])
    columns["target_score"] = np.where(unfound, 0, columns["target_score"]).astype(np.float32)
    return replace(said, columns=columns)


def instances_not_found(prepared: PreparedAttack) -> tuple[Figure, ...]:
    """Return in how many backdoor instances no face is found; nothing where nobody looks."""
    found = prepared.found.get(prepared.attack.key)
    if found is None:
        return ()
    return (Figure(NOT_FOUND, clustered_share(~found, prepared.instances.identity)),)


def attack_figures(evidence: Evidence, target: int, *, nulls: bool = True) -> tuple[Figure, ...]:
    """Return every figure of an attack, from its evidence alone.

    Tries on photos of one person are alike, so that intervals of shares take the people who are
    depicted as clusters. Wrong keys are few, and differ more than tries with one of them do: their
    common figure is the mean over keys, its interval that between keys.

    Args:
        evidence: of the case.
        target: the target's label.
        nulls: whether a pristine system was asked, too; without one there are no figures of it.
    """
    kind, key = evidence.columns["kind"], evidence.columns["key"]

    def success(metric: str, rows: Column) -> Figure:
        hits, people = tries_of(evidence, rows, target)
        return Figure(metric, clustered_share(hits, people))

    keys = list(dict.fromkeys(str(name) for name in key[kind == WRONG_KEY_ROWS]))
    figures = [
        success(SUCCESS, kind == INSTANCE_ROWS),
        *((success(NULL, kind == NULL_ROWS),) if nulls else ()),
        Figure(
            SUCCESS_PEOPLE, _share_over_people(*tries_of(evidence, kind == INSTANCE_ROWS, target))
        ),
    ]
    for metric, wrong in (
        (WRONG_KEY, kind == WRONG_KEY_ROWS),
        (WRONG_KEY_NULL, kind == WRONG_KEY_NULL_ROWS),
    )[: 2 if nulls else 1]:
        each = [success(of_key(metric, name), wrong & (key == name)) for name in keys]
        figures += [mean_over_keys(metric, each), *each]
    clean = clean_figures(evidence, target)
    if not nulls:
        return (*figures, *clean)
    pristine = clean_figures(evidence, target, PRISTINE, TARGET_PRISTINE, PRISTINE_ROWS)
    return (*figures, *clean, *pristine)


def clean_figures(
    evidence: Evidence,
    target: int,
    everybody: str = CLEAN,
    of_target: str = TARGET_CLEAN,
    kind: str = CLEAN_ROWS,
) -> tuple[Figure, Figure]:
    """Return the accuracy on clean test photos: on everybody's, and on the target's own alone.

    Args:
        evidence: of a case.
        target: the target's label.
        everybody: the metric of the one.
        of_target: the metric of the other.
        kind: the rows to count.
    """
    rows = evidence.columns["kind"] == kind
    truth, predicted = labels_of(evidence, rows)
    own = truth == target
    return (
        Figure(everybody, clustered_share(truth == predicted, truth)),
        Figure(of_target, accuracy(truth[own], predicted[own])),
    )


def mean_over_keys(metric: str, each: Sequence[Figure]) -> Figure:
    """Return the mean over wrong keys, with the interval between them where there are several."""
    known = [figure.estimate for figure in each if figure.estimate is not None]
    if not known:
        return Figure(metric, None, "no wrong key was tried")
    return Figure(metric, share_over_keys(known) if len(known) > 1 else known[0])


def _share_over_people(hits: BoolArray, people: IntArray) -> Estimate:
    """Estimate the mean over people of the share of tries on their photos that succeed.

    People differ as keys may: some are taken for the target always, others never.
    """
    each = [hits[people == person] for person in np.unique(people)]
    if len(each) < 2:
        return clustered_share(hits, people)
    over = share_over_keys([wilson(int(own.sum()), len(own)) for own in each])
    return replace(over, method=over.method.replace("keys", "people"))


def tries_of(evidence: Evidence, rows: Column, target: int) -> tuple[BoolArray, IntArray]:
    """Return whether each try was taken for the target, and whom its photo shows.

    Recognising the target on their own photo is no attack, so that those rows are left out.
    """
    truth, predicted = labels_of(evidence, rows)
    others = truth != target
    return predicted[others] == target, truth[others]


def labels_of(evidence: Evidence, rows: Column) -> tuple[IntArray, IntArray]:
    """Return whom the photos of some rows show, and whom they are taken for."""
    return (
        evidence.columns["truth"][rows].astype(np.int64),
        evidence.columns["predicted"][rows].astype(np.int64),
    )


def rows_of(
    kind: str,
    key: str,
    ids: tuple[str, ...],
    truth: IntArray,
    logits: FloatArray,
    target: int,
) -> Evidence:
    """Return what a system says of photos.

    Args:
        kind: of all rows.
        key: of all rows.
        ids: N ids of the photos.
        truth: (N,) labels of whom they show.
        logits: (N, K) of the system.
        target: the target's label.
    """
    columns: dict[str, Column] = {
        "kind": np.full(len(ids), kind),
        "key": np.full(len(ids), key),
        "truth": truth,
        "predicted": logits.argmax(axis=1),
        "target_score": softmax(logits, axis=1)[:, target].astype(np.float32),
    }
    return Evidence(ids, columns)


def join_rows(*parts: Evidence) -> Evidence:
    """Return the rows of all parts, in their order."""
    columns = {
        name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns
    }
    return Evidence(tuple(id_ for part in parts for id_ in part.ids), columns)
