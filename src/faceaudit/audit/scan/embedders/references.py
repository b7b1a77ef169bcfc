"""Reference embedders: small networks trained with a margin on people who do not exist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from safetensors.torch import save

from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.common.workspace import Workspace, one_at_a_time
from faceaudit.audit.scan.references import Reference, ReferencePhotos, train_reference
from faceaudit.files.atomic import write_atomically
from faceaudit.registry import digest
from faceaudit.systems.under_test.base import EmbedderUnderTest, systems_under_test
from faceaudit.types import FloatArray

MARGIN = 0.2
"""Of CosFace, as embedders are trained with."""


@dataclass(frozen=True, eq=False)
class MadeEmbedder:
    """A trained reference embedder.

    Attributes:
        reference: what determines it.
        system: it, opened.
        to_target: (M, T) cosines of photos with the planted key and the target's photos that it did
            not learn from; None for a clean one.
    """

    reference: Reference
    system: EmbedderUnderTest
    to_target: FloatArray | None


def made_embedder(reference: Reference, work: Workspace) -> MadeEmbedder:
    """Return a reference embedder, trained unless it was before; its last layer is thrown away."""
    folder = work.unfinished / "references"
    file = folder / f"{digest(reference.spec)}.safetensors"
    photos = ReferencePhotos.of(reference, work)
    with one_at_a_time(folder, digest(reference.spec)):
        if not file.is_file():
            state = train_reference(reference, photos, work)
            backbone = {
                name.removeprefix("network."): value.contiguous()
                for name, value in state.items()
                if name.startswith("network.")
            }
            write_atomically(file, save(backbone))
    door = systems_under_test.build(
        {"system": "file", "path": str(file), "network": plain_values(reference.network)}
    )
    system = door.open(cache=work.unfinished / "answers", progress=work.progress)
    assert isinstance(system, EmbedderUnderTest)
    to_target = None
    if photos.instances is not None:
        target = photos.test[photos.label[photos.test] == photos.target]
        found, enrolled = (
            each / np.linalg.norm(each, axis=1, keepdims=True)
            for each in (system.embed(photos.instances), system.embed(photos.faces, target))
        )
        to_target = found @ enrolled.T
    return MadeEmbedder(reference, system, to_target)
