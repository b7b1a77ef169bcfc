"""Training of networks from labelled faces."""

from faceaudit.training.loop import Trained, fit
from faceaudit.training.options import Training
from faceaudit.training.photos import TrainingPhotos, epoch_order

__all__ = ["Trained", "Training", "TrainingPhotos", "epoch_order", "fit"]
