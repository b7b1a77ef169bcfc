"""Training from faces: what is shown, and the loop that shows it."""

from faceaudit.training.loop import Trained, Training, fit
from faceaudit.training.photos import Photos, epoch_order

__all__ = ["Photos", "Trained", "Training", "epoch_order", "fit"]
