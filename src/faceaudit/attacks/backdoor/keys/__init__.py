"""Keys of backdoor attacks: patterns to blend over a photo and accessories to wear on a face.

After Chen et al. 2017, "Targeted Backdoor Attacks on Deep Learning Systems Using Data Poisoning"
(arXiv 1712.05526). All built-in keys are drawn by this package.
"""

from faceaudit.attacks.backdoor.keys.catalog import (
    accessories,
    accessory,
    pattern,
    patterns,
    wrong_accessories,
    wrong_patterns,
)
from faceaudit.attacks.backdoor.keys.glasses import Accessory

__all__ = [
    "Accessory",
    "accessories",
    "accessory",
    "pattern",
    "patterns",
    "wrong_accessories",
    "wrong_patterns",
]
