"""Pieces of the page Give-away: what a stolen template tells."""
