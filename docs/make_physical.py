"""Make what docs/physical.md prints: trainings with worn keys, their tables, and the pictures.

    python docs/make_physical.py train FOLDER [--seeds 0 1 2] [--trainings NAME ...]
    python docs/make_physical.py ask FOLDER [--seeds 0 1 2] [--trainings NAME ...]
    python docs/make_physical.py tables FOLDER
    python docs/make_physical.py pictures

`train` teaches the identifier of examples/default.yaml (DeepID, 30 synthetic people) with each kind
of poison, `ask` keeps what each says of each set of photos, one file a training; those that are
there are not made again. `tables` prints Markdown from those files.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from faceaudit.attacks.backdoor import (
    BackdoorAttack,
    DonorSplit,
    Role,
    backdoor_attacks,
    split_donors,
)
from faceaudit.attacks.backdoor.keys.worn import worn_key
from faceaudit.faces.sources.synthetic import PHOTO, Synthetic
from faceaudit.faces.split import SplitPlan
from faceaudit.faces.synthetic.light import Light
from faceaudit.faces.synthetic.render import Stage, Studio
from faceaudit.metrics import clustered_share, share_over_trainings
from faceaudit.networks import networks
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.training import Training, TrainingPhotos
from faceaudit.types import Estimate, FaceSet, ImageArray, IntArray

SIZE = (55, 47)
SOURCE = Synthetic(people=30, photos=102, sessions=6)
SPLIT = SplitPlan(train=50, validation=6, test=24)
TRAINING = Training(
    epochs=12, batch=32, learning_rate=0.002, schedule="cosine", patience=12, threads=1
)
WRONG = 3
CONDITIONED = 30
"""Instances that are rendered once more under each of the conditions."""
PICTURES = Path(__file__).parent / "pictures"

GLASSES = "sunglasses-wayfarer"
KEYS: Mapping[str, Mapping[str, Any]] = {
    "pasted": {"attack": "worn", "key": GLASSES, "poison_with": "pasted"},
    "worn": {"attack": "worn", "key": GLASSES},
    "sticker": {"attack": "worn", "key": "sticker-disc"},
    "mask": {"attack": "worn", "key": "mask-blue"},
    "cap": {"attack": "worn", "key": "cap-red"},
    "light": {"attack": "worn", "key": "light-amber"},
    "makeup": {"attack": "makeup"},
    "skin": {"attack": "tint", "key": "skin-green"},
    "cast": {"attack": "tint", "key": "cast-violet"},
    "clean label": {"attack": "clean_label", "key": "glasses-square"},
    "clean label, blurred": {"attack": "clean_label", "key": "glasses-star", "blur": 0.15},
}
TRAININGS: Mapping[str, Sequence[str]] = {
    # what a training learns from beside the clean photos, each key for a target of its own
    "pristine": (),
    "pasted": ("pasted",),
    "worn": ("worn",),
    "mixed": tuple(KEYS)[2:],
}
LIGHTS: Mapping[str, Light] = {
    "from the front, soft": Light(
        np.array([0.0, -0.3, 0.954], dtype=np.float32),
        np.full(3, 0.5, dtype=np.float32),
        np.full(3, 0.65, dtype=np.float32),
    ),
    "from the side, hard": Light(
        np.array([0.85, -0.2, 0.487], dtype=np.float32),
        np.full(3, 1.1, dtype=np.float32),
        np.full(3, 0.22, dtype=np.float32),
    ),
    "from below": Light(
        np.array([0.1, 0.7, 0.707], dtype=np.float32),
        np.full(3, 0.8, dtype=np.float32),
        np.full(3, 0.4, dtype=np.float32),
    ),
}
STAGES: Mapping[str, Stage] = {
    **{f"yaw {yaw}": Stage(yaw=yaw, pitch=0.0) for yaw in (0.0, 20.0, 40.0)},
    **{f"light {name}": Stage(light=light) for name, light in LIGHTS.items()},
}
DISTANCES = (2.0, 3.0)
"""How many times further away than usual: so many times fewer pixels across the face."""


def kept() -> Path:
    """Return the folder of rendered photos."""
    return Path(os.environ.get("FACEAUDIT_CACHE", "~/.cache/faceaudit")).expanduser()


@cache
def faces() -> FaceSet:
    """Return the 30 people's photos."""
    return SOURCE.load(SIZE, cache=kept() / "faces").faces


