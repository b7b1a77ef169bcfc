"""Identifiers: systems that name the person in a photo."""
