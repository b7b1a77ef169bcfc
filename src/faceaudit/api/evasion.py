"""Photos changed within a budget, so that an embedder of one's own takes them for others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from faceaudit.api.arguments import check_count, check_images, shown
from faceaudit.api.embedding import EmbedderLike, check_embedder
from faceaudit.api.templates import check_templates
from faceaudit.attacks.evasion import EvasionAttack, Shown, evasion_attacks
from faceaudit.audit.common.matching_flow import Flow, Part
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.progress import Progress, silent
from faceaudit.protocols.matching import cosines
from faceaudit.types import Float64Array, ImageArray

if TYPE_CHECKING:
    from torch import Tensor

GOALS = ("impersonate", "dodge")


@dataclass(frozen=True, eq=False)
class ChangedPhotos:
    """Photos as an attack changed them, and how alike they are to the templates given.

    Attributes:
        images: (N, H, W, 3) uint8.
        before: (N,) cosines of the photos as they were.
        noise: (N,) the same with random noise of the same budget, which knows nothing.
        after: (N,) the same of the changed photos.
    """

    images: ImageArray
    before: Float64Array
    noise: Float64Array
    after: Float64Array


def change_photos(
    embedder: EmbedderLike,
    photos: npt.ArrayLike,
    templates: npt.ArrayLike,
    *,
    goal: str = "impersonate",
    attack: EvasionAttack | Mapping[str, Any] | str = "pgd",
    seed: int = 0,
    progress: Progress = silent,
) -> ChangedPhotos:
    """Change photos within a budget, to be more, or less, like templates of a network.

    A plan with a section `evasion` does the same with thresholds fixed on other people, further
    networks and mitigations.

    Args:
        embedder: the network, from `load_network` or `Embedder.wrap`; it must give gradients.
        photos: (N, H, W, 3) uint8 at its size.
        templates: (N, E) of the person whom each photo is compared with.
        goal: "impersonate" makes them more alike, "dodge" less.
        attack: of `components("evasion_attack")`, with its budget.
        seed: of what is drawn.
        progress: told of long work.

    Returns:
        The changed photos, and how alike each is to its template before, after and with noise.

    Raises:
        UnknownName: there is no such attack.
        InputError: photos and templates do not fit, no such goal, or a network without gradients.

    Example:
        >>> import faceaudit, torch
        >>> _ = torch.manual_seed(0)
        >>> module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 16 * 16, 8))
        >>> embedder = faceaudit.Embedder.wrap(module, size=(16, 16))
        >>> photos = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
        >>> others = faceaudit.embed(embedder, photos[::-1].copy())
        >>> found = faceaudit.change_photos(embedder, photos, others)
        >>> bool((found.after > found.before).all()), int(abs(found.images - 0.0 - photos).max())
        (True, 8)
    """
    chosen = evasion_attacks.build(attack)
    if goal not in GOALS:
        raise InputError(f"expected goal to be one of {', '.join(GOALS)}, got {shown(goal)}")
    network, images = check_embedder(embedder), check_images(photos, "photos")
    wanted = check_templates(templates, "other", network.embedding_size)
    if len(wanted) != len(images):
        raise InputError(f"expected as many templates as photos, {len(images)}, got {len(wanted)}")
    before = cosines(normalized(network.embed(images)), wanted)
    part = Part(network.differentiable(), wanted, (0.0, 1.0), network.size, None)
    flow = Flow((part,), lambda pixels: pixels, least=True)
    sign = 1.0 if goal == "impersonate" else -1.0

    def score(pixels: Tensor, rows: Tensor) -> Tensor:
        return sign * flow.paired(pixels, rows)

    rng = np.random.default_rng(check_count(seed, "seed", least=0))
    changed = chosen.perturb(Shown(images, score, progress), rng)
    noised = chosen.noise(images, rng)
    noise, after = (cosines(normalized(network.embed(one)), wanted) for one in (noised, changed))
    return ChangedPhotos(changed, before, noise, after)
