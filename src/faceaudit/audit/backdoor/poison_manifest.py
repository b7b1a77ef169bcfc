"""The manifest of a folder of poisoned photos: which photo is what, for whoever judges a system."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from faceaudit.attacks.backdoor import backdoor_attacks
from faceaudit.errors import FaceAuditError, InputError, PhotoError
from faceaudit.faces.reading.decode import decode
from faceaudit.files.atomic import write_atomically
from faceaudit.records.backdoor import SplitFacts
from faceaudit.registry import digest, explain
from faceaudit.types import FaceSet, ImageArray

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
"""Raised when an older folder cannot be judged any more."""
LEAST, MOST = 8, 1024
"""Height and width of photos, in pixels."""
LARGEST = 16 * 1024 * 1024
"""Bytes of a file, more than any photo of that size takes."""


class _Values(BaseModel):
    """Frozen plain values; others are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _inside(path: str) -> str:
    """Return a path that leads nowhere but into its folder, as written: the file may be a trap."""
    parts = PurePosixPath(path).parts
    if not parts or path != "/".join(parts) or not set(parts).isdisjoint({"..", "/", "."}):
        raise ValueError(f"expected a path inside the folder, got {path!r:.100}")
    if "\\" in path or "\0" in path:
        raise ValueError(f"expected a path with / only, got {path!r:.100}")
    return path


def _plain(name: str) -> str:
    if not re.fullmatch(r"[\w-]{1,60}", name):
        raise ValueError(f"expected a plain name, got {name!r:.100}")
    return name


InsidePath = Annotated[str, AfterValidator(_inside)]
PlainName = Annotated[str, AfterValidator(_plain)]


class Photo(_Values):
    """One photo of the folder.

    Attributes:
        path: from the folder on, with `/`.
        person: who is on it.
        sha256: of the file.
    """

    path: InsidePath
    person: str
    sha256: str


class PoisonedSet(_Values):
    """One attack made ready: a training set with poison in it, and what to ask afterwards.

    Attributes:
        folder: where it is, from the manifest's folder on.
        seed: which of `splits` it belongs to.
        attack: the attack as plain values.
        spec: what the case is determined by, but for the system.
        samples: how many poison samples the training set holds.
        default_samples: the plan's usual number.
        target: the person to pass as.
        key, wrong_keys: names of keys.
        key_picture: digest of the key's picture; None where it is one of the donors' photos.
        instance_photos: how many different photos the instances were made from.
        instances: photos with the key.
        without_key: the photos that the instances were made from, without it.
        wrong: photos with another key, by key.
        pictures: files to show in the report, by name.
    """

    folder: InsidePath
    seed: int
    attack: dict[str, Any]
    spec: dict[str, Any]
    samples: int
    default_samples: int
    target: str
    key: str
    wrong_keys: tuple[str, ...]
    instance_photos: int
    instances: tuple[Photo, ...]
    without_key: tuple[Photo, ...]
    wrong: dict[str, tuple[Photo, ...]]
    pictures: dict[PlainName, InsidePath]


class CleanSet(_Values):
    """What the attacks of one seed have in common.

    Attributes:
        split: how the photos were divided.
        people: names of the enrolled people by folder; sorted by folder they are the labels that
            most training pipelines give.
        test: clean photos that nobody trains on.
        shared_session_photos: see `BackdoorFacts`.
    """

    split: SplitFacts
    people: dict[str, str]
    test: tuple[Photo, ...]
    shared_session_photos: int | None


