"""Audits of what a face verifier gives away about the pairs it was trained on."""
