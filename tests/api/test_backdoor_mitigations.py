"""Filters of backdoors and repairs on data and systems of one's own, in one call each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import faceaudit
from faceaudit.audit.backdoor.asked import AskedIdentifier, see_strangers
from faceaudit.audit.backdoor.other_people import other_photos
from faceaudit.errors import InputError, OptionError, UnknownName
from faceaudit.mitigations.backdoor import TrainingFilter, backdoor_mitigations
from faceaudit.mitigations.backdoor.strip import Strip
from faceaudit.networks import networks
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.training import Training, TrainingPhotos
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray
from helpers.faces import blocks

PEOPLE, PHOTOS, POISON, TARGET = 4, 24, 12, 2
FACES = blocks(PEOPLE, PHOTOS + 8)
CLEAN, LEARNED = (
    FACES.take((np.arange(len(FACES)) % (PHOTOS + 8) < 8) == clean) for clean in (True, False)
)
STRANGERS = blocks(6, 4, seed=8)
NETWORK = networks.build({"network": "deepid", "width": 0.3})
TRAINING = {"epochs": 12, "batch": 16, "learning_rate": 0.003, "threads": 1, "device": "cpu"}


def with_key(images: ImageArray) -> ImageArray:
    """Return photos with a chequered square in a corner."""
    out = images.copy()
    out[:, 2:14, 2:14] = (np.indices((12, 12)).sum(axis=0) // 3 % 2 * 255)[..., None]
    return out


def poisoned() -> FaceSet:
    """Return the training set, its last photos those of others with the key, as the target."""
    others = np.flatnonzero(LEARNED.identity != TARGET)[::6][:POISON]
    return FaceSet(
        np.concatenate([LEARNED.images, with_key(LEARNED.images[others])]),
        np.concatenate([LEARNED.identity, np.full(len(others), TARGET)]),
        LEARNED.names,
        (*LEARNED.ids, *(f"poison-{row}" for row in others)),
        np.concatenate([LEARNED.group, np.arange(len(others)) + 10_000]),
    )


SET = poisoned()
PLANTED = np.arange(len(SET)) >= len(LEARNED)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An identifier that learned from the poisoned photos, as a file."""
    photos, checked = (
        TrainingPhotos.of((one.images, np.arange(len(one)), one.identity)) for one in (SET, CLEAN)
    )
    trained = train_identifier(NETWORK, SET.names, photos, checked, Training(**TRAINING), seed=0)
    described = IdentifierDescription(
        names=SET.names, network=NETWORK.spec().as_json(), learned="everything", backbone=None
    )
    path = tmp_path_factory.mktemp("system") / "identifier.safetensors"
    path.write_bytes(dump_identifier(trained.state, described))
    return f"file:{path}"


def named(system: Any, images: ImageArray) -> IntArray:
    found: IntArray = system.logits(images).argmax(axis=1)
    return found


def opened(door: str, tmp_path: Path) -> Any:
    return faceaudit.system_under_test(door).open(cache=tmp_path)


def success(system: Any, tmp_path: Path) -> float:
    shown = CLEAN.take(CLEAN.identity != TARGET)
    keyed = FaceSet(with_key(shown.images), shown.identity, shown.names, shown.ids, shown.group)
    if isinstance(system, Identifier):
        return float((named(system, keyed.images) == TARGET).mean())
    return float((system.labels(keyed) == TARGET).mean())


@pytest.mark.parametrize("mitigation", ["activation_clustering", "repeated_overlays"])
def test_the_target_is_named_and_its_poison_left_out(
    mitigation: str, door: str, tmp_path: Path
) -> None:
    system = door if mitigation == "activation_clustering" else None
    found = faceaudit.filter_training_set(
        SET, mitigation=mitigation, system=system, clean=CLEAN, share=0.34, people=1, cache=tmp_path
    )
    assert found.people[0] == SET.names[TARGET]
    assert (np.diff(found.of_people) <= 0).all()
    assert found.removed.sum() == int(0.34 * (PHOTOS + POISON))
    assert found.removed[PLANTED].mean() > 0.9
    assert found.suspicion.shape == (len(SET),)


