"""Embedders: networks with trained weights, run fast, and the cache of their embeddings."""
