"""How networks, sources and options are spelled on the command line."""
