"""Drafts of plans: what photos can carry, written down with the reasons."""
