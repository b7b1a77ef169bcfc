"""What evasion attacks share."""
