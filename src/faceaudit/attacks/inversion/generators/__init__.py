"""Generators: what an inversion knows of faces in general, one a file."""

from faceaudit.attacks.inversion.generators.base import Generator, LatentSpace, generators

__all__ = ["Generator", "LatentSpace", "generators"]
