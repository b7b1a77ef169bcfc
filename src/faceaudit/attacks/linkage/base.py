"""Base class of linkage attacks: templates of two databases brought to where they compare."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from faceaudit.protocols.matching import cosines
from faceaudit.registry import Component, Registry
from faceaudit.types import Float64Array, FloatArray, IntArray

Compare = Callable[[FloatArray, FloatArray], Float64Array]
"""From two columns of templates, (n, H) each, to (n,) scores; higher is more alike."""


@dataclass(frozen=True, eq=False)
class Database:
    """What is stored of N photos.

    Attributes:
        stored: (N, F) protected templates; of photos that are public the templates themselves.
        compare: how its system compares two of them.
        estimated: (N, E) estimates of the templates by whoever knows the keys; None for others, and
            where there is no way to compute them.
    """

    stored: FloatArray
    compare: Compare
    estimated: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class OwnPhotos:
    """Photos of the attacker's own people, which are in both databases.

    Attributes:
        first, second: (n, F) and (n, G) what each database stores of them.
        people: (n,) numbers of the people on them.
    """

    first: FloatArray
    second: FloatArray
    people: IntArray


@dataclass(frozen=True, eq=False)
class Comparable:
    """Templates of both databases where an attack has brought them.

    Attributes:
        first, second: (N, H) of the same photos.
        compare: gives (n,) scores of rows with rows, higher is more alike.
    """

    first: FloatArray
    second: FloatArray
    compare: Compare = cosines


class LinkageAttack(Component):
    """A way to compare templates of two databases; an author writes `bring`.

    Attributes:
        learns: whether own photos that are in both databases are needed.
        knows_keys: whether keys are.
        knowledge: what the attacker has beside both databases, in words.
    """

    family: ClassVar[str] = "linkage_attack"
    plan_key: ClassVar[str] = "attack"
    learns: ClassVar[bool] = False
    knows_keys: ClassVar[bool] = False
    knowledge: ClassVar[str]

    @abstractmethod
    def bring(self, first: Database, second: Database, own: OwnPhotos | None) -> Comparable:
        """Return templates that can be compared, of the same N photos as they are given.

        A template depends on nothing but what is stored of its own photo and on `own`, so that
        thresholds can be fixed on the templates of other people.

        Args:
            first: the database whose people are looked for.
            second: the one that they are looked for in.
            own: photos to learn from, for attacks that do.

        Raises:
            InputError: templates cannot be brought together so.
        """


linkage_attacks: Registry[LinkageAttack] = Registry(
    LinkageAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.linkage",
)
