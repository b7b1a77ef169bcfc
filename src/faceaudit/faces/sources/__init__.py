"""Sources of faces, one a file."""
