"""Pieces that several attribute attacks share."""
