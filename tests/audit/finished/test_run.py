"""A whole audit of made-up systems, through plan, check, run, results and report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit.finished.doors import MadeSystem
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.plan import Plan
from faceaudit.audit.results import result_rows
from faceaudit.audit.run import run
from faceaudit.cli import app
from faceaudit.errors import InputError
from faceaudit.records.finished import FinishedFacts
from faceaudit.report.page import render
from faceaudit.store import CaseRecord, Store

SYSTEMS = [
    {"system": "made", "opens": True},
    {"system": "made", "role": "embedder"},
    {"system": "made", "role": "verifier", "gives": "labels"},
]
FEW = {"donors": 48, "impostors": 200, "other_keys": 5}


def plan_of(*systems: dict[str, object], **section: object) -> Plan:
    return Plan(
        title="finished",
        faces={"source": "stand_ins"},
        finished={"systems": list(systems), **FEW, **section},
    )


def parts(store: Store) -> list[tuple[str, str]]:
    return [(record.spec["title"], record.spec["part"]) for record in store.cases()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("finished")


@pytest.fixture
def store(folder: Path) -> Store:
    """All three roles with all parts; asked once for all tests of this module."""
    for name, kept in (("members", (0, 1, 2)), ("nonmembers", (3, 4, 5))):
        lines = [f"person-{person}/video-0/{photo:03d}" for person in range(24) for photo in kept]
        lines = [line.replace("video-0/005", "video-1/005") for line in lines]
        (folder / name).write_text("\n".join(lines), "utf-8")
    lists = {name: str(folder / name) for name in ("members", "nonmembers")}
    store = Store(folder / "audit")
    summary = run(plan_of(*SYSTEMS, **lists, listed="photos"), store)
    assert not summary.failed
    return store


def test_each_role_has_its_parts(store: Store) -> None:
    roles = {"made identifier": 1, "made embedder": 0, "made verifier": 0}
    expected = []
    for title, recognises in roles.items():
        names = ["access", *["recognition"] * recognises, "verification", *["keys"] * 3]
        expected += [(title, part) for part in (*names, "membership")]
    assert parts(store) == expected
    cases = list(store.cases())
    assert len({case.id for case in cases}) == len(cases)


def test_what_was_asked_is_within_what_was_said_before(store: Store) -> None:
    plan = Plan(**store.run()["plan"])
    bound = estimate_cost(plan).queries
    assert bound is not None
    asked: dict[str, int] = {}
    for case in store.cases():
        facts = FinishedFacts.of(case)
        asked[facts.system.id] = asked.get(facts.system.id, 0) + facts.asked
    assert len(asked) == 3
    assert max(asked.values()) <= bound
    assert max(asked.values()) > bound / 2, "a bound, and no fancy"


def test_every_figure_has_an_estimate_or_a_reason(store: Store) -> None:
    rows = list(result_rows(store))
    assert all(row.note for row in rows if row.value is None)
    assert {row.kind for row in rows} == {"finished"}
    unmade = {row.metric for row in rows if "cannot be trained again" in row.note}
    assert unmade == {"attack_success", "shadow_attacks", "mitigations"}
    labels = [row for row in rows if row.system == "made verifier" and row.metric == "auc"]
    assert [row.note for row in labels] == ["it gives labels only, no scores of pairs"]
    own = [row for row in rows if row.system == "made verifier" and row.metric == "own_fnmr"]
    assert [row.value for row in own] == [0.0]


def test_the_planted_key_is_in_the_headline(store: Store) -> None:
    page = render(store)
    assert "<h1>A key stands out, which may open a back door" in page
    assert "The key random-0 stands out on made identifier: a suspicion of a back door" in page
    assert "What could not be audited with made verifier, and why" in page
    assert "finished systems audit" in page.lower()


def test_a_run_goes_on_where_it_was_stopped(store: Store, folder: Path) -> None:
    plan = Plan(**store.run()["plan"])
    again = run(plan, store)
    assert (again.ran, again.kept) == (0, 19)
    asked = run(plan_of(SYSTEMS[1], donors=40), Store(folder / "other"))
    assert asked.ran == 5
    more = run(plan_of(*SYSTEMS[:2], donors=40), Store(folder / "other"))
    assert (more.ran, more.kept) == (6, 5), "what another system was asked stays as it is"


def test_a_part_depends_on_its_own_options_alone(tmp_path: Path) -> None:
    ids = {}
    for name, section in {
        "first": {},
        "pairs": {"per_person": 2},
        "keys": {"donors": 40},
        "tests": {"attacks": ["blended"]},
        "people": {"people": 20},
    }.items():
        store = Store(tmp_path / name)
        run(plan_of(SYSTEMS[1], **section), store)
        ids[name] = {
            (case.spec["part"], json.dumps(case.spec["options"].get("attack"))): case.id
            for case in store.cases()
        }

    def changed(name: str) -> set[str]:
        return {part for (part, _), id_ in ids[name].items() if id_ not in ids["first"].values()}

    assert changed("pairs") == {"verification"}
    assert changed("keys") == {"keys"}
    assert changed("tests") == {"keys"}, "a level is over all keys of the plan"
    assert changed("people") == {"verification", "keys"}


def test_what_a_system_gives_is_part_of_a_case(tmp_path: Path) -> None:
    both = [Store(tmp_path / gives) for gives in ("labels", "scores")]
    for store, gives in zip(both, ("labels", "scores"), strict=True):
        run(plan_of({"system": "made", "gives": gives}, attacks=[]), store)
    first, second = ({case.id for case in store.cases()} for store in both)
    assert not first & second


def test_a_job_is_a_value_that_another_process_can_rebuild(tmp_path: Path) -> None:
    plan, store = plan_of(SYSTEMS[0], attacks=["blended"]), Store(tmp_path / "one")
    (kind, section), *_ = plan.parts()
    for job in kind.prepare(section, plan.seeds, store, workspace(store)).jobs:
        again = Job(**json.loads(json.dumps(job.as_json())))
        other = Store(tmp_path / "two")
        record: CaseRecord = kind.execute(again, other, workspace(other))
        assert record.id == job.id


def test_a_system_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    plan, store = plan_of(SYSTEMS[0]), Store(tmp_path)
    (kind, section), *_ = plan.parts()
    job = kind.prepare(section, plan.seeds, store, workspace(store)).jobs[1]
    changed = {**job.section, "systems": [{**job.section["systems"][0], "opens": False}]}
    with pytest.raises(
        Exception, match=r"expected the photos and weights that .* was planned with"
    ):
        kind.execute(Job(**{**job.as_json(), "section": changed}), store, workspace(store))


def test_a_system_that_cannot_be_opened_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_it = MadeSystem.open

    def open_some(made: MadeSystem, **options: object) -> object:
        if made.role == "embedder":
            raise InputError("expected a server, got none; start it")
        return open_it(made, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(MadeSystem, "open", open_some)
    with pytest.raises(InputError, match=r"finished\.systems\.1: expected a server, got none"):
        run(plan_of(*SYSTEMS[:2]), Store(tmp_path))


def test_only_the_first_seed_is_used(tmp_path: Path) -> None:
    store = Store(tmp_path)
    plan = plan_of(SYSTEMS[0], attacks=[])
    assert run(plan.model_copy(update={"seeds": (3, 4)}), store).ran == 3
    assert {case.spec["seed"] for case in store.cases()} == {3}


def test_lists_are_read_before_anything_is_asked(tmp_path: Path) -> None:
    for name in ("members", "nonmembers"):
        (tmp_path / name).write_text("person-1\n", "utf-8")
    lists = {name: str(tmp_path / name) for name in ("members", "nonmembers")}
    with pytest.raises(InputError, match="got 'person-1' in both lists"):
        run(plan_of(SYSTEMS[0], **lists, listed="people"), Store(tmp_path / "audit"))


def test_check_says_how_often_systems_are_asked(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan_of(*SYSTEMS).as_json()), "utf-8")
    done = CliRunner().invoke(app, ["check", str(path), "--no-time"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    line = next(line for line in done.output.splitlines() if "questions to each" in line)
    assert line.split()[-1] == f"{estimate_cost(plan_of(*SYSTEMS)).queries:,}"
