"""The comparisons of a linkage case: templates brought together, and who is compared with whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from faceaudit.attacks.linkage import Comparable, Database, OwnPhotos
from faceaudit.audit.linkage.cases import LinkageCase
from faceaudit.audit.linkage.plan import MOST
from faceaudit.audit.linkage.scenario import unprotected
from faceaudit.metrics.searches import Gallery, SearchResults, concatenate, search
from faceaudit.protocols.matching import Enrolled, Matcher, fix_thresholds, strangers_of
from faceaudit.types import Float64Array, IntArray

TIMES = 5
"""Comparisons of two people for each of one that D_sys rests on, at most."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Comparisons of a template of the first database with one of the second.

    Attributes:
        first, second: (n,) rows of the photos that are used.
    """

    first: IntArray
    second: IntArray

    def __len__(self) -> int:
        return len(self.first)

    def take(self, most: int, rng: np.random.Generator) -> Pairs:
        """Return at most so many of them, drawn."""
        if len(self) <= most:
            return self
        rows = np.sort(rng.choice(len(self), most, replace=False))
        return Pairs(self.first[rows], self.second[rows])

    def and_(self, more: Pairs) -> Pairs:
        """Return both."""
        return Pairs(
            np.concatenate([self.first, more.first]), np.concatenate([self.second, more.second])
        )


class LinkedPeople:
    """Two databases that an attack has brought together.

    Rows are those of the photos that are used: the stolen one of each person who is looked for, the
    other one of each, then those of the people who fix thresholds.

    Args:
        case: what is tried.
    """

    def __init__(self, case: LinkageCase) -> None:
        self.case = case
        self._scenario = scenario = case.scenario
        self.rows = scenario.used
        self.count = len(scenario.parties.stolen)
        self.person: IntArray = scenario.person[self.rows]
        self.ids = tuple(scenario.embedded.faces.ids[row] for row in self.rows.tolist())

    @cached_property
    def own(self) -> OwnPhotos | None:
        """What both store of the attacker's own photos; None where nothing is learned."""
        if not self.case.tried.attack.learns:
            return None
        rows = self._scenario.own(self.case.tried.photos)
        first, second = (self._database(rows, second=one) for one in (False, True))
        return OwnPhotos(first.stored, second.stored, self._scenario.person[rows])

    @cached_property
    def brought(self) -> Comparable:
        """The templates of all rows where the attack has brought them."""
        first, second = (self._database(self.rows, second=one) for one in (False, True))
        return self.case.tried.attack.bring(first, second, self.own)

    def _database(self, rows: IntArray, *, second: bool) -> Database:
        tried = self.case.tried
        public = second and tried.second == "public"
        return self._scenario.database(
            rows,
            unprotected() if public else tried.protection,
            second=second,
            other_key=second and tried.second == "other_key",
            knows_keys=tried.attack.knows_keys,
            untrained=tried.untrained,
        )

    def _draw(self, what: int) -> np.random.Generator:
        """Return a stream of random numbers of its own for each thing that is drawn."""
        return np.random.default_rng([self._scenario.seed, what])

    # who is compared with whom

    @property
    def mated(self) -> Pairs:
        """Each person who is looked for with themself."""
        return Pairs(np.arange(self.count), np.arange(self.count) + self.count)

    @cached_property
    def non_mated(self) -> Pairs:
        """Each person who is looked for with each other one."""
        first, second = np.nonzero(~np.eye(self.count, dtype=np.bool_))
        return Pairs(first, second + self.count).take(MOST, self._draw(1))

    @cached_property
    def further_mated(self) -> Pairs:
        """Each person who fixes thresholds with themself, by photos of two sessions if there are.

        Nobody has more than one comparison, and those with one photo have none.
        """
        start = 2 * self.count
        people, group = self.person[start:], self._scenario.embedded.faces.group[self.rows[start:]]
        _, first, number = np.unique(people, return_index=True, return_inverse=True)
        rows = np.arange(len(people))
        same = group == group[first][number]
        order = np.lexsort((rows, same, rows == first[number], number))
        other = order[np.unique(number[order], return_index=True)[1]]
        two = other != first
        return Pairs(first[two] + start, other[two] + start)

    @cached_property
    def further_non_mated(self) -> Pairs:
        """People who fix thresholds with one another."""
        start = 2 * self.count
        first, second = strangers_of(self._of_thresholds, most=MOST, seed=self._scenario.seed)
        return Pairs(first + start, second + start)

    @property
    def _of_thresholds(self) -> Enrolled:
        start = 2 * self.count
        return Enrolled(self.brought.first[start:], self.person[start:], self.ids[start:])

    def people(self, pairs: Pairs) -> IntArray:
        """Return (n, 2) who is compared."""
        return np.column_stack([self.person[pairs.first], self.person[pairs.second]])

    def scores(self, pairs: Pairs) -> Float64Array:
        """Return (n,) scores of comparisons."""
        brought = self.brought
        return brought.compare(brought.first[pairs.first], brought.second[pairs.second])

    @cached_property
    def for_unlinkability(self) -> tuple[Pairs, Pairs]:
        """Mated and non-mated comparisons of all who are not learned from."""
        mated = self.mated.and_(self.further_mated)
        parts = (
            (self.non_mated, TIMES * self.count),
            (self.further_non_mated, TIMES * len(self.further_mated)),
        )
        some = [pairs.take(most, self._draw(2)) for pairs, most in parts]
        return mated, some[0].and_(some[1])

    # thresholds and searches

    @cached_property
    def recalibrated(self) -> Matcher:
        """Thresholds by comparisons of the same sort, of the people who fix them."""
        start = 2 * self.count
        return fix_thresholds(
            self._of_thresholds,
            self._scenario.plan.fmrs,
            most=MOST,
            seed=self._scenario.seed,
            score=lambda one, two: self.scores(Pairs(one + start, two + start)),
        )

    @cached_property
    def as_system(self) -> Matcher:
        """Thresholds by which the second database's system compares, or its network alone."""
        tried = self.case.tried
        plain = tried.second == "public" or tried.attack.knows_keys
        return self._scenario.system(
            unprotected() if plain else tried.protection,
            second=True,
            other_key=tried.second == "other_key",
            untrained=tried.untrained,
        )

    @cached_property
    def named(self) -> tuple[SearchResults, IntArray, int]:
        """Searches in the second database, who is searched for, and how many are not in it.

        It holds those who are looked for and half of the people who fix thresholds; the others of
        these are searched for, too.
        """
        start = 2 * self.count
        people, first = np.unique(self.person[start:], return_index=True)
        inside = self._draw(3).permutation(len(people)) < len(people) // 2
        gallery = np.concatenate([np.arange(self.count) + self.count, first[inside] + start])
        probes = np.concatenate([np.arange(self.count), first[~inside] + start])
        grouped = Gallery.of(self.person[gallery])
        brought, blocks = self.brought, []
        stored = brought.second[gallery]
        for number, probe in enumerate(probes.tolist()):
            asked = np.broadcast_to(brought.first[probe], (len(gallery), brought.first.shape[1]))
            scores = brought.compare(asked, stored)[None]
            blocks.append(search(scores, self.person[[probe]], grouped, first=number))
        return concatenate(blocks), self.person[probes], int(np.count_nonzero(~inside))
