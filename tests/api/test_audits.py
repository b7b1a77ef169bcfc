"""Checking and running plans from Python, and reading what was found."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import faceaudit
from faceaudit import InputError, OptionError, Store, StoreError
from faceaudit.audit import calibration
from faceaudit.errors import FaceAuditError

PLAN: dict[str, Any] = {
    "title": "a small audit",
    "backdoor": {
        "faces": {"source": "synthetic", "people": 4, "photos": 30, "sessions": 3},
        "split": {"train": 12, "validation": 3, "test": 6},
        "systems": [{"network": {"network": "deepid", "width": 0.3}, "training": {"epochs": 1}}],
        "attacks": [{"attack": "input_instance"}],
        "wrong_keys": 1,
    },
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> faceaudit.api.audits.AuditRun:
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("FACEAUDIT_CACHE", raising=False)  # the photos are packed beside the store
        return faceaudit.run(PLAN, tmp_path_factory.mktemp("audit"))


def test_a_run_says_what_became_of_it(done: Any) -> None:
    assert (done.ran, done.kept, done.failed) == (2, 0, ())
    assert done.report == Path(done.store.root) / "report.html"
    assert "a small audit" in done.report.read_text("utf-8")


def test_a_run_goes_on_where_it_was(done: Any) -> None:
    again = faceaudit.run(faceaudit.Plan(**PLAN), Path(done.store.root), report=False)
    assert (again.ran, again.kept, again.report) == (0, 2, None)


@pytest.mark.parametrize("only", ["blended", [0], 3])
def test_cases_are_asked_for_by_a_list(only: Any, tmp_path: Path) -> None:
    """A text would be read letter by letter, and nearly every title has one of them."""
    with pytest.raises(OptionError, match=r"parts of titles.*; try \['blended'\]"):
        faceaudit.run(PLAN, tmp_path / "audit", only=only)
    assert not (tmp_path / "audit").exists()


def test_results_are_rows(done: Any) -> None:
    rows = faceaudit.results(done.store)
    assert len(rows) == len(list(rows)) > 3
    assert {row.attack for row in rows} == {"none", "input_instance"}
    assert rows[0] is rows[-len(rows)]
    assert list(rows[1:3]) == list(rows)[1:3]
    assert repr(rows) == f"<Results: {len(rows)} figures of 2 cases>"
    assert json.loads(json.dumps(rows.as_json()))[0]["metric"] == rows[0].metric
    assert list(faceaudit.results(done.store.url)) == list(rows)


def test_every_case_is_read_once(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read, case = [], Store.case

    def counted(self: Store, id_: str, **options: Any) -> Any:
        read.append(id_)
        return case(self, id_, **options)

    monkeypatch.setattr(Store, "case", counted)
    faceaudit.results(done.store)
    assert len(read) == len(set(read)) == 2


def test_rows_become_a_data_frame(done: Any) -> None:
    rows = faceaudit.results(done.store)
    frame = rows.to_pandas()
    assert list(frame.columns) == list(rows.as_json()[0])
    assert frame["metric"].tolist() == [row.metric for row in rows]
    known = [row.value for row in rows if row.value is not None]
    assert frame["value"].dropna().tolist() == known
    assert frame["n"].notna().sum() == len(known)


def test_a_data_frame_wants_pandas(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(OptionError, match="pip install pandas"):
        faceaudit.results(done.store).to_pandas()


def test_a_report_goes_where_it_is_told(done: Any, tmp_path: Path) -> None:
    usual = faceaudit.write_report(done.store).read_text("utf-8")
    for path in (tmp_path / "new" / "a.html", str(tmp_path / "b.html")):
        written = faceaudit.write_report(done.store, path)
        assert written == Path(path)
        assert written.read_text("utf-8") == usual
    with pytest.raises(InputError, match="got the folder"):
        faceaudit.write_report(done.store, tmp_path)
    with pytest.raises(InputError, match="expected a file that can be written"):
        faceaudit.write_report(done.store, tmp_path / "b.html" / "c.html")


def test_a_store_elsewhere_keeps_its_report_and_nothing_stays_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACEAUDIT_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    plan = {"backdoor": {**PLAN["backdoor"], "attacks": []}}
    done = faceaudit.run(plan, "memory://audit")
    assert done.ran == 1
    assert not list((tmp_path / "tmp").glob("faceaudit-*"))
    assert not list(tmp_path.rglob("images.u8"))
    assert done.report == "memory://audit/report.html"
    assert faceaudit.write_report("memory://audit/") == "memory://audit/report.html"


def test_a_plan_is_checked(tmp_path: Path) -> None:
    checked = faceaudit.check(PLAN, overrides=["backdoor.attacks.0.sweep=[1, 2]"])
    assert (checked.cost.people, checked.cost.photos) == (4, 120)
    assert checked.plan.section("backdoor").attacks[0].sweep == (1, 2)
    assert checked.absent_files == ()
    networks = [{"network": "deepid", "weights": tmp_path / "none.pt"}]
    absent = faceaudit.check({"backdoor": {**PLAN["backdoor"], "systems": networks}})
    assert str(tmp_path / "none.pt") in absent.absent_files[0]
    alone = faceaudit.check(PLAN, plan_only=True)
    assert alone.cost.people is None
    assert alone.cost.cases == 2


def test_what_would_fail_is_an_obstacle_and_run_raises_it(tmp_path: Path) -> None:
    attack = {"attack": "accessory", "samples": 99}
    plan = {"backdoor": {**PLAN["backdoor"], "attacks": [attack], "target": "synthetic-0003"}}
    (obstacle,) = faceaudit.check(plan).obstacles
    with pytest.raises(faceaudit.SplitError) as refused:
        faceaudit.run(plan, tmp_path / "audit")
    assert str(refused.value) == obstacle
    align = {"align": "yunet", "weights": "/no"}
    missing = {"source": "folder", "path": "/nowhere", "align": align}
    systems = [{"network": "deepid", "weights": str(tmp_path / "none.pt")}]
    section = {**PLAN["backdoor"], "faces": missing, "systems": systems}
    found = faceaudit.check({"backdoor": section})
    assert [line.split("'")[1] for line in found.obstacles[:2]] == ["/nowhere", "/no"]
    assert "none.pt" in found.obstacles[2]
    assert not list(tmp_path.iterdir())


def test_cases_that_are_there_are_counted(
    done: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACEAUDIT_CACHE")
    assert faceaudit.check(PLAN, store=done.store).kept == 2
    more = ["backdoor.attacks.0.sweep=[1]"]
    checked = faceaudit.check(PLAN, overrides=more, store=done.store)
    assert (checked.kept, checked.cost.cases) == (2, 3)
    other = faceaudit.check(PLAN, overrides=["backdoor.faces.seed=5"], store=done.store)
    assert other.kept is None, "only a run would tell"
    assert faceaudit.check(PLAN, store=tmp_path / "new").kept == 0
    assert not list(tmp_path.iterdir())


def test_a_run_is_forecast_and_timed_once_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: Any
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path))
    first = faceaudit.check(PLAN, timed=True).forecast
    assert first is not None
    assert first.low < first.seconds < first.high
    assert first.memory_bytes > 1e8
    monkeypatch.setattr(calibration, "_MEASURES", {})
    assert faceaudit.check(PLAN, timed=True).forecast == first, "from what was timed before"
    longer = faceaudit.check(
        PLAN, overrides=["backdoor.systems.0.training.epochs=4001"], timed=True
    ).forecast
    assert longer is not None
    assert longer.seconds > first.seconds
    for file in (tmp_path / "timings").iterdir():
        os.utime(file, (0, 0))
    with pytest.raises(KeyError):
        faceaudit.check(PLAN, timed=True)


def test_a_plan_may_be_a_file_or_a_name(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(json.dumps(PLAN))
    for plan in (path, str(path), PLAN, faceaudit.load_plan(path)):
        assert faceaudit.check(plan, plan_only=True).plan.title == "a small audit"
    assert faceaudit.check("chen2017-small", plan_only=True).cost.cases > 10


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: faceaudit.run(3), OptionError, "expected a plan: a file, .* got int 3"),
        (lambda: faceaudit.run("nowhere.yaml"), OptionError, "expected a plan in YAML"),
        (lambda: faceaudit.run("defualt"), OptionError, "try the example 'default'"),
        (lambda: faceaudit.check({**PLAN, "backdor": {}}), OptionError, "try 'backdoor'"),
        (lambda: faceaudit.check(PLAN, overrides="a=1"), OptionError, "expected a list of overr"),
        (lambda: faceaudit.check(PLAN, overrides=[1]), OptionError, "expected overrides as KEY"),
        (lambda: faceaudit.check(PLAN, overrides=["a"]), OptionError, "expected --set KEY=VALUE"),
        (lambda: faceaudit.run(PLAN, 3), InputError, "expected a store, its folder or its URL"),
        (lambda: faceaudit.run(PLAN, ""), InputError, "expected a store, its folder or its URL"),
        (lambda: faceaudit.run(PLAN, "nope://x"), StoreError, "expected a folder or an fsspec URL"),
        (lambda: faceaudit.run(PLAN, strict=True), OptionError, "has a validity gate"),
        (lambda: faceaudit.results("nowhere"), StoreError, "expected a store with an audit in it"),
        (lambda: faceaudit.write_report("nowhere"), StoreError, "expected a store with an audit"),
        (lambda: faceaudit.write_report("a", 3), InputError, "expected the path of the report"),
        (lambda: Store(None), StoreError, "expected a folder or an fsspec URL"),  # type: ignore[arg-type]
        (lambda: faceaudit.components([]), InputError, "name of a family, got a list of 0; try"),  # type: ignore[arg-type]
        (lambda: faceaudit.components("netwrok"), faceaudit.UnknownName, "try 'network'"),
    ],
)
def test_mistakes_say_what_to_give(
    call: Any, error: type[FaceAuditError], said: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        call()
    assert not list(tmp_path.iterdir()), "nothing was begun"


def test_components_are_what_a_plan_can_name() -> None:
    everything = faceaudit.components()
    assert {"deepid", "synthetic", "blended", "facebone"} <= {one.name for one in everything}
    assert {one.family for one in faceaudit.components("network")} == {"network"}
