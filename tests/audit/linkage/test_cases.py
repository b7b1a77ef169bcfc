"""Which attacks are tried on what, and what a case's id depends on."""

from __future__ import annotations

from typing import Any

import pytest

from audit.linkage.planted import NETWORK, people_apart, plan_of, scenario_of
from faceaudit.audit.linkage.cases import cases_of, combinations, left_out
from faceaudit.audit.linkage.kind import LinkageKind
from faceaudit.errors import OptionError, SplitError
from faceaudit.mitigations.templates.biohash import BioHash


def tried(**options: Any) -> list[tuple[str, str, str, int]]:
    return [
        (one.protection.name, one.second, one.attack.name, one.photos)
        for one in combinations(plan_of(**options))
    ]


def test_with_one_network_each_attack_is_tried_where_it_can_do_anything() -> None:
    assert tried(protections=["none", "biohash", "quantisation"], photos=[5, 9]) == [
        ("none", "alike", "cosine", 0),
        ("biohash", "same_key", "cosine", 0),
        ("biohash", "other_key", "cosine", 0),
        ("biohash", "other_key", "linear_adapter", 5),
        ("biohash", "other_key", "linear_adapter", 9),
        ("biohash", "other_key", "known_key", 0),
        ("biohash", "public", "linear_adapter", 5),
        ("biohash", "public", "linear_adapter", 9),
        ("biohash", "public", "known_key", 0),
        ("quantisation", "alike", "cosine", 0),
    ]


def test_with_keys_of_persons_own_photos_teach_nothing() -> None:
    found = tried(protections=["biohash"], keys="person")
    assert {attack for _, _, attack, _ in found} == {"cosine", "known_key"}


def test_between_two_networks_only_what_is_learned_compares() -> None:
    found = tried(embedders=[NETWORK, NETWORK], protections=["none", "random_projection"])
    assert {attack for _, _, attack, _ in found} == {"linear_adapter"}
    joined = tried(embedders=[NETWORK, NETWORK], protections=["averaging"])
    assert joined == [("averaging", "alike", "cosine", 0)]


def test_an_untrained_network_is_linked_without_protection_once() -> None:
    found = combinations(plan_of(protections=["biohash", "quantisation"], untrained=True))
    assert sum(one.untrained for one in found) == 1
    last = found[-1]
    assert (last.untrained, last.protection.name, last.attack.name) == (True, "none", "cosine")


def test_what_is_not_tried_is_said_with_its_reason() -> None:
    said = dict(left_out(plan_of(protections=["none", "biohash"])))
    assert said["known_key on none"] == "there is no key to know"
    assert said["linear_adapter on none"] == "both databases are stored alike"
    assert "does not compare" in said["cosine on biohash, public photos"]
    remarks = list(LinkageKind().remarks(plan_of(protections=["none"])))
    assert "not tried: known_key (there is no key to know)" in remarks
    some = list(LinkageKind().remarks(plan_of(protections=["none", "biohash"])))
    assert not any("known_key" in one for one in some), "it is tried on one of them"


def test_a_plan_of_which_nothing_can_be_tried_is_refused_before_anything_runs() -> None:
    plan = plan_of(protections=["none"], attacks=["known_key"], untrained=True)
    with pytest.raises(OptionError, match="there is no key to know; try others"):
        combinations(plan)
    found = list(LinkageKind().obstacles(plan, [0]))
    assert [type(one) for one in found] == [OptionError]


def test_more_own_photos_than_there_are_is_an_obstacle() -> None:
    faces = {"source": "synthetic", "people": 20, "photos": 3, "sessions": 3}
    plan = plan_of(faces=faces, protections=["biohash"], photos=[4000], parties={"attacked": 4})
    (error,) = [one for one in LinkageKind().obstacles(plan, [0]) if isinstance(one, SplitError)]
    assert "got 4000 in photos" in str(error)
    plan = plan_of(faces=faces, protections=["none"], photos=[4000], parties={"attacked": 4})
    assert not [one for one in LinkageKind().obstacles(plan, [0]) if isinstance(one, SplitError)]


