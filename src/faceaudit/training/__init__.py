"""Training from faces: what is shown, and the loop that shows it."""

from faceaudit.training.loop import Trained, Training, fit
from faceaudit.training.photos import TrainingPhotos, epoch_order

__all__ = ["Trained", "Training", "TrainingPhotos", "epoch_order", "fit"]
