"""Trained weights: read safely, checked strictly, downloaded with their hash."""
