"""The JSON Schema of plans: what it takes, and where it refuses what pydantic refuses."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest
import yaml

from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import example_names, example_text, load_plan
from faceaudit.audit.plan_schema import plan_schema
from faceaudit.errors import OptionError
from faceaudit.registry import FAMILIES
from helpers.documents import ROOT

SCHEMA = plan_schema()
PUBLISHED = ROOT / "docs" / "plan.schema.json"
VALID = jsonschema.Draft202012Validator(SCHEMA)
FACES = {"source": "synthetic", "people": 5}
PLAN: dict[str, Any] = {
    "seeds": [0],
    "faces": FACES,
    "backdoor": {
        "split": {"train": 20},
        "systems": [{"network": "deepid", "training": {"epochs": 3}}],
        "attacks": [{"attack": "blended", "ratio": 0.3, "sweep": [5, 20]}, "accessory"],
    },
}


def places_of(plan: object) -> list[str]:
    """Return where the schema refuses a plan, the deepest places first."""
    errors = sorted(VALID.iter_errors(plan), key=lambda error: -len(error.absolute_path))
    return [".".join(map(str, error.absolute_path)) for error in errors]


def changed(path: str, value: object) -> dict[str, Any]:
    plan = copy.deepcopy(PLAN)
    place: Any = plan
    *steps, last = path.split(".")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    place[int(last) if isinstance(place, list) else last] = value
    return plan


def test_the_published_schema_is_that_of_the_models() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    said = "run `python docs/make_plan_schema.py > docs/plan.schema.json`"
    assert json.loads(PUBLISHED.read_text("utf-8")) == SCHEMA, said


@pytest.mark.parametrize("name", example_names())
def test_every_example_is_taken_as_written_and_with_all_defaults(name: str) -> None:
    assert places_of(yaml.safe_load(example_text(name))) == []
    assert places_of(load_plan(name).as_json()) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("backdoor.attacks.0.ratio", [0.1, 0.2]),
        ("backdoor.attacks.1", {"attack": ["blended", "accessory"], "samples": [3, 4]}),
        ("backdoor.attacks.1", {"attack": {"attack": "accessory"}, "sweep": [1]}),
        ("backdoor.systems.0.training.epochs", [1, 2]),
        ("backdoor.systems.0.training", [{"epochs": 1}, {"epochs": 2}]),
        ("backdoor.systems.0.network", ["deepid", {"network": "vggface", "width": [0.1, 0.2]}]),
        ("backdoor.systems.0.network", {"network": "vggface", "input_size": [[48, 48], [64, 64]]}),
        ("backdoor.split", [{"train": 10}, {"train": 20}]),
        ("backdoor.split.train", [10, 20]),
        ("backdoor.removals", [0.1, {"share": [0.2, 0.3], "people": 1}]),
        ("backdoor.false_alarms", [[0.1], [0.2]]),
        ("backdoor", [PLAN["backdoor"], {**PLAN["backdoor"], "unseen": 2}]),
        ("backdoor.exclude", [{"attack": "accessory"}]),
        ("backdoor.include", [{"attack": {"attack": "blended", "ratio": 0.5}}]),
        ("backdoor.faces", None),
        ("backdoor.preset", None),
        ("preset", None),
        ("faces.people", [4, 5]),
        ("membership", None),
    ],
    ids=str,
)
def test_what_a_plan_may_say_is_taken(path: str, value: object) -> None:
    plan = changed(path, value)
    Plan(**copy.deepcopy(plan))
    assert places_of(plan) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("faces.people", "many"),
        ("faces.people", 1),
        ("faces.poeple", 7),
        ("faces.source", "synthetik"),
        ("backdor", {}),
        ("seeds", []),
        ("seeds.0", -1),
        ("backdoor.systems", []),
        ("backdoor.systems.0.network", "depid"),
        ("backdoor.systems.0.training.epoch", 3),
        ("backdoor.systems.0.training.batch", "big"),
        ("backdoor.systems.0.learn", "all"),
        ("backdoor.attacks.0.attack", "blend"),
        ("backdoor.attacks.0.ratoi", 0.3),
        ("backdoor.attacks.0.ratio", 3),
        ("backdoor.attacks.0.ratio", [0.1, 3]),
        ("backdoor.attacks.0.sweep", [0]),
        ("backdoor.split.train", [10, "x"]),
        ("backdoor.split.train", [10, 10]),
        ("backdoor.attakcs", []),
        ("backdoor.exclude", ["accessory"]),
        ("backdoor", [3]),
    ],
    ids=str,
)
def test_what_is_refused_is_refused_at_the_same_place(path: str, value: object) -> None:
    plan = changed(path, value)
    with pytest.raises(OptionError) as caught:
        Plan(**copy.deepcopy(plan))
    message = str(caught.value)
    told = "" if message.startswith("expected") else message.partition(": expected")[0]
    told = told.removeprefix("backdoor.") if path.startswith("faces") else told
    # Or within it, where pydantic says no more than which component; or around what is unknown.
    around = told.rpartition(".")[0]
    assert any(place.startswith(told) or place == around for place in places_of(plan)), told


def test_a_plan_without_any_section_is_refused() -> None:
    assert places_of({"title": "nothing"}) == [""]


def test_every_option_and_every_component_is_described() -> None:
    for kind in KINDS:
        assert kind.name in SCHEMA["properties"]
        assert SCHEMA["properties"][kind.name]["description"]
    named = json.dumps(SCHEMA)
    for family in ("backdoor_attack", "network", "source", "membership_attack"):
        registry = FAMILIES[family]
        told = SCHEMA["$defs"][family]["else"]["allOf"]
        assert len(told) == len(registry.names())
        for name in registry.names():
            assert f'"{name}"' in named
    for made in SCHEMA["$defs"].values():
        assert made.get("description") or "if" in made
