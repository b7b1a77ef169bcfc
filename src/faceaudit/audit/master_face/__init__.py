"""Audits of master faces: how many enrolled people a few faces pass as."""
