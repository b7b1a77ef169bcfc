"""Short timings of this machine: seconds a step of each kind of work, and memory beyond a start.

They are kept for a day in `$FACEAUDIT_CACHE/timings` or `~/.cache/faceaudit/timings`, by machine,
versions and what was timed.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.audit.common import environment
from faceaudit.audit.common.workload import Work
from faceaudit.audit.common.workspace import CACHE
from faceaudit.deferred import deferred
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.packing.pack import pack
from faceaudit.faces.sources.base import Source
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.files.atomic import make_private, write_atomically
from faceaudit.files.temporary import TemporaryFolder
from faceaudit.networks.base import Network
from faceaudit.progress import silent
from faceaudit.registry import digest
from faceaudit.systems.predictors import predictors
from faceaudit.systems.predictors.base import PairData
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    import torch

    from faceaudit.systems.embedding import embedder
    from faceaudit.systems.identifiers import identifier, last_layer
    from faceaudit.training import classifier, determinism, loop
    from faceaudit.training import photos as training_photos
    from faceaudit.training.classifier import Classifier
else:
    torch = deferred("torch")
    embedder = deferred("faceaudit.systems.embedding.embedder")
    identifier = deferred("faceaudit.systems.identifiers.identifier")
    last_layer = deferred("faceaudit.systems.identifiers.last_layer")
    classifier = deferred("faceaudit.training.classifier")
    determinism = deferred("faceaudit.training.determinism")
    loop = deferred("faceaudit.training.loop")
    training_photos = deferred("faceaudit.training.photos")

ENOUGH = 0.4
"""Seconds that a timing lasts at least, unless it comes to `MOST` steps before."""

MOST = 512
DAY = 86_400
CROWD = 1.5
"""Programs that want to run, for each processor, from which on the clock tells of others."""

BATCH = 64
"""Photos at most that a training is timed with at once."""

SAMPLE = 12
"""Photos that are read, and as many in a first round that warms up."""

EMBEDDING = 128
"""Length of the embeddings that last layers and predictors are timed with."""


@dataclass(frozen=True)
class Timing:
    """What one step takes.

    Attributes:
        seconds: a step.
        memory_bytes: beyond what the process had before; for training with the batch of its work.
    """

    seconds: float
    memory_bytes: float = 0.0


class Stopwatch:
    """Seconds that work takes while nothing else runs.

    They are those of the clock. Where more programs wait for processors than there are, they are
    what the processors spent on this process instead, shared by its threads: a timing that is kept
    for a day should not tell of a moment's crowd.

    Args:
        threads: how many the work keeps busy.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._clock, self._spent = time.perf_counter(), time.process_time()

    def seconds(self) -> float:
        """Return the seconds since the start."""
        clock, spent = time.perf_counter() - self._clock, time.process_time() - self._spent
        crowded = os.getloadavg()[0] > CROWD * (os.cpu_count() or 1)
        return min(clock, max(spent / self._threads, 1e-9)) if crowded else clock


def timing_of(work: Work) -> Timing | None:
    """Return what a step of some work takes here; None where it could not be timed.

    Nothing is timed anew within a day.

    Args:
        work: one kind of work on one source or network.
    """
    key = digest(_key(work))
    path = _folder() / f"{key}.json"
    with suppress(OSError, ValueError, TypeError, LookupError, RecursionError):
        if time.time() - path.stat().st_mtime < DAY:
            kept = json.loads(path.read_text("utf-8"))
            if kept["check"] == digest([key, kept["timing"]]):
                return Timing(**kept["timing"])
    measured = _MEASURES[work.kind](work)
    if measured is not None:
        with suppress(OSError):
            make_private(path.parent)
            timing = asdict(measured)
            kept = {"timing": timing, "check": digest([key, timing])}
            write_atomically(path, json.dumps(kept))
    return measured


def _folder() -> Path:
    return Path(os.environ.get(CACHE) or "~/.cache/faceaudit").expanduser() / "timings"


def _key(work: Work) -> list[object]:
    """Return everything that a timing depends on, as JSON values."""
    about = [platform.node(), platform.machine(), _cores()]
    training = work.training
    how = [] if training is None else [training.batch, training.threads, training.device]
    parts = [None if one is None else one.identity() for one in (work.source, work.network)]
    classes = 0 if work.kind in ("load", "embed") else work.classes
    return [*about, environment.versions(), work.kind, *parts, list(work.size), how, classes]


def _time_load(work: Work) -> Timing | None:
    assert work.source is not None
    folder = TemporaryFolder()
    try:
        if isinstance(work.source, PhotoSource):
            return _time_packing(work.source, work.size, folder.path)
        return _time_rendering(work.source, work.size, folder.path)
    finally:
        folder.close()


