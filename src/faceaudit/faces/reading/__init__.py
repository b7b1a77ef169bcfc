"""Files and folders of photos, read safely."""
