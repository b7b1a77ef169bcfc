"""Systems that tell whether two photos show one person."""
