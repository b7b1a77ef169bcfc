"""The store: cases, trained systems and an account of the last run, under one URL."""

from faceaudit.store.manifest import Damage
from faceaudit.store.record import CaseRecord, SystemRecord
from faceaudit.store.store import OWN, Store

__all__ = ["OWN", "CaseRecord", "Damage", "Store", "SystemRecord"]
