"""Audits of finished systems: asked as they are, whoever trained them."""
