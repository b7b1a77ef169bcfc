"""Face-recognition systems: embedders, identifiers, verifiers and the predictors they decide by."""
