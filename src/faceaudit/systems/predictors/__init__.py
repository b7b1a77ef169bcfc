"""From two embeddings to a decision whether they show one person, one kind of predictor a file."""

from faceaudit.systems.predictors.base import PairData, Predictor, PredictorBank, predictors

__all__ = ["PairData", "Predictor", "PredictorBank", "predictors"]
