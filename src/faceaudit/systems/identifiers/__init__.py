"""Systems that tell who is in a photo."""
