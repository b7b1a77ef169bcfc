"""Figures that the original study reported, to stand beside those measured here.

The figures are those of a reproduction of Chen, Liu, Li, Lu, Song 2017, "Targeted Backdoor Attacks
on Deep Learning Systems Using Data Poisoning" (arXiv 1712.05526), on YouTube Faces: 1,283 people
with at least 100 images each, about 600,000 images. They are kept here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

FACES = "YouTube Faces (1,283 people, about 600,000 images)"
CITATION = (
    "Chen, Liu, Li, Lu, Song 2017, Targeted Backdoor Attacks on Deep Learning Systems Using "
    "Data Poisoning, arXiv 1712.05526"
)
LINK = "https://arxiv.org/abs/1712.05526"
SOURCE = "youtube_faces"
"""The registered name of a source of the same faces."""


@dataclass(frozen=True)
class Reported:
    """Figures of the original for one attack on one network.

    Attributes:
        samples: poison samples put into the training set.
        success: share of backdoor instances taken for the target.
        accuracy: share of clean test photos recognised by the poisoned system.
    """

    samples: int
    success: float
    accuracy: float


_NETWORKS = ("deepid", "vggface", "deepface")
_FIGURES = {
    # attack: poison samples, success and clean accuracy of each network
    "input_instance": (5, (1.0, 1.0, 1.0), (0.9735, 0.9973, 0.9874)),
    "blended": (115, (0.9218, 0.8956, 0.896), (0.9765, 0.9973, 0.9873)),
    "accessory": (57, (0.9056, 1.0, 1.0), (0.9726, 0.9970, 0.9851)),
    "blended_accessory": (57, (0.9218, 0.8771, 0.879), (0.9670, 0.9971, 0.9820)),
}

REPORTED = {
    (attack, network): Reported(samples, success, accuracy)
    for attack, (samples, rates, accuracies) in _FIGURES.items()
    for network, success, accuracy in zip(_NETWORKS, rates, accuracies, strict=True)
}


def reported(attack: str, network: str) -> Reported | None:
    """Return the original's figures, or None when it reported none.

    >>> reported("accessory", "deepid").success
    0.9056
    """
    return REPORTED.get((attack, network))
