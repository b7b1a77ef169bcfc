"""Where systems, cases and what was seen of them are kept."""

from faceaudit.store.store import CaseRecord, Figure, Store, SystemRecord

__all__ = ["CaseRecord", "Figure", "Store", "SystemRecord"]
