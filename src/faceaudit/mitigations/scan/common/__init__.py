"""What several stages of a scan share."""
