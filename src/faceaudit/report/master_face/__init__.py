"""The section of the report on master faces: how many enrolled people a few faces pass as."""
