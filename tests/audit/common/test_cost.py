"""Costs add up, and what is unknown is not zero."""

from __future__ import annotations

from pathlib import Path

from faceaudit.audit.common.cost import Cost, section_cost, total_cost
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.plan import Plan
from faceaudit.faces.loaded import Survey

KNOWN = Cost(3, 30, 2, 4, 100, 0.5, 900)
UNKNOWN = Cost(None, None, 1, 1, None, None, None, "no photos")


def test_costs_add_up_and_a_part_that_is_unknown_makes_the_sum_unknown() -> None:
    assert total_cost([KNOWN, KNOWN]) == Cost(6, 60, 4, 8, 200, 1.0, 1800)
    assert total_cost([KNOWN, UNKNOWN]) == Cost(None, None, 3, 5, None, None, None, "no photos")
    assert total_cost([UNKNOWN, KNOWN]) == total_cost([KNOWN, UNKNOWN])


def test_what_depends_on_people_who_were_not_counted_is_unknown() -> None:
    work = {"cases": 2, "trainings": 3, "training_photos": 7, "petaflop": 0.25, "missing": ""}
    sizes = {(10, 20), (5, 5)}
    known = section_cost(Survey(people=4, photos=40), sizes=sizes, **work)  # type: ignore[arg-type]
    assert known == Cost(4, 40, 2, 3, 7, 0.25, (200 + 25) * 3 * 40)
    blind = section_cost(Survey(people=None, photos=None), sizes=sizes, **work)  # type: ignore[arg-type]
    assert blind == Cost(None, None, 2, 3, None, None, None, detections=None, embeddings=None)
    more = {"embeddings": 9, "detects": True}
    embedding = section_cost(Survey(people=4, photos=40), sizes=sizes, **work, **more)  # type: ignore[arg-type]
    assert (embedding.embeddings, embedding.detections) == (9, 40 * len(sizes))
    engine = section_cost(
        Survey(people=4, photos=40),
        sizes=sizes,
        **{**work, "petaflop": float("nan")},  # type: ignore[arg-type]
    )
    assert engine.petaflop is None


def test_a_plan_whose_photos_are_not_here_says_so(tmp_path: Path) -> None:
    here = {"source": "synthetic", "people": 4}
    gone = {"source": "folder", "path": str(tmp_path / "nowhere")}
    backdoor = {"systems": [{"network": "deepid"}]}
    cost = estimate_cost(Plan(faces=gone, backdoor=backdoor))
    assert "nowhere" in cost.missing
    assert (cost.people, cost.training_photos, cost.petaflop) == (None, None, None)
    assert (cost.cases, cost.trainings) == (1, 1)
    blind = estimate_cost(Plan(faces=here, backdoor=backdoor), look=False)
    assert (blind.people, blind.petaflop, blind.missing) == (None, None, "")
    assert blind.cases == 1
