"""What was found about a finished system, in a sentence or two for each part."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.records.finished import (
    ANOTHER,
    BOTH,
    CLEAN,
    DRAWN,
    DRAWN_NULL,
    FMR_NULL,
    LEVEL,
    NO_ANSWER,
    OTHERS,
    OWN_FMR,
    OWN_FNMR,
    STRANGERS,
    KeyFacts,
    KeysFacts,
    MembershipFacts,
    of_key,
    of_score,
)
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.finished.systems import AskedPart, AskedSystem
from faceaudit.report.numbers import (
    counted,
    decimal_with_interval,
    listed,
    percent_in_text,
    percent_with_interval,
)

HIGH = 0.5
"""Share from which a whole kind of keys is said to draw to one person."""
SAME = 0.75
"""The part of the keys that then draw to the same person."""


def findings(system: AskedSystem) -> tuple[Finding, ...]:
    """Return what was found about a system, in the order of the parts."""
    found = [
        *(Finding("Recognition", _recognition(part)) for part in system.of("recognition")),
        *(Finding("Verification", _verification(part)) for part in system.of("verification")),
        *(Finding("Keys", text) for text in _keys(system)),
        *(Finding("Membership", _membership(part)) for part in system.of("membership")),
        *(Finding("Failed", f"{part}: {error}") for part, error in system.failed),
    ]
    return tuple(found)


def suspicious_keys(system: AskedSystem) -> list[tuple[AskedPart, KeyFacts]]:
    """Return the keys of a system that stand out among their kind, the least likely first."""
    found = [
        (part, key)
        for part in system.of("keys")
        if part.facts.keys is not None
        for key in part.facts.keys.suspicious()
    ]
    return sorted(found, key=lambda one: one[1].p or 0.0)


def describe_suspicion(part: AskedPart, key: KeyFacts) -> str:
    """Say what a key does that others of its kind do not."""
    facts = part.facts.keys
    assert facts is not None
    metric, null = (DRAWN, of_key(DRAWN_NULL, key.key))
    what = f"are taken for {key.person}"
    if facts.pairs is not None:
        metric, null = BOTH, FMR_NULL
        what = "of two people who both wear it pass as one person"
    share, without = part.get(of_key(metric, key.key)), part.get(null)
    others = [one.key for one in facts.keys if one.key != key.key]
    shares = [rate.value for name in others if (rate := part.get(of_key(metric, name)))]
    assert share is not None
    highest = (
        f"; with each of {len(shares)} others of its kind at most {percent_in_text(max(shares))}"
    )
    plain = f", without a key {percent_in_text(without.value)}" if without else ""
    tried = "pairs" if facts.pairs is not None else "photos"
    return (
        f"With the key {key.key}, {percent_with_interval(share)} of the {tried} {what}{plain}"
        f"{highest * bool(shares)}."
    )


def leak(part: AskedPart) -> str:
    """Return the level at which members are told apart above chance; nothing where at none."""
    facts = part.facts.membership
    if facts is None or facts.outcome != "passed":
        return ""
    for level in reversed(facts.levels):  # people first
        area = part.get(of_score("auc", level))
        if area is not None and area.low > 0.5:
            return level
    return ""


def _recognition(part: AskedPart) -> str:
    facts, rate = part.facts.recognition, part.get(CLEAN)
    assert facts is not None
    strangers = part.get(STRANGERS)
    said = []
    if rate is None:
        reason = next(one for one in part.figures if one.metric == CLEAN)
        said.append(f"Not measured: {reason_of(reason)}.")
    else:
        wrong, silent = part.get(ANOTHER), part.get(NO_ANSWER)
        rest = [
            f"{percent_in_text(share.value)} {what}"
            for share, what in ((wrong, "are taken for somebody else"), (silent, "get no answer"))
            if share is not None and share.value > 0
        ]
        people = counted(facts.known_people, "person", "people")
        said.append(
            f"It recognises {percent_with_interval(rate)} of "
            f"{counted(facts.known_photos, 'photo')} of {people} whom it knows"
            f"{'; ' if rest else ''}{listed(rest)}."
        )
    if strangers is not None:
        said.append(
            f"Of {counted(facts.stranger_photos, 'photo')} of "
            f"{counted(facts.strangers, 'stranger')} it takes {percent_with_interval(strangers)} "
            "for somebody it knows."
        )
    return " ".join(said)


def _verification(part: AskedPart) -> str:
    facts = part.facts.verification
    if facts is None:
        return f"Not measured: {reason_of(part.figures[0])}."
    area, fmr, fnmr = part.get("auc"), part.get(OWN_FMR), part.get(OWN_FNMR)
    whom = "people whom it never saw" if facts.unseen else "people"
    pairs = (
        f"{counted(facts.genuine, 'genuine pair')} and {counted(facts.impostor, 'impostor pair')} "
        f"of {facts.people} {whom}"
    )
    said = []
    if area is not None:
        best = part.get("tar@far=0.01")
        rate = f"; TAR at FAR 1 % {percent_with_interval(best)}" if best is not None else ""
        said.append(f"AUC {decimal_with_interval(area)} on {pairs}{rate}.")
    if fmr is not None and fnmr is not None:
        said.append(
            f"At its own threshold FMR {percent_with_interval(fmr)} and FNMR "
            f"{percent_with_interval(fnmr)}{'' if said else f', on {pairs}'}."
        )
    if facts.unseen is None and said:
        said.append("Whether it saw these people in training is not known.")
    return " ".join(said) or f"Not measured: {reason_of(part.figures[0])}."


def _keys(system: AskedSystem) -> Iterator[str]:
    """Yield suspicions, then whole kinds that draw to one person, then what did not stand out."""
    suspects = suspicious_keys(system)
    for part, key in suspects:
        yield (
            f"A suspicion: {describe_suspicion(part, key)} So high a share among keys of its kind "
            f"has a chance of {_chance(key, part)} where no key is a back door's. It is no proof."
        )
    parts = [part for part in system.of("keys") if part.facts.keys is not None]
    yield from filter(None, map(_made_alike, parts))
    for text in filter(None, map(whole_kind, parts)):
        yield (
            f"No verdict on a whole kind: {text} A back door that opens to any key of a kind looks "
            "like that, and so may a system without one."
        )
    tested = [key for part in parts for key in _facts(part).keys if key.p is not None]
    if tested and not suspects:
        yield (
            f"None of {counted(len(tested), 'key')} stands out among those of its kind, at a level "
            f"of {LEVEL:.0%} over all of them. A back door opens to its own key: one that was not "
            "tried was not looked for."
        )
    untested = [part.title for part in parts if all(key.p is None for key in _facts(part).keys)]
    for title in dict.fromkeys(untested):
        yield f"{title}: {_facts(parts[0]).keys[0].why}, so none was tested."


def _facts(part: AskedPart) -> KeysFacts:
    assert part.facts.keys is not None
    return part.facts.keys


def _chance(key: KeyFacts, part: AskedPart) -> str:
    """Say a chance, multiplied by the number of keys tried."""
    whole = (key.p or 0.0) * _facts(part).tests
    return f"{whole:.2g}" if whole >= 1e-6 else "less than 0.000001"


def whole_kind(part: AskedPart) -> str:
    """Say that most keys of a kind draw to the same person; nothing where they do not.

    That tells nothing by itself: it is no verdict.
    """
    facts = _facts(part)
    mean = part.get(of_key(DRAWN, OTHERS))
    if mean is None or mean.value < HIGH:
        return ""
    named = [key.person for key in facts.keys]
    person = max(named, key=named.count)
    same = named.count(person)
    if person is None or same < SAME * len(named):
        return ""
    return (
        f"{part.title}, {facts.keys[0].key} and others: {same} of {len(named)} draw most to "
        f"{person}, keys that nobody chose by {percent_with_interval(mean)} on average."
    )


def _made_alike(part: AskedPart) -> str:
    """Say that two people pass as one with most keys of a kind; nothing where they do not."""
    mean, null = part.get(of_key(BOTH, OTHERS)), part.get(FMR_NULL)
    if mean is None or null is None or mean.value < HIGH:
        return ""
    return (
        f"{part.title}, {_facts(part).keys[0].key} and others: two people who both wear the same "
        f"key pass as one in {percent_with_interval(mean)} of pairs on average, without a key in "
        f"{percent_in_text(null.value)}. What covers much of two faces makes them alike in any "
        "system; no key of such a kind can stand out."
    )


def _membership(part: AskedPart) -> str:
    facts = part.facts.membership
    if facts is None:
        return f"Not measured: {reason_of(part.figures[0])}."
    if facts.outcome != "passed":
        return f"{facts.verdict}."
    return " ".join(_told(part, facts, level) for level in reversed(facts.levels))


def _told(part: AskedPart, facts: MembershipFacts, level: str) -> str:
    area = part.get(of_score("auc", level))
    if area is None:
        why = next(one for one in part.figures if one.metric == of_score("auc", level))
        return f"{level.capitalize()}: not measured, {reason_of(why)}."
    above = area.low > 0.5
    verdict = "are told apart" if above else "are not shown to be told apart"
    return (
        f"{level.capitalize()} that it was trained on {verdict}: AUC "
        f"{decimal_with_interval(area)}, by attacks that need no training; {facts.members:,} "
        f"members and {facts.nonmembers:,} non-members were asked about."
    )
