"""Parts that several ways to align share."""
