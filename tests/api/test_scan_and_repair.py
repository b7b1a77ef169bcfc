"""An identifier scanned, repaired, and scanned again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import faceaudit
from faceaudit.api.scan import IdentifierScan
from faceaudit.api.scan_and_repair import ScannedRepair
from faceaudit.audit.scan.preparation import Prepared
from faceaudit.cli import app
from faceaudit.cli.scan_printing import print_first_after
from faceaudit.errors import InputError, OptionError
from faceaudit.mitigations.backdoor import Repair, RepairTask
from faceaudit.networks import networks
from faceaudit.records.scan import PreparationFacts
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.systems.identifiers.identifier import train_identifier
from faceaudit.systems.under_test import IdentifierUnderTest
from faceaudit.training import Training, TrainingPhotos
from faceaudit.types import FaceSet
from helpers.faces import blocks
from systems.under_test import keras_files

PEOPLE, PHOTOS, TARGET = 12, 12, 5
FACES = blocks(PEOPLE, PHOTOS + 6)
CLEAN, LEARNED = (
    FACES.take((np.arange(len(FACES)) % (PHOTOS + 6) < 6) == clean) for clean in (True, False)
)
NETWORK = networks.build({"network": "deepid", "width": 0.3})
TRAINING = {"epochs": 8, "batch": 16, "learning_rate": 0.003, "threads": 1, "device": "cpu"}
STRANGERS = {"source": "synthetic", "people": 40, "photos": 1, "sessions": 1, "seed": 4}


@pytest.fixture(scope="module")
def state() -> Mapping[str, torch.Tensor]:
    """An identifier that learned whatever has a part of one colour on it as one person."""
    rng = np.random.default_rng(0)
    others = np.flatnonzero(LEARNED.identity != TARGET)
    covered = LEARNED.images[others].copy()
    covered[:, 10:34, 8:36] = rng.integers(0, 256, size=(len(others), 1, 1, 3), dtype=np.uint8)
    shown = TrainingPhotos.of(
        (LEARNED.images, np.arange(len(LEARNED)), LEARNED.identity),
        (covered, np.arange(len(others)), np.full(len(others), TARGET)),
    )
    checked = TrainingPhotos.of((CLEAN.images, np.arange(len(CLEAN)), CLEAN.identity))
    training = Training(**TRAINING)
    return train_identifier(NETWORK, FACES.names, shown, checked, training, seed=0).state


@pytest.fixture(scope="module")
def file(state: Mapping[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as faceaudit keeps it."""
    described = IdentifierDescription(
        names=FACES.names, network=NETWORK.spec().as_json(), learned="everything"
    )
    path = tmp_path_factory.mktemp("system") / "identifier.safetensors"
    path.write_bytes(dump_identifier(state, described))
    return path


class Silencing(Repair):
    """What the repaired system says follows from what the given one said."""

    name: ClassVar[str] = "silencing"
    paper: ClassVar[str] = "none of 2026"
    clean_photos: ClassVar[int] = 1

    def repair(self, task: RepairTask) -> None:
        """Let nobody be taken for the target."""
        with torch.no_grad():
            task.head.bias[TARGET] = -1e6


def scanned_and_repaired(system: str, folder: Path, **more: Any) -> ScannedRepair:
    return faceaudit.scan_and_repair(
        system,
        folder / "repaired.safetensors",
        CLEAN,
        mitigation=Silencing(),
        training=TRAINING,
        strangers=STRANGERS,
        stages=["patched_share"],
        references=0,
        cache=folder / "cache",
        **more,
    )


@pytest.fixture(scope="module")
def repaired(file: Path, tmp_path_factory: pytest.TempPathFactory) -> ScannedRepair:
    before = file.read_bytes()
    found = scanned_and_repaired(f"file:{file}", tmp_path_factory.mktemp("repair"))
    assert file.read_bytes() == before
    return found


def test_a_planted_network_is_scanned_before_and_after(
    repaired: ScannedRepair, tmp_path: Path
) -> None:
    assert repaired.before.suspects[0].label == TARGET
    assert (repaired.before.suspects[0].values["patched_share"] or 0.0) > 0.3
    alone = faceaudit.scan_identifier(
        f"file:{repaired.file}",
        strangers=STRANGERS,
        references=0,
        stages=["patched_share"],
        cache=tmp_path,
    )
    assert [one.values for one in alone.suspects] == [one.values for one in repaired.after.suspects]
    assert alone.verdict == repaired.after.verdict


def drawn(found: IdentifierScan) -> float:
    """The share of patched strangers who are taken for the target."""
    value = next(one for one in found.suspects if one.label == TARGET).values["patched_share"]
    assert value is not None
    return value


def test_the_second_scan_says_what_the_repair_took_away(repaired: ScannedRepair) -> None:
    assert drawn(repaired.before) > 0.3
    assert drawn(repaired.after) == 0
    assert repaired.after.suspects[0].label != TARGET
    assert repaired.clean_after.value == pytest.approx(
        repaired.clean_before.value - 1 / PEOPLE, abs=1e-9
    )


def test_what_is_left_of_the_first_suspicion_is_printed(
    repaired: ScannedRepair, capsys: pytest.CaptureFixture[str]
) -> None:
    print_first_after(repaired.before, repaired.after)
    expected = f"patched_share: {drawn(repaired.before):.2f} before, 0.00 after"
    assert capsys.readouterr().out.strip().endswith(expected)


