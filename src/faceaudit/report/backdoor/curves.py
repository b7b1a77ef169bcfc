"""How the systems of a backdoor audit were trained: charts and a table for each network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from faceaudit.records.backdoor import BackdoorFacts, network_of
from faceaudit.report.anchors import anchor, digest
from faceaudit.report.backdoor.attack_series import Series
from faceaudit.report.backdoor.training_curves import TrainingCurve, accuracy_chart, loss_chart
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class CurvesView:
    """The training curves of one network."""

    anchor: str
    network: str
    loss: Markup
    accuracy: Markup
    rows: tuple[tuple[str, str, str, str, str], ...]


def view_curves(
    store: Store, records: Iterable[CaseRecord], series: Sequence[Series]
) -> tuple[CurvesView, ...]:
    """Return the curves of every system that the store kept, by network."""
    poisoned = {
        BackdoorFacts.of(case).system: f"{each.title}, {counted(level.samples, 'poison sample')}"
        for each in series
        for level in each.levels
        for case in level.cases
    }
    trainings: dict[str, list[TrainingCurve]] = {}
    for system, record in _list_systems(records):
        if not store.has_system(system):
            continue
        curve = tuple(dict(epoch) for epoch in store.curve(system))
        if curve:
            pristine = system not in poisoned
            label = "Pristine" if pristine else poisoned[system]
            training = TrainingCurve(f"{label}, seed {record.spec['seed']}", pristine, curve)
            trainings.setdefault(network_name(network_of(record.spec)), []).append(training)
    return tuple(
        CurvesView(
            anchor=anchor("training", network),
            network=network,
            loss=loss_chart(group, name=f"l{digest(network)}"),
            accuracy=accuracy_chart(group, name=f"a{digest(network)}"),
            rows=tuple(training.row for training in group),
        )
        for network, group in trainings.items()
    )


def _list_systems(records: Iterable[CaseRecord]) -> Iterator[tuple[str, CaseRecord]]:
    """Yield every system that the cases name, once, with the first case that names it."""
    known = set()
    for record in records:
        if record.error is None:
            facts = BackdoorFacts.of(record)
            pristine = () if facts.attack is None else (facts.attack.pristine,)
            for system in (*pristine, facts.system):
                if system not in known:
                    known.add(system)
                    yield system, record
