"""Mitigations in the report: what they prevent, what they cost, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from faceaudit.metrics import newcombe_paired, share_over_trainings, wilson
from faceaudit.records.backdoor import BackdoorFacts
from faceaudit.records.backdoor_mitigation import MitigationFacts, RankedTarget
from faceaudit.report.backdoor.attack_series import arrange
from faceaudit.report.backdoor.measures import backdoor_measures
from faceaudit.report.backdoor.trial_tables import matrices, trial_rows
from faceaudit.report.backdoor.trial_words import (
    VERDICTS,
    describe_tried,
    mitigation_advice,
    mitigation_question,
    verdict_of,
)
from faceaudit.report.backdoor.trials import Tried, arrange_mitigated
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure
from report.backdoor.samples import case, pristine_case

CHANGE = newcombe_paired(500, 3, 1, 6)


def under(
    record: CaseRecord,
    name: str,
    figures: Mapping[str, Estimate | None],
    *,
    way: str = "repair",
    rank: int | None = None,
    allowed: tuple[float, ...] = (),
    error: str | None = None,
) -> CaseRecord:
    """Return the case of a mitigation on what another case is about."""
    facts = MitigationFacts(
        name=name,
        title=name,
        way=way,  # type: ignore[arg-type]
        before="before",
        clean_photos=5,
        judged_photos=540,
        target=None if rank is None else RankedTarget(rank=rank, people=30),
        false_alarms=allowed,
    )
    spec = {**record.spec, "mitigation": {"mitigation": name, "clean_photos": 5}}
    if error:
        return CaseRecord(f"{record.id}-{name}", spec, error=error)
    return CaseRecord(
        id=f"{record.id}-{name}",
        spec=spec,
        facts=BackdoorFacts.of(record).model_copy(update={"mitigation": facts}).as_json(),
        figures=tuple(
            Figure(metric, one, "" if one else "unknown") for metric, one in figures.items()
        ),
    )


def tried_on(
    name: str, after: Mapping[str, tuple[int, int, int]], change: Estimate = CHANGE
) -> list[CaseRecord]:
    """Return cases of a mitigation on attacks: successes of 57 in each of three trainings."""
    found = []
    for seed in range(3):
        found.append(under(pristine_case(seed=seed), name, {"clean_accuracy_change": change}))
        for attack, hits in after.items():
            record = case(attack, success=(55, 57), seed=seed)
            figures = {
                "success_before": wilson(55, 57),
                "attack_success": wilson(hits[seed], 57),
                "clean_accuracy_change": change,
            }
            found.append(under(record, name, figures))
    return found


def one(records: list[CaseRecord]) -> Tried:
    (found,) = arrange_mitigated(records)
    return found


def test_cases_under_a_mitigation_are_no_attacks_of_their_own() -> None:
    plain = [case("accessory", seed=seed) for seed in range(3)]
    both = [*plain, *tried_on("wash", {"accessory": (1, 2, 3)})]
    assert [len(level.cases) for each in arrange(both) for level in each.levels] == [3]
    before = {(measure.name, str(measure.labels)) for measure in backdoor_measures(plain)}
    after = backdoor_measures(both)
    assert before <= {(measure.name, str(measure.labels)) for measure in after}
    further = {measure.name for measure in after if "mitigation" in measure.labels}
    assert further == {"mitigated_success", "mitigated_accuracy_change"}
    titles = [measure.title for measure in after]
    assert len(set(titles)) == len(titles)


def test_photos_of_other_people_are_a_row_of_their_own() -> None:
    """Of the same mitigation, pooled over seeds apart from that with photos of those enrolled."""
    own = tried_on("wash", {"accessory": (1, 2, 3)})
    mitigation = {"mitigation": "wash", "clean_photos": 0, "others": {"photos": 200}}
    others = [
        CaseRecord(
            f"{one.id}-others",
            {**one.spec, "mitigation": mitigation},
            facts=BackdoorFacts.of(one)
            .model_copy(update={"mitigation": _with_others(one)})
            .as_json(),
            figures=one.figures,
        )
        for one in tried_on("wash", {"accessory": (40, 50, 57)})
    ]
    (matrix,) = matrices(arrange_mitigated([*own, *others]))
    assert [row.title for row in matrix.rows] == ["wash", "wash, 200 photos of other people"]
    assert len({row.anchor for row in matrix.rows}) == 2
    rates = [row.worst.estimate and round(row.worst.estimate.value, 3) for row in matrix.rows]
    assert rates == [round(6 / 171, 3), round(147 / 171, 3)]


def _with_others(record: CaseRecord) -> MitigationFacts:
    facts = BackdoorFacts.of(record).mitigation
    assert facts is not None
    title = "wash, 200 photos of other people"
    return facts.model_copy(update={"others": 200, "clean_photos": 0, "title": title})


def test_figures_are_over_trainings_and_the_worst_attack_counts() -> None:
    tried = one(tried_on("wash", {"accessory": (1, 2, 3), "blended": (20, 57, 40)}))
    assert [trial.trainings for trial in tried.trials] == [3, 3]
    assert tried.worst is not None
    assert tried.worst.labels["attack"] == "blended"
    expected = share_over_trainings([wilson(hits, 57) for hits in (20, 57, 40)])
    assert tried.worst.get("attack_success") == expected
    assert [trial.effect for trial in tried.trials] == ["down", "open"]


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ({"accessory": (0, 1, 2), "blended": (3, 3, 3)}, VERDICTS[0]),
        ({"accessory": (0, 1, 2), "blended": (50, 50, 50)}, VERDICTS[1]),
        ({"accessory": (10, 11, 12), "blended": (55, 55, 55)}, VERDICTS[2]),
        ({"accessory": (54, 54, 54), "blended": (55, 55, 55)}, VERDICTS[3]),
    ],
)
def test_a_verdict_follows_from_all_attacks(
    after: dict[str, tuple[int, int, int]], verdict: str
) -> None:
    tried = one(tried_on("wash", after))
    assert verdict_of(tried) == verdict
    (question,) = mitigation_question([tried])
    assert [answer.verdict for answer in question.answers] == [verdict]
    assert describe_tried(tried).startswith(verdict)


def test_an_attack_that_was_not_measured_is_not_down() -> None:
    records = tried_on("wash", {"accessory": (0, 1, 2)})
    failed = [under(case("blended", seed=0), "wash", {}, error="CaseError: it broke")]
    assert verdict_of(one(records)) == VERDICTS[0]
    tried = one([*records, *failed])
    assert verdict_of(tried) == VERDICTS[1]
    (advised,) = mitigation_advice([tried])
    assert "none brought every attack down" in advised.text


def test_an_attack_that_never_worked_is_not_brought_down() -> None:
    records = []
    for seed in range(3):
        figures = {"success_before": wilson(5, 57), "attack_success": wilson(1, 57)}
        records.append(under(case("accessory", seed=seed), "wash", figures))
    tried = one(records)
    assert [trial.effect for trial in tried.trials] == ["open"]
    assert verdict_of(tried) == VERDICTS[3]


def test_advice_names_the_best_that_costs_little() -> None:
    dear = newcombe_paired(400, 0, 100, 10)
    records = [
        *tried_on("thorough", {"accessory": (0, 0, 0), "blended": (0, 0, 0)}, dear),
        *tried_on("cheap", {"accessory": (2, 2, 2), "blended": (3, 3, 3)}),
        *tried_on("idle", {"accessory": (55, 55, 55), "blended": (55, 55, 55)}),
    ]
    tried = arrange_mitigated(records)
    (advice,) = mitigation_advice(tried)
    assert advice.rule == "a mitigation holds"
    assert "cheap brought every attack down" in advice.text
    assert "a point of clean accuracy" not in advice.text
    (advice,) = mitigation_advice([tried[0], tried[2]])
    assert "thorough brought every attack down" in advice.text
    assert "though it costs more than a point" in advice.text
    (advice,) = mitigation_advice([tried[2]])
    assert advice.rule == "every mitigation fails"
    assert mitigation_advice(()) == ()


def test_single_trainings_are_cautioned_of() -> None:
    records = [one for one in tried_on("wash", {"accessory": (0, 0, 0)}) if one.spec["seed"] == 0]
    tried = one(records)
    assert "Fewer than 3 trainings allow no verdict" in describe_tried(tried)
    assert "fewer than three trainings" in mitigation_advice([tried])[0].text
    cautions = {each.caution for each in backdoor_measures(records)}
    assert cautions == {"measured in one training"}


def test_each_allowance_of_false_alarms_is_a_row() -> None:
    figures = {
        "success_before": wilson(50, 57),
        "attack_success@frr=0.01": wilson(30, 57),
        "attack_success@frr=0.05": wilson(2, 57),
        "clean_photos_refused@frr=0.05": wilson(30, 540),
        "detection_auc": wilson(50, 57),
    }
    options = {"way": "input filter", "allowed": (0.01, 0.05)}
    records = [
        under(
            pristine_case(), "guard", {"clean_photos_refused@frr=0.05": wilson(27, 540)}, **options
        ),  # type: ignore[arg-type]
        under(case("accessory"), "guard", figures, **options),  # type: ignore[arg-type]
    ]
    strict, loose = arrange_mitigated(records)
    assert strict.anchor != loose.anchor
    assert [trial.effect for trial in (*strict.trials, *loose.trials)] == ["less", "down"]
    (matrix,) = matrices([strict, loose])
    assert [row.cells[0].value for row in matrix.rows] == [
        "52.6\N{NO-BREAK SPACE}%",
        "3.5\N{NO-BREAK SPACE}%",
    ]
    assert matrix.before[0].value == "87.7\N{NO-BREAK SPACE}%"
    assert matrix.rows[1].alarms.value == "5.0\N{NO-BREAK SPACE}%"
    assert matrix.rows[0].alarms.value == ""
    assert [
        one.labels["frr"] for one in backdoor_measures(records) if one.name == "mitigated_success"
    ] == [0.01, 0.05]


def test_where_the_target_stands_is_told() -> None:
    records = [
        under(
            case("accessory", seed=seed),
            "sieve",
            {
                "success_before": wilson(50, 57),
                "attack_success": wilson(30, 57),
                "target_named_first": wilson(int(rank == 1), 1),
            },
            way="training filter",
            rank=rank,
        )
        for seed, rank in enumerate((1, 1, 4))
    ]
    tried = one(records)
    assert "does not name the target first in every training" in describe_tried(tried)
    (row,) = trial_rows([tried])
    assert any("place 1, 1 and 4 of 30" in cell.note for cell in row.cells)
    always = one(records[:2])
    assert "names the target first in every training of Accessory" in describe_tried(always)


def test_failed_cases_keep_their_reason() -> None:
    record = under(case("accessory"), "wash", {}, error="expected more clean photos")
    tried = one([record])
    assert verdict_of(tried) == ""
    assert mitigation_question([tried]) == ()
    (matrix,) = matrices([tried])
    assert "expected more clean photos" in matrix.rows[0].cells[0].note
    reasons = {each.why_none for each in backdoor_measures([record])}
    assert reasons == {"expected more clean photos"}
    assert tried.worst is None
