"""Our speed beside that of the peers, in one run on one machine: `make bench`.

Prints one table and writes bench.json: rows of work, peer, the peer's figure, ours, unit, ratio and
machine. Use the ratios; the figures themselves are those of whatever machine this ran on. Most
figures are the best, or the median, of several rounds that alternate between the peer and us, so
that a busy moment of a shared machine does not fall on one side only.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch.nn import functional

from backdoor_mitigations import backdoor_mitigation_rows
from embedding import embedding
from faceaudit.attacks.backdoor.common.blending import blend
from faceaudit.audit.common import environment as machine
from faceaudit.faces.sources.base import sources
from faceaudit.networks import networks
from faceaudit.systems.identifiers.identifier import train_identifier
from faceaudit.training import Training, TrainingPhotos
from http_door import http_door_rows
from inversion import inversion_rows
from label_only import label_only_rows
from limited import limited_rows
from listed_photos import listed_photo_rows
from membership import membership_rows
from protocols import protocols
from shadows import shadow_rows
from start import start_rows
from store import store_rows

ROUNDS = 5
DECIMALS = {
    "%": "{:,.1f}",
    "% of run": "{:,.2f}",
    "records/s": "{:,.1f}",
    "audits/CPU h": "{:,.1f}",
    "ms": "{:,.1f}",
    "CPU s": "{:,.2f}",
    "s": "{:,.1f}",
}
PEOPLE = {"source": "synthetic", "people": 12, "photos": 240}


@dataclass(frozen=True)
class Row:
    """One comparison. `ratio` is ours over the peer's, above 1 when we are faster."""

    work: str
    peer: str
    peer_figure: float | None
    ours: float
    unit: str
    ratio: float | None
    machine: str


