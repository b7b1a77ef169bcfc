"""On a terminal each case has a line, and one line counts them."""

from __future__ import annotations

import io

from rich.console import Console

from faceaudit.cli.bars import Bars
from faceaudit.progress import Watched, case_of, count_failed, silent


def lines(bars: Bars) -> list[tuple[str, float, float | None]]:
    """Return what each line says: words, steps done, and of how many."""
    return [(task.description, task.completed, task.total) for task in bars._bars.tasks]


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=120)


def test_cases_are_counted_by_what_became_of_them() -> None:
    with Bars(terminal()) as bars, bars.task("cases", 5) as advance:
        assert lines(bars) == [("cases", 0, 5)]
        with bars.case("first"), bars.case("second"):
            assert lines(bars)[0] == ("cases: 2 running, 3 waiting", 0, 5)
        advance(1)
        bars.failed()
        advance(1)
        assert lines(bars) == [("cases: 0 running, 3 waiting, 1 failed", 2, 5)]
        with bars.task("packing", 7):
            assert lines(bars)[1] == ("packing", 0, 7)


def test_the_line_of_a_case_shows_the_innermost_of_its_work() -> None:
    with Bars(terminal()) as bars, bars.case("deepid pristine") as case:
        assert lines(bars) == [("  deepid pristine", 0, None)]
        with case.task("train", 10) as train:
            train(4)
            assert lines(bars) == [("  deepid pristine - train", 4, 10)]
            with case.task("embed", None) as embed:
                embed(3)
                train(2)
                assert lines(bars) == [("  deepid pristine - embed", 3, None)]
            assert lines(bars) == [("  deepid pristine - train", 6, 10)]
        assert lines(bars) == [("  deepid pristine", 0, None)]
    assert lines(bars) == []


def test_what_steers_a_terminal_is_spelled_out() -> None:
    console = terminal()
    with Bars(console) as bars, bars.case("a\x1b[2Jb") as case, case.task("c\x1b[2Jd", 1):
        case.note("e\x1b[2Jf")
        assert "\x1b" not in lines(bars)[0][0]
    assert "e\x1b[2Jf" not in console.file.getvalue()  # type: ignore[attr-defined]


def test_cases_are_shown_through_what_watches_them() -> None:
    with Bars(terminal()) as bars:
        watched = Watched(bars, every=60)
        with watched.task("cases", 2), case_of(watched, "first") as case, case.task("train", 3):
            assert lines(bars) == [
                ("cases: 1 running, 1 waiting", 0, 2),
                ("  first - train", 0, 3),
            ]
            assert [task.title for task in watched.tasks] == ["cases", "train"]
            assert watched.running == ["first"]
        count_failed(watched)
        assert (watched.failures, bars._failures, watched.running) == (1, 1, [])


def test_progress_that_shows_no_cases_shows_their_work_alone() -> None:
    with case_of(silent, "first") as case:
        assert case is silent
    count_failed(silent)
