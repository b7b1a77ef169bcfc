"""Networks from ONNX files, run by ONNX Runtime: embeddings only, no gradients."""

from __future__ import annotations

import re
from functools import cached_property
from os import environ
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from faceaudit.errors import InputError, OptionError, WeightsError
from faceaudit.files.onnx import Port, read_onnx, scales_pixels
from faceaudit.networks.base import (
    INSIGHTFACE,
    FaceNetwork,
    Network,
    Preprocessing,
    networks,
)
from faceaudit.networks.common.onnx_facts import Facts, channels_last
from faceaudit.networks.common.onnx_runtime import Runtime

_NO_GRADIENTS = (
    "expected a use that needs embeddings only, got one that needs gradients: gradients are not "
    "available through ONNX Runtime; try a network with PyTorch weights"
)

_ENDLESS = frozenset({"Loop", "Scan", "SequenceMap"})

AS_THEY_ARE = Preprocessing(mean=(0.0, 0.0, 0.0), scale=(1.0, 1.0, 1.0))
"""RGB, 0 to 255: graphs that bring pixels into range by themselves."""


@networks.register
class Onnx(Network):
    """A trained network from an ONNX file; it embeds, but gives no gradients.

    Batches open or fixed, channels first or last and 32- or 16-bit floats are recognised. The file
    must hold all its weights; other files that it names are never opened.
    """

    name = "onnx"
    paper = (
        "ONNX, Open Neural Network Exchange, 2017, onnx.ai, run by ONNX Runtime. How pixels are "
        "prepared is recognised as insightface does (Deng et al. 2019, arXiv 1801.07698), from "
        "what is done to the input rather than from the names of nodes."
    )
    known_weights = "those in the file, under its maker's licence"
    is_file = True

    path: str = Field(description="the .onnx file; ~ and ${NAME} are filled in")
    preprocessing: Preprocessing | None = Field(
        None,
        description="order, mean and scale of the channels; none: recognised (RGB 0 to 255 when "
        "the graph begins with a shift and a scale, else RGB -1 to 1)",
    )
    input_size: tuple[int, int] | None = Field(
        None, description="height and width in pixels; needed when the file leaves them open"
    )
    output: str | None = Field(
        None, description="the output to take as embedding; needed when there are several"
    )

    @property
    def sha256(self) -> str:
        """The file's digest; what is kept of its embeddings belongs under it."""
        return self._facts.sha256

    @property
    def size(self) -> tuple[int, int]:
        """Height and width that the graph takes, in pixels."""
        height, width = self._facts.size
        wanted = self.input_size or (height, width)
        for axis, said, asked in zip(("height", "width"), (height, width), wanted, strict=True):
            if asked is None:
                raise OptionError(
                    f"expected an ONNX file that says its input's {axis}, got {self.path} that "
                    "leaves it open; give the option input_size, e.g. input_size: [112, 112]"
                )
            if said is not None and said != asked:
                raise OptionError(
                    f"expected input_size to be what {self.path} takes ({axis} {said}), got "
                    f"{asked}; leave input_size out"
                )
        assert wanted[0] is not None
        assert wanted[1] is not None
        self._facts.refuse_large(wanted[0], wanted[1], self.path)
        return wanted[0], wanted[1]

    @property
    def pixels(self) -> Preprocessing:
        """How pixels are prepared, as given or as recognised."""
        if self.preprocessing is not None:
            return self.preprocessing
        if self._facts.scales is None:
            raise OptionError(
                f"expected {self.path} to begin with both a shift and a scale of its pixels, or "
                "with neither, got one of them; give the option preprocessing"
            )
        return AS_THEY_ARE if self._facts.scales else INSIGHTFACE

    def build(self) -> FaceNetwork:
        """Return the network in evaluation mode; it has no parameters and cannot be trained.

        Raises:
            WeightsError: the file changed since it was first read, or ONNX Runtime cannot run it.
        """
        file = read_onnx(self._path)
        if file.sha256 != self.sha256:
            raise WeightsError(
                f"expected {self.path} to stay as it was, got other content; "
                "build the network from its options again"
            )
        size = self.size  # before anything is run: it refuses what would fill the memory
        runtime = Runtime(file, self._facts.input, self._facts.output)
        return _OnnxNetwork(runtime, self._facts, size, self.pixels)

    @property
    def _path(self) -> Path:
        filled = re.sub(r"\$\{(\w+)\}", lambda name: environ.get(name[1], name[0]), self.path)
        return Path(filled).expanduser()

    @cached_property
    def _facts(self) -> Facts:
        file = read_onnx(self._path)
        if len(file.inputs) != 1:
            raise WeightsError(
                f"expected an ONNX file with one input, got {_names(file.inputs)} in {self.path}; "
                "export the network without its head"
            )
        if endless := sorted(file.operators & _ENDLESS):
            raise WeightsError(
                f"expected an ONNX file that runs from its start to its end, got {endless[0]} in "
                f"{self.path}, which may never end; export the network without it"
            )
        port = file.inputs[0]
        return Facts(
            sha256=file.sha256,
            input=port,
            output=self._output(file.outputs),
            channels_last=channels_last(port, self.path),
            scales=scales_pixels(file.model.graph, port.name),
        )

    def _output(self, outputs: tuple[Port, ...]) -> Port:
        if self.output is None and len(outputs) == 1:
            return outputs[0]
        for port in outputs:
            if port.name == self.output:
                return port
        wanted = "one output" if self.output is None else f"an output {self.output!r}"
        raise OptionError(
            f"expected an ONNX file with {wanted}, got {_names(outputs)} in {self.path}; "
            "name the embedding with the option output"
        )


