"""Knockoff nets: a system copied from its scores, on photos drawn at random or by a bandit."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.attacks.extraction.base import (
    Answers,
    Asked,
    ExtractionAttack,
    Photos,
    Role,
    VictimOracle,
    ask_at_random,
    extraction_attacks,
)
from faceaudit.systems.under_test.base import Access
from faceaudit.types import Float64Array, FloatArray, IntArray


@extraction_attacks.register
class Knockoff(ExtractionAttack):
    """Asks about own photos and learns from all scores that come back.

    With the policy `adaptive` an action is a person of the attacker's photos, and a gradient bandit
    prefers people whose photos are answered with certainty and variety, as the paper's rewards L1
    and L2 are; its third reward, the copy's loss, is left out, as no copy learns between questions.
    A person of whom no photo is left is not drawn any more.
    """

    name: ClassVar[str] = "knockoff"
    paper: ClassVar[str] = (
        "Orekondy, Schiele, Fritz 2019, Knockoff Nets: Stealing Functionality of Black-Box Models, "
        "CVPR, arXiv 1812.02766"
    )
    access: ClassVar[Access] = Access.SCORES
    asks: ClassVar[dict[Role, Asked]] = {"identifier": "photos", "verifier": "pairs"}

    policy: Literal["random", "adaptive"] = Field(
        "random", description="how photos are chosen: at random, or by what answers were worth"
    )
    at_once: int = Field(
        20, ge=1, description="photos that are asked about at a time, where the policy is adaptive"
    )

    def steal(self, oracle: VictimOracle, photos: Photos, rng: np.random.Generator) -> Answers:
        """Ask by the policy, each photo once."""
        if self.policy == "random":
            return ask_at_random(oracle, photos, rng)
        bandit = _Bandit(photos.person, rng)
        rows: list[IntArray] = []
        found: list[FloatArray] = []
        while oracle.left:
            drawn = bandit.draw(min(self.at_once, oracle.left))
            rows.append(drawn)
            found.append(oracle.ask(drawn))
            bandit.learn(drawn, rewards(found[-1], np.concatenate(found)))
        return Answers(np.concatenate(rows), np.concatenate(found))


def rewards(answers: FloatArray, so_far: FloatArray) -> Float64Array:
    """Return the (n,) rewards of answers: certainty and variety, each scaled to 0 to 1, averaged.

    Certainty is the largest score less the second; variety the sum over people of how much a score
    lies above its mean so far. What was not answered, a row of NaN, is worth nothing.

    >>> sure = np.array([[1.0, 0.0], [0.5, 0.5]], dtype=np.float32)
    >>> rewards(sure, sure).tolist()
    [0.5, 0.0]
    """
    answered, before = (~np.isnan(one).any(axis=1) for one in (answers, so_far))
    worth = np.zeros(len(answers))
    if not answered.any():
        return worth
    known, all_ = _two_sided(answers[answered]), _two_sided(so_far[before])
    top = np.sort(known, axis=1)
    certainty = top[:, -1] - top[:, -2]
    variety = np.maximum(known - all_.mean(axis=0), 0).sum(axis=1)
    worth[answered] = (_scaled(certainty) + _scaled(variety)) / 2
    return worth


def _two_sided(answers: FloatArray) -> Float64Array:
    """Return probabilities of K people as they are, and of one person with that of two beside."""
    wide = answers.astype(np.float64)
    return np.hstack([1 - wide, wide]) if wide.shape[1] == 1 else wide


def _scaled(values: Float64Array) -> Float64Array:
    spread = float(np.ptp(values))
    return np.zeros(len(values)) if spread == 0 else np.asarray((values - values.min()) / spread)


class _Bandit:
    """A gradient bandit over people: whose photo to ask about next."""

    def __init__(self, person: IntArray, rng: np.random.Generator) -> None:
        self._rng = rng
        self._action = np.unique(person, return_inverse=True)[1]
        count = int(self._action.max()) + 1
        order = rng.permutation(len(person))
        self._waiting = [order[self._action[order] == one].tolist() for one in range(count)]
        self._preference = np.zeros(count)
        self._drawn = np.zeros(count)
        self._mean, self._seen = 0.0, 0

    def _chances(self) -> Float64Array:
        able = np.array([bool(rows) for rows in self._waiting])
        powers = np.where(able, np.exp(self._preference - self._preference[able].max()), 0.0)
        return np.asarray(powers / powers.sum())

    def draw(self, count: int) -> IntArray:
        """Return so many rows that were not drawn before."""
        rows = []
        for _ in range(count):
            who = int(self._rng.choice(len(self._waiting), p=self._chances()))
            rows.append(self._waiting[who].pop())
        return np.array(rows, dtype=np.int64)

    def learn(self, rows: IntArray, worth: Float64Array) -> None:
        """Raise the preference of people whose answers were worth more than the mean so far."""
        if not any(self._waiting):
            return
        for row, value in zip(rows.tolist(), worth.tolist(), strict=True):
            who = int(self._action[row])
            self._drawn[who] += 1
            chances = self._chances()
            step = (value - self._mean) / self._drawn[who]
            self._preference -= step * chances
            self._preference[who] += step
            self._seen += 1
            self._mean += (value - self._mean) / self._seen
