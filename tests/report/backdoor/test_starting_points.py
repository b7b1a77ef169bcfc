from __future__ import annotations

from dataclasses import replace

from faceaudit.records.backbone import FileBackboneFacts, PretrainedBackboneFacts
from faceaudit.report.backdoor.starting_points import starting_points
from faceaudit.report.numbers import SPACE
from report.backdoor.samples import case, pristine_case

FILE = FileBackboneFacts(file="y1.onnx", sha256="5eed" * 16)
PRETRAINED = PretrainedBackboneFacts(
    source="synthetic",
    people=1200,
    photos=90_000,
    epochs=12,
    validation_photos=40,
    validation_accuracy=0.925,
)


def test_training_from_scratch_needs_no_words() -> None:
    assert starting_points([pristine_case(), case(), case(key="x", error="gone")]) == ()


def test_a_file_of_weights_is_named_by_its_digest() -> None:
    assert starting_points([case(backbone=FILE)]) == (
        (
            "DeepID",
            "only the last layer was trained, on the features of the weights in y1.onnx "
            "(sha256 5eed5eed5eed5eed).",
        ),
    )


def test_a_last_block_is_told_from_a_last_layer() -> None:
    record = case(backbone=FILE)
    blocked = replace(record, facts={**record.facts, "learn": "last block"})
    ((_, text),) = starting_points([blocked])
    assert text.startswith("its last block and a head were trained, starting from the weights in")


def test_a_pretraining_says_on_whom_and_how_well() -> None:
    ((_, text),) = starting_points([case(backbone=PRETRAINED)])
    assert "on 1,200 other people (synthetic faces, 90,000 photos, 12 epochs)" in text
    assert "It recognised 92.5 % (95 % interval" in text.replace(SPACE, " ")


def test_each_network_is_described_once() -> None:
    records = [case(backbone=FILE), case(backbone=FILE, seed=1), case(network="vggface")]
    assert [network for network, _ in starting_points(records)] == ["DeepID", "VGG-Face"]