def _names(ports: tuple[Port, ...]) -> str:
    listed = ", ".join(repr(port.name) for port in ports[:12])
    return (listed or "none") + (", ..." if len(ports) > 12 else "")


class _OnnxNetwork(FaceNetwork):
    def __init__(
        self,
        runtime: Runtime,
        facts: Facts,
        size: tuple[int, int],
        preprocessing: Preprocessing,
    ) -> None:
        super().__init__()
        self.runtime = runtime
        self.channels_last = facts.channels_last
        self.batch = facts.batch
        self.input_size = size
        self.preprocessing = preprocessing
        if facts.embedding_size is not None:
            self.embedding_size = facts.embedding_size
        else:
            blank = np.zeros((1, 3, *size), dtype=np.float32)
            self.embedding_size = self._embed(blank, "cpu").shape[1]
        self.eval()

    def requires_grad_(self, requires_grad: bool = True) -> Self:  # noqa: FBT001, FBT002 - torch's
        """Refuse: nothing here has gradients."""
        if requires_grad:
            raise InputError(_NO_GRADIENTS)
        return self

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size) on the images' device.

        Raises:
            InputError: the images' gradients are asked for.
            WeightsError: the graph fails on images of this size.
        """
        if images.requires_grad and torch.is_grad_enabled():
            raise InputError(_NO_GRADIENTS)
        array = images.detach().to("cpu", torch.float32).numpy()
        if not len(array):
            return images.new_zeros((0, self.embedding_size))
        found = self._embed(array, images.device.type)
        if found.shape[1] != self.embedding_size:
            raise WeightsError(
                f"expected embeddings of {self.embedding_size} numbers, as the file says, got "
                f"{found.shape[1]}; export it again"
            )
        return torch.from_numpy(found).to(images.device)

    def _embed(self, images: np.ndarray[Any, Any], device: str) -> np.ndarray[Any, Any]:
        """Return (N, D) float32 for (N, 3, H, W), in batches of the size that the graph takes."""
        if self.channels_last:
            images = images.transpose(0, 2, 3, 1)
        images = np.ascontiguousarray(images)
        count = len(images)
        if self.batch is None:
            return _rows(self.runtime.run(images, device), count)
        short = -count % self.batch
        if short:
            images = np.concatenate([images, np.zeros((short, *images.shape[1:]), images.dtype)])
        parts = [
            _rows(self.runtime.run(images[start : start + self.batch], device), self.batch)
            for start in range(0, len(images), self.batch)
        ]
        return np.concatenate(parts)[:count]


def _rows(found: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """Return an output as one row a photo, e.g. (N, D, 1, 1) as (N, D)."""
    if found.ndim < 2 or len(found) != count:
        raise WeightsError(
            f"expected an ONNX file that gives one embedding a photo, got {found.shape} for "
            f"{count} photos; name the embedding with the option output"
        )
    return found.reshape(count, -1)
