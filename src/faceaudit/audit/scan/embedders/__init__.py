"""Scans of finished embedders and verifiers: keys that make everybody alike, or open to all."""
