"""The door to an object that is in memory already; no plan can spell it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import PrivateAttr

from faceaudit.systems.under_test.common.object_door import ObjectDoor
from faceaudit.systems.under_test.common.user_object import UserObject, object_in_memory


class InMemory(ObjectDoor):
    """A function, instance or torch module in memory; not registered, as it has no spelling."""

    name: ClassVar[str] = "in_memory"
    paper: ClassVar[str] = "The user's own code, 2026; tried on two photos before it is asked."

    _value: object = PrivateAttr(None)

    @classmethod
    def of(cls, value: object, **options: Any) -> Self:
        """Return the door to an object.

        Args:
            value: the object.
            options: as those of the door `python`, but for its path.
        """
        door = cls(**options)
        door._value = value
        return door

    def _find(self) -> UserObject:
        return object_in_memory(self._value)
