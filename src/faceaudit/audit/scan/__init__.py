"""Scans of finished systems for back doors, without their training data."""
