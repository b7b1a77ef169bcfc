"""The door to systems in Python: a function, an instance or a torch module of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.systems.under_test.base import systems_under_test
from faceaudit.systems.under_test.common.object_door import ObjectDoor

if TYPE_CHECKING:
    from faceaudit.systems.under_test.common.user_object import UserObject


@systems_under_test.register
class Python(ObjectDoor):
    """A function, instance or torch module that is imported; its code runs."""

    name: ClassVar[str] = "python"
    paper: ClassVar[str] = "The user's own code, 2026; tried on two photos before it is asked."

    path: str = Field(description="MODULE:NAME or FILE.py:NAME; the module's code is run")

    def _find(self) -> UserObject:
        from faceaudit.systems.under_test.common.user_object import find_object  # noqa: PLC0415

        return find_object(self.path)
