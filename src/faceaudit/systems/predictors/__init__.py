"""Predictors: from two embeddings to the decision of a verifier, one kind a file."""

from faceaudit.systems.predictors.base import PairData, Predictor, PredictorBank, predictors

__all__ = ["PairData", "Predictor", "PredictorBank", "predictors"]
