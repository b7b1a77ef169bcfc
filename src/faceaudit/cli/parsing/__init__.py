"""The spelling of networks, sources and options on the command line."""
