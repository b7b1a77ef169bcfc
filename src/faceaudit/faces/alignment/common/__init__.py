"""What several ways to align share."""
