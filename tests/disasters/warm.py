"""What a run imports, loaded once: processes that are forked from here begin at once."""

# ruff: noqa: F401
import cv2
import fsspec.implementations.local
import PIL.Image
import rich.progress
import s3fs
import safetensors.torch
import scipy.stats
import sklearn.ensemble
import sklearn.linear_model
import sklearn.metrics
import sklearn.neighbors
import torch._dynamo
import torch.onnx

import faceaudit.api.audits
import faceaudit.audit.backdoor.scenario
import faceaudit.audit.membership.scenario
import faceaudit.cli
import faceaudit.weights
from disasters.plans import QUICK
from faceaudit.audit.plan import Plan

Plan(**QUICK)  # which loads the components that it names
