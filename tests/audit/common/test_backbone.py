"""Systems that start from a trained network: pretrained here, or loaded from a file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.common.obstacles import network_obstacles
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.plan import Plan
from faceaudit.audit.results import result_rows
from faceaudit.audit.run import run
from faceaudit.errors import InputError, OptionError, WeightsError
from faceaudit.networks import networks
from faceaudit.report.page import render
from faceaudit.store import Store
from faceaudit.systems.embedding.embedder import Embedder

TRAINING = {"epochs": 8, "batch": 32, "learning_rate": 2e-3, "device": "cpu"}
OTHERS = {
    "faces": {"source": "synthetic", "people": 10, "photos": 24, "sessions": 4, "seed": 1},
    "split": {"train": 18, "validation": 4, "test": 1, "donors": 0},
    "training": {**TRAINING, "epochs": 30, "patience": 30},
}
PLAN: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 8, "photos": 48, "sessions": 4},
    "split": {"train": 24, "validation": 4, "test": 8},
    "systems": [
        {
            "network": {"network": "deepid", "width": 0.5},
            "learn": "last layer",
            "pretraining": OTHERS,
            "training": {**TRAINING, "epochs": 40, "patience": 40, "learning_rate": 0.02},
        }
    ],
    "attacks": [{"attack": "blended", "samples": 50, "instances": 30}],
}


def with_system(**changes: Any) -> Plan:
    system = {**PLAN["systems"][0], **changes}
    given = {k: v for k, v in system.items() if v is not None}
    return Plan(backdoor={**PLAN, "systems": [given]})


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(str(tmp_path_factory.mktemp("store")))
    outcome = run(Plan(backdoor=PLAN), store)
    assert (outcome.ran, outcome.failed) == (2, ())
    return store


def test_an_attack_on_the_last_layer_beats_its_null(finished: Store) -> None:
    figures = {row.metric: row for row in result_rows(finished) if row.attack == "blended"}
    assert figures["attack_success"].low > figures["null_success"].high
    assert figures["clean_accuracy"].value > 3 / 8
    assert figures["clean_accuracy"].n == 64


def test_the_backbone_is_trained_once_and_says_on_whom(finished: Store) -> None:
    records = list(finished.cases())
    backbones = [record.facts["backbone"] for record in records]
    assert backbones[0] == backbones[1]
    assert backbones[0]["people"] == 10
    assert backbones[0]["photos"] == 180
    assert backbones[0]["validation_photos"] == 40
    folder = Path(finished.root) / "systems"
    assert len([*folder.iterdir()]) == 3, "the backbone and two last layers"
    small, _, large = sorted((f / "weights.safetensors").stat().st_size for f in folder.iterdir())
    assert small < large / 10, "a last layer is kept without its backbone"


def test_nothing_is_trained_or_embedded_again(
    finished: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("embedded again")

    monkeypatch.setattr(Embedder, "embed", never)
    for record in finished.cases():  # as if a kill had lost them
        (Path(finished.root) / "cases" / record.id / "complete").unlink()
    assert not list(result_rows(finished))
    outcome = run(Plan(backdoor=PLAN), finished)
    assert (outcome.ran, outcome.failed) == (2, ())


def test_the_report_says_what_was_pretrained_on_whom(finished: Store) -> None:
    page = render(finished)
    assert "only the last layer was trained, on the features of a network pretrained here" in page
    assert "10 other people (synthetic faces, 180 photos" in page


def test_the_cost_counts_pretraining_and_one_pass_of_the_photos(finished: Store) -> None:
    cost = estimate_cost(Plan(backdoor=PLAN))
    pretraining, last, poison = 30 * 18 * 10, 2 * 40 * 24 * 8, 40 * 50
    assert cost.training_photos == pretraining + last + poison, "each sample once an epoch"
    scratch = estimate_cost(with_system(learn=None, pretraining=None))
    assert 0 < cost.petaflop < scratch.petaflop


def test_weights_from_a_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = networks.build({"network": "deepid", "width": 0.5}).build().state_dict()
    path = tmp_path / "backbone.safetensors"
    save_file(state, path)
    plan = with_system(pretraining=None, weights=str(path))
    store = Store(str(tmp_path / "store"))
    assert run(plan, store).failed == ()
    facts = next(iter(store.cases())).facts
    assert facts["backbone"]["file"] == "backbone.safetensors"
    assert "the weights in backbone.safetensors" in render(store)
    again = Store(str(tmp_path / "moved"))
    path.rename(tmp_path / "renamed.safetensors")
    run(with_system(pretraining=None, weights=str(tmp_path / "renamed.safetensors")), again)
    assert {r.id for r in store.cases()} == {r.id for r in again.cases()}, "the weights count"


def test_everything_may_learn_further_from_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = networks.build({"network": "deepid", "width": 0.5}).build().state_dict()
    path = tmp_path / "backbone.safetensors"
    save_file(state, path)
    plan = with_system(
        learn="everything", pretraining=None, weights=str(path), training={**TRAINING, "epochs": 1}
    )
    store = Store(str(tmp_path / "store"))
    assert run(plan, store).failed == ()
    assert "all of it was trained further, starting from the weights" in render(store)


def test_a_foreign_network_in_an_onnx_file(tmp_path: Path) -> None:
    """The last layer learns the same on a network and on its ONNX file."""
    torch.manual_seed(0)
    module = networks.build({"network": "deepid", "width": 0.5}).build().eval()
    save_file(module.state_dict(), tmp_path / "weights.safetensors")
    file = tmp_path / "embedder.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own
        photos = (torch.zeros(2, 3, 55, 47),)
        batch = ({0: torch.export.Dim("photos")},)
        torch.onnx.export(
            module, photos, str(file), dynamo=True, verbose=False, external_data=False,
            dynamic_shapes=batch,
        )  # fmt: skip
    foreign = with_system(network={"network": "onnx", "path": str(file)}, pretraining=None)
    ours = with_system(pretraining=None, weights=str(tmp_path / "weights.safetensors"))
    found = []
    for name, plan in (("foreign", foreign), ("ours", ours)):
        store = Store(str(tmp_path / name))
        assert run(plan, store).failed == ()
        found.append({(r.attack, r.metric): r.value for r in result_rows(store)})
        assert "only the last layer was trained, on the features of the weights in" in render(store)
    assert found[0].keys() == found[1].keys()
    accuracy = [figures["none", "clean_accuracy"] for figures in found]
    assert accuracy[0] == pytest.approx(accuracy[1], abs=0.05)
    assert accuracy[0] > 2 / 8
    assert estimate_cost(foreign).petaflop is None, "what is unknown is not zero"


def test_wrong_weights_are_refused_before_anything_runs(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"conv1.weight": torch.zeros(2)}, path)
    with pytest.raises(WeightsError, match="missing"):
        run(with_system(pretraining=None, weights=str(path)), Store(str(tmp_path / "store")))


def test_a_network_without_a_last_block_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = with_system(learn="last block")
    section = plan.section("backdoor")
    assert isinstance(section, BackdoorPlan)
    (system,) = section.systems
    assert not list(network_obstacles(system, section.faces, None))
    monkeypatch.setattr(type(system.network), "build", lambda _: torch.nn.Linear(1, 1))
    (obstacle,) = network_obstacles(system, section.faces, None)
    assert "which of its layers are the last block, got 'deepid'" in str(obstacle)
    store = Store(str(tmp_path / "store"))
    with pytest.raises(InputError, match="which of its layers are the last block"):
        run(plan, store)
    assert not (tmp_path / "store" / "systems").exists()


def test_pretraining_on_the_audited_people_is_refused(tmp_path: Path) -> None:
    same = {**OTHERS, "faces": {**OTHERS["faces"], "seed": 0}}  # type: ignore[dict-item]
    with pytest.raises(OptionError, match="expected pretraining on other people than the audit's"):
        run(with_system(pretraining=same), Store(str(tmp_path / "store")))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pretraining": None}, "expected a trained network to learn the last layer on, got none"),
        ({"weights": "/some/file"}, "expected weights or pretraining, got both"),
        (
            {"network": {"network": "onnx", "path": "/x.onnx"}, "learn": "everything"},
            "expected only the last layer to learn on 'onnx'",
        ),
        ({"learn": "some"}, "Input should be 'everything' or 'last layer'|expected"),
    ],
)
def test_plans_that_make_no_sense(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        with_system(**changes)
