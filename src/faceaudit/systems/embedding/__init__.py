"""Networks that embed photos, fast and once."""
