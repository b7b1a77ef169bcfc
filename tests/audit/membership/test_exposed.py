"""Who is exposed, and what attacks find in common, from the evidence of a case."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from faceaudit.audit.membership.agreement import Agreement, agreement
from faceaudit.audit.membership.answers import AttackScores
from faceaudit.audit.membership.cases import membership_cases
from faceaudit.audit.membership.evidence import TARGETS, evidence_of
from faceaudit.audit.membership.exposed import LISTED, TOP, Exposed, most_exposed
from faceaudit.metrics.exposure import ranking_by_chance
from faceaudit.records.membership import MembershipFacts, of_attack
from faceaudit.store import CaseRecord
from faceaudit.types import Evidence, Figure
from helpers.membership_scenarios import scenario
from helpers.scored_members import drawn_scores, evidence_with, halves
from report.membership.made_figures import student
from report.membership.samples import membership_case

RECORDS = 240
NAMES = [f"person-{number:03d}" for number in range(RECORDS)]
JOINT = ("identity", "lira joint")


def case_with(evidence: Evidence | None, **options: object) -> CaseRecord:
    return replace(membership_case("none", **options), evidence=evidence)  # type: ignore[arg-type]


def exposed(record: CaseRecord) -> Exposed:
    found = most_exposed(record, "identity")
    assert isinstance(found, Exposed), found
    return found


def agreed(record: CaseRecord) -> Agreement:
    found = agreement(record, "identity")
    assert isinstance(found, Agreement), found
    return found


# evidence


def scored(level: str, attack: str, target: int) -> AttackScores:
    member = np.array([True, False, True, False])
    return AttackScores(
        level=level,  # type: ignore[arg-type]
        attack=attack,
        strategy="served",
        adaptive=True,
        access="scores",
        in_sample=False,
        ids=tuple("abcd"),
        member=member,
        block=np.arange(4),
        scores=np.arange(4.0) + target,
        queries=4,
        learns=False,
        rows=np.arange(4),
    )


def test_of_further_targets_the_strongest_scores_of_people_photos_and_pairs_are_kept() -> None:
    attacks = [*product(("pair", "photo", "identity", "block"), ("lira", "loss"))]
    targets = TARGETS + 3
    by_target = [[scored(*one, target) for one in attacks] for target in range(targets)]
    strongest = {level: f"{level}:lira:served" for level in ("pair", "identity", "block")}
    strongest["photo"] = "photo:loss:served"
    columns = evidence_of(by_target, strongest).columns  # type: ignore[arg-type]
    for level, attack in attacks:
        some = (columns["level"] == level) & np.isfinite(columns[f"score:{attack}:served"])
        kept = (
            targets
            if (level, attack)
            in {
                ("pair", "lira"),
                ("identity", "lira"),
                ("photo", "loss"),
            }
            else TARGETS
        )
        assert np.unique(columns["target"][some]).tolist() == list(range(kept)), (level, attack)
        np.testing.assert_array_equal(
            columns[f"score:{attack}:served"][some],
            np.concatenate([np.arange(4.0) + target for target in range(kept)]),
        )


# most exposed


def test_those_who_leak_are_named_first_and_counted() -> None:
    member = halves(16, RECORDS)
    scores = drawn_scores(member, 0.0)
    leaky = np.isin(np.arange(RECORDS), [3, 77, 150])
    scores += 8.0 * (member & leaky)
    found = exposed(case_with(evidence_with(member, {JOINT: scores}, names=NAMES)))
    assert {one.id for one in found.records[:3]} == {"person-003", "person-077", "person-150"}
    assert found.above == 3
    assert (found.targets, found.all_targets, found.fewest) == (16, 8, 4)
    assert found.fpr == 0.1
    assert len(found.records) == TOP
    for one in found.records[:3]:
        number = int(one.id[-3:])
        times = int(member[:, number].sum())
        assert (one.times, one.other_times, one.found) == (times, 16 - times, times)
        assert one.placement == 1
        assert one.other_placement is not None
        assert one.other_placement < 0.9
        assert one.by_chance < found.mark
    values = [one.placement for one in found.records]
    assert values == sorted(values, reverse=True)
    chance = [one.by_chance for one in found.records]
    assert chance == sorted(chance, reverse=True)
    # Of a hundred draws the highest of five lie above the mark.
    columns = np.indices(member.shape).reshape(2, -1)
    draws = ranking_by_chance(
        scores.ravel().astype(np.float32),
        member.ravel(),
        np.array(NAMES)[columns[1]],
        columns[0],
        fewest=4,
        top=1,
        draws=100,
        rng=np.random.default_rng(0),
    )
    assert np.count_nonzero(draws[:, 0] > found.mark) == 5


def test_placements_over_all_records_are_the_area() -> None:
    member = halves(16, 12)
    scores = drawn_scores(member, 0.7)
    found = exposed(case_with(evidence_with(member, {JOINT: scores}, names=NAMES[:12])))
    assert found.fpr is None
    assert found.records[0].found is None
    assert found.ranked == len(found.records)
    areas = [roc_auc_score(*row) for row in zip(member, scores, strict=True)]
    weighted = [one.placement * one.times for one in found.records]
    left_out = 16 * 6 - sum(one.times for one in found.records)
    assert left_out == 0
    assert sum(weighted) / (16 * 6) == pytest.approx(np.mean(areas))


def test_without_a_leak_nobody_lies_above_chance() -> None:
    member = halves(16, RECORDS)
    above = [
        exposed(
            case_with(evidence_with(member, {JOINT: drawn_scores(member, 0.0, seed)}, names=NAMES))
        ).above
        for seed in range(5)
    ]
    assert sum(above) <= 1


def test_a_store_with_the_scores_of_few_targets_says_of_how_many() -> None:
    member = halves(5, RECORDS)
    found = exposed(
        case_with(evidence_with(member, {JOINT: drawn_scores(member, 2.0)}, names=NAMES))
    )
    assert (found.targets, found.all_targets, found.fewest) == (5, 8, 2)


def test_why_nobody_is_ranked() -> None:
    assert most_exposed(case_with(None), "identity") == "its scores were not kept"
    assert most_exposed(case_with(None, blocks=None), "identity") == LISTED
    record = case_with(None)
    bare = MembershipFacts.of(record).model_copy(update={"strongest": {}})
    unmeasured = replace(record, facts=bare.as_json())
    assert most_exposed(unmeasured, "identity") == "no attack was measured out of sample"
    member = np.ones((2, 4), dtype=bool)
    evidence = evidence_with(member, {JOINT: np.zeros((2, 4))}, names=NAMES[:4])
    assert "expected members and non-members" in str(most_exposed(case_with(evidence), "identity"))


def test_the_same_case_gives_the_same_ranking() -> None:
    member = halves(8, RECORDS)
    record = case_with(evidence_with(member, {JOINT: drawn_scores(member, 1.0)}, names=NAMES))
    assert most_exposed(record, "identity") == most_exposed(record, "identity")


# agreement


def with_areas(record: CaseRecord, **areas: float) -> CaseRecord:
    """Return a case in which attacks on people have these AUCs."""
    named = {
        of_attack("auc", f"identity:{name.replace('_', ' ')}:served"): area
        for name, area in areas.items()
    }
    kept = tuple(one for one in record.figures if one.metric not in named)
    made = tuple(Figure(name, student(area, 0.01)) for name, area in named.items())
    return replace(record, figures=(*kept, *made))


def test_what_attacks_find_is_counted_by_hand() -> None:
    member = halves(5, RECORDS)
    tables = {
        ("identity", name): drawn_scores(member, leak, seed)
        for seed, (name, leak) in enumerate(
            [("lira joint", 2.0), ("lira", 1.0), ("loss", 0.0)], start=1
        )
    }
    found = agreed(case_with(evidence_with(member, tables, names=NAMES)))
    assert [run.attack for run in found.attacks] == ["lira joint", "lira", "loss"]
    assert (found.fpr, found.targets) == (0.1, 5)
    assert (found.members, found.others) == (5 * 120, 5 * 120)
    hits = []
    for table in tables.values():
        rows = []
        for scores, half in zip(table, member, strict=True):
            highest = np.sort(scores[~half])[::-1]
            rows.append(scores > highest[12])  # 12 of 120 non-members may pass
        hits.append(np.stack(rows))
    times = np.sum(hits, axis=0)
    for number, share in enumerate(found.by_count):
        assert share.members == np.count_nonzero((times == number) & member)
        assert share.others == np.count_nonzero((times == number) & ~member)
        assert share.share is not None
        each = [(times[row] == number)[member[row]].mean() for row in range(5)]
        assert share.share.value == pytest.approx(np.mean(each))
        assert share.share.low <= share.share.value <= share.share.high
    for share, alone, mask in zip(found.each, found.alone, hits, strict=True):
        assert share.members == np.count_nonzero(mask & member)
        assert share.others == 5 * 12
        assert alone == np.count_nonzero(mask & member & (times == 1))


def test_of_further_targets_nothing_is_compared() -> None:
    member = halves(TARGETS + 2, RECORDS)
    tables = {
        JOINT: drawn_scores(member, 1.0),
        ("identity", "loss"): drawn_scores(member, 1.0, 2),
        ("identity", "lira"): drawn_scores(member, 1.0, 3),
    }
    found = agreed(case_with(evidence_with(member, tables, names=NAMES, kept=TARGETS)))
    assert found.targets == TARGETS


def test_the_strongest_come_first_and_an_attack_once() -> None:
    member = halves(5, RECORDS)
    tables = {
        ("identity", name): drawn_scores(member, 1.0, seed)
        for seed, name in enumerate(("lira joint", "lira", "loss"))
    }
    record = case_with(evidence_with(member, tables, names=NAMES))
    found = agreed(with_areas(record, loss=0.9, lira=0.8, lira_joint=0.7))
    assert [run.attack for run in found.attacks] == ["loss", "lira", "lira joint"]


@pytest.mark.parametrize("change", [{"in_sample": True}, {"records": 7}])
def test_attacks_that_learned_their_records_or_were_asked_about_fewer_are_left_aside(
    change: dict[str, object],
) -> None:
    member = halves(5, RECORDS)
    tables = {
        ("identity", name): drawn_scores(member, 1.0, seed)
        for seed, name in enumerate(("lira joint", "lira", "loss"))
    }
    record = with_areas(case_with(evidence_with(member, tables, names=NAMES)), lira=0.99)
    runs = [
        {**run, **change} if (run["level"], run["attack"]) == ("identity", "lira") else run
        for run in record.facts["attacks"]
    ]
    found = agreed(replace(record, facts={**record.facts, "attacks": runs}))
    assert {run.attack for run in found.attacks} == {"lira joint", "loss"}


def test_the_same_attack_twice_agrees_with_itself_alone() -> None:
    member = halves(5, RECORDS)
    same = drawn_scores(member, 1.0)
    tables = {JOINT: same, ("identity", "lira"): same, ("identity", "loss"): same}
    found = agreed(case_with(evidence_with(member, tables, names=NAMES)))
    assert [share.members for share in found.by_count[1:3]] == [0, 0]
    assert found.by_count[3].members == found.each[0].members
    assert found.alone == (0, 0, 0)
    expected = found.by_count[3].expected
    assert expected is not None
    assert expected < found.by_count[3].members


def test_why_attacks_are_not_compared() -> None:
    assert agreement(case_with(None), "identity") == "the scores of the attacks were not kept"
    assert agreement(case_with(None), "block") == (
        "fewer than two attacks were asked about the same records"
    )
    member = halves(5, 40)
    tables = {
        ("identity", name): drawn_scores(member, 1.0) for name in ("lira joint", "lira", "loss")
    }
    few = case_with(evidence_with(member, tables, names=NAMES[:40]))
    assert "too few non-members" in str(agreement(few, "identity"))


# plan


def test_asking_for_published_figures_changes_no_case() -> None:
    ids = [
        [case.id for case in membership_cases(scenario(compare_published=asked))]
        for asked in (False, True)
    ]
    assert ids[0] == ids[1]
