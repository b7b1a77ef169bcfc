"""Layers of the networks in PyTorch, a file a network; imported when one is built."""
