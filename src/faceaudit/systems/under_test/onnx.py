"""The door to systems in ONNX files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from faceaudit.errors import OptionError, WeightsError
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.networks.onnx import Onnx as OnnxNetwork
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    SystemUnderTest,
    VerifierUnderTest,
    systems_under_test,
)


@systems_under_test.register
class Onnx(SystemUnderTest):
    """An identifier or embedder in an ONNX file; it answers, but gives no gradients."""

    name: ClassVar[str] = "onnx"
    paper: ClassVar[str] = (
        "ONNX, Open Neural Network Exchange, 2017, onnx.ai, run by ONNX Runtime. Whether a graph "
        "is an identifier or an embedder is told by how it ends."
    )

    path: str = Field(description="the .onnx file; ~ and ${NAME} are filled in")
    role: Literal["identifier", "embedder"] | None = Field(
        None,
        description="what it is; none: an identifier where a softmax ends or follows the output, "
        "or it has as many numbers as there are names; an embedder where a batch norm or a "
        "division by its length ends it",
    )
    output: str | None = Field(
        None, description="the output to take; needed when there are several"
    )
    names: str | tuple[str, ...] | None = Field(
        None,
        description="whom an identifier knows: a file with one name a line in the order of labels, "
        "or the names; none: class-0 and so on",
    )
    input_size: tuple[int, int] | None = Field(
        None, description="height and width in pixels; needed when the file leaves them open"
    )
    preprocessing: Preprocessing | None = Field(
        None,
        description="order, mean and scale of the channels; none: recognised (RGB 0 to 255 when "
        "the graph begins with a shift and a scale, else RGB -1 to 1)",
    )
    access: tuple[Access, ...] | None = Field(
        None, description="what to let the audit see; none: all that the system gives"
    )

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest:
        """Return the system in the file.

        Raises:
            WeightsError: the file cannot be read or run, or is in another role than was said.
            OptionError: it cannot be told what it is; the message names the option that says it.
            InputError: names that do not fit, or no such device.
        """
        from faceaudit.systems.under_test.common import network_answers as answers  # noqa: PLC0415
        from faceaudit.systems.under_test.common.class_names import (  # noqa: PLC0415
            class_names,
            read_names,
        )
        from faceaudit.systems.under_test.common.limited import limited  # noqa: PLC0415
        from faceaudit.training.device import choose_device  # noqa: PLC0415 - slow to load

        network = OnnxNetwork(
            path=self.path,
            output=self.output,
            input_size=self.input_size,
            preprocessing=self.preprocessing,
        )
        chosen, names, module = choose_device(device), read_names(self.names), network.build()
        role = self._role(network, module.embedding_size, names)
        running = answers.RunningNetwork(network, module, network.sha256, chosen, cache, progress)
        file = Path(self.path).name
        if role == "embedder":
            title = f"{file} (ONNX, embedder)"
            embedder = answers.NetworkEmbedder(running, title=title, gradients=False)
            return limited(embedder, self.access)
        known = class_names(module.embedding_size, names)
        title = f"{file} (ONNX, identifier of {len(known):,} people)"
        identifier = answers.NetworkIdentifier(running, None, known, title=title, gradients=False)
        return limited(identifier, self.access)

    def _role(self, network: OnnxNetwork, width: int, names: tuple[str, ...] | None) -> str:
        from faceaudit.systems.under_test.common.onnx_kind import tell_kind  # noqa: PLC0415

        told = tell_kind(*network.graph_to_output())
        if told is not None and told.kind == "identifier":
            if self.role == "embedder":
                raise WeightsError(
                    f"expected an embedder, got {self.path}, an identifier ({told.why}); try role: "
                    "identifier, or name the embedding with output"
                )
            return told.kind
        if self.role is not None:
            return self.role
        if names is not None and len(names) == width:
            return "identifier"
        if told is not None:
            return told.kind
        raise OptionError(
            f"expected an ONNX file that ends in a softmax (an identifier) or a norm (an embedder),"
            f" got {self.path} with {width:,} numbers that may be either; say role: identifier or "
            "role: embedder"
        )
