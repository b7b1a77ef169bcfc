"""Inversion: a face from an identifier's class, or from a stolen template."""
