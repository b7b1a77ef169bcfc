"""What else is to be known of two audits that are compared: what they are, and how they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from faceaudit.report.comparison.audits import Audit
from faceaudit.report.comparison.matching import Matched, is_by_group
from faceaudit.report.comparison.rows import AuditFacts
from faceaudit.report.measures import Measure


def facts_of(audit: Audit) -> AuditFacts:
    """Return what an audit is, for people to tell it from another."""
    plan = audit.run.get("plan") or {}
    return AuditFacts(
        where=audit.where,
        title=str(plan.get("title", "")),
        started=str(audit.run.get("started", "")),
        version=str((audit.run.get("versions") or {}).get("faceaudit", "")),
    )


def plan_differences(
    before: object, after: object, key: str = ""
) -> Iterator[tuple[str, str, str]]:
    """Yield the values in which two plans differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            where = f"{key}.{name}" if key else str(name)
            yield from plan_differences(before.get(name, ""), after.get(name, ""), where)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, pair in enumerate(zip(before, after, strict=True)):
            yield from plan_differences(*pair, f"{key}.{place}")
    elif before != after:
        yield key, str(before), str(after)


def remarks_on(matched: Sequence[Matched], before: Audit, after: Audit) -> list[str]:
    """Return what else to know, each once."""
    sides = (("before", before), ("after", after))
    found = [f"{when}: {audit.absent}" for when, audit in sides if audit.absent]
    found += [each.remark for each in matched if each.remark]
    if all(any(map(is_by_group, audit.measures)) for audit in (before, after)):
        found.append("figures by group of people are not compared; the reports have them")
    secrets = [audit.run.get("pseudonyms") for audit in (before, after)]
    if all(secrets) and secrets[0] != secrets[1]:
        found.append(
            "people and photos have pseudonyms by the secrets of two machines: a photo or person "
            "of both audits cannot be told to be one, and targets look like others"
        )
    for each in matched:
        cases = [side[0].cases[:1] for side in (each.before, each.after)]
        if not all(cases):
            continue
        ours, theirs = before.figures[cases[0][0]].spec, after.figures[cases[1][0]].spec
        found += _data_remarks(each.before[0], ours, theirs)
        found += _version_remarks(each.before[0], ours, theirs)
    return list(dict.fromkeys(found))


def _data_remarks(
    measure: Measure, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str]:
    names = ("fingerprint", "fingerprints")
    if any(before.get(name) != after.get(name) for name in names):
        yield f"{measure.kind}: the photos are others, so that nothing is paired"


def _version_remarks(
    measure: Measure, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str]:
    ours, theirs = (spec.get("versions") or {} for spec in (before, after))
    for name in ours:
        if name in theirs and ours[name] != theirs[name] and _same_component(before, after, name):
            yield (
                f"{measure.kind}: another version of the {name} "
                f"({ours[name]} before, {theirs[name]} after): its answers are others by design"
            )


def _same_component(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    """Return whether two cases have one component of a kind, whose versions can be compared."""
    ours, theirs = before.get(name), after.get(name)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return bool(ours.get(name) == theirs.get(name))
    return True
