"""The parts of a verifier's file, each checked before anything is built from it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.errors import InputError, WeightsError
from faceaudit.faces.alignment import Align, aligners
from faceaudit.faces.alignment.common.detector import DetectorFile
from faceaudit.faces.crop import Crop
from faceaudit.metrics import OperatingPoint
from faceaudit.networks import Network, networks
from faceaudit.registry import Options
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.predictors import Predictor, PredictorBank, predictors
from faceaudit.systems.verifiers.verifier import DEFAULT_THRESHOLD, Query
from faceaudit.types import Estimate
from faceaudit.weights import Checkpoint

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

SCHEMA = 2
"""Format version that is written: 2 has thresholds for false match rates."""

READABLE = (1, 2)
"""Format versions that are read."""

LARGEST = 1024
"""Pixels of the longest side that a network in a file may take: more would fill the memory."""

BROKEN = (KeyError, ValueError, TypeError, IndexError, AttributeError, RuntimeError, RecursionError)
"""The exceptions of building something from parts that do not fit together."""


class BackboneDescription(Options):
    """One backbone: its options, and a digest of its weights."""

    network: dict[str, Any] = Field(description="name and options, without a path")
    weights: str = Field(description="sha256 of the weights, or of the file that is the network")
    file: str | None = Field(None, description="name of that file, for people to read")


class RateDescription(Options):
    """An error rate with its interval."""

    value: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    n: int = Field(ge=1, description="comparisons that it was measured on")
    method: str = Field(max_length=200)


class ThresholdDescription(Options):
    """A threshold for a false match rate, and both errors there on people not learned from."""

    asked: float = Field(gt=0, lt=1, description="the false match rate")
    threshold: float = Field(ge=0, le=1)
    fmr: RateDescription
    fnmr: RateDescription

    @classmethod
    def of(cls, point: OperatingPoint) -> ThresholdDescription:
        """Return one that was found."""
        return cls(**{key: value for key, value in asdict(point).items() if key != "why"})

    def point(self) -> OperatingPoint:
        """Return it as it was found.

        Raises:
            InputError: a rate is outside its interval.
        """
        fmr, fnmr = (Estimate(**dict(rate)) for rate in (self.fmr, self.fnmr))
        return OperatingPoint(self.asked, self.threshold, fmr, fnmr)


class Description(Options):
    """The facts in a verifier's file, beside its tensors."""

    version: Literal[1, 2] = Field(description="of this format")
    predictor: dict[str, Any] = Field(description="kind and options")
    predictor_weights: str = Field(description="sha256 of its state")
    backbones: tuple[BackboneDescription, ...] = Field(min_length=1, max_length=64)
    query: Query = Field(default_factory=Query)
    threshold: float = Field(DEFAULT_THRESHOLD, ge=0, le=1)
    align: dict[str, Any] | None = Field(None, description="kind and options, without a path")
    detector: str | None = Field(None, description="sha256 of the detector's file")
    crop: Crop = 1.0
    trained: dict[str, Any] = Field(default_factory=dict)
    thresholds: tuple[ThresholdDescription, ...] = Field((), max_length=64)


