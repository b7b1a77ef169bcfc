"""The preparation of pixels of a file that does not say which one its network takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaudit.errors import InputError
from faceaudit.files.paths import expand
from faceaudit.networks.common.preprocessing import FACEX_ZOO, INSIGHTFACE, Preprocessing
from faceaudit.records.scan import PreparationFacts
from faceaudit.systems.under_test.base import IdentifierUnderTest, SystemUnderTest
from faceaudit.types import FaceSet, IntArray

USUAL: Mapping[str, Preprocessing] = {
    "RGB, x / 127.5 - 1": INSIGHTFACE,
    "RGB, x / 255": Preprocessing(mean=(0.0, 0.0, 0.0), scale=(255.0, 255.0, 255.0)),
    "RGB, 0 to 255": Preprocessing(mean=(0.0, 0.0, 0.0), scale=(1.0, 1.0, 1.0)),
    "RGB, x - mean": Preprocessing(mean=(129.1863, 104.7624, 93.5940), scale=(1.0, 1.0, 1.0)),
    "BGR, (x - 127.5) / 128": FACEX_ZOO,
    "BGR, x / 255": Preprocessing(order="bgr", mean=(0.0, 0.0, 0.0), scale=(255.0, 255.0, 255.0)),
    "BGR, x - mean": Preprocessing(
        order="bgr", mean=(93.5940, 104.7624, 129.1863), scale=(1.0, 1.0, 1.0)
    ),
}
"""Ways that published networks take pixels; the mean is VGG-Face's."""
OWN = "the network's own"
MARGIN = 1.1
"""How much better another way must do than the network's own to be taken."""

Open = Callable[[SystemUnderTest], IdentifierUnderTest]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A system with the preparation of pixels that was taken, and what was tried."""

    system: IdentifierUnderTest
    tried: tuple[PreparationFacts, ...]


def prepared(door: SystemUnderTest, faces: FaceSet, open_: Open) -> Prepared:
    """Return a system with the preparation of pixels under which its answers spread the widest.

    Wrong preparation is silent: a network that is fed in a wrong range sends most photos to a few
    people. So strangers, who are like nobody whom it knows, are asked about under each usual way,
    and the one is taken under which answers spread over the most people (exp of their entropy).
    The network's own way is kept unless another spreads a tenth wider. It needs no labels and no
    training data, and can be wrong where ways hardly differ, as the order of channels of grey
    photos.

    Args:
        door: the system's.
        faces: strangers.
        open_: opens a door; kept answers make that cheap.
    """
    if not is_unknown(door):
        return Prepared(open_(door), ())
    systems = {name: open_(one) for name, one in doors_of_ways(door).items()}
    spread = {name: _spread(one.labels(faces), len(one.names)) for name, one in systems.items()}
    taken = best_way({name: people for name, (people, _) in spread.items()})
    tried = tuple(
        PreparationFacts(name=name, people=people, top=top, taken=name == taken)
        for name, (people, top) in spread.items()
    )
    return Prepared(systems[taken], tried)


def doors_of_ways(door: SystemUnderTest) -> dict[str, SystemUnderTest]:
    """Return a door as it is, under `OWN`, and with each usual preparation of pixels."""
    usual = {name: door.model_copy(update={"preprocessing": way}) for name, way in USUAL.items()}
    return {OWN: door, **usual}


def best_way(values: Mapping[str, float], least: float = 0.0) -> str:
    """Return the way with the largest value; `OWN` unless that is clearly larger.

    Args:
        values: by way, larger is better.
        least: how far beyond that of `OWN` it must be, besides being `MARGIN` times as large.

    >>> [best_way({OWN: 10.0, "RGB": value}) for value in (10.9, 11.1)]
    ["the network's own", 'RGB']
    """
    best, own = max(values, key=lambda name: values[name]), values[OWN]
    return best if values[best] > max(MARGIN * own, own + least) else OWN


def is_unknown(door: SystemUnderTest) -> bool:
    """Return whether nobody says how the network of a file takes pixels."""
    fields = type(door).model_fields
    if "preprocessing" not in fields or "path" not in fields or door.name not in ("file", "onnx"):
        return False
    values = door.model_dump()
    if values["preprocessing"] is not None:
        return False
    return door.name == "onnx" or not _is_ours(values["path"])


def _is_ours(path: str) -> bool:
    """Return whether a file of weights is one that faceaudit trained, which says it all."""
    from faceaudit.systems.identifiers.file import read_identifier_description  # noqa: PLC0415
    from faceaudit.systems.under_test.common.saved_identifier import weights_in  # noqa: PLC0415

    try:
        file = weights_in(Path(expand(path, error=InputError)))
        return read_identifier_description(file) is not None
    except InputError:
        return False


def _spread(labels: IntArray, classes: int) -> tuple[float, float]:
    """Return over how many people answers spread, and the largest share of one."""
    counts = np.bincount(labels[labels >= 0], minlength=classes)
    shares = counts[counts > 0] / max(1, counts.sum())
    if not len(shares):
        return 0.0, 1.0
    return float(np.exp(-(shares * np.log(shares)).sum())), float(shares.max())
