"""Answers on the disk: durable, checked, and never two of one question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.errors import StoreError
from faceaudit.systems.under_test.common.answer import Answer
from faceaudit.systems.under_test.common.answer_log import AnswerLog


def written(folder: Path, count: int = 3) -> AnswerLog:
    log = AnswerLog(folder)
    with log.writing():
        for number in range(count):
            log.add(f"key{number}", Answer(number, np.float32([0.1, number]), None))
    return log


def test_answers_come_back_to_the_bit(tmp_path: Path) -> None:
    log = written(tmp_path / "a")
    with log.writing():
        log.add("vec", Answer(embedding=np.float32([1 / 3, 1e-40, -0.0])))
        log.add("none", Answer())
    for one in (log, AnswerLog(tmp_path / "a")):
        assert len(one) == 5
        vec, none, second = one.take(["vec", "none", "key1"])
        assert vec.embedding is not None
        assert vec.embedding.tobytes() == np.float32([1 / 3, 1e-40, -0.0]).tobytes()
        assert none.empty
        assert not second.empty
        assert second.label == 1
        np.testing.assert_array_equal(second.scores, np.float32([0.1, 1]))


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_tail_that_was_cut_short_is_taken_away(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path).path
    path.write_bytes(path.read_bytes()[:-cut])
    log = AnswerLog(tmp_path)
    assert [key for key in ("key0", "key1", "key2") if key in log] == ["key0", "key1"]
    with log.writing():
        log.add("key2", Answer(7))
    assert [answer.label for answer in AnswerLog(tmp_path).take(["key0", "key1", "key2"])] == [
        0,
        1,
        7,
    ]


def test_a_damaged_line_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path).path
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"label":1', b'"label":2')
    path.write_bytes(b"".join(lines))
    log = AnswerLog(tmp_path)
    assert [key for key in ("key0", "key1", "key2") if key in log] == ["key0", "key2"]
    assert [answer.label for answer in log.take(["key0", "key2"])] == [0, 2]


def test_what_another_process_added_is_seen(tmp_path: Path) -> None:
    one, two = AnswerLog(tmp_path), AnswerLog(tmp_path)
    with one.writing():
        one.add("a", Answer(1))
    with two.writing():
        assert "a" in two
        two.add("b", Answer(2))
    with one.writing():
        assert "b" in one


def test_a_file_that_was_changed_meanwhile_is_said(tmp_path: Path) -> None:
    log = written(tmp_path)
    log.path.write_bytes(b"x" * 500)
    with pytest.raises(StoreError, match="expected the answers that were kept"):
        log.take(["key0"])
    log.path.unlink()
    with pytest.raises(StoreError, match="expected the answers that were kept"):
        log.take(["key0"])
    with log.writing():
        assert "key0" not in log


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StoreError, match="expected a folder for answers that can be written"),
        AnswerLog(tmp_path / "file" / "below").writing(),
    ):
        pass
