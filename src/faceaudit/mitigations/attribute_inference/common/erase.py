"""The option that erasing mitigations have: which attributes."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

ERASE: Final[Any] = Field(
    (), description="attributes to erase, such as sex; [] means all that are audited"
)
