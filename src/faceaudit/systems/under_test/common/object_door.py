"""Doors to objects of the user's own."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import (
    EmbedderUnderTest,
    IdentifierUnderTest,
    VerifierUnderTest,
)
from faceaudit.systems.under_test.common.object_options import ObjectOptions

if TYPE_CHECKING:
    from faceaudit.systems.under_test.common.user_object import UserObject


class ObjectDoor(ObjectOptions):
    """A door to an object; a subclass says where that is."""

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest:
        """Return the system, tried on two photos.

        Raises:
            InputError: it cannot be had, fails, or gives something that is no answer.
            OptionError: an option is needed that was not given; the message names it.
        """
        from faceaudit.systems.under_test.common.limited import limited  # noqa: PLC0415
        from faceaudit.systems.under_test.common.object_system import open_object  # noqa: PLC0415
        from faceaudit.training.device import choose_device  # noqa: PLC0415 - slow to load

        chosen = choose_device(device)
        opened = open_object(self._find(), self, cache=cache, device=chosen, progress=progress)
        return limited(opened, self.access)

    @abstractmethod
    def _find(self) -> UserObject:
        """Return the object."""