def test_own_photos_of_one_person_alone_are_an_obstacle() -> None:
    faces = {"source": "synthetic", "people": 20, "photos": 3, "sessions": 3}
    usual = {"faces": faces, "protections": ["biohash"], "parties": {"attacked": 4, "learn": 0.1}}
    found = {
        seed: [str(one) for one in LinkageKind().obstacles(plan_of(photos=[2], **usual), [seed])]
        for seed in range(8)
    }
    alone = [seed for seed, errors in found.items() if errors]
    assert 0 < len(alone) < 8, "two people with three photos each: two photos are of one or of both"
    for seed in alone:
        assert found[seed] == [
            "expected own photos of two people or more to learn from, got 2 of one with seed "
            f"{seed}; try more in photos"
        ]
        more = plan_of(photos=[4], **usual)
        assert not list(LinkageKind().obstacles(more, [seed]))


def test_rates_that_people_cannot_resolve_are_said_before_anything_runs() -> None:
    faces = {"source": "synthetic", "people": 30, "photos": 2, "sessions": 2}
    usual = {"faces": faces, "protections": ["biohash"], "parties": {"attacked": 6, "learn": 0.5}}
    said = list(LinkageKind().remarks(plan_of(fmrs=[0.1, 0.01], **usual)))
    assert said[-1] == (
        "people linked: not measured at a false match rate of 0.01; 12 people fix thresholds, "
        "which is 66 comparisons of two people that count; try higher rates, or more people"
    )
    just = list(LinkageKind().remarks(plan_of(fmrs=[1 / 66], **usual)))
    assert all(one.startswith("not tried") for one in just)


def test_a_protection_that_cannot_take_templates_of_a_network_is_an_obstacle() -> None:
    many = {"protection": "random_projection", "dimensions": 161}
    faces = {"source": "synthetic", "people": 30, "photos": 6, "seed": 4}
    small = {**NETWORK, "network": {"network": "deepid", "width": 0.5}}
    usual = {"faces": faces, "photos": [20], "parties": {"attacked": 6}}
    kind = LinkageKind()
    (error,) = kind.obstacles(plan_of(protections=["none", many], **usual), [0])
    assert "as a template has, 160, got 161" in str(error)
    averaged = plan_of(embedders=[NETWORK, small], protections=["averaging"], **usual)
    (error,) = kind.obstacles(averaged, [0])
    assert "try join: side_by_side" in str(error)
    fits = plan_of(embedders=[NETWORK, NETWORK], protections=["averaging"], **usual)
    assert not list(kind.obstacles(fits, [0]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"protections": ["none", "none"]}, "expected protections each once"),
        ({"fmrs": [0.1, 0.1]}, "expected fmrs each once"),
        ({"embedders": [NETWORK] * 3}, "expected one network or two, got 3"),
        ({"protections": ["averaging"]}, "as many networks as 'averaging' joins, 2, got 1"),
        ({"photos": [1]}, "greater than or equal to 2"),
        ({"second": ["another"]}, "expected 'same_key', 'other_key' or 'public'"),
    ],
)
def test_a_plan_that_says_nothing_that_can_be_done_is_refused(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionError, match=said):
        plan_of(**options)


def test_ids_hold_all_that_changes_a_figure_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = people_apart(0.5)

    def ids(**options: Any) -> set[str]:
        seed = options.pop("seed", 0)
        scenario = scenario_of(found, seed=seed, protections=["biohash"], **options)
        return {one.id for one in cases_of(scenario)}

    usual = ids()
    assert len(usual) == 6
    assert ids() == usual
    for options in (
        {"seed": 1},
        {"bins": 20},
        {"keys": "person"},
        {"fmrs": [0.1]},
        {"fpirs": [0.2]},
        {"parties": {"attacked": 50}},
    ):
        assert not ids(**options) & usual
    assert ids(second=["public"]) < usual
    assert len(ids(photos=[100]) & usual) == 4
    # The spec has where faces came from and what things are called, and the id has not.
    case = cases_of(scenario_of(found, protections=["biohash"]))[0]
    assert case.spec["faces"]["source"] == "synthetic"
    monkeypatch.setattr(BioHash, "version", 2)
    assert not ids() & usual