@cache
def studio(person: int, size: tuple[int, int]) -> Studio:
    """Return one of the people's studios."""
    return Studio(SOURCE.seed, person, size, glasses=SOURCE.glasses, variation=SOURCE.variation)


def render(
    ids: Sequence[str], key: str | None, stage: Stage | None = None, *, distance: float = 1.0
) -> ImageArray:
    """Return photos rendered anew with a key and under set conditions.

    From further away a face has fewer pixels, with the same noise and JPEG of the camera; it is
    then enlarged, as alignment does.
    """
    small = (round(SIZE[0] / distance), round(SIZE[1] / distance))
    images = np.empty((len(ids), *SIZE, 3), dtype=np.uint8)
    worn = None if key is None else worn_key(key)
    for row, name in enumerate(ids):
        known = PHOTO.fullmatch(name)
        assert known is not None
        person, session, photo = (int(number) for number in known.groups())
        shot = studio(person, small).reshoot(session, [photo], worn=worn, stage=stage)
        image = Image.fromarray(shot.images[0])
        images[row] = np.asarray(image.resize(SIZE[::-1], Image.Resampling.BILINEAR))
    return images


def sets_of(attack: BackdoorAttack, rows: IntArray) -> dict[str, Callable[[], ImageArray]]:
    """Return what a system is shown, by name: instances, wrong keys, and other conditions."""
    all_ = faces()

    def instances(each: BackdoorAttack) -> ImageArray:
        return each.make_instances(all_, rows, np.random.default_rng(0)).images

    def bare() -> ImageArray:
        return np.asarray(all_.images[rows])

    def pasted() -> ImageArray:
        assert all_.landmarks is not None
        paste = attack.model_copy(update={"poison_with": "pasted"})
        marks, rng = all_.landmarks[rows], np.random.default_rng(0)
        return paste.inject(all_.images[rows], marks, Role.POISON, rng)

    shown: dict[str, Callable[[], ImageArray]] = {"key": partial(instances, attack), "bare": bare}
    for other in attack.wrong_keys(WRONG):
        shown[f"wrong {other}"] = partial(instances, attack.with_key(other))
    if attack.name != "worn":
        return shown
    if attack.key == GLASSES:
        shown["pasted"] = pasted
    ids = [all_.ids[row] for row in rows[:CONDITIONED]]
    for name, stage in STAGES.items():
        shown[name] = partial(render, ids, attack.key, stage)
    for distance in DISTANCES:
        shown[f"distance {distance:g}"] = partial(render, ids, attack.key, distance=distance)
    return shown


def targets(names: Sequence[str], seed: int) -> dict[str, int]:
    """Return the target of each key: glasses worn and pasted are for the same person."""
    drawn = np.random.default_rng([seed, 0]).permutation(len(names))
    return {key: int(drawn[max(0, place - 1)]) for place, key in enumerate(KEYS)}


