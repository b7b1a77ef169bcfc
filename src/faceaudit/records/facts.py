"""The base of the facts that a kind of audit writes beside its figures."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from faceaudit.errors import StoreError
from faceaudit.store import CaseRecord


class Facts(BaseModel):
    """Frozen values with one spelling; a record that holds others is refused, never filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def as_json(self) -> dict[str, Any]:
        """Return the facts as plain values, the way a store keeps them."""
        return self.model_dump(mode="json")

    @classmethod
    def of(cls, record: CaseRecord) -> Self:
        """Return the facts of a case that did not fail.

        Raises:
            StoreError: the record holds others, as one of another version may.
        """
        try:
            return cls(**record.facts)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise StoreError(
                f"expected the facts of a {cls.__name__.removesuffix('Facts').lower()} case in "
                f"{record.id[:16]}, got {where!r}: {first['msg'].lower()}; delete the folder of "
                "that case in the store and run the audit again"
            ) from None
