"""The kinds of audit: one line each."""

from __future__ import annotations

from typing import Any

from faceaudit.audit.backdoor.kind import BackdoorKind
from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.finished.kind import FinishedKind
from faceaudit.audit.membership.kind import MembershipKind
from faceaudit.errors import StoreError

KINDS: list[AuditKind[Any]] = [
    BackdoorKind(),
    MembershipKind(),
    FinishedKind(),
]


def kind_of(name: str) -> AuditKind[Any]:
    """Return the kind of audit that a case names.

    Raises:
        StoreError: this version has no such kind.
    """
    known = {kind.name: kind for kind in KINDS}
    if name not in known:
        raise StoreError(
            f"expected a case of a kind of audit ({', '.join(known)}), got {name!r}; "
            "use the version of faceaudit that wrote the store"
        )
    return known[name]
