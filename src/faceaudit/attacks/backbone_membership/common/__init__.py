"""Pieces that several attacks on backbones share."""
