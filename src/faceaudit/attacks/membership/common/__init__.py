"""What several membership attacks share."""
