"""The verification protocol on embeddings that are known, and on real photos and weights."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from faceaudit.cli import app
from faceaudit.errors import InputError, OptionError
from faceaudit.faces.pairs.read import build_pairs, photo_rows
from faceaudit.protocols import Result, Verification, verify
from faceaudit.protocols.comparisons import Comparisons
from faceaudit.types import FaceSet, PairSet
from protocols.stub import embedder, people

FACES = people(40, 8, 0.7)
PAIRS = build_pairs(FACES, genuine_per_person=10, seed=0)


def vectors(faces: FaceSet) -> np.ndarray:
    return faces.images[:, 0, :, 0].astype(np.float64) / 127.5 - 1


def cosine(faces: FaceSet, pairs: PairSet) -> np.ndarray:
    first, second = photo_rows(pairs, faces)
    found = vectors(faces)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return np.einsum("pe,pe->p", found[first], found[second])


def run(tmp_path: Path, **options: object) -> Result:
    return verify(embedder(), FACES, PAIRS, Verification(**options), cache=tmp_path)


def test_auc_is_that_of_the_embeddings(tmp_path: Path) -> None:
    result = run(tmp_path)
    wanted = roc_auc_score(PAIRS.same, cosine(FACES, PAIRS))
    assert 0.75 < wanted < 0.999, "the people are told apart, but not all"
    assert result.figure("auc").value == pytest.approx(wanted, abs=1e-6)


def test_accuracy_is_that_of_the_best_threshold_on_the_other_folds(tmp_path: Path) -> None:
    score, same, fold = cosine(FACES, PAIRS), PAIRS.same, PAIRS.fold
    grid = np.arange(0, 4, 0.01)
    shares = []
    for one in range(10):
        others = fold != one
        right = [np.mean((2 - 2 * score[others] < t) == same[others]) for t in grid]
        limit = grid[int(np.argmax(right))]
        shares.append(np.mean((2 - 2 * score[~others] < limit) == same[~others]))
    result = run(tmp_path, convention="insightface")
    assert result.figure("accuracy").value == pytest.approx(np.mean(shares), abs=1e-9)
    assert result.facts["folds"] == pytest.approx(shares)


@pytest.mark.parametrize("convention", ["exact", "facex-zoo", "insightface", "sphereface"])
def test_confusion_agrees_with_accuracy(tmp_path: Path, convention: str) -> None:
    """Precision, recall and accuracy are of the same decisions."""
    result = run(tmp_path, convention=convention)
    genuine, impostor = result.facts["genuine"], result.facts["impostor"]
    right = (
        result.figure("recall").value * genuine + result.figure("specificity").value * impostor
    ) / (genuine + impostor)
    assert result.figure("pooled_accuracy").value == pytest.approx(right, abs=2e-3)


def test_a_rate_that_the_pairs_cannot_resolve_is_unknown(tmp_path: Path) -> None:
    result = run(tmp_path, fars=(0.1, 1e-4))
    assert result.figure("tar@far=0.1") is not None
    assert result.figure("tar@far=0.0001") is None
    why = next(f.why_none for f in result.figures if f.metric == "tar@far=0.0001")
    assert "expected at least 10,000 impostor comparisons" in why


def test_flips_add_the_mirror_image(tmp_path: Path) -> None:
    """The mirror image of these photos has the embedding read backwards."""
    found = vectors(FACES)
    summed = found + found[:, ::-1]
    first, second = photo_rows(PAIRS, FACES)
    summed /= np.linalg.norm(summed, axis=1, keepdims=True)
    wanted = roc_auc_score(PAIRS.same, np.einsum("pe,pe->p", summed[first], summed[second]))
    assert run(tmp_path, flip="sum").figure("auc").value == pytest.approx(wanted, abs=1e-5)
    assert run(tmp_path, flip="concatenate").figure("auc").value != pytest.approx(wanted, abs=1e-5)


def test_centred_takes_away_what_all_share(tmp_path: Path) -> None:
    """Photos that share a large offset look all alike, until it is subtracted."""
    shifted = FaceSet(
        images=FACES.images // 4 + 180,
        identity=FACES.identity,
        names=FACES.names,
        ids=FACES.ids,
        group=FACES.group,
    )
    plain, centred = (
        verify(embedder(), shifted, PAIRS, Verification(centred=centred), cache=tmp_path)
        for centred in (False, True)
    )
    assert centred.figure("auc").value > plain.figure("auc").value + 0.02


@pytest.mark.parametrize("distance", ["euclidean", "chi_square", "bhattacharyya"])
def test_other_distances_want_the_exact_convention(tmp_path: Path, distance: str) -> None:
    with pytest.raises(OptionError, match="expected the cosine distance for the convention"):
        Verification(distance=distance)
    result = run(tmp_path, distance=distance, convention="exact")
    assert 0.6 < result.figure("auc").value < 1


def test_scores_are_written_for_every_pair(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    verify(embedder(), FACES, PAIRS, Verification(), cache=tmp_path, scores=path)
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(PAIRS)
    wanted = 1 - cosine(FACES, PAIRS)
    assert [-float(line["score"]) for line in lines] == pytest.approx(wanted, abs=1e-6)
    assert [line["label"] == "1" for line in lines] == PAIRS.same.tolist()


def test_the_result_is_plain_json(tmp_path: Path) -> None:
    values = json.loads(json.dumps(run(tmp_path).as_json(), allow_nan=False))
    assert values["facts"]["pairs"] == len(PAIRS)
    assert values["curve"]["far"] == sorted(values["curve"]["far"])


def test_one_fold_is_refused(tmp_path: Path) -> None:
    one = build_pairs(FACES, genuine_per_person=3, folds=1, seed=0)
    with pytest.raises(InputError, match="expected at least two folds, got 1"):
        verify(embedder(), FACES, one, Verification(), cache=tmp_path)


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize(
    ("network", "weights", "at_least"),
    [
        ("mobilefacenet_y1", "mobilefacenet_ms1m_y1.safetensors", 0.993),
        ("mobilefacenet_casia", "mobilefacenet_casia_112x96.ckpt", 0.987),
    ],
)
def test_lfw(real_data: Path, tmp_path: Path, network: str, weights: str, at_least: float) -> None:
    """The whole command: 13,233 photos aligned, 7,701 embedded, 6,000 pairs in 10 folds."""
    done = CliRunner().invoke(
        app,
        [
            *("evaluate", "verification", "--network", network),
            *("--faces", f"lfw:{real_data / 'lfw/images'}"),
            *("--pairs", str(real_data / "lfw/pairs.txt")),
            *("--weights", str(real_data / "weights" / weights)),
            *("--align", f"yunet:{real_data / 'weights/yunet_n_dynamic.onnx'}"),
            *("--json", str(tmp_path / "out.json"), "--store", str(tmp_path)),
        ],
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    found = json.loads((tmp_path / "out.json").read_text())
    accuracy = next(f["estimate"] for f in found["figures"] if f["metric"] == "accuracy")
    assert accuracy["value"] >= at_least - 5e-5, "rounded as the figures are printed"
    assert accuracy["n"] == 6000
    assert found["left_out"] == []


def test_intervals_know_whose_pairs_are_compared(tmp_path: Path) -> None:
    """Each of 40 people is in many pairs: fewer than the pairs are independent."""
    result = run(tmp_path, fars=(0.1,))
    first, second = photo_rows(PAIRS, FACES)
    who = np.array(FACES.names)[np.column_stack([FACES.identity[first], FACES.identity[second]])]
    score = cosine(FACES, PAIRS) - 1
    options = Verification(fars=(0.1,))
    pairs = PAIRS.first, PAIRS.second, PAIRS.same, PAIRS.fold
    told, untold = (options.judge(Comparisons(*pairs, score, one)) for one in (who, None))
    assert result.facts["people"] == 40
    assert untold.facts["people"] is None
    for metric in ("accuracy", "auc", "eer", "tar@far=0.1", "recall", "f1"):
        ours, known, alone = (each.figure(metric) for each in (result, told, untold))
        assert ours.value == pytest.approx(known.value, abs=1e-6)
        assert ours.low == pytest.approx(known.low, abs=1e-4)
        assert "people as clusters" in ours.method
        assert "people" not in alone.method
    assert told.figure("recall").low < untold.figure("recall").low
