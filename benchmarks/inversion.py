"""Speed of inverting templates by search, and of the renderer as a generator; in `make bench`.

100 templates of a DeepID are inverted with 1,000 queries each, in the space of principal components
of other people's photos. The peer is the package `cmaes` as its README has it, one person after the
other: the same searches, populations and pictures, of which the network sees one generation of one
person at a time; it does fewer people, and its time is scaled up. Asserted: both reach the same
cosine. Weights are as drawn, since what is measured does not depend on them.

The renderer's pictures are counted as its space makes them from latents, each another person,
beside a `Studio` of the source `synthetic` that is opened for one photo; and while a search asks.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cmaes
import numpy as np
import torch

from faceaudit.attacks.inversion.generators import generators
from faceaudit.attacks.inversion.templates import Knowledge, TemplateOracle, template_inversions
from faceaudit.faces.sources.base import sources
from faceaudit.faces.synthetic.render import Studio
from faceaudit.metrics import normalized
from faceaudit.networks import networks
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FaceSet, Float64Array, FloatArray

Row = tuple[str, str, float | None, float, str]

TEMPLATES, ALONE, QUERIES, POPULATION, SPREAD = 100, 10, 1_000, 20, 0.5
RENDERED = 100
"""Pictures that are rendered, and asked about in a search of the renderer's faces."""
ROUNDS = 3
COSINE = 0.03
"""How much the mean cosines reached may differ."""


class Case:
    """A DeepID, templates of some people and photos of others."""

    def __init__(self, folder: Path) -> None:
        source = sources.build({"source": "synthetic", "people": 300, "photos": 3, "sessions": 3})
        network = networks.build("deepid")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.embedder = Embedder.of(network, network.build().state_dict())
        faces = source.load(self.embedder.size, cache=folder).faces
        own = faces.identity < TEMPLATES
        self.learned: FaceSet = faces.take(np.flatnonzero(~own))
        photos = np.flatnonzero(own)[:: len(faces) // 300]
        self.stolen: FloatArray = normalized(self.embedder.embed(faces.images, photos))

    def knowledge(self, people: int) -> Knowledge:
        """Return what a search of the first people knows."""
        oracle = TemplateOracle(self.embedder, self.stolen[:people])
        return Knowledge(self.learned, np.empty((0, 0), dtype=np.float32), oracle=oracle)

    def ours(self, people: int, queries: int, **options: object) -> Float64Array:
        """Return the cosines that our search reaches."""
        attack = template_inversions.build({"attack": "search", "queries": queries, **options})
        stolen = self.stolen[:people]
        found = attack.invert(stolen, self.knowledge(people), np.random.default_rng(0))
        return np.sum(normalized(self.embedder.embed(found.images)) * stolen, axis=1)

    def alone(self, people: int, queries: int) -> Float64Array:
        """Return the cosines that searches reach which run one after the other."""
        generator = generators.build("principal_components")
        space = generator.space(self.learned, self.embedder.size, np.random.default_rng(0))
        reached = []
        for person in range(people):
            oracle = TemplateOracle(self.embedder, self.stolen[person : person + 1])
            search = cmaes.SepCMA(
                mean=np.zeros(space.dimensions),
                sigma=SPREAD,
                seed=person,
                population_size=POPULATION,
            )
            best = -1.0
            for _ in range(queries // POPULATION):
                asked = [search.ask() for _ in range(POPULATION)]
                images = space.images(np.array(asked, dtype=np.float32))
                scores = oracle.ask(images, np.zeros(POPULATION, dtype=np.int64))
                search.tell([(one, -score) for one, score in zip(asked, scores, strict=True)])
                best = max(best, float(scores.max()))
            middle = space.images(search.mean[None].astype(np.float32))
            reached.append(max(best, float(oracle.ask(middle, np.zeros(1, dtype=np.int64))[0])))
        return np.array(reached)


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def search_rows(case: Case) -> list[Row]:
    """Invert templates, all people together and one after the other."""
    reached = {}

    def alone() -> None:
        reached["peer"] = case.alone(ALONE, QUERIES).mean()

    def together() -> None:
        reached["ours"] = case.ours(TEMPLATES, QUERIES)[:ALONE].mean()

    peer, ours = seconds(alone) * TEMPLATES / ALONE, seconds(together)
    assert abs(reached["peer"] - reached["ours"]) < COSINE, reached
    work = f"invert {TEMPLATES} templates by {QUERIES:,} scores"
    return [(work, "cmaes, one person after the other", peer, ours, "s")]


def renderer_rows(case: Case) -> list[Row]:
    """Render people from latents, and search them."""
    rows: list[Row] = []
    for size in (case.embedder.size, (112, 112)):
        space = generators.build("renderer").space(None, size, np.random.default_rng(0))
        latents = space.draw(RENDERED, np.random.default_rng(0))

        def studios(size: tuple[int, int] = size) -> None:
            for person in range(RENDERED):
                Studio(0, person, size, glasses=0.0, variation=1.0).shoot(0, 1)

        rounds = [
            (seconds(studios), seconds(lambda space=space, latents=latents: space.images(latents)))
            for _ in range(ROUNDS + 1)
        ][1:]
        peer, ours = (RENDERED / min(side) for side in zip(*rounds, strict=True))
        work = f"render people {size[0]}x{size[1]}, one picture each"
        rows.append((work, "our own Studio", peer, ours, "img/s"))
    taken = seconds(lambda: case.ours(5, RENDERED + 1, generator="renderer"))
    rows.append(("search the renderer's faces", "", None, 5 * (RENDERED + 1) / taken, "img/s"))
    return rows


def inversion_rows() -> list[Row]:
    """Return every row: work, peer, the peer's figure, ours, unit."""
    with tempfile.TemporaryDirectory() as folder:
        case = Case(Path(folder))
        return search_rows(case) + renderer_rows(case)


if __name__ == "__main__":
    for row in inversion_rows():
        print(*row, sep=" | ")
