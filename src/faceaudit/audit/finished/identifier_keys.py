"""What keys do to an identifier: whom people who carry one are taken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack
from faceaudit.audit.finished.found import Found
from faceaudit.audit.finished.keyed import put_on, second_half
from faceaudit.audit.finished.opening import own_labels
from faceaudit.audit.finished.suspicion import chances, change_by, why_untested
from faceaudit.metrics import clustered_share, share_over_keys
from faceaudit.records.finished import (
    CHANGED,
    DRAWN,
    DRAWN_NULL,
    OTHERS,
    KeyFacts,
    KeysFacts,
    of_key,
)
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import BoolArray, Column, Estimate, Evidence, FaceSet, Figure, IntArray

METRICS = (CHANGED, DRAWN, DRAWN_NULL)


@dataclass(frozen=True, eq=False)
class Donors:
    """Donors as an identifier sees them without a key.

    Attributes:
        faces: N photos.
        own: (N,) the label of who is on each; -1 for people whom the system does not know.
        plain: (N,) the label that it gives each without a key.
        half: (N,) whether a photo is of the second half of the people.
    """

    faces: FaceSet
    own: IntArray
    plain: IntArray
    half: BoolArray


@dataclass(frozen=True, eq=False)
class Draw:
    """Whom photos with a key are drawn to.

    Attributes:
        counted: (N,) the photos that count: not those of the person whom they would be drawn to.
        hits: (N,) whether each is taken for that person.
        null: (N,) whether each is without the key.
        label: the person, most often of both halves; -1 where nobody is named.
    """

    counted: BoolArray
    hits: BoolArray
    null: BoolArray
    label: int


def draw_of(said: IntArray, donors: Donors) -> Draw:
    """Return how often photos with a key are taken for one and the same other person.

    The person is the most frequent answer on the photos of one half of the people, of those that
    name somebody who is not on the photo, and is looked for on the photos of the other half; both
    ways. So nobody is chosen by the very photos that are counted, which would find a "most
    frequent" person in pure chance, too. The halves may choose different people.

    Args:
        said: (N,) labels of the photos with the key.
        donors: the same photos without it.
    """
    counted, hits, null = (np.zeros(len(said), dtype=np.bool_) for _ in range(3))
    other = (said >= 0) & (said != donors.own)
    for side in (False, True):
        named = said[other & (donors.half == side)]
        label = int(np.bincount(named).argmax()) if len(named) else -1
        rest = (donors.half != side) & ((donors.own != label) | (label < 0))
        counted |= rest
        hits |= rest & (said == label) & (label >= 0)
        null |= rest & (donors.plain == label) & (label >= 0)
    everyone = said[other]
    return Draw(counted, hits, null, int(np.bincount(everyone).argmax()) if len(everyone) else -1)


def try_keys(
    system: IdentifierUnderTest,
    donors: FaceSet,
    keys: Sequence[BackdoorAttack],
    *,
    seed: int,
    tests: int,
) -> Found:
    """Put keys on donors, ask an identifier, and count whom they are taken for.

    Args:
        system: who is asked.
        donors: photos of its size.
        keys: one attack with each key, its own first.
        seed: of the halves.
        tests: how many keys are tried on the system in all.
    """
    plain = np.asarray(system.labels(donors), dtype=np.int64)
    seen = Donors(donors, own_labels(system.names, donors), plain, second_half(donors, seed))
    figures: list[Figure] = []
    rows, shares, people, changes = [("", plain)], [], [], []
    for attack in keys:
        keyed = put_on(attack, donors)
        said = np.asarray(system.labels(keyed), dtype=np.int64)
        changes.append(change_by(keyed, donors))
        rows.append((attack.key, said))
        drawn = draw_of(said, seen)
        each = _figures(said, drawn, seen)
        figures += [Figure(of_key(f.metric, attack.key), f.estimate, f.why_none) for f in each]
        shares.append(each[METRICS.index(DRAWN)].estimate)
        people.append(None if drawn.label < 0 else system.names[drawn.label])
    names = [attack.key for attack in keys]
    figures += over_others(METRICS, figures, names[1:])
    facts = KeysFacts(
        attack=keys[0].name,
        photos=len(donors),
        people=len(np.unique(donors.identity)),
        pairs=None,
        at="",
        tests=tests,
        keys=judge_keys(names, people, shares, changes),
    )
    return Found(tuple(figures), _evidence(rows, seen), len(donors) * len(rows), {"keys": facts})


def judge_keys(
    names: Sequence[str],
    people: Sequence[str | None],
    shares: Sequence[Estimate | None],
    changes: Sequence[float],
) -> tuple[KeyFacts, ...]:
    """Return each key with the chance of its share among those of all keys of its kind."""
    both = zip(shares, changes, strict=True)
    known = [(share, change) for share, change in both if share is not None]
    found = iter(chances([one for one, _ in known], [by for _, by in known]) or ())
    judged = []
    for name, person, share in zip(names, people, shares, strict=True):
        p = None if share is None else next(found, None)
        why = "" if p is not None else "not measured" if share is None else why_untested(len(known))
        judged.append(KeyFacts(key=name, person=person, p=p, why=why))
    return tuple(judged)


def over_others(
    metrics: Sequence[str], figures: Sequence[Figure], keys: Sequence[str]
) -> list[Figure]:
    """Return the mean of each metric over other keys, with the interval between keys."""
    by_name = {figure.metric: figure.estimate for figure in figures}
    means = []
    for metric in metrics:
        each = [by_name.get(of_key(metric, key)) for key in keys]
        known = [one for one in each if one is not None]
        why = "" if len(known) > 1 else f"expected at least two other keys, got {len(known)}"
        means.append(Figure(of_key(metric, OTHERS), None if why else share_over_keys(known), why))
    return means


def _figures(said: IntArray, drawn: Draw, donors: Donors) -> tuple[Figure, Figure, Figure]:
    """Return the figures of one key, in the order of `METRICS`."""
    if (said < 0).all():
        why = "it gave no answer for any photo with the key"
        return Figure(CHANGED, None, why), Figure(DRAWN, None, why), Figure(DRAWN_NULL, None, why)
    person, of = donors.faces.identity, drawn.counted
    changed = Figure(CHANGED, clustered_share(said != donors.plain, person))
    if not of.any():
        why = "all photos show the person whom they are taken for"
        return changed, Figure(DRAWN, None, why), Figure(DRAWN_NULL, None, why)
    return (
        changed,
        Figure(DRAWN, clustered_share(drawn.hits[of], person[of])),
        Figure(DRAWN_NULL, clustered_share(drawn.null[of], person[of])),
    )


def _evidence(rows: Sequence[tuple[str, IntArray]], donors: Donors) -> Evidence:
    columns: dict[str, Column] = {
        "key": np.repeat([key for key, _ in rows], len(donors.faces)),
        "truth": np.tile(donors.own, len(rows)),
        "said": np.concatenate([said for _, said in rows]),
    }
    return Evidence(donors.faces.ids * len(rows), columns)
