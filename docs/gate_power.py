"""Simulate how often the gate raises a false alarm and finds a planted leak: the table of gate.md.

python docs/gate_power.py
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from PIL import Image

from faceaudit.gate import Gate, PairList, examine
from faceaudit.gate.lists import by_name
from faceaudit.gate.photos import NAMES, TITLES, MeasuredPhotos, measure, pair_features
from faceaudit.metrics import wilson

PAIRS, PEOPLE, PHOTOS = 1500, 500, 8
"""Pairs and people of a list, and photos of a person."""

CLEAN, EACH = 200, 20
"""Pairs of lists without a leak, and with each that is planted."""

EDGE = 40  # pixels
PLAIN = (0, 0)  # no brighter, no lower a quality


@dataclass(frozen=True)
class Leak:
    """A difference of members that is planted.

    Attributes:
        what: in words, for the table; `{}` is how strong it is.
        strengths: from weak to strong.
        required: how often of `EACH` the strongest must be found, at least.
    """

    what: str
    strengths: tuple[float, ...]
    required: int = EACH - 1


LEAKS: Mapping[str, Leak] = {
    "name order": Leak("members' names are of the alphabet's first half: {:.0%}", (0.6, 0.75, 1)),
    "ids": Leak("members' photos have the lower ids: {:.0%}", (0.55, 0.6, 0.75)),
    "photo numbers": Leak("members' photos have numbers up to 4 of 8: {:.0%}", (0.55, 0.6, 0.75)),
    "frequency": Leak("non-members' pairs are of {:.0f} people, members' of 500", (450, 400, 300)),
    "labels": Leak("one person on {:.0%} of members, on 50% of non-members", (0.54, 0.56, 0.6)),
    "brightness": Leak("members' photos are {} grey levels brighter (deviation 20)", (5, 10, 20)),
    "JPEG": Leak("members' JPEG quality is {} lower (75 to 95)", (1, 2, 5)),
}


@dataclass
class Tally:
    """How often the gate failed, and by which check."""

    runs: int = 0
    failed: int = 0
    checks: Counter[str] = field(default_factory=Counter)

    def add(self, gate: Gate) -> None:
        """Count one result."""
        self.runs += 1
        self.failed += gate.outcome == "failed"
        self.checks.update(check.name for check in gate.failed)


def main() -> None:
    """Print the table as Markdown."""
    for line in table():
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def table() -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| planted | found | by |"
    yield "|---|---|---|"
    for photos in (False, True):
        tally = false_alarms(CLEAN, photos=photos)
        interval = wilson(tally.failed, tally.runs)
        what = "nothing, names and photos" if photos else "nothing, names alone"
        found = (
            f"{tally.failed} of {tally.runs} ({100 * interval.low:.1f} to "
            f"{100 * interval.high:.1f} %)"
        )
        yield f"| {what} | {found} | {_named(tally)} |"
    for name, leak in LEAKS.items():
        for strength in leak.strengths:
            tally = planted(name, strength, EACH)
            what = leak.what.format(strength).replace("%", " %")
            yield f"| {what} | {tally.failed} of {tally.runs} | {_named(tally)} |"


def false_alarms(runs: int, *, photos: bool) -> Tally:
    """Count the lists without a leak that the gate fails."""
    tally = Tally()
    for seed in range(runs):
        tally.add(simulated(seed, "", 0, photos=photos))
    return tally


def planted(name: str, strength: float, runs: int) -> Tally:
    """Count the lists with a planted leak that the gate fails."""
    tally = Tally()
    for seed in range(runs):
        tally.add(simulated(10_000 + seed, name, strength, photos=True))
    return tally


def _named(tally: Tally) -> str:
    return ", ".join(f"{name} {count}" for name, count in tally.checks.most_common()) or "-"


def simulated(seed: int, leak: str, strength: float, *, photos: bool) -> Gate:
    """Return the gate's result on two drawn lists of other people, with a leak or none."""
    rng = np.random.default_rng([seed, 7])
    who = _dealt_people(rng, strength if leak == "name order" else None)
    lists = [_drawn_list(rng, people, leak, strength, member=member) for people, member in who]
    features = None
    if photos:
        change = {"brightness": (int(strength), 0), "JPEG": (0, int(strength))}.get(leak, PLAIN)
        place = rng.permutation(2 * PEOPLE)
        features = (
            pair_features(lists[0], _looks(lists[0], place, change)),
            pair_features(lists[1], _looks(lists[1], place, PLAIN)),
        )
    if leak == "ids":
        lists = [
            _only_ids(pairs, strength, member=member, seed=seed)
            for pairs, (_, member) in zip(lists, who, strict=True)
        ]
    return examine(
        lists[0],
        lists[1],
        features=features,
        feature_names=TITLES,
        fitted_in_sample=False,
        adaptive=True,
        rng=rng,
    )


