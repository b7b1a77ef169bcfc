"""What every repair promises, on a small system with a back door."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.errors import CaseError, InputError
from faceaudit.mitigations.backdoor import Repair, backdoor_mitigations
from mitigations.backdoor.small_systems import judged, repaired, task_of, weights

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
