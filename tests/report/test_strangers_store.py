"""A store that is damaged, or that a stranger made: what is missing is said, nothing else fails."""

from __future__ import annotations

import errno
import gc
import html
import json
import os
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import faceaudit
from faceaudit.cli import app
from faceaudit.errors import FaceAuditError, InputError, StoreError
from faceaudit.report import render
from faceaudit.report.kept_cases import IN_MEMORY
from faceaudit.report.numbers import SPACE
from faceaudit.report.templating import LONGEST
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Evidence
from report.backdoor.samples import case, picture, pristine_case, write_store
from report.strangers import NASTY, deep, replaced, rewrite

BAD = "deepid-blended-cartoon-cat-40-0"
"""The case that is not as a run writes it."""


def cases() -> list[CaseRecord]:
    return [
        pristine_case(),
        *(case(samples=samples, pictures={"key": picture()}) for samples in (10, 40, 115)),
        case("accessory", error="expected a picture"),
    ]


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    return write_store(tmp_path / "store", cases())


def folder(store: Store, id_: str = BAD) -> Path:
    return Path(store.root) / "cases" / id_


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a byte of a figure": lambda at: (at / "figures.json").write_bytes(
        (at / "figures.json").read_bytes().replace(b"0.", b"1.", 1)
    ),
    "evidence is cut": lambda at: os.truncate(at / "evidence.npz", 100),
    "a picture is gone": lambda at: (at / "pictures/key.png").unlink(),
    "complete is empty": lambda at: (at / "complete").write_bytes(b""),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_case_is_counted_everywhere_and_gives_no_figure(
    kept: Store, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    before = render(kept)
    damage(folder(kept))
    again = Store(kept.url)
    page = render(again).replace(SPACE, " ")
    assert "Incomplete: of 5 cases, 1 failed and 1 damaged." in page
    assert "Incomplete: of 5 cases, 1 failed." in before.replace(SPACE, " ")
    values = json.loads(Path(faceaudit.write_report(again, tmp_path / "x.json")).read_text())
    assert values["incomplete"] == "Incomplete: of 5 cases, 1 failed and 1 damaged."
    assert [one["state"] for one in values["cases"]] == [
        *("measured", "measured", "damaged", "measured", "failed")
    ]
    text = Path(faceaudit.write_report(again, tmp_path / "x.md")).read_text()
    assert "1 failed and 1 damaged" in text
    found = faceaudit.results(again)
    assert "of 5 cases, 1 damaged" in found.absent
    assert "of 5 cases, 1 damaged" in found.where(metric="*success").absent
    assert BAD not in {row.case for row in found}
    (remark, *_) = faceaudit.compare(again, again).remarks
    assert "before: incomplete: of 5 cases, 1 damaged" in remark


def test_what_is_missing_is_told_from_what_is_damaged(kept: Store) -> None:
    run = kept.run()
    kept.write_run({**run, "cases": [*run["cases"], "f" * 64, "../../etc", BAD]})
    DAMAGES["evidence is cut"](folder(kept))
    page = render(kept).replace(SPACE, " ")
    assert "Incomplete: of 7 cases, 1 failed, 2 not in the store and 1 damaged." in page
    said = CliRunner().invoke(app, ["results", kept.url], catch_exceptions=False)
    assert "of 7 cases, 2 not in the store and 1 damaged" in said.stderr
    assert "`faceaudit run` with the same plan" in " ".join(said.stderr.split())


HOSTILE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "infinite": ("figures.json", replaced(1e400, "figures", 0, "estimate", "high")),
    "no number": ("figures.json", replaced(float("nan"), "figures", 0, "estimate", "value")),
    "number as text": ("figures.json", replaced("0.5", "figures", 0, "estimate", "value")),
    "n is no count": ("figures.json", replaced(1.5, "figures", 0, "estimate", "n")),
    "metric is a list": ("figures.json", replaced([], "figures", 0, "metric")),
    "facts are a list": ("figures.json", replaced([], "facts")),
    "a fact too many": ("figures.json", replaced(1, "facts", "odd")),
    "attack of another type": ("figures.json", replaced("x", "facts", "attack")),
    "figures are a number": ("figures.json", lambda _: 1),
    "deep figures": ("figures.json", lambda _: deep(3000)),
    "a huge integer": ("figures.json", lambda _: b"1" * 100_000),
    "spec is a list": ("spec.json", lambda _: []),
    "deep spec": ("spec.json", lambda _: deep(3000)),
    "no faces": ("spec.json", replaced(None, "faces")),
    "seed is a list": ("spec.json", replaced([1], "seed")),
    "attack is a number": ("spec.json", replaced(3, "attack")),
    "kind is a list": ("spec.json", replaced(["backdoor"], "kind")),
}


@pytest.mark.parametrize(("name", "change"), HOSTILE.values(), ids=HOSTILE)
def test_a_case_with_other_values_counts_as_damaged(
    kept: Store, name: str, change: Callable[[Any], Any]
) -> None:
    rewrite(kept, BAD, name, change)
    values = faceaudit.report_values(kept.url)
    assert values.incomplete == "Incomplete: of 5 cases, 1 failed and 1 damaged."
    found = faceaudit.results(kept.url)  # which may need less of a case than a report does
    assert all(row.value is None or 0 <= row.value <= 1 for row in found)


