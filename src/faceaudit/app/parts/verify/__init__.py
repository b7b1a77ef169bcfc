"""Pieces of the page Verify."""
