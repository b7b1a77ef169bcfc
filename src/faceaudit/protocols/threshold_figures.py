"""Thresholds of comparisons, and their errors with failures to find a face counted."""

from __future__ import annotations

from faceaudit.metrics import OperatingPoint, Roc, operating_points, roc
from faceaudit.protocols.acquisition import generalised, share_failed
from faceaudit.protocols.comparisons import Comparisons
from faceaudit.types import Figure


def measure_thresholds(
    compared: Comparisons, fmrs: tuple[float, ...]
) -> tuple[list[OperatingPoint], list[Figure], Roc]:
    """Return thresholds, the rates with failures to find a face counted, and the curve behind."""
    scored, same, people = compared.scored, compared.same, compared.people()
    sides = (scored & same, scored & ~same)
    genuine, impostor = (compared.score[side] for side in sides)
    who = None if people is None else (people[sides[0]], people[sides[1]])
    points = operating_points(genuine, impostor, fmrs, people=who)
    whole = roc(genuine, impostor)
    if compared.missing is None and scored.all():
        return points, [], whole
    figures = []
    unmade = [
        share_failed(~scored[side], None if people is None else people[side])
        for side in (~same, same)
    ]
    for point in points:
        for name, rate, share in (("gfar", point.fmr, unmade[0]), ("gfrr", point.fnmr, unmade[1])):
            metric = f"{name}@fmr={point.asked:g}"
            if rate is None:
                figures.append(Figure(metric, None, point.why))
            else:
                one = generalised(rate, share, rejects=name == "gfrr")
                figures.append(Figure(metric, one))
    return points, figures, whole
