"""The backdoor section of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from faceaudit.records.backdoor import KIND, BackdoorFacts, SplitFacts, network_of
from faceaudit.report.backdoor import published
from faceaudit.report.backdoor.attack_series import ATTACKS, Series, arrange
from faceaudit.report.backdoor.findings import findings
from faceaudit.report.backdoor.headline import headline
from faceaudit.report.backdoor.pictures import Strip, strips
from faceaudit.report.backdoor.sessions import shared_sessions
from faceaudit.report.backdoor.starting_points import starting_points
from faceaudit.report.backdoor.success_chart import success_chart
from faceaudit.report.backdoor.tables import LevelRow, Row, comparison, levels, wrong_keys
from faceaudit.report.backdoor.training_curves import TrainingCurve, accuracy_chart, loss_chart
from faceaudit.report.backdoor.unseen_table import UnseenRow, unseen
from faceaudit.report.elements import Cell, Finding
from faceaudit.report.names import in_words, network_name
from faceaudit.report.numbers import count, counted, listed
from faceaudit.report.section import Audited, CaseLine, Part
from faceaudit.store import CaseRecord, Store

SPLIT_COLUMNS = {
    "Photos": "photos",
    "People": "people",
    "Enrolled": "enrolled",
    "Training photos": "train",
    "Validation": "validation",
    "Test": "test",
    "Attacker\N{RIGHT SINGLE QUOTATION MARK}s": "donors",
}
"""Columns of the table of splits that are counts, and the name of each in `SplitFacts`."""


@dataclass(frozen=True, eq=False)
class AttackView:
    """Everything that the page shows of one attack on one network."""

    anchor: str
    title: str
    name: str
    subtitle: str
    findings: tuple[Finding, ...]
    strips: tuple[Strip, ...]
    chart: Markup | None
    levels: tuple[LevelRow, ...]
    wrong_keys: tuple[tuple[str, Cell], ...]
    several_trainings: bool


@dataclass(frozen=True, eq=False)
class CurvesView:
    """The training curves of one network."""

    network: str
    loss: Markup
    accuracy: Markup
    rows: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True, eq=False)
class BackdoorView:
    """Everything that the backdoor section shows.

    Attributes:
        attacks: one for each series.
        comparison: the table of reported and measured figures.
        same_faces: whether all faces are from the source that the original used.
        sources: names of the sources of the faces, in words.
        starting_points: each network, and what its systems started from; often nothing.
        sessions: how many test photos share a session with training; often nothing.
        unseen: verification of people who were kept out of all trainings; often nothing.
        curves: the training curves, one for each network.
        split_heads, splits: the table of how photos were divided.
    """

    attacks: tuple[AttackView, ...]
    comparison: tuple[Row, ...]
    same_faces: bool
    sources: tuple[str, ...]
    starting_points: tuple[tuple[str, str], ...]
    sessions: tuple[str, ...]
    unseen: tuple[UnseenRow, ...]
    curves: tuple[CurvesView, ...]
    split_heads: tuple[str, ...]
    splits: tuple[tuple[str, ...], ...]

    @property
    def original(self) -> Mapping[str, str]:
        """The study whose figures stand beside the measured ones."""
        return {
            "faces": published.FACES,
            "citation": published.CITATION,
            "link": published.LINK,
        }


class BackdoorSection:
    """Findings, charts and tables of every attack, and how the systems were trained."""

    navigation = (
        ("found", "Findings"),
        ("compared", "Reported and measured"),
        ("attacks", "Attacks"),
        ("curves", "Training"),
    )

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of backdoor cases."""
        series = arrange(records)
        pristine = [record for record in records if record.spec["attack"] is None]
        audited = _summarize_records(records)
        splits = [SplitFacts(**split) for split in run["sections"][KIND]["splits"]]
        return Part(
            headline=headline(series, pristine=pristine),
            view=BackdoorView(
                attacks=tuple(_attack_view(each, number) for number, each in enumerate(series, 1)),
                comparison=comparison(series),
                same_faces=audited.sources == (published.SOURCE,),
                sources=tuple(source.replace("_", " ") for source in audited.sources),
                starting_points=starting_points(records),
                sessions=shared_sessions(records),
                unseen=unseen(series, pristine),
                curves=_view_curves(store, records, series),
                split_heads=tuple(SPLIT_COLUMNS),
                splits=tuple(_split_row(split) for split in splits),
            ),
            audited=audited,
        )

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: attack, network, poison samples and seed."""
        attack, seed = record.spec["attack"], str(record.spec["seed"])
        samples = _count_samples(record)
        name = "No attack" if attack is None else in_words(attack["attack"], ATTACKS)
        return CaseLine(
            title=f"{name}, {network_name(network_of(record.spec))}",
            columns={"Poison samples": "" if samples is None else count(samples), "Seed": seed},
            details=(
                *((f"{count(samples)} poison samples",) if samples else ()),
                f"seed {seed}",
            ),
        )


SECTION = BackdoorSection()


def _count_samples(record: CaseRecord) -> int | None:
    """Return the number of poison samples; of a failed case, the planned one."""
    if record.error is None:
        return BackdoorFacts.of(record).poison_samples
    attack = record.spec["attack"]
    return None if attack is None else int(attack["samples"])


def _summarize_records(records: Sequence[CaseRecord]) -> Audited:
    measured = [BackdoorFacts.of(record) for record in records if record.error is None]
    photos = [
        count(number) for number in dict.fromkeys(facts.training_photos for facts in measured)
    ]
    return Audited(
        networks=tuple(network_name(network_of(record.spec)) for record in records),
        sources=tuple(dict.fromkeys(record.spec["faces"]["source"] for record in records)),
        people=tuple(facts.people for facts in measured),
        more=(f"{listed(photos)} training photos",) if photos else (),
    )


def _attack_view(series: Series, number: int) -> AttackView:
    return AttackView(
        anchor=f"attack-{number}",
        title=f"{series.name}, {series.subtitle}",
        name=series.name,
        subtitle=series.subtitle,
        findings=findings(series),
        strips=strips(series),
        chart=success_chart(series, name=f"success-{number}"),
        levels=levels(series),
        wrong_keys=wrong_keys(series),
        several_trainings=any(level.trainings > 1 for level in series.levels),
    )


def _view_curves(
    store: Store, records: Iterable[CaseRecord], series: Sequence[Series]
) -> tuple[CurvesView, ...]:
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
            network=network,
            loss=loss_chart(group, name=f"loss-{number}"),
            accuracy=accuracy_chart(group, name=f"accuracy-{number}"),
            rows=tuple(training.row for training in group),
        )
        for number, (network, group) in enumerate(trainings.items())
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


def _split_row(split: SplitFacts) -> tuple[str, ...]:
    height, width = split.size
    return (
        network_name(split.network),
        str(split.seed),
        *(count(getattr(split, name)) for name in SPLIT_COLUMNS.values()),
        split.target,
        f"{height} \N{MULTIPLICATION SIGN} {width}",
        split.fingerprint[:16],
    )
