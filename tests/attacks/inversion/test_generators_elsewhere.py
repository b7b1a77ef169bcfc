"""A generator of another package, which pip installs and an entry point names."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

MEMBER = '''"""A generator of another package."""
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.generators import Generator, LatentSpace, generators


class Greys(LatentSpace):
    dimensions = 2

    def __init__(self, size, base):
        self.size, self.base = size, base

    def images(self, latents):
        level = np.clip(self.base + 40 * latents[:, 0], 0, 255).astype(np.uint8)
        return np.broadcast_to(level[:, None, None, None], (len(latents), *self.size, 3)).copy()


@generators.register
class EvenGrey(Generator):
    """A picture of one grey."""

    name: ClassVar[str] = "even_grey"
    learns: ClassVar[bool] = False
    paper: ClassVar[str] = "an example of 2026; there is no face in it"
    version: ClassVar[int] = 7

    base: int = Field(100, ge=0, le=255, description="the usual grey")

    def space(self, faces, size, rng, *, progress=None):
        return Greys(size, self.base)
'''

SEARCH = """
import numpy as np
from faceaudit.attacks.inversion.templates import Knowledge, TemplateOracle, template_inversions
from faceaudit.types import FaceSet

class Network:
    size = (4, 4)
    def embed(self, images):
        level = images.reshape(len(images), -1).mean(axis=1)
        return np.stack([level, np.full(len(level), 100.0)], axis=1).astype(np.float32)

photos = FaceSet(np.zeros((3, 4, 4, 3), np.uint8), np.arange(3), ("a", "b", "c"), ("0", "1", "2"),
                 np.arange(3))
stolen = Network().embed(np.full((1, 4, 4, 3), 180, np.uint8))
attack = template_inversions.build(
    {"attack": "search", "generator": {"generator": "even_grey", "base": 90}, "queries": 201}
)
oracle = TemplateOracle(Network(), stolen)
known = Knowledge(photos, Network().embed(photos.images), oracle=oracle)
found = attack.invert(stolen, known, np.random.default_rng(0))
assert abs(int(found.images.mean()) - 180) <= 1, found.images.mean()
assert attack.identity()["generator"] == {"generator": "even_grey", "base": 90, "version": 7}
assert attack.spec().build() == attack
print("found")
"""


def test_an_attack_searches_the_faces_of_an_installed_packages_generator(tmp_path: Path) -> None:
    wheel, info = tmp_path / "greys-1.0-py3-none-any.whl", "greys-1.0.dist-info"
    files = {
        "greys.py": MEMBER,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: greys\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[faceaudit.components]\ngreys = greys\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in files))
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", SEARCH],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "found", done.stderr
