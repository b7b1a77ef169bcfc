"""The door to systems in files: weights of networks that are built here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from faceaudit.errors import WeightsError
from faceaudit.files.paths import expand
from faceaudit.networks.base import Network, networks
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    SystemUnderTest,
    VerifierUnderTest,
    systems_under_test,
)

if TYPE_CHECKING:
    from faceaudit.systems.under_test.common.weights_file import WeightsFile


def _plain_network(network: Network | None) -> dict[str, Any] | None:
    return None if network is None else network.spec().as_json()


def _build_network(value: Any) -> Network | None:
    return None if value is None else networks.build(value)


def _expand_part(path: str) -> Path:
    """Return where a path points; what names a part of the file is kept behind its `#`."""
    try:
        return expand(path, error=WeightsError)
    except WeightsError:
        file, mark, part = path.rpartition("#")
        if not (file and mark and part):
            raise
        return Path(f"{expand(file, error=WeightsError)}#{part}")


@systems_under_test.register
class File(SystemUnderTest):
    """A system in a file of weights: trained by faceaudit, or by others on a network it knows."""

    name: ClassVar[str] = "file"
    paper: ClassVar[str] = (
        "Files of safetensors, PyTorch and Keras; read without running anything in them, 2026. The "
        "softmax layer is told from the network by what it takes and by what remains without it."
    )

    path: str = Field(
        description="file of weights, FILE#PART where it holds several, or the folder of a system "
        "in a store; ~ and ${NAME} are filled in"
    )
    role: Literal["identifier", "verifier", "embedder"] | None = Field(
        None, description="what it is; none: told by the file. Another one than it is is refused"
    )
    network: Annotated[
        Network | None, BeforeValidator(_build_network), PlainSerializer(_plain_network)
    ] = Field(
        None,
        description="the network that weights of others are of, with its options; none for what "
        "faceaudit trained, and for known weights",
    )
    head: str | None = Field(
        None,
        description="the softmax layer of an identifier, as in the file; none: found by its shape; "
        "'none': left away, so that an embedder remains",
    )
    names: str | tuple[str, ...] | None = Field(
        None,
        description="whom an identifier knows: a file with one name a line in the order of labels, "
        "or the names; none: as kept with it, else class-0 and so on",
    )
    preprocessing: Preprocessing | None = Field(
        None,
        description="order, mean and scale of the channels; none: those the network expects",
    )
    weights: str | None = Field(
        None,
        description="file of the backbone's weights, for an identifier of which faceaudit trained "
        "the last layer alone",
    )
    backbones: tuple[str, ...] = Field(
        (), description="ONNX files that a verifier was trained with, in any order"
    )
    detector: str | None = Field(
        None, description="file of the detector that a verifier looks for faces with"
    )
    access: tuple[Access, ...] | None = Field(
        None, description="what to let the audit see; none: all that the system gives"
    )

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest:
        """Return the system in the file.

        Raises:
            WeightsError: the file cannot be read, is of another network or in another role, or
                something that it needs is missing.
            InputError: names that do not fit, or no such device.
        """
        from faceaudit.systems.under_test.common.limited import limited  # noqa: PLC0415
        from faceaudit.systems.under_test.common.weights_file import open_file  # noqa: PLC0415
        from faceaudit.training.device import choose_device  # noqa: PLC0415 - slow to load

        opened = open_file(
            self._given(), cache=cache, device=choose_device(device), progress=progress
        )
        return limited(opened, self.access)

    def _given(self) -> WeightsFile:
        from faceaudit.systems.under_test.common.weights_file import WeightsFile  # noqa: PLC0415

        return WeightsFile(
            path=_expand_part(self.path),
            role=self.role,
            network=self.network,
            head=self.head,
            names=self.names,
            preprocessing=self.preprocessing,
            weights=None if self.weights is None else _expand_part(self.weights),
            backbones=tuple(expand(path, error=WeightsError) for path in self.backbones),
            detector=self.detector,
        )
