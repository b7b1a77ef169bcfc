"""Files of scores: written, read, of three kinds, and refused with the line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.errors import InputError, PairsError
from faceaudit.protocols import Verification, score_files
from faceaudit.protocols.comparisons import NO_FOLD, Comparisons
from faceaudit.protocols.score_files import read_scores, write_scores


def drawn(seed: int = 0, count: int = 400) -> Comparisons:
    rng = np.random.default_rng(seed)
    two = rng.integers(0, 30, (count, 2))
    same = np.arange(count) % 2 == 0
    two[same, 1] = two[same, 0]
    same = two[:, 0] == two[:, 1]
    missing = rng.random((count, 2)) < 0.05
    score = np.where(missing.any(axis=1), np.nan, rng.normal(2.0 * same, 1) / 3)
    fold = np.where(np.arange(count) < count // 2, np.arange(count) % 5, NO_FOLD)
    fold[same & (fold == NO_FOLD)] = 0
    names = np.array([f"Ann, {one}" for one in range(30)])[two]
    ids = [tuple(f'{side}-"{row}"' for row in range(count)) for side in "ab"]
    return Comparisons(ids[0], ids[1], same, fold, score, names, missing)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path, wanted = tmp_path / "scores.csv", drawn()
    write_scores(path, wanted)
    found = read_scores(path)
    assert (found.first, found.second) == (wanted.first, wanted.second)
    for name in ("same", "fold", "score", "names", "missing"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


def test_what_nobody_knew_stays_unknown(tmp_path: Path) -> None:
    path, known = tmp_path / "scores.csv", drawn()
    known = known.take(known.scored)
    bare = Comparisons(known.first, known.second, known.same, known.fold, known.score)
    write_scores(path, bare)
    assert "failed" not in path.read_text().splitlines()[0]
    found = read_scores(path)
    assert found.names is None is found.missing


def test_the_order_of_lines_changes_no_bit(tmp_path: Path) -> None:
    path, moved = tmp_path / "scores.csv", tmp_path / "moved.csv"
    compared = drawn(1)
    write_scores(path, compared)
    header, *lines = path.read_text().splitlines()
    options = Verification(convention="exact", fars=(0.1,), fmrs=(0.1,))
    wanted = options.judge(compared).as_json()
    assert wanted["thresholds"][0]["fmr"] is not None
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(lines))
        moved.write_text("\n".join([header, *(lines[row] for row in order)]))
        assert options.judge(read_scores(moved)).as_json() == wanted


FOUR = """ann ann ann/2 0.9
ann bob bob/1 0.1
bob bob bob/2 nan
bob ann ann/1 -2e-1
bob bob bob/3 0.8
"""


def test_four_and_five_columns(tmp_path: Path) -> None:
    four, five = tmp_path / "four", tmp_path / "five"
    four.write_text(FOUR)
    fields = [line.split() for line in FOUR.splitlines()]
    five.write_text("\n".join(f"{a} model-{a} {b} {c} {d}" for a, b, c, d in fields))
    for path, model in ((four, "ann"), (five, "model-ann")):
        found = read_scores(path)
        assert found.same.tolist() == [True, False, True, False, True]
        assert found.names.tolist() == [[a, b] for a, b, _, _ in fields]
        np.testing.assert_array_equal(found.score, [0.9, 0.1, np.nan, -0.2, 0.8])
        assert set(found.fold.tolist()) == {NO_FOLD}
        assert (found.first[0], found.second[0]) == (model, "ann/2")


def test_a_failed_score_is_a_false_reject_and_no_false_accept(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = [f"p{i} p{i} x{i} {5 + rng.normal()}" for i in range(200)]
    lines += [f"p{i} q{i} y{i} {rng.normal()}" for i in range(400)]
    lines += [f"p{i} p{i} z{i} nan" for i in range(50)] + [
        f"p{i} q{i} z{i} nan" for i in range(100)
    ]
    path = tmp_path / "four"
    path.write_text("\n".join(lines))
    found = Verification(fmrs=(0.05,)).judge(read_scores(path))
    (point,) = found.thresholds
    assert found.figure("gfrr@fmr=0.05").value == pytest.approx(0.2 + 0.8 * point.fnmr.value)
    assert found.figure("gfar@fmr=0.05").value == pytest.approx(0.8 * point.fmr.value)
    assert found.figure("gfrr@fmr=0.05").n == 250
    assert found.figure("fta") is None, "nobody knows which of the two photos"
    assert found.figure("accuracy") is None
    assert found.figure("auc").value > 0.99


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got an empty file"),
        ("a b 0.3", "line 1: expected scores as CSV"),
        ("image1,image2,label,score", "expected 1 to 5,000,000 comparisons in .*, got none"),
        ("image1,image2,label\na,b,1", "line 1: expected scores as CSV"),
        ("image1,image2,label,score\na,b,1", "line 2: expected 4 columns"),
        ("image1,image2,label,score\na,b,yes,0.2", "line 2: expected a label 1"),
        ("image1,image2,label,score\na,b,1,", "line 2: expected a number as score"),
        ("image1,image2,label,score\na,b,1,inf", "line 2: expected a number as score"),
        ("image1,image2,label,score,fold\na,b,1,0.1,-2", "line 2: expected a fold"),
        ("image1,image2,label,score,score\na,b,1,0.1,2", "line 1: expected scores as CSV"),
        ("image1,image2,label,score\na,b,1,0.5", "expected impostor comparisons with a score"),
        ("a a x 0.5\na b y 0.1 7", "line 2: expected 4 columns"),
        ("a a x 0.5\na b y high", "line 2: expected a number as the last column"),
        ("a a x nan\na b y 0.1", "expected genuine comparisons with a score"),
        (
            "image1,image2,label,score,failed\na,b,1,0.5,first\na,c,0,0.1,",
            "where .* has NaN as score",
        ),
    ],
)
def test_what_is_no_file_of_scores_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "scores"
    path.write_text(text)
    with pytest.raises(PairsError, match=said):
        read_scores(path)


def test_more_comparisons_than_can_be_held_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_files, "LIMIT", 5)
    path = tmp_path / "four"
    path.write_text(FOUR)
    assert len(read_scores(path)) == 5
    path.write_text(FOUR + "ann ann ann/9 0.5\n")
    with pytest.raises(PairsError, match=r"expected 1 to 5 comparisons in .*, got more"):
        read_scores(path)


HEADER = "image1,image2,person1,person2,label,fold,score\n"


def read_text(path: Path, text: str) -> Comparisons:
    path.write_text(text)
    return read_scores(path)


def test_blanks_around_names_are_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    found = read_text(path, HEADER + 'a/1, a/2,ann, ann, 1, 0, 0.5\na/1,b/1 , "ann",bob ,0,0,0.1\n')
    assert found.names.tolist() == [["ann", "ann"], ["ann", "bob"]]
    assert (found.first, found.second) == (("a/1", "a/1"), ("a/2", "b/1"))


ODD = (
    " lead",
    "trail ",
    "\ttab",
    "a, b",
    ' "quoted"',
    "\x85",
    "\u2028",
    "\udc80",
    "#x",
    "x" * 1000,
)


@pytest.mark.parametrize("odd", [*ODD, '"' * 1000])
def test_odd_names_are_read_as_they_were_written(tmp_path: Path, odd: str) -> None:
    path, score = tmp_path / "s.csv", np.array([0.5, np.nan, 0.25])
    names = np.array([[odd, odd], [odd, "b"], ["c", "d"]])
    missing = np.isnan(score)[:, None] & [[True, False]]
    same, fold = np.array([True, False, False]), np.array([0, NO_FOLD, 1])
    ids = (odd, odd + "2", "c"), (odd + "3", "b", "d") if len(odd) < 1000 else ("", "b", "d")
    ids = tuple(tuple(name[:1000] for name in side) for side in ids)
    write_scores(path, Comparisons(*ids, same, fold, score, names, missing))
    found = read_scores(path)
    assert (found.first, found.second) == ids
    assert found.names.tolist() == names.tolist()
    np.testing.assert_array_equal(found.score, score)
    np.testing.assert_array_equal(found.missing, missing)
    assert found.fold.tolist() == [0, NO_FOLD, 1]


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\r\nb", "a\n\nb", "\n", "x" * 1001])
@pytest.mark.parametrize("where", ["first", "second", "names"])
def test_names_that_a_file_cannot_hold_are_refused(tmp_path: Path, bad: str, where: str) -> None:
    columns = {"first": ("a", "c"), "second": ("b", "d"), "names": ("p", "q")} | {where: (bad, "z")}
    names = np.array([columns["names"]] * 2)
    same, fold, score = np.array([True, False]), np.array([0, 1]), np.array([0.5, 0.1])
    wanted = Comparisons(columns["first"], columns["second"], same, fold, score, names)
    with pytest.raises(InputError, match="without line breaks"):
        write_scores(tmp_path / "s.csv", wanted)
    assert not (tmp_path / "s.csv").exists()


LINES = "a1,a2,a,a,1,{0},0.9\na1,b1,a,b,0,{0},0.1\nb1,b2,b,b,1,{0},0.8\na2,b2,a,b,0,{0},0.2\n"


def test_a_comparison_counts_once_in_either_order(tmp_path: Path) -> None:
    path, lines = tmp_path / "s.csv", LINES.format("")
    turned = "".join(
        ",".join([f[1], f[0], f[3], f[2], *f[4:]]) + "\n"
        for f in (line.split(",") for line in lines.splitlines())
    )
    found = read_text(path, HEADER + lines * 3 + turned)
    assert (len(found), found.repeats) == (4, 12)
    assert found.score.tolist() == [0.9, 0.1, 0.8, 0.2]
    assert found.take([0, 1]).repeats == 12
    bare = "image1,image2,label,score\n" + "a,b,1,0.5\nc,d,0,0.1\nb,a,1,0.4\nc,e,0,0.2\ne,c,1,0.2\n"
    found = read_text(path, bare)
    assert (found.first, found.repeats) == (("a", "c"), 3), "with both labels it goes"
    with pytest.raises(PairsError, match=r"one label each in .*, got all with both"):
        read_text(path, "image1,image2,label,score\na,b,1,0.5\nb,a,0,0.5\n")


def test_what_is_no_repeat_stays(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    found = read_text(path, HEADER + LINES.format("0") + LINES.format(""))
    assert (len(found), found.repeats) == (8, 0), "strangers are compared beside the folds"
    same_file = "1,2,a,a,1,,0.9\n1,2,b,b,1,,0.8\n1,1,a,b,0,,0.1\n1,2,a,b,0,,0.1\n"
    assert len(read_text(path, HEADER + same_file)) == 4, "files of other people"
    assert len(read_text(path, "image1,image2,label,score\n" + ",,1,0.5\n,,0,0.1\n" * 2)) == 4
    four = "a a x 0.9\na b y 0.1\n"
    assert len(read_text(path, four * 2)) == 4


def test_labels_turned_round_are_refused_and_a_few_others_are_told(tmp_path: Path) -> None:
    path, lines = tmp_path / "s.csv", LINES.format("")
    turned = lines.replace(",1,,", ",x,,").replace(",0,,", ",1,,").replace(",x,,", ",0,,")
    with pytest.raises(PairsError, match="got 4 of 4 comparisons labelled against the names"):
        read_text(path, HEADER + turned)
    few = read_text(path, HEADER + lines + "a3,b3,a,b,1,,0.7\n")
    assert few.conflicts == 1
    assert read_text(path, HEADER + lines).conflicts == 0
    half = lines + "a3,b3,a,b,1,,0.7\na3,c3,a,c,1,,0.7\na4,a3,a,a,0,,0.7\na4,a5,a,a,0,,0.7\n"
    assert read_text(path, HEADER + half).conflicts == 4, "half is not most"
    options = Verification(convention="exact", fars=(0.5,), fmrs=(0.5,))
    facts = options.judge(few).facts
    assert (facts["conflicts"], facts["repeats"]) == (1, 0)
    bare = read_text(path, "image1,image2,label,score\na,b,1,0.5\nc,d,0,0.1\nd,c,0,0.2\n")
    assert options.judge(bare).facts["conflicts"] is None
    assert options.judge(bare).facts["repeats"] == 1
