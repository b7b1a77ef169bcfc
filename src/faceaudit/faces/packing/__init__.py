"""Photos decoded once, into a memory map."""
