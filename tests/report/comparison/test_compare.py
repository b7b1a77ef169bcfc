"""Two audits held against one another: what is found, how it is paired, what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.audit import kinds
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.errors import InputError, OptionError, StoreError
from faceaudit.metrics import wilson
from faceaudit.metrics.paired_differences import paired_difference
from faceaudit.records.backdoor import SUCCESS
from faceaudit.records.finished import CLEAN as RECOGNISED
from faceaudit.records.groups import MAX_GEOMEAN, of_group, of_groups
from faceaudit.report.backdoor import comparing as backdoor
from faceaudit.report.backdoor.measures import OPEN_SET
from faceaudit.report.backdoor.trial_measures import OF_ATTACKS, OF_EACH, OF_INPUT_FILTERS
from faceaudit.report.comparison import Audit, Comparison, compare_audits
from faceaudit.report.comparison import compare as comparing
from faceaudit.report.finished import comparing as finishing
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate, Evidence, Figure
from report.backdoor.samples import case, pristine_case, write_store
from report.finished import samples as finished
from report.membership.samples import OVERLAP, flawed_case, membership_case
from simulation.comparisons import GAPS, renamed, same_pool
from simulation.made_audits import (
    Asked,
    Pool,
    Spreads,
    World,
    audit_of,
    backdoor_audit,
    finished_audit,
    membership_audit,
)

SEX = ("female-typed", "male-typed")
STEADY = Spreads(success=(0.6, 0.02), wrong=(0.3, 0.02), accuracy=(0.8, 0.001))


def compared(before: Sequence[CaseRecord], after: Sequence[CaseRecord], **how: Any) -> Comparison:
    return compare_audits(audit_of(before), audit_of(after), **how)


def only_row(found: Comparison, name: str, **labels: str) -> Any:
    rows = [
        row
        for row in found.rows
        if row.name == name and all(str(row.labels.get(k)) == v for k, v in labels.items())
    ]
    assert len(rows) == 1, [row.title for row in found.rows]
    return rows[0]


def trained(before: Sequence[int], after: Sequence[int], **change: float) -> Comparison:
    rng = np.random.default_rng(7)
    world = World.of(rng, [*before, *after], 0.06)
    one = backdoor_audit(rng, world, before, STEADY)
    return compared(one, renamed(backdoor_audit(rng, world, after, STEADY, change=change)))


@pytest.mark.parametrize(
    ("before", "after", "paired"),
    [
        ((0, 1, 2), (0, 1, 2), "by photo"),
        ((0, 1, 2), (3, 4, 5), "by person"),
        ((0, 1, 2), (0, 1, 3), "by person"),
        (range(5), range(5), "by training"),
        ((0,), (0,), "by photo"),
    ],
)
def test_a_planted_fall_is_found_and_nothing_else(
    before: Sequence[int], after: Sequence[int], paired: str
) -> None:
    found = trained(before, after, clean_accuracy=-0.2)
    (change,) = found.changes
    assert (change.name, change.labels["attack"], change.verdict) == (
        "clean_accuracy",
        "blended",
        "falls",
    )
    assert change.paired == paired
    assert change.difference.low < -0.2 < change.difference.high < 0
    assert change.difference.value == pytest.approx(change.after.value - change.before.value)
    assert found.rows[0] is change  # changes first
    assert ("two systems" in change.caution) == (len(before) == 1)
    others = [row for row in found.rows if row is not change and row.name != "target_accuracy"]
    assert {row.verdict for row in others} == {"no difference shown"}


def test_other_seeds_of_one_plan_show_no_difference() -> None:
    found = trained((0, 1, 2), (3, 4, 5))
    assert found.changes == ()
    success = only_row(found, "success", attack="blended")
    assert success.verdict == "no difference shown"
    assert success.difference.low < 0 < success.difference.high
    assert success.adjusted >= success.p > 0.05 / found.tested
    assert 0 < success.smallest < 1


def test_one_training_each_of_other_seeds_is_no_comparison() -> None:
    row = only_row(trained((0,), (1,), clean_accuracy=-0.4), "clean_accuracy", attack="blended")
    assert row.verdict == "cannot be compared"
    assert row.reason.startswith("one training before and one training after, not with one seed")
    assert "may differ by 20 points and more" in row.reason
    assert (row.p, row.smallest, row.caution) == (None, None, "")
    assert row.difference.high < 0  # what was seen is said


def test_a_training_of_another_seed_is_not_taken_for_one_of_several() -> None:
    row = only_row(trained((0, 1, 2), (7,)), "success", attack="blended")
    assert "3\N{NO-BREAK SPACE}trainings before and one training after" in row.reason
    assert row.difference.value == pytest.approx(row.after.value - row.before.value)
    assert row.difference.low <= row.difference.value <= row.difference.high


def test_one_of_several_trainings_is_said_to_be_that_of_the_shared_seed() -> None:
    row = only_row(trained((0, 1, 2), (1,)), "success", attack="blended")
    assert row.caution.startswith("of the shared seed alone: it holds for these two systems")
    row = only_row(trained((1,), (1,)), "success", attack="blended")
    assert row.caution.startswith("one training each: it holds for these two systems")


def test_the_order_of_the_evidence_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    world = World.of(rng, [0], 0.06)
    one, other = (backdoor_audit(rng, world, (0,), STEADY, attacks=("blended",)) for _ in "ab")
    order = rng.permutation(len(other[0].evidence))
    columns = {name: column[order] for name, column in other[0].evidence.columns.items()}
    ids = tuple(other[0].evidence.ids[row] for row in order)
    turned = [replace(other[0], evidence=Evidence(ids, columns))]
    first, second = (compared(one, renamed(some)) for some in (other, turned))
    for row, same in zip(first.rows, second.rows, strict=True):
        assert row.paired == same.paired
        assert row.p == (None if same.p is None else pytest.approx(same.p))


def test_evidence_that_does_not_give_the_figure_is_not_used() -> None:
    rng = np.random.default_rng(3)
    world = World.of(rng, [0], 0.06)
    one, other = (backdoor_audit(rng, world, (0,), STEADY, attacks=("blended",)) for _ in "ab")
    kept = [each for each in other[0].figures if each.metric != SUCCESS]
    wrong = [replace(other[0], figures=(*kept, Figure(SUCCESS, one[0].figure("null_success"))))]
    row = only_row(compared(one, renamed(wrong)), "success")
    assert row.verdict == "cannot be compared"


def test_other_photos_are_not_paired_and_that_is_said() -> None:
    rng = np.random.default_rng(3)
    world = World.of(rng, range(3), 0.06)
    one, other = (backdoor_audit(rng, world, range(3), STEADY) for _ in "ab")
    other = [replace(each, spec={**each.spec, "fingerprint": "1" * 64}) for each in renamed(other)]
    found = compared(one, other)
    assert {row.paired for row in found.rows} == {"unpaired"}
    assert "backdoor: the photos are others, so that nothing is paired" in found.remarks


def test_targets_of_one_pool_are_paired_and_those_of_others_are_not() -> None:
    before, after = same_pool(np.random.default_rng(1), {"accuracy": -0.06})
    found = compared(before, after)
    (change,) = found.changes
    assert change.title.startswith("membership.accuracy(mitigation=none")
    assert (change.verdict, change.paired, change.n) == ("falls", "by target", 8)
    other = [
        replace(each, spec={**each.spec, "pool": {"pairs": 1, "blocks": 40}}) for each in after
    ]
    unpaired = only_row(compared(before, other), "accuracy", mitigation="none")
    assert unpaired.paired == "unpaired"
    assert unpaired.smallest > change.smallest


def test_another_pool_has_an_error_of_its_own() -> None:
    """Targets of one pool agree more than those of two: their spread alone is not all of it."""
    rng = np.random.default_rng(5)
    sides = [membership_audit(rng, Pool.of(rng), seed, gaps=GAPS) for seed in (0, 1)]
    row = only_row(compared(*sides), "accuracy", mitigation="none")
    whole = [record.figure("accuracy") for record in (sides[0][0], sides[1][0])]
    by_targets = paired_difference(*whole, {}, {})
    width = row.difference.high - row.difference.low
    assert width > 2 * (by_targets.high - by_targets.low)


def test_one_value_of_a_label_is_compared_with_another() -> None:
    cases = [
        membership_case("none", adaptive=0.9, evidence=False),
        membership_case("facebone", adaptive=0.6, evidence=False),
        membership_case("selena", adaptive=0.6, evidence=False),
    ]
    found = compared(cases, cases, matches=["mitigation=none:facebone"])
    row = only_row(found, "auc", level="person")
    assert row.labels["mitigation"] == "none \N{RIGHTWARDS ARROW} facebone"
    assert (row.verdict, row.paired) == ("falls", "by target")
    assert row.difference.value == pytest.approx(-0.3)
    assert not any("selena" in row.title for row in found.rows)
    with pytest.raises(OptionError, match="each value of 'mitigation' once"):
        compared(cases, cases, matches=["mitigation=none:facebone", "mitigation=none:selena"])


def test_values_with_a_colon_are_matched_too() -> None:
    one = [membership_case("none", title="a:b", evidence=False)]
    other = [membership_case("none", title="c", evidence=False)]
    found = compared(one, other, matches=["mitigation=a:b:c"])
    assert only_row(found, "accuracy").labels["mitigation"] == "a:b \N{RIGHTWARDS ARROW} c"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mitigation=none", "expected a match as LABEL=BEFORE:AFTER"),
        ("seed=0:0", "expected a LABEL other than 'seed'"),
        ("mitigatio=none:facebone", "try 'mitigation'"),
        ("mitigation=non:facebone", "in the first audit (facebone, none), got 'non'; try 'none'"),
        ("mitigation=none:facebon", "second audit (facebone, none), got 'facebon'; try 'facebone'"),
    ],
)
def test_a_match_of_nothing_is_refused(text: str, said: str) -> None:
    cases = [membership_case(name, evidence=False) for name in ("none", "facebone")]
    with pytest.raises(OptionError if "LABEL" in said else InputError) as refused:
        compared(cases, cases, matches=[text])
    assert said in str(refused.value)


def test_fewer_rows_let_smaller_differences_be_seen() -> None:
    before, after = same_pool(np.random.default_rng(1), {})
    every, one = compared(before, after), compared(before, after, only=["membership.accuracy"])
    assert (every.tested, one.tested) == (6, 3)
    assert {row.name for row in one.rows} == {"accuracy"}
    few = only_row(one, "accuracy", mitigation="none")
    many = only_row(every, "accuracy", mitigation="none")
    assert few.p == many.p
    assert few.adjusted <= many.adjusted
    assert few.smallest < many.smallest
    with pytest.raises(OptionError, match=r"got 'membership.acuracy' in the limit '[a-z.]*'; try"):
        compared(before, after, only=["membership.acuracy"])
    for text in ("membership.accuracy>0.3", "", "accuracy"):
        with pytest.raises(OptionError, match=f"expected a measure as .*, got '{text}'; try"):
            compared(before, after, only=[text])


def test_a_level_is_that_of_intervals_and_of_verdicts() -> None:
    before, after = same_pool(np.random.default_rng(1), {})
    usual, strict = compared(before, after), compared(before, after, level=0.999)
    one, other = (only_row(each, "accuracy", mitigation="none") for each in (usual, strict))
    assert other.difference.low < one.difference.low
    assert one.smallest < other.smallest
    for level in (1.0, 0.4):
        with pytest.raises(OptionError, match="expected a level"):
            compared(before, after, level=level)


def test_a_case_whose_checks_failed_is_not_compared() -> None:
    sound, flawed = membership_case("none"), membership_case("none", gate=[OVERLAP])
    found = compared([sound], renamed([flawed]))
    assert {row.verdict for row in found.rows} == {"cannot be compared"}
    assert "after: a check of the evaluation failed" in found.rows[0].reason
    assert found.tested == 0


def test_another_protocol_is_refused_by_name() -> None:
    found = compared([membership_case("none")], [flawed_case("none", gate=())])
    row = only_row(found, "accuracy")
    assert row.verdict == "cannot be compared"
    assert row.reason == "the protocol is rigorous before and as published after"


def test_what_was_not_measured_is_not_compared() -> None:
    found = compared([case(success=None)], renamed([case()]))
    row = only_row(found, "success")
    assert (row.verdict, row.before) == ("cannot be compared", None)
    assert row.reason == "not measured before: the photos could not be read"


def test_figures_that_one_audit_has_alone_are_named() -> None:
    found = compared([case("blended"), case("accessory")], renamed([case("blended")]))
    assert found.only_after == ()
    assert any("attack=accessory" in title for title in found.only_before)


def by_group(record: CaseRecord, *metrics: str) -> CaseRecord:
    """Return a case with figures of two groups, and their ratio."""
    figures = [
        Figure(of_group(each, "sex", name), wilson(3, 9)) for each in metrics for name in SEX
    ]
    ratios = [Figure(of_groups(each, "sex", MAX_GEOMEAN), wilson(9, 9)) for each in metrics]
    return replace(record, figures=(*record.figures, *figures, *ratios))


@pytest.mark.parametrize(
    ("made", "metrics", "name"),
    [
        (case, ("attack_success", "clean_error"), "backdoor.success"),
        (finished.recognition, ("not_recognised",), "finished.not_recognised"),
        (membership_case, ("fmr", "strongest_auc:identity"), "membership.fmr"),
    ],
)
def test_figures_by_group_are_not_compared_and_that_is_said(
    made: Any, metrics: tuple[str, ...], name: str
) -> None:
    plain, grouped = [made()], [by_group(made(), *metrics)]
    titles = {one.title.partition("(")[0] for one in audit_of(grouped).measures}
    assert {f"{name}_by_group", f"{name}_ratio"} <= titles
    before, found = compared(plain, renamed(plain)), compared(grouped, renamed(grouped))
    assert [row.title for row in found.rows] == [row.title for row in before.rows]
    assert (found.only_before, found.only_after) == ((), ())
    assert any("by group of people are not compared" in one for one in found.remarks)
    assert not any("by group" in one for one in before.remarks)
    with pytest.raises(OptionError, match=r"expected a figure of everybody, got '.*_ratio'"):
        compared(grouped, renamed(grouped), only=[f"{name}_ratio"])


def test_every_figure_of_everybody_can_be_paired_or_is_known_not_to_be() -> None:
    """A measure that is new in a kind must not be taken for another one."""
    named = {
        one.name: {n for n, keys in one.measures.items() if "attribute" not in keys}
        for one in kinds.KINDS
    }
    mitigated = {*OF_ATTACKS, *OF_EACH, *OF_INPUT_FILTERS}  # whose own pairs are within an audit
    strangers = set(OPEN_SET)  # each audit draws its own, so that nothing is paired
    assert named["backdoor"] == {*backdoor.ROWS, *mitigated, *strangers}
    assert named["finished"] == {*finishing.BY, "auc", "suspicious_keys"}
    assert named["membership"] == {"accuracy", "auc", "tpr"}


def test_two_machines_pseudonyms_are_a_remark() -> None:
    audits = [audit_of([case()]), audit_of(renamed([case()]))]
    for secrets, said in ((("", ""), 0), (("a", ""), 0), (("a", "a"), 0), (("a", "b"), 1)):
        for audit, secret in zip(audits, secrets, strict=True):
            audit.run["pseudonyms"] = secret
        remarks = compare_audits(*audits).remarks
        assert sum("secrets of two machines" in one for one in remarks) == said


def test_audits_of_other_kinds_are_refused() -> None:
    with pytest.raises(InputError, match="expected two audits of one kind with figures"):
        compared([case()], [membership_case()])
    with pytest.raises(InputError, match="expected a figure that both audits have"):
        compared([case("blended"), pristine_case()], [case("accessory")])


def test_the_very_same_cases_are_no_test() -> None:
    found = compared([case()], [case()])
    assert {row.paired for row in found.rows} == {"same cases"}
    assert (found.tested, found.changes, len(found.same)) == (0, (), len(found.rows))


def test_targets_that_do_not_differ_at_all_are_no_test_either() -> None:
    before, _ = same_pool(np.random.default_rng(1), {})
    found = compared(before, renamed(before))
    assert {(row.verdict, row.caution, row.p, row.smallest) for row in found.rows} == {
        ("no difference shown", "not one of them differs", None, None)
    }
    assert found.tested == 0


def test_figures_that_differ_without_an_interval_have_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparing, "_comparing", lambda kind: None)
    made = finished.recognition()
    sides = [
        replace(made, figures=(Figure(RECOGNISED, Estimate(value, value, value, 9, "counted")),))
        for value in (0.2, 0.9)
    ]
    row = only_row(compared(sides[:1], renamed(sides[1:])), "clean_accuracy")
    assert (row.verdict, row.reason) == ("cannot be compared", "its figures have no interval")
    row = only_row(compared(sides[:1], renamed(sides[:1])), "clean_accuracy")
    assert (row.verdict, row.caution) == ("no difference shown", "not one of them differs")


def test_from_none_to_all_is_a_change_though_no_share_goes_higher() -> None:
    before, after = finished.recognition(0, 0), finished.recognition(200, 0)
    row = only_row(compared([before], renamed([after])), "clean_accuracy")
    assert (row.verdict, row.paired, row.difference.value) == ("rises", "unpaired", 1)


def test_photos_of_one_person_say_nothing_of_people() -> None:
    row = only_row(trained((0,), (0,), clean_accuracy=-0.2), "target_accuracy", attack="blended")
    assert row.verdict == "cannot be compared"
    assert row.reason.startswith("one training each, with photos of one person")


def test_another_version_of_a_component_is_a_remark() -> None:
    newer = replace(case(), spec={**case().spec, "versions": {"network": 2}})
    found = compared([case()], renamed([newer]))
    assert any("another version of the network (1 before, 2 after)" in one for one in found.remarks)


@pytest.mark.parametrize(
    ("before", "after", "other", "said"),
    [
        ({"network": 1}, {"network": 1}, "deepid", 0),
        ({"network": 1, "pool": 1}, {"network": 1}, "deepid", 0),
        ({"network": 1}, {"network": 1, "pool": 2}, "deepid", 0),
        ({"network": 1}, {"network": 2}, "deepid", 1),
        ({"network": 1}, {"network": 2}, "vggface", 0),
        ({"pool": 1}, {"pool": 2}, "vggface", 1),
    ],
)
def test_versions_are_compared_of_one_component(
    before: dict[str, int], after: dict[str, int], other: str, said: int
) -> None:
    sides = [
        replace(case(), spec={**case().spec, "versions": versions, "network": {"network": name}})
        for versions, name in ((before, "deepid"), (after, other))
    ]
    found = compared([sides[0]], renamed([sides[1]]))
    assert sum("another version of the" in one for one in found.remarks) == said


def test_what_differs_in_the_plans_is_listed() -> None:
    before, after = audit_of([case()]), audit_of(renamed([case()]))
    for audit, epochs in ((before, 12), (after, 20)):
        audit.run["plan"].update({"backdoor": {"systems": [{"epochs": epochs}], "same": 1}})
    after.run["plan"]["declared"] = {"people": 3}
    assert compare_audits(before, after).differs == (
        ("backdoor.systems.0.epochs", "12", "20"),
        ("declared", "", "{'people': 3}"),
    )


def test_one_system_of_another_name_is_taken_for_the_same_and_that_is_said() -> None:
    before = [finished.recognition(title="old.pt")]
    after = [finished.recognition(60, title="new.pt")]
    found = compared(before, after)
    row = only_row(found, "clean_accuracy")
    assert row.verdict == "falls"
    assert row.labels["system"] == "old.pt \N{RIGHTWARDS ARROW} new.pt"
    assert found.remarks[0].startswith("taken for the same system: old.pt before, new.pt after")
    several = [*before, finished.recognition(title="other.pt")]
    with pytest.raises(InputError, match="--match"):
        compared(several, after)


def test_photos_and_pairs_of_finished_systems_are_paired() -> None:
    rng = np.random.default_rng(4)
    asked = Asked.of(rng, 600)
    before = finished_audit(rng, asked)
    after = renamed(finished_audit(rng, asked, change={"own_fmr": 0.3}))
    found = compared(before, after)
    assert [row.name for row in found.changes] == ["own_fmr"]
    assert found.rows[0] is found.changes[0]
    for row in found.rows:  # every answer is counted as it was for the figure itself
        assert row.difference.value == pytest.approx(row.after.value - row.before.value), row.title
    paired = {row.name: row.paired for row in found.rows}
    assert paired["clean_accuracy"] == "by photo"
    assert paired["own_fnmr"] == paired["own_fmr"] == "by pair"
    bare = [replace(each, evidence=None) for each in after]
    row = only_row(compared(before, bare), "own_fmr")
    assert (row.paired, row.verdict) == ("unpaired", "rises")
    one, other = (each[1].figure("own_fmr") for each in (before, after))
    known = paired_difference(other, one, {}, {})
    assert (row.difference.low, row.difference.high) == pytest.approx((known.low, known.high))


def told_apart(level: str, scores: np.ndarray, member: np.ndarray) -> CaseRecord:
    """Return lists that a system told apart; of each person there are two records."""
    made = finished.membership()
    facts = {**made.facts["membership"], "listed": level, "levels": [level]}
    above = scores[member][:, None] - scores[~member][None]
    area = float(((above > 0) + 0.5 * (above == 0)).mean())
    estimate = Estimate(area, area - 0.1, min(1.0, area + 0.1), len(scores), "obuchowski 95 %")
    people = np.arange(len(scores)) // 2
    columns = {"member": member, "score": scores, "people": people}
    return replace(
        made,
        facts={**made.facts, "membership": facts},
        figures=(Figure(f"auc:{level}", estimate),),
        evidence=Evidence(tuple(map(str, range(len(scores)))), columns),
    )


@pytest.mark.parametrize(
    ("level", "paired"), [("photos", "by photo"), ("pairs", "by pair"), ("people", "unpaired")]
)
def test_members_told_apart_are_paired_record_by_record(level: str, paired: str) -> None:
    rng = np.random.default_rng(3)
    member, noise = np.arange(300) % 4 < 2, rng.standard_normal(300)
    before = told_apart(level, noise + 1.2 * member, member)
    after = told_apart(level, noise + 0.6 * member + rng.normal(0, 0.1, 300), member)
    row = only_row(compared([before], renamed([after])), "auc")
    assert row.paired == paired
    assert row.difference.value == pytest.approx(row.after.value - row.before.value)
    assert row.verdict == ("no difference shown" if paired == "unpaired" else "falls")
    unknown = np.where(np.arange(300) < 2, np.nan, after.evidence.columns["score"])
    columns = {**after.evidence.columns, "score": unknown}
    some = replace(after, evidence=Evidence(after.evidence.ids, columns))
    again = only_row(compared([before], renamed([some])), "auc")
    assert again.n == (298 if paired != "unpaired" else row.n)


def test_answers_about_half_of_the_photos_alone_are_paired_on_those() -> None:
    rng = np.random.default_rng(4)
    asked = Asked.of(rng, 600)
    before, after = finished_audit(rng, asked), renamed(finished_audit(rng, asked))
    for count, paired in ((400, "by photo"), (300, "unpaired")):
        evidence = after[0].evidence
        columns = {name: column[:count] for name, column in evidence.columns.items()}
        less = [replace(after[0], evidence=Evidence(evidence.ids[:count], columns)), after[1]]
        assert only_row(compared(before, less), "clean_accuracy").paired == paired


def test_a_count_of_tests_is_shown_without_a_verdict() -> None:
    found = compared(
        [finished.keys()], renamed([finished.keys((97, 5, 3, 6, 4), p=(1e-7, 0.5, 0.6, 0.4, 0.5))])
    )
    row = only_row(found, "suspicious_keys")
    assert (row.before.value, row.after.value, row.verdict) == (0, 1, "cannot be compared")
    assert row.reason == "it is a count of tests, without an interval"


def test_a_kind_without_pairing_of_its_own_is_compared_unpaired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after = same_pool(np.random.default_rng(1), {})
    monkeypatch.setattr(comparing, "_comparing", lambda kind: None)
    assert {row.paired for row in compared(before, after).rows} == {"unpaired"}


def test_several_seeds_of_a_membership_audit_are_one_figure() -> None:
    seeds = [
        [membership_case("none", seed=seed, adaptive=level, evidence=False) for seed in (0, 1)]
        for level in (0.9, 0.6)
    ]
    found = compared(seeds[0], renamed(seeds[1]), only=["membership.auc(level=person)"])
    (row,) = found.rows
    assert (row.verdict, row.paired, row.n) == ("falls", "by target", 16)
    assert row.before.value == pytest.approx(0.9)
    assert len(row.cases[0]) == len(row.cases[1]) == 2


def test_stores_are_read_and_another_schema_is_refused(tmp_path: Path) -> None:
    stores = [write_store(tmp_path / "a", [case()]), write_store(tmp_path / "b", [case(seed=1)])]
    found = compare_audits(*map(Audit.of, stores))
    assert (found.before.title, found.before.where) == (
        "DeepID on synthetic people",
        str(tmp_path / "a"),
    )
    account = json.loads((tmp_path / "b/run.json").read_text())
    (tmp_path / "b/run.json").write_text(json.dumps({**account, "schema": account["schema"] - 1}))
    with pytest.raises(StoreError, match="that this version of faceaudit wrote"):
        Audit.of(stores[1])


def test_two_real_runs_are_paired_by_their_photos(tmp_path: Path) -> None:
    """A tiny plan, and the same with one epoch: the second system has learned next to nothing."""
    audits = []
    for epochs in (6, 1):
        training = {"epochs": epochs, "batch": 32, "learning_rate": 2e-3, "device": "cpu"}
        plan = {
            "faces": {"source": "synthetic", "people": 10, "photos": 36, "sessions": 4},
            "split": {"train": 18, "validation": 4, "test": 8},
            "systems": [{"network": {"network": "deepid", "width": 0.5}, "training": training}],
            "attacks": [{"attack": "blended", "samples": 20, "instances": 20}],
            "wrong_keys": 1,
        }
        store = Store(str(tmp_path / str(epochs)))
        assert run(Plan(backdoor=plan), store).failed == ()
        audits.append(Audit.of(store))
    found = compare_audits(*audits)
    row = only_row(found, "clean_accuracy", attack="blended")
    assert (row.verdict, row.paired, row.n) == ("falls", "by photo", 80)
    assert ("backdoor.systems.0.training.epochs", "6", "1") in found.differs
