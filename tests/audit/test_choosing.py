"""Cases that are chosen: counted, prepared and run alike, of every kind that has parts of cases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from audit.master_key.sections import MASTER_KEY
from faceaudit.audit.choosing import chosen
from faceaudit.audit.common.selection import Part, Section
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.obstacles import plan_obstacles
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import example_names, load_plan
from faceaudit.audit.prepared import prepare_section
from faceaudit.audit.run import run
from faceaudit.errors import OptionError
from faceaudit.report.page import render
from faceaudit.store import Store

FACES = {"source": "synthetic", "people": 12, "photos": 60, "sessions": 3}
MANY = {"source": "synthetic", "people": 80, "photos": 4, "sessions": 2, "seed": 3}
OTHERS = {"source": "synthetic", "people": 6, "photos": 8, "sessions": 2, "seed": 1}
SMALL = {"network": "deepid", "width": 0.25}
SYSTEM = {"network": SMALL, "training": {"epochs": 1}}
SPLIT = {"train": 20, "validation": 4, "test": 8}
EMBEDDERS = [
    {
        "network": SMALL,
        "pretraining": {
            "faces": OTHERS,
            "split": {"train": 4, "validation": 2, "test": 1, "donors": 0},
            "training": {"epochs": 1},
            "seed": seed,
        },
    }
    for seed in (0, 1)
]
ATTACKS = [
    {"attack": "blended", "samples": 5, "instances": 5, "sweep": [2]},
    {"attack": "accessory", "samples": 5, "instances": 5},
]
BACKDOOR = {
    "faces": FACES,
    "split": SPLIT,
    "systems": [SYSTEM, {"network": {**SMALL, "width": 0.3}, "training": {"epochs": 1}}],
    "attacks": ATTACKS,
    "wrong_keys": 2,
}
MATCHING = {"faces": FACES, "embedders": EMBEDDERS, "parties": {"attacked": 3}}
SECTIONS: dict[str, dict[str, Any]] = {
    "backdoor": {**BACKDOOR, "mitigations": ["strip", "spectral_signatures"], "clean_photos": [4]},
    "membership": {
        "faces": FACES,
        "backbones": EMBEDDERS,
        "pool": {"pairs": 40, "blocks": 4, "validation": 0, "per_person": 20},
        "mitigations": ["none", "facebone"],
    },
    "inversion": {
        **MATCHING,
        "attacks": ["white_box", "search"],
        "protections": ["none", "biohash"],
        "identifier": {
            "faces": {**FACES, "seed": 5},
            "split": SPLIT,
            "system": SYSTEM,
            "attacks": ["gradient"],
        },
    },
    "extraction": {
        "identifier": {"faces": FACES, "split": SPLIT, "system": SYSTEM, "others": OTHERS},
        "verifier": {"faces": FACES, "embedder": EMBEDDERS[0]},
        "attacks": ["knockoff", "copycat", "student"],
        "budgets": [4, 8],
        "decimals": [2],
    },
    "attribute_inference": {
        **MATCHING,
        "faces": MANY,
        "parties": {"attacked": 30},
        "attributes": ["sex"],
        "labelled": [2],
        "mitigations": ["none", "leace"],
    },
    "linkage": {
        **MATCHING,
        "protections": ["none", "random_projection"],
        "second": ["other_key"],
        "photos": [10],
    },
    "enrolment": {
        "faces": MANY,
        "embedders": EMBEDDERS,
        "people": {"targets": 2, "donors": 4, "strangers": 4},
        "attacks": ["plain_glasses", "template_update_drift"],
        "mitigations": ["none"],
    },
    "master_key": {**MASTER_KEY, "rates": [0.1, 0.2]},
    "master_face": {**MATCHING, "made_on": [1, 2]},
    "evasion": {**MATCHING, "made_on": [1, 2], "attacks": ["pgd", "mi_fgsm"]},
}
ABLE = [kind for kind in KINDS if issubclass(kind.plan, Section)]


def name_of(value: object) -> object:
    return value.name if isinstance(value, Part) else value


@pytest.mark.parametrize("kind", ABLE, ids=lambda kind: kind.name)
def test_parts_are_those_of_the_jobs_in_their_order(kind: Any, tmp_path: Path) -> None:
    plan = Plan(seeds=[0, 3], **{kind.name: SECTIONS[kind.name]})
    section, store = plan.section(kind.name), Store(str(tmp_path))
    jobs = kind.prepare(section, plan.seeds, store, workspace(store)).jobs
    parts = list(kind.combinations(section, plan.seeds))
    assert len(parts) == len(jobs) > 1
    for one, job in zip(parts, jobs, strict=True):
        assert one["seed"] == job.seed
        for part in ("attack", "mitigation", "protection"):
            if part in one and part in job.spec:
                spec = job.spec[part]
                assert name_of(one[part]) == (spec[part] if isinstance(spec, Mapping) else spec)
        for part in ("goal", "rate", "aware", "made_on", "budget", "decimals", "photos", "key"):
            if part in one and part in job.spec:
                assert one[part] == job.spec[part]


@pytest.mark.parametrize("name", example_names())
def test_parts_are_as_many_as_the_cases(name: str) -> None:
    plan = load_plan(name)
    for kind, section in plan.parts():
        if isinstance(section, Section):
            parts = list(kind.combinations(section, plan.seeds))
            assert len(parts) == kind.cost(section, plan.seeds, look=False).cases
            assert {*kind.lists.values()} <= {*kind.plan.model_fields}


@pytest.mark.parametrize("kind", ABLE, ids=lambda kind: kind.name)
def test_sections_have_entries_and_others_say_that_they_have_none(kind: Any) -> None:
    assert "seed" in next(kind.combinations(*_any_section(kind)))


def _any_section(kind: Any) -> tuple[Any, tuple[int, ...]]:
    for name in example_names():
        section = load_plan(name).sections.get(kind.name)
        if section:
            return section[0], (0,)
    raise AssertionError(kind.name)


def test_kinds_whose_cases_nobody_can_tell_refuse_entries() -> None:
    plan = load_plan("default").as_json()
    finished = {"faces": FACES, "systems": [{"system": "http", "path": "deepface"}]}
    with pytest.raises(OptionError, match=r"finished: expected an option .*got 'exclude'"):
        Plan(**{**plan, "finished": {**finished, "exclude": [{"seed": 0}]}})


def test_what_is_excluded_is_neither_counted_nor_run(tmp_path: Path) -> None:
    entries = [{"system": {"network": {"width": 0.3}}, "attack": "accessory"}, {"attack": "none"}]
    every, some = (Plan(backdoor={**BACKDOOR, **more}) for more in ({}, {"exclude": entries}))
    store = Store(str(tmp_path))
    found = []
    for plan in (every, some):
        kind, section = next(plan.parts())
        found.append(prepare_section(kind, section, plan, store, workspace(store)).jobs)
        assert len(found[-1]) == estimate_cost(plan, look=False).cases
    jobs, left = found
    assert len(jobs) == 8
    assert [job.id for job in left] == [jobs[n].id for n in (1, 2, 3, 5, 6)]
    assert [job.part for job in left] == [jobs[n].part for n in (1, 2, 3, 5, 6)]
    assert Plan(**some.as_json()) == some


def test_trainings_of_what_is_excluded_are_not_counted() -> None:
    def cost(**more: Any) -> tuple[int, int]:
        found = estimate_cost(Plan(seeds=[0, 1], backdoor={**BACKDOOR, **more}), look=False)
        return found.cases, found.trainings

    assert cost() == (16, 16)
    assert cost(exclude=[{"attack": "accessory"}]) == (12, 12)
    assert cost(exclude=[{"attack": "none"}]) == (12, 16)  # an attack is held against it
    assert cost(exclude=[{"seed": 1}]) == (8, 8)
    mitigated = {"mitigations": ["strip"], "clean_photos": [4]}
    assert cost(**mitigated) == (16 + 12, 16)
    only = [{"mitigation": "none"}]
    assert cost(**mitigated, exclude=only) == (12, 4 + 8)  # what is mitigated is trained


def test_what_is_excluded_stands_in_nobodys_way() -> None:
    many = {"attack": "blended", "samples": [5, 900], "instances": 5}
    values = {**BACKDOOR, "attacks": [many]}
    [obstacle] = plan_obstacles(Plan(backdoor=values))
    assert "blended x900" in str(obstacle)
    assert not [
        *plan_obstacles(Plan(backdoor={**values, "exclude": [{"attack": {"samples": 900}}]}))
    ]
    one = [{"attack": {"samples": 900}, "system": {"network": {"width": 0.3}}}]
    [obstacle] = plan_obstacles(Plan(backdoor={**values, "exclude": one}))
    assert "blended x900" in str(obstacle)


def test_a_plan_with_entries_runs_and_has_a_report(tmp_path: Path) -> None:
    entries = [{"attack": "accessory"}, {"attack": {"samples": 2}}]
    small = {**BACKDOOR, "systems": [SYSTEM], "exclude": entries}
    store = Store(str(tmp_path))
    summary = run(Plan(backdoor=small), store)
    assert (summary.ran, summary.failed) == (2, ())
    assert "Accessory" not in render(store).partition("What was not tested")[0]


def test_include_adds_a_part_that_no_list_has_for_its_cases_alone() -> None:
    extra = {"attack": "blended", "ratio": 0.5, "samples": 9, "instances": 5}
    narrow = {"network": {"width": 0.3}}
    plan = Plan(backdoor={**BACKDOOR, "include": [{"system": narrow, "attack": extra}]})
    kind, section = next(plan.parts())
    keep = chosen(kind, section, plan.seeds)
    assert keep is not None
    found = [
        (
            one["system"].values["network"]["width"],
            one["attack"] and one["attack"].values["samples"],
        )  # type: ignore[attr-defined]
        for one, kept in zip(kind.combinations(section, plan.seeds), keep, strict=True)
        if kept
    ]
    assert found == [
        *((0.25, samples) for samples in (None, 2, 5, 5)),
        *((0.3, samples) for samples in (None, 2, 5, 5, 9)),
    ]
    assert Plan(**plan.as_json()) == plan


def test_what_include_adds_may_be_swept_and_may_be_a_system() -> None:
    entry = {"system": {**SYSTEM, "learn": "everything", "margin": 0.2}, "attack": "accessory"}
    plan = Plan(backdoor={**BACKDOOR, "include": [entry]}, seeds=[0, 1])
    assert [one.margin for one in plan.section("backdoor").systems] == [None, None, 0.2]
    assert estimate_cost(plan, look=False).cases == 16 + 2
    attack = {"attack": "blended", "ratio": 0.5, "instances": 5, "samples": [9, 3, 4]}
    assert (
        estimate_cost(
            Plan(backdoor={**BACKDOOR, "include": [{"attack": attack}]}), look=False
        ).cases
        == 8 + 2 * 3
    )


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"exclude": [{"attack": "accesory"}]}, r"^backdoor\.exclude\.0: .*; try 'accessory'$"),
        ({"exclude": [{"attack": "tint"}]}, r"^backdoor\.exclude\.0: expected the attack of a c"),
        ({"include": [{"attack": "tnt"}]}, r"^backdoor\.include\.0\.attack.*: .*; try 'tint'"),
        ({"include": [{"sytem": "deepid"}]}, r"^backdoor\.include\.0: .*; try 'system'$"),
        ({"include": [{"seed": 4}]}, r"^backdoor\.include\.0: expected the seed of a case \(0\)"),
        ({"exclude": [{"seed": 0}]}, r"^backdoor\.exclude: expected cases to be left, got none"),
        ({"exclude": "accessory"}, r"^backdoor\.exclude: expected a list, got 'accessory'"),
        ({"exclude": ["accessory"]}, r"^backdoor\.exclude\.0: expected parts of a case"),
    ],
    ids=str,
)
def test_mistakes_in_entries_are_said_in_one_line(entries: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        Plan(backdoor={**BACKDOOR, **entries})
    assert "\n" not in str(caught.value)
