"""Descriptions of servers that people run; the door `http` takes their names as its `path`."""
