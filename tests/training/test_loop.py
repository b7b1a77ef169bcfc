from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from faceaudit.errors import CaseError, InputError, OptionError, StoreError
from faceaudit.networks import networks
from faceaudit.progress import Advance
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.training import Trained, Training, TrainingPhotos, loop
from faceaudit.training.checkpoint import Checkpoint
from helpers.faces import blocks
from helpers.notes import Notes

NETWORK = networks.build({"network": "deepid", "width": 0.5})
OPTIONS = Training(epochs=6, batch=32, learning_rate=2e-3, device="cpu")


class Killed(Exception):
    """Stands for a kill in the middle of an epoch."""


class Killing:
    """Progress that kills the training after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        def advance(steps: int) -> None:
            self.left -= steps
            if self.left < 0:
                raise Killed

        yield advance

    def note(self, text: str) -> None:
        raise NotImplementedError


def parts() -> tuple[TrainingPhotos, TrainingPhotos, TrainingPhotos]:
    faces = blocks()
    place = np.arange(len(faces)) % 40
    rows = (np.flatnonzero(place < 25), np.flatnonzero((place >= 25) & (place < 32)))
    rows = (*rows, np.flatnonzero(place >= 32))
    return tuple(TrainingPhotos.of((faces.images, r, faces.identity[r])) for r in rows)  # type: ignore[return-value]


def fitted(options: Training = OPTIONS, seed: int = 0, **how: object) -> Trained:
    train, validation, _ = parts()
    return train_identifier(NETWORK, tuple("abcd"), train, validation, options, seed=seed, **how)  # type: ignore[arg-type]


def same(first: Trained, second: Trained) -> bool:
    return first.curve == second.curve and all(
        torch.equal(first.state[name], second.state[name]) for name in first.state
    )


def test_learns_and_identifies() -> None:
    trained = fitted()
    test = parts()[2]
    identifier = Identifier(NETWORK, tuple("abcd"), trained.state)
    logits = identifier.logits(test.arrays[0], test.row)
    assert (logits.argmax(1) == test.label).mean() > 0.9
    assert trained.curve[-1]["train_loss"] < trained.curve[0]["train_loss"]


def test_labels_at_random_are_not_learned() -> None:
    """The null: what nothing can be learned from stays at chance."""
    train, validation, test = parts()
    rng = np.random.default_rng(0)
    shuffled = TrainingPhotos(train.arrays, train.array, train.row, rng.permutation(train.label))
    wrong = TrainingPhotos(
        validation.arrays, validation.array, validation.row, rng.permutation(validation.label)
    )
    trained = train_identifier(NETWORK, tuple("abcd"), shuffled, wrong, OPTIONS, seed=0)
    identifier = Identifier(NETWORK, tuple("abcd"), trained.state)
    assert (identifier.logits(test.arrays[0], test.row).argmax(1) == test.label).mean() < 0.7


def test_same_seed_same_bits() -> None:
    assert same(fitted(), fitted())
    assert not same(fitted(), fitted(seed=1))


def test_does_not_touch_torch_s_global_state() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    fitted(OPTIONS.model_copy(update={"epochs": 1}))
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("steps", [1, 9, 15])
def test_goes_on_from_a_checkpoint_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    path = tmp_path / "work" / "checkpoint"
    with pytest.raises(Killed):
        fitted(checkpoint=path, progress=Killing(steps))
    assert path.exists() == (steps > 4)
    assert same(fitted(checkpoint=path), fitted())


SHORT = OPTIONS.model_copy(update={"epochs": 2})


@cache
def undisturbed() -> Trained:
    return fitted(SHORT)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def take_another_s(path: Path) -> None:
    other = path.with_name("other")
    with pytest.raises(Killed):
        fitted(SHORT, seed=1, checkpoint=other, progress=Killing(5))
    other.replace(path)


def take_a_future_one(path: Path) -> None:
    """Written whole under this name, by a version with other weights."""
    Checkpoint(path).write({"model": {}, "optimizer": {}, "curve": [], "best": {}})


@pytest.mark.parametrize("damage", [cut, flip, take_another_s, take_a_future_one])
def test_a_damaged_checkpoint_is_dropped_and_the_training_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    path = tmp_path / "checkpoint"
    with pytest.raises(Killed):
        fitted(SHORT, checkpoint=path, progress=Killing(5))
    (tmp_path / "checkpoint.1.abc.part").write_bytes(b"of a writer that was killed")
    damage(path)
    notes = Notes()
    assert same(fitted(SHORT, checkpoint=path, progress=notes), undisturbed())
    assert len(notes.said) == 1
    assert "from the start: expected a checkpoint" in notes.said[0]
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]


def test_a_checkpoint_that_may_not_be_read_is_said_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    path = tmp_path / "checkpoint"
    with pytest.raises(Killed):
        fitted(SHORT, checkpoint=path, progress=Killing(5))
    before = path.read_bytes()

    def denied(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", denied)
        with pytest.raises(StoreError, match=r"Permission denied.*run as the user who wrote it"):
            fitted(SHORT, checkpoint=path)
    assert path.read_bytes() == before


def test_a_checkpoint_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"expected a checkpoint that can be written, got .*free"):
        fitted(SHORT, checkpoint=tmp_path / "file" / "checkpoint")


def test_a_folder_in_a_checkpoint_s_place_is_removed(tmp_path: Path) -> None:
    (tmp_path / "checkpoint" / "in").mkdir(parents=True)
    notes = Notes()
    assert same(fitted(SHORT, checkpoint=tmp_path / "checkpoint", progress=notes), undisturbed())
    assert len(notes.said) == 1
    assert not list(tmp_path.iterdir())


class Counting:
    """Progress that keeps how many steps were announced, and how many were made."""

    def __init__(self) -> None:
        self.total, self.made = 0, 0

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        assert total is not None
        self.total = total

        def advance(steps: int) -> None:
            self.made += steps

        yield advance

    def note(self, text: str) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(("how", "photos"), [({}, 100), ({"balanced": True, "per_person": 9}, 36)])
def test_an_epoch_has_the_steps_that_its_photos_take(how: dict[str, int], photos: int) -> None:
    options = Training(**{**OPTIONS.model_dump(), "epochs": 2, **how})
    counting = Counting()
    fitted(options, progress=counting)
    assert counting.total == counting.made == 2 * -(-photos // options.batch)


def test_photos_of_a_person_are_of_balanced_epochs() -> None:
    with pytest.raises(OptionError, match=r"per_person with balanced epochs only, got 9; set bal"):
        Training(per_person=9)


def test_one_thread_gives_the_same_bits_whatever_torch_may_use() -> None:
    options = OPTIONS.model_copy(update={"epochs": 2, "threads": 1})
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        first = fitted(options)
        assert torch.get_num_threads() == 2
        torch.set_num_threads(1)
        assert same(first, fitted(options))
    finally:
        torch.set_num_threads(before)


def test_training_runs_with_the_threads_that_were_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    monkeypatch.setattr(loop, "_set_rate", lambda *_: seen.append(torch.get_num_threads()))
    before = torch.get_num_threads()
    fitted(OPTIONS.model_copy(update={"epochs": 1, "threads": 3}))
    assert seen == [3]
    assert torch.get_num_threads() == before


def test_a_training_that_diverges_says_so_with_a_remedy() -> None:
    wild = OPTIONS.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(
        CaseError, match=r"finite losses, got .*nan.* after epoch 1: it diverged; .*than 1e\+30"
    ):
        fitted(wild)


def test_stops_early_and_keeps_the_best() -> None:
    trained = fitted(Training(epochs=60, batch=32, learning_rate=5e-3, patience=2, device="cpu"))
    losses = [epoch["validation_loss"] for epoch in trained.curve]
    assert len(losses) < 60
    assert int(np.argmin(losses)) == len(losses) - 3
    _, validation, _ = parts()
    identifier = Identifier(NETWORK, tuple("abcd"), trained.state)
    logits = torch.from_numpy(identifier.logits(validation.arrays[0], validation.row))
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(validation.label))
    assert float(loss) == pytest.approx(min(losses), rel=1e-4)


def test_weights_survive_a_file_and_wrong_ones_are_named() -> None:
    trained = fitted(OPTIONS.model_copy(update={"epochs": 1}))
    images = parts()[2].arrays[0][:3]
    kept = Identifier.load(NETWORK, tuple("abcd"), Identifier.dump(trained.state))
    direct = Identifier(NETWORK, tuple("abcd"), trained.state)
    np.testing.assert_array_equal(kept.logits(images), direct.logits(images))
    assert kept.embed(images).shape == (3, 80)
    state = dict(trained.state)
    state["extra"] = state.pop("head.bias")
    with pytest.raises(InputError, match=r"missing \['head.bias'\], unexpected \['extra'\]"):
        Identifier(NETWORK, tuple("abcd"), state)
    with pytest.raises(InputError, match=r"misshapen \['head.bias \(4,\) instead of \(3,\)'"):
        Identifier(NETWORK, tuple("abc"), trained.state)
