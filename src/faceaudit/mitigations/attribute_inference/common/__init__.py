"""Pieces that several mitigations of attribute inference share."""
