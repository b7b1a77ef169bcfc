"""Facts about the networks and weights of FaceX-Zoo."""

from __future__ import annotations

FACEX_ZOO_WEIGHTS = (
    "FaceX-Zoo, trained on MS-Celeb-1M-v1c; the code is Apache-2.0, of the weights no licence is "
    "stated"
)
"""Origin and licence of its weights, as `show` prints them."""
