"""The backdoor section of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from faceaudit.audit.backdoor.treatments import titled
from faceaudit.audit.declared import Declared
from faceaudit.audit.plan import sections_in
from faceaudit.records.backdoor import (
    KIND,
    BackdoorFacts,
    SplitFacts,
    is_mitigated,
    network_of,
)
from faceaudit.report.anchors import digest
from faceaudit.report.backdoor import published
from faceaudit.report.backdoor.attack_series import ATTACKS, Series, arrange
from faceaudit.report.backdoor.curves import CurvesView, view_curves
from faceaudit.report.backdoor.findings import findings
from faceaudit.report.backdoor.groups_table import backdoor_groups
from faceaudit.report.backdoor.headline import headline
from faceaudit.report.backdoor.measures import backdoor_measures
from faceaudit.report.backdoor.open_set_table import OpenSet, open_set
from faceaudit.report.backdoor.pictures import Gallery, gallery
from faceaudit.report.backdoor.questions import Question, questions
from faceaudit.report.backdoor.sessions import shared_sessions
from faceaudit.report.backdoor.starting_points import starting_points
from faceaudit.report.backdoor.success_chart import success_chart
from faceaudit.report.backdoor.tables import (
    KeyRow,
    LevelRow,
    Row,
    join_keys,
    levels,
    main_rows,
    wrong_keys,
)
from faceaudit.report.backdoor.threats import backdoor_threats
from faceaudit.report.backdoor.trial_tables import HEADS, Matrix, TrialRow, matrices, trial_rows
from faceaudit.report.backdoor.trial_words import mitigation_question
from faceaudit.report.backdoor.trials import arrange_mitigated
from faceaudit.report.backdoor.unseen_table import UnseenRow, unseen
from faceaudit.report.elements import Finding
from faceaudit.report.groups import GroupsTable
from faceaudit.report.judging import Judgement
from faceaudit.report.kept_cases import once
from faceaudit.report.measures import Measure
from faceaudit.report.names import in_words, network_name
from faceaudit.report.numbers import count, listed
from faceaudit.report.section import Audited, CaseLine, Later, Part, Section
from faceaudit.report.threats import Threat
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


MOST = 40
"""Attacks that have pictures, a chart and tables of their own; a page with more is not read."""
FEW = 12
"""Attacks up to which every picture that was kept is shown; beyond, one of each kind, small."""


@dataclass(frozen=True, eq=False)
class AttackView:
    """Everything that the page shows of one attack on one network."""

    anchor: str
    title: str
    name: str
    subtitle: str
    findings: tuple[Finding, ...]
    gallery: Gallery
    chart: Markup | None
    levels: tuple[LevelRow, ...]
    wrong_keys: tuple[KeyRow, ...]
    several_trainings: bool

    @property
    def people_counted(self) -> bool:
        """Whether success is known with people counted equally, at any number of samples."""
        return any(level.people.value for level in self.levels)


@dataclass(frozen=True, eq=False)
class BackdoorView:
    """Everything that the backdoor section shows.

    Attributes:
        questions: what was found of all attacks together.
        matrices: mitigations against attacks, one for each network; often nothing.
        trial_rows, trial_heads: the figures behind them.
        rows: the main table.
        reported: whether it has the figures of the original study.
        wrong: head of the column of wrong keys; empty where none was tried.
        failed: id and title of attacks without any figure, as every case failed.
        attacks: one for each series that was measured, the first of them.
        not_shown: how many further ones there are.
        same_faces: whether all faces are from the source that the original used.
        sources: names of the sources of the faces, in words.
        starting_points: each network, and what its systems started from; often nothing.
        sessions: how many test photos share a session with training; often nothing.
        unseen: verification of people who were kept out of all trainings; often nothing.
        open_set: strangers who try to pass as the target; often nothing.
        groups: figures by group of people.
        curves: the training curves, one for each network.
        split_heads, splits: the table of how photos were divided.
    """

    questions: tuple[Question, ...]
    matrices: tuple[Matrix, ...]
    trial_rows: tuple[TrialRow, ...]
    trial_heads: tuple[str, ...]
    rows: tuple[Row, ...]
    reported: bool
    wrong: str
    failed: tuple[tuple[str, str], ...]
    attacks: tuple[AttackView, ...]
    not_shown: int
    same_faces: bool
    sources: tuple[str, ...]
    starting_points: tuple[tuple[str, str], ...]
    sessions: tuple[str, ...]
    unseen: tuple[UnseenRow, ...]
    open_set: OpenSet
    groups: GroupsTable
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


class BackdoorSection(Section):
    """Findings, charts and tables of every attack, and how the systems were trained."""

    navigation = (("found", "Back doors"), ("attacks", "Each attack"))

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of backdoor cases."""
        series = once(records, arrange)
        tried = once(records, arrange_mitigated)
        plain = [record for record in records if not is_mitigated(record)]
        pristine = [record for record in plain if record.spec["attack"] is None]
        audited = _summarize_records(plain)
        splits = [SplitFacts(**split) for split in run["sections"][KIND]["splits"]]
        measured = [each for each in series if each.main is not None]
        rows, wrong_head = join_keys(main_rows(measured))
        same_faces = audited.sources == (published.SOURCE,)
        asked = any(one.get("compare_published") for one in sections_in(run["plan"], KIND))
        return Part(
            headline=headline(
                series,
                pristine=pristine,
                least=Declared(**run["plan"].get("declared") or {}).least_accuracy,
            ),
            view=Later(
                lambda: BackdoorView(
                    questions=(*questions(measured), *mitigation_question(tried)),
                    matrices=matrices(tried),
                    trial_rows=trial_rows(tried),
                    trial_heads=HEADS,
                    rows=rows,
                    reported=asked or same_faces,
                    wrong=wrong_head
                    if any(level.attack.wrong_keys for each in measured for level in each.levels)
                    else "",
                    failed=tuple(
                        (each.anchor, f"{each.name}, {each.subtitle}")
                        for each in series
                        if each.main is None
                    ),
                    attacks=tuple(
                        _attack_view(each, everything=len(measured) <= FEW)
                        for each in measured[:MOST]
                    ),
                    not_shown=max(0, len(measured) - MOST),
                    same_faces=same_faces,
                    sources=tuple(source.replace("_", " ") for source in audited.sources),
                    starting_points=starting_points(plain),
                    sessions=shared_sessions(plain),
                    unseen=unseen(series, pristine),
                    open_set=open_set(series),
                    groups=backdoor_groups(series, pristine),
                    curves=view_curves(store, plain, series),
                    split_heads=tuple(SPLIT_COLUMNS),
                    splits=tuple(_split_row(split) for split in splits),
                )
            ),
            audited=audited,
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return backdoor_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of back doors."""
        return backdoor_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: attack, network, poison samples and seed."""
        attack, seed = record.spec["attack"], str(record.spec["seed"])
        samples = _count_samples(record)
        name = "No attack" if attack is None else in_words(attack["attack"], ATTACKS)
        under = f", under {titled(record.spec)}" if is_mitigated(record) else ""
        return CaseLine(
            title=f"{name}, {network_name(network_of(record.spec))}{under}",
            columns={"Poison samples": "" if samples is None else count(samples), "Seed": seed},
            details=(
                *((f"{count(samples)} poison samples",) if samples else ()),
                f"seed {seed}",
            ),
        )


SECTION = BackdoorSection()


def _count_samples(record: CaseRecord) -> int | None:
    """Return the number of poison samples that is planned; None without an attack."""
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


def _attack_view(series: Series, *, everything: bool) -> AttackView:
    pictures = gallery(series, everything=everything)
    return AttackView(
        anchor=series.anchor,
        title=f"{series.name}, {series.subtitle}",
        name=series.name,
        subtitle=series.subtitle,
        findings=findings(series),
        gallery=pictures,
        # Every id within the drawing begins with its name, so that this one is short.
        chart=success_chart(series, name=f"c{digest(series.anchor)}"),
        levels=levels(series),
        wrong_keys=wrong_keys(series, pictures.wrong),
        several_trainings=any(level.trainings > 1 for level in series.levels),
    )


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