def _time_packing(source: PhotoSource, size: tuple[int, int], folder: Path) -> Timing | None:
    stream = source.photos()
    found = (photo for photo in stream.photos() if not isinstance(photo, LeftOut))
    step = max(1, (stream.total or 1) // (2 * SAMPLE))
    chosen = list(islice(found, 0, 2 * SAMPLE * step, step))
    if len(chosen) < 2:
        return None
    warm, timed = chosen[::2], chosen[1::2]
    seconds = 0.0
    for number, photos in enumerate((warm, timed)):
        some = replace(source.packing(stream, size), what=number, stream=partial(iter, photos))
        watch = Stopwatch(_cores())
        pack(some, cache=folder, progress=silent)
        seconds = watch.seconds() / len(photos)
    return Timing(seconds)


def _time_rendering(source: Source, size: tuple[int, int], folder: Path) -> Timing | None:
    if "people" not in type(source).model_fields:
        return None
    seconds = 0.0
    for people in (2, 4):  # the first warms up
        some = source.model_copy(update={"people": people})
        watch = Stopwatch(1)
        loaded = some.load(size, cache=folder, progress=silent)
        seconds = watch.seconds() / len(loaded.faces)
    return Timing(seconds)


def _time_embedding(work: Work) -> Timing:
    assert work.network is not None
    with torch.random.fork_rng(devices=[]):
        built = embedder.Embedder(work.network, work.network.build(), "")
    return _repeated(built.embed, _noise(16, built.size))


def _time_recognising(work: Work) -> Timing:
    assert work.network is not None
    assert work.training is not None
    names = tuple(map(str, range(work.classes)))
    state = _untrained(work.network, work.classes).state_dict()
    built = identifier.Identifier(work.network, names, state, work.training.torch_device())
    images = _noise(32, built.size)
    with determinism.cpu_threads(work.training.threads):
        return _repeated(built.logits, images)


def _time_training(work: Work) -> Timing:
    training = work.training
    assert training is not None
    generator = np.random.default_rng(0)
    wanted = max(4, min(training.batch, BATCH))
    if work.network is None:
        images: object = generator.normal(size=(wanted, EMBEDDING)).astype(np.float32)
        model = classifier.Classifier(last_layer.Features(EMBEDDING), work.classes)
    else:
        images = _noise(wanted, work.network.size)
        model = _untrained(work.network, work.classes)
    labels = generator.integers(work.classes, size=wanted)
    plain = {"balanced": False, "per_person": None, "mirrored": False, "learning_rate": 1e-4}

    def learn(batch: int, epochs: int) -> float:
        """Return the seconds a photo of a training on one batch."""
        options = {**plain, "epochs": epochs, "batch": batch, "patience": epochs}
        photos, one = (
            training_photos.TrainingPhotos.of((images, rows, labels[rows]))  # type: ignore[arg-type]
            for rows in (np.arange(batch), np.arange(1))
        )
        watch = Stopwatch(training.threads or torch.get_num_threads())
        loop.fit(model, photos, one, training.model_copy(update=options), seed=0)
        return watch.seconds() / (batch * epochs)

    learn(4, 1)
    each = learn(4, 1)
    batch = max(4, min(wanted, int(ENOUGH / each)))  # of a large network fewer will do
    _reset_peak()
    before = _peak()
    each = learn(batch, 1)
    seconds = learn(batch, max(1, min(20, int(ENOUGH / (each * batch)))))
    return Timing(seconds, max(0, _peak() - before) * training.batch / batch)


def _time_verifiers(work: Work) -> Timing:
    """Time the training of predictors, by which all the work on verifiers is scaled."""
    del work
    generator = np.random.default_rng(0)
    photos = generator.normal(size=(400, EMBEDDING)).astype(np.float32)
    first, second = generator.integers(400, size=(2, 800))
    data = PairData(photos, first, second, generator.integers(2, size=800).astype(np.float32))
    rows = np.stack([generator.permutation(800)[:400] for _ in range(16)])
    predictor = predictors.build({"predictor": "difference_network", "epochs": 5})
    predictor.fit(data, rows, range(16))
    watch = Stopwatch(torch.get_num_threads())
    predictor.fit(data, rows, range(16))
    return Timing(watch.seconds() / (16 * 400 * 5))


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _repeated(call: Callable[[ImageArray], object], images: ImageArray) -> Timing:
    """Return the seconds an image of a call that is repeated until they are enough."""
    _reset_peak()
    before = _peak()
    call(images)
    done, watch = 0, Stopwatch(torch.get_num_threads())
    while done < MOST and watch.seconds() < ENOUGH:
        call(images)
        done += len(images)
    return Timing(watch.seconds() / done, max(0, _peak() - before))


def _untrained(network: Network, classes: int) -> Classifier:
    with torch.random.fork_rng(devices=[]):
        return classifier.Classifier(network.build(), classes)


def _noise(count: int, size: tuple[int, int]) -> ImageArray:
    shape = (count, *size, 3)
    return np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)


def _peak() -> int:
    """Return the most memory that this process had since `_reset_peak`, in bytes."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    return 0


def _reset_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")


_MEASURES: dict[str, Callable[[Work], Timing | None]] = {
    "load": _time_load,
    "embed": _time_embedding,
    "train": _time_training,
    "recognise": _time_recognising,
    "verifiers": _time_verifiers,
}