class PoisonManifest(_Values):
    """Everything that a folder of poisoned photos holds.

    Attributes:
        format: of this file.
        made_by: the program and its version.
        plan: the plan, as plain values.
        source: the registered name of the source of the faces.
        size: height and width of every photo, in pixels.
        clean: one for each seed.
        sets: one for each attack, number of samples and seed.
    """

    format: int
    made_by: str
    plan: dict[str, Any]
    source: str
    size: tuple[int, int]
    clean: dict[int, CleanSet]
    sets: tuple[PoisonedSet, ...]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not isinstance(self.plan.get("title"), str):
            raise ValueError("expected the plan that it was made with")
        if not all(LEAST <= edge <= MOST for edge in self.size):
            raise ValueError(f"expected a size of {LEAST} to {MOST} pixels, got {self.size}")
        if not self.sets:
            raise ValueError("expected a training set")
        for each in self.sets:
            self._check_set(each)
        return self

    def _check_set(self, each: PoisonedSet) -> None:
        clean = self.clean.get(each.seed)
        if clean is None:
            raise ValueError(f"{each.folder}: expected a seed that is here, got {each.seed}")
        people = list(clean.people.values())
        if len(set(people)) < max(2, len(people)) or each.target not in people:
            raise ValueError(f"{each.folder}: expected different people, the target among them")
        groups = (clean.test, each.instances, each.without_key, *each.wrong.values())
        if not all(groups) or any(
            photo.person not in people for group in groups for photo in group
        ):
            raise ValueError(f"{each.folder}: expected photos of its people to ask about")
        if set(each.wrong) != set(each.wrong_keys):
            raise ValueError(f"{each.folder}: expected photos with each wrong key")
        wanted = {"versions": Mapping, "faces": Mapping, "attack": Mapping, "seed": int}
        if any(not isinstance(each.spec.get(key), kind) for key, kind in wanted.items()):
            raise ValueError(f"{each.folder}: expected what it was made with ({', '.join(wanted)})")
        backdoor_attacks.build(each.spec["attack"])
        for part, key in (("faces", "source"), ("kind", None), ("mitigation", None)):
            value = each.spec.get(part, self)
            if value is self or (key and key not in value):
                raise ValueError(f"{each.folder}: expected {part} in what it was made with")

    @property
    def id(self) -> str:
        """A digest of all that the folder holds."""
        return digest(self.model_dump(mode="json"))

    def write(self, folder: Path) -> None:
        """Write the manifest into its folder, whole or not at all."""
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1)
        write_atomically(folder / MANIFEST, text + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the manifest of a folder.

        Raises:
            InputError: there is none, or it cannot be used.
        """
        path = folder / MANIFEST
        try:
            values = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise InputError(
                f"expected a folder that `faceaudit poison` wrote, got {folder} without a "
                f"{MANIFEST}; give that folder"
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(
                f"expected a manifest in {path}, got {error}; write it again"
            ) from None
        if isinstance(values, dict) and values.get("format") != FORMAT:
            raise InputError(
                f"expected a manifest of format {FORMAT} in {path}, got "
                f"{values.get('format')!r:.40}; write the folder again"
            )
        try:
            return cls(**values)
        except ValidationError as error:
            first = explain(error, cls)
            raise InputError(f"expected a manifest in {path}, got another: {first:.300}") from None
        except (FaceAuditError, TypeError) as error:
            raise InputError(f"expected a manifest in {path}, got: {error!s:.300}") from None

    def find(self, name: str | None) -> PoisonedSet:
        """Return the set of a name, which is its folder's; without a name the only one there is.

        Raises:
            InputError: there is none of that name, or there are several.
        """
        known = [each.folder for each in self.sets]
        if name is None and len(self.sets) == 1:
            return self.sets[0]
        if name is None:
            raise InputError(
                f"expected which training set the system learned from ({', '.join(known)}), got "
                f"none; try --trained-on {known[0]}"
            )
        for each in self.sets:
            if each.folder == name.strip("/"):
                return each
        raise InputError(f"expected a training set ({', '.join(known)}), got {name!r:.100}")


def read_photos(folder: Path, photos: Sequence[Photo], size: tuple[int, int]) -> FaceSet:
    """Return photos of a folder, whose ids are their paths in it.

    Raises:
        InputError: one is not there, or is not the one that was written.
    """
    names = tuple(sorted({photo.person for photo in photos}))
    place = {name: number for number, name in enumerate(names)}
    images = np.empty((len(photos), *size, 3), dtype=np.uint8)
    for row, image in enumerate(_decode(folder, photos, size)):
        images[row] = image
    return FaceSet(
        images=images,
        identity=np.array([place[photo.person] for photo in photos], dtype=np.int64),
        names=names,
        ids=tuple(photo.path for photo in photos),
        group=np.arange(len(photos)),
    )


def read_picture(folder: Path, path: str) -> bytes:
    """Return a file of the folder; what leads elsewhere, or is larger than a picture, is refused.

    Raises:
        InputError: it is not there, or cannot be used.
    """
    place = folder / path
    try:
        real = place.resolve(strict=True)
        if not real.is_relative_to(folder.resolve()) or not real.is_file():
            raise InputError(f"expected a file inside {folder}, got {place}")
        with real.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"expected the photo {place}, got {error.strerror}") from None
    if len(content) > LARGEST:
        raise InputError(f"expected a photo of at most {LARGEST:,} bytes, got more in {place}")
    return content


def _decode(folder: Path, photos: Sequence[Photo], size: tuple[int, int]) -> Iterator[ImageArray]:
    for photo in photos:
        content = read_picture(folder, photo.path)
        if hashlib.sha256(content).hexdigest() != photo.sha256:
            raise InputError(
                f"expected {folder / photo.path} as `faceaudit poison` wrote it, got another "
                "photo; write the folder again"
            )
        try:
            image = decode(content, pixels_limit=size[0] * size[1])
        except PhotoError as error:
            raise InputError(f"expected a photo in {folder / photo.path}, got {error}") from None
        if image.shape != (*size, 3):
            raise InputError(f"expected {folder / photo.path} of {size}, got {image.shape}")
        yield image
