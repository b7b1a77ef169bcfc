"""A few faces that pass as many people, made on an embedder of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.api.arguments import check_count, check_images, check_number
from faceaudit.api.embedding import EmbedderLike, check_embedder
from faceaudit.api.templates import check_templates
from faceaudit.attacks.master_face import Known, MasterFaceAttack, master_face_attacks
from faceaudit.audit.common.matching_flow import Flow, Part
from faceaudit.errors import InputError
from faceaudit.metrics import normalized, wilson
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import Access
from faceaudit.types import Estimate, FaceSet, Float64Array, FloatArray, ImageArray


@dataclass(frozen=True, eq=False)
class MasterFaces:
    """Faces that are to pass as many, in the order in which they are to be tried.

    Attributes:
        images: (K, H, W, 3) uint8.
        templates: (K, E) their templates, of length 1.
        threshold: the cosine from which on a system accepts.
        used: the share of the people whom the search used that one of the faces passes as. It says
            nothing of others: see `covered`.
    """

    images: ImageArray
    templates: FloatArray
    threshold: float
    used: Estimate

    def covered(self, enrolled: npt.ArrayLike, faces: int | None = None) -> Estimate:
        """Return the share of enrolled people whom one of the first faces passes as.

        Args:
            enrolled: (T, E) templates, one a person, of people whom the search did not use.
            faces: how many are tried; all when None.

        Raises:
            InputError: the templates do not fit, or there are fewer faces.
        """
        count = len(self.images) if faces is None else check_count(faces, "faces")
        if count > len(self.images):
            raise InputError(f"expected at most {len(self.images)} faces, got {count}")
        others = check_templates(enrolled, "enrolled", self.templates.shape[1])
        return _share(self.templates[:count] @ others.T, self.threshold)


def find_master_faces(
    embedder: EmbedderLike,
    photos: npt.ArrayLike,
    *,
    threshold: float,
    attack: MasterFaceAttack | Mapping[str, Any] | str = "greedy_photos",
    count: int = 9,
    seed: int = 0,
    progress: Progress = silent,
) -> MasterFaces:
    """Search for a few faces that a network takes for many people.

    A plan with a section `master_face` does the same with people held out, thresholds fixed on
    others, what chance gives, further networks and mitigations.

    Args:
        embedder: the network, from `load_network` or `Embedder.wrap`.
        photos: (P, H, W, 3) uint8 at its size, one of each person whom the search may use.
        threshold: the cosine from which on a system accepts two photos, between -1 and 1.
        attack: of `components("master_face_attack")`.
        count: how many faces.
        seed: of what is drawn.
        progress: told of long work.

    Returns:
        The faces, and the share of the people searched with as whom they pass.

    Raises:
        UnknownName: there is no such attack.
        InputError: photos or a threshold that do not fit, or a network without gradients.

    Example:
        >>> import faceaudit, torch
        >>> _ = torch.manual_seed(0)
        >>> module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 16 * 16, 8))
        >>> embedder = faceaudit.Embedder.wrap(module, size=(16, 16))
        >>> photos = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
        >>> found = faceaudit.find_master_faces(embedder, photos[:20], threshold=0.3, count=3)
        >>> others = faceaudit.embed(embedder, photos[20:])
        >>> found.images.shape, found.covered(others).n
        ((3, 16, 16, 3), 20)
    """
    chosen = master_face_attacks.build(attack)
    network, images = check_embedder(embedder), check_images(photos, "photos")
    limit = check_number(threshold, "threshold", least=-1.0, most=1.0)
    amount = check_count(count, "count")
    if len(images) < 2:
        raise InputError(f"expected photos of two people or more, got {len(images)}")
    own = normalized(network.embed(images))
    spread = float(np.std((own @ own.T)[~np.eye(len(own), dtype=np.bool_)])) or 1.0

    def scores(shown: ImageArray) -> Float64Array:
        found = normalized(network.embed(shown)).astype(np.float64) @ own.T
        return np.asarray((found - limit) / spread)

    flow = None
    if chosen.access == Access.GRADIENTS:
        part = Part(network.differentiable(), own, (limit, spread), network.size, None)
        flow = Flow((part,), lambda pixels: pixels, least=True)
    known = Known(_people(images), scores, flow, progress)
    made = chosen.find(known, amount, np.random.default_rng(check_count(seed, "seed", least=0)))
    templates = normalized(network.embed(made))
    return MasterFaces(made, templates, limit, _share(templates @ own.T, limit))


def _people(images: ImageArray) -> FaceSet:
    """Return photos of as many people, of whom nothing else is known."""
    each = np.arange(len(images))
    names = tuple(f"{one:06d}" for one in each.tolist())
    return FaceSet(images=images, identity=each, names=names, ids=names, group=each)


def _share(cosines: npt.NDArray[np.floating[Any]], threshold: float) -> Estimate:
    """Return the share of (K, T) people whom a face passes as."""
    hits = np.count_nonzero((cosines >= threshold).any(axis=0))
    return wilson(int(hits), cosines.shape[1])