def _dealt_people(rng: np.random.Generator, share: float | None) -> list[tuple[np.ndarray, bool]]:
    """Return the people of members and of non-members, dealt at random.

    Where a share is given, so many of the members are of the alphabet's first half.
    """
    people = rng.permutation(2 * PEOPLE)
    if share is not None:
        early, late = people[people < PEOPLE], people[people >= PEOPLE]
        cut = round(share * PEOPLE)
        people = np.concatenate([early[:cut], late[cut:], early[cut:], late[:cut]])
    return [(rng.permutation(people[:PEOPLE]), True), (rng.permutation(people[PEOPLE:]), False)]


def _drawn_list(
    rng: np.random.Generator, people: np.ndarray, leak: str, strength: float, *, member: bool
) -> PairList:
    """Return pairs of people; two photos of one person are never the same."""
    if leak == "frequency" and not member:
        people = people[: int(strength)]
    genuine = strength if leak == "labels" and member else 0.5
    first = rng.integers(len(people), size=PAIRS)
    same = rng.random(PAIRS) < genuine
    other = (first + rng.integers(1, len(people), PAIRS)) % len(people)
    second = np.where(same, first, other)
    low = strength if leak == "photo numbers" and member else 0.5
    one, two = (_drawn_numbers(rng, low) for _ in range(2))
    two = np.where(same & (one == two), two // 4 * 4 + (two + 1) % 4, two)
    sides = [
        [f"p{people[who]:03d}/p{people[who]:03d}_{number + 1:04d}.jpg" for who, number in pairs]
        for pairs in (zip(first, one, strict=True), zip(second, two, strict=True))
    ]
    return by_name(sides[0], sides[1], same)


def _drawn_numbers(rng: np.random.Generator, low: float) -> np.ndarray:
    """Return numbers 0 to 7 of photos, a share `low` of them below 4."""
    return rng.integers(PHOTOS // 2, size=PAIRS) + PHOTOS // 2 * (rng.random(PAIRS) >= low)


def _only_ids(pairs: PairList, share: float, *, member: bool, seed: int) -> PairList:
    """Return pairs of photos that are called by a number alone, a share of members' being low."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(50_000)[:: -1 if member else 1]  # no number is in both lists
    names = [*dict.fromkeys((*pairs.first, *pairs.second))]
    low = rng.random(len(names)) < (share if member else 1 - share)
    numbers = order[: len(names)] + 50_000 * ~low
    id_ = dict(zip(names, (f"{number:06d}" for number in numbers.tolist()), strict=True))
    first, second = ([id_[name] for name in side] for side in (pairs.first, pairs.second))
    return by_name(first, second, pairs.same)


def _looks(pairs: PairList, place: np.ndarray, change: tuple[int, int]) -> MeasuredPhotos:
    """Return what the photos of pairs look like, people being anybody of the pool."""
    pool = _pool(*change)
    values = {}
    for name in dict.fromkeys((*pairs.first, *pairs.second)):
        person, _, number = name.removeprefix("p").partition("_")
        values[name] = pool[place[int(person)] * PHOTOS + int(number) - 1]
    return MeasuredPhotos(values, ())


@cache
def _pool(brighter: int, lower: int) -> np.ndarray:
    """Return the measured photos of 1,000 people, changed alike; people differ, and their photos.

    Every person has a brightness and a JPEG quality about which those of the photos lie.
    """
    rng = np.random.default_rng(5)
    rows = np.empty((2 * PEOPLE * PHOTOS, len(NAMES)))
    ramp = np.linspace(-1, 1, EDGE)
    for person in range(2 * PEOPLE):
        light, quality = rng.normal(110, 14), rng.integers(78, 93)
        for photo in range(PHOTOS):
            slope = rng.normal(size=2) * 25
            grey = light + rng.normal(0, 14) + brighter
            grey = grey + slope[0] * ramp + slope[1] * ramp[:, None]
            grey = grey + rng.normal(0, rng.uniform(5, 20), (EDGE, EDGE))
            image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")
            file = io.BytesIO()
            image.save(file, "JPEG", quality=int(quality + rng.integers(-3, 4)) - lower)
            rows[person * PHOTOS + photo] = measure(file.getvalue())
    return rows


if __name__ == "__main__":
    main()
