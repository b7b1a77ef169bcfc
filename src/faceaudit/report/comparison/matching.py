"""Which figure of one audit is compared with which of the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from faceaudit.audit.limits import Limit, parse_limit
from faceaudit.errors import OptionError, UnknownName
from faceaudit.report.comparison.rows import ARROW
from faceaudit.report.judging import judge
from faceaudit.report.measures import Measure

Label = str | int | float
Key = tuple[str, str, frozenset[tuple[str, str]]]
BY_DESIGN = ("seed",)
"""Labels that may differ: figures of several seeds are one figure."""
OF_GROUPS = "attribute"
"""A label of figures by group of people, and of no others."""


@dataclass(frozen=True, eq=False)
class Matched:
    """One figure in both audits.

    Attributes:
        before, after: its measures, one a seed where these are apart.
        labels: those of both; where they differ, both values.
        refused: why the two cannot be compared; usually nothing.
        remark: what was taken for the same; usually nothing.
    """

    before: tuple[Measure, ...]
    after: tuple[Measure, ...]
    labels: Mapping[str, Label]
    refused: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Mapped:
    """A label whose value in one audit stands for another value in the other."""

    label: str
    before: str
    after: str


def match(
    before: Sequence[Measure], after: Sequence[Measure], mapped: Sequence[Mapped]
) -> tuple[list[Matched], list[Measure], list[Measure]]:
    """Return the figures that both audits have, and those that only one has.

    Figures match by kind, name and labels. What is left is then matched without the options that
    set attacks apart within an audit; then, where either audit has one system alone, whatever it is
    called; and last without the protocol, to say that these cannot be compared.

    Raises:
        OptionError: two matches speak of one value.
    """
    one, other = _by_key(before, mapped, side=0), _by_key(after, mapped, side=1)
    found = [_matched(one.pop(key), other.pop(key)) for key in [*one] if key in other]
    alone = _of_one_system(before) & _of_one_system(after)
    found += _loosely(one, other, "options")
    found += _loosely(one, other, "system", kinds=alone)
    found += _loosely(one, other, "protocol", refused=True)
    order = {id(measure): place for place, measure in enumerate(before)}
    found.sort(key=lambda each: order[id(each.before[0])])
    return found, _alone(one), _alone(other)


def read_mapped(text: str, before: Sequence[Measure], after: Sequence[Measure]) -> Mapped:
    """Read which label's value stands for which: `mitigation=none:facebone`.

    Raises:
        OptionError: it is none, or of seeds, or an audit has no such label or value.
    """
    label, equals, values = text.partition("=")
    label = label.strip()
    known = [
        {str(one.labels[label]) for one in side if label in one.labels} for side in (before, after)
    ]
    if not equals or ":" not in values:
        raise OptionError(
            f"expected a match as LABEL=BEFORE:AFTER, got {text!r:.200}; try "
            "'mitigation=none:facebone'"
        )
    if label in BY_DESIGN:
        raise OptionError(
            f"expected a LABEL other than {label!r}, got {text!r:.200}; figures of all seeds are "
            "one figure: run stores of single seeds to compare these"
        )
    if not all(known):
        labels = {key for measure in (*before, *after) for key in measure.labels}
        raise UnknownName("label of both audits", label, labels - {label})
    splits = [place for place, letter in enumerate(values) if letter == ":"]
    for place in splits:
        pair = values[:place].strip(), values[place + 1 :].strip()
        if pair[0] in known[0] and pair[1] in known[1]:
            return Mapped(label, *pair)
    first, last = (part.strip() for part in values.split(":", 1))
    if first not in known[0]:
        raise UnknownName(f"value of {label!r} in the first audit", first, known[0])
    raise UnknownName(f"value of {label!r} in the second audit", last, known[1])


def chosen(measures: Sequence[Measure], only: Sequence[str]) -> list[Measure]:
    """Return the measures that some selections speak of, such as `membership.auc(level=person)`.

    Those by group of people are left out: nothing pairs them, a ratio is no share, and with their
    many rows no other difference would show.

    Raises:
        OptionError: a selection is none, or speaks of no measure, or of one by group.
    """
    of_all = [one for one in measures if not is_by_group(one)]
    if not only:
        return of_all
    by_group = {f"{one.kind}.{one.name}" for one in measures if is_by_group(one)}
    wanted: dict[int, Measure] = {}
    for text in only:
        limit = _read_chosen(text)
        if limit.measure in by_group:
            raise OptionError(
                f"expected a figure of everybody, got {text!r:.200}; figures by group are not "
                "compared, the reports of both audits have them"
            )
        wanted |= {id(one): one for one in judge(limit, of_all).measures}
    return [one for one in of_all if id(one) in wanted]


def _read_chosen(text: str) -> Limit:
    """Read a selection: a limit without its bound."""
    try:
        return replace(parse_limit(f"{text}>0"), text=text)
    except OptionError:
        raise OptionError(
            f"expected a measure as KIND.MEASURE or KIND.MEASURE(LABEL=VALUE), got {text!r:.200}; "
            "try 'membership.auc(level=person)'"
        ) from None


def is_by_group(measure: Measure) -> bool:
    """Return whether a measure is of a group of people, or sets groups apart."""
    return OF_GROUPS in measure.labels


def _by_key(
    measures: Iterable[Measure], mapped: Sequence[Mapped], *, side: int
) -> dict[Key, tuple[Measure, ...]]:
    """Return measures by what they are matched by; those that `mapped` leaves out are not there."""
    found: dict[Key, tuple[Measure, ...]] = {}
    by_label: dict[str, dict[str, str]] = {}
    for one in mapped:
        value, values = (one.before, one.after)[side], by_label.setdefault(one.label, {})
        if value in values:
            raise OptionError(
                f"expected each value of {one.label!r} once in all matches, got {value!r} twice"
            )
        values[value] = f"{one.before}:{one.after}"
    for measure in measures:
        labels = {k: str(v) for k, v in measure.labels.items() if k not in BY_DESIGN}
        names = [label for label in by_label if label in labels]
        if any(labels[label] not in by_label[label] for label in names):
            continue
        labels |= {label: by_label[label][labels[label]] for label in names}
        key = (measure.kind, measure.name, frozenset(labels.items()))
        found[key] = (*found.get(key, ()), measure)
    return found


def _loosely(
    one: dict[Key, tuple[Measure, ...]],
    other: dict[Key, tuple[Measure, ...]],
    left_out: str,
    *,
    kinds: Collection[str] | None = None,
    refused: bool = False,
) -> Iterator[Matched]:
    """Yield, and take away, what matches without a label, where only one in either audit does.

    Args:
        one: what is left of the audit before.
        other: what is left of that after.
        left_out: the label.
        kinds: of audit in which this is done; None for all.
        refused: whether what is matched so cannot be compared.
    """
    shorter = _without(left_out)
    by_short: list[dict[Key, list[Key]]] = [{}, {}]
    for short, side in zip(by_short, (one, other), strict=True):
        for key in side:
            short.setdefault(shorter(key), []).append(key)
    for short_key, keys in by_short[0].items():
        others = by_short[1].get(short_key, [])
        if len(keys) == len(others) == 1 and (kinds is None or short_key[0] in kinds):
            pair = one.pop(keys[0]), other.pop(others[0])
            yield _matched(*pair, label=left_out, refused=refused)


def _without(left_out: str) -> Callable[[Key], Key]:
    def shorter(key: Key) -> Key:
        kind, name, labels = key
        return kind, name, frozenset((k, v) for k, v in labels if k != left_out)

    return shorter


def _of_one_system(measures: Iterable[Measure]) -> set[str]:
    """Return the kinds of audit of which all measures are of one system."""
    systems: dict[str, set[str]] = {}
    for one in measures:
        systems.setdefault(one.kind, set()).add(str(one.labels.get("system")))
    return {kind for kind, names in systems.items() if len(names) == 1}


def _matched(
    before: tuple[Measure, ...],
    after: tuple[Measure, ...],
    *,
    label: str = "",
    refused: bool = False,
) -> Matched:
    ours, theirs = before[0].labels, after[0].labels
    labels: dict[str, Label] = {}
    for key in dict.fromkeys((*ours, *theirs)):
        if key in BY_DESIGN:
            continue
        one, other = ours.get(key), theirs.get(key)
        if str(one) == str(other) or None in (one, other):
            labels[key] = one if one is not None else other if other is not None else ""
        else:
            labels[key] = f"{one} {ARROW} {other}"
    why = f"the {label} is {ours.get(label)!s} before and {theirs.get(label)!s} after"
    remark = f"taken for the same system: {ours.get(label)!s} before, {theirs.get(label)!s} after"
    return Matched(
        before,
        after,
        labels,
        refused=why if refused else "",
        remark=remark if label == "system" else "",
    )


def _alone(side: Mapping[Key, tuple[Measure, ...]]) -> list[Measure]:
    return [some[0] for some in side.values()]
