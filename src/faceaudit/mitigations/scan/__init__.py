"""Stages of a scan of a finished system for back doors; each file is one."""

from faceaudit.mitigations.scan.base import Key, ScanStage, Subject, Suspected, scan_stages

__all__ = ["Key", "ScanStage", "Subject", "Suspected", "scan_stages"]