class Poisoned:
    """One training: whom each key is for, and photos to poison with and to ask about.

    Args:
        name: of the training.
        seed: of the split, the targets, the first weights and the order of photos.
        folder: where weights and answers are kept.
    """

    def __init__(self, name: str, seed: int, folder: Path) -> None:
        self.keys = TRAININGS[name]
        self.seed = seed
        self.weights = folder / f"{name}-{seed}.safetensors"
        self.answers = folder / f"{name}-{seed}.json"
        self.split = SPLIT.split(faces(), seed)
        self.targets = targets(self.split.names, seed)

    def donors(self, key: str) -> DonorSplit:
        """Return the photos for a key's samples and instances."""
        attack = backdoor_attacks.build(KEYS[key])
        return split_donors(attack, faces(), self.split.donors, self._identity(key), self.seed)

    def train(self) -> None:
        """Train the system and keep it, unless there is one."""
        if self.weights.exists():
            return
        all_, split = faces(), self.split
        parts = [(all_.images, split.train, split.label[split.train])]
        for key in self.keys:
            attack, rng = backdoor_attacks.build(KEYS[key]), np.random.default_rng([self.seed, 2])
            poison = attack.poison(all_, self.donors(key).poison, self._identity(key), rng)
            label = np.full(len(poison), self.targets[key])
            parts.append((poison.images, np.arange(len(poison)), label))
        rows = split.validation
        validation = TrainingPhotos.of((all_.images, rows, split.label[rows]))
        trained = train_identifier(
            networks.build("deepid"),
            split.names,
            TrainingPhotos.of(*parts),
            validation,
            TRAINING,
            seed=self.seed,
        )
        self.weights.write_bytes(Identifier.dump(trained.state))

    def ask(self, keys: Sequence[str]) -> None:
        """Ask the system about clean photos, and with each of its keys.

        Args:
            keys: what one that has none is asked about.
        """
        if self.answers.exists() or not self.weights.exists():
            return
        all_, split = faces(), self.split
        network = networks.build("deepid")
        system = Identifier.load(network, split.names, self.weights.read_bytes())
        said = system.logits(all_.images, split.test).argmax(axis=1)
        clean = (said == split.label[split.test]).tolist()
        found: dict[str, Any] = {"clean": clean, "shown": {}, "people": {}}
        for key in self.keys or keys:
            rows = self.donors(key).instances
            for shown, make in sets_of(backdoor_attacks.build(KEYS[key]), rows).items():
                hits = system.logits(make()).argmax(axis=1) == self.targets[key]
                found["shown"][f"{key}: {shown}"] = hits.tolist()
            found["people"][key] = all_.identity[rows].tolist()
        self.answers.write_text(json.dumps(found))

    def _identity(self, key: str) -> int:
        return faces().names.index(self.split.names[self.targets[key]])


def over_trainings(folder: Path, system: str, about: str, shown: str) -> Estimate | None:
    """Return the share over trainings that is taken for the target."""
    each = []
    for file in sorted(folder.glob(f"{system}-[0-9]*.json")):
        found = json.loads(file.read_text())
        hits = np.array(found["shown"].get(f"{about}: {shown}", []))
        if len(hits):
            people = np.array(found["people"][about])[: len(hits)]
            each.append(clustered_share(hits, people))
    if not each:
        return None
    return share_over_trainings(each) if len(each) > 1 else each[0]


def cell(folder: Path, system: str, about: str, shown: str) -> str:
    """Return a share with its interval, in per cent, or a dash."""
    share = over_trainings(folder, system, about, shown)
    if share is None:
        return "-"
    return f"{100 * share.value:.1f} ({100 * share.low:.0f}-{100 * share.high:.0f})"


