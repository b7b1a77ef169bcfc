"""Scans of finished identifiers for back doors, without their training data."""
