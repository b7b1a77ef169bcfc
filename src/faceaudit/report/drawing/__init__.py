"""SVG drawing, and labels that do not overlap."""