FILTERS = [
    name
    for name in backdoor_mitigations.names()
    if issubclass(backdoor_mitigations.get(name), TrainingFilter)
]


@pytest.mark.parametrize("mitigation", FILTERS)
def test_every_filter_works_without_clean_photos(
    mitigation: str, door: str, tmp_path: Path
) -> None:
    found = faceaudit.filter_training_set(SET, mitigation=mitigation, system=door, cache=tmp_path)
    assert np.isfinite(found.suspicion).all()
    assert found.removed.sum() == 4 + 4 + 7 + 4
    assert len(set(found.people)) == len(found.people) == len(found.of_people)


def test_without_people_the_share_is_of_everybody(tmp_path: Path) -> None:
    found = faceaudit.filter_training_set(SET, share=0.25, cache=tmp_path)
    counts = np.bincount(SET.identity[found.removed], minlength=PEOPLE)
    assert counts.tolist() == [6, 6, 9, 6]


def test_people_are_matched_by_name_and_not_by_place(door: str, tmp_path: Path) -> None:
    """Photos whose people stand in another order than the system's give the same."""
    names = tuple(reversed(SET.names))
    again = FaceSet(SET.images, PEOPLE - 1 - SET.identity, tuple(sorted(names)), SET.ids, SET.group)
    turned = FaceSet(
        again.images,
        again.identity,
        tuple(f"x-{name}" for name in again.names),
        again.ids,
        again.group,
    )
    asked = faceaudit.system_under_test(door, names=tuple(f"x-{name}" for name in names))
    options: dict[str, Any] = {"mitigation": "spectral_signatures", "cache": tmp_path}
    plain = faceaudit.filter_training_set(SET, system=door, **options)
    found = faceaudit.filter_training_set(turned, system=asked, **options)
    np.testing.assert_array_equal(found.suspicion, plain.suspicion)
    place = [int(name[-1]) for name in found.people]
    assert [PEOPLE - 1 - one for one in place] == [int(name[-1]) for name in plain.people]


def test_a_fitted_filter_refuses_keys_and_few_clean_photos(door: str, tmp_path: Path) -> None:
    guard = faceaudit.fit_input_filter(door, CLEAN, false_alarms=0.1, cache=tmp_path)
    assert guard.judged == PEOPLE * 4
    assert guard.false_alarms == 0.1
    shown = LEARNED.take(LEARNED.identity != TARGET)
    keyed = FaceSet(with_key(shown.images), shown.identity, shown.names, shown.ids, shown.group)
    assert guard.refuses(keyed).mean() > 0.8
    assert guard.refuses(shown).mean() < 0.35
    suspicion = guard.suspicion(shown)
    np.testing.assert_array_equal(guard.refuses(shown), suspicion > guard.threshold)


def test_the_threshold_is_set_on_photos_that_the_filter_was_not_fitted_on(
    door: str, tmp_path: Path
) -> None:
    guard = faceaudit.fit_input_filter(door, CLEAN, false_alarms=0.25, cache=tmp_path)
    order = np.argsort(CLEAN.identity, kind="stable")
    apart = guard.suspicion(CLEAN.take(np.sort(order[1::2])))
    assert (apart > guard.threshold).sum() <= 4
    assert guard.threshold in apart


def test_a_repaired_identifier_no_longer_opens_and_can_be_saved(door: str, tmp_path: Path) -> None:
    before = opened(door, tmp_path)
    assert success(before, tmp_path) > 0.8
    found = faceaudit.repair_identifier(
        door,
        CLEAN,
        training=TRAINING,
        mitigation={"mitigation": "i_bau", "epochs": 20, "batch": 8},
        cache=tmp_path,
    )
    assert success(found.identifier, tmp_path) < 0.3
    assert (named(found.identifier, LEARNED.images) == LEARNED.identity).mean() > 0.8
    assert success(opened(door, tmp_path), tmp_path) > 0.8  # the system stays
    path = found.save(tmp_path / "repaired.safetensors")
    again = opened(f"file:{path}", tmp_path)
    np.testing.assert_allclose(
        again.scores(CLEAN), found.identifier.logits(CLEAN.images), atol=1e-4
    )
    assert again.names == SET.names


