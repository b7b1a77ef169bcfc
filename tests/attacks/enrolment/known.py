"""People of coarse patterns and random linear networks, in an attacker's hand."""

from __future__ import annotations

import numpy as np
import torch

from faceaudit.attacks.enrolment import Surrogates
from faceaudit.systems.embedding.embedder import Embedder
from helpers.faces import blocks

SIZE = (40, 40)
EYES = ((13.0, 17.0), (26.0, 17.0))


def network(seed: int, width: int = 24) -> Embedder:
    """A random linear map of pixels, by which people of `blocks` are told apart."""
    torch.manual_seed(seed)
    flat = torch.nn.Linear(3 * SIZE[0] * SIZE[1], width, bias=False)
    return Embedder.wrap(torch.nn.Sequential(torch.nn.Flatten(), flat), size=SIZE)


def surrogates(networks: int = 1, people: int = 12, photos: int = 2, seed: int = 5) -> Surrogates:
    """The attacker's own people, and the networks."""
    faces = blocks(people=people, photos=photos, size=SIZE, seed=seed)
    eyes = np.broadcast_to(np.array(EYES, dtype=np.float32), (len(faces), 2, 2)).copy()
    return Surrogates(
        tuple(network(number) for number in range(networks)),
        (faces.images,) * networks,
        (eyes,) * networks,
        faces.identity,
    )
