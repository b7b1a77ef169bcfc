"""Facts that an ONNX file states about its network, checked for use here."""

from __future__ import annotations

import math
from dataclasses import dataclass

from faceaudit.errors import WeightsError
from faceaudit.files.onnx import Port
from faceaudit.networks.common.onnx_runtime import FLOATS

BATCH_LIMIT = 1 << 28
EMBEDDING_LIMIT = 1 << 20
"""Numbers in a batch of photos and in an embedding; a file that says more would fill the memory."""


@dataclass(frozen=True)
class Facts:
    """Facts about a network in an ONNX file, without its weights.

    Attributes:
        sha256: of the file.
        input, output: the ports that are used.
        channels_last: whether the input is (N, H, W, 3) rather than (N, 3, H, W).
        scales: as `scales_pixels` tells.
    """

    sha256: str
    input: Port
    output: Port
    channels_last: bool
    scales: bool | None

    @property
    def batch(self) -> int | None:
        """Photos that the graph takes at a time; None when that is open."""
        assert self.input.shape is not None
        return self.input.shape[0]

    @property
    def size(self) -> tuple[int | None, int | None]:
        """Height and width, None where they are open."""
        assert self.input.shape is not None
        height, width = self.input.shape[1:3] if self.channels_last else self.input.shape[2:4]
        return height, width

    @property
    def embedding_size(self) -> int | None:
        """Numbers in an embedding; None when that is open."""
        shape = self.output.shape
        if shape is None or len(shape) < 2 or None in shape[1:]:
            return None
        return math.prod(axis or 1 for axis in shape[1:])

    def refuse_large(self, height: int, width: int, path: str) -> None:
        """Raise `WeightsError` when photos of that size or their embeddings would be too large."""
        batch, embedding = 3 * height * width * (self.batch or 1), self.embedding_size or 1
        if batch > BATCH_LIMIT or embedding > EMBEDDING_LIMIT:
            raise WeightsError(
                f"expected an ONNX file that takes at most {BATCH_LIMIT:,} numbers at a time and "
                f"gives at most {EMBEDDING_LIMIT:,}, got {batch:,} and {embedding:,} for {path}; "
                "export it for smaller photos or batches"
            )


def channels_last(port: Port, path: str) -> bool:
    """Return whether an input is (N, H, W, 3); raise when it is no batch of colour photos."""
    if port.type not in FLOATS:
        raise WeightsError(
            f"expected an ONNX file whose input is 32- or 16-bit float, got {port.type} in {path}; "
            "export it for floats"
        )
    if port.shape is not None and len(port.shape) == 4:
        if port.shape[1] == 3:
            return False
        if port.shape[3] == 3:
            return True
    raise WeightsError(
        f"expected an ONNX file with an input (N, 3, H, W) or (N, H, W, 3), got {port.shape} in "
        f"{path}; export the network for colour photos"
    )
