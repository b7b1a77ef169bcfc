"""One HTML page from a store."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from faceaudit.errors import InputError
from faceaudit.report.backdoor import published as reported
from faceaudit.report.backdoor.attack_series import NETWORKS, Series, arrange, network_of
from faceaudit.report.backdoor.findings import Finding, findings
from faceaudit.report.backdoor.headline import headline, incomplete
from faceaudit.report.backdoor.pictures import Strip, strips
from faceaudit.report.backdoor.starting_points import starts
from faceaudit.report.backdoor.success_chart import success_chart
from faceaudit.report.backdoor.tables import Cell, LevelRow, comparison, levels, wrong_keys
from faceaudit.report.backdoor.training_curves import TrainingCurve, accuracy_chart, loss_chart
from faceaudit.report.membership import published as reported_privacy
from faceaudit.report.membership.cases import is_privacy
from faceaudit.report.membership.headline import privacy_headline
from faceaudit.report.membership.roc_chart import RATES
from faceaudit.report.membership.section import privacy
from faceaudit.report.numbers import DASH, SPACE, counted
from faceaudit.report.provenance import SPLIT, provenance
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class AttackSection:
    """All that the page shows of one attack on one network."""

    anchor: str
    title: str
    name: str
    setting: str
    findings: tuple[Finding, ...]
    strips: tuple[Strip, ...]
    chart: Markup | None
    levels: tuple[LevelRow, ...]
    wrong_keys: tuple[tuple[str, Cell], ...]
    pooled: int


@dataclass(frozen=True, eq=False)
class CurveSection:
    """The training curves of one network."""

    network: str
    loss: Markup
    accuracy: Markup
    rows: tuple[tuple[str, str, str, str, str], ...]


def write(store: Store, path: Path | None = None) -> Path:
    """Write a store's report: one HTML file that needs nothing else.

    Args:
        store: read, never changed but for the report itself.
        path: the file; `report.html` in the store's folder when None.

    Returns:
        The file written.

    Raises:
        InputError: no path for a store that is not a folder of this machine, or a path that is one.
        StoreError: nothing was ever run into the store.
    """
    if path is None:
        if not store.local:
            raise InputError(
                f"expected a path for the report of the remote store {store.url!r}, got none; "
                "try a local file such as report.html"
            )
        path = Path(store.root) / "report.html"
    if path.is_dir():
        raise InputError(f"expected a file for the report, got the folder {str(path)!r}")
    text = render(store)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def render(store: Store) -> str:
    """Return a store's report as one HTML page; the same store gives the same page.

    Raises:
        StoreError: nothing was ever run into the store.
    """
    run = store.run()
    every = list({record.id: record for record in store.cases()}.values())
    records = [record for record in every if not is_privacy(record)]
    leaks = [record for record in every if is_privacy(record)]
    series = arrange(records)
    section, compared = privacy(leaks)
    planned = len(dict.fromkeys(run.get("cases", ())))
    failed = sum(record.error is not None for record in every)
    missing = planned - len(every)
    warning = incomplete(planned, failed, missing)
    backdoor = headline(
        series,
        pristine=[one for one in records if one.spec.get("attack") is None],
        planned=planned,
        failed=failed,
        missing=missing,
    )
    spoken = privacy_headline(compared, warning=warning, failed=len(leaks))
    first = backdoor if records or not leaks else spoken
    environment = Environment(
        loader=PackageLoader("faceaudit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _unbroken
    return environment.get_template("report.html.j2").render(
        kind=_kind(backdoor=bool(records) or not leaks, privacy=bool(leaks)),
        headline=replace(first, warning=spoken.warning if leaks else warning),
        second=spoken if records and leaks else None,
        incomplete=bool(warning),
        backdoor=bool(records) or not leaks,
        privacy=section if leaks else None,
        reported_privacy=reported_privacy,
        roc_rates=[f"{rate * 100:g}{SPACE}%" for rate in RATES],
        rows=comparison(series),
        attacks=tuple(_attack(one, number) for number, one in enumerate(series)),
        curves=_curves(store, records, series),
        run=provenance(run, every),
        split=SPLIT,
        starts=starts(records),
        reported=reported,
        css=Markup(_css(environment)),  # noqa: S704 - a file of this package
    )


def _kind(*, backdoor: bool, privacy: bool) -> str:
    if backdoor and privacy:
        return "Backdoor and privacy audit"
    return "Privacy audit" if privacy else "Backdoor audit"


def _unbroken(text: str) -> Markup:
    """Escape a sentence and keep its intervals from being broken over two lines."""
    ranges = rf"([\d.]+{DASH}[\d.]+(?:{SPACE}%)?)"
    kept = re.sub(ranges, r'<span class="unbroken">\1</span>', str(escape(text)))
    return Markup(kept)  # noqa: S704 - escaped just above


def _css(environment: Environment) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, "report.css")[0]


def _attack(series: Series, number: int) -> AttackSection:
    return AttackSection(
        anchor=f"attack-{number + 1}",
        title=f"{series.name}, {series.setting}",
        name=series.name,
        setting=series.setting,
        findings=findings(series),
        strips=strips(series),
        chart=success_chart(series, name=f"success-{number + 1}"),
        levels=levels(series),
        wrong_keys=wrong_keys(series),
        pooled=max((len(level.cases) for level in series.levels), default=0),
    )


def _curves(
    store: Store, records: Sequence[CaseRecord], series: Sequence[Series]
) -> tuple[CurveSection, ...]:
    labels = {
        str(case.facts["system"]): f"{one.title}, {counted(level.samples, 'poison sample')}"
        for one in series
        for level in one.levels
        for case in level.cases
        if "system" in case.facts
    }
    trainings: dict[str, list[TrainingCurve]] = {}
    for system, record in _systems(records).items():
        network = NETWORKS.get(network_of(record), network_of(record))
        label = labels.get(system, "Pristine")
        if store.has_system(system):
            curve = tuple(dict(epoch) for epoch in store.curve(system))
            if curve:
                trainings.setdefault(network, []).append(
                    TrainingCurve(
                        f"{label}, seed {record.spec.get('seed', 0)}", system not in labels, curve
                    )
                )
    return tuple(
        CurveSection(
            network=network,
            loss=loss_chart(group, name=f"loss-{number}"),
            accuracy=accuracy_chart(group, name=f"accuracy-{number}"),
            rows=tuple(one.row for one in group),
        )
        for number, (network, group) in enumerate(trainings.items())
    )


def _systems(records: Iterable[CaseRecord]) -> Mapping[str, CaseRecord]:
    """Return every system that the cases name, with a case that names it."""
    found: dict[str, Any] = {}
    for record in records:
        for role in ("pristine", "system"):
            if role in record.facts:
                found.setdefault(str(record.facts[role]), record)
    return found
