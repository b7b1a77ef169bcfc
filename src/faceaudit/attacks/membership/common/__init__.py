"""Pieces that several membership attacks share."""
