"""Files and folders of photos and pairs, read safely."""
