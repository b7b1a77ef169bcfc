"""Source: people who do not exist, rendered."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from faceaudit.errors import InputError, SourceError
from faceaudit.faces.alignment.common.similarity import apply, similarity, template, warp
from faceaudit.faces.alignment.common.templates import template_between
from faceaudit.faces.crop import about_middle
from faceaudit.faces.loaded import Loaded, Survey
from faceaudit.faces.packing.rendered import Block, Columns, pack_rendered, rendered_folder
from faceaudit.faces.sources.base import Source, sources
from faceaudit.faces.synthetic.render import SMALL, Stage, Studio, head_scale
from faceaudit.faces.synthetic.traits import BEARDS
from faceaudit.faces.synthetic.worn import Worn
from faceaudit.files.sealed import is_sealed
from faceaudit.progress import Progress, silent
from faceaudit.registry import digest
from faceaudit.types import FloatArray, ImageArray

SMALLEST, LARGEST = 40, 256
PHOTO = re.compile(r"p(\d{4,})/s(\d{2,})/(\d{4,})")
"""A photo's id: person, session and number in the session."""
_THREADS = min(8, len(os.sched_getaffinity(0)))


@sources.register
class Synthetic(Source):
    """People who do not exist: a parametric 3D head, lit and photographed in sessions.

    A look depends only on (seed, person) and a photo only on (seed, person, session, photo of the
    session), so that more people or photos leave the others as they are. Photos are dealt to the
    sessions in turn. Landmarks are exact: they are points of the surface, projected.

    The FaceSet's attributes:
        sex: 0 female-typed shape, 1 male-typed shape.
        age_group: 0 below 30 years, 1 below 45, 2 below 60, 3 from there on.
        skin_tone: 0 (lightest) to 5 (deepest).
        beard: 0 none, 1 stubble, 2 moustache, 3 goatee, 4 full.
        glasses: 1 where the photo shows glasses worn by choice.
    """

    name: ClassVar[str] = "synthetic"
    real: ClassVar[bool] = False
    paper: ClassVar[str] = (
        "Blanz and Vetter 1999, A Morphable Model for the Synthesis of 3D Faces, for a head whose "
        "shape and texture are a mean and independent spreads; here the directions are named "
        "measures after Farkas 1994 instead of components learned from scans of people"
    )
    value_names: ClassVar[Mapping[str, Sequence[str]]] = {
        "sex": ("female-typed shape", "male-typed shape"),
        "age_group": ("below 30", "30 to 44", "45 to 59", "60 and over"),
        "skin_tone": ("0 (lightest)", "1", "2", "3", "4", "5 (deepest)"),
        "beard": BEARDS,
        "glasses": ("without", "with"),
    }
    divided_by: ClassVar[Sequence[str]] = ("sex", "age_group", "skin_tone", "glasses")

    people: int = Field(40, ge=2, le=10_000, description="how many people")
    photos: int = Field(90, ge=1, le=2_000, description="photos a person")
    sessions: int = Field(
        6, ge=1, le=100, description="sessions a person; one shares light, background and hair"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="other seeds give other people")
    glasses: float = Field(
        0.25, ge=0, le=1, description="share of people who wear glasses by choice"
    )
    variation: float = Field(
        1.0, ge=0, le=2, description="strength of pose, expression, light and camera; 1 is usual"
    )

    aligned: bool = Field(
        default=False,
        description="whether faces are brought to the five-point template that face networks are "
        "trained on, by their exact landmarks",
    )

    @field_validator("sessions")
    @classmethod
    def _filled(cls, sessions: int, info: ValidationInfo) -> int:
        photos = info.data.get("photos", sessions)
        if sessions > photos:
            raise ValueError(
                f"expected at most as many sessions as photos, got {sessions} sessions for "
                f"{photos} photos; lower sessions"
            )
        return sessions

    def load(self, size: tuple[int, int], *, cache: Path, progress: Progress = silent) -> Loaded:
        """Return the faces at `size` (height, width), rendered once and mapped into memory.

        Args:
            size: height and width in pixels, each from 40 to 256 and neither twice the other.
            cache: folder for the rendered photos; what is there from an earlier call is used.
            progress: told how many photos are done.

        Raises:
            SourceError: the size cannot be rendered, or the cache cannot be written.
        """
        size = _check_size(size)
        faces = pack_rendered(
            key=self._key(size),
            columns=self.columns(),
            blocks=self._render_people(size),
            size=size,
            cache=cache,
            progress=progress,
        )
        return Loaded(faces)

    def reshoot(
        self,
        ids: Sequence[str],
        size: tuple[int, int],
        *,
        worn: Worn | None = None,
        stage: Stage | None = None,
    ) -> tuple[ImageArray, FloatArray]:
        """Render photos once more, by their ids, as they are or changed in one thing.

        How many people, photos and sessions the source has does not matter.

        Args:
            ids: N of its photos.
            size: height and width in pixels, as `load` takes them.
            worn: what people carry on all of them.
            stage: conditions that are set instead of the photos' own.

        Returns:
            images (N, H, W, 3), landmarks (N, 5, 2).

        Raises:
            InputError: an id is of no such photo.
            SourceError: the size cannot be rendered.
        """
        size = _check_size(size)
        sittings: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for row, name in enumerate(ids):
            known = PHOTO.fullmatch(name)
            if known is None:
                raise InputError(
                    f"expected ids of synthetic photos, as in p0003/s01/0007, got {name!r}; try "
                    "those of the faces that the source loads"
                )
            person, session, photo = (int(number) for number in known.groups())
            sittings.setdefault((person, session), []).append((row, photo))
        images = np.empty((len(ids), *size, 3), dtype=np.uint8)
        landmarks = np.empty((len(ids), 5, 2), dtype=np.float32)
        studio: tuple[int, Studio] | None = None
        for (person, session), photos in sorted(sittings.items()):
            if studio is None or studio[0] != person:
                studio = person, self._studio(person, size)
            rows = [row for row, _ in photos]
            shot = studio[1].reshoot(
                session, [photo for _, photo in photos], worn=worn, stage=stage
            )
            images[rows], landmarks[rows] = self._bring(shot.images, shot.landmarks, size)
        return images, landmarks

    def packed(self, size: tuple[int, int], *, cache: Path) -> bool:
        """Return whether the photos were rendered into `cache`."""
        return is_sealed(rendered_folder(cache, self._key(size)))

    def between(
        self, from_size: tuple[int, int], to_size: tuple[int, int]
    ) -> npt.NDArray[np.float64]:
        """Return the matrix (2, 3) from pixels of its photos at one size to those at another."""
        if self.aligned:
            return template_between("arcface", from_size, to_size)
        scale = head_scale(to_size) / head_scale(from_size)
        return about_middle(scale, from_size, to_size)

    def attribute_names(self) -> Sequence[str]:
        """Return what is known of every person and photo."""
        return tuple(self.value_names)

    def survey(self) -> Survey:
        """Return how many people and photos there will be."""
        return Survey(people=self.people, photos=self.people * self.photos)

    def _key(self, size: tuple[int, int]) -> str:
        return digest([self.identity(), list(size)])

    def _dealt(self) -> list[int]:
        """Return how many photos each session has: photo k goes to session k modulo sessions."""
        share, more = divmod(self.photos, self.sessions)
        return [share + (session < more) for session in range(self.sessions)]

    def columns(self) -> Columns:
        """Return ids, people and sessions of all photos; none is rendered."""
        ids, group = [], []
        for person in range(self.people):
            for session, photos in enumerate(self._dealt()):
                ids += [f"p{person:04d}/s{session:02d}/{photo:04d}" for photo in range(photos)]
                group += [person * self.sessions + session] * photos
        return Columns(
            names=tuple(f"synthetic-{person:04d}" for person in range(self.people)),
            ids=tuple(ids),
            identity=np.repeat(np.arange(self.people), self.photos).astype(np.int64),
            group=np.array(group, dtype=np.int64),
        )

    def _render_people(self, size: tuple[int, int]) -> Iterator[Block]:
        """Yield person after person while threads render a bounded number of the next ones."""
        # Small photos keep the interpreter busy rather than the arithmetic, and threads would
        # only wait for one another.
        threads = 1 if max(size) <= SMALL else _THREADS
        import cv2  # noqa: F401, PLC0415 - once, before threads: its import swaps modules

        pool = ThreadPoolExecutor(threads, thread_name_prefix="faceaudit-render")
        waiting: deque[Future[Block]] = deque()
        try:
            for person in range(self.people):
                waiting.append(pool.submit(self._render_person, person, size))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _render_person(self, person: int, size: tuple[int, int]) -> Block:
        studio = self._studio(person, size)
        shots = [studio.shoot(session, photos) for session, photos in enumerate(self._dealt())]
        about = studio.person
        images = np.concatenate([shot.images for shot in shots])
        landmarks = np.concatenate([shot.landmarks for shot in shots])
        images, landmarks = self._bring(images, landmarks, size)
        return Block(
            images=images,
            landmarks=landmarks,
            attributes={
                "sex": [about.sex] * self.photos,
                "age_group": [about.age_group] * self.photos,
                "skin_tone": [about.skin_tone] * self.photos,
                "beard": [about.beard] * self.photos,
                "glasses": [int(shot.glasses) for shot in shots for _ in shot.images],
            },
        )

    def _studio(self, person: int, size: tuple[int, int]) -> Studio:
        shown = _enlarge_size(size) if self.aligned else size
        return Studio(self.seed, person, shown, glasses=self.glasses, variation=self.variation)

    def _bring(
        self, images: ImageArray, landmarks: FloatArray, size: tuple[int, int]
    ) -> tuple[ImageArray, FloatArray]:
        """Return photos at `size`, brought to the template where that is asked for."""
        if not self.aligned:
            return images, landmarks
        matrices = similarity(landmarks, template(size))
        return warp(images, matrices, size), apply(matrices, landmarks).astype(np.float32)


def _enlarge_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size to render at, so that turning and scaling does not blur."""
    factor = min(1.5, LARGEST / max(size))
    return round(size[0] * factor), round(size[1] * factor)


def _check_size(size: tuple[int, int]) -> tuple[int, int]:
    height, width = (int(length) for length in size)
    low, high = sorted((height, width))
    if low < SMALLEST or high > LARGEST or high > 2 * low:
        raise SourceError(
            f"expected a size (height, width) from {SMALLEST} to {LARGEST} pixels with neither "
            f"more than twice the other, got {tuple(size)}; a face cannot be rendered at that"
        )
    return height, width
