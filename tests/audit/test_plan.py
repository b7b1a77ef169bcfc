from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit import Plan, load_plan
from faceaudit.errors import OptionError

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))

PLAN = """
faces: {source: synthetic, people: 5}
systems: [{network: deepid, training: {epochs: 3}}]
attacks:
  - {attack: blended, ratio: 0.3, sweep: [5, 20]}
  - accessory
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, "utf-8")
    return path


def test_a_plan_fills_in_the_defaults(path: Path) -> None:
    plan = load_plan(path)
    assert plan.faces.name == "synthetic"
    assert plan.systems[0].training.epochs == 3
    assert [planned.attack.name for planned in plan.attacks] == ["blended", "accessory"]
    assert [v.samples for v in plan.attacks[0].variants()] == [5, 20, 115]
    assert {v.ratio for v in plan.attacks[0].variants()} == {0.3}  # type: ignore[attr-defined]
    assert plan.seeds == (0,)


def test_a_plan_can_be_spelled_again(path: Path) -> None:
    plan = load_plan(path)
    assert Plan(**plan.as_json()) == plan
    assert Plan(**plan.as_json()).as_json() == plan.as_json()


def test_the_default_plan_is_the_first_example() -> None:
    assert load_plan(None) == load_plan(EXAMPLES[0].with_name("default.yaml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_valid(example: Path) -> None:
    plan = load_plan(example)
    assert plan.attacks or plan.privacy


@pytest.mark.parametrize(
    ("override", "get", "value"),
    [
        ("faces.people=7", lambda p: p.faces.people, 7),
        ("split.train=3", lambda p: p.split.train, 3),
        ("systems.0.training.epochs=9", lambda p: p.systems[0].training.epochs, 9),
        ("systems.0.network.width=0.5", lambda p: p.systems[0].network.width, 0.5),
        ("attacks.0.samples=4", lambda p: p.attacks[0].attack.samples, 4),
        ("attacks.1=blended_accessory", lambda p: p.attacks[1].attack.name, "blended_accessory"),
        ("seeds=[1, 2]", lambda p: p.seeds, (1, 2)),
        ("target=Zoë", lambda p: p.target, "Zoë"),
    ],
)
def test_any_value_can_be_overridden(path: Path, override: str, get: object, value: object) -> None:
    assert get(load_plan(path, [override])) == value  # type: ignore[operator]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("faces.poeple=7", r"faces: expected an option \(.*people.*\), got 'poeple'; try 'people'"),
        ("faces.people=many", "faces.people: expected a valid integer.*, got 'many'"),
        ("faces.people=1", "faces.people: expected greater than or equal to 2, got 1"),
        ("faces.source=synthetik", "faces: expected a source .* got 'synthetik'; try 'synthetic'"),
        ("systems.0.network=depid", r"network: expected a network .* got 'depid'; try 'deepid'"),
        ("systems.0.training.epoch=3", r"got 'epoch'; try 'epochs'"),
        ("systems.0.training.batch=big", "training.batch: expected a valid integer.*got 'big'"),
        ("attacks.0.attack=blend", "attacks.0: expected an attack .*got 'blend'; try 'blended'"),
        ("attacks.0.ratoi=0.3", "attacks.0: expected an option .* got 'ratoi'; try 'ratio'"),
        ("attacks.0.ratio=3", "attacks.0.ratio: expected less than or equal to 1, got 3"),
        ("attacks.0.key=cartoon-cow", "attacks.0.key: expected a key .*'cartoon-cow'; try"),
        ("attacks.0.sweep=[0]", "sweep.0: expected greater than or equal to 1, got 0"),
        ("attakcs=[]", "expected an option .* got 'attakcs'; try 'attacks'"),
        ("systems=[]", "expected systems or privacy"),
        ("systems.3.network=deepid", r"expected 0 to 0 for '3' in 'systems.3.network'"),
        ("title.x=3", "expected"),
        ("nonsense", "expected --set KEY=VALUE, got 'nonsense'"),
    ],
)
def test_mistakes_get_one_line_with_the_close_name(path: Path, override: str, message: str) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        load_plan(path, [override])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "{1: 2}", "\x00"])
def test_what_is_no_plan_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(OptionError, match="expected a plan") as caught:
        load_plan(path)
    assert "\n" not in str(caught.value)


def test_a_missing_plan_is_said(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"expected a plan in YAML, got .*missing.yaml"):
        load_plan(tmp_path / "missing.yaml")
