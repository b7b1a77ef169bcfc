"""Who is who, which values are told apart, and what the plan refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from faceaudit.audit.attribute_inference.attributes import LEAST, attributes_of
from faceaudit.audit.attribute_inference.kind import AttributeInferenceKind
from faceaudit.audit.attribute_inference.measuring import answers
from faceaudit.audit.attribute_inference.plan import AttributeInferencePlan
from faceaudit.audit.attribute_inference.scenario import deal_roles
from faceaudit.audit.common.outline import outline_faces
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.errors import InputError, OptionError, SplitError
from faceaudit.faces.sources.base import sources
from faceaudit.types import FaceSet

NETWORK = {
    "network": "deepid",
    "pretraining": {"faces": {"source": "synthetic", "people": 8, "photos": 8, "seed": 1}},
}
PEOPLE = {"source": "synthetic", "people": 100, "photos": 2, "sessions": 2, "seed": 2}


def plan(**options: Any) -> AttributeInferencePlan:
    return AttributeInferencePlan(**{"faces": PEOPLE, "embedders": [NETWORK], **options})


def faces(**attributes: list[int]) -> FaceSet:
    outline = outline_faces(sources.build(PEOPLE))
    assert outline is not None
    columns = {name: np.array(column) for name, column in attributes.items()}
    return FaceSet(
        images=outline.images,
        identity=outline.identity,
        names=outline.names,
        ids=outline.ids,
        group=outline.group,
        attributes=columns,
        fingerprint="planted",
    )


def test_four_parties_share_nobody() -> None:
    found = faces()
    roles = deal_roles(found, PartiesPlan(attacked=30, learn=0.6), 0.5, 0)
    parties = [
        set(found.identity[roles.attacked].tolist()),
        set(found.identity[roles.owner].tolist()),
        set(roles.labelled.tolist()),
        set(found.identity[roles.parties.thresholds].tolist()),
    ]
    assert [len(one) for one in parties] == [30, 21, 21, 28]
    assert len(set.union(*parties)) == 100
    assert len(roles.attacked) == 60
    other = deal_roles(found, PartiesPlan(attacked=30, learn=0.6), 0.5, 1)
    assert other.labelled.tolist() != roles.labelled.tolist()


def test_too_few_to_fit_on_are_refused() -> None:
    with pytest.raises(SplitError, match="whom the attacker knows, got 0 and 42"):
        deal_roles(faces(), PartiesPlan(attacked=30, learn=0.6), 0.01, 0)


def test_values_that_few_attacked_people_have_are_left_out() -> None:
    person = np.arange(200) // 2
    value = np.where(person < 60, 0, np.where(person < 95, 2, 5))
    value[person == 99] = -1
    found = faces(odd=value.tolist())
    attacked = np.flatnonzero(person % 5 == 0)  # 20 people: 12, 7 and 1 have the values
    (one,) = attributes_of(found, sources.build(PEOPLE), ["odd"], attacked)
    assert one.names == ("0", "2")
    assert one.left_out == ("5",)
    assert one.of_people
    assert one.value[person < 60].tolist() == [0] * 120
    assert set(one.value[person >= 95].tolist()) == {-1}
    facts = one.facts(attacked, found.identity)
    assert facts.people == (12, 7)
    assert facts.photos == (24, 14)
    just = np.flatnonzero(np.isin(person, [*range(LEAST), *range(60, 80)]))
    (one,) = attributes_of(found, sources.build(PEOPLE), ["odd"], just)
    assert one.names == ("0", "2")
    assert one.why_not == ""
    few = np.flatnonzero(np.isin(person, [*range(LEAST - 1), *range(60, 80)]))
    (one,) = attributes_of(found, sources.build(PEOPLE), ["odd"], few)
    assert one.names == ("2",)
    assert "two values of odd that 5 attacked people have each, got 1" in one.why_not


def test_labels_are_dealt_anew_by_people_where_they_are_of_people() -> None:
    person = np.arange(200) // 2
    rows = np.arange(200)
    found = faces(people=(person % 2).tolist(), photos=(rows % 2).tolist())
    both = attributes_of(found, sources.build(PEOPLE), ["people", "photos"], rows)
    dealt = [one.shuffled(rows, person, np.random.default_rng(0)) for one in both]
    assert (dealt[0][::2] == dealt[0][1::2]).all()
    assert not (dealt[1][::2] != dealt[1][1::2]).all()
    for one, new in zip(both, dealt, strict=True):
        assert sorted(new) == sorted(one.value)
        assert 0.3 < np.mean(new == one.value) < 0.7


def test_faces_without_attributes_are_refused() -> None:
    with pytest.raises(InputError, match="faces with attributes to infer, got a source"):
        attributes_of(faces(), sources.build(PEOPLE), None, np.arange(10))


def test_an_attack_that_knows_nothing_names_values_in_turn() -> None:
    scores = np.array([[0.5, 0.5]] * 4 + [[0.2, 0.8], [0.9, 0.1]])
    assert answers(scores).tolist() == [0, 1, 0, 1, 1, 0]
    assert answers(np.zeros((6, 3))).tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mitigations": ["averaging"]}, "several networks that 'averaging' joins, got one"),
        ({"mitigations": ["leace", "leace"]}, "mitigations each once, got one twice"),
        ({"attributes": []}, "attributes to infer, got none"),
        ({"labelled": [10, 10]}, "labelled each once"),
        (
            {"attributes": ["sex"], "mitigations": [{"mitigation": "leace", "erase": ["beard"]}]},
            "to erase what is audited .sex., got 'beard'",
        ),
        ({"labelled": [1]}, "labelled.0"),
        ({"embedders": []}, "embedders"),
    ],
)
def test_plans_that_cannot_be_meant_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        plan(**options)


def test_check_says_what_would_fail_and_what_is_not_measured() -> None:
    kind = AttributeInferenceKind()
    small = plan(parties={"attacked": 30, "learn": 0.6})
    assert list(kind.obstacles(small, [0])) == []
    few, rates = kind.remarks(small)
    assert few.startswith("attacks with 100 and 1000 labelled people are not made")
    assert "has 21 people" in few
    assert "not measured at a false match rate of 0.001; 28 people fix thresholds" in rates
    assert "which is 378 comparisons" in rates
    (few,) = kind.remarks(plan(parties={"attacked": 30, "learn": 0.6}, fmrs=[1 / 378]))
    assert few.startswith("attacks with")
    (error,) = kind.obstacles(plan(labelled=[500]), [0])
    assert "as many labelled people as there are" in str(error)
    errors = [str(one) for one in kind.obstacles(plan(attributes=["sexx"]), [0])]
    assert any("'sexx'" in one and "'sex'" in one for one in errors)
    mitigation = {"mitigation": "leace", "erase": ["hat"]}
    errors = [str(one) for one in kind.obstacles(plan(mitigations=[mitigation]), [0])]
    assert any("'hat'" in one for one in errors)


def test_a_folder_without_attributes_is_refused_before_it_is_read(tmp_path: Any) -> None:
    source = {"source": "lfw", "path": str(tmp_path)}
    found = list(AttributeInferenceKind().obstacles(plan(faces=source), [0]))
    assert any("without any; try one that has some" in str(one) for one in found)


def test_costs_count_the_untrained_network() -> None:
    kind = AttributeInferenceKind()
    whole = kind.cost(plan(), [0], look=True)
    assert whole.cases == 3
    assert whole.embeddings == 400
    assert kind.cost(plan(baselines=False), [0], look=True).embeddings == 200
    assert kind.cost(plan(mitigations=["leace"]), [0, 1], look=True).cases == 2
