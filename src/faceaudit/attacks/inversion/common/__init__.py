"""What inversions of identifiers and of templates have in common."""
