"""What was run: plan, cases, versions, machine, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from faceaudit.report.backdoor.attack_series import ATTACKS, NETWORKS, network_of
from faceaudit.report.membership.cases import PROTOCOLS, is_privacy, title_of
from faceaudit.report.numbers import count, duration, listed, moment
from faceaudit.store import CaseRecord

UNKNOWN = "not recorded"
LEFT_OUT_SHOWN = 200
"""How many of the photos left out are listed in the page; the store lists them all."""
SPLIT = {
    "Photos": "photos",
    "People": "people",
    "Enrolled": "enrolled",
    "Training photos": "train",
    "Validation": "validation",
    "Test": "test",
    "Attacker\N{RIGHT SINGLE QUOTATION MARK}s": "donors",
}
"""Columns of the table of splits, and the name of each in the run's account of its faces."""


@dataclass(frozen=True)
class CaseLine:
    """One case of the plan and what became of it."""

    id: str
    what: str
    samples: str
    seed: str
    state: str


@dataclass(frozen=True)
class Provenance:
    """What a figure can be traced back to.

    Attributes:
        name: the plan's title.
        when: when the run started, in words.
        setting: what was attacked, in a few words each.
        facts, machine, versions: names and values.
        plan: the plan as YAML.
        cases: every case of the plan.
        failed: those that ended in an error, and the error.
        splits: how the photos were divided, one row a network and seed.
        left_out: photos that were not used, and why: the first of them.
        left_out_count: how many there are in all.
        noted, noted_count: the same of photos that were used, but not as they were.
        sources: the registered names of the sources of faces, privacy cases' apart.
    """

    name: str
    when: str
    setting: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    machine: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    plan: str
    cases: tuple[CaseLine, ...]
    failed: tuple[tuple[CaseLine, str], ...]
    splits: tuple[tuple[str, ...], ...]
    left_out: tuple[tuple[str, str], ...]
    left_out_count: int
    noted: tuple[tuple[str, str], ...]
    noted_count: int
    sources: tuple[str, ...]


def provenance(run: Mapping[str, Any], records: Sequence[CaseRecord]) -> Provenance:
    """Return what was run.

    Args:
        run: the store's record of the last run.
        records: the cases of that run that are in the store.
    """
    by_id = {record.id: record for record in records}
    lines = {case: _line(case, by_id.get(case)) for case in dict.fromkeys(run.get("cases", ()))}
    plan = run.get("plan", {})
    left_out, noted = list(run.get("left_out", ())), list(run.get("noted", ()))
    seeds = _seeds(plan, records) or sorted({int(record.spec.get("seed", 0)) for record in records})
    seconds = run.get("seconds")
    when = moment(str(run["started"])) if run.get("started") else UNKNOWN
    return Provenance(
        name=str(plan.get("title") or plan.get("name") or "audit"),
        when=when,
        setting=_setting(records),
        facts=(
            ("Started", when),
            ("Took", "did not end" if seconds is None else duration(float(seconds))),
            ("Commit", str(run.get("commit") or UNKNOWN)),
            ("Seeds", listed([str(seed) for seed in seeds], most=20) if seeds else UNKNOWN),
            ("Cases", count(len(lines))),
        ),
        machine=_pairs(run.get("machine", {})),
        versions=tuple((name, str(value)) for name, value in run.get("versions", {}).items()),
        plan=yaml.safe_dump(plan, sort_keys=False, allow_unicode=True),
        cases=tuple(lines.values()),
        failed=tuple((lines[record.id], record.error) for record in records if record.error),
        splits=tuple(_split(faces) for faces in run.get("faces", ())),
        left_out=_shown(left_out),
        left_out_count=len(left_out),
        noted=_shown(noted),
        noted_count=len(noted),
        sources=tuple(
            dict.fromkeys(_source(record) for record in records if not is_privacy(record))
        ),
    )


def _seeds(plan: Mapping[str, Any], records: Sequence[CaseRecord]) -> list[int]:
    """Return a plan's seeds; of a privacy plan alone, those of its verifiers: it counts them."""
    privacy = plan.get("privacy") or {}
    if "seeds" in privacy and all(is_privacy(record) for record in records):
        return list(range(int(privacy["seeds"])))
    return list(plan.get("seeds") or ())


def _shown(photos: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(photo.get("id")), str(photo.get("reason"))) for photo in photos[:LEFT_OUT_SHOWN]
    )


def _line(case: str, record: CaseRecord | None) -> CaseLine:
    if record is None:
        return CaseLine(case, "unknown", "", "", "not in the store")
    state = "failed" if record.error else "measured"
    if is_privacy(record):
        seed = str(record.spec.get("seed", ""))
        return CaseLine(case, _privacy(record), "", seed, state)
    attack = record.spec.get("attack")
    samples = record.facts.get("poison_samples", (attack or {}).get("samples"))
    return CaseLine(
        id=case,
        what=f"{_attack(attack)}, {NETWORKS.get(network_of(record), network_of(record))}",
        samples="" if samples is None else count(int(samples)),
        seed=str(record.spec.get("seed", "")),
        state=state,
    )


def _privacy(record: CaseRecord) -> str:
    protocol = str(record.facts.get("protocol", ""))
    said = [title_of(record), PROTOCOLS.get(protocol, protocol).lower()]
    return ", ".join(filter(None, said))


def _split(faces: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns of `SPLIT`; what a count is of is said by the table's head."""
    network = str(faces.get("network", "unknown"))
    counts = (faces.get(name) for name in SPLIT.values())
    height, width = faces.get("size") or (None, None)
    return (
        NETWORKS.get(network, network),
        str(faces.get("seed", "")),
        *(UNKNOWN if number is None else count(int(number)) for number in counts),
        str(faces.get("target", UNKNOWN)),
        f"{height} \N{MULTIPLICATION SIGN} {width}" if (height and width) else UNKNOWN,
        str(faces.get("fingerprint", UNKNOWN))[:16],
    )


def _attack(attack: Mapping[str, Any] | None) -> str:
    if attack is None:
        return "No attack"
    name = str(attack.get("attack", "unknown"))
    return ATTACKS.get(name, name)


def _setting(records: Sequence[CaseRecord]) -> tuple[str, ...]:
    networks = dict.fromkeys(name for record in records for name in _networks(record))
    people = dict.fromkeys(record.facts["people"] for record in records if "people" in record.facts)
    photos = dict.fromkeys(
        record.facts["training_photos"] for record in records if "training_photos" in record.facts
    )
    said = [listed([NETWORKS.get(network, network) for network in networks])] if networks else []
    sources = [source.replace("_", " ") for source in dict.fromkeys(map(_source, records))]
    said += [f"{listed(sources)} faces"] if sources else []
    said += [f"{listed([count(int(number)) for number in people])} people"] if people else []
    if photos:
        said.append(f"{listed([count(int(number)) for number in photos])} training photos")
    return tuple(said)


def _networks(record: CaseRecord) -> list[str]:
    if is_privacy(record):
        return [str(name) for name in record.facts.get("backbones", ())]
    return [network_of(record)]


def _source(record: CaseRecord) -> str:
    return str(record.spec.get("faces", {}).get("source", "unknown"))


def _pairs(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for name, value in values.items():
        title, _, unit = name.partition("_")
        said = f"{value} {unit.upper()}" if unit == "gb" else str(value)
        pairs.append(((title if unit == "gb" else name.replace("_", " ")).capitalize(), said))
    return tuple(pairs)
