"""Plans of inversions: what is refused before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from faceaudit.audit.inversion.combining import cases_of
from faceaudit.audit.inversion.kind import InversionKind
from faceaudit.audit.inversion.plan import InversionPlan
from faceaudit.audit.limits import default_limits
from faceaudit.audit.plan import Plan
from faceaudit.errors import OptionError

TRAINED = {
    "network": {"network": "deepid", "width": 0.25},
    "pretraining": {
        "faces": {"source": "synthetic", "people": 8, "photos": 12, "sessions": 2, "seed": 1},
        "split": {"train": 8, "validation": 2, "test": 2, "donors": 0},
        "training": {"epochs": 1},
    },
}
FACES = {"source": "synthetic", "people": 40, "photos": 2, "sessions": 2, "seed": 2}


def plan(**changed: Any) -> InversionPlan:
    return InversionPlan(**{"faces": FACES, "embedders": [TRAINED], **changed})


def test_each_attack_protection_and_rate_is_there_once() -> None:
    for wrong in (
        {"attacks": ["look_alike", "look_alike"]},
        {"protections": ["none", "none"]},
        {"fmrs": [0.1, 0.1]},
    ):
        with pytest.raises(OptionError, match="once"):
            plan(**wrong)
    assert len(plan(attacks=["search", {"attack": "search", "queries": 7}]).attacks) == 2


def test_an_attack_from_another_networks_templates_needs_one() -> None:
    with pytest.raises(OptionError, match="expected a second network for 'adapted'"):
        plan(attacks=["adapted"])
    assert plan(attacks=["adapted"], embedders=[TRAINED] * 2).attacks[0].foreign


def test_joined_templates_need_as_many_networks() -> None:
    with pytest.raises(OptionError, match=r"expected 2 networks for 'averaging'.*got 1"):
        plan(protections=["averaging"])
    plan(protections=["averaging"], embedders=[TRAINED] * 2)


def test_a_section_with_nothing_to_do_is_refused() -> None:
    with pytest.raises(OptionError, match="expected attacks on templates, or an identifier"):
        plan(attacks=[])
    both = {"attacks": ["adapted"], "embedders": [TRAINED] * 2}
    with pytest.raises(OptionError, match="expected none among protections for 'adapted'"):
        plan(protections=["biohash"], **both)
    plan(protections=["biohash", "none"], **both)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ({"attack": "white_box", "generator": "renderer"}, "derivatives flow through"),
        ({"attack": "decoder", "generator": "renderer"}, "knows the latents of photos"),
    ],
)
def test_generators_that_an_attack_cannot_use_are_refused_before(
    attack: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionError, match=f"expected a generator that {said}.*'renderer'"):
        plan(attacks=[attack])
    plan(attacks=[{"attack": "search", "generator": "renderer"}])


def test_templates_that_cannot_be_joined_are_refused_before() -> None:
    wide = {**TRAINED, "network": {"network": "deepid", "width": 0.5}}
    joined = {"protections": ["averaging"], "attacks": ["look_alike"]}
    (error,) = InversionKind().obstacles(plan(embedders=[TRAINED, wide], **joined), (0,))
    assert "try join: side_by_side" in str(error)
    side = {"protections": [{"protection": "averaging", "join": "side_by_side"}]}
    for fine in ({"embedders": [TRAINED] * 2}, {"embedders": [TRAINED, wide], **side}):
        assert list(InversionKind().obstacles(plan(**{**joined, **fine}), (0,))) == []


def test_a_case_for_each_attack_protection_and_what_is_known_of_its_keys() -> None:
    attacks = ["white_box", "search"]
    assert len(cases_of(plan(attacks=attacks))) == 2
    # With keys: known and not to who has the templates, while who asks needs none.
    assert len(cases_of(plan(attacks=attacks, protections=["none", "biohash"]))) == 2 + 3
    assert len(cases_of(plan(attacks=attacks, protections=["quantisation"]))) == 2
    both = {"embedders": [TRAINED] * 3, "protections": ["none", "biohash"]}
    assert len(cases_of(plan(attacks=["adapted"], **both))) == 2
    assert len([*InversionKind().tried(plan(attacks=attacks))]) == 2


def test_what_is_asked_counts_in_the_cost() -> None:
    kind = InversionKind()
    few = plan(attacks=[{"attack": "search", "queries": 10}], parties={"attacked": 6})
    many = plan(attacks=[{"attack": "search", "queries": 110}], parties={"attacked": 6})
    costs = [kind.cost(one, (0, 1), look=True).embeddings for one in (few, many)]
    assert costs[0] is not None
    assert costs[1] == costs[0] + 2 * 6 * 100
    twice = plan(attacks=[{"attack": "search", "queries": 10}], parties={"attacked": 6}, trials=2)
    photos = 80
    more = kind.cost(twice, (0, 1), look=True).embeddings
    assert more == 2 * (costs[0] - photos) + photos


def test_pictures_are_counted_by_what_an_attack_shows() -> None:
    def shown(attack: object, **changed: Any) -> int:
        both = [TRAINED] * 2
        return InversionKind().photos_embedded(
            plan(attacks=[attack], embedders=both, **{"parties": {"attacked": 6}, **changed}), (0,)
        )

    judged = 6 * 5 * 2  # the rebuilt face and four others, by each network
    assert shown("decoder") == shown("look_alike") == judged
    assert shown({"attack": "decoder", "refine": True, "shown": 10}) == judged + 3 * 32 * 10
    assert shown({"attack": "white_box", "steps": 7}) == judged + 6 * 3 * 7
    inner = {"attack": "white_box", "steps": 7}
    assert shown({"attack": "adapted", "inversion": inner}) == judged + 6 * 3 * 7
    inner = {"attack": "decoder", "refine": True, "shown": 10}
    assert shown({"attack": "adapted", "inversion": inner}) == judged + 3 * 32 * 10
    # What several attacks learn through the network, they learn once.
    both = plan(
        attacks=[{"attack": "adapted", "inversion": inner}, inner, {**inner, "shown": 5}],
        embedders=[TRAINED] * 3,
        parties={"attacked": 6},
    )
    cases = 4  # `adapted` is one for each of the other networks
    assert InversionKind().photos_embedded(both, (0,)) == cases * 6 * 5 * 3 + 3 * 32 * (10 + 5)
    # No more people are attacked than half of those there are.
    assert shown("look_alike", parties={"attacked": 1000}) == 20 * 5 * 2


def test_too_few_people_for_three_parties_is_said_before(tmp_path: object) -> None:
    small = plan(faces={**FACES, "people": 3})
    errors = list(InversionKind().obstacles(small, (0,)))
    assert any("expected two people or more" in str(error) for error in errors)
    assert list(InversionKind().obstacles(plan(), (0, 1))) == []


def test_gradients_of_a_network_in_a_file_are_refused_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = plan(attacks=["white_box", "search"])
    monkeypatch.setattr(type(asked.embedders[0].network), "is_file", True)
    errors = [str(error) for error in InversionKind().obstacles(asked, (0,))]
    assert [error for error in errors if "without gradients" in error and "'white_box'" in error]
    assert not [error for error in errors if "'search'" in error]


def test_limits_name_measures_and_labels_that_there_are() -> None:
    section = {"faces": FACES, "embedders": [TRAINED]}
    Plan(
        inversion=section,
        limits=["inversion.success(type=II, fmr=0.001) > 0.1", "inversion.transfer > 0.1"],
    )
    with pytest.raises(OptionError, match="'typ'"):
        Plan(inversion=section, limits=["inversion.success(typ=II) > 0.1"])


def test_the_default_limit_is_one_of_the_headline() -> None:
    texts = [one.limit.text for one in default_limits()]
    assert "inversion.success(type=II) > 0.15" in texts
