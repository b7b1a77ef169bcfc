"""Files that a stranger may have made, read and written safely."""
