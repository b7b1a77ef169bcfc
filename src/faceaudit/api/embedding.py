"""Networks with their weights, and the embeddings of photos by them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.api.arguments import Cache, StrPath, check_images, folders, output_of, path_of, shown
from faceaudit.api.faces import FacesLike, check_faces, faces_at
from faceaudit.api.photo_names import NamesLike
from faceaudit.api.spelling import AlignLike, find_network
from faceaudit.errors import InputError
from faceaudit.faces.loaded import Loaded
from faceaudit.faces.sources.base import Source
from faceaudit.gate.embedded import write_embedded
from faceaudit.networks.base import Network
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.cache import Embeddings, embeddings
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.embedding.load import LoadedEmbedder, load_embedder
from faceaudit.types import FaceSet, FloatArray, ImageArray

if TYPE_CHECKING:
    import torch

EmbedderLike = Embedder | LoadedEmbedder
"""A network with its weights."""


def load_network(
    network: Network | Mapping[str, Any] | str,
    weights: StrPath | None = None,
    *,
    device: str | torch.device = "auto",
    **options: Any,
) -> Embedder:
    """Load a network with its trained weights, ready to embed photos.

    A network of your own, in memory, is wrapped instead: `Embedder.wrap(module, size=(112, 112))`.

    Args:
        network: a name that `components("network")` lists, such as "iresnet50"; "onnx:FILE"; or a
            mapping as a plan has it.
        weights: a file of trained weights, or the name of known ones that `faceaudit weights get`
            fetched; nothing in a file is run. None for a network that is its own file.
        device: "cpu", "cuda" or a torch device; a GPU where there is one when "auto".
        options: options of the network, as in `width=0.5`; `faceaudit show NAME` lists them.

    Returns:
        An `Embedder`: `size` is that of the photos it takes.

    Raises:
        UnknownName: no network has that name.
        OptionError: an option is wrong.
        WeightsError: there are no weights, or they are not this network's.
        InputError: no device, or CUDA was asked for where there is none.

    Example:
        ::

            embedder = faceaudit.load_network("iresnet50", "model.pt")
            embedder = faceaudit.load_network("onnx:embedder.onnx")
    """
    file = None if weights is None else os.fspath(path_of(weights, "trained weights"))
    return load_embedder(find_network(network, options), file, device=device).embedder


def embed(
    embedder: EmbedderLike,
    photos: ImageArray | FacesLike,
    *,
    align: AlignLike | None = None,
    only: NamesLike | None = None,
    cache: Cache = None,
    progress: Progress = silent,
) -> FloatArray:
    """Return the embeddings of photos, one a row, not normalised.

    Those of faces are kept in the cache, so that no photo is embedded twice; those of an array are
    not.

    Args:
        embedder: a network with its weights.
        photos: (N, H, W, 3) uint8 RGB of the embedder's `size`; loaded faces; or where to load
            them from, as `load_faces` takes it.
        align: how the face in each photo is found, where they are loaded now.
        only: the photos that are needed, where they are loaded now; see `load_faces`.
        cache: a folder, or a `Store` to keep them beside it; `$FACEAUDIT_CACHE` or
            `~/.cache/faceaudit` when None.
        progress: told of every photo.

    Returns:
        (N, E) float32.

    Raises:
        InputError: no embedder, photos of another size or type, or `align` or `only` for faces that
            are not loaded now.
        FaceAuditError: the faces cannot be loaded.
        StoreError: the cache cannot be written.

    Example:
        >>> import faceaudit, numpy, torch
        >>> module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 16))
        >>> embedder = faceaudit.Embedder.wrap(module, size=(32, 32))
        >>> faceaudit.embed(embedder, numpy.zeros((2, 32, 32, 3), numpy.uint8)).shape
        (2, 16)
    """
    chosen = check_embedder(embedder)
    if not isinstance(photos, FaceSet | Loaded | Source | Mapping | str | os.PathLike):
        images = check_images(photos)
        if align is not None:
            raise InputError(
                f"expected align for faces that are loaded now, got {shown(align)} for an array; "
                "try load_faces(..., align=...)"
            )
        _refuse_only(only, "an array")
        if images.shape[1:3] != chosen.size:
            raise InputError(
                f"expected photos of the embedder's size {chosen.size}, got {images.shape[1:3]}; "
                "load the faces at that size"
            )
        return chosen.embed(images)
    kept = embed_faces(chosen, photos, align=align, only=only, cache=cache, progress=progress)
    return kept.take()


@dataclass(frozen=True, eq=False)
class KeptEmbeddings:
    """The embeddings of N photos, left on the disk until they are taken.

    Attributes:
        rows: where they are.
        folder: holds them, and all others by the same network.
    """

    rows: Embeddings
    folder: Path

    def __len__(self) -> int:
        return len(self.rows)

    def take(self) -> FloatArray:
        """Return all of them, (N, E) float32, in memory."""
        return self.rows.take()


def embed_faces(
    embedder: EmbedderLike,
    faces: FacesLike,
    *,
    align: AlignLike | None = None,
    only: NamesLike | None = None,
    cache: Cache = None,
    progress: Progress = silent,
) -> KeptEmbeddings:
    """Embed faces that may be more than memory holds; see `embed`."""
    chosen = check_embedder(embedder)
    check_faces(faces, align)
    if isinstance(faces, FaceSet | Loaded):
        _refuse_only(only, "loaded ones")
    work = folders(cache, progress)
    images = faces_at(faces, [chosen.size], work, align=align, only=only)[0].faces.images
    rows = embeddings(chosen, images, cache=work.embeddings, progress=progress)
    return KeptEmbeddings(rows, work.embeddings / chosen.id)


def _refuse_only(only: object, what: str) -> None:
    if only is not None:
        raise InputError(
            f"expected only for faces that are loaded now, got {shown(only)} for {what}; try "
            "load_faces(..., only=...)"
        )


def save_embeddings(path: StrPath, embedded: FloatArray, faces: FaceSet) -> Path:
    """Write the embeddings of faces to an .npz file, for `check_lists` and for other programs.

    Args:
        path: the file to write.
        embedded: (N, E) float32, a row for each photo.
        faces: the N photos.

    Returns:
        The file written, with the arrays `embeddings`, `ids` and `people`.

    Raises:
        InputError: not as many embeddings as photos, or the file cannot be written.
    """
    if not isinstance(embedded, np.ndarray) or len(embedded) != len(faces):
        raise InputError(
            f"expected an embedding of each of {len(faces):,} photos, got {shown(embedded)}"
        )
    file = output_of(path, "embeddings to write")
    write_embedded(file, embedded, faces)
    return file


def check_embedder(embedder: object) -> Embedder:
    """Return an embedder.

    Raises:
        InputError: it is something else, such as a bare module.
    """
    if isinstance(embedder, LoadedEmbedder):
        return embedder.embedder
    if isinstance(embedder, Embedder):
        return embedder
    raise InputError(
        f"expected an Embedder, got {shown(embedder)}; try faceaudit.load_network(...), or "
        "faceaudit.Embedder.wrap(module, size=(112, 112)) for a module of your own"
    )


def check_embedders(embedders: EmbedderLike | Sequence[EmbedderLike]) -> list[Embedder]:
    """Return one embedder or several as a list.

    Raises:
        InputError: there is none, or one is something else.
    """
    if not isinstance(embedders, Sequence) or isinstance(embedders, str):
        return [check_embedder(embedders)]
    if not embedders:
        raise InputError("expected at least one Embedder, got none")
    return [check_embedder(one) for one in embedders]
