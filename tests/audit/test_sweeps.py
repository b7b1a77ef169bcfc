"""Sweeps: lists where an option takes one value, written out before anything is checked."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.audit import sweeps
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.obstacles import plan_obstacles
from faceaudit.audit.plan import Plan, sections_in
from faceaudit.audit.plan_file import example_names, example_text, load_plan
from faceaudit.audit.prepared import prepare_section
from faceaudit.audit.sweeps import write_out
from faceaudit.errors import OptionError
from faceaudit.report.page import render
from faceaudit.store import Store

FACES = {"source": "synthetic", "people": 4, "photos": 60, "sessions": 2}
SMALL = {"network": "deepid", "width": 0.25}
SPLIT = {"train": 20, "validation": 4, "test": 6}
BACKDOOR = next(kind.plan for kind in KINDS if kind.name == "backdoor")


def backdoor(**options: Any) -> dict[str, Any]:
    return {
        "faces": FACES,
        "split": SPLIT,
        "systems": [{"network": SMALL, "training": {"epochs": 1}}],
        "wrong_keys": 2,
        **options,
    }


def written(**options: Any) -> list[dict[str, Any]]:
    return write_out(BACKDOOR, options).sections


def ids_of(plan: Plan, folder: Path) -> list[str]:
    store = Store(str(folder))
    work = workspace(store)
    return [
        job.id
        for kind, section in plan.parts()
        for job in prepare_section(kind, section, plan, store, work).jobs
    ]


@pytest.mark.parametrize("name", example_names())
def test_what_has_no_sweep_stays_as_it_is(name: str) -> None:
    raw, plan = yaml.safe_load(example_text(name)), load_plan(name)
    for kind, section in plan.parts():
        for values in (raw[kind.name], section.model_dump(mode="json")):
            swept = write_out(kind.plan, values)
            assert swept.sections == [values]
            assert not swept.origins


def test_a_list_of_values_is_one_entry_for_each() -> None:
    [section] = written(attacks=[{"attack": "blended", "ratio": [0.1, 0.2]}, "accessory"])
    assert section["attacks"] == [
        {"attack": "blended", "ratio": 0.1},
        {"attack": "blended", "ratio": 0.2},
        "accessory",
    ]


def test_options_of_options_are_swept_too() -> None:
    training = {"epochs": [1, 2], "learning_rate": [0.1, 0.2], "batch": 8}
    [section] = written(systems=[{"network": "deepid", "training": training}])
    found = [
        (one["training"]["epochs"], one["training"]["learning_rate"]) for one in section["systems"]
    ]
    assert found == list(itertools.product([1, 2], [0.1, 0.2]))
    assert {one["training"]["batch"] for one in section["systems"]} == {8}


def test_names_are_swept_as_options_are() -> None:
    [section] = written(
        attacks=[{"attack": ["blended", "accessory"], "samples": [5, 9]}],
        systems=[{"network": ["deepid", {"network": "vggface", "width": [0.1, 0.2]}]}],
    )
    assert [tuple(one.values()) for one in section["attacks"]] == [
        *(("blended", 5), ("blended", 9)),
        *(("accessory", 5), ("accessory", 9)),
    ]
    assert [one["network"] for one in section["systems"]] == [
        "deepid",
        *({"network": "vggface", "width": width} for width in (0.1, 0.2)),
    ]


def test_what_is_a_list_itself_stays_one_and_a_list_of_lists_sweeps_over_it() -> None:
    plain = {"attack": "blended", "sweep": [1, 2]}
    network = {"network": "vggface", "input_size": [[48, 48], [64, 64]]}
    [section] = written(
        attacks=[plain],
        removals=[0.1, {"share": [0.2, 0.3], "people": 1}],
        false_alarms=[0.1, 0.2],
        systems=[{"network": network}],
    )
    assert section["attacks"] == [plain]
    assert section["removals"] == [0.1, *({"share": x, "people": 1} for x in (0.2, 0.3))]
    assert section["false_alarms"] == [0.1, 0.2]
    assert [one["network"]["input_size"] for one in section["systems"]] == [[48, 48], [64, 64]]
    several = written(false_alarms=[[0.1], [0.1, 0.2]])
    assert [one["false_alarms"] for one in several] == [[0.1], [0.1, 0.2]]


def test_what_is_swept_outside_of_lists_makes_several_sections() -> None:
    plan = Plan(backdoor=backdoor(split={**SPLIT, "train": [10, 20]}, target=None), seeds=[3])
    sections = [section for _, section in plan.parts()]
    assert [one.split.train for one in sections] == [10, 20]
    assert {one.split.test for one in sections} == {6}
    assert Plan(**plan.as_json()) == plan
    assert [one["split"]["train"] for one in sections_in(plan.as_json(), "backdoor")] == [10, 20]
    with pytest.raises(OptionError, match="expected one section 'backdoor', got 2"):
        plan.section("backdoor")


def test_faces_at_the_top_are_swept_for_each_section_that_takes_them() -> None:
    own = {**backdoor(), "faces": {**FACES, "seed": 9}}
    shared = {**FACES, "people": [4, 5]}
    without = {key: value for key, value in backdoor().items() if key != "faces"}
    plan = Plan(faces=shared, backdoor=without)
    assert [one.faces.people for _, one in plan.parts()] == [4, 5]
    assert len(list(Plan(backdoor=own).parts())) == 1


def test_ids_are_those_of_the_plan_written_out(tmp_path: Path) -> None:
    swept = backdoor(
        systems=[{"network": {**SMALL, "width": [0.25, 0.3]}, "training": {"epochs": [1, 2]}}],
        attacks=[{"attack": "blended", "samples": 5, "instances": 5, "ratio": [0.1, 0.2]}],
        split=[SPLIT, {**SPLIT, "train": 10}],
    )
    out = [
        backdoor(
            systems=[
                {"network": {**SMALL, "width": width}, "training": {"epochs": epochs}}
                for width in (0.25, 0.3)
                for epochs in (1, 2)
            ],
            attacks=[
                {"attack": "blended", "samples": 5, "instances": 5, "ratio": ratio}
                for ratio in (0.1, 0.2)
            ],
            split={**SPLIT, "train": train},
        )
        for train in (20, 10)
    ]
    ids = ids_of(Plan(backdoor=swept), tmp_path / "swept")
    assert len(set(ids)) == len(ids) == 2 * 4 * 3
    assert ids == [id_ for one in out for id_ in ids_of(Plan(backdoor=one), tmp_path / "swept")]


@given(
    ratios=st.lists(st.floats(0.1, 0.9), min_size=1, max_size=4, unique=True),
    epochs=st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True),
    seeds=st.lists(st.integers(0, 50), min_size=1, max_size=3, unique=True),
)
def test_there_are_as_many_combinations_as_the_product(
    ratios: list[float], epochs: list[int], seeds: list[int]
) -> None:
    sections = written(
        faces={"source": "synthetic", "seed": seeds},
        attacks=[{"attack": "blended", "ratio": ratios}],
        systems=[{"network": "deepid", "training": {"epochs": epochs}}],
    )
    assert [one["faces"]["seed"] for one in sections] == seeds
    for one in sections:
        assert [attack["ratio"] for attack in one["attacks"]] == ratios
        assert [system["training"]["epochs"] for system in one["systems"]] == epochs


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"attacks": ["accessory", {"attack": "blended", "ratio": [0.1, 3, 0.2]}]},
            r"^backdoor\.attacks\.1\.ratio: expected less than or equal to 1, got 3$",
        ),
        (
            {"attacks": [{"attack": "blended", "ratio": [0.1, 0.2]}, {"attack": "accesory"}]},
            r"^backdoor\.attacks\.1: expected a backdoor attack .*; try 'accessory'",
        ),
        (
            {"attacks": [{"attack": ["blended", "accessory"], "ratio": [0.1]}]},
            r"^backdoor\.attacks\.0: expected an option .*'ratio'",
        ),
        (
            {"attacks": [{"attack": "blended", "ratio": [0.1, 0.2, 0.1]}]},
            r"^backdoor\.attacks\.0\.ratio: expected every value of a sweep once, got \[0.1, 0.2",
        ),
        (
            {"split": [{1: 2, "train": 3}, {"train": 4}]},
            r"^backdoor\.split: expected names of options, got 1",
        ),
        ({"split": {"train": [10, 10.0]}}, r"^backdoor: expected every section once, got one twi"),
        ({"split": {"train": []}}, r"^backdoor\.split\.train: expected a valid integer, got \[\]$"),
        ({"wrong_keys": [3, "x"]}, r"^backdoor\.wrong_keys: expected a valid integer.*got 'x'"),
        ({"systems": [{"network": "deepid", "learn": ["all"]}]}, r"^backdoor\.systems\.0\.learn"),
    ],
    ids=str,
)
def test_mistakes_in_sweeps_are_said_where_they_were_written(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        Plan(backdoor=backdoor(**options))


def test_what_one_value_of_a_sweep_makes_impossible_is_told_before_anything_runs() -> None:
    attack = {"attack": "blended", "samples": 5, "instances": [5, 500]}
    swept = Plan(backdoor=backdoor(attacks=[attack], split={**SPLIT, "train": [20, 58]}))
    said = [str(one) for one in plan_obstacles(swept)]
    assert len(said) == 2  # one for each section
    assert "505 donor photos" in said[0]


def test_too_many_combinations_are_refused_before_they_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeps, "MOST", 5)
    many = {"epochs": [1, 2], "batch": [1, 2], "patience": [1, 2]}
    with pytest.raises(OptionError, match=r"systems.0.training: expected sweeps of at most 5 comb"):
        written(systems=[{"network": "deepid", "training": many}])
    entry = {"attack": "blended", "ratio": [0.1, 0.2, 0.3]}
    with pytest.raises(OptionError, match=r"attacks: expected sweeps of at most 5 .*, got 6"):
        written(attacks=[entry, entry])
    splits = [{"train": [1, 2, 3], "test": test} for test in range(9)]
    with pytest.raises(OptionError, match=r"^split: expected sweeps of at most 5 .*, got 6"):
        written(split=splits)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("values", [{}, {"faces": 3}, {"attacks": [[1]], "x": [[]]}, {1: [2, 3]}])
def test_what_is_no_section_is_left_to_who_builds_it(kind: Any, values: Any) -> None:
    assert write_out(kind.plan, values).sections


def test_a_report_tells_cases_of_several_sections_apart(tmp_path: Path) -> None:
    from faceaudit.audit.run import run  # noqa: PLC0415 - slow to load

    attack = {"attack": "blended", "samples": 5, "instances": 5}
    plan = Plan(backdoor=backdoor(split={**SPLIT, "train": [10, 20]}, attacks=[attack]))
    store = Store(str(tmp_path))
    summary = run(plan, store)
    assert (summary.ran, summary.failed) == (4, ())
    account = store.run()
    assert len(account["sections"]["backdoor"]["splits"]) == 2
    page = render(store)
    assert "train 10" in page
    assert "train 20" in page