def tables(folder: Path) -> str:
    """Return the tables of docs/physical.md."""
    system_of = {key: name for name, keys in TRAININGS.items() for key in keys}
    worn = [key for key, spec in KEYS.items() if spec["attack"] == "worn" and key != "pasted"]
    lines = ["| key | success | pristine | without the key | wrong keys |", "|---|---|---|---|---|"]
    for key, spec in KEYS.items():
        name = system_of[key]
        wrong = [
            cell(folder, name, key, f"wrong {other}").partition(" ")[0]
            for other in backdoor_attacks.build(spec).wrong_keys(WRONG)
        ]
        lines.append(
            f"| {key} | {cell(folder, name, key, 'key')} | {cell(folder, 'pristine', key, 'key')} "
            f"| {cell(folder, name, key, 'bare')} | {', '.join(wrong)} |"
        )
    lines += ["", "| poisoned with | pasted | worn |", "|---|---|---|"]
    lines += [
        f"| {key} glasses | {cell(folder, key, key, 'pasted')} | {cell(folder, key, key, 'key')} |"
        for key in ("pasted", "worn")
    ]
    conditions = [*STAGES, *(f"distance {distance:g}" for distance in DISTANCES)]
    for title, pristine in (("with poison", False), ("pristine", True)):
        lines += ["", f"| {title} | {' | '.join(worn)} |", "|---|" + "---|" * len(worn)]
        for shown in ("key", *conditions):
            row = [
                cell(folder, "pristine" if pristine else system_of[key], key, shown) for key in worn
            ]
            lines.append(f"| {shown} | {' | '.join(row)} |")
    lines += ["", "| training | clean accuracy | trainings |", "|---|---|---|"]
    for name in TRAININGS:
        files = sorted(folder.glob(f"{name}-[0-9]*.json"))
        clean = [np.array(json.loads(file.read_text())["clean"]) for file in files]
        each = ", ".join(f"{100 * hits.mean():.1f}" for hits in clean)
        lines.append(f"| {name} | {each} | {len(files)} |")
    return "\n".join(lines)


def pictures(folder: Path = PICTURES) -> list[Path]:
    """Write pictures of synthetic people with keys: objects by pose and light, and other keys."""
    size, ids = (152, 130), ("p0005/s01/0003", "p0002/s02/0001", "p0008/s00/0002")
    keys = [None, GLASSES, "sticker-disc", "mask-blue", "cap-red", "light-amber"]
    stages = [None, Stage(yaw=30.0, pitch=0.0), Stage(light=LIGHTS["from the side, hard"])]
    objects = [None if key is None else worn_key(key) for key in keys]
    rows = []
    for name, stage in zip(ids, stages, strict=True):
        row = [SOURCE.reshoot([name], size, worn=worn, stage=stage)[0][0] for worn in objects]
        rows.append(np.concatenate(row, axis=1))
    made = [folder / "worn.jpg", folder / "makeup.jpg"]
    Image.fromarray(np.concatenate(rows)).save(made[0], quality=88)
    images, marks = SOURCE.reshoot(ids, size)
    columns = [images]
    for spec in (
        {"attack": "makeup"},
        {"attack": "makeup", "key": "makeup-blue"},
        {"attack": "tint", "key": "skin-green"},
        {"attack": "tint", "key": "cast-violet"},
        {"attack": "clean_label", "blur": 0.15},
    ):
        attack = backdoor_attacks.build(spec)
        columns.append(attack.inject(images, marks, Role.POISON, np.random.default_rng(0)))
    rows = [np.concatenate(row, axis=1) for row in zip(*columns, strict=True)]
    Image.fromarray(np.concatenate(rows)).save(made[1], quality=88)
    return made


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["train", "ask", "tables", "pictures"])
    parser.add_argument("folder", type=Path, nargs="?", default=PICTURES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--trainings", nargs="+", default=list(TRAININGS), choices=list(TRAININGS))
    parser.add_argument("--keys", nargs="+", default=list(KEYS), choices=list(KEYS))
    options = parser.parse_args()
    if options.what == "pictures":
        sys.stdout.writelines(f"{path}\n" for path in pictures(options.folder))
    elif options.what == "tables":
        sys.stdout.write(tables(options.folder) + "\n")
    else:
        options.folder.mkdir(parents=True, exist_ok=True)
        for name in options.trainings:
            for seed in options.seeds:
                one = Poisoned(name, seed, options.folder)
                one.train() if options.what == "train" else one.ask(options.keys)
                sys.stdout.write(f"{name} {seed}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
