"""Pieces that several backdoor attacks share."""
