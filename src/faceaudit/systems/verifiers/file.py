"""A verifier in one safetensors file: written whole or not at all, read without running anything.

predictor.<name>       the predictor's state
backbone.<k>.<name>    the weights of backbone k; a network that is its own file is only named

The metadata hold one text under `verifier`: a sha256, a space, and the JSON that it is of, a
`Description`. The same verifier gives the same file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open

from faceaudit.deferred import deferred
from faceaudit.errors import InputError, StoreError, WeightsError
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.alignment.common.detector import DetectorFile
from faceaudit.files.atomic import write_atomically
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.verifiers.file_parts import (
    BROKEN,
    READABLE,
    SCHEMA,
    BackboneDescription,
    Description,
    ThresholdDescription,
    align_of,
    broken,
    embedder_of,
    network_of,
    parts_of,
    predictor_of,
    without,
)
from faceaudit.systems.verifiers.verifier import Verifier
from faceaudit.weights import Checkpoint, read

if TYPE_CHECKING:
    import torch
    from safetensors import torch as safetensors_torch
    from torch import Tensor

    from faceaudit.systems.embedding import wrapped
else:
    safetensors_torch = deferred("safetensors.torch")
    wrapped = deferred("faceaudit.systems.embedding.wrapped")

_KEY = "verifier"
_LONGEST_DESCRIPTION = 1 << 20  # characters


def save_verifier(verifier: Verifier, path: Path) -> Description:
    """Write a verifier to one file, whole or not at all, and return its description.

    Raises:
        StoreError: the file cannot be written.
        WeightsError: the detector's file cannot be read.
        InputError: a backbone is a torch module in memory, which no file can name.
    """
    state = verifier.bank.state()
    tensors = {f"predictor.{name}": tensor for name, tensor in state.items()}
    for number, embedder in enumerate(verifier.embedders):
        for name, tensor in embedder.state().items():
            tensors[f"backbone.{number}.{name}"] = tensor
    described = _describe_verifier(verifier, state)
    text = json.dumps(described.model_dump(mode="json"), sort_keys=True, allow_nan=False)
    metadata = {_KEY: f"{hashlib.sha256(text.encode()).hexdigest()} {text}"}
    own = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    try:
        write_atomically(path, safetensors_torch.save(own, metadata))
    except OSError as error:
        raise StoreError(
            f"expected a file that can be written, got {path} ({error.strerror or error}); "
            "free some room or name another"
        ) from None
    return described


def load_verifier(
    path: Path,
    *,
    files: Sequence[Path] = (),
    detector: str | None = None,
    device: torch.device | None = None,
) -> Verifier:
    """Read a verifier; it scores as the one that was saved.

    Args:
        path: of the file.
        files: networks that are their own file, in any order; known by their content.
        detector: the file of the detector's weights, where the verifier looks for faces.
        device: where to run; the CPU when None.

    Raises:
        WeightsError: the file cannot be read, is not a verifier's, is broken or was changed; or
            files it needs are missing or differ.
    """
    checkpoint = read(path)
    described = _read_description(checkpoint)
    parts = parts_of(checkpoint, len(described.backbones))
    unused = {_hash_file(file): file for file in files}
    embedders = []
    for number, backbone in enumerate(described.backbones):
        network, part = network_of(path, backbone, unused), parts[f"backbone.{number}."]
        embedders.append(embedder_of(path, network, backbone, part, device))
    needed = {backbone.weights for backbone in described.backbones}
    for sha256, file in unused.items():
        if sha256 not in needed:
            raise WeightsError(
                f"expected only files of networks that {path} was trained with, got {file} "
                f"(sha256 {sha256[:16]}...); leave it out, or give the very file"
            )
    predictor, bank = predictor_of(path, described, parts["predictor."], embedders)
    try:
        return Verifier(
            tuple(embedders),
            bank,
            predictor,
            query=described.query,
            threshold=described.threshold,
            align=align_of(path, described, detector),
            crop=described.crop,
            trained=described.trained,
            thresholds=tuple(one.point() for one in described.thresholds),
        )
    except WeightsError:
        raise
    except InputError as error:
        raise broken(path, str(error)) from None


def is_verifier(path: Path) -> bool:
    """Return whether a safetensors file says that it holds a verifier; nothing else is checked."""
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return _KEY in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False


def read_description(path: Path) -> Description:
    """Return the description of a file's verifier, without building it.

    Raises:
        WeightsError: the file cannot be read, is not a verifier's, or is broken.
    """
    return _read_description(read(path))


def _describe_verifier(verifier: Verifier, state: Mapping[str, Tensor]) -> Description:
    align, detector = verifier.align, None
    if isinstance(align, DetectingAligner):
        detector = DetectorFile.read(align.weights).sha256
    return Description(
        version=SCHEMA,
        predictor=verifier.predictor.spec().as_json(),
        predictor_weights=state_digest(state),
        backbones=tuple(_describe_backbone(embedder) for embedder in verifier.embedders),
        query=verifier.query,
        threshold=verifier.threshold,
        align=None if align is None else without(align.spec().as_json(), "weights"),
        detector=detector,
        crop=verifier.crop,
        trained=dict(verifier.trained),
        thresholds=tuple(map(ThresholdDescription.of, verifier.thresholds)),
    )


def _describe_backbone(embedder: Embedder) -> BackboneDescription:
    if isinstance(embedder.network, wrapped.ModuleNetwork):
        raise InputError(
            f"expected registered networks or files of networks to save, got "
            f"{embedder.network.name!r}, a torch module in memory; export it to ONNX and name "
            "onnx:FILE"
        )
    network = embedder.network.spec().as_json()
    in_file = embedder.network.is_file
    return BackboneDescription(
        network=without(network, "path"),
        weights=embedder.weights_digest if in_file else state_digest(embedder.state()),
        file=Path(str(network["path"])).name if in_file else None,
    )


def _read_description(checkpoint: Checkpoint) -> Description:
    path = checkpoint.path
    metadata: Mapping[str, str] = {}
    if checkpoint.format == "safetensors":
        try:
            with safe_open(path, framework="pt", device="cpu") as file:
                metadata = file.metadata() or {}
        except (SafetensorError, OSError) as error:
            raise broken(path, str(error)) from None
    stated, _, text = metadata.get(_KEY, "").partition(" ")
    if not stated:
        raise WeightsError(
            f"expected a verifier, got {path}, {checkpoint.format} weights without one; "
            "try the file that `faceaudit train-verifier` wrote"
        )
    if len(text) > _LONGEST_DESCRIPTION or (
        hashlib.sha256(text.encode(errors="replace")).hexdigest() != stated
    ):
        raise broken(path, "its description is not the one that was written")
    try:
        values = json.loads(text)
        version = values.get("version")
        if version not in READABLE:
            raise WeightsError(
                f"expected a verifier of version 1 or {SCHEMA}, got {version!r:.20} in {path}; "
                "train it again, or use the faceaudit that wrote it"
            )
        return Description(**values)
    except WeightsError:
        raise
    except BROKEN as error:
        raise broken(path, str(error)) from None


def _hash_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(
            f"expected a file of a network, got {path} ({error.strerror or error}); check the path"
        ) from None