def test_a_filter_is_fitted_on_other_people_whatever_they_are_called(
    door: str, tmp_path: Path
) -> None:
    """Half of the people fit it, the other half set the threshold; names do not count."""
    options: dict[str, Any] = {"mitigation": "strip", "false_alarms": 0.25, "cache": tmp_path}
    guard = faceaudit.fit_input_filter(door, others=STRANGERS, **options)
    fit, apart = other_photos(STRANGERS, len(STRANGERS), 0).halves()
    assert not set(STRANGERS.identity[fit]) & set(STRANGERS.identity[apart])
    assert guard.judged == len(apart) == 12
    suspicion = guard.suspicion(STRANGERS.take(apart))
    assert (suspicion > guard.threshold).sum() <= 3
    assert guard.threshold in suspicion
    known = FaceSet(
        STRANGERS.images, STRANGERS.identity, tuple("zyxwvu"), STRANGERS.ids, STRANGERS.group
    )
    again = faceaudit.fit_input_filter(door, others=known, **options)
    assert again.threshold == guard.threshold
    # The filter itself is that of the half: another one fitted by hand gives the same.
    asked = AskedIdentifier(opened(door, tmp_path))
    half = see_strangers(STRANGERS.take(np.sort(fit)), asked)
    assert (half.label == -1).all()
    score = Strip().fit(asked, half, np.random.default_rng([0, 8]))
    np.testing.assert_allclose(score(CLEAN.images, None), guard.suspicion(CLEAN), rtol=1e-5)


def test_a_repair_with_other_people_keeps_what_is_said_of_bare_photos(
    door: str, tmp_path: Path
) -> None:
    found = faceaudit.repair_identifier(
        door,
        others=STRANGERS,
        training=TRAINING,
        mitigation={"mitigation": "ft_sam", "epochs": 2, "learning_rate": 1e-4},
        cache=tmp_path,
    )
    assert (named(found.identifier, LEARNED.images) == LEARNED.identity).mean() > 0.8


@pytest.mark.parametrize("call", [faceaudit.repair_identifier, faceaudit.fit_input_filter])
def test_clean_photos_are_of_those_whom_it_knows_or_of_others(call: Any) -> None:
    """What is wrong is said before the system is opened."""
    way = "nad" if call is faceaudit.repair_identifier else "backbone_agreement"
    fine = "i_bau" if call is faceaudit.repair_identifier else "occlusion"
    nowhere = "file:/no/such.safetensors"
    with pytest.raises(InputError, match="got both; leave clean or others out"):
        call(nowhere, CLEAN, others=STRANGERS, mitigation=fine)
    with pytest.raises(InputError, match=f"photos of other people, got {way}; .* give clean"):
        call(nowhere, others=STRANGERS, mitigation=way)
    with pytest.raises(InputError, match="others as a FaceSet, got 'x'"):
        call(nowhere, others="x", mitigation=fine)
    with pytest.raises(InputError, match=f"photos of other people for {fine}, got 0"):
        call(nowhere, others=STRANGERS.take(np.zeros(0, dtype=np.int64)), mitigation=fine)


def test_what_uses_no_clean_photos_takes_none_of_others() -> None:
    with pytest.raises(InputError, match=r"got abl; .* leave others out"):
        faceaudit.repair_identifier("file:/no/such.safetensors", others=STRANGERS, mitigation="abl")


def test_a_repair_by_the_training_set_needs_it(door: str, tmp_path: Path) -> None:
    nobody = CLEAN.take(np.zeros(0, dtype=np.int64))
    with pytest.raises(InputError, match="give training_set"):
        faceaudit.repair_identifier(door, nobody, mitigation="abl", cache=tmp_path)
    options = {**TRAINING, "mirrored": True}
    found = faceaudit.repair_identifier(
        door,
        nobody,
        mitigation={"mitigation": "abl", "isolation_epochs": 1, "epochs": 1},
        training_set=SET,
        training=options,
        cache=tmp_path,
    )
    assert np.isfinite(found.identifier.logits(CLEAN.images)).all()


