"""Faces: sources, reading, alignment, packing, pairs and splits."""
