"""Pieces that several predictors share."""
