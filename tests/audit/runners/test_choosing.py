"""Cases of a plan that are asked for by title, by id, or since they failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.common.job import Job
from faceaudit.audit.runners.choosing import chosen_jobs
from faceaudit.errors import OptionError
from faceaudit.store import CaseRecord, Store

TITLES = ("deepid pristine", "deepid blended x115", "vggface blended x115")


def jobs() -> list[Job]:
    return [
        Job("backdoor", f"{place}abc{'0' * 60}", title, {}, 0, {}, {})
        for place, title in enumerate(TITLES)
    ]


def places(tmp_path: Path, **asked: object) -> list[int]:
    ids = chosen_jobs(jobs(), Store(tmp_path), **asked)  # type: ignore[arg-type]
    return [place for place, job in enumerate(jobs()) if job.id in ids]


def test_all_cases_where_nothing_is_asked_for(tmp_path: Path) -> None:
    assert places(tmp_path) == [0, 1, 2]


@pytest.mark.parametrize(
    ("only", "meant"),
    [
        (["blended"], [1, 2]),
        (["DeepID  Blended"], [1]),
        (["pristine", "vggface"], [0, 2]),
        (["1abc"], [1]),
        ([f"2abc{'0' * 60}"], [2]),
    ],
)
def test_a_part_of_a_title_or_the_beginning_of_an_id(
    tmp_path: Path, only: list[str], meant: list[int]
) -> None:
    assert places(tmp_path, only=only) == meant


@pytest.mark.parametrize("unknown", ["1ab", "0000", "", " ", "deepface"])
def test_one_that_means_no_case_is_refused_with_titles_to_try(tmp_path: Path, unknown: str) -> None:
    with pytest.raises(OptionError, match=r"got '.*'; try 'deepid pristine', 'deepid blended"):
        places(tmp_path, only=["blended", unknown])


def test_few_of_many_titles_are_listed(tmp_path: Path) -> None:
    many = [Job("backdoor", f"{n:064x}", f"case {n}", {}, 0, {}, {}) for n in range(8)]
    with pytest.raises(OptionError, match=r"try 'case 0', .* 'case 4' or one of 3 others"):
        chosen_jobs(many, Store(tmp_path), only=["none"])


def test_only_those_that_failed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ids = [job.id for job in jobs()]
    store.write_case(CaseRecord(ids[0], {}))
    store.write_case(CaseRecord(ids[1], {}, error="expected more"))
    assert places(tmp_path, failed_before=True) == [1]
    assert places(tmp_path, failed_before=True, only=["vggface"]) == []
