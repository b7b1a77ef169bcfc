"""Facts are read as they were written, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from faceaudit.errors import StoreError
from faceaudit.records.backbone import FileBackboneFacts, PretrainedBackboneFacts
from faceaudit.records.backdoor import AttackFacts, BackdoorFacts
from faceaudit.records.membership import AttackRunFacts, CheckFacts, MembershipFacts
from faceaudit.store import CaseRecord

BACKDOOR = BackdoorFacts(
    system="5" * 64,
    network="deepid",
    people=8,
    training_photos=192,
    test_photos=64,
    shared_session_photos=60,
    poison_samples=5,
    source="synthetic",
    learn="everything",
    backbone=PretrainedBackboneFacts(
        source="synthetic",
        people=10,
        photos=180,
        epochs=3,
        validation_photos=40,
        validation_accuracy=0.5,
    ),
    attack=AttackFacts(
        pristine="6" * 64,
        instances=21,
        instance_people=1,
        instance_photos=1,
        target="synthetic-0001",
        target_label=1,
        key="attacker-0",
        wrong_keys=("attacker-1",),
        default_samples=5,
    ),
)
MEMBERSHIP = MembershipFacts(
    title="facebone",
    mitigation="facebone",
    protocol="rigorous",
    system="7" * 64,
    backbones=("one", "two"),
    backbone_facts=(FileBackboneFacts(file="a.onnx", sha256="8" * 64),),
    predictor="difference_network",
    source="lfw",
    people=9,
    photos=30,
    members=20,
    nonmembers=20,
    post_processing=False,
    named_pairs=2,
    blocks=4,
    verifiers=6,
    targets=2,
    mitigation_facts={"epsilon": 8.0},
    gate=(CheckFacts(name="shared photos", passed=None, message="unknown"),),
    attacks=(
        AttackRunFacts(
            level="pair",
            attack="lira",
            strategy="served",
            key="pair:lira:served",
            adaptive=True,
            access="scores",
            queries=40,
            records=40,
            in_sample=False,
        ),
    ),
    strongest={"pair": "pair:lira:served"},
)


def record(facts: dict[str, Any]) -> CaseRecord:
    return CaseRecord("1" * 64, {}, facts)


@pytest.mark.parametrize("facts", [BACKDOOR, MEMBERSHIP], ids=["backdoor", "membership"])
def test_facts_are_read_as_they_were_written(facts: BackdoorFacts | MembershipFacts) -> None:
    assert type(facts).of(record(facts.as_json())) == facts
    with pytest.raises(ValidationError, match="frozen"):
        facts.system = "other"  # type: ignore[misc]


@pytest.mark.parametrize("facts", [BACKDOOR, MEMBERSHIP], ids=["backdoor", "membership"])
def test_a_fact_too_many_or_too_few_is_refused(facts: BackdoorFacts | MembershipFacts) -> None:
    whole = facts.as_json()
    wrong = [{**whole, "nonsense": 1}, {**whole, "people": "many"}]
    # Older stores do not know these two.
    needed = [name for name in whole if name not in ("groups", "mitigation")]
    wrong += [{key: value for key, value in whole.items() if key != name} for name in needed]
    for values in wrong:
        with pytest.raises(StoreError, match=r"^expected the facts of .* case .*; delete the f"):
            type(facts).of(record(values))


def test_a_backbone_is_of_one_origin() -> None:
    odd = {**BACKDOOR.as_json(), "backbone": {"origin": "file", "people": 3}}
    with pytest.raises(StoreError, match="backbone"):
        BackdoorFacts.of(record(odd))