def test_what_only_charts_and_pictures_need_is_found_out_too(kept: Store) -> None:
    system = f"system-{BAD}"
    curve = Path(kept.root) / "systems" / system / "curve.json"
    for values in ([{"epoch": "x", "train_loss": []}], 3):
        rewrite(kept, system, "curve.json", lambda _, values=values: values, kind="systems")
        assert curve.read_text("utf-8").startswith(json.dumps(values)[:2])
        page = render(Store(kept.url)).replace(SPACE, " ")
        assert "Incomplete: of 5 cases, 1 failed and 1 damaged." in page


ACCOUNTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "cases is a text": replaced("abc", "cases"),
    "a case is a number": replaced([1], "cases"),
    "no plan": replaced(None, "plan"),
    "a deep plan": replaced(json.loads(deep(300)), "plan", "faces"),
    "photos without reasons": replaced([{"id": "a"}], "left_out"),
    "splits of another type": replaced({"backdoor": {"splits": 3}}, "sections"),
    "started in words": replaced("yesterday", "started"),
    "use of another type": replaced({"declared": 3, "title": "", "seeds": []}, "plan"),
    "limits of another type": replaced([{}], "plan", "limits"),
    "title is a list": replaced(["a"], "plan", "title"),
}


@pytest.mark.parametrize("change", ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_account_with_other_values_is_one_line(
    kept: Store, change: Callable[[dict[str, Any]], Any]
) -> None:
    kept.write_run(change(kept.run()))
    for read in (render, faceaudit.report_values, faceaudit.results):
        said = ""
        try:
            read(Store(kept.url))
        except FaceAuditError as error:  # `results` needs less of it than the page
            said = str(error)
        assert len(said) < 1000
        assert "\n" not in said


def test_text_from_a_store_is_spelled_out_on_every_page(tmp_path: Path) -> None:
    odd = replace(
        case(key=NASTY, target=NASTY, wrong_keys=[NASTY, "dog"], pictures={"key": picture()}),
        id="odd",
    )
    failed = replace(case("accessory", error=NASTY * 1000), id="failed")
    kept = write_store(tmp_path / "store", [pristine_case(), odd, failed], said_first=[NASTY])
    run = kept.run()
    kept.write_run(
        {**run, "plan": {**run["plan"], "title": NASTY}, "left_out": [{"id": NASTY, "reason": "x"}]}
    )
    names = ("x.html", "x.md", "x.json")
    faceaudit.compare(kept, kept, page=tmp_path / "compared.html")
    texts = [Path(faceaudit.write_report(kept, tmp_path / one)).read_text("utf-8") for one in names]
    texts.append((tmp_path / "compared.html").read_text("utf-8"))
    for text in texts:
        assert not {"\x1b", "\u202e", "\u200b"} & set(text)
        assert text.startswith("{") or "<b>bold" not in text
        assert "\\u202edren" in text
    shown = re.sub(r"<style>.*?</style>", "", texts[0], flags=re.S)
    printed = [one for one in re.findall(r">([^<]*)<", shown) if "u202e" in one]
    assert max(len(html.unescape(one)) for one in printed) <= LONGEST + len(" 1 case: ") + 40


def test_evidence_is_in_memory_for_a_few_cases_at_a_time(tmp_path: Path) -> None:
    many = [case(samples=samples, pictures={"key": picture()}) for samples in range(1, 25)]
    written = write_store(tmp_path, many)
    del many
    held: list[int] = []

    class Watched(Store):
        def case(self, case: str, *, figures_only: bool = False) -> CaseRecord:
            held.append(sum(type(one) is Evidence for one in gc.get_objects()))
            return super().case(case, figures_only=figures_only)

    before = sum(type(one) is Evidence for one in gc.get_objects())
    page = render(Watched(written.url))
    assert page.count("data:image/") == 1
    assert len(held) >= 2 * 24
    assert max(held) - before <= IN_MEMORY + 1


def test_reports_are_for_their_user_alone(kept: Store, tmp_path: Path) -> None:
    made = tmp_path / "new" / "folder"
    files = [
        Path(faceaudit.write_report(kept)),
        *(Path(faceaudit.write_report(kept, made / f"x.{end}")) for end in ("html", "json", "md")),
        made / "compared.html",
    ]
    faceaudit.compare(kept, kept, page=files[-1])
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {stat.S_IMODE(one.stat().st_mode) for one in (made, made.parent)} == {0o700}


def test_a_store_that_cannot_be_written_asks_for_another_file(
    kept: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def open_(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        if flags & os.O_CREAT and Path(kept.root) in Path(os.fspath(path)).parents:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        return opened(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", open_)
    with pytest.raises(InputError, match=r"Read-only file system.*with -o"):
        faceaudit.write_report(kept)
    assert Path(faceaudit.write_report(kept, tmp_path / "x.html")).is_file()
    assert len(faceaudit.results(kept)) > 0


def test_nothing_is_made_of_a_store_in_which_every_case_is_odd(kept: Store) -> None:
    kept.write_run({**kept.run(), "cases": [one.id for one in cases() if one.error is None]})
    for record in cases()[:-1]:
        rewrite(kept, record.id, "spec.json", replaced(None, "faces"))
    with pytest.raises(StoreError, match="expected what a run of faceaudit wrote"):
        render(Store(kept.url))