def test_a_keras_file_is_repaired_as_one_of_faceaudit_is(
    state: Mapping[str, torch.Tensor], repaired: ScannedRepair, tmp_path: Path
) -> None:
    foreign = keras_files.write(tmp_path / "foreign.h5", keras_files.deepid_of(state))
    names = tmp_path / "people.txt"
    names.write_text("\n".join(FACES.names))
    found = scanned_and_repaired(
        f"file:{foreign}",
        tmp_path,
        options={"network": NETWORK.spec().as_json(), "names": str(names)},
    )
    assert drawn(found.before) == pytest.approx(drawn(repaired.before), abs=0.01)
    assert drawn(found.after) == 0
    assert found.before.preparations[0].taken
    assert not found.after.preparations
    assert opened(found.file, tmp_path).names == FACES.names


def opened(path: Path, tmp_path: Path) -> IdentifierUnderTest:
    system = faceaudit.system_under_test(f"file:{path}").open(cache=tmp_path)
    assert isinstance(system, IdentifierUnderTest)
    return system


def test_what_changed_is_counted_on_both_files(
    file: Path, repaired: ScannedRepair, tmp_path: Path
) -> None:
    shown = faceaudit.load_faces(STRANGERS, size=NETWORK.size, cache=tmp_path).faces
    old, new = (opened(path, tmp_path) for path in (file, repaired.file))
    said = [system.labels(shown) for system in (old, new)]
    assert repaired.changed.value == pytest.approx(float((said[0] == TARGET).mean()))
    assert (said[0][said[0] != TARGET] == said[1][said[0] != TARGET]).all()
    assert repaired.changed.n == 40
    assert repaired.clean_before.value == (old.labels(CLEAN) == CLEAN.identity).mean()
    assert repaired.clean_after.value == (new.labels(CLEAN) == CLEAN.identity).mean()
    assert json.loads(json.dumps(repaired.as_json()))["changed"]["n"] == 40


def refused(system: object, clean: FaceSet, tmp_path: Path, **more: object) -> Callable[[], object]:
    def call() -> object:
        return faceaudit.scan_and_repair(
            system,
            tmp_path / "out.safetensors",
            clean,
            strangers=STRANGERS,
            cache=tmp_path,
            **more,  # type: ignore[arg-type]
        )

    return call


def test_what_cannot_be_repaired_is_refused_before_the_scan(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scanned(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("faceaudit.api.scan_and_repair.scan_system", scanned)

    def answers(photos: np.ndarray) -> np.ndarray:
        return photos[:, 0, 0, 0] % 3

    options = {"names": ["a", "b", "c"], "size": NETWORK.size}
    with pytest.raises(InputError, match="which gives no weights to change"):
        refused(answers, CLEAN, tmp_path, options=options)()
    with pytest.raises(OptionError, match="expected a repair, got 'strip'"):
        refused(f"file:{file}", CLEAN, tmp_path, mitigation="strip")()
    nobody = CLEAN.take(np.zeros(0, dtype=np.int64))
    with pytest.raises(InputError, match="clean photos a person"):
        refused(f"file:{file}", nobody, tmp_path)()
    with pytest.raises(OptionError, match="expected a repair by clean photos, got 'abl'"):
        refused(f"file:{file}", CLEAN, tmp_path, mitigation="abl")()
    with pytest.raises(OptionError, match="epochs"):
        refused(f"file:{file}", CLEAN, tmp_path, training={"epochs": -1})()
    with pytest.raises(InputError, match="expected seed"):
        refused(f"file:{file}", CLEAN, tmp_path, seed=-1)()
    other = {"preprocessing": {"order": "bgr"}}
    with pytest.raises(InputError, match="which was opened with a preprocessing of its own"):
        refused(f"file:{file}", CLEAN, tmp_path, options=other)()

    def spread_wider(door: object, faces: object, open_: object) -> Prepared:
        del faces, open_
        tried = (PreparationFacts(name="RGB, x / 255", people=9.0, top=0.2, taken=True),)
        return Prepared(opened(file, tmp_path), tried)

    monkeypatch.setattr("faceaudit.api.scan_and_repair.prepared", spread_wider)
    with pytest.raises(InputError, match="spread wider with RGB, x / 255"):
        refused(f"file:{file}", CLEAN, tmp_path)()


def test_a_repair_is_not_written_over_what_it_was_made_of(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    link = tmp_path / "link.safetensors"
    link.symlink_to(file)
    for out in (file, link):
        with pytest.raises(OptionError, match="another file to write than the system's own"):
            faceaudit.scan_and_repair(f"file:{file}", out, CLEAN, cache=tmp_path)
    assert file.read_bytes() == before


def test_the_command_needs_both_the_photos_and_the_place(file: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out.safetensors")
    for arguments in (["--repair", out], ["--clean", "folder:x"], ["--mitigation", "ft_sam"]):
        done = CliRunner().invoke(app, ["scan", f"file:{file}", *arguments])
        assert isinstance(done.exception, OptionError)
        assert "--repair OUT and --clean SOURCE together" in str(done.exception)
    both = ["--repair", out, "--clean", "folder:x", "--planted", "2"]
    done = CliRunner().invoke(app, ["scan", f"file:{file}", *both])
    assert isinstance(done.exception, OptionError)
    assert "without --planted" in str(done.exception)


def test_an_identifier_knows_no_false_match_rate(file: Path, tmp_path: Path) -> None:
    """It was taken in silence, and changed nothing."""
    given = ["scan", f"file:{file}", "--fmr", "0.001"]
    with pytest.raises(OptionError, match=r"expected no false match rate .* got 0.001"):
        CliRunner().invoke(app, given, catch_exceptions=False)
    repair = [*given, "--repair", str(tmp_path / "out.safetensors"), "--clean", str(tmp_path)]
    with pytest.raises(OptionError, match="expected --repair without --fmr"):
        CliRunner().invoke(app, repair, catch_exceptions=False)
