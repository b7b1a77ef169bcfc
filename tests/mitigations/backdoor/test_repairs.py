"""What every repair promises, on a small system with a back door."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from faceaudit.errors import CaseError, InputError
from faceaudit.mitigations.backdoor import Repair, backdoor_mitigations
from faceaudit.mitigations.backdoor.common.tuning import (
    answer,
    clean_batches,
    each,
    keep_answers,
)
from mitigations.backdoor.small_systems import judged, repaired, strangers, task_of, weights

TUNED = ("fine_pruning", "fine_tuning", "ft_sam", "i_bau", "nad")
LAST_LAYER = ("abl", "fine_pruning", "fine_tuning", "ft_sam", "i_bau")


def build(name: str, **options: object) -> Repair:
    member = backdoor_mitigations.build({"mitigation": name, **options})
    assert isinstance(member, Repair)
    return member


def test_every_repair_is_tested() -> None:
    everything = map(backdoor_mitigations.get, backdoor_mitigations.names())
    repairs = {
        one.name
        for one in everything
        if issubclass(one, Repair) and one.__module__.startswith("faceaudit.")
    }
    assert repairs == {"abl", *TUNED}


def test_the_system_to_repair_has_a_back_door() -> None:
    success, accuracy = judged(task_of())
    assert success > 0.9
    assert accuracy > 0.9


@pytest.mark.parametrize("name", TUNED)
def test_photos_are_still_recognised(name: str) -> None:
    assert repaired(build(name, epochs=3), task_of())[1] > 0.9


@pytest.mark.parametrize("name", ["fine_pruning", "fine_tuning", "ft_sam", "i_bau"])
def test_larger_steps_make_the_key_open_less_often(name: str) -> None:
    """Distilled attention (nad) is not among them: the small system's key hardly needs any."""
    assert repaired(build(name, learning_rate=0.01), task_of())[0] < 0.9


OTHERS = ("fine_pruning", "fine_tuning", "ft_sam", "i_bau")


def test_what_has_a_use_for_other_people_is_tested() -> None:
    assert tuple(name for name in (*TUNED, "abl") if build(name).other_photos) == OTHERS


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("last_layer", [False, True], ids=["everything", "last layer"])
def test_photos_of_other_people_leave_recognition_as_it_was(name: str, last_layer: bool) -> None:
    task = keep_answers(strangers(task_of(last_layer=last_layer), last_layer=last_layer))
    assert repaired(build(name, epochs=3, learning_rate=1e-3), task)[1] > 0.7


def test_answers_to_keep_are_those_of_the_system_and_not_the_labels() -> None:
    task = strangers(task_of())
    asked = each(task.clean, lambda images: answer(task, images))[0].numpy()
    kept = keep_answers(task)
    assert kept.answers is not None
    np.testing.assert_allclose(kept.answers, softmax(asked, axis=1), atol=1e-6)
    np.testing.assert_array_equal(kept.clean.label, asked.argmax(axis=1))
    assert len(set(kept.clean.label.tolist())) > 1  # strangers had one label for all before
    shown = [wanted for _, wanted in clean_batches(kept, 2, 16)]
    assert {tuple(one.shape[1:]) for one in shown} == {(6,)}
    epochs = np.split(np.concatenate([one.numpy() for one in shown]), 2)
    for one in epochs:
        np.testing.assert_array_equal(np.sort(one, axis=0), np.sort(kept.answers, axis=0))


def test_batches_pair_each_photo_with_its_own_answer() -> None:
    task = keep_answers(strangers(task_of()))
    for images, wanted in clean_batches(task, 1, 16):
        asked = softmax(answer(task, images).detach().numpy(), axis=1)
        np.testing.assert_allclose(wanted.numpy(), asked, atol=1e-5)


def test_tuning_to_what_it_says_already_leaves_a_system_as_it_was() -> None:
    """Plain tuning with other people's photos is a null: the key opens as before."""
    found = repaired(build("fine_tuning"), keep_answers(strangers(task_of())))
    np.testing.assert_allclose(found, judged(task_of()), atol=0.05)


def test_unlearning_needs_nobody_s_own_photos() -> None:
    """One perturbation is unlearned on strangers, where plain tuning does nothing."""
    unlearned = repaired(build("i_bau", share=0.1), keep_answers(strangers(task_of())))
    assert unlearned[0] < 0.7


@pytest.mark.parametrize("name", TUNED)
def test_without_clean_photos_it_is_refused_before_anything_is_changed(name: str) -> None:
    task = task_of(clean=0)
    before = weights(task)
    with pytest.raises(InputError, match="expected clean photos"):
        build(name).repair(task)
    for first, second in zip(before, weights(task), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", TUNED)
def test_a_step_size_that_diverges_is_said(name: str) -> None:
    with pytest.raises(CaseError, match="diverged"):
        build(name, learning_rate=1e30).repair(task_of(clean=4))


@pytest.mark.parametrize("name", [*TUNED, "abl"])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(name: str) -> None:
    found = []
    for seed in (0, 0, 1):
        task = task_of(clean=4, seed=seed)
        build(name, epochs=1).repair(task)
        assert not any(weight.requires_grad for weight in task.head.parameters())
        found.append(np.concatenate([weight.ravel() for weight in weights(task)]))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


@pytest.mark.parametrize("name", LAST_LAYER)
def test_a_last_layer_alone_is_repaired(name: str) -> None:
    task = task_of(last_layer=True)
    before = weights(task)
    _, accuracy = repaired(build(name), task)
    assert accuracy > 0.8
    assert (before[0] != weights(task)[0]).any()
