"""Mitigations of a system that compares photos: how it prepares, embeds and decides."""

from faceaudit.mitigations.matching.base import MatchingMitigation, matching_mitigations

__all__ = ["MatchingMitigation", "matching_mitigations"]
