"""A store as it may be shown: without pictures and names of real people, unless asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from faceaudit.audit.common.discretion import Discretion, is_real
from faceaudit.errors import StoreError
from faceaudit.store import CaseRecord, Store
from faceaudit.store.pseudonyms import with_names


class ShownStore(Store):
    """A store, read as it may be shown.

    Args:
        store: holds pseudonyms; names and pictures of real people only where it may keep them.
        faces: show pictures of real people.
        names: say the names of real people and photos.

    Raises:
        StoreError: it holds none of what is to be shown.
    """

    def __init__(self, store: Store, *, faces: bool = False, names: bool = False) -> None:
        super().__init__(store.url)
        self._discretion = Discretion(faces=faces)
        self._names = store.names() if names else {}
        if not (faces or names) or not store.exists():
            return
        records = list(store.cases(figures_only=True))
        if faces and any(record.withheld for record in records):
            raise _not_kept(store, "faces")
        if names and not self._names and any(is_real(record.spec) for record in records):
            raise _not_kept(store, "names")

    def run(self) -> dict[str, Any]:
        """Return what was run last."""
        account: dict[str, Any] = with_names(super().run(), self._names)
        return account

    def case(self, case: str, *, figures_only: bool = False) -> CaseRecord:
        """Return one case."""
        record = self._discretion.record(super().case(case, figures_only=figures_only))
        names = self._names
        if not names:
            return record
        evidence = record.evidence
        return replace(
            record,
            spec=with_names(record.spec, names),
            facts=with_names(record.facts, names),
            figures=tuple(
                replace(one, why_none=with_names(one.why_none, names)) for one in record.figures
            ),
            evidence=evidence and replace(evidence, ids=with_names(evidence.ids, names)),
            error=with_names(record.error, names),
            traceback=with_names(record.traceback, names),
        )


def _not_kept(store: Store, what: str) -> StoreError:
    return StoreError(
        f"expected a store with {what} of real people, got {store.url!r}, which kept none; try "
        f"`faceaudit run --show-{what}` with the same plan and store: nothing is trained again"
    )
