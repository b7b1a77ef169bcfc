"""When a descent is done with each of several people."""

from __future__ import annotations

import numpy as np

from faceaudit.types import BoolArray, Float64Array, IntArray


class StopRule:
    """Remembers each person's lowest cost so far, and who need not go on.

    MI-Face (Fredrikson, Jha, Ristenpart 2015) takes at most alpha steps, and stops a person whose
    cost did not fall for beta steps or is at most gamma; what it returns is the point of the lowest
    cost of all. Its text says so; its listing compares a cost with the *largest* of the last beta,
    by which a descent that swings never stops. Here a cost counts as fallen only where it is lower
    than everything before.

    Args:
        people: how many.
        patience: beta, steps without a new lowest cost.
        goal: gamma; None where no cost is low enough.

    Attributes:
        lowest: (T,) the lowest cost so far.
        waited: (T,) how many costs came since.
        done: (T,) who is done; nothing of theirs changes any more.

    >>> rule, one = StopRule(1, patience=2), np.array([0])
    >>> [bool(rule.note(one, np.array([cost]))[0]) for cost in (3.0, 4.0, 2.0, 2.0)]
    [True, False, True, False]
    >>> bool(rule.done[0]), bool(rule.note(one, np.array([5.0]))[0]), bool(rule.done[0])
    (False, False, True)
    >>> rule.lowest.tolist()
    [2.0]
    """

    def __init__(self, people: int, patience: int, goal: float | None = None) -> None:
        self._patience, self._goal = patience, goal
        self.lowest: Float64Array = np.full(people, np.inf)
        self.waited: IntArray = np.zeros(people, dtype=np.int64)
        self.done: BoolArray = np.zeros(people, dtype=bool)

    def note(self, who: IntArray, costs: Float64Array) -> BoolArray:
        """Take in the (N,) costs of the people `who`, and return for whom they are the lowest."""
        lower = (costs < self.lowest[who]) & ~self.done[who]
        self.lowest[who] = np.where(lower, costs, self.lowest[who])
        self.waited[who] = np.where(lower, 0, self.waited[who] + 1)
        self.done[who] |= self.waited[who] >= self._patience
        if self._goal is not None:
            self.done[who] |= self.lowest[who] <= self._goal
        return np.asarray(lower)
