"""Pieces that several mitigations share."""
