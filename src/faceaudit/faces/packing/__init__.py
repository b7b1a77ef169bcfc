"""Packing: photos decoded or rendered once, into files that are mapped into memory."""
