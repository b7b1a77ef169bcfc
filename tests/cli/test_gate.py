"""`faceaudit gate`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from faceaudit.cli import gate
from faceaudit.errors import FaceAuditError
from faceaudit.gate import PairList
from helpers.pair_lists import made

app = typer.Typer()
app.command("gate")(gate.gate)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)


def write(path: Path, pairs: PairList) -> Path:
    rows = zip(pairs.first, pairs.second, pairs.same.tolist(), strict=True)
    lines = [f"{one}.jpg,{two}.jpg,{int(same)}" for one, two, same in rows]
    path.write_text("\n".join(["image1,image2,label", *lines]) + "\n")
    return path


@pytest.fixture
def pairs() -> PairList:
    return made(np.random.default_rng(0), 2000, range(300))


@pytest.fixture
def overlapping(tmp_path: Path, pairs: PairList) -> tuple[Path, Path]:
    """Members and non-members of the same people, dealt at random."""
    members = write(tmp_path / "members.csv", pairs.take(np.arange(1000)))
    return members, write(tmp_path / "others.csv", pairs.take(np.arange(1000, 2000)))


@pytest.fixture
def apart(tmp_path: Path) -> tuple[Path, Path]:
    """Members and non-members that share nobody, with names that tell nothing."""
    rng = np.random.default_rng(1)
    who = rng.permutation(400)
    paths = []
    for at, name in ((0, "members.csv"), (200, "others.csv")):
        drawn = made(rng, 1000, range(200))

        def new(photo: str, at: int = at) -> str:
            person, _, number = photo[1:].partition("_")
            return f"p{who[int(person) + at]}_{number}"

        first, second = (tuple(map(new, side)) for side in (drawn.first, drawn.second))
        paths.append(write(tmp_path / name, PairList(first, second, first, second, drawn.same)))
    return paths[0], paths[1]


def test_failed_checks_come_first(overlapping: tuple[Path, Path], pairs: PairList) -> None:
    done = call(*overlapping, "--adaptive")
    assert done.exit_code == 3
    lines = done.output.splitlines()
    kinds = [
        line.split()[0] for line in lines if line.split()[0] in ("failed", "unknown", "passed")
    ]
    assert kinds == sorted(kinds, key=("failed", "unknown", "passed").index)
    assert len(kinds) == 11
    people = [
        {*pairs.take(rows).first_person, *pairs.take(rows).second_person}
        for rows in (np.arange(1000), np.arange(1000, 2000))
    ]
    start = f"failed shared people: {len(people[0] & people[1])} people are in both lists"
    assert any(line.startswith(start) for line in lines)
    assert any(line.startswith("unknown scored apart") for line in lines)
    assert any(line.startswith("passed adaptive attacker") for line in lines)
    assert lines[-1].endswith(
        "checks failed: a figure from these lists says nothing about the system"
    )


def test_lists_that_say_nothing(apart: tuple[Path, Path]) -> None:
    done = call(apart[0], apart[0])
    assert done.exit_code == 4
    last = done.output.splitlines()[-1]
    assert last.startswith("verdict: Nothing can be concluded: both lists hold the same pairs")


def test_photos_that_cannot_be_read_are_named(apart: tuple[Path, Path], tmp_path: Path) -> None:
    names = {
        name
        for path in apart
        for line in path.read_text().splitlines()[1:]
        for name in line.split(",")[:2]
    }
    rng = np.random.default_rng(0)
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in sorted(names):
        Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)).save(folder / name, "PNG")
    broken, gone = sorted(names)[:2]
    (folder / broken).write_bytes(b"none")
    (folder / gone).unlink()
    done = call(*apart, "--photos", folder)
    assert "photos left out: 2" in done.stderr
    assert gone.removesuffix(".jpg") in done.stderr
    assert "passed complete features" in done.stdout
    assert done.stdout.endswith(
        "verdict: Nothing speaks against these lists in what could be checked\n"
    )


def test_fair_lists_pass(apart: tuple[Path, Path]) -> None:
    done = call(*apart, "--no-fitted-in-sample", "--adaptive")
    assert done.exit_code == 0, done.output
    assert done.output.endswith("\nverdict: Nothing speaks against these lists\n")


def test_what_is_told(apart: tuple[Path, Path]) -> None:
    done = call(*apart, "--fitted-in-sample", "--no-adaptive", "--fpr", "0.001")
    assert done.exit_code == 3
    failed = [line for line in done.output.splitlines() if line.startswith("failed")]
    assert [line.split(":")[0] for line in failed] == [
        "failed resolution",
        "failed scored apart",
        "failed adaptive attacker",
    ]


def test_several_rates(apart: tuple[Path, Path]) -> None:
    assert "FPR of 0.05" in call(*apart, "--fpr", "0.1", "--fpr", "0.05").output


def test_json(apart: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "new" / "gate.json"
    call(*apart, "--json", path, "--seed", "3")
    plain = json.loads(path.read_text())
    assert plain["valid"] is True
    assert plain["nonmembers"] == {"pairs": 1000, "what": "CSV of pairs in others.csv"}
    again = tmp_path / "again.json"
    call(*apart, "--json", again, "--seed", "3")
    assert again.read_text() == path.read_text()


def embed(path: Path, people: int, rng: np.random.Generator) -> Path:
    ids = np.array(
        [f"p{who}/p{who}_{photo:04d}.jpg" for who in range(people) for photo in range(1, 10)]
    )
    names = np.array([id_.partition("/")[0] for id_ in ids])
    np.savez(path, embeddings=rng.normal(size=(len(ids), 8)).astype("f4"), ids=ids, people=names)
    return path


def test_distances_of_embeddings_that_tell_are_found(tmp_path: Path, pairs: PairList) -> None:
    path = embed(tmp_path / "embedded.npz", 300, np.random.default_rng(0))
    with np.load(path) as file:
        ids = [id_.rpartition("/")[2].removesuffix(".jpg") for id_ in file["ids"].tolist()]
        unit = file["embeddings"] / np.linalg.norm(file["embeddings"], axis=1, keepdims=True)
    row = {id_: at for at, id_ in enumerate(ids)}
    first, second = ([row[id_] for id_ in side] for side in (pairs.first, pairs.second))
    near = (unit[first] * unit[second]).sum(axis=1) > 0
    members = write(tmp_path / "members.csv", pairs.take(near))
    others = write(tmp_path / "others.csv", pairs.take(~near))
    assert "passed blind baseline" in call(members, others).output
    done = call(members, others, "--embeddings", path)
    assert "failed blind baseline" in done.output
    assert "most is told by: distance 0 (AUC 1.000 alone)" in done.output
    twice = call(members, others, "--embeddings", path, "--embeddings", path)
    assert "failed blind baseline" in twice.output


def test_embeddings_of_other_photos(tmp_path: Path, overlapping: tuple[Path, Path]) -> None:
    path = embed(tmp_path / "embedded.npz", 20, np.random.default_rng(0))
    with pytest.raises(FaceAuditError, match="expected photos whose people are known"):
        call(*overlapping, "--embeddings", path)
    whole = embed(tmp_path / "whole.npz", 300, np.random.default_rng(0))
    with pytest.raises(FaceAuditError, match="expected an embedding of every photo"):
        call(*overlapping, "--embeddings", whole, "--embeddings", path)


@pytest.mark.parametrize(
    "columns",
    [
        {"embeddings": np.zeros((2, 3), "f4")},
        {
            "embeddings": np.zeros(2, "f4"),
            "ids": np.array(["a", "b"]),
            "people": np.array(["a", "b"]),
        },
        {
            "embeddings": np.ones((2, 3)),
            "ids": np.array(["a", "a"]),
            "people": np.array(["a", "b"]),
        },
        {"embeddings": np.ones((2, 3)), "ids": np.array([1, 2]), "people": np.array(["a", "b"])},
    ],
)
def test_embeddings_that_are_none(
    tmp_path: Path, overlapping: tuple[Path, Path], columns: dict[str, np.ndarray]
) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, **columns)
    with pytest.raises(FaceAuditError, match="expected"):
        call(*overlapping, "--embeddings", path)
    path.write_bytes(b"no zip")
    with pytest.raises(FaceAuditError, match=r"expected an \.npz"):
        call(*overlapping, "--embeddings", path)


def test_a_list_that_is_not_there(tmp_path: Path, overlapping: tuple[Path, Path]) -> None:
    with pytest.raises(FaceAuditError, match="nowhere"):
        call(overlapping[0], tmp_path / "nowhere.csv")
