"""Layers and file formats that several networks share."""
