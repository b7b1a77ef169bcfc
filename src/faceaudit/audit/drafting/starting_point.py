"""The network that a drafted plan starts from, and the detector that finds faces for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceaudit.errors import OptionError, WeightsError
from faceaudit.faces.alignment.base import aligners
from faceaudit.networks.base import networks
from faceaudit.systems.embedding.load import weights_file
from faceaudit.weights import default_folder, known_by_sha256, known_weights, load_weights
from faceaudit.weights.catalog import KnownWeights

DETECTORS = ("yunet", "yunet_n_dynamic")
"""Known weights of YuNet, those that can be got first."""

PRETRAINING: Mapping[str, Any] = {
    "faces": {
        "source": "synthetic",
        "people": 60,
        "photos": 20,
        "sessions": 5,
        "seed": 1,
        "aligned": True,
    },
    "split": {"train": 16, "validation": 3, "test": 1, "donors": 0},
    "training": {
        "epochs": 10,
        "batch": 64,
        "learning_rate": 0.002,
        "schedule": "cosine",
        "patience": 10,
    },
}
"""Training on people who do not exist, of a network for which there are no weights."""


@dataclass(frozen=True)
class StartingPoint:
    """A network and what it starts from, as a plan spells it.

    Attributes:
        values: `network`, and `weights` or `pretraining`.
        why: what it is and under which licence, in lines.
        trained: whether it was trained on photos of people.
        is_file: whether the network is its file, which gives no gradients.
    """

    values: Mapping[str, Any]
    why: tuple[str, ...]
    trained: bool = True
    is_file: bool = False


def find_starting_point(
    weights: str | Path | None = None, network: Mapping[str, Any] | str | None = None
) -> StartingPoint:
    """Return what a system on somebody's photos starts from.

    Args:
        weights: a file, or the name of known weights that were fetched; None looks for such.
        network: its architecture; None where the weights are known, or an ONNX file.

    Raises:
        WeightsError: the weights are not here, or not those of the network.
        OptionError: nobody knows of which network they are.
    """
    spelled = {"network": network} if isinstance(network, str) else network
    if weights is not None:
        return _from_file(weights_file(weights), spelled)
    if spelled is not None and "path" in spelled:
        return _from_file(weights_file(str(spelled["path"])), spelled)
    for entry in () if spelled is not None else known_weights():
        fetched = default_folder() / (entry.file or "")
        if entry.network is not None and entry.file is not None and fetched.is_file():
            return _from_file(fetched, None)
    return _pretrained(spelled or {"network": "deepid"})


def find_detector(weights: str | Path | None = None) -> tuple[Path | None, tuple[str, ...]]:
    """Return the file of YuNet, and what is to be said of it.

    Args:
        weights: a file, or the name of known weights that were fetched; None looks for such.

    Raises:
        WeightsError: the file is not YuNet's.
    """
    if weights is not None:
        path = weights_file(weights).absolute()
        aligners.build({"align": "yunet", "weights": str(path)}).key()
        return path, _said_of_detector()
    for entry in known_weights():
        fetched = default_folder() / (entry.file or "")
        if entry.name in DETECTORS and entry.file is not None and fetched.is_file():
            return fetched, _said_of_detector()
    return None, (
        "Faces are NOT looked for: each photo is used as it is cropped. Published networks expect",
        "aligned faces and recognise far fewer people without, and glasses find no eyes. The",
        "detector is small and free (MIT): `faceaudit weights get yunet`, then `faceaudit init`",
        "again. Photos that are aligned already need none.",
    )


def _said_of_detector() -> tuple[str, ...]:
    return (
        "The face in each photo is found with YuNet and brought to where networks expect it; a",
        "photo without a face is left out and listed.",
    )


def _from_file(path: Path, network: Mapping[str, Any] | None) -> StartingPoint:
    if not path.is_file():
        raise WeightsError(f"expected a file of weights, got {path}, where there is none")
    with path.open("rb") as file:
        entry = known_by_sha256(hashlib.file_digest(file, "sha256").hexdigest())
    values = network or (entry.network if entry is not None else None)
    if values is None and path.suffix == ".onnx":
        values = {"network": "onnx"}
    if values is None:
        raise OptionError(
            f"expected weights that are known, got {path.name}; try --network NAME with the "
            "architecture they are of (`faceaudit ls network`)"
        )
    where = str(path.absolute())
    if networks.get(str(values["network"])).is_file:
        spelled = {**values, "path": where}
        _ = networks.build(spelled).size  # refuses what cannot be run
        return StartingPoint({"network": spelled}, _described(path, entry), is_file=True)
    load_weights(networks.build(values), path)
    plain = values["network"] if list(values) == ["network"] else dict(values)
    return StartingPoint({"network": plain, "weights": where}, _described(path, entry))


def _described(path: Path, entry: KnownWeights | None) -> tuple[str, ...]:
    if entry is None:
        said = f"Trained weights: {path.name}, which are in no list of known ones."
        if path.suffix == ".onnx":
            said += " How it wants pixels prepared is recognised from the file: see `show onnx`."
        return (said,)
    return (
        f"Known weights: {entry.name}. Licence: {entry.licence}.",
        f"Trained on {entry.trained_on}.",
    )


def _pretrained(network: Mapping[str, Any]) -> StartingPoint:
    plain = network["network"] if list(network) == ["network"] else dict(network)
    return StartingPoint(
        {"network": plain, "pretraining": PRETRAINING},
        (
            "No trained weights were found, so a small network is first trained on people who do",
            "not exist. It recognises real people poorly, and what is found says little of a real",
            "system. Better give the network that you use, `faceaudit init --weights FILE`, or",
            "known weights: `faceaudit weights ls`, `faceaudit weights get sface` (Apache-2.0).",
        ),
        trained=False,
    )
