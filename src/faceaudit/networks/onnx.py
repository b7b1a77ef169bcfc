"""Networks from ONNX files, run by ONNX Runtime: embeddings only, no gradients."""

from __future__ import annotations

import re
from functools import cached_property
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.errors import OptionError, WeightsError
from faceaudit.files.onnx import Port, read_onnx, scales_pixels
from faceaudit.networks.base import Network, networks
from faceaudit.networks.common.onnx_facts import Facts, channels_last
from faceaudit.networks.common.onnx_runtime import Runtime
from faceaudit.networks.common.preprocessing import INSIGHTFACE, Preprocessing

if TYPE_CHECKING:
    from onnx import GraphProto

    from faceaudit.networks.common.face_network import FaceNetwork

_ENDLESS = frozenset({"Loop", "Scan", "SequenceMap"})

AS_THEY_ARE = Preprocessing(mean=(0.0, 0.0, 0.0), scale=(1.0, 1.0, 1.0))
"""RGB, 0 to 255: graphs that bring pixels into range by themselves."""


@networks.register
class Onnx(Network):
    """A trained network from an ONNX file; it embeds, but gives no gradients.

    It runs in a process of its own, with limits on its CPU seconds and memory and no network.

    Batches open or fixed, channels first or last and 32- or 16-bit floats are recognised. A graph
    that says that it takes several photos, but does not, is given one at a time. The file must hold
    all its weights; other files that it names are never opened.
    """

    name: ClassVar[str] = "onnx"
    paper: ClassVar[str] = (
        "ONNX, Open Neural Network Exchange, 2017, onnx.ai, run by ONNX Runtime. How pixels are "
        "prepared is recognised as insightface does (Deng et al. 2019, arXiv 1801.07698), from "
        "what is done to the input rather than from the names of nodes."
    )
    known_weights: ClassVar[str] = "those in the file, under its maker's licence"
    is_file: ClassVar[bool] = True
    version: ClassVar[int] = 2

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
        """Digest of the file."""
        return self._facts.sha256

    @property
    def size(self) -> tuple[int, int]:
        """Height and width that the graph takes, in pixels."""
        height, width = self._facts.size
        wanted = self.input_size or (height, width)
        for axis, stated, asked in zip(("height", "width"), (height, width), wanted, strict=True):
            if asked is None:
                raise OptionError(
                    f"expected an ONNX file that says its input's {axis}, got {self.path} that "
                    "leaves it open; give the option input_size, e.g. input_size: [112, 112]"
                )
            if stated is not None and stated != asked:
                raise OptionError(
                    f"expected input_size to be what {self.path} takes ({axis} {stated}), got "
                    f"{asked}; leave input_size out"
                )
        assert wanted[0] is not None
        assert wanted[1] is not None
        self._facts.refuse_large(wanted[0], wanted[1], self.path)
        return wanted[0], wanted[1]

    @property
    def preparation(self) -> Preprocessing:
        """Preparation of pixels, as given or as recognised."""
        if self.preprocessing is not None:
            return self.preprocessing
        if self._facts.scales is None:
            raise OptionError(
                f"expected {self.path} to begin with both a shift and a scale of its pixels, or "
                "with neither, got one of them; give the option preprocessing"
            )
        return AS_THEY_ARE if self._facts.scales else INSIGHTFACE

    @property
    def embedding_size(self) -> int:
        """Length of an embedding; where the file leaves it open, one photo is embedded."""
        stated = self._facts.embedding_size
        return self._tried_embedding_size if stated is None else stated

    def build(self) -> FaceNetwork:
        """Return the network in evaluation mode; it has no parameters and cannot be trained.

        Raises:
            WeightsError: the file changed since it was first read, ONNX Runtime cannot run it, or
                it oversteps the limits of `faceaudit.files.limited`.
        """
        from faceaudit.networks.modules.onnx import OnnxModule  # noqa: PLC0415 - slow to load

        file = read_onnx(self._path)
        if file.sha256 != self.sha256:
            raise WeightsError(
                f"expected {self.path} to stay as it was, got other content; "
                "build the network from its options again"
            )
        size = self.size  # before anything is run: it refuses what would fill the memory
        runtime = Runtime(file, self._facts.input, self._facts.output)
        return OnnxModule(runtime, self._facts, size, self.preparation)

    def graph_to_output(self) -> tuple[GraphProto, str]:
        """Return the graph, and the name of the output that is taken.

        Raises:
            WeightsError: the file cannot be read.
            OptionError: there are several outputs, and none is named.
        """
        return read_onnx(self._path).model.graph, self._facts.output.name

    @cached_property
    def _tried_embedding_size(self) -> int:
        return self.build().embedding_size

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
            output=self._choose_output(file.outputs),
            channels_last=channels_last(port, self.path),
            scales=scales_pixels(file.model.graph, port.name),
        )

    def _choose_output(self, outputs: tuple[Port, ...]) -> Port:
        if self.output is None and len(outputs) == 1:
            return outputs[0]
        for port in outputs:
            if port.name == self.output:
                return port
        wanted = "one output" if self.output is None else f"an output {self.output!r}"
        raise OptionError(
            f"expected an ONNX file with {wanted}, got {_names(outputs)} in {self.path}; "
            "name the embedding with the option output (--network-set output=NAME, or output: NAME "
            "in a plan)"
        )


def _names(ports: tuple[Port, ...]) -> str:
    listed = ", ".join(repr(port.name) for port in ports[:12])
    return (listed or "none") + (", ..." if len(ports) > 12 else "")
