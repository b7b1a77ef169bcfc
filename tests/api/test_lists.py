"""The gate from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import faceaudit
from faceaudit import InputError, OptionError, SourceError
from faceaudit.errors import FaceAuditError
from faceaudit.gate import PairList
from helpers.pair_lists import made


@pytest.fixture(scope="module")
def lists() -> tuple[PairList, PairList]:
    pairs = made(np.random.default_rng(0), 400, range(60))
    return pairs.take(np.arange(200)), pairs.take(np.arange(200, 400))


def write(path: Path, pairs: PairList) -> Path:
    rows = zip(pairs.first, pairs.second, pairs.same.tolist(), strict=True)
    lines = [f"{one}.jpg,{two}.jpg,{int(same)}" for one, two, same in rows]
    path.write_text("\n".join(["image1,image2,label", *lines]))
    return path


def test_lists_may_be_files_or_values(lists: tuple[PairList, PairList], tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{number}.csv", one) for number, one in enumerate(lists)]
    by_value = faceaudit.check_lists(*lists, adaptive=True)
    by_file = faceaudit.check_lists(paths[0], str(paths[1]), adaptive=True)
    assert [(one.name, one.passed) for one in by_value.checks] == [
        (one.name, one.passed) for one in by_file.checks
    ]
    assert not by_file.valid
    assert "shared people" in {one.name for one in by_file.failed}
    assert by_file.nonmembers == (200, "CSV of pairs in 1.csv")
    assert faceaudit.check_lists(*lists).summary.endswith("scored apart, adaptive attacker)")
    assert "(as you say)" in by_file.checks[-1].message


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        (("nowhere.csv",), {}, OptionError, "expected a list of pairs, got nowhere.csv, nothing"),
        ((Path("nowhere.csv"),), {}, OptionError, "nothing there; check the path"),
        ((3,), {}, InputError, "expected a list of pairs, got 3"),
        (([("a", "b")],), {}, InputError, "expected a list of pairs, got a list of 1"),
        ((), {"fprs": 0.01}, InputError, r"try fprs=\[0\.01\]"),
        ((), {"fprs": [2]}, InputError, "rate"),
        ((), {"seed": -1}, InputError, "expected seed as a whole number of at least 0"),
        ((), {"embeddings": "a.npz"}, InputError, r"try embeddings=\[\.\.\.\]"),
        ((), {"embeddings": ["a.npz"]}, InputError, r"expected an \.npz with embeddings"),
        ((), {"embeddings": None}, InputError, "expected a list of embeddings, got None; try"),
        ((), {"fprs": ["x"]}, InputError, r"expected a rate in \(0, 1\], got 'x'; try"),
        ((), {"adaptive": "x"}, InputError, "expected adaptive as True, False, or None .* got 'x'"),
        ((), {"fitted_in_sample": 3}, InputError, "expected fitted_in_sample as .* got 3; try"),
        ((), {"embeddings": [3]}, InputError, "expected the path of embeddings, got 3"),
        ((), {"photos": "nowhere"}, FaceAuditError, "expected a source .*, got 'nowhere'"),
        ((), {"photos": "./nowhere"}, OptionError, "expected a folder of photos, got ./nowhere"),
        ((), {"photos": Path("nowhere")}, OptionError, "none there; check the path"),
        ((), {"photos": "folder:nowhere"}, SourceError, "nowhere"),
        ((), {"photos": "synthetic"}, OptionError, "got 'synthetic', which has no files"),
        ((), {"photos": 3}, FaceAuditError, "expected a source"),
    ],
)
def test_mistakes_say_what_to_give(
    lists: tuple[PairList, PairList],
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    error: type[FaceAuditError],
    said: str,
) -> None:
    members = arguments[0] if arguments else lists[0]
    with pytest.raises(error, match=said):
        faceaudit.check_lists(members, lists[1], **options)


@pytest.fixture
def photographed(tmp_path: Path, lists: tuple[PairList, PairList]) -> Path:
    """A folder of the photos of both lists; those of members are brighter."""
    members = {*lists[0].first, *lists[0].second}
    rng = np.random.default_rng(0)
    for name in {*members, *lists[1].first, *lists[1].second}:
        light = 120 + 40 * (name in members) + rng.normal(0, 10)
        pixels = np.clip(rng.normal(light, 20, (12, 12, 3)), 0, 255).astype(np.uint8)
        path = tmp_path / name.partition("_")[0] / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path)
    return tmp_path


@pytest.mark.parametrize("spelled", ["{}", "folder:{}"])
def test_photos_that_tell_are_found(
    lists: tuple[PairList, PairList], photographed: Path, spelled: str
) -> None:
    name = lists[1].first[0]
    (photographed / name.partition("_")[0] / f"{name}.png").write_bytes(b"broken")
    blind = faceaudit.check_lists(*lists)
    assert "blind baseline" not in {check.name for check in blind.failed}
    seen = faceaudit.check_lists(*lists, photos=spelled.format(photographed))
    failed = {check.name: check.message for check in seen.failed}
    assert "most is told by: brightness" in failed["blind baseline"]
    assert [out.id for out in seen.left_out] == [name]
    assert any(
        check.name == "complete features" and "0 members and" in check.message
        for check in seen.checks
    )


def test_files_without_pairs_say_nothing(lists: tuple[PairList, PairList], tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("image1,image2,label\n")
    found = faceaudit.check_lists(lists[0], tmp_path / "empty.csv", photos=tmp_path)
    assert found.verdict == "Nothing can be concluded: no pair in the list of non-members"