def without(options: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return options without one that is a path on this machine."""
    return {name: value for name, value in options.items() if name != key}


def parts_of(checkpoint: Checkpoint, backbones: int) -> dict[str, dict[str, Tensor]]:
    """Return the tensors of each part, by their names in it.

    Raises:
        WeightsError: a tensor belongs to no part, or has numbers that are not finite.
    """
    parts: dict[str, dict[str, Tensor]] = {
        prefix: {} for prefix in ("predictor.", *(f"backbone.{k}." for k in range(backbones)))
    }
    for name, tensor in checkpoint.tensors.items():
        pieces = name.split(".", 2)
        prefix = f"{pieces[0]}." if pieces[0] == "predictor" else ".".join(pieces[:2]) + "."
        if prefix not in parts:
            raise broken(checkpoint.path, f"the tensor {name[:80]!a} belongs to no part of it")
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise broken(checkpoint.path, f"numbers in {name[:80]!a} are not finite")
        parts[prefix][name.removeprefix(prefix)] = tensor
    return parts


def network_of(path: Path, backbone: BackboneDescription, files: Mapping[str, Path]) -> Network:
    """Return the architecture of a backbone; nothing is built yet.

    Args:
        path: of the verifier's file.
        backbone: its description there.
        files: networks that are their own file, by their sha256.

    Raises:
        WeightsError: there is no such network, or its file is missing.
    """
    try:
        kind = networks.get(str(backbone.network.get("network")))
        if not kind.is_file:
            return networks.build(backbone.network)
        file = files.get(backbone.weights)
        if file is not None:
            return networks.build({**without(backbone.network, "path"), "path": str(file)})
    except WeightsError:
        raise
    except InputError as error:
        raise broken(path, str(error)) from None
    raise WeightsError(
        f"expected the file of the network that {path} was trained with, got none: it was called "
        f"{backbone.file!a} (sha256 {backbone.weights[:16]!a}); try --backbone FILE"
    )


def embedder_of(
    path: Path,
    network: Network,
    backbone: BackboneDescription,
    state: dict[str, Tensor],
    device: torch.device | None,
) -> Embedder:
    """Return a backbone with its weights.

    Raises:
        WeightsError: the weights are not this network's, or not those that were written.
    """
    try:
        if max(network.size) > LARGEST:
            raise broken(path, f"a network takes photos of {network.size} pixels")
        if network.is_file:
            _refuse_other(path, {}, state)
            return Embedder(network, network.build(), network.sha256, device)
        with torch.device("meta"):  # names and shapes, before memory is asked for
            wanted = network.build().state_dict()
        _refuse_other(path, wanted, state)
        if state_digest(state) != backbone.weights:
            raise broken(path, "a backbone's weights are not those that were written")
        return Embedder.of(network, state, device)
    except WeightsError:
        raise
    except BROKEN as error:
        raise broken(path, str(error)) from None


def _refuse_other(path: Path, wanted: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> None:
    """Raise `WeightsError` unless the names, shapes and types are those that are wanted."""
    expected, given = (
        {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in tensors.items()}
        for tensors in (wanted, state)
    )
    wrong = sorted(name for name in {*wanted, *state} if expected.get(name) != given.get(name))
    if wrong:
        listed = ", ".join(f"{name[:80]!a}" for name in wrong[:5])
        raise broken(path, f"{len(wrong)} tensors are missing, too many or others: {listed}")


def predictor_of(
    path: Path, described: Description, state: dict[str, Tensor], embedders: Sequence[Embedder]
) -> tuple[Predictor, PredictorBank]:
    """Return the predictor, not trained and trained.

    Raises:
        WeightsError: the state is not this predictor's, or takes other embeddings.
    """
    size = max(embedder.embedding_size for embedder in embedders)
    try:
        if state_digest(state) != described.predictor_weights:
            raise broken(path, "the predictor's weights are not those that were written")
        predictor = predictors.build(described.predictor)
        _try_without_memory(predictor, state)
        bank = predictor.restore(state)
        _refuse_other(path, bank.state(), state)
        trial = np.ones((3, size), dtype=np.float32)
        with np.errstate(all="ignore"):
            logits = bank.logits(trial, trial[::-1])
    except WeightsError:
        raise
    except BROKEN as error:
        raise broken(path, str(error)) from None
    if logits.shape != (1, 3) or not np.isfinite(logits).all():
        raise broken(path, f"its predictor takes no embeddings of {size} numbers")
    return predictor, bank


def _try_without_memory(predictor: Predictor, state: Mapping[str, Tensor]) -> None:
    """Restore a predictor where nothing is kept: shapes may ask for any memory between them."""
    with warnings.catch_warnings(), torch.device("meta"):
        warnings.simplefilter("ignore")  # that nothing is kept
        predictor.restore(state)


def align_of(path: Path, described: Description, detector: str | None) -> Align | None:
    """Return how the face in a photo is found, by the detector that is given.

    Raises:
        WeightsError: the detector is missing, another, or none is needed.
    """
    if described.align is None:
        if detector is not None:
            raise WeightsError(
                f"expected no detector for {path}, whose photos were not aligned here, got "
                f"{detector}; leave it out, or give the way to align itself"
            )
        return None
    options = without(described.align, "weights")
    if described.detector is not None:
        wanted = f"{described.detector[:16]!a}"
        if detector is None:
            name = options.get("align")
            raise WeightsError(
                f"expected the detector that {path} was trained with (sha256 {wanted}), got none; "
                f"try --align {name if name in aligners.names() else 'yunet'}:FILE"
            )
        given = DetectorFile.read(detector).sha256
        if given != described.detector:
            raise WeightsError(
                f"expected the detector that {path} was trained with (sha256 {wanted}), got "
                f"{detector} ({given[:16]}); give the very file"
            )
        options["weights"] = detector
    try:
        return aligners.build(options)
    except InputError as error:
        raise broken(path, str(error)) from None


def broken(path: Path, why: str) -> WeightsError:
    """Return the error for a file that does not fit together."""
    reason = " ".join(why.split())[:200]
    shown = reason if reason.isprintable() else ascii(reason)
    return WeightsError(
        f"expected a whole verifier, got {path} that is broken or was changed ({shown}); copy it "
        "again, or train it again"
    )