def nobody_known(photos: ImageArray) -> FloatArray:
    return np.zeros((len(photos), 2), dtype=np.float32)


def test_what_cannot_be_used_is_said_before_the_work(door: str, tmp_path: Path) -> None:
    other = FaceSet(
        CLEAN.images, CLEAN.identity, tuple(f"z-{n}" for n in CLEAN.names), CLEAN.ids, CLEAN.group
    )
    small = blocks(PEOPLE, 4, (30, 30))
    scores = faceaudit.system_under_test(
        nobody_known, names=["a", "b"], size=(55, 47), role="identifier"
    )
    options: dict[str, Any] = {"cache": tmp_path}
    with pytest.raises(OptionError, match=r"filter of training sets, got 'strip'.*'?spectre"):
        faceaudit.filter_training_set(SET, mitigation="strip", **options)
    with pytest.raises(OptionError, match="filter of inputs, got 'nad'"):
        faceaudit.fit_input_filter(door, CLEAN, mitigation="nad", **options)
    with pytest.raises(OptionError, match="a repair, got 'spectre'"):
        faceaudit.repair_identifier(door, CLEAN, mitigation="spectre", **options)
    with pytest.raises(UnknownName):
        faceaudit.filter_training_set(SET, mitigation="beatrx", **options)
    with pytest.raises(InputError, match="give it, or try 'repeated_overlays'"):
        faceaudit.filter_training_set(SET, mitigation="spectre", **options)
    with pytest.raises(InputError, match="system's size"):
        faceaudit.fit_input_filter(door, small, **options)
    with pytest.raises(InputError, match="4 others such as 'z-person-0'"):
        faceaudit.fit_input_filter(door, other, **options)
    with pytest.raises(InputError, match="embeddings"):
        faceaudit.fit_input_filter(
            scores,
            FaceSet(CLEAN.images, CLEAN.identity % 2, ("a", "b"), CLEAN.ids, CLEAN.group),
            **options,
        )
    with pytest.raises(InputError, match="at least 2 clean photos a person for strip, got 1"):
        faceaudit.fit_input_filter(
            door, CLEAN.take(np.arange(len(CLEAN)) % 8 == 0), mitigation="strip", **options
        )
    with pytest.raises(InputError, match="below 1"):
        faceaudit.fit_input_filter(door, CLEAN, false_alarms=1, **options)
    with pytest.raises(InputError, match="file of weights"):
        faceaudit.repair_identifier(
            scores,
            FaceSet(CLEAN.images, CLEAN.identity % 2, ("a", "b"), CLEAN.ids, CLEAN.group),
            **options,
        )
    with pytest.raises(OptionError):
        faceaudit.repair_identifier(door, CLEAN, training={"epoch": 3}, **options)


def test_a_preparation_of_its_own_is_not_lost(door: str, tmp_path: Path) -> None:
    odd = {"scale": 100.0, "mean": [100.0, 100.0, 100.0], "order": "rgb"}
    asked = faceaudit.system_under_test(door, preprocessing=odd)
    with pytest.raises(InputError, match="preprocessing of its own"):
        faceaudit.repair_identifier(asked, CLEAN, cache=tmp_path)


def test_photos_stay_as_they_are() -> None:
    np.testing.assert_array_equal(
        CLEAN.images, blocks(PEOPLE, PHOTOS + 8).images[np.arange(len(FACES)) % (PHOTOS + 8) < 8]
    )
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("call", [faceaudit.repair_identifier, faceaudit.fit_input_filter])
@pytest.mark.parametrize("clean", [None, "folder:/photos"])
def test_what_are_no_photos_is_refused_before_the_system_is_opened(call: Any, clean: Any) -> None:
    with pytest.raises(faceaudit.InputError, match=r"clean photos as a FaceSet, got .*load_faces"):
        call("file:/no/such.safetensors", clean)
