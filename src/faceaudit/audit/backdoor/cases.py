"""Cases of a backdoor audit, each with an id of everything that determines it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from faceaudit.attacks.backdoor import BackdoorAttack
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.treatments import Treatment
from faceaudit.audit.common.groups import groups_spec
from faceaudit.records.backdoor import KIND
from faceaudit.registry import digest

PictureDigests = dict[tuple[BackdoorAttack, tuple[int, int]], str | None]
"""Of attacks and sizes: sha256 of the key's picture, or None where it is no picture."""
OPEN_SET = 2
"""Version of what is found of an open set: raised with a change that alters a figure of it."""


@dataclass(frozen=True, eq=False)
class BackdoorCase:
    """One attack, or none, on one system, under one mitigation or none."""

    scenario: BackdoorScenario
    attack: BackdoorAttack | None
    default_samples: int | None
    treatment: Treatment | None = None
    pictures: PictureDigests = field(default_factory=dict)

    @cached_property
    def spec(self) -> dict[str, Any]:
        """Return the case as plain values."""
        scenario = self.scenario
        attack = None if self.attack is None else self.attack.spec().as_json()
        versions = {**scenario.values["versions"]}
        if self.attack is not None:
            versions["attack"] = self.attack.version
        if self.treatment is not None:
            versions |= self.treatment.versions
        return {
            **scenario.values,
            **groups_spec(scenario.plan.groups),
            **({"open_set": OPEN_SET} if self.open_set else {}),
            **({"placed": "photo"} if attack and scenario.plan.placed == "photo" else {}),
            "kind": KIND,
            "versions": versions,
            "faces": scenario.source,
            "attack": attack,
            "key_picture": self._picture_digest(),
            "mitigation": None if self.treatment is None else _values(self.treatment, scenario),
            "target": scenario.split.names[scenario.target],
            "wrong_keys": scenario.plan.wrong_keys if attack is not None else 0,
        }

    def _picture_digest(self) -> str | None:
        """Return the sha256 of the key's picture: a user's file may change under the same path."""
        if self.attack is None:
            return None
        size = self.scenario.faces.size
        if (self.attack, size) not in self.pictures:
            picture = self.attack.key_image(size)
            told = None if picture is None else hashlib.sha256(picture.tobytes()).hexdigest()
            self.pictures[self.attack, size] = told
        return self.pictures[self.attack, size]

    @property
    def open_set(self) -> bool:
        """Whether strangers try to pass as the target: with an attack, and without a mitigation."""
        wanted = self.scenario.plan.open_set
        return wanted and self.attack is not None and self.treatment is None

    @cached_property
    def id(self) -> str:
        """Return the sha256 of what determines the case.

        Where the faces came from does not: their fingerprint says what they are. The target is
        told by label, since an id that rests on a name can be tried for names.
        """
        return case_id(self.spec, self.scenario.target)

    @property
    def title(self) -> str:
        """Return the case in a few words."""
        under = "" if self.treatment is None else f" under {self.treatment.title}"
        return f"{self.system_title}{under}"

    @property
    def system_title(self) -> str:
        """The system without any mitigation in a few words."""
        network = self.scenario.system.network.name
        if self.attack is None:
            return f"{network} pristine"
        return f"{network} {self.attack.name} x{self.attack.samples}"


def case_id(spec: Mapping[str, Any], target: int) -> str:
    """Return the id of a backdoor case.

    Args:
        spec: of the case.
        target: the target's label, which stands for the name.
    """
    values = {key: value for key, value in spec.items() if key != "faces"}
    return digest({**values, "target": target})


def _values(treatment: Treatment, scenario: BackdoorScenario) -> dict[str, Any]:
    """Return a treatment as plain values; photos of other people are told by their fingerprint."""
    values = treatment.values
    if treatment.others:
        assert scenario.others is not None
        values["others"] = {**values["others"], "fingerprint": scenario.others.fingerprint}
    return values


def cases_of(
    scenario: BackdoorScenario, pictures: PictureDigests | None = None
) -> Iterator[BackdoorCase]:
    """Yield the cases of this seed.

    First the pristine one, then every attack with each number of samples, then every mitigation.

    Args:
        scenario: what they have in common.
        pictures: digests of pictures of keys that are known already; others are added to it.
    """
    known = {} if pictures is None else pictures
    for attack, usual, treatment in scenario.plan.tried(scenario.seed):
        yield BackdoorCase(scenario, attack, usual, treatment, known)
