"""Presets: valid for every kind that has them, beneath what a section says, and written out."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import example_names, load_plan
from faceaudit.audit.plan_schema import plan_schema
from faceaudit.audit.presets import NAMES, presets_of, with_preset
from faceaudit.errors import OptionError

EVERY = [(kind, name) for kind in KINDS for name in presets_of(kind.name)]
BACKDOOR: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 5},
    "systems": [{"network": "deepid"}],
}
VALID = jsonschema.Draft202012Validator(plan_schema())


def needed(kind: Any) -> dict[str, Any]:
    """Return what a section of a kind cannot do without, from an example."""
    wanted = {name for name, field in kind.plan.model_fields.items() if field.is_required()}
    if kind.name == "extraction":
        wanted |= {"identifier", "verifier"}
    for name in example_names():
        found = load_plan(name).sections.get(kind.name)
        if found:
            values = found[0].model_dump(mode="json")
            return {key: values[key] for key in wanted}
    raise AssertionError(kind.name)


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=lambda one: getattr(one, "name", one))
def test_a_preset_makes_a_plan_that_is_that_written_out(kind: Any, name: str) -> None:
    values = {kind.name: {**needed(kind), "preset": name}}
    plan = Plan(**values)
    assert "preset" not in plan.as_json()[kind.name]
    assert Plan(**plan.as_json()) == plan
    assert plan == Plan(**{kind.name: {**needed(kind), **presets_of(kind.name)[name]}})
    assert plan == Plan(preset=name, **{kind.name: needed(kind)})
    assert list(VALID.iter_errors(values)) == []


def test_there_are_the_presets_that_are_said() -> None:
    assert list(NAMES) == ["quick", "standard", "paper"]
    assert {name for _, name in EVERY} == {*NAMES}
    assert [kind.name for kind, name in EVERY if name == "paper"] == ["backdoor", "membership"]
    without = [kind.name for kind in KINDS if not presets_of(kind.name)]
    assert without == ["scan", "finished"]


def test_a_quick_preset_has_fewer_cases_than_a_standard_one() -> None:
    for kind in KINDS:
        if presets_of(kind.name):
            cases = [
                kind.cost(section, (0,), look=False).cases
                for name in ("quick", "standard")
                for _, section in Plan(**{kind.name: {**needed(kind), "preset": name}}).parts()
            ]
            assert cases[0] <= cases[1], kind.name


def test_what_a_section_says_goes_before_its_preset() -> None:
    attacks = [{"attack": "blended", "ratio": [0.1, 0.2]}]
    plan = Plan(preset="paper", backdoor={**BACKDOOR, "preset": "quick", "attacks": attacks})
    section = plan.section("backdoor")
    assert [one.attack.ratio for one in section.attacks] == [0.1, 0.2]
    assert section.wrong_keys == 2
    assert not section.compare_published
    alone = Plan(preset="quick", backdoor={**BACKDOOR, "preset": None}).section("backdoor")
    assert alone == Plan(backdoor=BACKDOOR).section("backdoor")


def test_an_option_of_a_section_stays_whole() -> None:
    values = with_preset("backdoor", {"split": {"train": 5}}, "paper")
    assert values["split"] == {"train": 5}
    presets_of("backdoor")["quick"]["attacks"].clear()
    assert presets_of("backdoor")["quick"]["attacks"]


def test_the_paper_is_that_of_the_study() -> None:
    section = Plan(backdoor={**BACKDOOR, "preset": "paper"}).section("backdoor")
    split = section.split
    assert (split.train, split.validation, split.test) == (90, 10, 10)
    found = {one.attack.name: (one.attack.samples, one.attack.instances) for one in section.attacks}
    assert found["input_instance"] == (5, 21)
    assert {name: samples for name, (samples, _) in found.items()} == {
        "input_instance": 5,
        "blended": 115,
        "accessory": 57,
        "blended_accessory": 57,
    }


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backdoor": {**BACKDOOR, "preset": "quik"}}, r"^backdoor\.preset: .*; try 'quick'$"),
        (
            {"preset": "quik", "backdoor": BACKDOOR},
            r"^backdoor\.preset: .*got 'quik'; try 'quick'$",
        ),
        ({"backdoor": {**BACKDOOR, "preset": 3}}, r"^backdoor\.preset: expected a preset of back"),
    ],
    ids=str,
)
def test_a_preset_that_is_none_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Plan(**values)


def test_a_kind_without_the_preset_says_how_to_go_without() -> None:
    inversion = needed(next(kind for kind in KINDS if kind.name == "inversion"))
    with pytest.raises(
        OptionError, match=r"^inversion\.preset: .*\(quick, standard\).*try preset: n"
    ):
        Plan(preset="paper", inversion=inversion)
    assert Plan(preset="paper", inversion={**inversion, "preset": None}).sections