def ratio_of(theirs: float | None, own: float, unit: str) -> float | None:
    """Return how many times as fast as the peer we are; of seconds fewer are faster."""
    if not theirs:
        return None
    return theirs / own if unit == "s" else own / theirs


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many of `count` things a second `work` does, called again for a quarter second."""
    times, start = 0, time.perf_counter()
    while times == 0 or time.perf_counter() - start < 0.25:
        work()
        times += 1
    return times * count / (time.perf_counter() - start)


def compare(
    count: int, peer: Callable[[], object], ours: Callable[[], object]
) -> tuple[float, float]:
    """Return the best rate of the peer and ours over alternating rounds, the first left out."""
    rounds = [(rate(count, peer), rate(count, ours)) for _ in range(ROUNDS + 1)][1:]
    return max(theirs for theirs, _ in rounds), max(own for _, own in rounds)


def poison_building(folder: Path) -> list[tuple[str, str, float | None, float, str]]:
    """Blend a pattern into images of 112 x 112: as many as a large attack has, and many more."""
    from art.attacks.poisoning.perturbations import insert_image  # noqa: PLC0415

    rng = np.random.default_rng(0)
    key = rng.integers(0, 256, (112, 112, 3), dtype=np.uint8)
    path = str(folder / "key.png")
    Image.fromarray(key).save(path)
    rows = []
    for count, size in ((500, (112, 112)), (500, None), (2000, (112, 112)), (2000, None)):
        images = rng.integers(0, 256, (count, 112, 112, 3), dtype=np.uint8)
        scaled = images.astype(np.float32) / 255
        peer = partial(insert_image, scaled, backdoor_path=path, random=False, mode="RGB")
        peer = partial(peer, x_shift=0, y_shift=0, blend=0.2, size=size)
        ours = partial(blend, images, key, 0.2)
        assert np.abs(peer() * 255 - ours()).max() < 2, "not the same work"
        name = "ART insert_image" + (", size given" if size else "")
        rows.append((f"blend {count:,} images 112x112", name, *compare(count, peer, ours), "img/s"))
    return rows


def rendering(folder: Path) -> list[tuple[str, str, float | None, float, str]]:
    """Render synthetic people, into the memory map and all."""
    rows = []
    for size in ((55, 47), (64, 64), (112, 112), (224, 224)):
        rates = []
        for seed in range(ROUNDS):
            source = sources.build({**PEOPLE, "seed": seed})
            cache = folder / f"{size[0]}-{seed}"
            start = time.perf_counter()
            rates.append(len(source.load(size, cache=cache).faces))
            rates[-1] /= time.perf_counter() - start
        rows.append((f"render faces {size[0]}x{size[1]}", "", None, max(rates), "img/s"))
    return rows


def training(folder: Path) -> list[tuple[str, str, float | None, float, str]]:
    """Train DeepID for two epochs: our loop over a memory map, a bare loop over tensors in RAM."""
    people, photos, batch, epochs = 40, 60, 64, 2
    path = folder / "images.npy"
    rng = np.random.default_rng(0)
    np.save(path, rng.integers(0, 256, (people * photos, 55, 47, 3), dtype=np.uint8))
    mapped = np.load(path, mmap_mode="c")
    label = np.repeat(np.arange(people), photos)
    names = tuple(map(str, range(people)))
    network = networks.build("deepid")
    all_photos = TrainingPhotos.of((mapped, np.arange(len(mapped)), label))
    tiny = TrainingPhotos.of((mapped, np.arange(1), label[:1]))
    options = Training(epochs=epochs, batch=batch, learning_rate=1e-3, device="cpu")
    in_memory, labels = torch.from_numpy(np.array(mapped)), torch.from_numpy(label)

    def bare() -> None:
        body = network.build().to(memory_format=torch.channels_last)
        head = torch.nn.Linear(body.embedding_size, people)
        parameters = [*body.parameters(), *head.parameters()]
        optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.0, fused=True)
        for _ in range(epochs):
            order = torch.randperm(len(in_memory))
            for start in range(0, len(order), batch):
                chosen = order[start : start + batch]
                logits = head(body(body.prepare(in_memory[chosen])))
                loss = functional.cross_entropy(logits, labels[chosen])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()

    def ours() -> None:
        train_identifier(network, names, all_photos, tiny, options, seed=0)

    theirs, own = compare(epochs * len(mapped), bare, ours)
    return [("train DeepID, batch 64", "bare PyTorch loop, tensors in RAM", theirs, own, "img/s")]


def main() -> None:
    """Measure everything, print the table and write bench.json."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    about = machine.describe_machine("cpu")
    where = f"{about['processor']}, {about['cores']} cores, torch {machine.versions()['torch']}"
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for measure in (poison_building, rendering, training):
            found += measure(Path(folder))
    found += start_rows()
    found += store_rows()
    found += listed_photo_rows()
    found += embedding(compare)
    found += limited_rows(compare)
    found += protocols()
    found += membership_rows()
    found += http_door_rows()
    found += inversion_rows()
    torch.set_num_threads(1)  # such small products by several wait for a core that is busy
    found += shadow_rows()
    found += label_only_rows()
    found += backdoor_mitigation_rows()
    rows = [
        Row(work, peer, theirs, own, unit, ratio_of(theirs, own, unit), where)
        for work, peer, theirs, own, unit in found
    ]
    table = Table(title=where, box=None)
    for heading in ("work", "peer"):
        table.add_column(heading)
    for heading in ("peer's", "ours", "unit", "ratio"):
        table.add_column(heading, justify="right")
    for row in rows:
        figure = DECIMALS.get(row.unit, "{:,.0f}")
        theirs = "" if row.peer_figure is None else figure.format(row.peer_figure)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.work, row.peer, theirs, figure.format(row.ours), row.unit, ratio)
    Console(width=140).print(table)
    content = json.dumps([asdict(row) for row in rows], indent=1)
    Path("bench.json").write_text(content, "utf-8")


if __name__ == "__main__":
    main()
