"""Parts of the page Scan: what is scanned, the scan in a process of its own, and what it found."""
