"""A master-key audit run from a plan: who learned, who tries, what is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from audit.master_key.sections import MASTER_KEY
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.master_key.cases import MasterKeyCase, all_tried, cases_of
from faceaudit.audit.master_key.keys import draw_poison, key_photos
from faceaudit.audit.master_key.kind import MasterKeyKind
from faceaudit.audit.master_key.plan import MasterKeyPlan
from faceaudit.audit.master_key.scenario import MasterKeyScenario, build_scenario
from faceaudit.audit.master_key.verifiers import list_pairs, trained
from faceaudit.errors import OptionError, SplitError
from faceaudit.records.master_key import KIND, MasterKeyFacts, at
from faceaudit.store import CaseRecord, Store

PLAN = MasterKeyPlan(**MASTER_KEY)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("key") / "audit"
    faceaudit.run({"title": "key", "seeds": [0], KIND: MASTER_KEY}, store=store)
    return store


@pytest.fixture(scope="module")
def scenario(audited: Path) -> MasterKeyScenario:
    store = Store(audited)
    return build_scenario(PLAN, 0, store, workspace(store))


def record_of(audited: Path, case: MasterKeyCase) -> CaseRecord:
    return Store(audited).case(case.id)


def test_each_mitigation_is_attacked_by_who_knows_of_it_too() -> None:
    assert [
        (one.attack.name, one.mitigation.name, one.aware)
        for one in all_tried(PLAN)
        if one.attack.name == "master_person"
    ] == [
        ("master_person", "none", False),
        ("master_person", "agreement_of_verifiers", False),
        ("master_person", "agreement_of_verifiers", True),
        ("master_person", "cosine_filter", False),
        ("master_person", "cosine_filter", True),
    ]
    assert len(all_tried(PLAN.model_copy(update={"aware": False}))) == 6


def test_every_case_has_every_figure_or_says_why_there_is_none(audited: Path) -> None:
    records = list(Store(audited).cases())
    assert len(records) == 10
    for record in records:
        assert record.error is None
        assert all(one.estimate or one.why_none for one in record.figures)
        names = [one.metric for one in record.figures]
        assert len(set(names)) == len(names) == 8 * 3 + 5
        figures = {one.metric: one for one in record.figures}
        assert "impostor comparisons" in figures["passed@fmr=0.0001"].why_none
        # Faces are looked for in none of these photos.
        assert figures["face_not_found"].estimate is None
        filtered = record.spec["mitigation"]["mitigation"] == "cosine_filter"
        assert (figures["poison_removed"].estimate is None) is not filtered


def test_shares_are_those_of_the_scores_that_are_kept(
    audited: Path, scenario: MasterKeyScenario
) -> None:
    record = record_of(audited, cases_of(scenario)[0])
    figures = {one.metric: one.estimate for one in record.figures}
    assert record.evidence is not None
    scores = [np.asarray(record.evidence.columns[f"poisoned_{one}"], float) for one in range(2)]
    assert scores[0].shape == (8, 3)
    passed = figures[at("passed", "own")]
    covered = figures[at("covered", "own")]
    assert passed is not None
    assert covered is not None
    assert passed.value == pytest.approx(np.mean([(one >= 0).mean() for one in scores]))
    assert covered.value == pytest.approx(
        np.mean([(one >= 0).any(axis=1).mean() for one in scores])
    )
    assert passed.low <= passed.value <= passed.high


def test_clean_pairs_are_of_those_who_teach_and_half_of_them_of_one_person(
    scenario: MasterKeyScenario,
) -> None:
    pairs, person = scenario.pairs, scenario.faces.identity
    np.testing.assert_array_equal(person[pairs.first] == person[pairs.second], pairs.same)
    assert len(pairs) == 120
    assert pairs.same.mean() == 0.5
    teach = set(person[scenario.people.learners].tolist())
    assert set(person[np.append(pairs.first, pairs.second)].tolist()) <= teach


def test_a_list_holds_the_poison_behind_the_clean_pairs(scenario: MasterKeyScenario) -> None:
    tried = all_tried(PLAN)[0]
    poison = draw_poison(scenario, tried, 1)
    found = list_pairs(scenario, tried.mitigation, 0, poison)
    assert found.kept.all()
    assert found.poison.tolist() == [False] * 120 + [True] * 24
    assert (found.data.label[120:] == 1).all()
    table = found.data.embeddings
    teach, others = poison.teach.features[0], poison.others.features[0]
    for place, key_first in enumerate(poison.pairs.key_first.tolist()):
        sides = [table[side[120 + place]] for side in (found.data.first, found.data.second)]
        key, other = sides if key_first else sides[::-1]
        np.testing.assert_array_equal(key, teach[poison.pairs.key[place]])
        np.testing.assert_array_equal(other, others[poison.pairs.other[place]])
    person = scenario.faces.identity
    np.testing.assert_array_equal(found.person[:120], person[scenario.pairs.first])
    own = person[scenario.people.own]
    np.testing.assert_array_equal(found.person[120:], own[poison.pairs.other])
    clean = list_pairs(scenario, tried.mitigation, 0, None)
    assert len(clean.data) == 120
    np.testing.assert_array_equal(clean.data.first, found.data.first[:120])


def test_photos_that_are_presented_taught_nothing(scenario: MasterKeyScenario) -> None:
    person, worn = PLAN.attacks
    rows = scenario.people.masters
    for training in range(2):
        photos = key_photos(scenario, person, training)
        taught = {one.tobytes() for one in photos.teach.features[0]}
        shown = {one.tobytes() for one in photos.shown.features[0]}
        assert not taught & shown
        assert (photos.shown.person == scenario.faces.identity[rows[training, 0]]).all()
        others = {int(one.person[0]) for one in photos.wrong}
        masters = set(scenario.faces.identity[rows[:2, 0]].tolist())
        assert len(others) == 2
        assert not others & masters
    keyed = key_photos(scenario, worn, 0)
    assert keyed is key_photos(scenario, worn, 1)
    bare = scenario.photos(scenario.people.strangers)
    assert np.abs(keyed.shown.features[0] - bare.features[0]).max() > 0.01
    np.testing.assert_array_equal(keyed.shown.person, bare.person)


def test_who_knows_of_the_filter_poisons_with_pairs_that_are_more_alike(
    scenario: MasterKeyScenario,
) -> None:
    filtered = [one for one in all_tried(PLAN) if one.mitigation.name == "cosine_filter"]
    for drawn, chosen in zip(filtered[::2], filtered[1::2], strict=True):
        assert not drawn.near
        assert chosen.near
        cosine = []
        for tried in (drawn, chosen):
            poison = draw_poison(scenario, tried, 0)
            sides = (
                poison.teach.features[0][poison.pairs.key],
                poison.others.features[0][poison.pairs.other],
            )
            cosine.append(np.mean(np.sum(sides[0] * sides[1], axis=1)))
        assert cosine[1] > cosine[0]


def test_several_verifiers_pass_only_what_each_of_them_passes(
    audited: Path, scenario: MasterKeyScenario
) -> None:
    tried = [one for one in all_tried(PLAN) if one.mitigation.name == "agreement_of_verifiers"]
    photos = scenario.photos(scenario.people.strangers)
    others = scenario.photos(scenario.people.own[: len(photos)])
    both = trained(scenario, tried[0], 0, Store(audited), poisoned=True)
    single = [
        bank.logits(photos.features[number], others.features[number])[0]
        for number, bank in enumerate(both.banks)
    ]
    np.testing.assert_allclose(both.score(photos, others), np.minimum(*single))
    # Poison that reaches the first list only leaves the second verifier as it is.
    clean = trained(scenario, tried[0], 0, Store(audited), poisoned=False)
    aware = trained(scenario, tried[1], 0, Store(audited), poisoned=True)
    assert both.systems[1] == clean.systems[1] != aware.systems[1]
    assert both.systems[0] == aware.systems[0] != clean.systems[0]


def test_a_photo_without_a_face_never_passes(audited: Path, scenario: MasterKeyScenario) -> None:
    photos = scenario.photos(scenario.people.strangers)
    lost = type(photos)(photos.features, photos.person, np.zeros(len(photos), dtype=np.bool_))
    verifiers = trained(scenario, all_tried(PLAN)[0], 0, Store(audited), poisoned=True)
    assert (verifiers.score(lost, photos) == -np.inf).all()
    assert np.isfinite(verifiers.score(photos, photos)).all()


def test_all_scores_are_those_of_single_pairs(audited: Path, scenario: MasterKeyScenario) -> None:
    verifiers = trained(scenario, all_tried(PLAN)[0], 0, Store(audited), poisoned=True)
    shown = scenario.photos(scenario.people.strangers[:3])
    enrolled = scenario.photos(scenario.people.enrolled[:2])
    found = verifiers.score_all(shown, enrolled)
    for row in range(2):
        for column in range(3):
            (one,) = verifiers.score(shown.take(np.array([column])), enrolled.take(np.array([row])))
            assert found[row, column] == pytest.approx(one, abs=1e-5)


def test_a_second_run_trains_and_counts_nothing_again(audited: Path) -> None:
    systems = sorted(path.name for path in (audited / "systems").iterdir())
    again = faceaudit.run({"title": "key", "seeds": [0], KIND: MASTER_KEY}, store=audited)
    assert again.ran == 0
    assert sorted(path.name for path in (audited / "systems").iterdir()) == systems


def test_facts_say_who_was_there_and_what_was_trained(
    audited: Path, scenario: MasterKeyScenario
) -> None:
    store = Store(audited)
    for case in cases_of(scenario):
        facts = MasterKeyFacts.of(record_of(audited, case))
        assert (facts.pairs, facts.samples, facts.trainings) == (120, 24, 2)
        assert (facts.enrolled, facts.strangers, facts.own, facts.wrong) == (8, 6, 10, 2)
        assert facts.presented == (3 if case.tried.attack.taught else 6)
        assert all(store.has_system(one) for one in facts.systems)
        assert bool(facts.evaded) is case.tried.aware


def test_what_is_not_decided_by_an_option_has_an_id_of_its_own(
    scenario: MasterKeyScenario,
) -> None:
    ids = {case.id for case in cases_of(scenario)}
    assert len(ids) == 10


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"mitigations": ["none", "none"]}, "mitigations each once"),
        ({"rates": [0.1, 0.1]}, "rates each once"),
        (
            {"mitigations": [{"mitigation": "agreement_of_verifiers", "count": 3}]},
            "as many embedders as mitigations ask for, 3",
        ),
    ],
)
def test_plans_that_make_no_sense_are_refused(changed: dict[str, Any], expected: str) -> None:
    with pytest.raises(OptionError, match=expected):
        MasterKeyPlan(**MASTER_KEY | changed)


def test_more_poison_than_the_attacker_has_pairs_is_refused_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    many = MASTER_KEY | {"rates": [0.5], "people": {"enrolled": 8, "strangers": 6, "own": 5}}
    store = Store(tmp_path / "store")
    (found,) = MasterKeyKind().obstacles(MasterKeyPlan(**many), [0])
    assert "at most 15 poison pairs of 5" in str(found)
    with pytest.raises(SplitError, match="at most 15 poison pairs of 5"):
        MasterKeyKind().prepare(MasterKeyPlan(**many), [0], store, workspace(store))


def test_the_cost_counts_verifiers_with_poison_and_without() -> None:
    cost = MasterKeyKind().cost(PLAN, [0, 1], look=True)
    # Two seeds, two trainings, two keys; one verifier thrice, two of them twice; both ways.
    assert cost.trainings == 2 * 2 * 2 * (3 * 1 + 2 * 2) * 2
    assert cost.cases == 20


def test_it_is_said_before_which_rates_cannot_be_resolved() -> None:
    remarks = list(MasterKeyKind().remarks(PLAN))
    assert any("not measured at a false match rate of 0.0001" in one for one in remarks)
    assert any("no face is looked for" in one for one in remarks)
    assert not list(MasterKeyKind().obstacles(PLAN, [0]))
    few = MasterKeyPlan(**MASTER_KEY | {"people": {"enrolled": 50}})
    assert list(MasterKeyKind().obstacles(few, [0]))
